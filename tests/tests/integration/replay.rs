//! A recorded match comes back bit for bit: from its beginning, from its keyframes, and on every platform. The last is
//! what the golden replay is for: `tests/golden/arena.replay` holds the inputs of a short match, and `arena.hash` the
//! state hash at its end. The debug and the release build run it here, and `browser` runs it as wasm.
//!
//! A change to the game's rules, or to a field table, needs another one: `BLESS=1` records and writes both files anew.
//!
//! ```text
//! BLESS=1 cargo test -p perigee-tests --test integration replay
//! ```

use crate::simulation::SECOND_US;
use perigee_arena::Tally;
use perigee_arena::bot::{Behaviour, Bot};
use perigee_arena::{Arena, Scenario};
use perigee_shared::ids::PlayerId;
use perigee_shared::netcode::replay::{Ending, KEYFRAME_TICKS, Player, REPLAY_VERSION};
use perigee_shared::netcode::{HostConfig, Simulation};
use perigee_shared::protocol::schema_hash;
use perigee_shared::rng::Rng;
use perigee_shared::tick::{TICK_HZ, Tick};
use perigee_tests::simnet::{Conditions, World};
use std::path::PathBuf;
use std::sync::OnceLock;
use std::time::Instant;

/// An arena as players like it, and one where nobody can avoid a fight, units.
const WIDE: (f32, f32) = (1600.0, 1200.0);
const NARROW: (f32, f32) = (800.0, 600.0);
/// The golden replay's seed.
const GOLDEN_SEED: u64 = 21;

/// A match that is recorded while it is played over a simulated network.
struct Recording {
    bytes: Vec<u8>,
    /// The state's hash every second, as the host had it.
    hashes: Vec<(Tick, u64)>,
    world: World<Arena>,
    minds: Vec<(Bot, Option<Tick>)>,
}

impl Recording {
    fn new(seed: u64, (width_units, height_units): (f32, f32), bots: usize, keyframe_ticks: u32) -> Self {
        let wide = Scenario::bare(width_units, height_units);
        let scenario = Scenario { asteroids: 8, map_seed: seed, pirates: 2, ..wide };
        let config =
            HostConfig { max_players: 32, interest_radius_units: 700.0, seed, ..HostConfig::default() };
        let line =
            Conditions { latency_us: 40_000, jitter_us: 20_000, loss_per_10_000: 100, ..Conditions::good() };
        let world = World::<Arena>::new(config, scenario, line, line, seed);
        let mut recording = Self { bytes: Vec::new(), hashes: Vec::new(), world, minds: Vec::new() };
        recording.world.host.start_recording(keyframe_ticks);
        (0..bots).for_each(|n| recording.connect(seed * 100 + n as u64));
        recording
    }

    fn connect(&mut self, seed: u64) {
        self.world.connect("Bot");
        self.minds.push((Bot::new(Behaviour::Hunt, seed), None));
    }

    fn disconnect(&mut self, index: usize) {
        self.world.disconnect(index);
        self.minds.remove(index);
    }

    fn play(&mut self, seconds: u64) {
        for _ in 0..seconds {
            let minds = &mut self.minds;
            let decide = |index: usize, client: &mut perigee_tests::simnet::Client<Arena>| {
                let (mind, decided): &mut (Bot, Option<Tick>) = &mut minds[index];
                let newest = client.peer.newest_snapshot();
                let Some(map) = client.peer.map() else { return client.command };
                if *decided == newest {
                    return client.command;
                }
                *decided = newest;
                let seen = client.peer.confirmed().map(|(_, entity)| entity);
                mind.decide(client.peer.own_confirmed(), seen, map)
            };
            self.world.run(SECOND_US, decide).unwrap();
            let host = &mut self.world.host;
            assert!(host.take_recording(&mut self.bytes));
            self.hashes.push((host.tick_number(), host.sim().state_hash()));
        }
    }

    /// Ends it; the bytes are whole now.
    fn stop(&mut self) {
        self.world.host.stop_recording(&mut self.bytes);
    }

    /// Plays what `player` has left, and compares all hashes on the way; how many.
    fn compare(&self, player: &mut Player<'_, Arena>) -> usize {
        let start = player.tick();
        let mut compared = 0;
        for &(tick, hash) in self.hashes.iter().filter(|(tick, _)| !start.is_newer(*tick)) {
            player.seek(tick).unwrap();
            assert_eq!(player.sim().state_hash(), hash, "tick {}", tick.0);
            compared += 1;
        }
        assert_eq!(player.play_to_end(), Ok(self.world.host.sim().state_hash()));
        compared
    }
}

#[test]
fn ten_minutes_of_bots_come_back_from_the_beginning_and_from_keyframes() {
    let begun = Instant::now();
    let mut recording = Recording::new(11, WIDE, 12, KEYFRAME_TICKS);
    let mut rng = Rng::new(11);
    for minute in 0..10 {
        recording.play(30);
        // Somebody leaves, and at once somebody else takes the seat.
        recording.disconnect(rng.below(12) as usize);
        recording.connect(5000 + minute);
        recording.play(30);
    }
    recording.stop();
    let played_s = begun.elapsed().as_secs_f32();
    let host = &recording.world.host;
    let deaths: i64 = host.players().map(|view| Tally::of(&host.sim().standing(view.player)).deaths).sum();
    assert!(deaths > 20, "{deaths} deaths: too quiet a match to prove anything");

    let begun = Instant::now();
    let mut player = Player::<Arena>::open(&recording.bytes).unwrap();
    assert_eq!(player.ending(), Ending::Complete);
    assert_eq!(player.sim().state_hash(), Arena::new(player.scenario(), player.seed()).state_hash());
    assert_eq!(recording.compare(&mut player), 600);
    let replayed_s = begun.elapsed().as_secs_f32();
    let keyframes: Vec<Tick> = player.keyframes().collect();
    assert_eq!(keyframes.len(), 1 + 10 * 60 * TICK_HZ as usize / KEYFRAME_TICKS as usize);
    for at in [1, keyframes.len() / 2, keyframes.len() - 2] {
        let mut player = Player::<Arena>::open(&recording.bytes).unwrap();
        player.seek(keyframes[at]).unwrap();
        assert!(recording.compare(&mut player) >= 30);
    }
    println!(
        "a replay of 10 minutes and 12 bots with {deaths} deaths is {} bytes, {} a player and minute; played in {played_s:.1} s, back in \
         {replayed_s:.1} s",
        recording.bytes.len(),
        recording.bytes.len() / 120,
    );
}

#[test]
fn a_cut_or_damaged_replay_plays_up_to_there_and_says_so() {
    let mut recording = Recording::new(12, NARROW, 4, 5 * TICK_HZ);
    recording.play(20);
    recording.stop();
    let bytes = &recording.bytes;
    let cut = &bytes[..bytes.len() * 2 / 3];
    let mut player = Player::<Arena>::open(cut).unwrap();
    assert!(matches!(player.ending(), Ending::CutOff { at_byte } if at_byte <= cut.len()));
    let last = player.range().1;
    assert!((10..20).contains(&(last.0 / TICK_HZ)), "{last:?}");
    player.play_to_end().unwrap();
    assert_eq!(player.tick(), last);

    for at in (0..bytes.len()).step_by(97) {
        let mut damaged = bytes.clone();
        damaged[at] ^= 0x10;
        match Player::<Arena>::open(&damaged) {
            Ok(mut player) => {
                assert_ne!(player.ending(), Ending::Complete, "byte {at}");
                player.play_to_end().unwrap();
            }
            Err(error) => assert!(at < 1000, "byte {at}: {error}"),
        }
    }
}

#[test]
fn a_recording_may_begin_in_the_middle_of_a_match() {
    let mut recording = Recording::new(13, WIDE, 6, KEYFRAME_TICKS);
    recording.play(20);
    recording.hashes.clear();
    recording.bytes.clear();
    recording.world.host.start_recording(KEYFRAME_TICKS);
    recording.play(10);
    recording.stop();
    let mut player = Player::<Arena>::open(&recording.bytes).unwrap();
    assert!(player.range().0.0 > 19 * TICK_HZ);
    assert_eq!(recording.compare(&mut player), 10);
}

fn golden(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("golden").join(name)
}

/// The golden replay, and the hash at its end in hexadecimal digits; with `BLESS` the ones just recorded.
pub(crate) fn golden_replay() -> &'static (Vec<u8>, String) {
    static GOLDEN: OnceLock<(Vec<u8>, String)> = OnceLock::new();
    GOLDEN.get_or_init(|| {
        if std::env::var_os("BLESS").is_some() {
            bless();
        }
        let hash = std::fs::read_to_string(golden("arena.hash")).unwrap();
        (std::fs::read(golden("arena.replay")).unwrap(), hash.trim().to_owned())
    })
}

/// Records it anew.
fn bless() {
    let mut recording = Recording::new(GOLDEN_SEED, NARROW, 8, 10 * TICK_HZ);
    recording.play(40);
    recording.stop();
    std::fs::create_dir_all(golden("")).unwrap();
    std::fs::write(golden("arena.replay"), &recording.bytes).unwrap();
    let hash = recording.world.host.sim().state_hash();
    std::fs::write(golden("arena.hash"), format!("{hash:016x}\n")).unwrap();
}

#[test]
fn the_golden_replay_ends_in_its_hash() {
    let (bytes, hash) = golden_replay();
    let remake = "after a change to the game, see the top of this file for how to record it anew";
    let mut player = Player::<Arena>::open(bytes).unwrap_or_else(|error| panic!("{error}: {remake}"));
    assert_eq!(player.ending(), Ending::Complete);
    assert_eq!(player.sim().state_hash(), Arena::new(player.scenario(), player.seed()).state_hash());
    let end = player.play_to_end().unwrap_or_else(|error| panic!("{error}: {remake}"));
    assert_eq!(format!("{end:016x}"), *hash, "{remake}");
    let deaths: i64 = (0..8).map(|seat| Tally::of(&player.sim().standing(PlayerId(seat))).deaths).sum();
    assert!(deaths > 1, "nobody died: too quiet a match to prove anything");
    assert!(bytes.len() < 20_000, "{} bytes", bytes.len());
}

/// Reads as `PROTOCOL.md` tells, with nothing of the reader in the library.
#[test]
fn a_replay_file_is_framed_as_documented() {
    let document = include_str!("../../../shared/PROTOCOL.md");
    assert!(document.contains(&format!("## Replay files\n\nVersion {REPLAY_VERSION} ")));
    let (bytes, _) = golden_replay();
    let u32_at = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap());
    let u64_at = |at: usize| u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap());
    assert_eq!(bytes[..8], [0x50, 0x45, 0x52, 0x49, 0x47, 0x45, 0x45, 0x1a]);
    assert_eq!((u32_at(8), u64_at(12)), (REPLAY_VERSION, schema_hash::<Arena>()));
    let (mut at, mut kinds, mut tick) = (20, Vec::new(), None);
    while at < bytes.len() {
        let (kind, payload, length) = (bytes[at], at + 5, u32_at(at + 1) as usize);
        match kind {
            0 => assert_eq!(u64_at(payload), GOLDEN_SEED),
            1 => assert_eq!(*tick.get_or_insert(u32_at(payload)), u32_at(payload)),
            2 => {
                let count = u32::from(bytes[payload + 4]) + 256 * u32::from(bytes[payload + 5]);
                assert_eq!((u32_at(payload), count), (tick.unwrap() + 1, 30));
                tick = Some(u32_at(payload) + 29);
            }
            kind => assert_eq!((kind, length), (3, 0)),
        }
        kinds.push(kind);
        at = payload + length + 4;
    }
    assert_eq!(at, bytes.len());
    assert_eq!((kinds[0], kinds[1], kinds.last()), (0, 1, Some(&3)));
    assert_eq!(kinds.iter().filter(|&&kind| kind == 2).count(), 40);
}
