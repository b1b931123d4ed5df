//! How the match stands, for everybody: the round's time, the teams' points, the zone. All that follows from itself is
//! foreseen, so that a countdown and a zone that scores cost no bits.

use super::table::{field, often, predicted, team_of};
use crate::class::Team;
use crate::scenario::MAX_ROUND_S;
use crate::tuning::{CAPTURE_TICKS, MAX_CAPTORS};
use perigee_shared::netcode::{Field, Kind, RoundResult, Row};
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
    /// Its name, as lists of rooms tell it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Playing => "playing",
            Self::Scoreboard => "scoreboard",
        }
    }
}

/// Largest score of a team.
pub const MAX_TEAM_SCORE: u16 = 16_383;

/// How the match stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Contest {
    /// What is going on.
    pub phase: Phase,
    /// Ticks until that is over.
    pub left_ticks: u32,
    /// Points of the teams A and B.
    pub scores: [u16; 2],
    /// Who has the zone: A, B, or [`Team::Free`] for nobody.
    pub holder: Team,
    /// How much of the zone is taken: `CAPTURE_TICKS` is all A's, the negative of it all B's, 0 nobody's.
    pub progress: i16,
    /// How that changes each tick, `-MAX_CAPTORS..=MAX_CAPTORS`.
    pub rate: i8,
    /// How the round ended, while its scores are looked at.
    pub result: Option<RoundResult>,
}

const FIELDS: &[Field] = &[
    often(Phase::Playing as i32, field("phase", (0, 2), "phase", predicted(0))),
    field("left", (0, (MAX_ROUND_S * TICK_HZ) as i32), "tick", predicted(10)),
    often(0, field("score_a", (0, MAX_TEAM_SCORE as i32), "point", predicted(2))),
    often(0, field("score_b", (0, MAX_TEAM_SCORE as i32), "point", predicted(2))),
    often(0, field("holder", (0, 2), "team", predicted(0))),
    often(0, field("progress", (-(CAPTURE_TICKS as i32), CAPTURE_TICKS as i32), "tick", predicted(5))),
    often(0, field("rate", (-(MAX_CAPTORS as i32), MAX_CAPTORS as i32), "1", predicted(0))),
    // 0 until it is over, then 1 and the result's number.
    often(0, field("result", (0, RoundResult::MAX_CODE as i32 + 1), "result", predicted(2))),
];

impl Contest {
    pub(super) const KIND: Kind =
        Kind { name: "match", fields: FIELDS, disturbance: 1 << 6, steering: None, meets: false };

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

    pub(super) fn read(&self, row: &mut Row) {
        [row[0], row[1]] = [self.phase as i32, self.left_ticks as i32];
        [row[2], row[3]] = self.scores.map(i32::from);
        row[4] = self.holder.index() as i32;
        [row[5], row[6]] = [i32::from(self.progress), i32::from(self.rate)];
        row[7] = self.result.map_or(0, |result| result.code() as i32 + 1);
    }

    pub(super) fn from_row(row: &Row) -> Self {
        Self {
            phase: match row[0] {
                0 => Phase::Waiting,
                1 => Phase::Playing,
                _ => Phase::Scoreboard,
            },
            left_ticks: row[1] as u32,
            scores: [row[2] as u16, row[3] as u16],
            holder: team_of(row[4]),
            progress: row[5] as i16,
            rate: row[6] as i8,
            result: (row[7] as u32).checked_sub(1).and_then(RoundResult::from_code),
        }
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
