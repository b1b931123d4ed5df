//! Weapons fire, and meet something: what left the ships in this tick, whom it meets, and which rocks. What becomes of
//! those who are met is in `casualties`.

use super::pilots::Pilots;
use super::space::Space;
use crate::beam::Beam;
use crate::combat::{Strike, Targets, find_strikes};
use crate::entity::{ArenaEntity, Missile, Ship};
use crate::event::Weapon;
use crate::missile::blast_damage;
use crate::tuning::{BLAST_DAMAGE, BLAST_RADIUS_UNITS, MISSILE_FUSE_UNITS, SHIP_RADIUS_UNITS};
use crate::weapons::offspring_of;
use glam::Vec2;
use perigee_shared::bits::{BitReader, BitWriter};
use perigee_shared::hash::StateHasher;
use perigee_shared::ids::{PlayerId, Slot};
use perigee_shared::limits::{MAX_ENTITIES, MAX_EVENTS_PER_TICK, MAX_PLAYERS};
use perigee_shared::netcode::{Lag, LoadError, Past};

/// A weapon that met a rock in this tick: it may chip something out of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct RockHit {
    /// Which rock of the map.
    pub(super) rock: u16,
    /// Where, units.
    pub(super) at: Vec2,
    /// Whose weapon it was.
    pub(super) by: PlayerId,
    /// What it would have taken from a ship, points.
    pub(super) damage: u8,
}

/// This tick's; more than [`MAX_EVENTS_PER_TICK`] are dropped.
#[derive(Debug)]
pub(super) struct RockHits {
    list: Vec<RockHit>,
}

impl RockHits {
    pub(super) fn note(&mut self, hit: RockHit) {
        if self.list.len() < MAX_EVENTS_PER_TICK {
            self.list.push(hit);
        }
    }

    pub(super) fn all(&self) -> &[RockHit] {
        &self.list
    }
}

/// A beam, and the ship that fired it.
#[derive(Clone, Copy, Debug)]
struct Firing {
    ship: Slot,
    beam: Beam,
}

/// What was fired. All but the lags is this tick's: it keeps its memory and is not state.
#[derive(Debug)]
pub(super) struct Fire {
    /// By shot's slot: how far in the past its pilot saw the others when it was fired. It flies among what they saw.
    lags: Vec<Lag>,
    beams: Vec<Firing>,
    strikes: Vec<Strike>,
    pub(super) rock_hits: RockHits,
}

impl Fire {
    pub(super) fn new() -> Self {
        Self {
            lags: vec![Lag::default(); MAX_ENTITIES],
            beams: Vec::with_capacity(MAX_PLAYERS),
            strikes: Vec::with_capacity(MAX_EVENTS_PER_TICK),
            rock_hits: RockHits { list: Vec::with_capacity(MAX_EVENTS_PER_TICK) },
        }
    }

    /// A tick begins.
    pub(super) fn clear(&mut self) {
        self.beams.clear();
        self.strikes.clear();
        self.rock_hits.list.clear();
    }

    /// What left the ships in this tick: shots and missiles fly, beams are there.
    pub(super) fn fire(&mut self, space: &mut Space, pilots: &Pilots) {
        let slots = space.list_ships();
        let mut spare = pilots.spare_slots(space);
        for &slot in &slots {
            let Some(ship) = space.ship(slot) else { continue };
            if let Some(beam) = Beam::of(ship, &space.map) {
                self.beams.push(Firing { ship: slot, beam });
                continue;
            }
            let Some(child) = offspring_of(ship) else { continue };
            let lag = pilots.get(ship.owner).map_or(Lag::default(), |pilot| pilot.lag);
            if spare > 0
                && let Some(slot) = space.table.spawn(child)
            {
                spare -= 1;
                self.lags[slot.index()] = lag;
            }
        }
        space.reuse(slots);
    }

    /// Whom this tick's beams, shots and blasts meet, in this order.
    pub(super) fn find_strikes(
        &mut self,
        space: &mut Space,
        pilots: &Pilots,
        past: &Past<'_, ArenaEntity>,
    ) -> &[Strike] {
        self.find_beam_strikes(space, pilots, past);
        let targets = Targets { table: &space.table, ships: &space.ships, lags: &self.lags, past };
        find_strikes(&targets, |by, ship| pilots.is_foe(by, ship), &mut self.strikes);
        self.find_blasts(space, pilots);
        &self.strikes
    }

    /// A beam meets what its pilot saw in its line when they pulled the trigger.
    fn find_beam_strikes(&mut self, space: &Space, pilots: &Pilots, past: &Past<'_, ArenaEntity>) {
        let targets = Targets { table: &space.table, ships: &space.ships, lags: &self.lags, past };
        for &Firing { ship, beam } in &self.beams {
            let Some(ship) = space.ship(ship) else { continue };
            let (by, damage) = (ship.owner, ship.class.tuning().damage);
            let Some(pilot) = pilots.get(by) else { continue };
            let (lag, known_ago_ticks) = (pilot.lag, pilot.known_ago_ticks);
            let shown = |target: Slot, ship: &Ship| {
                if lag == Lag::default() {
                    return Some(ship.position.units());
                }
                past.shown(target, lag, known_ago_ticks, &space.map).map(|pose| pose.position)
            };
            let wanted = |ship: &Ship| pilots.is_foe(by, ship);
            let met = targets.first_on_way(beam.from, beam.way, lag, wanted, shown);
            if let Some((target, _)) = met {
                self.strikes.push(Strike { target, by, damage, with: Weapon::Beam, spent: None });
            } else if let Some(rock) = beam.rock {
                self.rock_hits.note(RockHit { rock, at: beam.from + beam.way, by, damage });
            }
        }
    }

    /// Missiles that are spent or near a foe go off, where everything is now: they are seen by all who fly from them.
    fn find_blasts(&mut self, space: &mut Space, pilots: &Pilots) {
        let missiles = space.list(|entity| matches!(entity, ArenaEntity::Missile(_)));
        for &slot in &missiles {
            let Some(&ArenaEntity::Missile(missile)) = space.table.get(slot) else { continue };
            if missile.life > 0 && !is_near_foe(space, pilots, &missile) {
                continue;
            }
            let (centre, by, with) = (missile.position.units(), missile.owner, Weapon::Missile);
            space.ships.near(centre, BLAST_RADIUS_UNITS, |id, distance_squared| {
                let target = Slot(id);
                if space.ship(target).is_some_and(|ship| pilots.is_foe(by, ship)) {
                    let damage = blast_damage(libm::sqrtf(distance_squared));
                    self.strikes.push(Strike { target, by, damage, with, spent: None });
                }
            });
            if let Some(rock) = space.map.rock_at(centre) {
                self.rock_hits.note(RockHit { rock, at: centre, by, damage: BLAST_DAMAGE });
            }
            space.table.remove(slot);
        }
        space.reuse(missiles);
    }

    pub(super) fn hash_into(&self, space: &Space, hasher: &mut StateHasher) {
        for slot in shots(space) {
            hasher.write_u64(u64::from(self.lags[slot.index()].0));
        }
    }

    /// Appends the lags of the shots that fly.
    pub(super) fn save(&self, space: &Space, writer: &mut BitWriter) {
        for slot in shots(space) {
            self.lags[slot.index()].save(writer);
        }
    }

    /// Reads what [`Self::save`] wrote; the table is loaded already.
    ///
    /// # Errors
    /// A [`LoadError`] for what no lags are.
    pub(super) fn load(&mut self, space: &Space, reader: &mut BitReader<'_>) -> Result<(), LoadError> {
        for slot in shots(space) {
            self.lags[slot.index()] = Lag::load(reader)?;
        }
        Ok(())
    }
}

fn is_near_foe(space: &Space, pilots: &Pilots, missile: &Missile) -> bool {
    let mut near = false;
    let reach = SHIP_RADIUS_UNITS + MISSILE_FUSE_UNITS;
    space.ships.near(missile.position.units(), reach, |id, _| {
        near |= space.ship(Slot(id)).is_some_and(|ship| pilots.is_foe(missile.owner, ship));
    });
    near
}

fn shots(space: &Space) -> impl Iterator<Item = Slot> {
    space.table.iter().filter(|(_, entity)| matches!(entity, ArenaEntity::Shot(_))).map(|(slot, _)| slot)
}
