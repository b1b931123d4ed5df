//! The lobby: which rooms there are, which one a player gets, and the rooms that are created and closed at run time.
//!
//! - `choice`: quick play, numbers in and an order out
//! - `parties`: friends who play in the same room
//! - `supervisor`: starts, opens, creates, watches and ends rooms, within bounds
//! - `directory`: which rooms run, and their threads; `factory`: how one is started, and a new one's configuration
//! - `openings`: limits how often one is opened; `names`: names for new ones; `error`: why none was created
//! - `section`: the lobby's configuration
//!
//! A file imports only from those below it here, and this one from all.

mod choice;
mod directory;
mod error;
mod factory;
mod names;
mod openings;
mod parties;
mod section;
mod supervisor;

pub(crate) use choice::{Fit, Offer, QuickPlayRequest, is_quick_play};
pub use error::LobbyError;
pub(crate) use factory::Blueprint;
pub use factory::PrivateRoomRequest;
pub(crate) use section::LobbyConfig;
pub(crate) use supervisor::Rooms;

use crate::address::AddressKey;
use crate::game::Games;
use crate::metrics::{RoomFigures, RoomSource};
use crate::room::{PersistedStates, Rating, RoomContext, RoomHandle, RoomInfo};
use choice::Ranked;
use factory::RoomFactory;
use parties::{Member, Parties};
use perigee_shared::protocol::{DisconnectReason, Hello, Refusal};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use supervisor::Supervisor;

/// How often the rooms' threads are checked.
const LOOK_PERIOD: Duration = Duration::from_millis(100);

/// All rooms of this process.
#[derive(Debug)]
pub struct Lobby {
    supervisor: Supervisor,
    parties: Mutex<Parties>,
}

impl Lobby {
    /// A lobby of rooms that the caller started and watches. It creates none.
    #[must_use]
    pub fn new(rooms: Vec<Arc<RoomHandle>>) -> Self {
        Self { supervisor: Supervisor::of(rooms), parties: Mutex::default() }
    }

    /// Starts the configured rooms, each from its state in `persisted_states`; further ones are started as needed.
    ///
    /// # Errors
    /// [`LobbyError::Thread`], [`LobbyError::Randomness`]; rooms that were already started are closed.
    pub fn start(
        games: Games,
        blueprint: impl Into<Blueprint>,
        context: RoomContext,
        persisted_states: PersistedStates,
    ) -> Result<Self, LobbyError> {
        let factory = RoomFactory::new(games, blueprint.into(), context, persisted_states);
        Ok(Self { supervisor: Supervisor::start(factory)?, parties: Mutex::default() })
    }

    /// All rooms, including private ones: for the operator, and for callers that check [`RoomHandle::is_public`].
    #[must_use]
    pub fn rooms(&self) -> Rooms {
        self.supervisor.rooms()
    }

    /// The rooms that may be listed.
    #[must_use]
    pub fn public_rooms(&self) -> Vec<RoomInfo> {
        self.rooms().iter().filter(|room| room.is_public()).map(|room| room.info()).collect()
    }

    /// The room of that name, private or not: knowing the name is enough to enter.
    #[must_use]
    pub fn room(&self, name: &str) -> Option<Arc<RoomHandle>> {
        self.rooms().iter().find(|room| room.name() == name).map(Arc::clone)
    }

    /// The schema of the game of that name, if a room plays it.
    #[must_use]
    pub fn schema_of(&self, game: &str) -> Option<u64> {
        self.rooms().iter().find(|room| room.game().name == game).map(|room| room.schema())
    }

    /// Why the room of that name cannot be joined.
    #[must_use]
    pub fn absence(&self, name: &str) -> Refusal {
        let is_coming_back = self.supervisor.templates().iter().any(|room| room.name == name);
        if is_coming_back || self.supervisor.is_draining() {
            return Refusal::Draining;
        }
        Refusal::NoSuchRoom
    }

    /// The rooms for a client with this hello, best first: the room that it names; or for `any` the public rooms in
    /// quick play's order, the party's room first while it has a place. If no room suits well, another is opened. Only
    /// a room itself knows whether it has a place, or a seat whose player is away: a client that is refused there tries
    /// the next.
    /// the next.
    ///
    /// # Errors
    /// [`Refusal::NoSuchRoom`], [`Refusal::Draining`], [`Refusal::Schema`] if that room plays another game.
    pub async fn place(
        self: &Arc<Self>,
        hello: &Hello,
        rating: Option<Rating>,
        from: Option<AddressKey>,
    ) -> Result<Vec<Arc<RoomHandle>>, Refusal> {
        let Some(request) = QuickPlayRequest::of(hello).map(|request| QuickPlayRequest { rating, ..request })
        else {
            let room = self.room(&hello.room).filter(|room| room.is_open());
            let room = room.ok_or_else(|| self.absence(&hello.room))?;
            let (client, server) = (hello.build.schema, room.schema());
            return if client == server { Ok(vec![room]) } else { Err(Refusal::Schema { client, server }) };
        };
        let Ranked { mut rooms, best } = self.ranked(request);
        if best != Some(Fit::Good) && !request.spectate && self.supervisor.may_have_more_rooms() {
            let (lobby, mode) = (Arc::clone(self), request.mode.map(str::to_owned));
            let schema = request.schema;
            let opening =
                tokio::task::spawn_blocking(move || lobby.supervisor.open_another(mode.as_deref(), schema));
            if let Ok(Ok(room)) = opening.await {
                rooms.retain(|other| !Arc::ptr_eq(other, &room));
                rooms.insert(0, room);
            }
        }
        if !hello.party.is_empty() {
            self.lead_party(Member { party: &hello.party, from }, request, &mut rooms);
        }
        if rooms.is_empty() {
            return Err(if request.mode.is_some() { Refusal::NoSuchRoom } else { Refusal::Draining });
        }
        Ok(rooms)
    }

    /// Whether there seems to be a place, or one could be created, for a client that accepts any room.
    #[must_use]
    pub fn has_place(&self, hello: &Hello) -> bool {
        let Some(request) = QuickPlayRequest::of(hello) else { return false };
        let best = self.ranked(request).best;
        best.is_some_and(|fit| {
            fit != Fit::Full || (!request.spectate && self.supervisor.may_have_more_rooms())
        })
    }

    /// The room that quick play would choose now, for a member of `party` (empty: none). It reserves no place and opens
    /// no room.
    #[must_use]
    pub fn suggest(&self, request: QuickPlayRequest<'_>, party: &str) -> Option<RoomInfo> {
        let mut rooms = self.ranked(request).rooms;
        if !party.is_empty() {
            put_first(self.lock_parties().room(party, Instant::now()), request, &mut rooms);
        }
        rooms.first().map(|room| room.info())
    }

    /// Records that a member of the party is in that room, so that the next one is sent there too. Not if it is
    /// private: a party's name must not reveal the room's.
    pub fn party_is_in(&self, party: &str, room: &RoomHandle, from: Option<AddressKey>) {
        if room.is_public() && !party.is_empty() {
            self.remember(&mut self.lock_parties(), Member { party, from }, room.name());
        }
    }

    /// Whether the party was last sent to another room.
    #[must_use]
    pub fn party_is_elsewhere(&self, party: &str, room: &RoomHandle) -> bool {
        let parties = self.lock_parties();
        !party.is_empty() && parties.room(party, Instant::now()).is_some_and(|name| name != room.name())
    }

    /// Public rooms that match the request, best first.
    fn ranked(&self, request: QuickPlayRequest<'_>) -> Ranked {
        Ranked::of(&self.rooms(), request)
    }

    /// Puts the party's room first, if it is among `rooms` and has a place; otherwise the first room becomes the
    /// party's.
    fn lead_party(&self, member: Member<'_>, request: QuickPlayRequest<'_>, rooms: &mut [Arc<RoomHandle>]) {
        let mut parties = self.lock_parties();
        put_first(parties.room(member.party, Instant::now()), request, rooms);
        if let Some(first) = rooms.first() {
            self.remember(&mut parties, member, first.name());
        }
    }

    fn remember(&self, parties: &mut Parties, member: Member<'_>, room: &str) {
        if parties.set(member, room, Instant::now()) {
            self.supervisor.count_forgotten_party();
        }
    }

    /// Creates a private room for a client at `address`. The room's name admits to it.
    ///
    /// # Errors
    /// [`LobbyError`].
    pub fn create_private(
        &self,
        request: &PrivateRoomRequest,
        address: impl Into<AddressKey>,
    ) -> Result<RoomInfo, LobbyError> {
        self.supervisor.create_private(request, address.into())
    }

    /// Finds rooms whose threads ended, restarts configured ones that failed, and removes the others.
    pub fn look_after(&self, now: Instant) {
        self.supervisor.look_after(now);
    }

    /// Starts the thread that checks the rooms until they are closed or the lobby is dropped.
    ///
    /// # Errors
    /// If the operating system cannot start the thread.
    pub fn supervise(self: &Arc<Self>) -> Result<JoinHandle<()>, LobbyError> {
        let lobby = Arc::downgrade(self);
        let thread = std::thread::Builder::new().name("lobby".to_owned()).spawn(move || watch(&lobby));
        thread.map_err(|why| LobbyError::Thread { room: "lobby".to_owned(), why: why.to_string() })
    }

    /// Closes all rooms permanently: every client in them receives `reason`.
    pub fn close_all(&self, reason: &DisconnectReason) {
        self.supervisor.close_all(reason);
    }

    /// Waits until the threads of closed rooms have ended. Returns false if some have not after `patience`.
    #[must_use]
    pub fn wait_for_end(&self, patience: Duration) -> bool {
        self.supervisor.wait_for_end(patience)
    }

    fn lock_parties(&self) -> MutexGuard<'_, Parties> {
        self.parties.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl RoomSource for Lobby {
    fn figures(&self) -> Vec<RoomFigures> {
        self.rooms().iter().map(|room| room.figures()).collect()
    }
}

fn watch(lobby: &Weak<Lobby>) {
    while let Some(lobby) = lobby.upgrade() {
        if lobby.supervisor.is_draining() {
            return;
        }
        lobby.look_after(Instant::now());
        drop(lobby);
        std::thread::sleep(LOOK_PERIOD);
    }
}

/// Puts the room of that name first, if it is among `rooms` and has a place.
fn put_first(name: Option<&str>, request: QuickPlayRequest<'_>, rooms: &mut [Arc<RoomHandle>]) {
    let known = name.and_then(|name| rooms.iter().position(|room| room.name() == name));
    let has_place =
        |at: &usize| Offer::of(&rooms[*at], request.rating).judge(request.spectate).0 != Fit::Full;
    if let Some(at) = known.filter(has_place) {
        rooms[..=at].rotate_right(1);
    }
}
