//! A game of one's own: the page that tells how to make one has the code that is there, and what `make new-game` wrote and
//! `tests/own-game.sh` built, in a workspace of its own, is played in a browser. Writes a screenshot: look at it.

use crate::pages::{
    Driver, ONE_AT_A_TIME, body, debug, key, own, screenshot, script, text, until, until_state,
};
use crate::program::{Process, get};
use fantoccini::actions::KeyAction;
use serde_json::json;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The code on the page, by file: a block belongs to the file whose name stands alone on the last line before it.
fn code_by_file(page: &str) -> BTreeMap<String, String> {
    let mut files = BTreeMap::<String, String>::new();
    let mut blocks = page.split("\n```");
    let mut before = blocks.next().unwrap_or_default();
    while let (Some(block), Some(after)) = (blocks.next(), blocks.next()) {
        let name = before.trim_end().rsplit('\n').next().unwrap_or_default();
        if let Some(name) = name.strip_prefix('`').and_then(|rest| rest.strip_suffix("`:")) {
            let (_, code) = block.split_once('\n').unwrap_or_default();
            let file = files.entry(name.to_owned()).or_default();
            file.push_str(code);
            file.push('\n');
        }
        before = after;
    }
    files
}

fn lines(text: &str) -> Vec<&str> {
    text.lines().map(str::trim_end).filter(|line| !line.is_empty()).collect()
}

#[test]
fn the_page_about_a_first_game_has_the_code_that_is_built() {
    let examples = root().join("shared/examples");
    let page = std::fs::read_to_string(examples.join("README.md")).unwrap();
    let told = code_by_file(&page);
    for name in [
        "Cargo.toml",
        "game/Cargo.toml",
        "game/src/lib.rs",
        "game/src/bot.rs",
        "game/src/view.rs",
        "server/Cargo.toml",
        "server/src/main.rs",
        "client/Cargo.toml",
        "client/src/lib.rs",
        "perigee.toml",
        "web/game.css",
        "Makefile",
    ] {
        let file = std::fs::read_to_string(examples.join("first-game").join(name)).unwrap();
        let shown = told.get(name).unwrap_or_else(|| panic!("the page does not show {name}"));
        assert_eq!(lines(shown), lines(&file), "{name}");
    }
}

fn own_server(arguments: &[&str]) -> Process {
    let program = root().join("target/debug/own-game-server");
    assert!(program.exists(), "{} is missing: tests/own-game.sh builds it", program.display());
    let mut command = Command::new(program.canonicalize().unwrap());
    command
        .current_dir(root().join("target/own-game"))
        .env("PERIGEE_STORE", ":memory:")
        .env_remove("RUST_LOG");
    Process::spawn(&mut command, arguments)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_game_of_ones_own_is_played_in_the_browser() {
    let _alone = ONE_AT_A_TIME.lock().await;
    let server = own_server(&["--config", "perigee.toml"]);
    let driver = Driver::start();
    let page = driver.browser().await;
    page.goto(&format!("http://{}/?debug=1", server.address)).await.unwrap();
    until_state(&page, "join").await;
    // What it says of itself, and nothing of what it has not.
    let tagline = "Push the others away and take the coins.";
    until("it says what it is", async || (text(&page, "#tagline").await == tagline).then_some(())).await;
    let titles = "return [document.title, document.querySelector('h1').textContent.trim()]";
    assert_eq!(script(&page, titles).await, json!(["Own game", "Own game"]));
    assert_eq!((body(&page, "game").await.as_str(), body(&page, "trades").await.as_str()), ("own-game", "0"));
    // It has a first button and no other.
    let label = script(&page, "return document.getElementById('hand-label').textContent").await;
    assert_eq!(label, "Touch: brake with");
    page.goto(&format!("http://{}/?name=Ada&autojoin=1&debug=1", server.address)).await.unwrap();
    until_state(&page, "live").await;
    let before = until("Ada has a disc", async || own(&page).await).await;
    page.perform_actions(key(KeyAction::Down { value: 'd' })).await.unwrap();
    let goes_right = async || own(&page).await.filter(|now| now.0 > before.0 + 20.0);
    until("it goes right", goes_right).await;
    page.release_actions().await.unwrap();
    // Programs keep her company, and take coins.
    let rows = "return [...document.querySelectorAll('#scores tr')].map(row => row.textContent)";
    let four = async || {
        Some(script(&page, rows).await).filter(|rows| rows.as_array().is_some_and(|rows| rows.len() == 4))
    };
    until("programs play", four).await;
    until("a coin was taken", async || script(&page, rows).await.to_string().contains('1').then_some(()))
        .await;
    // The game's own text is in its slot, in the place that the game's own style sheet gives it.
    let slot = "const slot = document.querySelector('#slots [data-slot=streak]:not([hidden])');
        return slot && `${slot.textContent} ${getComputedStyle(slot).position}`";
    let shown =
        until("somebody has a streak", async || script(&page, slot).await.as_str().map(str::to_owned)).await;
    assert!(shown.ends_with(" coins in a row fixed"), "{shown}");
    screenshot(&page, "own-game.png").await;
    assert_eq!(debug(&page).await["state_mismatches"], 0);
    assert_eq!(body(&page, "state").await, "live");
    page.close().await.unwrap();
    server.kill();
}

#[test]
fn without_a_configuration_it_has_a_room() {
    let server = own_server(&[]);
    let rooms = get(&server.address, "/api/v1/rooms");
    assert!(rooms.contains("\"name\":\"own-game\"") && rooms.contains("\"game\":\"own-game\""), "{rooms}");
    assert!(!rooms.contains("arena"), "{rooms}");
    server.kill();
}
