//! Everything moves, alone; then ships that touch part.

use super::fire::{RockHit, RockHits};
use super::pilots::Pilots;
use super::space::Space;
use crate::collision::collide;
use crate::economy::Economy;
use crate::entity::ArenaEntity;
use crate::missile::{homing_turn, is_looking};
use crate::tuning::{MISSILE_SIGHT_UNITS, SHIP_RADIUS_UNITS};
use perigee_shared::ids::Slot;
use perigee_shared::netcode::Entity;

/// Missiles turn to foes where these are before the step.
pub(super) fn steer_missiles(space: &mut Space, pilots: &Pilots) {
    let looking = space.list(|entity| matches!(entity, ArenaEntity::Missile(missile) if is_looking(missile)));
    for &slot in &looking {
        let Some(ArenaEntity::Missile(missile)) = space.table.get(slot) else { continue };
        let near = space.ships.runs(missile.position.units(), MISSILE_SIGHT_UNITS).flatten();
        let foes = near.filter_map(|&(id, place)| {
            let ship = space.ship(Slot(id)).filter(|ship| ship.protection == 0)?;
            pilots.is_foe(missile.owner, ship).then_some(place)
        });
        let turn = homing_turn(missile, foes);
        if let Some(ArenaEntity::Missile(missile)) = space.table.get_mut(slot) {
            missile.turn = turn;
        }
    }
    space.reuse(looking);
}

/// What is spent is gone after this; a missile that is spent goes off, and goes then.
pub(super) fn move_everything(space: &mut Space, economy: &mut Economy, rock_hits: &mut RockHits) {
    let mut spent = space.list(|_| false);
    let Space { table, map, .. } = space;
    for (slot, entity) in table.iter_mut() {
        entity.advance(map);
        match entity {
            ArenaEntity::Shot(shot) if shot.life == 0 => {
                let at = shot.position.units();
                if let Some(rock) = map.rock_at(at) {
                    let damage = shot.class.tuning().damage;
                    rock_hits.note(RockHit { rock, at, by: shot.owner, damage });
                }
                spent.push(slot);
            }
            ArenaEntity::Crate(floating) if floating.life == 0 => {
                economy.sink(floating);
                spent.push(slot);
            }
            _ => {}
        }
    }
    for &slot in &spent {
        table.remove(slot);
    }
    space.reuse(spent);
    space.rebuild_ships();
}

/// Pairs of ships that touch exchange momentum, in slot order. Most ships touch nobody, tick for tick.
pub(super) fn collide_ships(space: &mut Space) {
    let slots = space.list_ships();
    for &slot in &slots {
        let Some(&ship) = space.ship(slot) else { continue };
        let mut partner = None;
        space.ships.near(ship.position.units(), SHIP_RADIUS_UNITS * 2.0, |id, _| {
            if id > slot.0 && partner.is_none_or(|best| id < best) {
                partner = Some(id);
            }
        });
        let Some(other_slot) = partner.map(Slot) else { continue };
        let Some(&other) = space.ship(other_slot) else { continue };
        if let Some((a, b)) = collide(ship, other) {
            space.put(slot, a);
            space.put(other_slot, b);
        }
    }
    space.reuse(slots);
}
