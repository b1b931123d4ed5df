//! A session: somebody's presence in one room over one connection, from the seat that the room gives until the connection
//! ends. One value, which the connection's task, the room and the services share.
//!
//! `R` is the room as the rest of the server holds it. It is a parameter because a room's handle holds a mailbox, whose
//! answer to a join is a session: with the handle's own type here, the files would be a circle. `room::handle` fills it in.

use crate::address::AddressKey;
use crate::person::PersonId;
use crate::room::link::Link;
use perigee_shared::ids::PlayerId;
use std::sync::Arc;

/// Names a connection for the life of the process: a seat is reused, this is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ConnectionId(pub u64);

/// What a session is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Plays.
    Player,
    /// Sees the match, later than it happens.
    Spectator {
        /// How much later, milliseconds.
        delay_ms: u32,
    },
}

/// Whose a seat is, if the store knows them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owner {
    /// Who.
    pub person: PersonId,
    /// Whether their account was created on the way to this seat: an account that is never used is not kept.
    pub is_new: bool,
}

/// See the file's head. Nothing in it changes.
#[derive(Clone, Debug)]
pub struct Session<R> {
    /// The connection that it lives on.
    pub connection: ConnectionId,
    /// Where that comes from, if that is known.
    pub address: Option<AddressKey>,
    /// Out of the room and the services, to the connection.
    pub link: Arc<Link>,
    /// The room.
    pub room: Arc<R>,
    /// The seat.
    pub player: PlayerId,
    /// Which of all that were ever taken in the room: whoever has the seat next has another number.
    pub sitting: u32,
    /// What for.
    pub role: Role,
    /// Whether a program plays.
    pub is_program: bool,
    /// The name as granted: cleaned, and made different from the others' in the room.
    pub name: String,
    /// Who took the seat first, if the store knew them: whoever comes back to it is the same.
    pub person: Option<PersonId>,
    /// Whether the seat was theirs before, on another connection.
    pub resumed: bool,
}

impl<R> Session<R> {
    /// Whether they play.
    #[must_use]
    pub fn plays(&self) -> bool {
        self.role == Role::Player
    }
}
