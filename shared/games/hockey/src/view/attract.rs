//! The match behind the join screen: the real rules, played by bots, for nobody.

use crate::entity::HockeyEntity;
use crate::event::HockeyEvent;
use crate::rink::Rink;
use crate::scenario::Scenario;
use crate::world::Hockey;
use perigee_shared::ids::{PlayerId, Slot};
use perigee_shared::netcode::{Arrival, Entity, History, Past, Pose, Scene, Seen, Simulation};
use perigee_shared::tick::{TICK_SECONDS, Tick};

/// Players of the demonstration.
const PLAYERS: u16 = 6;
/// Ticks played before anybody looks.
const WARM_UP_TICKS: u32 = 120;
/// Most ticks made up for in one frame; the rest of a long pause is skipped.
const MAX_TICKS: usize = 4;
/// Nobody: no mallet is the viewer's own.
const NOBODY: PlayerId = PlayerId(2000);

/// A small match of its own.
#[derive(Debug)]
pub(super) struct Attract {
    scenario: Scenario,
    rink: Rink,
    hockey: Hockey,
    /// Empty: nobody looks back.
    history: History<HockeyEntity>,
    tick: Tick,
    /// Seconds since the last tick.
    since_s: f32,
    /// Poses one tick ago, to draw between ticks.
    before: Vec<(Slot, Pose)>,
    events: Vec<HockeyEvent>,
}

impl Attract {
    pub(super) fn new() -> Self {
        let scenario = Scenario::default();
        let mut hockey = Hockey::new(&scenario, 2);
        for seat in 0..PLAYERS {
            hockey.join(PlayerId(seat), Tick(0), Arrival { driven: true, ..Arrival::default() });
        }
        let mut attract = Self {
            rink: Rink::new(&scenario),
            scenario,
            hockey,
            history: History::default(),
            tick: Tick(0),
            since_s: 0.0,
            before: Vec::new(),
            events: Vec::new(),
        };
        (0..WARM_UP_TICKS).for_each(|_| attract.step());
        attract.events.clear();
        attract
    }

    /// The scene `dt_s` later.
    pub(super) fn scene(&mut self, dt_s: f32) -> Scene<'_, Hockey> {
        self.since_s = (self.since_s + dt_s).min(TICK_SECONDS * MAX_TICKS as f32);
        while self.since_s >= TICK_SECONDS {
            self.since_s -= TICK_SECONDS;
            self.step();
        }
        let t = self.since_s / TICK_SECONDS;
        let others = self.hockey.entities().iter().map(|(slot, &entity)| {
            let before = self.before.iter().find(|(other, _)| *other == slot);
            let pose = before.map_or(entity.pose(), |(_, before)| before.blend(entity.pose(), t));
            Seen { slot: Some(slot), entity, pose }
        });
        let now = f64::from(self.tick.0);
        Scene {
            me: NOBODY,
            scenario: &self.scenario,
            map: &self.rink,
            own: None,
            others: others.collect(),
            events: std::mem::take(&mut self.events),
            roster: &[],
            view_tick: now,
            predicted_tick: now,
        }
    }

    fn step(&mut self) {
        self.before = self.hockey.entities().iter().map(|(slot, entity)| (slot, entity.pose())).collect();
        self.tick = self.tick.plus(1);
        self.hockey.step(self.tick, &[], &Past::new(&self.history, self.tick), &mut self.events);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_demonstration_goes_on_and_has_goals_to_show() {
        let mut attract = Attract::new();
        let mut goals = 0;
        for _ in 0..60 * 120 {
            let scene = attract.scene(1.0 / 60.0);
            goals += scene.events.iter().filter(|event| matches!(event, HockeyEvent::Goal { .. })).count();
        }
        assert!(goals > 0, "no goal in two minutes");
    }
}
