//! The stations' market: five goods at each station, whose prices follow what is in store, in integers, the same
//! from the same inputs.
//!
//! - `price`: what a unit costs, given the stock: the one curve
//! - `station`: what a station is, makes and uses up, tick by tick
//! - `trade`: buying and selling, all or nothing
//! - `ledger`: where goods and money come from and go to; what is anywhere must be what the ledger says
//! - `save`: the state as bits
//!
//! It knows neither ships nor players nor where a station is: `orders` brings them together.

mod ledger;
mod price;
mod save;
mod station;
#[cfg(test)]
mod tests;
mod trade;

pub use ledger::{GoodsBook, Ledger, MoneyBook};
pub use price::{MAX_PRICE, SPREAD_PERCENT};
pub use station::{Shelf, Station, StationKind};
pub use trade::{Deal, MAX_CREDITS, MAX_TRADE_UNITS, Receipt, TradeRefusal, Trader};

use crate::goods::{GOODS, Good};
use perigee_shared::hash::StateHasher;
use perigee_shared::limits::MAX_VENUES;
use perigee_shared::rng::Rng;

/// One demand shock in so many ticks, by and large: 45 s.
const TICKS_PER_SHOCK: u32 = 1350;

/// All stations of an arena, and the books of the whole arena.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Market {
    stations: Vec<Station>,
    /// What came and went, in the whole arena. Whoever makes or destroys goods or money writes it down here.
    pub ledger: Ledger,
}

impl Market {
    /// The market of `stations` stations ([`MAX_VENUES`] at the most) in the arena of that seed, in balance.
    #[must_use]
    pub fn new(stations: usize, seed: u64) -> Self {
        let mut rng = Rng::new(seed);
        let stations: Vec<_> = (0..stations.min(MAX_VENUES))
            .map(|index| Station::new(StationKind::of(index), &mut rng))
            .collect();
        let mut ledger = Ledger::default();
        for station in &stations {
            ledger.money.opened += station.credits().unsigned_abs();
            for (book, shelf) in ledger.goods.iter_mut().zip(station.shelves()) {
                book.opened += u64::from(shelf.stock().unsigned_abs());
            }
        }
        Self { stations, ledger }
    }

    /// One tick: stations make and use up goods, far-off markets send and take some, demand shifts.
    pub fn step(&mut self, rng: &mut Rng) {
        let Self { stations, ledger } = self;
        for station in stations.iter_mut() {
            station.step(ledger);
        }
        if stations.is_empty() {
            return;
        }
        // A ticker that stands still is dead: each tick somewhere demand changes by a little.
        shelf_by_chance(stations, rng).murmur(rng);
        if rng.chance(1, TICKS_PER_SHOCK) {
            shelf_by_chance(stations, rng).shock(rng);
        }
    }

    /// The stations, by index.
    #[must_use]
    pub fn stations(&self) -> &[Station] {
        &self.stations
    }

    /// How many units of `good` all stations have together.
    #[must_use]
    pub fn stock_of(&self, good: Good) -> i64 {
        self.stations.iter().map(|station| i64::from(station.shelves()[good.index()].stock())).sum()
    }

    /// The credits of all stations together.
    #[must_use]
    pub fn credits(&self) -> i64 {
        self.stations.iter().map(Station::credits).sum()
    }

    /// Mixes the whole state into `hasher`.
    pub fn hash_into(&self, hasher: &mut StateHasher) {
        for station in &self.stations {
            station.hash_into(hasher);
        }
        self.ledger.hash_into(hasher);
    }
}

fn shelf_by_chance<'a>(stations: &'a mut [Station], rng: &mut Rng) -> &'a mut Shelf {
    let at = rng.below((stations.len() * GOODS) as u32) as usize;
    stations[at / GOODS].shelf_mut(Good::ALL[at % GOODS])
}
