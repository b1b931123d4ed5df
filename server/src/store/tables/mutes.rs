//! Muted names.

use crate::store::sql::{from_sql, to_sql};
use crate::store::types::{MAX_MUTES, Muted, PlayerKey};
use rusqlite::{Connection, Error, Transaction, params};

/// Always returns true. Of more than [`MAX_MUTES`], those that end first are deleted.
pub(in crate::store) fn write(
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
    // If the player was deleted, the mute of the name remains.
    let sql = "INSERT OR REPLACE INTO mutes (name, player, until_ms)
               VALUES (?1, (SELECT id FROM players WHERE id = ?2), ?3)";
    let values = params![name, player_id.map(|player| player.0), to_sql(*until_ms)];
    transaction.prepare_cached(sql)?.execute(values)?;
    let sql = "DELETE FROM mutes WHERE name NOT IN (SELECT name FROM mutes ORDER BY until_ms DESC LIMIT ?1)";
    transaction.prepare_cached(sql)?.execute([MAX_MUTES as i64]).map(|_| true)
}

/// The mutes that hold at `now_s`, and until when.
pub(in crate::store) fn in_force(connection: &Connection, now_s: i64) -> Result<Vec<Muted>, Error> {
    let sql = "SELECT name, player, until_ms FROM mutes WHERE until_ms > ?1 ORDER BY until_ms DESC LIMIT ?2";
    let mut statement = connection.prepare_cached(sql)?;
    let values = params![now_s.saturating_mul(1000), MAX_MUTES as i64];
    let rows = statement.query_map(values, |row| {
        let player_id = row.get::<_, Option<i64>>(1)?.map(PlayerKey);
        Ok(Muted { name: row.get(0)?, player_id, until_ms: row.get(2).map(from_sql)? })
    })?;
    rows.collect()
}

/// Deletes mutes that have ended.
pub(in crate::store) fn prune(transaction: &Transaction<'_>, now_s: i64) -> Result<(), Error> {
    transaction.execute("DELETE FROM mutes WHERE until_ms <= ?1", [now_s.saturating_mul(1000)]).map(drop)
}
