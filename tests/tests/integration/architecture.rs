//! Which room of the house may know which: the directions of the design card, as absences in the sources.

use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// All Rust files under `folder`, with their text.
fn sources(folder: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut open = vec![root().join(folder)];
    while let Some(path) = open.pop() {
        for entry in fs::read_dir(&path).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && !path.ends_with("target") {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
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
