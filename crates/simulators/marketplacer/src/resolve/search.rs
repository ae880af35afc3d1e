//! Finding invoices: the filters of both surfaces, over the indexes by creation and by change.

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::shop::{Flag, Invoice, Shop, invoice_of_order};
use crate::time;

/// The order of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Order {
    #[default]
    Created,
    Updated,
    Paid,
    Status,
}

/// From and until, both included.
pub(crate) type Span = (Option<Timestamp>, Option<Timestamp>);

fn within(at: Option<Timestamp>, span: Span) -> bool {
    match at {
        Some(at) => span.0.is_none_or(|from| at >= from) && span.1.is_none_or(|until| at <= until),
        None => span == (None, None),
    }
}

/// Filters, all of which must hold (`contracts/marketplacer.md` §3.2).
#[derive(Debug, Default)]
pub(crate) struct InvoiceSearch {
    pub(crate) created: Span,
    pub(crate) updated: Span,
    pub(crate) paid: Span,
    pub(crate) paid_only: bool,
    /// Names of `InvoiceStatusEnum`; empty: any.
    pub(crate) statuses: Vec<String>,
    pub(crate) not_dispatched: Option<bool>,
    pub(crate) awaiting_return: Option<bool>,
    pub(crate) awaiting_collection: Option<bool>,
    pub(crate) remitted: Span,
    pub(crate) legacy_id: Option<u64>,
    /// Only this seller's; none: everybody's.
    pub(crate) seller: Option<u64>,
    pub(crate) buyer_name: Option<String>,
    pub(crate) buyer_email: Option<String>,
    /// A filter on something that no invoice of this twin has (external ids, annotations).
    pub(crate) nothing: bool,
    pub(crate) order: Order,
    pub(crate) descending: bool,
}

impl InvoiceSearch {
    /// The `filters` and `sort` arguments of `invoices`.
    pub(crate) fn of_arguments(arguments: &Map<String, Value>) -> Self {
        let empty = Map::new();
        let filters = arguments.get("filters").and_then(Value::as_object).unwrap_or(&empty);
        let text = |name: &str| filters.get(name).and_then(Value::as_str);
        let moment = |name: &str| text(name).and_then(time::read);
        let number = |name: &str| filters.get(name).and_then(Value::as_u64);
        let flag = |name: &str| filters.get(name).and_then(Value::as_bool);
        let is_set =
            |name: &str| filters.get(name).is_some_and(|value| !value.is_null() && value != &Value::Bool(false));
        let sort = arguments.get("sort");
        let order = sort.and_then(|sort| sort.get("fields")?.get(0)?.as_str());
        Self {
            created: (moment("createdSince"), moment("createdUntil")),
            updated: (moment("updatedSince"), moment("updatedUntil")),
            paid: (moment("paidSince"), moment("paidUntil")),
            statuses: filters.get("statuses").map(texts).unwrap_or_default(),
            not_dispatched: flag("notDispatched"),
            awaiting_return: flag("awaitingReturn"),
            awaiting_collection: flag("awaitingCollection"),
            remitted: (moment("remittedSince"), moment("remittedUntil")),
            legacy_id: number("legacyId").or_else(|| number("orderId").map(invoice_of_order)),
            buyer_name: text("buyerName").map(str::to_lowercase),
            buyer_email: text("buyerEmailAddress").map(str::to_lowercase),
            nothing: ["externalId", "partialExternalId", "withUnresolvedAnnotationsOfType"].into_iter().any(is_set),
            order: match order {
                Some("UPDATED_AT") => Order::Updated,
                Some("PAID_AT") => Order::Paid,
                Some("STATUS") => Order::Status,
                _ => Order::Created,
            },
            descending: sort.and_then(|sort| sort.get("ordering")?.as_str()) == Some("DESCENDING"),
            ..Self::default()
        }
    }

    /// The ids that match, in order.
    pub(crate) fn run(&self, shop: &Shop) -> Vec<u64> {
        self.page(shop, 0, usize::MAX)
    }

    /// So many of the ids that match, in order, after the first few. Nothing behind them is looked at, where an index has the
    /// order that is wanted.
    pub(crate) fn page(&self, shop: &Shop, offset: usize, most: usize) -> Vec<u64> {
        if self.nothing {
            return Vec::new();
        }
        if let Some(id) = self.legacy_id {
            let found = shop.invoices.get(&id).filter(|invoice| self.matches(invoice));
            return found.map(|invoice| invoice.id).into_iter().skip(offset).take(most).collect();
        }
        let by_updated = self.updated != (None, None) || self.order == Order::Updated;
        let (index, span) =
            if by_updated { (&shop.by_updated, self.updated) } else { (&shop.by_created, self.created) };
        let from = (span.0.unwrap_or(Timestamp::MIN), 0);
        let until = (span.1.unwrap_or(Timestamp::MAX), u64::MAX);
        if from > until {
            return Vec::new();
        }
        let invoices = index.range(from..=until).filter_map(|(_, id)| shop.invoices.get(id));
        let invoices = invoices.filter(|invoice| self.matches(invoice));
        let sorted = matches!((self.order, by_updated), (Order::Updated, true) | (Order::Created, false));
        if sorted && !self.descending {
            return invoices.skip(offset).take(most).map(|invoice| invoice.id).collect();
        }
        let mut found: Vec<&Invoice> = invoices.collect();
        match self.order {
            Order::Created => found.sort_by_key(|invoice| (invoice.created, invoice.id)),
            Order::Paid => found.sort_by_key(|invoice| (invoice.paid, invoice.id)),
            Order::Status => found.sort_by_key(|invoice| (invoice.status(), invoice.id)),
            Order::Updated => {}
        }
        if self.descending {
            found.reverse();
        }
        found.into_iter().skip(offset).take(most).map(|invoice| invoice.id).collect()
    }

    fn matches(&self, invoice: &Invoice) -> bool {
        let name = || format!("{} {}", invoice.buyer.first_name, invoice.buyer.last_name).to_lowercase();
        self.seller.is_none_or(|seller| seller == invoice.seller)
            && within(Some(invoice.created), self.created)
            && within(Some(invoice.updated), self.updated)
            && within(invoice.paid, self.paid)
            && within(invoice.remitted, self.remitted)
            && self.awaiting_collection.is_none_or(|wanted| {
                wanted == (invoice.flags.contains(&Flag::Ready) && !invoice.flags.contains(&Flag::Collected))
            })
            && (!self.paid_only || invoice.paid.is_some())
            && (self.statuses.is_empty() || self.statuses.iter().any(|status| status == invoice.status()))
            && self.not_dispatched.is_none_or(|wanted| wanted == (invoice.paid.is_some() && invoice.awaiting() > 0))
            && self.awaiting_return.is_none_or(|wanted| wanted == invoice.flags.contains(&Flag::AwaitingReturn))
            && self.buyer_name.as_ref().is_none_or(|wanted| name().contains(wanted.as_str()))
            && self.buyer_email.as_ref().is_none_or(|wanted| invoice.buyer.email.to_lowercase() == *wanted)
    }
}

/// The texts of a list.
pub(crate) fn texts(list: &Value) -> Vec<String> {
    let items = list.as_array().map(Vec::as_slice).unwrap_or_default();
    items.iter().filter_map(Value::as_str).map(str::to_owned).collect()
}
