//! One station: its shelves, its account, what it makes and uses up.
//!
//! Each good has a stock that it keeps up by itself, slowly, by trade with markets that nobody sees; players' trades and
//! the station's own work pull it away from there. Flows are a fraction of a unit in a tick, so what is not whole yet is
//! carried over.

use super::ledger::Ledger;
use super::price::{Curve, FRACTIONS, MOOD_ONE, MOODS};
use crate::goods::{GOODS, Good};
use perigee_shared::hash::StateHasher;
use perigee_shared::rng::Rng;
use perigee_shared::tick::TICK_HZ;

/// What a flow is reckoned in: parts of a unit or of a credit.
pub(super) const PARTS: i32 = 65_536;
/// Share of what a stock is off its target that comes or goes in a tick, parts: half of it in a minute.
const STOCK_REVERSION_PARTS: i32 = 24;
/// The same for the account: half of it in a minute and a half.
const CREDITS_REVERSION_PARTS: i64 = 16;
/// One in so many of a mood is forgotten in a tick: half of it in a minute.
const MOOD_FADE_TICKS: i32 = 2600;
/// Largest change of demand by chance in one tick: 1 %.
const MURMUR: u32 = MOOD_ONE as u32 / 100;
/// A demand shock is at least this, and up to thrice: 20 to 60 %.
const SHOCK: u32 = MOOD_ONE as u32 / 5;
/// What a station's account is drawn to, credits.
const WORKING_CREDITS: i64 = 60_000;
/// A station takes goods up to so many times its target.
const ROOM_FACTOR: i32 = 4;
/// How much a station's prices differ from its kind's by chance, per cent either way.
const CHARACTER_PERCENT: u32 = 8;
/// Ticks of a work step when stocks are as they should be: 15 s.
const WORK_TICKS: i32 = 15 * TICK_HZ as i32;
/// What a work step is reckoned in.
const WORK_SHARE: i32 = 256;
pub(super) const WORK_STEP: i32 = WORK_TICKS * WORK_SHARE;

/// What a station lives on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StationKind {
    /// Makes fuel of ice.
    Refinery,
    /// Makes tech of iron and crystal, and burns fuel for it.
    Foundry,
    /// Lives on ice, fuel and tech.
    Outpost,
}

/// A station's trade: what one work step takes and gives.
#[derive(Debug)]
struct Recipe {
    takes: [i32; GOODS],
    gives: [i32; GOODS],
}

impl StationKind {
    /// The kind of the station with that index: every three stations there is one of each.
    #[must_use]
    pub fn of(index: usize) -> Self {
        [Self::Refinery, Self::Foundry, Self::Outpost][index % 3]
    }

    /// What it is called on screen.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Refinery => "Refinery",
            Self::Foundry => "Foundry",
            Self::Outpost => "Outpost",
        }
    }

    /// Its prices, per cent of the base prices. What it makes is cheap here, what it needs is expensive.
    fn tastes_percent(self) -> [u32; GOODS] {
        match self {
            Self::Refinery => [104, 128, 100, 74, 120],
            Self::Foundry => [128, 96, 126, 112, 76],
            Self::Outpost => [94, 112, 106, 128, 130],
        }
    }

    /// The stock of a good that it is drawn to, units.
    #[must_use]
    pub fn target(self, good: Good) -> i32 {
        self.targets()[good.index()]
    }

    /// What it keeps in store, units.
    fn targets(self) -> [i32; GOODS] {
        match self {
            Self::Refinery => [180, 360, 120, 420, 160],
            Self::Foundry => [360, 150, 240, 180, 300],
            Self::Outpost => [200, 240, 120, 260, 200],
        }
    }

    fn recipe(self) -> &'static Recipe {
        match self {
            Self::Refinery => &Recipe { takes: [0, 3, 0, 0, 0], gives: [0, 0, 0, 2, 0] },
            Self::Foundry => &Recipe { takes: [3, 0, 2, 1, 0], gives: [0, 0, 0, 0, 2] },
            Self::Outpost => &Recipe { takes: [0, 2, 0, 2, 1], gives: [0; GOODS] },
        }
    }
}

/// One good at one station.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shelf {
    /// Price at the target stock, in fractions of a credit. From kind and seed, so not in a saved state.
    base: u32,
    /// Stock it is drawn to, units. From the kind.
    target: i32,
    pub(super) stock: i32,
    /// How far demand is off the usual, in `MOODS`.
    pub(super) mood: i32,
    /// Parts of a unit that wait to become whole, `-PARTS..PARTS`.
    pub(super) carry: i32,
    /// Units that traders bought or sold so far; it wraps.
    pub(super) traded: u32,
    /// Units that were bought with what their buyers had been given, in parts; they count as replaced with time. To a
    /// seller it is as if they still lay here: nobody's starting balance makes another's goods expensive.
    pub(super) lent: i32,
}

impl Shelf {
    /// Units in store, `0..=capacity`.
    #[must_use]
    pub fn stock(&self) -> i32 {
        self.stock
    }

    /// The stock that it is drawn to, units.
    #[must_use]
    pub fn target(&self) -> i32 {
        self.target
    }

    /// Units that fit.
    #[must_use]
    pub fn capacity(&self) -> i32 {
        self.target * ROOM_FACTOR
    }

    /// Units that traders bought or sold so far; it wraps.
    #[must_use]
    pub fn traded(&self) -> u32 {
        self.traded
    }

    /// The price between the two sides, whole credits, `1..=MAX_PRICE`.
    #[must_use]
    pub fn price(&self) -> u32 {
        self.curve().shown(self.stock)
    }

    /// What a buyer pays for the next unit, whole credits, `2..=MAX_PRICE`; what the last one cost when none is left.
    #[must_use]
    pub fn ask(&self) -> u32 {
        self.curve().ask(self.stock.max(1))
    }

    /// What a seller gets for the next unit, whole credits; less than [`Self::ask`], and not 0.
    #[must_use]
    pub fn bid(&self) -> u32 {
        self.curve().bid(self.sellers_stock() + 1)
    }

    /// The stock by which a seller is paid, units.
    pub(super) fn sellers_stock(&self) -> i32 {
        self.stock + (self.lent + PARTS - 1) / PARTS
    }

    /// Units that were bought are not to make the good more expensive for who sells.
    pub(super) fn lend(&mut self, units: i32) {
        self.lent = self.lent.saturating_add(units.saturating_mul(PARTS)).min(self.most_lent());
    }

    pub(super) fn most_lent(&self) -> i32 {
        self.target * PARTS
    }

    /// Traders took (below 0) or brought so many units.
    pub(super) fn turn_over(&mut self, change: i32) {
        self.stock += change;
        self.traded = self.traded.wrapping_add(change.unsigned_abs());
    }

    pub(super) fn curve(&self) -> Curve {
        Curve::new(self.base, self.target, self.mood)
    }

    /// A small change of demand.
    pub(super) fn murmur(&mut self, rng: &mut Rng) {
        self.sway(rng.below(2 * MURMUR + 1) as i32 - MURMUR as i32);
    }

    /// A large change of demand: half of the time a rush, half of the time nobody wants it.
    pub(super) fn shock(&mut self, rng: &mut Rng) {
        let much = (SHOCK + rng.below(2 * SHOCK)) as i32;
        self.sway(if rng.chance(1, 2) { much } else { -much });
    }

    fn sway(&mut self, change: i32) {
        self.mood = self.mood.saturating_add(change).clamp(MOODS.0, MOODS.1);
    }

    /// One tick of trade with markets that nobody sees: what the stock changes by.
    fn drift(&mut self) -> i32 {
        // Rounded away from 0, so that it ends there.
        self.mood -= (self.mood + self.mood.signum() * (MOOD_FADE_TICKS - 1)) / MOOD_FADE_TICKS;
        // As fast as what was taken comes back.
        self.lent -= (i64::from(self.lent) * i64::from(STOCK_REVERSION_PARTS)).div_euclid(PARTS.into())
            as i32
            + i32::from(self.lent > 0);
        self.carry += (self.target - self.stock) * STOCK_REVERSION_PARTS;
        let whole = self.carry / PARTS;
        self.carry -= whole * PARTS;
        self.stock += whole;
        whole
    }

    /// Stock in shares of the target.
    fn fill(&self) -> i32 {
        self.stock * WORK_SHARE / self.target
    }
}

/// A station's market.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Station {
    kind: StationKind,
    shelves: [Shelf; GOODS],
    pub(super) credits: i64,
    /// Parts of a credit that wait to become whole.
    pub(super) carry: i64,
    /// How far the present work step is, `0..WORK_STEP`.
    pub(super) work: i32,
}

impl Station {
    /// A station of that kind, in balance; chance gives it a character of its own.
    pub(super) fn new(kind: StationKind, rng: &mut Rng) -> Self {
        let (tastes, targets) = (kind.tastes_percent(), kind.targets());
        let shelves = Good::ALL.map(|good| {
            let percent = tastes[good.index()] + rng.below(2 * CHARACTER_PERCENT + 1) - CHARACTER_PERCENT;
            let target = targets[good.index()];
            let base = good.base_price() * FRACTIONS as u32 / 100 * percent;
            Shelf { base, target, stock: target, mood: 0, carry: 0, traded: 0, lent: 0 }
        });
        Self { kind, shelves, credits: WORKING_CREDITS, carry: 0, work: 0 }
    }

    /// What it lives on.
    #[must_use]
    pub fn kind(&self) -> StationKind {
        self.kind
    }

    /// Its goods, by index.
    #[must_use]
    pub fn shelves(&self) -> &[Shelf; GOODS] {
        &self.shelves
    }

    /// What it can pay with, credits, 0 or more.
    #[must_use]
    pub fn credits(&self) -> i64 {
        self.credits
    }

    pub(super) fn shelf_mut(&mut self, good: Good) -> &mut Shelf {
        &mut self.shelves[good.index()]
    }

    pub(super) fn step(&mut self, ledger: &mut Ledger) {
        for (shelf, book) in self.shelves.iter_mut().zip(&mut ledger.goods) {
            let change = shelf.drift();
            *if change > 0 { &mut book.imported } else { &mut book.exported } +=
                u64::from(change.unsigned_abs());
        }
        self.carry += (WORKING_CREDITS - self.credits) * CREDITS_REVERSION_PARTS;
        let whole = self.carry / i64::from(PARTS);
        self.carry -= whole * i64::from(PARTS);
        self.credits += whole;
        *if whole > 0 { &mut ledger.money.income } else { &mut ledger.money.dues } += whole.unsigned_abs();
        self.work += self.pace();
        if self.work >= WORK_STEP {
            self.work -= WORK_STEP;
            self.run(ledger);
        }
    }

    /// How fast it works: `WORK_SHARE` when stocks are as they should be, faster when what it needs is plenty, slower
    /// when what it makes piles up.
    fn pace(&self) -> i32 {
        let recipe = self.kind.recipe();
        let needs = self.shelves.iter().zip(recipe.takes).filter(|(_, units)| *units > 0);
        let supply = needs.map(|(shelf, _)| shelf.fill()).min().unwrap_or(0).min(2 * WORK_SHARE);
        let makes = self.shelves.iter().zip(recipe.gives).filter(|(_, units)| *units > 0);
        let demand = makes.map(|(shelf, _)| 2 * WORK_SHARE - shelf.fill()).min().unwrap_or(WORK_SHARE).max(0);
        supply * demand / WORK_SHARE
    }

    /// One work step, if there is all that it takes and room for what it gives.
    fn run(&mut self, ledger: &mut Ledger) {
        let recipe = self.kind.recipe();
        let fits = |(shelf, good): (&Shelf, usize)| {
            shelf.stock >= recipe.takes[good] && shelf.stock + recipe.gives[good] <= shelf.capacity()
        };
        if !self.shelves.iter().zip(0..).all(fits) {
            return;
        }
        for (good, shelf) in self.shelves.iter_mut().enumerate() {
            shelf.stock += recipe.gives[good] - recipe.takes[good];
            ledger.goods[good].consumed += u64::from(recipe.takes[good].unsigned_abs());
            ledger.goods[good].produced += u64::from(recipe.gives[good].unsigned_abs());
        }
    }

    pub(super) fn hash_into(&self, hasher: &mut StateHasher) {
        hasher.write_u64(self.credits as u64);
        hasher.write_u64(self.carry as u64);
        hasher.write_i32(self.work);
        for shelf in &self.shelves {
            hasher.write_i32(shelf.stock);
            hasher.write_i32(shelf.mood);
            hasher.write_i32(shelf.carry);
            hasher.write_u64(u64::from(shelf.traded));
            hasher.write_i32(shelf.lent);
        }
    }
}
