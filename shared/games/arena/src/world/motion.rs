//! Everything moves, alone; then ships that touch part.

use super::{Arena, RockHit};
use crate::collision::collide;
use crate::entity::{ArenaEntity, Ship};
use crate::missile::{homing_turn, is_looking};
use crate::tuning::{MISSILE_SIGHT_UNITS, SHIP_RADIUS_UNITS};
use perigee_shared::ids::Slot;
use perigee_shared::netcode::Entity;

impl Arena {
    /// Missiles turn to foes where these are before the step.
    pub(super) fn steer_missiles(&mut self) {
        self.scratch.slots.clear();
        let looking = self
            .table
            .iter()
            .filter(|(_, entity)| matches!(entity, ArenaEntity::Missile(missile) if is_looking(missile)));
        self.scratch.slots.extend(looking.map(|(slot, _)| slot));
        for at in 0..self.scratch.slots.len() {
            let slot = self.scratch.slots[at];
            let Some(ArenaEntity::Missile(missile)) = self.table.get(slot) else { continue };
            let position = missile.position.units();
            let near = self.ships.runs(position, MISSILE_SIGHT_UNITS).flatten();
            let foes = near.filter_map(|&(id, place)| match self.table.get(Slot(id))? {
                ArenaEntity::Ship(ship) if ship.protection == 0 => {
                    self.is_foe(missile.owner, ship).then_some(place)
                }
                _ => None,
            });
            let turn = homing_turn(missile, foes);
            if let Some(ArenaEntity::Missile(missile)) = self.table.get_mut(slot) {
                missile.turn = turn;
            }
        }
    }

    /// What is spent is gone after this; a missile that is spent goes off, and goes then.
    pub(super) fn move_everything(&mut self) {
        let Self { table, map, scratch, economy, .. } = self;
        scratch.slots.clear();
        for (slot, entity) in table.iter_mut() {
            entity.advance(map);
            match entity {
                ArenaEntity::Shot(shot) if shot.life == 0 => {
                    let at = shot.position.units();
                    if let Some(rock) = map.rock_at(at) {
                        let damage = shot.class.tuning().damage;
                        scratch.note_rock_hit(RockHit { rock, at, by: shot.owner, damage });
                    }
                    scratch.slots.push(slot);
                }
                ArenaEntity::Crate(floating) if floating.life == 0 => {
                    economy.sink(floating);
                    scratch.slots.push(slot);
                }
                _ => {}
            }
        }
        for slot in scratch.slots.drain(..) {
            table.remove(slot);
        }
        self.rebuild_ships();
    }

    pub(super) fn rebuild_ships(&mut self) {
        let ships = self.table.iter().filter_map(|(slot, entity)| match entity {
            ArenaEntity::Ship(ship) => Some((slot.0, ship.position.units())),
            _ => None,
        });
        self.ships.rebuild(ships);
    }

    /// Fills the scratch list with the slots of all ships.
    pub(super) fn list_ships(&mut self) {
        let slots = &mut self.scratch.slots;
        slots.clear();
        let ships = self.table.iter().filter(|(_, entity)| matches!(entity, ArenaEntity::Ship(_)));
        slots.extend(ships.map(|(slot, _)| slot));
    }

    /// Pairs of ships that touch exchange momentum, in slot order. Most ships touch nobody, tick for tick.
    pub(super) fn collide_ships(&mut self) {
        self.list_ships();
        for at in 0..self.scratch.slots.len() {
            let slot = self.scratch.slots[at];
            let Some(&ArenaEntity::Ship(ship)) = self.table.get(slot) else { continue };
            let mut partner = None;
            self.ships.near(ship.position.units(), SHIP_RADIUS_UNITS * 2.0, |id, _| {
                if id > slot.0 && partner.is_none_or(|best| id < best) {
                    partner = Some(id);
                }
            });
            let Some(other_slot) = partner.map(Slot) else { continue };
            let Some(&ArenaEntity::Ship(other)) = self.table.get(other_slot) else { continue };
            if let Some((a, b)) = collide(ship, other) {
                self.put(slot, a);
                self.put(other_slot, b);
            }
        }
    }

    pub(super) fn put(&mut self, slot: Slot, ship: Ship) {
        if let Some(entity) = self.table.get_mut(slot) {
            *entity = ArenaEntity::Ship(ship);
        }
    }
}
