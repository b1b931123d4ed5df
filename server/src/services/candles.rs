//! Price history: open, high, low, close and volume per second, minute and hour, of each good at each venue, for
//! charts.
//!
//! Pure: time is an argument. Memory is bounded by [`MAX_SERIES`] and [`MAX_CANDLES`], whatever the input. An interval
//! without a reported price has no candle: prices are reported when they change, so the last close holds through a gap.

use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, VecDeque};

/// Candles kept per interval of a series; one more displaces the oldest.
pub(crate) const MAX_CANDLES: usize = 300;
/// Most series of one market: more than venues times goods. Prices of further ones are dropped and counted.
pub(crate) const MAX_SERIES: usize = 64;

/// How far a clock may be set back without losing candles, ms.
pub(crate) const AHEAD_MS: u64 = 2 * 60 * 60 * 1000;

/// The length of a candle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Interval {
    /// One second.
    Second,
    /// One minute.
    Minute,
    /// One hour.
    Hour,
}

impl Interval {
    /// All intervals, shortest first.
    pub const ALL: [Self; 3] = [Self::Second, Self::Minute, Self::Hour];

    /// The interval of that name: `1s`, `1m`, `1h`.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|interval| interval.name() == name)
    }

    /// Its name: `1s`, `1m`, `1h`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Second => "1s",
            Self::Minute => "1m",
            Self::Hour => "1h",
        }
    }

    /// Its length, ms.
    #[must_use]
    pub fn millis(self) -> u64 {
        match self {
            Self::Second => 1_000,
            Self::Minute => 60_000,
            Self::Hour => 3_600_000,
        }
    }

    /// When the candle that holds `time_ms` starts.
    #[must_use]
    pub fn start_ms(self, time_ms: u64) -> u64 {
        time_ms - time_ms % self.millis()
    }
}

/// The prices reported in one interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candle {
    /// When it starts, ms since 1970, a multiple of the interval.
    pub start_ms: u64,
    /// The first price.
    pub open: u32,
    /// The highest price.
    pub high: u32,
    /// The lowest price.
    pub low: u32,
    /// The last price.
    pub close: u32,
    /// Units that changed hands.
    pub volume: u64,
}

impl Candle {
    fn new(start_ms: u64, price: u32, volume: u64) -> Self {
        Self { start_ms, open: price, high: price, low: price, close: price, volume }
    }

    fn add(&mut self, price: u32, volume: u64) {
        self.high = self.high.max(price);
        self.low = self.low.min(price);
        self.close = price;
        self.volume = self.volume.saturating_add(volume);
    }

    fn is_sound(&self) -> bool {
        (self.low..=self.high).contains(&self.open) && (self.low..=self.high).contains(&self.close)
    }
}

/// The candles of one interval, oldest first, starts strictly ascending.
type Ring = VecDeque<Candle>;

/// One venue's price of one good.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Series {
    rings: [Ring; Interval::ALL.len()],
}

/// The candles of one market, by (venue, good).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<Row>", into = "Vec<Row>")]
pub struct Candles {
    series: BTreeMap<(u8, u8), Series>,
    refused: u64,
}

/// Candles as stored: one ring in each row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// The venue's index. Older files use the first game's word for it.
    #[serde(alias = "station")]
    pub venue: u8,
    /// The good's index.
    pub good: u8,
    /// The length of its candles.
    pub interval: Interval,
    /// Oldest first.
    pub candles: Vec<Candle>,
}

impl Candles {
    /// Adds a price reported at `time_ms` (since 1970), after `volume` units changed hands since the last report. A
    /// time before the newest candle's counts into that candle: clocks may be set back, charts are not.
    pub fn add(&mut self, venue: u8, good: u8, time_ms: u64, price: u32, volume: u64) {
        let key = (venue, good);
        if self.series.len() >= MAX_SERIES && !self.series.contains_key(&key) {
            self.refused = self.refused.saturating_add(1);
            return;
        }
        let series = self.series.entry(key).or_default();
        for (interval, ring) in Interval::ALL.into_iter().zip(&mut series.rings) {
            let start_ms = interval.start_ms(time_ms);
            match ring.back_mut() {
                Some(newest) if newest.start_ms >= start_ms => newest.add(price, volume),
                _ => push(ring, Candle::new(start_ms, price, volume)),
            }
        }
    }

    /// Drops candles of a future that a wrong clock reached, if they begin more than [`AHEAD_MS`] after `now_ms`: the
    /// chart would otherwise not continue before that time. Only for a clock that is known to be right.
    pub fn leave_future(&mut self, now_ms: u64) {
        for ring in self.series.values_mut().flat_map(|series| &mut series.rings) {
            if ring.back().is_some_and(|newest| newest.start_ms > now_ms.saturating_add(AHEAD_MS)) {
                ring.retain(|candle| candle.start_ms <= now_ms);
            }
        }
    }

    /// The newest `count` candles of a series, oldest first; none if nothing was reported of it.
    pub fn newest(
        &self,
        venue: u8,
        good: u8,
        interval: Interval,
        count: usize,
    ) -> impl Iterator<Item = &Candle> {
        let ring = self.series.get(&(venue, good)).map(|series| &series.rings[interval as usize]);
        let skipped = ring.map_or(0, |ring| ring.len().saturating_sub(count));
        ring.into_iter().flatten().skip(skipped)
    }

    /// Prices that were dropped because there were too many series.
    #[must_use]
    pub fn refused(&self) -> u64 {
        self.refused
    }

    /// Adds stored rows; later rows continue earlier ones, and a repeated newest candle replaces the earlier version.
    /// The rows come from a file: only candles that are valid and in order are taken, within bounds.
    pub fn take(&mut self, rows: Vec<Row>) {
        for row in rows {
            let key = (row.venue, row.good);
            if self.series.len() >= MAX_SERIES && !self.series.contains_key(&key) {
                self.refused = self.refused.saturating_add(1);
                continue;
            }
            let ring = &mut self.series.entry(key).or_default().rings[row.interval as usize];
            for candle in row.candles {
                if candle.start_ms != row.interval.start_ms(candle.start_ms) || !candle.is_sound() {
                    continue;
                }
                match ring.back_mut() {
                    Some(newest) if newest.start_ms == candle.start_ms => *newest = candle,
                    Some(newest) if newest.start_ms > candle.start_ms => {}
                    _ => push(ring, candle),
                }
            }
        }
    }

    /// The candles that changed since `since_ms`, to be stored beside an older full copy.
    pub fn rows_since(&self, since_ms: u64) -> impl Iterator<Item = Row> + '_ {
        self.rows().map(move |mut row| {
            row.candles.retain(|candle| candle.start_ms + row.interval.millis() > since_ms);
            row
        })
    }

    /// All candles, to be stored.
    pub fn rows(&self) -> impl Iterator<Item = Row> + '_ {
        self.series.iter().flat_map(|(&(venue, good), series)| {
            let rings = Interval::ALL.into_iter().zip(&series.rings);
            rings.map(move |(interval, ring)| Row {
                venue,
                good,
                interval,
                candles: ring.iter().copied().collect(),
            })
        })
    }
}

impl From<Vec<Row>> for Candles {
    fn from(rows: Vec<Row>) -> Self {
        let mut candles = Self::default();
        candles.take(rows);
        candles
    }
}

impl From<Candles> for Vec<Row> {
    fn from(candles: Candles) -> Self {
        candles.rows().collect()
    }
}

fn push(ring: &mut Ring, candle: Candle) {
    if ring.len() == MAX_CANDLES {
        ring.pop_front();
    }
    ring.push_back(candle);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_time_that_was_reached_by_mistake_is_left() {
        let mut candles = Candles::default();
        let ahead_ms = 400 * 24 * Interval::Hour.millis();
        candles.add(0, 0, 5_000, 10, 1);
        candles.add(0, 0, ahead_ms, 99, 1);
        candles.leave_future(ahead_ms - AHEAD_MS);
        assert_eq!(candles.newest(0, 0, Interval::Second, 9).count(), 2, "a small step is no mistake");
        candles.leave_future(6_000);
        candles.add(0, 0, 6_000, 11, 1);
        let starts: Vec<u64> =
            candles.newest(0, 0, Interval::Second, 9).map(|candle| candle.start_ms).collect();
        assert_eq!(starts, [5_000, 6_000]);
    }

    #[test]
    fn a_whole_and_what_changed_since_are_everything() {
        let mut candles = Candles::default();
        (0..400).for_each(|n| candles.add(1, 2, n * 333, 100 + n as u32 % 7, n % 3));
        let (whole, at_ms) = (candles.rows().collect::<Vec<_>>(), 399 * 333);
        (400..520).for_each(|n| candles.add(1, 2, n * 333, 90 + n as u32 % 11, n % 5));
        let mut again = Candles::from(whole);
        again.take(candles.rows_since(at_ms).collect());
        assert_eq!(again.rows().collect::<Vec<_>>(), candles.rows().collect::<Vec<_>>());
    }

    /// What was reported of one series: (time, price, volume), times ascending.
    type Told = Vec<(u64, u32, u64)>;

    /// The newest candles by the simplest algorithm: group all reports by interval.
    fn model(told: &Told, interval: Interval, count: usize) -> Vec<Candle> {
        let mut spans: BTreeMap<u64, Told> = BTreeMap::new();
        for &(time_ms, price, volume) in told {
            spans.entry(time_ms / interval.millis()).or_default().push((time_ms, price, volume));
        }
        let candle = |(span, told): (u64, Told)| Candle {
            start_ms: span * interval.millis(),
            open: told[0].1,
            close: told[told.len() - 1].1,
            high: told.iter().map(|&(_, price, _)| price).max().unwrap(),
            low: told.iter().map(|&(_, price, _)| price).min().unwrap(),
            volume: told.iter().map(|&(_, _, volume)| volume).sum(),
        };
        let all: Vec<_> = spans.into_iter().map(candle).collect();
        all[all.len().saturating_sub(count.min(MAX_CANDLES))..].to_vec()
    }

    /// A random stored row: venue, interval, candles as half seconds and prices.
    type Noise = (u8, usize, Vec<(u64, u32, u32, u32, u32)>);

    fn gap() -> impl Strategy<Value = u64> {
        prop_oneof![8 => 0u64..700, 3 => 0u64..70_000, 1 => 0u64..9_000_000]
    }

    proptest! {
        #[test]
        fn candles_are_what_a_plain_reckoning_gives(
            told in proptest::collection::vec((0u8..3, 0u8..2, gap(), 1u32..10_000, 0u64..50), 0..900),
            count in 0usize..400,
        ) {
            let (mut candles, mut now_ms) = (Candles::default(), 1_700_000_000_123);
            let mut by_series: BTreeMap<(u8, u8), Told> = BTreeMap::new();
            for (venue, good, gap_ms, price, volume) in told {
                now_ms += gap_ms;
                candles.add(venue, good, now_ms, price, volume);
                by_series.entry((venue, good)).or_default().push((now_ms, price, volume));
            }
            for (&(venue, good), told) in &by_series {
                for interval in Interval::ALL {
                    let newest: Vec<_> = candles.newest(venue, good, interval, count).copied().collect();
                    prop_assert_eq!(newest, model(told, interval, count));
                }
            }
            let text = serde_json::to_string(&candles).unwrap();
            prop_assert_eq!(serde_json::from_str::<Candles>(&text).unwrap(), candles);
        }

        #[test]
        fn stored_nonsense_is_left_out(
            rows in proptest::collection::vec(
                (any::<u8>(), 0usize..3, proptest::collection::vec((0u64..9, 0u32..4, 0u32..4, 0u32..4, 0u32..4), 0..40)), 0..90),
        ) {
            let row = |(venue, interval, candles): Noise| Row {
                venue, good: 0, interval: Interval::ALL[interval],
                candles: candles.into_iter().map(|(start, open, high, low, close)| Candle {
                    start_ms: start * 500, open, high, low, close, volume: 1,
                }).collect(),
            };
            let candles = Candles::from(rows.into_iter().map(row).collect::<Vec<_>>());
            prop_assert!(candles.series.len() <= MAX_SERIES);
            for row in candles.rows() {
                prop_assert!(row.candles.iter().all(|c| c.low <= c.high && c.start_ms % row.interval.millis() == 0));
                prop_assert!(row.candles.windows(2).all(|two| two[0].start_ms < two[1].start_ms));
            }
        }
    }

    #[test]
    fn a_clock_set_back_does_not_write_the_past_anew() {
        let mut candles = Candles::default();
        candles.add(0, 0, 10_000, 50, 1);
        candles.add(0, 0, 7_000, 60, 1);
        candles.add(0, 0, 11_000, 55, 1);
        let newest: Vec<_> = candles.newest(0, 0, Interval::Second, 9).copied().collect();
        let first = Candle { start_ms: 10_000, open: 50, high: 60, low: 50, close: 60, volume: 2 };
        assert_eq!(newest, [first, Candle::new(11_000, 55, 1)]);
    }

    #[test]
    fn series_and_rings_are_bounded() {
        let mut candles = Candles::default();
        for n in 0..1000u64 {
            candles.add(0, 0, n * 1000, 5, 0);
            candles.add((n % 200) as u8, 1, 5, 5, 0);
        }
        assert_eq!(candles.newest(0, 0, Interval::Second, usize::MAX).count(), MAX_CANDLES);
        assert_eq!(candles.series.len(), MAX_SERIES);
        assert!(candles.refused() > 0);
    }

    #[test]
    fn an_interval_has_a_name() {
        assert!(Interval::ALL.into_iter().all(|interval| Interval::named(interval.name()) == Some(interval)));
        assert_eq!(Interval::named("1d"), None);
    }
}
