//! Prediction: the own entity, whose commands act at once, and the entities that the game shares in the present
//! ([`Entity::is_predicted`]), such as a ball. The server's states are reconciled with them.
//!
//! The same movement function runs here and in the simulation, on the same grid, so a prediction is wrong only when
//! something else interfered: a collision with an entity that is shown in the past, a hit, a command that arrived too
//! late. Then the commands that the server has not yet stepped are replayed, and the picture eases over instead of
//! jumping. (Bernier 2001, "Latency Compensating Methods in Client/Server In-game Protocol Design and Optimization".)
//!
//! The cost: a replay steps all predicted entities once for each tick of the round trip, so 50 ms and 20 entities are
//! 40 steps. The effect of other players on a predicted entity is seen as a correction, not as motion.

mod easing;
mod present;

use crate::ids::Slot;
use crate::limits::INPUT_BUFFER_TICKS;
use crate::netcode::entity::Entity;
use crate::netcode::entity::pose::Pose;
use crate::netcode::seam::simulation::Simulation;
use crate::tick::Tick;
use easing::Easing;
use present::Present;

/// Own shots that the server has not yet confirmed; further ones are not shown.
const MAX_OFFSPRING: usize = 32;

/// One tick: the command given, and the resulting state.
#[derive(Debug)]
struct Frame<S: Simulation> {
    /// Its tick; `None` for a place that was not used since the clock jumped.
    tick: Option<Tick>,
    command: S::Command,
    /// Empty if no predicted entity is known.
    present: Present<S::Entity>,
}

/// Predicts what is shown in the present.
#[derive(Debug)]
pub(crate) struct Prediction<S: Simulation> {
    /// Commands and the resulting states, by tick.
    ring: Vec<Frame<S>>,
    newest: Option<Tick>,
    /// The first tick commanded since the clock jumped; earlier content of the ring is invalid.
    began: Option<Tick>,
    /// The newest tick that was ever commanded: each tick is commanded once, even if the clock jumps.
    commanded: Option<Tick>,
    offspring: Vec<(Tick, S::Entity)>,
    easing: Easing,
    mispredictions: u64,
    corrections: u64,
    /// The server's last state.
    truth: Present<S::Entity>,
    /// The states shown before a correction, and the next ones to show.
    scratch: Present<S::Entity>,
}

impl<S: Simulation> Default for Prediction<S> {
    fn default() -> Self {
        let frame = || Frame { tick: None, command: S::Command::default(), present: Present::default() };
        Self {
            ring: std::iter::repeat_with(frame).take(INPUT_BUFFER_TICKS).collect(),
            newest: None,
            began: None,
            commanded: None,
            offspring: Vec::with_capacity(MAX_OFFSPRING),
            easing: Easing::default(),
            mispredictions: 0,
            corrections: 0,
            truth: Present::default(),
            scratch: Present::default(),
        }
    }
}

/// A predicted entity as it is drawn.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Foreseen<E> {
    pub(crate) slot: Slot,
    pub(crate) entity: E,
    pub(crate) pose: Pose,
    pub(crate) is_own: bool,
}

type Map<S> = <<S as Simulation>::Entity as Entity>::Map;

impl<S: Simulation> Prediction<S> {
    /// The player commands `command` for `tick`, which follows the newest one.
    pub(crate) fn command(&mut self, tick: Tick, command: S::Command, map: &Map<S>) {
        let before = self.newest.filter(|&newest| self.frame(newest).is_some());
        match before {
            Some(before) => self.step(before, tick, command, map),
            None => self.put(tick, command, |_| {}),
        }
        self.newest = Some(tick);
        self.began.get_or_insert(tick);
        self.commanded = Some(tick);
    }

    /// The tick to command next, when the clock reads `reached`: the one after the newest, or after a jump `reached`
    /// itself, but never one that was commanded before.
    pub(crate) fn next_tick(&self, reached: Tick) -> Tick {
        let next = |tick: Tick| tick.plus(1);
        match (self.newest, self.commanded) {
            (Some(newest), _) => next(newest),
            (None, Some(commanded)) if !reached.is_newer(commanded) => next(commanded),
            (None, _) => reached,
        }
    }

    /// The command given for `tick`, if it is still known.
    pub(crate) fn command_at(&self, tick: Tick) -> Option<S::Command> {
        self.frame(tick).map(|frame| frame.command)
    }

    /// The commands of the newest `count` ticks, oldest first; fewer where the clock jumped in between.
    pub(crate) fn newest_commands(&self, count: u32) -> impl Iterator<Item = S::Command> {
        let newest = self.newest.unwrap_or_default();
        let given = self.began.map_or(0, |began| newest.since(began).max(0) as u32 + 1);
        (0..count.min(given)).rev().filter_map(move |n| self.command_at(newest.minus(n)))
    }

    /// Takes in the server's state of `tick`: all predicted entities, by slot, and which of them is the own one.
    /// Returns true if the prediction differed in any of them.
    pub(crate) fn reconcile(
        &mut self,
        tick: Tick,
        own: Option<Slot>,
        entities: impl Iterator<Item = (Slot, S::Entity)>,
        map: &Map<S>,
    ) -> bool {
        self.offspring.retain(|(born, _)| born.is_newer(tick));
        self.truth.fill(own, entities);
        if self.truth.is_empty() {
            self.forget();
            return false;
        }
        if self.frame(tick).is_some_and(|frame| frame.present.is_same(&self.truth)) {
            return false;
        }
        let missed = self.count_misses(tick);
        self.scratch.clear();
        if let Some(newest) = self.newest.filter(|&newest| self.frame(newest).is_some()) {
            self.scratch.copy_from(&self.ring[index(newest)].present);
        }
        self.replay(tick, map);
        self.ease_over();
        missed
    }

    /// Whether the state of any entity predicted for `tick` differs from the server's.
    fn count_misses(&mut self, tick: Tick) -> bool {
        let place = &self.ring[index(tick)];
        let Some(frame) = Some(place).filter(|place| place.tick == Some(tick)) else { return false };
        let differs =
            |slot: Slot, known: &S::Entity| self.truth.find(slot).is_some_and(|truth| truth != known);
        let (mut own, mut others) = (0, 0);
        for (slot, known, is_own) in frame.present.iter() {
            *(if is_own { &mut own } else { &mut others }) += u64::from(differs(slot, known));
        }
        self.mispredictions += own;
        self.corrections += others;
        own + others > 0
    }

    /// Steps again all ticks that were commanded after `tick`, from the server's state.
    fn replay(&mut self, tick: Tick, map: &Map<S>) {
        self.offspring.clear();
        let truth = std::mem::take(&mut self.truth);
        if let Some(newest) = self.newest {
            // When the clock is behind the server's, only the server's state can be shown.
            let from = if newest.since(tick) < 0 { newest } else { tick };
            let command = self.command_at(from).unwrap_or_default();
            self.put(from, command, |present| present.copy_from(&truth));
            for n in 1..=newest.since(from).min(INPUT_BUFFER_TICKS as i32 - 1) as u32 {
                let at = from.plus(n);
                let command = self.command_at(at).unwrap_or_default();
                self.step(at.minus(1), at, command, map);
            }
        }
        self.truth = truth;
    }

    /// Steps from the tick `before` to `tick`, which follows it.
    fn step(&mut self, before: Tick, tick: Tick, command: S::Command, map: &Map<S>) {
        for (_, child) in &mut self.offspring {
            child.advance(map);
        }
        let mut present = std::mem::take(&mut self.ring[index(tick)].present);
        present.copy_from(&self.ring[index(before)].present);
        present.step::<S>(command, map);
        let child = present.own().and_then(|(_, own)| S::offspring(&own, map));
        if let Some(child) = child.filter(|_| self.offspring.len() < MAX_OFFSPRING) {
            self.offspring.push((tick, child));
        }
        self.ring[index(tick)] = Frame { tick: Some(tick), command, present };
    }

    fn put(&mut self, tick: Tick, command: S::Command, fill: impl FnOnce(&mut Present<S::Entity>)) {
        let frame = &mut self.ring[index(tick)];
        (frame.tick, frame.command) = (Some(tick), command);
        frame.present.clear();
        fill(&mut frame.present);
    }

    /// Entities are still drawn where `scratch` showed them before, and ease to where they are now.
    fn ease_over(&mut self) {
        let Some(newest) = self.newest else { return };
        let frame = &self.ring[index(newest)];
        for (slot, now, is_own) in frame.present.iter() {
            let was_own = self.scratch.own().is_some_and(|(own, _)| own == slot);
            if let Some(before) = self.scratch.find(slot).filter(|_| is_own == was_own) {
                self.easing.correct(slot, before.pose(), now.pose());
            }
        }
    }

    /// Appends the predicted entities at `ticks`: the state of the last whole tick, and its pose moved on by the
    /// fraction under `command`, so that it reacts in the frame in which the key was pressed.
    pub(crate) fn show(
        &mut self,
        ticks: f64,
        command: S::Command,
        map: &Map<S>,
        out: &mut Vec<Foreseen<S::Entity>>,
    ) {
        let Some(newest) = self.newest.filter(|&newest| self.frame(newest).is_some()) else { return };
        let present = &self.ring[index(newest)].present;
        self.scratch.copy_from(present);
        self.scratch.step::<S>(command, map);
        let fraction = (ticks - f64::from(newest.0)).clamp(0.0, 1.0) as f32;
        for ((slot, entity, is_own), (_, next, _)) in present.iter().zip(self.scratch.iter()) {
            let pose = entity.pose().blend(next.pose(), fraction);
            out.push(Foreseen { slot, entity: *entity, pose: self.easing.shown(slot, pose), is_own });
        }
    }

    /// Own shots that so far exist only in the prediction, at the newest commanded tick.
    pub(crate) fn offspring(&self) -> impl Iterator<Item = &S::Entity> {
        self.offspring.iter().map(|(_, child)| child)
    }

    /// The newest tick that was commanded.
    pub(crate) fn newest(&self) -> Option<Tick> {
        self.newest
    }

    /// Lets errors decay for `dt_s` seconds.
    pub(crate) fn ease(&mut self, dt_s: f32) {
        self.easing.fade(dt_s);
    }

    /// The clock jumped: the predictions are no longer valid.
    pub(crate) fn restart(&mut self) {
        for frame in &mut self.ring {
            frame.tick = None;
        }
        self.newest = None;
        self.began = None;
        self.forget();
    }

    /// How often the server's state of the own entity differed.
    pub(crate) fn mispredictions(&self) -> u64 {
        self.mispredictions
    }

    /// How often the server's state of another predicted entity differed.
    pub(crate) fn corrections(&self) -> u64 {
        self.corrections
    }

    fn forget(&mut self) {
        self.offspring.clear();
        self.easing.clear();
        for frame in &mut self.ring {
            frame.present.clear();
        }
    }

    fn frame(&self, tick: Tick) -> Option<&Frame<S>> {
        Some(&self.ring[index(tick)]).filter(|frame| frame.tick == Some(tick))
    }
}

fn index(tick: Tick) -> usize {
    tick.0 as usize % INPUT_BUFFER_TICKS
}
