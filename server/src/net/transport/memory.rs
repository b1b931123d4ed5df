//! A transport in memory, for tests: two queues, and a network that takes nothing when the test says so.

use super::{End, Received, Transport};
use bytes::Bytes;
use perigee_shared::netcode::Delivery;
use perigee_shared::protocol::DisconnectReason;
use std::task::{Context, Poll, ready};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// What the server sent.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Sent {
    Snapshot(Vec<u8>),
    Reliable(Bytes),
    Closed(DisconnectReason),
    /// The client's close was answered.
    Answered,
}

/// The server's end.
#[derive(Debug)]
pub(crate) struct Memory {
    delivery: Delivery,
    incoming: UnboundedReceiver<Bytes>,
    outgoing: UnboundedSender<Sent>,
}

/// The client's end. The connection is lost when it is dropped.
#[derive(Debug)]
pub(crate) struct MemoryClient {
    pub(crate) outgoing: UnboundedSender<Bytes>,
    pub(crate) incoming: UnboundedReceiver<Sent>,
}

/// Both ends of a connection.
pub(crate) fn pair(delivery: Delivery) -> (Memory, MemoryClient) {
    let ((to_server, from_client), (to_client, from_server)) = (unbounded_channel(), unbounded_channel());
    (
        Memory { delivery, incoming: from_client, outgoing: to_client },
        MemoryClient { outgoing: to_server, incoming: from_server },
    )
}

impl Memory {
    fn send(&self, sent: Sent, bytes: usize) -> Result<u64, End> {
        self.outgoing.send(sent).map_err(|_| End::Gone)?;
        Ok(bytes as u64)
    }
}

impl Transport for Memory {
    fn delivery(&self) -> Delivery {
        self.delivery
    }

    fn poll_receive(&mut self, cx: &mut Context<'_>) -> Poll<Result<Received, End>> {
        let received = ready!(self.incoming.poll_recv(cx));
        Poll::Ready(match received {
            Some(message) => Ok(Received { wire_bytes: message.len() as u64, message }),
            None => Err(End::Gone),
        })
    }

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), End>> {
        Poll::Ready(if self.outgoing.is_closed() { Err(End::Gone) } else { Ok(()) })
    }

    fn send_snapshot(&mut self, snapshot: &[u8]) -> Result<u64, End> {
        self.send(Sent::Snapshot(snapshot.to_vec()), snapshot.len())
    }

    fn send_reliable(&mut self, message: Bytes) -> Result<u64, End> {
        let bytes = message.len();
        self.send(Sent::Reliable(message), bytes)
    }

    async fn close(&mut self, reason: DisconnectReason) {
        let _ = self.send(Sent::Closed(reason), 0);
    }

    async fn answer_close(&mut self) {
        let _ = self.send(Sent::Answered, 0);
    }
}
