//! The lobby: which rooms there are, which one somebody gets, and the rooms that are created and end meanwhile.
//!
//! - `choice`: quick play, as numbers in and an order out
//! - `parties`: friends who play together
//! - `supervisor`: rooms that are started, opened, created, watched and ended, within bounds
//! - `directory`: which rooms run, and their threads; `factory`: how one is started, and what a new one is like
//! - `openings`: how often one is opened; `names`: what it is called; `error`: why there is none
//! - `section`: what of it is configured
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

/// How often the rooms' threads are looked after.
const LOOK_PERIOD: Duration = Duration::from_millis(100);

/// All rooms of this process.
#[derive(Debug)]
pub struct Lobby {
    supervisor: Supervisor,
    parties: Mutex<Parties>,
}

impl Lobby {
    /// A directory of rooms that others started and look after. It creates none.
    #[must_use]
    pub fn new(rooms: Vec<Arc<RoomHandle>>) -> Self {
        Self { supervisor: Supervisor::of(rooms), parties: Mutex::default() }
    }

    /// Starts the configured rooms, which take up what is theirs of `persisted_states`; further ones are started as they are
    /// needed.
    ///
    /// # Errors
    /// [`LobbyError::Thread`], [`LobbyError::Randomness`]; rooms that were started already end.
    pub fn start(
        games: Games,
        blueprint: impl Into<Blueprint>,
        context: RoomContext,
        persisted_states: PersistedStates,
    ) -> Result<Self, LobbyError> {
        let factory = RoomFactory::new(games, blueprint.into(), context, persisted_states);
        Ok(Self { supervisor: Supervisor::start(factory)?, parties: Mutex::default() })
    }

    /// All rooms, private ones among them: for the operator, and for callers that ask [`RoomHandle::is_public`].
    #[must_use]
    pub fn rooms(&self) -> Rooms {
        self.supervisor.rooms()
    }

    /// The rooms that may be listed.
    #[must_use]
    pub fn public_rooms(&self) -> Vec<RoomInfo> {
        self.rooms().iter().filter(|room| room.is_public()).map(|room| room.info()).collect()
    }

    /// The room of that name, private or not: whoever has the name may enter.
    #[must_use]
    pub fn room(&self, name: &str) -> Option<Arc<RoomHandle>> {
        self.rooms().iter().find(|room| room.name() == name).map(Arc::clone)
    }

    /// The schema of the game of that name, if a room plays it.
    #[must_use]
    pub fn schema_of(&self, game: &str) -> Option<u64> {
        self.rooms().iter().find(|room| room.game().name == game).map(|room| room.schema())
    }

    /// Why nobody can join the room of that name.
    #[must_use]
    pub fn absence(&self, name: &str) -> Refusal {
        let is_coming_back = self.supervisor.templates().iter().any(|room| room.name == name);
        if is_coming_back || self.supervisor.is_draining() {
            return Refusal::Draining;
        }
        Refusal::NoSuchRoom
    }

    /// Where somebody with this hello may go, best first: the room that they name; or for `any` the public rooms, in the
    /// order of quick play, where the party's room goes first while it has a place. When no room is a good one, another is
    /// opened. Only a room itself knows whether it has a place, or a seat whose player is away: somebody who is refused there tries
    /// the next.
    ///
    /// # Errors
    /// [`Refusal::NoSuchRoom`], [`Refusal::Draining`], [`Refusal::Schema`] where another game is played in that room.
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

    /// Whether there seems to be a place, or there could be one, for somebody who takes any room.
    #[must_use]
    pub fn has_place(&self, hello: &Hello) -> bool {
        let Some(request) = QuickPlayRequest::of(hello) else { return false };
        let best = self.ranked(request).best;
        best.is_some_and(|fit| {
            fit != Fit::Full || (!request.spectate && self.supervisor.may_have_more_rooms())
        })
    }

    /// The room that quick play would choose now, for a member of `party` (empty: of none). It keeps no place in it, and
    /// opens no room.
    #[must_use]
    pub fn suggest(&self, request: QuickPlayRequest<'_>, party: &str) -> Option<RoomInfo> {
        let mut rooms = self.ranked(request).rooms;
        if !party.is_empty() {
            put_first(self.lock_parties().room(party, Instant::now()), request, &mut rooms);
        }
        rooms.first().map(|room| room.info())
    }

    /// A member of the party is in that room: the next one is sent there too, unless it is private: a party's name does
    /// not give away the room's.
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

    /// Public rooms that suit, best first.
    fn ranked(&self, request: QuickPlayRequest<'_>) -> Ranked {
        Ranked::of(&self.rooms(), request)
    }

    /// Puts the party's room first, if it is among `rooms` and has a place; else the party's room is now the first.
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

    /// Creates a private room for somebody at `address`. Its name is the way in.
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

    /// Notices rooms whose threads ended, restarts configured ones that failed, and forgets the others.
    pub fn look_after(&self, now: Instant) {
        self.supervisor.look_after(now);
    }

    /// Starts the thread that looks after the rooms until they are closed, or the lobby is gone.
    ///
    /// # Errors
    /// If the system gives no thread.
    pub fn supervise(self: &Arc<Self>) -> Result<JoinHandle<()>, LobbyError> {
        let lobby = Arc::downgrade(self);
        let thread = std::thread::Builder::new().name("lobby".to_owned()).spawn(move || watch(&lobby));
        thread.map_err(|why| LobbyError::Thread { room: "lobby".to_owned(), why: why.to_string() })
    }

    /// Closes all rooms for good: everybody in them is told `reason`.
    pub fn close_all(&self, reason: &DisconnectReason) {
        self.supervisor.close_all(reason);
    }

    /// Waits until the threads of rooms that were closed are over. False if some are not after `patience`.
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
