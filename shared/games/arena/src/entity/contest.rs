//! How the match stands, for everybody: the round's time, the teams' points, the zone. All that follows from itself is
//! foreseen, so that a countdown and a zone that scores cost no bits.

use crate::class::Team;
use crate::scenario::MAX_ROUND_S;
use crate::tuning::{CAPTURE_TICKS, MAX_CAPTORS};
use perigee_shared::netcode::{Column, Field, RoundPhase, RoundResult, replicated};
use perigee_shared::tick::TICK_HZ;

/// What is going on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Phase {
    /// Nobody is here: the time stands.
    #[default]
    Waiting,
    /// A round.
    Playing,
    /// It is over; nobody can be hurt.
    Scoreboard,
}

impl Phase {
    /// The same for lists of rooms and the page.
    #[must_use]
    pub fn of_round(self) -> RoundPhase {
        match self {
            Self::Waiting => RoundPhase::Waiting,
            Self::Playing => RoundPhase::Playing,
            Self::Scoreboard => RoundPhase::Scoreboard,
        }
    }
}

impl Column for Phase {
    fn write(self, cells: &mut [i32]) {
        cells[0] = self as i32;
    }

    fn read(cells: &[i32]) -> Self {
        match cells[0] {
            0 => Self::Waiting,
            1 => Self::Playing,
            _ => Self::Scoreboard,
        }
    }
}

const fn score(name: &'static str) -> Field {
    Field::predicted(name, (0, MAX_TEAM_SCORE as i32), "point").order(2).often(0)
}

/// Largest score of a team.
pub const MAX_TEAM_SCORE: u16 = 16_383;

replicated! {
    /// How the match stands.
    #[derive(Default, Eq)]
    pub struct Contest = "match" {
        /// What is going on.
        pub phase: Phase = [Field::predicted("phase", (0, 2), "phase").order(0).often(Phase::Playing as i32)],
        /// Ticks until that is over.
        pub left_ticks: u32 = [
            Field::predicted("left", (0, (MAX_ROUND_S * TICK_HZ) as i32), "tick").order(10),
        ],
        /// Points of the teams A and B.
        pub scores: [u16; 2] = [score("score_a"), score("score_b")],
        /// Who has the zone: A, B, or [`Team::Free`] for nobody.
        pub holder: Team = [Field::predicted("holder", (0, 2), "team").order(0).often(0)],
        /// How much of the zone is taken: `CAPTURE_TICKS` is all A's, the negative of it all B's, 0 nobody's.
        pub progress: i16 = [
            Field::predicted("progress", (-(CAPTURE_TICKS as i32), CAPTURE_TICKS as i32), "tick")
                .order(5).often(0),
        ],
        /// How that changes each tick, `-MAX_CAPTORS..=MAX_CAPTORS`.
        pub rate: i8 = [
            Field::predicted("rate", (-(MAX_CAPTORS as i32), MAX_CAPTORS as i32), "1").order(0).often(0),
        ],
        /// How the round ended, while its scores are looked at.
        pub result: Option<RoundResult> = [
            Field::predicted("result", (0, RoundResult::MAX_CODE as i32 + 1), "result").order(2).often(0),
        ],
    }
    .disturbing(&["rate"])
}

impl Contest {
    /// One tick: the time runs, the zone fills as it is being taken, and scores for whoever holds it.
    pub(crate) fn advance(&mut self) {
        if self.phase == Phase::Waiting {
            return;
        }
        self.left_ticks = self.left_ticks.saturating_sub(1);
        if self.phase != Phase::Playing {
            return;
        }
        self.progress = (self.progress + i16::from(self.rate)).clamp(-CAPTURE_TICKS, CAPTURE_TICKS);
        self.holder = match (self.progress, self.holder) {
            (CAPTURE_TICKS, _) => Team::A,
            (progress, _) if progress == -CAPTURE_TICKS => Team::B,
            // Whoever loses all of it has it no more, though the others have not got it yet.
            (..=0, Team::A) | (0.., Team::B) => Team::Free,
            (_, holder) => holder,
        };
        if self.left_ticks.is_multiple_of(TICK_HZ) {
            self.add_points(self.holder, 1);
        }
    }

    /// Gives a team points; there are none for those who are in no team.
    pub(crate) fn add_points(&mut self, team: Team, points: u16) {
        let score = match team {
            Team::A => &mut self.scores[0],
            Team::B => &mut self.scores[1],
            Team::Free | Team::Pirates => return,
        };
        *score = score.saturating_add(points).min(MAX_TEAM_SCORE);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zone_is_taken_lost_and_taken_by_the_others() {
        let mut contest = Contest { phase: Phase::Playing, left_ticks: 3000, rate: 2, ..Contest::default() };
        (0..CAPTURE_TICKS / 2 - 1).for_each(|_| contest.advance());
        assert_eq!(contest.holder, Team::Free);
        contest.advance();
        assert_eq!((contest.holder, contest.progress), (Team::A, CAPTURE_TICKS));
        contest.rate = -1;
        (0..CAPTURE_TICKS - 1).for_each(|_| contest.advance());
        assert_eq!(contest.holder, Team::A, "until all of it is lost");
        contest.advance();
        assert_eq!(contest.holder, Team::Free);
        (0..CAPTURE_TICKS).for_each(|_| contest.advance());
        assert_eq!(contest.holder, Team::B);
    }

    #[test]
    fn a_held_zone_scores_a_point_a_second_while_the_round_lasts() {
        let mut contest = Contest {
            phase: Phase::Playing,
            left_ticks: 5 * TICK_HZ,
            holder: Team::B,
            progress: -10,
            ..Contest::default()
        };
        (0..5 * TICK_HZ).for_each(|_| contest.advance());
        assert_eq!((contest.scores, contest.left_ticks), ([0, 5], 0));
        contest.phase = Phase::Scoreboard;
        (0..5 * TICK_HZ).for_each(|_| contest.advance());
        assert_eq!(contest.scores, [0, 5]);
    }

    #[test]
    fn time_stands_while_nobody_is_there() {
        let mut contest = Contest { left_ticks: 70, rate: 1, ..Contest::default() };
        let before = contest;
        contest.advance();
        assert_eq!(contest, before);
    }
}
