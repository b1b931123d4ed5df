//! The messages of the match, both ways: coming and going, orders, the roster, and the room's state. Their bytes are
//! `bincode`'s standard encoding of these types (see `PROTOCOL.md`); a test pins them, so that they cannot change without
//! their document.

use crate::protocol::DisconnectReason;
use crate::protocol::roster::RosterChange;
use crate::protocol::session::{Hello, Welcome};
use serde::{Deserialize, Serialize};

/// Client to room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ClientMessage {
    /// Let me in.
    Hello(Hello),
    /// I am leaving.
    Goodbye,
    /// A rare request that must reach the match exactly once: to buy, to sell.
    Order {
        /// Counts up by one from [`Welcome::orders_taken`]; one that was taken before is passed over.
        number: u32,
        /// The game's order, packed.
        code: u64,
    },
    /// What I hold is not what the server has: tell me everything anew. It comes with the next snapshot, or when as long as
    /// [`RESYNC_TICKS`](crate::limits::RESYNC_TICKS) has passed since it was told so the last time.
    Resync,
}

/// Room to client.
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
}
