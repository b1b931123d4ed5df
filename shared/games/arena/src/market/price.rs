//! What a unit costs: one falling curve over the stock.
//!
//! The unit that takes a stock from `n` to `n - 1` has one middle price, whichever way it goes; a buyer pays a little
//! more, a seller gets a little less, both in whole credits. So a trade costs exactly what its units cost one by one,
//! and there and back again never pays.

/// Highest price of a unit, credits; the lowest is 1.
pub const MAX_PRICE: u32 = 9999;
/// What a buyer pays above the middle price and a seller gets below it, per cent.
pub const SPREAD_PERCENT: u32 = 3;
/// Fractions of a credit that prices are reckoned in.
pub(super) const FRACTIONS: u64 = 1024;
/// A mood of this is a price twice the usual; 0 is the usual.
pub(super) const MOOD_ONE: i32 = 1 << 20;
/// Lowest and highest mood.
pub(super) const MOODS: (i32, i32) = (-MOOD_ONE / 2, MOOD_ONE);

/// The price of one good at one station as a function of the stock, at this moment.
///
/// `base * 3 target / (2 stock + target)`: thrice the base when nothing is left, the base at the target stock, a third
/// of it at four times that.
#[derive(Clone, Copy, Debug)]
pub(super) struct Curve {
    /// Fractions of a credit, times thrice the target.
    numerator: u64,
    target: u64,
}

impl Curve {
    /// `base` in fractions of a credit, `target` in units, not 0, `mood` in `MOODS`.
    pub(super) fn new(base: u32, target: i32, mood: i32) -> Self {
        let target = u64::from(target.unsigned_abs());
        let swayed =
            u64::from(base) * u64::from(MOOD_ONE.saturating_add(mood).unsigned_abs()) / MOOD_ONE as u64;
        Self { numerator: swayed * 3 * target, target }
    }

    /// The price that is shown, whole credits, `1..=MAX_PRICE`.
    pub(super) fn shown(&self, stock: i32) -> u32 {
        let middle = self.at(2 * u64::from(stock.unsigned_abs()));
        ((middle + FRACTIONS / 2) / FRACTIONS).clamp(1, u64::from(MAX_PRICE)) as u32
    }

    /// What a buyer pays for the unit that takes the stock from `stock`, which is above 0, to one less. `2..=MAX_PRICE`.
    pub(super) fn ask(&self, stock: i32) -> u32 {
        let dearer = self.between(stock) * u64::from(100 + SPREAD_PERCENT);
        dearer.div_ceil(100 * FRACTIONS).clamp(2, u64::from(MAX_PRICE)) as u32
    }

    /// What a seller gets for the unit that brings the stock to `stock`, which is above 0, from one less. Below the
    /// [`Self::ask`] of the same stock, and not 0.
    pub(super) fn bid(&self, stock: i32) -> u32 {
        let cheaper = self.between(stock) * u64::from(100 - SPREAD_PERCENT);
        (cheaper / (100 * FRACTIONS)).clamp(1, u64::from(MAX_PRICE - 1)) as u32
    }

    /// The middle price of the unit between `stock - 1` and `stock`.
    fn between(&self, stock: i32) -> u64 {
        self.at((2 * u64::from(stock.unsigned_abs())).saturating_sub(1))
    }

    fn at(&self, twice_stock: u64) -> u64 {
        self.numerator / (twice_stock + self.target)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_base_is_the_price_at_the_target() {
        let curve = Curve::new(100 * FRACTIONS as u32, 200, 0);
        assert_eq!([0, 200, 800].map(|stock| curve.shown(stock)), [300, 100, 33]);
        assert_eq!(Curve::new(100 * FRACTIONS as u32, 200, MOODS.0).shown(200), 50);
        assert_eq!(Curve::new(100 * FRACTIONS as u32, 200, MOODS.1).shown(200), 200);
    }

    proptest! {
        #[test]
        fn a_seller_gets_less_than_a_buyer_pays_and_scarce_is_dear(
            base in 1u32..=MAX_PRICE * 1024,
            target in 1i32..5000,
            mood in MOODS.0..=MOODS.1,
            stock in 1i32..20_000,
        ) {
            let curve = Curve::new(base, target, mood);
            let (ask, bid) = (curve.ask(stock), curve.bid(stock));
            prop_assert!(1 <= bid && bid < ask && ask <= MAX_PRICE);
            prop_assert!((1..=MAX_PRICE).contains(&curve.shown(stock)));
            prop_assert!(curve.ask(stock + 1) <= ask && curve.bid(stock + 1) <= bid);
        }
    }
}
