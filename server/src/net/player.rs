//! A game socket's life: hello, a seat, the pump until it ends, and the goodbye that says why.

use crate::lobby::{Counted, Rating};
use crate::logging::network_of;
use crate::metrics::ServiceKind;
use crate::net::accept::Context;
use crate::net::closing::{self, Fault};
use crate::net::identity;
use crate::net::presence::Claim;
use crate::room::{self, ConnectionId, Link, Mail, Pending, RoomHandle};
use crate::services::chat::fair::Origin;
use crate::services::desk::{Joined, Note};
use crate::services::person::PersonId;
use crate::store::{Identity, PlayerKey};
use crate::text::clean_name;
use crate::text::reserved::is_reserved;
use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use perigee_shared::ids::PlayerId;
use perigee_shared::netcode::{Delivery, Simulation, Ticket};
use perigee_shared::protocol::{
    ClientMessage, DisconnectReason, Hello, InboundKind, Refusal, ResumeToken, ServerMessage, ServiceRefusal,
    check_hello, decode_client, encode_server, kind_of,
};
use std::future::{Future, poll_fn};
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context as TaskContext, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::oneshot;
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::{Error, Message};
use tracing::{debug, info};

/// A room answers a join within a tick.
const JOIN_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a hello is waited for that will be refused whatever it says.
const REFUSAL_WAIT: Duration = Duration::from_secs(1);
/// Over how long those try again who were too many from their address.
const REJOIN_WINDOW_MS: u32 = 5000;
/// When many come at once, the places that the lobby saw may be gone; who does not mind which room is placed again, no more
/// often than this.
const PLACINGS: u32 = 4;
/// A program's name may be somebody's in the room, and the number that it is given there a kept player's; more often than
/// this only if somebody wants that.
const NAMINGS: u32 = 3;

/// How a connection ended.
#[derive(Debug)]
enum End {
    /// We send the client away.
    Sent(DisconnectReason),
    /// The client has sent its close frame.
    Closed,
    /// The network ended the connection.
    Gone,
}

/// A seat in a room.
struct Seat {
    room: Arc<RoomHandle>,
    player: PlayerId,
    /// The name as granted.
    name: String,
    /// Whether a program plays.
    bot: bool,
    /// Who it is, if the store knows them.
    person: Option<PersonId>,
    /// That it is their only one.
    claim: Option<Claim>,
    /// For one who plays: they count for the room's strength as long as they are there.
    counted: Option<Counted>,
    /// The store's number of one who was given their token on this connection.
    newcomer: Option<PlayerKey>,
    /// Whom they had blocked when they were last here.
    blocks: Vec<(PersonId, String)>,
    /// For one who looks on: how late they see the match, milliseconds.
    spectating_ms: Option<u32>,
    /// Whether it was theirs before.
    resumed: bool,
    connection: ConnectionId,
    link: Arc<Link>,
}

impl Seat {
    /// With what is known of whoever has it.
    fn of(mut self, mut known: Identity) -> Self {
        identity::introduce(&known, &self.link);
        self.person = Some(identity::person(&known));
        self.counted = self.plays().then(|| self.room.strength().count(identity::rating(&known)));
        self.newcomer = known.is_new.then_some(known.player_id);
        self.blocks = identity::blocks(&mut known);
        self
    }

    fn plays(&self) -> bool {
        self.spectating_ms.is_none()
    }

    /// With the right to it, if that still holds: who has sat down elsewhere meanwhile does not sit here.
    fn claimed(mut self, claim: Option<Claim>) -> Result<Self, End> {
        if claim.as_ref().is_some_and(|claim| !claim.sit(&self.room, self.player, &self.link)) {
            self.leave(false);
            return Err(End::Sent(DisconnectReason::Replaced));
        }
        self.claim = claim;
        Ok(self)
    }

    /// Tells the room that the connection is over, and whether the seat is kept for a while.
    fn leave(&self, keep: bool) {
        self.room.put(Mail::Leave { connection: self.connection, player: self.player, keep });
    }

    /// For the services' desk.
    fn note(&mut self, address: IpAddr) -> Note {
        let is_newcomer = self.newcomer.is_some() || self.person.is_none();
        let origin = Origin { address: Some(network_of(address)), is_newcomer };
        Note::Joined(Box::new(Joined {
            origin,
            connection: self.connection,
            room: Arc::clone(&self.room),
            player: self.player,
            name: self.name.clone(),
            bot: self.bot,
            resumed: self.resumed,
            person: self.person,
            spectating_ms: self.spectating_ms,
            blocks: std::mem::take(&mut self.blocks),
            link: Arc::clone(&self.link),
        }))
    }
}

/// Plays one connection to its end.
pub(crate) async fn play<S>(mut ws: WebSocketStream<S>, address: SocketAddr, context: &Context)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    // What is done once is boxed, here and below: a connection then costs no more than playing does.
    let end = match Box::pin(take_seat(&mut ws, address, context)).await {
        Ok(mut seat) => {
            context.desk.send(seat.note(address.ip())).await;
            let (name, connection) = (&seat.name, seat.connection);
            info!(%address, name, room = seat.room.name(), resumed = seat.resumed, "joined");
            let mut pump =
                Pump { ws: &mut ws, seat: &seat, context, has_played: seat.resumed, buffer: Vec::new() };
            let end = (&mut pump).await;
            // Who never steered left nothing that is worth coming back to: kept, such seats would fill a room.
            let keep = pump.has_played && end.keeps_seat();
            seat.leave(keep);
            context.desk.send(Note::Left(connection)).await;
            if let Some(newcomer) = seat.newcomer {
                context.store.left(newcomer);
            }
            info!(%address, name, room = seat.room.name(), reason = end.label(), "left");
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

impl End {
    fn of(fault: Fault) -> Self {
        Self::Sent(match fault {
            Fault::Lost => return Self::Gone,
            Fault::TooFast => DisconnectReason::TooFast,
            Fault::TooLarge => DisconnectReason::TooLarge,
            Fault::NotUtf8 => DisconnectReason::NotUtf8,
            Fault::BadFrame(what) => DisconnectReason::BadFrame(what),
        })
    }

    fn label(&self) -> &'static str {
        match self {
            Self::Sent(reason) => reason.label(),
            Self::Closed | Self::Gone => "gone",
        }
    }

    /// Whether the player may come back to the same seat: who says goodbye, or is sent away, may not.
    fn keeps_seat(&self) -> bool {
        match self {
            Self::Sent(reason) => reason.keeps_seat(),
            // A browser sends a close frame when its page is left or loaded anew.
            Self::Closed | Self::Gone => true,
        }
    }
}

/// Hello, placement, join.
async fn take_seat<S>(
    ws: &mut WebSocketStream<S>,
    address: SocketAddr,
    context: &Context,
) -> Result<Seat, End>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let refused = |refusal| End::Sent(DisconnectReason::Refused(refusal));
    let first = poll_fn(|cx| poll_message(ws, cx));
    let mut hello = match timeout(context.limits.hello_timeout(), first).await {
        Err(_) => return Err(refused(Refusal::TooSlow)),
        Ok(first) => check_hello::<crate::Game>(&first?).and_then(with_clean_name).map_err(refused)?,
    };
    // Before the store and the rooms have any work with it.
    if !context.joins.allow(address.ip()) {
        return Err(refused(Refusal::TooManyJoins { retry_within_ms: REJOIN_WINDOW_MS }));
    }
    let connection = ConnectionId(context.next_connection.fetch_add(1, Ordering::Relaxed));
    let mut token = ResumeToken::default();
    // Without randomness there is no token, and so no coming back; the default one opens nothing.
    if let Err(error) = getrandom::fill(&mut token.0) {
        debug!(%error, "no randomness for a token");
        token = ResumeToken::default();
    }
    let ticket = Ticket { token, delivery: Delivery::Stream, belongings: None };
    if let Some(seat) = come_back(&mut hello, connection, ticket, context).await {
        if let Some(banned) = seat.person.and_then(|person| ban_on(person, context)) {
            seat.leave(false);
            return Err(refused(banned));
        }
        let claim =
            seat.person.filter(|_| seat.plays()).map(|person| context.present.claim(person, connection));
        return seat.claimed(claim);
    }
    if hello.bot {
        return seat_program(hello, connection, ticket, context).await.map_err(refused);
    }
    let (known, claim) = arrive(&mut hello, connection, context).await;
    if let Some(banned) = known.as_ref().and_then(|known| ban_on(identity::person(known), context)) {
        return Err(refused(banned));
    }
    // The record keeps only what somebody was worth; who has 0 there may never have had anything.
    let wealth = known.as_ref().map(|known| known.wealth).filter(|&wealth| wealth > 0);
    let belongings = wealth.and_then(crate::Game::belongings_of_wealth);
    let ticket = Ticket { belongings, ..ticket };
    let who = known.as_ref().map(|known| (identity::person(known), identity::rating(known)));
    match (place(&hello, who, connection, ticket, context).await, known) {
        (Ok(seat), Some(known)) => seat.of(known).claimed(claim),
        (Ok(seat), None) => Ok(seat),
        (Err(refusal), known) => {
            identity::turn_away(known, &context.store).await;
            Err(refused(refusal))
        }
    }
}

/// Why somebody may not come in, if they may not.
fn ban_on(person: PersonId, context: &Context) -> Option<Refusal> {
    context.bans.refusal(person, context.store.now_s())
}

/// The hello with its name as others may see it.
fn with_clean_name(mut hello: Hello) -> Result<Hello, Refusal> {
    hello.name = clean_name(&hello.name).ok_or(Refusal::BadName)?;
    if is_reserved::<crate::Game>(&hello.name, hello.bot) {
        return Err(Refusal::NameReserved);
    }
    Ok(hello)
}

/// Who a newcomer is. Who is there already gets up first, and is asked for again: what they have is what they had then.
async fn arrive(
    hello: &mut Hello,
    connection: ConnectionId,
    context: &Context,
) -> (Option<Identity>, Option<Claim>) {
    let known = identity::recognise(hello, &context.store).await;
    let Some(person) = known.as_ref().filter(|_| !hello.spectate).map(identity::person) else {
        return (known, None);
    };
    let mut claim = context.present.claim(person, connection);
    if claim.is_after_another().await {
        return (identity::recognise(hello, &context.store).await, Some(claim));
    }
    (known, Some(claim))
}

/// The seat that is theirs already. If there is none, the wish for it is granted nothing else: whoever says a token that
/// fits no seat is a newcomer, whose name is for the store to give.
async fn come_back(
    hello: &mut Hello,
    connection: ConnectionId,
    ticket: Ticket,
    context: &Context,
) -> Option<Seat> {
    hello.resume?;
    let rooms = context.lobby.place(hello, None).await.unwrap_or_default();
    let back = match rooms.into_iter().next() {
        Some(room) => join(room, connection, (hello.clone(), None, ticket), true).await.ok(),
        None => None,
    };
    let Some(seat) = back else {
        hello.resume = None;
        return None;
    };
    // Without a device there is nobody to ask for: whoever has the seat is known already.
    let known = if hello.device.is_some() { identity::recognise(hello, &context.store).await } else { None };
    Some(match known {
        // Another's device makes nobody the owner of what is in the seat.
        Some(known) if seat.person.is_some_and(|owner| owner != identity::person(&known)) => {
            identity::turn_away(Some(known), &context.store).await;
            seat
        }
        Some(known) => seat.of(known),
        None => seat,
    })
}

/// Seats a program under a name that no kept player has, nor seems to have. The room gives it another if somebody there
/// bears it, and then that one must be nobody's too.
async fn seat_program(
    mut hello: Hello,
    connection: ConnectionId,
    ticket: Ticket,
    context: &Context,
) -> Result<Seat, Refusal> {
    hello.name = identity::name_for_program(&hello.name, &context.store).await;
    for _ in 0..NAMINGS {
        let seat = place(&hello, None, connection, ticket, context).await?;
        if seat.name == hello.name {
            return Ok(seat);
        }
        hello.name = identity::name_for_program(&seat.name, &context.store).await;
        if seat.name == hello.name {
            return Ok(seat);
        }
        seat.leave(false);
    }
    Err(Refusal::RoomFull)
}

/// Asks the rooms that the lobby names, one after the other.
async fn place(
    hello: &Hello,
    known: Option<(PersonId, Rating)>,
    connection: ConnectionId,
    ticket: Ticket,
    context: &Context,
) -> Result<Seat, Refusal> {
    let (person, rating) = known.unzip();
    let lobby = &context.lobby;
    let mut refusal = Refusal::RoomFull;
    for _ in 0..PLACINGS {
        for room in lobby.place(hello, rating).await? {
            match join(Arc::clone(&room), connection, (hello.clone(), person, ticket), false).await {
                Ok(seat) => {
                    lobby.party_is_in(&hello.party, &room);
                    return Ok(seat);
                }
                Err(Some(why)) => refusal = why,
                Err(None) => refusal = lobby.absence(room.name()),
            }
        }
        if !lobby.has_place(hello) {
            break;
        }
    }
    Err(refusal)
}

/// Asks the room for a seat; no reason if the room is gone.
async fn join(
    room: Arc<RoomHandle>,
    connection: ConnectionId,
    (hello, person, ticket): (Hello, Option<PersonId>, Ticket),
    only_own: bool,
) -> Result<Seat, Option<Refusal>> {
    let link = Arc::new(Link::default());
    let (reply, answer) = oneshot::channel();
    let bot = hello.bot;
    let hello = Box::new(hello);
    room.put(Mail::Join { connection, hello, ticket, only_own, person, link: Arc::clone(&link), reply });
    match timeout(JOIN_TIMEOUT, answer).await {
        Ok(Ok(joined)) => {
            let room::Joined { seated, name, person, spectating_ms } = joined?;
            let (player, resumed) = (seated.player, seated.resumed);
            let blocks = Vec::new();
            Ok(Seat {
                player,
                name,
                bot,
                person,
                claim: None,
                counted: None,
                newcomer: None,
                blocks,
                spectating_ms,
                resumed,
                room,
                connection,
                link,
            })
        }
        Ok(Err(_)) => Err(None),
        Err(_) => Err(Some(Refusal::Draining)),
    }
}

/// Both ways of a seated player's connection, as one future: from the lanes to the socket, and from the socket into the
/// room's mailbox. It has no timers: the room ends connections that are silent or take nothing.
struct Pump<'a, S> {
    ws: &'a mut WebSocketStream<S>,
    seat: &'a Seat,
    context: &'a Context,
    /// Whether an input packet ever came, on this connection or an earlier one.
    has_played: bool,
    /// Swapped with the lane's.
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
        let link = &self.seat.link;
        link.register(cx.waker());
        loop {
            // Ready at once, but after a write that the socket did not take whole.
            match self.ws.poll_ready_unpin(cx) {
                Poll::Ready(Ok(())) => link.set_blocked(None),
                Poll::Ready(Err(error)) => return Poll::Ready(failed(&error)),
                Poll::Pending => {
                    link.set_blocked(Some(self.seat.room.now_us()));
                    // A socket that takes nothing cannot keep us from ending.
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
            let (metrics, seat) = (&self.context.metrics, self.seat);
            metrics.messages_received.inc();
            metrics.bytes_received.inc_by(framed_len(bytes.len()) + 4);
            let (connection, player, at_us) = (seat.connection, seat.player, seat.room.now_us());
            seat.link.heard(at_us);
            self.has_played |= kind_of(&bytes) == Some(InboundKind::Stream);
            if let Some(note) = service_note(connection, &bytes) {
                self.leave_note(note);
                continue;
            }
            if !seat.room.put(Mail::Packet { connection, player, at_us, bytes }) {
                metrics.mailbox_dropped.inc();
            }
        }
    }
}

impl<S> Pump<'_, S> {
    /// Hands a note to the desk, which is never waited for: who chats while it is busy is told so.
    fn leave_note(&self, note: Note) {
        let link = &self.seat.link;
        if link.may_leave_note() {
            if self.context.desk.try_send(note) {
                return;
            }
            link.note_was_read();
        }
        let services = &self.context.metrics.services;
        services.refused("busy");
        let busy = encode_server(&ServerMessage::ServiceRefused(ServiceRefusal::Busy));
        if !self.seat.link.put_service(busy.into()) {
            services.dropped(ServiceKind::Refusal);
        }
    }
}

/// What a message says to the services beside the match, if it is theirs. Everything else, bad messages too, is for the
/// room.
fn service_note(connection: ConnectionId, bytes: &[u8]) -> Option<Note> {
    if kind_of(bytes) != Some(InboundKind::Control) {
        return None;
    }
    match decode_client(bytes).ok()? {
        ClientMessage::Say { channel, text } => Some(Note::Said(connection, channel, text)),
        ClientMessage::Tune(tuning) => Some(Note::Tuned(connection, tuning)),
        ClientMessage::Block { name, blocked } => Some(Note::Blocked(connection, name, blocked)),
        ClientMessage::Hello(_) | ClientMessage::Goodbye | ClientMessage::Order { .. } => None,
    }
}

/// The next message, which must be a binary one. How much may come, the stream below knows ([`crate::net::meter`]).
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

/// Tells somebody for whom there is no seat why: the socket is open, so that it can be said in words. Their hello is heard
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

/// Tells the reason twice: as a message that our clients understand, and in the close frame for all others.
async fn say_goodbye<S>(ws: &mut WebSocketStream<S>, reason: DisconnectReason)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let (code, words) = (reason.close_code(), reason.to_string());
    let goodbye = Message::Binary(encode_server(&ServerMessage::Goodbye(reason)).into());
    closing::close(ws, Some(goodbye), code, &words).await;
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
