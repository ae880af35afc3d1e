//! What is read beside the list of orders, before orders that may be shipped are shown.
//!
//! Where an order may have several shipments, the order itself does not tell of them (`contracts/john-lewis.md §2.4`). A hub
//! that took it at its word would send units again that have left already. So the orders in SHIPPING of a page wait in the
//! cursor of the read while their shipments are listed (ST11), and those that were cancelled in part while the platform
//! says what is left to ship of them (ST12, once in five minutes). Everything else of the page is shown at once.

use std::collections::BTreeMap;

use bytes::Bytes;
use crossdock_connector::{Call, Failure, Observation, Page, Rejection, Reply};
use crossdock_model::Readiness;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::body;
use crate::document::Doc;
use crate::order::{Parts, Shop, partly_cancelled, read_order};
use crate::request::{Caller, Purpose, get};
use crate::verdict::short;
use crate::windows::{CALLS, ST12};

/// Pages that a list beside the orders may have: 5,000 rows for at most a hundred orders.
const MOST_PAGES: u32 = 50;

/// A list beside the orders.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum List {
    /// ST11.
    Shipments,
    /// ST12.
    ItemsToShip,
}

/// Where such a read stands. It is the first line of the cursor, so that planning a call does not read the orders.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Place {
    list: List,
    /// The orders asked about.
    orders: Vec<String>,
    token: Option<String>,
    /// Pages turned so far.
    pages: u32,
    /// Where the list of orders goes on afterwards; nowhere when it is absent.
    after: Option<u64>,
}

/// The orders that wait, and what is known of them. No `Debug`: they hold names and addresses.
#[derive(Default, Serialize, Deserialize)]
struct Waiting {
    orders: Vec<Value>,
    shipments: Vec<Value>,
    items: Vec<Value>,
}

/// A read beside the list of orders.
pub(crate) struct Beside {
    place: Place,
    waiting: Waiting,
}

/// What came of a page: what may be shown, and how the read goes on.
pub(crate) struct Turned {
    pub(crate) observations: Vec<Observation>,
    pub(crate) next: Option<Page>,
}

/// Whether an order has to wait for what other lists say of it.
pub(crate) fn has_to_wait(order: Doc<'_>, shop: Shop<'_>) -> bool {
    shop.ships_in_parts && order.word("order_state") == "SHIPPING" && order.filled("order_id").is_some()
}

/// The page after a page of orders of which these have to wait.
pub(crate) fn wait(orders: &[Doc<'_>], after: Option<u64>) -> Page {
    let docs = orders.iter().filter_map(|order| order.raw().cloned()).collect();
    Beside::about(List::Shipments, Waiting { orders: docs, ..Waiting::default() }, after).page()
}

/// The call for such a page; `None` when the page is none of these.
pub(crate) fn plan(caller: &Caller, page: &Page) -> Option<Result<Call, Rejection>> {
    let place: Place = serde_json::from_str(page.0.lines().next()?).ok()?;
    let (path, purpose) = match place.list {
        List::Shipments => ("/api/shipments", Purpose { window: CALLS, label: "ST11 shipments of orders" }),
        List::ItemsToShip => ("/api/shipments/items_to_ship", Purpose { window: ST12, label: "ST12 items to ship" }),
    };
    let request = match &place.token {
        // With a page token every other filter is ignored (§2.1, "Seek paging").
        Some(token) => get(path).query("page_token", token),
        // Unlike OR11, these lists repeat the parameter instead of joining with commas.
        None => place.orders.iter().fold(get(path), |request, order| request.query("order_id", order)),
    };
    Some(caller.get(request.query("limit", "100"), purpose))
}

impl Beside {
    fn about(list: List, waiting: Waiting, after: Option<u64>) -> Self {
        let orders = waiting.orders.iter().filter_map(|order| Doc::of(order).filled("order_id")).collect();
        Self { place: Place { list, orders, token: None, pages: 0, after }, waiting }
    }

    /// The read that a page stands for; `None` when it is a page of the list of orders.
    pub(crate) fn read(page: &Page) -> Option<Self> {
        let (place, waiting) = page.0.split_once('\n')?;
        Some(Self { place: serde_json::from_str(place).ok()?, waiting: serde_json::from_str(waiting).ok()? })
    }

    fn page(&self) -> Page {
        // Values that came from JSON go back into it.
        let line = |value: Result<String, serde_json::Error>| value.unwrap_or_default();
        Page(format!("{}\n{}", line(serde_json::to_string(&self.place)), line(serde_json::to_string(&self.waiting))))
    }

    /// Takes a page in.
    pub(crate) fn turn(mut self, shop: Shop<'_>, reply: &Reply) -> Result<Turned, Failure> {
        let body = match body(reply) {
            // A page token may have expired; the list is begun again.
            Err(Failure::Rejected(_)) if self.place.token.is_some() => return self.again(None),
            other => other?,
        };
        let doc = Doc::of(&body);
        if !doc.has_list("data") {
            return Err(Failure::Retry("the answer holds no list of shipments".to_owned()));
        }
        let rows = match self.place.list {
            List::Shipments => &mut self.waiting.shipments,
            List::ItemsToShip => &mut self.waiting.items,
        };
        rows.extend(doc.items("data").iter().filter_map(|row| row.raw().cloned()));
        match doc.filled("next_page_token") {
            Some(token) => self.again(Some(token)),
            None => Ok(self.done(shop)),
        }
    }

    /// The next page of the same list, or the first one again.
    fn again(mut self, token: Option<String>) -> Result<Turned, Failure> {
        self.place.pages += 1;
        if self.place.pages > MOST_PAGES {
            return Err(Failure::Retry(format!("the list of shipments does not end after {MOST_PAGES} pages")));
        }
        if token.is_none() {
            match self.place.list {
                List::Shipments => self.waiting.shipments.clear(),
                List::ItemsToShip => self.waiting.items.clear(),
            }
        }
        self.place.token = token;
        Ok(Turned { observations: Vec::new(), next: Some(self.page()) })
    }

    /// The list is whole: its orders are shown, except those that only the next list makes certain.
    fn done(mut self, shop: Shop<'_>) -> Turned {
        let uncertain = |order: &Value| Doc::of(order).items("order_lines").iter().any(|line| partly_cancelled(*line));
        let orders = std::mem::take(&mut self.waiting.orders);
        let (later, now): (Vec<Value>, Vec<Value>) = match self.place.list {
            List::Shipments => orders.into_iter().partition(uncertain),
            List::ItemsToShip => (Vec::new(), orders),
        };
        let shipments = by_order(&self.waiting.shipments);
        let items = by_order(&self.waiting.items);
        let counted = self.place.list == List::ItemsToShip;
        let observations = now
            .iter()
            .flat_map(|order| {
                let id = Doc::of(order).word("order_id");
                let shipments = shipments.get(&id).cloned().unwrap_or_default();
                let items = counted.then(|| items.get(&id).cloned().unwrap_or_default());
                observe(order, &shipments, items.as_deref(), shop)
            })
            .collect();
        let after = self.place.after;
        let next = if later.is_empty() {
            after.map(|offset| Page(offset.to_string()))
        } else {
            self.waiting.orders = later;
            Some(Self::about(List::ItemsToShip, self.waiting, after).page())
        };
        Turned { observations, next }
    }
}

fn by_order(rows: &[Value]) -> BTreeMap<String, Vec<&Value>> {
    let mut map: BTreeMap<String, Vec<&Value>> = BTreeMap::new();
    for row in rows {
        map.entry(Doc::of(row).word("order_id")).or_default().push(row);
    }
    map
}

/// One order in the hub's words. The raw document is the order's part of its page, written again with its fields in their
/// order, so that equal content has equal bytes. Where something beside it decided how it is read, that is in it too: a
/// document that was seen before is not looked at again.
pub(crate) fn observe(
    order: &Value,
    shipments: &[&Value],
    items: Option<&[&Value]>,
    shop: Shop<'_>,
) -> Vec<Observation> {
    let mut parts = Parts::shipped(shipments.iter().copied().map(Doc::of).collect());
    if let Some(items) = items {
        parts = parts.with_items(&items.iter().copied().map(Doc::of).collect::<Vec<_>>());
    }
    let read = read_order(Doc::of(order), shop, &parts);
    let overdue = shop.accepts_automatically
        && read.as_ref().is_ok_and(|read| read.order.readiness == Readiness::AwaitingAcceptance);
    let raw = if shipments.is_empty() && items.is_none() && !overdue {
        order.to_string()
    } else {
        json!({ "order": order, "shipments": shipments, "items_to_ship": items, "overdue": overdue }).to_string()
    };
    let raw = Bytes::from(raw);
    match read {
        Ok(read) => {
            let mut seen = vec![Observation::Order { order: Box::new(read.order), raw }];
            seen.extend(read.drift.iter().map(|text| Observation::Drift(short(text))));
            seen
        }
        Err(reason) => {
            let id = Doc::of(order).filled("order_id");
            vec![Observation::Unreadable { id, reason: short(&reason), raw }]
        }
    }
}
