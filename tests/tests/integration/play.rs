//! Bots over real sockets: what they hold is what the server has, at the rate that was promised.

use crate::support::{TestServer, next_control};
use perigee_arena::bot::Behaviour;
use perigee_shared::protocol::ServerMessage;
use perigee_tests::bots::{BotsConfig, Report, run};
use std::time::Duration;

async fn bots(server: &TestServer, count: usize, seconds: u64, behaviour: Behaviour) -> Report {
    let config = BotsConfig {
        url: server.url("/play"),
        count,
        duration: Some(Duration::from_secs(seconds)),
        behaviour,
        room: "any".into(),
        people: false,
        checksums: true,
        talk: None,
        seed: 1,
    };
    run(config, std::future::pending()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn bots_play_and_hold_exactly_the_servers_state() {
    let server = TestServer::start("").await;
    let report = bots(&server, 16, 6, Behaviour::Hunt).await;
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
    let report = bots(&server, 12, 16, Behaviour::Trade).await;
    let (text, play) = (report.to_json(), &report.play);
    assert!(report.is_clean() && report.disconnects == 0, "{text}");
    assert!(play.deals >= 6 && play.orders_confirmed >= play.deals, "{text}");
    // What is not answered yet was given in the last moment.
    assert!(play.orders_given - play.orders_confirmed <= 12, "{text}");
    assert!(play.refusals.values().sum::<u64>() <= play.deals, "{text}");
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
    let report = bots(&server, 1, 1, Behaviour::Idle).await;
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
