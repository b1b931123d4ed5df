//! Places: how many connections of each kind there may be, so that no kind takes the places of another.
//!
//! A connection is accepted before its purpose is known (`New`), and moves to a place of its kind as soon as that is
//! known. The connections that wait for their client yield first: one whose request has not come for a while, or whose
//! last answer is complete, and a socket without a hello. A few spare places serve to refuse clients with a message,
//! and for the operator: health, metrics and the console can always be reached.
//!
//! Pure counting, without sockets. [`Place::lost`] tells a connection that it must yield.

use crate::address::AddressKey;
use prometheus_client::metrics::gauge::Gauge;
use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::{Notify, watch};

/// Consoles at once.
const CONSOLES: usize = 32;
/// Places for refusals, and for health, metrics and the console when all others are taken.
const SPARE: usize = 64;
/// If the system has few descriptors, each configured kind still has this many.
const LEAST: usize = 4;
/// A connection that came, or was answered, within this time does not yield: a burst of honest clients is not slowed
/// down.
const GRACE: Duration = Duration::from_secs(1);
/// The share of the HTTP places, of the consoles, and of the spare ones, that one address may have: a quarter.
const SHARES: usize = 4;

/// What a place is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Not known yet.
    New,
    /// Requests.
    Http,
    /// A player or a spectator.
    Player,
    /// A reader of the feed.
    Reader,
    /// A console.
    Console,
    /// The kind of a spare place.
    Spare,
}

const KINDS: usize = 6;

/// Why there is no place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Full {
    /// All are taken.
    Server,
    /// The address has as many as are allowed.
    Address,
}

impl Full {
    /// The label in `/metrics`.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Server => "server_full",
            Self::Address => "address_full",
        }
    }
}

/// How many there may be of each kind.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Capacity {
    pub(crate) players: usize,
    pub(crate) readers: usize,
    pub(crate) http: usize,
    pub(crate) consoles: usize,
    pub(crate) spare: usize,
    /// For one address, of all kinds together.
    pub(crate) per_address: usize,
}

impl Capacity {
    pub(crate) fn new(players: usize, readers: usize, http: usize, per_address: usize) -> Self {
        Self { players, readers, http, consoles: CONSOLES, spare: SPARE, per_address }
    }

    /// The most connections that there can be at once.
    pub(crate) fn total(&self) -> usize {
        self.of(Kind::New) + self.spare
    }

    /// The same scaled to `most` connections in all: each kind keeps its share.
    pub(crate) fn fitted(self, most: usize) -> Self {
        let total = self.total();
        if total <= most {
            return self;
        }
        let share = |places: usize| (places as u64 * most as u64 / total as u64) as usize;
        let fit = |places: usize| share(places).max(places.min(LEAST));
        Self {
            players: fit(self.players),
            readers: fit(self.readers),
            http: fit(self.http),
            consoles: fit(self.consoles),
            spare: fit(self.spare),
            per_address: self.per_address,
        }
    }

    fn of(&self, kind: Kind) -> usize {
        match kind {
            Kind::New => self.players + self.readers + self.http + self.consoles,
            Kind::Http => self.http,
            Kind::Player => self.players,
            Kind::Reader => self.readers,
            Kind::Console => self.consoles,
            Kind::Spare => self.spare,
        }
    }
}

fn is_socket(kind: Kind) -> bool {
    matches!(kind, Kind::Player | Kind::Reader | Kind::Console)
}

/// All places.
#[derive(Debug)]
pub(crate) struct Places {
    capacity: Capacity,
    state: Mutex<State>,
    /// Connections that have not ended, including those that were asked to yield.
    alive: watch::Sender<usize>,
    /// Reports the same to `/metrics`.
    gauge: Gauge,
}

#[derive(Debug, Default)]
struct State {
    taken: [usize; KINDS],
    /// Bounded by the number of places.
    by_address: HashMap<AddressKey, [usize; KINDS]>,
    /// Connections that would yield, the longest waiting first.
    waiting: BTreeMap<u64, Waiting>,
    next: u64,
}

#[derive(Debug)]
struct Waiting {
    since: Instant,
    kind: Kind,
    key: Option<AddressKey>,
    tag: Arc<Tag>,
}

#[derive(Debug, Default)]
struct Tag {
    is_lost: AtomicBool,
    told: Notify,
}

/// A taken place, freed when dropped.
#[derive(Debug)]
pub(crate) struct Place {
    places: Arc<Places>,
    kind: Kind,
    key: Option<AddressKey>,
    /// Set if it may have to yield.
    tag: Option<Arc<Tag>>,
    ticket: Option<u64>,
}

impl Places {
    /// All free; `gauge` shows how many are taken.
    pub(crate) fn new(capacity: Capacity, gauge: Gauge) -> Arc<Self> {
        Arc::new(Self { capacity, state: Mutex::default(), alive: watch::Sender::new(0), gauge })
    }

    /// A place for a connection that was just accepted. Without a key it is counted for no address: a proxy's address
    /// is not its clients'.
    ///
    /// # Errors
    /// [`Full`] if not even a spare place is free.
    pub(crate) fn enter(self: &Arc<Self>, key: Option<AddressKey>, now: Instant) -> Result<Place, Full> {
        let mut state = self.lock();
        let full = state.full(Kind::New, key, &self.capacity);
        let yielded = full.is_some_and(|full| {
            let whose = if full == Full::Address { key } else { None };
            // A further connection from an address does not end a socket of the same address.
            let is_eligible = |kind| kind != Kind::Spare && (whose.is_none() || !is_socket(kind));
            state.make_room(whose, now, is_eligible)
        });
        let kind = match full {
            Some(_) if !yielded => Kind::Spare,
            _ => Kind::New,
        };
        if kind == Kind::Spare
            && let Some(full) = state.full(Kind::Spare, key, &self.capacity)
        {
            let whose = if full == Full::Address { key } else { None };
            if !state.make_room(whose, now, |kind| kind == Kind::Spare) {
                return Err(full);
            }
        }
        state.add(kind, key);
        let mut place = self.place(kind, key);
        place.wait_in(&mut state, now);
        Ok(place)
    }

    /// A place of that kind.
    ///
    /// # Errors
    /// [`Full`].
    pub(crate) fn take(
        self: &Arc<Self>,
        kind: Kind,
        key: Option<AddressKey>,
        now: Instant,
    ) -> Result<Place, Full> {
        let mut state = self.lock();
        match state.still_full(kind, key, &self.capacity, now) {
            Some(full) => Err(full),
            None => {
                state.add(kind, key);
                Ok(self.place(kind, key))
            }
        }
    }

    /// Makes one waiting connection yield, whatever its kind: the system has no descriptor left for another connection.
    pub(crate) fn yield_one(&self, now: Instant) -> bool {
        self.lock().make_room(None, now, |_| true)
    }

    /// Connections of that kind.
    #[cfg(test)]
    pub(crate) fn taken(&self, kind: Kind) -> usize {
        self.lock().taken[kind as usize]
    }

    /// Ready when no connection is left.
    pub(crate) async fn empty(&self) {
        // The sender is in `self`, so the channel is open.
        let _ = self.alive.subscribe().wait_for(|&alive| alive == 0).await;
    }

    fn place(self: &Arc<Self>, kind: Kind, key: Option<AddressKey>) -> Place {
        self.alive.send_modify(|alive| *alive += 1);
        self.gauge.inc();
        Place { places: Arc::clone(self), kind, key, tag: None, ticket: None }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // A panic leaves it valid: no change can be interrupted halfway.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Why there is no such place, if there is none.
    fn full(&self, kind: Kind, key: Option<AddressKey>, capacity: &Capacity) -> Option<Full> {
        let [new, http, player, reader, console, _] = self.taken;
        let all = new + http + player + reader + console;
        let most = capacity.of(kind);
        let taken = if kind == Kind::New { all } else { self.taken[kind as usize] };
        if taken >= most {
            return Some(Full::Server);
        }
        let own = self.by_address.get(key.as_ref()?)?;
        let is_address_full = match kind {
            Kind::Http | Kind::Spare => own[kind as usize] >= (most / SHARES).max(1),
            // Consoles do not count with the address's other connections: the operator may share an address with many
            // players.
            Kind::Console => own[kind as usize] >= (most / SHARES).max(1).min(capacity.per_address),
            _ => own.iter().sum::<usize>() >= capacity.per_address,
        };
        is_address_full.then_some(Full::Address)
    }

    /// The same, after a socket of this kind without a hello was asked to make room.
    fn still_full(
        &mut self,
        kind: Kind,
        key: Option<AddressKey>,
        capacity: &Capacity,
        now: Instant,
    ) -> Option<Full> {
        match self.full(kind, key, capacity)? {
            Full::Server if is_socket(kind) && self.make_room(None, now, |waiting| waiting == kind) => {
                self.full(kind, key, capacity)
            }
            full => Some(full),
        }
    }

    fn add(&mut self, kind: Kind, key: Option<AddressKey>) {
        self.taken[kind as usize] += 1;
        if let Some(key) = key {
            self.by_address.entry(key).or_default()[kind as usize] += 1;
        }
    }

    fn remove(&mut self, kind: Kind, key: Option<AddressKey>) {
        self.taken[kind as usize] -= 1;
        let Some(key) = key else { return };
        if let Some(own) = self.by_address.get_mut(&key) {
            own[kind as usize] -= 1;
            if own.iter().all(|&count| count == 0) {
                self.by_address.remove(&key);
            }
        }
    }

    /// Asks the longest waiting connection to go, of that address if one is given.
    fn make_room(
        &mut self,
        whose: Option<AddressKey>,
        now: Instant,
        is_eligible: impl Fn(Kind) -> bool,
    ) -> bool {
        let suits = |waiting: &Waiting| {
            is_eligible(waiting.kind) && whose.is_none_or(|whose| waiting.key == Some(whose))
        };
        let mut patient = self
            .waiting
            .iter()
            .take_while(|(_, waiting)| now.saturating_duration_since(waiting.since) >= GRACE);
        let Some(ticket) = patient.find(|(_, waiting)| suits(waiting)).map(|(&ticket, _)| ticket) else {
            return false;
        };
        if let Some(Waiting { kind, key, tag, .. }) = self.waiting.remove(&ticket) {
            tag.is_lost.store(true, Ordering::Relaxed);
            self.remove(kind, key);
            tag.told.notify_one();
        }
        true
    }
}

impl Place {
    pub(crate) fn kind(&self) -> Kind {
        self.kind
    }

    /// The connection turned out to send HTTP requests. It takes a spare place if there is no other.
    pub(crate) fn serves_requests(&mut self, now: Instant) {
        if self.kind != Kind::New {
            return;
        }
        let places = Arc::clone(&self.places);
        let mut state = places.lock();
        self.stop_waiting(&mut state);
        if self.is_lost() {
            return;
        }
        let full = state.full(Kind::Http, self.key, &places.capacity);
        let made_room = full.is_none_or(|full| {
            let whose = if full == Full::Address { self.key } else { None };
            state.make_room(whose, now, |kind| kind == Kind::Http)
        });
        state.remove(self.kind, self.key);
        self.kind = if made_room { Kind::Http } else { Kind::Spare };
        state.add(self.kind, self.key);
    }

    /// Moves to a place of another kind, counted for that address; stays in its place if there is none.
    ///
    /// # Errors
    /// [`Full`].
    pub(crate) fn move_to(&mut self, kind: Kind, key: Option<AddressKey>, now: Instant) -> Result<(), Full> {
        let places = Arc::clone(&self.places);
        let mut state = places.lock();
        self.stop_waiting(&mut state);
        if self.is_lost() {
            return Err(Full::Server);
        }
        state.remove(self.kind, self.key);
        let full = state.still_full(kind, key, &places.capacity, now);
        if full.is_none() {
            (self.kind, self.key, self.tag) = (kind, key, None);
        }
        state.add(self.kind, self.key);
        full.map_or(Ok(()), Err)
    }

    /// From now on the connection waits for its client, and yields if others need the place.
    pub(crate) fn wait(&mut self, now: Instant) {
        let places = Arc::clone(&self.places);
        self.wait_in(&mut places.lock(), now);
    }

    /// Whether it would yield.
    pub(crate) fn is_waiting(&self) -> bool {
        self.ticket.is_some()
    }

    /// The server works for the client: the connection does not yield.
    pub(crate) fn work(&mut self) {
        let places = Arc::clone(&self.places);
        self.stop_waiting(&mut places.lock());
    }

    /// Ready when it must yield.
    pub(crate) fn lost(&self) -> impl Future<Output = ()> + Send + use<> {
        let tag = self.tag.clone();
        async move {
            match tag {
                Some(tag) => tag.told.notified().await,
                None => std::future::pending().await,
            }
        }
    }

    fn wait_in(&mut self, state: &mut State, now: Instant) {
        self.stop_waiting(state);
        if self.is_lost() {
            return;
        }
        let tag = self.tag.get_or_insert_default();
        let waiting = Waiting { since: now, kind: self.kind, key: self.key, tag: Arc::clone(tag) };
        self.ticket = Some(state.next);
        state.waiting.insert(state.next, waiting);
        state.next += 1;
    }

    fn stop_waiting(&mut self, state: &mut State) {
        if let Some(ticket) = self.ticket.take() {
            state.waiting.remove(&ticket);
        }
    }

    /// Whether it was taken away, and is no longer counted.
    pub(crate) fn is_lost(&self) -> bool {
        self.tag.as_ref().is_some_and(|tag| tag.is_lost.load(Ordering::Relaxed))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let places = Arc::clone(&self.places);
        let mut state = places.lock();
        self.stop_waiting(&mut state);
        if !self.is_lost() {
            state.remove(self.kind, self.key);
        }
        drop(state);
        places.gauge.dec();
        places.alive.send_modify(|alive| *alive -= 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;
    use std::net::IpAddr;

    const CAPACITY: Capacity =
        Capacity { players: 4, readers: 2, http: 8, consoles: CONSOLES, spare: SPARE, per_address: 100 };

    fn key(number: u32) -> Option<AddressKey> {
        Some(AddressKey::from(IpAddr::from(number.to_be_bytes())))
    }

    fn all_new(places: &Arc<Places>, now: Instant) -> Vec<Place> {
        (0..4 + 2 + 8 + CONSOLES as u32).map(|n| places.enter(key(n), now).unwrap()).collect()
    }

    #[test]
    fn few_descriptors_are_shared_out() {
        let wanted = Capacity::new(4096, 2000, 1024, 1024);
        assert_eq!(wanted.fitted(wanted.total()).players, 4096);
        let few = wanted.fitted(64);
        assert!(few.total() <= 64 + 3 * LEAST && few.players > 16 && few.spare == LEAST, "{few:?}");
        assert_eq!(Capacity::new(2, 0, 1024, 1024).fitted(64).readers, 0);
    }

    #[test]
    fn each_kind_has_its_own() {
        let places = Places::new(CAPACITY, Gauge::default());
        let players: Vec<_> =
            (0..4).map(|n| places.take(Kind::Player, key(n), Instant::now()).unwrap()).collect();
        assert_eq!(places.take(Kind::Player, key(9), Instant::now()).unwrap_err(), Full::Server);
        assert!(places.take(Kind::Reader, key(9), Instant::now()).is_ok());
        assert!(places.take(Kind::Console, key(9), Instant::now()).is_ok());
        let mut page = places.enter(key(9), Instant::now()).unwrap();
        page.serves_requests(Instant::now());
        assert_eq!((page.kind(), places.taken(Kind::Player)), (Kind::Http, 4));
        drop(players);
        assert_eq!(places.taken(Kind::Player), 0);
    }

    #[test]
    fn who_waits_yields_and_who_just_came_does_not() {
        let places = Places::new(CAPACITY, Gauge::default());
        let now = Instant::now();
        let news = all_new(&places, now);
        let next = places.enter(key(99), now).unwrap();
        assert_eq!(next.kind(), Kind::Spare);
        assert!(news[0].lost().now_or_never().is_none());
        let later = places.enter(key(99), now + GRACE).unwrap();
        assert_eq!(later.kind(), Kind::New);
        assert!(news[0].lost().now_or_never().is_some());
        assert!(news[1].lost().now_or_never().is_none());
    }

    #[test]
    fn who_works_does_not_yield_and_an_operator_finds_a_spare_place() {
        let places = Places::new(CAPACITY, Gauge::default());
        let now = Instant::now();
        let mut working = all_new(&places, now);
        working.iter_mut().for_each(Place::work);
        let later = now + 60 * GRACE;
        let spare = places.enter(key(99), later).unwrap();
        assert_eq!(spare.kind(), Kind::Spare);
        // One address gets a share of the spare places, not all.
        let greedy: Vec<_> = (0..SPARE).map_while(|_| places.enter(key(7), later).ok()).collect();
        assert_eq!(greedy.len(), SPARE / SHARES);
        assert_eq!(places.enter(key(7), later).unwrap_err(), Full::Address);
        assert!(places.enter(key(98), later).is_ok());
        // After a while its own connections make room.
        assert!(places.enter(key(7), later + GRACE).is_ok());
    }

    #[test]
    fn an_address_has_a_share_of_the_pages_and_its_own_yield() {
        let places = Places::new(CAPACITY, Gauge::default());
        let now = Instant::now();
        let open = |n, at| {
            let mut place = places.enter(key(n), at).unwrap();
            place.serves_requests(at);
            place
        };
        let mut held = [open(1, now), open(1, now)];
        held.iter_mut().for_each(|place| place.wait(now));
        assert_eq!(open(1, now).kind(), Kind::Spare);
        assert_eq!(open(1, now + GRACE).kind(), Kind::Http);
        assert_eq!(open(2, now + GRACE).kind(), Kind::Http);
        assert!(held[0].lost().now_or_never().is_some());
    }

    #[tokio::test]
    async fn a_place_is_counted_until_it_is_given_back() {
        let places = Places::new(Capacity { per_address: 1, ..CAPACITY }, Gauge::default());
        let now = Instant::now();
        let first = places.enter(key(1), now).unwrap();
        assert_eq!(places.enter(key(1), now).unwrap().kind(), Kind::Spare);
        assert_eq!(places.enter(None, now).unwrap().kind(), Kind::New);
        let second = places.enter(key(1), now + GRACE).unwrap();
        assert_eq!((second.kind(), places.taken(Kind::New)), (Kind::New, 1));
        assert!(places.empty().now_or_never().is_none());
        drop((first, second));
        assert!(places.empty().now_or_never().is_some());
        assert!(places.lock().by_address.is_empty() && places.lock().waiting.is_empty());
        assert_eq!(places.lock().taken, [0; KINDS]);
    }

    #[test]
    fn who_has_not_said_who_they_are_yields_to_whoever_comes() {
        for kind in [Kind::Player, Kind::Console] {
            let places = Places::new(CAPACITY, Gauge::default());
            let now = Instant::now();
            let most = CAPACITY.of(kind) as u32;
            let mut held: Vec<_> = (0..most).map(|n| places.take(kind, key(n), now).unwrap()).collect();
            held.iter_mut().for_each(|place| place.wait(now));
            assert_eq!(places.take(kind, key(999), now).unwrap_err(), Full::Server, "they came just now");
            held[0].work();
            let later = now + GRACE;
            let next = places.take(kind, key(999), later).unwrap();
            assert!(held[1].lost().now_or_never().is_some() && held[1].is_lost());
            assert!(!held[0].is_lost() && !held[2].is_lost());
            let mut page = places.enter(key(998), later).unwrap();
            page.move_to(kind, key(998), later).unwrap();
            assert!(held[2].is_lost());
            held.iter_mut().for_each(Place::work);
            assert_eq!(places.take(kind, key(999), later).unwrap_err(), Full::Server, "all are known");
            assert_eq!(places.taken(kind), most as usize);
            drop((held, next, page));
            assert_eq!(places.lock().taken, [0; KINDS]);
        }
    }
}
