//! A Mirakl order in the hub's words (`contracts/john-lewis.md §2.2`, "Order object", "Line").

use crossdock_model::{
    Address, ChannelOrder, ChannelShipment, Contact, Currency, Delivery, Money, OrderLine, Private, Readiness,
};

use crate::country::country;
use crate::document::Doc;
use crate::state::{LinePhase, OrderPhase};

/// Which of the operator's switches matter for reading an order.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Switches {
    /// The operator accepts orders on its own.
    pub(crate) accepts_automatically: bool,
    /// One order may have several shipments; the order itself then does not tell of them.
    pub(crate) ships_in_parts: bool,
}

/// An order and what was odd about it.
#[derive(Debug)]
pub(crate) struct OrderRead {
    /// The order.
    pub(crate) order: ChannelOrder,
    /// Oddities that a person should know of.
    pub(crate) drift: Vec<String>,
}

/// Reads an order, or says why it cannot be understood. What is not essential is allowed to be missing.
pub(crate) fn read_order(doc: Doc<'_>, switches: Switches) -> Result<OrderRead, String> {
    let id = doc.filled("order_id").ok_or("it has no order_id")?;
    let mut drift = Vec::new();
    let state = doc.word("order_state");
    let phase = OrderPhase::of(&state);
    let currency = doc.filled("currency_iso_code").map(|code| Currency::new(&code)).transpose();
    let currency = currency.map_err(|error| error.to_string())?;
    let placed_at = doc.moment("created_date")?.ok_or("it has no created_date")?;

    let mut lines = Vec::new();
    let mut strange_line = None;
    for line in doc.items("order_lines") {
        let read = read_line(line, phase, currency, &mut drift)?;
        if LinePhase::of(&line.word("order_line_state")) == LinePhase::Unknown {
            strange_line = Some(line.word("order_line_state"));
        }
        lines.push(read);
    }
    if lines.is_empty() {
        return Err("it has no lines".to_owned());
    }

    let readiness = readiness(doc, phase, &state, strange_line.as_deref(), switches);
    if phase == OrderPhase::Unknown {
        drift.push(format!("order {id} is in the unknown state `{state}`"));
    }
    if let Some(word) = &strange_line {
        drift.push(format!("order {id} has a line in the unknown state `{word}`"));
    }

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
        ship_by: doc.moment("shipping_deadline")?,
        delivery: delivery(doc),
        service: doc.filled("shipping_type_label").unwrap_or_else(|| doc.word("shipping_type_code")),
        message: Private::from(address.word("additional_info")),
        contact: Contact {
            name: Private::from(full_name(customer)),
            email: Private::from(doc.word("customer_notification_email")),
            phone: Private::from(phone(customer)),
        },
        ship_to: read_address(address),
        total: amount(doc, "total_price", currency)?,
        shipping: amount(doc, "shipping_price", currency)?,
        lines,
        shipments: if switches.ships_in_parts { Vec::new() } else { single_shipment(doc, phase) },
    };
    Ok(OrderRead { order, drift })
}

/// Units of a line that may still be shipped. Refunds do not lower it: the platform counts them for information only,
/// and a refund that takes units off the shipment is not marked as such on the order.
pub(crate) fn open_units(line: Doc<'_>, order: OrderPhase) -> Result<i64, String> {
    let quantity = line.count("quantity")?.ok_or("a line has no quantity")?;
    let mut cancelled: i64 = 0;
    for cancelation in line.items("cancelations") {
        cancelled += cancelation.count("quantity")?.unwrap_or(0).max(0);
    }
    let nothing = match LinePhase::of(&line.word("order_line_state")) {
        LinePhase::Settled | LinePhase::Cancelled => true,
        LinePhase::Incident => line.filled("shipped_date").is_some(),
        LinePhase::Open | LinePhase::Unknown => false,
    };
    let over = matches!(order, OrderPhase::Shipped | OrderPhase::Cancelled);
    Ok(if nothing || over { 0 } else { (quantity - cancelled).max(0) })
}

fn read_line(
    line: Doc<'_>,
    order: OrderPhase,
    currency: Option<Currency>,
    drift: &mut Vec<String>,
) -> Result<OrderLine, String> {
    let id = line.filled("order_line_id").ok_or("a line has no order_line_id")?;
    let open = open_units(line, order).map_err(|problem| format!("line {id}: {problem}"))?;
    let quantity = line.count("quantity")?.unwrap_or(0);
    // A price of one unit with more decimals than the currency is possible (an operator may allow it) and only informs,
    // so it does not cost us the order.
    let unit_price = amount(line, "price_unit", currency).unwrap_or_else(|problem| {
        drift.push(format!("line {id}: {problem}"));
        None
    });
    Ok(OrderLine {
        cancelled: LinePhase::of(&line.word("order_line_state")) == LinePhase::Cancelled,
        id,
        sku: line.filled("offer_sku"),
        barcode: None,
        title: line.word("product_title"),
        quantity,
        open,
        unit_price,
    })
}

fn readiness(
    doc: Doc<'_>,
    phase: OrderPhase,
    state: &str,
    strange_line: Option<&str>,
    switches: Switches,
) -> Readiness {
    match phase {
        OrderPhase::WaitingAcceptance if !switches.accepts_automatically => Readiness::AwaitingAcceptance,
        OrderPhase::Staging | OrderPhase::WaitingAcceptance | OrderPhase::WaitingDebit => {
            Readiness::NotYet(state.to_owned())
        }
        OrderPhase::Shipping if strange_line.is_some() => {
            Readiness::Unknown(strange_line.unwrap_or_default().to_owned())
        }
        // Goods that were paid back in full must not leave because a word of state lags behind.
        OrderPhase::Shipping if doc.flag("fully_refunded") == Some(true) => {
            Readiness::NotYet(format!("{state}, but refunded in full"))
        }
        OrderPhase::Shipping => Readiness::Ready,
        OrderPhase::Shipped => Readiness::Fulfilled,
        OrderPhase::Cancelled => Readiness::Cancelled,
        OrderPhase::Unknown => Readiness::Unknown(state.to_owned()),
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
