//! A player's ship.

use super::grid_vec::{GridVec, IMPULSE_QUANTA_LOG2};
use super::table::{
    ANGLE, CLASS, OWNER, SHIP_VELOCITY, TEAM, X, Y, class_of, field, often, predicted, team_of, timer,
};
use crate::class::{ShipClass, Team};
use crate::codec_tables::SHIP_SURPRISES;
use crate::command::{ArenaCommand, CODES};
use crate::tuning::{
    ENERGY, MAX_COOLDOWN_TICKS, MAX_HULL, MAX_SHIELD, MISSILE_FIRST_TICKS, MISSILE_RELOAD_TICKS,
    PROTECTION_TICKS, SHIELD_PAUSE_TICKS,
};
use glam::Vec2;
use perigee_shared::ids::PlayerId;
use perigee_shared::netcode::fields::Steering;
use perigee_shared::netcode::{Command, Field, Kind, PrefixCode, Role, Row};

/// A player's ship.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ship {
    /// The pilot.
    pub owner: PlayerId,
    /// What it is.
    pub class: ShipClass,
    /// Whom it fights for.
    pub team: Team,
    /// What the pilot asked for in the last step.
    pub command: ArenaCommand,
    /// Position.
    pub position: GridVec,
    /// Velocity.
    pub velocity: GridVec,
    /// Heading in quanta of a turn; 0 looks along +x, counter-clockwise.
    pub angle: u16,
    /// Hull points, up to its class's.
    pub hull: u8,
    /// Shield in tenths of a point, up to its class's.
    pub shield: u16,
    /// Ticks until the shield begins to come back.
    pub shield_delay: u8,
    /// Energy in tenths, `0..=tuning::ENERGY`.
    pub energy: u16,
    /// Ticks until the first weapon is ready; its class's full time in the tick in which it fired.
    pub cooldown: u8,
    /// Ticks until the next missile is ready; the full time in the tick in which one was launched.
    pub rack: u8,
    /// Ticks of protection left.
    pub protection: u8,
}

impl Ship {
    /// A rested, unprotected ship at rest.
    #[must_use]
    pub fn fresh((owner, class, team): (PlayerId, ShipClass, Team), at: Vec2, angle: u16) -> Self {
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

    pub(super) const KIND: Kind = Kind {
        name: "ship",
        fields: FIELDS,
        // What a hit changes: shield and shield_delay. Most collisions are told as meetings.
        disturbance: 1 << 10 | 1 << 11,
        steering: Some(Steering { field: 3, code: &PrefixCode::new(&SHIP_SURPRISES) }),
        meets: true,
    };

    pub(super) fn read(&self, row: &mut Row) {
        row[0] = i32::from(self.owner.0);
        [row[1], row[2]] = [self.class.index() as i32, self.team.index() as i32];
        row[3] = self.command.pack() as i32;
        [row[4], row[5], row[6], row[7]] =
            [self.position.x, self.position.y, self.velocity.x, self.velocity.y];
        row[8] = i32::from(self.angle);
        [row[9], row[10]] = [i32::from(self.hull), i32::from(self.shield)];
        [row[11], row[12]] = [i32::from(self.shield_delay), i32::from(self.energy)];
        [row[13], row[14]] = [i32::from(self.cooldown), i32::from(self.rack)];
        row[15] = i32::from(self.protection);
    }

    pub(super) fn from_row(row: &Row) -> Self {
        Self {
            owner: PlayerId(row[0] as u16),
            class: class_of(row[1]),
            team: team_of(row[2]),
            command: ArenaCommand::unpack(row[3] as u32).unwrap_or_default(),
            position: GridVec { x: row[4], y: row[5] },
            velocity: GridVec { x: row[6], y: row[7] },
            angle: row[8] as u16,
            hull: row[9] as u8,
            shield: row[10] as u16,
            shield_delay: row[11] as u8,
            energy: row[12] as u16,
            cooldown: row[13] as u8,
            rack: row[14] as u8,
            protection: row[15] as u8,
        }
    }
}

const KNOCKED: Role = Role::Predicted { residual_order: 5, step_log2: IMPULSE_QUANTA_LOG2 };
const LANCE_HULL: i32 = ShipClass::Lance.fresh_hull();
const LANCE_SHIELD: i32 = ShipClass::Lance.fresh_shield();

const FIELDS: &[Field] = &[
    OWNER,
    CLASS,
    TEAM,
    field("command", (0, CODES as i32 - 1), "packed command", Role::Control),
    X,
    Y,
    field("vx", SHIP_VELOCITY, "1/256 unit/s", KNOCKED),
    field("vy", SHIP_VELOCITY, "1/256 unit/s", KNOCKED),
    ANGLE,
    often(LANCE_HULL, field("hull", (0, MAX_HULL as i32), "point", predicted(4))),
    often(LANCE_SHIELD, field("shield", (0, MAX_SHIELD as i32), "1/10 point", predicted(8))),
    timer("shield_delay", SHIELD_PAUSE_TICKS as i32, 5),
    often(ENERGY as i32, field("energy", (0, ENERGY as i32), "1/10 point", predicted(6))),
    timer("cooldown", MAX_COOLDOWN_TICKS as i32, 1),
    timer("rack", MISSILE_RELOAD_TICKS as i32, 3),
    timer("protection", PROTECTION_TICKS as i32, 3),
];

impl ShipClass {
    const fn fresh_hull(self) -> i32 {
        crate::tuning::CLASSES[self as usize].hull as i32
    }

    const fn fresh_shield(self) -> i32 {
        crate::tuning::CLASSES[self as usize].shield as i32
    }
}

/// A fresh ship of the usual class that fights for itself.
#[cfg(test)]
pub(crate) fn fresh_lance(owner: PlayerId, at: Vec2, angle: u16) -> Ship {
    Ship::fresh((owner, ShipClass::Lance, Team::Free), at, angle)
}
