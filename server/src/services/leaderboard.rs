//! The boards of the server: kills, wealth and captures, today and ever.
//!
//! A board is a record: it keeps the most that somebody ever had, so that nobody falls by being robbed. Kills and
//! captures only add up; wealth is the highest purse that was seen. The day is UTC's.
//!
//! Only keeps and orders; who counts, and where the numbers come from, is the desk's to say.

use crate::services::person::PersonId;
use crate::services::ranking::{Ranking, Standing};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// People on one board; of more, the last is dropped and counted.
pub const MAX_RANKED: usize = 200_000;
/// Changes that may wait to be stored; beyond that, everything is to be stored anew.
const MAX_CHANGES: usize = 8192;
const DAY_MS: u64 = 24 * 60 * 60 * 1000;

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// Ships destroyed.
    Kills,
    /// The fullest purse, credits.
    Wealth,
    /// Zones taken.
    Captures,
}

impl Measure {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Kills, Self::Wealth, Self::Captures];

    fn index(self) -> usize {
        self as usize
    }
}

/// For how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Span {
    /// Since midnight, UTC.
    Today,
    /// Since there is a record.
    AllTime,
}

impl Span {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Today, Self::AllTime];
}

/// One board.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Board {
    /// For how long.
    pub span: Span,
    /// What.
    pub by: Measure,
}

impl Board {
    /// All six.
    pub fn all() -> impl Iterator<Item = Self> {
        Span::ALL.into_iter().flat_map(|span| Measure::ALL.into_iter().map(move |by| Self { span, by }))
    }
}

/// What somebody did, or has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Feat {
    /// Destroyed so many more ships.
    Kills(u32),
    /// Took so many more zones.
    Captures(u32),
    /// Has so many credits.
    Wealth(i64),
}

/// One number to be stored: who, on which board, and for which day (days since 1970; `None` is all time).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Who; always one who is known for longer than a visit.
    pub person: PersonId,
    /// Their name.
    pub name: String,
    /// What.
    pub by: Measure,
    /// Which day, or all time.
    pub day: Option<u64>,
    /// How much.
    pub value: i64,
    /// Since when, milliseconds of Unix time.
    pub reached_ms: u64,
}

/// All boards.
#[derive(Debug)]
pub struct Boards {
    day: u64,
    today: [Ranking; 3],
    all_time: [Ranking; 3],
    changed: Vec<(PersonId, Board)>,
    /// Grows with each change of any board.
    version: u64,
}

impl Boards {
    /// Empty boards on the day of `unix_ms`.
    #[must_use]
    pub fn new(unix_ms: u64) -> Self {
        let empty = || Measure::ALL.map(|_| Ranking::new(MAX_RANKED));
        Self { day: unix_ms / DAY_MS, today: empty(), all_time: empty(), changed: Vec::new(), version: 0 }
    }

    /// Puts back what was stored; records of other days than today are passed over.
    pub fn restore(&mut self, records: impl IntoIterator<Item = Record>) {
        for record in records {
            let span = match record.day {
                None => Span::AllTime,
                Some(day) if day == self.day => Span::Today,
                Some(_) => continue,
            };
            let Record { person, name, by, value, reached_ms, .. } = record;
            let standing = Standing { person, name: name.into(), value, reached_ms };
            self.ranking_mut(Board { span, by }).update(standing);
        }
        self.version += 1;
    }

    /// One board, best first.
    #[must_use]
    pub fn ranking(&self, board: Board) -> &Ranking {
        match board.span {
            Span::Today => &self.today[board.by.index()],
            Span::AllTime => &self.all_time[board.by.index()],
        }
    }

    /// Grows with each change of any board.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.version
    }

    /// How many had to go from all boards because there were too many.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        Board::all().map(|board| self.ranking(board).dropped()).sum()
    }

    /// Turns the page if the day is over. True if it was.
    pub fn turn(&mut self, unix_ms: u64) -> bool {
        let day = unix_ms / DAY_MS;
        // A clock that is put back does not bring yesterday back.
        let is_over = day > self.day;
        if is_over {
            self.day = day;
            self.today = Measure::ALL.map(|_| Ranking::new(MAX_RANKED));
            self.version += 1;
        }
        is_over
    }

    /// Somebody did something.
    pub fn tell(&mut self, person: PersonId, name: &Arc<str>, feat: Feat, unix_ms: u64) {
        self.turn(unix_ms);
        let (by, added) = match feat {
            Feat::Kills(added) => (Measure::Kills, Some(added)),
            Feat::Captures(added) => (Measure::Captures, Some(added)),
            Feat::Wealth(_) => (Measure::Wealth, None),
        };
        for span in Span::ALL {
            let board = Board { span, by };
            let before = self.ranking(board).get(person).map(|standing| standing.value);
            let value = match (feat, added) {
                (Feat::Wealth(purse), _) => before.map_or(purse, |before| before.max(purse)),
                (_, added) => before.unwrap_or(0).saturating_add(i64::from(added.unwrap_or(0))),
            };
            // Who has nothing yet is not on the board.
            if before.is_none() && value <= 0 {
                continue;
            }
            let standing = Standing { person, name: Arc::clone(name), value, reached_ms: unix_ms };
            self.put(board, standing);
        }
    }

    /// Somebody has another name: it is shown on every board that they are on, and their places stay.
    pub fn rename(&mut self, person: PersonId, name: &Arc<str>) {
        for board in Board::all() {
            if let Some(standing) = self.ranking(board).get(person).cloned() {
                self.put(board, Standing { name: Arc::clone(name), ..standing });
            }
        }
    }

    /// Takes somebody off every board.
    pub fn remove(&mut self, person: PersonId) {
        for board in Board::all() {
            if self.ranking_mut(board).remove(person).is_some() {
                self.version += 1;
            }
        }
    }

    /// What changed since the last call and is to be stored: those who are known for longer than a visit, each once a
    /// board. After more changes than are remembered, this is everything.
    pub fn take_changes(&mut self) -> Vec<Record> {
        let mut changed = std::mem::take(&mut self.changed);
        if changed.len() >= MAX_CHANGES {
            return self.records().collect();
        }
        changed.sort_unstable();
        changed.dedup();
        let lasting = changed.into_iter().filter(|(person, _)| person.is_lasting());
        lasting
            .filter_map(|(person, board)| Some(self.record(board, self.ranking(board).get(person)?)))
            .collect()
    }

    /// Everything that is to be stored.
    pub fn records(&self) -> impl Iterator<Item = Record> {
        Board::all().flat_map(move |board| {
            let lasting = self.ranking(board).iter().filter(|standing| standing.person.is_lasting());
            lasting.map(move |standing| self.record(board, standing))
        })
    }

    fn record(&self, board: Board, standing: &Standing) -> Record {
        Record {
            person: standing.person,
            name: standing.name.to_string(),
            by: board.by,
            day: (board.span == Span::Today).then_some(self.day),
            value: standing.value,
            reached_ms: standing.reached_ms,
        }
    }

    fn put(&mut self, board: Board, standing: Standing) {
        let person = standing.person;
        if self.ranking_mut(board).update(standing) {
            self.version += 1;
            if self.changed.len() < MAX_CHANGES {
                self.changed.push((person, board));
            }
        }
    }

    fn ranking_mut(&mut self, board: Board) -> &mut Ranking {
        match board.span {
            Span::Today => &mut self.today[board.by.index()],
            Span::AllTime => &mut self.all_time[board.by.index()],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON_MS: u64 = 20_000 * DAY_MS + DAY_MS / 2;
    const ADA: PersonId = PersonId(1);

    fn board(span: Span, by: Measure) -> Board {
        Board { span, by }
    }

    fn value(boards: &Boards, span: Span, by: Measure) -> Option<i64> {
        boards.ranking(board(span, by)).get(ADA).map(|standing| standing.value)
    }

    #[test]
    fn kills_add_up_and_wealth_is_the_most_that_was_seen() {
        let (mut boards, name) = (Boards::new(NOON_MS), Arc::from("Ada"));
        for feat in [Feat::Kills(1), Feat::Wealth(500), Feat::Kills(2), Feat::Wealth(90), Feat::Captures(0)] {
            boards.tell(ADA, &name, feat, NOON_MS);
        }
        for span in Span::ALL {
            assert_eq!(value(&boards, span, Measure::Kills), Some(3));
            assert_eq!(value(&boards, span, Measure::Wealth), Some(500));
            assert_eq!(value(&boards, span, Measure::Captures), None, "nothing is no place");
        }
    }

    #[test]
    fn at_midnight_today_begins_anew() {
        let (mut boards, name) = (Boards::new(NOON_MS), Arc::from("Ada"));
        boards.tell(ADA, &name, Feat::Kills(3), NOON_MS);
        let version = boards.version();
        assert!(!boards.turn(NOON_MS + DAY_MS / 2 - 1));
        assert!(boards.turn(NOON_MS + DAY_MS / 2));
        assert!(boards.version() > version);
        assert_eq!(value(&boards, Span::Today, Measure::Kills), None);
        boards.tell(ADA, &name, Feat::Kills(1), NOON_MS + DAY_MS);
        assert_eq!(value(&boards, Span::Today, Measure::Kills), Some(1));
        assert_eq!(value(&boards, Span::AllTime, Measure::Kills), Some(4));
        assert!(!boards.turn(NOON_MS), "a clock put back does not bring yesterday back");
        assert_eq!(value(&boards, Span::Today, Measure::Kills), Some(1));
    }

    #[test]
    fn another_name_keeps_the_place() {
        let mut boards = Boards::new(NOON_MS);
        boards.tell(ADA, &Arc::from("Ada"), Feat::Kills(3), NOON_MS);
        boards.tell(PersonId(2), &Arc::from("Abe"), Feat::Kills(3), NOON_MS + 1);
        boards.rename(ADA, &Arc::from("Zoe"));
        let ranking = boards.ranking(board(Span::AllTime, Measure::Kills));
        let names: Vec<&str> = ranking.iter().map(|standing| &*standing.name).collect();
        assert_eq!(names, ["Zoe", "Abe"]);
        boards.remove(ADA);
        assert_eq!(value(&boards, Span::AllTime, Measure::Kills), None);
    }

    #[test]
    fn changes_come_back_as_they_were() {
        let (mut boards, name) = (Boards::new(NOON_MS), Arc::from("Ada"));
        for _ in 0..3 {
            boards.tell(ADA, &name, Feat::Kills(1), NOON_MS + 5);
        }
        boards.tell(PersonId::passing(1), &name, Feat::Kills(1), NOON_MS);
        let changes = boards.take_changes();
        assert_eq!(changes.len(), 2, "today and all time; who only passes is not stored");
        assert_eq!(boards.take_changes(), []);
        assert_eq!(changes, boards.records().collect::<Vec<_>>());
        let mut later = Boards::new(NOON_MS);
        later.restore(changes.clone());
        assert_eq!(value(&later, Span::Today, Measure::Kills), Some(3));
        assert_eq!(later.take_changes(), [], "what was stored need not be stored again");
        let mut tomorrow = Boards::new(NOON_MS + DAY_MS);
        tomorrow.restore(changes);
        assert_eq!(value(&tomorrow, Span::Today, Measure::Kills), None);
        assert_eq!(value(&tomorrow, Span::AllTime, Measure::Kills), Some(3));
    }

    #[test]
    fn too_many_changes_become_everything() {
        let (mut boards, name) = (Boards::new(NOON_MS), Arc::from("x"));
        let people = MAX_CHANGES as u64;
        for person in 0..people {
            boards.tell(PersonId(person), &name, Feat::Kills(1), NOON_MS);
        }
        assert_eq!(boards.take_changes().len() as u64, 2 * people);
        assert_eq!(boards.take_changes(), []);
    }
}
