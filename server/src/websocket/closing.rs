//! How a WebSocket ends: the same rules for all sockets of this server (RFC 6455, 7).
//!
//! A close frame is answered with its own code; violations of the transport have the RFC's code; and in both cases the
//! TCP connection is ended so that the close reason arrives: closing with unread bytes would reset it, and a reset
//! overtakes what was just sent. All of it is bounded in time.

use super::meter::Flood;
use futures_util::{SinkExt, StreamExt};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::{sleep, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::error::ProtocolError;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Error, Message, Utf8Bytes};
use tracing::debug;

/// How long to wait for the peer to take the close reason.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);
/// A flood is not read any further; the connection stays open for this long so that the reason arrives.
const FLOOD_PAUSE: Duration = Duration::from_millis(250);
/// Longest reason in a close frame, bytes (RFC 6455, 5.5: 125 with the code).
const MAX_REASON_BYTES: usize = 123;

/// Why nothing more can be read from a socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The network ended the connection.
    Lost,
    /// Too much was received.
    TooFast,
    /// A message or frame is too long.
    TooLarge,
    /// Invalid UTF-8 in a text message.
    NotUtf8,
    /// A frame that violates the protocol.
    BadFrame(String),
}

impl Fault {
    /// The meaning of the library's error. TCP may end between two frames, when a program dies or a router drops the
    /// connection: tungstenite reports a violation of the protocol, but it is not the client's fault.
    pub(crate) fn of(error: &Error) -> Self {
        match error {
            Error::Io(error) if Flood::is_in(error) => Self::TooFast,
            Error::ConnectionClosed
            | Error::AlreadyClosed
            | Error::Io(_)
            | Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => Self::Lost,
            Error::Capacity(_) => Self::TooLarge,
            Error::Utf8(_) => Self::NotUtf8,
            other => Self::BadFrame(other.to_string()),
        }
    }

    /// The close frame's code if the application protocol has none of its own (RFC 6455, 7.4.1); `None` if the peer is
    /// gone.
    pub(crate) fn code(&self) -> Option<u16> {
        match self {
            Self::Lost => None,
            Self::BadFrame(_) => Some(1002),
            Self::NotUtf8 => Some(1007),
            Self::TooFast => Some(1008),
            Self::TooLarge => Some(1009),
        }
    }
}

/// The client has sent its close frame: answers it, and ends the connection.
pub(crate) async fn answer<S>(ws: &mut WebSocketStream<S>)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    // If the client does not take the answer, the connection ends without it.
    let _ = timeout(CLOSE_TIMEOUT, finish(ws)).await;
}

/// Sends the reason, in a message of the application protocol if there is one, and in the close frame; waits until the
/// client has received it, and ends the connection.
pub(crate) async fn close<S>(ws: &mut WebSocketStream<S>, last: Option<Message>, code: u16, reason: &str)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let frame = CloseFrame { code: CloseCode::from(code), reason: shortened(reason) };
    let closing = async {
        if let Some(last) = last {
            ws.feed(last).await?;
        }
        ws.send(Message::Close(Some(frame))).await?;
        finish(ws).await;
        Ok::<(), Error>(())
    };
    if let Ok(Err(error)) = timeout(CLOSE_TIMEOUT, closing).await {
        debug!(%error, "the last words were not taken");
    }
}

/// Completes the close handshake as far as the client does, then ends TCP.
async fn finish<S>(ws: &mut WebSocketStream<S>)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    while let Some(Ok(_)) = ws.next().await {}
    let stream = ws.get_mut();
    // A broken connection has ended already.
    let _ = stream.shutdown().await;
    let mut scratch = [0; 256];
    loop {
        match stream.read(&mut scratch).await {
            Ok(0) => return,
            Ok(_) => {}
            Err(error) if Flood::is_in(&error) => return sleep(FLOOD_PAUSE).await,
            Err(_) => return,
        }
    }
}

/// The part of the reason that fits a close frame.
fn shortened(reason: &str) -> Utf8Bytes {
    let mut end = reason.len().min(MAX_REASON_BYTES);
    while !reason.is_char_boundary(end) {
        end -= 1;
    }
    reason[..end].into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io;
    use tokio_tungstenite::tungstenite::error::CapacityError;

    #[test]
    fn what_the_library_reports_has_one_meaning() {
        assert_eq!(Fault::of(&Error::Io(io::Error::other(Flood))), Fault::TooFast);
        assert_eq!(Fault::of(&Error::Io(io::ErrorKind::ConnectionReset.into())), Fault::Lost);
        assert_eq!(Fault::of(&Error::Protocol(ProtocolError::ResetWithoutClosingHandshake)), Fault::Lost);
        assert_eq!(Fault::of(&Error::Utf8("?".to_owned())), Fault::NotUtf8);
        let long = CapacityError::MessageTooLong { size: 9, max_size: 8 };
        assert_eq!(Fault::of(&Error::Capacity(long)), Fault::TooLarge);
        let broken = Error::Protocol(ProtocolError::NonZeroReservedBits);
        assert!(matches!(Fault::of(&broken), Fault::BadFrame(_)));
    }

    #[test]
    fn a_reason_is_cut_between_characters() {
        assert_eq!(shortened("short").as_str(), "short");
        let long = "ä".repeat(100);
        assert_eq!(shortened(&long).len(), 122);
    }
}
