//! A bot's connection: the socket and the packets that it has not yet accepted. It knows neither game nor player.

use futures_util::{SinkExt, StreamExt};
use perigee_shared::limits::MAX_SERVER_MESSAGE_BYTES;
use perigee_shared::netcode::Outbox;
use perigee_shared::protocol::DisconnectReason;
use std::collections::VecDeque;
use std::future::poll_fn;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Bytes, Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async_with_config};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);

/// Why a connection ended.
#[derive(Debug)]
pub(super) struct Disconnect {
    pub(super) reason: String,
    /// Whether reconnecting can help.
    pub(super) is_worth_retrying: bool,
    /// The time over which the server wants first tries to be spread.
    pub(super) retry_within_ms: Option<u32>,
}

impl Disconnect {
    /// Another connection may succeed.
    fn transient(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), is_worth_retrying: true, retry_within_ms: None }
    }

    /// A message could not be decoded: that is a bug, which another connection does not fix.
    pub(super) fn unreadable(error: &impl ToString) -> Self {
        Self { reason: error.to_string(), is_worth_retrying: false, retry_within_ms: None }
    }
}

impl From<Error> for Disconnect {
    fn from(error: Error) -> Self {
        Self::transient(error.to_string())
    }
}

impl From<&DisconnectReason> for Disconnect {
    fn from(reason: &DisconnectReason) -> Self {
        Self {
            reason: reason.to_string(),
            is_worth_retrying: reason.worth_retrying(),
            retry_within_ms: reason.retry_within_ms(),
        }
    }
}

/// One connection, from its opening to its end.
#[derive(Debug)]
pub(super) struct Connection<S = MaybeTlsStream<TcpStream>> {
    socket: WebSocketStream<S>,
    /// Packets that the socket has not accepted, oldest first. While there are any, the peer makes no input packets, so
    /// there are few.
    unsent: VecDeque<Bytes>,
}

impl Connection {
    pub(super) async fn open(url: &str) -> Result<Self, Disconnect> {
        let socket_config = WebSocketConfig::default()
            .read_buffer_size(1024)
            // Without a write buffer, a send goes directly to the socket.
            .write_buffer_size(0)
            .max_message_size(Some(MAX_SERVER_MESSAGE_BYTES));
        let connecting = connect_async_with_config(url, Some(socket_config), true);
        match timeout(CONNECT_TIMEOUT, connecting).await {
            Ok(Ok((socket, _))) => Ok(Self { socket, unsent: VecDeque::new() }),
            Ok(Err(error)) => Err(Disconnect::transient(format!("cannot connect: {error}"))),
            Err(_) => Err(Disconnect::transient("cannot connect: no answer in time")),
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Connection<S> {
    /// The next message. Cancel-safe: nothing is lost if this is dropped before it is ready.
    pub(super) async fn receive(&mut self) -> Result<Bytes, Disconnect> {
        loop {
            match self.socket.next().await {
                Some(Ok(Message::Binary(bytes))) => return Ok(bytes),
                Some(Ok(Message::Close(frame))) => {
                    let reason = frame.map_or_else(|| "closed".into(), |frame| frame.reason.to_string());
                    return Err(Disconnect::transient(reason));
                }
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err(error.into()),
                None => return Err(Disconnect::transient("the connection ended")),
            }
        }
    }

    /// Empties the outbox, and writes what the socket accepts without waiting, since a bot that waits receives nothing.
    /// The rest is written first next time. Returns whether the socket would accept more.
    pub(super) async fn send(&mut self, outbox: &mut Outbox) -> Result<bool, Disconnect> {
        self.queue(outbox);
        Ok(poll_fn(|cx| Poll::Ready(self.flush_some(cx))).await?)
    }

    /// Sends the rest and closes. Errors are ignored, since the server may be gone already.
    pub(super) async fn close(mut self, outbox: &mut Outbox) {
        self.queue(outbox);
        let closing = async {
            while let Some(packet) = self.unsent.pop_front() {
                self.socket.send(Message::Binary(packet)).await?;
            }
            self.socket.close(None).await
        };
        let _ = timeout(CLOSE_TIMEOUT, closing).await;
    }

    fn queue(&mut self, outbox: &mut Outbox) {
        self.unsent.extend(outbox.packets().map(Bytes::copy_from_slice));
        outbox.clear();
    }

    /// Writes packets to the socket until there are none, or until it would have to wait. Returns whether it would
    /// accept another.
    fn flush_some(&mut self, cx: &mut Context<'_>) -> Result<bool, Error> {
        loop {
            match self.socket.poll_ready_unpin(cx) {
                Poll::Pending => return Ok(false),
                Poll::Ready(ready) => ready?,
            }
            let Some(packet) = self.unsent.pop_front() else { return Ok(true) };
            self.socket.start_send_unpin(Message::Binary(packet))?;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio_tungstenite::tungstenite::protocol::Role;

    #[tokio::test]
    async fn a_socket_that_takes_no_more_is_left_alone_until_it_does() {
        let (ours, theirs) = tokio::io::duplex(64);
        let unbuffered = WebSocketConfig::default().write_buffer_size(0);
        let socket = WebSocketStream::from_raw_socket(ours, Role::Client, Some(unbuffered)).await;
        let mut reader = WebSocketStream::from_raw_socket(theirs, Role::Server, None).await;
        let unsent = (0..10).map(|n| Bytes::from(vec![n; 20])).collect();
        let mut connection = Connection { socket, unsent };
        let mut nothing = Outbox::default();
        assert!(!connection.send(&mut nothing).await.expect("the socket is open"));
        let left = connection.unsent.len();
        assert!((5..10).contains(&left), "{left}");
        assert!(!connection.send(&mut nothing).await.expect("the socket is open"));
        assert_eq!(connection.unsent.len(), left, "nothing was read, so nothing more is taken");
        for n in 0..10 {
            let message = loop {
                if let Ok(message) = timeout(Duration::from_millis(1), reader.next()).await {
                    break message.expect("the socket is open").expect("a message");
                }
                connection.send(&mut nothing).await.expect("the socket is open");
            };
            assert_eq!(message.into_data(), vec![n; 20], "in order");
        }
        assert!(connection.send(&mut nothing).await.expect("the socket is open"));
        assert!(connection.unsent.is_empty());
    }
}
