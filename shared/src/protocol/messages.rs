//! The control messages, both ways. Their bytes are `bincode`'s standard encoding of these types (see `PROTOCOL.md`);
//! a test pins them, so that they cannot change without their document.

use crate::ids::PlayerId;
use crate::netcode::seam::standing::Standing;
use crate::protocol::DisconnectReason;
use crate::protocol::services::{Channel, ChatLine, Leaders, Prices, ServiceRefusal, Tuning};
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
    /// The player's wish for a name.
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

/// Client to server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ClientMessage {
    /// Let me in.
    Hello(Hello),
    /// I am leaving.
    Goodbye,
    /// A rare wish that must reach the match exactly once: to buy, to sell.
    Order {
        /// Counts up by one from [`Welcome::orders_taken`]; one that was taken before is passed over.
        number: u32,
        /// The game's order, packed.
        code: u64,
    },
    /// A line of chat.
    Say {
        /// Who is to hear it.
        channel: Channel,
        /// The line.
        text: String,
    },
    /// What I want to be told.
    Tune(Tuning),
    /// I do not want to read what a player says, or do again.
    Block {
        /// Their name.
        name: String,
        /// Whether from now on nothing of theirs is told.
        blocked: bool,
    },
    /// What I hold is not what the server has: tell me everything anew. It comes with the next snapshot, or when as long as
    /// [`RESYNC_TICKS`](crate::limits::RESYNC_TICKS) has passed since it was told so the last time.
    Resync,
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

/// One player in the room.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RosterEntry {
    /// The seat.
    pub player: PlayerId,
    /// The name.
    pub name: String,
    /// How they stand.
    pub standing: Standing,
    /// Whether a program plays.
    pub bot: bool,
}

/// What changed in the roster since the last change.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RosterChange {
    /// Players who came, or got another name.
    pub changed: Vec<RosterEntry>,
    /// Those who stand otherwise than before.
    pub standings: Vec<(PlayerId, Standing)>,
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
    /// How the room keeps its pace from now on: the number of a [`Grade`](crate::netcode::Grade), and the real length
    /// of a tick.
    Pace {
        /// The grade's number.
        grade: u8,
        /// Microseconds from one tick to the next.
        tick_us: u32,
    },
    /// Orders up to this number were taken and need not be told again.
    OrdersTaken {
        /// The newest one's number.
        number: u32,
    },
    /// A line of chat.
    Chat(ChatLine),
    /// What was asked of a service is not done, and why.
    ServiceRefused(ServiceRefusal),
    /// Prices.
    Prices(Prices),
    /// A leaderboard.
    Leaders(Leaders),
    /// What proves from now on that this device is this player's: to be kept, and shown to nobody.
    Device(DeviceToken),
}
