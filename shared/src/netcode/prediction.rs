//! The own entity in the present: commands act at once, and the server's word is reconciled with them.
//!
//! The same movement function runs here and in the simulation, on the same grid, so a prediction misses only when
//! something else interfered: a collision, a hit, a command that came too late. A miss replays the commands that the
//! server has not stepped yet, and the picture eases over instead of jumping. (Bernier 2001, "Latency Compensating
//! Methods in Client/Server In-game Protocol Design and Optimization".)

use crate::ids::Slot;
use crate::limits::INPUT_BUFFER_TICKS;
use crate::netcode::scene::{Pose, shorter_turn};
use crate::netcode::simulation::{Entity, Simulation};
use crate::tick::Tick;
use glam::Vec2;

/// Time in which an error fades to 1/e, seconds.
const EASE_S: f32 = 0.1;
/// A larger error is a teleport and is not eased, units.
const MAX_EASED_UNITS: f32 = 150.0;

/// Own shots that the server has not confirmed yet; more are not shown.
const MAX_OFFSPRING: usize = 32;

/// One tick: the command given, and the state it led to if there was an own entity.
type Entry<S> = (Tick, <S as Simulation>::Command, Option<<S as Simulation>::Entity>);

/// Predicts the own entity.
#[derive(Debug)]
pub(crate) struct Prediction<S: Simulation> {
    /// Commands and the states they led to, by tick.
    ring: [Option<Entry<S>>; INPUT_BUFFER_TICKS],
    slot: Option<Slot>,
    newest: Option<Tick>,
    /// The first tick commanded since the clock jumped: what the ring holds before it was never given.
    began: Option<Tick>,
    /// The newest tick that was ever commanded: a tick is commanded once, wherever the clock jumps to.
    commanded: Option<Tick>,
    offspring: Vec<(Tick, S::Entity)>,
    error: Vec2,
    error_turns: f32,
    mispredictions: u64,
}

impl<S: Simulation> Default for Prediction<S> {
    fn default() -> Self {
        Self {
            ring: [None; INPUT_BUFFER_TICKS],
            slot: None,
            newest: None,
            began: None,
            commanded: None,
            offspring: Vec::with_capacity(MAX_OFFSPRING),
            error: Vec2::ZERO,
            error_turns: 0.0,
            mispredictions: 0,
        }
    }
}

type Map<S> = <<S as Simulation>::Entity as Entity>::Map;

impl<S: Simulation> Prediction<S> {
    /// The player commands `command` for `tick`, which follows the newest one.
    pub(crate) fn command(&mut self, tick: Tick, command: S::Command, map: &Map<S>) {
        let before = self.newest.and_then(|newest| self.state_at(newest));
        let state = before.map(|state| self.step(tick, state, command, map));
        self.ring[index(tick)] = Some((tick, command, state));
        self.newest = Some(tick);
        self.began.get_or_insert(tick);
        self.commanded = Some(tick);
    }

    /// The tick to command next, when the clock stands at `reached`: the one after the newest, or after a jump the one
    /// reached, but none that was commanded before.
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
        self.entry(tick).map(|(_, command, _)| command)
    }

    /// The commands of the newest `count` ticks, oldest first; fewer where the clock jumped in between.
    pub(crate) fn newest_commands(&self, count: u32) -> impl Iterator<Item = S::Command> {
        let newest = self.newest.unwrap_or_default();
        let given = self.began.map_or(0, |began| newest.since(began).max(0) as u32 + 1);
        (0..count.min(given)).rev().filter_map(move |n| self.command_at(newest.minus(n)))
    }

    /// The server's state of the own entity at `tick`. True if the prediction had it otherwise.
    pub(crate) fn reconcile(&mut self, tick: Tick, own: Option<(Slot, S::Entity)>, map: &Map<S>) -> bool {
        self.offspring.retain(|(born, _)| born.is_newer(tick));
        let Some((slot, truth)) = own else {
            self.forget();
            return false;
        };
        let known = if self.slot == Some(slot) { self.state_at(tick) } else { None };
        if known == Some(truth) {
            return false;
        }
        let shown = self.newest.and_then(|newest| self.state_at(newest)).map(|state| state.pose());
        let same_entity = self.slot == Some(slot);
        self.slot = Some(slot);
        self.replay(tick, truth, map);
        let missed = known.is_some();
        if same_entity
            && let (Some(shown), Some(now)) = (shown, self.newest.and_then(|newest| self.state_at(newest)))
        {
            self.ease_from(shown, now.pose());
        }
        self.mispredictions += u64::from(missed);
        missed
    }

    /// Steps again all that was commanded after `tick`, from the truth.
    fn replay(&mut self, tick: Tick, truth: S::Entity, map: &Map<S>) {
        self.offspring.clear();
        let mut state = truth;
        if let Some((_, command, _)) = self.entry(tick) {
            self.ring[index(tick)] = Some((tick, command, Some(truth)));
        }
        let Some(newest) = self.newest else { return };
        if newest.since(tick) < 0 {
            // The clock stands behind the server's: the truth is all there is to show.
            let command = self.command_at(newest).unwrap_or_default();
            self.ring[index(newest)] = Some((newest, command, Some(truth)));
            return;
        }
        for n in 1..=newest.since(tick).min(INPUT_BUFFER_TICKS as i32 - 1) as u32 {
            let at = tick.plus(n);
            let command = self.command_at(at).unwrap_or_default();
            state = self.step(at, state, command, map);
            self.ring[index(at)] = Some((at, command, Some(state)));
        }
    }

    fn step(&mut self, tick: Tick, state: S::Entity, command: S::Command, map: &Map<S>) -> S::Entity {
        for (_, child) in &mut self.offspring {
            child.advance(map);
        }
        let mut state = S::with_command(state, command);
        state.advance(map);
        if let Some(child) = S::offspring(&state, map)
            && self.offspring.len() < MAX_OFFSPRING
        {
            self.offspring.push((tick, child));
        }
        state
    }

    /// The own entity at `ticks`: the state of the last whole tick, and its pose moved on by the fraction under
    /// `command`, so that it answers in the frame in which the key went down.
    pub(crate) fn shown(
        &self,
        ticks: f64,
        command: S::Command,
        map: &Map<S>,
    ) -> Option<(Slot, S::Entity, Pose)> {
        let newest = self.newest?;
        let state = self.state_at(newest)?;
        let mut next = S::with_command(state, command);
        next.advance(map);
        let fraction = (ticks - f64::from(newest.0)).clamp(0.0, 1.0) as f32;
        let mut pose = state.pose().blend(next.pose(), fraction);
        pose.position += self.error;
        pose.angle_turns = (pose.angle_turns + self.error_turns).rem_euclid(1.0);
        Some((self.slot?, state, pose))
    }

    /// Own shots that only the prediction knows, at the newest commanded tick.
    pub(crate) fn offspring(&self) -> impl Iterator<Item = &S::Entity> {
        self.offspring.iter().map(|(_, child)| child)
    }

    /// The newest tick that was commanded.
    pub(crate) fn newest(&self) -> Option<Tick> {
        self.newest
    }

    /// Lets the error fade for `dt_s` seconds.
    pub(crate) fn ease(&mut self, dt_s: f32) {
        let keep = libm::expf(-dt_s / EASE_S);
        self.error *= keep;
        self.error_turns *= keep;
    }

    /// The clock jumped: what was predicted has no meaning any more.
    pub(crate) fn restart(&mut self) {
        self.ring = [None; INPUT_BUFFER_TICKS];
        self.newest = None;
        self.began = None;
        self.forget();
    }

    /// How often the server had it otherwise.
    pub(crate) fn mispredictions(&self) -> u64 {
        self.mispredictions
    }

    fn forget(&mut self) {
        self.slot = None;
        self.offspring.clear();
        self.error = Vec2::ZERO;
        self.error_turns = 0.0;
        for (_, _, state) in self.ring.iter_mut().flatten() {
            *state = None;
        }
    }

    fn ease_from(&mut self, shown: Pose, now: Pose) {
        self.error += shown.position - now.position;
        self.error_turns = shorter_turn(self.error_turns + shown.angle_turns - now.angle_turns);
        if self.error.length() > MAX_EASED_UNITS {
            self.error = Vec2::ZERO;
            self.error_turns = 0.0;
        }
    }

    fn entry(&self, tick: Tick) -> Option<Entry<S>> {
        self.ring[index(tick)].filter(|(at, _, _)| *at == tick)
    }

    fn state_at(&self, tick: Tick) -> Option<S::Entity> {
        self.entry(tick).and_then(|(_, _, state)| state)
    }
}

fn index(tick: Tick) -> usize {
    tick.0 as usize % INPUT_BUFFER_TICKS
}
