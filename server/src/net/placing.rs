//! Requests a seat from one room, or from those that the lobby names, one after the other.

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
/// When many join at once, the places that the lobby saw may be taken; a player who accepts any room is placed again,
/// at most this many times in all.
const PLACINGS: u32 = 4;

/// Why there is no seat.
#[derive(Debug)]
pub(super) enum NoSeat {
    /// The room declined the request.
    Declined(Declined),
    /// The room has ended.
    NoRoom,
}

/// Requests a new seat from the rooms that the lobby names.
///
/// # Errors
/// The answer of the last of them.
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

/// Requests a seat from a room.
///
/// # Errors
/// [`NoSeat`].
pub(super) async fn join(
    room: &Arc<RoomHandle>,
    request: &SeatRequest,
    asks: Asks,
) -> Result<Arc<Session>, NoSeat> {
    let mut request = SeatRequest { asks, link: Arc::new(Link::default()), ..request.clone() };
    // Belongings do not enter private rooms: a player begins there with the game's starting balance, and takes nothing
    // away. The same holds for a game without belongings.
    let brings_belongings = room.is_public() && room.game().about.has_belongings;
    request.ticket.belongings = request.ticket.belongings.filter(|_| brings_belongings);
    let (reply, answer) = oneshot::channel::<SeatReply>();
    room.put(Mail::Join { request: Box::new(request), reply });
    match timeout(ROOM_TIMEOUT, answer).await {
        Ok(Ok(answer)) => answer.map_err(NoSeat::Declined),
        Ok(Err(_)) => Err(NoSeat::NoRoom),
        // The room notices that the connection no longer waits, and frees the seat.
        Err(_) => Err(NoSeat::Declined(Declined::Refused(Refusal::Draining))),
    }
}

/// Has the person's seat freed, and waits until their final belongings are reported.
///
/// # Errors
/// [`Refusal::Draining`] if the room does not answer in time.
pub(super) async fn free(place: &SeatedAt, turn: &Turn, person: PersonId) -> Result<(), Refusal> {
    let (reply, answer) = oneshot::channel();
    place.room.put(Mail::Free { person, reply });
    match timeout(ROOM_TIMEOUT, answer).await {
        Ok(Ok(())) => Ok(()),
        // The room has ended, and sent its final reports if it could.
        Ok(Err(_)) => {
            turn.forget_place(place);
            Ok(())
        }
        Err(_) => Err(Refusal::Draining),
    }
}

/// Whether this hello may go on in that room. A private room must be named.
pub(super) fn is_wanted(room: &RoomHandle, hello: &Hello, context: &Context) -> bool {
    let Some(request) = QuickPlayRequest::of(hello) else { return room.name() == hello.room };
    room.is_public()
        && request.schema.is_none_or(|schema| room.schema() == schema)
        && request.mode.is_none_or(|mode| room.status().round.mode == mode)
        && !context.lobby.party_is_elsewhere(&hello.party, room)
}
