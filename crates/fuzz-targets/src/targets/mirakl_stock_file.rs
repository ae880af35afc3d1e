//! A stock file on its way to Mirakl: a form around CSV, read back by other means.

use crossdock_connector::{Connector as _, Operation, RejectCode, Session, Stage, Step, StockLine};

use super::mirakl_answer::SHOP;
use crate::check::now;
use crate::cut::Cut;

/// A line with the effect's id, then one SKU on each line; its length makes the quantity.
pub(crate) fn run(input: &[u8]) {
    let mut cut = Cut::new(input);
    let effect = cut.text();
    let skus = cut.rest_text();
    let line = |sku: &str| StockLine {
        listing: sku.to_owned(),
        sku: "own".to_owned(),
        quantity: i64::try_from(sku.len()).unwrap_or(0) - 2,
    };
    let lines: Vec<StockLine> = skus.split('\n').map(line).collect();
    let operation = Operation::SetStock { lines: lines.clone() };
    let (stage, note) = (Stage::new("upload"), serde_json::Value::Null);
    let step = Step { effect: &effect, operation: &operation, stage: &stage, note: &note, attempt: 0 };
    let session = Session { now: now(), ..Session::default() };
    let call = match SHOP.plan(&[step], &session) {
        Ok(call) => call,
        Err(rejection) => {
            assert_eq!(rejection.code, RejectCode::CannotExpress, "{rejection:?}");
            return;
        }
    };
    let kind = call.request.headers()["content-type"].to_str().expect("a media type is text");
    let boundary = kind.split("boundary=").nth(1).expect("a form has a boundary");
    assert!(boundary.len() <= 70 && boundary.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'), "{boundary}");
    let body = std::str::from_utf8(call.request.body()).expect("the form is UTF-8");
    let parts: Vec<&str> = body.split(&format!("--{boundary}")).collect();
    assert_eq!(parts.len(), 3, "one part between two boundaries: {body}");
    let (head, file) = parts[1].split_once("\r\n\r\n").expect("a part has a head and a body");
    assert!(head.contains("name=\"file\"") && parts[2].trim() == "--", "{body}");
    let mut reader = csv::ReaderBuilder::new().delimiter(b';').from_reader(file.as_bytes());
    let rows: Vec<(String, i64)> = reader
        .records()
        .map(|row| row.expect("rows of equal length"))
        .map(|row| (row[0].to_owned(), row[1].parse().expect("a quantity is a number")))
        .collect();
    let sayable = |line: &&StockLine| {
        let sku = if line.listing.trim().is_empty() { &line.sku } else { &line.listing };
        !sku.chars().any(char::is_control)
    };
    let meant: Vec<(String, i64)> = lines
        .iter()
        .filter(sayable)
        .map(
            |line| if line.listing.trim().is_empty() { (line.sku.clone(), line) } else { (line.listing.clone(), line) },
        )
        .map(|(sku, line)| (sku, line.quantity.max(0)))
        .collect();
    assert_eq!(rows, meant, "{body}");
}
