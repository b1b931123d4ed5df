//! States of services as bytes, by room and kind.

use crate::store::types::Blob;
use rusqlite::{Connection, Error, OptionalExtension, Transaction, params};

/// Number of states that are kept: the most recently saved ones.
pub(in crate::store) const MAX_BLOBS: i64 = 1024;
/// A state that was not saved for this long belongs to a room that no longer exists.
const BLOB_KEPT_S: i64 = 90 * 86_400;

/// Always returns true.
pub(in crate::store) fn write(
    transaction: &Transaction<'_>,
    room: &str,
    kind: &str,
    blob: &Blob,
    now_s: i64,
) -> Result<bool, Error> {
    let sql =
        "INSERT OR REPLACE INTO market (room, kind, version, data, saved_s) VALUES (?1, ?2, ?3, ?4, ?5)";
    let values = params![room, kind, blob.version, blob.bytes, now_s];
    transaction.prepare_cached(sql)?.execute(values).map(|_| true)
}

/// A stored state.
pub(in crate::store) fn find(connection: &Connection, room: &str, kind: &str) -> Result<Option<Blob>, Error> {
    let sql = "SELECT version, data FROM market WHERE room = ?1 AND kind = ?2";
    let blob = |row: &rusqlite::Row<'_>| Ok(Blob { version: row.get(0)?, bytes: row.get(1)? });
    connection.prepare_cached(sql)?.query_row([room, kind], blob).optional()
}

/// Deletes the states of rooms that no longer exist. Those of `lasting` rooms are kept whatever their age.
pub(in crate::store) fn prune(
    transaction: &Transaction<'_>,
    now_s: i64,
    lasting: &[String],
) -> Result<(), Error> {
    transaction.execute("CREATE TEMP TABLE IF NOT EXISTS lasting (room TEXT PRIMARY KEY)", [])?;
    transaction.execute("DELETE FROM lasting", [])?;
    let mut insert = transaction.prepare_cached("INSERT OR IGNORE INTO lasting (room) VALUES (?1)")?;
    lasting.iter().try_for_each(|room| insert.execute([room]).map(drop))?;
    drop(insert);
    let sql = "DELETE FROM market WHERE saved_s < ?1 AND room NOT IN (SELECT room FROM lasting)";
    transaction.execute(sql, [now_s - BLOB_KEPT_S])?;
    let sql = "DELETE FROM market WHERE rowid IN
                   (SELECT rowid FROM market WHERE room NOT IN (SELECT room FROM lasting)
                    ORDER BY saved_s DESC, rowid DESC LIMIT -1 OFFSET ?1)";
    transaction.execute(sql, [MAX_BLOBS]).map(drop)
}
