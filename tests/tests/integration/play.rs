//! Bots over real sockets: what they hold is what the server has, at the rate that was promised.

use crate::support::{TestServer, next_control};
use perigee_shared::protocol::ServerMessage;
use perigee_tests::bots::{BotsConfig, Report, run};
use std::time::Duration;

async fn bots(server: &TestServer, count: usize, seconds: u64, behaviour: &str) -> Report {
    let config = BotsConfig {
        url: server.url("/play"),
        count,
        duration: Some(Duration::from_secs(seconds)),
        game: None,
        behaviour: Some(behaviour.to_owned()),
        room: "any".into(),
        people: false,
        checksums: true,
        chat_every: None,
        seed: 1,
    };
    run(config, std::future::pending()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn bots_play_and_hold_exactly_the_servers_state() {
    let server = TestServer::start("").await;
    let report = bots(&server, 16, 6, "hunt").await;
    let text = report.to_json();
    assert_eq!(report.connected, 16, "{text}");
    assert_eq!((report.decode_errors, report.state_mismatches, report.disconnects), (0, 0, 0), "{text}");
    // The machine that tests run on may be busy; `make load` measures the rate.
    assert!(report.snapshots_per_second.mean > 25.0 && report.snapshots_per_second.mean < 31.0, "{text}");
    assert!(report.input_to_effect_ms.p50 < 150.0, "{text}");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn traders_hear_of_prices_and_their_orders_are_answered() {
    let server = TestServer::start("").await;
    let report = bots(&server, 12, 16, "trade").await;
    let (text, play) = (report.to_json(), &report.play);
    assert!(report.is_clean() && report.disconnects == 0, "{text}");
    let [deals, given, confirmed] =
        ["deals", "orders_given", "orders_confirmed"].map(|name| play.count(name));
    assert!(deals >= 6 && confirmed >= deals, "{text}");
    // What is not answered yet was given in the last moment.
    assert!(given - confirmed <= 12, "{text}");
    assert!(play.refusals.values().sum::<u64>() <= deals as u64, "{text}");
    server.stop().await;
}

/// Two rooms, small enough that a crowd meets in each.
const BOTH: &str = "[[rooms]]\nname = \"pit\"\nmax_players = 12\ninterest_radius_units = 900\n\
     [rooms.scenario]\nwidth_units = 900.0\nheight_units = 700.0\nasteroids = 2\npirates = 0\nstations = 0\n\
     [[rooms]]\nname = \"rink\"\ngame = \"hockey\"\nmax_players = 8\ninterest_radius_units = 2000\n";

#[tokio::test(flavor = "multi_thread")]
async fn a_mixed_crowd_plays_both_games_of_one_server_and_holds_exactly_its_state() {
    let server = TestServer::start(BOTH).await;
    let crowd = |count, room: &str, game: Option<&str>, behaviour: &str| BotsConfig {
        url: server.url("/play"),
        count,
        duration: Some(Duration::from_secs(10)),
        game: game.map(str::to_owned),
        behaviour: Some(behaviour.into()),
        room: room.into(),
        checksums: true,
        people: false,
        chat_every: Some(Duration::from_secs(5)),
        seed: 3,
    };
    // A room's name says what is played there; where any room will do, the game does.
    let (fights, matches) = tokio::join!(
        run(crowd(12, "pit", None, "hunt"), std::future::pending()),
        run(crowd(8, "any", Some("hockey"), "veteran"), std::future::pending())
    );
    for (report, game, count) in [(&fights, "arena", 12), (&matches, "hockey", 8)] {
        let text = report.to_json();
        assert_eq!((report.game, report.connected), (game, count), "{text}");
        assert_eq!((report.decode_errors, report.state_mismatches, report.disconnects), (0, 0, 0), "{text}");
        assert!(report.snapshots_per_second.min > 10.0, "{text}");
    }
    assert!(fights.play.count("hits") >= 10, "{}", fights.to_json());
    assert!(matches.play.count("touches") >= 5, "{}", matches.to_json());
    // A room that is named says which game it is, whatever the game that is first.
    let duration = Some(Duration::from_secs(2));
    let one = BotsConfig { behaviour: None, duration, ..crowd(1, "rink", None, "") };
    let found = run(one, std::future::pending()).await;
    assert_eq!((found.game, found.connected), ("hockey", 1), "{}", found.to_json());
    let wrong = run(crowd(1, "rink", None, "hunt"), std::future::pending()).await;
    assert!(wrong.first_error.is_some_and(|why| why.contains("allowed are mixed, rookie, able")));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_room_passes_players_on_and_a_full_server_refuses() {
    let room = |name| format!("[[rooms]]\nname = \"{name}\"\nmax_players = 2\ninterest_radius_units = 500\n");
    let lobby = "[lobby]\nmax_rooms = 2\n";
    let server = TestServer::start(&format!("{lobby}{}{}", room("one"), room("two"))).await;
    let mut rooms = Vec::new();
    let mut sockets = Vec::new();
    for n in 0..4 {
        let mut socket = server.socket().await;
        let bytes = crate::support::hello_bytes(&crate::support::hello(&format!("P{n}")));
        futures_util::SinkExt::send(
            &mut socket,
            tokio_tungstenite::tungstenite::Message::Binary(bytes.into()),
        )
        .await
        .unwrap();
        match next_control(&mut socket).await {
            Some(ServerMessage::Welcome(welcome)) => rooms.push(welcome.room),
            other => panic!("{other:?}"),
        }
        sockets.push(socket);
    }
    rooms.sort();
    assert_eq!(rooms, ["one", "one", "two", "two"]);
    let report = bots(&server, 1, 1, "idle").await;
    assert_eq!(report.connected, 0);
    assert!(report.first_error.is_some_and(|error| error.contains("full")));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_status_and_metrics_are_on_the_same_port() {
    let server = TestServer::start("").await;
    assert!(server.get("/healthz").await.starts_with("HTTP/1.1 200"));
    let status = server.get("/api/v1/status").await;
    assert!(status.contains("\"arena\"") && status.contains("\"tick_hz\":30"), "{status}");
    let page = server.get("/").await;
    assert!(page.contains("content-security-policy") && page.contains("<canvas"), "{page}");
    assert!(server.get("/nothing/here").await.starts_with("HTTP/1.1 404"));
    assert!(server.get("/../Cargo.toml").await.starts_with("HTTP/1.1 404"));
    // Five before it, and its own.
    assert_eq!(server.metric("perigee_connections_total", "").await, 6.0);
    server.stop().await;
}
