//! Offset paging (`contracts/john-lewis.md §2.1`): `max`, `offset`, `total_count` and the `Link` header.

use crossdock_connector::{Failure, Page, Reply};

use crossdock_planted::{self as planted, Bug};

use crate::document::Doc;

/// Where a page starts.
pub(crate) fn offset(page: &Page) -> u64 {
    page.0.parse().unwrap_or(0)
}

/// How many rows the list has, as far as the page says.
pub(crate) fn total(doc: Doc<'_>) -> Option<u64> {
    doc.count("total_count").ok().flatten().and_then(|total| u64::try_from(total).ok())
}

/// The page after this one, if there is one.
///
/// Only our own count of rows moves the offset; the address in the `Link` header is not followed, because it may name
/// another host. There is more if the header says so or `total_count` does; where both are missing, a full page means
/// more. An empty page always ends it, so that no answer keeps us asking for ever, unless the count says that rows are
/// still to come: then the page was no answer.
pub(crate) fn next(
    reply: &Reply,
    doc: Doc<'_>,
    page: &Page,
    rows: usize,
    page_size: u32,
) -> Result<Option<Page>, Failure> {
    let rows = u64::try_from(rows).unwrap_or(u64::MAX);
    let reached = offset(page).saturating_add(rows);
    let left = total(doc).map(|total| reached < total);
    if rows == 0 {
        return match left {
            Some(true) => Err(Failure::Retry("a page came empty before the end of its list".to_owned())),
            _ => Ok(None),
        };
    }
    let more = match (linked(reply), left) {
        (Some(true), _) | (_, Some(true)) => true,
        (Some(false), _) | (_, Some(false)) => false,
        (None, None) => rows >= u64::from(page_size),
    };
    let more = more && !planted::on(Bug::FirstPageOnly);
    Ok(more.then(|| Page(reached.to_string())))
}

/// Whether the `Link` header names a next page; `None` without such a header.
fn linked(reply: &Reply) -> Option<bool> {
    let mut links = reply.response.headers().get_all("link").iter().peekable();
    links.peek()?;
    Some(links.any(|link| {
        let plain: Vec<u8> = link.as_bytes().iter().copied().filter(|b| !matches!(b, b' ' | b'"' | b'\'')).collect();
        plain.to_ascii_lowercase().windows(8).any(|window| window == b"rel=next")
    }))
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use jiff::Timestamp;
    use serde_json::json;

    use super::*;

    fn reply(link: Option<&str>) -> Reply {
        let mut builder = http::Response::builder();
        if let Some(link) = link {
            builder = builder.header("Link", link);
        }
        Reply { response: builder.body(Bytes::new()).unwrap(), at: Timestamp::UNIX_EPOCH }
    }

    fn after(link: Option<&str>, total: Option<i64>, offset: &str, rows: usize) -> Option<String> {
        let body = json!({"total_count": total});
        next(&reply(link), Doc::of(&body), &Page(offset.to_owned()), rows, 100).unwrap().map(|page| page.0)
    }

    #[test]
    fn the_link_header_says_whether_there_is_more() {
        let both = "<https://x/api?a=1,2&offset=0>; rel=\"previous\", <https://x/api?offset=200>; rel=\"next\"";
        assert_eq!(after(Some(both), Some(250), "100", 100), Some("200".to_owned()));
        assert_eq!(after(Some("<https://x/api>; rel=\"previous\""), Some(200), "100", 100), None);
    }

    #[test]
    fn there_is_more_if_either_the_header_or_the_total_says_so() {
        let previous = Some("<https://x/api>; rel=\"previous\"");
        assert_eq!(after(previous, Some(250), "100", 100), Some("200".to_owned()));
        assert_eq!(after(Some("<https://x/api>; rel=\"next\""), Some(200), "100", 100), Some("200".to_owned()));
    }

    #[test]
    fn without_a_link_the_total_decides_and_without_a_total_the_fullness() {
        assert_eq!(after(None, Some(250), "", 100), Some("100".to_owned()));
        assert_eq!(after(None, Some(100), "", 100), None);
        assert_eq!(after(None, None, "", 100), Some("100".to_owned()));
        assert_eq!(after(None, None, "100", 99), None);
    }

    #[test]
    fn a_server_that_ignores_our_page_size_loses_no_row() {
        // The default page is 10 rows; the offset moves by what came, not by what was asked for.
        assert_eq!(after(None, Some(25), "", 10), Some("10".to_owned()));
    }

    #[test]
    fn an_empty_page_ends_it_unless_rows_are_still_to_come() {
        assert_eq!(after(Some("<https://x>; rel=\"next\""), Some(100), "100", 0), None);
        assert_eq!(after(Some("<https://x>; rel=\"next\""), None, "100", 0), None);
        let body = json!({"total_count": 1_000});
        let short = next(&reply(None), Doc::of(&body), &Page("100".to_owned()), 0, 100);
        assert!(matches!(short, Err(Failure::Retry(_))), "an order must not be lost to an empty page");
    }
}
