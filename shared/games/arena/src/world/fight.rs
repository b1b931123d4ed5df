//! Weapons fire, meet, and hurt.

use super::feuds::FULL_WORTH;
use super::forfeit::Fight;
use super::{Arena, RockHit, Wreck};
use crate::beam::Beam;
use crate::combat::{Harm, Strike, Targets, find_strikes, hurt};
use crate::entity::{ArenaEntity, Missile, Phase, Ship};
use crate::event::{ArenaEvent, Weapon};
use crate::missile::blast_damage;
use crate::tuning::{
    BLAST_DAMAGE, BLAST_RADIUS_UNITS, HULL_PER_KILL, MISSILE_FUSE_UNITS, RESPAWN_TICKS, SCORE_PER_KILL,
    SCORE_PER_PIRATE, SHIP_RADIUS_UNITS,
};
use perigee_shared::ids::{PlayerId, Slot};
use perigee_shared::netcode::{Lag, Past, Simulation};
use perigee_shared::tick::Tick;

impl Arena {
    /// Whether `by`'s weapons concern a ship at all.
    pub(super) fn is_foe(&self, by: PlayerId, ship: &Ship) -> bool {
        let team = self.pilot(by).map_or_else(Default::default, |pilot| pilot.team);
        ship.owner != by && team.is_hostile_to(ship.team)
    }

    /// What left the ships in this tick: shots and missiles fly, beams are there.
    pub(super) fn fire(&mut self) {
        self.list_ships();
        let mut spare = self.spare_slots();
        for at in 0..self.scratch.slots.len() {
            let slot = self.scratch.slots[at];
            let Some(entity @ ArenaEntity::Ship(ship)) = self.table.get(slot) else { continue };
            if let Some(beam) = Beam::of(ship, &self.map) {
                self.scratch.beams.push((slot, beam));
                continue;
            }
            let Some(child) = Self::offspring(entity, &self.map) else { continue };
            let lag = self.pilot(ship.owner).map_or(Lag::default(), |pilot| pilot.lag);
            if spare > 0
                && let Some(slot) = self.table.spawn(child)
            {
                spare -= 1;
                self.lags[slot.index()] = lag;
            }
        }
    }

    /// Whom this tick's beams, shots and blasts meet, in this order.
    pub(super) fn find_strikes(&mut self, past: &Past<'_, ArenaEntity>) {
        let mut strikes = std::mem::take(&mut self.scratch.strikes);
        self.find_beam_strikes(past, &mut strikes);
        let targets = self.targets(past);
        find_strikes(&targets, |by, ship| self.is_foe(by, ship), &mut strikes);
        self.find_blasts(&mut strikes);
        self.scratch.strikes = strikes;
    }

    fn targets<'a>(&'a self, past: &'a Past<'a, ArenaEntity>) -> Targets<'a> {
        Targets { table: &self.table, ships: &self.ships, lags: &self.lags, past }
    }

    /// A beam meets what its pilot saw in its line when they pulled the trigger.
    fn find_beam_strikes(&mut self, past: &Past<'_, ArenaEntity>, strikes: &mut Vec<Strike>) {
        for at in 0..self.scratch.beams.len() {
            let (slot, beam) = self.scratch.beams[at];
            let Some(ArenaEntity::Ship(ship)) = self.table.get(slot) else { continue };
            let (by, damage) = (ship.owner, ship.class.tuning().damage);
            let Some(pilot) = self.pilot(by) else { continue };
            let (lag, known_ago_ticks) = (pilot.lag, pilot.known_ago_ticks);
            let shown = |target: Slot, ship: &Ship| {
                if lag == Lag::default() {
                    return Some(ship.position.units());
                }
                past.shown(target, lag, known_ago_ticks, &self.map).map(|pose| pose.position)
            };
            let wanted = |ship: &Ship| self.is_foe(by, ship);
            let met = self.targets(past).first_on_way(beam.from, beam.way, lag, wanted, shown);
            if let Some((target, _)) = met {
                strikes.push(Strike { target, by, damage, with: Weapon::Beam, spent: None });
            } else if let Some(rock) = beam.rock {
                let at = beam.from + beam.way;
                self.scratch.note_rock_hit(RockHit { rock, at, by, damage });
            }
        }
    }

    /// Missiles that are spent or near a foe go off, where everything is now: they are seen by all who fly from them.
    fn find_blasts(&mut self, strikes: &mut Vec<Strike>) {
        self.scratch.slots.clear();
        let missiles = self.table.iter().filter(|(_, entity)| matches!(entity, ArenaEntity::Missile(_)));
        self.scratch.slots.extend(missiles.map(|(slot, _)| slot));
        for at in 0..self.scratch.slots.len() {
            let slot = self.scratch.slots[at];
            let Some(&ArenaEntity::Missile(missile)) = self.table.get(slot) else { continue };
            if missile.life > 0 && !self.is_near_foe(&missile) {
                continue;
            }
            let centre = missile.position.units();
            self.ships.near(centre, BLAST_RADIUS_UNITS, |id, distance_squared| {
                let target = Slot(id);
                let Some(ArenaEntity::Ship(ship)) = self.table.get(target) else { return };
                if self.is_foe(missile.owner, ship) {
                    let damage = blast_damage(libm::sqrtf(distance_squared));
                    let (by, with) = (missile.owner, Weapon::Missile);
                    strikes.push(Strike { target, by, damage, with, spent: None });
                }
            });
            if let Some(rock) = self.map.rock_at(centre) {
                let hit = RockHit { rock, at: centre, by: missile.owner, damage: BLAST_DAMAGE };
                self.scratch.note_rock_hit(hit);
            }
            self.table.remove(slot);
        }
    }

    fn is_near_foe(&self, missile: &Missile) -> bool {
        let mut near = false;
        let reach = SHIP_RADIUS_UNITS + MISSILE_FUSE_UNITS;
        self.ships.near(missile.position.units(), reach, |id, _| {
            let met = self.table.get(Slot(id));
            near |= matches!(met, Some(ArenaEntity::Ship(ship)) if self.is_foe(missile.owner, ship));
        });
        near
    }

    /// Carries out what was found.
    pub(super) fn strike(&mut self, tick: Tick, events: &mut Vec<ArenaEvent>) {
        let strikes = std::mem::take(&mut self.scratch.strikes);
        let is_truce = self.contest().phase == Phase::Scoreboard;
        for &Strike { target, by, damage, with, spent } in &strikes {
            if let Some(shot) = spent {
                self.table.remove(shot);
            }
            let Some(ship) = self.ship_mut(target) else { continue };
            let harm = if is_truce { Harm::default() } else { hurt(ship, damage) };
            let (owner, lost) = (ship.owner, (ship.hull == 0).then_some(*ship));
            let Harm { damage, pierced } = harm;
            if damage > 0 && owner != by {
                self.note_hit(owner, by, with);
            }
            events.push(ArenaEvent::Hit { target, by, damage, pierced, with });
            if let Some(ship) = lost {
                self.destroy(target, &ship, by, tick);
                events.push(ArenaEvent::Destroyed { target, victim: ship.owner, by, with });
            }
        }
        self.scratch.strikes = strikes;
    }

    /// A weapon took something off somebody's ship.
    fn note_hit(&mut self, owner: PlayerId, by: PlayerId, with: Weapon) {
        self.acts(by);
        if let Some(pilot) = self.pilot_mut(owner) {
            pilot.fight = Some(Fight::new(by, with));
        }
    }

    pub(super) fn destroy(&mut self, target: Slot, ship: &Ship, by: PlayerId, tick: Tick) {
        self.table.remove(target);
        let (at, velocity) = (ship.position.units(), ship.velocity.units());
        let worth = self.worth_of_kill(by, ship.owner, tick);
        self.scratch.wrecks.push(Wreck { victim: ship.owner, by, at, velocity, worth });
        let counts = self.contest().phase == Phase::Playing;
        let mut points = SCORE_PER_KILL;
        if let Some(pilot) = self.pilot_mut(ship.owner) {
            (pilot.ship, pilot.fight) = (None, None);
            pilot.returns_at = tick.plus(RESPAWN_TICKS);
            pilot.deaths = pilot.deaths.saturating_add(u32::from(counts));
            if pilot.is_pirate() {
                points = SCORE_PER_PIRATE;
            }
        }
        let Some(killer) = self.pilot_mut(by) else { return };
        if counts {
            killer.score = killer.score.saturating_add(points * i32::from(worth) / i32::from(FULL_WORTH));
            let parts = killer.kill_parts + worth;
            killer.kills = killer.kills.saturating_add(u32::from(parts / FULL_WORTH));
            killer.kill_parts = parts % FULL_WORTH;
        }
        if let Some(ship) = killer.ship.and_then(|slot| self.ship_mut(slot)) {
            // Second accounts are no repair kits.
            let mended = u32::from(HULL_PER_KILL) * u32::from(worth) / u32::from(FULL_WORTH);
            ship.hull = ship.hull.saturating_add(mended as u8).min(ship.class.tuning().hull);
        }
    }
}
