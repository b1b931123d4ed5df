//! Whatever a client may do wrong ends in a typed reason for that client and a count; nobody else notices.

use crate::client::{Client, Ending, peer};
use crate::raw::handshake;
use crate::support::{PATIENCE, Socket, TestServer, goodbye, hello, hello_bytes, next_control};
use futures_util::SinkExt;
use perigee_shared::limits::MAX_CLIENT_MESSAGE_BYTES;
use perigee_shared::protocol::{DisconnectReason, PROTOCOL_VERSION, Refusal, ServerMessage};
use perigee_shared::rng::Rng;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};
use tokio_tungstenite::tungstenite::Message;

async fn send(socket: &mut Socket, bytes: impl Into<Vec<u8>>) {
    // The server may have ended the connection already: that is what the test then looks at.
    let _ = socket.send(Message::Binary(bytes.into().into())).await;
}

/// Sends `bytes` as the first message and gives the refusal.
async fn refusal_of(server: &TestServer, bytes: Vec<u8>) -> Refusal {
    let mut socket = server.socket().await;
    send(&mut socket, bytes).await;
    match goodbye(&mut socket).await {
        (DisconnectReason::Refused(refusal), 4000) => refusal,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_hello_is_refused_with_its_reason() {
    let server = TestServer::start("").await;
    let good = hello("Ada");
    let mut old = good.clone();
    old.build.protocol = 77;
    let expected = Refusal::ProtocolVersion { client: 77, server: PROTOCOL_VERSION };
    assert_eq!(refusal_of(&server, hello_bytes(&old)).await, expected);
    // Another version's hello may look quite different behind its version.
    assert_eq!(refusal_of(&server, vec![0, 0, 77, 1, 2, 3]).await, expected);
    let mut other = good.clone();
    other.build.schema ^= 1;
    let named = Refusal::Schema { client: other.build.schema, server: good.build.schema };
    assert_eq!(refusal_of(&server, hello_bytes(&other)).await, named);
    let marks = "\u{301}".repeat(20);
    for name in [
        "",
        "   ",
        "\u{200b}\u{202e}",
        "\u{301}",
        &marks,
        "\u{e000}\u{f8ff}",
        "\u{378}",
        "\u{20dd}",
        &"x".repeat(21),
    ] {
        let bytes = hello_bytes(&perigee_shared::protocol::Hello { name: name.into(), ..good.clone() });
        assert_eq!(refusal_of(&server, bytes).await, Refusal::BadName, "{name:?}");
    }
    for name in ["Server", "[server]", "S3rver", "Black Kite", "B1ack Kite", "Vesper", "Bot 1"] {
        let bytes = hello_bytes(&perigee_shared::protocol::Hello { name: name.into(), ..good.clone() });
        assert_eq!(refusal_of(&server, bytes).await, Refusal::NameReserved, "{name:?}");
    }
    let room =
        |room: &str| hello_bytes(&perigee_shared::protocol::Hello { room: room.into(), ..good.clone() });
    assert_eq!(refusal_of(&server, room("no such")).await, Refusal::BadRoom);
    assert_eq!(refusal_of(&server, room("nowhere")).await, Refusal::NoSuchRoom);
    assert_eq!(refusal_of(&server, vec![0, 1]).await, Refusal::NotHello);
    assert_eq!(refusal_of(&server, vec![1, 2, 3]).await, Refusal::NotHello);
    assert_eq!(refusal_of(&server, vec![]).await, Refusal::NotHello);
    assert!(server.metric("perigee_refusals_total", "schema").await >= 1.0);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn random_bytes_end_in_a_reason_and_nobody_else_notices() {
    let server = TestServer::start("").await;
    let stream = TcpStream::connect(server.address).await.unwrap();
    let mut witness = Client::open(stream, peer("Witness")).await;
    let over = Arc::<AtomicBool>::default();
    let seen = Arc::clone(&over);
    let witness = tokio::spawn(async move {
        let ending = witness.play(|_, _| seen.load(Ordering::Relaxed)).await;
        (ending, *witness.peer.stats())
    });
    let mut rng = Rng::new(11);
    for round in 0..60 {
        let seated = round % 2 == 0;
        let mut socket = if seated { server.player("Mallory").await } else { server.socket().await };
        let length = 1 + rng.below(MAX_CLIENT_MESSAGE_BYTES as u32 - 1);
        let mut bytes: Vec<u8> = (0..length).map(|_| rng.next_u32() as u8).collect();
        // A stream message of random bits may happen to be valid if it is tiny: make it long.
        bytes[0] = if seated { 1 } else { bytes[0] };
        bytes.resize(length.max(60) as usize, 0xff);
        send(&mut socket, bytes).await;
        let (reason, code) = goodbye(&mut socket).await;
        assert_eq!(code, reason.close_code());
    }
    over.store(true, Ordering::Relaxed);
    let (ending, stats) = timeout(PATIENCE, witness).await.unwrap().unwrap();
    assert_eq!(ending, Ending::Enough);
    assert!(stats.snapshots >= 10 && stats.state_mismatches == 0, "{stats:?}");
    assert!(server.metric("perigee_packets_rejected_total", "bad_message").await >= 20.0);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_misbehaviour_has_its_own_reason() {
    let server = TestServer::start("").await;
    let mut socket = server.player("Text").await;
    socket.send(Message::Text("hello?".into())).await.unwrap();
    assert_eq!(goodbye(&mut socket).await, (DisconnectReason::TextMessage, 4002));

    let mut socket = server.player("Large").await;
    send(&mut socket, vec![1; MAX_CLIENT_MESSAGE_BYTES + 1]).await;
    assert_eq!(goodbye(&mut socket).await, (DisconnectReason::TooLarge, 1009));

    let mut socket = server.player("Twice").await;
    send(&mut socket, hello_bytes(&hello("Twice"))).await;
    assert_eq!(goodbye(&mut socket).await, (DisconnectReason::OutOfOrder, 4004));

    let mut socket = server.player("Cut").await;
    send(&mut socket, vec![1, 2]).await;
    assert!(matches!(goodbye(&mut socket).await, (DisconnectReason::BadMessage(_), 4001)));

    let mut socket = server.player("Flood").await;
    for _ in 0..10_000 {
        if socket.feed(Message::Binary(hello_bytes(&hello("x"))[..1].to_vec().into())).await.is_err() {
            break;
        }
    }
    let _ = socket.flush().await;
    let (reason, _) = goodbye(&mut socket).await;
    assert!(matches!(reason, DisconnectReason::TooFast | DisconnectReason::BadMessage(_)), "{reason:?}");
    for label in ["text_message", "too_large", "out_of_order", "bad_message"] {
        assert!(server.metric("perigee_disconnects_total", label).await >= 1.0, "{label}");
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_valid_packets_is_too_fast() {
    use perigee_arena::ArenaCommand;
    use perigee_shared::bits::BitWriter;
    use perigee_shared::netcode::codec::packet::InputPacket;
    let server = TestServer::start("").await;
    let mut writer = BitWriter::new();
    InputPacket::<ArenaCommand>::default().write(&mut writer);
    let packet = writer.finish().to_vec();
    let mut socket = server.player("Flood").await;
    for _ in 0..10_000 {
        if socket.feed(Message::Binary(packet.clone().into())).await.is_err() {
            break;
        }
    }
    let _ = socket.flush().await;
    assert_eq!(goodbye(&mut socket).await, (DisconnectReason::TooFast, 4005));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_silent_are_sent_away() {
    let server = TestServer::start(
        "[limits]\nhello_timeout_ms = 300\nsilence_timeout_ms = 400\nhttp_timeout_ms = 300\n",
    )
    .await;
    let mut socket = server.socket().await;
    assert_eq!(goodbye(&mut socket).await, (DisconnectReason::Refused(Refusal::TooSlow), 4000));
    let mut socket = server.player("Mute").await;
    assert_eq!(goodbye(&mut socket).await, (DisconnectReason::Silent, 4006));
    // A connection that says nothing at all is closed as well.
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let begun = Instant::now();
    let mut end = Vec::new();
    timeout(PATIENCE, stream.read_to_end(&mut end)).await.unwrap().unwrap();
    assert!(begun.elapsed() < Duration::from_secs(5));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_never_reads_costs_only_itself() {
    let settings = "[limits]\nsilence_timeout_ms = 60000\nwrite_timeout_ms = 60000\n";
    let server = TestServer::start(settings).await;
    // Connected by hand, so that nothing reads behind our back.
    let mut deaf = server.player("Deaf").await;
    let config = perigee_tests::bots::BotsConfig {
        url: server.url("/play"),
        count: 8,
        duration: Some(Duration::from_secs(5)),
        game: None,
        behaviour: Some("hunt".into()),
        room: "any".into(),
        people: false,
        checksums: true,
        chat_every: None,
        seed: 3,
    };
    let report = perigee_tests::bots::run(config, std::future::pending()).await;
    assert!(report.is_clean(), "{}", report.to_json());
    assert!(report.snapshots_per_second.min > 20.0, "{}", report.to_json());
    // It is still there, and when it reads again it gets what it can use.
    assert!(next_control(&mut deaf).await.is_some());
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn foreign_origins_and_broken_handshakes_are_turned_away() {
    let server = TestServer::start("").await;
    let ask = async |head: String| {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        let _ = timeout(PATIENCE, stream.read_to_end(&mut answer)).await.unwrap();
        String::from_utf8_lossy(&answer).into_owned()
    };
    let foreign = handshake("/play", "Origin: https://evil.example\r\n");
    assert!(ask(foreign.clone()).await.starts_with("HTTP/1.1 403"));
    assert!(ask(foreign.replace("/play", "/admin/ws")).await.starts_with("HTTP/1.1 403"));
    assert!(ask("GET /play HTTP/1.1\r\nHost: here\r\n\r\n".into()).await.starts_with("HTTP/1.1 426"));
    assert!(ask("\u{1}\u{2}garbage\r\n\r\n".into()).await.starts_with("HTTP/1.1 400"));
    assert!(server.metric("perigee_refusals_total", "origin").await >= 2.0);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn draining_tells_everybody_why() {
    let server = TestServer::start("").await;
    let mut socket = server.player("Ada").await;
    let (farewell, ()) = tokio::join!(goodbye(&mut socket), server.stop());
    assert_eq!(farewell, (DisconnectReason::Draining { retry_within_ms: 1000 }, 4009));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_in_use_gets_a_number() {
    let server = TestServer::start("").await;
    let _first = server.player("Ada").await;
    let mut second = server.socket().await;
    send(&mut second, hello_bytes(&hello("  Ada\u{200d} "))).await;
    match next_control(&mut second).await {
        Some(ServerMessage::Welcome(welcome)) => assert_eq!(welcome.name, "Ada 2"),
        other => panic!("{other:?}"),
    }
    server.stop().await;
}
