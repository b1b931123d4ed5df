//! How the match stands, for everybody: phase, clock, score. What follows from itself is foreseen, so that a countdown
//! costs no bits.

use crate::scenario::{MAX_PERIOD_S, MAX_PERIODS};
use crate::tuning::SCOREBOARD_TICKS;
use perigee_shared::netcode::{Column, Field, RoundPhase, RoundResult, replicated};
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

    /// The same for lists of rooms and the page, which know no face-off.
    #[must_use]
    pub fn of_round(self) -> RoundPhase {
        match self {
            Self::Waiting => RoundPhase::Waiting,
            Self::FaceOff | Self::Playing | Self::Goal | Self::Intermission => RoundPhase::Playing,
            Self::Scoreboard => RoundPhase::Scoreboard,
        }
    }
}

impl Column for Phase {
    fn write(self, cells: &mut [i32]) {
        cells[0] = self as i32;
    }

    fn read(cells: &[i32]) -> Self {
        Self::ALL.get(cells[0] as usize).copied().unwrap_or_default()
    }
}

/// Most goals of a team that are counted.
pub const MAX_TEAM_SCORE: u8 = 99;
const MAX_CLOCK_TICKS: i32 = (MAX_PERIOD_S * TICK_HZ) as i32;

replicated! {
    /// How the match stands.
    #[derive(Default, Eq)]
    pub struct Match = "match" {
        /// What is going on.
        pub phase: Phase = [
            Field::predicted("phase", (0, Phase::ALL.len() as i32 - 1), "phase")
                .order(2).often(Phase::Playing as i32),
        ],
        /// Ticks until that is over; 0 where something else ends it.
        pub left_ticks: u16 = [Field::predicted("left", (0, SCOREBOARD_TICKS as i32), "tick").order(6)],
        /// Ticks of play left in the period.
        pub clock_ticks: u16 = [Field::predicted("clock", (0, MAX_CLOCK_TICKS), "tick").order(8)],
        /// Which period, from 1.
        pub period: u8 = [Field::predicted("period", (0, MAX_PERIODS as i32), "period").order(0)],
        /// Goals of the teams.
        pub scores: [u8; 2] = [
            Field::predicted("score_frost", (0, MAX_TEAM_SCORE as i32), "goal").order(0),
            Field::predicted("score_ember", (0, MAX_TEAM_SCORE as i32), "goal").order(0),
        ],
        /// How the match ended, while that is looked at.
        pub result: Option<RoundResult> = [
            Field::predicted("result", (0, RoundResult::MAX_CODE as i32 + 1), "result").order(2).often(0),
        ],
    }
    .disturbing(&["phase", "left"])
}

impl Match {
    /// One tick: times run. A face-off becomes play by itself.
    pub(crate) fn advance(&mut self) {
        self.left_ticks = self.left_ticks.saturating_sub(1);
        match self.phase {
            Phase::Playing => self.clock_ticks = self.clock_ticks.saturating_sub(1),
            Phase::FaceOff if self.left_ticks == 0 => self.phase = Phase::Playing,
            _ => {}
        }
    }
}
