//! Host and peers together on a perfect wire, with the toy game: what the codec guarantees, without a simulated
//! network.

use crate::bits::BitWriter;
use crate::ids::PlayerId;
use crate::limits::RESYNC_TICKS;
use crate::netcode::client::peer::PeerError;
use crate::netcode::codec::packet::InputPacket;
use crate::netcode::toy_game::{Ball, Push, Toy, ToyScenario};
use crate::netcode::{
    Address, Delivery, Entity, FullSnapshots, Host, HostConfig, Lane, Outbox, Peer, PeerConfig, PeerStatus,
    Simulation, TickStats, Ticket,
};
use crate::protocol::{Hello, Message, ResumeToken, ServerMessage, Welcome, check_hello, encode_scenario};
use crate::rng::Rng;
use crate::tick::{TICK_MICROS, Tick};
use std::collections::BTreeMap;

struct Pair {
    host: Host<Toy>,
    peer: Peer<Toy>,
    delivery: Delivery,
    /// Whether the network loses the answers to the peer's `ClientMessage::Resync`.
    loses_answers: bool,
    player: PlayerId,
    now_us: u64,
    bytes: usize,
    /// Bytes of each tick's snapshot.
    sizes: Vec<usize>,
    stats: TickStats,
}

fn hello_of(peer: &mut Peer<Toy>) -> Hello {
    let mut out = Outbox::default();
    peer.connected(0, &mut out);
    let bytes = out.packets().next().unwrap();
    check_hello(bytes, std::iter::once(crate::protocol::schema_hash::<Toy>())).unwrap()
}

fn config(radius: f32) -> HostConfig {
    HostConfig { max_players: 8, interest_radius_units: radius, seed: 5, ..HostConfig::default() }
}

fn ticket(number: u8) -> Ticket {
    Ticket { token: ResumeToken([number; 16]), ..Ticket::default() }
}

impl Pair {
    fn new(scenario: ToyScenario, config: HostConfig) -> Self {
        Self::over(Delivery::Stream, scenario, config)
    }

    fn over(delivery: Delivery, scenario: ToyScenario, config: HostConfig) -> Self {
        let host = Host::<Toy>::new(config, scenario);
        let config =
            PeerConfig { name: "Ada".into(), want_checksums: true, delivery, ..PeerConfig::default() };
        let mut pair = Self {
            host,
            peer: Peer::new(config),
            delivery,
            loses_answers: false,
            player: PlayerId(0),
            now_us: 0,
            bytes: 0,
            sizes: Vec::new(),
            stats: TickStats::default(),
        };
        pair.connect();
        pair
    }

    /// Connects, for the first time or again.
    fn connect(&mut self) {
        let hello = hello_of(&mut self.peer);
        let mut out = Outbox::default();
        let ticket = Ticket { delivery: self.delivery, ..ticket(1) };
        self.player = self.host.join(&hello, ticket, &mut out).unwrap().player;
        for (_, _, bytes) in out.iter() {
            self.peer.handle_packet(self.now_us, bytes).unwrap();
        }
    }

    /// One tick; the snapshot is written only if `ready`. The peer commands `push`.
    fn tick(&mut self, push: Push, ready: bool) {
        let mut out = Outbox::default();
        self.peer.frame(self.now_us, push, &mut out);
        for bytes in out.packets() {
            self.host.handle_packet(self.player, self.now_us, bytes).unwrap();
        }
        self.now_us += TICK_MICROS;
        let mut out = Outbox::default();
        self.stats = self.host.tick(self.now_us, |_| ready, &mut out);
        let mut size = 0;
        for (to, lane, bytes) in out.iter() {
            if to != Address::Everyone && to != Address::Player(self.player) {
                continue;
            }
            self.bytes += bytes.len();
            size += if lane == Lane::Snapshot { bytes.len() } else { 0 };
            if lane == Lane::Snapshot && self.loses_answers && self.stats.full.asked_for > 0 {
                continue;
            }
            self.peer.handle_packet(self.now_us, bytes).unwrap();
        }
        self.sizes.push(size);
    }

    /// Asserts that the peer holds exactly the host's state, entity by entity.
    fn assert_exact(&self, hint: &str) {
        for (slot, entity) in self.peer.confirmed() {
            assert_eq!(self.host.sim().entities().get(slot), Some(entity), "{hint}");
        }
    }
}

fn displaced(ball: Ball) -> Ball {
    Ball { x: (ball.x + 500) % 90_000, ..ball }
}

#[test]
fn a_client_that_is_wrong_says_so_and_is_told_everything_once_in_a_while() {
    let mut pair = Pair::new(ToyScenario { kick_one_in: 0, loose: 20, elastic: false }, config(2000.0));
    (0..30).for_each(|_| pair.tick(Push::default(), true));
    let mut full = 0;
    let mut wrong = |pair: &mut Pair, ticks: u32| {
        pair.peer.mistake_first(displaced);
        for _ in 0..ticks {
            pair.tick(Push::default(), true);
            full += pair.stats.full.asked_for;
        }
        full
    };
    assert_eq!(wrong(&mut pair, 10), 1);
    pair.assert_exact("after the first time");
    let mismatches = pair.peer.stats().state_mismatches;
    assert!((1..=3).contains(&mismatches), "{mismatches}");
    // The second time it has to wait, but the request is kept.
    assert_eq!(wrong(&mut pair, 100), 1);
    assert_eq!(wrong(&mut pair, 150), 2);
    pair.assert_exact("after the second time");
    // A client that asks all the time gets no more than that.
    let resync = crate::protocol::ClientMessage::Resync.encode();
    let mut full = 0;
    for _ in 0..10 * RESYNC_TICKS {
        pair.host.handle_packet(pair.player, pair.now_us, &resync).unwrap();
        pair.tick(Push::default(), true);
        full += pair.stats.full.asked_for;
    }
    assert!((9..=10).contains(&full), "{full}");
}

#[test]
fn over_datagrams_everything_is_told_until_it_has_come() {
    let scenario = ToyScenario { kick_one_in: 8, loose: 20, elastic: false };
    let mut pair = Pair::over(Delivery::Datagrams, scenario, config(2000.0));
    (0..60).for_each(|_| pair.tick(Push::default(), true));
    pair.peer.mistake_first(displaced);
    pair.loses_answers = true;
    let mut asked_for = 0;
    for _ in 0..20 {
        pair.tick(Push::default(), true);
        asked_for += pair.stats.full.asked_for;
    }
    assert_eq!(asked_for, 1);
    let mismatches = pair.peer.stats().state_mismatches;
    assert!(mismatches > 0, "it was never wrong");
    // Within the time in which it does not ask again.
    (0..60).for_each(|_| pair.tick(Push::default(), true));
    assert_eq!(pair.peer.stats().state_mismatches, mismatches, "wrong for as long as it waits to ask again");
    assert_eq!(pair.stats.full, FullSnapshots::default(), "full snapshots go on");
    pair.assert_exact("at the end");
}

#[test]
fn the_peer_holds_exactly_the_hosts_state_whatever_is_skipped() {
    for seed in 0..20 {
        let mut rng = Rng::new(seed);
        let mut pair = Pair::new(ToyScenario { kick_one_in: 8, loose: 40, elastic: false }, config(300.0));
        // Until the delay of the line is known, a snapshot may be too small for everything.
        (0..10).for_each(|_| pair.tick(Push::default(), true));
        for _ in 0..300 {
            let push = Push { x: rng.below(3) as i8 - 1, tap: rng.chance(1, 5) };
            // Runs of skipped ticks up to beyond the oldest baseline.
            let skips = if rng.chance(1, 6) { rng.below(90) } else { 0 };
            for _ in 0..skips {
                pair.tick(push, false);
            }
            pair.tick(push, true);
            pair.assert_exact(&format!("seed {seed}"));
        }
        let stats = pair.peer.stats();
        assert_eq!((stats.decode_errors, stats.state_mismatches), (0, 0), "seed {seed}");
        assert!(stats.full_snapshots > 1 && stats.visible > 5, "seed {seed}: {stats:?}");
    }
}

/// When a screen is so slow that the clock jumps in every frame, the prediction has no states to continue from. The own
/// entity is shown nevertheless, because the server's state has it.
#[test]
fn the_own_entity_is_there_as_long_as_the_server_has_it_however_rare_frames_are() {
    let mut pair = Pair::new(ToyScenario { kick_one_in: 0, loose: 5, elastic: false }, config(1e6));
    (0..10).for_each(|_| pair.tick(Push::default(), true));
    for gap_ticks in [5, 11, 15, 40, 15, 12, 11, 1, 30] {
        for _ in 0..gap_ticks {
            pair.now_us += TICK_MICROS;
            let mut out = Outbox::default();
            pair.host.tick(pair.now_us, |_| true, &mut out);
            out.packets().for_each(|bytes| pair.peer.handle_packet(pair.now_us, bytes).unwrap());
        }
        let mut out = Outbox::default();
        pair.peer.frame(pair.now_us, Push::default(), &mut out);
        for bytes in out.packets() {
            pair.host.handle_packet(pair.player, pair.now_us, bytes).unwrap();
        }
        let truth =
            *pair.host.sim().entities().get(pair.host.sim().controlled(pair.player).unwrap()).unwrap();
        let own = pair.peer.scene().unwrap().own;
        let own = own.unwrap_or_else(|| panic!("no own entity after {gap_ticks} ticks without a frame"));
        let far = own.pose.position.distance(crate::netcode::Entity::pose(&truth).position);
        assert!(far < 60.0, "{far} units off after {gap_ticks} ticks");
    }
}

#[test]
fn an_undisturbed_world_costs_no_bits() {
    let mut pair = Pair::new(ToyScenario { kick_one_in: 0, loose: 60, elastic: false }, config(1e6));
    for _ in 0..30 {
        pair.tick(Push::default(), true);
    }
    let before = pair.bytes;
    // Ten minutes, many bounces.
    let ticks = 18_000;
    for _ in 0..ticks {
        pair.tick(Push::default(), true);
    }
    let per_snapshot = (pair.bytes - before) as f64 / f64::from(ticks);
    // Header, empty lists and 33 bits of checksum; a report of 8 bits every 8th tick.
    assert!(per_snapshot < 6.4, "{per_snapshot} bytes");
    assert_eq!(pair.peer.stats().visible, 61);
    assert_eq!(pair.peer.stats().state_mismatches, 0);
}

#[test]
fn commands_alone_are_predicted_without_a_miss() {
    let mut pair = Pair::new(ToyScenario { kick_one_in: 0, loose: 5, elastic: false }, config(300.0));
    let mut rng = Rng::new(2);
    for _ in 0..30 {
        pair.tick(Push::default(), true);
    }
    let before = pair.peer.stats().mispredictions;
    for _ in 0..900 {
        pair.tick(Push { x: rng.below(3) as i8 - 1, tap: false }, true);
    }
    assert_eq!(pair.peer.stats().mispredictions, before);
}

/// A shared entity is shown in the present: it is pushed in the frame in which the own entity touches it, as the host
/// will compute for that tick, while other balls are shown with the usual delay.
#[test]
fn what_is_shared_moves_when_it_is_touched_and_as_the_host_will_say() {
    let mut pair = Pair::new(ToyScenario::SHARED_BALL, config(1e6));
    let mut shown = Vec::new();
    let mut truth = BTreeMap::new();
    for n in 0..240 {
        // To the right, until the ball is hit and rolls away.
        pair.tick(Push { x: i8::from(n > 40), tap: false }, true);
        let tick = pair.peer.newest_snapshot().unwrap();
        let is_shared = |entity: &Ball| entity.is_predicted();
        truth.extend(
            pair.peer.confirmed().filter(|(_, ball)| is_shared(ball)).map(|(_, ball)| (tick.0, *ball)),
        );
        let Some(newest) = pair.peer.newest_command() else { continue };
        let scene = pair.peer.scene().unwrap();
        let ball = scene.others.iter().find(|seen| is_shared(&seen.entity)).unwrap();
        assert!(scene.predicted_tick > f64::from(tick.0), "the present is ahead of the snapshot");
        if n > 40 {
            shown.push((newest.0, ball.entity));
        }
    }
    let known: Vec<_> = shown.iter().filter_map(|(tick, ball)| Some((ball, truth.get(tick)?))).collect();
    assert!(known.len() > 150 && known.iter().any(|(ball, _)| ball.v != 0), "it was pushed");
    assert!(known.iter().all(|(shown, truth)| shown == truth), "and was where the host has it");
    let stats = pair.peer.stats();
    assert_eq!((stats.mispredictions, stats.corrections), (0, 0));
}

#[test]
fn what_others_do_to_what_is_shared_is_corrected_and_eased() {
    let mut pair = Pair::new(ToyScenario { kick_one_in: 20, ..ToyScenario::SHARED_BALL }, config(1e6));
    let mut places: Vec<f32> = Vec::new();
    for _ in 0..600 {
        pair.tick(Push::default(), true);
        if let Some(scene) = pair.peer.scene() {
            let ball = scene.others.iter().find(|seen| seen.entity.is_predicted()).unwrap();
            places.push(ball.pose.position.x);
        }
    }
    assert!(pair.peer.stats().corrections > 10);
    pair.assert_exact("after corrections");
    // At most its own speed in a tick, and the rest of a kick that was learned late: no jumps.
    let jumps = places.windows(2).skip(10).filter(|pair| (pair[1] - pair[0]).abs() > 9.0).count();
    assert_eq!(jumps, 0, "{places:?}");
}

#[test]
fn any_bytes_leave_the_peer_standing() {
    let mut rng = Rng::new(3);
    for _ in 0..2000 {
        let mut pair = Pair::new(ToyScenario { kick_one_in: 8, loose: 3, elastic: false }, config(300.0));
        pair.tick(Push::default(), true);
        let bytes: Vec<u8> = (0..rng.below(40))
            .map(|n| if n == 0 { 1 | rng.next_u32() as u8 } else { rng.next_u32() as u8 })
            .collect();
        let _ = pair.peer.handle_packet(pair.now_us, &bytes);
        let _ = pair.peer.scene();
        let _ = pair.host.handle_packet(pair.player, pair.now_us, &bytes);
    }
}

/// Found by `make fuzz`: an arena that is smaller than a ship has no place between its walls.
#[test]
fn a_welcome_to_a_match_that_cannot_be_is_an_error() {
    for (loose, wanted) in [(3, Ok(())), (u32::MAX, Err(PeerError::Scenario))] {
        let mut peer = Peer::<Toy>::new(PeerConfig::default());
        hello_of(&mut peer);
        let welcome = Welcome {
            player: PlayerId(0),
            name: "Ada".into(),
            room: "line".into(),
            tick: Tick(9),
            scenario: encode_scenario(&ToyScenario { kick_one_in: 8, loose, elastic: false }),
            token: ResumeToken::default(),
            resumed: false,
            kept_ms: 0,
            orders_taken: 0,
            spectating: None,
        };
        let message = ServerMessage::Welcome(welcome).encode();
        assert_eq!(peer.handle_packet(0, &message), wanted);
        assert_eq!(peer.map().is_some(), wanted.is_ok(), "no match that cannot be");
    }
}

/// A match of two players, one of whom leaves the other's sight and then does `hidden`. Returns every byte that the
/// other was sent from then on, and the state hash at the end.
fn what_the_other_gets(hidden: Push) -> (Vec<Vec<u8>>, u64) {
    let mut host = Host::<Toy>::new(config(300.0), ToyScenario { kick_one_in: 0, loose: 0, elastic: false });
    let mut out = Outbox::default();
    let mut join = |name: &str| {
        let config = PeerConfig { name: name.into(), want_checksums: true, ..PeerConfig::default() };
        host.join(&hello_of(&mut Peer::new(config)), Ticket::default(), &mut out).unwrap().player
    };
    let (watcher, runner) = (join("Ada"), join("Bob"));
    let mut writer = BitWriter::new();
    let mut seen = Vec::new();
    for n in 1..=105u32 {
        let push = if n <= 90 { Push { x: 1, tap: false } } else { hidden };
        // Both acknowledge their snapshots, so that the flow stops neither.
        for (player, push) in [(runner, push), (watcher, Push::default())] {
            let ack = n as u16 - 1;
            let packet =
                InputPacket { newest: n as u16, ack, commands: vec![push], ..InputPacket::default() };
            writer.clear();
            packet.write(&mut writer);
            host.handle_packet(player, u64::from(n) * TICK_MICROS, writer.finish()).unwrap();
        }
        out.clear();
        host.tick(u64::from(n) * TICK_MICROS, |_| true, &mut out);
        let to_watcher =
            out.iter().filter(|(to, _, _)| *to == Address::Player(watcher) || *to == Address::Everyone);
        if n > 90 {
            seen.extend(to_watcher.map(|(_, _, bytes)| bytes.to_vec()));
        }
    }
    (seen, host.sim().state_hash())
}

#[test]
fn what_a_client_cannot_see_does_not_change_its_bytes() {
    let (bytes, hash) = what_the_other_gets(Push::default());
    for x in [-1, 1] {
        let (other_bytes, other_hash) = what_the_other_gets(Push { x, tap: false });
        assert_ne!(other_hash, hash, "the hidden ball did the same");
        assert_eq!(other_bytes, bytes);
    }
}

#[test]
fn a_crowd_streams_in_within_the_budget_and_nothing_starves() {
    // 200 balls that are kicked all the time, with a budget for only a part of them.
    let budget = HostConfig { budget_bytes_per_s: 1_500, ..config(1e6) };
    let mut pair = Pair::new(ToyScenario { kick_one_in: 4, loose: 200, elastic: false }, budget);
    let per_tick = 1_500 / 30;
    let (mut worst_age, mut deferred) = (0, 0);
    for n in 0..900 {
        pair.tick(Push { x: (n % 3) as i8 - 1, tap: false }, true);
        // An entity that enters, and the first of a snapshot, may each overdraw once; savings may be spent.
        assert!(pair.sizes[n] < per_tick * 8 + 60, "tick {n}: {:?} {:?}", pair.sizes, pair.stats.sums);
        if n > 300 {
            worst_age = worst_age.max(pair.stats.ages.percentile_ticks(100));
            deferred += pair.stats.sums.deferred;
        }
    }
    let second: usize = pair.sizes[870..].iter().sum();
    assert!((1_200..1_650).contains(&second), "{second} bytes in the last second");
    let stats = pair.peer.stats();
    assert_eq!((stats.decode_errors, stats.state_mismatches), (0, 0));
    assert_eq!(stats.full_snapshots, 1);
    assert_eq!(stats.visible, 201, "all have come into the view");
    assert!(deferred > 600 * 20, "the budget is tight: {deferred}");
    assert!(worst_age <= 64, "{worst_age} ticks old");
    // The own ball is never late.
    let own = pair.host.sim().controlled(pair.player).unwrap();
    assert_eq!(pair.peer.own_confirmed(), pair.host.sim().entities().get(own));
}

#[test]
fn what_was_late_is_told_tick_by_tick_or_whole_and_then_exact() {
    let tight = HostConfig { budget_bytes_per_s: 600, ..config(1e6) };
    let mut pair = Pair::new(ToyScenario { kick_one_in: 12, loose: 60, elastic: false }, tight);
    let (mut caught_up, mut renewed) = (0, 0);
    for n in 0..1500 {
        pair.tick(Push::default(), n % 17 != 0);
        caught_up += pair.stats.sums.caught_up;
        renewed += pair.stats.sums.renewed;
    }
    assert!(caught_up > 30 && renewed > 100, "{caught_up} tick by tick, {renewed} whole");
    assert_eq!(pair.peer.stats().state_mismatches, 0);
    // When the world becomes quiet, everything is sent eventually.
    let mut quiet = Pair::new(ToyScenario { kick_one_in: 12, loose: 60, elastic: false }, config(1e6));
    for _ in 0..200 {
        quiet.tick(Push::default(), true);
    }
    quiet.assert_exact("an ample budget");
    assert_eq!(quiet.stats.sums.deferred, 0);
}

#[test]
fn what_is_far_waits_its_turn_and_no_longer() {
    let decay = HostConfig { far_interval_ticks: 4, ..config(400.0) };
    let mut pair = Pair::new(ToyScenario { kick_one_in: 5, loose: 120, elastic: false }, decay);
    let mut deferred = 0;
    for _ in 0..600 {
        pair.tick(Push::default(), true);
        deferred += pair.stats.sums.deferred;
        assert!(pair.stats.ages.percentile_ticks(100) <= 8, "{:?}", pair.stats.ages);
    }
    assert!(deferred > 1000, "{deferred}");
    assert_eq!(pair.peer.stats().state_mismatches, 0);
}

#[test]
fn a_broken_connection_comes_back_with_one_delta() {
    for seed in 0..30 {
        let mut rng = Rng::new(seed);
        let mut pair = Pair::new(ToyScenario { kick_one_in: 8, loose: 40, elastic: false }, config(300.0));
        for round in 0..20 {
            for _ in 0..10 + rng.below(30) {
                pair.tick(Push { x: rng.below(3) as i8 - 1, tap: false }, true);
            }
            let own = pair.host.sim().controlled(pair.player);
            pair.host.detach(pair.player);
            pair.peer.disconnected();
            assert!(matches!(pair.peer.status(), PeerStatus::Lost { .. }));
            let before = *pair.peer.stats();
            let away = rng.below(80);
            for _ in 0..away {
                pair.tick(Push::default(), true);
            }
            pair.connect();
            pair.tick(Push::default(), true);
            let (stats, hint) = (pair.peer.stats(), format!("seed {seed}, round {round}, away {away}"));
            assert_eq!(stats.snapshots, before.snapshots + 1, "{hint}");
            assert_eq!(stats.resumes, before.resumes + 1, "{hint}");
            let by_delta = stats.resumes_by_delta - before.resumes_by_delta;
            assert_eq!(by_delta, u64::from(away < crate::limits::MAX_BASELINE_AGE_TICKS), "{hint}");
            assert_eq!(pair.host.sim().controlled(pair.player), own, "{hint}: another ball");
            pair.assert_exact(&hint);
        }
        assert_eq!(pair.peer.stats().state_mismatches, 0);
    }
}

#[test]
fn no_age_is_measured_across_a_break_or_a_pause() {
    let mut pair = Pair::new(ToyScenario { kick_one_in: 0, loose: 0, elastic: false }, config(300.0));
    let paused = |on| ServerMessage::Paused(on).encode();
    (0..30).for_each(|_| pair.tick(Push::default(), true));
    let heard_at_us = pair.now_us;
    assert_eq!(pair.peer.heard_at_us(), heard_at_us);
    pair.peer.handle_packet(pair.now_us, &paused(true)).unwrap();

    // The server notices at once; the client only after ten seconds, in which the pause ends.
    pair.host.detach(pair.player);
    (0..300).for_each(|_| pair.tick(Push::default(), true));
    pair.peer.disconnected();
    let kept_us = u64::from(HostConfig::default().resume_window_ms) * 1000;
    assert_eq!(*pair.peer.status(), PeerStatus::Lost { kept_until_us: heard_at_us + kept_us });
    pair.connect();
    assert!(!pair.peer.paused(), "nobody said so since");
    assert_eq!(pair.peer.heard_at_us(), pair.now_us, "the welcome is the server's word, too");
    pair.tick(Push::default(), true);
    assert!(pair.peer.stats().snapshot_interval_ms < 40.0, "{:?}", pair.peer.stats());

    pair.peer.handle_packet(pair.now_us, &paused(true)).unwrap();
    pair.now_us += 60_000_000;
    pair.peer.handle_packet(pair.now_us, &paused(false)).unwrap();
    pair.tick(Push::default(), true);
    assert!(pair.peer.stats().snapshot_interval_ms < 40.0, "{:?}", pair.peer.stats());
}

#[test]
fn a_seat_that_nobody_comes_back_to_is_freed_and_a_wrong_token_opens_none() {
    let brief = HostConfig { resume_window_ms: 1000, ..config(300.0) };
    let mut pair = Pair::new(ToyScenario { kick_one_in: 0, loose: 0, elastic: false }, brief);
    pair.tick(Push::default(), true);
    let mut hello = hello_of(&mut pair.peer);
    let mut out = Outbox::default();
    let resume = hello.resume.as_mut().unwrap();
    resume.token = ResumeToken([9; 16]);
    let seated = pair.host.join(&hello, ticket(2), &mut out).unwrap();
    assert!(!seated.resumed && seated.player != pair.player);
    pair.host.detach(pair.player);
    pair.peer.disconnected();
    for _ in 0..60 {
        pair.tick(Push::default(), true);
    }
    assert_eq!(pair.host.player_count(), 1, "the one who is there");
    assert!(pair.host.sim().controlled(pair.player).is_none());
    pair.connect();
    assert_eq!(pair.peer.stats().resumes, 0, "too late: a new player");
    pair.tick(Push::default(), true);
    assert!(pair.peer.own_confirmed().is_some());
}

#[test]
fn no_damaged_snapshot_harms_the_peer() {
    // Real packets with bits flipped, cut, and extended: these reach deepest into the decoder.
    let mut rng = Rng::new(11);
    for round in 0..400 {
        let mut pair = Pair::new(ToyScenario { kick_one_in: 4, loose: 30, elastic: false }, config(1e6));
        for _ in 0..rng.below(20) {
            pair.tick(Push::default(), true);
        }
        let skips = rng.below(12);
        let mut out = Outbox::default();
        for n in 0..=skips {
            out.clear();
            pair.now_us += TICK_MICROS;
            pair.host.tick(pair.now_us, |_| n == skips, &mut out);
        }
        let Some((_, _, bytes)) = out.iter().find(|(_, lane, _)| *lane == Lane::Snapshot) else { continue };
        let mut bytes = bytes.to_vec();
        for _ in 0..1 + rng.below(4) {
            let at = rng.below(bytes.len() as u32) as usize;
            match rng.below(4) {
                0 => bytes.truncate(at.max(1)),
                1 => bytes.extend((0..rng.below(9)).map(|_| rng.next_u32() as u8)),
                _ => bytes[at] ^= 1 << rng.below(8),
            }
        }
        bytes[0] |= 1;
        let _ = pair.peer.handle_packet(pair.now_us, &bytes);
        let _ = pair.peer.scene();
        assert!(pair.peer.confirmed().count() <= crate::limits::MAX_ENTITIES, "round {round}");
    }
}

#[test]
fn two_that_met_are_told_by_one_of_them() {
    let bytes_of = |elastic| {
        let mut pair = Pair::new(ToyScenario { kick_one_in: 0, loose: 60, elastic }, config(1e6));
        let mut mispredicted = 0;
        for n in 0..1500 {
            // Some ticks are skipped, or half of the entities are over the budget: then each has its own deltas.
            pair.tick(Push::default(), n % 11 != 0);
            mispredicted += pair.stats.sums.mispredicted;
        }
        assert_eq!(pair.peer.stats().state_mismatches, 0);
        pair.assert_exact("all are told");
        (pair.bytes, mispredicted)
    };
    let ((calm, _), (lively, mispredicted)) = (bytes_of(false), bytes_of(true));
    assert!(mispredicted > 2000, "{mispredicted} mispredictions");
    let bits = (lively - calm) as f64 * 8.0 / f64::from(mispredicted);
    assert!(bits < 14.0, "{bits} bits for each of two that met");
}

#[test]
fn a_full_room_gives_the_seat_of_who_has_long_been_away_to_who_is_there() {
    let small = HostConfig { max_players: 1, ..config(300.0) };
    let mut pair = Pair::new(ToyScenario { kick_one_in: 0, loose: 0, elastic: false }, small);
    pair.tick(Push::default(), true);
    let newcomer = Hello { resume: None, ..hello_of(&mut Peer::new(PeerConfig::default())) };
    let mut out = Outbox::default();
    let mut ask = |pair: &mut Pair| pair.host.join(&newcomer, ticket(7), &mut out);
    assert!(ask(&mut pair).is_err(), "its player is there");
    pair.host.detach(pair.player);
    pair.peer.disconnected();
    (0..30).for_each(|_| pair.tick(Push::default(), true));
    assert!(ask(&mut pair).is_err(), "away for a second only");
    (0..150).for_each(|_| pair.tick(Push::default(), true));
    assert!(ask(&mut pair).is_ok_and(|seated| !seated.resumed));
    assert_eq!(pair.host.player_count(), 1);
}
