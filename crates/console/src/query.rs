//! The part of a URL after `?`: read leniently, written canonically. The URL holds the whole filter, so that a view can be
//! sent to a colleague.

use crossdock_desk::{DespatchFilter, OrderFilter, StockFilter};

/// The pairs of a query, as they came.
#[derive(Debug, Clone, Default)]
pub(crate) struct Query(pub(crate) Vec<(String, String)>);

impl Query {
    /// The first value that is not blank, without white space around it.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        self.0
            .iter()
            .filter(|(key, _)| key == name)
            .map(|(_, value)| value.trim())
            .find(|value| !value.is_empty())
            .map(str::to_owned)
    }

    /// A number; what is not one counts as absent, because a mistyped URL should still show a page.
    pub(crate) fn number(&self, name: &str) -> Option<u32> {
        self.text(name)?.parse().ok()
    }

    /// Whether a switch is on: `1`, `true` or `on`.
    pub(crate) fn on(&self, name: &str) -> bool {
        matches!(self.text(name).as_deref(), Some("1" | "true" | "on"))
    }

    fn page(&self) -> u32 {
        self.number("page").unwrap_or(1).max(1)
    }

    /// The filter of the order list.
    pub(crate) fn orders(&self) -> OrderFilter {
        OrderFilter {
            channel: self.text("channel"),
            state: self.text("state"),
            cause: self.text("cause"),
            due_within_hours: self.number("due_within_hours"),
            text: self.text("text"),
            page: self.page(),
        }
    }

    /// The filter of the stock list.
    pub(crate) fn stock(&self) -> StockFilter {
        StockFilter { text: self.text("text"), only: self.text("only"), page: self.page() }
    }

    /// The filter of the despatch list. The open ones come first for a person who just opens the page.
    pub(crate) fn despatch(&self) -> DespatchFilter {
        DespatchFilter { channel: self.text("channel"), open: self.on("open"), page: self.page() }
    }
}

/// Builds `path?a=b&c=d` from the pairs that have a value.
pub(crate) fn url(path: &str, pairs: &[(&str, Option<&str>)]) -> String {
    let mut out = path.to_owned();
    let mut mark = '?';
    for (name, value) in pairs {
        let Some(value) = value.filter(|value| !value.is_empty()) else {
            continue;
        };
        out.push(mark);
        out.push_str(name);
        out.push('=');
        out.push_str(&percent(value));
        mark = '&';
    }
    out
}

/// Percent-encodes all but the unreserved characters of RFC 3986; safe in a path segment, a query and a cookie.
pub(crate) fn percent(text: &str) -> String {
    use std::fmt::Write;
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// Undoes [`percent`]; what is not well formed stays as it is.
pub(crate) fn unpercent(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        // A number may bear a sign, an escape may not.
        let digits = after.get(..2).filter(|pair| pair.iter().all(u8::is_ascii_hexdigit));
        let pair = digits.and_then(|pair| std::str::from_utf8(pair).ok());
        if let (b'%', Some(byte)) = (first, pair.and_then(|pair| u8::from_str_radix(pair, 16).ok())) {
            bytes.push(byte);
            rest = after.get(2..).unwrap_or_default();
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The address of an order's page. Numbers may hold any character, also `/`.
pub(crate) fn order_url(number: &str) -> String {
    format!("/orders/{}", percent(number))
}

/// Where one stands in a list of pages, with the links around it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Pager {
    /// `51–100 of 4,812`.
    pub(crate) words: String,
    /// The page before.
    pub(crate) before: Option<String>,
    /// The page after.
    pub(crate) after: Option<String>,
}

impl Pager {
    /// `shown` rows of `total` are on `page` of `pages`, 50 a page; `link` makes the address of a page.
    pub(crate) fn new(shown: usize, total: u64, page: u32, pages: u32, link: impl Fn(u32) -> String) -> Self {
        let page = page.max(1);
        let first = u64::from(page - 1) * 50 + 1;
        let last = first + u64::try_from(shown).unwrap_or(u64::MAX).saturating_sub(1);
        let words = if shown == 0 {
            String::new()
        } else {
            format!(
                "{}–{} of {}",
                crate::html::count(first),
                crate::html::count(last.min(total.max(last))),
                crate::html::count(total)
            )
        };
        Self { words, before: (page > 1).then(|| link(page - 1)), after: (page < pages).then(|| link(page + 1)) }
    }
}

#[cfg(test)]
mod tests {
    use super::{Pager, Query, percent, unpercent, url};

    #[test]
    fn an_empty_form_field_is_no_filter() {
        let query = Query(vec![
            ("state".to_owned(), " ".to_owned()),
            ("due_within_hours".to_owned(), "four".to_owned()),
            ("page".to_owned(), "0".to_owned()),
            ("text".to_owned(), " JL-1 ".to_owned()),
        ]);
        let filter = query.orders();
        assert_eq!(filter.state, None);
        assert_eq!(filter.due_within_hours, None);
        assert_eq!(filter.page, 1);
        assert_eq!(filter.text.as_deref(), Some("JL-1"));
    }

    #[test]
    fn any_number_survives_the_address() {
        for text in ["JL/1037 A", "100%", "é<&\"", "%zz"] {
            assert_eq!(unpercent(&percent(text)), text);
        }
        assert_eq!(unpercent("a%2"), "a%2");
        assert_eq!(
            url("/orders", &[("state", Some("held")), ("text", None), ("cause", Some("a&b"))]),
            "/orders?state=held&cause=a%26b"
        );
    }

    #[test]
    fn the_pager_says_where_one_stands() {
        let pager = Pager::new(50, 4_812, 2, 97, |page| page.to_string());
        assert_eq!(pager.words, "51–100 of 4,812");
        assert_eq!((pager.before.as_deref(), pager.after.as_deref()), (Some("1"), Some("3")));
        let only = Pager::new(3, 3, 1, 1, |page| page.to_string());
        assert_eq!((only.words.as_str(), only.before, only.after), ("1–3 of 3", None, None));
    }
}
