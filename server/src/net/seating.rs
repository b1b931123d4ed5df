//! From a hello to a seat: whose it is, whether they sit already, and which room takes them.
//!
//! Nobody in here decides a claim by what they saw a moment ago. A proof (`Hello::resume`) is judged by the room that has
//! the seat, within its tick. Whoever is known by their device takes the person's turn first ([`Presence`]): of two that
//! come at once the second sees what became of the first. A person who has a seat gets that one; one who asks for another
//! room gives the seat up first, and brings what the room's last word says that they own.
//!
//! [`Presence`]: crate::presence::Presence

use crate::lobby::QuickPlayRequest;
use crate::net::context::Context;
use crate::net::end::End;
use crate::net::identity;
use crate::person::PersonId;
use crate::presence::Turn;
use crate::room::{
    Asks, ConnectionId, Declined, Join, Joined, Link, Mail, Rating, RatingShare, RoomHandle, SeatedAt, Sitter,
};
use crate::services::chat::fair::SpeakerOrigin;
use crate::services::hub::{self, Note};
use crate::store::{Identity, PlayerKey};
use perigee_shared::ids::PlayerId;
use perigee_shared::netcode::{Belongings, Delivery, Ticket};
use perigee_shared::protocol::{DisconnectReason, Hello, Refusal, ResumeToken};
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};
use tokio::sync::oneshot;
use tokio::time::timeout;
use tracing::debug;

/// A room answers within a tick.
const ROOM_TIMEOUT: Duration = Duration::from_secs(5);
/// Another connection of the same person is seated within two ticks, unless the machine has too much to do.
const TURN_TIMEOUT: Duration = Duration::from_secs(10);
/// When many come at once, the places that the lobby saw may be gone; who does not mind which room is placed again, no more
/// often than this.
const PLACINGS: u32 = 4;
/// A program's name may be somebody's in the room, and the number that it is given there a kept player's; more often than
/// this only if somebody wants that.
const NAMINGS: u32 = 3;
/// Who was forgotten between the question who they are and their turn is made anew; more often than this is no chance.
const INTRODUCTIONS: u32 = 3;
/// A seat that is freed and given anew again and again, while one asks for it.
const SEAT_LOOKS: u32 = 4;

/// A seat in a room.
#[derive(Debug)]
pub(super) struct Seat {
    pub(super) room: Arc<RoomHandle>,
    pub(super) player: PlayerId,
    sitting: u32,
    /// The name as granted.
    pub(super) name: String,
    /// Whether a program plays.
    bot: bool,
    /// Who it is, if the store knows them.
    person: Option<PersonId>,
    /// For one who plays: they count in the room's rating as long as they are there.
    counted: Option<RatingShare>,
    /// The store's number of one who was given their token on this connection.
    pub(super) newcomer: Option<PlayerKey>,
    /// Whom they had blocked when they were last here.
    blocks: Vec<(PersonId, String)>,
    /// For a spectator: how late they see the match, milliseconds.
    spectating_ms: Option<u32>,
    /// Whether it was theirs before.
    pub(super) resumed: bool,
    pub(super) connection: ConnectionId,
    pub(super) link: Arc<Link>,
}

impl Seat {
    /// With what is known of whoever has it.
    fn of(mut self, mut known: Identity) -> Self {
        identity::introduce(&known, &self.link);
        self.person = Some(identity::person(&known));
        self.counted =
            self.plays().then(|| self.room.rating().count(identity::rating(&known, self.room.game().about)));
        self.newcomer = known.is_new.then_some(known.player_id);
        self.blocks = identity::blocks(&mut known);
        self
    }

    fn plays(&self) -> bool {
        self.spectating_ms.is_none()
    }

    /// Tells the room that the connection is over, and whether the seat is kept for a while.
    pub(super) fn leave(&self, keep: bool) {
        self.room.put(Mail::Leave { connection: self.connection, player: self.player, keep });
    }

    /// For the services.
    pub(super) fn note(&mut self, address: IpAddr) -> Note {
        let is_newcomer = self.newcomer.is_some() || self.person.is_none();
        let origin = SpeakerOrigin { address: Some(address.into()), is_newcomer };
        Note::Joined(Box::new(hub::Joined {
            origin,
            connection: self.connection,
            room: Arc::clone(&self.room),
            player: self.player,
            sitting: self.sitting,
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

/// A connection that asks for a seat.
#[derive(Clone, Debug)]
struct Comer {
    connection: ConnectionId,
    address: IpAddr,
    hello: Hello,
    ticket: Ticket,
    /// Whether the client tries again by itself to go on where it was: it takes nothing from whoever came later.
    by_itself: bool,
}

fn refused(refusal: Refusal) -> End {
    End::Sent(DisconnectReason::Refused(refusal))
}

/// A seat for whoever says this hello, which was checked.
pub(super) async fn seat(hello: Hello, address: IpAddr, context: &Context) -> Result<Seat, End> {
    let mut token = ResumeToken::default();
    // Without randomness there is no token, and so no coming back; the default one opens nothing.
    if let Err(error) = getrandom::fill(&mut token.0) {
        debug!(%error, "no randomness for a token");
        token = ResumeToken::default();
    }
    let mut comer = Comer {
        connection: ConnectionId(context.next_connection.fetch_add(1, Ordering::Relaxed)),
        address,
        by_itself: hello.resume.is_some(),
        ticket: Ticket { token, delivery: Delivery::Stream, belongings: None },
        hello,
    };
    if let Some(seat) = come_back(&mut comer, context).await? {
        if let Some(banned) = seat.person.and_then(|person| ban_on(person, context)) {
            seat.leave(false);
            return Err(refused(banned));
        }
        return Ok(seat);
    }
    if comer.hello.bot {
        return seat_program(comer, context).await.map_err(refused);
    }
    if comer.hello.spectate {
        return seat_spectator(comer, context).await.map_err(refused);
    }
    seat_person(comer, context).await
}

/// Why somebody may not come in, if they may not.
fn ban_on(person: PersonId, context: &Context) -> Option<Refusal> {
    context.bans.refusal(person, context.store.now_s())
}

/// The seat that the hello's proof opens. If there is none, the wish for it is granted nothing else: whoever says a token
/// that fits no seat is a newcomer, or whoever their device says, and the store gives them their name.
async fn come_back(comer: &mut Comer, context: &Context) -> Result<Option<Seat>, End> {
    if comer.hello.resume.is_none() {
        return Ok(None);
    }
    let rooms = context.lobby.place(&comer.hello, None, Some(comer.address.into())).await.unwrap_or_default();
    let back = match rooms.into_iter().next() {
        Some(room) => join(room, comer, (Asks::ByProof, None)).await,
        None => Err(None),
    };
    let seat = match back {
        Ok(seat) => seat,
        Err(Some(Declined::Taken)) => return Err(End::Sent(DisconnectReason::Replaced)),
        Err(_) => {
            comer.hello.resume = None;
            return Ok(None);
        }
    };
    // Without a device there is nobody to ask for: whoever has the seat is known already.
    let Some(device) = comer.hello.device else { return Ok(Some(seat)) };
    let known = identity::recognise(device, &mut comer.hello, &context.store).await.unwrap_or(None);
    Ok(Some(match known {
        // Another's device makes nobody the owner of what is in the seat.
        Some(known) if seat.person.is_none_or(|owner| owner == identity::person(&known)) => {
            context.present.came_back(identity::person(&known));
            seat.of(known)
        }
        _ => seat,
    }))
}

/// Seats whoever their device says they are, or a newcomer.
async fn seat_person(mut comer: Comer, context: &Context) -> Result<Seat, End> {
    for _ in 0..INTRODUCTIONS {
        let Some(known) = arrive(&mut comer, context).await.map_err(refused)? else { break };
        let person = identity::person(&known);
        if let Some(banned) = ban_on(person, context) {
            return Err(refused(banned));
        }
        let turn = timeout(TURN_TIMEOUT, context.present.turn(person)).await;
        let turn = turn.map_err(|_| refused(Refusal::Draining))?;
        if !known.is_new {
            context.present.came_back(person);
        }
        let sitter = Sitter { person, is_new: known.is_new, registrar: Arc::new(context.present.clone()) };
        if let Some(seat) = own_seat(&comer, &turn, &sitter, context).await? {
            return Ok(seat.of(known));
        }
        match belongings_of(&turn, known.player_id, comer.hello.build.schema, context).await {
            Lent::Is(belongings) => comer.ticket.belongings = belongings,
            // They were forgotten just now: they had done nothing.
            Lent::Nobodys => continue,
            // They play, but whatever it is that they own stays where it is.
            Lent::NotKnown => break,
        }
        let who = Some((sitter, rating(&known, &comer, context)));
        return match place(&comer, who, context).await {
            Ok(seat) => Ok(seat.of(known)),
            Err(refusal) => {
                identity::turn_away(Some(known), &context.store).await;
                Err(refused(refusal))
            }
        };
    }
    place(&comer, None, context).await.map_err(refused)
}

/// Who that is. Strangers are made players at a bounded rate for each address; whoever is known is let in at any.
async fn arrive(comer: &mut Comer, context: &Context) -> Result<Option<Identity>, Refusal> {
    let store = &context.store;
    if let Some(device) = comer.hello.device {
        match identity::recognise(device, &mut comer.hello, store).await {
            Ok(None) => {}
            Ok(known) => return Ok(known),
            Err(_) => return Ok(None),
        }
    }
    context.newcomers.let_in(comer.address, Instant::now())?;
    Ok(identity::make(&mut comer.hello, store).await)
}

/// How strong they are in the game that they ask for.
fn rating(known: &Identity, comer: &Comer, context: &Context) -> Rating {
    let game = context.games.with_schema(comer.hello.build.schema);
    game.map_or(Rating::of(0, 0), |game| identity::rating(known, game.about))
}

/// What a person brings.
enum Lent {
    Is(Option<Belongings>),
    /// There is no such player any more.
    Nobodys,
    /// The store does not say.
    NotKnown,
}

/// What they own: by the word of the room that they were in, as long as that is newer than the store's.
async fn belongings_of(turn: &Turn, player: PlayerKey, schema: u64, context: &Context) -> Lent {
    let Some(game) = context.games.with_schema(schema) else { return Lent::Is(None) };
    if let Some(owned) = turn.owned(game.name) {
        return Lent::Is(Some(owned));
    }
    match context.store.holding(player, game.about).await {
        Ok(Some(held)) => Lent::Is(identity::belongings(&held, game)),
        Ok(None) => Lent::Nobodys,
        Err(error) => {
            debug!(%error, "plays without a record");
            Lent::NotKnown
        }
    }
}

/// The seat that the person has, if they want to go on there. If they want to go elsewhere, it is free after this, and what
/// they own is known.
async fn own_seat(
    comer: &Comer,
    turn: &Turn,
    sitter: &Sitter,
    context: &Context,
) -> Result<Option<Seat>, End> {
    for _ in 0..SEAT_LOOKS {
        let Some(place) = turn.place() else { return Ok(None) };
        if comer.by_itself || is_wanted(&place.room, &comer.hello, context) {
            let asks = if comer.by_itself { Asks::OwnIfAway } else { Asks::Own };
            match join(Arc::clone(&place.room), comer, (asks, Some(sitter.clone()))).await {
                Ok(seat) => return Ok(Some(seat)),
                Err(Some(Declined::Taken)) => return Err(End::Sent(DisconnectReason::Replaced)),
                Err(Some(Declined::Refused(refusal))) => return Err(refused(refusal)),
                // Freed meanwhile; the room has told so.
                Err(Some(Declined::NoSeat)) => {}
                Err(None) => turn.forget_place(&place),
            }
        } else {
            free(&place, turn, sitter.person).await?;
        }
    }
    Err(refused(Refusal::Draining))
}

/// Whether somebody with this hello wants to be in that room. What is private is not meant unless it is named.
fn is_wanted(room: &RoomHandle, hello: &Hello, context: &Context) -> bool {
    let Some(wish) = QuickPlayRequest::of(hello) else { return room.name() == hello.room };
    room.is_public()
        && wish.schema.is_none_or(|schema| room.schema() == schema)
        && wish.mode.is_none_or(|mode| room.status().round.mode == mode)
        && !context.lobby.party_is_elsewhere(&hello.party, room)
}

/// Has the person's seat freed, and waits until what becomes of it is known.
async fn free(place: &SeatedAt, turn: &Turn, person: PersonId) -> Result<(), End> {
    let (reply, answer) = oneshot::channel();
    place.room.put(Mail::Free { person, reply });
    match timeout(ROOM_TIMEOUT, answer).await {
        Ok(Ok(())) => Ok(()),
        // The room has ended, and said its last of everybody in it if it could.
        Ok(Err(_)) => {
            turn.forget_place(place);
            Ok(())
        }
        Err(_) => Err(refused(Refusal::Draining)),
    }
}

/// Seats a program under a name that no kept player has, nor seems to have. The room gives it another if somebody there
/// bears it, and then that one must be nobody's too.
async fn seat_program(mut comer: Comer, context: &Context) -> Result<Seat, Refusal> {
    comer.hello.name = identity::unclaimed_name(&comer.hello.name, &context.store).await;
    for _ in 0..NAMINGS {
        let seat = place(&comer, None, context).await?;
        if seat.name == comer.hello.name {
            return Ok(seat);
        }
        comer.hello.name = identity::unclaimed_name(&seat.name, &context.store).await;
        if seat.name == comer.hello.name {
            return Ok(seat);
        }
        seat.leave(false);
    }
    Err(Refusal::RoomFull)
}

/// Seats one who looks on: it takes nothing from the seat in which they play. Nobody is made a player for that; a stranger
/// has a name that is nobody's.
async fn seat_spectator(mut comer: Comer, context: &Context) -> Result<Seat, Refusal> {
    let known = match comer.hello.device {
        Some(device) => identity::recognise(device, &mut comer.hello, &context.store).await.unwrap_or(None),
        None => None,
    };
    let Some(known) = known else {
        comer.hello.name = identity::unclaimed_name(&comer.hello.name, &context.store).await;
        return place(&comer, None, context).await;
    };
    let person = identity::person(&known);
    if let Some(banned) = ban_on(person, context) {
        return Err(banned);
    }
    let sitter = Sitter { person, is_new: false, registrar: Arc::new(context.present.clone()) };
    let seat = place(&comer, Some((sitter, rating(&known, &comer, context))), context).await?;
    Ok(seat.of(known))
}

/// Asks the rooms that the lobby names, one after the other.
async fn place(comer: &Comer, known: Option<(Sitter, Rating)>, context: &Context) -> Result<Seat, Refusal> {
    let (sitter, rating) = known.unzip();
    let (lobby, hello, from) = (&context.lobby, &comer.hello, Some(comer.address.into()));
    let mut refusal = Refusal::RoomFull;
    for _ in 0..PLACINGS {
        for room in lobby.place(hello, rating, from).await? {
            match join(Arc::clone(&room), comer, (Asks::New, sitter.clone())).await {
                Ok(seat) => {
                    lobby.party_is_in(&hello.party, &room, from);
                    return Ok(seat);
                }
                Err(Some(Declined::Refused(why))) => refusal = why,
                Err(Some(Declined::NoSeat | Declined::Taken)) => refusal = Refusal::RoomFull,
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
    comer: &Comer,
    (asks, sitter): (Asks, Option<Sitter>),
) -> Result<Seat, Option<Declined>> {
    let link = Arc::new(Link::default());
    let (reply, answer) = oneshot::channel();
    let Comer { connection, address, hello, mut ticket, .. } = comer.clone();
    // What somebody owns outside stays outside: whoever plays with friends in a private room begins there with what the
    // game gives to everybody, and takes nothing along.
    // The same goes for a game in which nobody owns anything.
    ticket.belongings = ticket.belongings.filter(|_| room.is_public() && room.game().about.has_belongings);
    let bot = hello.bot;
    let (link_there, join) = (
        Arc::clone(&link),
        Join { connection, hello, ticket, asks, from: Some(address.into()), sitter, link, reply },
    );
    room.put(Mail::Join(Box::new(join)));
    match timeout(ROOM_TIMEOUT, answer).await {
        Ok(Ok(joined)) => {
            let Joined { seated, sitting, name, person, spectating_ms } = joined?;
            Ok(Seat {
                player: seated.player,
                sitting,
                name,
                bot,
                person,
                counted: None,
                newcomer: None,
                blocks: Vec::new(),
                spectating_ms,
                resumed: seated.resumed,
                room,
                connection,
                link: link_there,
            })
        }
        Ok(Err(_)) => Err(None),
        // It finds out that nobody waits any more, and frees the seat.
        Err(_) => Err(Some(Declined::Refused(Refusal::Draining))),
    }
}

#[cfg(test)]
mod tests;
