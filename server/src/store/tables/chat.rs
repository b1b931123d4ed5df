//! Chat: the last lines of each channel.

use crate::store::sql::{from_sql, to_sql};
use crate::store::types::{ChatRow, MAX_CHAT_LINES_PER_CHANNEL};
use rusqlite::{Connection, Error, Transaction, params};
use std::collections::BTreeSet;

/// Most lines of all channels together: each pair of players can create a channel.
pub(in crate::store) const MAX_CHAT_LINES: i64 = 100_000;

/// Always returns true.
pub(in crate::store) fn write(transaction: &Transaction<'_>, row: &ChatRow) -> Result<bool, Error> {
    let sql = "INSERT INTO chat (channel, number, sender, recipient, text, at_ms)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    let ChatRow { channel, number, from, to, text, at_ms } = row;
    let values = params![channel, to_sql(*number), from, to, text, to_sql(*at_ms)];
    transaction.prepare_cached(sql)?.execute(values).map(|_| true)
}

/// Deletes the oldest lines of the channels of `rows`. Always returns true.
pub(in crate::store) fn prune(transaction: &Transaction<'_>, rows: &[ChatRow]) -> Result<bool, Error> {
    if rows.is_empty() {
        return Ok(true);
    }
    let sql = "DELETE FROM chat WHERE channel = ?1 AND id <=
                   (SELECT id FROM chat WHERE channel = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)";
    let mut delete = transaction.prepare_cached(sql)?;
    for channel in rows.iter().map(|row| &row.channel).collect::<BTreeSet<_>>() {
        delete.execute(params![channel, MAX_CHAT_LINES_PER_CHANNEL as i64])?;
    }
    let sql = "DELETE FROM chat WHERE id <= (SELECT MAX(id) FROM chat) - ?1";
    transaction.prepare_cached(sql)?.execute([MAX_CHAT_LINES])?;
    Ok(true)
}

/// The last lines of a channel, oldest first.
pub(in crate::store) fn history(
    connection: &Connection,
    channel: &str,
    limit: usize,
) -> Result<Vec<ChatRow>, Error> {
    let sql = "SELECT channel, number, sender, recipient, text, at_ms FROM chat
               WHERE channel = ?1 ORDER BY id DESC LIMIT ?2";
    let mut statement = connection.prepare_cached(sql)?;
    let limit = limit.min(MAX_CHAT_LINES_PER_CHANNEL) as i64;
    let rows = statement.query_map(params![channel, limit], |row| {
        Ok(ChatRow {
            channel: row.get(0)?,
            number: row.get(1).map(from_sql)?,
            from: row.get(2)?,
            to: row.get(3)?,
            text: row.get(4)?,
            at_ms: row.get(5).map(from_sql)?,
        })
    })?;
    let mut rows = rows.collect::<Result<Vec<_>, _>>()?;
    rows.reverse();
    Ok(rows)
}
