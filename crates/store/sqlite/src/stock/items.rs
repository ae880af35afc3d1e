//! The item master and its kits.

use std::collections::BTreeMap;

use crossdock_model::{Item, KitPart};
use crossdock_store::{ItemFigures, ItemRow, ListedFigure, StoreError};
use rusqlite::{Row, params};

use super::item_row;
use crate::merge::{Source, compare};
use crate::sql::{item as sql, listing};
use crate::tx::{SqlTx, int};

pub(super) fn put(tx: &SqlTx<'_>, items: &[Item]) -> Result<u64, StoreError> {
    let mut changed = 0;
    for item in items {
        changed += tx.run(sql::PUT, params![tx.merchant, item.code, item.name, item.barcode, item.active])?;
    }
    Ok(changed)
}

/// Texts that contain the text, whatever its case (of ASCII letters).
pub(super) fn similar(tx: &SqlTx<'_>, text: &str, limit: u64) -> Result<Vec<ItemRow>, StoreError> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(Vec::new());
    }
    let mut literal = String::with_capacity(text.len() + 2);
    for letter in text.chars() {
        if matches!(letter, '%' | '_' | '\\') {
            literal.push('\\');
        }
        literal.push(letter);
    }
    let params = params![tx.merchant, format!("%{literal}%"), format!("{literal}%"), int(limit)];
    tx.all(sql::SIMILAR, params, item_row)
}

/// Items and listings lie in two trees: each is walked once beside the codes.
pub(super) fn figures(tx: &SqlTx<'_>, codes: &[&str]) -> Result<Vec<ItemFigures>, StoreError> {
    let mut found = vec![ItemFigures::default(); codes.len()];
    let items = Source { stretch: sql::STOCK, single: sql::STOCK_OF, scope: &[&tx.merchant] };
    compare(tx, &items, codes, &mut |index, stored| {
        if let (Some(row), Some(figures)) = (stored, found.get_mut(index)) {
            figures.stock = Some((row.get(1)?, row.get(2)?));
        }
        Ok(())
    })?;
    let listed = Source { stretch: listing::FIGURES, single: listing::FIGURES_OF, scope: &[&tx.merchant] };
    compare(tx, &listed, codes, &mut |index, stored| {
        if let (Some(row), Some(figures)) = (stored, found.get_mut(index)) {
            let figure = ListedFigure { connection: row.get(1)?, listing: row.get(2)?, desired: row.get(3)? };
            figures.listed.push(figure);
        }
        Ok(())
    })?;
    Ok(found)
}

pub(super) fn kit_part(row: &Row<'_>) -> rusqlite::Result<KitPart> {
    Ok(KitPart { kit: row.get(0)?, component: row.get(1)?, quantity: row.get(2)? })
}

/// A bill of materials may name a component twice; then a kit needs the sum.
pub(super) fn put_kits(tx: &SqlTx<'_>, parts: &[KitPart]) -> Result<bool, StoreError> {
    let mut wanted: BTreeMap<(&str, &str), i64> = BTreeMap::new();
    for part in parts {
        let quantity = wanted.entry((&part.kit, &part.component)).or_insert(0);
        *quantity = quantity.saturating_add(part.quantity);
    }
    let stored = tx.all(sql::ALL_PARTS, params![tx.merchant], kit_part)?;
    let same = stored.len() == wanted.len()
        && stored.iter().zip(&wanted).all(|(part, ((kit, component), quantity))| {
            part.kit == *kit && part.component == *component && part.quantity == *quantity
        });
    if same {
        return Ok(false);
    }
    tx.run(sql::DROP_KITS, params![tx.merchant])?;
    for ((kit, component), quantity) in wanted {
        tx.run(sql::ADD_PART, params![tx.merchant, kit, component, quantity])?;
    }
    Ok(true)
}
