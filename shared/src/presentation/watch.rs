//! What somebody who looks on asks of the camera.

use glam::Vec2;

/// A wish of somebody who looks on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum WatchWish {
    /// To follow the next player.
    Next,
    /// To follow the player before.
    Previous,
    /// To look about freely: how far to move, in units of half the view's height, y upward.
    Free(Vec2),
    /// To see so many times as much as now: below 1 is nearer.
    Zoom(f32),
}
