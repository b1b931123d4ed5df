//! The match behind the join screen: the real rules, played by a few bots, for nobody.
//!
//! It runs in the browser, from a fixed seed, so that the page has life before it has a connection.

use crate::bot::{Behaviour, Bot};
use crate::command::ArenaCommand;
use crate::entity::ArenaEntity;
use crate::event::ArenaEvent;
use crate::map::ArenaMap;
use crate::scenario::Scenario;
use crate::world::Arena;
use glam::Vec2;
use perigee_shared::ids::{PlayerId, Slot};
use perigee_shared::netcode::{Arrival, Entity, History, Past, PlayerInput, Pose, Scene, Seen, Simulation};
use perigee_shared::tick::{TICK_SECONDS, Tick};
use std::collections::BTreeMap;

/// Pilots of the demonstration.
const PILOTS: u16 = 7;
/// Ticks played before anybody looks, so that the first frame shows a fight.
const WARM_UP_TICKS: u32 = 150;
/// Most ticks made up for in one frame; the rest of a long pause is skipped.
const MAX_TICKS: usize = 4;
/// Whose ship is shown in the own colour.
const HERO: PlayerId = PlayerId(0);

/// A small match of its own.
#[derive(Debug)]
pub(super) struct Attract {
    scenario: Scenario,
    map: ArenaMap,
    arena: Arena,
    /// Empty: bots here see the present.
    history: History<ArenaEntity>,
    bots: Vec<Bot>,
    tick: Tick,
    /// Seconds since the last tick.
    since_s: f32,
    /// Poses one tick ago, to draw between ticks.
    before: BTreeMap<Slot, Pose>,
    events: Vec<ArenaEvent>,
}

impl Attract {
    pub(super) fn new() -> Self {
        let scenario = Scenario { asteroids: 9, map_seed: 4, ..Scenario::bare(1700.0, 1000.0) };
        let mut arena = Arena::new(&scenario, 2);
        (0..PILOTS).for_each(|seat| arena.join(PlayerId(seat), Tick(0), Arrival::default()));
        let map = Arena::map(&scenario);
        let mut attract = Self {
            scenario,
            map,
            arena,
            history: History::default(),
            bots: (0..u64::from(PILOTS)).map(|seed| Bot::new(Behaviour::Hunt, seed)).collect(),
            tick: Tick(0),
            since_s: 0.0,
            before: BTreeMap::new(),
            events: Vec::new(),
        };
        (0..WARM_UP_TICKS).for_each(|_| attract.step());
        attract.events.clear();
        attract
    }

    /// Where the spectator looks: around the arena's middle.
    pub(super) fn centre(&self) -> Vec2 {
        self.map.size / 2.0
    }

    /// The scene `dt_s` later.
    pub(super) fn scene(&mut self, dt_s: f32) -> Scene<'_, Arena> {
        self.since_s = (self.since_s + dt_s).min(TICK_SECONDS * MAX_TICKS as f32);
        let mut events = Vec::new();
        while self.since_s >= TICK_SECONDS {
            self.since_s -= TICK_SECONDS;
            self.step();
            events.append(&mut self.events);
        }
        let t = self.since_s / TICK_SECONDS;
        let others = self.arena.entities().iter().map(|(slot, &entity)| {
            let pose = self.before.get(&slot).map_or(entity.pose(), |before| before.blend(entity.pose(), t));
            Seen { slot: Some(slot), entity, pose }
        });
        Scene {
            me: HERO,
            scenario: &self.scenario,
            map: &self.map,
            own: None,
            others: others.collect(),
            events,
            roster: &[],
            view_tick: f64::from(self.tick.0),
            predicted_tick: f64::from(self.tick.0),
        }
    }

    fn step(&mut self) {
        self.before = self.arena.entities().iter().map(|(slot, entity)| (slot, entity.pose())).collect();
        let mut inputs: Vec<PlayerInput<ArenaCommand>> = Vec::with_capacity(self.bots.len());
        for (seat, bot) in self.bots.iter_mut().enumerate() {
            let player = PlayerId(seat as u16);
            let own = self.arena.controlled(player).and_then(|slot| self.arena.entities().get(slot));
            let everything = self.arena.entities().iter().map(|(_, entity)| entity);
            let command = bot.decide(own, everything, &self.map);
            inputs.push(PlayerInput::plain(player, command));
        }
        self.tick = self.tick.plus(1);
        let past = Past::new(&self.history, self.tick);
        self.arena.step(self.tick, &inputs, &past, &mut self.events);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_demonstration_goes_on_and_has_something_to_show() {
        let mut attract = Attract::new();
        let mut destroyed = 0;
        for _ in 0..60 * 90 {
            let scene = attract.scene(1.0 / 60.0);
            destroyed += scene.events.iter().filter(|e| matches!(e, ArenaEvent::Destroyed { .. })).count();
        }
        assert!(destroyed > 3, "{destroyed} ships lost in 90 s");
    }
}
