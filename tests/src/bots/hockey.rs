//! Players of hockey: they play the puck where their own client shows it, and count touches and goals.

use super::controller::{Controller, Part, Tally};
use perigee_hockey::tuning::{MALLET_RADIUS, PUCK_RADIUS, STRIKE_REACH};
use perigee_hockey::{Bot, Hockey, HockeyCommand, HockeyEntity, HockeyEvent, Level, Puck, Rink};
use perigee_shared::netcode::{Entity, Peer};
use perigee_shared::rng::Rng;
use perigee_shared::tick::Tick;
use std::collections::BTreeMap;

/// Largest distance between the middles of a mallet and a puck that may have touched: both have moved for a tick since,
/// units.
const TOUCHED_UNITS: f32 = (MALLET_RADIUS + PUCK_RADIUS + STRIKE_REACH) as f32 + 24.0;

/// Snapshots farther apart do not show a touch: too much may have happened between them.
const MAX_GAP_TICKS: i32 = 6;

/// A player.
#[derive(Debug)]
pub struct Skater {
    /// The game's own bot AI; `None` while idle.
    ai: Option<Bot>,
    /// The puck in the newest snapshot.
    puck: Option<(Tick, Puck)>,
    touches: i64,
    own_goals: i64,
}

impl Controller for Skater {
    type Game = Hockey;

    const BEHAVIOURS: &'static [&'static str] = &["mixed", "rookie", "able", "veteran", "idle"];
    const LINES: &'static [&'static str] = &["to me", "nice pass", "watch the boards", "what a save", "gg"];

    fn new(Part { behaviour, seed, .. }: Part<'_>) -> Option<Self> {
        let level = match behaviour {
            "rookie" => Some(Level::Rookie),
            "able" => Some(Level::Able),
            "veteran" => Some(Level::Veteran),
            "mixed" => Some(Level::ALL[Rng::new(seed).below(Level::ALL.len() as u32) as usize]),
            "idle" => None,
            _ => return None,
        };
        let ai = level.map(|level| Bot::new(level, seed));
        Some(Self { ai, puck: None, touches: 0, own_goals: 0 })
    }

    fn steer<'a>(
        &mut self,
        own: Option<&'a HockeyEntity>,
        seen: impl Iterator<Item = &'a HockeyEntity>,
        rink: &Rink,
    ) -> HockeyCommand {
        self.ai.as_mut().map_or_else(HockeyCommand::default, |ai| ai.decide(own, seen, rink))
    }

    fn play(&mut self, peer: &mut Peer<Hockey>) -> HockeyCommand {
        self.note_touch(peer);
        let Some(scene) = peer.scene() else { return HockeyCommand::default() };
        for event in &scene.events {
            if let HockeyEvent::Goal { by, is_own_goal: true, .. } = *event {
                self.own_goals += i64::from(by == Some(scene.me));
            }
        }
        // In the present, as a person sees it.
        let own = scene.own.as_ref().map(|seen| &seen.entity);
        let seen = scene.others.iter().chain(&scene.own).map(|seen| &seen.entity);
        self.steer(own, seen, scene.map)
    }

    fn tally(&self) -> Tally {
        let Self { touches, own_goals, .. } = *self;
        Tally { counts: BTreeMap::from([("touches", touches), ("own_goals", own_goals)]), ..Tally::default() }
    }
}

impl Skater {
    /// Counts a touch if, since the snapshot before, the puck moved differently than alone, next to the own mallet.
    fn note_touch(&mut self, peer: &Peer<Hockey>) {
        let (Some(tick), Some(rink)) = (peer.newest_snapshot(), peer.map()) else { return };
        let puck = peer.confirmed().find_map(|(_, entity)| match entity {
            HockeyEntity::Puck(puck) => Some(*puck),
            _ => None,
        });
        let before = std::mem::replace(&mut self.puck, puck.map(|puck| (tick, puck)));
        let (Some((then, before)), Some(puck), Some(own)) = (before, puck, peer.own_confirmed()) else {
            return;
        };
        let gap_ticks = tick.since(then);
        let mut alone = HockeyEntity::Puck(before);
        (0..gap_ticks.min(MAX_GAP_TICKS)).for_each(|_| alone.advance(rink));
        let here = HockeyEntity::Puck(puck).pose().position;
        let is_near = own.pose().position.distance(here) < TOUCHED_UNITS;
        let is_played = before.hold == 0 && puck.hold == 0 && (1..=MAX_GAP_TICKS).contains(&gap_ticks);
        let is_deflected = matches!(alone, HockeyEntity::Puck(alone) if alone.velocity != puck.velocity);
        self.touches += i64::from(is_near && is_played && is_deflected);
    }
}
