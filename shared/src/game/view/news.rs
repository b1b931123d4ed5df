//! What happened, in words: the kill feed and how the player died.

use crate::game::event::ArenaEvent;
use crate::game::tuning::RESPAWN_TICKS;
use crate::game::world::Arena;
use crate::ids::PlayerId;
use crate::netcode::Scene;
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
    killer: Option<String>,
}

impl News {
    /// Takes in a scene's events; lines grow older.
    pub(super) fn take(&mut self, scene: &Scene<'_, Arena>, dt_s: f32) {
        self.lines.iter_mut().for_each(|(_, age_s)| *age_s += dt_s);
        self.lines.retain(|(_, age_s)| *age_s < LINE_S);
        self.follow_own_fate(scene.own.is_some(), dt_s);
        for event in &scene.events {
            if let ArenaEvent::Destroyed { victim, by, .. } = *event {
                self.report(scene, victim, by);
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

    fn report(&mut self, scene: &Scene<'_, Arena>, victim: PlayerId, by: PlayerId) {
        let name = |player: PlayerId| scene.name_of(player).unwrap_or("Somebody").to_owned();
        let text = if by == scene.me {
            format!("You got {}", name(victim))
        } else if victim == scene.me {
            self.killer = Some(name(by));
            format!("{} got you", name(by))
        } else {
            format!("{} got {}", name(by), name(victim))
        };
        self.written += 1;
        let own = by == scene.me || victim == scene.me;
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
            Some(name) => format!("{name} got you"),
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
