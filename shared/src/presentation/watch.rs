//! What a spectator asks of the camera.

use glam::Vec2;

/// A spectator's request.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum CameraRequest {
    /// To follow the next player.
    Next,
    /// To follow the player before.
    Previous,
    /// To look about freely: how far to move, in units of half the view's height, y upward.
    Free(Vec2),
    /// To see so many times as much as now: below 1 is nearer.
    Zoom(f32),
}
