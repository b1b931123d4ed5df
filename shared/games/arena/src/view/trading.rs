//! The market panel's side of the arena: names, ways, the hold and what a station offers; a request becomes an order, and the
//! answer to it words.

use crate::class::ShipClass;
use crate::dock::docked_at;
use crate::entity::{Hold, Ship};
use crate::event::ArenaEvent;
use crate::goods::Good;
use crate::market::{Deal, StationKind};
use crate::orders::{ArenaOrder, Outcome};
use crate::tuning::REPAIR_CREDITS;
use crate::view::in_scene::hold_in;
use crate::world::Arena;
use glam::Vec2;
use perigee_shared::netcode::Scene;
use perigee_shared::presentation::{Lot, MarketView, Side, TradeAnswer, TradeRequest, VenueOffer, VenueView};

/// A price may move so much while an order is on its way, per cent of the whole, before nothing comes of it.
const SLACK_PERCENT: i64 = 4;
/// The number of the repair offer; below are the classes.
const REPAIR: u8 = ShipClass::ALL.len() as u8;

/// The answers to the player's orders.
#[derive(Clone, Debug, Default)]
pub(super) struct Answers {
    last: TradeAnswer,
}

impl Answers {
    /// Takes in a scene's events.
    pub(super) fn take(&mut self, scene: &Scene<'_, Arena>) {
        for event in &scene.events {
            if let ArenaEvent::Answer { to, outcome } = *event
                && to == scene.me
            {
                let refused = matches!(outcome, Outcome::Refused(_));
                self.last = TradeAnswer { number: self.last.number + 1, text: outcome.sentence(), refused };
            }
        }
    }
}

/// The player's side; `None` where there are no stations, or for a spectator.
pub(super) fn market(
    scene: &Scene<'_, Arena>,
    ship: Option<(Ship, Vec2)>,
    answers: &Answers,
) -> Option<MarketView> {
    let map = scene.map;
    let hold = hold_in(scene)?;
    if map.stations.is_empty() {
        return None;
    }
    // Docking is reckoned from the predicted place, as the server will see it.
    let docked = ship.and_then(|(ship, _)| docked_at(&ship, map));
    let from = ship.map(|(_, at)| at);
    let stations = map.stations.iter().enumerate().map(|(index, station)| VenueView {
        name: station.name().to_owned(),
        way: if docked == Some(index) { String::new() } else { way(from, station.centre) },
    });
    let capacity = ship.map_or(ShipClass::default(), |(ship, _)| ship.class).tuning().hold;
    Some(MarketView {
        venues: stations.collect(),
        goods: Good::ALL.map(Good::name).to_vec(),
        docked: docked.and_then(|index| u8::try_from(index).ok()),
        money: hold.credits.into(),
        currency: "credits",
        hold: hold.goods.map(u32::from).to_vec(),
        capacity: capacity.into(),
        offers: ship.filter(|_| docked.is_some()).map_or(Vec::new(), |(ship, _)| offers(&ship, &hold)),
        answer: answers.last.clone(),
    })
}

/// How to get from one place to another, in words.
fn way(from: Option<Vec2>, to: Vec2) -> String {
    const WINDS: [&str; 8] =
        ["right", "up and right", "up", "up and left", "left", "down and left", "down", "down and right"];
    let Some(from) = from else { return "once you are back in a ship".to_owned() };
    let line = to - from;
    let turns = libm::atan2f(line.y, line.x) / std::f32::consts::TAU;
    let wind = libm::roundf(turns * 8.0).rem_euclid(8.0) as usize % WINDS.len();
    format!("{:.0} units, {} on the map", libm::roundf(line.length() / 10.0) * 10.0, WINDS[wind])
}

/// What else a station does for this ship.
fn offers(ship: &Ship, hold: &Hold) -> Vec<VenueOffer> {
    let poor = |price: u32| i64::from(hold.credits) < i64::from(price);
    let refit = |class: ShipClass| {
        let price = class.tuning().refit_credits;
        let refused = if class == ship.class {
            "yours"
        } else if poor(price) {
            "too expensive"
        } else if hold.load() > class.tuning().hold {
            "hold too full"
        } else {
            ""
        };
        let number = class.index() as u8;
        VenueOffer {
            number,
            title: format!("Change to {}", class.tuning().name),
            price,
            refused: refused.to_owned(),
        }
    };
    let missing = u32::from(ship.class.tuning().hull.saturating_sub(ship.hull));
    let refused = if missing == 0 {
        "no scratch"
    } else if poor(REPAIR_CREDITS) {
        "too expensive"
    } else {
        ""
    };
    let price = missing * REPAIR_CREDITS;
    let repair =
        VenueOffer { number: REPAIR, title: "Repair hull".to_owned(), price, refused: refused.to_owned() };
    std::iter::once(repair).chain(ShipClass::ALL.map(refit)).collect()
}

/// The order that a request comes to.
pub(super) fn order(request: TradeRequest) -> Option<ArenaOrder> {
    match request {
        TradeRequest::Take(REPAIR) => Some(ArenaOrder::Repair),
        TradeRequest::Take(number) => {
            ShipClass::from_index(usize::from(number)).map(|class| ArenaOrder::Refit { class })
        }
        TradeRequest::Deal(lot) => {
            let (station, good) = (lot.quote.venue, lot.quote.good);
            let slack = total(&lot) * SLACK_PERCENT / 100 + 2;
            let deal = |limit: i64| Deal { good, amount: lot.amount, limit };
            Some(match lot.side {
                Side::Buy => ArenaOrder::Buy { station, deal: deal(total(&lot) + slack) },
                Side::Sell => ArenaOrder::Sell { station, deal: deal((total(&lot) - slack).max(0)) },
            })
        }
    }
}

/// What a lot will cost or bring: the market's curve, as far as the quote tells it.
pub(super) fn total(lot: &Lot) -> i64 {
    let kind = StationKind::of(usize::from(lot.quote.venue));
    let Some(good) = Good::from_index(usize::from(lot.quote.good)) else { return lot.flat_total() };
    let (target, stock) = (i64::from(kind.target(good)), i64::from(lot.quote.stock));
    // The price of the unit between a stock of `n - 1` and `n` is a constant divided by this.
    let divisor = |n: i64| (2 * n - 1 + target).max(1);
    match lot.side {
        Side::Buy => {
            let constant = i64::from(lot.quote.ask) * divisor(stock);
            (0..i64::from(lot.amount)).map(|nth| constant / divisor((stock - nth).max(1))).sum()
        }
        Side::Sell => {
            let constant = i64::from(lot.quote.bid) * divisor(stock + 1);
            (1..=i64::from(lot.amount)).map(|nth| constant / divisor(stock + nth)).sum()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::{Market, Trader};
    use perigee_shared::netcode::Quote;

    fn quote(market: &Market, station: u8, good: Good) -> Quote {
        let shelf = &market.stations()[usize::from(station)].shelves()[good.index()];
        Quote {
            venue: station,
            good: good.index() as u8,
            ask: shelf.ask(),
            bid: shelf.bid(),
            stock: shelf.stock() as u32,
            traded: shelf.traded(),
        }
    }

    fn deal_of(request: TradeRequest) -> Deal {
        match order(request) {
            Some(ArenaOrder::Buy { deal, .. } | ArenaOrder::Sell { deal, .. }) => deal,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn totals_are_near_enough_that_orders_are_carried_out() {
        for good in Good::ALL {
            for amount in [1, 10, 60] {
                let mut market = Market::new(3, 7);
                let mut trader = Trader { credits: 1_000_000, goods: [100; 5], capacity: 10_000 };
                let buy = Lot { side: Side::Buy, quote: quote(&market, 1, good), amount };
                let bought = market.buy(1, deal_of(TradeRequest::Deal(buy)), &mut trader).unwrap();
                let error = (bought.total - total(&buy)).abs();
                assert!(error <= bought.total / 50 + i64::from(amount), "{good:?} {amount}: {error}");
                let sell = Lot { side: Side::Sell, quote: quote(&market, 1, good), amount };
                let sold = market.sell(1, deal_of(TradeRequest::Deal(sell)), &mut trader).unwrap();
                let error = (sold.total - total(&sell)).abs();
                assert!(error <= sold.total / 50 + i64::from(amount), "{good:?} {amount}: {error}");
            }
        }
    }

    #[test]
    fn ways_are_told_as_the_map_shows_them() {
        let at = |x: f32, y: f32| way(Some(Vec2::ZERO), Vec2::new(x, y));
        assert_eq!(at(100.0, 0.0), "100 units, right on the map");
        assert_eq!(at(-400.0, -1.0), "400 units, left on the map");
        assert_eq!(at(0.0, 817.0), "820 units, up on the map");
        assert_eq!(at(300.0, -300.0), "420 units, down and right on the map");
        assert_eq!(way(None, Vec2::ZERO), "once you are back in a ship");
    }

    #[test]
    fn offers_and_refusals_have_words() {
        assert_eq!(order(TradeRequest::Take(REPAIR)), Some(ArenaOrder::Repair));
        assert_eq!(order(TradeRequest::Take(0)), Some(ArenaOrder::Refit { class: ShipClass::Dart }));
        assert_eq!(order(TradeRequest::Take(99)), None);
        let refused = Outcome::Refused(crate::orders::OrderRefusal::SameClass);
        assert_eq!(refused.sentence(), "Nothing came of it: that is the ship you have");
    }
}
