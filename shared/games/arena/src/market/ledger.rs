//! The books: every way that goods and money come into the arena or leave it, counted.
//!
//! What is anywhere (stations, holds, crates) must be what the books say, to the unit. A test that does not balance has
//! found a leak.

use crate::goods::{GOODS, Good};
use perigee_shared::hash::StateHasher;

/// Where the units of one good came from and went to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GoodsBook {
    /// In store when the match began. A source.
    pub opened: u64,
    /// Chipped out of asteroids. A source.
    pub mined: u64,
    /// Brought to stations by ships that nobody sees. A source.
    pub imported: u64,
    /// Made by stations. A source.
    pub produced: u64,
    /// Used up by stations. A sink.
    pub consumed: u64,
    /// Taken from stations by ships that nobody sees. A sink.
    pub exported: u64,
    /// Brought along by pilots who came. A source.
    pub arrived: u64,
    /// Gone with a ship or a crate. A sink.
    pub lost: u64,
    /// Taken along by pilots who left. A sink.
    pub departed: u64,
}

/// Where the credits came from and went to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MoneyBook {
    /// In the stations' accounts when the match began. A source.
    pub opened: u64,
    /// Brought along by pilots who came. A source.
    pub arrived: u64,
    /// Given to pilots who came for the first time. A source.
    pub granted: u64,
    /// Paid for kills. A source.
    pub bounties: u64,
    /// What stations earn elsewhere. A source.
    pub income: u64,
    /// Paid for repairs. A sink.
    pub repairs: u64,
    /// Paid for another ship. A sink.
    pub refits: u64,
    /// What stations spend elsewhere. A sink.
    pub dues: u64,
    /// Taken along by pilots who left. A sink.
    pub departed: u64,
}

/// The books of an arena.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    /// By good.
    pub goods: [GoodsBook; GOODS],
    /// Credits.
    pub money: MoneyBook,
}

impl GoodsBook {
    /// How many units there must be.
    #[must_use]
    pub fn balance(&self) -> i64 {
        let sources = self.opened + self.mined + self.imported + self.produced + self.arrived;
        difference(sources, self.consumed + self.exported + self.lost + self.departed)
    }

    pub(super) fn counters(&mut self) -> [&mut u64; 9] {
        let Self { opened, mined, imported, produced, consumed, exported, arrived, lost, departed } = self;
        [opened, mined, imported, produced, consumed, exported, arrived, lost, departed]
    }
}

impl MoneyBook {
    /// How many credits there must be.
    #[must_use]
    pub fn balance(&self) -> i64 {
        let sources = self.opened + self.arrived + self.granted + self.bounties + self.income;
        difference(sources, self.repairs + self.refits + self.dues + self.departed)
    }

    pub(super) fn counters(&mut self) -> [&mut u64; 9] {
        let Self { opened, arrived, granted, bounties, income, repairs, refits, dues, departed } = self;
        [opened, arrived, granted, bounties, income, repairs, refits, dues, departed]
    }
}

impl Ledger {
    /// The book of one good.
    pub fn of(&mut self, good: Good) -> &mut GoodsBook {
        &mut self.goods[good.index()]
    }

    /// Mixes all counters into `hasher`.
    pub fn hash_into(&self, hasher: &mut StateHasher) {
        let mut copy = *self;
        copy.each_counter(|counter| hasher.write_u64(*counter));
    }

    /// Shows every counter to `visit`, in a fixed order.
    pub(super) fn each_counter(&mut self, mut visit: impl FnMut(&mut u64)) {
        self.goods.iter_mut().flat_map(GoodsBook::counters).for_each(&mut visit);
        self.money.counters().into_iter().for_each(visit);
    }
}

fn difference(sources: u64, sinks: u64) -> i64 {
    sources.wrapping_sub(sinks) as i64
}
