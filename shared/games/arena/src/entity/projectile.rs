//! What ships fire: shots, which fly straight, and missiles, which the simulation steers.

use super::grid_vec::GridVec;
use super::table::{ANGLE, CLASS, OWNER, TEAM, VELOCITY, X, Y, class_of, field, often, predicted, team_of};
use crate::class::{ShipClass, Team};
use crate::codec_tables::MISSILE_SURPRISES;
use crate::tuning::{Barrel, CLASSES, MAX_SHOT_LIFE_TICKS, MISSILE_FULL_TURN, MISSILE_LIFE_TICKS};
use perigee_shared::ids::PlayerId;
use perigee_shared::netcode::fields::Steering;
use perigee_shared::netcode::{Field, Kind, PrefixCode, Role, Row};

/// A shot in flight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shot {
    /// Who fired it.
    pub owner: PlayerId,
    /// From what: this is how much it hurts.
    pub class: ShipClass,
    /// Position.
    pub position: GridVec,
    /// Velocity.
    pub velocity: GridVec,
    /// Ticks it still flies; at 0 it is spent.
    pub life: u8,
}

/// A missile in flight. Where it turns to depends on others, so its turn is its command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Missile {
    /// Who launched it.
    pub owner: PlayerId,
    /// Whom it spares.
    pub team: Team,
    /// Share of the full turn rate in thirds, `-MISSILE_FULL_TURN..=MISSILE_FULL_TURN`, positive is counter-clockwise.
    pub turn: i8,
    /// Position.
    pub position: GridVec,
    /// Heading in quanta of a turn, along which it flies.
    pub angle: u16,
    /// Ticks it still flies; at 0 it goes off.
    pub life: u8,
}

/// The life of a Lance's shot, which is the usual one.
const SHOT_LIFE: i32 = match CLASSES[ShipClass::Lance as usize].barrel {
    Barrel::Gun { life_ticks, .. } => life_ticks as i32,
    Barrel::Beam { .. } => 0,
};

const SHOT_FIELDS: &[Field] = &[
    OWNER,
    CLASS,
    X,
    Y,
    field("vx", VELOCITY, "1/256 unit/s", predicted(10)),
    field("vy", VELOCITY, "1/256 unit/s", predicted(10)),
    often(SHOT_LIFE, field("life", (0, MAX_SHOT_LIFE_TICKS as i32), "tick", predicted(3))),
];

const MISSILE_FIELDS: &[Field] = &[
    OWNER,
    TEAM,
    field("turn", (-(MISSILE_FULL_TURN as i32), MISSILE_FULL_TURN as i32), "1/3 of full", Role::Control),
    X,
    Y,
    ANGLE,
    often(MISSILE_LIFE_TICKS as i32, field("life", (0, MISSILE_LIFE_TICKS as i32), "tick", predicted(3))),
];

impl Shot {
    pub(super) const KIND: Kind =
        Kind { name: "shot", fields: SHOT_FIELDS, disturbance: 0, steering: None, meets: false };

    pub(super) fn read(&self, row: &mut Row) {
        [row[0], row[1]] = [i32::from(self.owner.0), self.class.index() as i32];
        [row[2], row[3], row[4], row[5]] =
            [self.position.x, self.position.y, self.velocity.x, self.velocity.y];
        row[6] = i32::from(self.life);
    }

    pub(super) fn from_row(row: &Row) -> Self {
        Self {
            owner: PlayerId(row[0] as u16),
            class: class_of(row[1]),
            position: GridVec { x: row[2], y: row[3] },
            velocity: GridVec { x: row[4], y: row[5] },
            life: row[6] as u8,
        }
    }
}

impl Missile {
    pub(super) const KIND: Kind = Kind {
        name: "missile",
        fields: MISSILE_FIELDS,
        disturbance: 0,
        steering: Some(Steering { field: 2, code: &PrefixCode::new(&MISSILE_SURPRISES) }),
        meets: false,
    };

    pub(super) fn read(&self, row: &mut Row) {
        [row[0], row[1]] = [i32::from(self.owner.0), self.team.index() as i32];
        row[2] = i32::from(self.turn);
        [row[3], row[4]] = [self.position.x, self.position.y];
        [row[5], row[6]] = [i32::from(self.angle), i32::from(self.life)];
    }

    pub(super) fn from_row(row: &Row) -> Self {
        Self {
            owner: PlayerId(row[0] as u16),
            team: team_of(row[1]),
            turn: row[2] as i8,
            position: GridVec { x: row[3], y: row[4] },
            angle: row[5] as u16,
            life: row[6] as u8,
        }
    }
}
