//! Compares sorted input with stored rows.
//!
//! A look-up per row costs a million descents into a tree; one ordered cursor that walks beside the input costs a
//! million steps. Input that is sparse (a few events) is looked up all the same, because the walk would read everything
//! between its first key and its last.

use std::cmp::Ordering;

use crossdock_store::StoreError;
use rusqlite::{Row, ToSql};

use crate::failure::failed;
use crate::tx::SqlTx;

/// Fewer keys than this are looked up.
const WALK_FROM: usize = 256;
/// Rows that a walk may pass over for each key before it gives up and looks the rest up.
const PASSED_PER_KEY: usize = 8;

/// The statements that read rows of one kind: both give the key first; `stretch` ends with the first and the last key,
/// `single` with the key.
pub(crate) struct Source<'a> {
    pub(crate) stretch: &'static str,
    pub(crate) single: &'static str,
    pub(crate) scope: &'a [&'a dyn ToSql],
}

/// Calls `each` with the position of every key and each of its rows, or `None` when there is none. Keys must be sorted by
/// their bytes and be given once.
pub(crate) fn compare(
    tx: &SqlTx<'_>,
    source: &Source<'_>,
    keys: &[&str],
    each: &mut dyn FnMut(usize, Option<&Row<'_>>) -> rusqlite::Result<()>,
) -> Result<(), StoreError> {
    let walked = if keys.len() < WALK_FROM { 0 } else { walk(tx, source, keys, each)? };
    let mut single = tx.conn.prepare_cached(source.single).map_err(failed)?;
    for (index, key) in keys.iter().enumerate().skip(walked) {
        let mut params = source.scope.to_vec();
        params.push(key);
        let mut rows = single.query(params.as_slice()).map_err(failed)?;
        let mut none = true;
        while let Some(row) = rows.next().map_err(failed)? {
            none = false;
            each(index, Some(row)).map_err(failed)?;
        }
        if none {
            each(index, None).map_err(failed)?;
        }
    }
    Ok(())
}

/// Walks as far as it pays and says how many keys it has done.
fn walk(
    tx: &SqlTx<'_>,
    source: &Source<'_>,
    keys: &[&str],
    each: &mut dyn FnMut(usize, Option<&Row<'_>>) -> rusqlite::Result<()>,
) -> Result<usize, StoreError> {
    let (Some(first), Some(last)) = (keys.first(), keys.last()) else {
        return Ok(0);
    };
    let mut params = source.scope.to_vec();
    params.push(first);
    params.push(last);
    let mut stretch = tx.conn.prepare_cached(source.stretch).map_err(failed)?;
    let mut rows = stretch.query(params.as_slice()).map_err(failed)?;
    let mut row = rows.next().map_err(failed)?;
    let mut patience = keys.len().saturating_mul(PASSED_PER_KEY);
    for (index, key) in keys.iter().enumerate() {
        let mut none = true;
        loop {
            let order = match row {
                None => Ordering::Greater,
                Some(stored) => {
                    let stored = stored.get_ref(0).and_then(|key| Ok(key.as_bytes()?)).map_err(failed)?;
                    stored.cmp(key.as_bytes())
                }
            };
            match order {
                Ordering::Less if patience == 0 => return Ok(index),
                Ordering::Less => {
                    patience -= 1;
                    row = rows.next().map_err(failed)?;
                }
                Ordering::Equal => {
                    none = false;
                    each(index, row).map_err(failed)?;
                    row = rows.next().map_err(failed)?;
                }
                Ordering::Greater => {
                    if none {
                        each(index, None).map_err(failed)?;
                    }
                    break;
                }
            }
        }
    }
    Ok(keys.len())
}
