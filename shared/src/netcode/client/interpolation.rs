//! Other entities, slightly in the past: interpolated between two known states, and extrapolated beyond the newest by
//! the movement function, for a bounded time.

use crate::limits::{MAX_VIEW_DELAY_TICKS, TRACK_STATES};
use crate::netcode::entity::Entity;
use crate::netcode::entity::pose::Pose;
use crate::netcode::state::past::extrapolate;
use crate::tick::Tick;
use std::collections::VecDeque;

/// Shortest and longest delay, ticks. Between two states there is a tick, so the later one is known after one tick;
/// 0.05 are leeway.
const MIN_DELAY_TICKS: f64 = 1.05;
const MAX_DELAY_TICKS: f64 = MAX_VIEW_DELAY_TICKS as f64;
/// How quickly the delay follows the measured lateness, ticks per second.
const GROW_PER_S: f64 = 3.0;
const SHRINK_PER_S: f64 = 0.4;

/// The last states of one entity.
#[derive(Clone, Debug)]
pub(crate) struct Track<E> {
    states: VecDeque<(Tick, E)>,
}

impl<E: Entity> Track<E> {
    pub(crate) fn new(tick: Tick, entity: E) -> Self {
        let mut track = Self { states: VecDeque::with_capacity(TRACK_STATES) };
        track.push(tick, entity);
        track
    }

    pub(crate) fn push(&mut self, tick: Tick, entity: E) {
        if self.states.len() == TRACK_STATES {
            self.states.pop_front();
        }
        self.states.push_back((tick, entity));
    }

    /// The state at exactly `tick`, if it is still kept.
    pub(crate) fn state_at(&self, tick: Tick) -> Option<&E> {
        self.states.iter().rev().find(|(at, _)| *at == tick).map(|(_, entity)| entity)
    }

    /// Replaces the state at `tick`, if it is kept.
    pub(crate) fn correct(&mut self, tick: Tick, entity: E) {
        if let Some((_, state)) = self.states.iter_mut().rev().find(|(at, _)| *at == tick) {
            *state = entity;
        }
    }

    pub(crate) fn newest(&self) -> &(Tick, E) {
        // A track begins with one state and never loses its last one.
        &self.states[self.states.len() - 1]
    }

    /// The entity at the moment `view`, in ticks; `None` before its first state.
    pub(crate) fn at(&self, view: f64, map: &E::Map) -> Option<(E, Pose)> {
        let whole = Tick(view.max(0.0) as u32);
        let after =
            self.states.iter().position(|(tick, _)| tick.is_newer(whole)).unwrap_or(self.states.len());
        let (tick, entity) = self.states.get(after.checked_sub(1)?)?;
        let ahead = (view - f64::from(tick.0)) as f32;
        if let Some((next_tick, next)) = self.states.get(after) {
            let t = ahead / next_tick.since(*tick) as f32;
            return Some((*entity, entity.pose().blend(next.pose(), t.clamp(0.0, 1.0))));
        }
        Some(extrapolate(*entity, ahead, map))
    }
}

/// How far in the past other entities are shown: follows the measured jitter, slowly enough not to be noticed.
#[derive(Clone, Debug)]
pub(crate) struct ViewDelay {
    ticks: f64,
    view: f64,
}

impl ViewDelay {
    pub(crate) fn new() -> Self {
        Self { ticks: 1.5, view: 0.0 }
    }

    /// Moves the view to `server_ticks` minus the delay. It never goes back, except after a `jump`.
    pub(crate) fn advance(&mut self, server_ticks: f64, lateness_ticks: f64, dt_s: f64, jump: bool) -> f64 {
        let wanted = (MIN_DELAY_TICKS + lateness_ticks).clamp(MIN_DELAY_TICKS, MAX_DELAY_TICKS);
        self.ticks += (wanted - self.ticks).clamp(-SHRINK_PER_S * dt_s, GROW_PER_S * dt_s);
        let view = server_ticks - self.ticks;
        self.view = if jump { view } else { view.max(self.view) };
        self.view
    }

    pub(crate) fn delay_ticks(&self) -> f64 {
        self.ticks
    }

    pub(crate) fn view(&self) -> f64 {
        self.view
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::PlayerId;
    use crate::netcode::toy_game::{Ball, Push};

    fn ball(x: i32, v: i32) -> Ball {
        Ball { owner: PlayerId(0), push: Push::default(), x, v, taps: 0 }
    }

    #[test]
    fn a_track_shows_what_was_between_and_foresees_what_comes() {
        let mut track = Track::new(Tick(10), ball(1000, 100));
        track.push(Tick(12), ball(1200, 100));
        assert!(track.at(9.5, &()).is_none());
        let x = |view| track.at(view, &()).unwrap().1.position.x;
        assert!((x(10.0) - 10.0).abs() < 1e-4);
        assert!((x(11.0) - 11.0).abs() < 1e-4);
        assert!((x(12.5) - 12.5).abs() < 1e-4);
        assert!((x(500.0) - 20.0).abs() < 1e-4, "extrapolation is bounded");
    }

    #[test]
    fn a_track_keeps_the_newest_states_and_lets_them_be_put_right() {
        let mut track = Track::new(Tick(0), ball(0, 1));
        for n in 1..40 {
            track.push(Tick(n), ball(n as i32, 1));
        }
        assert_eq!(track.newest().0, Tick(39));
        assert!(track.state_at(Tick(39 - TRACK_STATES as u32)).is_none());
        let oldest = Tick(40 - TRACK_STATES as u32);
        assert_eq!(track.state_at(oldest), Some(&ball(oldest.0 as i32, 1)));
        track.correct(oldest, ball(7, 7));
        track.correct(Tick(3), ball(9, 9));
        assert_eq!(track.state_at(oldest), Some(&ball(7, 7)));
    }

    #[test]
    fn the_view_never_goes_back() {
        let mut delay = ViewDelay::new();
        let mut last = 0.0;
        for n in 0..200 {
            let peak = if n % 20 == 0 { 4.0 } else { 0.2 };
            let view = delay.advance(f64::from(n), peak, 0.033, false);
            assert!(view >= last);
            last = view;
        }
    }
}
