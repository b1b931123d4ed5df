//! What players did, by game and statistic, and what they own, by game.

use crate::store::batch::{Batch, Growth, RecordKey};
use crate::store::types::{HeldRecord, PlayerKey, Record};
use perigee_shared::netcode::{About, Belongings, Merge, Statistics};
use rusqlite::{Connection, Error, OptionalExtension, Transaction, params};

/// A player without records: a condition on a row of `players`.
pub(super) const NO_RECORD: &str =
    "NOT EXISTS (SELECT 1 FROM records WHERE player = players.id AND best > 0)";
/// Most records that are read of one player, including those of games that are no longer played.
const MAX_RECORDS: i64 = 256;
/// The largest report, and the largest record: their sum still fits SQLite's integers.
const MAX_TOLD: i64 = 1 << 53;
const MAX_VALUE: i64 = 1 << 62;

/// What a player owns in a game, including waiting writes; `None` if there is no such player.
pub(in crate::store) fn holding(
    connection: &Connection,
    waiting: &Batch,
    player: PlayerKey,
    about: &'static About,
) -> Result<Option<HeldRecord>, Error> {
    let mut statement = connection.prepare_cached("SELECT 1 FROM players WHERE id = ?1")?;
    if !statement.exists([player.0])? {
        return Ok(None);
    }
    let sql = "SELECT data FROM belongings WHERE player = ?1 AND game = ?2";
    let mut statement = connection.prepare_cached(sql)?;
    let bytes = statement.query_row(params![player.0, about.name], |row| row.get::<_, Vec<u8>>(0));
    let written = bytes.optional()?.map(|bytes| Belongings::from_bytes(&bytes).unwrap_or_default());
    let records = records_of(connection, waiting, player)?;
    let mut record = Statistics::default();
    for (at, statistic) in about.statistics.iter().enumerate() {
        let found = records.iter().find(|row| row.game == about.name && row.statistic == statistic.key);
        record.set(at, found.map_or(0, |row| row.value));
    }
    let has_record = records.iter().any(|row| row.game == about.name && row.best > 0);
    Ok(Some(HeldRecord {
        belongings: waiting.belongings_of(player, about.name).or(written),
        record: has_record.then_some(record),
    }))
}

/// The records of a player, including waiting writes.
pub(in crate::store) fn records_of(
    connection: &Connection,
    waiting: &Batch,
    player: PlayerKey,
) -> Result<Vec<Record>, Error> {
    let mut records = written(connection, player)?;
    for growth in waiting.growths_of(player) {
        for (at, statistic) in growth.about.statistics.iter().enumerate() {
            let (told, most) = (growth.told.get(at), growth.most.get(at));
            let is_it = |row: &Record| row.game == growth.about.name && row.statistic == statistic.key;
            let at = records.iter().position(is_it).unwrap_or_else(|| {
                let (game, statistic) = (growth.about.name.to_owned(), statistic.key.to_owned());
                records.push(Record { game, statistic, value: 0, best: 0 });
                records.len() - 1
            });
            let row = &mut records[at];
            row.value = statistic.merge.merged(row.value, told);
            row.best = if statistic.merge == Merge::Sum { row.value } else { row.best.max(most) };
        }
    }
    Ok(records)
}

/// The records of a player in the file.
pub(in crate::store) fn written(connection: &Connection, player: PlayerKey) -> Result<Vec<Record>, Error> {
    let sql = "SELECT game, statistic, value, best FROM records WHERE player = ?1
               ORDER BY game, statistic LIMIT ?2";
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map([player.0, MAX_RECORDS], |row| {
        Ok(Record { game: row.get(0)?, statistic: row.get(1)?, value: row.get(2)?, best: row.get(3)? })
    })?;
    rows.collect()
}

/// Updates when a player was last seen. Returns false if there is no such player.
fn touch(transaction: &Transaction<'_>, player: PlayerKey, now_s: i64) -> Result<bool, Error> {
    let sql = "UPDATE players SET seen_s = MAX(seen_s, ?2) WHERE id = ?1";
    Ok(transaction.prepare_cached(sql)?.execute([player.0, now_s])? > 0)
}

/// Returns false if there is no such player.
pub(in crate::store) fn write_growth(
    transaction: &Transaction<'_>,
    key: &RecordKey,
    growth: &Growth,
    now_s: i64,
) -> Result<bool, Error> {
    let RecordKey { player, day, game } = *key;
    if !touch(transaction, player, now_s)? {
        return Ok(false);
    }
    for (at, statistic) in growth.about.statistics.iter().enumerate() {
        let told = growth.told.get(at).clamp(-MAX_TOLD, MAX_TOLD);
        let best = match statistic.merge {
            Merge::Sum => told,
            Merge::Max | Merge::Last => growth.most.get(at).clamp(0, MAX_TOLD),
        };
        // A record starts with the first value that is not zero.
        let sql = format!(
            "INSERT INTO records (player, game, statistic, value, best)
             SELECT ?1, ?2, ?3, ?4, ?5 WHERE ?4 <> 0 OR ?5 <> 0
                 OR EXISTS (SELECT 1 FROM records WHERE player = ?1 AND game = ?2 AND statistic = ?3)
             ON CONFLICT (player, game, statistic) DO UPDATE SET {}",
            merge_sql(statistic.merge)
        );
        let values = params![player.0, game, statistic.key, told, best];
        transaction.prepare_cached(&sql)?.execute(values)?;
        if statistic.has_board && best > 0 {
            let best_of = if statistic.merge == Merge::Sum {
                "best + excluded.best"
            } else {
                "MAX(best, excluded.best)"
            };
            let sql = format!(
                "INSERT INTO days (day, player, game, statistic, best) VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT (day, player, game, statistic) DO UPDATE SET best = MIN({best_of}, {MAX_VALUE})"
            );
            transaction.prepare_cached(&sql)?.execute(params![day, player.0, game, statistic.key, best])?;
        }
    }
    Ok(true)
}

/// How a row merges a report into itself ([`Merge::merged`]).
fn merge_sql(merge: Merge) -> String {
    match merge {
        Merge::Sum => format!(
            "value = MIN(value + excluded.value, {MAX_VALUE}), best = MIN(best + excluded.value, {MAX_VALUE})"
        ),
        Merge::Max => "value = MAX(value, excluded.value), best = MAX(best, excluded.best)".to_owned(),
        Merge::Last => "value = excluded.value, best = MAX(best, excluded.best)".to_owned(),
    }
}

/// Returns false if there is no such player.
pub(in crate::store) fn write_belongings(
    transaction: &Transaction<'_>,
    player: PlayerKey,
    game: &str,
    belongings: &Belongings,
    now_s: i64,
) -> Result<bool, Error> {
    if !touch(transaction, player, now_s)? {
        return Ok(false);
    }
    let sql = "INSERT OR REPLACE INTO belongings (player, game, data) VALUES (?1, ?2, ?3)";
    let values = params![player.0, game, belongings.as_bytes()];
    transaction.prepare_cached(sql)?.execute(values).map(|_| true)
}
