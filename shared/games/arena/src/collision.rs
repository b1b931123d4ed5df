//! What two ships that touch do to each other.
//!
//! The simulation calls this, and so does a client that is told that two ships met: it knows both, so the meeting is all
//! that it need be told.

use crate::entity::Ship;
use crate::tuning::{SHIP_BOUNCE, SHIP_PARTING_UNITS_PER_S, SHIP_RADIUS_UNITS};
use glam::Vec2;

/// Two equal balls that touch: the speed along the line between them is exchanged, and is at least enough to part.
/// Positions are left alone: a push would be one more thing that nobody foresaw.
pub(crate) fn collide(a: Ship, b: Ship) -> Option<(Ship, Ship)> {
    let line = b.position.units() - a.position.units();
    let distance = line.length();
    if distance >= SHIP_RADIUS_UNITS * 2.0 {
        return None;
    }
    let normal = if distance > 0.01 { line / distance } else { Vec2::X };
    let (va, vb) = (a.velocity.units(), b.velocity.units());
    let parting = (vb - va).dot(normal);
    let wanted = (-parting * SHIP_BOUNCE).max(SHIP_PARTING_UNITS_PER_S);
    if parting >= SHIP_PARTING_UNITS_PER_S {
        return None;
    }
    let impulse = normal * ((wanted - parting) / 2.0);
    let knocked = |ship: Ship, impulse| Ship { velocity: ship.velocity.knocked(impulse), ..ship };
    Some((knocked(a, -impulse), knocked(b, impulse)))
}
