//! A game socket's life: hello, a seat, the pump until it ends, and the close reason.

use crate::metrics::ServiceKind;
use crate::net::connection::Connection;
use crate::net::context::Context;
use crate::net::end::End;
use crate::net::places::Place;
use crate::net::seating;
use crate::room::{ConnectionId, GameInfo, Mail, Pending, Session};
use crate::services::hub::Note;
use crate::text::clean_name;
use crate::text::reserved::ReservedNames;
use crate::websocket::closing::{self, Fault};
use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use perigee_shared::protocol::{
    DisconnectReason, Hello, Inbound, Message as _, Refusal, ServerMessage, ServiceMessage, ServiceRefusal,
    ServiceRequest, check_hello,
};
use std::future::{Future, poll_fn};
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::task::{Context as TaskContext, Poll, ready};
use std::time::{Duration, Instant};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::{Error, Message};
use tracing::{debug, info};

/// How long to wait for a hello that will be refused anyway.
const REFUSAL_WAIT: Duration = Duration::from_secs(1);

/// Plays one connection to its end.
pub(super) async fn play<S>(
    mut ws: WebSocketStream<S>,
    address: SocketAddr,
    place: &mut Place,
    context: &Context,
) where
    S: AsyncRead + AsyncWrite + Unpin,
{
    // Futures that run once are boxed, here and below, so that a connection's task is no larger than playing needs.
    let end = match Box::pin(take_seat(&mut ws, address.ip(), place, context)).await {
        Ok(mut connection) => {
            context.hub.send(connection.joined()).await;
            let session = &*connection.session;
            let (name, room) = (&session.name, session.room.name());
            info!(%address, name, room, resumed = session.resumed, "joined");
            let mut pump =
                Pump { ws: &mut ws, session, context, has_played: session.resumed, buffer: Vec::new() };
            let end = (&mut pump).await;
            // Without any input there is nothing to come back to: kept, such seats would fill a room.
            let keep = pump.has_played && end.keeps_seat();
            connection.leave(keep);
            context.hub.send(Note::Left(session.connection)).await;
            if let Some(newcomer) = connection.newcomer {
                context.store.left(newcomer);
            }
            info!(%address, name, room, reason = end.label(), "left");
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
    context.metrics.disconnected(end.label());
    match end {
        End::Sent(reason) => Box::pin(say_goodbye(&mut ws, reason)).await,
        End::Closed => Box::pin(closing::answer(&mut ws)).await,
        End::Gone => {}
    }
}

/// Takes the hello, then a seat. Until the hello the place may yield to others.
async fn take_seat<S>(
    ws: &mut WebSocketStream<S>,
    address: IpAddr,
    place: &mut Place,
    context: &Context,
) -> Result<Connection, End>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let refused = |refusal| End::Sent(DisconnectReason::Refused(refusal));
    place.wait(Instant::now());
    let first = timeout(context.limits.hello_timeout(), poll_fn(|cx| poll_message(ws, cx)));
    let first = tokio::select! {
        first = first => first.map_err(|_| refused(Refusal::TooSlow))??,
        () = place.lost() => return Err(refused(Refusal::ServerFull)),
    };
    place.work();
    if place.is_lost() {
        return Err(refused(Refusal::ServerFull));
    }
    let hello = check_hello(&first, context.games.iter().map(GameInfo::schema))
        .and_then(|hello| with_clean_name(hello, &context.reserved_names))
        .map_err(refused)?;
    // Before the store and the rooms do any work for it.
    context.joins.let_in(address, Instant::now()).map_err(refused)?;
    seating::seat(hello, address, context).await
}

/// The hello with its name cleaned for others to see.
fn with_clean_name(mut hello: Hello, reserved: &ReservedNames) -> Result<Hello, Refusal> {
    hello.name = clean_name(&hello.name).ok_or(Refusal::BadName)?;
    if reserved.have(&hello.name, hello.bot) {
        return Err(Refusal::NameReserved);
    }
    Ok(hello)
}

/// Both directions of a seated player's connection, as one future: from the lanes to the socket, and from the socket
/// into the room's mailbox. It has no timers: the room ends connections that are silent or accept nothing.
struct Pump<'a, S> {
    ws: &'a mut WebSocketStream<S>,
    session: &'a Session,
    context: &'a Context,
    /// Whether an input packet ever arrived, on this connection or an earlier one.
    has_played: bool,
    /// Swapped with the snapshot lane's buffer.
    buffer: Vec<u8>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Future for Pump<'_, S> {
    type Output = End;

    fn poll(mut self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<End> {
        if let Poll::Ready(end) = self.poll_out(cx) {
            return Poll::Ready(end);
        }
        self.poll_in(cx)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Pump<'_, S> {
    fn poll_out(&mut self, cx: &mut TaskContext<'_>) -> Poll<End> {
        let link = &self.session.link;
        link.register(cx.waker());
        loop {
            // Ready at once, except after a write that the socket did not take whole.
            match self.ws.poll_ready_unpin(cx) {
                Poll::Ready(Ok(())) => link.set_blocked(None),
                Poll::Ready(Err(error)) => return Poll::Ready(failed(&error)),
                Poll::Pending => {
                    link.set_blocked(Some(self.session.room.now_us()));
                    // A socket that accepts nothing must not keep the connection from ending.
                    return link.goodbye().map_or(Poll::Pending, |reason| Poll::Ready(End::Sent(reason)));
                }
            }
            let (bytes, is_snapshot) = match link.take(&mut self.buffer) {
                None => return Poll::Pending,
                Some(Pending::Goodbye(reason)) => return Poll::Ready(End::Sent(reason)),
                Some(Pending::Reliable(bytes)) => (bytes, false),
                Some(Pending::Snapshot) => (Bytes::copy_from_slice(&self.buffer), true),
            };
            let length = framed_len(bytes.len());
            // With a write buffer of zero this writes through to the socket.
            if let Err(error) = self.ws.start_send_unpin(Message::Binary(bytes)) {
                return Poll::Ready(failed(&error));
            }
            link.sent(length, is_snapshot);
            self.context.metrics.bytes_sent.inc_by(length);
            self.context.metrics.snapshots_sent.inc_by(u64::from(is_snapshot));
        }
    }

    fn poll_in(&mut self, cx: &mut TaskContext<'_>) -> Poll<End> {
        loop {
            let bytes = match ready!(poll_message(self.ws, cx)) {
                Ok(bytes) => bytes,
                Err(end) => return Poll::Ready(end),
            };
            let (metrics, session) = (&self.context.metrics, self.session);
            metrics.messages_received.inc();
            metrics.bytes_received.inc_by(framed_len(bytes.len()) + 4);
            let (connection, player, at_us) = (session.connection, session.player, session.room.now_us());
            session.link.heard(at_us);
            let inbound = Inbound::of(&bytes);
            self.has_played |= inbound == Some(Inbound::Packet);
            if inbound == Some(Inbound::Services) {
                match ServiceRequest::decode(&bytes) {
                    Ok(request) => self.leave_note(note_of(connection, request)),
                    Err(error) => {
                        return Poll::Ready(End::Sent(DisconnectReason::BadMessage(error.to_string())));
                    }
                }
                continue;
            }
            if !session.room.put(Mail::Packet { connection, player, at_us, bytes }) {
                metrics.mailbox_dropped.inc();
            }
        }
    }
}

impl<S> Pump<'_, S> {
    /// Passes a note to the services hub without waiting; if the hub is busy, the client is informed.
    fn leave_note(&self, note: Note) {
        let link = &self.session.link;
        if link.may_leave_note() {
            if self.context.hub.try_send(note) {
                return;
            }
            link.note_was_read();
        }
        let services = &self.context.metrics.services;
        services.refused("busy");
        let busy = ServiceMessage::Refused(ServiceRefusal::Busy).encode();
        if !self.session.link.put_service(busy.into()) {
            services.dropped(ServiceKind::Refusal);
        }
    }
}

/// The note to the services for a service request.
fn note_of(connection: ConnectionId, request: ServiceRequest) -> Note {
    match request {
        ServiceRequest::Say { channel, text } => Note::Said(connection, channel, text),
        ServiceRequest::Tune(tuning) => Note::Tuned(connection, tuning),
        ServiceRequest::Block { name, blocked } => Note::Blocked(connection, name, blocked),
    }
}

/// The next message, which must be a binary one. The stream below bounds how much may come
/// ([`crate::websocket::Metered`]).
fn poll_message<S>(ws: &mut WebSocketStream<S>, cx: &mut TaskContext<'_>) -> Poll<Result<Bytes, End>>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    loop {
        return Poll::Ready(match ready!(ws.poll_next_unpin(cx)) {
            Some(Ok(Message::Binary(bytes))) => Ok(bytes),
            Some(Ok(Message::Text(_))) => Err(End::Sent(DisconnectReason::TextMessage)),
            Some(Ok(Message::Close(_))) => Err(End::Closed),
            None => Err(End::Gone),
            // tungstenite answers pings itself.
            Some(Ok(_)) => continue,
            Some(Err(error)) => Err(End::of(Fault::of(&error))),
        });
    }
}

fn failed(error: &Error) -> End {
    debug!(%error, "a write failed");
    End::Gone
}

/// Refuses a client for which there is no seat, over the open socket, so that the reason is shown. Its hello is read
/// first.
pub(crate) async fn turn_away<S>(mut ws: WebSocketStream<S>, refusal: Refusal, context: &Context)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let reason = DisconnectReason::Refused(refusal);
    context.metrics.disconnected(reason.label());
    let _ = timeout(REFUSAL_WAIT, poll_fn(|cx| poll_message(&mut ws, cx))).await;
    say_goodbye(&mut ws, reason).await;
}

/// Sends the reason twice: as a message for our clients, and in the close frame for all others.
async fn say_goodbye<S>(ws: &mut WebSocketStream<S>, reason: DisconnectReason)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let (code, words) = (reason.close_code(), reason.to_string());
    let goodbye = Message::Binary(ServerMessage::Goodbye(reason).encode().into());
    closing::close(ws, Some(goodbye), code, &words).await;
}

/// Length of a message with its WebSocket header (RFC 6455, 5.2), unmasked, bytes.
fn framed_len(payload: usize) -> u64 {
    let header = match payload {
        0..=125 => 2,
        126..=0xffff => 4,
        _ => 10,
    };
    (payload + header) as u64
}
