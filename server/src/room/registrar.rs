//! What a room reports of the people who sit in it, and to whom: whoever keeps track of people, which is not the room.
//!
//! `R` is the room as the rest of the server holds it. It is a parameter because a room's handle holds a mailbox, whose
//! mail names a registrar: with the handle's own type here, the three files would be a circle. `room::handle` fills it in.

use crate::person::PersonId;
use perigee_shared::ids::PlayerId;
use perigee_shared::netcode::Belongings;
use std::fmt::Debug;
use std::sync::Arc;

/// Keeps track of where people sit, and of what they own. It is called within a tick: it must return at once, and holds
/// no lock over I/O.
pub trait Registrar<R>: Debug + Send + Sync {
    /// A room has a seat for them; nobody has heard of it yet.
    fn seated(&self, sitter: &Sitter<R>, place: SeatedAt<R>);
    /// What a room reports of its people, all of one moment.
    fn report(&self, room: &Arc<R>, words: &[Word]);
}

/// For whom a seat is taken.
#[derive(Debug)]
pub struct Sitter<R> {
    /// Who.
    pub person: PersonId,
    /// Whether they were created on this way to a seat: a person who never plays is not kept.
    pub is_new: bool,
    /// Where the room reports what becomes of them.
    pub registrar: Arc<dyn Registrar<R>>,
}

// By hand, because a derived one would ask `R` to be `Clone`.
impl<R> Clone for Sitter<R> {
    fn clone(&self) -> Self {
        Self { person: self.person, is_new: self.is_new, registrar: Arc::clone(&self.registrar) }
    }
}

/// A person's only seat.
#[derive(Debug)]
pub struct SeatedAt<R> {
    /// Where.
    pub room: Arc<R>,
    /// Which.
    pub player: PlayerId,
}

impl<R> Clone for SeatedAt<R> {
    fn clone(&self) -> Self {
        Self { room: Arc::clone(&self.room), player: self.player }
    }
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
    /// Set if the seat is free now: this is the room's last word about them.
    pub gone: Option<Gone>,
}
