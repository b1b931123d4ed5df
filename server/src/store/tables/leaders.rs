//! Leaderboards with exact ranks: one more than the number of better players, so that equal ones share theirs.

use crate::store::types::{Day, Ladder, Leading, MAX_LEADERS, Placing, PlayerKey};
use perigee_shared::protocol::Span;
use rusqlite::{Connection, Error, OptionalExtension, named_params};

/// Identifies a list: of all time, or of a day.
#[derive(Clone, Copy, Debug)]
pub(in crate::store) struct List {
    ladder: Ladder,
    day: Day,
}

impl List {
    pub(in crate::store) fn new(ladder: Ladder, today: Day) -> Self {
        Self { ladder, day: today }
    }

    /// The rows that it consists of, each with a player and a `best`.
    fn source(&self) -> &'static str {
        match self.ladder.span {
            // Both use the parameter `:day`, so that both take the same parameters.
            Span::AllTime => "records WHERE game = :game AND statistic = :by AND :day = :day",
            Span::Today => "days WHERE game = :game AND statistic = :by AND day = :day",
        }
    }
}

/// A part of a list.
#[derive(Clone, Copy, Debug)]
pub(in crate::store) struct Page {
    /// Places before the part.
    pub(in crate::store) skip: usize,
    /// Its length, at most [`MAX_LEADERS`].
    pub(in crate::store) take: usize,
}

/// A page of places, and the place of `own`. Players without a value above zero are in no list.
pub(in crate::store) fn page_of(
    connection: &Connection,
    list: List,
    page: Page,
    own: Option<PlayerKey>,
) -> Result<Leading, Error> {
    let own = own.map_or(Ok(None), |own| place(connection, list, own))?;
    Ok(Leading { rows: places(connection, list, page)?, own, ranked: better(connection, list, 0)? })
}

fn places(connection: &Connection, list: List, page: Page) -> Result<Vec<Placing>, Error> {
    let sql = format!(
        "SELECT player, name, best FROM (SELECT player, best FROM {} AND best > 0 ORDER BY best DESC, player
             LIMIT :take OFFSET :skip) JOIN players ON id = player ORDER BY best DESC, player",
        list.source()
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let (skip, take) = (i64::try_from(page.skip).unwrap_or(i64::MAX), page.take.min(MAX_LEADERS) as i64);
    let (Ladder { game, by, .. }, day) = (list.ladder, list.day);
    let mut rows = statement
        .query(named_params! { ":game": game, ":by": by, ":day": day, ":take": take, ":skip": skip })?;
    let mut places: Vec<Placing> = Vec::new();
    while let Some(row) = rows.next()? {
        let (player_id, name, value) = (PlayerKey(row.get(0)?), row.get(1)?, row.get(2)?);
        let rank = match places.last() {
            Some(last) if last.value == value => last.rank,
            Some(_) => u32::try_from(page.skip + places.len() + 1).unwrap_or(u32::MAX),
            None => better(connection, list, value)? + 1,
        };
        places.push(Placing { rank, player_id, name, value });
    }
    Ok(places)
}

/// The number of players with a higher value.
fn better(connection: &Connection, list: List, value: i64) -> Result<u32, Error> {
    let sql = format!("SELECT COUNT(*) FROM {} AND best > :value", list.source());
    let (Ladder { game, by, .. }, day) = (list.ladder, list.day);
    let values = named_params! { ":game": game, ":by": by, ":day": day, ":value": value };
    connection.prepare_cached(&sql)?.query_row(values, |row| row.get(0))
}

/// The place of one player, who may have no value yet and so be in no list.
fn place(connection: &Connection, list: List, player: PlayerKey) -> Result<Option<Placing>, Error> {
    let name = connection.prepare_cached("SELECT name FROM players WHERE id = ?1")?;
    let Some(name) = { name }.query_row([player.0], |row| row.get(0)).optional()? else {
        return Ok(None);
    };
    let sql = format!("SELECT best FROM {} AND player = :player", list.source());
    let (Ladder { game, by, .. }, day) = (list.ladder, list.day);
    let values = named_params! { ":game": game, ":by": by, ":day": day, ":player": player.0 };
    let value: Option<i64> =
        connection.prepare_cached(&sql)?.query_row(values, |row| row.get(0)).optional()?;
    let value = value.unwrap_or(0).max(0);
    Ok(Some(Placing { rank: better(connection, list, value)? + 1, player_id: player, name, value }))
}
