//! Reading what there is: items and kits (`contracts/peoplevox.md §3.3`).

use crossdock_connector::{Call, Failure, Observation, Page, Read, ReadReply, Rejection, Reply, Session};
use crossdock_model::{Item, KitPart};

use crate::answer::{self, Answer};
use crate::config::Config;
use crate::cursor::{Cursor, Turn};
use crate::requests;
use crate::soap::Op;
use crate::tables::{fetch, unreadable};
use crate::templates::{ITEM_TYPES, KITTINGS};
use crate::values::{excerpt, whole_number};

/// What Peoplevox writes into the code of an item that is no longer used (`contracts/peoplevox.md §3.5`).
pub(crate) const DEACTIVATED: &str = "~D~";

fn plan(
    config: &Config,
    session: &Session,
    template: &str,
    page: &Page,
    label: &'static str,
) -> Result<Call, Rejection> {
    let cursor = Cursor::<()>::read(page, config.page_size)?;
    requests::get_data(config, session, template, (cursor.no, cursor.size), "", label)
}

/// The call for a page of items.
pub(crate) fn plan_items(config: &Config, session: &Session, page: &Page) -> Result<Call, Rejection> {
    plan(config, session, ITEM_TYPES, page, "items")
}

/// The call for a page of kit components.
pub(crate) fn plan_kits(config: &Config, session: &Session, page: &Page) -> Result<Call, Rejection> {
    plan(config, session, KITTINGS, page, "kits")
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

/// A page of kit components. A tenant without kits need not have the template: an explicit error on the first page means
/// that there are none, and the fact `kits` says `unavailable`.
pub(crate) fn interpret_kits(config: &Config, page: &Page, reply: &Reply) -> Result<ReadReply, Failure> {
    let cursor = Cursor::<()>::reread(page, config.page_size)?;
    let mut out = ReadReply::default();
    if page.is_first() {
        if let Answer::Response(response) = answer::read(reply, Op::GetData)
            && response.id != 0
        {
            let why = excerpt(&response.detail);
            out.observations.push(Observation::Drift(format!("Peoplevox has no kits to read (\"{KITTINGS}\"): {why}")));
            out.facts.push(("kits".to_owned(), "unavailable".to_owned()));
            return Ok(out);
        }
        out.facts.push(("kits".to_owned(), "available".to_owned()));
    }
    let rows = fetch(reply, Op::GetData)?;
    let turn = cursor.turn(rows.table.len(), rows.total)?;
    if turn != Turn::Smaller {
        let kit = rows.need(config, KITTINGS, "ParentItemCode")?;
        let component = rows.need(config, KITTINGS, "ChildItemCode")?;
        let quantity = rows.need(config, KITTINGS, "Quantity")?;
        for row in rows.table.rows() {
            let (kit, component) = (row.cell(kit), row.cell(component));
            if kit.contains(DEACTIVATED) {
                continue;
            }
            out.observations.push(match whole_number(row.cell(quantity)) {
                _ if kit.is_empty() || component.is_empty() => unreadable(row, "", "a kit row without both item codes"),
                Some(quantity) if quantity > 0 => {
                    Observation::KitPart(KitPart { kit: kit.to_owned(), component: component.to_owned(), quantity })
                }
                _ => unreadable(row, "", format!("kit {}: the quantity is not a positive whole number", excerpt(kit))),
            });
        }
    }
    cursor.end_page(turn, (), &mut out, |page| Read::Kits { page });
    Ok(out)
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

    #[test]
    fn a_tenant_without_kits_has_none_and_says_so() {
        let out = interpret_kits(&fixtures::config(), &Page::first(), &reply(result("GetData", -1, 0, "Not set up")))
            .unwrap();
        assert!(matches!(out.observations.as_slice(), [Observation::Drift(_)]));
        assert_eq!(out.facts, [("kits".to_owned(), "unavailable".to_owned())]);
        let expired = reply(result("GetData", -1, 0, "System : Security - Invalid Session"));
        assert_eq!(interpret_kits(&fixtures::config(), &Page::first(), &expired), Err(Failure::Reauth));
        let page_2 = Cursor { no: 2, size: 10, carry: () }.page();
        let late = interpret_kits(&fixtures::config(), &page_2, &reply(result("GetData", -1, 0, "Not set up")));
        assert!(matches!(late, Err(Failure::Retry(_))), "a list that was begun is not cut short");
    }

    #[test]
    fn kit_rows_are_exact_or_kept_raw() {
        let csv =
            "ParentItemCode,ChildItemCode,Quantity\nSET,A,2\nSET,B,1.00\nSET,C,0.5\nSET,,1\n~D~OLD,A,1\nSET,D,0\n";
        let out = interpret_kits(&fixtures::config(), &Page::first(), &data(6, csv)).unwrap();
        let part = |component: &str, quantity| {
            Observation::KitPart(KitPart { kit: "SET".into(), component: component.into(), quantity })
        };
        assert_eq!(out.observations[..2], [part("A", 2), part("B", 1)]);
        assert_eq!(out.observations.len(), 5);
        assert!(out.observations[2..].iter().all(|seen| matches!(seen, Observation::Unreadable { .. })));
    }

    #[test]
    fn what_is_no_answer_is_asked_again() {
        for (status, body) in [(500, ""), (200, "<html>"), (200, "")] {
            let outcome = interpret_items(&fixtures::config(), &Page::first(), &reply_at(status, body));
            assert!(matches!(outcome, Err(Failure::Retry(_))));
        }
    }
}
