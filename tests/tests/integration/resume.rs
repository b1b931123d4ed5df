//! Coming back over real sockets: a broken connection costs the player nothing but the time it was broken.

use crate::client::{Client, Ending, peer, ship_of};
use crate::console::{command, login};
use crate::proxy::Proxy;
use crate::support::{PATIENCE, TestServer, hello, hello_bytes, next_control};
use futures_util::SinkExt;
use perigee_arena::Arena;
use perigee_shared::limits::MAX_BASELINE_AGE_TICKS;
use perigee_shared::netcode::{Peer, PeerConfig, PeerStatus};
use perigee_shared::protocol::{DisconnectReason, Resume, ResumeToken, ServerMessage};
use perigee_tests::bots::{BotsConfig, run};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep};
use tokio_tungstenite::tungstenite::Message;

/// A server with one room that keeps a seat for so long.
async fn server(resume_window_ms: u32) -> TestServer {
    let room = "[[rooms]]\nname = \"keep\"\nmax_players = 4\ninterest_radius_units = 900\n";
    TestServer::start(&format!("{room}resume_window_ms = {resume_window_ms}\n")).await
}

async fn connect(server: &TestServer, peer: Peer<Arena>) -> Client<TcpStream> {
    Client::open(TcpStream::connect(server.address).await.unwrap(), peer).await
}

/// A player who has been in the match for a moment.
async fn seated(server: &TestServer, name: &str) -> Client<TcpStream> {
    let mut client = connect(server, peer(name)).await;
    assert_eq!(client.take_snapshots(30).await, Ending::Enough);
    client
}

/// Waits until the room has `count` players.
async fn until_players(server: &TestServer, count: f64) {
    let begun = Instant::now();
    while server.metric("perigee_players{", "keep").await != count {
        assert!(begun.elapsed() < PATIENCE, "waited in vain for {count} players");
        sleep(Duration::from_millis(50)).await;
    }
}

/// Waits until the server has noticed that `count` connections broke.
async fn until_gone(server: &TestServer, count: f64) {
    let begun = Instant::now();
    while server.metric("perigee_disconnects_total", "\"gone\"").await != count {
        assert!(begun.elapsed() < PATIENCE, "the server does not notice that a connection broke");
        sleep(Duration::from_millis(20)).await;
    }
}

/// What a new connection with `token` is told: whether it is back in the old seat.
async fn is_resumed(server: &TestServer, token: ResumeToken) -> bool {
    let mut socket = server.socket().await;
    let mut hello = hello("Somebody");
    hello.resume = Some(Resume { token, tick: None });
    socket.send(Message::Binary(hello_bytes(&hello).into())).await.unwrap();
    match next_control(&mut socket).await {
        Some(ServerMessage::Welcome(welcome)) => welcome.resumed,
        other => panic!("{other:?}"),
    }
}

/// Breaks a connection, comes back after `away`, and gives full snapshots and resumes by delta since.
async fn come_back_after(server: &TestServer, away: Duration) -> (u64, u64) {
    let client = seated(server, "Ada").await;
    let player = client.peer.player().unwrap();
    let (slot, _) = ship_of(&client.peer, player).unwrap();
    let before = *client.peer.stats();
    let peer = client.cut();
    assert!(matches!(peer.status(), PeerStatus::Lost { .. }));
    until_gone(server, 1.0).await;
    sleep(away).await;
    until_players(server, 1.0).await;
    let mut client = connect(server, peer).await;
    assert_eq!(client.take_snapshots(30).await, Ending::Enough);
    let stats = *client.peer.stats();
    assert_eq!(client.peer.player(), Some(player), "the same seat");
    assert_eq!(ship_of(&client.peer, player).map(|(slot, _)| slot), Some(slot), "the same ship");
    assert_eq!((stats.resumes, stats.state_mismatches, stats.decode_errors), (1, 0, 0));
    assert_eq!(server.metric("perigee_joins_total", "resumed").await, 1.0);
    assert_eq!(server.metric("perigee_joins_total", "new").await, 1.0);
    (stats.full_snapshots - before.full_snapshots, stats.resumes_by_delta)
}

#[tokio::test(flavor = "multi_thread")]
async fn who_comes_back_quickly_has_the_same_ship_and_is_told_what_was_missed_in_one_delta() {
    let server = server(30_000).await;
    assert_eq!(come_back_after(&server, Duration::from_millis(300)).await, (0, 1));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_comes_back_late_has_the_same_ship_and_is_told_everything() {
    let server = server(30_000).await;
    // Half as long again as any baseline reaches.
    let away = Duration::from_millis(u64::from(MAX_BASELINE_AGE_TICKS) * 50);
    assert_eq!(come_back_after(&server, away).await, (1, 0));
    assert_eq!(server.metric("perigee_full_snapshots_total", "baseline_too_old").await, 1.0);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_seat_that_nobody_comes_back_to_in_time_is_free_again() {
    let server = server(1500).await;
    let client = seated(&server, "Ada").await;
    let token = client.peer.token().unwrap();
    let begun = Instant::now();
    drop(client.cut());
    until_players(&server, 0.0).await;
    assert!(begun.elapsed() >= Duration::from_millis(1400), "kept for {:?}", begun.elapsed());
    assert!(!is_resumed(&server, token).await);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_room_that_is_full_of_players_takes_back_those_who_are_away() {
    let server = server(30_000).await;
    let client = seated(&server, "Ada").await;
    let peer = client.cut();
    until_gone(&server, 1.0).await;
    let mut others = Vec::new();
    for n in 0..3 {
        others.push(server.player(&format!("Other {n}")).await);
    }
    let mut client = connect(&server, peer).await;
    assert_eq!(client.take_snapshots(5).await, Ending::Enough);
    assert_eq!(client.peer.stats().resumes, 1);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_connection_with_the_token_takes_the_seat_from_the_first() {
    let server = server(30_000).await;
    let mut first = seated(&server, "Ada").await;
    let (player, token) = (first.peer.player().unwrap(), first.peer.token().unwrap());
    // As a page that was reloaded does: it has the token, and no state.
    let again = PeerConfig { token: Some(token), want_checksums: true, ..PeerConfig::default() };
    let mut second = connect(&server, Peer::new(again)).await;
    assert_eq!(first.play(|_, _| false).await, Ending::Sent(DisconnectReason::Replaced));
    assert_eq!(DisconnectReason::Replaced.close_code(), 4011);
    drop(first.cut());
    // The end of the first connection is not the end of the second.
    assert_eq!(second.take_snapshots(45).await, Ending::Enough);
    assert_eq!(second.peer.player(), Some(player));
    assert_eq!(server.metric("perigee_disconnects_total", "replaced").await, 1.0);
    assert_eq!(server.metric("perigee_joins_total", "resumed").await, 1.0);
    until_players(&server, 1.0).await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_kicked_or_said_goodbye_cannot_come_back_to_the_seat() {
    let server = server(30_000).await;
    let mut console = login(&server).await;

    let mut kicked = seated(&server, "Mallory").await;
    let token = kicked.peer.token().unwrap();
    assert!(command(&mut console, "kick Mallory").await.0);
    assert!(matches!(kicked.play(|_, _| false).await, Ending::Sent(DisconnectReason::Kicked(_))));
    let peer = kicked.cut();
    assert!(!matches!(peer.status(), PeerStatus::Lost { .. }), "the client knows that too");
    until_players(&server, 0.0).await;
    assert!(!is_resumed(&server, token).await);

    let gone = seated(&server, "Grace").await;
    let token = gone.peer.token().unwrap();
    gone.leave().await;
    sleep(Duration::from_millis(300)).await;
    assert!(!is_resumed(&server, token).await);

    // Being away protects nobody.
    let away = seated(&server, "Eve").await;
    let token = away.peer.token().unwrap();
    drop(away.cut());
    sleep(Duration::from_millis(300)).await;
    assert!(command(&mut console, "kick Eve").await.0);
    assert!(!is_resumed(&server, token).await);
    assert_eq!(server.metric("perigee_joins_total", "resumed").await, 0.0);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bots_whose_connections_break_play_on_in_their_seats() {
    let server = TestServer::start("").await;
    let proxy = Proxy::start(server.address).await;
    let config = BotsConfig {
        url: format!("ws://{}/play", proxy.address),
        count: 6,
        duration: Some(Duration::from_secs(9)),
        game: None,
        behaviour: Some("hunt".into()),
        room: "any".into(),
        people: false,
        checksums: true,
        chat_every: None,
        seed: 9,
    };
    let bots = tokio::spawn(run(config, std::future::pending()));
    sleep(Duration::from_secs(3)).await;
    proxy.pull();
    // So long that the first tries fail.
    sleep(Duration::from_secs(1)).await;
    proxy.mend();
    let report = bots.await.unwrap();
    let text = report.to_json();
    assert_eq!((report.resumes, report.connected), (6, 6), "{text}");
    assert!(report.is_clean() && report.disconnects > 6, "{text}");
    assert_eq!(server.metric("perigee_joins_total", "resumed").await, 6.0);
    assert_eq!(server.metric("perigee_joins_total", "new").await, 6.0);
    server.stop().await;
}
