//! Reading what there is: items and kits (`contracts/peoplevox.md §3.3`).

use std::collections::BTreeSet;

use crossdock_connector::{Call, Failure, Observation, Page, Read, ReadReply, Rejection, Reply, Session};
use crossdock_model::{Item, KitPart};
use serde::{Deserialize, Serialize};

use crate::answer::{self, Answer};
use crate::config::Config;
use crate::cursor::{Cursor, Turn};
use crate::requests;
use crate::soap::Op;
use crate::tables::{Rows, fetch, unreadable};
use crate::templates::{ITEM_TYPES, KITTINGS};
use crate::values::{excerpt, whole_number};

/// What Peoplevox writes into the code of an item that is no longer used (`contracts/peoplevox.md §3.5`).
pub(crate) const DEACTIVATED: &str = "~D~";

/// The code under which an item was ordered, also while it is switched off: the mark stands in front (SQL users filter `~D%`,
/// `contracts/peoplevox.md §3.5`), in every table that names the item.
pub(crate) fn own_code(code: &str) -> &str {
    code.strip_prefix(DEACTIVATED).unwrap_or(code)
}

/// The call for a page of items.
pub(crate) fn plan_items(config: &Config, session: &Session, page: &Page) -> Result<Call, Rejection> {
    let cursor = Cursor::<()>::read(page, config.page_size)?;
    requests::get_data(config, session, ITEM_TYPES, (cursor.no, cursor.size), "", "items")
}

/// A page of items.
pub(crate) fn interpret_items(config: &Config, page: &Page, reply: &Reply) -> Result<ReadReply, Failure> {
    let cursor = Cursor::<()>::reread(page, config.page_size)?;
    let rows = fetch(reply, Op::GetData)?;
    let turn = cursor.turn(rows.table.len(), rows.total)?;
    let mut out = ReadReply::default();
    if turn != Turn::Smaller {
        let code = rows.need(config, ITEM_TYPES, "ItemCode")?;
        let name = rows.maybe(config, ITEM_TYPES, "Name");
        let barcode = rows.maybe(config, ITEM_TYPES, "Barcode");
        out.observations.extend(rows.misshapen());
        out.observations.extend(rows.table.rows().map(|row| match row.cell(code) {
            "" => unreadable(row, "", "an item without an item code"),
            code => Observation::Item(Item {
                // A switched-off item is renamed; under its own code it must not be promised any more.
                code: code.replace(DEACTIVATED, ""),
                name: row.cell(name).to_owned(),
                barcode: row.cell(barcode).to_owned(),
                active: !code.contains(DEACTIVATED),
            }),
        }));
    }
    cursor.end_page(turn, (), &mut out, |page| Read::Items { page });
    Ok(out)
}

/// The fact that tells whether kits were ever read: `some`, `none` (a list without rows) or `unavailable`. Earlier versions
/// wrote `available`, which may have been either.
const KITS: &str = "kits";

/// What one page of kits tells the next.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct SoFar {
    /// Whether any component was read.
    any: bool,
    /// The kits of which a row could not be read. The template has no order, so the rest of a kit may be on any page.
    broken: BTreeSet<String>,
}

/// The call for a page of kit components.
pub(crate) fn plan_kits(config: &Config, session: &Session, page: &Page) -> Result<Call, Rejection> {
    let cursor = Cursor::<SoFar>::read(page, config.page_size)?;
    requests::get_data(config, session, KITTINGS, (cursor.no, cursor.size), "", "kits")
}

/// A page of kit components.
///
/// A tenant without kits need not have the template: an explicit error on the first page means that there are none, but
/// only as long as none was ever read. Afterwards an error, or an answer without even a header, is a fault of the moment:
/// to take it for "no kits" would promise every kit as if it stood on a shelf.
pub(crate) fn interpret_kits(
    config: &Config,
    session: &Session,
    page: &Page,
    reply: &Reply,
) -> Result<ReadReply, Failure> {
    let mut cursor = Cursor::<SoFar>::reread(page, config.page_size)?;
    let known = matches!(session.fact(KITS), Some("some" | "available"));
    let mut out = ReadReply::default();
    if page.is_first()
        && !known
        && let Answer::Response(response) = answer::read(reply, Op::GetData)
        && response.id != 0
        && !config.is_retry_text(&response.detail)
    {
        let why = excerpt(&response.detail);
        out.observations.push(Observation::Drift(format!("Peoplevox has no kits to read (\"{KITTINGS}\"): {why}")));
        out.facts.push((KITS.to_owned(), "unavailable".to_owned()));
        return Ok(out);
    }
    let rows = fetch(reply, Op::GetData)?;
    let turn = cursor.whole_turn(rows.table.len(), rows.total)?;
    if known && rows.table.is_blank() && turn == Turn::End {
        return Err(Failure::Retry(format!("Peoplevox has kits and answered \"{KITTINGS}\" with nothing at all")));
    }
    let mut so_far = SoFar::default();
    if turn != Turn::Smaller {
        so_far = std::mem::take(&mut cursor.carry);
        read_parts(config, &rows, &mut so_far, &mut out)?;
        if turn == Turn::End {
            let found = if so_far.any { "some" } else { "none" };
            out.facts.push((KITS.to_owned(), found.to_owned()));
        }
    }
    cursor.end_page(turn, so_far, &mut out, |page| Read::Kits { page });
    Ok(out)
}

/// The components of a page. A row that cannot be read withholds its whole kit: a kit with a component missing would be
/// promised by the components that are left.
fn read_parts(config: &Config, rows: &Rows, so_far: &mut SoFar, out: &mut ReadReply) -> Result<(), Failure> {
    let kit = rows.need(config, KITTINGS, "ParentItemCode")?;
    let component = rows.need(config, KITTINGS, "ChildItemCode")?;
    let quantity = rows.need(config, KITTINGS, "Quantity")?;
    let mut parts = Vec::new();
    for row in rows.table.misshapen() {
        so_far.broken.insert(row.cell(kit).to_owned());
    }
    out.observations.extend(rows.misshapen());
    for row in rows.table.rows() {
        let (kit, component) = (row.cell(kit), row.cell(component));
        if kit.contains(DEACTIVATED) {
            continue;
        }
        let units = whole_number(row.cell(quantity)).filter(|units| *units > 0);
        match units {
            Some(quantity) if !kit.is_empty() && !component.is_empty() => {
                parts.push(KitPart { kit: kit.to_owned(), component: component.to_owned(), quantity });
            }
            _ => {
                let reason = if units.is_some() {
                    "a kit row without both item codes".to_owned()
                } else {
                    format!("kit {}: the quantity is not a positive whole number", excerpt(kit))
                };
                out.observations.push(unreadable(row, kit, reason));
                so_far.broken.insert(kit.to_owned());
            }
        }
    }
    so_far.any |= !parts.is_empty() || !so_far.broken.is_empty();
    out.observations
        .extend(parts.into_iter().filter(|part| !so_far.broken.contains(&part.kit)).map(Observation::KitPart));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{self, element, reply, reply_at, result};

    fn data(total: i64, csv: &str) -> Reply {
        reply(result("GetData", 0, total, csv))
    }

    #[test]
    fn items_are_read_and_deactivated_ones_are_marked() {
        let call = plan_items(&fixtures::config(), &fixtures::session(), &Page::first()).unwrap();
        assert_eq!((element(&call, "TemplateName"), element(&call, "PageNo")), ("Item types".into(), "1".into()));
        assert_eq!(element(&call, "ItemsPerPage"), "1000");
        let csv = "\"Barcode\",\"itemcode\",\"Name\",\"X\"\n\"50\",\"A-1\",\"Mug, large \"\"L\"\"\",\"\"\n\"\",\"~D~B\",\"\",\"\"\n\"\",\"\",\"lost\",\"\"\n";
        let out = interpret_items(&fixtures::config(), &Page::first(), &data(3, csv)).unwrap();
        let item = |code: &str, name: &str, barcode: &str, active| {
            Observation::Item(Item { code: code.into(), name: name.into(), barcode: barcode.into(), active })
        };
        assert_eq!(out.observations[..2], [item("A-1", "Mug, large \"L\"", "50", true), item("B", "", "", false)]);
        assert!(matches!(out.observations[2], Observation::Unreadable { .. }));
        assert_eq!(out.next, None);
    }

    #[test]
    fn pages_go_on_and_shrink_when_rows_stay_away() {
        let mut config = fixtures::config();
        config.page_size = 10;
        let csv = format!("ItemCode\n{}", "A\n".repeat(10));
        let out = interpret_items(&config, &Page::first(), &data(11, &csv)).unwrap();
        let Some(Read::Items { page }) = out.next else { panic!() };
        let call = plan_items(&config, &fixtures::session(), &page).unwrap();
        assert_eq!(element(&call, "PageNo"), "2");
        // Page 2 is empty although row 11 was promised: the same place is asked for at half the size.
        let out = interpret_items(&config, &page, &data(11, "")).unwrap();
        assert!(matches!(out.observations.as_slice(), [Observation::Drift(_)]));
        let Some(Read::Items { page }) = out.next else { panic!() };
        let call = plan_items(&config, &fixtures::session(), &page).unwrap();
        assert_eq!((element(&call, "PageNo"), element(&call, "ItemsPerPage")), ("3".into(), "5".into()));
        assert!(matches!(interpret_items(&config, &page, &data(11, "")), Err(Failure::Retry(_))));
    }

    #[test]
    fn a_read_of_a_tenant_without_the_column_names_it() {
        let refused = interpret_items(&fixtures::config(), &Page::first(), &data(1, "SKU\nA\n"));
        let Err(Failure::Rejected(rejection)) = refused else { panic!() };
        assert!(rejection.detail.contains("\"ItemCode\""), "{}", rejection.detail);
    }

    fn kits(session: &Session, page: &Page, reply: &Reply) -> Result<ReadReply, Failure> {
        interpret_kits(&fixtures::config(), session, page, reply)
    }

    fn with_kits(found: &str) -> Session {
        let mut session = fixtures::session();
        session.facts.insert(KITS.to_owned(), found.to_owned());
        session
    }

    const NAMES: &str = "ParentItemCode,ChildItemCode,Quantity\n";

    #[test]
    fn a_tenant_without_kits_has_none_and_says_so() {
        let refused = reply(result("GetData", -1, 0, "Not set up"));
        for session in [fixtures::session(), with_kits("unavailable"), with_kits("none")] {
            let out = kits(&session, &Page::first(), &refused).unwrap();
            assert!(matches!(out.observations.as_slice(), [Observation::Drift(_)]));
            assert_eq!(out.facts, [("kits".to_owned(), "unavailable".to_owned())]);
        }
        let out = kits(&fixtures::session(), &Page::first(), &data(0, NAMES)).unwrap();
        assert_eq!((out.observations.len(), &out.facts[..]), (0, &[("kits".to_owned(), "none".to_owned())][..]));
        let expired = reply(result("GetData", -1, 0, "System : Security - Invalid Session"));
        assert_eq!(kits(&fixtures::session(), &Page::first(), &expired), Err(Failure::Reauth));
        let page_2 = Cursor { no: 2, size: 10, carry: SoFar::default() }.page();
        let late = kits(&fixtures::session(), &page_2, &refused);
        assert!(matches!(late, Err(Failure::Retry(_))), "a list that was begun is not cut short");
    }

    /// An error of a moment, or an empty answer, never deletes the kits that were read before.
    #[test]
    fn kits_that_were_there_once_do_not_vanish_with_an_error() {
        let out = kits(&fixtures::session(), &Page::first(), &data(1, &format!("{NAMES}SET,A,2\n"))).unwrap();
        assert_eq!(out.facts, [("kits".to_owned(), "some".to_owned())]);
        for before in ["some", "available"] {
            for answer in [reply(result("GetData", -1, 0, "Deadlock victim")), data(0, "")] {
                let seen = kits(&with_kits(before), &Page::first(), &answer);
                assert!(matches!(seen, Err(Failure::Retry(_))), "{before}: {seen:?}");
            }
        }
        let gone = kits(&with_kits("some"), &Page::first(), &data(0, NAMES)).unwrap();
        assert_eq!(gone.facts, [("kits".to_owned(), "none".to_owned())], "a list that says so is believed");
        let mut config = fixtures::config();
        config.retry_texts = vec!["deadlock".to_owned()];
        let busy = reply(result("GetData", -1, 0, "Deadlock victim"));
        let seen = interpret_kits(&config, &fixtures::session(), &Page::first(), &busy);
        assert!(matches!(seen, Err(Failure::Retry(_))), "{seen:?}");
    }

    fn parts(out: &ReadReply) -> Vec<(&str, &str, i64)> {
        let mut found = Vec::new();
        for seen in &out.observations {
            if let Observation::KitPart(part) = seen {
                found.push((part.kit.as_str(), part.component.as_str(), part.quantity));
            }
        }
        found
    }

    #[test]
    fn a_row_that_cannot_be_read_withholds_its_whole_kit_and_no_other() {
        for bad in ["SET,C,0.5", "SET,,1", "SET,D,0", "SET,E,", "SET,F,1,1"] {
            let csv = format!("{NAMES}SET,A,2\n{bad}\nSET,B,1.00\nTWO,A,3\n~D~OLD,A,x\n");
            let out = kits(&fixtures::session(), &Page::first(), &data(5, &csv)).unwrap();
            assert_eq!(parts(&out), [("TWO", "A", 3)], "{bad}");
            let unreadable = |seen: &&Observation| matches!(seen, Observation::Unreadable { .. });
            assert_eq!(out.observations.iter().filter(unreadable).count(), 1, "{bad}");
        }
        let nameless =
            kits(&fixtures::session(), &Page::first(), &data(2, &format!("{NAMES},A,1\nSET,A,1\n"))).unwrap();
        assert_eq!(parts(&nameless), [("SET", "A", 1)]);
    }

    #[test]
    fn a_broken_kit_stays_withheld_on_the_pages_that_follow() {
        let mut config = fixtures::config();
        config.page_size = 5;
        let first = format!("{NAMES}SET,A,x\nTWO,A,1\nTWO,B,1\nONE,A,1\nONE,B,1\n");
        let out = interpret_kits(&config, &fixtures::session(), &Page::first(), &data(7, &first)).unwrap();
        assert_eq!(out.facts, [], "the list is not at its end");
        let Some(Read::Kits { page }) = out.next else { panic!() };
        let call = plan_kits(&config, &fixtures::session(), &page).unwrap();
        assert_eq!((element(&call, "TemplateName"), element(&call, "PageNo")), (KITTINGS.into(), "2".into()));
        let rest = format!("{NAMES}SET,B,1\nONE,C,4\n");
        let out = interpret_kits(&config, &fixtures::session(), &page, &data(7, &rest)).unwrap();
        assert_eq!(parts(&out), [("ONE", "C", 4)]);
        assert_eq!(out.facts, [("kits".to_owned(), "some".to_owned())]);
    }

    /// A list of kits that ends before its own count would drop components in silence.
    #[test]
    fn a_list_of_kits_that_ends_short_is_asked_for_again() {
        let mut config = fixtures::config();
        config.page_size = 5;
        let short = data(9, &format!("{NAMES}SET,A,1\n"));
        let seen = interpret_kits(&config, &fixtures::session(), &Page::first(), &short);
        assert!(matches!(seen, Err(Failure::Retry(_))), "{seen:?}");
    }

    #[test]
    fn what_is_no_answer_is_asked_again() {
        for (status, body) in [(500, ""), (200, "<html>"), (200, "")] {
            let outcome = interpret_items(&fixtures::config(), &Page::first(), &reply_at(status, body));
            assert!(matches!(outcome, Err(Failure::Retry(_))));
        }
    }
}
