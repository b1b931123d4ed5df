//! How a client comes in: what it says of itself, and what it is given.

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

/// A client that lost its connection asks for its seat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resume {
    /// From the welcome.
    pub token: ResumeToken,
    /// The newest snapshot it has, to build on.
    pub tick: Option<Tick>,
}

/// A client's first message.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// What the client was built for. First, so that a mismatch can be told whatever follows.
    pub build: Build,
    /// The name that the player asks for.
    pub name: String,
    /// The room, or `any`.
    pub room: String,
    /// Whether each snapshot shall carry a checksum of the state the client should then hold.
    pub want_checksums: bool,
    /// Whether a program plays; shown in the roster.
    pub bot: bool,
    /// Which seat to go on in, after a broken connection.
    pub resume: Option<Resume>,
    /// Whose name and record it is, if the server gave this device a token before.
    pub device: Option<DeviceToken>,
    /// Friends who name the same party come together: what can name a room, or empty.
    pub party: String,
    /// To spectate.
    pub spectate: bool,
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
    /// Proves later that a new connection is this player's.
    pub token: ResumeToken,
    /// Whether this is the seat that was asked for with [`Hello::resume`].
    pub resumed: bool,
    /// How long the seat is kept when the connection breaks, milliseconds.
    pub kept_ms: u32,
    /// The number of the newest order that was taken from this seat.
    pub orders_taken: u32,
    /// For a spectator: how long what is shown is held back, milliseconds.
    pub spectating: Option<u32>,
}
