//! The transport that works everywhere: binary WebSocket messages, one message of ours each (RFC 6455).

use super::{End, Received, Transport};
use crate::websocket::closing::{self, Fault};
use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use perigee_shared::netcode::Delivery;
use perigee_shared::protocol::{DisconnectReason, Message as _, ServerMessage};
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::{Error, Message};
use tracing::debug;

/// Bytes by which a client's frame is longer than a server's: the mask.
const MASK_BYTES: u64 = 4;

/// A WebSocket after its handshake, with a write buffer of zero: each message is written through to the socket.
#[derive(Debug)]
pub(crate) struct WebSocket<S>(WebSocketStream<S>);

impl<S> WebSocket<S> {
    pub(crate) fn new(stream: WebSocketStream<S>) -> Self {
        Self(stream)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> WebSocket<S> {
    fn send(&mut self, message: Bytes) -> Result<u64, End> {
        let wire_bytes = frame_bytes(message.len());
        self.0.start_send_unpin(Message::Binary(message)).map_err(|error| failed(&error))?;
        Ok(wire_bytes)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Transport for WebSocket<S> {
    fn delivery(&self) -> Delivery {
        Delivery::Stream
    }

    /// How much may come, the stream below knows ([`crate::websocket::Metered`]).
    fn poll_receive(&mut self, cx: &mut Context<'_>) -> Poll<Result<Received, End>> {
        loop {
            return Poll::Ready(match ready!(self.0.poll_next_unpin(cx)) {
                Some(Ok(Message::Binary(message))) => {
                    let wire_bytes = frame_bytes(message.len()) + MASK_BYTES;
                    Ok(Received { message, wire_bytes })
                }
                Some(Ok(Message::Text(_))) => Err(End::Sent(DisconnectReason::TextMessage)),
                Some(Ok(Message::Close(_))) => Err(End::Closed),
                None => Err(End::Gone),
                // tungstenite answers pings itself.
                Some(Ok(_)) => continue,
                Some(Err(error)) => Err(end_of(Fault::of(&error))),
            });
        }
    }

    /// Ready at once, except after a write that the socket did not take whole.
    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), End>> {
        self.0.poll_ready_unpin(cx).map_err(|error| failed(&error))
    }

    fn send_snapshot(&mut self, snapshot: &[u8]) -> Result<u64, End> {
        self.send(Bytes::copy_from_slice(snapshot))
    }

    fn send_reliable(&mut self, message: Bytes) -> Result<u64, End> {
        self.send(message)
    }

    /// Gives the reason twice: as a message that our clients understand, and in the close frame for all others.
    async fn close(&mut self, reason: DisconnectReason) {
        let (code, words) = (reason.close_code(), reason.to_string());
        let goodbye = Message::Binary(ServerMessage::Goodbye(reason).encode().into());
        closing::close(&mut self.0, Some(goodbye), code, &words).await;
    }

    async fn answer_close(&mut self) {
        closing::answer(&mut self.0).await;
    }
}

fn failed(error: &Error) -> End {
    debug!(%error, "a write failed");
    End::Gone
}

fn end_of(fault: Fault) -> End {
    End::Sent(match fault {
        Fault::Lost => return End::Gone,
        Fault::TooFast => DisconnectReason::TooFast,
        Fault::TooLarge => DisconnectReason::TooLarge,
        Fault::NotUtf8 => DisconnectReason::NotUtf8,
        Fault::BadFrame(what) => DisconnectReason::BadFrame(what),
    })
}

/// Bytes of a server's frame (RFC 6455, 5.2).
fn frame_bytes(payload: usize) -> u64 {
    let header = match payload {
        0..=125 => 2,
        126..=0xffff => 4,
        _ => 10,
    };
    (payload + header) as u64
}
