//! The candles of one good at one venue: what the server has, continued with the ticker's prices. Pure.

use std::collections::VecDeque;

/// Candles kept and drawn; of more, the oldest go.
pub(crate) const MAX_CANDLES: usize = 60;

/// How long a candle is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Interval {
    /// A second.
    Second,
    /// A minute.
    #[default]
    Minute,
    /// An hour.
    Hour,
}

impl Interval {
    /// All of them, shortest first.
    pub(crate) const ALL: [Self; 3] = [Self::Second, Self::Minute, Self::Hour];

    /// Its name at the server.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Second => "1s",
            Self::Minute => "1m",
            Self::Hour => "1h",
        }
    }

    fn millis(self) -> u64 {
        match self {
            Self::Second => 1_000,
            Self::Minute => 60_000,
            Self::Hour => 3_600_000,
        }
    }
}

/// The prices of one interval.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Candle {
    /// When it starts, milliseconds since 1970.
    pub(crate) start_ms: u64,
    pub(crate) open: u32,
    pub(crate) high: u32,
    pub(crate) low: u32,
    pub(crate) close: u32,
    /// Units that changed hands.
    pub(crate) volume: u64,
}

/// Candles, oldest first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Candles {
    interval: Interval,
    kept: VecDeque<Candle>,
}

impl Candles {
    pub(crate) fn new(interval: Interval) -> Self {
        Self { interval, kept: VecDeque::new() }
    }

    /// Takes in what the server has, in any order; what came meanwhile is newer and stays.
    pub(crate) fn fill(&mut self, mut past: Vec<Candle>) {
        past.retain(|candle| candle.low <= candle.high && candle.low > 0);
        past.sort_by_key(|candle| candle.start_ms);
        past.dedup_by_key(|candle| candle.start_ms);
        let mut live = std::mem::take(&mut self.kept);
        if let (Some(last), Some(first)) = (past.last(), live.front_mut())
            && last.start_ms == first.start_ms
        {
            // The server saw its beginning, and what came since is in both.
            first.open = last.open;
            (first.high, first.low) = (first.high.max(last.high), first.low.min(last.low));
            first.volume = first.volume.max(last.volume);
        }
        let live_from_ms = live.front().map_or(u64::MAX, |candle| candle.start_ms);
        past.into_iter().filter(|candle| candle.start_ms < live_from_ms).for_each(|candle| self.push(candle));
        live.into_iter().for_each(|candle| self.push(candle));
    }

    /// Takes in a price of a time, milliseconds since 1970, and what changed hands for it.
    pub(crate) fn tell(&mut self, at_ms: u64, price: u32, traded: u32) {
        let start_ms = at_ms - at_ms % self.interval.millis();
        if let Some(last) = self.kept.back_mut()
            && last.start_ms >= start_ms
        {
            (last.high, last.low) = (last.high.max(price), last.low.min(price));
            last.close = price;
            last.volume += u64::from(traded);
            return;
        }
        let open = self.kept.back().map_or(price, |last| last.close);
        let (high, low) = (open.max(price), open.min(price));
        self.push(Candle { start_ms, open, high, low, close: price, volume: traded.into() });
    }

    fn push(&mut self, candle: Candle) {
        if self.kept.len() == MAX_CANDLES {
            self.kept.pop_front();
        }
        self.kept.push_back(candle);
    }

    /// The candles, oldest first.
    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = &Candle> {
        self.kept.iter()
    }

    /// Lowest and highest price, and the largest turnover.
    pub(crate) fn range(&self) -> Option<(u32, u32, u64)> {
        let low = self.kept.iter().map(|candle| candle.low).min()?;
        let high = self.kept.iter().map(|candle| candle.high).max()?;
        Some((low, high, self.kept.iter().map(|candle| candle.volume).max()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candle(start_ms: u64, price: u32) -> Candle {
        Candle { start_ms, open: price, high: price + 5, low: price - 5, close: price, volume: 1 }
    }

    #[test]
    fn live_prices_go_on_where_the_server_ended() {
        let mut candles = Candles::new(Interval::Second);
        candles.fill(vec![candle(2_000, 110), candle(1_000, 100)]);
        candles.tell(2_500, 120, 3);
        candles.tell(3_100, 90, 0);
        let kept: Vec<Candle> = candles.iter().copied().collect();
        assert_eq!(kept.len(), 3);
        assert_eq!(
            kept[1],
            Candle { start_ms: 2_000, open: 110, high: 120, low: 105, close: 120, volume: 4 }
        );
        assert_eq!(kept[2], Candle { start_ms: 3_000, open: 120, high: 120, low: 90, close: 90, volume: 0 });
        assert_eq!(candles.range(), Some((90, 120, 4)));
    }

    #[test]
    fn what_was_told_while_the_past_was_fetched_stays() {
        let mut candles = Candles::new(Interval::Minute);
        candles.tell(120_500, 130, 2);
        candles.fill(vec![candle(60_000, 100), candle(120_000, 110), candle(180_000, 9)]);
        let kept: Vec<(u64, u32, u32, u32)> =
            candles.iter().map(|candle| (candle.start_ms, candle.open, candle.low, candle.close)).collect();
        assert_eq!(kept[..2], [(60_000, 100, 95, 100), (120_000, 130, 130, 130)]);
        let mut candles = Candles::new(Interval::Minute);
        candles.tell(120_500, 130, 2);
        candles.fill(vec![candle(60_000, 100), candle(120_000, 110)]);
        let last = candles.iter().last().copied();
        assert_eq!(
            last,
            Some(Candle { start_ms: 120_000, open: 110, high: 130, low: 105, close: 130, volume: 2 })
        );
    }

    #[test]
    fn candles_are_bounded_and_unsound_ones_left_out() {
        let mut candles = Candles::new(Interval::Second);
        candles.fill((1..500).map(|n| candle(n * 1000, 100)).collect());
        (500..900).for_each(|n| candles.tell(n * 1000, 100, 1));
        assert_eq!(candles.iter().len(), MAX_CANDLES);
        candles.fill(vec![Candle { low: 9, high: 1, ..candle(0, 100) }]);
        assert_eq!(candles.iter().len(), MAX_CANDLES);
        assert!(Candles::new(Interval::Hour).range().is_none());
    }

    #[test]
    fn a_clock_that_goes_back_makes_no_candle_twice() {
        let mut candles = Candles::new(Interval::Second);
        candles.tell(5_000, 10, 0);
        candles.tell(3_000, 12, 0);
        assert_eq!(candles.iter().len(), 1);
        assert_eq!(candles.iter().next().map(|candle| candle.close), Some(12));
    }
}
