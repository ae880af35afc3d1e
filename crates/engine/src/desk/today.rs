//! What needs me now?

use crossdock_desk::{HourBar, OrderCounts, Spread, Today};
use crossdock_store::{FlowFilter, FlowKind, SpreadRow, StoreError};
use jiff::{SignedDuration, Timestamp};

use super::connections::{self, LaneFacts};
use super::view::View;
use super::{exceptions, stock, words};

/// Groups on the first page.
const NEEDS: usize = 20;
/// Bars of the chart.
const HOURS: i64 = 24;

/// The first page of the day.
pub(super) fn today(view: &View<'_>, facts: Vec<LaneFacts>) -> Result<Today, StoreError> {
    let zone = &view.inner.settings.zone;
    let midnight = words::midnight(view.now, zone);
    let figures = view.tx.stock_counts(midnight)?;
    let feeds = connections::views(view, facts, &figures)?;
    let (health, health_tone) = connections::health(view, &feeds);
    Ok(Today {
        now: view.now,
        zone: zone.clone(),
        health,
        health_tone,
        needs: exceptions::groups(view, NEEDS)?,
        orders: orders(view, midnight)?,
        per_hour: per_hour(view)?,
        to_warehouse: spread(view.tx.spread_to_warehouse(midnight)?),
        to_confirm: spread(view.tx.spread_to_confirm(midnight)?),
        stock: stock::counts(view, &figures)?,
        feeds,
    })
}

fn orders(view: &View<'_>, midnight: Timestamp) -> Result<OrderCounts, StoreError> {
    let states = view.tx.count_states(FlowKind::Order, Some(midnight))?;
    let received = states.iter().fold(0_u64, |sum, (_, count)| sum.saturating_add(*count));
    let cancelled = states.iter().find(|(state, _)| state == "cancelled").map_or(0, |(_, count)| *count);
    let (in_warehouse, despatched, confirmed) = view.tx.count_milestones(FlowKind::Order, midnight)?;
    let held = FlowFilter { states: vec!["held".to_owned(), "unreadable".to_owned()], ..FlowFilter::default() };
    let (_, held) = view.tx.list_flows(FlowKind::Order, &held)?;
    Ok(OrderCounts { received, in_warehouse, despatched, confirmed, held, cancelled })
}

/// The last 24 hours with every hour and every channel in them, also the empty ones: a gap in a chart is a lie.
fn per_hour(view: &View<'_>) -> Result<Vec<HourBar>, StoreError> {
    let second = view.now.as_second();
    let this_hour = Timestamp::from_second(second - second.rem_euclid(3_600)).unwrap_or(view.now);
    let first = this_hour.saturating_sub(SignedDuration::from_hours(HOURS - 1)).unwrap_or(this_hour);
    let counts = view.tx.per_hour(FlowKind::Order, first)?;
    let channels = &view.inner.settings.channels;
    let bars = (0..HOURS).filter_map(|hour| {
        let from = first.checked_add(SignedDuration::from_hours(hour)).ok()?;
        let by_channel = channels
            .iter()
            .map(|channel| {
                let connection = &channel.rules.connection;
                let count = counts
                    .iter()
                    .find(|count| count.from == from && count.connection == *connection)
                    .map_or(0, |count| count.count);
                (connection.clone(), count)
            })
            .collect();
        Some(HourBar { from, by_channel })
    });
    Ok(bars.collect())
}

fn spread(row: SpreadRow) -> Spread {
    Spread { count: row.count, median: row.median, slowest: row.slowest }
}
