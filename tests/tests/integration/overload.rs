//! A room whose ticks cost too much, with real threads and time: it degrades by grades, says so, and recovers.

use crate::client::{now_us, peer};
use perigee_arena::{Arena, ArenaCommand, ArenaEntity, ArenaEvent, ArenaMap, Scenario};
use perigee_server::parts::lobby::Lobby;
use perigee_server::parts::metrics::Metrics;
use perigee_server::parts::room::{
    ConnectionId, Link, Mail, Pending, RoomContext, RoomHandle, RoomReport, SeatRequest, start,
};
use perigee_server::{Config, Game, Games};
use perigee_shared::hash::StateHasher;
use perigee_shared::ids::{PlayerId, Slot};
use perigee_shared::netcode::{About, Statistics};
use perigee_shared::netcode::{
    Arrival, Belongings, EntityTable, Grade, LastWord, LoadError, Outbox, Past, Peer, PlayerInput, RoundView,
    Simulation, Standing, Ticket,
};
use perigee_shared::protocol::{DisconnectReason, Hello, ResumeToken};
use perigee_shared::tick::Tick;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::oneshot;
use tokio::time::sleep;

/// How long each step takes beside its own work, microseconds.
static STEP_US: AtomicU64 = AtomicU64::new(0);
/// How long any grade may take to engage or let go.
const PATIENCE: Duration = Duration::from_secs(40);

/// Matches of [`FRAGILE_SEED`] that are still to fail.
pub(crate) static FAILURES: AtomicU64 = AtomicU64::new(0);
/// A map's seed whose matches fail when a test wants it.
pub(crate) const FRAGILE_SEED: u64 = 666;

/// The arena, but as slow as the test wants it, and as fragile. It sleeps: a busy core would be everybody's.
pub(crate) struct SlowArena {
    arena: Arena,
    is_fragile: bool,
}

/// A server that plays nothing else.
pub(crate) const SLOW: Games = Games::new(&[Game::of::<SlowArena>()]);

impl Simulation for SlowArena {
    type Command = ArenaCommand;
    type Order = <Arena as Simulation>::Order;
    type Entity = ArenaEntity;
    type Event = ArenaEvent;
    type Scenario = Scenario;

    const ABOUT: About = Arena::ABOUT;

    fn map(scenario: &Scenario) -> ArenaMap {
        Arena::map(scenario)
    }

    fn obstacles(map: &ArenaMap) -> Vec<(f32, f32, f32)> {
        Arena::obstacles(map)
    }

    fn size_units(scenario: &Scenario) -> (f32, f32) {
        Arena::size_units(scenario)
    }

    fn new(scenario: &Scenario, seed: u64) -> Self {
        Self { arena: Arena::new(scenario, seed), is_fragile: scenario.map_seed == FRAGILE_SEED }
    }

    fn join(&mut self, player: PlayerId, tick: Tick, arrival: Arrival) {
        self.arena.join(player, tick, arrival);
    }

    fn order(&mut self, player: PlayerId, order: Self::Order) {
        self.arena.order(player, order);
    }

    fn leave(&mut self, player: PlayerId) -> LastWord {
        self.arena.leave(player)
    }

    fn belongings(&self, player: PlayerId) -> Option<Belongings> {
        self.arena.belongings(player)
    }

    fn reads(belongings: &Belongings) -> bool {
        Arena::reads(belongings)
    }

    fn belongings_of_record(record: &Statistics) -> Option<Belongings> {
        Arena::belongings_of_record(record)
    }

    fn step(
        &mut self,
        tick: Tick,
        inputs: &[PlayerInput<ArenaCommand>],
        past: &Past<'_, ArenaEntity>,
        events: &mut Vec<ArenaEvent>,
    ) {
        std::thread::sleep(Duration::from_micros(STEP_US.load(Ordering::Relaxed)));
        let one_less = |left: u64| left.checked_sub(1);
        if self.is_fragile && FAILURES.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_less).is_ok() {
            panic!("a test wants this match to fail");
        }
        self.arena.step(tick, inputs, past, events);
    }

    fn entities(&self) -> &EntityTable<ArenaEntity> {
        self.arena.entities()
    }

    fn controlled(&self, player: PlayerId) -> Option<Slot> {
        self.arena.controlled(player)
    }

    fn team(&self, player: PlayerId) -> Option<u8> {
        self.arena.team(player)
    }

    fn set_absent(&mut self, player: PlayerId, absent: bool) {
        self.arena.set_absent(player, absent);
    }

    fn standing(&self, player: PlayerId) -> Standing {
        self.arena.standing(player)
    }

    fn round(&self) -> RoundView {
        self.arena.round()
    }

    fn hash_hidden(&self, hasher: &mut StateHasher) {
        self.arena.hash_hidden(hasher);
    }

    fn save(&self, out: &mut Vec<u8>) {
        self.arena.save(out);
    }

    fn load(scenario: &Scenario, bytes: &[u8]) -> Result<Self, LoadError> {
        Arena::load(scenario, bytes).map(|arena| Self { arena, is_fragile: false })
    }

    fn with_command(entity: ArenaEntity, command: ArenaCommand) -> ArenaEntity {
        Arena::with_command(entity, command)
    }

    fn offspring(entity: &ArenaEntity, map: &ArenaMap) -> Option<ArenaEntity> {
        Arena::offspring(entity, map)
    }
}

/// One player, attached to the room's lanes without a socket, and what they saw.
struct Attached {
    room: Arc<RoomHandle>,
    link: Arc<Link>,
    player: PlayerId,
    connection: ConnectionId,
    peer: Peer<Arena>,
    outbox: Outbox,
    buffer: Vec<u8>,
    /// Each snapshot's tick, and when it came.
    snapshots: Vec<(Tick, Instant)>,
    /// Each grade that was told.
    grades: Vec<Grade>,
}

impl Attached {
    async fn join(room: Arc<RoomHandle>, hello: Hello) -> Self {
        let connection = ConnectionId(1);
        let ticket = Ticket { token: ResumeToken([7; 16]), ..Ticket::default() };
        let request = SeatRequest { ticket, ..SeatRequest::new(connection, hello) };
        let link = Arc::clone(&request.link);
        let (reply, seated) = oneshot::channel();
        room.put(Mail::Join { request: Box::new(request), reply });
        let player = seated.await.unwrap().unwrap().player;
        let (mut peer, mut outbox) = (peer("Ada"), Outbox::default());
        // The room has the hello already.
        peer.connected(now_us(), &mut outbox);
        outbox.clear();
        let (buffer, snapshots, grades) = (Vec::new(), Vec::new(), vec![Grade::Normal]);
        Self { room, link, player, connection, peer, outbox, buffer, snapshots, grades }
    }

    /// Plays until `done`; false when it takes too long.
    async fn play(&mut self, mut done: impl FnMut(&Self) -> bool) -> bool {
        let begun = Instant::now();
        while !done(self) {
            if begun.elapsed() > PATIENCE {
                return false;
            }
            self.take_in();
            self.peer.frame(now_us(), ArenaCommand::default(), &mut self.outbox);
            for packet in self.outbox.packets() {
                let (connection, player, at_us) = (self.connection, self.player, self.room.now_us());
                self.link.heard(at_us);
                self.room.put(Mail::Packet { connection, player, at_us, bytes: packet.to_vec().into() });
            }
            self.outbox.clear();
            sleep(Duration::from_millis(5)).await;
        }
        true
    }

    async fn play_for(&mut self, time: Duration) {
        let end = Instant::now() + time;
        assert!(self.play(|_| Instant::now() >= end).await);
    }

    fn take_in(&mut self) {
        while let Some(pending) = self.link.take(&mut self.buffer) {
            let before = self.peer.stats().snapshots;
            match pending {
                Pending::Reliable(bytes) => self.peer.handle_packet(now_us(), &bytes).unwrap(),
                Pending::Snapshot => self.peer.handle_packet(now_us(), &self.buffer).unwrap(),
                Pending::Goodbye(reason) => panic!("sent away: {reason}"),
            }
            if self.peer.stats().snapshots > before {
                self.snapshots.push((self.peer.newest_snapshot().unwrap(), Instant::now()));
            }
            if self.peer.grade() != *self.grades.last().unwrap() {
                self.grades.push(self.peer.grade());
            }
        }
    }

    /// Over `time`: mean milliseconds a tick took, and mean ticks from snapshot to snapshot.
    async fn measure(&mut self, time: Duration) -> (f64, f64) {
        self.snapshots.clear();
        self.play_for(time).await;
        let (first, last) = (self.snapshots[0], *self.snapshots.last().unwrap());
        let ticks = f64::from(last.0.since(first.0));
        ((last.1 - first.1).as_secs_f64() * 1000.0 / ticks, ticks / (self.snapshots.len() - 1) as f64)
    }

    /// The room's report, once it has the grade that the player was told.
    async fn report(&mut self) -> Arc<RoomReport> {
        let agrees = |this: &Self| this.room.report().grade == this.peer.grade().label();
        assert!(self.play(agrees).await, "{} is not {:?}", self.room.report().grade, self.peer.grade());
        self.room.report()
    }

    /// Plays until the room has come to `grade`.
    async fn until_grade(&mut self, grade: Grade) {
        let reached = self.play(|this| this.peer.grade() == grade).await;
        assert!(reached, "waited in vain for {grade:?}: {:?}, load {}", self.grades, self.room.report().load);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_room_degrades_by_grades_says_so_and_recovers() {
    let config = Config::from_text(perigee_tests::GAMES, None).unwrap();
    let metrics = Arc::new(Metrics::new());
    let (room, thread) =
        start::<SlowArena>(&config.rooms[0], &RoomContext::new(config.limits, Arc::clone(&metrics)), 1, None)
            .unwrap();
    // As the peer says it of itself: else the two would disagree on whether a snapshot ends in a checksum.
    let hello = Hello { want_checksums: true, ..crate::support::hello("Ada") };
    let mut ada = Attached::join(Arc::clone(&room), hello).await;

    // Quick ticks: everything as configured.
    let (tick_ms, ticks_apart) = ada.measure(Duration::from_secs(2)).await;
    assert_eq!(ada.peer.grade(), Grade::Normal);
    assert!(
        tick_ms < 40.0 && ticks_apart < 1.3,
        "a tick took {tick_ms} ms, snapshots were {ticks_apart} apart"
    );
    assert_eq!(ada.report().await.grade_number, 0);

    // Just longer than a tick: fewer snapshots and a smaller view save nothing here, so the world slows down.
    STEP_US.store(34_000, Ordering::Relaxed);
    ada.until_grade(Grade::SlowMotion).await;
    assert_eq!(ada.grades, Grade::ALL[..4], "one by one, each told");
    sleep(Duration::ZERO).await;
    let before = *ada.peer.stats();
    let (tick_ms, ticks_apart) = ada.measure(Duration::from_secs(5)).await;
    assert_eq!(ada.peer.grade(), Grade::SlowMotion);
    assert!((47.0..58.0).contains(&tick_ms), "two thirds of the speed are 50 ms a tick, not {tick_ms}");
    assert!((1.9..2.3).contains(&ticks_apart), "half the snapshots, not one every {ticks_apart} ticks");
    let stats = *ada.peer.stats();
    assert!(stats.resyncs - before.resyncs <= 1, "{} resyncs", stats.resyncs - before.resyncs);
    let missed = stats.mispredictions - before.mispredictions;
    assert!(missed <= 5, "{missed} mispredictions");
    let report = ada.report().await;
    assert_eq!((report.grade, report.grade_number), ("slow_motion", 3));
    assert!((0.6..0.85).contains(&report.load), "{}", report.load);

    // Longer than even that allows.
    STEP_US.store(52_000, Ordering::Relaxed);
    ada.until_grade(Grade::HalfSpeed).await;
    let (tick_ms, _) = ada.measure(Duration::from_secs(3)).await;
    assert!((63.0..76.0).contains(&tick_ms), "half the speed is 67 ms a tick, not {tick_ms}");
    assert_eq!(ada.report().await.grade_number, 4);

    // Quick again: back down, one by one, and it stays there.
    STEP_US.store(0, Ordering::Relaxed);
    ada.until_grade(Grade::Normal).await;
    let (tick_ms, ticks_apart) = ada.measure(Duration::from_secs(4)).await;
    assert!(
        tick_ms < 40.0 && ticks_apart < 1.3,
        "a tick took {tick_ms} ms, snapshots were {ticks_apart} apart"
    );
    let all: Vec<u8> = ada.grades.iter().map(|grade| grade.number()).collect();
    assert_eq!(all, [0, 1, 2, 3, 4, 3, 2, 1, 0], "no hunting");
    assert_eq!(ada.report().await.grade, "normal");

    let stats = ada.peer.stats();
    assert!(stats.resyncs <= 8, "{} resyncs", stats.resyncs);
    assert_eq!((stats.decode_errors, stats.state_mismatches), (0, 0));
    let told = metrics.encode(&Lobby::new(vec![Arc::clone(&room)]));
    for (label, count) in [("lower_rate", 2), ("smaller_interest", 2), ("slow_motion", 2), ("half_speed", 1)]
    {
        let line = format!("perigee_overload_grade_changes_total{{reason=\"{label}\"}} {count}");
        assert!(told.contains(&line), "no {line}");
    }
    room.close(DisconnectReason::RoomClosed);
    thread.join().unwrap();
}
