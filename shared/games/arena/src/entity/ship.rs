//! A player's ship.

use super::table::{ANGLE, CLASS, OWNER, SHIP_VELOCITY, TEAM, X, Y, timer};
use crate::class::{ShipClass, Team};
use crate::codec_tables::SHIP_MISPREDICTIONS;
use crate::command::{ArenaCommand, CODES};
use crate::grid_vec::{GridVec, IMPULSE_QUANTA_LOG2};
use crate::tuning::{
    ENERGY, MAX_COOLDOWN_TICKS, MAX_HULL, MAX_SHIELD, MISSILE_FIRST_TICKS, MISSILE_RELOAD_TICKS,
    PROTECTION_TICKS, SHIELD_PAUSE_TICKS,
};
use glam::Vec2;
use perigee_shared::ids::PlayerId;
use perigee_shared::netcode::{Field, PrefixCode, Role, replicated};

replicated! {
    /// A player's ship.
    #[derive(Eq)]
    pub struct Ship = "ship" {
        /// The pilot.
        pub owner: PlayerId = [OWNER],
        /// What it is.
        pub class: ShipClass = [CLASS],
        /// Whom it fights for.
        pub team: Team = [TEAM],
        /// What the pilot asked for in the last step.
        pub command: ArenaCommand = [Field::control("command", (0, CODES as i32 - 1))],
        /// Position.
        pub position: GridVec = [X, Y],
        /// Velocity.
        pub velocity: GridVec = [knocked("vx"), knocked("vy")],
        /// Heading in quanta of a turn; 0 looks along +x, counter-clockwise.
        pub angle: u16 = [ANGLE],
        /// Hull points, up to its class's.
        pub hull: u8 = [Field::predicted("hull", (0, MAX_HULL as i32), "point").order(4).often(LANCE_HULL)],
        /// Shield in tenths of a point, up to its class's.
        pub shield: u16 = [
            Field::predicted("shield", (0, MAX_SHIELD as i32), "1/10 point").order(8).often(LANCE_SHIELD),
        ],
        /// Ticks until the shield begins to come back.
        pub shield_delay: u8 = [timer("shield_delay", SHIELD_PAUSE_TICKS as i32, 5)],
        /// Energy in tenths, `0..=tuning::ENERGY`.
        pub energy: u16 = [
            Field::predicted("energy", (0, ENERGY as i32), "1/10 point").order(6).often(ENERGY as i32),
        ],
        /// Ticks until the first weapon is ready; its class's full time in the tick in which it fired.
        pub cooldown: u8 = [timer("cooldown", MAX_COOLDOWN_TICKS as i32, 1)],
        /// Ticks until the next missile is ready; the full time in the tick in which one was launched.
        pub rack: u8 = [timer("rack", MISSILE_RELOAD_TICKS as i32, 3)],
        /// Ticks of protection left.
        pub protection: u8 = [timer("protection", PROTECTION_TICKS as i32, 3)],
    }
    // What a hit changes. Most collisions are told as meetings.
    .disturbing(&["shield", "shield_delay"])
    .mispredictions(&MISPREDICTIONS)
    .meeting()
}

impl Ship {
    /// A rested, unprotected ship at rest.
    #[must_use]
    pub fn fresh(owner: PlayerId, class: ShipClass, team: Team, at: Vec2, angle: u16) -> Self {
        Self {
            owner,
            class,
            team,
            command: ArenaCommand::default(),
            position: GridVec::of_position(at),
            velocity: GridVec::default(),
            angle,
            hull: class.tuning().hull,
            shield: class.tuning().shield,
            shield_delay: 0,
            energy: ENERGY,
            cooldown: 0,
            rack: MISSILE_FIRST_TICKS,
            protection: 0,
        }
    }

    /// Whether its first weapon fired in the step that led to this state.
    #[must_use]
    pub fn has_just_fired(&self) -> bool {
        self.cooldown == self.class.tuning().cooldown_ticks
    }

    /// Whether a missile was launched in the step that led to this state.
    #[must_use]
    pub fn has_just_launched(&self) -> bool {
        self.rack == MISSILE_RELOAD_TICKS
    }

    /// What is left of the hull, `0..=1`.
    #[must_use]
    pub fn hull_share(&self) -> f32 {
        f32::from(self.hull) / f32::from(self.class.tuning().hull)
    }

    /// What is left of the shield, `0..=1`.
    #[must_use]
    pub fn shield_share(&self) -> f32 {
        f32::from(self.shield) / f32::from(self.class.tuning().shield)
    }
}

const MISPREDICTIONS: PrefixCode = PrefixCode::new(&SHIP_MISPREDICTIONS);

/// A velocity that collisions change by whole impulses.
const fn knocked(name: &'static str) -> Field {
    let role = Role::Predicted { residual_order: 5, step_log2: IMPULSE_QUANTA_LOG2 };
    Field { role, ..Field::predicted(name, SHIP_VELOCITY, "1/256 unit/s") }
}

const LANCE_HULL: i32 = ShipClass::Lance.fresh_hull();
const LANCE_SHIELD: i32 = ShipClass::Lance.fresh_shield();

impl ShipClass {
    const fn fresh_hull(self) -> i32 {
        crate::class::CLASSES[self as usize].hull as i32
    }

    const fn fresh_shield(self) -> i32 {
        crate::class::CLASSES[self as usize].shield as i32
    }
}

/// A fresh ship of the usual class that fights for itself.
#[cfg(test)]
pub(crate) fn fresh_lance(owner: PlayerId, at: Vec2, angle: u16) -> Ship {
    Ship::fresh(owner, ShipClass::Lance, Team::Free, at, angle)
}
