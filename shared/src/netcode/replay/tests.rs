//! Recorder and player together, with the toy game: random kicks, and players who join and leave.

use super::chunks::{END, FRONT_BYTES, HEAD_BYTES, MATCH, read_chunk, write_chunk};
use super::{Ending, Player, Recorder, ReplayError, ReplayInput, ReplayMoment};
use crate::ids::PlayerId;
use crate::netcode::toy_game::{Push, Toy, ToyScenario};
use crate::netcode::{Arrival, Entity, History, Lag, Past, PlayerInput, Simulation};
use crate::rng::Rng;
use crate::tick::Tick;
use proptest::prelude::*;

const SCENARIO: ToyScenario = ToyScenario { kick_one_in: 9, loose: 12, elastic: false };
const KEYFRAME_TICKS: u32 = 100;

/// A recorded match, and the hash of each of its states.
struct Recorded {
    bytes: Vec<u8>,
    first: Tick,
    hashes: Vec<u64>,
}

/// Plays `ticks` ticks, of which the first `before` are not recorded; the tick number wraps on the way. A player joins
/// just before the recording begins.
fn record(before: u32, ticks: u32, seed: u64) -> Recorded {
    let mut rng = Rng::new(seed);
    let (mut sim, mut history) = (Toy::new(&SCENARIO, seed), History::default());
    let mut inputs: Vec<PlayerInput<Push>> = Vec::new();
    let mut tick = Tick(0).minus(70);
    let mut recorder: Option<Recorder<Toy>> = None;
    let (mut bytes, mut hashes, mut first) = (Vec::new(), Vec::new(), tick);
    for n in 0..ticks {
        for replay_input in come_and_go(&mut rng, n == before, &mut inputs) {
            match replay_input {
                ReplayInput::Join(player, arrival) => sim.join(player, tick, arrival),
                ReplayInput::Leave(player) => drop(sim.leave(player)),
                ReplayInput::Absent(player) => sim.set_absent(player, true),
                ReplayInput::Back(player) => sim.set_absent(player, false),
                ReplayInput::Order(..) => {}
            }
            recorder.iter_mut().for_each(|recorder| recorder.replay_input(replay_input));
        }
        if n == before {
            let moment = ReplayMoment { tick, sim: &sim, history: &history };
            let seated = inputs.iter().map(|input| input.player);
            recorder = Some(Recorder::new(seed, &SCENARIO, seated, &moment, KEYFRAME_TICKS));
            (first, hashes) = (tick, vec![sim.state_hash()]);
        }
        for input in &mut inputs {
            (input.pressed, input.known_ago_ticks) = (None, 0);
            if rng.chance(1, 20) {
                input.command = Push { x: rng.below(3) as i8 - 1, tap: rng.chance(1, 4) };
                input.pressed = rng.chance(1, 3).then_some(Push { x: 0, tap: true });
                input.known_ago_ticks = if input.pressed.is_some() { rng.below(32) as u8 } else { 0 };
            }
            if rng.chance(1, 30) {
                input.lag = Lag(rng.below(u32::from(Lag::MAX.0) + 1) as u16);
            }
        }
        tick = tick.plus(1);
        sim.step(tick, &inputs, &Past::new(&history, tick), &mut Vec::new());
        history.push(tick, sim.entities());
        hashes.push(sim.state_hash());
        if let Some(recorder) = &mut recorder {
            recorder.tick(&ReplayMoment { tick, sim: &sim, history: &history }, &inputs);
            assert!(recorder.take(&mut bytes));
        }
    }
    if let Some(recorder) = recorder {
        recorder.finish(&ReplayMoment { tick, sim: &sim, history: &history }, &mut bytes);
    }
    Recorded { bytes, first, hashes }
}

/// At random a player leaves or joins, sometimes immediately in the seat that became free.
fn come_and_go(rng: &mut Rng, must_join: bool, inputs: &mut Vec<PlayerInput<Push>>) -> Vec<ReplayInput> {
    let mut replay_inputs = Vec::new();
    if !inputs.is_empty() && rng.chance(1, 40) {
        let gone = inputs.remove(rng.below(inputs.len() as u32) as usize);
        replay_inputs.push(ReplayInput::Leave(gone.player));
    }
    if must_join || rng.chance(1, 30) {
        let player = (0..).map(PlayerId).find(|&seat| inputs.iter().all(|input| input.player != seat));
        let input = PlayerInput::plain(player.unwrap(), Push::default());
        inputs.push(input);
        inputs.sort_by_key(|input| input.player);
        replay_inputs.push(ReplayInput::Join(input.player, Arrival::default()));
    }
    replay_inputs
}

fn hash_at(recorded: &Recorded, tick: Tick) -> u64 {
    recorded.hashes[tick.since(recorded.first) as usize]
}

#[test]
fn every_state_comes_back_from_the_beginning_and_from_the_middle_of_a_match() {
    for (before, ticks) in [(0, 1000), (5, 500), (333, 1007), (0, 1)] {
        let recorded = record(before, ticks, 3);
        let mut player = Player::<Toy>::open(&recorded.bytes).unwrap();
        assert_eq!(player.seed(), 3);
        assert_eq!(player.ending(), Ending::Complete);
        assert_eq!(player.sim().state_hash(), recorded.hashes[0]);
        while player.advance().unwrap() {
            assert_eq!(player.sim().state_hash(), hash_at(&recorded, player.tick()));
        }
        assert_eq!(player.tick().since(recorded.first) as usize, recorded.hashes.len() - 1);
        assert_eq!(player.advance(), Ok(false), "the end stays the end");
    }
}

#[test]
fn any_tick_can_be_sought() {
    let recorded = record(40, 700, 4);
    let mut player = Player::<Toy>::open(&recorded.bytes).unwrap();
    let (first, last) = player.range();
    assert_eq!((first, last.since(first)), (recorded.first, 660));
    assert_eq!(player.keyframes().count(), 7);
    let mut rng = Rng::new(1);
    for _ in 0..60 {
        let tick = first.plus(rng.below(661));
        player.seek(tick).unwrap();
        assert_eq!((player.tick(), player.sim().state_hash()), (tick, hash_at(&recorded, tick)));
    }
    player.seek(first.plus(450)).unwrap();
    assert_eq!(player.play_to_end(), Ok(hash_at(&recorded, last)));
    assert!(matches!(player.seek(last.plus(1)), Err(ReplayError::NotHeld { .. })));
    assert!(matches!(player.seek(first.minus(1)), Err(ReplayError::NotHeld { .. })));
}

#[test]
fn a_keyframe_carries_as_much_past_as_a_hit_may_look_back_at() {
    let recorded = record(0, 250, 6);
    let mut sought = Player::<Toy>::open(&recorded.bytes).unwrap();
    let keyframe = sought.keyframes().last().unwrap();
    sought.seek(keyframe).unwrap();
    let mut whole = Player::<Toy>::open(&recorded.bytes).unwrap();
    while whole.tick() != keyframe {
        whole.advance().unwrap();
    }
    let slots: Vec<_> = whole.sim().entities().iter().map(|(slot, _)| slot).collect();
    let next = keyframe.plus(1);
    let mut seen = 0;
    for eighths in 0..=Lag::MAX.0 {
        for &slot in &slots {
            let pose = |player: &Player<'_, Toy>| Past::new(player.history(), next).pose(slot, Lag(eighths));
            assert_eq!(pose(&sought), pose(&whole), "{slot:?}, lag {eighths}");
            seen += usize::from(pose(&whole).is_some());
        }
    }
    assert!(seen > 500, "{seen}");
}

#[test]
fn a_file_that_is_cut_off_plays_up_to_the_cut() {
    let recorded = record(0, 400, 5);
    let whole = Player::<Toy>::open(&recorded.bytes).unwrap().range().1;
    let mut last = None;
    for length in (0..recorded.bytes.len()).rev() {
        match Player::<Toy>::open(&recorded.bytes[..length]) {
            Ok(player) => {
                let end = player.range().1;
                assert!(matches!(player.ending(), Ending::CutOff { at_byte } if at_byte <= length));
                if last.replace(end) != Some(end) {
                    let mut player = player;
                    assert_eq!(player.play_to_end(), Ok(hash_at(&recorded, end)), "{length} bytes");
                }
            }
            Err(error) => {
                let is_short =
                    matches!(error, ReplayError::NotAReplay | ReplayError::Empty(Ending::CutOff { .. }));
                assert!(is_short, "{length} bytes: {error}");
            }
        }
    }
    assert_ne!(last, Some(whole), "shorter files end earlier");
}

#[test]
fn any_flipped_bit_is_found() {
    let recorded = record(0, 130, 5);
    let whole = Player::<Toy>::open(&recorded.bytes).unwrap();
    let (end, ending) = (whole.range().1, whole.ending());
    for bit in 0..recorded.bytes.len() * 8 {
        let mut bytes = recorded.bytes.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let Ok(mut player) = Player::<Toy>::open(&bytes) else { continue };
        assert_ne!(player.ending(), ending, "bit {bit}");
        // All ticks before it are unchanged.
        assert_eq!(player.play_to_end(), Ok(hash_at(&recorded, player.range().1)), "bit {bit}");
        assert!(end.since(player.range().1) >= 0);
    }
}

#[test]
fn another_past_is_a_desync_that_names_the_tick() {
    let recorded = record(0, 200, 5);
    // The same inputs in a scenario with other kicks.
    let other = ToyScenario { kick_one_in: 8, ..SCENARIO };
    let mut bytes = recorded.bytes[..HEAD_BYTES].to_vec();
    let scenario = crate::protocol::encode_scenario(&other);
    write_chunk(MATCH, &[&5u64.to_le_bytes(), &scenario], &mut bytes);
    let old = FRONT_BYTES + 8 + crate::protocol::encode_scenario(&SCENARIO).len() + 4;
    bytes.extend_from_slice(&recorded.bytes[HEAD_BYTES + old..]);
    let mut player = Player::<Toy>::open(&bytes).unwrap();
    let first_hash = player.tick().plus(super::HASH_TICKS);
    assert_eq!(player.play_to_end(), Err(ReplayError::Desync { tick: first_hash }));
    assert_eq!(player.tick(), first_hash);
}

#[test]
fn chunks_of_a_later_day_are_passed_over_and_other_programs_are_told_apart() {
    let recorded = record(0, 100, 5);
    let end = recorded.bytes.len() - FRONT_BYTES - 4;
    let mut bytes = recorded.bytes[..end].to_vec();
    write_chunk(77, &[b"names"], &mut bytes);
    write_chunk(END, &[], &mut bytes);
    let mut player = Player::<Toy>::open(&bytes).unwrap();
    assert_eq!(player.ending(), Ending::Complete);
    assert_eq!(player.play_to_end(), Ok(*recorded.hashes.last().unwrap()));
    let with = |at: usize, value: u8| {
        let mut bytes = recorded.bytes.clone();
        bytes[at] = value;
        Player::<Toy>::open(&bytes).err()
    };
    assert_eq!(with(0, b'Q'), Some(ReplayError::NotAReplay));
    assert_eq!(with(8, 9), Some(ReplayError::Version(9)));
    assert_eq!(with(12, recorded.bytes[12] ^ 1), Some(ReplayError::Schema));
}

#[test]
fn a_recording_that_nobody_takes_ends() {
    let (mut sim, mut history) = (Toy::new(&SCENARIO, 1), History::default());
    let mut recorder = Recorder::<Toy>::new(
        1,
        &SCENARIO,
        std::iter::empty(),
        &ReplayMoment { tick: Tick(0), sim: &sim, history: &history },
        1,
    );
    let mut ticks = 0;
    for n in 1..=400_000u32 {
        sim.step(Tick(n), &[], &Past::new(&history, Tick(n)), &mut Vec::new());
        history.push(Tick(n), sim.entities());
        recorder.tick(&ReplayMoment { tick: Tick(n), sim: &sim, history: &history }, &[]);
        ticks = n;
        if recorder.is_over() {
            break;
        }
    }
    let mut bytes = Vec::new();
    assert!(!recorder.take(&mut bytes), "{ticks} ticks");
    let size = bytes.len();
    recorder.finish(&ReplayMoment { tick: Tick(ticks), sim: &sim, history: &history }, &mut bytes);
    assert_eq!(bytes.len(), size);
    let player = Player::<Toy>::open(&bytes).unwrap();
    assert!(matches!(player.ending(), Ending::CutOff { .. }));
    assert_eq!(player.range().1, Tick(ticks));
}

#[test]
fn a_loaded_state_saves_to_the_same_bytes() {
    let recorded = record(0, 600, 8);
    let mut player = Player::<Toy>::open(&recorded.bytes).unwrap();
    let mut owned = 0;
    while player.advance().unwrap() {
        let (mut once, mut twice) = (Vec::new(), Vec::new());
        player.sim().save(&mut once);
        let again = Toy::load(&SCENARIO, &once).unwrap();
        again.save(&mut twice);
        assert_eq!(twice, once);
        assert_eq!(again.state_hash(), player.sim().state_hash());
        owned += again.entities().iter().filter(|(_, ball)| ball.owner().unwrap().0 < 100).count();
    }
    assert!(owned > 500, "{owned}: nobody played");
}

proptest! {
    #[test]
    fn any_bytes_are_an_error_or_a_toy(noise in proptest::collection::vec(any::<u8>(), 0..120)) {
        if let Ok(mut toy) = Toy::load(&SCENARIO, &noise) {
            toy.step(Tick(1), &[], &Past::new(&History::default(), Tick(1)), &mut Vec::new());
        }
    }

    /// Chunks with the right checksum and arbitrary content, as an attacker would write.
    #[test]
    fn any_file_is_safe(
        noise in proptest::collection::vec((0u8..4, any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let recorded = record(0, 70, 2);
        let mut bytes = recorded.bytes[..HEAD_BYTES].to_vec();
        let mut at = HEAD_BYTES;
        while let Ok((chunk, after)) = read_chunk(&recorded.bytes, at) {
            let mut payload = chunk.payload.to_vec();
            for (kind, index, flip) in &noise {
                if *kind == chunk.kind && !payload.is_empty() {
                    let at = index.index(payload.len());
                    payload[at] ^= flip;
                }
            }
            write_chunk(chunk.kind, &[&payload], &mut bytes);
            at = after;
        }
        if let Ok(mut player) = Player::<Toy>::open(&bytes) {
            for _ in 0..200 {
                let _ = player.advance();
            }
            let _ = player.seek(Tick(0));
        }
    }
}
