//! Listings: mapping, comparing what is shown with what was sent, and the way of a figure to the channel.

use crossdock_model::{Available, Item, Listing};

use super::{Db, promises, second};
use crate::{ListingRow, StockCountRow, StockUpdate};

promises!(
    a_sku_maps_by_alias_then_by_equal_code,
    a_listing_read_again_keeps_its_figures,
    a_new_alias_maps_at_once,
    figures_wait_fly_and_arrive,
    a_figure_that_moves_on_in_flight_waits_again,
    a_flight_that_fails_lands,
    only_waiting_figures_are_taken_and_in_order,
    a_read_back_that_differs_is_noticed_when_it_proves_something,
    a_channel_that_sells_meanwhile_does_not_differ,
    a_figure_that_was_right_from_the_start_is_watched_too,
    listings_that_were_not_read_are_dropped,
    the_counts_tell_what_a_push_would_do,
    what_figures_depend_on_is_read_beside_the_codes,
);

const CHANNEL: &str = "john-lewis";

fn listing(id: &str, sku: &str, published: i64) -> Listing {
    Listing {
        id: id.to_owned(),
        sku: sku.to_owned(),
        title: format!("Title of {id}"),
        published,
        active: true,
        inactive_because: String::new(),
    }
}

fn items(db: &Db, codes: &[&str]) {
    let item =
        |code: &&str| Item { code: (*code).to_owned(), name: String::new(), barcode: String::new(), active: true };
    let items: Vec<Item> = codes.iter().map(item).collect();
    db.change(move |tx| tx.put_items(&items, second(0))).unwrap();
}

/// Reads listings at a moment; what was sent more than ten seconds before is settled.
fn read(db: &Db, listings: &[Listing], asked: i64) -> Vec<ListingRow> {
    let listings = listings.to_vec();
    db.change(move |tx| tx.put_listings(CHANNEL, &listings, second(asked), second(asked - 10))).unwrap()
}

fn get(db: &Db, id: &str) -> ListingRow {
    let all = db.ask(|tx| tx.listings_of_sku(CHANNEL, &format!("sku {id}"))).unwrap();
    all.into_iter().find(|row| row.listing == id).expect("the listing is there")
}

/// Four listings that show nothing.
fn four(db: &Db) {
    let listings = ["1", "2", "3", "4"].map(|id| listing(id, &format!("sku {id}"), 0));
    read(db, &listings, 0);
}

fn update(id: &str, desired: i64) -> StockUpdate {
    StockUpdate { connection: CHANNEL.to_owned(), listing: id.to_owned(), desired, again: false }
}

fn desire(db: &Db, updates: &[(&str, i64)]) -> u64 {
    let updates: Vec<_> = updates.iter().map(|(id, desired)| update(id, *desired)).collect();
    db.change(move |tx| tx.set_desired(&updates)).unwrap()
}

fn fly(db: &Db, effect: i64, ids: &[&str]) {
    let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
    db.change(move |tx| tx.stock_flying(CHANNEL, effect, &ids)).unwrap();
}

fn sent(db: &Db, effect: i64, lines: &[(&str, i64)], at: i64) {
    let lines: Vec<_> = lines.iter().map(|(id, figure)| ((*id).to_owned(), *figure)).collect();
    db.change(move |tx| tx.stock_sent(CHANNEL, effect, &lines, second(at))).unwrap();
}

/// Desires, flies and sends one figure.
fn push(db: &Db, id: &str, figure: i64, at: i64) {
    desire(db, &[(id, figure)]);
    fly(db, 1, &[id]);
    sent(db, 1, &[(id, figure)], at);
}

fn dirty(db: &Db, limit: u64) -> Vec<String> {
    let rows = db.ask(|tx| tx.dirty_listings(CHANNEL, limit)).unwrap();
    rows.into_iter().map(|row| row.listing).collect()
}

fn a_sku_maps_by_alias_then_by_equal_code(db: &Db) {
    items(db, &["A", "B"]);
    db.change(|tx| tx.put_alias(CHANNEL, "B", "A", "sam", second(0))).unwrap();
    let listings = [listing("1", "A", 0), listing("2", "B", 0), listing("3", "a", 0), listing("4", "", 0)];
    let new = read(db, &listings, 1);
    let mapped: Vec<_> = new.iter().map(|row| (row.listing.as_str(), row.item.as_deref())).collect();
    assert_eq!(mapped, [("1", Some("A")), ("2", Some("A")), ("3", None), ("4", None)]);
    let of_a = db.ask(|tx| tx.listings_of_item("A")).unwrap();
    assert_eq!(of_a.iter().map(|row| row.listing.as_str()).collect::<Vec<_>>(), ["1", "2"]);
    assert_eq!(of_a.first(), new.first());
    assert!(db.ask(|tx| tx.listings_of_item("B")).unwrap().is_empty());
    let unmapped = |limit| db.ask(|tx| tx.unmapped_skus(CHANNEL, limit)).unwrap();
    assert_eq!((unmapped(9), unmapped(1)), (vec![String::new(), "a".to_owned()], vec![String::new()]));
    // The item master learns of it: the next read maps it and says so.
    items(db, &["a"]);
    let remapped = read(db, &listings, 2);
    assert_eq!(remapped.len(), 1, "{remapped:?}");
    assert_eq!(remapped.first().unwrap().item.as_deref(), Some("a"));
}

/// Few codes are looked up, many are walked beside: both find an item's several listings, and nothing for a gap.
fn what_figures_depend_on_is_read_beside_the_codes(db: &Db) {
    let codes: Vec<String> = (0..400).map(|n| format!("I{n:03}")).collect();
    items(db, &codes.iter().filter(|code| *code != "I007").map(String::as_str).collect::<Vec<_>>());
    let of = |code: &str, copy: &str| listing(&format!("{code}{copy}"), code, 0);
    let listings: Vec<Listing> =
        codes.iter().step_by(2).flat_map(|code| [of(code, "a"), of(code, "b")]).chain([of("I999", "a")]).collect();
    read(db, &listings, 1);
    desire(db, &[("I004b", 9)]);
    let rows: Vec<_> = codes.iter().map(|item| Available { item: item.clone(), available: 5 }).take(300).collect();
    db.change(move |tx| tx.put_available(&rows, second(2))).unwrap();
    let figures = |codes: &[&str]| db.ask(|tx| tx.figures(codes)).unwrap();
    let all: Vec<&str> = codes.iter().map(String::as_str).collect();
    let walked = figures(&all);
    assert_eq!(walked.len(), 400);
    let looked_up: Vec<_> = all.iter().flat_map(|code| figures(&[code])).collect();
    assert_eq!(walked, looked_up);
    let shape = |at: usize| (walked[at].stock, walked[at].listed.iter().map(|row| row.desired).collect::<Vec<_>>());
    assert_eq!(shape(4), (Some((true, Some(5))), vec![None, Some(9)]));
    assert_eq!(shape(7), (None, vec![]), "not in the item master, not listed");
    assert_eq!(shape(8), (Some((true, Some(5))), vec![None, None]));
    assert_eq!(shape(398), (Some((true, None)), vec![None, None]), "no figure yet");
}

fn a_listing_read_again_keeps_its_figures(db: &Db) {
    read(db, &[listing("1", "sku 1", 3)], 0);
    push(db, "1", 5, 1);
    desire(db, &[("1", 6)]);
    let inactive = Listing {
        title: "New title".to_owned(),
        active: false,
        inactive_because: "no image".to_owned(),
        ..listing("1", "sku 1", 5)
    };
    assert!(read(db, &[inactive], 2).is_empty());
    let row = get(db, "1");
    assert_eq!((row.published, row.published_at, row.active), (5, second(2), false));
    assert_eq!((row.title.as_str(), row.inactive_because.as_str()), ("New title", "no image"));
    assert_eq!((row.desired, row.sent, row.sent_at, row.dirty), (Some(6), Some(5), Some(second(1)), true));
    // A page that was asked for earlier and came late changes nothing.
    assert!(read(db, &[listing("1", "sku 1", 1)], 1).is_empty());
    assert_eq!(get(db, "1"), row);
}

fn a_new_alias_maps_at_once(db: &Db) {
    items(db, &["A"]);
    read(db, &[listing("1", "x", 0), listing("2", "x", 0), listing("3", "y", 0)], 0);
    db.change(|tx| tx.put_alias(CHANNEL, "x", "A", "sam", second(0))).unwrap();
    let mapped = db.change(|tx| tx.remap(CHANNEL, "x")).unwrap();
    assert_eq!(mapped.len(), 2);
    assert!(mapped.iter().all(|row| row.item.as_deref() == Some("A")), "{mapped:?}");
    assert_eq!(db.ask(|tx| tx.listings_of_item("A")).unwrap(), mapped);
    assert_eq!(db.ask(|tx| tx.unmapped_skus(CHANNEL, 9)).unwrap(), ["y"]);
}

fn figures_wait_fly_and_arrive(db: &Db) {
    four(db);
    // What is shown already need not be sent.
    assert_eq!(desire(db, &[("1", 0), ("2", 7), ("nobody", 1)]), 1);
    assert_eq!((get(db, "1").desired, get(db, "1").dirty), (Some(0), false));
    assert_eq!(desire(db, &[("2", 8)]), 0);
    assert_eq!(dirty(db, 9), ["2"]);
    fly(db, 50, &["2"]);
    assert_eq!((get(db, "2").flying, dirty(db, 9)), (Some(50), vec![]));
    // Somebody else's effect does not land it.
    sent(db, 51, &[("2", 8)], 3);
    assert_eq!(get(db, "2").flying, Some(50));
    sent(db, 50, &[("2", 8)], 4);
    let row = get(db, "2");
    assert_eq!((row.sent, row.sent_at, row.flying, row.dirty), (Some(8), Some(second(4)), None, false));
    // From now on what was sent counts, not what was read.
    assert_eq!(desire(db, &[("2", 8)]), 0);
    assert_eq!(desire(db, &[("2", 0)]), 1);
    // Back again before it was sent: nothing to send.
    assert_eq!(desire(db, &[("2", 8)]), 0);
    assert!(dirty(db, 9).is_empty());
    let again = StockUpdate { again: true, ..update("2", 8) };
    assert_eq!(db.change(move |tx| tx.set_desired(&[again])).unwrap(), 1);
    assert_eq!(dirty(db, 9), ["2"]);
    // Of several figures for one listing the last holds, in any order of listings.
    assert_eq!(desire(db, &[("3", 1), ("1", 5), ("3", 2), ("1", 0)]), 1);
    assert_eq!((get(db, "3").desired, get(db, "1").desired), (Some(2), Some(0)));
}

fn a_figure_that_moves_on_in_flight_waits_again(db: &Db) {
    four(db);
    desire(db, &[("1", 5), ("2", 5)]);
    fly(db, 50, &["1", "2"]);
    desire(db, &[("1", 6), ("2", 5)]);
    assert!(dirty(db, 9).is_empty());
    sent(db, 50, &[("1", 5), ("2", 5)], 1);
    assert_eq!(dirty(db, 9), ["1"]);
    assert_eq!((get(db, "1").sent, get(db, "1").desired), (Some(5), Some(6)));
}

fn a_flight_that_fails_lands(db: &Db) {
    four(db);
    let land = |effect, retry| db.change(move |tx| tx.stock_landed(CHANNEL, effect, retry)).unwrap();
    desire(db, &[("1", 5), ("2", 5), ("3", 5)]);
    fly(db, 50, &["1"]);
    fly(db, 51, &["2", "3"]);
    land(50, true);
    assert_eq!((dirty(db, 9), get(db, "1").flying), (vec!["1".to_owned()], None));
    // Refused for good: it rests until its figure moves, which that of 3 did.
    desire(db, &[("2", 5), ("3", 6)]);
    land(51, false);
    assert_eq!(dirty(db, 9), ["1", "3"]);
    assert_eq!((get(db, "2").flying, get(db, "2").sent), (None, None));
    desire(db, &[("2", 6)]);
    assert_eq!(dirty(db, 9), ["1", "2", "3"]);
}

fn only_waiting_figures_are_taken_and_in_order(db: &Db) {
    read(db, &["b", "c", "a"].map(|id| listing(id, &format!("sku {id}"), 0)), 0);
    assert_eq!(desire(db, &[("c", 1), ("a", 1), ("b", 1)]), 3);
    assert_eq!(dirty(db, 9), ["a", "b", "c"]);
    assert_eq!(dirty(db, 2).len(), 2);
    assert!(db.ask(|tx| tx.dirty_listings("elsewhere", 9)).unwrap().is_empty());
    fly(db, 50, &["a"]);
    assert_eq!(dirty(db, 9), ["b", "c"]);
}

fn a_read_back_that_differs_is_noticed_when_it_proves_something(db: &Db) {
    four(db);
    let shown = |id: &str, published, asked| read(db, &[listing(id, &format!("sku {id}"), published)], asked);
    // Nothing was ever sent: whatever is shown is what was there.
    assert!(shown("1", 9, 1).is_empty());
    push(db, "1", 5, 10);
    // Sent less than ten seconds before the read: the channel may not show it yet.
    assert!(shown("1", 9, 20).is_empty());
    assert_eq!(get(db, "1").differs, 0);
    let differing = shown("1", 9, 21);
    assert_eq!(differing.iter().map(|row| row.differs).collect::<Vec<_>>(), [1]);
    assert_eq!(differing, [get(db, "1")]);
    assert_eq!(shown("1", 9, 22).first().unwrap().differs, 2);
    let stubborn = || db.ask(|tx| tx.stock_counts(second(0))).unwrap()[0].stubborn;
    assert_eq!(stubborn(), 0);
    assert_eq!(shown("1", 9, 23).first().unwrap().differs, 3);
    assert_eq!(stubborn(), 1);
    // A figure waits or flies: neither raises nor clears.
    desire(db, &[("1", 6)]);
    assert!(shown("1", 9, 24).is_empty());
    fly(db, 50, &["1"]);
    assert!(shown("1", 9, 24).is_empty());
    assert_eq!(get(db, "1").differs, 3);
    sent(db, 50, &[("1", 6)], 25);
    assert!(shown("1", 6, 26).is_empty());
    assert_eq!(get(db, "1").differs, 0);
}

fn a_channel_that_sells_meanwhile_does_not_differ(db: &Db) {
    four(db);
    let differs = |published, asked| {
        read(db, &[listing("1", "sku 1", published)], asked);
        get(db, "1").differs
    };
    push(db, "1", 20, 1);
    assert_eq!(differs(20, 12), 0);
    assert_eq!(differs(17, 13), 0, "three were sold");
    assert_eq!(differs(16, 14), 0, "and another one");
    assert_eq!(differs(16, 15), 1, "nobody has told us of an order: it stays there");
    push(db, "1", 10, 16);
    assert_eq!(differs(16, 27), 2, "the channel does not show what was sent");
    assert_eq!(differs(13, 28), 3, "though it sells");
    assert_eq!(differs(9, 29), 3, "below what was sent");
    assert_eq!(differs(12, 30), 4, "somebody has raised it");
}

fn a_figure_that_was_right_from_the_start_is_watched_too(db: &Db) {
    let shown = |published, asked| read(db, &[listing("1", "sku 1", published)], asked);
    shown(5, 0);
    desire(db, &[("1", 5)]);
    assert!(dirty(db, 9).is_empty(), "nothing to send");
    assert!(shown(5, 1).is_empty());
    assert_eq!(shown(8, 2).iter().map(|row| row.differs).collect::<Vec<_>>(), [1]);
    assert!(shown(5, 3).is_empty());
    assert_eq!(get(db, "1").differs, 0);
}

fn listings_that_were_not_read_are_dropped(db: &Db) {
    four(db);
    desire(db, &[("3", 1), ("4", 1)]);
    read(db, &[listing("1", "sku 1", 0), listing("4", "sku 4", 0)], 5);
    let drop_unread =
        |connection: &'static str, before| db.change(move |tx| tx.drop_listings(connection, second(before))).unwrap();
    assert_eq!(drop_unread("elsewhere", 5), 0);
    assert_eq!(drop_unread(CHANNEL, 0), 0);
    assert_eq!(drop_unread(CHANNEL, 5), 2);
    let left = |id| db.ask(|tx| tx.listings_of_sku(CHANNEL, &format!("sku {id}"))).unwrap().len();
    assert_eq!([left(1), left(2), left(3), left(4)], [1, 0, 0, 1]);
    assert_eq!(dirty(db, 9), ["4"]);
}

fn the_counts_tell_what_a_push_would_do(db: &Db) {
    items(db, &["sku 1", "sku 2"]);
    let counts = |since| db.ask(|tx| tx.stock_counts(second(since))).unwrap();
    assert!(counts(0).is_empty());
    four(db);
    let row = |differ, waiting, to_zero, in_stock, zeroed| StockCountRow {
        connection: CHANNEL.to_owned(),
        listings: 4,
        differ,
        stubborn: 0,
        unmapped: 2,
        waiting,
        to_zero,
        in_stock,
        zeroed,
    };
    assert_eq!(counts(0), [row(0, 0, 0, 0, 0)]);
    push(db, "1", 5, 10);
    push(db, "2", 5, 10);
    assert_eq!(counts(0), [row(0, 0, 0, 2, 0)]);
    desire(db, &[("1", 0), ("2", 4), ("3", 0)]);
    assert_eq!(counts(0), [row(0, 2, 1, 2, 0)]);
    // On its way it still counts as a listing that goes to 0.
    fly(db, 50, &["1"]);
    assert_eq!(counts(0), [row(0, 1, 1, 2, 0)]);
    sent(db, 50, &[("1", 0)], 20);
    assert_eq!(counts(20), [row(0, 1, 0, 1, 1)]);
    assert_eq!(counts(21), [row(0, 1, 0, 1, 0)]);
    // It shows 3 all the same; a correction to 0 would take 3 from sale.
    read(db, &[listing("1", "sku 1", 3)], 40);
    assert_eq!(counts(20), [row(1, 1, 0, 2, 1)]);
    let again = StockUpdate { again: true, ..update("1", 0) };
    db.change(move |tx| tx.set_desired(&[again])).unwrap();
    assert_eq!(counts(20), [row(1, 2, 1, 2, 1)]);
}
