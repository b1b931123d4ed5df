//! What miners and traders share: to get away or strike back, to sell where it pays, and to look after the ship.

use super::errand::Goal;
use super::state::Bot;
use crate::class::ShipClass;
use crate::command::ArenaCommand;
use crate::dock::docked_at;
use crate::entity::{Hold, Ship};
use crate::goods::Good;
use crate::map::{ArenaMap, Station};
use crate::market::Deal;
use crate::orders::ArenaOrder;
use crate::prices::PriceList;
use crate::tuning::REPAIR_CREDITS;
use glam::Vec2;

/// Credits that nobody spends on goods or ships: for the next repair.
pub(super) const RESERVE_CREDITS: u32 = 150;
/// A sale must bring so much of what it is reckoned to, per cent: prices move while an order is on its way.
const SALE_PERCENT: f32 = 92.0;
/// A foe this near counts, units.
const NEAR_FOE_UNITS: f32 = 520.0;
/// How far a flight from a foe leads, units.
const FLIGHT_UNITS: f32 = 450.0;
/// Whoever cannot get farther than this from where it is turns and fights, units.
const CORNERED_UNITS: f32 = 120.0;
/// Hull that is missing before a repair is asked for, points.
const WORTH_MENDING: u32 = 10;
/// Another ship is bought when so much is left afterwards, credits.
const SPARE_FOR_SHIP: u32 = 900;
/// Distance that halves what a sale is worth, units.
const FAR_UNITS: f32 = 12_000.0;

impl Bot {
    /// What whoever is shot at does: away from there, or back at them if `courage` (share of hull and shield that it
    /// takes) allows. `None` while there is nothing to fear.
    pub(super) fn defend(
        &mut self,
        own: &Ship,
        foe: Option<&Ship>,
        map: &ArenaMap,
        courage: f32,
    ) -> Option<ArenaCommand> {
        if !self.combat.is_alarmed() {
            return None;
        }
        let at = own.position.units();
        let foe = foe.filter(|foe| foe.position.units().distance(at) < NEAR_FOE_UNITS)?;
        let away = (at - foe.position.units()).normalize_or(Vec2::X) * FLIGHT_UNITS;
        let refuge = (at + away).clamp(Vec2::splat(60.0), map.size - 60.0);
        let strength = (own.hull_share() + own.shield_share()) / 2.0;
        if strength >= courage || refuge.distance(at) < CORNERED_UNITS {
            return Some(self.hunt(own, Some(foe), map));
        }
        Some(self.fly(own, refuge, 10.0, map))
    }

    /// Goes to where the whole hold brings the most, and sells there.
    pub(super) fn sell_where_it_pays(
        &mut self,
        ship: &Ship,
        hold: &Hold,
        prices: &PriceList,
        map: &ArenaMap,
    ) -> Option<ArenaOrder> {
        let at = ship.position.units();
        let shunned = self.errand.shunned;
        let worth = |station: &Station| {
            let index = usize::from(station.index);
            let goods = Good::ALL.into_iter().zip(hold.goods);
            let sum: f32 = goods.map(|(good, pieces)| prices.sale(index, good, pieces.into())).sum();
            sum / (1.0 + station.centre.distance(at) / FAR_UNITS)
        };
        let allowed = map.stations.iter().filter(|station| shunned != Goal::Station(station.index));
        let best = allowed.max_by(|a, b| worth(a).total_cmp(&worth(b)))?;
        self.errand.turn_to(Goal::Station(best.index));
        if docked_at(ship, map) != Some(usize::from(best.index)) {
            return None;
        }
        let goods = Good::ALL.into_iter().zip(hold.goods).filter(|(_, pieces)| *pieces > 0);
        let brings = |good, pieces: u16| prices.sale(best.index.into(), good, pieces.into());
        let (good, pieces) = goods.max_by(|a, b| brings(a.0, a.1).total_cmp(&brings(b.0, b.1)))?;
        let limit = (brings(good, pieces) * SALE_PERCENT / 100.0) as i64;
        let deal = Deal { good: good.index() as u8, amount: pieces.into(), limit };
        Some(ArenaOrder::Sell { station: best.index, deal })
    }

    /// At a station: whoever is damaged is mended, and when there is money for it, who carries goods gets the biggest
    /// ship, and who fights the one they like.
    pub(super) fn mend_or_change(&mut self, ship: &Ship, hold: &Hold) -> Option<ArenaOrder> {
        if self.can_pay_repair(ship, hold) {
            return Some(ArenaOrder::Repair);
        }
        let liked = ShipClass::ALL[usize::from(ship.owner.0) % ShipClass::ALL.len()];
        let class = if self.has_goods_to_lose() { ShipClass::Barge } else { liked };
        let can_pay = hold.credits.unsigned_abs() > class.tuning().refit_credits + SPARE_FOR_SHIP;
        let fits = ship.class != class && ship.rack == 0 && hold.load() <= class.tuning().hold;
        (fits && can_pay && self.rng.chance(1, 3)).then_some(ArenaOrder::Refit { class })
    }

    /// Whether a repair is worth it and there is money for it.
    pub(super) fn can_pay_repair(&self, ship: &Ship, hold: &Hold) -> bool {
        let missing = u32::from(ship.class.tuning().hull.saturating_sub(ship.hull));
        missing >= WORTH_MENDING && hold.credits.unsigned_abs() > missing * REPAIR_CREDITS
    }

    /// The nearest station that is not shunned.
    pub(super) fn nearest_station(&self, ship: &Ship, map: &ArenaMap) -> Option<Goal> {
        let at = ship.position.units();
        let goals = map.stations.iter().map(|station| (station, Goal::Station(station.index)));
        let allowed = goals.filter(|(_, goal)| *goal != self.errand.shunned);
        let far = |station: &Station| station.centre.distance_squared(at);
        allowed.min_by(|a, b| far(a.0).total_cmp(&far(b.0))).map(|(_, goal)| goal)
    }
}
