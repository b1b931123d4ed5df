//! The lobby: which rooms there are, which one somebody gets, and the rooms that come and go.
//!
//! - `choice`: quick play, as numbers in and an order out
//! - `parties`: friends who play together
//! - `making`: rooms that are made at run time, within bounds; `names`: what they are called
//! - `section`: what of it is configured
//! - `register`: the rooms' threads, started, looked after and ended
//!
//! Who joins reads a list that is swapped whole, and waits for nobody. Making a room takes some milliseconds, under a lock
//! that nothing else on that way takes.

mod choice;
mod making;
mod names;
mod parties;
mod register;
mod section;

pub(crate) use choice::{Fit, Offer, Wish, is_quick_play, rank};
pub use making::{LobbyError, RoomWish};
pub(crate) use section::LobbyConfig;

use crate::access::Limits;
use crate::address::AddressKey;
use crate::game::Games;
use crate::metrics::{Metrics, RoomFigures, RoomSource};
use crate::room::{Heritage, Rating, RoomConfig, RoomHandle, RoomInfo};
use parties::Parties;
use perigee_shared::protocol::{DisconnectReason, Hello, Refusal};
use register::{Register, RoomOrigin, Workshop};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, Weak};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How often the rooms' threads are looked after.
const LOOK_PERIOD: Duration = Duration::from_millis(100);

/// All rooms of a kind that can be read without a lock.
pub(crate) type Rooms = Arc<[Arc<RoomHandle>]>;

/// All rooms of this process.
#[derive(Debug)]
pub struct Lobby {
    /// Swapped whole when rooms come or go: the lock is held for a pointer's copy.
    directory: RwLock<Rooms>,
    register: Mutex<Register>,
    parties: Mutex<Parties>,
    /// None if no rooms are made here.
    plan: Option<Plan>,
    draining: AtomicBool,
}

/// What a lobby is to be like.
#[derive(Clone, Debug)]
pub struct Blueprint {
    /// The rooms that are always there; others are made like them.
    pub rooms: Vec<RoomConfig>,
    /// How many others, and how long they stay.
    pub settings: LobbyConfig,
    /// What players may do in all of them.
    pub limits: Limits,
}

/// What rooms are made by.
#[derive(Debug)]
struct Plan {
    /// The configured rooms: others are made like them.
    templates: Vec<RoomConfig>,
    settings: LobbyConfig,
    workshop: Workshop,
}

impl Lobby {
    /// A directory of rooms that others started and look after. It makes none.
    #[must_use]
    pub fn new(rooms: Vec<Arc<RoomHandle>>) -> Self {
        Self {
            directory: RwLock::new(rooms.into()),
            register: Mutex::default(),
            parties: Mutex::default(),
            plan: None,
            draining: AtomicBool::new(false),
        }
    }

    /// Starts the configured rooms, which take up what is theirs of `heritage`; further ones are started as they are
    /// needed.
    ///
    /// # Errors
    /// [`LobbyError::Thread`], [`LobbyError::Randomness`]; rooms that were started already end.
    pub fn start(
        games: Games,
        blueprint: impl Into<Blueprint>,
        metrics: Arc<Metrics>,
        heritage: Heritage,
    ) -> Result<Self, LobbyError> {
        let Blueprint { rooms: templates, settings, limits } = blueprint.into();
        let workshop = Workshop { limits, metrics, games, heritage };
        let mut register = Register::default();
        for (template, room) in templates.iter().enumerate() {
            if let Err(error) = register.add((room.clone(), template), RoomOrigin::Configured, &workshop) {
                register.running().iter().for_each(|room| room.close(DisconnectReason::RoomClosed));
                return Err(error);
            }
        }
        let plan = Some(Plan { templates, settings, workshop });
        let directory = RwLock::new(register.running());
        Ok(Self { directory, register: Mutex::new(register), plan, ..Self::new(Vec::new()) })
    }

    /// All rooms, private ones among them: for the operator, and for who asks [`RoomHandle::is_public`].
    #[must_use]
    pub fn rooms(&self) -> Rooms {
        Arc::clone(&self.directory.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The rooms that may be listed.
    #[must_use]
    pub fn public_rooms(&self) -> Vec<RoomInfo> {
        self.rooms().iter().filter(|room| room.is_public()).map(|room| room.info()).collect()
    }

    /// The room of that name, private or not: who has the name may enter.
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
        let is_coming_back = self.templates().iter().any(|room| room.name == name);
        if is_coming_back || self.draining.load(Ordering::Relaxed) {
            return Refusal::Draining;
        }
        Refusal::NoSuchRoom
    }

    /// Where somebody with this hello may go, best first: the room that they name; or for `any` the public rooms, in the
    /// order of [`rank`], where the party's room goes first while it has a place. When no room is a good one, another is
    /// made. Only a room itself knows whether it has a place, or a seat whose player is away: who is refused there tries
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
        let Some(wish) = Wish::of(hello).map(|wish| Wish { rating, ..wish }) else {
            let room = self.room(&hello.room).filter(|room| room.is_open());
            let room = room.ok_or_else(|| self.absence(&hello.room))?;
            let (client, server) = (hello.build.schema, room.schema());
            return if client == server { Ok(vec![room]) } else { Err(Refusal::Schema { client, server }) };
        };
        let (mut rooms, best) = self.ranked(wish);
        if best != Some(Fit::Good) && !wish.spectate && self.may_have_more_rooms() {
            let (lobby, mode) = (Arc::clone(self), wish.mode.map(str::to_owned));
            let schema = wish.schema;
            let opening = tokio::task::spawn_blocking(move || lobby.open_another(mode.as_deref(), schema));
            if let Ok(Ok(room)) = opening.await {
                rooms.retain(|other| !Arc::ptr_eq(other, &room));
                rooms.insert(0, room);
            }
        }
        if !hello.party.is_empty() {
            self.lead_party((&hello.party, from), wish, &mut rooms);
        }
        if rooms.is_empty() {
            return Err(if wish.mode.is_some() { Refusal::NoSuchRoom } else { Refusal::Draining });
        }
        Ok(rooms)
    }

    /// Whether there seems to be a place, or there could be one, for somebody who does not mind which room.
    #[must_use]
    pub fn has_place(&self, hello: &Hello) -> bool {
        let Some(wish) = Wish::of(hello) else { return false };
        let best = self.ranked(wish).1;
        best.is_some_and(|fit| fit != Fit::Full || (!wish.spectate && self.may_have_more_rooms()))
    }

    /// The room that quick play would choose now, for a member of `party` (empty: of none). It keeps no place in it, and
    /// makes no room.
    #[must_use]
    pub fn suggest(&self, wish: Wish<'_>, party: &str) -> Option<RoomInfo> {
        let mut rooms = self.ranked(wish).0;
        if !party.is_empty() {
            Self::put_party_first(&self.lock_parties(), (party, Instant::now()), wish, &mut rooms);
        }
        rooms.first().map(|room| room.info())
    }

    /// A member of the party is in that room: the next one is sent there too, unless it is private: who knows a party's
    /// name does not know the room's.
    pub fn party_is_in(&self, party: &str, room: &RoomHandle, from: Option<AddressKey>) {
        if room.is_public() && !party.is_empty() {
            self.remember_party(&mut self.lock_parties(), (party, from), room.name());
        }
    }

    /// Whether the party was last sent to another room.
    #[must_use]
    pub fn party_is_elsewhere(&self, party: &str, room: &RoomHandle) -> bool {
        let parties = self.lock_parties();
        !party.is_empty() && parties.room(party, Instant::now()).is_some_and(|name| name != room.name())
    }

    /// Public rooms that suit, best first, and how well the best one does.
    fn ranked(&self, wish: Wish<'_>) -> (Vec<Arc<RoomHandle>>, Option<Fit>) {
        let rooms = self.rooms();
        let suits = |room: &&Arc<RoomHandle>| {
            room.is_public()
                && room.is_open()
                && wish.schema.is_none_or(|schema| room.schema() == schema)
                && wish.mode.is_none_or(|mode| room.vitals().round.mode == mode)
        };
        let rooms: Vec<&Arc<RoomHandle>> = rooms.iter().filter(suits).collect();
        let offers: Vec<Offer> = rooms.iter().map(|room| Offer::of(room, wish.rating)).collect();
        let (order, best) = rank(&offers, wish.spectate);
        (order.into_iter().map(|at| Arc::clone(rooms[at])).collect(), best)
    }

    /// Puts the party's room first, if it is among `rooms` and has a place; else the party's room is now the first.
    fn lead_party(
        &self,
        (party, from): (&str, Option<AddressKey>),
        wish: Wish<'_>,
        rooms: &mut [Arc<RoomHandle>],
    ) {
        let mut parties = self.lock_parties();
        Self::put_party_first(&parties, (party, Instant::now()), wish, rooms);
        if let Some(first) = rooms.first() {
            self.remember_party(&mut parties, (party, from), first.name());
        }
    }

    fn put_party_first(
        parties: &Parties,
        (party, now): (&str, Instant),
        wish: Wish<'_>,
        rooms: &mut [Arc<RoomHandle>],
    ) {
        let known =
            parties.room(party, now).and_then(|name| rooms.iter().position(|room| room.name() == name));
        let has_place = |at: &usize| Offer::of(&rooms[*at], wish.rating).judge(wish.spectate).0 != Fit::Full;
        if let Some(at) = known.filter(has_place) {
            rooms[..=at].rotate_right(1);
        }
    }

    fn remember_party(&self, parties: &mut Parties, (party, from): (&str, Option<AddressKey>), room: &str) {
        if parties.set(party, room, from, Instant::now())
            && let Some(plan) = &self.plan
        {
            plan.workshop.metrics.lobby.parties_forgotten.inc();
        }
    }

    /// Notices rooms whose threads ended, starts configured ones again that failed, and forgets the others.
    pub fn look_after(&self, now: Instant) {
        let Some(plan) = &self.plan else { return };
        let mut register = self.lock_register();
        if register.look_after(now, &plan.workshop) {
            self.publish(&register);
        }
    }

    /// Starts the thread that looks after the rooms until they are closed, or the lobby is gone.
    ///
    /// # Errors
    /// If the system gives no thread.
    pub fn supervise(self: &Arc<Self>) -> Result<JoinHandle<()>, LobbyError> {
        let lobby = Arc::downgrade(self);
        let thread = std::thread::Builder::new().name("lobby".to_owned()).spawn(move || look_on(&lobby));
        thread.map_err(|why| LobbyError::Thread { room: "lobby".to_owned(), why: why.to_string() })
    }

    /// Closes all rooms for good: everybody in them is told `reason`.
    pub fn close_all(&self, reason: &DisconnectReason) {
        let mut register = self.lock_register();
        register.closed = true;
        self.draining.store(true, Ordering::Relaxed);
        for room in self.rooms().iter() {
            room.close(reason.clone());
        }
    }

    /// Waits until the threads of rooms that were closed are over. False if some are not after `patience`.
    #[must_use]
    pub fn wait_for_end(&self, patience: Duration) -> bool {
        let begun = Instant::now();
        while !self.lock_register().is_over() {
            if begun.elapsed() > patience {
                return false;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        self.look_after(Instant::now());
        true
    }

    fn templates(&self) -> &[RoomConfig] {
        self.plan.as_ref().map_or(&[], |plan| &plan.templates)
    }

    fn publish(&self, register: &Register) {
        *self.directory.write().unwrap_or_else(PoisonError::into_inner) = register.running();
    }

    fn lock_register(&self) -> MutexGuard<'_, Register> {
        self.register.lock().unwrap_or_else(PoisonError::into_inner)
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

fn look_on(lobby: &Weak<Lobby>) {
    while let Some(lobby) = lobby.upgrade() {
        if lobby.draining.load(Ordering::Relaxed) {
            return;
        }
        lobby.look_after(Instant::now());
        drop(lobby);
        std::thread::sleep(LOOK_PERIOD);
    }
}
