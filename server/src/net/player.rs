//! A game socket's life: hello, a seat, two pumps until one ends, and the goodbye that says why.

use crate::net::accept::Context;
use crate::net::rate::Rate;
use crate::room::{ConnectionId, Link, Mail, Pending, RoomHandle};
use bytes::Bytes;
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use perigee_shared::ids::PlayerId;
use perigee_shared::protocol::{DisconnectReason, Hello, Refusal, ServerMessage, check_hello, encode_server};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::oneshot;
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::{Error, Message};
use tracing::{debug, info};

/// A goodbye is worth waiting for this long, not longer.
const GOODBYE_TIMEOUT: Duration = Duration::from_secs(1);
/// A room answers a join within a tick.
const JOIN_TIMEOUT: Duration = Duration::from_secs(5);
/// Longest reason in a close frame, bytes (RFC 6455: 125 with the code).
const MAX_CLOSE_REASON_BYTES: usize = 120;

/// How a connection ended.
#[derive(Debug)]
enum End {
    /// We send the client away.
    Sent(DisconnectReason),
    /// The client left, or its network did.
    Gone,
}

/// A seat in a room.
struct Seat {
    room: Arc<RoomHandle>,
    player: PlayerId,
    connection: ConnectionId,
    link: Arc<Link>,
}

/// Plays one connection to its end.
pub(crate) async fn play<S>(ws: WebSocketStream<S>, address: SocketAddr, context: &Context)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let (mut sink, mut stream) = ws.split();
    let end = match take_seat(&mut stream, context).await {
        Ok((seat, name)) => {
            let Seat { room, player, connection, .. } = &seat;
            info!(%address, name, room = room.name(), "joined");
            let end = tokio::select! {
                end = inbound(&mut stream, &seat, context) => end,
                end = outbound(&mut sink, &seat.link, context) => end,
            };
            room.put(Mail::Leave { connection: *connection, player: *player });
            info!(%address, name, room = room.name(), reason = label(&end), "left");
            end
        }
        Err(end) => {
            if let End::Sent(reason) = &end {
                context.metrics.refused(reason.label());
                info!(%address, %reason, "refused");
            }
            end
        }
    };
    context.metrics.disconnected(label(&end));
    if let End::Sent(reason) = end {
        say_goodbye(&mut sink, reason).await;
    }
}

fn label(end: &End) -> &'static str {
    match end {
        End::Sent(reason) => reason.label(),
        End::Gone => "gone",
    }
}

/// Hello, placement, join.
async fn take_seat<S>(
    stream: &mut SplitStream<WebSocketStream<S>>,
    context: &Context,
) -> Result<(Seat, String), End>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let refused = |refusal| End::Sent(DisconnectReason::Refused(refusal));
    let hello = match timeout(context.limits.hello_timeout(), next_binary(stream)).await {
        Err(_) => return Err(refused(Refusal::TooSlow)),
        Ok(first) => check_hello::<crate::Game>(&first?).map_err(refused)?,
    };
    let connection = ConnectionId(context.next_connection.fetch_add(1, Ordering::Relaxed));
    let mut refusal = Refusal::RoomFull;
    for room in context.lobby.candidates(&hello.room).map_err(refused)? {
        match join(room, connection, hello.clone()).await {
            Ok(seat) => return Ok((seat, hello.name)),
            Err(why) => refusal = why,
        }
    }
    Err(refused(refusal))
}

async fn join(room: Arc<RoomHandle>, connection: ConnectionId, hello: Hello) -> Result<Seat, Refusal> {
    let link = Arc::new(Link::default());
    let (reply, answer) = oneshot::channel();
    room.put(Mail::Join { connection, hello, link: Arc::clone(&link), reply });
    match timeout(JOIN_TIMEOUT, answer).await {
        Ok(Ok(joined)) => Ok(Seat { player: joined?, room, connection, link }),
        _ => Err(Refusal::Draining),
    }
}

/// The next message, which must be a binary one.
async fn next_binary<S>(stream: &mut SplitStream<WebSocketStream<S>>) -> Result<Bytes, End>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    loop {
        match stream.next().await {
            Some(Ok(Message::Binary(bytes))) => return Ok(bytes),
            Some(Ok(Message::Text(_))) => return Err(End::Sent(DisconnectReason::TextMessage)),
            Some(
                Ok(Message::Close(_)) | Err(Error::ConnectionClosed | Error::AlreadyClosed | Error::Io(_)),
            )
            | None => {
                return Err(End::Gone);
            }
            // tungstenite answers pings itself.
            Some(Ok(_)) => {}
            Some(Err(Error::Capacity(_))) => return Err(End::Sent(DisconnectReason::TooLarge)),
            Some(Err(error)) => return Err(End::Sent(DisconnectReason::BadMessage(error.to_string()))),
        }
    }
}

/// From the socket into the room's mailbox.
async fn inbound<S>(stream: &mut SplitStream<WebSocketStream<S>>, seat: &Seat, context: &Context) -> End
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut rate = Rate::new(context.limits.messages_per_second, Instant::now());
    loop {
        let bytes = match timeout(context.limits.silence_timeout(), next_binary(stream)).await {
            Err(_) => return End::Sent(DisconnectReason::Silent),
            Ok(Err(end)) => return end,
            Ok(Ok(bytes)) => bytes,
        };
        context.metrics.messages_received.inc();
        context.metrics.bytes_received.inc_by(framed_len(bytes.len()) + 4);
        if !rate.allow(Instant::now()) {
            return End::Sent(DisconnectReason::TooFast);
        }
        let (connection, player, at_us) = (seat.connection, seat.player, seat.room.now_us());
        if !seat.room.put(Mail::Packet { connection, player, at_us, bytes }) {
            context.metrics.mailbox_dropped.inc();
        }
    }
}

/// From the lanes to the socket.
async fn outbound<S>(sink: &mut SplitSink<WebSocketStream<S>, Message>, link: &Link, context: &Context) -> End
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut buffer = Vec::new();
    loop {
        let (bytes, snapshot) = match link.next(&mut buffer).await {
            Pending::Goodbye(reason) => return End::Sent(reason),
            Pending::Reliable(bytes) => (bytes, false),
            Pending::Snapshot => (Bytes::copy_from_slice(&buffer), true),
        };
        let length = framed_len(bytes.len());
        match timeout(context.limits.write_timeout(), sink.send(Message::Binary(bytes))).await {
            Err(_) => return End::Sent(DisconnectReason::NotReading),
            Ok(Err(error)) => {
                debug!(%error, "a write failed");
                return End::Gone;
            }
            Ok(Ok(())) => {
                link.sent(length, snapshot);
                context.metrics.bytes_sent.inc_by(length);
                context.metrics.snapshots_sent.inc_by(u64::from(snapshot));
            }
        }
    }
}

/// Tells the reason twice: as a message that our clients understand, and in the close frame for all others.
async fn say_goodbye<S>(sink: &mut SplitSink<WebSocketStream<S>, Message>, reason: DisconnectReason)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let code = reason.close_code().into();
    let mut text = reason.to_string();
    let mut end = text.len().min(MAX_CLOSE_REASON_BYTES);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.truncate(end);
    let goodbye = Message::Binary(encode_server(&ServerMessage::Goodbye(reason)).into());
    let close = Message::Close(Some(CloseFrame { code, reason: text.into() }));
    let sent = timeout(GOODBYE_TIMEOUT, async {
        sink.send(goodbye).await?;
        sink.send(close).await
    });
    if let Ok(Err(error)) = sent.await {
        debug!(%error, "a goodbye was not taken");
    }
}

/// Bytes of a message with its WebSocket header (RFC 6455, 5.2), unmasked.
fn framed_len(payload: usize) -> u64 {
    let header = match payload {
        0..=125 => 2,
        126..=0xffff => 4,
        _ => 10,
    };
    (payload + header) as u64
}
