//! The admin socket: login, stats, world, commands, and whatever may be wrong with any of them.

use crate::support::{PATIENCE, Socket, TOKEN, TestServer, goodbye};
use crate::support::{hello, hello_bytes, next_control};
use futures_util::{SinkExt, StreamExt};
use perigee_shared::protocol::{DisconnectReason, Hello, ServerMessage};
use serde_json::{Value, json};
use tokio::time::timeout;
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message;

async fn open(server: &TestServer) -> Socket {
    connect_async(server.url("/admin/ws")).await.unwrap().0
}

async fn say(socket: &mut Socket, message: &Value) {
    let _ = socket.send(Message::Text(message.to_string().into())).await;
}

/// The next message of that type.
async fn hear(socket: &mut Socket, kind: &str) -> Value {
    let hearing = async {
        loop {
            match socket.next().await {
                Some(Ok(Message::Text(text))) => {
                    let message: Value = serde_json::from_str(&text).unwrap();
                    if message["type"] == kind {
                        return message;
                    }
                }
                Some(Ok(_)) => {}
                end => panic!("no {kind}: {end:?}"),
            }
        }
    };
    timeout(PATIENCE, hearing).await.unwrap_or_else(|_| panic!("no {kind} in time"))
}

pub(crate) async fn login(server: &TestServer) -> Socket {
    let mut socket = open(server).await;
    say(&mut socket, &json!({"type": "login", "token": TOKEN})).await;
    hear(&mut socket, "welcome").await;
    socket
}

pub(crate) async fn command(socket: &mut Socket, line: &str) -> (bool, String) {
    say(socket, &json!({"type": "command", "id": 1, "line": line})).await;
    let reply = hear(socket, "reply").await;
    (reply["ok"] == true, reply["text"].as_str().unwrap().to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_console_shows_and_kicks() {
    let server = TestServer::start("").await;
    let mut ada = server.player("Ada Lovelace").await;
    let mut console = login(&server).await;
    let stats = loop {
        let stats = hear(&mut console, "stats").await;
        if stats["players"].as_array().is_some_and(|players| !players.is_empty()) {
            break stats;
        }
    };
    assert_eq!(stats["players"][0]["name"], "Ada Lovelace");
    assert_eq!(stats["rooms"][0]["name"], "arena");
    say(&mut console, &json!({"type": "watch", "room": "arena"})).await;
    let world = hear(&mut console, "world").await;
    assert!(world["obstacles"].as_array().is_some_and(|rocks| rocks.len() == 22), "{world}");
    let world = hear(&mut console, "world").await;
    let ships = |row: &&Value| row[1] == 0 && row[5] == 0;
    assert_eq!(world["entities"].as_array().unwrap().iter().filter(ships).count(), 1, "{world}");
    let (ok, text) = command(&mut console, "kick \"Ada Lovelace\" be nice").await;
    assert!(ok, "{text}");
    assert_eq!(goodbye(&mut ada).await, (DisconnectReason::Kicked("be nice".into()), 4008));
    let (ok, _) = command(&mut console, "kick \"Ada Lovelace\"").await;
    assert!(!ok);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_looks_on_is_kicked_as_well() {
    let server = TestServer::start("").await;
    let mut eve = server.socket().await;
    let hello = Hello { room: "duel".into(), spectate: true, ..hello("Eve") };
    eve.send(Message::Binary(hello_bytes(&hello).into())).await.unwrap();
    assert!(matches!(next_control(&mut eve).await, Some(ServerMessage::Welcome(_))));
    let mut console = login(&server).await;
    assert_eq!(command(&mut console, "kick Eve shoo").await, (true, "kicked \"Eve\" from duel".to_owned()));
    assert_eq!(goodbye(&mut eve).await, (DisconnectReason::Kicked("shoo".into()), 4008));
    assert!(!command(&mut console, "kick Eve").await.0);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_room_pauses_steps_and_resumes() {
    let server = TestServer::start("").await;
    let mut console = login(&server).await;
    assert!(command(&mut console, "pause arena").await.0);
    let tick = async |console: &mut Socket| {
        // The report may be half a second old: the third is surely newer.
        hear(console, "stats").await;
        hear(console, "stats").await;
        hear(console, "stats").await["rooms"][0]["tick"].as_u64().unwrap()
    };
    let before = tick(&mut console).await;
    assert_eq!(tick(&mut console).await, before);
    assert!(command(&mut console, "step arena 5").await.0);
    assert_eq!(tick(&mut console).await, before + 5);
    assert!(command(&mut console, "resume arena").await.0);
    assert!(tick(&mut console).await > before + 20);
    for bad in ["step arena", "pause nowhere", "kick", "dance", "step arena -1", "resume arena"] {
        let (ok, text) = command(&mut console, bad).await;
        assert!(!ok && !text.is_empty(), "{bad}: {text}");
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_tokens_and_wrong_messages_are_refused_in_words() {
    let server = TestServer::start("").await;
    let cases = [
        (json!({"type": "login", "token": "guess"}).to_string(), "wrong_token"),
        (json!({"type": "login", "code": "guess"}).to_string(), "expired_code"),
        (json!({"type": "login", "session": "guess"}).to_string(), "expired_session"),
        (json!({"type": "command", "id": 1, "line": "help"}).to_string(), "not_logged_in"),
        ("{".to_owned(), "bad_message"),
        ("[]".to_owned(), "bad_message"),
        ("x".repeat(70_000), "too_large"),
    ];
    for (text, reason) in cases {
        let mut socket = open(&server).await;
        let _ = socket.send(Message::Text(text.into())).await;
        assert_eq!(hear(&mut socket, "refused").await["reason"], reason);
    }
    let mut socket = login(&server).await;
    for _ in 0..500 {
        if socket.feed(Message::Text(r#"{"type":"watch","room":null}"#.into())).await.is_err() {
            break;
        }
    }
    let _ = socket.flush().await;
    assert_eq!(hear(&mut socket, "refused").await["reason"], "too_fast");
    assert!(server.metric("perigee_admin_logins_total", "wrong_token").await >= 1.0);
    server.stop().await;
}
