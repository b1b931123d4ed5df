//! From a hello to a seat: the client's account, whether the person has a seat already, and which room gives one.
//!
//! No claim is decided by a state seen earlier. The room that has the seat checks a resume token (`Hello::resume`),
//! within its tick. For a person known by their device, the person's turn is taken first ([`Presence`]): of two
//! connections at once, the second sees the outcome of the first. A person who has a seat gets that one. If they ask
//! for another room, the seat is freed first, and they bring the belongings that its room last reported.
//!
//! [`Presence`]: crate::presence::Presence

use crate::net::account;
use crate::net::connection::Connection;
use crate::net::context::Context;
use crate::net::placing::{self, NoSeat};
use crate::net::transport::End;
use crate::person::PersonId;
use crate::presence::Turn;
use crate::room::{Asks, ConnectionId, Declined, Owner, Rating, SeatRequest, Session};
use crate::store::{Account, PlayerKey};
use perigee_shared::netcode::{Belongings, Delivery, Ticket};
use perigee_shared::protocol::{DisconnectReason, Hello, Refusal, ResumeToken};
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};
use tokio::time::timeout;
use tracing::debug;

/// Another connection of the same person is seated within two ticks, unless the server is overloaded.
const TURN_TIMEOUT: Duration = Duration::from_secs(10);
/// A program's name may be taken in the room, and the one that it is given there may be an account's. More attempts
/// than this are needed only if a client provokes it.
const NAMINGS: u32 = 3;
/// An account that was deleted between recognition and turn is created again; more often than this does not happen by
/// chance.
const INTRODUCTIONS: u32 = 3;
/// For a seat that is freed and taken again and again while a client asks for it.
const SEAT_LOOKS: u32 = 4;

fn refused(refusal: Refusal) -> End {
    End::Sent(DisconnectReason::Refused(refusal))
}

/// A seat for the client with this hello, which was checked.
pub(super) async fn seat(
    hello: Hello,
    address: IpAddr,
    delivery: Delivery,
    context: &Context,
) -> Result<Connection, End> {
    let mut request = request(hello, address, delivery, context);
    if let Some(connection) = come_back(&mut request, context).await? {
        if let Some(banned) = connection.session.person.and_then(|person| ban_on(person, context)) {
            connection.leave(false);
            return Err(refused(banned));
        }
        return Ok(connection);
    }
    if request.hello.bot {
        return seat_program(request, context).await.map_err(refused);
    }
    if request.hello.spectate {
        return seat_spectator(request, context).await.map_err(refused);
    }
    seat_person(request, context).await
}

/// What is asked of rooms. A client that retries by itself gets the person's seat only if no later connection has it.
fn request(hello: Hello, address: IpAddr, delivery: Delivery, context: &Context) -> SeatRequest {
    let mut token = ResumeToken::default();
    // Without randomness there is no token, and so no resumption; the default token matches no seat.
    if let Err(error) = getrandom::fill(&mut token.0) {
        debug!(%error, "no randomness for a token");
        token = ResumeToken::default();
    }
    let connection = ConnectionId(context.next_connection.fetch_add(1, Ordering::Relaxed));
    SeatRequest {
        address: Some(address.into()),
        asks: if hello.resume.is_some() { Asks::OwnIfAway } else { Asks::Own },
        ticket: Ticket { token, delivery, belongings: None },
        ..SeatRequest::new(connection, hello)
    }
}

/// Why a person is banned, if they are.
fn ban_on(person: PersonId, context: &Context) -> Option<Refusal> {
    context.bans.refusal(person, context.store.now_s())
}

/// The seat that the hello's resume token proves. A token that fits no seat proves nothing else: the client then counts
/// as the person that its device identifies, or as new, and gets its name from the store.
async fn come_back(request: &mut SeatRequest, context: &Context) -> Result<Option<Connection>, End> {
    if request.hello.resume.is_none() {
        return Ok(None);
    }
    let rooms = context.lobby.place(&request.hello, None, request.address).await.unwrap_or_default();
    let back = match rooms.first() {
        Some(room) => placing::join(room, request, Asks::ByProof).await,
        None => Err(NoSeat::NoRoom),
    };
    let session = match back {
        Ok(session) => session,
        Err(NoSeat::Declined(Declined::Taken)) => return Err(End::Sent(DisconnectReason::Replaced)),
        Err(_) => {
            request.hello.resume = None;
            return Ok(None);
        }
    };
    // Without a device the store is not asked: the seat's owner is known already.
    let Some(device) = request.hello.device else { return Ok(Some(Connection::new(session))) };
    let known = account::recognise(device, &mut request.hello, &context.store).await.unwrap_or(None);
    Ok(Some(match known {
        // The device of another person does not take over what is in the seat.
        Some(known) if session.person.is_none_or(|owner| owner == account::person(&known)) => {
            context.present.came_back(account::person(&known));
            Connection::of(session, known)
        }
        _ => Connection::new(session),
    }))
}

/// Seats the person that the device identifies, or a new one.
async fn seat_person(mut request: SeatRequest, context: &Context) -> Result<Connection, End> {
    for _ in 0..INTRODUCTIONS {
        let Some(known) = arrive(&mut request, context).await.map_err(refused)? else { break };
        let owner = account::owner(&known);
        if let Some(banned) = ban_on(owner.person, context) {
            return Err(refused(banned));
        }
        let turn = timeout(TURN_TIMEOUT, context.present.turn(owner.person)).await;
        let turn = turn.map_err(|_| refused(Refusal::Draining))?;
        if !known.is_new {
            context.present.came_back(owner.person);
        }
        request.owner = Some(owner);
        if let Some(session) = own_seat(&request, &turn, owner, context).await? {
            return Ok(Connection::of(session, known));
        }
        match belongings_of(&turn, known.player_id, request.hello.build.schema, context).await {
            Lent::Is(belongings) => request.ticket.belongings = belongings,
            // The account was deleted just now, because its player had done nothing.
            Lent::Nobodys => continue,
            // They play without belongings; what they own stays unchanged in the store.
            Lent::NotKnown => break,
        }
        let rating = rating(&known, &request, context);
        return match placing::place(&request, Some(rating), context).await {
            Ok(session) => Ok(Connection::of(session, known)),
            Err(refusal) => {
                account::withdraw(&known, &context.store).await;
                Err(refused(refusal))
            }
        };
    }
    request.owner = None;
    placing::place(&request, None, context).await.map(Connection::new).map_err(refused)
}

/// The client's account. New ones are created at a bounded rate for each address; known ones are not limited.
async fn arrive(request: &mut SeatRequest, context: &Context) -> Result<Option<Account>, Refusal> {
    let (hello, store) = (&mut request.hello, &context.store);
    if let Some(device) = hello.device {
        match account::recognise(device, hello, store).await {
            Ok(None) => {}
            Ok(known) => return Ok(known),
            Err(_) => return Ok(None),
        }
    }
    if let Some(address) = request.address {
        context.newcomers.let_in(address, Instant::now())?;
    }
    Ok(account::create(hello, store).await)
}

/// Their rating in the requested game.
fn rating(known: &Account, request: &SeatRequest, context: &Context) -> Rating {
    let game = context.games.with_schema(request.hello.build.schema);
    game.map_or(Rating::of(0, 0), |game| account::rating(known, game.about))
}

/// The belongings that a person brings.
enum Lent {
    Is(Option<Belongings>),
    /// The account no longer exists.
    Nobodys,
    /// The store does not answer.
    NotKnown,
}

/// What they own: as their room last reported it if that is newer than the store, else from the store.
async fn belongings_of(turn: &Turn, player: PlayerKey, schema: u64, context: &Context) -> Lent {
    let Some(game) = context.games.with_schema(schema) else { return Lent::Is(None) };
    if let Some(owned) = turn.owned(game.name) {
        return Lent::Is(Some(owned));
    }
    match context.store.holding(player, game.about).await {
        Ok(Some(held)) => Lent::Is(account::belongings(&held, game)),
        Ok(None) => Lent::Nobodys,
        Err(error) => {
            debug!(%error, "plays without a record");
            Lent::NotKnown
        }
    }
}

/// The seat that the person has, if they want to continue there. If they want another room, their seat is free
/// afterwards, and what they own is known.
async fn own_seat(
    request: &SeatRequest,
    turn: &Turn,
    owner: Owner,
    context: &Context,
) -> Result<Option<Arc<Session>>, End> {
    for _ in 0..SEAT_LOOKS {
        let Some(place) = turn.place() else { return Ok(None) };
        let goes_on =
            request.asks == Asks::OwnIfAway || placing::is_wanted(&place.room, &request.hello, context);
        if !goes_on {
            placing::free(&place, turn, owner.person).await.map_err(refused)?;
            continue;
        }
        match placing::join(&place.room, request, request.asks).await {
            Ok(session) => return Ok(Some(session)),
            Err(NoSeat::Declined(Declined::Taken)) => return Err(End::Sent(DisconnectReason::Replaced)),
            Err(NoSeat::Declined(Declined::Refused(refusal))) => return Err(refused(refusal)),
            // Freed meanwhile; the room has reported so.
            Err(NoSeat::Declined(Declined::NoSeat)) => {}
            Err(NoSeat::NoRoom) => turn.forget_place(&place),
        }
    }
    Err(refused(Refusal::Draining))
}

/// Seats a program under a name that neither equals nor resembles an account's. If that is taken in the room, the room
/// gives it another, which is then checked in the same way.
async fn seat_program(mut request: SeatRequest, context: &Context) -> Result<Connection, Refusal> {
    request.hello.name = account::unclaimed_name(&request.hello.name, &context.store).await;
    for _ in 0..NAMINGS {
        let connection = Connection::new(placing::place(&request, None, context).await?);
        let granted = &connection.session.name;
        if *granted == request.hello.name {
            return Ok(connection);
        }
        request.hello.name = account::unclaimed_name(granted, &context.store).await;
        if *granted == request.hello.name {
            return Ok(connection);
        }
        connection.leave(false);
    }
    Err(Refusal::RoomFull)
}

/// Seats a spectator, without effect on the person's seat as a player. No account is created for it; an unknown
/// spectator gets a name that no account has.
async fn seat_spectator(mut request: SeatRequest, context: &Context) -> Result<Connection, Refusal> {
    let known = match request.hello.device {
        Some(device) => account::recognise(device, &mut request.hello, &context.store).await.unwrap_or(None),
        None => None,
    };
    let Some(known) = known else {
        request.hello.name = account::unclaimed_name(&request.hello.name, &context.store).await;
        return placing::place(&request, None, context).await.map(Connection::new);
    };
    let person = account::person(&known);
    if let Some(banned) = ban_on(person, context) {
        return Err(banned);
    }
    request.owner = Some(Owner { person, is_new: false });
    let rating = rating(&known, &request, context);
    let session = placing::place(&request, Some(rating), context).await?;
    Ok(Connection::of(session, known))
}

#[cfg(test)]
mod tests;
