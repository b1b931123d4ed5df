//! The public state of the services: prices, charts and boards, as they were last sent.
//!
//! One writer (the services hub) replaces whole snapshots; readers take the current one. The lock is held while a
//! pointer is swapped or copied, never while a snapshot is made or read. It does not know HTTP or the store.

use crate::services::candles::{Candle, Interval};
use crate::store::Ladder;
use perigee_shared::netcode::Quote;
use perigee_shared::protocol::LeaderRow;
use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

/// Rows that a board shows; further ones only count in its total.
pub(crate) const MAX_BOARD_ROWS: usize = 1000;
/// Most prices of one room; further ones are left out.
pub(crate) const MAX_QUOTES: usize = 256;

/// Identifies a series of candles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Series {
    /// The venue's index.
    pub venue: u8,
    /// The good's index.
    pub good: u8,
    /// The length of its candles.
    pub interval: Interval,
}

/// Candles, oldest first. An unchanged series is shared with the snapshot before.
pub(crate) type Charts = BTreeMap<Series, Arc<[Candle]>>;

/// A board.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standings {
    /// Best first, at most [`MAX_BOARD_ROWS`].
    pub places: Vec<LeaderRow>,
    /// All people on the board, including those below its last row.
    pub total: u32,
}

/// The market of one room.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PublishedMarket {
    /// The prices, at most [`MAX_QUOTES`].
    pub quotes: Vec<Quote>,
    /// The price history.
    pub charts: Charts,
}

/// Markets by room; a room without one may be missing.
pub(crate) type Markets = BTreeMap<String, Arc<PublishedMarket>>;

/// A snapshot that is replaced as a whole.
#[derive(Debug, Default)]
struct Latest<T>(RwLock<Arc<T>>);

impl<T> Latest<T> {
    fn get(&self) -> Arc<T> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn set(&self, snapshot: T) {
        let snapshot = Arc::new(snapshot);
        let before =
            std::mem::replace(&mut *self.0.write().unwrap_or_else(PoisonError::into_inner), snapshot);
        // The old snapshot is freed after the lock.
        drop(before);
    }
}

/// The latest snapshots. What was not reported yet is empty.
#[derive(Debug, Default)]
pub struct Publication {
    markets: Latest<Markets>,
    boards: Latest<BTreeMap<Ladder, Arc<Standings>>>,
}

impl Publication {
    /// The market of a room; empty if it has none, or if the room is unknown.
    #[must_use]
    pub fn market(&self, room: &str) -> Arc<PublishedMarket> {
        self.markets.get().get(room).map(Arc::clone).unwrap_or_default()
    }

    /// Replaces the markets of all rooms.
    pub fn set_markets(&self, mut markets: Markets) {
        for market in markets.values_mut().filter(|market| market.quotes.len() > MAX_QUOTES) {
            Arc::make_mut(market).quotes.truncate(MAX_QUOTES);
        }
        self.markets.set(markets);
    }

    /// A board; empty if nothing was reported of it.
    #[must_use]
    pub fn standings(&self, ladder: Ladder) -> Arc<Standings> {
        self.boards.get().get(&ladder).map(Arc::clone).unwrap_or_default()
    }

    /// Replaces boards; those that are not among `boards` stay as they are. There must be one writer only.
    pub fn set_standings(&self, boards: impl IntoIterator<Item = (Ladder, Standings)>) {
        let mut all = (*self.boards.get()).clone();
        for (board, mut standings) in boards {
            standings.places.truncate(MAX_BOARD_ROWS);
            all.insert(board, Arc::new(standings));
        }
        self.boards.set(all);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use perigee_shared::protocol::Span;

    const HITS: Ladder = Ladder { game: "game", span: Span::Today, by: "hits" };
    const WORTH: Ladder = Ladder { game: "game", span: Span::AllTime, by: "worth" };

    fn markets(quotes: usize) -> Markets {
        let market = PublishedMarket { quotes: vec![Quote::default(); quotes], charts: Charts::new() };
        Markets::from([("arena".to_owned(), Arc::new(market))])
    }

    #[test]
    fn nothing_told_is_empty_and_not_an_error() {
        let publication = Publication::default();
        assert_eq!(*publication.market("arena"), PublishedMarket::default());
        assert_eq!(*publication.standings(HITS), Standings::default());
    }

    #[test]
    fn a_reader_keeps_the_snapshot_that_it_took() {
        let publication = Publication::default();
        publication.set_markets(markets(1));
        let taken = publication.market("arena");
        publication.set_markets(Markets::new());
        assert_eq!(taken.quotes.len(), 1);
        assert!(publication.market("arena").quotes.is_empty());
    }

    #[test]
    fn boards_are_replaced_one_by_one_and_are_bounded() {
        let publication = Publication::default();
        let place = |rank| LeaderRow { rank, name: format!("P{rank}"), value: 1 };
        let many = Standings { places: (1..=1500).map(place).collect(), total: 1500 };
        publication.set_standings([(HITS, many)]);
        publication.set_standings([(WORTH, Standings { places: vec![place(1)], total: 1 })]);
        let hits = publication.standings(HITS);
        assert_eq!((hits.places.len(), hits.total), (MAX_BOARD_ROWS, 1500));
        assert_eq!(publication.standings(WORTH).places.len(), 1);
    }

    #[test]
    fn a_room_shows_so_many_prices_and_no_more() {
        let publication = Publication::default();
        publication.set_markets(markets(MAX_QUOTES + 1));
        assert_eq!(publication.market("arena").quotes.len(), MAX_QUOTES);
    }
}
