//! Lists of orders, and an order as one row of them.

use std::collections::HashSet;

use crossdock_desk::{OrderFilter, OrderList, OrderRow, Tone};
use crossdock_flow::cause::Cause;
use crossdock_flow::order::OrderState;
use crossdock_store::{FlowFilter, FlowKind, FlowRow, StoreError};
use jiff::SignedDuration;

use super::view::{Order, View, address};
use super::words;

/// Rows on a page.
pub(super) const PAGE: u64 = 50;

/// The page numbers that a list needs: the page (from 1), how many there are, the rows to skip.
pub(super) fn paging(page: u32, total: u64) -> (u32, u32, u64) {
    let page = page.max(1);
    let pages = u32::try_from(total.div_ceil(PAGE)).unwrap_or(u32::MAX).max(1);
    (page, pages, skipped(page))
}

/// The rows before a page.
pub(super) fn skipped(page: u32) -> u64 {
    u64::from(page.max(1) - 1) * PAGE
}

/// A page of orders.
pub(super) fn list(view: &View<'_>, asked: &OrderFilter) -> Result<OrderList, StoreError> {
    let due_before = asked.due_within_hours.map(|hours| {
        let ahead = SignedDuration::from_hours(i64::from(hours));
        view.now.saturating_add(ahead).unwrap_or(view.now)
    });
    let done: &[&str] = if due_before.is_some() { &["confirmed", "cancelled", "elsewhere"] } else { &[] };
    let filter = FlowFilter {
        connection: asked.channel.clone(),
        states: asked.state.as_deref().map(stored_states).unwrap_or_default(),
        not_states: done.iter().map(|&state| state.to_owned()).collect(),
        cause: asked.cause.clone(),
        due_before,
        term: asked.text.as_deref().map(|text| text.trim().to_lowercase()),
        by_deadline: due_before.is_some(),
        offset: skipped(asked.page),
        limit: PAGE,
    };
    let (mut rows, mut total) = view.tx.list_flows(FlowKind::Order, &filter)?;
    if total == 0 && asked.cause.is_some() && asked.state.is_none() {
        (rows, total) = by_parcel(view, &filter)?;
    }
    let (page, pages, _) = paging(asked.page, total);
    let rows = rows.into_iter().map(|row| row_of(view, &Order::read(view, row))).collect();
    Ok(OrderList { rows, total, page, pages })
}

/// Orders of which a parcel is held for the cause: an unknown carrier holds the parcel, not the order.
fn by_parcel(view: &View<'_>, filter: &FlowFilter) -> Result<(Vec<FlowRow>, u64), StoreError> {
    let (parcels, total) = view.tx.list_flows(FlowKind::Despatch, filter)?;
    let mut taken = HashSet::new();
    let mut orders = Vec::new();
    for parent in parcels.iter().filter_map(|parcel| parcel.parent) {
        if taken.insert(parent) {
            orders.extend(view.tx.flow(parent)?);
        }
    }
    Ok((orders, total))
}

/// Everything that a text could mean.
pub(super) fn find(view: &View<'_>, text: &str) -> Result<Vec<OrderRow>, StoreError> {
    let rows = view.tx.find(&text.trim().to_lowercase(), PAGE)?;
    Ok(rows.into_iter().map(|row| row_of(view, &Order::read(view, row))).collect())
}

/// A filter's state word as flows store it. What is "released" to a person is still releasing to the machine, and a
/// document that cannot be read stands in front of a person like everything held.
fn stored_states(word: &str) -> Vec<String> {
    let states: &[&str] = match word {
        "held" => &["held", "unreadable"],
        "accepted" => &["accepting"],
        "released" => &["releasing"],
        other => &[other],
    };
    states.iter().map(|&state| state.to_owned()).collect()
}

/// The other way round.
pub(super) fn shown_state(stored: &str) -> &str {
    match stored {
        "unreadable" => "held",
        "accepting" => "accepted",
        "releasing" => "released",
        other => other,
    }
}

/// One order in a list. A placeholder shows what is known of it.
pub(super) fn row_of(view: &View<'_>, order: &Order) -> OrderRow {
    let row = &order.row;
    let telling = order.telling(view.now, 0);
    let due = telling.as_ref().and_then(|telling| telling.deadline).map(|at| words::due(at, view.now));
    let (lines, units) = order.state.as_ref().map_or((0, 0), size);
    OrderRow {
        number: row.number.clone(),
        channel: row.connection.clone(),
        state: shown_state(&row.state).to_owned(),
        words: telling.map_or_else(|| unreadable_words(row), |telling| telling.words),
        tone: tone(order, due.as_ref().map(|due| due.tone)),
        lines,
        units,
        total: row.amount,
        place: order.state.as_ref().map(place).unwrap_or_default(),
        placed: order.state.as_ref().map_or(row.created, |state| state.order.placed_at),
        received: row.created,
        due,
    }
}

fn unreadable_words(row: &FlowRow) -> String {
    if row.state == "unreadable" {
        format!("Held: {}", Cause::Unreadable.title())
    } else {
        format!("Its record cannot be read; last known state: {}", row.state)
    }
}

/// Held is standing still; what is done is well; everything else is as urgent as its deadline.
fn tone(order: &Order, due: Option<Tone>) -> Tone {
    match &order.state {
        None => Tone::Broken,
        Some(state) if state.held.is_some() => Tone::Broken,
        Some(state) if state.stage.is_final() => Tone::Ok,
        Some(_) => due.unwrap_or(Tone::Waiting),
    }
}

fn size(state: &OrderState) -> (usize, i64) {
    let lines = &state.order.lines;
    let units = lines.iter().filter(|line| !line.cancelled).fold(0_i64, |sum, line| sum.saturating_add(line.quantity));
    (lines.len(), units)
}

/// Where to, coarse enough for a list: the town and the outward half of a British postcode; abroad the country.
fn place(state: &OrderState) -> String {
    let to = address(state);
    let town = to.city.text().trim();
    let rest = if to.country_code.is_empty() || to.country_code == "GB" {
        outward(to.postcode.text())
    } else {
        to.country.trim().to_owned()
    };
    [town, rest.as_str()].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

/// A postcode without its last three characters, which name a few houses.
fn outward(postcode: &str) -> String {
    let plain: Vec<char> = postcode.chars().filter(|letter| !letter.is_whitespace()).collect();
    if (5..=7).contains(&plain.len()) {
        plain.iter().take(plain.len() - 3).flat_map(|letter| letter.to_uppercase()).collect()
    } else {
        String::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_never_shows_more_than_the_outward_half_of_a_postcode() {
        assert_eq!(outward("LS1 4AP"), "LS1");
        assert_eq!(outward("ec1a1bb"), "EC1A");
        assert_eq!(outward("SW1A"), "");
        assert_eq!(outward("somewhere else"), "");
    }

    #[test]
    fn state_words_read_the_same_both_ways() {
        for word in ["received", "held", "accepted", "released", "in_warehouse", "confirmed"] {
            assert!(stored_states(word).iter().all(|stored| shown_state(stored) == word));
        }
    }

    #[test]
    fn pages_count_from_one_and_an_empty_list_has_one() {
        assert_eq!(paging(0, 0), (1, 1, 0));
        assert_eq!(paging(3, 120), (3, 3, 100));
    }
}
