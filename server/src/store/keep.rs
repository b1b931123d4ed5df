//! Smaller things to keep: whom a player does not want to hear, states of services, values by name.

use super::db::{Db, from_sql, to_sql};
use super::types::{Banned, Blob, Blocked, MAX_BANS, MAX_BLOCKS, MAX_MUTES, Muted, PlayerKey, Whom};
use crate::text::skeleton::Skeletons;
use rusqlite::{Error, OptionalExtension, Transaction, params};

/// States that are kept: those of the rooms that were saved last.
pub(super) const MAX_BLOBS: i64 = 1024;
/// A state that was not saved for so long is of a room that is no more.
const BLOB_KEPT_S: i64 = 90 * 86_400;

/// False if the player has blocked as many as can be. Nobody is kept of a name that nobody has.
pub(super) fn write_block(
    transaction: &Transaction<'_>,
    player: PlayerKey,
    other: &Whom,
    blocked: bool,
    now_s: i64,
) -> Result<bool, Error> {
    let Some(other) = find(transaction, other)?.filter(|&other| other != player) else { return Ok(true) };
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

fn find(transaction: &Transaction<'_>, whom: &Whom) -> Result<Option<PlayerKey>, Error> {
    let name = match whom {
        Whom::Player(player) => return Ok(Some(*player)),
        Whom::Name(name) => Skeletons::of(name),
    };
    let sql = "SELECT player FROM skeletons WHERE skeleton = ?1";
    let player = |row: &rusqlite::Row<'_>| row.get(0).map(PlayerKey);
    transaction.prepare_cached(sql)?.query_row([name.first()], player).optional()
}

/// Always true. Of more mutes than can be, those that end first are forgotten.
pub(super) fn write_mute(
    transaction: &Transaction<'_>,
    name: &str,
    muted: Option<&Muted>,
) -> Result<bool, Error> {
    let Some(Muted { player_id, until_ms, .. }) = muted else {
        return transaction
            .prepare_cached("DELETE FROM mutes WHERE name = ?1")?
            .execute([name])
            .map(|_| true);
    };
    // Who is gone by now leaves the mute to their name.
    let sql = "INSERT OR REPLACE INTO mutes (name, player, until_ms)
               VALUES (?1, (SELECT id FROM players WHERE id = ?2), ?3)";
    let values = params![name, player_id.map(|player| player.0), to_sql(*until_ms)];
    transaction.prepare_cached(sql)?.execute(values)?;
    let sql = "DELETE FROM mutes WHERE name NOT IN (SELECT name FROM mutes ORDER BY until_ms DESC LIMIT ?1)";
    transaction.prepare_cached(sql)?.execute([MAX_MUTES as i64]).map(|_| true)
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

/// False if there is no such player.
pub(super) fn write_ban(
    transaction: &Transaction<'_>,
    player: PlayerKey,
    ban: Option<&Banned>,
) -> Result<bool, Error> {
    let Some(Banned { name, reason, since_s, until_s, .. }) = ban else {
        let sql = "DELETE FROM bans WHERE player = ?1";
        return transaction.prepare_cached(sql)?.execute([player.0]).map(|_| true);
    };
    let sql = "INSERT OR REPLACE INTO bans (player, name, reason, since_s, until_s)
               SELECT id, ?2, ?3, ?4, ?5 FROM players WHERE id = ?1";
    let values = params![player.0, name, reason, to_sql(*since_s), until_s.map(to_sql)];
    transaction.prepare_cached(sql)?.execute(values).map(|changed| changed > 0)
}

/// Forgets the states of rooms that are no more, which `lasting` ones never are, and mutes and bans that are over.
pub(super) fn prune(transaction: &Transaction<'_>, now_s: i64, lasting: &[String]) -> Result<(), Error> {
    transaction.execute("CREATE TEMP TABLE IF NOT EXISTS lasting (room TEXT PRIMARY KEY)", [])?;
    transaction.execute("DELETE FROM lasting", [])?;
    let mut insert = transaction.prepare_cached("INSERT OR IGNORE INTO lasting (room) VALUES (?1)")?;
    lasting.iter().try_for_each(|room| insert.execute([room]).map(drop))?;
    drop(insert);
    let sql = "DELETE FROM market WHERE saved_s < ?1 AND room NOT IN (SELECT room FROM lasting)";
    transaction.execute(sql, [now_s - BLOB_KEPT_S])?;
    transaction.execute("DELETE FROM mutes WHERE until_ms <= ?1", [now_s.saturating_mul(1000)])?;
    transaction.execute("DELETE FROM bans WHERE until_s <= ?1", [now_s])?;
    let sql = "DELETE FROM market WHERE rowid IN
                   (SELECT rowid FROM market WHERE room NOT IN (SELECT room FROM lasting)
                    ORDER BY saved_s DESC, rowid DESC LIMIT -1 OFFSET ?1)";
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

    /// The names that are muted at `now_s`, and until when.
    pub(super) fn mutes(&self, now_s: i64) -> Result<Vec<Muted>, Error> {
        let sql =
            "SELECT name, player, until_ms FROM mutes WHERE until_ms > ?1 ORDER BY until_ms DESC LIMIT ?2";
        let mut statement = self.connection.prepare_cached(sql)?;
        let values = params![now_s.saturating_mul(1000), MAX_MUTES as i64];
        let rows = statement.query_map(values, |row| {
            let player_id = row.get::<_, Option<i64>>(1)?.map(PlayerKey);
            Ok(Muted { name: row.get(0)?, player_id, until_ms: row.get(2).map(from_sql)? })
        })?;
        rows.collect()
    }

    /// Who is banned, also those whose ban is over: whoever asks has the better clock.
    pub(super) fn bans(&self) -> Result<Vec<Banned>, Error> {
        let sql = "SELECT player, name, reason, since_s, until_s FROM bans ORDER BY since_s DESC LIMIT ?1";
        let mut statement = self.connection.prepare_cached(sql)?;
        let rows = statement.query_map([MAX_BANS as i64], |row| {
            Ok(Banned {
                player_id: PlayerKey(row.get(0)?),
                name: row.get(1)?,
                reason: row.get(2)?,
                since_s: row.get(3).map(from_sql)?,
                until_s: row.get::<_, Option<i64>>(4)?.map(from_sql),
            })
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
