//! From the warehouse's despatch rows to the channel's lines.

use crossdock_flow::cause::Cause;
use crossdock_flow::despatch::{allocate, packages};
use crossdock_flow::order::{MappedLine, OrderState, ParcelMark};
use crossdock_model::{DespatchRow, KitPart, Package, PackageLine, Readiness, ShippedLine};

use crate::support::{Dice, Shop, at, line, order, shipped};

fn row(despatch: &str, tracking: &str, item: &str, quantity: i64) -> DespatchRow {
    DespatchRow {
        order_number: "MP-1001".to_owned(),
        despatch_number: despatch.to_owned(),
        carrier: "DPD".to_owned(),
        service: "Next day".to_owned(),
        despatched_at: at("2026-11-23T15:00:00Z"),
        tracking: tracking.to_owned(),
        item: item.to_owned(),
        line: "1".to_owned(),
        parent: None,
        quantity,
    }
}

fn parcel(lines: &[(&str, Option<&str>, i64)]) -> Package {
    let rows = row("D1", "T1", "X", 1);
    Package {
        order_number: rows.order_number,
        despatch_number: rows.despatch_number,
        carrier: rows.carrier,
        service: rows.service,
        tracking: rows.tracking,
        despatched_at: rows.despatched_at,
        lines: lines
            .iter()
            .map(|(item, parent, quantity)| PackageLine {
                item: (*item).to_owned(),
                line: String::new(),
                parent: parent.map(str::to_owned),
                quantity: *quantity,
            })
            .collect(),
    }
}

fn released(lines: &[(&str, &str, i64)]) -> OrderState {
    let mut sale = order(Readiness::Ready);
    sale.lines = lines.iter().map(|(id, sku, units)| line(id, sku, *units)).collect();
    Shop::new().in_warehouse(sale)
}

fn no_kits(_: &str) -> Vec<KitPart> {
    Vec::new()
}

/// A gift box is two mugs and a tea.
fn gift_box(kit: &str) -> Vec<KitPart> {
    let part = |component: &str, quantity| KitPart { kit: kit.to_owned(), component: component.to_owned(), quantity };
    vec![part("MUG", 2), part("TEA", 1)]
}

fn leave(order: &mut OrderState, package: &str, lines: Vec<ShippedLine>) {
    let mark = ParcelMark { lines, confirmed: false };
    order.parcels.insert(package.to_owned(), mark);
}

#[test]
fn rows_of_one_despatch_and_tracking_number_are_one_parcel() {
    let mut late = row("D0", "T0", "MUG", 1);
    late.despatched_at = at("2026-11-23T16:00:00Z");
    let rows = [
        late,
        row("D1", "T1", "MUG", 1),
        row("D1", "T2", "TEA", 1),
        row("D1", "T1", "TEA", 1),
        row("D1", "T1", "TEA", 1),
        row("D1", "T1", "MUG", 0),
        row("D1", "T1", "MUG", -1),
    ];
    let parcels = packages(&rows);
    let found: Vec<_> = parcels
        .iter()
        .map(|parcel| {
            let lines: Vec<_> = parcel.lines.iter().map(|line| (line.item.as_str(), line.quantity)).collect();
            (parcel.despatch_number.as_str(), parcel.tracking.as_str(), lines)
        })
        .collect();
    assert_eq!(
        found,
        [("D1", "T1", vec![("MUG", 1), ("TEA", 2)]), ("D1", "T2", vec![("TEA", 1)]), ("D0", "T0", vec![("MUG", 1)]),],
        "in order of departure"
    );
}

#[test]
fn f56_two_lines_with_the_same_article_are_both_shipped() {
    let mut order = released(&[("l1", "TEA", 2), ("l2", "TEA", 3)]);
    let first = allocate(&parcel(&[("TEA", None, 4)]), &order, &no_kits).unwrap();
    assert_eq!(first, shipped(&[("l1", 2), ("l2", 2)]));
    leave(&mut order, "D1/T1", first);
    let second = allocate(&parcel(&[("TEA", None, 1)]), &order, &no_kits).unwrap();
    assert_eq!(second, shipped(&[("l2", 1)]));
}

#[test]
fn i4_what_left_beyond_the_order_is_held_and_not_reported() {
    let order = released(&[("l1", "MUG", 1), ("l2", "TEA", 2)]);
    for (lines, detail) in [
        (vec![("TEA", None, 3)], "1 of item TEA left beyond what the order holds"),
        (vec![("MUG", None, 1), ("HAT", None, 2)], "2 of item HAT left beyond what the order holds"),
        (vec![], "the parcel holds nothing of this order"),
    ] {
        let held = allocate(&parcel(&lines), &order, &no_kits).unwrap_err();
        assert_eq!((held.cause, held.detail.as_str()), (Cause::DespatchMismatch, detail));
    }
}

/// The report gives any whole number; two that do not fit together are a mismatch like every other, not the end of the hub.
#[test]
fn units_without_end_are_held_like_any_others_that_were_not_ordered() {
    let order = released(&[("l1", "MUG", 1), ("l2", "GIFTBOX", 1)]);
    let kit = Some("GIFTBOX");
    for lines in [
        vec![("MUG", None, i64::MAX), ("MUG", None, i64::MAX)],
        vec![("MUG", kit, i64::MAX), ("MUG", kit, i64::MAX), ("TEA", kit, 1)],
        vec![("TEA", kit, i64::MAX), ("GIFTBOX", None, i64::MAX)],
    ] {
        let held = allocate(&parcel(&lines), &order, &gift_box).unwrap_err();
        assert_eq!(held.cause, Cause::DespatchMismatch, "{lines:?}: {}", held.detail);
    }
}

#[test]
fn a_kit_that_the_report_names_beside_its_components_left_once() {
    let order = released(&[("l1", "GIFTBOX", 2)]);
    let parts = |mugs, own| {
        let kit = Some("GIFTBOX");
        parcel(&[("GIFTBOX", None, own), ("MUG", kit, mugs), ("TEA", kit, mugs / 2)])
    };
    assert_eq!(allocate(&parts(4, 2), &order, &gift_box).unwrap(), shipped(&[("l1", 2)]));
    assert_eq!(allocate(&parts(2, 1), &order, &gift_box).unwrap(), shipped(&[("l1", 1)]));
    let held = allocate(&parts(2, 2), &order, &gift_box).unwrap_err();
    assert_eq!(
        (held.cause, held.detail.as_str()),
        (Cause::DespatchMismatch, "2 of kit GIFTBOX left by its own row, 1 by its components")
    );
}

#[test]
fn a_kit_left_when_all_its_components_did() {
    let order = released(&[("l1", "GIFTBOX", 2), ("l2", "MUG", 1)]);
    let kit = Some("GIFTBOX");
    let both = parcel(&[("MUG", kit, 4), ("TEA", kit, 2), ("MUG", None, 1)]);
    assert_eq!(allocate(&both, &order, &gift_box).unwrap(), shipped(&[("l1", 2), ("l2", 1)]));
    let one = parcel(&[("MUG", kit, 2), ("TEA", kit, 1)]);
    assert_eq!(allocate(&one, &order, &gift_box).unwrap(), shipped(&[("l1", 1)]));
}

#[test]
fn a_kit_that_left_in_uneven_parts_is_held() {
    let order = released(&[("l1", "GIFTBOX", 2)]);
    let kit = Some("GIFTBOX");
    for lines in [vec![("MUG", kit, 2)], vec![("MUG", kit, 3), ("TEA", kit, 1)], vec![("MUG", kit, 2), ("TEA", kit, 2)]]
    {
        let held = allocate(&parcel(&lines), &order, &gift_box).unwrap_err();
        assert_eq!(held.detail, "the components of kit GIFTBOX left in uneven numbers", "{lines:?}");
    }
    let held = allocate(&parcel(&[("MUG", kit, 2), ("TEA", kit, 1)]), &order, &no_kits).unwrap_err();
    assert_eq!(held.detail, "the parts of kit GIFTBOX are not known");
}

#[test]
fn a_parent_that_is_empty_or_the_item_itself_is_no_kit() {
    let order = released(&[("l1", "TEA", 2)]);
    let plain = parcel(&[("TEA", Some(""), 1), ("TEA", Some("TEA"), 1)]);
    assert_eq!(allocate(&plain, &order, &no_kits).unwrap(), shipped(&[("l1", 2)]));
}

#[test]
fn i4_however_parcels_come_no_line_is_shipped_beyond_what_was_ordered() {
    let mut dice = Dice(4);
    for round in 0..2_000 {
        let mut order = released(&[("l1", "TEA", 1)]);
        order.mapped = (0..=dice.below(4))
            .map(|index| MappedLine {
                line_id: format!("l{index}"),
                item: ["TEA", "MUG"][usize::try_from(dice.below(2)).unwrap()].to_owned(),
                quantity: dice.units(1, 5),
            })
            .collect();
        let mut accepted = 0;
        for package in 0..6 {
            let lines = [("TEA", None, dice.units(0, 3)), ("MUG", None, dice.units(0, 3))];
            let lines: Vec<_> = lines.into_iter().filter(|(.., units)| *units > 0).collect();
            let units: i64 = lines.iter().map(|(.., units)| units).sum();
            if let Ok(lines) = allocate(&parcel(&lines), &order, &no_kits) {
                assert_eq!(lines.iter().map(|line| line.quantity).sum::<i64>(), units, "round {round}: every unit");
                assert!(lines.iter().all(|line| line.quantity > 0));
                accepted += units;
                leave(&mut order, &format!("D{package}"), lines);
            }
        }
        for line in &order.mapped {
            assert!(order.despatched(&line.line_id) <= line.quantity, "round {round}: {line:?}");
        }
        let ordered: i64 = order.mapped.iter().map(|line| line.quantity).sum();
        assert!(accepted <= ordered, "round {round}");
    }
}

#[test]
fn a_row_of_nothing_is_no_line_and_no_parcel() {
    assert_eq!(packages(&[row("D1", "T1", "MUG", 0), row("D1", "T1", "MUG", -1)]), []);
    let parcels = packages(&[row("D1", "T1", "MUG", 0), row("D1", "T1", "TEA", 1)]);
    assert_eq!(parcels.iter().map(|parcel| parcel.lines.len()).collect::<Vec<_>>(), [1]);
}

#[test]
fn a_kit_of_which_only_something_else_left_is_no_kit() {
    let order = released(&[("l1", "GIFTBOX", 1)]);
    let held = allocate(&parcel(&[("RIBBON", Some("GIFTBOX"), 1)]), &order, &gift_box).unwrap_err();
    assert_eq!(held.cause, Cause::DespatchMismatch);
    assert!(held.detail.contains("uneven"), "{}", held.detail);
}
