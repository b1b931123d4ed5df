//! Belongings are conserved whatever people and the operator do: random schedules over rooms, seats and store.
//!
//! The rooms play in virtual time: the test ticks them. From each room's ledger the test takes what people brought and
//! took away; the game's own tests check the ledger itself.

mod killed;
mod last_moment;
mod over_memory;

use super::*;
use crate::access::Limits;
use crate::config::Config;
use crate::lobby::Lobby;
use crate::metrics::Metrics;
use crate::net::context::Door;
use crate::net::join_rate::JoinRate;
use crate::presence::Presence;
use crate::room::{AdminAction, AdminRequest, Lifetime, Mail, Pending, RoomConfig, RoomContext, Runner};
use crate::services::hub::HubHandle;
use crate::store::{Store, StoreConfig, StoreHandle};
use bytes::Bytes;
use perigee_arena::tuning::START_CREDITS;
use perigee_arena::{
    Arena,
    bot::{Behaviour, Bot, PriceList},
};
use perigee_arena::{ArenaEntity, Hold};
use perigee_shared::bits::BitWriter;
use perigee_shared::ids::PlayerId;
use perigee_shared::netcode::codec::packet::InputPacket;
use perigee_shared::netcode::{Order, Simulation};
use perigee_shared::protocol::{
    Build, ClientMessage, DeviceToken, Message, PROTOCOL_VERSION, Resume, ServerMessage, ServiceMessage,
    schema_hash,
};
use perigee_shared::rng::Rng;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::thread::JoinHandle;
use tokio::sync::{oneshot, watch};

const PEOPLE: usize = 5;
const GOODS: usize = 5;
const ROOMS: [(&str, bool); 3] = [("one", true), ("two", true), ("pond", false)];
/// Number of schedules, and of events in each.
const SCHEDULES: u64 = 6;
const EVENTS: u32 = 90;

/// Credits, then units of each good.
type Sum = [i64; 1 + GOODS];

fn plus(a: Sum, b: Sum) -> Sum {
    std::array::from_fn(|n| a[n] + b[n])
}

fn minus(a: Sum, b: Sum) -> Sum {
    std::array::from_fn(|n| a[n] - b[n])
}

fn of_hold(hold: &Hold) -> Sum {
    std::array::from_fn(|n| match n {
        0 => i64::from(hold.credits),
        good => i64::from(hold.goods[good - 1]),
    })
}

/// In the game's format (`perigee_arena::estate`).
fn of_belongings(belongings: &Belongings) -> Sum {
    let bytes = belongings.as_bytes();
    std::array::from_fn(|n| match n {
        0 => i64::from(u32::from_le_bytes(bytes[1..5].try_into().unwrap())),
        good => {
            let at = 9 + (good - 1) * 6;
            i64::from(u16::from_le_bytes(bytes[at..at + 2].try_into().unwrap()))
        }
    })
}

fn holds(runner: &Runner<Arena>) -> BTreeMap<PlayerId, Sum> {
    let entities = runner.host().sim().entities().iter();
    let holds = entities.filter_map(|(_, entity)| match entity {
        ArenaEntity::Hold(hold) => Some((hold.owner, of_hold(hold))),
        _ => None,
    });
    holds.collect()
}

/// What a room yields beyond what was brought, if all left now with what they have; and the grants.
fn yield_of(runner: &Runner<Arena>) -> (Sum, i64) {
    let ledger = &runner.host().sim().market().ledger;
    let held = holds(runner).into_values().fold([0; 1 + GOODS], plus);
    let flow = |departed: u64, arrived: u64| departed.cast_signed() - arrived.cast_signed();
    let taken = std::array::from_fn(|n| match n {
        0 => flow(ledger.money.departed, ledger.money.arrived),
        good => flow(ledger.goods[good - 1].departed, ledger.goods[good - 1].arrived),
    });
    (plus(held, taken), ledger.money.granted.cast_signed())
}

struct Client {
    seat: Connection,
    who: usize,
    mind: Bot,
    orders: u32,
}

#[derive(Default)]
struct Person {
    name: String,
    device: Option<DeviceToken>,
    person: Option<PersonId>,
    /// Resume tokens that they were given, with their rooms; the newest last.
    proofs: Vec<(ResumeToken, String)>,
}

struct World {
    rng: Rng,
    file: PathBuf,
    store: (StoreHandle, JoinHandle<()>),
    presence: Presence,
    context: Arc<Context>,
    runners: Vec<Runner<Arena>>,
    clients: Vec<Client>,
    people: Vec<Person>,
    ticks: u64,
    /// Whether the server may restart.
    restarts: bool,
    /// The yield of the rooms that have ended, and their grants.
    closed: (Sum, i64),
    /// Counts events, so that a schedule that does nothing is noticed.
    moved: u32,
}

fn settings(name: &str, public: bool) -> RoomConfig {
    let mut room = Config::from_text(crate::game::GAMES, None).unwrap().rooms.remove(0);
    (room.name, room.public, room.fill_to, room.max_players) = (name.to_owned(), public, 0, 8);
    for (key, value) in [("width_units", 700), ("height_units", 700), ("asteroids", 12), ("pirates", 3)] {
        room.scenario.insert(key.to_owned(), value.into());
    }
    (room.resume_window_ms, room.lifetime) = (2000, Lifetime::Permanent);
    room
}

/// That of a client of the arena.
fn build() -> Build {
    Build { protocol: PROTOCOL_VERSION, schema: schema_hash::<Arena>() }
}

fn open_store(file: &std::path::Path) -> (StoreHandle, JoinHandle<()>) {
    let config =
        StoreConfig { path: file.to_owned(), queue_writes: 4, flush_ms: 10, answer_timeout_ms: 20_000 };
    Store::open(&config, Arc::new(Metrics::new())).unwrap()
}

fn open_rooms(seed: u64, presence: &Presence) -> Vec<Runner<Arena>> {
    let limits = Config::from_text(crate::game::GAMES, None).unwrap().limits;
    let context = RoomContext::new(limits, Arc::new(Metrics::new())).reporting_to(Arc::new(presence.clone()));
    let rooms = ROOMS.iter().map(|(name, public)| settings(name, *public));
    rooms.map(|room| Runner::new(&room, &context, seed).unwrap()).collect()
}

fn context(runners: &[Runner<Arena>], store: &StoreHandle, presence: &Presence) -> Arc<Context> {
    let config = Config::from_text(crate::game::GAMES, None).unwrap();
    let rooms = runners.iter().map(|runner| Arc::clone(runner.handle())).collect();
    let door = Door::new(&config.limits, &config.http, config.feed.places(), &Metrics::new());
    let limits = Limits { newcomers_per_minute_per_address: 1_000_000, ..config.limits };
    Arc::new(Context {
        games: crate::game::GAMES,
        reserved_names: crate::game::GAMES.reserved_names(),
        lobby: Arc::new(Lobby::new(rooms)),
        metrics: Arc::new(Metrics::new()),
        store: store.clone(),
        joins: JoinRate::of_players(&limits),
        limits: limits.clone(),
        origins: Arc::new(config.allowed_origins),
        admin: None,
        hub: HubHandle::to_nobody(),
        feed: None,
        router: axum::Router::new(),
        tls: None,
        draining: watch::channel(false).1,
        #[cfg(feature = "conformance")]
        serves_echo: false,
        bans: crate::bans::Bans::default(),
        present: presence.clone(),
        newcomers: JoinRate::of_newcomers(&limits),
        next_connection: std::sync::atomic::AtomicU64::new(0),
        door,
    })
}

impl World {
    fn new(seed: u64) -> Self {
        let file = std::env::temp_dir().join(format!("perigee-owned-{}-{seed}.db", std::process::id()));
        let store = open_store(&file);
        Self::over(store, file, seed)
    }

    /// A server that starts with that store.
    fn over(store: (StoreHandle, JoinHandle<()>), file: PathBuf, seed: u64) -> Self {
        let presence = Presence::default();
        let runners = open_rooms(seed, &presence);
        let people = (0..PEOPLE).map(|n| Person { name: format!("Pilot {n}"), ..Person::default() });
        Self {
            rng: Rng::new(seed),
            context: context(&runners, &store.0, &presence),
            file,
            store,
            presence,
            runners,
            clients: Vec::new(),
            people: people.collect(),
            ticks: 0,
            restarts: true,
            closed: ([0; 1 + GOODS], 0),
            moved: 0,
        }
    }

    fn below(&mut self, bound: usize) -> usize {
        self.rng.below(bound as u32) as usize
    }

    /// One tick of every room, in which every player acts as a bot would.
    fn tick(&mut self) {
        self.ticks += 1;
        let mut clients = std::mem::take(&mut self.clients);
        clients.retain_mut(|client| self.play(client));
        self.clients = clients;
        self.runners.iter_mut().for_each(|runner| runner.on_deadline(self.ticks));
    }

    /// Returns false when their connection has ended.
    fn play(&mut self, client: &mut Client) -> bool {
        if let Some(reason) = self.hear(client) {
            client.seat.leave(reason.keeps_seat());
            return false;
        }
        let Some(runner) =
            self.runners.iter().find(|runner| Arc::ptr_eq(runner.handle(), &client.seat.session.room))
        else {
            return false;
        };
        let (host, player) = (runner.host(), client.seat.session.player);
        let (sim, map) = (host.sim(), host.map());
        let own = sim.controlled(player).and_then(|slot| sim.entities().get(slot));
        let command = client.mind.decide(own, sim.entities().iter().map(|(_, entity)| entity), map);
        let (mut quotes, mut prices) = (Vec::new(), PriceList::default());
        sim.quotes(&mut quotes);
        quotes.iter().for_each(|quote| prices.learn(quote));
        let hold = sim.entities().iter().find_map(|(_, entity)| match entity {
            ArenaEntity::Hold(hold) if hold.owner == player => Some(hold),
            _ => None,
        });
        let mut writer = BitWriter::new();
        let tick = host.tick_number();
        let (newest, ack) = (tick.plus(1).0 as u16, tick.0 as u16);
        InputPacket { newest, ack, commands: vec![command], ..InputPacket::default() }.write(&mut writer);
        put(&client.seat.session, Bytes::copy_from_slice(writer.finish()));
        if let Some(order) = client.mind.order(own, hold, &prices, map) {
            client.orders += 1;
            let order = ClientMessage::Order { number: client.orders, code: order.pack() };
            put(&client.seat.session, order.encode().into());
        }
        true
    }

    /// Reads what the connection was sent; returns the close reason if it has ended.
    fn hear(&mut self, client: &mut Client) -> Option<DisconnectReason> {
        let mut buffer = Vec::new();
        client.seat.session.link.heard(client.seat.session.room.now_us());
        while let Some(pending) = client.seat.session.link.take(&mut buffer) {
            match pending {
                Pending::Goodbye(reason) => return Some(reason),
                Pending::Reliable(bytes) => match ServerMessage::decode(&bytes) {
                    Ok(ServerMessage::Welcome(welcome)) => {
                        client.orders = welcome.orders_taken;
                        self.people[client.who].proofs.push((welcome.token, welcome.room));
                    }
                    Ok(_) => {}
                    Err(_) => {
                        if let Ok(ServiceMessage::Device(token)) = ServiceMessage::decode(&bytes) {
                            self.people[client.who].device = Some(token);
                        }
                    }
                },
                Pending::Snapshot => {}
            }
        }
        None
    }

    /// A hello of theirs: by hand to any or a named room, or an automatic retry with a resume token, valid or old.
    fn hello(&mut self, who: usize) -> Hello {
        let room = match self.below(5) {
            0 => "any".to_owned(),
            n => ROOMS[n % ROOMS.len()].0.to_owned(),
        };
        let pick = self.below(3);
        let person = &self.people[who];
        let hello = Hello {
            build: build(),
            name: person.name.clone(),
            room,
            device: person.device,
            ..Hello::default()
        };
        let proof = person.proofs.get(person.proofs.len().saturating_sub(pick)).cloned();
        match (self.below(3), proof) {
            (0, Some((token, room))) => Hello { resume: Some(Resume { token, tick: None }), room, ..hello },
            _ => hello,
        }
    }

    /// Several connections request a seat at once.
    async fn connect(&mut self, who: usize, count: usize) {
        let hellos = (0..count).map(|_| self.hello(who)).collect();
        self.ask(who, hellos).await;
    }

    /// The same, with these hellos.
    async fn ask(&mut self, who: usize, hellos: Vec<Hello>) {
        let asking = hellos.into_iter().map(|hello| {
            let context = Arc::clone(&self.context);
            tokio::spawn(async move { seat(hello, [127, 0, 0, 1].into(), Delivery::Stream, &context).await })
        });
        let asking: Vec<_> = asking.collect();
        while !asking.iter().all(tokio::task::JoinHandle::is_finished) {
            self.tick();
            tokio::time::sleep(Duration::from_micros(300)).await;
        }
        for asked in asking {
            match asked.await.unwrap() {
                Ok(seat) => self.sit(who, seat),
                Err(End::Sent(DisconnectReason::Replaced)) => {}
                Err(other) => panic!("{other:?}"),
            }
        }
    }

    fn sit(&mut self, who: usize, seat: Connection) {
        self.moved += 1;
        let behaviour = [Behaviour::Hunt, Behaviour::Mine, Behaviour::Trade, Behaviour::Hunt][self.below(4)];
        let mind = Bot::new(behaviour, u64::from(self.rng.next_u32()));
        self.people[who].person = seat.session.person.or(self.people[who].person);
        let mut client = Client { seat, who, mind, orders: 0 };
        match self.hear(&mut client) {
            Some(reason) => client.seat.leave(reason.keeps_seat()),
            None => self.clients.push(client),
        }
    }

    /// One action of a player or the operator.
    async fn happen(&mut self) {
        let who = self.below(PEOPLE);
        let some = (!self.clients.is_empty()).then(|| self.below(self.clients.len()));
        match (self.below(20), some) {
            (0..=6, _) => self.connect(who, 1).await,
            // At first no person has two devices: their very first connection is made alone.
            (7..=8, _) if self.people[who].device.is_some() => {
                let count = 2 + self.below(2);
                self.connect(who, count).await;
            }
            (9..=11, Some(some)) => self.clients.swap_remove(some).seat.leave(true),
            (12..=13, Some(some)) => {
                let client = self.clients.swap_remove(some);
                put(&client.seat.session, ClientMessage::Goodbye.encode().into());
                client.seat.leave(false);
                // They come back at once.
                if self.below(2) == 0 {
                    self.connect(client.who, 1).await;
                }
            }
            (14, Some(some)) => {
                let Client { seat, .. } = &self.clients[some];
                let action = AdminAction::Kick { name: seat.session.name.clone(), reason: String::new() };
                seat.session.room.put(Mail::Admin(AdminRequest { action, reply: oneshot::channel().0 }));
            }
            (15, _) if self.restarts && self.below(3) == 0 => self.restart().await,
            (16, _) if self.below(3) == 0 => self.fail(),
            _ => {}
        }
        for _ in 0..self.below(120) {
            self.tick();
        }
    }

    /// The server shuts down, and the next one starts from its file.
    async fn restart(&mut self) {
        self.note_closed();
        self.clients.clear();
        self.runners.clear();
        self.presence.write_behind(&self.store.0);
        let seed = u64::from(self.rng.next_u32());
        let presence = Presence::default();
        let next = open_rooms(seed, &presence);
        let (old, thread) = std::mem::replace(&mut self.store, open_store(std::path::Path::new(":memory:")));
        self.context = context(&next, &self.store.0, &Presence::default());
        assert!(old.close(Duration::from_secs(20)).await);
        thread.join().unwrap();
        drop(old);
        self.store = open_store(&self.file);
        self.presence = presence;
        self.context = context(&next, &self.store.0, &self.presence);
        self.runners = next;
    }

    /// All rooms end and others of the same names start, while the server goes on.
    fn fail(&mut self) {
        self.note_closed();
        self.clients.clear();
        self.runners.clear();
        let seed = u64::from(self.rng.next_u32());
        self.runners = open_rooms(seed, &self.presence);
        self.context = context(&self.runners, &self.store.0, &self.presence);
    }

    fn note_closed(&mut self) {
        for runner in self.runners.iter().filter(|runner| runner.handle().is_public()) {
            let (sum, granted) = yield_of(runner);
            self.closed = (plus(self.closed.0, sum), self.closed.1 + granted);
        }
    }

    /// The server shuts down at the end of the test.
    async fn end(mut self, hint: &str) {
        self.clients.clear();
        self.runners.clear();
        self.presence.write_behind(&self.store.0);
        assert!(self.presence.is_empty(), "{hint}");
        let Self { file, store: (store, thread), context, .. } = self;
        store.close(Duration::from_secs(20)).await;
        drop((store, context));
        thread.join().unwrap();
        remove(&file);
    }

    /// The sum of all belongings is the yield of all rooms, and each person has at most one seat.
    async fn check(&mut self, hint: &str) {
        self.presence.write_behind(&self.store.0);
        let mut seats: BTreeMap<PersonId, (bool, Sum)> = BTreeMap::new();
        for runner in &self.runners {
            let holds = holds(runner);
            for (person, player) in runner.people() {
                let owned = holds.get(&player).copied().unwrap_or_default();
                let before = seats.insert(person, (runner.handle().is_public(), owned));
                assert!(before.is_none(), "{hint}: {person:?} has two seats");
            }
        }
        let (mut owned, mut grants) = ([0; 1 + GOODS], 0);
        for person in self.people.iter().filter_map(|person| person.person) {
            let held = self.store.0.holding(PlayerKey::from(person), &Arena::ABOUT).await.unwrap();
            let kept = held.and_then(|held| held.belongings);
            let here = seats.remove(&person);
            let lent = here.filter(|(public, _)| *public).map(|(_, owned)| owned);
            if let (Some(lent), Some(kept)) = (lent, kept) {
                // At most a tenth of a second behind: the rooms do not tick while this is checked.
                let told = self.presence.owned(person, "arena").map(|owned| of_belongings(&owned));
                assert!(told.is_none_or(|told| told == of_belongings(&kept)), "{hint}: {lent:?}");
            }
            grants += i64::from(lent.is_some() || kept.is_some());
            owned = plus(owned, lent.or(kept.as_ref().map(of_belongings)).unwrap_or_default());
        }
        assert!(seats.is_empty(), "{hint}: somebody sits whom nobody is: {seats:?}");
        let open = self.runners.iter().filter(|runner| runner.handle().is_public()).map(yield_of);
        let (came, granted) =
            open.fold(self.closed, |(sum, all), (more, granted)| (plus(sum, more), all + granted));
        // A player who leaves with the starting grant alone is granted it again later.
        let mut void = [0; 1 + GOODS];
        void[0] = granted - grants * START_CREDITS;
        assert_eq!(owned, minus(came, void), "{hint}");
    }
}

fn put(seat: &Session, bytes: Bytes) {
    let (connection, player, at_us) = (seat.connection, seat.player, seat.room.now_us());
    seat.room.put(Mail::Packet { connection, player, at_us, bytes });
}

/// A store's files.
fn remove(file: &std::path::Path) {
    for end in ["", "-wal", "-shm", ".lock"] {
        let _ = std::fs::remove_file(format!("{}{end}", file.display()));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_happens_nobody_sits_twice_and_nothing_that_people_own_is_made_or_lost() {
    let one = std::env::var("SEED").ok().and_then(|seed| seed.parse::<u64>().ok());
    let seeds = one.map_or(1..1 + SCHEDULES, |seed| seed..seed + 1);
    for seed in seeds {
        let mut world = World::new(seed);
        for event in 0..EVENTS {
            world.happen().await;
            // A few ticks, so that requests made in one are answered.
            (0..4).for_each(|_| world.tick());
            world.check(&format!("SEED={seed}, after event {event}")).await;
        }
        assert!(world.moved > EVENTS / 4, "SEED={seed}: only {} came", world.moved);
        world.end(&format!("SEED={seed}")).await;
    }
}
