//! Is anything silently standing still?

use crossdock_desk::{ConnectionView, QueueView, ScheduleView, Tone, WindowView};
use crossdock_model::ConnectionState;
use crossdock_store::{ConnectionRow, ScheduleRow, StockCountRow, StoreError, SubscriptionRow};
use jiff::{SignedDuration, Timestamp};

use super::calls;
use super::view::View;
use super::words;
use crate::Inner;

/// What a lane knows of itself, copied out so that no lane waits while the database is read.
pub(super) struct LaneFacts {
    name: String,
    kind: &'static str,
    row: ConnectionRow,
    schedules: Vec<(ScheduleRow, SignedDuration)>,
    windows: Vec<(String, u32, u32, SignedDuration)>,
}

/// Copies what the lanes know, warehouse first.
pub(super) fn gather(inner: &Inner, now: Timestamp) -> Vec<LaneFacts> {
    let mut facts = Vec::new();
    for name in inner.connection_names() {
        if let Some(mut lane) = inner.lane(&name) {
            let windows = lane.usage(now);
            let schedules = lane.schedule_rows().map(|(row, every)| (row.clone(), every)).collect();
            facts.push(LaneFacts { kind: lane.kind(), row: lane.row().clone(), schedules, windows, name });
        }
    }
    facts
}

/// The connections, warehouse first.
pub(super) fn views(
    view: &View<'_>,
    facts: Vec<LaneFacts>,
    stock: &[StockCountRow],
) -> Result<Vec<ConnectionView>, StoreError> {
    facts.into_iter().map(|facts| connection(view, facts, stock)).collect()
}

fn connection(view: &View<'_>, facts: LaneFacts, stock: &[StockCountRow]) -> Result<ConnectionView, StoreError> {
    let LaneFacts { name, kind, row, schedules, windows } = facts;
    let is_warehouse = name == view.inner.settings.warehouse;
    let late = latest_good_of_the_late(&schedules, view.now);
    let (words, tone) = standing(view, &row, late.as_ref());
    let detail = if row.problem.is_empty() {
        row.health.as_ref().map(|health| health.detail.clone()).unwrap_or_default()
    } else {
        row.problem.clone()
    };
    let waits = stock.iter().find(|count| count.connection == name).map_or(0, |count| count.waiting);
    Ok(ConnectionView {
        kind: kind.to_owned(),
        role: if is_warehouse { "warehouse" } else { "channel" }.to_owned(),
        state: row.health.as_ref().map(|health| health.state),
        words,
        detail,
        tone,
        last_good: row.last_good,
        schedules: schedules.into_iter().map(|(row, every)| schedule(row, every, view.now)).collect(),
        windows: windows.into_iter().map(window).collect(),
        queue: queue(view, &name, waits, row.guard.is_some())?,
        push: push(view, &view.tx.subscriptions(&name)?),
        name,
    })
}

/// How a connection stands, in words, and how bad that is.
fn standing(view: &View<'_>, row: &ConnectionRow, late: Option<&Late>) -> (String, Tone) {
    let answered = row
        .last_good
        .map_or_else(|| "never answered".to_owned(), |at| format!("last answer {}", words::ago(at, view.now)));
    if row.stopped {
        return ("stopped: the credentials were refused".to_owned(), Tone::Broken);
    }
    match row.health.as_ref().map(|health| health.state) {
        Some(ConnectionState::AuthFailed) => ("the credentials were refused".to_owned(), Tone::Broken),
        Some(ConnectionState::Down) => {
            let since = row.last_good.map_or_else(String::new, |at| {
                format!(" since {}", words::clock(at, view.now, &view.inner.settings.zone))
            });
            (format!("does not answer{since}"), Tone::Broken)
        }
        Some(ConnectionState::ScopeMissing) => ("a right or a setting is missing there".to_owned(), Tone::Broken),
        Some(ConnectionState::SellerOffline) => ("the shop is switched off there".to_owned(), Tone::Broken),
        Some(ConnectionState::WebhookDisabled) => ("Crossdock's webhook was switched off there".to_owned(), Tone::Risk),
        state @ (Some(ConnectionState::Live) | None) => {
            if view.inner.recovery.reads_only() {
                return ("reads only: the database was restored".to_owned(), Tone::Broken);
            }
            if let Some(late) = late {
                return (late.words(view.now), late.tone);
            }
            if row.failures > 0 {
                let times = words::count(u64::from(row.failures), "failure", "failures");
                return (format!("{times} in a row, {answered}"), Tone::Risk);
            }
            match (state, row.last_good) {
                (None, None) => ("not asked yet".to_owned(), Tone::Waiting),
                (_, Some(at)) => (format!("live, {}", words::ago(at, view.now)), Tone::Ok),
                (_, None) => ("live".to_owned(), Tone::Ok),
            }
        }
    }
}

/// A schedule that has stood still for too long.
struct Late {
    name: String,
    last_good: Option<Timestamp>,
    tone: Tone,
}

impl Late {
    fn words(&self, now: Timestamp) -> String {
        match self.last_good {
            Some(at) => format!("{} not read for {}", self.name, words::since(at, now)),
            None => format!("{} never read", self.name),
        }
    }
}

fn latest_good_of_the_late(schedules: &[(ScheduleRow, SignedDuration)], now: Timestamp) -> Option<Late> {
    schedules
        .iter()
        .filter_map(|(row, every)| {
            Some(Late { name: row.name.replace('_', " "), last_good: row.last_good, tone: lateness(row, *every, now)? })
        })
        .max_by_key(|late| late.tone)
}

/// Whether a schedule is late: later than twice its period and a minute it is at risk, twice as late as that it is
/// broken. One that never ran counts from the moment it was due.
fn lateness(row: &ScheduleRow, every: SignedDuration, now: Timestamp) -> Option<Tone> {
    let period = every.as_secs();
    let limit = period.saturating_mul(2).saturating_add(60);
    let age = now.duration_since(row.last_good.unwrap_or(row.next)).as_secs();
    if age > limit.saturating_mul(2) {
        Some(Tone::Broken)
    } else if age > limit {
        Some(Tone::Risk)
    } else {
        None
    }
}

fn schedule(row: ScheduleRow, every: SignedDuration, now: Timestamp) -> ScheduleView {
    let tone = match lateness(&row, every, now) {
        Some(late) => late,
        None if row.failures > 0 => Tone::Risk,
        None if row.last_good.is_none() => Tone::Waiting,
        None => Tone::Ok,
    };
    ScheduleView {
        name: row.name.replace('_', " "),
        last_good: row.last_good,
        next: Some(row.next),
        watermark: row.watermark,
        failures: row.failures,
        problem: row.problem,
        tone,
    }
}

fn window((name, used, limit, per): (String, u32, u32, SignedDuration)) -> WindowView {
    WindowView { name, used, limit, per_seconds: per.as_secs().unsigned_abs() }
}

/// What waits to be sent: effects by kind, and the figures that no effect carries yet.
fn queue(view: &View<'_>, name: &str, figures: u64, guarded: bool) -> Result<Vec<QueueView>, StoreError> {
    let mut queue: Vec<QueueView> = view.tx.queue(name)?.iter().map(calls::queue).collect();
    if figures > 0 {
        queue.push(QueueView {
            what: "stock figures".to_owned(),
            waiting: if guarded { 0 } else { figures },
            in_doubt: 0,
            held: if guarded { figures } else { 0 },
        });
    }
    Ok(queue)
}

/// Whether the remote calls the hub, in words.
fn push(view: &View<'_>, subscriptions: &[SubscriptionRow]) -> String {
    let events = |rows: &[&SubscriptionRow]| {
        let names: Vec<String> = rows.iter().map(|row| row.event.replace('_', " ")).collect();
        words::listed(&names)
    };
    let (known, asked): (Vec<&SubscriptionRow>, Vec<&SubscriptionRow>) =
        subscriptions.iter().partition(|row| row.remote_id.is_some());
    if subscriptions.is_empty() {
        let why = if view.inner.settings.public_url.is_none() {
            "no public address is set, so it is asked on a schedule"
        } else {
            "it is asked on a schedule"
        };
        return format!("none: {why}");
    }
    let mut parts = Vec::new();
    if !known.is_empty() {
        let last = known.iter().filter_map(|row| row.last_delivery).max();
        let seen = last
            .map_or_else(|| "nothing came yet".to_owned(), |at| format!("the last came {}", words::ago(at, view.now)));
        parts.push(format!("tells of {}; {seen}", events(&known)));
    }
    if !asked.is_empty() {
        parts.push(format!("not subscribed yet to {}", events(&asked)));
    }
    parts.join("; ")
}

/// The health of all feeds in words: the worst one speaks, and how many are as bad.
pub(super) fn health(view: &View<'_>, feeds: &[ConnectionView]) -> (String, Tone) {
    let Some(worst) = feeds.iter().map(|feed| feed.tone).max() else {
        return ("no connection is set up".to_owned(), Tone::Waiting);
    };
    if worst == Tone::Ok {
        return ("all feeds live".to_owned(), Tone::Ok);
    }
    let mut bad = feeds.iter().filter(|feed| feed.tone == worst);
    let first = bad.next().map(|feed| format!("{}: {}", view.title(&feed.name), feed.words)).unwrap_or_default();
    let more = bad.count() as u64;
    let also = if more == 0 { String::new() } else { format!(" (and {} more)", words::grouped(more)) };
    (format!("{first}{also}"), worst)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b033_a_schedule_that_stands_still_is_noticed() {
        let start: Timestamp = "2026-11-23T09:00:00Z".parse().unwrap();
        let row = ScheduleRow {
            connection: "jl".into(),
            name: "orders".into(),
            next: start,
            watermark: None,
            started: None,
            resume: None,
            last_good: Some(start),
            failures: 0,
            problem: String::new(),
        };
        let minute = SignedDuration::from_mins(1);
        let after = |seconds| lateness(&row, minute, start + SignedDuration::from_secs(seconds));
        assert_eq!(after(180), None);
        assert_eq!(after(181), Some(Tone::Risk));
        assert_eq!(after(361), Some(Tone::Broken));
        let never = ScheduleRow { last_good: None, ..row };
        assert_eq!(lateness(&never, minute, start + SignedDuration::from_secs(200)), Some(Tone::Risk));
    }
}
