//! What is remembered of ships from frame to frame: where an explosion belongs when its ship is already gone.

use crate::entity::Ship;
use crate::tuning::{MISSILE_RELOAD_TICKS, PROTECTION_TICKS};
use glam::Vec2;
use perigee_shared::ids::Slot;
use perigee_shared::netcode::Pose;
use std::collections::BTreeMap;

/// How long a ship out of sight is remembered, seconds.
const MEMORY_S: f32 = 1.0;
/// A ship first seen with all but this many ticks of its protection has just been launched; any other flew into view.
const LAUNCH_TICKS: u8 = 20;
/// A ship that moved further than this between two frames did not fly there, units.
const JUMP_UNITS: f32 = 120.0;

/// The last of one ship.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sighting {
    pub(super) position: Vec2,
    pub(super) velocity: Vec2,
    cooldown: u8,
    rack: u8,
    seen_at_s: f32,
}

/// What a look at a ship showed beyond its state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Novelty {
    /// Its first weapon has just fired.
    pub(super) fired: bool,
    /// It has just launched a missile.
    pub(super) launched: bool,
    /// It was launched, or it jumped.
    pub(super) appeared: bool,
}

/// Ships seen lately. Bounded by what is in sight within [`MEMORY_S`].
#[derive(Clone, Debug, Default)]
pub(super) struct Sightings {
    ships: BTreeMap<Slot, Sighting>,
}

impl Sightings {
    /// Notes a ship and says what is new about it.
    pub(super) fn note(&mut self, slot: Slot, ship: &Ship, pose: Pose, now_s: f32) -> Novelty {
        let sighting = Sighting {
            position: pose.position,
            velocity: ship.velocity.units(),
            cooldown: ship.cooldown,
            rack: ship.rack,
            seen_at_s: now_s,
        };
        let Some(before) = self.ships.insert(slot, sighting) else {
            let appeared = ship.protection + LAUNCH_TICKS > PROTECTION_TICKS;
            return Novelty { appeared, ..Novelty::default() };
        };
        Novelty {
            fired: ship.cooldown > before.cooldown && ship.cooldown + 3 > ship.class.tuning().cooldown_ticks,
            launched: ship.rack > before.rack && ship.rack + 3 > MISSILE_RELOAD_TICKS,
            appeared: before.position.distance(pose.position) > JUMP_UNITS,
        }
    }

    /// The last of the ship in `slot`.
    pub(super) fn last(&self, slot: Slot) -> Option<Sighting> {
        self.ships.get(&slot).copied()
    }

    /// Forgets what was not seen for a while.
    pub(super) fn forget_old(&mut self, now_s: f32) {
        self.ships.retain(|_, sighting| now_s - sighting.seen_at_s < MEMORY_S);
    }
}
