//! The server's leaderboards: for each game, by each ranked statistic, of today and of all time.
//!
//! A board keeps the highest value that a person ever had, so that no one loses a place by being robbed. Statistics
//! that a match counts are added up; of all others the highest value stands. Days are UTC.
//!
//! It only keeps and sorts; the hub decides who counts, and where the numbers come from.

use crate::person::PersonId;
use crate::services::ranking::{RankedPlayer, Ranking};
use crate::store::Ladder;
use perigee_shared::netcode::{About, Merge, Statistics};
use perigee_shared::protocol::Span;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Most people on one board; one more displaces the last, which is counted.
pub(crate) const MAX_RANKED: usize = 200_000;
const DAY_MS: u64 = 24 * 60 * 60 * 1000;
const SPANS: [Span; 2] = [Span::Today, Span::AllTime];

/// The name of a span in JSON.
#[must_use]
pub(crate) fn span_word(span: Span) -> &'static str {
    match span {
        Span::Today => "today",
        Span::AllTime => "all_time",
    }
}

/// What a person did since the last report.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Record<'a> {
    /// The person.
    pub person: PersonId,
    /// Their current name.
    pub name: &'a Arc<str>,
    /// The game.
    pub about: &'static About,
    /// As in [`Merge::increment`].
    pub gained: &'a Statistics,
}

/// All boards.
#[derive(Debug)]
pub(crate) struct Boards {
    day: u64,
    /// In the order of the games and of their statistics.
    ladders: Vec<Ladder>,
    rankings: BTreeMap<Ladder, Ranking>,
    /// The day before the last change of day, and its boards: if a wrong clock is put back, that day continues.
    turned: Option<(u64, BTreeMap<Ladder, Ranking>)>,
    /// Increases with each change of any board.
    version: u64,
}

impl Boards {
    /// Empty boards of these games on the day of `unix_ms`.
    #[must_use]
    pub(crate) fn new(games: impl IntoIterator<Item = &'static About>, unix_ms: u64) -> Self {
        let ladders: Vec<Ladder> = games.into_iter().flat_map(Ladder::all).collect();
        let rankings = ladders.iter().map(|&ladder| (ladder, Ranking::new(MAX_RANKED))).collect();
        Self { day: unix_ms / DAY_MS, ladders, rankings, turned: None, version: 0 }
    }

    /// Restores a person's place on a board after a restart.
    pub(crate) fn restore(&mut self, ladder: Ladder, standing: RankedPlayer) {
        self.put(ladder, standing);
    }

    /// All boards in the order of the games and of their statistics, each best first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (Ladder, &Ranking)> {
        self.ladders.iter().filter_map(|&ladder| Some((ladder, self.rankings.get(&ladder)?)))
    }

    /// One board, best first; `None` if there is no such board.
    #[must_use]
    pub(crate) fn ranking(&self, ladder: Ladder) -> Option<&Ranking> {
        self.rankings.get(&ladder)
    }

    /// Increases with each change of any board.
    #[must_use]
    pub(crate) fn version(&self) -> u64 {
        self.version
    }

    /// Begins new boards of the day if the day changed, or restores the last ones if the clock was put back to their
    /// day. Returns whether it changed.
    pub(crate) fn turn(&mut self, unix_ms: u64) -> bool {
        let day = unix_ms / DAY_MS;
        if day == self.day {
            return false;
        }
        let (mut next, before) = match self.turned.take() {
            Some((known, rankings)) if known == day => (rankings, self.day),
            _ => (BTreeMap::new(), self.day),
        };
        let mut put_away = BTreeMap::new();
        for (&ladder, ranking) in self.rankings.iter_mut().filter(|(ladder, _)| ladder.span == Span::Today) {
            let of_day = next.remove(&ladder).unwrap_or_else(|| Ranking::new(MAX_RANKED));
            put_away.insert(ladder, std::mem::replace(ranking, of_day));
        }
        self.turned = Some((before, put_away));
        self.day = day;
        self.version += 1;
        true
    }

    /// Records what a person did.
    pub(crate) fn record(&mut self, record: &Record<'_>, unix_ms: u64) {
        let Record { person, name, about, gained } = *record;
        self.turn(unix_ms);
        for (at, statistic) in about.boards() {
            for span in SPANS {
                let ladder = Ladder { game: about.name, span, by: statistic.key };
                let before =
                    self.ranking(ladder).and_then(|ranking| ranking.get(person)).map(|row| row.value);
                let value = match statistic.merge {
                    Merge::Sum => before.unwrap_or(0).saturating_add(gained.get(at)),
                    Merge::Max | Merge::Last => {
                        before.map_or(gained.get(at), |before| before.max(gained.get(at)))
                    }
                };
                // A player without a value yet is not on the board.
                if before.is_none() && value <= 0 {
                    continue;
                }
                let standing = RankedPlayer { person, name: Arc::clone(name), value, reached_ms: unix_ms };
                self.put(ladder, standing);
            }
        }
    }

    /// Changes a person's name on all boards; their places stay.
    pub(crate) fn rename(&mut self, person: PersonId, name: &Arc<str>) {
        for ranking in self.rankings.values_mut() {
            if let Some(standing) = ranking.get(person).cloned() {
                self.version +=
                    u64::from(ranking.update(RankedPlayer { name: Arc::clone(name), ..standing }));
            }
        }
    }

    fn put(&mut self, ladder: Ladder, standing: RankedPlayer) {
        if let Some(ranking) = self.rankings.get_mut(&ladder) {
            self.version += u64::from(ranking.update(standing));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use perigee_shared::netcode::Statistic;

    const NOON_MS: u64 = 20_000 * DAY_MS + DAY_MS / 2;
    const ADA: PersonId = PersonId(1);
    const GAME: About = About {
        statistics: &[
            Statistic::ranked("hits", "Hits", Merge::Sum),
            Statistic::ranked("worth", "Worth", Merge::Last),
            Statistic::count("losses", "Losses"),
        ],
        ..About::named("game")
    };

    fn boards() -> Boards {
        Boards::new([&GAME], NOON_MS)
    }

    fn tell(boards: &mut Boards, told: [i64; 2], unix_ms: u64) {
        let (name, gained) = (Arc::from("Ada"), Statistics::of(told));
        boards.record(&Record { person: ADA, name: &name, about: &GAME, gained: &gained }, unix_ms);
    }

    fn value(boards: &Boards, span: Span, by: &'static str) -> Option<i64> {
        boards.ranking(Ladder { game: "game", span, by })?.get(ADA).map(|standing| standing.value)
    }

    #[test]
    fn sums_add_up_and_of_the_last_word_the_most_counts() {
        let mut boards = boards();
        for told in [[1, 0], [0, 500], [2, 90]] {
            tell(&mut boards, told, NOON_MS);
        }
        for span in SPANS {
            assert_eq!((value(&boards, span, "hits"), value(&boards, span, "worth")), (Some(3), Some(500)));
            assert!(
                boards.ranking(Ladder { game: "game", span, by: "losses" }).is_none(),
                "no board of that"
            );
            assert!(boards.ranking(Ladder { game: "other", span, by: "hits" }).is_none());
        }
        let mut boards = self::boards();
        tell(&mut boards, [0, 5], NOON_MS);
        assert_eq!(value(&boards, Span::Today, "hits"), None, "nothing is no place");
    }

    #[test]
    fn at_midnight_today_begins_anew() {
        let mut boards = boards();
        tell(&mut boards, [3, 0], NOON_MS);
        let version = boards.version();
        assert!(!boards.turn(NOON_MS + DAY_MS / 2 - 1));
        assert!(boards.turn(NOON_MS + DAY_MS / 2));
        assert!(boards.version() > version);
        assert_eq!(value(&boards, Span::Today, "hits"), None);
        tell(&mut boards, [1, 0], NOON_MS + DAY_MS);
        assert_eq!(value(&boards, Span::Today, "hits"), Some(1));
        assert_eq!(value(&boards, Span::AllTime, "hits"), Some(4));
    }

    #[test]
    fn a_day_that_was_reached_by_mistake_is_left_again() {
        let mut boards = boards();
        tell(&mut boards, [3, 0], NOON_MS);
        tell(&mut boards, [1, 0], NOON_MS + 400 * DAY_MS);
        assert_eq!(value(&boards, Span::Today, "hits"), Some(1));
        assert!(boards.turn(NOON_MS + 1));
        assert_eq!(value(&boards, Span::Today, "hits"), Some(3), "the day goes on");
        tell(&mut boards, [1, 0], NOON_MS + 2);
        assert!(boards.turn(NOON_MS + DAY_MS));
        assert_eq!(value(&boards, Span::Today, "hits"), None);
    }

    #[test]
    fn another_name_keeps_the_place() {
        let mut boards = boards();
        tell(&mut boards, [3, 0], NOON_MS);
        let (name, gained) = (Arc::from("Abe"), Statistics::of([3]));
        let record = Record { person: PersonId(2), name: &name, about: &GAME, gained: &gained };
        boards.record(&record, NOON_MS + 1);
        boards.rename(ADA, &Arc::from("Zoe"));
        let ranking = boards.ranking(Ladder { game: "game", span: Span::AllTime, by: "hits" }).unwrap();
        let names: Vec<&str> = ranking.iter().map(|standing| &*standing.name).collect();
        assert_eq!(names, ["Zoe", "Abe"]);
    }

    #[test]
    fn what_is_put_back_goes_on() {
        let mut boards = boards();
        let row = RankedPlayer { person: ADA, name: "Ada".into(), value: 7, reached_ms: 3 };
        boards.restore(Ladder { game: "game", span: Span::AllTime, by: "hits" }, row.clone());
        boards.restore(Ladder { game: "gone", span: Span::AllTime, by: "hits" }, row);
        tell(&mut boards, [1, 0], NOON_MS);
        assert_eq!(value(&boards, Span::AllTime, "hits"), Some(8));
        assert_eq!(value(&boards, Span::Today, "hits"), Some(1));
    }
}
