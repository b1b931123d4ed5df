//! A player's mallet.

use super::Team;
use super::table::{field, often, place, predicted, speed, timer};
use crate::codec_tables::MALLET_SURPRISES;
use crate::command::{CODES, HockeyCommand};
use crate::scenario::MAX_SIZE_UNITS;
use crate::tuning::{
    ARMED_TICKS, FACE_OFF_TICKS, GOAL_DEPTH, MAX_ENERGY, MAX_MALLET_SPEED, STRIKE_TICKS, WINDUP_TICKS,
};
use glam::IVec2;
use perigee_shared::ids::PlayerId;
use perigee_shared::limits::MAX_PLAYERS;
use perigee_shared::netcode::fields::{PLAIN_SYMBOLS, Steering};
use perigee_shared::netcode::{Command, Field, Kind, PrefixCode, Role, Row};

/// A player's mallet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mallet {
    /// Whose it is.
    pub owner: PlayerId,
    /// For whom they play.
    pub team: Team,
    /// What they asked for in the last step.
    pub command: HockeyCommand,
    /// Where its middle is, quanta.
    pub position: IVec2,
    /// How fast it is, quanta a tick.
    pub velocity: IVec2,
    /// What is left to dash with, `0..=MAX_ENERGY`.
    pub energy: u8,
    /// Ticks until it can strike; all of [`STRIKE_TICKS`] in the tick in which it did.
    pub cooldown: u8,
    /// For how many ticks it has wound up for a strike, `0..=WINDUP_TICKS + ARMED_TICKS`: from
    /// [`WINDUP_TICKS`] on it strikes, beyond that the player has let go.
    pub windup: u8,
    /// Ticks for which it stands still.
    pub hold: u8,
}

const FIELDS: &[Field] = &[
    field("owner", (0, MAX_PLAYERS as i32 - 1), "seat", Role::Constant),
    field("team", (0, 1), "team", Role::Constant),
    field("command", (0, CODES as i32 - 1), "packed", Role::Control),
    place("x", MAX_SIZE_UNITS.0 + 2 * GOAL_DEPTH, 6),
    place("y", MAX_SIZE_UNITS.1, 6),
    speed("vx", MAX_MALLET_SPEED, 7),
    speed("vy", MAX_MALLET_SPEED, 7),
    often(MAX_ENERGY as i32, field("energy", (0, MAX_ENERGY as i32), "1", predicted(3))),
    timer("cooldown", STRIKE_TICKS as i32, 5),
    timer("windup", (WINDUP_TICKS + ARMED_TICKS) as i32, 4),
    timer("hold", FACE_OFF_TICKS as i32, 5),
];
const SURPRISES: PrefixCode = PrefixCode::new(&MALLET_SURPRISES);
const _: () = assert!(MALLET_SURPRISES.len() == CODES as usize + PLAIN_SYMBOLS);

impl Mallet {
    pub(super) const KIND: Kind = Kind {
        name: "mallet",
        fields: FIELDS,
        // Where it is and how fast: it met another disc.
        disturbance: 0b111_1000,
        steering: Some(Steering { field: 2, code: &SURPRISES }),
        meets: false,
    };

    pub(super) fn read(&self, row: &mut Row) {
        [row[0], row[1]] = [i32::from(self.owner.0), self.team.index() as i32];
        row[2] = self.command.pack() as i32;
        [row[3], row[4]] = self.position.to_array();
        [row[5], row[6]] = self.velocity.to_array();
        [row[7], row[8]] = [self.energy, self.cooldown].map(i32::from);
        [row[9], row[10]] = [self.windup, self.hold].map(i32::from);
    }

    pub(super) fn from_row(row: &Row) -> Self {
        Self {
            owner: PlayerId(row[0] as u16),
            team: Team::ALL[usize::from(row[1] != 0)],
            command: HockeyCommand::unpack(row[2] as u32).unwrap_or_default(),
            position: IVec2::new(row[3], row[4]),
            velocity: IVec2::new(row[5], row[6]),
            energy: row[7] as u8,
            cooldown: row[8] as u8,
            windup: row[9] as u8,
            hold: row[10] as u8,
        }
    }
}
