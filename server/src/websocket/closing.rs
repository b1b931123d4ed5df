//! How a WebSocket ends, by the same rules on all sockets of this server (RFC 6455, 7).
//!
//! A close frame is answered with its own code; what the transport forbids has the RFC's code; and either way the TCP
//! connection is ended so that the last words arrive: closing over unread bytes would reset it, and a reset overtakes what
//! was just sent. All of it is bounded in time.

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

/// The last words are worth this long, not longer.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);
/// A flood is not read any further; the reason is on its way for so long.
const FLOOD_PAUSE: Duration = Duration::from_millis(250);
/// Longest reason in a close frame, bytes (RFC 6455, 5.5: 125 with the code).
const MAX_REASON_BYTES: usize = 123;

/// Why nothing more can be read from a socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The network ended the connection, and not anything that was said.
    Lost,
    /// More came than may.
    TooFast,
    /// A message or frame is too long.
    TooLarge,
    /// Text that is none.
    NotUtf8,
    /// A frame that no WebSocket sends.
    BadFrame(String),
}

impl Fault {
    /// What the library's error means. TCP may end between two frames, as it does when a program dies or a router forgets:
    /// tungstenite calls that a breach of protocol, but it is no client's fault.
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

    /// The close frame's code where the protocol above has none of its own (RFC 6455, 7.4.1); `None` if there is nobody to
    /// tell.
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

/// The client has sent its close frame: gives it its answer, and ends the connection.
pub(crate) async fn answer<S>(ws: &mut WebSocketStream<S>)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    // A client that does not take the answer does without it.
    let _ = timeout(CLOSE_TIMEOUT, finish(ws)).await;
}

/// Says why it ends, in a message of the protocol above if there is one, and in the close frame; waits until the client has
/// heard it, and ends the connection.
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

/// Completes the handshake of close frames as far as the client does, then ends TCP.
async fn finish<S>(ws: &mut WebSocketStream<S>)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    while let Some(Ok(_)) = ws.next().await {}
    let stream = ws.get_mut();
    // A connection that is broken has ended already.
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

/// As much of the reason as a close frame holds.
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
