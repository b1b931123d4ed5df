//! How a connection of a player ended.

use perigee_shared::protocol::DisconnectReason;

/// How a connection ended.
#[derive(Debug)]
pub(crate) enum End {
    /// The server disconnects the client.
    Sent(DisconnectReason),
    /// The client has sent its close frame.
    Closed,
    /// The network ended the connection.
    Gone,
}

impl End {
    pub(crate) fn label(&self) -> &'static str {
        match self {
            Self::Sent(reason) => reason.label(),
            Self::Closed | Self::Gone => "gone",
        }
    }

    /// Whether the player may come back to the same seat: not if they said goodbye or were disconnected by the server.
    pub(crate) fn keeps_seat(&self) -> bool {
        match self {
            Self::Sent(reason) => reason.keeps_seat(),
            // A browser sends a close frame when its page is left or reloaded.
            Self::Closed | Self::Gone => true,
        }
    }
}
