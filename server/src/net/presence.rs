//! One live seat for each person in the whole server: whoever sits down again, in whatever room, gets up first.
//!
//! Else one device could sit in many seats, and what it owns would be in each of them. As many entries as there are
//! connections at the most. Who only looks on owns nothing and is not here; neither are programs.

use crate::room::{ConnectionId, Link, Mail, RoomHandle};
use crate::services::person::PersonId;
use perigee_shared::ids::PlayerId;
use perigee_shared::protocol::DisconnectReason;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::timeout;

/// A connection that is told goodbye ends at once, unless the machine has too much to do.
const END_TIMEOUT: Duration = Duration::from_secs(2);

/// Who sits where.
#[derive(Clone, Debug, Default)]
pub struct Presence(Arc<Mutex<HashMap<PersonId, Entry>>>);

#[derive(Debug)]
struct Entry {
    connection: ConnectionId,
    /// None on the way to a seat.
    seat: Option<Taken>,
    /// Closed when the connection is over.
    over: watch::Receiver<()>,
}

#[derive(Debug)]
struct Taken {
    room: Arc<RoomHandle>,
    player: PlayerId,
    link: Arc<Link>,
}

impl Taken {
    /// The seat is free with the room's next tick, before whatever asks for one from now on.
    fn free(self, connection: ConnectionId) {
        self.link.close(DisconnectReason::Replaced);
        self.room.put(Mail::Leave { connection, player: self.player, keep: false });
    }
}

impl Presence {
    /// From now on the person is `connection`'s, until the claim is dropped; an older connection of theirs is told goodbye.
    pub(super) fn claim(&self, person: PersonId, connection: ConnectionId) -> Claim {
        let (alive, over) = watch::channel(());
        let before = self.lock().insert(person, Entry { connection, seat: None, over });
        let before = before.map(|Entry { connection, seat, over }| {
            if let Some(seat) = seat {
                seat.free(connection);
            }
            over
        });
        Claim { presence: self.clone(), person, connection, before, _alive: alive }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<PersonId, Entry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection's right to the person's only seat.
#[derive(Debug)]
pub(super) struct Claim {
    presence: Presence,
    person: PersonId,
    connection: ConnectionId,
    /// The older connection.
    before: Option<watch::Receiver<()>>,
    /// Tells the next one when this is over.
    _alive: watch::Sender<()>,
}

impl Claim {
    /// Waits until an older connection is over: from then on nothing is told of its seat, and the store's word on what the
    /// person owns is the last one, a tenth of a second old. Whether there was one.
    pub(super) async fn is_after_another(&mut self) -> bool {
        let Some(mut before) = self.before.take() else { return false };
        // Nothing is ever sent: it changes by its end.
        let _ = timeout(END_TIMEOUT, before.changed()).await;
        true
    }

    /// Has a seat now. False if a newer connection has claimed the person meanwhile: then this one is to go.
    pub(super) fn sit(&self, room: &Arc<RoomHandle>, player: PlayerId, link: &Arc<Link>) -> bool {
        let mut people = self.presence.lock();
        let own = people.get_mut(&self.person).filter(|entry| entry.connection == self.connection);
        let Some(own) = own else { return false };
        own.seat = Some(Taken { room: Arc::clone(room), player, link: Arc::clone(link) });
        true
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        let mut people = self.presence.lock();
        if people.get(&self.person).is_some_and(|entry| entry.connection == self.connection) {
            people.remove(&self.person);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANN: PersonId = PersonId(1);

    #[tokio::test]
    async fn the_newest_connection_has_the_person_and_waits_for_the_older_to_end() {
        let presence = Presence::default();
        let mut config = crate::config::Config::from_text(None).unwrap();
        let room = Arc::new(RoomHandle::new(&config.rooms.remove(0), std::time::Instant::now()));
        let (first_link, link) = (Arc::<Link>::default(), Arc::<Link>::default());
        let mut first = presence.claim(ANN, ConnectionId(1));
        assert!(!first.is_after_another().await);
        assert!(first.sit(&room, PlayerId(3), &first_link));
        let mut second = presence.claim(ANN, ConnectionId(2));
        assert_eq!(first_link.goodbye(), Some(DisconnectReason::Replaced));
        assert!(!first.sit(&room, PlayerId(3), &first_link), "the person is another connection's");
        let third = presence.claim(PersonId(2), ConnectionId(3));
        let waiting = tokio::spawn(async move { (second.is_after_another().await, second) });
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        drop(first);
        let (was_there, second) = waiting.await.unwrap();
        assert!(was_there && second.sit(&room, PlayerId(3), &link));
        assert_eq!((link.goodbye(), presence.lock().len()), (None, 2));
        drop((second, third));
        assert!(presence.lock().is_empty(), "an entry ends with its connection");
    }
}
