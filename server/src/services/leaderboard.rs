//! The boards of the server: kills, wealth and captures, today and ever.
//!
//! A board is a record: it keeps the most that somebody ever had, so that nobody falls by being robbed. Kills and
//! captures only add up; wealth is the most that was seen. The day is UTC's.
//!
//! Only keeps and orders; who counts, and where the numbers come from, is the desk's to say.

use crate::services::person::PersonId;
use crate::services::ranking::{Ranking, Standing};
use perigee_shared::protocol::{Board, Measure, Span};
use std::sync::Arc;

/// People on one board; of more, the last is dropped and counted.
pub const MAX_RANKED: usize = 200_000;
/// Two spans, three measures.
pub const BOARDS: usize = 6;
const DAY_MS: u64 = 24 * 60 * 60 * 1000;

/// All six boards.
pub fn all_boards() -> impl Iterator<Item = Board> {
    let measures = [Measure::Kills, Measure::Wealth, Measure::Captures];
    [Span::Today, Span::AllTime]
        .into_iter()
        .flat_map(move |span| measures.into_iter().map(move |by| Board { span, by }))
}

/// The place of a board among [`all_boards`].
#[must_use]
pub fn board_index(board: Board) -> usize {
    board.span as usize * 3 + board.by as usize
}

/// The words of a board in JSON: its span and its measure.
#[must_use]
pub fn board_words(board: Board) -> (&'static str, &'static str) {
    let span = match board.span {
        Span::Today => "today",
        Span::AllTime => "all_time",
    };
    let by = match board.by {
        Measure::Kills => "kills",
        Measure::Wealth => "wealth",
        Measure::Captures => "captures",
    };
    (span, by)
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

/// All boards.
#[derive(Debug)]
pub struct Boards {
    day: u64,
    /// By [`board_index`].
    rankings: [Ranking; BOARDS],
    /// The boards of the day before the page was turned: a clock that was wrong is put back, and that day goes on.
    turned: Option<(u64, Vec<Ranking>)>,
    /// Grows with each change of any board.
    version: u64,
}

impl Boards {
    /// Empty boards on the day of `unix_ms`.
    #[must_use]
    pub fn new(unix_ms: u64) -> Self {
        let rankings = std::array::from_fn(|_| Ranking::new(MAX_RANKED));
        Self { day: unix_ms / DAY_MS, rankings, turned: None, version: 0 }
    }

    /// Puts somebody back on a board, as they were before a restart.
    pub fn restore(&mut self, board: Board, standing: Standing) {
        self.put(board, standing);
    }

    /// One board, best first.
    #[must_use]
    pub fn ranking(&self, board: Board) -> &Ranking {
        &self.rankings[board_index(board)]
    }

    /// Grows with each change of any board.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.version
    }

    /// How many had to go from all boards because there were too many.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        all_boards().map(|board| self.ranking(board).dropped()).sum()
    }

    /// Turns the page if it is another day: the next one, or the one before, to which the clock was put back. True if it
    /// was.
    pub fn turn(&mut self, unix_ms: u64) -> bool {
        let day = unix_ms / DAY_MS;
        if day == self.day {
            return false;
        }
        let (mut next, before) = match self.turned.take() {
            Some((known, rankings)) if known == day => (rankings, self.day),
            _ => (Vec::new(), self.day),
        };
        next.reverse();
        let mut put_away = Vec::new();
        for board in all_boards().filter(|board| board.span == Span::Today) {
            let ranking = next.pop().unwrap_or_else(|| Ranking::new(MAX_RANKED));
            put_away.push(std::mem::replace(&mut self.rankings[board_index(board)], ranking));
        }
        self.turned = Some((before, put_away));
        self.day = day;
        self.version += 1;
        true
    }

    /// Somebody did something.
    pub fn tell(&mut self, person: PersonId, name: &Arc<str>, feat: Feat, unix_ms: u64) {
        self.turn(unix_ms);
        let (by, added) = match feat {
            Feat::Kills(added) => (Measure::Kills, Some(added)),
            Feat::Captures(added) => (Measure::Captures, Some(added)),
            Feat::Wealth(_) => (Measure::Wealth, None),
        };
        for span in [Span::Today, Span::AllTime] {
            let board = Board { span, by };
            let before = self.ranking(board).get(person).map(|standing| standing.value);
            let value = match (feat, added) {
                (Feat::Wealth(wealth), _) => before.map_or(wealth, |before| before.max(wealth)),
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
        for board in all_boards() {
            if let Some(standing) = self.ranking(board).get(person).cloned() {
                self.put(board, Standing { name: Arc::clone(name), ..standing });
            }
        }
    }

    /// Takes somebody off every board.
    pub fn remove(&mut self, person: PersonId) {
        for board in all_boards() {
            if self.rankings[board_index(board)].remove(person).is_some() {
                self.version += 1;
            }
        }
    }

    fn put(&mut self, board: Board, standing: Standing) {
        if self.rankings[board_index(board)].update(standing) {
            self.version += 1;
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
        for span in [Span::Today, Span::AllTime] {
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
    }

    #[test]
    fn a_day_that_was_reached_by_mistake_is_left_again() {
        let (mut boards, name) = (Boards::new(NOON_MS), Arc::from("Ada"));
        boards.tell(ADA, &name, Feat::Kills(3), NOON_MS);
        boards.tell(ADA, &name, Feat::Kills(1), NOON_MS + 400 * DAY_MS);
        assert_eq!(value(&boards, Span::Today, Measure::Kills), Some(1));
        assert!(boards.turn(NOON_MS + 1));
        assert_eq!(value(&boards, Span::Today, Measure::Kills), Some(3), "the day goes on");
        boards.tell(ADA, &name, Feat::Kills(1), NOON_MS + 2);
        assert!(boards.turn(NOON_MS + DAY_MS));
        assert_eq!(value(&boards, Span::Today, Measure::Kills), None);
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
    fn what_is_put_back_goes_on() {
        let mut boards = Boards::new(NOON_MS);
        let row = Standing { person: ADA, name: "Ada".into(), value: 7, reached_ms: 3 };
        boards.restore(board(Span::AllTime, Measure::Kills), row);
        boards.tell(ADA, &Arc::from("Ada"), Feat::Kills(1), NOON_MS);
        assert_eq!(value(&boards, Span::AllTime, Measure::Kills), Some(8));
        assert_eq!(value(&boards, Span::Today, Measure::Kills), Some(1));
    }

    #[test]
    fn each_board_has_its_place() {
        let places: Vec<usize> = all_boards().map(board_index).collect();
        assert_eq!(places, (0..BOARDS).collect::<Vec<_>>());
    }
}
