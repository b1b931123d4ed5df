//! The control messages, both ways. Their bytes are `bincode`'s standard encoding of these types (see `PROTOCOL.md`);
//! a test pins them, so that they cannot change without their document.

use crate::ids::PlayerId;
use crate::protocol::DisconnectReason;
use crate::tick::Tick;
use serde::{Deserialize, Serialize};

/// What a client was built for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Build {
    /// [`crate::protocol::PROTOCOL_VERSION`] of the client.
    pub protocol: u32,
    /// [`crate::protocol::schema_hash`] of the client's game.
    pub schema: u64,
}

/// A client's first message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// What the client was built for. First, so that a mismatch can be told whatever follows.
    pub build: Build,
    /// The player's wish for a name.
    pub name: String,
    /// The room, or `any`.
    pub room: String,
    /// Whether each snapshot shall carry a checksum of the state the client should then hold.
    pub want_checksums: bool,
    /// Whether a program plays; shown in the roster.
    pub bot: bool,
}

/// Client to server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ClientMessage {
    /// Let me in.
    Hello(Hello),
    /// I am leaving.
    Goodbye,
}

/// Everything a client needs to begin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Welcome {
    /// The seat.
    pub player: PlayerId,
    /// The name as it was granted: cleaned, and made different from the others'.
    pub name: String,
    /// The room joined.
    pub room: String,
    /// The server's tick at this moment.
    pub tick: Tick,
    /// The game's scenario, encoded by the codec of this folder.
    pub scenario: Vec<u8>,
}

/// One player in the room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RosterEntry {
    /// The seat.
    pub player: PlayerId,
    /// The name.
    pub name: String,
    /// Points.
    pub score: i32,
    /// Times died.
    pub deaths: u32,
    /// Whether a program plays.
    pub bot: bool,
}

/// What changed in the roster since the last change.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RosterChange {
    /// New players and those whose standing changed.
    pub changed: Vec<RosterEntry>,
    /// Players who left.
    pub left: Vec<PlayerId>,
}

/// Server to client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ServerMessage {
    /// You are in.
    Welcome(Welcome),
    /// The players in the room: all of them first, later what changed.
    Roster(RosterChange),
    /// A line from the admin or the server, for all to read.
    Notice(String),
    /// The room stands still, or goes on.
    Paused(bool),
    /// The last message: why this connection ends.
    Goodbye(DisconnectReason),
}
