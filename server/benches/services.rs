//! The cost of the services without sockets: a line of chat to a thousand links, a message to a thousand readers of the
//! feed, and ranks among a hundred thousand.
//! Run with `make bench`.
#![allow(missing_docs, reason = "criterion's macros make undocumented items")]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use perigee_arena::Arena;
use perigee_server::parts::lobby::Lobby;
use perigee_server::parts::metrics::Metrics;
use perigee_server::parts::person::PersonId;
use perigee_server::parts::room::{ConnectionId, Link, Role, RoomContext, Runner, Session};
use perigee_server::parts::services::{
    ChatRules, Feed, FeedQueue, Hub, HubConfig, Kept, Moment, NoArchive, Note, RankedPlayer, Ranking,
    ReaderId, Topic,
};
use perigee_server::{Config, Game, Games};
use perigee_shared::ids::PlayerId;
use perigee_shared::protocol::Channel;
use perigee_shared::rng::Rng;
use std::hint::black_box;
use std::sync::Arc;

const GAMES: Games = Games::new(&[Game::of::<Arena>()]);
const HEARERS: u16 = 1000;
const RANKED: u32 = 100_000;

fn chat(criterion: &mut Criterion) {
    let metrics = Arc::new(Metrics::new());
    let Ok(config) = Config::from_text(GAMES, None) else { return };
    let rooms = RoomContext::new(config.limits.clone(), Arc::clone(&metrics));
    let Ok(runner) = Runner::<Arena>::new(&config.rooms[0], &rooms, 1) else {
        return;
    };
    let lobby = Arc::new(Lobby::new(vec![Arc::clone(runner.handle())]));
    let hub_config = HubConfig {
        chat: ChatRules::default(),
        games: GAMES,
        rank_bots: false,
        wall: perigee_server::Wall::default(),
    };
    let mut hub = Hub::new(&hub_config, lobby, metrics, Box::new(NoArchive), Kept::default());
    let mut now = Moment { mono_ms: 10_000, unix_ms: 1_700_000_000_000 };
    let links: Vec<Arc<Link>> = (0..HEARERS).map(|_| Arc::default()).collect();
    for (seat, link) in (0..HEARERS).zip(&links) {
        let session = Session {
            connection: ConnectionId(seat.into()),
            address: None,
            link: Arc::clone(link),
            room: Arc::clone(runner.handle()),
            player: PlayerId(seat),
            sitting: 0,
            role: Role::Player,
            is_program: false,
            name: format!("Player {seat}"),
            person: None,
            resumed: false,
        };
        hub.take(Note::Joined { session: Arc::new(session), account: None }, now);
    }
    let (mut number, mut buffer) = (0u64, Vec::new());
    let mut group = criterion.benchmark_group("services");
    group.throughput(Throughput::Elements(HEARERS.into()));
    group.bench_function("a line of chat, put before 1000 links and taken out", |bencher| {
        bencher.iter(|| {
            number += 1;
            now.mono_ms += 2_000;
            now.unix_ms += 2_000;
            let text = format!("This is line number {number} of a long talk");
            hub.take(Note::Said(ConnectionId(number % 1000), Channel::Room, text), now);
            for link in &links {
                black_box(link.take(&mut buffer));
            }
        });
    });
    group.finish();
}

fn feed(criterion: &mut Criterion) {
    let mut feed = Feed::new(0);
    let queues: Vec<Arc<FeedQueue>> = (0..HEARERS).map(|_| Arc::default()).collect();
    for (reader, queue) in (0..).map(ReaderId).zip(&queues) {
        feed.enter(reader, Arc::clone(queue));
        feed.subscribe(reader, Topic::Chat, None);
        queue.take();
    }
    let mut group = criterion.benchmark_group("services");
    group.throughput(Throughput::Elements(HEARERS.into()));
    group.bench_function("a message of the feed, put before 1000 readers and taken out", |bencher| {
        bencher.iter(|| {
            feed.publish(Topic::Chat, 0, &("arena", "Player 7", "This is a line of a long talk"));
            for queue in &queues {
                black_box(queue.take());
            }
        });
    });
    group.finish();
}

fn ranking(criterion: &mut Criterion) {
    let (mut ranking, mut rng) = (Ranking::new(RANKED as usize), Rng::new(1));
    let standing = |person: u32, value: i64, reached_ms: u64| RankedPlayer {
        person: PersonId(person.into()),
        name: "Somebody".into(),
        value,
        reached_ms,
    };
    for person in 0..RANKED {
        ranking.update(standing(person, i64::from(rng.below(10_000)), person.into()));
    }
    let mut now_ms = u64::from(RANKED);
    let mut group = criterion.benchmark_group("ranking of 100000");
    group.bench_function("a new value", |bencher| {
        bencher.iter(|| {
            now_ms += 1;
            ranking.update(standing(rng.below(RANKED), i64::from(rng.below(10_000)), now_ms))
        });
    });
    group.bench_function("somebody's rank", |bencher| {
        bencher.iter(|| black_box(ranking.rank(PersonId(rng.below(RANKED).into()))));
    });
    group.bench_function("the best 20", |bencher| {
        bencher.iter(|| black_box(ranking.top(20).map(|(rank, _)| rank).sum::<u32>()));
    });
    group.finish();
}

criterion_group!(benches, chat, feed, ranking);
criterion_main!(benches);
