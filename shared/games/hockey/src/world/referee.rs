//! The referee: face-offs, goals, periods, a puck that is stuck, the result.

use super::ice::Ice;
use super::puck_log::{PuckLog, Scorer};
use super::skaters::Skaters;
use crate::about::Tally;
use crate::entity::{MAX_TEAM_SCORE, Match, Phase, Puck, Team};
use crate::event::HockeyEvent;
use crate::scenario::Scenario;
use crate::tuning::{FACE_OFF_TICKS, GOAL_TICKS, INTERMISSION_TICKS, SCOREBOARD_TICKS};
use glam::IVec2;
use perigee_shared::netcode::RoundResult;
use perigee_shared::tick::{TICK_HZ, Tick};

/// The referee of a step, and what they watch over.
#[derive(Debug)]
pub(super) struct Referee<'a> {
    pub(super) scenario: &'a Scenario,
    pub(super) ice: &'a mut Ice,
    pub(super) skaters: &'a mut Skaters,
    pub(super) log: &'a mut PuckLog,
}

impl Referee<'_> {
    /// The last part of a step: what the referee says of it.
    pub(super) fn run(&mut self, tick: Tick, events: &mut Vec<HockeyEvent>) {
        let now = self.ice.contest();
        if now.phase != Phase::Waiting && !self.skaters.both_teams_play() {
            self.ice.set_contest(Match::default());
            return;
        }
        let is_over = now.left_ticks == 0;
        match now.phase {
            Phase::Waiting if self.skaters.both_teams_play() => self.begin_match(),
            Phase::Waiting if self.ice.rink.goal_at(self.ice.puck().position).is_some() => self.place_puck(),
            Phase::Playing => self.referee_play(tick, events),
            Phase::Goal if is_over && now.clock_ticks == 0 => self.end_period(events),
            Phase::Goal if is_over => self.face_off(now),
            Phase::Intermission if is_over => {
                let period = (now.period + 1).min(self.scenario.periods as u8);
                self.face_off(Match { period, clock_ticks: self.period_ticks(), ..now });
            }
            Phase::Scoreboard if is_over => self.begin_match(),
            _ => {}
        }
    }

    fn referee_play(&mut self, tick: Tick, events: &mut Vec<HockeyEvent>) {
        if let Some(conceding) = self.ice.rink.goal_at(self.ice.puck().position) {
            self.count_goal(conceding.rival(), tick, events);
        } else if self.ice.contest().clock_ticks == 0 {
            self.end_period(events);
        } else if self.log.is_stuck(self.ice.puck().position) {
            events.push(HockeyEvent::Stuck);
            self.face_off(self.ice.contest());
        }
    }

    fn period_ticks(&self) -> u16 {
        (self.scenario.period_s * TICK_HZ) as u16
    }

    fn begin_match(&mut self) {
        for skater in self.skaters.all_mut() {
            (skater.tally.goals, skater.tally.assists, skater.periods) = (0, 0, 0);
        }
        self.face_off(Match { period: 1, clock_ticks: self.period_ticks(), ..Match::default() });
    }

    /// Everybody goes behind their own line, and the puck into the middle; all stand still for a moment.
    fn face_off(&mut self, contest: Match) {
        self.skaters.even_out_teams(self.ice, self.log);
        self.skaters.line_up(self.ice);
        self.place_puck();
        let left_ticks = FACE_OFF_TICKS as u16;
        self.ice.set_contest(Match { phase: Phase::FaceOff, left_ticks, result: None, ..contest });
    }

    /// The puck is in the middle, and nobody has touched it.
    fn place_puck(&mut self) {
        let position = self.ice.rink.middle();
        self.ice.set_puck(Puck { position, velocity: IVec2::ZERO, hold: FACE_OFF_TICKS as u8 });
        self.log.reset(position);
    }

    fn count_goal(&mut self, team: Team, tick: Tick, events: &mut Vec<HockeyEvent>) {
        let Scorer { by, assist, is_own_goal } = self.log.scorer(team, tick);
        if let Some(skater) = by.filter(|_| !is_own_goal).and_then(|by| self.skaters.get_mut(by)) {
            skater.tally.goals = skater.tally.goals.saturating_add(1);
        }
        if let Some(skater) = assist.and_then(|assist| self.skaters.get_mut(assist)) {
            skater.tally.assists = skater.tally.assists.saturating_add(1);
        }
        events.push(HockeyEvent::Goal { team, by, assist, is_own_goal });
        let mut contest = self.ice.contest();
        let score = &mut contest.scores[team.index()];
        *score = (*score + 1).min(MAX_TEAM_SCORE);
        self.ice.set_contest(Match { phase: Phase::Goal, left_ticks: GOAL_TICKS as u16, ..contest });
    }

    fn end_period(&mut self, events: &mut Vec<HockeyEvent>) {
        let now = self.ice.contest();
        for skater in self.skaters.all_mut().filter(|skater| skater.team.is_some()) {
            skater.periods = skater.periods.saturating_add(1);
        }
        if u32::from(now.period) < self.scenario.periods {
            events.push(HockeyEvent::PeriodOver { period: now.period });
            let left_ticks = INTERMISSION_TICKS as u16;
            self.ice.set_contest(Match { phase: Phase::Intermission, left_ticks, ..now });
            return;
        }
        let [frost, ember] = now.scores;
        let result = match frost.cmp(&ember) {
            std::cmp::Ordering::Greater => RoundResult::Team(Team::Frost.number()),
            std::cmp::Ordering::Less => RoundResult::Team(Team::Ember.number()),
            std::cmp::Ordering::Equal => RoundResult::Draw,
        };
        self.count_result(result);
        events.push(HockeyEvent::RoundOver { result, best: self.skaters.best() });
        let (phase, left_ticks) = (Phase::Scoreboard, SCOREBOARD_TICKS as u16);
        self.ice.set_contest(Match { phase, left_ticks, result: Some(result), ..now });
    }

    /// Who played at least half of the match has won it or lost it; a draw is neither.
    fn count_result(&mut self, result: RoundResult) {
        let Some(winner) = result.team() else { return };
        let half = self.scenario.periods.div_ceil(2);
        for skater in self.skaters.all_mut().filter(|skater| u32::from(skater.periods) >= half) {
            let Some(team) = skater.team else { continue };
            let Tally { wins, losses, .. } = &mut skater.tally;
            let count = if team.number() == winner { wins } else { losses };
            *count = count.saturating_add(1);
        }
    }
}
