//! How the match stands, for everybody: phase, clock, score. What follows from itself is foreseen, so that a countdown
//! costs no bits.

use super::table::{field, often, predicted};
use crate::scenario::{MAX_PERIOD_S, MAX_PERIODS};
use crate::tuning::SCOREBOARD_TICKS;
use perigee_shared::netcode::{Field, Kind, RoundResult, Row};
use perigee_shared::tick::TICK_HZ;

/// What is going on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Phase {
    /// A team has nobody: practice, without a clock.
    #[default]
    Waiting,
    /// Everybody stands behind their own line.
    FaceOff,
    /// The puck is in play and the clock runs.
    Playing,
    /// A goal was scored.
    Goal,
    /// Between two periods.
    Intermission,
    /// The match is over.
    Scoreboard,
}

impl Phase {
    const ALL: [Self; 6] =
        [Self::Waiting, Self::FaceOff, Self::Playing, Self::Goal, Self::Intermission, Self::Scoreboard];

    /// Its name, as lists of rooms and the page tell it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::FaceOff | Self::Playing | Self::Goal | Self::Intermission => "playing",
            Self::Scoreboard => "scoreboard",
        }
    }
}

/// Most goals of a team that are counted.
pub const MAX_TEAM_SCORE: u8 = 99;
const MAX_CLOCK_TICKS: i32 = (MAX_PERIOD_S * TICK_HZ) as i32;

/// How the match stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Match {
    /// What is going on.
    pub phase: Phase,
    /// Ticks until that is over; 0 where something else ends it.
    pub left_ticks: u16,
    /// Ticks of play left in the period.
    pub clock_ticks: u16,
    /// Which period, from 1.
    pub period: u8,
    /// Goals of the teams.
    pub scores: [u8; 2],
    /// How the match ended, while that is looked at.
    pub result: Option<RoundResult>,
}

const FIELDS: &[Field] = &[
    often(Phase::Playing as i32, field("phase", (0, Phase::ALL.len() as i32 - 1), "phase", predicted(2))),
    field("left", (0, SCOREBOARD_TICKS as i32), "tick", predicted(6)),
    field("clock", (0, MAX_CLOCK_TICKS), "tick", predicted(8)),
    field("period", (0, MAX_PERIODS as i32), "period", predicted(0)),
    field("score_frost", (0, MAX_TEAM_SCORE as i32), "goal", predicted(0)),
    field("score_ember", (0, MAX_TEAM_SCORE as i32), "goal", predicted(0)),
    // 0 until it is over, then 1 and the result's number.
    often(0, field("result", (0, RoundResult::MAX_CODE as i32 + 1), "result", predicted(2))),
];

impl Match {
    pub(super) const KIND: Kind =
        Kind { name: "match", fields: FIELDS, disturbance: 0b11, steering: None, meets: false };

    /// One tick: times run. A face-off becomes play by itself.
    pub(crate) fn advance(&mut self) {
        self.left_ticks = self.left_ticks.saturating_sub(1);
        match self.phase {
            Phase::Playing => self.clock_ticks = self.clock_ticks.saturating_sub(1),
            Phase::FaceOff if self.left_ticks == 0 => self.phase = Phase::Playing,
            _ => {}
        }
    }

    pub(super) fn read(&self, row: &mut Row) {
        row[0] = self.phase as i32;
        [row[1], row[2]] = [self.left_ticks, self.clock_ticks].map(i32::from);
        [row[3], row[4], row[5]] = [self.period, self.scores[0], self.scores[1]].map(i32::from);
        row[6] = self.result.map_or(0, |result| result.code() as i32 + 1);
    }

    pub(super) fn from_row(row: &Row) -> Self {
        Self {
            phase: Phase::ALL.get(row[0] as usize).copied().unwrap_or_default(),
            left_ticks: row[1] as u16,
            clock_ticks: row[2] as u16,
            period: row[3] as u8,
            scores: [row[4] as u8, row[5] as u8],
            result: (row[6] as u32).checked_sub(1).and_then(RoundResult::from_code),
        }
    }
}
