//! What needs me now?

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use crossdock_desk::{ConnectionView, ExceptionGroup, Spread, Today, Tone};
use http::StatusCode;

use super::exceptions::unnamed;
use crate::app::App;
use crate::clock::{Clock, span};
use crate::frame::Frame;
use crate::html;
use crate::page::{Failure, View};
use crate::query::{order_url, url};
use crate::svg::{BROAD, HourChart};

/// How many things the first page lists; all of them stand under Exceptions.
const MOST: usize = 8;

#[derive(Template)]
#[template(path = "today.html")]
struct Page<'a> {
    frame: Frame,
    today: &'a Today,
    headline: String,
    needs: Vec<Need<'a>>,
    more: usize,
    chart: Option<HourChart>,
    steps: Vec<FunnelStep>,
    spreads: [SpreadWords; 2],
    fresh: bool,
}

/// One thing that needs somebody.
struct Need<'a> {
    group: &'a ExceptionGroup,
    href: String,
    verb: &'static str,
    /// The connection, where the sentence does not name it: two groups of the same cause would read alike.
    place: Option<String>,
    /// Neither money nor a deadline hangs on it.
    bare: bool,
}

struct FunnelStep {
    name: &'static str,
    figure: String,
    href: &'static str,
    /// Of a hundred received.
    share: u64,
}

struct SpreadWords {
    name: &'static str,
    median: String,
    slowest: String,
    count: String,
}

/// `GET /`
pub(crate) async fn show(State(app): State<Arc<App>>, view: View) -> Result<Response, Failure> {
    let (frame, gathered) = app.frame(&view, "today").await?;
    let today = &gathered.today;
    let page = Page {
        headline: headline(&today.needs, &frame.clock),
        needs: today.needs.iter().take(MOST).map(need).collect(),
        more: today.needs.len().saturating_sub(MOST),
        chart: HourChart::draw(&today.per_hour, &frame.clock),
        steps: funnel(today),
        spreads: [spread("Time to warehouse", &today.to_warehouse), spread("Time to confirm", &today.to_confirm)],
        fresh: today.orders.received == 0 && today.feeds.iter().all(|feed| feed.last_good.is_none()),
        today,
        frame,
    };
    Ok(view.show(StatusCode::OK, &page))
}

/// How the day stands, in the words of a shift lead.
fn headline(needs: &[ExceptionGroup], clock: &Clock) -> String {
    let urgent: Vec<&ExceptionGroup> = needs.iter().filter(|group| group.tone >= Tone::Risk).collect();
    let first = urgent.iter().filter_map(|group| group.first_due).min();
    match (urgent.len(), first) {
        (0, _) if needs.is_empty() => "Nothing needs you.".to_owned(),
        (0, _) if needs.len() == 1 => "Nothing is urgent; 1 thing waits for somebody.".to_owned(),
        (0, _) => format!("Nothing is urgent; {} things wait for somebody.", needs.len()),
        (1, None) => "1 thing needs you.".to_owned(),
        (n, None) => format!("{n} things need you."),
        (1, Some(at)) => format!("1 thing needs you; it is {} ({}).", clock.left(at), clock.short(at)),
        (n, Some(at)) => format!("{n} things need you, the first is {} ({}).", clock.left(at), clock.short(at)),
    }
}

fn need(group: &ExceptionGroup) -> Need<'_> {
    let verb = match group.cause.split('.').next().unwrap_or_default() {
        "sku" | "carrier" => "Map it",
        "address" => "Correct it",
        _ => "Open",
    };
    let href = match group.exceptions.as_slice() {
        [only] if !only.order.is_empty() => order_url(&only.order),
        _ => url("/exceptions", &[("open", Some(&group.fingerprint))]) + "#open",
    };
    Need { group, href, verb, place: unnamed(group), bare: group.at_risk.is_none() && group.first_due.is_none() }
}

fn funnel(today: &Today) -> Vec<FunnelStep> {
    let orders = &today.orders;
    let share = |n: u64| n.saturating_mul(100).checked_div(orders.received).unwrap_or(0).min(100);
    let step = |name, n: u64, href| FunnelStep { name, figure: html::count(n), href, share: share(n) };
    vec![
        step("received", orders.received, "/orders"),
        step("in warehouse", orders.in_warehouse, "/orders?state=in_warehouse"),
        step("despatched", orders.despatched, "/orders?state=despatched"),
        step("confirmed", orders.confirmed, "/orders?state=confirmed"),
    ]
}

fn spread(name: &'static str, spread: &Spread) -> SpreadWords {
    let words =
        |seconds: Option<u64>| seconds.map_or_else(|| "–".to_owned(), |s| span(i64::try_from(s).unwrap_or(i64::MAX)));
    SpreadWords { name, median: words(spread.median), slowest: words(spread.slowest), count: html::count(spread.count) }
}

/// The fullest of a connection's limits, in words: `61 % of its calls used`.
fn budget(feed: &ConnectionView) -> String {
    feed.windows
        .iter()
        .filter(|window| window.limit >= BROAD)
        .filter_map(|window| (u64::from(window.used) * 100).checked_div(u64::from(window.limit)))
        .max()
        .map(|share| format!("{share} % of its calls used"))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::headline;
    use crate::clock::Clock;

    #[test]
    fn a_quiet_day_is_said_in_one_sentence() {
        let clock = Clock::new(Timestamp::UNIX_EPOCH, "UTC");
        assert_eq!(headline(&[], &clock), "Nothing needs you.");
    }
}
