//! ST11: reading shipments, by token (contracts/mirakl/shipments.txt ST11).

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{moment, repeated};
use crate::MiraklTwin;
use crate::dispatch::Call;
use crate::paging::{From, Query, SeekPage};
use crate::reply::{self, Outcome, Refusal};
use crate::shipment::Shipment;
use crate::wire;

struct Filter<'a> {
    orders: Option<Vec<usize>>,
    states: Vec<&'a str>,
    debits: Vec<&'a str>,
    from: Option<Timestamp>,
    to: Option<Timestamp>,
}

impl Filter<'_> {
    fn passes(&self, shipment: &Shipment) -> bool {
        !shipment.deleted
            && self.orders.as_ref().is_none_or(|orders| orders.contains(&shipment.order))
            && (self.states.is_empty() || self.states.contains(&shipment.state.code()))
            && (self.debits.is_empty() || self.debits.contains(&"NO_DEBIT"))
            && self.from.is_none_or(|from| shipment.updated >= from)
            && self.to.is_none_or(|to| shipment.updated <= to)
    }
}

impl MiraklTwin {
    /// ST11.
    pub(crate) fn list_shipments(&self, call: Call<'_>) -> Outcome {
        let page = SeekPage::read(call.query)?;
        let filter = self.shipment_filter(&page.query)?;
        let candidates = self.candidates(&filter);
        let passes = |position: &usize| self.shipments.get(*position).is_some_and(|s| filter.passes(s));
        let found: Vec<usize> = match page.from {
            From::At(start) => {
                let start = candidates.partition_point(|position| *position < start);
                let later = candidates.iter().skip(start).copied().filter(passes);
                later.take(page.limit).collect()
            }
            From::Before(end) => {
                let end = candidates.partition_point(|position| *position < end);
                let earlier = candidates.iter().take(end).rev().copied().filter(passes);
                let mut found: Vec<usize> = earlier.take(page.limit).collect();
                found.reverse();
                found
            }
        };
        let data: Vec<Value> = found
            .iter()
            .filter_map(|position| {
                let shipment = self.shipments.get(*position)?;
                let order = self.orders.get(shipment.order)?;
                Some(wire::shipment::shipment(shipment, order, call.sparse))
            })
            .collect();
        let mut body = json!({ "data": data });
        let any = |mut positions: std::slice::Iter<'_, usize>| positions.any(&passes);
        let first = found.first().copied();
        let after_last = found.last().map(|last| last + 1);
        let next = after_last.filter(|start| {
            let start = candidates.partition_point(|position| position < start);
            any(candidates.get(start..).unwrap_or_default().iter())
        });
        let previous = first.filter(|first| {
            let end = candidates.partition_point(|position| position < first);
            any(candidates.get(..end).unwrap_or_default().iter())
        });
        for (key, token) in [
            ("next_page_token", next.map(|at| page.token(From::At(at)))),
            ("previous_page_token", previous.map(|at| page.token(From::Before(at)))),
        ] {
            match token {
                Some(token) => body[key] = Value::String(token),
                // At the ends a token is absent, or null as in the official example.
                None if call.sparse => body[key] = Value::Null,
                None => {}
            }
        }
        Ok(reply::json(200, &body))
    }

    fn shipment_filter<'a>(&self, query: &'a Query) -> Result<Filter<'a>, Refusal> {
        let ids = repeated(query, "order_id");
        let orders = (!ids.is_empty()).then(|| ids.iter().filter_map(|id| self.orders.find(id)).collect());
        Ok(Filter {
            orders,
            states: repeated(query, "shipment_state_code"),
            debits: repeated(query, "shipment_customer_debit_state_code"),
            from: moment(query, "last_updated_from")?,
            to: moment(query, "last_updated_to")?,
        })
    }

    /// Positions that may pass, ascending: the named orders' shipments, or all.
    fn candidates(&self, filter: &Filter<'_>) -> Vec<usize> {
        let Some(orders) = &filter.orders else {
            return (0..self.shipments.all().len()).collect();
        };
        let mut found: Vec<usize> = orders
            .iter()
            .filter_map(|position| self.orders.get(*position))
            .flat_map(|order| order.shipments.iter().copied())
            .collect();
        found.sort_unstable();
        found.dedup();
        found
    }
}
