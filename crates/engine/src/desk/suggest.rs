//! Likenesses, for a person to choose from. Nothing here is ever acted on.

use crossdock_model::Carrier;
use crossdock_store::{ItemRow, ReadTx, StockQuery, StoreError};

/// Below this likeness (Jaro-Winkler, 0 to 1) a suggestion would only mislead.
const ALIKE: f64 = 0.72;

/// How many suggestions a person is shown.
const MOST: usize = 3;

/// Above this many items the whole catalogue is not searched for a part of a code (it takes about a millisecond per
/// thousand); codes that begin like the SKU come from an index.
const SEARCHABLE: u64 = 50_000;

/// The active items whose codes are most like a SKU, best first; a barcode that fits exactly comes before all.
pub(super) fn items(tx: &dyn ReadTx, sku: &str, barcode: Option<&str>) -> Result<Vec<String>, StoreError> {
    let sku = sku.trim();
    let mut found: Vec<(f64, String)> = Vec::new();
    let mut add = |rows: Vec<ItemRow>| {
        for row in rows.into_iter().filter(|row| row.item.active) {
            let same_barcode = barcode.is_some_and(|code| !code.is_empty() && code == row.item.barcode);
            let likeness = if same_barcode { 2.0 } else { likeness(sku, &row.item.code) };
            if likeness >= ALIKE && !found.iter().any(|(_, code)| *code == row.item.code) {
                found.push((likeness, row.item.code));
            }
        }
    };
    if tx.item_count()? > SEARCHABLE {
        add(beginning_like(tx, sku)?);
    } else {
        if let Some(barcode) = barcode.map(str::trim).filter(|code| code.len() >= 8) {
            add(tx.similar_items(barcode, 5)?);
        }
        for text in fragments(sku) {
            add(tx.similar_items(text, 50)?);
        }
    }
    found.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    Ok(found.into_iter().take(MOST).map(|(_, code)| code).collect())
}

/// Items whose codes share the first two thirds of the SKU.
pub(super) fn beginning_like(tx: &dyn ReadTx, sku: &str) -> Result<Vec<ItemRow>, StoreError> {
    let prefix: String = sku.chars().take((sku.chars().count() * 2).div_ceil(3)).collect();
    if prefix.is_empty() {
        return Ok(Vec::new());
    }
    let (rows, _) = tx.stock_page(&StockQuery { text: Some(prefix), limit: 50, ..StockQuery::default() })?;
    Ok(rows.into_iter().filter_map(|(item, _)| item).collect())
}

/// The SKU itself and its two longest parts: an index cannot search by likeness, so candidates share a part.
fn fragments(sku: &str) -> Vec<&str> {
    let mut parts: Vec<&str> = sku
        .split(|letter: char| !letter.is_alphanumeric())
        .filter(|part| part.chars().count() >= 3 && *part != sku)
        .collect();
    parts.sort_by_key(|part| std::cmp::Reverse(part.len()));
    parts.truncate(2);
    if !sku.is_empty() {
        parts.insert(0, sku);
    }
    parts
}

/// The carriers most like a name or code, best first.
pub(super) fn carriers<'a>(list: &'a [Carrier], name: &str) -> Vec<&'a Carrier> {
    let mut found: Vec<(f64, &Carrier)> = list
        .iter()
        .map(|carrier| (likeness(name, &carrier.name).max(likeness(name, &carrier.code)), carrier))
        .filter(|(likeness, _)| *likeness >= ALIKE)
        .collect();
    found.sort_by(|a, b| b.0.total_cmp(&a.0));
    found.into_iter().take(MOST).map(|(_, carrier)| carrier).collect()
}

fn likeness(a: &str, b: &str) -> f64 {
    strsim::jaro_winkler(&a.to_lowercase(), &b.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_carrier_is_suggested_by_likeness_of_its_name() {
        let list = [("68", "Evri"), ("rm", "Royal Mail")]
            .map(|(code, name)| Carrier { code: code.to_owned(), name: name.to_owned() });
        let codes: Vec<&str> = carriers(&list, "EVRI 24").iter().map(|carrier| carrier.code.as_str()).collect();
        assert_eq!(codes, ["68"]);
        assert!(carriers(&list, "House van").is_empty());
    }

    #[test]
    fn candidates_share_the_longest_parts() {
        assert_eq!(fragments("JL-88213-NVY"), ["JL-88213-NVY", "88213", "NVY"]);
        assert_eq!(fragments("ABC"), ["ABC"]);
        assert!(fragments("").is_empty());
    }
}
