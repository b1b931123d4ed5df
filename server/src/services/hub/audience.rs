//! The players who can be sent something, and how they are reached.

use super::members::Members;
use super::outbound::Outbound;
use super::rooms::Rooms;

/// What every service needs of the others to reach players.
#[derive(Clone, Copy, Debug)]
pub(super) struct Audience<'a> {
    pub(super) members: &'a Members,
    pub(super) rooms: &'a Rooms,
    pub(super) outbound: &'a Outbound,
}
