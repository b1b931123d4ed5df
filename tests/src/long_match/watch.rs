//! Finds stuck ships: their engine runs and they do not get anywhere.

use perigee_arena::{Arena, ArenaEntity, Ship};
use perigee_shared::ids::Slot;
use perigee_shared::netcode::Simulation;
use perigee_shared::tick::{TICK_HZ, Tick};
use std::collections::BTreeMap;

/// A ship that moves no farther than this, units ...
const NOWHERE_UNITS: f32 = 40.0;
/// ... in this time, ...
const LONG_TICKS: u32 = 10 * TICK_HZ;
/// ... with the engine on for this long, is stuck.
const ENGINE_TICKS: u32 = LONG_TICKS / 3;

/// Where a ship was, and since when.
#[derive(Clone, Copy, Debug)]
struct Place {
    ship: Ship,
    since: Tick,
    engine_ticks: u32,
}

/// Watches all ships.
#[derive(Clone, Debug, Default)]
pub(super) struct Watch {
    places: BTreeMap<Slot, Place>,
    stuck: Vec<String>,
}

impl Watch {
    /// Checks all ships after a tick.
    pub(super) fn look(&mut self, tick: Tick, sim: &Arena) {
        self.places.retain(|&slot, _| matches!(sim.entities().get(slot), Some(ArenaEntity::Ship(_))));
        for (slot, entity) in sim.entities().iter() {
            let ArenaEntity::Ship(ship) = *entity else { continue };
            let here = Place { ship, since: tick, engine_ticks: 0 };
            let place = self.places.entry(slot).or_insert(here);
            let from = place.ship.position.units();
            if place.ship.owner != ship.owner || from.distance(ship.position.units()) >= NOWHERE_UNITS {
                *place = here;
            }
            place.engine_ticks += u32::from(ship.command.thrust);
            if tick.since(place.since) >= LONG_TICKS as i32 && place.engine_ticks >= ENGINE_TICKS {
                self.stuck.push(format!("tick {}: {:?} at {from}", tick.0, ship.owner));
                *place = here;
            }
            // The watch of a ship that rests is restarted after a while.
            if tick.since(place.since) >= LONG_TICKS as i32 {
                *place = here;
            }
        }
    }

    /// The ships that were stuck, when and where.
    pub(super) fn stuck(self) -> Vec<String> {
        self.stuck
    }
}
