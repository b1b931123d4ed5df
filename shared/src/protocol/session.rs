//! How a client joins: its hello, and the welcome.

use crate::ids::PlayerId;
use crate::protocol::tokens::{DeviceToken, ResumeToken};
use crate::tick::Tick;
use serde::{Deserialize, Serialize};

/// What a client was built for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Build {
    /// [`crate::protocol::PROTOCOL_VERSION`] of the client.
    pub protocol: u32,
    /// [`crate::protocol::schema_hash`] of the client's game.
    pub schema: u64,
}

/// A client that lost its connection requests its seat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resume {
    /// From the welcome.
    pub token: ResumeToken,
    /// The newest snapshot it has, as a baseline.
    pub tick: Option<Tick>,
}

/// A client's first message.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// What the client was built for. It is first, so that a mismatch can be reported whatever follows.
    pub build: Build,
    /// The requested name.
    pub name: String,
    /// The room, or `any`.
    pub room: String,
    /// Whether each snapshot carries a checksum of the state that the client should then hold.
    pub want_checksums: bool,
    /// Whether a program plays, not a person; shown in the roster.
    pub bot: bool,
    /// The seat to resume after a broken connection.
    pub resume: Option<Resume>,
    /// The token that the server gave this device before, if any: it identifies name and record.
    pub device: Option<DeviceToken>,
    /// Players who name the same party join together: a valid room name, or empty.
    pub party: String,
    /// Whether to spectate.
    pub spectate: bool,
}

/// Everything a client needs to begin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Welcome {
    /// The seat.
    pub player: PlayerId,
    /// The granted name: cleaned, and different from all others in the room.
    pub name: String,
    /// The room joined.
    pub room: String,
    /// The server's tick at this moment.
    pub tick: Tick,
    /// The game's scenario, encoded by the codec of this folder.
    pub scenario: Vec<u8>,
    /// Proves later that a new connection is this player's.
    pub token: ResumeToken,
    /// Whether this is the seat requested with [`Hello::resume`].
    pub resumed: bool,
    /// How long the seat is kept when the connection breaks, milliseconds.
    pub kept_ms: u32,
    /// The number of the newest order that was taken from this seat.
    pub orders_taken: u32,
    /// For a spectator: the delay of what they see, milliseconds.
    pub spectating: Option<u32>,
}
