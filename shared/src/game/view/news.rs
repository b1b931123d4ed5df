//! What happened, in words: the kill feed, the zone, the round, and how the player died.

use crate::game::class::Team;
use crate::game::event::{ArenaEvent, Weapon};
use crate::game::tuning::RESPAWN_TICKS;
use crate::game::view::trading::words;
use crate::game::world::Arena;
use crate::ids::PlayerId;
use crate::netcode::{Scene, Simulation};
use crate::presentation::NewsLine;
use crate::tick::TICK_HZ;
use std::collections::VecDeque;

/// Lines kept at once, and how long each stays, seconds.
const MAX_LINES: usize = 6;
const LINE_S: f32 = 9.0;
/// Words come after the fade, seconds after death.
pub(super) const FADE_S: f32 = 0.5;
const RESPAWN_S: f32 = RESPAWN_TICKS as f32 / TICK_HZ as f32;

/// The feed and the player's own fate.
#[derive(Clone, Debug, Default)]
pub(super) struct News {
    lines: VecDeque<(NewsLine, f32)>,
    written: u64,
    had_ship: bool,
    /// Seconds since the own ship went.
    dead_for_s: Option<f32>,
    killer: Option<(String, Weapon)>,
}

impl News {
    /// Takes in a scene's events; lines grow older.
    pub(super) fn take(&mut self, scene: &Scene<'_, Arena>, dt_s: f32) {
        self.lines.iter_mut().for_each(|(_, age_s)| *age_s += dt_s);
        self.lines.retain(|(_, age_s)| *age_s < LINE_S);
        self.follow_own_fate(scene.own.is_some(), dt_s);
        for event in &scene.events {
            match *event {
                ArenaEvent::Destroyed { victim, by, with, .. } => self.report(scene, (victim, by), with),
                ArenaEvent::Captured { team, by } => {
                    self.write(format!("{} took the zone", team_name(team)), by == scene.me);
                }
                ArenaEvent::RoundOver { winner, best } => self.write(words_of_end(scene, winner, best), true),
                ArenaEvent::Answer { outcome, .. } => self.write(words(outcome).0, true),
                ArenaEvent::Hit { .. } => {}
            }
        }
    }

    fn follow_own_fate(&mut self, has_ship: bool, dt_s: f32) {
        if has_ship {
            if self.dead_for_s.take().is_some() {
                self.killer = None;
            }
        } else if let Some(dead_for_s) = &mut self.dead_for_s {
            *dead_for_s += dt_s;
        } else if self.had_ship {
            self.dead_for_s = Some(0.0);
        }
        self.had_ship = has_ship;
    }

    fn report(&mut self, scene: &Scene<'_, Arena>, (victim, by): (PlayerId, PlayerId), with: Weapon) {
        let text = if by == scene.me {
            format!("You got {} ({})", name_of(scene, victim), with.name())
        } else if victim == scene.me {
            self.killer = Some((name_of(scene, by).to_owned(), with));
            format!("{} got you ({})", name_of(scene, by), with.name())
        } else {
            format!("{} got {} ({})", name_of(scene, by), name_of(scene, victim), with.name())
        };
        self.write(text, by == scene.me || victim == scene.me);
    }

    fn write(&mut self, text: String, own: bool) {
        self.written += 1;
        self.lines.push_back((NewsLine { number: self.written, text, own }, 0.0));
        if self.lines.len() > MAX_LINES {
            self.lines.pop_front();
        }
    }

    /// The feed, newest last.
    pub(super) fn lines(&self) -> Vec<NewsLine> {
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

    /// Who it was and when the player returns.
    pub(super) fn notice(&self) -> Option<String> {
        let dead_for_s = self.dead_for_s.filter(|&s| s >= FADE_S)?;
        let what = match &self.killer {
            Some((name, with)) => format!("{name} got you with a {}", with.name()),
            None => "Your ship is gone".to_owned(),
        };
        let left_s = libm::ceilf(RESPAWN_S - dead_for_s);
        Some(if left_s >= 1.0 {
            format!("{what} – back in {left_s} s")
        } else {
            format!("{what} – launching")
        })
    }
}

/// Whoever it is: a player by name, or a pilot of the game's own.
fn name_of<'a>(scene: &'a Scene<'_, Arena>, player: PlayerId) -> &'a str {
    scene.name_of(player).or_else(|| Arena::npc_name(player)).unwrap_or("Somebody")
}

pub(super) fn team_name(team: Team) -> &'static str {
    match team {
        Team::A => "Team A",
        Team::B => "Team B",
        Team::Pirates => "Pirates",
        Team::Free => "Nobody",
    }
}

fn words_of_end(scene: &Scene<'_, Arena>, winner: Option<Team>, best: Option<PlayerId>) -> String {
    match (winner, best) {
        (Some(team), _) => format!("{} won the round", team_name(team)),
        (None, Some(best)) if best == scene.me => "You won the round".to_owned(),
        (None, Some(best)) => format!("{} won the round", name_of(scene, best)),
        (None, None) => "The round ends in a draw".to_owned(),
    }
}
