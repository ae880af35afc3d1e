//! What the instance knows about one seller: adverts, invoices, shipments, refund requests. Data and indexes only; the
//! rules are in `trade` and `refunds`.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap};

use jiff::Timestamp;
use serde_json::{Value, json};
use sim_core::world::Customer;

use crate::entity::Entity;

/// Advert states (`contracts/marketplacer.md` §2.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Listing {
    Published,
    Unpublished,
    Deleted,
}

#[derive(Debug)]
pub(crate) struct Advert {
    pub(crate) title: String,
    pub(crate) listing: Listing,
    pub(crate) variants: Vec<u64>,
    pub(crate) created: Timestamp,
    pub(crate) updated: Timestamp,
}

#[derive(Debug)]
pub(crate) struct Variant {
    pub(crate) advert: u64,
    pub(crate) sku: Option<String>,
    pub(crate) barcode: Option<String>,
    pub(crate) label: String,
    /// Pence.
    pub(crate) price: i64,
    pub(crate) count: i64,
    pub(crate) infinite: bool,
    pub(crate) created: Timestamp,
    pub(crate) updated: Timestamp,
}

/// `InvoiceStatusFlagEnum` as far as this twin reaches the flags (`contracts/marketplacer.md` §5.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Flag {
    Paid,
    PaymentUnderReview,
    Sent,
    PartiallySent,
    AwaitingReturn,
    AwaitingRefund,
    Refunded,
    Cancelled,
}

impl Flag {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Paid => "PAID",
            Self::PaymentUnderReview => "PAYMENT_UNDER_REVIEW",
            Self::Sent => "SENT",
            Self::PartiallySent => "PARTIALLY_SENT",
            Self::AwaitingReturn => "AWAITING_RETURN",
            Self::AwaitingRefund => "AWAITING_REFUND",
            Self::Refunded => "REFUNDED",
            Self::Cancelled => "CANCELLED",
        }
    }
}

/// A line, with the product frozen as it was at order time (`contracts/marketplacer.md` §2.3).
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) id: u64,
    pub(crate) variant: u64,
    pub(crate) advert: u64,
    pub(crate) sku: Option<String>,
    pub(crate) barcode: Option<String>,
    pub(crate) name: String,
    pub(crate) title: String,
    /// Pence for one.
    pub(crate) price: i64,
    pub(crate) quantity: i64,
    pub(crate) sent: i64,
    pub(crate) cancelled: i64,
    pub(crate) refunded: i64,
    pub(crate) shipments: Vec<u64>,
}

impl Line {
    pub(crate) fn awaiting(&self) -> i64 {
        (self.quantity - self.sent - self.cancelled).max(0)
    }

    pub(crate) fn json(&self, quantity: i64) -> Value {
        json!({ "line": Entity::LineItem(self.id).gid(), "sku": self.sku, "quantity": quantity })
    }
}

#[derive(Debug)]
pub(crate) struct Invoice {
    pub(crate) id: u64,
    pub(crate) buyer: Customer,
    pub(crate) message: String,
    pub(crate) flags: BTreeSet<Flag>,
    pub(crate) created: Timestamp,
    pub(crate) updated: Timestamp,
    pub(crate) paid: Option<Timestamp>,
    pub(crate) lines: Vec<Line>,
    pub(crate) shipments: Vec<u64>,
    pub(crate) refunds: Vec<u64>,
}

impl Invoice {
    /// Pence, with tax.
    pub(crate) fn subtotal(&self) -> i64 {
        self.lines.iter().map(|line| line.price * line.quantity).sum()
    }

    /// Pence: free from 50 pounds.
    pub(crate) fn shipping(&self) -> i64 {
        if self.subtotal() >= 5_000 { 0 } else { 399 }
    }

    pub(crate) fn awaiting(&self) -> i64 {
        self.lines.iter().map(Line::awaiting).sum()
    }

    /// `InvoiceStatusEnum`: the one-word state that filters and REST still use.
    pub(crate) fn status(&self) -> &'static str {
        let order =
            [Flag::Cancelled, Flag::Refunded, Flag::Sent, Flag::PartiallySent, Flag::Paid, Flag::PaymentUnderReview];
        let reached = order.into_iter().find(|flag| self.flags.contains(flag));
        reached.map_or("AWAITING_PAYMENT", Flag::name)
    }
}

#[derive(Debug)]
pub(crate) struct Shipment {
    pub(crate) invoice: u64,
    pub(crate) carrier: String,
    pub(crate) tracking: String,
    /// Where a REST caller set its own link.
    pub(crate) link: Option<String>,
    pub(crate) note: Option<String>,
    pub(crate) dispatched: Timestamp,
    pub(crate) created: Timestamp,
    pub(crate) updated: Timestamp,
    /// Line and quantity.
    pub(crate) items: Vec<(u64, i64)>,
}

#[derive(Debug)]
pub(crate) struct RefundLine {
    pub(crate) id: u64,
    /// None for a custom line (postage).
    pub(crate) line: Option<u64>,
    pub(crate) description: Option<String>,
    pub(crate) reason: Option<String>,
    pub(crate) deny_reason: Option<String>,
    pub(crate) quantity: i64,
    pub(crate) dispatched: bool,
    /// Pence for one.
    pub(crate) price: i64,
    pub(crate) status: &'static str,
}

#[derive(Debug)]
pub(crate) struct RefundRequest {
    pub(crate) invoice: u64,
    pub(crate) status: &'static str,
    pub(crate) initiated_by: String,
    pub(crate) lines: Vec<RefundLine>,
    /// Text, status at that time, moment.
    pub(crate) notes: Vec<(Option<String>, &'static str, Timestamp)>,
    pub(crate) created: Timestamp,
    pub(crate) updated: Timestamp,
    pub(crate) refunded: Option<Timestamp>,
}

/// A carrier of the operator's list.
#[derive(Debug)]
pub(crate) struct Carrier {
    pub(crate) name: String,
    pub(crate) other_names: Vec<&'static str>,
    /// Contains `{TRACKING_NUMBER}`.
    pub(crate) tracking_url: Option<String>,
}

/// Something that webhooks may tell.
#[derive(Debug, Clone, Copy)]
pub(crate) struct News {
    /// `WebhookKlassEnum`.
    pub(crate) kind: &'static str,
    pub(crate) entity: Entity,
    /// `create`, `update`.
    pub(crate) event: &'static str,
    pub(crate) at: Timestamp,
}

/// Something that the instance does by itself later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Task {
    /// The payment review of an invoice ends well.
    ClearReview(u64),
    /// The operator settles a refund request.
    Approve(u64),
}

/// The seller's data.
#[derive(Debug, Default)]
pub(crate) struct Shop {
    /// `seller.online`.
    pub(crate) online: bool,
    /// False: stock calls are accepted and nothing is published (A108).
    pub(crate) active: bool,
    pub(crate) adverts: BTreeMap<u64, Advert>,
    pub(crate) variants: BTreeMap<u64, Variant>,
    pub(crate) by_sku: HashMap<String, Vec<u64>>,
    pub(crate) invoices: HashMap<u64, Invoice>,
    pub(crate) by_created: BTreeSet<(Timestamp, u64)>,
    pub(crate) by_updated: BTreeSet<(Timestamp, u64)>,
    /// Line to its invoice and place there.
    pub(crate) lines: HashMap<u64, (u64, usize)>,
    pub(crate) shipments: BTreeMap<u64, Shipment>,
    pub(crate) refunds: BTreeMap<u64, RefundRequest>,
    pub(crate) refund_lines: HashMap<u64, (u64, usize)>,
    pub(crate) carriers: BTreeMap<u64, Carrier>,
    /// Changes that no webhook has looked at yet.
    pub(crate) news: Vec<News>,
    agenda: BinaryHeap<Reverse<(Timestamp, u64, Task)>>,
    agenda_count: u64,
}

/// The next free id of a table that starts at `first`.
pub(crate) fn next_id<T>(table: &BTreeMap<u64, T>, first: u64) -> u64 {
    table.last_key_value().map_or(first, |(last, _)| last + 1)
}

impl Shop {
    /// Whether a thing exists, and under which face: an advert may be published, unpublished or deleted.
    pub(crate) fn find(&self, entity: Entity) -> Option<Entity> {
        let known = match entity {
            Entity::Advert(id) => {
                return Some(self.face_of_advert(id)?).filter(|e| !matches!(e, Entity::DeletedAdvert(_)));
            }
            Entity::Variant(id) => self.variants.contains_key(&id),
            Entity::Invoice(id) => self.invoices.contains_key(&id),
            Entity::Order(id) => self.invoices.contains_key(&invoice_of_order(id)),
            Entity::LineItem(id) => self.lines.contains_key(&id),
            Entity::Shipment(id) => self.shipments.contains_key(&id),
            Entity::Carrier(id) => self.carriers.contains_key(&id),
            Entity::RefundRequest(id) => self.refunds.contains_key(&id),
            Entity::RefundLine(id) => self.refund_lines.contains_key(&id),
            Entity::Seller => true,
            _ => false,
        };
        known.then_some(entity)
    }

    /// The member of the `AllAdvert` union that an advert is now.
    pub(crate) fn face_of_advert(&self, id: u64) -> Option<Entity> {
        Some(match self.adverts.get(&id)?.listing {
            Listing::Published => Entity::Advert(id),
            Listing::Unpublished => Entity::UnpublishedAdvert(id),
            Listing::Deleted => Entity::DeletedAdvert(id),
        })
    }

    /// A line and its invoice.
    pub(crate) fn line(&self, id: u64) -> Option<(&Invoice, &Line)> {
        let (invoice, index) = self.lines.get(&id)?;
        let invoice = self.invoices.get(invoice)?;
        Some((invoice, invoice.lines.get(*index)?))
    }

    /// A line of a refund request and its request's id.
    pub(crate) fn refund_line(&self, id: u64) -> Option<(u64, &RefundLine)> {
        let (request, index) = self.refund_lines.get(&id)?;
        Some((*request, self.refunds.get(request)?.lines.get(*index)?))
    }

    /// The variant that a SKU is sold from: its first one.
    pub(crate) fn variant_of_sku(&self, sku: &str) -> Option<u64> {
        self.by_sku.get(sku)?.first().copied()
    }

    /// A carrier by its name or one of its other names, whatever the case (`contracts/marketplacer.md` §12.11: unknown).
    pub(crate) fn carrier_by_name(&self, name: &str) -> Option<&Carrier> {
        let name = name.trim();
        self.carriers.values().find(|carrier| {
            carrier.name.eq_ignore_ascii_case(name) || carrier.other_names.iter().any(|n| n.eq_ignore_ascii_case(name))
        })
    }

    /// Moves an invoice's `updatedAt`.
    pub(crate) fn touch_invoice(&mut self, id: u64, at: Timestamp) {
        if let Some(invoice) = self.invoices.get_mut(&id) {
            self.by_updated.remove(&(invoice.updated, id));
            invoice.updated = at;
            self.by_updated.insert((at, id));
            self.announce("INVOICE", Entity::Invoice(id), "update", at);
        }
    }

    /// Moves a variant's and its advert's `updatedAt` (`contracts/marketplacer.md` §6.5: a variant's change is its
    /// advert's too).
    pub(crate) fn touch_variant(&mut self, id: u64, at: Timestamp) {
        let Some(variant) = self.variants.get_mut(&id) else {
            return;
        };
        variant.updated = at;
        let advert = variant.advert;
        if let Some(advert) = self.adverts.get_mut(&advert) {
            advert.updated = at;
        }
        self.announce("VARIANT", Entity::Variant(id), "update", at);
        self.announce("ADVERT", Entity::Advert(advert), "update", at);
    }

    /// Notes a change for the webhooks.
    pub(crate) fn announce(&mut self, kind: &'static str, entity: Entity, event: &'static str, at: Timestamp) {
        self.news.push(News { kind, entity, event, at });
    }

    /// Plans something.
    pub(crate) fn plan(&mut self, at: Timestamp, task: Task) {
        self.agenda_count += 1;
        self.agenda.push(Reverse((at, self.agenda_count, task)));
    }

    /// When the next planned thing is due.
    pub(crate) fn next_task(&self) -> Option<Timestamp> {
        self.agenda.peek().map(|Reverse((at, ..))| *at)
    }

    /// Takes it.
    pub(crate) fn take_task(&mut self) -> Option<(Timestamp, Task)> {
        self.agenda.pop().map(|Reverse((at, _, task))| (at, task))
    }
}

/// Orders and invoices are one to one here; their numbers differ, as on a real instance.
pub(crate) fn order_of_invoice(invoice: u64) -> u64 {
    invoice + 70_000
}

/// The way back.
pub(crate) fn invoice_of_order(order: u64) -> u64 {
    order.saturating_sub(70_000)
}
