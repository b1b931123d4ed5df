//! A tick allocates nothing: a room at play handles packets, steps and writes its snapshots in memory that it already
//! has.
//!
//! Separate from the other integration tests because the counting allocator is the whole program's. It counts by
//! thread, so the tests may run at the same time.
//!
//! These may allocate, and do so rarely: a player who joins; a message to everybody from an admin; a recording; and any
//! list that becomes longer than ever before, and then doubles. Most lists depend on how many slots are in use, so a
//! room that was as full before no longer grows them: the warm-up is for that. The server's room adds the one shared
//! copy of a message to everybody, such as a change of the standings; a snapshot of more than half a kilobyte, as after
//! a respawn elsewhere, whose buffer is not kept; a report while the last but one is still being read; and the map of
//! the world while a console shows it.

use allocation_counter::measure;
use bytes::Bytes;
use perigee_arena::Tally;
use perigee_arena::bot::{Behaviour, Bot};
use perigee_arena::{Arena, ArenaCommand, Scenario};
use perigee_server::Config;
use perigee_server::parts::metrics::Metrics;
use perigee_server::parts::room::{
    ConnectionId, Link, Mail, Pending, RoomContext, Runner, SeatReply, SeatRequest,
};
use perigee_shared::bits::BitWriter;
use perigee_shared::ids::PlayerId;
use perigee_shared::netcode::codec::packet::{InputPacket, Ping};
use perigee_shared::netcode::{FullSnapshots, Host, HostConfig, Outbox, Simulation, TickStats, Ticket};
use perigee_shared::protocol::{Build, Hello, PROTOCOL_VERSION, schema_hash};
use perigee_shared::tick::{TICK_MICROS, Tick};
use std::sync::Arc;
use tokio::sync::oneshot;

const PLAYERS: u16 = 100;
/// Crates last a minute, so it takes some minutes until a room is as busy as it gets.
const WARM_UP_TICKS: u32 = 30 * 60 * 4;
const COUNTED_TICKS: u32 = 30 * 30;
/// Commands in each packet: the newest, and those that may have been lost.
const COMMANDS: usize = 3;
/// From a snapshot to the first packet that acknowledges it, ticks.
const ROUND_TRIP_TICKS: u32 = 4;

struct Hunter {
    player: PlayerId,
    mind: Bot,
    packet: InputPacket<ArenaCommand>,
}

/// A room full of hunters.
struct Room {
    host: Host<Arena>,
    hunters: Vec<Hunter>,
    writer: BitWriter,
    out: Outbox,
    now_us: u64,
    allocations: u64,
}

impl Room {
    fn new(budget_bytes_per_s: u32) -> Self {
        let scenario = Scenario { asteroids: 10, ..Scenario::bare(1600.0, 1600.0) };
        let config =
            HostConfig { max_players: usize::from(PLAYERS), budget_bytes_per_s, ..HostConfig::default() };
        let mut room = Self {
            host: Host::new(config, scenario),
            hunters: Vec::new(),
            writer: BitWriter::new(),
            out: Outbox::default(),
            now_us: 0,
            allocations: 0,
        };
        let build = Build { protocol: PROTOCOL_VERSION, schema: schema_hash::<Arena>() };
        let name = "Hunter".to_owned();
        let hello =
            Hello { build, name, room: "any".into(), want_checksums: true, bot: true, ..Hello::default() };
        for n in 0..PLAYERS {
            let player = room.host.join(&hello, Ticket::default(), &mut room.out).expect("a seat").player;
            let packet =
                InputPacket { commands: vec![ArenaCommand::default(); COMMANDS], ..InputPacket::default() };
            room.hunters.push(Hunter { player, mind: Bot::new(Behaviour::Hunt, u64::from(n)), packet });
        }
        room
    }

    /// Every hunter's packet arrives, then the room ticks; only allocations of these two are counted.
    fn tick(&mut self) -> TickStats {
        let next = self.host.tick_number().plus(1);
        for hunter in &mut self.hunters {
            let sim = self.host.sim();
            let own = sim.controlled(hunter.player).and_then(|slot| sim.entities().get(slot));
            let seen = sim.entities().iter().map(|(_, entity)| entity);
            let command = hunter.mind.decide(own, seen, self.host.map());
            hunter.packet.commands.rotate_left(1);
            hunter.packet.commands[COMMANDS - 1] = command;
            hunter.packet.newest = next.0 as u16;
            hunter.packet.ack = next.minus(ROUND_TRIP_TICKS).0 as u16;
            hunter.packet.view_lag = 8 * (ROUND_TRIP_TICKS as u16 + 2);
            let asks = (next.0 + u32::from(hunter.player.0)).is_multiple_of(30);
            hunter.packet.ping = asks.then_some(Ping { id: next.0 as u8, rtt_ms: 80 });
            self.writer.clear();
            hunter.packet.write(&mut self.writer);
            let bytes = self.writer.finish();
            let (host, now_us) = (&mut self.host, self.now_us);
            let counted = measure(|| assert!(host.handle_packet(hunter.player, now_us, bytes).is_ok()));
            self.allocations += counted.count_total;
        }
        self.now_us += TICK_MICROS;
        self.out.clear();
        let mut stats = TickStats::default();
        // Occasionally a lane is full, so that snapshots over several ticks are written too.
        let ready = |player: PlayerId| !(next.0 + u32::from(player.0)).is_multiple_of(11);
        let counted = measure(|| stats = self.host.tick(self.now_us, ready, &mut self.out));
        self.allocations += counted.count_total;
        stats
    }

    fn deaths(&self) -> i64 {
        self.hunters.iter().map(|hunter| Tally::of(&self.host.sim().standing(hunter.player)).deaths).sum()
    }
}

/// Plays, and returns what the counted ticks did.
fn play(budget_bytes_per_s: u32) -> (u64, i64, Vec<TickStats>) {
    let mut room = Room::new(budget_bytes_per_s);
    (0..WARM_UP_TICKS).for_each(|_| _ = room.tick());
    assert!(room.allocations > 0, "the allocator counts");
    room.allocations = 0;
    let deaths = room.deaths();
    let stats: Vec<TickStats> = (0..COUNTED_TICKS).map(|_| room.tick()).collect();
    (room.allocations, room.deaths() - deaths, stats)
}

#[test]
fn a_room_at_play_allocates_nothing() {
    let (allocations, deaths, stats) = play(1_000_000);
    let sum = |of: fn(&TickStats) -> u32| stats.iter().map(of).sum::<u32>();
    assert!(deaths > 100, "hunters die and come back: {deaths}");
    assert!(sum(|stats| stats.sums.entered) > 10_000 && sum(|stats| stats.sums.event_bits) > 10_000);
    assert!(sum(|stats| stats.sums.mispredicted) > 10_000 && sum(|stats| stats.skipped.lane_full) > 5_000);
    let full = FullSnapshots::default();
    assert!(stats.iter().all(|stats| stats.full == full), "nobody starts anew");
    assert_eq!(allocations, 0, "in {COUNTED_TICKS} ticks");
}

#[test]
fn a_budget_that_does_not_suffice_allocates_nothing_either() {
    let (allocations, _, stats) = play(2_500);
    let sum = |of: fn(&TickStats) -> u32| stats.iter().map(of).sum::<u32>();
    assert!(sum(|stats| stats.sums.deferred) > 10_000, "some have to wait");
    assert!(sum(|stats| stats.sums.renewed + stats.sums.caught_up) > 10_000, "and are told later");
    assert_eq!(allocations, 0, "in {COUNTED_TICKS} ticks");
}

/// The server's room, run on the test's thread, and players whose sockets are buffers.
struct ServerRoom {
    runner: Runner<Arena>,
    players: Vec<(Arc<Link>, Vec<u8>, Bot)>,
    answers: Vec<oneshot::Receiver<SeatReply>>,
    ticks: u64,
    snapshots: u64,
}

impl ServerRoom {
    fn new() -> Self {
        let config = Config::from_text(perigee_tests::GAMES, None).expect("the built-in defaults");
        let mut room = config.rooms[0].clone();
        room.max_players = usize::from(PLAYERS);
        // Pirates would change the standings.
        room.scenario.insert("pirates".to_owned(), 0.into());
        let runner = Runner::new(&room, &RoomContext::new(config.limits, Arc::new(Metrics::new())), 1)
            .expect("a configuration that was checked");
        let mut server = Self { runner, players: Vec::new(), answers: Vec::new(), ticks: 0, snapshots: 0 };
        let build = Build { protocol: PROTOCOL_VERSION, schema: schema_hash::<Arena>() };
        for n in 0..PLAYERS {
            let (name, room) = (format!("Pilot {n}"), "any".to_owned());
            let hello = Hello { build, name, room, want_checksums: false, bot: true, ..Hello::default() };
            let request = SeatRequest::new(ConnectionId(u64::from(n)), hello);
            let link = Arc::clone(&request.link);
            let (reply, answer) = oneshot::channel();
            server.runner.handle().put(Mail::Join { request: Box::new(request), reply });
            // A player whose answer is dropped gets no seat.
            server.answers.push(answer);
            server.players.push((link, Vec::new(), Bot::new(Behaviour::Cruise, u64::from(n))));
        }
        server
    }

    /// Every player's packet arrives, the room ticks, and the sockets take what they are given. Returns the tick's
    /// allocations.
    fn tick(&mut self) -> u64 {
        self.ticks += 1;
        let map = Arena::map(&Scenario::default());
        let (handle, next) = (Arc::clone(self.runner.handle()), Tick(self.ticks as u32));
        for (n, (_, _, mind)) in self.players.iter_mut().enumerate().filter(|_| next.0 > 1) {
            let commands = vec![mind.decide(None, std::iter::empty(), &map)];
            let (newest, ack) = (next.0 as u16, next.minus(1).0 as u16);
            let mut writer = BitWriter::new();
            InputPacket { newest, ack, commands, ..InputPacket::default() }.write(&mut writer);
            let (connection, player) = (ConnectionId(n as u64), PlayerId(n as u16));
            let (bytes, at_us) = (Bytes::copy_from_slice(writer.finish()), handle.now_us());
            assert!(handle.put(Mail::Packet { connection, player, at_us, bytes }));
        }
        let counted = measure(|| self.runner.on_deadline(self.ticks));
        for (link, buffer, _) in &mut self.players {
            while let Some(pending) = link.take(buffer) {
                assert!(!matches!(pending, Pending::Goodbye(_)), "{pending:?}");
                self.snapshots += u64::from(pending == Pending::Snapshot);
            }
        }
        counted.count_total
    }
}

#[test]
fn the_servers_room_allocates_nothing_while_the_standings_stay() {
    let mut server = ServerRoom::new();
    (0..WARM_UP_TICKS).for_each(|_| _ = server.tick());
    let allocations: u64 = (0..COUNTED_TICKS).map(|_| server.tick()).sum();
    assert_eq!(allocations, 0, "in {COUNTED_TICKS} ticks");
    let report = server.runner.handle().report();
    assert!(report.tick > WARM_UP_TICKS && report.players.len() == usize::from(PLAYERS), "it was reported");
    assert!(server.snapshots > u64::from(PLAYERS) * u64::from(COUNTED_TICKS), "everybody was sent snapshots");
}

#[test]
fn a_lane_takes_snapshots_in_without_allocating() {
    let link = Link::default();
    let mut buffer = Vec::new();
    let snapshot = [7; 300];
    let mut pass = |bytes: &[u8]| {
        let counted = measure(|| link.put_snapshot(bytes));
        assert_eq!(link.take(&mut buffer), Some(Pending::Snapshot));
        counted.count_total
    };
    // Two buffers alternate, and each grows once.
    (0..2).for_each(|_| _ = pass(&snapshot));
    assert_eq!((0..300).map(|length| pass(&snapshot[..length])).sum::<u64>(), 0);
}
