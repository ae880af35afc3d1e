//! An order on its way into the warehouse: XML around CSV, read back by an XML reader and a CSV reader of others.

use crossdock_connector::{Connector as _, RejectCode, Stage, Step};
use serde_json::json;

use super::tenant::{SESSION, TENANT, create, draft, element};
use crate::check::now;
use crate::cut::Cut;

/// First byte: header or lines. Then one line each: number, two address lines, town, item, and the message.
pub(crate) fn run(input: &[u8]) {
    let mut cut = Cut::new(input);
    let stage = *cut.choose(&["put-header", "put-lines"]);
    let (number, item) = (cut.text(), cut.text());
    let mut order = draft(&number, &[(&item, 3)]);
    order.ship_to.line1 = cut.text().into();
    order.ship_to.line2 = cut.text().into();
    order.ship_to.city = cut.text().into();
    order.ship_to.company = cut.text().into();
    order.message = cut.rest_text().into();
    let operation = create(order.clone());
    let (stage, note) = (Stage::new(stage), json!({ "read_at": now().to_string() }));
    let step = Step { effect: "xd-1", operation: &operation, stage: &stage, note: &note, attempt: 0 };
    let call = match TENANT.plan(&[step], &SESSION) {
        Ok(call) => call,
        Err(rejection) => {
            assert_eq!(rejection.code, RejectCode::CannotExpress, "{rejection:?}");
            assert!(rejection.detail.chars().count() < 600, "a novel: {}", rejection.detail);
            return;
        }
    };
    let csv = element(&call, "CsvData");
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(csv.as_bytes());
    let rows: Vec<Vec<String>> =
        reader.records().map(|row| row.expect("rows of equal length").iter().map(str::to_owned).collect()).collect();
    assert_eq!(rows.len(), 2, "a header and one row: {csv}");
    let value = |name: &str| rows[0].iter().position(|header| header == name).map_or("", |at| rows[1][at].as_str());
    assert_eq!(value("SalesOrderNumber"), number);
    let sent: &[(&str, &str)] = if stage.as_str() == "put-lines" {
        &[("ItemCode", &item), ("QuantityOrdered", "3"), ("Line", "1")]
    } else {
        &[
            ("ShippingAddressLine1", order.ship_to.line1.text()),
            ("ShippingAddressLine2", order.ship_to.line2.text()),
            ("ShippingAddressCity", order.ship_to.city.text()),
            ("Attribute1", order.message.text()),
        ]
    };
    for (name, meant) in sent {
        assert_eq!(words(value(name)), words(meant), "{name}");
    }
    assert!(rows[1].iter().all(|cell| !cell.is_empty()), "an empty cell blanks what is stored");
}

/// Blanks and line breaks may be told apart no more; nothing else may change.
fn words(text: &str) -> Vec<&str> {
    text.split(char::is_whitespace).filter(|word| !word.is_empty()).collect()
}
