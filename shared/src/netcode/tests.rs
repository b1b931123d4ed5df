//! Host and peers together on a perfect wire, with the toy game: the codec's promises, without a network in the way.

use crate::bits::BitWriter;
use crate::ids::PlayerId;
use crate::netcode::packet::InputPacket;
use crate::netcode::toy_game::{Push, Toy, ToyScenario};
use crate::netcode::{Address, Host, HostConfig, Outbox, Peer, PeerConfig, Simulation};
use crate::protocol::{Hello, check_hello};
use crate::rng::Rng;
use crate::tick::TICK_MICROS;

struct Pair {
    host: Host<Toy>,
    peer: Peer<Toy>,
    player: PlayerId,
    now_us: u64,
    bytes: usize,
}

fn hello_of(peer: &mut Peer<Toy>) -> Hello {
    let mut out = Outbox::default();
    peer.connected(0, &mut out);
    let bytes = out.packets().next().unwrap();
    check_hello::<Toy>(bytes).unwrap()
}

impl Pair {
    fn new(scenario: ToyScenario, radius: f32) -> Self {
        let config =
            HostConfig { room: "toy".into(), max_players: 8, interest_radius_units: radius, seed: 5 };
        let mut host = Host::<Toy>::new(config, scenario);
        let config = PeerConfig { name: "Ada".into(), room: "any".into(), want_checksums: true, bot: false };
        let mut peer = Peer::new(config);
        let hello = hello_of(&mut peer);
        let mut out = Outbox::default();
        let player = host.join(&hello, &mut out).unwrap();
        for (_, _, bytes) in out.iter() {
            peer.handle_packet(0, bytes).unwrap();
        }
        Self { host, peer, player, now_us: 0, bytes: 0 }
    }

    /// One tick, in which the snapshot is written only if `ready`. The peer commands `push`.
    fn tick(&mut self, push: Push, ready: bool) {
        let mut out = Outbox::default();
        self.peer.frame(self.now_us, push, &mut out);
        for bytes in out.packets() {
            self.host.handle_packet(self.player, self.now_us, bytes).unwrap();
        }
        self.now_us += TICK_MICROS;
        let mut out = Outbox::default();
        self.host.tick(self.now_us, |_| ready, &mut out);
        for (to, _, bytes) in out.iter() {
            assert!(matches!(to, Address::Player(_) | Address::Everyone));
            self.bytes += bytes.len();
            self.peer.handle_packet(self.now_us, bytes).unwrap();
        }
    }
}

#[test]
fn the_peer_holds_exactly_the_hosts_state_whatever_is_skipped() {
    for seed in 0..20 {
        let mut rng = Rng::new(seed);
        let mut pair = Pair::new(ToyScenario { kick_one_in: 8, loose: 40 }, 300.0);
        for _ in 0..300 {
            let push = Push { x: rng.below(3) as i8 - 1 };
            // Runs of skipped ticks up to beyond the oldest baseline.
            let skips = if rng.chance(1, 6) { rng.below(24) } else { 0 };
            for _ in 0..skips {
                pair.tick(push, false);
            }
            pair.tick(push, true);
            for (slot, entity) in pair.peer.confirmed() {
                assert_eq!(pair.host.sim().entities().get(slot), Some(entity), "seed {seed}");
            }
        }
        let stats = pair.peer.stats();
        assert_eq!((stats.decode_errors, stats.state_mismatches), (0, 0), "seed {seed}");
        assert!(stats.full_snapshots > 1 && stats.visible > 5, "seed {seed}: {stats:?}");
    }
}

#[test]
fn an_undisturbed_world_costs_no_bits() {
    let mut pair = Pair::new(ToyScenario { kick_one_in: 0, loose: 60 }, 1e6);
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
    // Header, empty lists and the 4 bytes of checksum; a report of 8 bits every 8th tick.
    assert!(per_snapshot < 6.3, "{per_snapshot} bytes");
    assert_eq!(pair.peer.stats().visible, 61);
    assert_eq!(pair.peer.stats().state_mismatches, 0);
}

#[test]
fn commands_alone_are_predicted_without_a_miss() {
    let mut pair = Pair::new(ToyScenario { kick_one_in: 0, loose: 5 }, 300.0);
    let mut rng = Rng::new(2);
    for _ in 0..30 {
        pair.tick(Push::default(), true);
    }
    let before = pair.peer.stats().mispredictions;
    for _ in 0..900 {
        pair.tick(Push { x: rng.below(3) as i8 - 1 }, true);
    }
    assert_eq!(pair.peer.stats().mispredictions, before);
}

#[test]
fn any_bytes_leave_the_peer_standing() {
    let mut rng = Rng::new(3);
    for _ in 0..2000 {
        let mut pair = Pair::new(ToyScenario { kick_one_in: 8, loose: 3 }, 300.0);
        pair.tick(Push::default(), true);
        let bytes: Vec<u8> = (0..rng.below(40))
            .map(|n| if n == 0 { 1 | rng.next_u32() as u8 } else { rng.next_u32() as u8 })
            .collect();
        let _ = pair.peer.handle_packet(pair.now_us, &bytes);
        let _ = pair.peer.scene();
        let _ = pair.host.handle_packet(pair.player, pair.now_us, &bytes);
    }
}

/// A match of two, one of whom goes out of the other's sight and then does `hidden`: every byte that the other was sent
/// from then on, and the state hash at the end.
fn what_the_other_gets(hidden: Push) -> (Vec<Vec<u8>>, u64) {
    let config = HostConfig { room: "toy".into(), max_players: 8, interest_radius_units: 300.0, seed: 5 };
    let mut host = Host::<Toy>::new(config, ToyScenario { kick_one_in: 0, loose: 0 });
    let mut out = Outbox::default();
    let mut join = |name: &str| {
        let config = PeerConfig { name: name.into(), room: "any".into(), want_checksums: true, bot: false };
        host.join(&hello_of(&mut Peer::new(config)), &mut out).unwrap()
    };
    let (watcher, runner) = (join("Ada"), join("Bob"));
    let mut writer = BitWriter::new();
    let mut seen = Vec::new();
    for n in 1..=105u32 {
        let push = if n <= 90 { Push { x: 1 } } else { hidden };
        let packet = InputPacket { newest: n as u16, commands: vec![push], ..InputPacket::default() };
        writer.clear();
        packet.write(&mut writer);
        host.handle_packet(runner, u64::from(n) * TICK_MICROS, writer.finish()).unwrap();
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
    let (bytes, hash) = what_the_other_gets(Push { x: 0 });
    for x in [-1, 1] {
        let (other_bytes, other_hash) = what_the_other_gets(Push { x });
        assert_ne!(other_hash, hash, "the hidden ball did the same");
        assert_eq!(other_bytes, bytes);
    }
}
