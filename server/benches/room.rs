//! A whole room tick with 200 peers and no sockets: inputs taken, world stepped, 200 snapshots written.
//! Run with `make bench`.
#![allow(missing_docs, reason = "criterion's macros make undocumented items")]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use perigee_arena::Arena;
use perigee_arena::{ArenaCommand, Scenario};
use perigee_shared::bits::BitWriter;
use perigee_shared::ids::PlayerId;
use perigee_shared::netcode::codec::packet::InputPacket;
use perigee_shared::netcode::{Host, HostConfig, Outbox, Ticket};
use perigee_shared::protocol::{Build, Hello, PROTOCOL_VERSION, schema_hash};
use perigee_shared::rng::Rng;
use perigee_shared::tick::TICK_MICROS;

struct Room {
    host: Host<Arena>,
    players: Vec<PlayerId>,
    commands: Vec<ArenaCommand>,
    rng: Rng,
    now_us: u64,
    writer: BitWriter,
    out: Outbox,
}

impl Room {
    fn new(players: usize) -> Self {
        let scenario = Scenario::bare(4000.0, 4000.0);
        let config =
            HostConfig { max_players: players, budget_bytes_per_s: 1_000_000, ..HostConfig::default() };
        let mut host = Host::<Arena>::new(config, scenario);
        let mut out = Outbox::default();
        let build = Build { protocol: PROTOCOL_VERSION, schema: schema_hash::<Arena>() };
        let hello = Hello {
            build,
            name: "Bot".into(),
            room: "any".into(),
            want_checksums: false,
            bot: true,
            ..Hello::default()
        };
        let players: Vec<PlayerId> = (0..players)
            .filter_map(|_| Some(host.join(&hello, Ticket::default(), &mut out).ok()?.player))
            .collect();
        let commands = vec![ArenaCommand::default(); players.len()];
        let mut room =
            Self { host, players, commands, rng: Rng::new(3), now_us: 0, writer: BitWriter::new(), out };
        (0..300).for_each(|_| room.tick());
        room
    }

    /// Every player's packet arrives, then the tick.
    fn tick(&mut self) {
        let next = self.host.tick_number().plus(1);
        for (&player, command) in self.players.iter().zip(&mut self.commands) {
            if self.rng.chance(1, 15) {
                command.thrust = self.rng.chance(3, 4);
                command.turn = (self.rng.below(3) as i8 - 1) * 7;
            }
            let packet = InputPacket {
                newest: next.0 as u16,
                ack: next.0.wrapping_sub(1) as u16,
                commands: vec![*command],
                ..InputPacket::default()
            };
            self.writer.clear();
            packet.write(&mut self.writer);
            self.host.handle_packet(player, self.now_us, self.writer.finish()).ok();
        }
        self.now_us += TICK_MICROS;
        self.out.clear();
        self.host.tick(self.now_us, |_| true, &mut self.out);
    }
}

fn room_tick(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("room tick, no sockets");
    for players in [200, 1000] {
        let mut room = Room::new(players);
        group.throughput(Throughput::Elements(players as u64));
        group.bench_function(format!("{players} peers"), |bencher| bencher.iter(|| room.tick()));
    }
    group.finish();
}

criterion_group!(benches, room_tick);
criterion_main!(benches);
