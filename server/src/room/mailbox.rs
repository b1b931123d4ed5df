//! What waits for a room's next tick. Every external event is queued here, and only the tick acts on it.
//!
//! `R` is the room; only the session that answers a join needs its type (`room::session`).

use crate::address::AddressKey;
use crate::person::PersonId;
use crate::room::link::Link;
use crate::room::request::AdminRequest;
use crate::room::session::{ConnectionId, Owner, Session};
use bytes::Bytes;
use perigee_shared::ids::PlayerId;
use perigee_shared::netcode::Ticket;
use perigee_shared::protocol::{DisconnectReason, Hello, Refusal};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::oneshot;

/// Which seat a connection asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Asks {
    /// A new one.
    #[default]
    New,
    /// Only the one that the hello's resume token proves.
    ByProof,
    /// Only the person's own, even if another connection has it now: the person asked for it.
    Own,
    /// Only the person's own, and only if its player is away: the client retries by itself.
    OwnIfAway,
}

/// Why no seat was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Declined {
    /// The room does not admit the client.
    Refused(Refusal),
    /// There is no such seat.
    NoSeat,
    /// A later connection plays in it.
    Taken,
}

impl From<Refusal> for Declined {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// A seat request from a connection with a valid hello.
#[derive(Clone, Debug)]
pub struct SeatRequest {
    /// The connection.
    pub connection: ConnectionId,
    /// Its address, if known.
    pub address: Option<AddressKey>,
    /// Their hello.
    pub hello: Hello,
    /// What later proves that another connection is the same player's, and the belongings they bring.
    pub ticket: Ticket,
    /// Which seat.
    pub asks: Asks,
    /// The owner, if the store knows them.
    pub owner: Option<Owner>,
    /// Its outbound lanes.
    pub link: Arc<Link>,
}

impl SeatRequest {
    /// A new seat for an unknown player, without belongings or a way to come back.
    #[must_use]
    pub fn new(connection: ConnectionId, hello: Hello) -> Self {
        Self {
            connection,
            address: None,
            hello,
            ticket: Ticket::default(),
            asks: Asks::New,
            owner: None,
            link: Arc::default(),
        }
    }
}

/// The room's answer to a seat request.
pub(super) type SeatReply<R> = Result<Arc<Session<R>>, Declined>;

/// One external event.
#[derive(Debug)]
pub enum Mail<R> {
    /// A connection requests a seat.
    Join {
        /// The request.
        request: Box<SeatRequest>,
        /// Where the answer goes. A connection that no longer waits for it gets no seat.
        reply: oneshot::Sender<SeatReply<R>>,
    },
    /// A person moves to another room: their seat is freed, and their belongings reported, before the answer.
    Free {
        /// The person.
        person: PersonId,
        /// Where the answer goes: they now have no seat here.
        reply: oneshot::Sender<()>,
    },
    /// A message from a seated player.
    Packet {
        /// The connection.
        connection: ConnectionId,
        /// Its seat.
        player: PlayerId,
        /// When it arrived, microseconds of the room's clock.
        at_us: u64,
        /// The message.
        bytes: Bytes,
    },
    /// A connection ended.
    Leave {
        /// The connection.
        connection: ConnectionId,
        /// Its seat.
        player: PlayerId,
        /// Whether the seat is kept for a while: true if the connection broke, false if the player left.
        keep: bool,
    },
    /// An admin's request.
    Admin(AdminRequest),
    /// Closes the room. Every client receives the reason.
    Close(DisconnectReason),
}

/// Packets that may wait, for each seat of the room. A player may send a few in a tick; what exceeds that is dropped.
const PACKETS_PER_SEAT: usize = 16;

/// A bounded queue, emptied once a tick.
#[derive(Debug)]
pub(crate) struct Mailbox<R> {
    waiting: Mutex<Waiting<R>>,
    max_packets: usize,
}

#[derive(Debug)]
struct Waiting<R> {
    mails: Vec<Mail<R>>,
    /// How many of the mails are packets, in all and by seat.
    packets: usize,
    packets_of: Vec<u16>,
    /// How many of the mails request a seat.
    joins: usize,
    /// Whether the mailbox is closed and will not be emptied again.
    closed: bool,
}

impl<R> Mailbox<R> {
    pub(crate) fn new(seats: usize) -> Self {
        let waiting =
            Waiting { mails: Vec::new(), packets: 0, packets_of: vec![0; seats], joins: 0, closed: false };
        Self { waiting: Mutex::new(waiting), max_packets: seats * PACKETS_PER_SEAT }
    }

    /// Adds a mail. Returns false if the mailbox is closed, or if the mail is a packet, the mailbox is full and the
    /// seat has used its share. The mail is then dropped, and with it the channel for its answer. Neither other
    /// players' packets nor seat requests reduce a seat's share. Other mails are at most a few for each connection, and
    /// the number of connections is bounded.
    pub(crate) fn put(&self, mail: Mail<R>) -> bool {
        let mut waiting = self.lock();
        if waiting.closed {
            return false;
        }
        if let Mail::Packet { player, .. } = mail {
            let is_full = waiting.packets >= self.max_packets;
            let Some(own) = waiting.packets_of.get_mut(player.index()) else { return false };
            if is_full && usize::from(*own) >= PACKETS_PER_SEAT {
                return false;
            }
            *own = own.saturating_add(1);
            waiting.packets += 1;
        }
        waiting.joins += usize::from(matches!(mail, Mail::Join { .. }));
        waiting.mails.push(mail);
        true
    }

    /// How many connections wait for a seat.
    pub(crate) fn joins(&self) -> usize {
        self.lock().joins
    }

    /// Swaps the waiting mails with the empty `into`.
    pub(crate) fn take(&self, into: &mut Vec<Mail<R>>) {
        debug_assert!(into.is_empty());
        let mut waiting = self.lock();
        (waiting.joins, waiting.packets) = (0, 0);
        waiting.packets_of.fill(0);
        std::mem::swap(&mut waiting.mails, into);
    }

    /// Drops what waits, and from now on all that arrives: callers that wait for an answer learn that there is none.
    pub(crate) fn close(&self) {
        let mut waiting = self.lock();
        (waiting.closed, waiting.joins) = (true, 0);
        let mails = std::mem::take(&mut waiting.mails);
        drop(waiting);
        drop(mails);
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.lock().closed
    }

    fn lock(&self) -> MutexGuard<'_, Waiting<R>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::sync::oneshot::error::TryRecvError;

    /// The mailbox does not use the room.
    type Mail = super::Mail<()>;

    fn join() -> (Mail, oneshot::Receiver<SeatReply<()>>) {
        let (reply, answer) = oneshot::channel();
        let request = SeatRequest::new(ConnectionId(1), Hello::default());
        (Mail::Join { request: Box::new(request), reply }, answer)
    }

    #[test]
    fn who_waits_at_a_closing_room_hears_at_once_that_nobody_answers() {
        let mailbox = Mailbox::new(1);
        let (early, mut early_answer) = join();
        assert!(mailbox.put(early));
        assert_eq!(mailbox.joins(), 1);
        assert_eq!(early_answer.try_recv().err(), Some(TryRecvError::Empty));
        mailbox.close();
        assert_eq!(early_answer.try_recv().err(), Some(TryRecvError::Closed));
        let (late, mut late_answer) = join();
        assert!(!mailbox.put(late) && mailbox.is_closed() && mailbox.joins() == 0);
        assert_eq!(late_answer.try_recv().err(), Some(TryRecvError::Closed));
    }

    #[test]
    fn packets_are_dropped_when_too_many_wait_and_other_mail_is_not() {
        let mailbox = Mailbox::new(1);
        let packet = || {
            let (connection, player) = (ConnectionId(1), PlayerId(0));
            Mail::Packet { connection, player, at_us: 0, bytes: Bytes::new() }
        };
        assert_eq!((0..99).filter(|_| mailbox.put(packet())).count(), PACKETS_PER_SEAT);
        assert!(mailbox.put(join().0));
    }

    #[test]
    fn neither_a_flood_nor_a_crowd_that_joins_takes_another_seats_part() {
        let mailbox = Mailbox::new(4);
        let packet = |player| {
            let (connection, player) = (ConnectionId(1), PlayerId(player));
            Mail::Packet { connection, player, at_us: 0, bytes: Bytes::new() }
        };
        for _ in 0..2 {
            assert!((0..200).all(|_| mailbox.put(join().0)));
            let flood = (0..999).filter(|_| mailbox.put(packet(0))).count();
            assert_eq!(flood, 4 * PACKETS_PER_SEAT, "what nobody else sends");
            for player in 1..4 {
                assert_eq!((0..99).filter(|_| mailbox.put(packet(player))).count(), PACKETS_PER_SEAT);
            }
            mailbox.take(&mut Vec::new());
        }
        assert!(!mailbox.put(packet(4)), "there is no such seat");
    }
}
