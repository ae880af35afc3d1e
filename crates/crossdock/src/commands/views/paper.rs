//! The sheet that answers are written on: shapes with words, colours only where they are welcome, times with their zone.
//!
//! It must not know what an order is. Whatever comes from outside is [cleaned](clean) before it reaches a terminal,
//! because an escape sequence in a product title could otherwise rewrite what a person sees.

use std::io::{IsTerminal as _, Write as _};

use crossdock_desk::{StepMark, Tone};
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// How wide a table may be on a terminal whose width nobody told us.
const USUAL_WIDTH: u16 = 120;

/// Zone, width and colours of an answer.
#[derive(Debug, Clone)]
pub(crate) struct Paper {
    zone: TimeZone,
    colour: bool,
    width: Option<u16>,
}

impl Paper {
    /// As standard output takes it. An unknown zone is shown as UTC; each time names its zone, so nobody is misled.
    pub(crate) fn of_stdout(zone: &str) -> Self {
        let terminal = std::io::stdout().is_terminal();
        let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
        let dumb = set("TERM").is_some_and(|term| term == "dumb");
        let columns = set("COLUMNS").and_then(|text| text.to_str()?.parse().ok()).filter(|columns| *columns >= 40);
        Self {
            zone: TimeZone::get(zone).unwrap_or(TimeZone::UTC),
            colour: terminal && !dumb && set("NO_COLOR").is_none(),
            width: if terminal { Some(columns.unwrap_or(USUAL_WIDTH)) } else { columns },
        }
    }

    /// A sheet for tests and files.
    #[cfg(test)]
    pub(crate) fn plain(zone: &str) -> Self {
        Self { zone: TimeZone::get(zone).unwrap_or(TimeZone::UTC), colour: false, width: None }
    }

    /// The width that a table may take; `None` when nothing limits it.
    pub(crate) fn width(&self) -> Option<u16> {
        self.width
    }

    /// `23 Nov 08:02 GMT`, by the merchant's clock.
    pub(crate) fn time(&self, at: Timestamp) -> String {
        at.to_zoned(self.zone.clone()).strftime("%-d %b %H:%M %Z").to_string()
    }

    /// `23 Nov 08:02:41 GMT`, for timelines.
    pub(crate) fn second(&self, at: Timestamp) -> String {
        at.to_zoned(self.zone.clone()).strftime("%-d %b %H:%M:%S %Z").to_string()
    }

    /// A time that may be missing: then a dash.
    pub(crate) fn maybe(&self, at: Option<Timestamp>) -> String {
        at.map_or_else(|| "-".to_owned(), |at| self.time(at))
    }

    /// Colours the shapes of a finished text, where colours are welcome. A shape never stands without its word, so
    /// nothing is lost without them.
    pub(crate) fn coloured(&self, text: &str) -> String {
        if self.colour { colour(text) } else { text.to_owned() }
    }
}

fn colour(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 64);
    for letter in text.chars() {
        let code = match letter {
            '●' => "32",
            '◐' => "34",
            '▲' => "33",
            '■' => "31",
            other => {
                out.push(other);
                continue;
            }
        };
        out.push_str("\u{1b}[");
        out.push_str(code);
        out.push('m');
        out.push(letter);
        out.push_str("\u{1b}[0m");
    }
    out
}

/// The shape of a tone.
pub(crate) const fn shape(tone: Tone) -> char {
    match tone {
        Tone::Ok => '●',
        Tone::Waiting => '◐',
        Tone::Risk => '▲',
        Tone::Broken => '■',
    }
}

/// Shape and word of a tone.
pub(crate) const fn tone(tone: Tone) -> &'static str {
    match tone {
        Tone::Ok => "● ok",
        Tone::Waiting => "◐ waiting",
        Tone::Risk => "▲ at risk",
        Tone::Broken => "■ broken",
    }
}

/// The word of a tone, for files.
pub(crate) const fn word(tone: Tone) -> &'static str {
    match tone {
        Tone::Ok => "ok",
        Tone::Waiting => "waiting",
        Tone::Risk => "at risk",
        Tone::Broken => "broken",
    }
}

/// Shape and word of a timeline entry.
pub(crate) const fn mark(mark: StepMark) -> &'static str {
    match mark {
        StepMark::Done => "● done",
        StepMark::Waiting => "◐ waiting",
        StepMark::Stopped => "■ stopped",
        StepMark::Next => "○ next",
    }
}

/// A text that cannot do anything to a terminal: control characters become spaces, marks that turn the writing direction
/// are left out.
pub(crate) fn clean(text: &str) -> String {
    text.chars()
        .filter(|letter| !matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}'))
        .map(|letter| if letter.is_control() { ' ' } else { letter })
        .collect()
}

/// `1 order`, `1,930 orders`.
pub(crate) fn counted(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", grouped(number), if number == 1 { one } else { many })
}

/// `1,930`.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Writes to standard output. A reader that has seen enough (`| head`) is no failure.
pub(crate) fn emit(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_the_merchants_and_name_their_zone() {
        let at: Timestamp = "2026-07-13T07:02:41Z".parse().unwrap();
        assert_eq!(Paper::plain("Europe/London").time(at), "13 Jul 08:02 BST");
        assert_eq!(Paper::plain("Europe/London").second(at), "13 Jul 08:02:41 BST");
        assert_eq!(Paper::plain("Not/AZone").time(at), "13 Jul 07:02 UTC");
    }

    #[test]
    fn a_tone_is_told_by_shape_and_word_without_any_colour() {
        let all = [Tone::Ok, Tone::Waiting, Tone::Risk, Tone::Broken];
        let said: Vec<&str> = all.into_iter().map(tone).collect();
        assert_eq!(said, ["● ok", "◐ waiting", "▲ at risk", "■ broken"]);
        for one in all {
            assert!(tone(one).starts_with(shape(one)) && tone(one).ends_with(word(one)));
        }
        assert_eq!(Paper::plain("UTC").coloured("■ broken"), "■ broken");
        assert_eq!(colour("■ broken"), "\u{1b}[31m■\u{1b}[0m broken");
    }

    #[test]
    fn what_comes_from_outside_cannot_steer_the_terminal() {
        assert_eq!(clean("Mug\u{1b}[2J\r\nred\u{202e}der"), "Mug [2J  redder");
        assert_eq!(clean("Größe 5 ● £3"), "Größe 5 ● £3");
    }
}
