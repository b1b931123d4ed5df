//! What happened, in words: the kill feed, the zone, the round, and how the player died.

use crate::class::Team;
use crate::event::{ArenaEvent, FeedText, Reader, Weapon};
use crate::tuning::RESPAWN_TICKS;
use crate::view::in_scene::contest_in;
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
pub(super) struct EventFeed {
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

impl EventFeed {
    /// Takes in a scene's events; lines grow older.
    pub(super) fn take(&mut self, scene: &Scene<'_, Arena>, dt_s: f32) {
        self.lines.iter_mut().for_each(|(_, age_s)| *age_s += dt_s);
        self.lines.retain(|(_, age_s)| *age_s < LINE_S);
        self.follow_own_fate(scene.own.is_some(), scene.predicted_tick, dt_s);
        self.remember_winner(scene);
        for event in &scene.events {
            if let ArenaEvent::Destroyed { victim, by, with, .. } = *event
                && victim == scene.me
            {
                self.note_own_fate(scene, by, with);
            }
            if let Some(line) = event.line(&self.reader(scene)) {
                self.write(line);
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

    /// The own ship was destroyed; of a next one that flies already nobody says how its forerunner ended.
    fn note_own_fate(&mut self, scene: &Scene<'_, Arena>, by: PlayerId, with: Weapon) {
        if scene.own.is_none() {
            self.fate = Some(match by == scene.me {
                true => Fate::ByOneself(with),
                false => Fate::ByAnother { name: name_of(scene, by).to_owned(), weapon: with },
            });
        }
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
        self.reader(scene).end_of_round(result)
    }

    fn reader<'a>(&'a self, scene: &'a Scene<'a, Arena>) -> Player<'a> {
        Player { scene, winner: self.winner.as_deref() }
    }

    fn write(&mut self, line: FeedText) {
        self.written += 1;
        let FeedText { text, own } = line;
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
    /// anew, and the event of its end may come late or not at all.
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

/// The player, as one who reads the feed.
struct Player<'a> {
    scene: &'a Scene<'a, Arena>,
    /// The name of who won the round, if that is known.
    winner: Option<&'a str>,
}

impl Reader for Player<'_> {
    fn me(&self) -> PlayerId {
        self.scene.me
    }

    fn name_of(&self, player: PlayerId) -> &str {
        name_of(self.scene, player)
    }

    fn end_of_round(&self, result: RoundResult) -> RoundEnd {
        match result {
            RoundResult::Nobody => RoundEnd::Nobody,
            RoundResult::Draw => RoundEnd::Draw,
            RoundResult::Team(team) => {
                let name = Team::from_index(usize::from(team)).unwrap_or_default().title();
                RoundEnd::Team(team, name)
            }
            RoundResult::Player(player) => {
                RoundEnd::Player { name: self.name_of(player).to_owned(), own: player == self.scene.me }
            }
            RoundResult::Departed => {
                RoundEnd::Player { name: self.winner.unwrap_or_default().to_owned(), own: false }
            }
        }
    }
}

/// Whoever it is: a player by name, or a pilot of the game's own.
fn name_of<'a>(scene: &'a Scene<'_, Arena>, player: PlayerId) -> &'a str {
    scene.name_of(player).unwrap_or("Somebody")
}
