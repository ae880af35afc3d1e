//! Documents as they came, deflated, once per content.

use std::io::{Read, Write};

use crossdock_store::StoreError;
use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use jiff::Timestamp;
use rusqlite::params;

use crate::sql::journal as sql;
use crate::tx::{SqlTx, micros};

pub(super) fn keep(tx: &SqlTx<'_>, flow: i64, raw: &[u8], now: Timestamp) -> Result<(), StoreError> {
    let hash = blake3::hash(raw);
    let size = i64::try_from(raw.len()).unwrap_or(i64::MAX);
    let body = deflated(raw)?;
    tx.run(sql::KEEP_RAW, params![tx.merchant, flow, hash.as_bytes().as_slice(), micros(now), size, body])?;
    Ok(())
}

pub(super) fn newest(tx: &SqlTx<'_>, flow: i64) -> Result<Option<Vec<u8>>, StoreError> {
    let newest = tx.one(sql::NEWEST_RAW, params![flow, tx.merchant], |row| row.get::<_, i64>(0))?;
    let Some(id) = newest else { return Ok(None) };
    let stored =
        tx.one(sql::RAW_BODY, params![id, tx.merchant], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, Vec<u8>>(1)?)))?;
    stored.map(|(size, body)| inflated(&body, size)).transpose()
}

/// The lowest level: it takes most of what there is to take from JSON, in a third of the time, on the one writing thread.
fn deflated(raw: &[u8]) -> Result<Vec<u8>, StoreError> {
    let mut encoder = ZlibEncoder::new(Vec::with_capacity(raw.len() / 3), Compression::fast());
    encoder
        .write_all(raw)
        .and_then(|()| encoder.finish())
        .map_err(|error| StoreError::Bug(format!("a document could not be deflated: {error}")))
}

fn inflated(body: &[u8], size: i64) -> Result<Vec<u8>, StoreError> {
    let damaged = || StoreError::Corrupt("a kept document does not inflate to its size".to_owned());
    let size = u64::try_from(size).map_err(|_| damaged())?;
    let mut raw = Vec::new();
    ZlibDecoder::new(body).take(size.saturating_add(1)).read_to_end(&mut raw).map_err(|_| damaged())?;
    if raw.len() as u64 == size { Ok(raw) } else { Err(damaged()) }
}
