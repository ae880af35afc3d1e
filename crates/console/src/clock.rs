//! Times as people say them, in the merchant's zone, with the exact time one hover away.

use crossdock_desk::{Due, Tone};
use jiff::Timestamp;
use jiff::Zoned;
use jiff::tz::TimeZone;

use crate::html::{Html, escape, mark, tone_class};

/// A moment, however often it is borrowed; templates hand out references.
pub(crate) trait Moment {
    /// The moment.
    fn moment(&self) -> Timestamp;
}

impl Moment for Timestamp {
    fn moment(&self) -> Timestamp {
        *self
    }
}

impl<T: Moment + ?Sized> Moment for &T {
    fn moment(&self) -> Timestamp {
        (**self).moment()
    }
}

/// The hub's clock in the merchant's zone.
#[derive(Debug, Clone)]
pub(crate) struct Clock {
    /// Now.
    pub(crate) now: Timestamp,
    zone: TimeZone,
}

impl Clock {
    /// An unknown zone name falls back to UTC; the zone is always printed, so that nobody is misled.
    pub(crate) fn new(now: Timestamp, zone: &str) -> Self {
        Self { now, zone: TimeZone::get(zone).unwrap_or(TimeZone::UTC) }
    }

    fn zoned(&self, at: Timestamp) -> Zoned {
        at.to_zoned(self.zone.clone())
    }

    /// The exact time: `Mon 13 Jul 2026, 08:02:41 BST`.
    pub(crate) fn exact(&self, at: impl Moment) -> String {
        self.zoned(at.moment()).strftime("%a %-d %b %Y, %H:%M:%S %Z").to_string()
    }

    /// `08:02`, or `12 Jul 08:02` on another day.
    pub(crate) fn short(&self, at: impl Moment) -> String {
        let at = self.zoned(at.moment());
        let format = if at.date() == self.zoned(self.now).date() { "%H:%M" } else { "%-d %b %H:%M" };
        at.strftime(format).to_string()
    }

    /// The hour and minute alone: `08:00`.
    pub(crate) fn hour(&self, at: impl Moment) -> String {
        self.zoned(at.moment()).strftime("%H:%M").to_string()
    }

    /// The zone's abbreviation now: `BST`.
    pub(crate) fn zone_now(&self) -> String {
        self.zoned(self.now).strftime("%Z").to_string()
    }

    /// The date and time in the page's head: `Mon 13 Jul, 08:24 BST`.
    pub(crate) fn today(&self) -> String {
        self.zoned(self.now).strftime("%a %-d %b, %H:%M %Z").to_string()
    }

    /// `morning`, `afternoon` or `evening` for the greeting.
    pub(crate) fn part_of_day(&self) -> &'static str {
        match self.zoned(self.now).hour() {
            4..=11 => "morning",
            12..=17 => "afternoon",
            _ => "evening",
        }
    }

    /// A clock time with the exact one in its title.
    pub(crate) fn when(&self, at: impl Moment) -> Html {
        self.element(at.moment(), &self.short(at))
    }

    /// With seconds, for the timeline.
    pub(crate) fn second(&self, at: impl Moment) -> Html {
        let at = at.moment();
        let zoned = self.zoned(at);
        let format = if zoned.date() == self.zoned(self.now).date() { "%H:%M:%S" } else { "%-d %b %H:%M:%S" };
        self.element(at, &zoned.strftime(format).to_string())
    }

    /// How long ago: `4 s ago`, `2 h ago`.
    pub(crate) fn ago(&self, at: impl Moment) -> Html {
        let at = at.moment();
        let seconds = self.now.as_second().saturating_sub(at.as_second());
        let words = if seconds < 0 { format!("in {}", span(-seconds)) } else { format!("{} ago", span(seconds)) };
        self.element(at, &words)
    }

    /// How long from now, for what is scheduled: `in 22 s`, or `now` when it is due.
    pub(crate) fn until(&self, at: impl Moment) -> Html {
        let at = at.moment();
        let seconds = at.as_second().saturating_sub(self.now.as_second());
        if seconds <= 0 { self.element(at, "now") } else { self.element(at, &format!("in {}", span(seconds))) }
    }

    /// A deadline that the desk gave only as a time: `due in 1 h 50 m`, `40 m late`.
    pub(crate) fn deadline(&self, at: impl Moment) -> Html {
        let at = at.moment();
        let left = at.as_second().saturating_sub(self.now.as_second());
        let (class, words) = match left {
            ..0 => ("late", format!("{} late", span(-left))),
            0..14_400 => ("soon", format!("due in {}", span(left))),
            _ => ("", format!("due in {}", span(left))),
        };
        Html::own(format!(r#"<time class="due {class}" datetime="{at}" title="{}">{words}</time>"#, self.exact(at)))
    }

    /// The words of [`Clock::deadline`] without markup, to stand inside a sentence.
    pub(crate) fn left(&self, at: impl Moment) -> String {
        let left = at.moment().as_second().saturating_sub(self.now.as_second());
        if left < 0 { format!("{} late", span(-left)) } else { format!("due in {}", span(left)) }
    }

    /// A deadline with the desk's own words. They are escaped: they may quote a remote.
    pub(crate) fn due(&self, due: &Due) -> Html {
        let class = match due.tone {
            Tone::Broken => "late",
            Tone::Risk => "soon",
            Tone::Ok | Tone::Waiting => "",
        };
        let shape = if class.is_empty() { Html::default() } else { mark(due.tone) };
        Html::own(format!(
            r#"<time class="due {class} {}" datetime="{}" title="{}">{shape}{}</time>"#,
            tone_class(due.tone),
            due.at,
            self.exact(due.at),
            escape(&due.words)
        ))
    }

    fn element(&self, at: Timestamp, words: &str) -> Html {
        Html::own(format!(r#"<time datetime="{at}" title="{}">{words}</time>"#, self.exact(at)))
    }
}

/// A span in its two largest units: `41 s`, `2 m 3 s`, `1 h 50 m`, `3 d 4 h`. `seconds` is 0 or more.
pub(crate) fn span(seconds: i64) -> String {
    let pair = |large: i64, big: &str, small: i64, little: &str| {
        if small == 0 { format!("{large} {big}") } else { format!("{large} {big} {small} {little}") }
    };
    match seconds {
        ..60 => format!("{seconds} s"),
        60..600 => pair(seconds / 60, "m", seconds % 60, "s"),
        600..3_600 => format!("{} m", seconds / 60),
        3_600..86_400 => pair(seconds / 3_600, "h", seconds % 3_600 / 60, "m"),
        _ => pair(seconds / 86_400, "d", seconds % 86_400 / 3_600, "h"),
    }
}

#[cfg(test)]
mod tests {
    use crossdock_desk::{Due, Tone};
    use jiff::Timestamp;

    use super::{Clock, span};

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap_or_default()
    }

    #[test]
    fn spans_have_at_most_two_units() {
        for (seconds, words) in [
            (0, "0 s"),
            (41, "41 s"),
            (123, "2 m 3 s"),
            (600, "10 m"),
            (6_600, "1 h 50 m"),
            (7_200, "2 h"),
            (273_600, "3 d 4 h"),
        ] {
            assert_eq!(span(seconds), words);
        }
    }

    #[test]
    fn times_are_the_merchants_and_name_their_zone() {
        let clock = Clock::new(at("2026-07-13T07:24:00Z"), "Europe/London");
        assert_eq!(clock.short(at("2026-07-13T07:02:41Z")), "08:02");
        assert_eq!(clock.short(at("2026-07-12T07:02:41Z")), "12 Jul 08:02");
        assert_eq!(clock.exact(at("2026-07-13T07:02:41Z")), "Mon 13 Jul 2026, 08:02:41 BST");
        assert_eq!(clock.part_of_day(), "morning");
        assert_eq!(Clock::new(at("2026-07-13T07:24:00Z"), "Not/AZone").zone_now(), "UTC");
    }

    #[test]
    fn a_deadline_counts_down_and_then_says_how_late() {
        let clock = Clock::new(at("2026-07-13T07:24:00Z"), "Europe/London");
        assert_eq!(clock.left(at("2026-07-13T09:14:00Z")), "due in 1 h 50 m");
        assert_eq!(clock.left(at("2026-07-13T06:44:00Z")), "40 m late");
        let late = clock.deadline(at("2026-07-13T06:44:00Z")).to_string();
        assert!(late.contains("class=\"due late\"") && late.contains("07:44:00 BST") && late.contains(">40 m late<"));
    }

    #[test]
    fn the_desks_words_are_escaped() {
        let clock = Clock::new(at("2026-07-13T07:24:00Z"), "UTC");
        let due = Due { at: at("2026-07-13T09:14:00Z"), words: "<b>\"soon\"".to_owned(), tone: Tone::Waiting };
        assert!(clock.due(&due).to_string().contains("&lt;b&gt;&quot;soon&quot;"));
    }
}
