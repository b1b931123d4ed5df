//! What waits for a room's next tick. Everything from outside comes in here and only enqueues.
//!
//! `R` is the room, of which only the session that answers a join needs to know (`room::session`).

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
    /// One that nobody has.
    #[default]
    New,
    /// The one that the hello's proof opens, and no other.
    ByProof,
    /// The person's own, whatever connection has it now, and no other: they asked for it themselves.
    Own,
    /// The person's own if nobody is in it just now, and no other: a program of theirs tries again by itself.
    OwnIfAway,
}

/// Why no seat was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Declined {
    /// The room does not admit them.
    Refused(Refusal),
    /// There is no such seat.
    NoSeat,
    /// There is, and a later connection plays in it.
    Taken,
}

impl From<Refusal> for Declined {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// What a connection with a good hello asks of a room.
#[derive(Clone, Debug)]
pub struct SeatRequest {
    /// Who.
    pub connection: ConnectionId,
    /// From where, if that is known.
    pub address: Option<AddressKey>,
    /// Their hello.
    pub hello: Hello,
    /// What proves later that another connection is theirs, and what they bring.
    pub ticket: Ticket,
    /// Which seat.
    pub asks: Asks,
    /// Who they are, if the store knows them.
    pub owner: Option<Owner>,
    /// Their lanes.
    pub link: Arc<Link>,
}

impl SeatRequest {
    /// A new seat for a stranger, who brings nothing and cannot come back.
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

/// The room's answer to it.
pub(super) type SeatReply<R> = Result<Arc<Session<R>>, Declined>;

/// One thing that happened outside.
#[derive(Debug)]
pub enum Mail<R> {
    /// A connection wants a seat.
    Join {
        /// Which, and who.
        request: Box<SeatRequest>,
        /// Where the answer goes. Nobody is seated who no longer waits for it.
        reply: oneshot::Sender<SeatReply<R>>,
    },
    /// A person goes on elsewhere: their seat is freed, and what becomes of it reported, before the answer.
    Free {
        /// Who.
        person: PersonId,
        /// Where the answer goes: they have no seat here.
        reply: oneshot::Sender<()>,
    },
    /// A message from a seated player.
    Packet {
        /// Whose connection.
        connection: ConnectionId,
        /// Their seat.
        player: PlayerId,
        /// When it came, microseconds of the room's clock.
        at_us: u64,
        /// The message.
        bytes: Bytes,
    },
    /// A connection ended.
    Leave {
        /// Which.
        connection: ConnectionId,
        /// Its seat.
        player: PlayerId,
        /// Whether the seat is kept for a while: the connection broke, the player did not leave.
        keep: bool,
    },
    /// An admin's request.
    Admin(AdminRequest),
    /// The room closes, and everybody is told why.
    Close(DisconnectReason),
}

/// Packets that may wait, for each seat of the room. A player may send a few in a tick; whoever sends more loses them.
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
    /// How many of them are packets, in all and of each seat.
    packets: usize,
    packets_of: Vec<u16>,
    /// How many of them ask for a seat.
    joins: usize,
    /// Whether nobody will take out any more.
    closed: bool,
}

impl<R> Mailbox<R> {
    pub(crate) fn new(seats: usize) -> Self {
        let waiting =
            Waiting { mails: Vec::new(), packets: 0, packets_of: vec![0; seats], joins: 0, closed: false };
        Self { waiting: Mutex::new(waiting), max_packets: seats * PACKETS_PER_SEAT }
    }

    /// Adds a mail. False if the box is closed, or if it is a packet, the box is full and the seat has used its share: the
    /// mail is dropped, and with it the way back for its answer. Neither what others send nor how many ask for a seat takes
    /// a seat's share away. Other mails are at most a few for each connection, and the number of connections is bounded.
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

    /// How many wait for a seat.
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

    /// Drops what waits, and from now on everything that arrives: whoever waits for an answer learns that there is none.
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

    /// The mailbox does not look at the room.
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
