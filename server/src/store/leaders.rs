//! The lists of the best, with exact ranks: one more than how many are better, so equal ones share theirs.

use super::batch::Day;
use super::db::Db;
use super::types::{Leading, MAX_LEADERS, Placing, PlayerKey};
use perigee_shared::protocol::{Board, Measure, Span};
use rusqlite::types::Value;
use rusqlite::{Error, OptionalExtension, params_from_iter};

/// Which list: of all time, or of a day.
#[derive(Clone, Copy, Debug)]
pub(super) struct List {
    board: Board,
    day: Day,
}

impl List {
    pub(super) fn new(board: Board, today: Day) -> Self {
        Self { board, day: today }
    }

    /// The table with its condition, which has the day as the last parameter, and the column that is counted.
    fn source(&self) -> (&'static str, &'static str) {
        match (self.board.span, self.board.by) {
            (Span::AllTime, Measure::Kills) => (ALL_TIME, "kills"),
            (Span::AllTime, Measure::Captures) => (ALL_TIME, "captures"),
            (Span::AllTime, Measure::Wealth) => (ALL_TIME, "best_wealth"),
            (Span::Today, Measure::Kills) => (OF_A_DAY, "days.kills"),
            (Span::Today, Measure::Captures) => (OF_A_DAY, "days.captures"),
            (Span::Today, Measure::Wealth) => (OF_A_DAY, "days.wealth"),
        }
    }
}

/// A player whose value is not over zero is in no list.
const ALL_TIME: &str = "players WHERE ?1 = ?1";
const OF_A_DAY: &str = "days JOIN players ON id = player WHERE day = ?1";

impl Db {
    /// `take` places after the first `skip`, and that of `own`.
    pub(super) fn leaders(
        &self,
        list: List,
        (skip, take): (usize, usize),
        own: Option<PlayerKey>,
    ) -> Result<Leading, Error> {
        let own = own.map_or(Ok(None), |own| self.place(list, own))?;
        Ok(Leading {
            rows: self.places(list, skip, take.min(MAX_LEADERS))?,
            own,
            ranked: self.better(list, 0)?,
        })
    }

    fn places(&self, list: List, skip: usize, take: usize) -> Result<Vec<Placing>, Error> {
        let (source, column) = list.source();
        let sql = format!(
            "SELECT id, name, {column} FROM {source} AND {column} > 0 ORDER BY {column} DESC, id LIMIT ?2 OFFSET ?3"
        );
        let mut statement = self.connection.prepare_cached(&sql)?;
        let bounds = [list.day, take as i64, i64::try_from(skip).unwrap_or(i64::MAX)];
        let mut rows = statement.query(bounds)?;
        let mut places: Vec<Placing> = Vec::new();
        while let Some(row) = rows.next()? {
            let (player_id, name, value) = (PlayerKey(row.get(0)?), row.get(1)?, row.get(2)?);
            let rank = match places.last() {
                Some(last) if last.value == value => last.rank,
                Some(_) => u32::try_from(skip + places.len() + 1).unwrap_or(u32::MAX),
                None => self.better(list, value)? + 1,
            };
            places.push(Placing { rank, player_id, name, value });
        }
        Ok(places)
    }

    /// How many have more.
    fn better(&self, list: List, value: i64) -> Result<u32, Error> {
        let (source, column) = list.source();
        let sql = format!("SELECT COUNT(*) FROM {source} AND {column} > ?2");
        self.connection.prepare_cached(&sql)?.query_row([list.day, value], |row| row.get(0))
    }

    /// The place of one player, who may have nothing yet and so be in no list.
    fn place(&self, list: List, player: PlayerKey) -> Result<Option<Placing>, Error> {
        let name = self.connection.prepare_cached("SELECT name FROM players WHERE id = ?1")?;
        let Some(name) = { name }.query_row([player.0], |row| row.get(0)).optional()? else {
            return Ok(None);
        };
        let (source, column) = list.source();
        let sql = format!("SELECT {column} FROM {source} AND id = ?2");
        let bounds = params_from_iter([list.day, player.0].map(Value::from));
        let value: Option<i64> =
            self.connection.prepare_cached(&sql)?.query_row(bounds, |row| row.get(0)).optional()?;
        let value = value.unwrap_or(0).max(0);
        Ok(Some(Placing { rank: self.better(list, value)? + 1, player_id: player, name, value }))
    }
}
