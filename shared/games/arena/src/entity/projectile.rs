//! What ships fire: shots, which fly straight, and missiles, which the simulation steers.

use super::table::{ANGLE, CLASS, OWNER, TEAM, VELOCITY, X, Y};
use crate::class::{Barrel, CLASSES, ShipClass, Team};
use crate::codec_tables::MISSILE_MISPREDICTIONS;
use crate::grid_vec::GridVec;
use crate::tuning::{MAX_SHOT_LIFE_TICKS, MISSILE_FULL_TURN, MISSILE_LIFE_TICKS};
use perigee_shared::ids::PlayerId;
use perigee_shared::netcode::{Field, PrefixCode, replicated};

replicated! {
    /// A shot in flight.
    #[derive(Eq)]
    pub struct Shot = "shot" {
        /// Who fired it.
        pub owner: PlayerId = [OWNER],
        /// From what: this is how much it hurts.
        pub class: ShipClass = [CLASS],
        /// Position.
        pub position: GridVec = [X, Y],
        /// Velocity.
        pub velocity: GridVec = [
            Field::predicted("vx", VELOCITY, "1/256 unit/s").order(10),
            Field::predicted("vy", VELOCITY, "1/256 unit/s").order(10),
        ],
        /// Ticks it still flies; at 0 it is spent.
        pub life: u8 = [
            Field::predicted("life", (0, MAX_SHOT_LIFE_TICKS as i32), "tick").order(3).often(SHOT_LIFE),
        ],
    }
}

replicated! {
    /// A missile in flight. Where it turns to depends on others, so its turn is its command.
    #[derive(Eq)]
    pub struct Missile = "missile" {
        /// Who launched it.
        pub owner: PlayerId = [OWNER],
        /// Whom it spares.
        pub team: Team = [TEAM],
        /// Share of the full turn rate in thirds, `-MISSILE_FULL_TURN..=MISSILE_FULL_TURN`, positive is counter-clockwise.
        pub turn: i8 = [TURN],
        /// Position.
        pub position: GridVec = [X, Y],
        /// Heading in quanta of a turn, along which it flies.
        pub angle: u16 = [ANGLE],
        /// Ticks it still flies; at 0 it goes off.
        pub life: u8 = [
            Field::predicted("life", (0, MISSILE_LIFE_TICKS as i32), "tick")
                .order(3).often(MISSILE_LIFE_TICKS as i32),
        ],
    }
    .mispredictions(&MISPREDICTIONS)
}

const MISPREDICTIONS: PrefixCode = PrefixCode::new(&MISSILE_MISPREDICTIONS);

const TURN: Field = Field {
    quantum: "1/3 of full",
    ..Field::control("turn", (-(MISSILE_FULL_TURN as i32), MISSILE_FULL_TURN as i32))
};

/// The life of a Lance's shot, which is the usual one.
const SHOT_LIFE: i32 = match CLASSES[ShipClass::Lance as usize].barrel {
    Barrel::Gun { life_ticks, .. } => life_ticks as i32,
    Barrel::Beam { .. } => 0,
};
