//! The players that services can reach, and how.

use super::members::Members;
use super::outbound::Outbound;
use super::rooms::Rooms;

/// What every service needs from the others to reach players.
#[derive(Clone, Copy, Debug)]
pub(super) struct Audience<'a> {
    pub(super) members: &'a Members,
    pub(super) rooms: &'a Rooms,
    pub(super) outbound: &'a Outbound,
}
