//! Why a console's connection ends.

use super::MAX_MESSAGE_BYTES;
use crate::admin::login::LoginRefusal;
use thiserror::Error;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

/// Messages that a console may send in a second.
pub(super) const MESSAGES_PER_SECOND: u32 = 50;

/// Why a console is disconnected.
#[derive(Debug, Error)]
pub(super) enum Refusal {
    #[error("{0}")]
    Login(LoginRefusal),
    #[error("{0}")]
    BadMessage(String),
    #[error("log in first")]
    NotLoggedIn,
    #[error("allowed are {MESSAGES_PER_SECOND} messages a second")]
    TooFast,
    #[error("allowed are {MAX_MESSAGE_BYTES} bytes a message")]
    TooLarge,
    #[error("messages and reasons are UTF-8")]
    NotUtf8,
    #[error("this is not a valid WebSocket frame: {0}")]
    BadFrame(String),
}

impl Refusal {
    pub(super) fn label(&self) -> &'static str {
        match self {
            Self::Login(refusal) => refusal.label(),
            Self::BadMessage(_) => "bad_message",
            Self::NotLoggedIn => "not_logged_in",
            Self::TooFast => "too_fast",
            Self::TooLarge => "too_large",
            Self::NotUtf8 => "not_utf8",
            Self::BadFrame(_) => "bad_frame",
        }
    }

    /// Counted in the same metric as the players' refusals.
    pub(super) fn metric(&self) -> &'static str {
        match self {
            Self::Login(_) => "admin_login",
            Self::BadMessage(_) => "admin_bad_message",
            Self::NotLoggedIn => "admin_not_logged_in",
            Self::TooFast => "admin_too_fast",
            Self::TooLarge => "admin_too_large",
            Self::NotUtf8 => "admin_not_utf8",
            Self::BadFrame(_) => "admin_bad_frame",
        }
    }

    /// Violations of the transport have the RFC's code, as on the other sockets.
    pub(super) fn close_code(&self) -> CloseCode {
        match self {
            Self::TooLarge => CloseCode::Size,
            Self::NotUtf8 => CloseCode::Invalid,
            Self::BadFrame(_) => CloseCode::Protocol,
            Self::Login(_) | Self::BadMessage(_) | Self::NotLoggedIn | Self::TooFast => CloseCode::Policy,
        }
    }
}

/// Why a console's connection ends.
#[derive(Debug)]
pub(super) enum Ending {
    /// The other side is gone.
    Gone,
    /// The server disconnects it.
    Refused(Refusal),
    /// The server drains.
    Drain,
}

impl From<Refusal> for Ending {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

pub(super) fn bad_message(text: impl Into<String>) -> Refusal {
    Refusal::BadMessage(text.into())
}
