//! The messages of the match, in both directions: joining and leaving, orders, the roster, and the room's state. Their
//! bytes are `bincode`'s standard encoding of these types (see `PROTOCOL.md`). A test pins the bytes, so that they
//! cannot change without the document.

use crate::protocol::DisconnectReason;
use crate::protocol::roster::RosterChange;
use crate::protocol::session::{Hello, Welcome};
use serde::{Deserialize, Serialize};

/// Client to room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ClientMessage {
    /// The client requests to join.
    Hello(Hello),
    /// The player leaves.
    Goodbye,
    /// A rare request that must reach the match exactly once: to buy, to sell.
    Order {
        /// Counts up by one from [`Welcome::orders_taken`]; an order that was taken before is ignored.
        number: u32,
        /// The game's order, packed.
        code: u64,
    },
    /// The client's state differs from the server's; it requests a full snapshot. That is sent next, or once
    /// [`RESYNC_TICKS`](crate::limits::RESYNC_TICKS) have passed since the last one that was requested.
    Resync,
}

/// Room to client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ServerMessage {
    /// The client has joined.
    Welcome(Welcome),
    /// The players in the room: first all of them, later the changes.
    Roster(RosterChange),
    /// A message from the admin or the server to everyone.
    Notice(String),
    /// The room pauses or resumes.
    Paused(bool),
    /// The last message: the reason why the connection ends.
    Goodbye(DisconnectReason),
    /// The room's grade from now on, by which it keeps its tick rate: the number of a [`Grade`](crate::netcode::Grade),
    /// and the real length of a tick.
    Pace {
        /// The grade's number.
        grade: u8,
        /// Microseconds from one tick to the next.
        tick_us: u32,
    },
    /// Orders up to this number were taken and need not be sent again.
    OrdersTaken {
        /// The newest one's number.
        number: u32,
    },
}
