//! The players whom a player blocks.

use super::names;
use crate::store::types::{Blocked, MAX_BLOCKS, PlayerKey, Whom};
use rusqlite::{Connection, Error, Transaction, params};

/// Returns false if the player has blocked as many as are allowed. A name without a player stores nothing, and counts
/// as written.
pub(in crate::store) fn write(
    transaction: &Transaction<'_>,
    player: PlayerKey,
    other: &Whom,
    blocked: bool,
    now_s: i64,
) -> Result<bool, Error> {
    let Some(other) = player_meant(transaction, other)?.filter(|&other| other != player) else {
        return Ok(true);
    };
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

fn player_meant(transaction: &Transaction<'_>, whom: &Whom) -> Result<Option<PlayerKey>, Error> {
    match whom {
        Whom::Player(player) => Ok(Some(*player)),
        Whom::Name(name) => names::owner(transaction, name),
    }
}

/// The players whom a player blocks, the longest blocked first.
pub(in crate::store) fn of(connection: &Connection, player: PlayerKey) -> Result<Vec<Blocked>, Error> {
    let sql = "SELECT id, name FROM blocks JOIN players ON id = blocked WHERE player = ?1
               ORDER BY since_s, id";
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement
        .query_map([player.0], |row| Ok(Blocked { player_id: PlayerKey(row.get(0)?), name: row.get(1)? }))?;
    rows.collect()
}
