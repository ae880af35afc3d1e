//! Pages of stock.

use crossdock_model::{Available, Item, Listing};

use super::{Db, promises, second};
use crate::{StockQuery, StockUpdate};

promises!(
    a_page_lists_items_with_their_listings_then_listings_without_item,
    a_page_is_filtered_by_what_matters,
    a_page_is_filtered_by_text,
    a_page_is_cut_and_its_total_is_not,
);

/// Items A, B, C; A listed at two channels, B at one, C nowhere; one listing that nobody knows.
fn stock(db: &Db) {
    db.change(|tx| {
        let item =
            |code: &str| Item { code: code.to_owned(), name: String::new(), barcode: String::new(), active: true };
        tx.put_items(&[item("A-1"), item("B-1"), item("C-1")], second(0))?;
        let figure = |item: &str| Available { item: item.to_owned(), available: 10 };
        tx.put_available(&[figure("A-1"), figure("B-1"), figure("C-1")], second(0))?;
        tx.put_alias("mp", "Z-9", "A-1", "sam", second(0))?;
        let listing = |id: &str, sku: &str| Listing {
            id: id.to_owned(),
            sku: sku.to_owned(),
            title: String::new(),
            published: 10,
            active: true,
            inactive_because: String::new(),
        };
        tx.put_listings("jl", &[listing("1", "A-1"), listing("2", "B-1"), listing("3", "U-1")], second(0), second(0))?;
        tx.put_listings("mp", &[listing("1", "Z-9")], second(0), second(0))?;
        Ok(())
    })
    .unwrap();
}

fn desire(db: &Db, connection: &str, listing: &str, desired: i64) {
    let update = StockUpdate { connection: connection.to_owned(), listing: listing.to_owned(), desired, again: false };
    db.change(move |tx| tx.set_desired(&[update])).unwrap();
}

/// The page as text: `item: channel/listing …`.
fn page(db: &Db, text: Option<&str>, only: Option<&str>, (offset, limit): (u64, u64)) -> (Vec<String>, u64) {
    let query = StockQuery { text: text.map(str::to_owned), only: only.map(str::to_owned), offset, limit };
    let (rows, total) = db.ask(|tx| tx.stock_page(&query)).unwrap();
    let line = |(item, listings): (Option<crate::ItemRow>, Vec<crate::ListingRow>)| {
        let code = item.map_or_else(|| "-".to_owned(), |row| row.item.code);
        let listings: Vec<_> = listings.iter().map(|row| format!(" {}/{}", row.connection, row.listing)).collect();
        format!("{code}:{}", listings.concat())
    };
    (rows.into_iter().map(line).collect(), total)
}

const WHOLE: (u64, u64) = (0, 100);
const A: &str = "A-1: jl/1 mp/1";
const B: &str = "B-1: jl/2";
const C: &str = "C-1:";
const U: &str = "-: jl/3";

fn a_page_lists_items_with_their_listings_then_listings_without_item(db: &Db) {
    assert_eq!(page(db, None, None, WHOLE), (vec![], 0));
    stock(db);
    assert_eq!(page(db, None, None, WHOLE), ([A, B, C, U].map(str::to_owned).to_vec(), 4));
}

fn a_page_is_filtered_by_what_matters(db: &Db) {
    stock(db);
    let only = |only| page(db, None, Some(only), WHOLE).0;
    assert_eq!(only("unmapped"), [U]);
    for none in ["differ", "waiting", "withheld"] {
        assert!(only(none).is_empty(), "{none}");
    }
    desire(db, "mp", "1", 4);
    assert_eq!((only("waiting"), only("withheld")), (vec![A.to_owned()], vec![A.to_owned()]));
    db.change(|tx| {
        tx.stock_flying("mp", 1, &["1".to_owned()])?;
        tx.stock_sent("mp", 1, &[("1".to_owned(), 4)], second(1))
    })
    .unwrap();
    assert_eq!((only("waiting"), only("withheld")), (vec![], vec![A.to_owned()]));
    db.change(|tx| {
        let still_ten = Listing {
            id: "1".to_owned(),
            sku: "Z-9".to_owned(),
            title: String::new(),
            published: 10,
            active: true,
            inactive_because: String::new(),
        };
        tx.put_listings("mp", &[still_ten], second(9), second(5))
    })
    .unwrap();
    assert_eq!(only("differ"), [A]);
}

fn a_page_is_filtered_by_text(db: &Db) {
    stock(db);
    desire(db, "mp", "1", 4);
    let text = |text, only| page(db, Some(text), only, WHOLE).0;
    assert_eq!(text("a-", None), [A]);
    // By the SKU that the channel knows it by.
    assert_eq!(text("Z-9", None), [A]);
    assert_eq!(text("U", None), [U]);
    assert!(text("-1", None).is_empty());
    assert_eq!(text(" ", None).len(), 4);
    assert_eq!(text("A", Some("waiting")), [A]);
    assert!(text("B", Some("waiting")).is_empty());
    assert_eq!(text("U", Some("unmapped")), [U]);
    assert!(text("A", Some("unmapped")).is_empty());
    assert_eq!(text("A", Some("withheld")), [A]);
    assert!(text("A", Some("differ")).is_empty());
}

fn a_page_is_cut_and_its_total_is_not(db: &Db) {
    stock(db);
    assert_eq!(page(db, None, None, (1, 2)), ([B, C].map(str::to_owned).to_vec(), 4));
    assert_eq!(page(db, None, None, (3, 9)), (vec![U.to_owned()], 4));
    assert_eq!(page(db, None, None, (4, 9)), (vec![], 4));
}
