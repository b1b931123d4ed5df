//! Which room of the house may know which: the directions of the design card, as absences in the sources, and the graphs of
//! the modules.

mod graph;
mod source;

use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// All Rust files under `folder`, with their text.
fn sources(folder: &str) -> Vec<(PathBuf, String)> {
    files(folder, &["rs"])
}

/// All files under `folder` that end so, with their text, without what was built or comes from others.
fn files(folder: &str, endings: &[&str]) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut open = vec![root().join(folder)];
    while let Some(path) = open.pop() {
        for entry in fs::read_dir(&path).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                let is_ours = !["target", "pkg", "vendor"].iter().any(|name| path.ends_with(name));
                open.extend(is_ours.then_some(path));
            } else if path.extension().is_some_and(|end| endings.iter().any(|ending| end == *ending)) {
                let text = fs::read_to_string(&path).unwrap();
                found.push((path, text));
            }
        }
    }
    assert!(!found.is_empty(), "no sources under {folder}");
    found
}

fn assert_absent(folder: &str, words: &[&str]) {
    for (path, text) in sources(folder) {
        for (number, line) in text.lines().enumerate() {
            let code = line.split("//").next().unwrap_or_default();
            for word in words {
                assert!(!code.contains(word), "{}:{}: {word}", path.display(), number + 1);
            }
        }
    }
}

#[test]
fn netcode_and_protocol_know_no_presentation() {
    assert_absent("shared/src/netcode", &["crate::presentation"]);
    assert_absent("shared/src/protocol", &["crate::presentation"]);
}

#[test]
fn the_engine_depends_on_no_game() {
    let manifest = fs::read_to_string(root().join("shared/Cargo.toml")).unwrap();
    for game in ["perigee-arena", "perigee-hockey"] {
        assert!(!manifest.contains(game), "{manifest}");
    }
}

#[test]
fn shared_knows_no_clock_no_socket_and_no_thread() {
    let words = ["Instant::now", "SystemTime", "std::net", "std::fs", "std::thread", "tokio", "HashMap"];
    assert_absent("shared/src", &words);
}

#[test]
fn bincode_is_named_in_the_protocol_alone() {
    for folder in
        ["shared/src/netcode", "shared/games", "shared/src/presentation", "server/src", "client-wasm/src"]
    {
        assert_absent(folder, &["bincode::"]);
    }
}

#[test]
fn server_and_client_name_a_game_in_one_place_each() {
    for (folder, place) in
        [("server/src", "main.rs"), ("client-wasm/src", ""), ("client-wasm/bundle", "lib.rs")]
    {
        let is_game =
            |line: &&str| ["perigee_arena", "perigee_hockey"].iter().any(|game| line.contains(game));
        let names = |text: &str| text.lines().filter(is_game).count();
        for (path, text) in sources(folder) {
            // What tests play is no part of the library.
            let library = text.split("#[cfg(test)]").next().unwrap();
            let is_test =
                path.components().any(|part| part.as_os_str().to_string_lossy().starts_with("tests"));
            // A line for each game that is played there.
            let allowed = if !place.is_empty() && path.ends_with(place) { 2 } else { 0 };
            assert!(is_test || names(library) <= allowed, "{} names a game", path.display());
        }
    }
}

#[test]
fn every_source_file_says_what_it_is() {
    for folder in ["shared/src", "server/src", "client-wasm/src", "tests/src"] {
        for (path, text) in sources(folder) {
            assert!(text.starts_with("//!"), "{} does not open with //!", path.display());
        }
    }
}

/// Words of the games that are here: who reads the engine must not be able to guess what is played.
const GAME_WORDS: [&str; 14] = [
    "kill", "capture", "credit", "station", "missile", "asteroid", "zone", "ship", "goal", "puck", "hull",
    "pirate", "rock", "arena",
];

/// Where one of them means something else: a folder or a file, the word, and why.
const OTHER_MEANINGS: [(&str, &str, &str); 15] = [
    ("server/src/main.rs", "arena", "the one line that lists the games"),
    ("server/src/game.rs", "arena", "what tests play"),
    ("server/src/rest/", "arena", "examples in the interface's own document"),
    ("server/src/store/migrations.rs", "arena", "the only game of old files"),
    ("assets/web/admin/map_gestures.js", "capture", "the browser's pointer capture"),
    ("client-wasm/src/input.rs", "capture", "the browser's pointer capture"),
    ("client-wasm/src/gamepad.rs", "zone", "a stick's dead zone"),
    ("server/src/logging/mod.rs", "capture", "a backtrace is captured"),
    ("server/src/net/echo.rs", "ship", "a build that is shipped"),
    ("server/src/store/migrations.rs", "kill", "columns of old files"),
    ("server/src/store/migrations.rs", "capture", "columns of old files"),
    ("server/src/store/migrations.rs", "ship", "a migration that was shipped"),
    ("server/src/services/candles.rs", "station", "a key of old files"),
    ("server/src/store/mod.rs", "kill", "a process that is killed"),
    ("server/src/room/run/reporting.rs", "kill", "a process that is killed"),
];

/// The words of a line, in small letters: `MissileLaunch`, `missile_launch` and "a missile's launch" have the same two.
fn words_of(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before = ' ';
    for c in line.chars() {
        let begins = !c.is_alphabetic() || (c.is_uppercase() && !before.is_uppercase());
        if begins && words.last().is_some_and(|word| !word.is_empty()) {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| c.is_alphabetic()) {
            word.extend(c.to_lowercase());
        }
        before = c;
    }
    words
}

/// Whether it is that word, one of many, or what was done.
fn is_form_of(word: &str, stem: &str) -> bool {
    let Some(end) = word.strip_prefix(stem.trim_end_matches('e')) else { return false };
    let ends: &[&str] =
        if stem.ends_with('e') { &["e", "es", "ed", "ing"] } else { &["", "s", "ed", "ing", "ped", "ping"] };
    ends.contains(&end)
}

#[test]
fn the_engine_has_no_word_of_a_game() {
    assert!(is_form_of("kills", "kill") && is_form_of("captured", "capture") && !is_form_of("skill", "kill"));
    assert_eq!(
        words_of("MissileLaunch, SHIP_RADIUS"),
        ["missile", "launch", "ship", "radius"].map(String::from)
    );
    let mut used = [false; OTHER_MEANINGS.len()];
    let mut found = Vec::new();
    let code = ["shared/src", "server/src", "client-wasm/src"].into_iter().flat_map(sources);
    for (path, text) in code.chain(files("assets/web", &["js", "css", "html"])) {
        let path = path.strip_prefix(root()).unwrap().display().to_string();
        // Tests play a game.
        if path.contains("/tests/") || path.ends_with("/tests.rs") {
            continue;
        }
        let library = text.split("#[cfg(test)]\nmod tests").next().unwrap();
        for (number, line) in library.lines().enumerate() {
            for word in words_of(line) {
                let Some(stem) = GAME_WORDS.iter().find(|stem| is_form_of(&word, stem)) else { continue };
                let is_meant =
                    |(place, other, _): &(&str, &str, &str)| path.starts_with(place) && other == stem;
                match OTHER_MEANINGS.iter().position(is_meant) {
                    Some(at) => used[at] = true,
                    None => found.push(format!("{path}:{}: {word}", number + 1)),
                }
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
    for (meaning, used) in OTHER_MEANINGS.iter().zip(used) {
        assert!(used, "needless exception: {meaning:?}");
    }
}
