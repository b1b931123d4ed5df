//! How a connection of a player ended.

use perigee_shared::protocol::DisconnectReason;

/// How a connection ended.
#[derive(Debug)]
pub(in crate::net) enum End {
    /// We send the client away.
    Sent(DisconnectReason),
    /// The client has sent its close frame.
    Closed,
    /// The network ended the connection.
    Gone,
}

impl End {
    pub(in crate::net) fn label(&self) -> &'static str {
        match self {
            Self::Sent(reason) => reason.label(),
            Self::Closed | Self::Gone => "gone",
        }
    }

    /// Whether the player may come back to the same seat: who says goodbye, or is sent away, may not.
    pub(in crate::net) fn keeps_seat(&self) -> bool {
        match self {
            Self::Sent(reason) => reason.keeps_seat(),
            // A browser sends a close frame when its page is left or loaded anew.
            Self::Closed | Self::Gone => true,
        }
    }
}
