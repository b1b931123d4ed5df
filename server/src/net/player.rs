//! A game socket's life: hello, a seat, the pump until it ends, and the close reason.

use crate::metrics::ServiceKind;
use crate::net::connection::Connection;
use crate::net::context::Context;
use crate::net::places::Place;
use crate::net::seating;
use crate::net::transport::{End, Transport};
use crate::room::{ConnectionId, GameInfo, Mail, Pending, Session};
use crate::services::hub::Note;
use crate::text::clean_name;
use crate::text::reserved::ReservedNames;
use perigee_shared::protocol::{
    DisconnectReason, Hello, Inbound, Message as _, Refusal, ServiceMessage, ServiceRefusal, ServiceRequest,
    check_hello,
};
use std::future::{Future, poll_fn};
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::task::{Context as TaskContext, Poll, ready};
use std::time::{Duration, Instant};
use tokio::time::timeout;
use tracing::info;

/// How long to wait for a hello that will be refused anyway.
const REFUSAL_WAIT: Duration = Duration::from_secs(1);

/// Plays one connection to its end.
pub(super) async fn play<T: Transport>(
    mut transport: T,
    address: SocketAddr,
    place: &mut Place,
    context: &Context,
) {
    // Futures that run once are boxed, here and below, so that a connection's task is no larger than playing needs.
    let end = match Box::pin(take_seat(&mut transport, address.ip(), place, context)).await {
        Ok(mut connection) => {
            context.hub.send(connection.joined()).await;
            let session = &*connection.session;
            let (name, room) = (&session.name, session.room.name());
            info!(%address, name, room, resumed = session.resumed, "joined");
            let mut pump = Pump {
                transport: &mut transport,
                session,
                context,
                has_played: session.resumed,
                buffer: Vec::new(),
            };
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
        End::Sent(reason) => Box::pin(transport.close(reason)).await,
        End::Closed => Box::pin(transport.answer_close()).await,
        End::Gone => {}
    }
}

/// Takes the hello, then a seat. Until the hello the place may yield to others.
async fn take_seat<T: Transport>(
    transport: &mut T,
    address: IpAddr,
    place: &mut Place,
    context: &Context,
) -> Result<Connection, End> {
    let refused = |refusal| End::Sent(DisconnectReason::Refused(refusal));
    place.wait(Instant::now());
    let first = timeout(context.limits.hello_timeout(), poll_fn(|cx| transport.poll_receive(cx)));
    let first = tokio::select! {
        first = first => first.map_err(|_| refused(Refusal::TooSlow))??,
        () = place.lost() => return Err(refused(Refusal::ServerFull)),
    };
    place.work();
    if place.is_lost() {
        return Err(refused(Refusal::ServerFull));
    }
    let hello = check_hello(&first.message, context.games.iter().map(GameInfo::schema))
        .and_then(|hello| with_clean_name(hello, &context.reserved_names))
        .map_err(refused)?;
    // Before the store and the rooms do any work for it.
    context.joins.let_in(address, Instant::now()).map_err(refused)?;
    seating::seat(hello, address, transport.delivery(), context).await
}

/// The hello with its name cleaned for others to see.
fn with_clean_name(mut hello: Hello, reserved: &ReservedNames) -> Result<Hello, Refusal> {
    hello.name = clean_name(&hello.name).ok_or(Refusal::BadName)?;
    if reserved.have(&hello.name, hello.bot) {
        return Err(Refusal::NameReserved);
    }
    Ok(hello)
}

/// Both directions of a seated player's connection, as one future: from the lanes to the transport, and from there into
/// the room's mailbox. It has no timers: the room ends connections that are silent or accept nothing.
struct Pump<'a, T> {
    transport: &'a mut T,
    session: &'a Session,
    context: &'a Context,
    /// Whether an input packet ever arrived, on this connection or an earlier one.
    has_played: bool,
    /// Swapped with the snapshot lane's buffer.
    buffer: Vec<u8>,
}

impl<T: Transport> Future for Pump<'_, T> {
    type Output = End;

    fn poll(mut self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<End> {
        if let Poll::Ready(end) = self.poll_out(cx) {
            return Poll::Ready(end);
        }
        self.poll_in(cx)
    }
}

impl<T: Transport> Pump<'_, T> {
    fn poll_out(&mut self, cx: &mut TaskContext<'_>) -> Poll<End> {
        let link = &self.session.link;
        link.register(cx.waker());
        loop {
            match self.transport.poll_ready(cx) {
                Poll::Ready(Ok(())) => link.set_blocked(None),
                Poll::Ready(Err(end)) => return Poll::Ready(end),
                Poll::Pending => {
                    link.set_blocked(Some(self.session.room.now_us()));
                    // A socket that accepts nothing must not keep the connection from ending.
                    return link.goodbye().map_or(Poll::Pending, |reason| Poll::Ready(End::Sent(reason)));
                }
            }
            let (sent, is_snapshot) = match link.take(&mut self.buffer) {
                None => return Poll::Pending,
                Some(Pending::Goodbye(reason)) => return Poll::Ready(End::Sent(reason)),
                Some(Pending::Reliable(message)) => (self.transport.send_reliable(message), false),
                Some(Pending::Snapshot) => (self.transport.send_snapshot(&self.buffer), true),
            };
            let wire_bytes = match sent {
                Ok(wire_bytes) => wire_bytes,
                Err(end) => return Poll::Ready(end),
            };
            link.sent(wire_bytes, is_snapshot);
            self.context.metrics.bytes_sent.inc_by(wire_bytes);
            self.context.metrics.snapshots_sent.inc_by(u64::from(is_snapshot));
        }
    }

    fn poll_in(&mut self, cx: &mut TaskContext<'_>) -> Poll<End> {
        loop {
            let received = match ready!(self.transport.poll_receive(cx)) {
                Ok(received) => received,
                Err(end) => return Poll::Ready(end),
            };
            let bytes = received.message;
            let (metrics, session) = (&self.context.metrics, self.session);
            metrics.messages_received.inc();
            metrics.bytes_received.inc_by(received.wire_bytes);
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

impl<T> Pump<'_, T> {
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

/// Refuses a client for which there is no place, over the open connection, so that the reason is shown. Its hello is read
/// first.
pub(super) async fn turn_away<T: Transport>(mut transport: T, refusal: Refusal, context: &Context) {
    let reason = DisconnectReason::Refused(refusal);
    context.metrics.disconnected(reason.label());
    let _ = timeout(REFUSAL_WAIT, poll_fn(|cx| transport.poll_receive(cx))).await;
    transport.close(reason).await;
}
