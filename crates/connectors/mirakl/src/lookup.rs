//! One OR11 call that looks at up to 100 orders: the read-back of every write about an order.
//!
//! OR11 may be called once a minute (`contracts/john-lewis.md §2.2`), so looks are always batched and share that window
//! with the poll. OR12 would cost less, but it is announced to be removed (`contracts/mirakl/orders.txt`, OR12) and does
//! not tell of cancelations and refunds.

use std::collections::BTreeMap;

use crossdock_connector::{Call, Failure, Outcome, RejectCode, Rejection, Reply, Step};
use jiff::Timestamp;
use serde_json::Value;

use crate::document::Doc;
use crate::note;
use crate::request::{Caller, Purpose, cannot, get};
use crate::verdict::{Verdict, json};
use crate::windows::OR11;

/// Ids that one call may name (`contracts/john-lewis.md §2.1`, "Lists in query").
pub(crate) const IDS_PER_CALL: usize = 100;

/// The call that lists certain orders. OR11 wants its ids comma-joined, unlike the shipment calls.
pub(crate) fn plan<'a>(
    caller: &Caller,
    ids: impl IntoIterator<Item = &'a str>,
    label: &'static str,
) -> Result<Call, Rejection> {
    let mut distinct: Vec<&str> = Vec::new();
    for id in ids {
        if id.trim().is_empty() || id.contains(',') {
            return Err(cannot(format!("`{id}` is not an order id that can be asked for")));
        }
        if !distinct.contains(&id) {
            distinct.push(id);
        }
    }
    if distinct.is_empty() || distinct.len() > IDS_PER_CALL {
        return Err(cannot(format!("{} orders cannot be asked for in one call", distinct.len())));
    }
    // The default page is 10 rows: without `max`, ninety orders of a hundred would look as if they did not exist.
    let request = get("/api/orders").query("order_ids", distinct.join(",")).query("max", "100");
    caller.get(request, Purpose { window: OR11, label })
}

/// The orders that a look found.
#[derive(Debug)]
pub(crate) struct Found {
    orders: BTreeMap<String, Value>,
    /// Fewer rows came than the answer itself counts.
    cut: bool,
    /// When the answer came.
    pub(crate) at: Timestamp,
}

impl Found {
    /// Reads the reply to [`plan`].
    pub(crate) fn read(reply: &Reply) -> Result<Self, Outcome> {
        Verdict::of(reply).for_look()?;
        let retry = |text: String| Outcome::NotDone(Failure::Retry(text));
        let body = json(reply).map_err(retry)?;
        let doc = Doc::of(&body);
        if !doc.has_list("orders") {
            return Err(retry("the answer holds no list of orders".to_owned()));
        }
        let rows = doc.items("orders");
        let total = doc.count("total_count").ok().flatten();
        let cut = total.is_some_and(|total| i64::try_from(rows.len()).is_ok_and(|rows| rows < total));
        let mut orders = BTreeMap::new();
        for row in rows {
            if let (Some(id), Some(value)) = (row.filled("order_id"), row.raw()) {
                orders.insert(id, value.clone());
            }
        }
        Ok(Self { orders, cut, at: reply.at })
    }

    /// One order, or the outcome of not finding it. A list may be short because it is old, or because it ended early and
    /// does not say how many there are (`contracts/john-lewis.md §2.10`), so an order is missed twice before it is missing.
    pub(crate) fn order(&self, step: &Step<'_>, id: &str) -> Result<Doc<'_>, Outcome> {
        match self.orders.get(id) {
            Some(order) => Ok(Doc::of(order)),
            None if self.cut => Err(Outcome::NotDone(Failure::Retry("the list of orders was cut short".to_owned()))),
            None => {
                let unknown = Rejection::new(RejectCode::NotFound, format!("the channel does not know order {id}"));
                Err(note::believe_twice(step.stage, step.note, self.at, unknown))
            }
        }
    }
}
