//! Ships and shots, stored on the wire's grid: what cannot be sent cannot be held.

use crate::game::codec_tables::SHIP_SURPRISES;
use crate::game::collision::collide;
use crate::game::command::{ArenaCommand, CODES};
use crate::game::map::ArenaMap;
use crate::game::{movement, tuning};
use crate::ids::PlayerId;
use crate::limits::MAX_PLAYERS;
use crate::netcode::fields::Steering;
use crate::netcode::{Command, Entity, Field, Kind, Pose, PrefixCode, Role, Row};
use glam::Vec2;

/// Quanta per unit of position and per unit/s of velocity.
pub const QUANTA_PER_UNIT: f32 = 256.0;
/// Quanta per turn.
pub const QUANTA_PER_TURN: f32 = 65_536.0;
/// Largest coordinate, units: the wire's positions end here, so every arena is smaller.
pub const MAX_ARENA_UNITS: f32 = 4096.0;
/// Largest speed along an axis, units/s.
pub const MAX_SPEED_UNITS_PER_S: f32 = 2047.0;

/// Largest speed of a ship along an axis, units/s: well above what engine and bounces give.
pub const MAX_SHIP_SPEED_UNITS_PER_S: f32 = 511.0;
const _: () = assert!(MAX_SHIP_SPEED_UNITS_PER_S > tuning::TOP_SPEED_UNITS_PER_S * 1.4);

/// A point or a velocity on the grid, in quanta.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GridVec {
    /// Quanta along x.
    pub x: i32,
    /// Quanta along y.
    pub y: i32,
}

impl GridVec {
    /// The nearest grid point to a position, inside the wire's range.
    #[must_use]
    pub fn of_position(at: Vec2) -> Self {
        Self::snapped(at.clamp(Vec2::ZERO, Vec2::splat(MAX_ARENA_UNITS - 1.0)))
    }

    /// The nearest grid point to a velocity, inside the wire's range.
    #[must_use]
    pub fn of_velocity(velocity: Vec2) -> Self {
        Self::snapped(velocity.clamp(Vec2::splat(-MAX_SPEED_UNITS_PER_S), Vec2::splat(MAX_SPEED_UNITS_PER_S)))
    }

    /// The nearest grid point to a ship's velocity, inside its narrower range.
    #[must_use]
    pub fn of_ship_velocity(velocity: Vec2) -> Self {
        let fastest = Vec2::splat(MAX_SHIP_SPEED_UNITS_PER_S);
        Self::snapped(velocity.clamp(-fastest, fastest))
    }

    /// In units or units/s; exact, since the range fits f32's 24 bits.
    #[must_use]
    pub fn units(self) -> Vec2 {
        Vec2::new(self.x as f32, self.y as f32) / QUANTA_PER_UNIT
    }

    /// This, changed by a multiple of [`IMPULSE_QUANTA_LOG2`]'s step that is nearest to `impulse`, inside a ship's range.
    #[must_use]
    pub fn knocked(self, impulse: Vec2) -> Self {
        let step = (1 << IMPULSE_QUANTA_LOG2) as f32 / QUANTA_PER_UNIT;
        let change = |along: f32| (libm::roundf(along / step) as i32) << IMPULSE_QUANTA_LOG2;
        let inside = |v: i32| v.clamp(SHIP_VELOCITY.0, SHIP_VELOCITY.1);
        Self { x: inside(self.x + change(impulse.x)), y: inside(self.y + change(impulse.y)) }
    }

    fn snapped(value: Vec2) -> Self {
        let snap = |v: f32| libm::roundf(v * QUANTA_PER_UNIT) as i32;
        Self { x: snap(value.x), y: snap(value.y) }
    }
}

/// A player's ship.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ship {
    /// The pilot.
    pub owner: PlayerId,
    /// What the pilot asked for in the last step.
    pub command: ArenaCommand,
    /// Position.
    pub position: GridVec,
    /// Velocity.
    pub velocity: GridVec,
    /// Heading in quanta of a turn; 0 looks along +x, counter-clockwise.
    pub angle: u16,
    /// Hull points, `0..=tuning::HULL`.
    pub hull: u8,
    /// Energy in tenths, `0..=tuning::ENERGY`.
    pub energy: u16,
    /// Ticks until the gun is ready.
    pub cooldown: u8,
    /// Ticks of protection left.
    pub protection: u8,
}

/// A shot in flight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shot {
    /// Who fired it.
    pub owner: PlayerId,
    /// Position.
    pub position: GridVec,
    /// Velocity.
    pub velocity: GridVec,
    /// Ticks it still flies; at 0 it is spent.
    pub life: u8,
}

/// Whatever flies in the arena.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArenaEntity {
    /// A ship.
    Ship(Ship),
    /// A shot.
    Shot(Shot),
}

const fn field(name: &'static str, range: (i32, i32), quantum: &'static str, role: Role) -> Field {
    Field { name, min: range.0, max: range.1, quantum, role, common: None }
}

const fn often(common: i32, field: Field) -> Field {
    Field { common: Some(common), ..field }
}

const fn predicted(residual_order: u32) -> Role {
    Role::Predicted { residual_order, step_log2: 0 }
}

/// What ships that touch give each other is a multiple of this, so that telling it costs few bits: 4 units/s.
pub const IMPULSE_QUANTA_LOG2: u32 = 10;

const KNOCKED: Role = Role::Predicted { residual_order: 5, step_log2: IMPULSE_QUANTA_LOG2 };

const POSITION: (i32, i32) = (0, MAX_ARENA_UNITS as i32 * QUANTA_PER_UNIT as i32 - 1);
const VELOCITY: (i32, i32) = (
    -(MAX_SPEED_UNITS_PER_S as i32) * QUANTA_PER_UNIT as i32,
    MAX_SPEED_UNITS_PER_S as i32 * QUANTA_PER_UNIT as i32,
);
const SHIP_VELOCITY: (i32, i32) = (
    -(MAX_SHIP_SPEED_UNITS_PER_S as i32) * QUANTA_PER_UNIT as i32,
    MAX_SHIP_SPEED_UNITS_PER_S as i32 * QUANTA_PER_UNIT as i32,
);
const OWNER: Field = field("owner", (0, MAX_PLAYERS as i32 - 1), "seat", Role::Constant);

const SHIP_FIELDS: &[Field] = &[
    OWNER,
    field("command", (0, CODES as i32 - 1), "packed command", Role::Control),
    field("x", POSITION, "1/256 unit", predicted(6)),
    field("y", POSITION, "1/256 unit", predicted(6)),
    field("vx", SHIP_VELOCITY, "1/256 unit/s", KNOCKED),
    field("vy", SHIP_VELOCITY, "1/256 unit/s", KNOCKED),
    field("angle", (0, QUANTA_PER_TURN as i32 - 1), "1/65536 turn", predicted(10)),
    often(tuning::HULL as i32, field("hull", (0, tuning::HULL as i32), "point", predicted(5))),
    often(tuning::ENERGY as i32, field("energy", (0, tuning::ENERGY as i32), "1/10 point", predicted(6))),
    often(0, field("cooldown", (0, tuning::FIRE_COOLDOWN_TICKS as i32), "tick", predicted(1))),
    often(0, field("protection", (0, tuning::PROTECTION_TICKS as i32), "tick", predicted(3))),
];

const SHOT_FIELDS: &[Field] = &[
    OWNER,
    field("x", POSITION, "1/256 unit", predicted(6)),
    field("y", POSITION, "1/256 unit", predicted(6)),
    field("vx", VELOCITY, "1/256 unit/s", predicted(10)),
    field("vy", VELOCITY, "1/256 unit/s", predicted(10)),
    often(
        tuning::SHOT_LIFE_TICKS as i32,
        field("life", (0, tuning::SHOT_LIFE_TICKS as i32), "tick", predicted(3)),
    ),
];

impl Entity for ArenaEntity {
    type Map = ArenaMap;

    fn kinds() -> &'static [Kind] {
        const STEERING: Steering = Steering { field: 1, code: &PrefixCode::new(&SHIP_SURPRISES) };
        &[
            Kind {
                name: "ship",
                fields: SHIP_FIELDS,
                disturbance: 1 << 4 | 1 << 5,
                steering: Some(STEERING),
                meets: true,
            },
            Kind { name: "shot", fields: SHOT_FIELDS, disturbance: 0, steering: None, meets: false },
        ]
    }

    fn kind(&self) -> usize {
        match self {
            Self::Ship(_) => 0,
            Self::Shot(_) => 1,
        }
    }

    fn read(&self, row: &mut Row) {
        match self {
            Self::Ship(s) => {
                row[0] = i32::from(s.owner.0);
                row[1] = s.command.pack() as i32;
                [row[2], row[3], row[4], row[5]] = [s.position.x, s.position.y, s.velocity.x, s.velocity.y];
                row[6] = i32::from(s.angle);
                row[7] = i32::from(s.hull);
                row[8] = i32::from(s.energy);
                row[9] = i32::from(s.cooldown);
                row[10] = i32::from(s.protection);
            }
            Self::Shot(s) => {
                row[0] = i32::from(s.owner.0);
                [row[1], row[2], row[3], row[4]] = [s.position.x, s.position.y, s.velocity.x, s.velocity.y];
                row[5] = i32::from(s.life);
            }
        }
    }

    fn from_row(kind: usize, row: &Row) -> Self {
        let owner = PlayerId(row[0] as u16);
        match kind {
            0 => Self::Ship(Ship {
                owner,
                command: ArenaCommand::unpack(row[1] as u32).unwrap_or_default(),
                position: GridVec { x: row[2], y: row[3] },
                velocity: GridVec { x: row[4], y: row[5] },
                angle: row[6] as u16,
                hull: row[7] as u8,
                energy: row[8] as u16,
                cooldown: row[9] as u8,
                protection: row[10] as u8,
            }),
            _ => Self::Shot(Shot {
                owner,
                position: GridVec { x: row[1], y: row[2] },
                velocity: GridVec { x: row[3], y: row[4] },
                life: row[5] as u8,
            }),
        }
    }

    fn advance(&mut self, map: &ArenaMap) {
        match self {
            Self::Ship(ship) => movement::advance_ship(ship, map),
            Self::Shot(shot) => movement::advance_shot(shot, map),
        }
    }

    fn meet(&self, other: &Self, _map: &ArenaMap) -> Option<(Self, Self)> {
        match (self, other) {
            (Self::Ship(a), Self::Ship(b)) => collide(*a, *b).map(|(a, b)| (Self::Ship(a), Self::Ship(b))),
            _ => None,
        }
    }

    fn owner(&self) -> Option<PlayerId> {
        match self {
            Self::Ship(ship) => Some(ship.owner),
            Self::Shot(shot) => Some(shot.owner),
        }
    }

    fn pose(&self) -> Pose {
        match self {
            Self::Ship(ship) => {
                Pose { position: ship.position.units(), angle_turns: f32::from(ship.angle) / QUANTA_PER_TURN }
            }
            Self::Shot(shot) => Pose {
                position: shot.position.units(),
                angle_turns: movement::heading_turns(shot.velocity.units()),
            },
        }
    }

    fn health(&self) -> f32 {
        match self {
            Self::Ship(ship) => f32::from(ship.hull) / f32::from(tuning::HULL),
            Self::Shot(_) => 1.0,
        }
    }
}
