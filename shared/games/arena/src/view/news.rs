//! What happened, in words: the kill feed, the zone, the round, and how the player died.

use crate::class::Team;
use crate::event::{ArenaEvent, Weapon};
use crate::tuning::RESPAWN_TICKS;
use crate::view::stage::contest_in;
use crate::view::trading::words;
use crate::world::Arena;
use perigee_shared::ids::PlayerId;
use perigee_shared::netcode::{RoundResult, Scene};
use perigee_shared::presentation::{EventLine, RoundEnd};
use perigee_shared::tick::TICK_HZ;
use std::collections::VecDeque;

/// Lines kept at once, and how long each stays, seconds.
const MAX_LINES: usize = 6;
const LINE_S: f32 = 9.0;
/// Words come after the fade, seconds after death.
pub(super) const FADE_S: f32 = 0.5;

/// How the own ship was lost.
#[derive(Clone, Debug, PartialEq)]
enum Fate {
    /// Somebody destroyed it.
    ByAnother { name: String, weapon: Weapon },
    /// The player did.
    ByOneself(Weapon),
}

/// The feed and the player's own fate.
#[derive(Clone, Debug, Default)]
pub(super) struct News {
    lines: VecDeque<(EventLine, f32)>,
    written: u64,
    had_ship: bool,
    /// Seconds since the own ship went, of what is displayed.
    dead_for_s: Option<f32>,
    /// The tick that was predicted when it went, and how many have passed since.
    died_at_tick: f64,
    dead_for_ticks: f64,
    fate: Option<Fate>,
    /// The name of who won the round: they may leave while it is still shown.
    winner: Option<String>,
}

impl News {
    /// Takes in a scene's events; lines grow older.
    pub(super) fn take(&mut self, scene: &Scene<'_, Arena>, dt_s: f32) {
        self.lines.iter_mut().for_each(|(_, age_s)| *age_s += dt_s);
        self.lines.retain(|(_, age_s)| *age_s < LINE_S);
        self.follow_own_fate(scene.own.is_some(), scene.predicted_tick, dt_s);
        self.remember_winner(scene);
        for event in &scene.events {
            match *event {
                ArenaEvent::Destroyed { victim, by, with, .. } => self.report(scene, victim, by, with),
                ArenaEvent::Captured { team, by } => {
                    self.write(format!("{} took the zone", team_name(team)), by == scene.me);
                }
                ArenaEvent::RoundOver { result, .. } => {
                    let end = self.end_of_round(scene, result);
                    self.write(end.sentence(), true);
                }
                ArenaEvent::Answer { outcome, .. } => self.write(words(outcome).0, true),
                ArenaEvent::Hit { .. } => {}
            }
        }
    }

    fn follow_own_fate(&mut self, has_ship: bool, now_tick: f64, dt_s: f32) {
        if has_ship {
            if self.dead_for_s.take().is_some() {
                self.fate = None;
            }
        } else if let Some(dead_for_s) = &mut self.dead_for_s {
            *dead_for_s += dt_s;
            self.dead_for_ticks = now_tick - self.died_at_tick;
        } else if self.had_ship {
            self.dead_for_s = Some(0.0);
            (self.died_at_tick, self.dead_for_ticks) = (now_tick, 0.0);
        }
        self.had_ship = has_ship;
    }

    fn report(&mut self, scene: &Scene<'_, Arena>, victim: PlayerId, by: PlayerId, with: Weapon) {
        let text = match (victim == scene.me, by == scene.me) {
            (true, true) => format!("You got yourself ({})", with.name()),
            (false, true) => format!("You got {} ({})", name_of(scene, victim), with.name()),
            (true, false) => format!("{} got you ({})", name_of(scene, by), with.name()),
            (false, false) if by == victim => {
                format!("{} got themself ({})", name_of(scene, by), with.name())
            }
            (false, false) => {
                format!("{} got {} ({})", name_of(scene, by), name_of(scene, victim), with.name())
            }
        };
        if victim == scene.me && scene.own.is_none() {
            self.fate = Some(match by == scene.me {
                true => Fate::ByOneself(with),
                false => Fate::ByAnother { name: name_of(scene, by).to_owned(), weapon: with },
            });
        }
        self.write(text, by == scene.me || victim == scene.me);
    }

    /// Keeps the winner's name for as long as the result is shown.
    fn remember_winner(&mut self, scene: &Scene<'_, Arena>) {
        match contest_in(scene).and_then(|contest| contest.result) {
            Some(RoundResult::Player(player)) => {
                if let Some(name) = scene.name_of(player) {
                    self.winner = Some(name.to_owned());
                }
            }
            Some(_) => {}
            None => self.winner = None,
        }
    }

    /// A round's result as this player is told it, wherever that is.
    pub(super) fn end_of_round(&self, scene: &Scene<'_, Arena>, result: RoundResult) -> RoundEnd {
        match result {
            RoundResult::Nobody => RoundEnd::Nobody,
            RoundResult::Draw => RoundEnd::Draw,
            RoundResult::Team(team) => {
                let name = team_name(Team::from_index(usize::from(team)).unwrap_or_default());
                RoundEnd::Team(team, name)
            }
            RoundResult::Player(player) => {
                RoundEnd::Player { name: name_of(scene, player).to_owned(), own: player == scene.me }
            }
            RoundResult::Departed => {
                let name = self.winner.clone().unwrap_or_default();
                RoundEnd::Player { name, own: false }
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

    /// Whether there ever was an own ship.
    pub(super) fn was_alive(&self) -> bool {
        self.had_ship || self.dead_for_s.is_some()
    }

    /// How far the view has faded since the own ship went, `0..=1`.
    pub(super) fn fade(&self) -> f32 {
        self.dead_for_s.map_or(0.0, |s| (s / FADE_S).min(1.0))
    }

    /// Who it was and when the player returns. Nothing is said of what is not known: a ship also goes when a round begins
    /// anew, and the news of its end may come late or not at all.
    pub(super) fn notice(&self) -> Option<String> {
        self.dead_for_s.filter(|&s| s >= FADE_S)?;
        let what = match &self.fate {
            Some(Fate::ByAnother { name, weapon }) => format!("{name} got you with a {}", weapon.name()),
            Some(Fate::ByOneself(with)) => format!("Your own {} got you", with.name()),
            None => return Some("Launching".to_owned()),
        };
        // In ticks: a second of a screen that stumbles, or of a world in slow motion, is not a second of the match.
        let left_s = libm::ceil((f64::from(RESPAWN_TICKS) - self.dead_for_ticks) / f64::from(TICK_HZ));
        Some(if left_s >= 1.0 {
            format!("{what} – back in {left_s} s")
        } else {
            format!("{what} – launching")
        })
    }
}

/// Whoever it is: a player by name, or a pilot of the game's own.
fn name_of<'a>(scene: &'a Scene<'_, Arena>, player: PlayerId) -> &'a str {
    scene.name_of(player).unwrap_or("Somebody")
}

pub(super) fn team_name(team: Team) -> &'static str {
    match team {
        Team::A => "Team A",
        Team::B => "Team B",
        Team::Pirates => "Pirates",
        Team::Free => "Nobody",
    }
}
