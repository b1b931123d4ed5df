//! A spectator's camera: the whole rink, or nearer behind a player, or free.

use super::mallets;
use crate::world::Hockey;
use glam::Vec2;
use perigee_shared::ids::PlayerId;
use perigee_shared::netcode::Scene;
use perigee_shared::presentation::CameraRequest;

/// How much less, and how much more, than a player sees can be seen.
const ZOOMS: (f32, f32) = (0.4, 1.6);

/// The camera's wishes and where they led.
#[derive(Clone, Copy, Debug)]
pub(super) struct Watching {
    followed: Option<PlayerId>,
    free: Option<Vec2>,
    /// Players on, or back, that were asked for since the last frame.
    step: i32,
    /// How far the free camera was moved since the last frame, half heights of the view.
    moved: Vec2,
    pub(super) zoom: f32,
}

impl Default for Watching {
    fn default() -> Self {
        Self { followed: None, free: None, step: 0, moved: Vec2::ZERO, zoom: 1.0 }
    }
}

impl Watching {
    /// Notes a wish.
    pub(super) fn request(&mut self, request: CameraRequest) {
        match request {
            CameraRequest::Next => self.step += 1,
            CameraRequest::Previous => self.step -= 1,
            CameraRequest::Free(way) if way.is_finite() => self.moved += way,
            CameraRequest::Zoom(times) if times.is_finite() => {
                self.zoom = (self.zoom * times).clamp(ZOOMS.0, ZOOMS.1);
            }
            CameraRequest::Free(_) | CameraRequest::Zoom(_) => {}
        }
    }

    /// Where to look; `None`: at the whole rink.
    pub(super) fn look(&mut self, scene: &Scene<'_, Hockey>, half_height_units: f32) -> Option<Vec2> {
        let mut players: Vec<(PlayerId, Vec2)> =
            mallets(scene).map(|(_, mallet, at)| (mallet.owner, at)).collect();
        players.sort_by_key(|(player, _)| *player);
        let step = std::mem::take(&mut self.step);
        if step != 0 && !players.is_empty() {
            let now = self.followed.and_then(|one| players.iter().position(|(player, _)| *player == one));
            let from = now.map_or(if step > 0 { -1 } else { 0 }, |at| at as i32);
            let at = (from + step).rem_euclid(players.len() as i32) as usize;
            (self.followed, self.free) = (players.get(at).map(|(player, _)| *player), None);
        }
        let followed = players.iter().find(|(player, _)| Some(*player) == self.followed).map(|(_, at)| *at);
        if self.moved != Vec2::ZERO {
            let size = scene.map.size_units();
            let from = self.free.or(followed).unwrap_or(size / 2.0);
            let to = from + std::mem::take(&mut self.moved) * half_height_units;
            (self.free, self.followed) = (Some(to.clamp(Vec2::ZERO, size)), None);
        }
        self.free.or(followed)
    }

    /// Whom the camera follows.
    pub(super) fn whom(&self) -> Option<PlayerId> {
        self.followed
    }
}
