//! To live by rocks: shoot ore out of one, gather it, sell it where it pays.

use super::errand::Goal;
use super::flight::{off_line, turn_to};
use super::sight::Sight;
use super::state::Bot;
use crate::command::ArenaCommand;
use crate::entity::{Crate, Hold, Ship};
use crate::map::{ArenaMap, Asteroid};
use crate::orders::ArenaOrder;
use crate::prices::PriceList;
use crate::tuning::PICKUP_UNITS;

/// From a rock's rim to where a miner lies: what comes off drifts to there, units.
const STAND_OFF_UNITS: f32 = 58.0;
/// How near to there is near enough, units.
const NEAR_UNITS: f32 = 24.0;
/// Crates this near are gathered, units.
const GATHER_UNITS: f32 = 240.0;
/// Energy that is kept for a fight, in tenths.
const ENERGY_KEPT: u16 = 250;
/// The aim need not be better than this, turns: a rock is large.
const AIM_TURNS: f32 = 0.06;
/// With so much of its hold full a miner goes to sell.
const FULL_SHARE: f32 = 0.8;
/// What filling a hold takes, as a distance flown, units.
const DIGGING_UNITS: f32 = 3000.0;

impl Bot {
    /// The nearest rock, indefinitely, whoever shoots.
    #[cfg(test)]
    pub(super) fn dig_blindly(&mut self, own: &Ship, sight: &Sight<'_>, map: &ArenaMap) -> ArenaCommand {
        if let Some(command) = self.break_free(own, map) {
            return command;
        }
        if !matches!(self.errand.goal, Goal::Rock(_)) {
            let far = |rock: &Asteroid| rock.centre.distance_squared(own.position.units());
            let rocks =
                (0..=u8::MAX).zip(&map.asteroids).filter(|(n, _)| Goal::Rock(*n) != self.errand.shunned);
            let nearest = rocks.min_by(|a, b| far(a.1).total_cmp(&far(b.1)));
            self.errand.turn_to(nearest.map_or(Goal::Nothing, |(n, _)| Goal::Rock(n)));
        }
        self.command = self.work(own, sight, map);
        self.command
    }

    pub(super) fn mine(&mut self, own: &Ship, sight: &Sight<'_>, map: &ArenaMap) -> ArenaCommand {
        self.defend(own, sight.foe, map, own.class.tuning().courage.miner)
            .unwrap_or_else(|| self.work(own, sight, map))
    }

    /// What is on the errand: to fly to a station, or to dig.
    pub(super) fn work(&mut self, own: &Ship, sight: &Sight<'_>, map: &ArenaMap) -> ArenaCommand {
        if let Some(floating) = self.gathered(own, sight) {
            return self.fly(own, floating.position.units(), PICKUP_UNITS * 0.5, map);
        }
        if let Some(command) = self.run_errand(own, map) {
            return command;
        }
        let Goal::Rock(index) = self.errand.goal else {
            return ArenaCommand { brake: true, ..ArenaCommand::default() };
        };
        match map.asteroids.get(usize::from(index)) {
            Some(rock) => self.dig(own, rock, map),
            None => ArenaCommand::default(),
        }
    }

    /// The crate to gather before all else: one nearby, for which there is room.
    fn gathered<'a>(&self, own: &Ship, sight: &Sight<'a>) -> Option<&'a Crate> {
        let has_room = u16::from(self.errand.load) < own.class.tuning().hold;
        let reach = if matches!(self.errand.goal, Goal::Rock(_)) { GATHER_UNITS } else { GATHER_UNITS / 2.0 };
        sight.floating.filter(|floating| {
            let far = floating.position.units().distance(own.position.units());
            has_room && (PICKUP_UNITS * 0.8..reach).contains(&far)
        })
    }

    fn dig(&mut self, own: &Ship, rock: &Asteroid, map: &ArenaMap) -> ArenaCommand {
        let at = own.position.units();
        let out = (at - rock.centre).normalize_or(glam::Vec2::X);
        let place = rock.centre + out * (rock.radius_units + STAND_OFF_UNITS);
        let far = at.distance(place);
        if far > NEAR_UNITS * 2.0 {
            return self.fly(own, place, NEAR_UNITS, map);
        }
        let off = off_line(own, -out);
        let speed = own.velocity.units().length();
        ArenaCommand {
            brake: speed > 8.0,
            turn: turn_to(own, off),
            fire: off.abs() < AIM_TURNS && own.energy > ENERGY_KEPT,
            ..ArenaCommand::default()
        }
    }

    /// Digs until the hold is nearly full, then sells.
    pub(super) fn plan_mining(
        &mut self,
        ship: &Ship,
        hold: &Hold,
        prices: &PriceList,
        map: &ArenaMap,
    ) -> Option<ArenaOrder> {
        let full = f32::from(ship.class.tuning().hold) * FULL_SHARE;
        let is_selling = matches!(self.errand.goal, Goal::Station(_)) && hold.load() > 0;
        if is_selling || f32::from(hold.load()) >= full {
            return self.sell_where_it_pays(ship, hold, prices, map);
        }
        if !matches!(self.errand.goal, Goal::Rock(_)) {
            let rock = self.choose_rock(ship, prices, map);
            self.errand.turn_to(rock);
        }
        None
    }

    /// The rock whose ore brings most for the way; no two miners think quite alike, or all would dig in one place.
    fn choose_rock(&mut self, ship: &Ship, prices: &PriceList, map: &ArenaMap) -> Goal {
        let at = ship.position.units();
        let pieces = u32::from(ship.class.tuning().hold) / 2;
        let mut best = (0.0, Goal::Nothing);
        for (index, rock) in (0..=u8::MAX).zip(&map.asteroids) {
            let brings = |station: &crate::map::Station| {
                let sale = prices.sale(station.index.into(), rock.ore, pieces);
                sale / (DIGGING_UNITS + rock.centre.distance(at) + station.centre.distance(rock.centre))
            };
            let worth = map.stations.iter().map(brings).fold(0.0, f32::max) * self.rng.range(0.5, 1.0);
            if Goal::Rock(index) != self.errand.shunned && worth > best.0 {
                best = (worth, Goal::Rock(index));
            }
        }
        best.1
    }
}
