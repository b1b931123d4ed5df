//! What a room reports of the people who have seats in it, and to whom: whoever keeps track of people, which is not the room.

use crate::person::PersonId;
use crate::room::handle::RoomHandle;
use crate::room::session::Owner;
use perigee_shared::ids::PlayerId;
use perigee_shared::netcode::Belongings;
use std::fmt::Debug;
use std::sync::Arc;

/// Keeps track of where people sit, and of what they own. It is called within a tick: it must return at once, and holds
/// no lock over I/O.
pub(crate) trait Registrar: Debug + Send + Sync {
    /// A room has a seat for them; nobody has heard of it yet.
    fn seated(&self, owner: Owner, place: SeatedAt);
    /// What a room reports of its people, all of one moment.
    fn report(&self, room: &Arc<RoomHandle>, words: &[Word]);
}

/// Keeps track of nobody: for rooms whose people no store knows.
#[derive(Clone, Copy, Debug)]
pub(super) struct NoRegistrar;

impl Registrar for NoRegistrar {
    fn seated(&self, _: Owner, _: SeatedAt) {}
    fn report(&self, _: &Arc<RoomHandle>, _: &[Word]) {}
}

/// A person's only seat.
#[derive(Clone, Debug)]
pub(crate) struct SeatedAt {
    /// Where.
    pub room: Arc<RoomHandle>,
    /// Which.
    pub player: PlayerId,
}

/// How somebody lost their seat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Gone {
    /// Whether they ever did anything there.
    pub acted: bool,
}

/// What a room says of one person.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Word {
    /// Of whom.
    pub person: PersonId,
    /// The seat.
    pub player: PlayerId,
    /// What they own now in the room's game, if that changed.
    pub owned: Option<Belongings>,
    /// Set if the seat is free now: this is the room's last word about them.
    pub gone: Option<Gone>,
}
