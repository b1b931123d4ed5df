//! The last seconds before the own ship's end, seen again: from what this client was shown, so it asks the server for
//! nothing and shows nothing that was hidden.
//!
//! Scenes are kept at the pace of ticks, in a ring, whatever the screen's pace is. When the own ship is destroyed the ring is played back at
//! the speed it was recorded, with the camera between the two ships; a new ship ends it.

use crate::entity::ArenaEntity;
use glam::Vec2;
use perigee_shared::ids::PlayerId;
use perigee_shared::netcode::Seen;
use perigee_shared::tick::TICK_HZ;
use std::collections::VecDeque;

/// How much is kept, seconds.
pub(super) const KEPT_S: f32 = 3.0;
/// Scenes in the ring.
const KEPT_SCENES: usize = (KEPT_S as usize) * TICK_HZ as usize;
/// How often one scene is kept at the most: a page that slept is no scene that stood still.
const MAX_REPEATS: usize = TICK_HZ as usize / 4;
/// Entities kept of one scene: those nearest the own ship come first in what is drawn, and a crowd is a crowd.
const KEPT_ENTITIES: usize = 160;
/// After the ship's end the ring takes in what follows for so long, so that the explosion is in it, seconds.
const AFTER_S: f32 = 0.35;

/// One moment.
#[derive(Clone, Debug, Default)]
struct Shot {
    own: Option<Seen<ArenaEntity>>,
    others: Vec<Seen<ArenaEntity>>,
}

/// Where the replay stands.
#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    /// Alive: the ring fills.
    Recording,
    /// Just dead: the ring fills for so long yet, seconds.
    Ending(f32),
    /// The replay runs: seconds since its beginning.
    Playing(f32),
    /// It was shown.
    Over,
}

/// The ring and its player.
#[derive(Clone, Debug)]
pub(super) struct KillCamera {
    ring: VecDeque<Shot>,
    /// Ticks that passed and no scene stands for yet, less than one.
    owed_ticks: f32,
    state: State,
    killer: Option<PlayerId>,
}

impl Default for KillCamera {
    fn default() -> Self {
        Self {
            ring: VecDeque::with_capacity(KEPT_SCENES),
            owed_ticks: 0.0,
            state: State::Recording,
            killer: None,
        }
    }
}

/// What to show of the replay.
#[derive(Debug)]
pub(super) struct Replay<'a> {
    pub(super) own: Option<Seen<ArenaEntity>>,
    pub(super) others: &'a [Seen<ArenaEntity>],
    /// Where to look.
    pub(super) centre: Vec2,
}

impl KillCamera {
    /// Takes in a frame's scene while there is something to record.
    pub(super) fn record(&mut self, own: Option<Seen<ArenaEntity>>, others: &[Seen<ArenaEntity>], dt_s: f32) {
        if own.is_some() && self.state != State::Recording {
            self.forget();
        }
        self.state = match self.state {
            State::Ending(left_s) if left_s <= dt_s => State::Playing(0.0),
            State::Ending(left_s) => State::Ending(left_s - dt_s),
            State::Playing(at_s) if at_s + dt_s >= self.length_s() => State::Over,
            State::Playing(at_s) => State::Playing(at_s + dt_s),
            state => state,
        };
        if !matches!(self.state, State::Recording | State::Ending(_)) {
            return;
        }
        // A slow screen's scene stands for more than one tick now and then, a fast one's for none.
        self.owed_ticks += dt_s * TICK_HZ as f32;
        let due = self.owed_ticks as usize;
        self.owed_ticks -= due as f32;
        (0..due.min(MAX_REPEATS)).for_each(|_| self.keep(own, others));
    }

    /// The own ship was destroyed.
    pub(super) fn own_ship_ended(&mut self, by: PlayerId) {
        if self.state == State::Recording && !self.ring.is_empty() {
            self.killer = Some(by);
            self.state = State::Ending(AFTER_S);
        }
    }

    /// The player has seen enough of it.
    pub(super) fn skip(&mut self) {
        if matches!(self.state, State::Playing(_)) {
            self.state = State::Over;
        }
    }

    /// Whether what is shown is a replay.
    pub(super) fn is_playing(&self) -> bool {
        self.replay().is_some()
    }

    /// What to show now instead of the present, if the replay runs.
    pub(super) fn replay(&self) -> Option<Replay<'_>> {
        let State::Playing(at_s) = self.state else { return None };
        let index = ((at_s * TICK_HZ as f32) as usize).min(self.ring.len().checked_sub(1)?);
        let shot = self.ring.get(index)?;
        let last_own = || self.ring.iter().rev().find_map(|shot| shot.own);
        let own = shot.own.or_else(last_own)?.pose.position;
        let is_killers = |seen: &&Seen<ArenaEntity>| match seen.entity {
            ArenaEntity::Ship(ship) => Some(ship.owner) == self.killer,
            _ => false,
        };
        let killer = shot.others.iter().find(is_killers).map_or(own, |seen| seen.pose.position);
        Some(Replay { own: shot.own, others: &shot.others, centre: own.lerp(killer, 0.35) })
    }

    fn length_s(&self) -> f32 {
        self.ring.len() as f32 / TICK_HZ as f32
    }

    fn keep(&mut self, own: Option<Seen<ArenaEntity>>, others: &[Seen<ArenaEntity>]) {
        // The oldest scene's memory takes the newest.
        let mut shot = if self.ring.len() == KEPT_SCENES {
            self.ring.pop_front().unwrap_or_default()
        } else {
            Shot::default()
        };
        shot.own = own;
        shot.others.clear();
        shot.others.extend(others.iter().take(KEPT_ENTITIES));
        self.ring.push_back(shot);
    }

    fn forget(&mut self) {
        self.ring.clear();
        (self.owed_ticks, self.state, self.killer) = (0.0, State::Recording, None);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::class::{ShipClass, Team};
    use crate::entity::Ship;
    use perigee_shared::ids::Slot;
    use perigee_shared::netcode::Pose;

    const FRAME_S: f32 = 1.0 / 60.0;

    fn ship(owner: u16, x: f32) -> Seen<ArenaEntity> {
        let at = Vec2::new(x, 100.0);
        let ship = Ship::fresh(PlayerId(owner), ShipClass::Lance, Team::Free, at, 0);
        let pose = Pose { position: at, angle_turns: 0.0 };
        Seen { slot: Some(Slot(owner)), entity: ArenaEntity::Ship(ship), pose }
    }

    #[test]
    fn the_last_three_seconds_are_played_once_and_a_new_ship_ends_it() {
        let mut camera = KillCamera::default();
        for frame in 0..600 {
            camera.record(Some(ship(1, frame as f32)), &[ship(2, 700.0)], FRAME_S);
            assert!(camera.replay().is_none());
        }
        assert_eq!(camera.ring.len(), KEPT_SCENES);
        camera.own_ship_ended(PlayerId(2));
        let (mut shown, mut first, mut last) = (0, None, None);
        for _ in 0..600 {
            camera.record(None, &[ship(2, 700.0)], FRAME_S);
            if let Some(replay) = camera.replay() {
                shown += 1;
                let x = replay.own.map(|own| own.pose.position.x);
                first = first.or(x);
                last = x.or(last);
            }
        }
        assert!((170..=181).contains(&shown), "{shown} frames");
        // 600 frames were flown; the ring holds the last three seconds, less what came after the end.
        let (first, last) = (first.unwrap(), last.unwrap());
        assert!((435.0..450.0).contains(&first) && (590.0..600.0).contains(&last), "{first} {last}");
        camera.record(Some(ship(1, 5.0)), &[], FRAME_S);
        assert!(camera.replay().is_none() && camera.ring.len() <= 1);
    }

    #[test]
    fn the_replay_is_as_fast_as_the_flight_on_every_screen() {
        const SPEED: f32 = 100.0;
        for frames_hz in [50, 60, 144] {
            let frame_s = 1.0 / frames_hz as f32;
            let mut camera = KillCamera::default();
            for frame in 0..8 * frames_hz {
                camera.record(Some(ship(1, frame as f32 * frame_s * SPEED)), &[], frame_s);
            }
            camera.own_ship_ended(PlayerId(2));
            let mut seen = Vec::new();
            for _ in 0..5 * frames_hz {
                camera.record(None, &[], frame_s);
                seen.extend(camera.replay().and_then(|replay| replay.own).map(|own| own.pose.position.x));
            }
            let flown_s = (seen.last().unwrap() - seen.first().unwrap()) / SPEED;
            let shown_s = seen.len() as f32 * frame_s;
            assert!((flown_s - shown_s).abs() < 0.06, "{frames_hz} Hz: {flown_s} s in {shown_s} s");
            assert!((shown_s - (KEPT_S - AFTER_S)).abs() < 0.06, "{frames_hz} Hz: {shown_s} s");
        }
    }

    #[test]
    fn a_page_that_slept_does_not_fill_the_ring() {
        let mut camera = KillCamera::default();
        (0..120).for_each(|_| camera.record(Some(ship(1, 100.0)), &[], FRAME_S));
        camera.record(Some(ship(1, 100.0)), &[], 60.0);
        assert!(camera.ring.len() <= 120 + MAX_REPEATS, "{}", camera.ring.len());
    }

    #[test]
    fn the_camera_looks_between_the_two() {
        let mut camera = KillCamera::default();
        (0..120).for_each(|_| camera.record(Some(ship(1, 100.0)), &[ship(2, 300.0)], FRAME_S));
        camera.own_ship_ended(PlayerId(2));
        (0..30).for_each(|_| camera.record(None, &[ship(2, 300.0)], FRAME_S));
        assert_eq!(camera.replay().unwrap().centre, Vec2::new(170.0, 100.0));
    }
}
