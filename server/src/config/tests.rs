//! Each error is a sentence that names its place, its key and what is allowed.
//!
//! - `ranges`: values that a sentence allows are accepted

mod ranges;

use super::*;
use crate::game::Game;
use crate::room::Lifetime;
use perigee_arena::{Arena, Scenario};

fn error(text: &str) -> String {
    let sentence =
        Config::from_text(crate::game::GAMES, Some(("perigee.toml", text))).unwrap_err().to_string();
    assert!(sentence.starts_with("perigee.toml: "), "{sentence}");
    assert!(!sentence.contains('\n'), "{sentence}");
    sentence
}

#[test]
fn the_defaults_have_rooms_of_the_games_that_are_played_here() {
    const HOCKEY: Games = Games::new(&[Game::of::<perigee_hockey::Hockey>()]);
    let rooms = |games, text: &str| -> Vec<String> {
        let config = Config::from_text(games, Some(("perigee.toml", text))).unwrap();
        config.rooms.into_iter().map(|room| room.name).collect()
    };
    assert_eq!(rooms(HOCKEY, ""), ["rink"]);
    let own = "[[rooms]]\nname = \"mine\"\nmax_players = 2\ninterest_radius_units = 100.0\n";
    assert_eq!(rooms(HOCKEY, own), ["mine"]);
}

#[test]
fn the_defaults_are_valid_and_as_documented() {
    let config = Config::from_text(crate::game::GAMES, None).unwrap();
    assert_eq!(config.bind.to_string(), "127.0.0.1:8080");
    assert_eq!(config.limits.max_connections, 4096);
    assert_eq!(crate::room::scenario::<Arena>(&config.rooms[0].scenario), Ok(Scenario::default()));
    let rooms: Vec<(&str, &str)> = config
        .rooms
        .iter()
        .map(|room| (room.name.as_str(), crate::game::GAMES.named(&room.game).unwrap().info.name))
        .collect();
    assert_eq!(rooms, [("arena", "arena"), ("duel", "arena"), ("teams", "arena"), ("rink", "hockey")]);
    assert_eq!(config.store.file(), Some(Path::new("perigee.db")));
    assert!(config.admin.enabled && config.admin.token.is_none() && !config.tls.is_on());
    assert_eq!((config.lobby.max_rooms, config.lobby.idle_close_ms), (64, 60_000));
    assert!(config.rooms.iter().all(|room| room.public && room.lifetime == Lifetime::Permanent));
    assert!(config.rooms.iter().all(|room| room.fill_to > 1), "who plays alone meets somebody");
}

#[test]
fn a_server_without_the_game_of_a_room_says_which_it_has() {
    const ARENA_ALONE: Games = Games::new(&[Game::of::<Arena>()]);
    let room = "[[rooms]]\nname = \"pit\"\nmax_players = 2\ninterest_radius_units = 100\n";
    assert!(Config::from_text(ARENA_ALONE, Some(("a", room))).is_ok(), "it plays rooms of its own");
    let room = format!("{room}game = \"hockey\"\n");
    assert_eq!(
        Config::from_text(ARENA_ALONE, Some(("a", &room))).unwrap_err().to_string(),
        "a: rooms.pit.game: \"hockey\" is not a game of this server: allowed are \"arena\""
    );
}

#[test]
fn the_load_config_is_valid() {
    let text = include_str!("../../../assets/config/load.toml");
    let config = Config::from_text(crate::game::GAMES, Some(("load.toml", text))).unwrap();
    assert_eq!(config.rooms.len(), 1);
    assert_eq!(config.rooms[0].max_players, 2000);
}

#[test]
fn a_file_changes_only_what_it_names() {
    let config = Config::from_text(crate::game::GAMES, Some(("a", "[limits]\ndrain_ms = 1\n"))).unwrap();
    assert_eq!(config.limits.drain_ms, 1);
    assert_eq!(config.limits.hello_timeout_ms, 5000);
    assert_eq!(config.rooms, Config::from_text(crate::game::GAMES, None).unwrap().rooms);
}

#[test]
fn a_file_with_rooms_replaces_all_rooms() {
    let text = "[[rooms]]\nname = \"one\"\nmax_players = 2\ninterest_radius_units = 100\n";
    let config = Config::from_text(crate::game::GAMES, Some(("a", text))).unwrap();
    assert_eq!(config.rooms.len(), 1);
    assert_eq!(crate::room::scenario::<Arena>(&config.rooms[0].scenario), Ok(Scenario::default()));
}

#[test]
fn an_unknown_key_is_told_with_the_known_ones() {
    let sentence = error("[limits]\nmax_conections = 1\n");
    assert!(sentence.contains("limits: unknown key `max_conections`"), "{sentence}");
    assert!(sentence.contains("`max_connections`"), "{sentence}");
    assert!(error("colour = 1").contains("unknown key `colour`"));
}

#[test]
fn a_wrong_type_is_told_with_the_key_and_what_is_allowed() {
    let sentence = error("[limits]\nmax_connections = \"many\"\n");
    assert!(sentence.contains("limits.max_connections: "), "{sentence}");
    assert!(sentence.contains("expected a whole number: allowed are 1 to 65536"), "{sentence}");
    let sentence = error("[limits]\ndrain_ms = -1\n");
    assert!(sentence.contains("limits.drain_ms: ") && sentence.contains("0 to 60000"), "{sentence}");
    assert!(error("bind = 8080").contains("bind: "));
    let sentence = error("tls = true\n");
    assert!(sentence.contains("tls: ") && sentence.contains("expected a table"), "{sentence}");
}

#[test]
fn a_value_out_of_range_is_told_with_the_range() {
    let sentence = error("[limits]\nmax_connections = 0\n");
    assert_eq!(sentence, "perigee.toml: limits.max_connections: 0 is not allowed: allowed are 1 to 65536");
    assert!(error("bind = \"here\"").contains("bind: \"here\" is not allowed: allowed is IP:PORT"));
    assert!(error("allowed_origins = [\"game.example\"]").contains("allowed_origins: "));
}

#[test]
fn rest_is_read_from_where_sockets_are_opened_unless_it_says_otherwise() {
    let origins = |text: &str| {
        let config = Config::from_text(crate::game::GAMES, Some(("perigee.toml", text))).unwrap();
        (config.allowed_origins.to_string(), config.rest_origins().to_string())
    };
    let (own, game) = ("the server's own".to_owned(), "the server's own, https://game.example".to_owned());
    let both = "allowed_origins = [\"https://game.example\"]\n";
    assert_eq!(origins(""), (own.clone(), own.clone()));
    assert_eq!(origins(both), (game.clone(), game.clone()));
    assert_eq!(origins(&format!("[http]\n{both}")), (own.clone(), game.clone()));
    assert_eq!(origins(&format!("{both}[http]\nallowed_origins = []\n")), (game, own));
    let wrong = error("[http]\nallowed_origins = [\"game.example\"]");
    assert!(wrong.contains("http.allowed_origins: \"game.example\" is not allowed"), "{wrong}");
}

#[test]
fn room_errors_name_the_room() {
    let room = "[[rooms]]\nname = \"one\"\nmax_players = 2\ninterest_radius_units = 100\n";
    let many = "[[rooms]]\nname = \"one\"\nmax_players = 9999\ninterest_radius_units = 100\n";
    assert!(error(many).contains("rooms.one.max_players: 9999 is not allowed: allowed are 1 to 2000"));
    assert!(error(&format!("{room}{room}")).contains("two rooms have this name"));
    let nan = error("[[rooms]]\nname = \"one\"\nmax_players = 2\ninterest_radius_units = nan\n");
    assert!(nan.contains("rooms.one.interest_radius_units: NaN"), "{nan}");
    let scenario = error(&format!("{room}[rooms.scenario]\nasteroids = 9999\n"));
    assert!(scenario.contains("rooms.one.scenario: asteroids = 9999: allowed are 0 to 200"), "{scenario}");
    assert!(error("[[rooms]]\nname = \"any\"\nmax_players = 2\ninterest_radius_units = 100").contains("any"));
    assert!(error(&room.replace("one", "any-teams")).contains("any-teams"));
    assert!(error(&format!("{room}fill_to = 3\n")).contains("rooms.one.fill_to: 3"));
    assert!(
        error("[lobby]\nmax_rooms = 0\n").contains("lobby.max_rooms: 0 is not allowed: allowed are 1 to 256")
    );
    assert!(error(&format!("{room}lifetime = 1\n")).contains("unknown key `lifetime`"));
    assert!(error("rooms = []").contains("rooms: "));
    let missing = error("[[rooms]]\nname = \"one\"\n");
    assert!(missing.contains("rooms: missing key `max_players`"), "{missing}");
}

#[test]
fn a_store_without_a_file_is_in_memory() {
    for path in ["", ":memory:"] {
        let text = format!("[store]\npath = \"{path}\"\n");
        let config = Config::from_text(crate::game::GAMES, Some(("a", &text))).unwrap();
        assert_eq!(config.store.file(), None, "{path:?}");
        assert!(config.summary().contains("store            in memory"));
    }
    // A longer wait, together with what a room has not reported yet, would exceed the second that may be lost.
    assert!(error("[store]\nflush_ms = 401\n").contains("store.flush_ms: 401 is not allowed"));
    assert!(error("[store]\nqueue_writes = 0\n").contains("store.queue_writes: "));
}

#[test]
fn bad_toml_is_told_with_its_line() {
    let sentence = error("bind = \"127.0.0.1:1\"\n[limits\n");
    assert!(sentence.starts_with("perigee.toml: line 2 is not valid TOML: "), "{sentence}");
}

#[test]
fn a_missing_file_is_told_by_name() {
    let sentence = Config::read(crate::game::GAMES, Path::new("no/such.toml")).unwrap_err().to_string();
    assert!(sentence.starts_with("no/such.toml: cannot be read: "), "{sentence}");
}

#[test]
fn a_certificate_needs_its_key_and_no_other() {
    assert!(error("[tls]\ncert = \"a.pem\"\n").contains("tls.key: "));
    assert!(error("[tls]\nkey = \"a.pem\"\n").contains("tls.cert: "));
    assert!(error("[tls]\ncert = \"a\"\nkey = \"b\"\ndev = true\n").contains("tls.dev: "));
}

#[test]
fn a_bad_token_is_told_but_never_shown() {
    let sentence = error("[admin]\ntoken = \"s3cret\"\n");
    assert!(sentence.contains("admin.token: "), "{sentence}");
    assert!(!sentence.contains("s3cret"), "{sentence}");
    let config =
        Config::from_text(crate::game::GAMES, Some(("a", "[admin]\ntoken = \"s3cret-s3cret\"\n"))).unwrap();
    assert!(!format!("{config:?}{}", config.summary()).contains("s3cret"));
}
