//! To live by what prices differ: buy where it is cheap, sell where it is expensive.

use super::errand::Goal;
use super::sight::Sight;
use super::state::Bot;
use super::work::RESERVE_CREDITS;
use crate::command::ArenaCommand;
use crate::dock::docked_at;
use crate::entity::{Hold, Ship};
use crate::goods::Good;
use crate::map::{ArenaMap, Station};
use crate::market::Deal;
use crate::orders::ArenaOrder;
use crate::prices::PriceList;

/// A purchase may cost so much of what it is reckoned to, per cent.
const PURCHASE_PERCENT: f32 = 105.0;
/// What a trade must bring, over what it costs.
const MARGIN: f32 = 1.08;
/// What a stop takes, as a distance flown, units.
const STOP_UNITS: f32 = 600.0;
/// Of the money, nobody puts more into one trade than this share, so that a lost ship is no ruin.
const STAKE: f32 = 0.66;
/// Of what a station has, nobody takes more than one in so many pieces.
const GREED: u32 = 4;

/// A trade that may pay.
#[derive(Clone, Copy, Debug)]
struct Plan {
    from: u8,
    to: u8,
    good: Good,
    amount: u32,
    cost: f32,
}

impl Bot {
    pub(super) fn trade(&mut self, own: &Ship, sight: &Sight<'_>, map: &ArenaMap) -> ArenaCommand {
        self.defend(own, sight.foe, map, own.class.tuning().courage.trader)
            .unwrap_or_else(|| self.work(own, sight, map))
    }

    /// Sells what is there; else buys what pays best, and where nothing does, digs. Without prices it waits for them.
    pub(super) fn plan_trading(
        &mut self,
        ship: &Ship,
        hold: &Hold,
        prices: &PriceList,
        map: &ArenaMap,
    ) -> Option<ArenaOrder> {
        if !prices.is_known() {
            return None;
        }
        if matches!(self.errand.goal, Goal::Rock(_)) && hold.load() > 0 {
            return self.plan_mining(ship, hold, prices, map);
        }
        if hold.load() > 0 {
            return self.sell_where_it_pays(ship, hold, prices, map);
        }
        let Some(plan) = self.best_trade(ship, hold, prices, map) else {
            return self.plan_mining(ship, hold, prices, map);
        };
        if docked_at(ship, map) != Some(plan.from.into()) {
            self.errand.turn_to(Goal::Station(plan.from));
            return None;
        }
        self.errand.turn_to(Goal::Station(plan.to));
        let limit = (plan.cost * PURCHASE_PERCENT / 100.0) as i64;
        let deal = Deal { good: plan.good.index() as u8, amount: plan.amount, limit };
        Some(ArenaOrder::Buy { station: plan.from, deal })
    }

    /// The trade that brings most for the way; no two traders think quite alike.
    fn best_trade(&mut self, ship: &Ship, hold: &Hold, prices: &PriceList, map: &ArenaMap) -> Option<Plan> {
        let mut best: Option<(f32, Plan)> = None;
        for from in &map.stations {
            if self.errand.shunned == Goal::Station(from.index) {
                continue;
            }
            for good in Good::ALL {
                let Some((amount, cost)) = affordable(ship, hold, from, good, prices) else { continue };
                for to in map.stations.iter().filter(|to| to.index != from.index) {
                    let sale = prices.sale(to.index.into(), good, amount);
                    let way = ship.position.units().distance(from.centre) + from.centre.distance(to.centre);
                    let worth = (sale - cost) / (way + STOP_UNITS);
                    if sale < cost * MARGIN || best.is_some_and(|best| worth < best.0) {
                        continue;
                    }
                    let worth = worth * self.rng.range(0.7, 1.0);
                    if best.is_none_or(|best| worth > best.0) {
                        best = Some((worth, Plan { from: from.index, to: to.index, good, amount, cost }));
                    }
                }
            }
        }
        best.map(|(_, plan)| plan)
    }
}

/// How much of a good there is money and room for at a station, and what that costs.
fn affordable(
    ship: &Ship,
    hold: &Hold,
    from: &Station,
    good: Good,
    prices: &PriceList,
) -> Option<(u32, f32)> {
    let money = hold.credits.unsigned_abs().saturating_sub(RESERVE_CREDITS) as f32 * STAKE;
    let (ask, stock) = prices.offer(from.index.into(), good);
    // A little less than the first piece's price allows: the next ones cost more.
    let paid = (money * 0.9 / ask) as u32;
    let amount = paid.min(hold.room(ship.class).into()).min(stock / GREED);
    let cost = prices.cost(from.index.into(), good, amount);
    (amount > 0 && cost <= money).then_some((amount, cost))
}
