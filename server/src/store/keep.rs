//! Smaller things to keep: whom a player does not want to hear, states of services, values by name.

use super::db::Db;
use super::types::{Blob, Blocked, MAX_BLOCKS, PlayerKey};
use rusqlite::{Error, OptionalExtension, Transaction, params};

/// States that are kept: those of the rooms that were saved last.
pub(super) const MAX_BLOBS: i64 = 1024;
/// A state that was not saved for so long is of a room that is no more.
const BLOB_KEPT_S: i64 = 90 * 86_400;

/// False if the player has blocked as many as can be.
pub(super) fn write_block(
    transaction: &Transaction<'_>,
    player: PlayerKey,
    other: PlayerKey,
    blocked: bool,
    now_s: i64,
) -> Result<bool, Error> {
    if !blocked {
        let sql = "DELETE FROM blocks WHERE player = ?1 AND blocked = ?2";
        return transaction.prepare_cached(sql)?.execute([player.0, other.0]).map(|_| true);
    }
    let sql = "INSERT INTO blocks (player, blocked, since_s) SELECT ?1, ?2, ?3
               WHERE (SELECT COUNT(*) FROM blocks WHERE player = ?1 AND blocked <> ?2) < ?4
               ON CONFLICT (player, blocked) DO UPDATE SET since_s = since_s";
    let values = params![player.0, other.0, now_s, MAX_BLOCKS as i64];
    transaction.prepare_cached(sql)?.execute(values).map(|changed| changed > 0)
}

/// Always true.
pub(super) fn write_blob(
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

/// Always true.
pub(super) fn write_value(transaction: &Transaction<'_>, key: &str, value: &[u8]) -> Result<bool, Error> {
    let sql = "INSERT OR REPLACE INTO kv (key, value) VALUES (?1, ?2)";
    transaction.prepare_cached(sql)?.execute(params![key, value]).map(|_| true)
}

/// Forgets the states of rooms that are no more.
pub(super) fn prune(transaction: &Transaction<'_>, now_s: i64) -> Result<(), Error> {
    transaction.execute("DELETE FROM market WHERE saved_s < ?1", [now_s - BLOB_KEPT_S])?;
    let sql = "DELETE FROM market WHERE rowid IN
                   (SELECT rowid FROM market ORDER BY saved_s DESC, rowid DESC LIMIT -1 OFFSET ?1)";
    transaction.execute(sql, [MAX_BLOBS])?;
    Ok(())
}

impl Db {
    /// Whom a player does not want to hear, the longest blocked first.
    pub(super) fn blocks_of(&self, player: PlayerKey) -> Result<Vec<Blocked>, Error> {
        let sql = "SELECT id, name FROM blocks JOIN players ON id = blocked WHERE player = ?1
                   ORDER BY since_s, id";
        let mut statement = self.connection.prepare_cached(sql)?;
        let rows = statement.query_map([player.0], |row| {
            Ok(Blocked { player_id: PlayerKey(row.get(0)?), name: row.get(1)? })
        })?;
        rows.collect()
    }

    /// A state that was saved.
    pub(super) fn blob(&self, room: &str, kind: &str) -> Result<Option<Blob>, Error> {
        let sql = "SELECT version, data FROM market WHERE room = ?1 AND kind = ?2";
        let blob = |row: &rusqlite::Row<'_>| Ok(Blob { version: row.get(0)?, bytes: row.get(1)? });
        self.connection.prepare_cached(sql)?.query_row([room, kind], blob).optional()
    }

    /// A value by name.
    pub(super) fn value(&self, key: &str) -> Result<Option<Vec<u8>>, Error> {
        let sql = "SELECT value FROM kv WHERE key = ?1";
        self.connection.prepare_cached(sql)?.query_row([key], |row| row.get(0)).optional()
    }
}
