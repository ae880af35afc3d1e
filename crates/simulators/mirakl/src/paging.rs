//! The two ways of paging: by offset and by token (contracts/john-lewis.md §2.1).

use std::fmt::Write as _;
use std::ops::Range;

use serde_json::{Value, json};
use sim_core::form;

use crate::reply::Refusal;

const DEFAULT: usize = 10;
const LARGEST: usize = 100;

/// The parameters of a query, decoded.
pub(crate) type Query = Vec<(String, String)>;

/// A page of an offset-paged list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct OffsetPage {
    pub(crate) max: usize,
    pub(crate) offset: usize,
}

impl OffsetPage {
    /// Reads `max` (default 10, no more than 100) and `offset` (default 0).
    pub(crate) fn read(query: &Query) -> Result<Self, Refusal> {
        Ok(Self { max: size(query, "max")?, offset: number(query, "offset")?.unwrap_or(0) })
    }

    /// The `Link` header, when there is a page before or after this one.
    pub(crate) fn link(self, base: &str, path: &str, query: &Query, total: usize) -> Option<String> {
        let url = |offset: usize| {
            let mut url = format!("{base}{path}?");
            for (name, value) in query.iter().filter(|(name, _)| name != "max" && name != "offset") {
                let _ = write!(url, "{}={}&", form::encode(name), form::encode(value));
            }
            format!("{url}max={}&offset={offset}", self.max)
        };
        let mut links = Vec::new();
        if self.offset > 0 {
            let previous = url(self.offset.saturating_sub(self.max));
            links.push(format!("<{previous}>; rel=\"previous\""));
        }
        let next = self.offset.saturating_add(self.max);
        if next < total {
            links.push(format!("<{}>; rel=\"next\"", url(next)));
        }
        (!links.is_empty()).then(|| links.join(", "))
    }
}

/// Which way a token goes on, and from which position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum From {
    /// Entries at this position and after.
    At(usize),
    /// Entries before this position, the nearest ones.
    Before(usize),
}

/// A page of a token-paged list, with the query that the token carries.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct SeekPage {
    pub(crate) limit: usize,
    pub(crate) from: From,
    /// The filters: the request's, or with a token those of the first request, since all others are then ignored.
    pub(crate) query: Query,
}

impl SeekPage {
    /// Reads `page_token`, or else `limit` (default 10, no more than 100).
    pub(crate) fn read(query: Query) -> Result<Self, Refusal> {
        let Some(token) = form::first(&query, "page_token") else {
            return Ok(Self { limit: size(&query, "limit")?, from: From::At(0), query });
        };
        let wrong = || Refusal::bad("The page token is not valid.").field("page_token");
        let inner = form::pairs(&unhex(token).ok_or_else(wrong)?);
        let position = number(&inner, "position")?.ok_or_else(wrong)?;
        let from = match form::first(&inner, "way") {
            Some("at") => From::At(position),
            Some("before") => From::Before(position),
            _ => return Err(wrong()),
        };
        Ok(Self { limit: size(&inner, "limit")?, from, query: inner })
    }

    /// This page of a list, and what lies around it. `keys` are the entries' places, ascending.
    pub(crate) fn cut(&self, keys: &[usize]) -> Range<usize> {
        match self.from {
            From::At(start) => {
                let start = keys.partition_point(|key| *key < start);
                start..start.saturating_add(self.limit).min(keys.len())
            }
            From::Before(end) => {
                let end = keys.partition_point(|key| *key < end);
                end.saturating_sub(self.limit)..end
            }
        }
    }

    /// The body of this page: `data`, and a token for each way in which there is more. At the ends a token is absent, or
    /// null as in the official example.
    pub(crate) fn body(&self, data: &[Value], keys: &[usize], page: &Range<usize>, sparse: bool) -> Value {
        let mut body = json!({ "data": data });
        let next = keys.get(page.end).filter(|_| !page.is_empty()).map(|key| From::At(*key));
        let previous =
            keys.get(page.start).filter(|_| page.start > 0 && !page.is_empty()).map(|key| From::Before(*key));
        for (name, from) in [("next_page_token", next), ("previous_page_token", previous)] {
            match from {
                Some(from) => body[name] = Value::String(self.token(from)),
                None if sparse => body[name] = Value::Null,
                None => {}
            }
        }
        body
    }

    /// A token for the same filters from elsewhere.
    fn token(&self, from: From) -> String {
        let (way, position) = match from {
            From::At(position) => ("at", position),
            From::Before(position) => ("before", position),
        };
        let mut text = format!("way={way}&position={position}&limit={}", self.limit);
        let own = |name: &str| matches!(name, "way" | "position" | "limit" | "page_token");
        for (name, value) in self.query.iter().filter(|(name, _)| !own(name)) {
            let _ = write!(text, "&{}={}", form::encode(name), form::encode(value));
        }
        text.bytes().fold(String::new(), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        })
    }
}

fn unhex(text: &str) -> Option<String> {
    let digits: Vec<u8> = text
        .chars()
        .map(|digit| digit.to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
        .collect::<Option<_>>()?;
    let bytes = digits.chunks_exact(2).map(|pair| pair.iter().fold(0, |byte, digit| byte * 16 + digit));
    String::from_utf8(bytes.collect()).ok()
}

fn size(query: &Query, name: &str) -> Result<usize, Refusal> {
    match number(query, name)? {
        None => Ok(DEFAULT),
        Some(0) => Err(Refusal::bad(format!("'{name}' must be greater than 0")).field(name)),
        Some(wanted) => Ok(wanted.min(LARGEST)),
    }
}

fn number(query: &Query, name: &str) -> Result<Option<usize>, Refusal> {
    form::first(query, name)
        .map(|text| {
            text.parse()
                .map_err(|_| Refusal::bad(format!("'{name}' must be a number that is not negative")).field(name))
        })
        .transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_is_the_default_and_a_hundred_the_most() {
        let page = |text: &str| OffsetPage::read(&form::pairs(text)).map(|page| (page.max, page.offset)).ok();
        assert_eq!(page(""), Some((10, 0)));
        assert_eq!(page("max=100&offset=200"), Some((100, 200)));
        assert_eq!(page("max=5000"), Some((100, 0)));
        assert_eq!(page("max=0"), None);
        assert_eq!(page("offset=-1"), None);
        assert_eq!(page("max=ten"), None);
    }

    #[test]
    fn links_keep_the_filters() {
        let query = form::pairs("order_state_codes=SHIPPING%2CSHIPPED&max=10&offset=10");
        let link = OffsetPage { max: 10, offset: 10 }.link("https://x", "/api/orders", &query, 21);
        assert_eq!(
            link.unwrap(),
            "<https://x/api/orders?order_state_codes=SHIPPING%2CSHIPPED&max=10&offset=0>; rel=\"previous\", \
             <https://x/api/orders?order_state_codes=SHIPPING%2CSHIPPED&max=10&offset=20>; rel=\"next\""
        );
        assert_eq!(OffsetPage { max: 10, offset: 0 }.link("", "/p", &Vec::new(), 10), None);
    }

    #[test]
    fn a_token_carries_its_filters_and_nothing_else_counts() {
        let first = SeekPage::read(form::pairs("order_id=A&order_id=B&limit=2")).unwrap();
        let token = first.token(From::At(7));
        let next = SeekPage::read(form::pairs(&format!("limit=50&order_id=C&page_token={token}"))).unwrap();
        assert_eq!((next.limit, next.from), (2, From::At(7)));
        let orders: Vec<_> = next.query.iter().filter(|(name, _)| name == "order_id").collect();
        assert_eq!(orders.len(), 2);
        for wrong in ["zz", "00", "6", "é"] {
            assert!(SeekPage::read(vec![("page_token".into(), wrong.into())]).is_err(), "{wrong}");
        }
    }
}
