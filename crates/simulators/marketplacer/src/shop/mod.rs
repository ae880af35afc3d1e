//! What the instance knows: adverts, invoices, shipments, refund requests. Data and indexes only; the rules are in `trade` and
//! `refunds`.
//!
//! It is one seller's shop. A second seller is there to be seen by an operator's key, and by nobody else.

mod things;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap};

use jiff::Timestamp;

pub(crate) use self::things::{
    Advert, Carrier, Delivery, Flag, Invoice, Line, Listing, RefundLine, RefundRequest, Shipment, Variant,
};
use crate::entity::Entity;

/// The number of the seller whose shop this is.
pub(crate) const OWN_SELLER: u64 = 4;
/// The number of the other one.
pub(crate) const OTHER_SELLER: u64 = 5;

/// Something that webhooks may tell.
#[derive(Debug, Clone, Copy)]
pub(crate) struct News {
    /// `WebhookKlassEnum`.
    pub(crate) kind: &'static str,
    pub(crate) entity: Entity,
    /// `create`, `update`, `destroy`.
    pub(crate) event: &'static str,
    pub(crate) at: Timestamp,
    /// Whose thing it is.
    pub(crate) seller: u64,
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
#[derive(Debug, Default, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "independent states of a seller's account, each named at the remote")]
pub(crate) struct Shop {
    /// `seller.online`.
    pub(crate) online: bool,
    /// `seller.accountType` is PROSPECTIVE: the seller cannot trade yet (`contracts/marketplacer.md` §9).
    pub(crate) prospective: bool,
    /// `seller.apiEnabled` is false.
    pub(crate) api_off: bool,
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
            Entity::Variant(id) => self.variants.get(&id).is_some_and(|variant| self.is_kept(variant.advert)),
            Entity::Invoice(id) => self.invoices.contains_key(&id),
            Entity::Order(id) => self.invoices.contains_key(&invoice_of_order(id)),
            Entity::LineItem(id) => self.lines.contains_key(&id),
            Entity::Shipment(id) => self.shipments.contains_key(&id),
            Entity::Carrier(id) => self.carriers.contains_key(&id),
            Entity::RefundRequest(id) => self.refunds.contains_key(&id),
            Entity::RefundLine(id) => self.refund_lines.contains_key(&id),
            Entity::Seller(id) => id == OWN_SELLER || id == OTHER_SELLER,
            _ => false,
        };
        known.then_some(entity)
    }

    /// Whether an advert has not been deleted: its variants are gone with it.
    fn is_kept(&self, advert: u64) -> bool {
        self.adverts.get(&advert).is_some_and(|advert| advert.listing != Listing::Deleted)
    }

    /// The seller whose thing it is; none for what belongs to nobody in particular.
    pub(crate) fn owner_of(&self, entity: Entity) -> Option<u64> {
        let invoice = |id: u64| self.invoices.get(&id).map(|invoice| invoice.seller);
        let advert = |id: u64| self.adverts.get(&id).map(|advert| advert.seller);
        match entity {
            Entity::Advert(id) | Entity::UnpublishedAdvert(id) | Entity::DeletedAdvert(id) => advert(id),
            Entity::Variant(id) | Entity::AllAdvertVariant(id) => advert(self.variants.get(&id)?.advert),
            Entity::Invoice(id) | Entity::Address(id) => invoice(id),
            Entity::Order(id) => invoice(invoice_of_order(id)),
            Entity::LineItem(id) => invoice(self.lines.get(&id)?.0),
            Entity::Shipment(id) => invoice(self.shipments.get(&id)?.invoice),
            Entity::RefundRequest(id) => invoice(self.refunds.get(&id)?.invoice),
            Entity::RefundLine(id) => invoice(self.refunds.get(&self.refund_lines.get(&id)?.0)?.invoice),
            Entity::Seller(id) => Some(id),
            _ => None,
        }
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
        let seller = self.owner_of(entity).unwrap_or(OWN_SELLER);
        self.news.push(News { kind, entity, event, at, seller });
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
