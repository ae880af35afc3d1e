//! Invoices that changed since a moment (`contracts/marketplacer.md §3.2`).
//!
//! Pages are walked by **time**, not by cursor, wherever that is possible. The sort key `updatedAt` changes while we read: an
//! invoice that is touched between two pages moves to the end, and every cursor that counts rows then skips its neighbour.
//! So a full page is followed by a new question "changed since the last one's time" (one second earlier, in case the filter
//! excludes its own moment or the time was cut to seconds); the few repeated invoices cost nothing. Only where a whole page
//! shares one second does the remote's cursor carry on.

use crossdock_connector::{Call, Failure, Observation, Page, Read, ReadReply, Rejection, Reply, Session};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::owner::Owner;
use super::{broken_paging, drifts, foreign_token};
use crate::answer::{self, Trouble, cut};
use crate::documents::INVOICES;
use crate::http_call::Credentials;
use crate::invoice;
use crate::wire::{Rest, moment, rest, take_nodes};

/// Where a walk over invoices stands: `<since>` or `<since> <cursor>`.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Place {
    since: Timestamp,
    cursor: Option<String>,
}

impl Place {
    fn read(since: Timestamp, page: &Page) -> Result<Self, Rejection> {
        if page.is_first() {
            return Ok(Self { since, cursor: None });
        }
        let (time, cursor) = match page.0.split_once(' ') {
            Some((time, cursor)) => (time, Some(cursor.to_owned())),
            None => (page.0.as_str(), None),
        };
        let since = time.parse().map_err(|_| foreign_token("orders"))?;
        Ok(Self { since, cursor })
    }

    fn page(&self) -> Page {
        Page(match &self.cursor {
            Some(cursor) => format!("{} {cursor}", self.since),
            None => self.since.to_string(),
        })
    }

    /// The place behind a page whose rows carry these times.
    fn after(&self, times: Option<Vec<Timestamp>>, cursor: String) -> Self {
        let ascending = times.filter(|times| times.is_sorted());
        let last = ascending.and_then(|times| times.last()?.checked_sub(SignedDuration::from_secs(1)).ok());
        match last {
            Some(since) if since > self.since => Self { since, cursor: None },
            _ => Self { since: self.since, cursor: Some(cursor) },
        }
    }
}

pub(crate) fn plan(
    credentials: &Credentials,
    page_size: u32,
    since: Timestamp,
    page: &Page,
) -> Result<Call, Rejection> {
    let place = Place::read(since, page)?;
    let variables = json!({ "first": page_size, "after": place.cursor, "updatedSince": place.since.to_string() });
    credentials.graphql("changed invoices", INVOICES, &variables)
}

pub(crate) fn interpret(
    harmless: &[String],
    since: Timestamp,
    page: &Page,
    session: &Session,
    reply: &Reply,
) -> Result<ReadReply, Failure> {
    let place = Place::read(since, page).map_err(Failure::Rejected)?;
    let mut answer = answer::read(reply).map_err(Trouble::of_look)?;
    let mut connection = answer.take("invoices").map_err(Trouble::of_look)?;
    let owner = Owner::of(&answer, session)?;
    let nodes = take_nodes(&mut connection).ok_or_else(|| broken_paging("invoices without a list"))?;
    let mut observations = Vec::new();
    for (index, node) in nodes.iter().enumerate() {
        if node.is_null() {
            observations.push(hole(&answer, "invoices", index, None));
        } else {
            take(&owner, harmless, node, &mut observations);
        }
    }
    observations.extend(drifts(&answer));
    let next = match rest(&connection, place.cursor.as_deref()) {
        Rest::Nothing => None,
        Rest::Unclear => return Err(broken_paging("invoices")),
        Rest::After(cursor) => {
            let times = nodes.iter().map(|node| moment(node.get("updatedAt").and_then(Value::as_str))).collect();
            Some(Read::Orders { since, page: place.after(times, cursor).page() })
        }
    };
    Ok(ReadReply { observations, next, facts: Vec::new() })
}

/// Observes an invoice, unless it is another seller's.
pub(super) fn take(owner: &Owner, harmless: &[String], node: &Value, observations: &mut Vec<Observation>) {
    match owner.stranger(node) {
        None => invoice::observe(node, harmless, observations),
        Some(seller) => {
            let id = cut(node.get("id").and_then(Value::as_str).unwrap_or("?"));
            let text = format!("invoice {id} of another seller ({seller}) is left out");
            observations.push(Observation::Drift(text));
        }
    }
}

/// A null where an invoice should be. With an error beside it, there is an invoice that we could not read: that is shown as an
/// exception. Without one, the remote simply has nothing (any more).
pub(super) fn hole(answer: &answer::Answer, root: &str, index: usize, id: Option<&str>) -> Observation {
    let place: &[&str] = if root == "nodes" { &["nodes"] } else { &[root, "nodes"] };
    let index = index.to_string();
    let error = answer.errors.iter().find(|error| {
        error.path.iter().zip(place.iter().chain([&index.as_str()])).all(|(given, wanted)| given == wanted)
            && error.path.len() > place.len()
    });
    match (error, id) {
        (Some(error), _) => Observation::Unreadable {
            id: id.map(str::to_owned),
            reason: format!("Marketplacer could not give this invoice: {}", error.message),
            raw: json!({ "id": id, "error": error.message }).to_string().into(),
        },
        (None, Some(id)) => Observation::Drift(format!("Marketplacer has no invoice {}", cut(id))),
        (None, None) => Observation::Drift("an invoice came back empty".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn the_walk_goes_on_by_time_and_by_cursor_only_within_one_second() {
        let start = Place { since: at("2026-01-01T00:00:00Z"), cursor: None };
        let next = start.after(Some(vec![at("2026-01-01T00:00:05Z"), at("2026-01-01T00:00:09Z")]), "MTAw".into());
        assert_eq!(next, Place { since: at("2026-01-01T00:00:08Z"), cursor: None });
        let stuck = next.after(Some(vec![at("2026-01-01T00:00:09Z"); 2]), "MTAw".into());
        assert_eq!(stuck, Place { since: at("2026-01-01T00:00:08Z"), cursor: Some("MTAw".into()) });
    }

    #[test]
    fn rows_that_are_unsorted_or_untimed_are_walked_by_cursor() {
        let start = Place { since: at("2026-01-01T00:00:00Z"), cursor: None };
        let by_cursor = Place { since: start.since, cursor: Some("MTAw".into()) };
        let unsorted = vec![at("2026-01-01T00:01:00Z"), at("2026-01-01T00:00:30Z")];
        assert_eq!(start.after(Some(unsorted), "MTAw".into()), by_cursor);
        assert_eq!(start.after(None, "MTAw".into()), by_cursor);
        assert_eq!(start.after(Some(Vec::new()), "MTAw".into()), by_cursor);
    }

    #[test]
    fn a_place_survives_being_stored() {
        let first = at("2026-01-01T00:00:00Z");
        for place in [
            Place { since: at("2026-01-01T00:00:08.5Z"), cursor: None },
            Place { since: first, cursor: Some("MTAw".into()) },
        ] {
            assert_eq!(Place::read(first, &place.page()).unwrap(), place);
        }
        assert!(Place::read(first, &Page("nonsense".into())).is_err());
    }
}
