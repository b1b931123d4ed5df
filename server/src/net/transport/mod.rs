//! How a session's messages travel: one small trait, and what implements it. The session, the room and the game do not know
//! which transport is in use.
//!
//! - `end`: how a connection ended
//! - `websocket`: one ordered stream of frames
//! - `memory`: queues, for tests

mod end;
#[cfg(test)]
pub(super) mod memory;
mod websocket;

use bytes::Bytes;
pub(super) use end::End;
use perigee_shared::netcode::Delivery;
use perigee_shared::protocol::DisconnectReason;
use std::future::Future;
use std::task::{Context, Poll};
pub(super) use websocket::WebSocket;

/// A message from the client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Received {
    /// The message.
    pub(super) message: Bytes,
    /// What it cost on the wire as far as the transport knows, bytes: with its frame, without IP, TCP and TLS.
    pub(super) wire_bytes: u64,
}

/// One connection to a client, after its handshake.
///
/// It is polled, not awaited: one task serves both directions of a connection, and keeps no more state for it than this.
pub(super) trait Transport {
    /// How snapshots reach the client.
    fn delivery(&self) -> Delivery;

    /// The next message.
    ///
    /// # Errors
    /// [`End`]: nothing can be received any more.
    fn poll_receive(&mut self, cx: &mut Context<'_>) -> Poll<Result<Received, End>>;

    /// Whether another message may be sent. It is pending while the network takes nothing: nothing is queued here.
    ///
    /// # Errors
    /// [`End`]: nothing can be sent any more.
    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), End>>;

    /// Sends a snapshot, which may get lost or be overtaken if [`Transport::delivery`] says so. Only after
    /// [`Transport::poll_ready`] was ready. Returns the bytes on the wire, as in [`Received::wire_bytes`].
    ///
    /// # Errors
    /// [`End`].
    fn send_snapshot(&mut self, snapshot: &[u8]) -> Result<u64, End>;

    /// Sends a message that must arrive, after all others of its kind. Otherwise as [`Transport::send_snapshot`].
    ///
    /// # Errors
    /// [`End`].
    fn send_reliable(&mut self, message: Bytes) -> Result<u64, End>;

    /// Ends the connection from this side, so that the client learns the reason. Bounded in time.
    fn close(&mut self, reason: DisconnectReason) -> impl Future<Output = ()> + Send;

    /// The client has ended the connection: answers it as the transport demands. Bounded in time.
    fn answer_close(&mut self) -> impl Future<Output = ()> + Send;
}
