//! ST11: reading shipments, by token (contracts/mirakl/shipments.txt ST11).

use jiff::Timestamp;
use serde_json::Value;

use super::{moment, repeated};
use crate::MiraklTwin;
use crate::dispatch::Call;
use crate::paging::{Query, SeekPage};
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
        let passes = |position: &usize| self.shipments.get(*position).is_some_and(|s| filter.passes(s));
        let keys: Vec<usize> = self.candidates(&filter).into_iter().filter(passes).collect();
        let range = page.cut(&keys);
        let data: Vec<Value> = keys
            .get(range.clone())
            .unwrap_or_default()
            .iter()
            .filter_map(|position| {
                let shipment = self.shipments.get(*position)?;
                let order = self.orders.get(shipment.order)?;
                Some(wire::shipment::shipment(shipment, order, call.sparse))
            })
            .collect();
        Ok(reply::json(200, &page.body(&data, &keys, &range, call.sparse)))
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
