//! What the desk lays out for anybody to read: prices, charts and boards, once a second.

use super::Desk;
use crate::services::candles::{Candles, Interval};
use crate::services::chat::Moment;
use crate::services::publication::{Charts, MAX_BOARD_ROWS, Market, Publication, Series, Standings};
use crate::services::ranking::Ranking;
use perigee_shared::netcode::Quote;
use perigee_shared::protocol::LeaderRow;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Least time between two snapshots.
const PUBLISH_MS: u64 = 1000;

/// What is laid out, and what was last.
#[derive(Debug, Default)]
pub(super) struct ShelfState {
    pub(super) publication: Arc<Publication>,
    published_ms: Option<u64>,
    boards: Option<u64>,
}

/// What one room's prices did.
#[derive(Debug, Default)]
pub(super) struct PriceBook {
    candles: Candles,
    /// As it is laid out; series that do not change are shared from one snapshot to the next.
    market: Arc<Market>,
    /// What changed since then.
    changed: Vec<(u8, u8)>,
}

impl PriceBook {
    /// A book that goes on with these candles.
    pub(super) fn new(candles: Candles) -> Self {
        let changed = candles.rows().map(|row| (row.venue, row.good)).collect();
        Self { candles, changed, ..Self::default() }
    }

    /// All candles.
    pub(super) fn candles(&self) -> &Candles {
        &self.candles
    }

    /// Leaves a time that was reached by mistake.
    pub(super) fn leave_future(&mut self, now_ms: u64) {
        self.candles.leave_future(now_ms);
    }

    /// Closes the book, for the next one of its room.
    pub(super) fn into_candles(self) -> Candles {
        self.candles
    }

    /// A price is another one now; `before` is the one that was told last.
    pub(super) fn tell(&mut self, quote: Quote, before: Option<Quote>, unix_ms: u64) {
        let sold = before.map_or(0, |before| quote.traded.wrapping_sub(before.traded));
        self.candles.add(quote.venue, quote.good, unix_ms, quote.ask, u64::from(sold));
        if !self.changed.contains(&(quote.venue, quote.good)) {
            self.changed.push((quote.venue, quote.good));
        }
    }

    fn lay_out(&mut self, quotes: &[Quote]) -> Arc<Market> {
        if !self.changed.is_empty() {
            let mut charts = self.market.charts.clone();
            for (venue, good) in self.changed.drain(..) {
                renew(&mut charts, &self.candles, venue, good);
            }
            self.market = Arc::new(Market { quotes: quotes.to_vec(), charts });
        }
        Arc::clone(&self.market)
    }
}

fn renew(charts: &mut Charts, candles: &Candles, venue: u8, good: u8) {
    for interval in Interval::ALL {
        let newest = candles.newest(venue, good, interval, crate::services::candles::MAX_CANDLES);
        charts.insert(Series { venue, good, interval }, newest.copied().collect());
    }
}

impl Desk {
    /// A desk that lays out in `publication` what anybody may read.
    #[must_use]
    pub fn publishing(mut self, publication: Arc<Publication>) -> Self {
        self.shelf.publication = publication;
        self
    }

    /// Lays out what there is, if it is time.
    pub(super) fn lay_out(&mut self, now: Moment) {
        let shelf = &mut self.shelf;
        let is_due = |published_ms| now.mono_ms.saturating_sub(published_ms) >= PUBLISH_MS;
        if !shelf.published_ms.is_none_or(is_due) {
            return;
        }
        shelf.published_ms = Some(now.mono_ms);
        let market = |(name, room): (&Arc<str>, &mut super::news::RoomState)| {
            (name.to_string(), room.book.lay_out(room.ticker.told()))
        };
        let markets: BTreeMap<_, _> = self.rooms.iter_mut().map(market).collect();
        shelf.publication.set_markets(markets);
        let version = self.boards.version();
        // A server on which nobody did anything yet has nothing to lay out.
        if shelf.boards.replace(version).unwrap_or(0) != version {
            let boards = self.boards.iter().map(|(ladder, ranking)| (ladder, standings(ranking)));
            shelf.publication.set_standings(boards);
        }
    }
}

fn standings(ranking: &Ranking) -> Standings {
    let row = |(rank, row): (u32, &crate::services::ranking::Standing)| LeaderRow {
        rank,
        name: row.name.to_string(),
        value: row.value,
    };
    let total = u32::try_from(ranking.len()).unwrap_or(u32::MAX);
    Standings { places: ranking.top(MAX_BOARD_ROWS).map(row).collect(), total }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_become_candles_with_what_was_sold_and_only_what_changed_is_made_anew() {
        let mut book = PriceBook::default();
        let quote = |good, ask, traded| Quote { good, ask, traded, ..Quote::default() };
        book.tell(quote(0, 10, u32::MAX), None, 1000);
        book.tell(quote(1, 70, 5), None, 1000);
        let first = book.lay_out(&[quote(0, 10, u32::MAX), quote(1, 70, 5)]);
        assert!(Arc::ptr_eq(&first, &book.lay_out(&[])));
        book.tell(quote(0, 12, 2), Some(quote(0, 10, u32::MAX)), 1500);
        let second = book.lay_out(&[quote(0, 12, 2), quote(1, 70, 5)]);
        let series = |good| Series { venue: 0, good, interval: Interval::Second };
        let candle = second.charts[&series(0)][0];
        assert_eq!((candle.start_ms, candle.open, candle.close, candle.volume), (1000, 10, 12, 3));
        assert!(Arc::ptr_eq(&first.charts[&series(1)], &second.charts[&series(1)]));
        assert_eq!((first.quotes[0].ask, second.quotes[0].ask), (10, 12));
    }
}
