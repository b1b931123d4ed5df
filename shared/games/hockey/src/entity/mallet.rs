//! A player's mallet.

use super::Team;
use super::table::{place, speed, timer};
use crate::codec_tables::MALLET_MISPREDICTIONS;
use crate::command::{CODES, HockeyCommand};
use crate::scenario::MAX_SIZE_UNITS;
use crate::tuning::{
    ARMED_TICKS, FACE_OFF_TICKS, GOAL_DEPTH, MAX_ENERGY, MAX_MALLET_SPEED, STRIKE_TICKS, WINDUP_TICKS,
};
use glam::IVec2;
use perigee_shared::ids::PlayerId;
use perigee_shared::limits::MAX_PLAYERS;
use perigee_shared::netcode::{Field, PrefixCode, replicated};

replicated! {
    /// A player's mallet.
    #[derive(Eq)]
    pub struct Mallet = "mallet" {
        /// Whose it is.
        pub owner: PlayerId = [Field::constant("owner", (0, MAX_PLAYERS as i32 - 1), "seat")],
        /// For whom they play.
        pub team: Team = [Field::constant("team", (0, 1), "team")],
        /// What they asked for in the last step.
        pub command: HockeyCommand = [Field::control("command", (0, CODES as i32 - 1))],
        /// Where its middle is, quanta.
        pub position: IVec2 = [
            place("x", MAX_SIZE_UNITS.0 + 2 * GOAL_DEPTH, 6),
            place("y", MAX_SIZE_UNITS.1, 6),
        ],
        /// How fast it is, quanta a tick.
        pub velocity: IVec2 = [speed("vx", MAX_MALLET_SPEED, 7), speed("vy", MAX_MALLET_SPEED, 7)],
        /// What is left to dash with, `0..=MAX_ENERGY`.
        pub energy: u8 = [
            Field::predicted("energy", (0, MAX_ENERGY as i32), "1").order(3).often(MAX_ENERGY as i32),
        ],
        /// Ticks until it can strike; all of [`STRIKE_TICKS`] in the tick in which it did.
        pub cooldown: u8 = [timer("cooldown", STRIKE_TICKS as i32, 5)],
        /// For how many ticks it has wound up for a strike, `0..=WINDUP_TICKS + ARMED_TICKS`: from
        /// [`WINDUP_TICKS`] on it strikes, beyond that the player has let go.
        pub windup: u8 = [timer("windup", (WINDUP_TICKS + ARMED_TICKS) as i32, 4)],
        /// Ticks for which it stands still.
        pub hold: u8 = [timer("hold", FACE_OFF_TICKS as i32, 5)],
    }
    // It met another disc.
    .disturbing(&["x", "y", "vx", "vy"])
    .mispredictions(&MISPREDICTIONS)
}

const MISPREDICTIONS: PrefixCode = PrefixCode::new(&MALLET_MISPREDICTIONS);
