//! A Mirakl order in the hub's words (`contracts/john-lewis.md §2.2`, "Order object", "Line").
//!
//! What only informs (amounts, deadlines, the currency) is left out when it cannot be read, and told; what decides over
//! goods (lines, units, states) makes the document unreadable rather than be guessed at.

mod line;
mod parts;
mod readiness;

use crossdock_model::{Address, ChannelOrder, ChannelShipment, Contact, Currency, Delivery, Money, Private, country};
use jiff::Timestamp;

use self::line::{Lines, Trouble, read_lines};
use self::readiness::readiness;
use crate::document::Doc;
use crate::state::OrderPhase;

pub(crate) use self::line::{open_units, partly_cancelled};
pub(crate) use self::parts::Parts;

/// What has to be known of a shop to read its orders.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shop<'a> {
    /// The operator accepts orders on its own.
    pub(crate) accepts_automatically: bool,
    /// One order may have several shipments; the order itself then does not tell of them.
    pub(crate) ships_in_parts: bool,
    /// The fulfilment centres from which the seller ships; all, when empty.
    pub(crate) centres: &'a [String],
    /// The currency of orders that name none.
    pub(crate) currency: Option<Currency>,
    /// Now.
    pub(crate) now: Timestamp,
}

/// An order and what was odd about it.
#[derive(Debug)]
pub(crate) struct OrderRead {
    /// The order.
    pub(crate) order: ChannelOrder,
    /// Oddities that a person should know of.
    pub(crate) drift: Vec<String>,
}

/// Reads an order, or says why it cannot be understood. What is not essential is allowed to be missing. `parts` is what
/// other lists say of it.
pub(crate) fn read_order(doc: Doc<'_>, shop: Shop<'_>, parts: &Parts<'_>) -> Result<OrderRead, String> {
    let id = doc.filled("order_id").ok_or("it has no order_id")?;
    let mut drift = Vec::new();
    let state = doc.word("order_state");
    let phase = OrderPhase::of(&state);
    let currency = currency(doc, shop, &mut drift);
    let placed_at = doc.moment("created_date")?.ok_or("it has no created_date")?;
    let Lines { lines, trouble } = read_lines(doc, phase, currency, parts, &mut drift)?;

    let readiness = readiness(doc, phase, placed_at, trouble.as_ref(), shop);
    if phase == OrderPhase::Unknown {
        drift.push(format!("order {id} is in the unknown state `{state}`"));
    }
    if let Some(Trouble::UnknownState(word)) = &trouble {
        drift.push(format!("order {id} has a line in the unknown state `{word}`"));
    }
    let mut informs = |read: Result<Option<Money>, String>| known(read, &id, &mut drift);
    let total = informs(amount(doc, "total_price", currency));
    let shipping = informs(amount(doc, "shipping_price", currency));
    let ship_by = known(doc.moment("shipping_deadline"), &id, &mut drift);

    let customer = doc.at("customer");
    let address = customer.at("shipping_address");
    let mut aliases: Vec<String> = doc.filled("commercial_id").into_iter().collect();
    let references = doc.at("references");
    aliases.extend(references.filled("order_reference_for_customer"));
    aliases.extend(references.filled("order_reference_for_seller"));
    aliases.retain(|alias| *alias != id);
    aliases.dedup();

    let order = ChannelOrder {
        number: id.clone(),
        id,
        aliases,
        readiness,
        remote_state: state,
        placed_at,
        updated_at: doc.moment("last_updated_date")?.unwrap_or(placed_at),
        ship_by,
        delivery: delivery(doc),
        service: doc.filled("shipping_type_label").unwrap_or_else(|| doc.word("shipping_type_code")),
        message: Private::from(address.word("additional_info")),
        contact: Contact {
            name: Private::from(full_name(customer)),
            email: Private::from(doc.word("customer_notification_email")),
            phone: Private::from(phone(customer)),
        },
        ship_to: read_address(address),
        total,
        shipping,
        lines,
        shipments: if shop.ships_in_parts { parts.shipments() } else { single_shipment(doc, phase) },
    };
    Ok(OrderRead { order, drift })
}

/// What only informs: an oddity in it is told and costs nothing else.
fn known<T>(read: Result<Option<T>, String>, id: &str, drift: &mut Vec<String>) -> Option<T> {
    read.unwrap_or_else(|problem| {
        drift.push(format!("order {id}: {problem}"));
        None
    })
}

/// The order's own currency, else the shop's (§2.10: the field may be missing).
fn currency(doc: Doc<'_>, shop: Shop<'_>, drift: &mut Vec<String>) -> Option<Currency> {
    match doc.filled("currency_iso_code").map(|code| Currency::new(&code)) {
        None => shop.currency,
        Some(Ok(currency)) => Some(currency),
        Some(Err(problem)) => {
            drift.push(format!("order {}: {problem}", doc.word("order_id")));
            None
        }
    }
}

/// In single-shipment mode the order itself carries carrier and tracking. Tracking may be there before the order counts
/// as shipped, and an order may be marked as shipped without any.
fn single_shipment(doc: Doc<'_>, phase: OrderPhase) -> Vec<ChannelShipment> {
    let tracking = doc.word("shipping_tracking").trim().to_owned();
    let shipped = phase == OrderPhase::Shipped;
    if tracking.is_empty() && !shipped {
        return Vec::new();
    }
    vec![ChannelShipment {
        id: String::new(),
        carrier: doc.filled("shipping_company").unwrap_or_else(|| doc.word("shipping_carrier_code")),
        tracking,
        package: None,
        shipped,
        lines: Vec::new(),
    }]
}

/// Everything is a parcel (a pick-up point and the operator's own store are addresses too) except collection from the
/// seller, whose standard code says so [I: the two codes that the examples show are `PICK_UP_POINT-…` and
/// `CLC_OPERATOR-…`].
fn delivery(doc: Doc<'_>) -> Delivery {
    let code = doc.word("shipping_type_standard_code");
    if code.starts_with("CLC_") && !code.starts_with("CLC_OPERATOR") { Delivery::Collect } else { Delivery::Ship }
}

fn amount(doc: Doc<'_>, name: &str, currency: Option<Currency>) -> Result<Option<Money>, String> {
    match currency {
        Some(currency) => doc.amount(name, currency),
        None => Ok(None),
    }
}

fn full_name(person: Doc<'_>) -> String {
    let parts = [person.filled("firstname"), person.filled("lastname")];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

fn phone(customer: Doc<'_>) -> String {
    let addresses = [customer.at("shipping_address"), customer.at("billing_address")];
    let numbers = addresses.iter().flat_map(|address| [address.filled("phone"), address.filled("phone_secondary")]);
    numbers.flatten().next().unwrap_or_default()
}

fn read_address(address: Doc<'_>) -> Address {
    let code = address.word("country_iso_code");
    let known = country(&code);
    let company = [address.filled("company"), address.filled("company_2")];
    Address {
        recipient: Private::from(full_name(address)),
        company: Private::from(company.into_iter().flatten().collect::<Vec<_>>().join(", ")),
        line1: Private::from(address.word("street_1")),
        line2: Private::from(address.word("street_2")),
        city: Private::from(address.word("city")),
        region: Private::from(address.word("state")),
        postcode: Private::from(address.word("zip_code")),
        country_code: known.map(|(two, _)| two.to_owned()).unwrap_or_default(),
        country: country_name(&address.word("country"), &code, known),
    }
}

/// The country's name as given; where the field is empty or only repeats the code, the English name.
fn country_name(given: &str, code: &str, known: Option<(&'static str, &'static str)>) -> String {
    match known {
        Some((_, name)) if given.trim().is_empty() || given.trim().eq_ignore_ascii_case(code.trim()) => name.to_owned(),
        _ => given.to_owned(),
    }
}
