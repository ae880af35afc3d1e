//! Charts, drawn on the server: no script, no library, and the numbers beside them.

use std::fmt::Write;

use crossdock_desk::HourBar;

use crate::clock::Clock;
use crate::html::{Html, channel, count, counted, escape};

/// From how many calls on a limit is broad enough for its use to mean something.
pub(crate) const BROAD: u32 = 5;

/// How many channels have a colour of their own; those beyond share the last.
const COLOURS: usize = 5;

/// A channel in the chart's direct labels.
pub(crate) struct Label {
    /// The channel as people write it.
    pub(crate) name: String,
    /// CSS class of its colour.
    pub(crate) class: String,
    /// Its orders in the whole chart.
    pub(crate) total: String,
}

/// Orders per hour by channel, ready to be shown.
pub(crate) struct HourChart {
    /// The bars. Text stands outside, because the drawing stretches with the page.
    pub(crate) bars: Html,
    /// What to see, in one sentence.
    pub(crate) sentence: String,
    /// Top of the scale.
    pub(crate) top: String,
    /// Half of it, when that is a whole number.
    pub(crate) half: String,
    /// The hour under each bar; empty where it would crowd.
    pub(crate) ticks: Vec<String>,
    /// Direct labels, topmost segment first.
    pub(crate) labels: Vec<Label>,
    /// The numbers: hour, one figure per channel, sum.
    pub(crate) rows: Vec<(String, Vec<u64>, u64)>,
    /// The channels in the order of the figures.
    pub(crate) channels: Vec<String>,
}

impl HourChart {
    /// `None` while no hour has an order: an empty chart says less than a sentence.
    pub(crate) fn draw(hours: &[HourBar], clock: &Clock) -> Option<Self> {
        let mut channels: Vec<&str> = Vec::new();
        for (name, _) in hours.iter().flat_map(|hour| &hour.by_channel) {
            if !channels.contains(&name.as_str()) {
                channels.push(name);
            }
        }
        let figures: Vec<Vec<u64>> = hours.iter().map(|hour| figures(hour, &channels)).collect();
        let sums: Vec<u64> = figures.iter().map(|row| row.iter().sum()).collect();
        let (peak_at, peak) = sums.iter().copied().enumerate().max_by_key(|(at, sum)| (*sum, usize::MAX - at))?;
        if peak == 0 {
            return None;
        }
        let top = round_up(peak);
        let labels = channels
            .iter()
            .enumerate()
            .rev()
            .map(|(index, name)| Label {
                name: channel(name),
                class: colour(index),
                total: count(figures.iter().filter_map(|row| row.get(index)).sum::<u64>()),
            })
            .collect();
        let every = if hours.len() > 12 { 3 } else { 1 };
        Some(Self {
            bars: bars(hours, &figures, &channels, top, clock),
            sentence: sentence(hours, &sums, peak_at, peak, clock),
            top: count(top),
            half: if top.is_multiple_of(2) { count(top / 2) } else { String::new() },
            ticks: hours
                .iter()
                .enumerate()
                .map(|(index, hour)| if index % every == 0 { clock.hour(hour.from) } else { String::new() })
                .collect(),
            labels,
            rows: hours
                .iter()
                .zip(figures)
                .zip(sums)
                .map(|((hour, row), sum)| (clock.short(hour.from), row, sum))
                .collect(),
            channels: channels.iter().map(|name| channel(name)).collect(),
        })
    }
}

fn figures(hour: &HourBar, channels: &[&str]) -> Vec<u64> {
    channels.iter().map(|name| hour.by_channel.iter().filter(|(of, _)| of == name).map(|(_, n)| n).sum()).collect()
}

fn colour(index: usize) -> String {
    format!("c{}", index.min(COLOURS - 1) + 1)
}

/// The next of 4, 10, 20, 40, 60, 80, 100, 200, … at or above `peak`: a scale whose half is round as well.
fn round_up(peak: u64) -> u64 {
    let mut unit = 1_u64;
    loop {
        for step in [4, 10, 20, 40, 60, 80] {
            let top = unit.saturating_mul(step);
            if top >= peak {
                return top;
            }
        }
        unit = unit.saturating_mul(10);
        if unit == u64::MAX {
            return peak;
        }
    }
}

/// One bar is 10 wide with 2 of air; 100 high is the top of the scale.
fn bars(hours: &[HourBar], figures: &[Vec<u64>], channels: &[&str], top: u64, clock: &Clock) -> Html {
    let width = hours.len() * 10;
    let mut out = format!(
        r#"<svg class="bars" viewBox="0 0 {width} 100" preserveAspectRatio="none" role="img" aria-label="Orders per hour by channel">"#
    );
    for y in [0, 50] {
        let _ = write!(out, r#"<path class="grid" d="M0 {y}H{width}" vector-effect="non-scaling-stroke"/>"#);
    }
    for (index, (hour, row)) in hours.iter().zip(figures).enumerate() {
        let mut said = format!("{}:", clock.hour(hour.from));
        let mut rects = String::new();
        let mut below = 0_u64;
        for (of, n) in row.iter().enumerate().filter(|(_, n)| **n > 0) {
            let low = below.saturating_mul(1_000) / top;
            below = below.saturating_add(*n);
            let high = below.saturating_mul(1_000) / top;
            let _ = write!(
                rects,
                r#"<rect class="{}" x="{}" y="{}" width="8" height="{}"/>"#,
                colour(of),
                index * 10 + 1,
                tenths(1_000_u64.saturating_sub(high)),
                tenths(high.saturating_sub(low))
            );
            let _ = write!(said, " {} {n},", channel(channels.get(of).copied().unwrap_or_default()));
        }
        if below == 0 {
            continue;
        }
        let title = escape(said.trim_end_matches(','));
        let _ = write!(out, "<g><title>{title}</title>{rects}</g>");
    }
    let _ = write!(out, r#"<path class="base" d="M0 100H{width}" vector-effect="non-scaling-stroke"/></svg>"#);
    Html::own(out)
}

fn tenths(n: u64) -> String {
    format!("{}.{}", n / 10, n % 10)
}

fn sentence(hours: &[HourBar], sums: &[u64], peak_at: usize, peak: u64, clock: &Clock) -> String {
    let busiest = hours.get(peak_at).map(|hour| clock.hour(hour.from)).unwrap_or_default();
    let last = sums.last().copied().unwrap_or_default();
    let quiet = sums.iter().rev().take_while(|n| **n == 0).count();
    let so_far = if quiet >= 2 {
        format!("nothing for the last {quiet} hours")
    } else {
        format!("{} so far this hour", count(last))
    };
    format!("Last {} h: busiest at {busiest} with {}; {so_far}.", hours.len(), counted(peak, "order", "orders"))
}

/// Opened per hour, as small bars; the sentence stands in the title.
pub(crate) fn spark(per_hour: &[u32]) -> Html {
    let peak = per_hour.iter().copied().max().unwrap_or_default();
    if peak == 0 {
        return Html::default();
    }
    let sum: u64 = per_hour.iter().map(|n| u64::from(*n)).sum();
    let hours = per_hour.len();
    let mut out = format!(
        r#"<svg class="spark" viewBox="0 0 {} 20" width="{}" height="20" role="img"><title>{sum} opened in {hours} h, at most {peak} in one hour</title>"#,
        hours * 4,
        hours * 4
    );
    for (index, n) in per_hour.iter().enumerate() {
        let high = if *n == 0 { 1 } else { u64::from(*n).saturating_mul(18).div_euclid(u64::from(peak)).max(2) };
        let class = if *n == 0 { "none" } else { "some" };
        let _ = write!(out, r#"<rect class="{class}" x="{}" y="{}" width="3" height="{high}"/>"#, index * 4, 20 - high);
    }
    out.push_str("</svg>");
    Html::own(out)
}

/// How much of a published limit is used.
pub(crate) fn meter(used: u32, limit: u32) -> Html {
    let share = if limit == 0 { 100 } else { (u64::from(used) * 100 / u64::from(limit)).min(100) };
    // A window of one or two calls is full by design; only a broad one that runs out is worth a second look.
    let class = if share >= 80 && limit >= BROAD { "high" } else { "fine" };
    Html::own(format!(
        r#"<svg class="meter {class}" viewBox="0 0 100 6" preserveAspectRatio="none" role="img" aria-label="{share} % used"><rect class="rail" width="100" height="6"/><rect class="used" width="{share}" height="6"/></svg>"#
    ))
}

#[cfg(test)]
mod tests {
    use crossdock_desk::HourBar;
    use jiff::{Timestamp, ToSpan};

    use super::{HourChart, meter, round_up, spark};
    use crate::clock::Clock;

    fn hours(figures: &[(u64, u64)]) -> Vec<HourBar> {
        let start: Timestamp = "2026-07-13T05:00:00Z".parse().unwrap_or_default();
        (0_i64..)
            .zip(figures)
            .map(|(n, (a, b))| HourBar {
                from: start + n.hours(),
                by_channel: vec![("john-lewis".to_owned(), *a), ("marketplacer".to_owned(), *b)],
            })
            .collect()
    }

    #[test]
    fn the_chart_says_what_to_see_and_keeps_the_numbers() {
        let clock = Clock::new("2026-07-13T07:24:00Z".parse().unwrap_or_default(), "Europe/London");
        let chart = HourChart::draw(&hours(&[(3, 1), (40, 22), (10, 8)]), &clock).unwrap_or_else(|| panic!("no chart"));
        assert_eq!(chart.sentence, "Last 3 h: busiest at 07:00 with 62 orders; 18 so far this hour.");
        assert_eq!(chart.top, "80");
        assert_eq!(chart.rows[1], ("07:00".to_owned(), vec![40, 22], 62));
        assert_eq!(chart.labels[0].name, "Marketplacer");
        assert_eq!(chart.labels[1].total, "53");
    }

    #[test]
    fn no_orders_means_no_chart() {
        let clock = Clock::new(Timestamp::UNIX_EPOCH, "UTC");
        assert!(HourChart::draw(&hours(&[(0, 0)]), &clock).is_none());
        assert!(HourChart::draw(&[], &clock).is_none());
        assert_eq!(spark(&[0, 0]).to_string(), "");
    }

    #[test]
    fn scales_end_on_round_figures() {
        assert_eq!([1, 5, 11, 62, 81, 412].map(round_up), [4, 10, 20, 80, 100, 600]);
    }

    #[test]
    fn a_meter_never_runs_over_its_rail() {
        assert!(meter(30, 15).to_string().contains(r#"class="used" width="100""#));
        assert!(meter(14, 15).to_string().contains("high"));
        assert!(meter(1, 1).to_string().contains("fine"));
    }
}
