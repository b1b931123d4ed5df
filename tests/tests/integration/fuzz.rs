//! Each fuzz target for a moment, with mutations of recorded bytes: always the same ones. `make fuzz` goes on with
//! libFuzzer where this ends; `FUZZ=name FUZZ_SEED=n` replays one input that failed.

use perigee_shared::rng::Rng;
use perigee_tests::fuzz::{TARGETS, Target, interleaving, mutation};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

/// Inputs for each target, and the time after which there are no more of them.
const INPUTS: u64 = 400;
const LIMIT: Duration = Duration::from_secs(2);

fn try_one(target: &Target, seeds: &[Vec<u8>], seed: u64) {
    let input = mutation(seeds, &mut Rng::new(seed));
    if catch_unwind(AssertUnwindSafe(|| (target.run)(&input))).is_err() {
        let name = target.name;
        panic!("{name} fails with {} bytes: FUZZ={name} FUZZ_SEED={seed} replays it", input.len());
    }
}

/// The seeds as they are, then mutations.
fn try_for_a_moment(target: &Target) {
    let seeds = (target.seeds)();
    assert!(!seeds.is_empty(), "{}", target.name);
    let wanted = std::env::var("FUZZ").ok();
    if let (Some(name), Ok(seed)) = (&wanted, std::env::var("FUZZ_SEED")) {
        if name == target.name {
            try_one(target, &seeds, seed.parse().unwrap());
        }
        return;
    }
    for (n, seed) in seeds.iter().enumerate() {
        let outcome = catch_unwind(AssertUnwindSafe(|| (target.run)(seed)));
        assert!(outcome.is_ok(), "{}: recorded bytes number {n} fail", target.name);
    }
    let (begun, mut tried) = (Instant::now(), 0);
    while tried < INPUTS && begun.elapsed() < LIMIT {
        try_one(target, &seeds, tried);
        tried += 1;
    }
    assert!(tried > 0);
}

/// One test a target, so that they run beside each other.
macro_rules! targets {
    ($($test:ident: $at:literal),* $(,)?) => {
        $(#[test]
        fn $test() {
            try_for_a_moment(&TARGETS[$at]);
        })*

        /// Which targets have a test here.
        const TRIED: &[usize] = &[$($at),*];
    };
}

targets! {
    clients_may_send_anything: 0,
    a_server_may_send_anything: 1,
    control_messages_are_read_or_refused: 2,
    a_saved_state_is_refused_or_can_be_gone_on_with: 3,
    what_outlives_a_room_is_refused_or_can_be_gone_on_with: 4,
    what_players_bring_is_refused_or_theirs: 5,
    a_replay_is_refused_or_played: 6,
    a_command_line_is_a_command_or_a_sentence: 7,
    a_rest_request_is_answered: 8,
    a_configuration_is_one_or_a_sentence: 9,
}

/// The words after `name = ` below each `[[bin]]` of a manifest.
fn programs(manifest: &str) -> Vec<String> {
    let names = manifest.split("[[bin]]").skip(1).map(|bin| {
        let name = bin.lines().find_map(|line| line.strip_prefix("name = "));
        name.expect("a program has a name").trim_matches('"').to_owned()
    });
    names.collect()
}

#[test]
fn every_target_has_a_test_and_a_program() {
    let all: Vec<usize> = (0..TARGETS.len()).collect();
    assert_eq!(TRIED, all, "each target once");
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/fuzz/");
    let read = |name: &str| std::fs::read_to_string(format!("{folder}{name}")).unwrap();
    let mut wanted: Vec<String> = TARGETS.iter().map(|target| target.name.to_owned()).collect();
    wanted.sort();
    let mut programs = programs(&read("Cargo.toml"));
    programs.sort();
    assert_eq!(programs, wanted, "the manifest's programs");
    let files = std::fs::read_dir(format!("{folder}fuzz_targets")).unwrap().flatten();
    let mut files: Vec<String> =
        files.map(|file| file.file_name().to_string_lossy().trim_end_matches(".rs").to_owned()).collect();
    files.sort();
    assert_eq!(files, wanted, "the files");
    for name in wanted {
        assert!(read("Cargo.toml").contains(&format!("path = \"fuzz_targets/{name}.rs\"")), "{name}");
        let program = read(&format!("fuzz_targets/{name}.rs"));
        assert!(program.contains(&format!("fuzz::run(\"{name}\", ")), "{name}: {program}");
    }
}

/// Valid and changed packets, orders, breaks and returns of several clients, in any order: none of it panics, and what is
/// the honest player's (seat, name, command, money, what is sent to them) stays theirs. `FUZZ_SEED=n` replays one.
#[test]
fn whatever_hostile_clients_interleave_nobody_elses_seat_changes() {
    let target = TARGETS[0];
    let recorded = (target.seeds)();
    let play = |seed: u64| {
        let script = interleaving(&recorded, &mut Rng::new(seed));
        let outcome = catch_unwind(AssertUnwindSafe(|| (target.run)(&script)));
        assert!(outcome.is_ok(), "interleaving {seed} fails: FUZZ_SEED={seed} replays it");
    };
    if let Ok(seed) = std::env::var("FUZZ_SEED") {
        return play(seed.parse().unwrap());
    }
    let (begun, mut played) = (Instant::now(), 0);
    while played < 120 && begun.elapsed() < LIMIT * 2 {
        play(played);
        played += 1;
    }
    println!("{played} interleavings in {:.1} s", begun.elapsed().as_secs_f32());
    assert!(played > 0);
}
