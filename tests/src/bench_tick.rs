//! `make bench-tick`: how long a tick of a full room takes on one thread, as percentiles, without sockets.
//!
//! 2000 clients in 2000 cruising ships, 4000 x 4000 units, interest radius 600, each with a round trip of three ticks.
//! Packets arrive as clients send them: when the command changes, else every third tick. Two times are measured in each
//! tick: that of all its packets, and that of the tick with its step and its snapshots. At the end, ticks in which no
//! client is ready are timed too: the difference is interest management, deltas and snapshots of all clients.

use perigee_arena::bot::{Behaviour, Bot};
use perigee_arena::{Arena, ArenaCommand, Scenario};
use perigee_shared::bits::BitWriter;
use perigee_shared::ids::PlayerId;
use perigee_shared::netcode::codec::packet::InputPacket;
use perigee_shared::netcode::{Host, HostConfig, Outbox, Ticket};
use perigee_shared::protocol::{Build, Hello, PROTOCOL_VERSION, schema_hash};
use perigee_shared::tick::{TICK_HZ, TICK_MICROS};
use std::time::{Duration, Instant};

const WARM_UP_TICKS: u32 = 10 * TICK_HZ;
const COUNTED_TICKS: u32 = 30 * TICK_HZ;
const ROUND_TRIP_TICKS: u32 = 3;
/// A client without news sends a packet in one of so many ticks.
const QUIET_TICKS: u32 = 3;

struct Client {
    player: PlayerId,
    bot: Bot,
    packet: InputPacket<ArenaCommand>,
}

struct Room {
    host: Host<Arena>,
    clients: Vec<Client>,
    writer: BitWriter,
    out: Outbox,
    now_us: u64,
}

/// The time and the output of one tick.
struct Took {
    packets: Duration,
    tick: Duration,
    bytes: u32,
    visible: u32,
    snapshots: u32,
}

impl Room {
    fn new(clients: u16) -> Self {
        let scenario = Scenario::bare(4000.0, 4000.0);
        let config = HostConfig {
            max_players: usize::from(clients),
            budget_bytes_per_s: 1_000_000,
            ..HostConfig::default()
        };
        let mut room = Self {
            host: Host::new(config, scenario),
            clients: Vec::new(),
            writer: BitWriter::new(),
            out: Outbox::default(),
            now_us: 0,
        };
        let build = Build { protocol: PROTOCOL_VERSION, schema: schema_hash::<Arena>() };
        for n in 0..clients {
            let hello = Hello {
                build,
                name: format!("Bot {n}"),
                room: "any".into(),
                want_checksums: false,
                bot: true,
                ..Hello::default()
            };
            let Ok(seated) = room.host.join(&hello, Ticket::default(), &mut room.out) else { break };
            room.out.clear();
            let packet = InputPacket { commands: vec![ArenaCommand::default(); 3], ..InputPacket::default() };
            let bot = Bot::new(Behaviour::Cruise, u64::from(n));
            room.clients.push(Client { player: seated.player, bot, packet });
        }
        room
    }

    fn tick(&mut self, ready: bool) -> Took {
        let next = self.host.tick_number().plus(1);
        let mut packets = Duration::ZERO;
        for client in &mut self.clients {
            let command = client.bot.decide(None, std::iter::empty(), self.host.map());
            let is_news = client.packet.commands[2] != command;
            client.packet.commands.rotate_left(1);
            client.packet.commands[2] = command;
            if !is_news && !(next.0 + u32::from(client.player.0)).is_multiple_of(QUIET_TICKS) {
                continue;
            }
            client.packet.newest = next.0 as u16;
            client.packet.ack = next.minus(ROUND_TRIP_TICKS).0 as u16;
            self.writer.clear();
            client.packet.write(&mut self.writer);
            let bytes = self.writer.finish();
            let begun = Instant::now();
            let handled = self.host.handle_packet(client.player, self.now_us, bytes);
            packets += begun.elapsed();
            assert!(handled.is_ok(), "the host takes an honest packet");
        }
        self.now_us += TICK_MICROS;
        self.out.clear();
        let begun = Instant::now();
        let stats = self.host.tick(self.now_us, |_| ready, &mut self.out);
        let tick = begun.elapsed();
        let sums = stats.sums;
        Took { packets, tick, bytes: sums.bytes, visible: sums.visible, snapshots: stats.snapshots }
    }
}

fn main() {
    let clients: u16 = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(2000);
    let mut room = Room::new(clients);
    (0..WARM_UP_TICKS).for_each(|_| _ = room.tick(true));
    let took: Vec<Took> = (0..COUNTED_TICKS).map(|_| room.tick(true)).collect();
    let mean = |of: fn(&Took) -> u32| {
        let snapshots: u32 = took.iter().map(|took| took.snapshots).sum();
        took.iter().map(|took| f64::from(of(took))).sum::<f64>() / f64::from(snapshots)
    };
    tell(&format!(
        "{clients} clients, {COUNTED_TICKS} ticks, {:.0} ships in view, {:.1} bytes a snapshot",
        mean(|took| took.visible),
        mean(|took| took.bytes)
    ));
    tell_times("tick with its snapshots", took.iter().map(|took| took.tick).collect());
    tell_times("a tick's packets", took.iter().map(|took| took.packets).collect());
    // One at a time, so that clients do not fall behind.
    let mut idle = Vec::new();
    for _ in 0..COUNTED_TICKS / 4 {
        idle.push(room.tick(false).tick);
        room.tick(true);
    }
    tell_times("tick without snapshots", idle);
}

fn tell_times(what: &str, mut times: Vec<Duration>) {
    times.sort_unstable();
    let at =
        |percent: usize| times[(times.len() * percent / 100).min(times.len() - 1)].as_secs_f64() * 1000.0;
    tell(&format!("{what:24} p50 {:6.2} ms   p99 {:6.2} ms   worst {:6.2} ms", at(50), at(99), at(100)));
}

#[expect(clippy::print_stdout, reason = "the times are this program's output")]
fn tell(text: &str) {
    println!("{text}");
}
