//! Banned players.

use crate::store::sql::{from_sql, to_sql};
use crate::store::types::{Banned, MAX_BANS, PlayerKey};
use rusqlite::{Connection, Error, Transaction, params};

/// Returns false if there is no such player.
pub(in crate::store) fn write(
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

/// All bans, including those that have ended: the caller has the better clock.
pub(in crate::store) fn all(connection: &Connection) -> Result<Vec<Banned>, Error> {
    let sql = "SELECT player, name, reason, since_s, until_s FROM bans ORDER BY since_s DESC LIMIT ?1";
    let mut statement = connection.prepare_cached(sql)?;
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

/// Deletes bans that have ended.
pub(in crate::store) fn prune(transaction: &Transaction<'_>, now_s: i64) -> Result<(), Error> {
    transaction.execute("DELETE FROM bans WHERE until_s <= ?1", [now_s]).map(drop)
}
