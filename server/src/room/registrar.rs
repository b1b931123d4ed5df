//! What a room reports about the people who have seats in it, and the interface that receives it: the room itself does
//! not track people.

use crate::person::PersonId;
use crate::room::handle::RoomHandle;
use crate::room::session::Owner;
use perigee_shared::ids::PlayerId;
use perigee_shared::netcode::Belongings;
use std::fmt::Debug;
use std::sync::Arc;

/// Tracks where people sit and what they own. It is called within a tick: it must return at once, and hold no lock over
/// I/O.
pub(crate) trait Registrar: Debug + Send + Sync {
    /// The room has given the person a seat, before anyone is informed of it.
    fn seated(&self, owner: Owner, place: SeatedAt);
    /// What a room reports of its people, all of one tick.
    fn report(&self, room: &Arc<RoomHandle>, words: &[Word]);
}

/// Tracks no one: for rooms whose people are not in the store.
#[derive(Clone, Copy, Debug)]
pub(super) struct NoRegistrar;

impl Registrar for NoRegistrar {
    fn seated(&self, _: Owner, _: SeatedAt) {}
    fn report(&self, _: &Arc<RoomHandle>, _: &[Word]) {}
}

/// A person's only seat.
#[derive(Clone, Debug)]
pub(crate) struct SeatedAt {
    /// The room.
    pub room: Arc<RoomHandle>,
    /// The seat.
    pub player: PlayerId,
}

/// How a person lost their seat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Gone {
    /// Whether they ever acted there.
    pub acted: bool,
}

/// What a room reports of one person.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Word {
    /// The person.
    pub person: PersonId,
    /// The seat.
    pub player: PlayerId,
    /// What they now own in the room's game, if that changed.
    pub owned: Option<Belongings>,
    /// Set if the seat is now free: then this is the room's last report on them.
    pub gone: Option<Gone>,
}
