//! The history of one room's prices: candles, and the charts that are made of them.

use crate::services::candles::{Candles, Interval, MAX_CANDLES};
use crate::services::publication::{Charts, PublishedMarket, Series};
use perigee_shared::netcode::Quote;
use std::sync::Arc;

/// The history of one room's prices.
#[derive(Debug, Default)]
pub(super) struct PriceBook {
    candles: Candles,
    /// The market as last published; unchanged series are shared from one snapshot to the next.
    market: Arc<PublishedMarket>,
    /// The goods whose prices changed since then.
    changed: Vec<(u8, u8)>,
}

impl PriceBook {
    /// A book that continues these candles.
    pub(super) fn new(candles: Candles) -> Self {
        let changed = candles.rows().map(|row| (row.venue, row.good)).collect();
        Self { candles, changed, ..Self::default() }
    }

    /// All candles.
    pub(super) fn candles(&self) -> &Candles {
        &self.candles
    }

    /// Drops candles of a future that a wrong clock reached.
    pub(super) fn leave_future(&mut self, now_ms: u64) {
        self.candles.leave_future(now_ms);
    }

    /// Takes the candles, for the room's next book.
    pub(super) fn into_candles(self) -> Candles {
        self.candles
    }

    /// A price changed; `before` is the one that was last sent.
    pub(super) fn add(&mut self, quote: Quote, before: Option<Quote>, unix_ms: u64) {
        let sold = before.map_or(0, |before| quote.traded.wrapping_sub(before.traded));
        self.candles.add(quote.venue, quote.good, unix_ms, quote.ask, u64::from(sold));
        if !self.changed.contains(&(quote.venue, quote.good)) {
            self.changed.push((quote.venue, quote.good));
        }
    }

    /// The market with these prices, for publication.
    pub(super) fn market(&mut self, quotes: &[Quote]) -> Arc<PublishedMarket> {
        if !self.changed.is_empty() {
            let mut charts = self.market.charts.clone();
            for (venue, good) in self.changed.drain(..) {
                renew(&mut charts, &self.candles, venue, good);
            }
            self.market = Arc::new(PublishedMarket { quotes: quotes.to_vec(), charts });
        }
        Arc::clone(&self.market)
    }
}

fn renew(charts: &mut Charts, candles: &Candles, venue: u8, good: u8) {
    for interval in Interval::ALL {
        let newest = candles.newest(venue, good, interval, MAX_CANDLES);
        charts.insert(Series { venue, good, interval }, newest.copied().collect());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_become_candles_with_what_was_sold_and_only_what_changed_is_made_anew() {
        let mut book = PriceBook::default();
        let quote = |good, ask, traded| Quote { good, ask, traded, ..Quote::default() };
        book.add(quote(0, 10, u32::MAX), None, 1000);
        book.add(quote(1, 70, 5), None, 1000);
        let first = book.market(&[quote(0, 10, u32::MAX), quote(1, 70, 5)]);
        assert!(Arc::ptr_eq(&first, &book.market(&[])));
        book.add(quote(0, 12, 2), Some(quote(0, 10, u32::MAX)), 1500);
        let second = book.market(&[quote(0, 12, 2), quote(1, 70, 5)]);
        let series = |good| Series { venue: 0, good, interval: Interval::Second };
        let candle = second.charts[&series(0)][0];
        assert_eq!((candle.start_ms, candle.open, candle.close, candle.volume), (1000, 10, 12, 3));
        assert!(Arc::ptr_eq(&first.charts[&series(1)], &second.charts[&series(1)]));
        assert_eq!((first.quotes[0].ask, second.quotes[0].ask), (10, 12));
    }
}
