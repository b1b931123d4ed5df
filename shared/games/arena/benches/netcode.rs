//! What the pieces of a tick cost: codec per entity, interest per client, the world's step.
//! Run with `make bench`.
#![allow(missing_docs, reason = "criterion's macros make undocumented items")]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use perigee_arena::{Arena, ArenaCommand, ArenaEntity, Scenario};
use perigee_shared::bits::{BitReader, BitWriter};
use perigee_shared::bitset::BitSet;
use perigee_shared::ids::PlayerId;
use perigee_shared::netcode::authority::interest::{Eye, Interest};
use perigee_shared::netcode::codec::delta::{read_delta, read_full, write_delta, write_full};
use perigee_shared::netcode::{Arrival, Entity, History, Past, PlayerInput, Simulation};
use perigee_shared::rng::Rng;
use perigee_shared::tick::Tick;
use std::hint::black_box;

const SHIPS: u16 = 1000;

/// A world of ships that change their commands twice a second.
struct ManyShips {
    arena: Arena,
    /// Empty: nobody fires here.
    history: History<ArenaEntity>,
    rng: Rng,
    tick: Tick,
    inputs: Vec<PlayerInput<ArenaCommand>>,
    events: Vec<<Arena as Simulation>::Event>,
}

impl ManyShips {
    fn new() -> Self {
        let scenario = scenario();
        let mut arena = Arena::new(&scenario, 1);
        let seats = (0..SHIPS).map(PlayerId);
        seats.clone().for_each(|player| arena.join(player, Tick(0), Arrival::default()));
        let inputs = seats.map(|player| PlayerInput::plain(player, ArenaCommand::default())).collect();
        let mut ships = Self {
            arena,
            history: History::default(),
            rng: Rng::new(2),
            tick: Tick(0),
            inputs,
            events: Vec::new(),
        };
        (0..300).for_each(|_| ships.step());
        ships
    }

    fn step(&mut self) {
        for input in &mut self.inputs {
            if self.rng.chance(1, 15) {
                input.command.thrust = self.rng.chance(3, 4);
                input.command.turn = (self.rng.below(3) as i8 - 1) * 7;
            }
        }
        self.tick = self.tick.plus(1);
        self.events.clear();
        let past = Past::new(&self.history, self.tick);
        self.arena.step(self.tick, &self.inputs, &past, &mut self.events);
    }
}

fn scenario() -> Scenario {
    Scenario::bare(4000.0, 4000.0)
}

fn codec(criterion: &mut Criterion) {
    let mut ships = ManyShips::new();
    let map = Arena::map(&scenario());
    let before: Vec<ArenaEntity> = ships.arena.entities().iter().map(|(_, entity)| *entity).collect();
    ships.step();
    let after: Vec<ArenaEntity> = ships.arena.entities().iter().map(|(_, entity)| *entity).collect();
    let mut group = criterion.benchmark_group("codec");
    group.throughput(Throughput::Elements(before.len() as u64));
    let mut writer = BitWriter::new();
    group.bench_function("encode delta per entity", |bencher| {
        bencher.iter(|| {
            writer.clear();
            for (base, actual) in before.iter().zip(&after) {
                black_box(write_delta(base, actual, &map, &mut writer));
            }
        });
    });
    group.bench_function("encode whole per entity", |bencher| {
        bencher.iter(|| {
            writer.clear();
            after.iter().for_each(|entity| write_full(entity, &mut writer));
        });
    });
    let whole = writer.finish().to_vec();
    group.bench_function("decode whole per entity", |bencher| {
        bencher.iter(|| {
            let mut reader = BitReader::new(&whole);
            for _ in &after {
                black_box(read_full::<ArenaEntity>(&mut reader)).ok();
            }
        });
    });
    writer.clear();
    let mispredicted: Vec<bool> = before
        .iter()
        .zip(&after)
        .map(|(base, actual)| write_delta(base, actual, &map, &mut writer))
        .collect();
    let delta = writer.finish().to_vec();
    group.bench_function("decode delta per entity", |bencher| {
        bencher.iter(|| {
            let mut reader = BitReader::new(&delta);
            for (base, &mispredicted) in before.iter().zip(&mispredicted) {
                let mut entity = *base;
                if mispredicted {
                    read_delta(&mut entity, &map, 0, &mut reader).ok();
                } else {
                    entity.advance(&map);
                }
                black_box(entity);
            }
        });
    });
    group.finish();
}

fn interest(criterion: &mut Criterion) {
    let ships = ManyShips::new();
    let mut interest = Interest::new((4000.0, 4000.0), 600.0);
    criterion.bench_function("interest rebuild, 1000 ships", |bencher| {
        bencher.iter(|| interest.rebuild(ships.arena.entities()));
    });
    let centres: Vec<_> = ships.arena.entities().iter().map(|(_, entity)| entity.pose().position).collect();
    let (before, mut now) = (BitSet::default(), BitSet::default());
    let mut next = 0;
    criterion.bench_function("interest query, 1000 ships, radius 600", |bencher| {
        bencher.iter(|| {
            next = (next + 1) % centres.len();
            let eye = Eye { player: PlayerId(0), team: None, centre: centres[next], sees_all: false };
            interest.visible_from(eye, &before, &mut now);
            black_box(now.len())
        });
    });
}

fn step(criterion: &mut Criterion) {
    let mut ships = ManyShips::new();
    criterion.bench_function("world step, 1000 ships", |bencher| bencher.iter(|| ships.step()));
    criterion.bench_function("state hash, 1000 ships", |bencher| bencher.iter(|| ships.arena.state_hash()));
}

criterion_group!(benches, codec, interest, step);
criterion_main!(benches);
