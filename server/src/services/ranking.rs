//! Exact order of many people by one number: rank, best, neighbours, at any size and after each change.
//!
//! A sorted list in pieces of at most a few hundred. A lookup takes two binary searches, a change moves at most one
//! piece, and a position adds up the lengths of the pieces before it: at 100,000 entries some 400 additions over
//! contiguous memory. A balanced tree with counts has logarithmic cost, but loses that to cache misses;
//! `benches/services.rs` has the figures.
//!
//! Equal numbers share a rank (1, 2, 2, 4). Among them, the person who reached it first is shown first; if that is
//! equal too, the name decides.

use crate::person::PersonId;
use std::cmp::{Ordering, Reverse};
use std::collections::HashMap;
use std::sync::Arc;

/// Longest piece; a longer one is cut in two.
const MAX_PIECE: usize = 512;

/// A person's place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RankedPlayer {
    /// The person.
    pub person: PersonId,
    /// Their name.
    pub name: Arc<str>,
    /// Their number.
    pub value: i64,
    /// When they reached it, milliseconds of Unix time.
    pub reached_ms: u64,
}

impl RankedPlayer {
    /// Best first; the person makes the order total.
    fn key(&self) -> (Reverse<i64>, u64, &str, PersonId) {
        (Reverse(self.value), self.reached_ms, &self.name, self.person)
    }

    fn order(&self, other: &Self) -> Ordering {
        self.key().cmp(&other.key())
    }
}

/// All ranked people, best first.
#[derive(Clone, Debug)]
pub struct Ranking {
    pieces: Vec<Vec<Arc<RankedPlayer>>>,
    by_person: HashMap<PersonId, Arc<RankedPlayer>>,
    most: usize,
    dropped: u64,
}

impl Ranking {
    /// An empty ranking that keeps the `most` best, at least one.
    #[must_use]
    pub fn new(most: usize) -> Self {
        Self { pieces: Vec::new(), by_person: HashMap::new(), most: most.max(1), dropped: 0 }
    }

    /// How many people are ranked.
    #[must_use]
    pub fn len(&self) -> usize {
        self.by_person.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_person.is_empty()
    }

    /// How many were displaced from the end of a full ranking.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Sets a person's number and name. If the number is unchanged, the time at which they reached it stays. Returns
    /// whether anything changed.
    pub fn update(&mut self, mut standing: RankedPlayer) -> bool {
        if let Some(before) = self.by_person.get(&standing.person) {
            if before.value == standing.value {
                standing.reached_ms = before.reached_ms;
            }
            if **before == standing {
                return false;
            }
        }
        self.remove(standing.person);
        let standing = Arc::new(standing);
        self.by_person.insert(standing.person, Arc::clone(&standing));
        self.insert(standing);
        if self.len() > self.most {
            self.dropped += 1;
            let last = self.pieces.last().and_then(|piece| piece.last()).map(|standing| standing.person);
            last.map(|person| self.remove(person));
        }
        true
    }

    /// Removes a person, and returns their place.
    pub fn remove(&mut self, person: PersonId) -> Option<Arc<RankedPlayer>> {
        let standing = self.by_person.remove(&person)?;
        let (piece, at) = self.place(|other| other.order(&standing));
        self.pieces[piece].remove(at);
        if self.pieces[piece].is_empty() {
            self.pieces.remove(piece);
        }
        Some(standing)
    }

    /// A person's place.
    #[must_use]
    pub fn get(&self, person: PersonId) -> Option<&RankedPlayer> {
        self.by_person.get(&person).map(|standing| &**standing)
    }

    /// A person's rank: one more than the number of people with a better number.
    #[must_use]
    pub fn rank(&self, person: PersonId) -> Option<u32> {
        self.by_person.get(&person).map(|standing| self.rank_of(standing.value))
    }

    /// The best `count` with their ranks.
    pub fn top(&self, count: usize) -> impl Iterator<Item = (u32, &RankedPlayer)> {
        self.range(0, count)
    }

    /// `count` rows from index `first` on, with their ranks.
    pub fn range(&self, first: usize, count: usize) -> impl Iterator<Item = (u32, &RankedPlayer)> {
        let mut rank: Option<(i64, u32)> = None;
        self.after(first).take(count).map(move |standing| {
            let known = rank.filter(|(value, _)| *value == standing.value).map(|(_, rank)| rank);
            let found = known.unwrap_or_else(|| self.rank_of(standing.value));
            rank = Some((standing.value, found));
            (found, standing)
        })
    }

    /// A person with up to `each_side` rows before and after them.
    pub fn around(&self, person: PersonId, each_side: usize) -> impl Iterator<Item = (u32, &RankedPlayer)> {
        let position = self.position(person);
        let first = position.map_or(0, |position| position.saturating_sub(each_side));
        let count = position.map_or(0, |position| position - first + 1 + each_side);
        self.range(first, count)
    }

    /// How many rows are before a person's.
    #[must_use]
    pub fn position(&self, person: PersonId) -> Option<usize> {
        let standing = self.by_person.get(&person)?;
        let (piece, at) = self.place(|other| other.order(standing));
        Some(self.before(piece) + at)
    }

    /// All rows, best first.
    pub fn iter(&self) -> impl Iterator<Item = &RankedPlayer> {
        self.pieces.iter().flatten().map(|standing| &**standing)
    }

    fn rank_of(&self, value: i64) -> u32 {
        let (piece, at) =
            self.place(|other| Reverse(other.value).cmp(&Reverse(value)).then(Ordering::Greater));
        u32::try_from(self.before(piece) + at + 1).unwrap_or(u32::MAX)
    }

    fn before(&self, piece: usize) -> usize {
        self.pieces[..piece].iter().map(Vec::len).sum()
    }

    fn after(&self, position: usize) -> impl Iterator<Item = &RankedPlayer> {
        let (mut piece, mut left) = (0, position);
        while piece < self.pieces.len() && left >= self.pieces[piece].len() {
            left -= self.pieces[piece].len();
            piece += 1;
        }
        self.pieces[piece..].iter().flatten().skip(left).map(|standing| &**standing)
    }

    /// The first row that does not come before the searched one: its piece, and its index in there. If there is none,
    /// the end of the last piece.
    fn place(&self, order: impl Fn(&RankedPlayer) -> Ordering) -> (usize, usize) {
        let is_before = |piece: &Vec<Arc<RankedPlayer>>| piece.last().is_some_and(|last| order(last).is_lt());
        let piece = self.pieces.partition_point(is_before).min(self.pieces.len().saturating_sub(1));
        let at =
            self.pieces.get(piece).map_or(0, |piece| piece.partition_point(|other| order(other).is_lt()));
        (piece, at)
    }

    fn insert(&mut self, standing: Arc<RankedPlayer>) {
        if self.pieces.is_empty() {
            self.pieces.push(Vec::with_capacity(MAX_PIECE + 1));
        }
        let (number, at) = self.place(|other| other.order(&standing));
        let piece = &mut self.pieces[number];
        piece.insert(at, standing);
        if piece.len() > MAX_PIECE {
            let mut half = Vec::with_capacity(MAX_PIECE + 1);
            half.extend(piece.drain(MAX_PIECE / 2..));
            self.pieces.insert(number + 1, half);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use perigee_shared::rng::Rng;

    fn standing(person: u64, name: &str, value: i64, reached_ms: u64) -> RankedPlayer {
        RankedPlayer { person: PersonId(person), name: name.into(), value, reached_ms }
    }

    /// Compares all answers with those of a list that is sorted each time.
    fn assert_like(ranking: &Ranking, model: &[RankedPlayer], rng: &mut Rng) {
        let mut sorted = model.to_vec();
        sorted.sort_by(RankedPlayer::order);
        assert!(ranking.iter().eq(&sorted));
        assert_eq!(ranking.len(), sorted.len());
        let rank = |value: i64| 1 + sorted.iter().filter(|other| other.value > value).count() as u32;
        let rows = |from: usize, to: usize| -> Vec<(u32, &RankedPlayer)> {
            sorted[from.min(sorted.len())..to.min(sorted.len())]
                .iter()
                .map(|row| (rank(row.value), row))
                .collect()
        };
        assert_eq!(ranking.top(10).collect::<Vec<_>>(), rows(0, 10));
        if let Some(at) = (!sorted.is_empty()).then(|| rng.below(sorted.len() as u32) as usize) {
            let person = sorted[at].person;
            assert_eq!(ranking.position(person), Some(at));
            assert_eq!(ranking.rank(person), Some(rank(sorted[at].value)));
            assert_eq!(ranking.around(person, 3).collect::<Vec<_>>(), rows(at.saturating_sub(3), at + 4));
        }
    }

    #[test]
    fn ten_thousand_random_changes_leave_the_order_of_a_sorted_list() {
        for seed in 0..4 {
            let mut rng = Rng::new(seed);
            let (mut ranking, mut model) = (Ranking::new(10_000), Vec::<RankedPlayer>::new());
            let (people, values) = if seed == 0 { (40, 5) } else { (3_000, 50) };
            for change in 0..10_000u64 {
                let person = PersonId(u64::from(rng.below(people)));
                let known = model.iter().position(|standing| standing.person == person);
                match (rng.below(10), known) {
                    (0, Some(at)) => {
                        assert_eq!(ranking.remove(person).as_deref(), Some(&model.swap_remove(at)));
                    }
                    (1, Some(at)) => {
                        model[at].name = format!("renamed {}", rng.below(9)).into();
                        ranking.update(model[at].clone());
                    }
                    _ => {
                        let value = i64::from(rng.below(values)) - 2;
                        // Several people reach a number in the same millisecond; then the name decides.
                        let new = standing(person.0, &format!("P{}", person.0 % 7), value, change / 8);
                        ranking.update(new.clone());
                        match known {
                            Some(at) if model[at].value == value => model[at].name = new.name,
                            Some(at) => model[at] = new,
                            None => model.push(new),
                        }
                    }
                }
                if change % 97 == 0 || change > 9_990 {
                    assert_like(&ranking, &model, &mut rng);
                }
            }
        }
    }

    #[test]
    fn equal_numbers_share_a_rank_and_the_first_is_shown_first() {
        let mut ranking = Ranking::new(10);
        ranking.update(standing(1, "Zoe", 5, 100));
        ranking.update(standing(2, "Bob", 7, 100));
        ranking.update(standing(3, "Ada", 5, 200));
        ranking.update(standing(4, "Abe", 5, 200));
        ranking.update(standing(5, "Eve", 1, 50));
        let rows = |ranking: &Ranking| -> Vec<(u32, String)> {
            ranking.top(9).map(|(rank, row)| (rank, row.name.to_string())).collect()
        };
        let expected = [(1, "Bob"), (2, "Zoe"), (2, "Abe"), (2, "Ada"), (5, "Eve")];
        assert_eq!(rows(&ranking), expected.map(|(rank, name)| (rank, name.to_owned())));
        // Neither reporting the same number again nor a new name costs a place.
        assert!(!ranking.update(standing(1, "Zoe", 5, 900)));
        assert!(ranking.update(standing(1, "Zoe Z.", 5, 900)));
        assert_eq!(rows(&ranking)[1], (2, "Zoe Z.".to_owned()));
        assert_eq!(ranking.get(PersonId(1)).unwrap().reached_ms, 100);
    }

    #[test]
    fn of_too_many_the_last_goes() {
        let mut ranking = Ranking::new(3);
        for person in 0..5 {
            ranking.update(standing(person, "x", person as i64, person));
        }
        let kept: Vec<u64> = ranking.iter().map(|row| row.person.0).collect();
        assert_eq!((kept, ranking.dropped(), ranking.len()), (vec![4, 3, 2], 2, 3));
        assert_eq!(ranking.rank(PersonId(0)), None);
        assert_eq!(ranking.around(PersonId(0), 5).count(), 0);
        assert_eq!(ranking.range(7, 5).count(), 0);
    }
}
