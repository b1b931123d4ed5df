//! How much of a good can be traded at a venue now. Pure.

use perigee_shared::netcode::Quote;
use perigee_shared::presentation::{Lot, MarketView, Side};

/// Units of one deal at the most.
const MAX_UNITS: u32 = 999;

/// How many units a button stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    One,
    Ten,
    Max,
}

/// The buttons' order.
pub(crate) const STEPS: [Step; 3] = [Step::One, Step::Ten, Step::Max];

impl Step {
    /// What the button says.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::One => "1",
            Self::Ten => "10",
            Self::Max => "max",
        }
    }

    /// The lot that the button stands for now; `None` if nothing at all can be traded. `total` gives what a lot costs.
    pub(crate) fn lot(
        self,
        side: Side,
        quote: Quote,
        view: &MarketView,
        total: &dyn Fn(&Lot) -> i64,
    ) -> Option<Lot> {
        let most = most(side, quote, view, total);
        let amount = match self {
            Self::One => 1,
            Self::Ten => 10,
            Self::Max => most,
        };
        (1..=most).contains(&amount).then_some(Lot { side, quote, amount })
    }
}

/// The most that can be traded.
fn most(side: Side, quote: Quote, view: &MarketView, total: &dyn Fn(&Lot) -> i64) -> u32 {
    let held = view.hold.get(usize::from(quote.good)).copied().unwrap_or(0);
    if side == Side::Sell {
        return held.min(MAX_UNITS);
    }
    let room = view.capacity.saturating_sub(view.hold.iter().sum());
    let fits = room.min(quote.stock).min(MAX_UNITS);
    let pays = |amount: u32| total(&Lot { side, quote, amount }) <= view.money;
    // Totals grow with the amount: the largest one that can be paid lies between.
    let (mut low, mut high) = (0, fits);
    while low < high {
        let middle = low + (high - low).div_ceil(2);
        if pays(middle) {
            low = middle;
        } else {
            high = middle - 1;
        }
    }
    low
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view(money: i64, hold: [u32; 2]) -> MarketView {
        MarketView { money, hold: hold.into(), capacity: 40, ..MarketView::default() }
    }

    const QUOTE: Quote = Quote { venue: 0, good: 1, ask: 10, bid: 8, stock: 100, traded: 0 };

    fn amounts(side: Side, view: &MarketView, quote: Quote) -> [Option<u32>; 3] {
        STEPS.map(|step| step.lot(side, quote, view, &Lot::flat_total).map(|lot| lot.amount))
    }

    #[test]
    fn buying_is_bounded_by_money_room_and_stock() {
        assert_eq!(amounts(Side::Buy, &view(1000, [0, 0]), QUOTE), [Some(1), Some(10), Some(40)]);
        assert_eq!(amounts(Side::Buy, &view(1000, [25, 8]), QUOTE), [Some(1), None, Some(7)]);
        assert_eq!(amounts(Side::Buy, &view(95, [0, 0]), QUOTE), [Some(1), None, Some(9)]);
        assert_eq!(amounts(Side::Buy, &view(9, [0, 0]), QUOTE), [None, None, None]);
        let few = Quote { stock: 3, ..QUOTE };
        assert_eq!(amounts(Side::Buy, &view(1000, [0, 0]), few), [Some(1), None, Some(3)]);
    }

    #[test]
    fn selling_is_bounded_by_the_hold() {
        assert_eq!(amounts(Side::Sell, &view(0, [5, 12]), QUOTE), [Some(1), Some(10), Some(12)]);
        assert_eq!(amounts(Side::Sell, &view(0, [5, 0]), QUOTE), [None, None, None]);
        assert_eq!(amounts(Side::Sell, &view(0, [5, 9]), Quote { good: 9, ..QUOTE }), [None, None, None]);
    }

    #[test]
    fn rising_prices_are_reckoned_with() {
        let dearer = |lot: &Lot| (1..=i64::from(lot.amount)).map(|n| 9 + n).sum();
        let lot = Step::Max.lot(Side::Buy, QUOTE, &view(33, [0, 0]), &dearer);
        assert_eq!(lot.map(|lot| lot.amount), Some(3), "10 + 11 + 12");
    }
}
