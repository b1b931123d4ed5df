//! What a game counts of its players. A game declares its statistics once
//! ([`About::statistics`](crate::netcode::About::statistics)); rosters, records, leaderboards, REST and the scoreboard
//! are derived from that table.

use crate::limits::MAX_STATISTICS;
use serde::de::{self, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// How a player's record merges the value of a match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Merge {
    /// A match counts up from zero, and the record is the sum over all matches: shots that hit.
    Sum,
    /// The record is the largest value ever reported: the longest streak.
    Max,
    /// The record is the last value reported: a balance.
    Last,
}

impl Merge {
    /// The record after a match reported `told`: for [`Self::Sum`] an increment, else a value.
    #[must_use]
    pub fn merged(self, record: i64, told: i64) -> i64 {
        match self {
            Self::Sum => record.saturating_add(told),
            Self::Max => record.max(told),
            Self::Last => told,
        }
    }

    /// What to report of a statistic that was `before` and is `now` within one match. A sum that is lower than before
    /// has restarted from zero.
    #[must_use]
    pub fn increment(self, before: i64, now: i64) -> i64 {
        match self {
            Self::Sum if now >= before => now - before,
            Self::Sum | Self::Max | Self::Last => now,
        }
    }
}

/// A row of a game's table of statistics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Statistic {
    /// Its name in records and JSON: lower-case ASCII letters, digits and `_`. Records are stored under it, so it must
    /// never change.
    pub key: &'static str,
    /// The title that players read, at most 16 characters.
    pub title: &'static str,
    /// How records merge it.
    pub merge: Merge,
    /// Whether it has leaderboards, which rank by the largest value that a player ever had: over all time, and today.
    pub has_board: bool,
    /// Whether a smaller value is better. It then breaks ties between equal scores in a room.
    pub less_is_better: bool,
}

impl Statistic {
    /// A statistic with leaderboards.
    #[must_use]
    pub const fn ranked(key: &'static str, title: &'static str, merge: Merge) -> Self {
        Self { key, title, merge, has_board: true, less_is_better: false }
    }

    /// A sum that is kept and shown, and has no leaderboard.
    #[must_use]
    pub const fn count(key: &'static str, title: &'static str) -> Self {
        Self { key, title, merge: Merge::Sum, has_board: false, less_is_better: false }
    }

    /// The same, where a smaller value is better.
    #[must_use]
    pub const fn lower_is_better(self) -> Self {
        Self { less_is_better: true, ..self }
    }
}

/// A value for each of a game's statistics, in the order of its table; 0 beyond the table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Statistics([i64; MAX_STATISTICS]);

impl Statistics {
    /// These values.
    ///
    /// # Panics
    /// For more than [`MAX_STATISTICS`] values.
    #[must_use]
    pub const fn of<const N: usize>(values: [i64; N]) -> Self {
        assert!(N <= MAX_STATISTICS, "a game has at most MAX_STATISTICS statistics");
        let mut all = [0; MAX_STATISTICS];
        let mut at = 0;
        while at < N {
            all[at] = values[at];
            at += 1;
        }
        Self(all)
    }

    /// The value of the statistic at that place of the table; 0 for a place beyond the table.
    #[must_use]
    pub fn get(&self, at: usize) -> i64 {
        self.0.get(at).copied().unwrap_or(0)
    }

    /// Sets it. A place beyond the table is ignored.
    pub fn set(&mut self, at: usize, value: i64) {
        if let Some(place) = self.0.get_mut(at) {
            *place = value;
        }
    }

    /// Values up to the last that is not 0.
    fn trimmed(&self) -> &[i64] {
        let length = self.0.iter().rposition(|&value| value != 0).map_or(0, |last| last + 1);
        &self.0[..length]
    }
}

/// On the wire: the number of values up to the last that is not 0, then these values.
impl Serialize for Statistics {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.trimmed())
    }
}

impl<'de> Deserialize<'de> for Statistics {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(Values)
    }
}

struct Values;

impl<'de> Visitor<'de> for Values {
    type Value = Statistics;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at most {MAX_STATISTICS} numbers")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Statistics, A::Error> {
        let mut values = Statistics::default();
        let mut length = 0;
        while let Some(value) = sequence.next_element()? {
            let place =
                values.0.get_mut(length).ok_or_else(|| de::Error::invalid_length(length + 1, &self))?;
            *place = value;
            length += 1;
        }
        if values.trimmed().len() == length { Ok(values) } else { Err(de::Error::custom("a trailing zero")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{decode_scenario, encode_scenario};

    #[test]
    fn a_record_takes_in_what_a_match_tells() {
        assert_eq!(
            [(0, 3), (3, 5), (5, 1)].map(|(before, now)| Merge::Sum.increment(before, now)),
            [3, 2, 1]
        );
        assert_eq!((Merge::Sum.merged(7, 3), Merge::Sum.merged(i64::MAX, 3)), (10, i64::MAX));
        assert_eq!((Merge::Max.increment(9, 4), Merge::Max.merged(9, 4), Merge::Max.merged(4, 9)), (4, 9, 9));
        assert_eq!((Merge::Last.increment(9, 4), Merge::Last.merged(9, 4)), (4, 4));
    }

    #[test]
    fn values_are_short_on_the_wire_and_bounded() {
        let of = |values: &[i64]| encode_scenario(&values.to_vec());
        for (values, length) in
            [(Statistics::default(), 2), (Statistics::of([0, -3]), 4), (Statistics::of([7]), 3)]
        {
            let bytes = encode_scenario(&values);
            assert_eq!((bytes.len(), decode_scenario::<Statistics>(&bytes).unwrap()), (length, values));
        }
        let whole = [1; MAX_STATISTICS];
        assert_eq!(decode_scenario::<Statistics>(&of(&whole)).unwrap(), Statistics::of(whole));
        assert!(
            decode_scenario::<Statistics>(&of(&[1; MAX_STATISTICS + 1])).is_err(),
            "one more than there can be"
        );
        assert!(decode_scenario::<Statistics>(&of(&[1, 0])).is_err(), "one value has one form");
    }
}
