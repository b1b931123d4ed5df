//! The referee: face-offs, goals, periods, a puck that is stuck, the result.

use super::{Hockey, Linger, skaters};
use crate::about::Tally;
use crate::entity::{HockeyEntity, MAX_TEAM_SCORE, Match, Phase, Puck, Team};
use crate::event::HockeyEvent;
use crate::tuning::{
    ASSIST_TICKS, FACE_OFF_TICKS, GOAL_TICKS, INTERMISSION_TICKS, MAX_ENERGY, QUANTA_PER_UNIT,
    SCOREBOARD_TICKS, STUCK_TICKS, STUCK_UNITS,
};
use glam::IVec2;
use perigee_shared::ids::PlayerId;
use perigee_shared::netcode::RoundResult;
use perigee_shared::tick::{TICK_HZ, Tick};

/// A defender who touched the puck within this of an attacker's touch was grazed: it is the attacker's goal.
const GRAZE_TICKS: i32 = 2 * TICK_HZ as i32;

impl Hockey {
    /// The last part of a step: what the referee says of it.
    pub(super) fn referee(&mut self, tick: Tick, events: &mut Vec<HockeyEvent>) {
        let now = self.contest();
        if now.phase != Phase::Waiting && !self.both_teams_play() {
            self.set_contest(Match::default());
            return;
        }
        let is_over = now.left_ticks == 0;
        match now.phase {
            Phase::Waiting if self.both_teams_play() => self.begin_match(),
            Phase::Waiting if self.rink.goal_at(self.puck().position).is_some() => self.place_puck(),
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
        if let Some(conceding) = self.rink.goal_at(self.puck().position) {
            self.count_goal(conceding.rival(), tick, events);
        } else if self.contest().clock_ticks == 0 {
            self.end_period(events);
        } else if self.is_stuck() {
            events.push(HockeyEvent::Stuck);
            self.face_off(self.contest());
        }
    }

    fn period_ticks(&self) -> u16 {
        (self.scenario.period_s * TICK_HZ) as u16
    }

    fn begin_match(&mut self) {
        for skater in &mut self.skaters {
            (skater.tally.goals, skater.tally.assists, skater.periods) = (0, 0, 0);
        }
        self.face_off(Match { period: 1, clock_ticks: self.period_ticks(), ..Match::default() });
    }

    /// Everybody goes behind their own line and stands still for a moment, and so does the puck, in the middle.
    fn face_off(&mut self, contest: Match) {
        self.even_out_teams();
        for at in 0..self.skaters.len() {
            let (Some(team), Some(slot)) = (self.skaters[at].team, self.skaters[at].mallet) else { continue };
            let position = self.face_off_place(at, team);
            if let Some(HockeyEntity::Mallet(mallet)) = self.table.get_mut(slot) {
                (mallet.position, mallet.velocity) = (position, IVec2::ZERO);
                (mallet.energy, mallet.hold) = (MAX_ENERGY, FACE_OFF_TICKS as u8);
                (mallet.cooldown, mallet.windup) = (0, 0);
            }
        }
        self.place_puck();
        let left_ticks = FACE_OFF_TICKS as u16;
        self.set_contest(Match { phase: Phase::FaceOff, left_ticks, result: None, ..contest });
    }

    /// The puck is in the middle, and nobody has touched it.
    fn place_puck(&mut self) {
        let position = self.rink.middle();
        let puck = Puck { position, velocity: IVec2::ZERO, hold: FACE_OFF_TICKS as u8 };
        if let Some(place) = self.table.get_mut(self.puck) {
            *place = HockeyEntity::Puck(puck);
        }
        self.touches.clear();
        self.lingers = Linger { around: position, ticks: 0 };
    }

    /// Whether the puck has been around one place for too long.
    fn is_stuck(&mut self) -> bool {
        let at = self.puck().position;
        let Linger { around, ticks } = self.lingers;
        let far = (STUCK_UNITS * QUANTA_PER_UNIT) as f32;
        let has_moved = (at - around).as_vec2().length_squared() > far * far;
        self.lingers =
            if has_moved { Linger { around: at, ticks: 0 } } else { Linger { around, ticks: ticks + 1 } };
        self.lingers.ticks >= STUCK_TICKS
    }

    fn count_goal(&mut self, team: Team, tick: Tick, events: &mut Vec<HockeyEvent>) {
        let (by, assist, is_own_goal) = self.who_scored(team, tick);
        if let Some(at) = by.filter(|_| !is_own_goal).and_then(|by| self.seat_of(by)) {
            let goals = &mut self.skaters[at].tally.goals;
            *goals = goals.saturating_add(1);
        }
        if let Some(at) = assist.and_then(|assist| self.seat_of(assist)) {
            let assists = &mut self.skaters[at].tally.assists;
            *assists = assists.saturating_add(1);
        }
        events.push(HockeyEvent::Goal { team, by, assist, is_own_goal });
        let mut contest = self.contest();
        let score = &mut contest.scores[team.index()];
        *score = (*score + 1).min(MAX_TEAM_SCORE);
        self.set_contest(Match { phase: Phase::Goal, left_ticks: GOAL_TICKS as u16, ..contest });
    }

    fn seat_of(&self, player: PlayerId) -> Option<usize> {
        self.skaters.binary_search_by_key(&player, |skater| skater.player).ok()
    }

    /// Who scored for `team`, who passed to them, and whether it was an own goal. Who of the other team touched the puck
    /// last did not score if they were only in the way of a shot.
    fn who_scored(&self, team: Team, tick: Tick) -> (Option<PlayerId>, Option<PlayerId>, bool) {
        let Some(last) = self.touches.first() else { return (None, None, false) };
        let scorer = self.touches.iter().position(|touch| touch.team == team);
        let shot = scorer.filter(|&at| at == 0 || tick.since(self.touches[at].at) <= GRAZE_TICKS);
        let Some(shot) = shot else { return (Some(last.player), None, true) };
        let by = self.touches[shot].player;
        let pass = self.touches.get(shot + 1).filter(|pass| pass.team == team && pass.player != by);
        let pass = pass.filter(|pass| tick.since(pass.at) <= ASSIST_TICKS as i32);
        (Some(by), pass.map(|pass| pass.player), false)
    }

    fn end_period(&mut self, events: &mut Vec<HockeyEvent>) {
        let now = self.contest();
        for skater in self.skaters.iter_mut().filter(|skater| skater.team.is_some()) {
            skater.periods = skater.periods.saturating_add(1);
        }
        if u32::from(now.period) < self.scenario.periods {
            events.push(HockeyEvent::PeriodOver { period: now.period });
            let left_ticks = INTERMISSION_TICKS as u16;
            self.set_contest(Match { phase: Phase::Intermission, left_ticks, ..now });
            return;
        }
        let [frost, ember] = now.scores;
        let result = match frost.cmp(&ember) {
            std::cmp::Ordering::Greater => RoundResult::Team(Team::Frost.number()),
            std::cmp::Ordering::Less => RoundResult::Team(Team::Ember.number()),
            std::cmp::Ordering::Equal => RoundResult::Draw,
        };
        self.count_result(result);
        events.push(HockeyEvent::RoundOver { result, best: skaters::best(&self.skaters) });
        let (phase, left_ticks) = (Phase::Scoreboard, SCOREBOARD_TICKS as u16);
        self.set_contest(Match { phase, left_ticks, result: Some(result), ..now });
    }

    /// Who played at least half of the match has won it or lost it; a draw is neither.
    fn count_result(&mut self, result: RoundResult) {
        let Some(winner) = result.team() else { return };
        let half = self.scenario.periods.div_ceil(2);
        for skater in self.skaters.iter_mut().filter(|skater| u32::from(skater.periods) >= half) {
            let Some(team) = skater.team else { continue };
            let Tally { wins, losses, .. } = &mut skater.tally;
            let count = if team.number() == winner { wins } else { losses };
            *count = count.saturating_add(1);
        }
    }
}
