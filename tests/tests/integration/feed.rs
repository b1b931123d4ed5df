//! The public feed over real sockets: topics, resuming, and whatever a reader may do wrong.

use crate::chat::say;
use crate::client::{Client, Ending, peer};
use crate::raw::handshake;
use crate::support::{PATIENCE, Socket, TestServer};
use futures_util::{SinkExt, StreamExt};
use perigee_shared::protocol::Channel;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message;

async fn open(server: &TestServer) -> Socket {
    let mut socket = connect_async(server.url("/feed")).await.unwrap().0;
    let hello = next(&mut socket).await;
    assert_eq!(hello["topics"], json!(["headlines", "leaderboard", "market", "chat", "rooms"]));
    socket
}

async fn ask(socket: &mut Socket, request: Value) {
    // The server may have ended the connection already: that is what the test then looks at.
    let _ = socket.send(Message::Text(request.to_string().into())).await;
}

async fn next(socket: &mut Socket) -> Value {
    let reading = async {
        loop {
            match socket.next().await {
                Some(Ok(Message::Text(text))) => return serde_json::from_str(&text).unwrap(),
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                end => panic!("the feed ended: {end:?}"),
            }
        }
    };
    timeout(PATIENCE, reading).await.expect("the feed says something in time")
}

/// The next message of that type.
async fn next_of(socket: &mut Socket, kind: &str) -> Value {
    loop {
        let message = next(socket).await;
        if message["type"] == kind {
            return message;
        }
    }
}

/// The code and the reason with which the feed ends, after whatever else it says.
async fn end(socket: &mut Socket) -> (u16, String) {
    let ending = async {
        loop {
            match socket.next().await {
                Some(Ok(Message::Close(Some(frame)))) => {
                    return (frame.code.into(), frame.reason.to_string());
                }
                Some(Ok(_)) => {}
                end => panic!("the feed ended without a word: {end:?}"),
            }
        }
    };
    timeout(PATIENCE, ending).await.expect("the feed ends in time")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_whose_connection_breaks_misses_nothing() {
    let server = TestServer::start("").await;
    let mut ada = server.player("Ada").await;
    let mut reader = open(&server).await;
    ask(&mut reader, json!({"op": "subscribe", "topic": "chat"})).await;
    let start = next_of(&mut reader, "subscribed").await["next"].as_u64().unwrap();
    say(&mut ada, Channel::Room, "one <i>").await;
    let first = next_of(&mut reader, "message").await;
    assert_eq!(first["data"], json!({"room": "arena", "from": "Ada", "text": "one <i>"}));
    assert_eq!((&first["number"], &first["topic"]), (&start.into(), &"chat".into()));
    drop(reader);
    say(&mut ada, Channel::Everyone, "two").await;
    let mut reader = open(&server).await;
    ask(&mut reader, json!({"op": "subscribe", "topic": "chat", "from": start + 1})).await;
    let second = next_of(&mut reader, "message").await;
    assert_eq!((&second["number"], &second["data"]["room"]), (&(start + 1).into(), &Value::Null));
    // Private lines are nobody's business; after a while Ada may speak again.
    tokio::time::sleep(Duration::from_millis(3100)).await;
    say(&mut ada, Channel::Private("Ada".into()), "psst").await;
    say(&mut ada, Channel::Room, "three").await;
    assert_eq!(next_of(&mut reader, "message").await["data"]["text"], "three");
    // From before a restart.
    ask(&mut reader, json!({"op": "subscribe", "topic": "chat", "from": start - 1_000_000})).await;
    assert_eq!(next_of(&mut reader, "gap").await["next"], start + 3);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rooms_are_told_as_they_fill_and_boards_when_asked() {
    let server = TestServer::start("").await;
    let mut reader = open(&server).await;
    ask(&mut reader, json!({"op": "subscribe", "topic": "rooms"})).await;
    let state = next_of(&mut reader, "state").await;
    assert_eq!(
        (&state["data"]["rooms"][0]["name"], &state["data"]["rooms"][0]["players"]),
        (&"arena".into(), &0.into())
    );
    let _ada = server.player("Ada").await;
    assert_eq!(next_of(&mut reader, "message").await["data"]["rooms"][0]["players"], 1);
    ask(&mut reader, json!({"op": "subscribe", "topic": "leaderboard"})).await;
    assert_eq!(next_of(&mut reader, "subscribed").await["topic"], "leaderboard");
    ask(&mut reader, json!({"op": "ping", "id": 7})).await;
    assert_eq!(next_of(&mut reader, "pong").await["id"], 7);
    ask(&mut reader, json!({"op": "unsubscribe", "topic": "rooms"})).await;
    assert_eq!(next_of(&mut reader, "unsubscribed").await["topic"], "rooms");
    assert_eq!(server.metric("perigee_feed_readers", "").await, 1.0);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_told_and_whoever_goes_on_is_sent_away() {
    let server = TestServer::start("").await;
    let mut reader = open(&server).await;
    for (text, code) in [
        ("{", "bad_request"),
        (r#"{"op":"subscribe","topic":"secrets"}"#, "no_such_topic"),
        (r#"{"op":"subscribe","topic":"chat","from":"x"}"#, "bad_request"),
        ("\u{0}\u{202e}", "bad_request"),
    ] {
        reader.send(Message::Text(text.into())).await.unwrap();
        let error = next(&mut reader).await;
        assert_eq!((&error["type"], &error["code"]), (&"error".into(), &code.into()), "{text}");
    }
    reader.send(Message::Binary(vec![0; 9].into())).await.unwrap();
    assert_eq!(next(&mut reader).await["code"], "not_text");
    // It still works.
    ask(&mut reader, json!({"op": "subscribe", "topic": "headlines"})).await;
    assert_eq!(next_of(&mut reader, "subscribed").await["topic"], "headlines");

    reader.send(Message::Text("x".repeat(200_000).into())).await.unwrap();
    assert_eq!(end(&mut reader).await, (1009, "too_large".into()));

    let mut reader = open(&server).await;
    for _ in 0..10_000 {
        if reader.feed(Message::Text(r#"{"op":"subscribe","topic":"chat"}"#.into())).await.is_err() {
            break;
        }
    }
    let _ = reader.flush().await;
    assert_eq!(end(&mut reader).await, (1008, "too_many_faults".into()));
    for reason in ["bad_request", "no_such_topic", "not_text", "too_fast"] {
        assert!(server.metric("perigee_services_refused_total", reason).await >= 1.0, "{reason}");
    }
    for reason in ["too_large", "too_many_faults"] {
        assert_eq!(server.metric("perigee_feed_closed_total", reason).await, 1.0, "{reason}");
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn readers_are_bounded_and_the_silent_are_asked() {
    let settings = "[feed]\nmax_subscribers = 2\nidle_timeout_ms = 1000\n";
    let server = TestServer::start(settings).await;
    let (mut one, two) = (open(&server).await, open(&server).await);
    ask(&mut one, json!({"op": "subscribe", "topic": "chat"})).await;
    next_of(&mut one, "subscribed").await;
    let mut three = open(&server).await;
    assert_eq!(end(&mut three).await, (1013, "feed_full".into()));
    drop(two);
    let deadline = tokio::time::Instant::now() + PATIENCE;
    while server.metric("perigee_feed_readers", "").await != 1.0 {
        assert!(tokio::time::Instant::now() < deadline, "who is gone makes place");
        ask(&mut one, json!({"op": "ping"})).await;
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    // This one answers pings, as every library does; a bare socket does not.
    let mut bare = TcpStream::connect(server.address).await.unwrap();
    bare.write_all(handshake("/feed", "Origin: https://elsewhere.example\r\n").as_bytes()).await.unwrap();
    let mut heard = Vec::new();
    let ended = timeout(PATIENCE, bare.read_to_end(&mut heard));
    let listening = async {
        let mut pings = 0;
        while let Ok(Some(Ok(message))) = timeout(Duration::from_millis(2500), one.next()).await {
            pings += u32::from(matches!(message, Message::Ping(_)));
            if pings == 5 {
                break;
            }
        }
        pings
    };
    let (_, pings) = tokio::join!(ended, listening);
    assert!(String::from_utf8_lossy(&heard).starts_with("HTTP/1.1 101"), "pages from anywhere may read");
    assert_eq!(pings, 5, "whoever answers stays");
    assert_eq!(server.metric("perigee_feed_closed_total", "idle").await, 1.0);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_feed_can_be_switched_off_and_kept_to_some_pages() {
    let off = TestServer::start("[feed]\nenabled = false\n").await;
    assert!(connect_async(off.url("/feed")).await.is_err());
    off.stop().await;
    let server = TestServer::start("[feed]\nallowed_origins = [\"https://ours.example\"]\n").await;
    let from = |origin: &str| {
        let mut request = tokio_tungstenite::tungstenite::client::ClientRequestBuilder::new(
            server.url("/feed").parse().unwrap(),
        );
        request = request.with_header("Origin", origin);
        request
    };
    assert!(connect_async(from("https://elsewhere.example")).await.is_err());
    assert!(connect_async(from("https://ours.example")).await.is_ok());
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draining_server_says_so_to_readers() {
    let server = TestServer::start("").await;
    let mut reader = open(&server).await;
    let (farewell, ()) = tokio::join!(end(&mut reader), server.stop());
    assert_eq!(farewell, (1001, "draining".into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_who_takes_nothing_costs_only_itself() {
    let server = TestServer::start("[feed]\nrequests_per_second = 1000\n").await;
    let mut deaf = open(&server).await;
    // All that there is, again and again, and none of it read.
    for n in 0..2000 {
        let request = json!({"op": "subscribe", "topic": "rooms", "from": n});
        if deaf.send(Message::Text(request.to_string().into())).await.is_err() {
            break;
        }
    }
    let stream = TcpStream::connect(server.address).await.unwrap();
    let mut witness = Client::open(stream, peer("Witness")).await;
    assert_eq!(witness.take_snapshots(60).await, Ending::Enough);
    let mut ada = server.player("Ada").await;
    let mut reader = open(&server).await;
    ask(&mut reader, json!({"op": "subscribe", "topic": "chat"})).await;
    next_of(&mut reader, "subscribed").await;
    say(&mut ada, Channel::Room, "still here").await;
    assert_eq!(next_of(&mut reader, "message").await["data"]["text"], "still here");
    server.stop().await;
}

const NO_NODE: &str = "there is no node here that has a WebSocket (20 or newer): the example was not run";

/// The example of `PROTOCOL.md`, as it stands there, run by node.
#[tokio::test(flavor = "multi_thread")]
async fn the_documented_example_works() {
    let server = TestServer::start("").await;
    let document = include_str!("../../../shared/PROTOCOL.md");
    let feed = document.split("\n## Feed").nth(1).expect("the document has a section on the feed");
    let example = feed.split("```js\n").nth(1).and_then(|rest| rest.split("```").next()).expect("an example");
    assert!(example.lines().count() <= 12, "it is about ten lines");
    let script = example.replace("wss://game.example/feed", &server.url("/feed"));
    assert_ne!(script, example);
    let node = |code: &str| {
        let mut command = Command::new("node");
        command.args(["--experimental-websocket", "-e", code]).stdout(Stdio::piped());
        command
    };
    if !node("0").output().is_ok_and(|output| output.status.success()) {
        println!("SKIPPED: {NO_NODE}");
        return server.stop().await;
    }
    let mut running = node(&script).spawn().unwrap();
    let mut ada = server.player("Ada").await;
    let deadline = tokio::time::Instant::now() + PATIENCE;
    while server.metric("perigee_feed_readers", "").await < 1.0 {
        assert!(tokio::time::Instant::now() < deadline, "the example subscribes");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    say(&mut ada, Channel::Room, "hello overlay").await;
    let output = running.stdout.take().unwrap();
    let read_line = tokio::task::spawn_blocking(move || {
        BufReader::new(output).lines().map_while(Result::ok).find(|line| line.contains("hello overlay"))
    });
    let line = timeout(PATIENCE, read_line).await;
    running.kill().unwrap();
    running.wait().unwrap();
    assert!(line.expect("the example prints in time").unwrap().is_some());
    server.stop().await;
}
