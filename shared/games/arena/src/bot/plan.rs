//! What a bot is about next, and what it asks for at a station: once or twice a second.

use super::behaviour::Behaviour;
use super::errand::Goal;
use super::state::Bot;
use crate::dock::docked_at;
use crate::entity::{Hold, Ship};
use crate::map::ArenaMap;
use crate::orders::ArenaOrder;
use crate::prices::PriceList;

/// A fighter with so many goods, or with less of its hull than this, goes to a station when nobody is there.
const FIGHTERS_LOAD: u16 = 6;
const FIGHTERS_HULL: f32 = 0.6;

impl Bot {
    /// Sets the errand, and asks for what is to be asked for here.
    pub(super) fn plan(
        &mut self,
        ship: &Ship,
        hold: &Hold,
        prices: &PriceList,
        map: &ArenaMap,
    ) -> Option<ArenaOrder> {
        let here = docked_at(ship, map);
        let is_there = here.is_some_and(|here| self.errand.goal == Goal::Station(here as u8));
        self.errand.note_progress(hold.load(), is_there);
        if let Some(order) = here.and_then(|_| self.mend_or_change(ship, hold)) {
            return Some(order);
        }
        match self.behaviour {
            Behaviour::Mine => self.plan_mining(ship, hold, prices, map),
            Behaviour::Trade => self.plan_trading(ship, hold, prices, map),
            _ => self.plan_a_visit(ship, hold, prices, map),
        }
    }

    /// A fighter sells what it came by, and has its hull mended.
    fn plan_a_visit(
        &mut self,
        ship: &Ship,
        hold: &Hold,
        prices: &PriceList,
        map: &ArenaMap,
    ) -> Option<ArenaOrder> {
        let has_goods = hold.load() >= FIGHTERS_LOAD || (hold.load() > 0 && docked_at(ship, map).is_some());
        if has_goods {
            return self.sell_where_it_pays(ship, hold, prices, map);
        }
        let needs_repair = ship.hull_share() < FIGHTERS_HULL && self.can_pay_repair(ship, hold);
        let nearest = self.nearest_station(ship, map).filter(|_| needs_repair);
        self.errand.turn_to(nearest.unwrap_or_default());
        None
    }
}
