//! What a room tells of the people who sit in it, and to whom: whoever keeps track of people, which is not the room.

use crate::person::PersonId;
use crate::room::handle::RoomHandle;
use perigee_shared::ids::PlayerId;
use perigee_shared::netcode::Belongings;
use std::fmt::Debug;
use std::sync::Arc;

/// Who keeps track where people sit, and of what they own. It is told within a tick: it must return at once, and holds
/// nothing over I/O.
pub trait Registrar: Debug + Send + Sync {
    /// A room has a seat for them; nobody has heard of it yet.
    fn seated(&self, sitter: &Sitter, place: SeatedAt);
    /// What a room says of its people, all of one moment.
    fn tell(&self, room: &Arc<RoomHandle>, words: &[Word]);
}

/// For whom a seat is taken.
#[derive(Clone, Debug)]
pub struct Sitter {
    /// Who.
    pub person: PersonId,
    /// Whether they were made on this way to a seat: who never plays is not kept.
    pub is_new: bool,
    /// Where the room tells what becomes of them.
    pub registrar: Arc<dyn Registrar>,
}

/// A person's only seat.
#[derive(Clone, Debug)]
pub struct SeatedAt {
    /// Where.
    pub room: Arc<RoomHandle>,
    /// Which.
    pub player: PlayerId,
}

/// How somebody lost their seat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gone {
    /// Whether they ever did anything there.
    pub acted: bool,
}

/// What a room says of one person.
#[derive(Clone, Copy, Debug)]
pub struct Word {
    /// Of whom.
    pub person: PersonId,
    /// The seat.
    pub player: PlayerId,
    /// What they own now in the room's game, if that changed.
    pub owned: Option<Belongings>,
    /// Set if the seat is free now: this is the last word.
    pub gone: Option<Gone>,
}
