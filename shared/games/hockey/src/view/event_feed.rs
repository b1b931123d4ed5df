//! What happened, in words: goals, periods, the result.

use super::in_scene::match_in;
use crate::about::ABOUT;
use crate::entity::{Phase, Team};
use crate::event::HockeyEvent;
use crate::world::Hockey;
use perigee_shared::ids::PlayerId;
use perigee_shared::netcode::{RoundResult, Scene};
use perigee_shared::presentation::{EventLine, RoundEnd};
use perigee_shared::tick::TICK_HZ;
use std::collections::VecDeque;

/// Lines kept at once, and how long each stays, seconds.
const MAX_LINES: usize = 6;
const LINE_S: f32 = 9.0;

/// The feed.
#[derive(Clone, Debug, Default)]
pub(super) struct EventFeed {
    lines: VecDeque<(EventLine, f32)>,
    written: u64,
    /// What is said while a goal is enjoyed.
    goal: Option<String>,
}

impl EventFeed {
    /// Takes in a scene's events; lines grow older.
    pub(super) fn take(&mut self, scene: &Scene<'_, Hockey>, dt_s: f32) {
        self.lines.iter_mut().for_each(|(_, age_s)| *age_s += dt_s);
        self.lines.retain(|(_, age_s)| *age_s < LINE_S);
        for event in &scene.events {
            match *event {
                HockeyEvent::Goal { team, by, assist, is_own_goal } => {
                    let text = goal(scene, team, by, is_own_goal);
                    let with = assist.map(|one| format!(", passed by {}", name_of(scene, one)));
                    let own = [by, assist].contains(&Some(scene.me));
                    self.goal = Some(text.clone());
                    self.write(text + &with.unwrap_or_default(), own);
                }
                HockeyEvent::Stuck => self.write("The puck was stuck: face-off".to_owned(), false),
                HockeyEvent::PeriodOver { period } => {
                    self.write(format!("Period {period} is over"), false);
                }
                HockeyEvent::RoundOver { result, .. } => {
                    self.write(end_of_round(result).sentence(&ABOUT), true);
                }
            }
        }
    }

    fn write(&mut self, text: String, own: bool) {
        self.written += 1;
        self.lines.push_back((EventLine { number: self.written, text, own }, 0.0));
        if self.lines.len() > MAX_LINES {
            self.lines.pop_front();
        }
    }

    /// The feed, newest last.
    pub(super) fn lines(&self) -> Vec<EventLine> {
        self.lines.iter().map(|(line, _)| line.clone()).collect()
    }

    /// A sentence for the middle of the view.
    pub(super) fn notice(&self, scene: &Scene<'_, Hockey>) -> Option<String> {
        let contest = match_in(scene)?;
        let left_s = u32::from(contest.left_ticks).div_ceil(TICK_HZ).max(1);
        if scene.own.is_none() && scene.is_seated(scene.me) && contest.phase != Phase::Scoreboard {
            return Some("Both teams are full: you play as soon as a place is free".to_owned());
        }
        match contest.phase {
            Phase::Waiting => Some("Waiting for somebody to play against".to_owned()),
            Phase::FaceOff => Some(format!("Face-off in {left_s}")),
            Phase::Goal => Some(self.goal.clone().unwrap_or_else(|| "Goal".to_owned())),
            Phase::Intermission => Some(format!("Period {} begins in {left_s} s", contest.period + 1)),
            Phase::Playing | Phase::Scoreboard => None,
        }
    }
}

fn goal(scene: &Scene<'_, Hockey>, team: Team, by: Option<PlayerId>, is_own_goal: bool) -> String {
    match by {
        Some(by) if by == scene.me && is_own_goal => format!("Your own goal counts for {}", team.name()),
        Some(by) if by == scene.me => format!("You score for {}", team.name()),
        Some(by) if is_own_goal => {
            format!("An own goal by {} counts for {}", name_of(scene, by), team.name())
        }
        Some(by) => format!("{} scores for {}", name_of(scene, by), team.name()),
        None => format!("A goal for {}", team.name()),
    }
}

/// A result as it is told.
pub(super) fn end_of_round(result: RoundResult) -> RoundEnd {
    match result {
        RoundResult::Team(1) => RoundEnd::Team(1, Team::Frost.name()),
        RoundResult::Team(team) => RoundEnd::Team(team, Team::Ember.name()),
        RoundResult::Draw => RoundEnd::Draw,
        RoundResult::Nobody | RoundResult::Player(_) | RoundResult::Departed => RoundEnd::Nobody,
    }
}

fn name_of<'a>(scene: &'a Scene<'_, Hockey>, player: PlayerId) -> &'a str {
    scene.name_of(player).unwrap_or("Somebody")
}
