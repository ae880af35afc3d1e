//! OR11 and OR12: reading orders (contracts/mirakl/orders.txt).

use http::header;
use jiff::Timestamp;
use serde_json::{Value, json};
use sim_core::{Cx, FaultKind, form};

use super::{comma_list, descending, moment, repeated, switch};
use crate::MiraklTwin;
use crate::dispatch::Call;
use crate::order::{Order, State};
use crate::paging::{OffsetPage, Query};
use crate::reply::{self, Outcome, Refusal};
use crate::text::after;
use crate::wire;
use crate::wire::order::{CHANNEL, PAYMENT_WORKFLOW, View};

const WORKFLOWS: [&str; 5] =
    [PAYMENT_WORKFLOW, "PAY_ON_DELIVERY", "PAY_ON_DUE_DATE", "PAY_ON_SHIPMENT", "NO_CUSTOMER_PAYMENT_CONFIRMATION"];

/// What OR11 was asked for.
struct Filter<'a> {
    ids: Option<Vec<&'a str>>,
    customer_references: Option<Vec<&'a str>>,
    states: Option<Vec<State>>,
    created: (Option<Timestamp>, Option<Timestamp>),
    updated: (Option<Timestamp>, Option<Timestamp>),
    debited: Option<bool>,
    incident: Option<bool>,
    centres: Vec<&'a str>,
    /// A filter that no order of this operator can pass, whatever its state.
    nothing: bool,
}

impl<'a> Filter<'a> {
    fn read(query: &'a Query, widening: u32) -> Result<Self, Refusal> {
        let states = comma_list(query, "order_state_codes")?
            .map(|codes| codes.into_iter().map(state).collect::<Result<Vec<_>, _>>())
            .transpose()?;
        let since = moment(query, "start_update_date")?;
        // "Mirakl will subtract a time delta": repeats are to be expected.
        let since = since.map(|at| after(at, -i64::from(widening)));
        Ok(Self {
            ids: comma_list(query, "order_ids")?,
            customer_references: comma_list(query, "order_references_for_customer")?,
            states,
            created: (moment(query, "start_date")?, moment(query, "end_date")?),
            updated: (since, moment(query, "end_update_date")?),
            debited: switch(query, "customer_debited")?,
            incident: switch(query, "has_incident")?,
            centres: repeated(query, "fulfillment_center_code"),
            nothing: asks_for_nothing(query)?,
        })
    }

    fn passes(&self, order: &Order) -> bool {
        let within = |at: Timestamp, (from, to): (Option<Timestamp>, Option<Timestamp>)| {
            from.is_none_or(|from| at >= from) && to.is_none_or(|to| at <= to)
        };
        self.ids.as_ref().is_none_or(|ids| ids.contains(&order.id.as_str()))
            && self
                .customer_references
                .as_ref()
                .is_none_or(|references| references.contains(&order.commercial_id.as_str()))
            && self.states.as_ref().is_none_or(|states| states.contains(&order.state))
            && self.debited.is_none_or(|debited| debited == order.debited_at.is_some())
            && self.incident.is_none_or(|incident| incident == order.has_incident())
            && (self.centres.is_empty() || self.centres.contains(&order.centre.as_str()))
            && within(order.created, self.created)
            && within(order.updated, self.updated)
    }
}

fn state(code: &str) -> Result<State, Refusal> {
    State::parse(code).ok_or_else(|| Refusal::bad(format!("'{code}' is not an order state")).field("order_state_codes"))
}

/// Every order has one channel, one payment workflow and no reference of the seller's.
fn asks_for_nothing(query: &Query) -> Result<bool, Refusal> {
    let workflow = form::first(query, "payment_workflow");
    if let Some(workflow) = workflow.filter(|workflow| !WORKFLOWS.contains(workflow)) {
        let problem = format!("'{workflow}' is not a payment workflow");
        return Err(Refusal::bad(problem).field("payment_workflow"));
    }
    let without_channel = switch(query, "only_null_channel")? == Some(true);
    let other_channel = comma_list(query, "channel_codes")?.is_some_and(|codes| !codes.contains(&CHANNEL));
    Ok(without_channel
        || other_channel
        || workflow.is_some_and(|workflow| workflow != PAYMENT_WORKFLOW)
        || comma_list(query, "order_references_for_seller")?.is_some())
}

fn net(query: &Query) -> Result<bool, Refusal> {
    match form::first(query, "order_tax_mode") {
        None | Some("TAX_INCLUDED") => Ok(false),
        Some("TAX_EXCLUDED") => Ok(true),
        Some(other) => Err(Refusal::bad(format!("'{other}' is not a tax mode")).field("order_tax_mode")),
    }
}

fn newest_first(query: &Query) -> Result<bool, Refusal> {
    if let Some(sort) = form::first(query, "sort").filter(|sort| *sort != "dateCreated") {
        return Err(Refusal::bad(format!("'{sort}' is not a sort field")).field("sort"));
    }
    descending(query)
}

impl MiraklTwin {
    /// OR11.
    pub(crate) fn list_orders(&self, cx: &mut Cx<'_>, call: &Call<'_>) -> Outcome {
        let query = &call.query;
        let filter = Filter::read(query, self.options.update_widening_seconds)?;
        let page = OffsetPage::read(query)?;
        let net = net(query)?;
        let mut found = self.matching(&filter);
        if newest_first(query)? {
            found.reverse();
        }
        let orders: Vec<Value> = found
            .iter()
            .skip(page.offset)
            .take(page.max)
            .map(|order| self.shown_order(order, self.view(cx, call.sparse, net, false)))
            .collect();
        let mut body = json!({ "orders": orders });
        if !call.sparse {
            body["total_count"] = json!(found.len());
        }
        let reply = reply::json(200, &body);
        Ok(match page.link(&call.base, "/api/orders", query, found.len()) {
            Some(link) => reply::with_header(reply, header::LINK, &link),
            None => reply,
        })
    }

    /// OR12.
    pub(crate) fn show_order(&self, cx: &mut Cx<'_>, call: &Call<'_>, id: &str) -> Outcome {
        let order = self.orders.find(id).and_then(|position| self.orders.get(position));
        let order = order.ok_or_else(|| Refusal::missing(format!("Order with id '{id}' not found.")))?;
        let view = self.view(cx, call.sparse, net(&call.query)?, true);
        Ok(reply::json(200, &self.shown_order(order, view)))
    }

    /// The orders that pass, in the sequence of creation, by way of the narrowest index.
    fn matching(&self, filter: &Filter<'_>) -> Vec<&Order> {
        if filter.nothing {
            return Vec::new();
        }
        let positions = if let Some(ids) = &filter.ids {
            self.positions(ids.iter().map(|id| (*id).to_owned()))
        } else if let Some(references) = &filter.customer_references {
            self.positions(references.iter().map(|reference| format!("{reference}-A")))
        } else if let (Some(since), _) = filter.updated {
            self.orders.updated_since(since)
        } else if let Some(states) = &filter.states {
            self.orders.in_states(states)
        } else {
            (0..self.orders.len()).collect()
        };
        positions
            .into_iter()
            .filter_map(|position| self.orders.get(position))
            .filter(|order| filter.passes(order))
            .collect()
    }

    fn shown_order(&self, order: &Order, view: View) -> Value {
        wire::order::order(order, &self.offers, &self.options.fulfilment_centre, view)
    }

    fn positions(&self, ids: impl Iterator<Item = String>) -> Vec<usize> {
        let mut found: Vec<usize> = ids.filter_map(|id| self.orders.find(&id)).collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    fn view(&self, cx: &mut Cx<'_>, sparse: bool, net: bool, single: bool) -> View {
        View {
            sparse,
            unknown_enum: cx.faults.strikes(FaultKind::UnknownEnum),
            net,
            single,
            hide_addresses: self.options.hidden_addresses,
            net_of_cancelations: self.options.net_prices,
            dropship: self.sells_by_dropship(),
        }
    }
}
