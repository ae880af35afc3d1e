//! Small pieces of markup that every page uses: the four marks, the names of channels, counts.
//!
//! Only text that this crate made itself is ever wrapped in [`Html`]; all text from outside goes through askama's escaper.

use std::borrow::Borrow;
use std::fmt;

use crossdock_desk::{Step, StepMark, Tone};
use crossdock_model::Money;

/// Markup that is safe because this crate wrote every character of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Html(String);

impl Html {
    /// Vouches for a text. Never call it with anything that came from outside.
    pub(crate) fn own(markup: impl Into<String>) -> Self {
        Self(markup.into())
    }
}

impl fmt::Display for Html {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl askama::filters::HtmlSafe for Html {}

/// The five characters that end a text or an attribute in HTML.
pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}

/// A tone, however often it is borrowed; templates hand out references.
pub(crate) trait Toned {
    /// The tone.
    fn tone(&self) -> Tone;
}

impl Toned for Tone {
    fn tone(&self) -> Tone {
        *self
    }
}

impl<T: Toned + ?Sized> Toned for &T {
    fn tone(&self) -> Tone {
        (**self).tone()
    }
}

/// The CSS class of a tone.
pub(crate) fn tone_class(tone: impl Toned) -> &'static str {
    match tone.tone() {
        Tone::Ok => "ok",
        Tone::Waiting => "wait",
        Tone::Risk => "risk",
        Tone::Broken => "bad",
    }
}

/// Shape and hidden word of a tone: nothing is told by colour alone.
pub(crate) fn mark(tone: impl Toned) -> Html {
    let (class, word, shape) = match tone.tone() {
        Tone::Ok => ("ok", "in order", r#"<circle cx="6" cy="6" r="4.5"/>"#),
        Tone::Waiting => (
            "wait",
            "under way",
            r#"<circle cx="6" cy="6" r="4" fill="none" stroke="currentColor" stroke-width="1.5"/><path d="M6 2a4 4 0 0 1 0 8z"/>"#,
        ),
        Tone::Risk => ("risk", "at risk", r#"<path d="M6 1 11.4 10.6H.6z"/>"#),
        Tone::Broken => ("bad", "broken", r#"<rect x="1.75" y="1.75" width="8.5" height="8.5" rx="1"/>"#),
    };
    Html(format!(
        r#"<span class="mark {class}"><svg viewBox="0 0 12 12" width="12" height="12" fill="currentColor" aria-hidden="true">{shape}</svg><span class="vh">{word}: </span></span>"#
    ))
}

/// The shape in front of a timeline entry.
pub(crate) fn step_mark(step: &Step) -> Html {
    match step.mark {
        StepMark::Done => mark(Tone::Ok),
        StepMark::Waiting => mark(Tone::Waiting),
        StepMark::Stopped => mark(Tone::Broken),
        StepMark::Next => Html::own(
            r#"<span class="mark next"><svg viewBox="0 0 12 12" width="12" height="12" fill="none" stroke="currentColor" stroke-width="1.5" stroke-dasharray="2 2" aria-hidden="true"><circle cx="6" cy="6" r="4.25"/></svg><span class="vh">next: </span></span>"#,
        ),
    }
}

/// A connection's name as people write it: `john-lewis` is John Lewis.
pub(crate) fn channel(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for word in name.split(['-', '_', ' ']).filter(|word| !word.is_empty()) {
        if !out.is_empty() {
            out.push(' ');
        }
        let mut letters = word.chars();
        if let Some(first) = letters.next() {
            out.extend(first.to_uppercase());
            out.push_str(letters.as_str());
        }
    }
    out
}

/// A cause code in words, for the side bar: `sku.unknown` is Unknown SKU.
pub(crate) fn cause(code: &str) -> String {
    let (subject, what) = code.split_once('.').unwrap_or((code, ""));
    let subject = match subject {
        "sku" => "SKU".to_owned(),
        other => other.replace('_', " "),
    };
    let what = what.replace(['_', '.'], " ");
    let words = match what.as_str() {
        "" => subject,
        "unknown" | "invalid" | "missing" | "unmapped" | "blank" | "unconfirmed" | "late" | "refused" | "quiet" => {
            format!("{what} {subject}")
        }
        _ => format!("{subject}: {what}"),
    };
    capital(&words)
}

/// A text that begins as a sentence does.
pub(crate) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// A count with its thousands apart: `4,812`.
pub(crate) fn count(n: impl fmt::Display) -> String {
    let plain = n.to_string();
    let (sign, digits) = plain.strip_prefix('-').map_or(("", plain.as_str()), |rest| ("−", rest));
    let mut out = sign.to_owned();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `1 order`, `2 orders`, `0 orders`.
pub(crate) fn counted(n: impl fmt::Display, one: &str, many: &str) -> String {
    let words = count(n);
    let noun = if words == "1" { one } else { many };
    format!("{words} {noun}")
}

/// An amount at risk: whole pounds where there are no pence, because nobody weighs pence.
pub(crate) fn pounds(money: &Money) -> String {
    let text = money.to_string();
    match text.strip_suffix(".00") {
        Some(whole) => whole.to_owned(),
        None => text,
    }
}

/// A text that ends as a sentence does.
pub(crate) fn sentence(text: &str) -> String {
    if text.ends_with(['.', '!', '?', '…']) { text.to_owned() } else { format!("{text}.") }
}

/// An optional count: a dash when it was never seen, because 0 would be a claim.
pub(crate) fn maybe(n: impl Borrow<Option<i64>>) -> String {
    n.borrow().map_or_else(|| "–".to_owned(), count)
}

#[cfg(test)]
mod tests {
    use super::{cause, channel, count, counted, maybe, sentence};

    #[test]
    fn names_read_as_people_write_them() {
        assert_eq!(channel("john-lewis"), "John Lewis");
        assert_eq!(channel("peoplevox"), "Peoplevox");
        assert_eq!(channel(""), "");
        assert_eq!(cause("sku.unknown"), "Unknown SKU");
        assert_eq!(cause("connection.auth_failed"), "Connection: auth failed");
        assert_eq!(cause("odd"), "Odd");
    }

    #[test]
    fn counts_keep_their_thousands_apart_and_an_unseen_figure_is_not_zero() {
        assert_eq!(count(4812), "4,812");
        assert_eq!(count(-1_000_000), "−1,000,000");
        assert_eq!(counted(1, "order", "orders"), "1 order");
        assert_eq!(counted(0, "order", "orders"), "0 orders");
        assert_eq!(maybe(None), "–");
        assert_eq!(maybe(Some(0)), "0");
        assert_eq!(sentence("Map it"), "Map it.");
        assert_eq!(sentence("Map it."), "Map it.");
    }
}
