//! A session: a client's presence in one room over one connection, from the seat that the room gives until the
//! connection ends. One value, which the connection's task, the room and the services share.
//!
//! `R` is the room as the rest of the server holds it. It is a parameter because a room's handle holds a mailbox, whose
//! answer to a join is a session: with the handle's own type, the modules would be circular. `room::handle` sets it.

use crate::address::AddressKey;
use crate::person::PersonId;
use crate::room::link::Link;
use perigee_shared::ids::PlayerId;
use std::sync::Arc;

/// Identifies a connection for the life of the process: a seat is reused, this is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ConnectionId(pub u64);

/// What a session is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Plays.
    Player,
    /// Sees the match, after the spectator delay.
    Spectator {
        /// The delay, milliseconds.
        delay_ms: u32,
    },
}

/// Whose a seat is, if the store knows them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owner {
    /// The person.
    pub person: PersonId,
    /// Whether their account was created on the way to this seat: an account that is never used is not kept.
    pub is_new: bool,
}

/// See the file's head. Nothing in it changes.
#[derive(Clone, Debug)]
pub struct Session<R> {
    /// The connection that it lives on.
    pub connection: ConnectionId,
    /// Its address, if known.
    pub address: Option<AddressKey>,
    /// The outbound lanes of the room and the services to the connection.
    pub link: Arc<Link>,
    /// The room.
    pub room: Arc<R>,
    /// The seat.
    pub player: PlayerId,
    /// Which of the room's sittings: the next player in the seat has another number.
    pub sitting: u32,
    /// The role.
    pub role: Role,
    /// Whether a program plays.
    pub is_program: bool,
    /// The name as granted: cleaned, and made different from the others' in the room.
    pub name: String,
    /// The person who first took the seat, if the store knew them: one who comes back to it is the same.
    pub person: Option<PersonId>,
    /// Whether the seat was theirs before, over another connection.
    pub resumed: bool,
}

impl<R> Session<R> {
    /// Whether they play.
    #[must_use]
    pub fn plays(&self) -> bool {
        self.role == Role::Player
    }
}
