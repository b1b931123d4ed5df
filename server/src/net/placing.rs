//! Asks rooms for a seat: one, or those that the lobby names, one after the other.

use crate::lobby::QuickPlayRequest;
use crate::net::context::Context;
use crate::person::PersonId;
use crate::presence::Turn;
use crate::room::{
    Asks, Declined, Link, Mail, Rating, RoomHandle, SeatReply, SeatRequest, SeatedAt, Session,
};
use perigee_shared::protocol::{Hello, Refusal};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::time::timeout;

/// A room answers within a tick.
const ROOM_TIMEOUT: Duration = Duration::from_secs(5);
/// When many come at once, the places that the lobby saw may be gone; a player who does not mind which room is placed
/// again, no more often than this.
const PLACINGS: u32 = 4;

/// Why there is no seat.
#[derive(Debug)]
pub(super) enum NoSeat {
    /// The room says so.
    Declined(Declined),
    /// The room is gone.
    NoRoom,
}

/// Asks the rooms that the lobby names for a new seat.
///
/// # Errors
/// What the last of them said.
pub(super) async fn place(
    request: &SeatRequest,
    rating: Option<Rating>,
    context: &Context,
) -> Result<Arc<Session>, Refusal> {
    let (lobby, hello, from) = (&context.lobby, &request.hello, request.address);
    let mut refusal = Refusal::RoomFull;
    for _ in 0..PLACINGS {
        for room in lobby.place(hello, rating, from).await? {
            match join(&room, request, Asks::New).await {
                Ok(session) => {
                    lobby.party_is_in(&hello.party, &room, from);
                    return Ok(session);
                }
                Err(NoSeat::Declined(Declined::Refused(why))) => refusal = why,
                Err(NoSeat::Declined(Declined::NoSeat | Declined::Taken)) => refusal = Refusal::RoomFull,
                Err(NoSeat::NoRoom) => refusal = lobby.absence(room.name()),
            }
        }
        if !lobby.has_place(hello) {
            break;
        }
    }
    Err(refusal)
}

/// Asks a room for a seat.
///
/// # Errors
/// [`NoSeat`].
pub(super) async fn join(
    room: &Arc<RoomHandle>,
    request: &SeatRequest,
    asks: Asks,
) -> Result<Arc<Session>, NoSeat> {
    let mut request = SeatRequest { asks, link: Arc::new(Link::default()), ..request.clone() };
    // What somebody owns outside stays outside: whoever plays with friends in a private room begins there with what the
    // game gives to everybody, and takes nothing along.
    // The same goes for a game in which nobody owns anything.
    let brings_belongings = room.is_public() && room.game().about.has_belongings;
    request.ticket.belongings = request.ticket.belongings.filter(|_| brings_belongings);
    let (reply, answer) = oneshot::channel::<SeatReply>();
    room.put(Mail::Join { request: Box::new(request), reply });
    match timeout(ROOM_TIMEOUT, answer).await {
        Ok(Ok(answer)) => answer.map_err(NoSeat::Declined),
        Ok(Err(_)) => Err(NoSeat::NoRoom),
        // It finds out that nobody waits any more, and frees the seat.
        Err(_) => Err(NoSeat::Declined(Declined::Refused(Refusal::Draining))),
    }
}

/// Has the person's seat freed, and waits until what becomes of it is known.
///
/// # Errors
/// [`Refusal::Draining`] if the room does not answer in time.
pub(super) async fn free(place: &SeatedAt, turn: &Turn, person: PersonId) -> Result<(), Refusal> {
    let (reply, answer) = oneshot::channel();
    place.room.put(Mail::Free { person, reply });
    match timeout(ROOM_TIMEOUT, answer).await {
        Ok(Ok(())) => Ok(()),
        // The room has ended, and said its last of everybody in it if it could.
        Ok(Err(_)) => {
            turn.forget_place(place);
            Ok(())
        }
        Err(_) => Err(Refusal::Draining),
    }
}

/// Whether somebody with this hello wants to be in that room. What is private is not meant unless it is named.
pub(super) fn is_wanted(room: &RoomHandle, hello: &Hello, context: &Context) -> bool {
    let Some(request) = QuickPlayRequest::of(hello) else { return room.name() == hello.room };
    room.is_public()
        && request.schema.is_none_or(|schema| room.schema() == schema)
        && request.mode.is_none_or(|mode| room.status().round.mode == mode)
        && !context.lobby.party_is_elsewhere(&hello.party, room)
}
