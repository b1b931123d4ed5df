//! The admin socket: login, stats, world, commands, and whatever may be wrong with any of them.

use crate::support::{PATIENCE, Socket, TOKEN, TestServer, goodbye, next_service};
use crate::support::{hello, hello_bytes, next_control};
use futures_util::{SinkExt, StreamExt};
use perigee_shared::protocol::{
    DeviceToken, DisconnectReason, Hello, Refusal, Resume, ResumeToken, ServerMessage, ServiceMessage,
};
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

/// Whoever has no seat is named, and what is nowhere is not told.
fn assert_every_pilot_has_a_name_and_a_place(world: &Value) {
    let rows = world["entities"].as_array().unwrap();
    assert!(rows.iter().all(|row| row[2] != 0.0 || row[3] != 0.0), "something at the corner: {world}");
    let npcs = world["npcs"].as_array().expect("pirates");
    let is_named = |owner: &Value| npcs.iter().any(|npc| npc[0] == *owner && npc[1].as_str() > Some(""));
    for row in rows.iter().filter(|row| row[5].as_i64() > Some(0)) {
        assert!(is_named(&row[5]), "{row} of {world}");
    }
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
    let named = |place: &Value| place[0] == "Aphelion" && place[3].as_f64() > Some(1.0);
    assert!(world["landmarks"].as_array().is_some_and(|places| places.iter().any(named)), "{world}");
    let world = hear(&mut console, "world").await;
    assert_every_pilot_has_a_name_and_a_place(&world);
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
async fn the_map_calls_what_is_there_by_the_words_of_the_game_that_a_room_plays() {
    let bounds = "max_players = 8\ninterest_radius_units = 900\n";
    let rooms = format!(
        "[[rooms]]\nname = \"arena\"\n{bounds}[[rooms]]\nname = \"rink\"\ngame = \"hockey\"\n{bounds}"
    );
    let server = TestServer::start(&rooms).await;
    let mut console = login(&server).await;
    for (room, first) in [("arena", json!(["Ship", "arrow"])), ("rink", json!(["Mallet", "disc"]))] {
        say(&mut console, &json!({"type": "watch", "room": room})).await;
        let world = loop {
            let world = hear(&mut console, "world").await;
            if world["room"] == room {
                break world;
            }
        };
        let kinds = world["kinds"].as_array().unwrap_or_else(|| panic!("{room} names no kinds: {world}"));
        assert_eq!(kinds[0], first, "{room}");
        let is_named = |row: &Value| row[1].as_u64().is_some_and(|kind| kind < kinds.len() as u64);
        assert!(world["entities"].as_array().unwrap().iter().all(is_named), "{world}");
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_row_of_players_can_be_pasted_into_kick() {
    let server = TestServer::start("").await;
    let names = [
        "Ada Lovelace",
        "a \"b\" c",
        "\"",
        "\\",
        "back\\slash \\\" x",
        "שָׁלוֹם עולם",
        "👩\u{200d}🚀 Eve",
        "e\u{301}\u{327}",
        "in arena: score 0",
        "5",
        "x 30m",
    ];
    let mut players = Vec::new();
    for name in names {
        players.push(server.player(name).await);
    }
    let mut console = login(&server).await;
    let rows = loop {
        let (ok, text) = command(&mut console, "players").await;
        assert!(ok, "{text}");
        if text.lines().count() == names.len() {
            break text;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    };
    for row in rows.lines() {
        let (ok, text) = command(&mut console, &format!("kick {row}")).await;
        assert!(ok, "{row}: {text}");
    }
    for player in &mut players {
        assert!(matches!(goodbye(player).await.0, DisconnectReason::Kicked(_)));
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_has_spaces_and_nobody_is_an_error() {
    let server = TestServer::start("").await;
    let _rover = server.player("Rover").await;
    let mut console = login(&server).await;
    let (ok, text) = command(&mut console, "mute Nobody 1").await;
    assert_eq!((ok, text.as_str()), (false, "there is no player \"Nobody 1\", nor \"Nobody\""));
    let (ok, text) = command(&mut console, "mute Rover 1").await;
    assert_eq!((ok, text.as_str()), (true, "\"Rover\" cannot chat for 1 minute; 1 player of that name here"));
    let _second = server.player("Rover 1").await;
    let (ok, text) = command(&mut console, "mute Rover 1").await;
    assert_eq!(
        (ok, text.as_str()),
        (false, "which of them? put the name in double quotes: \"Rover 1\" or \"Rover\"")
    );
    assert!(command(&mut console, "mute \"Rover 1\"").await.0);
    assert!(command(&mut console, "unmute Rover 1").await.0);
    assert!(command(&mut console, "mute rover 1 2h").await.0, "in any spelling");
    for line in ["kick Nobody Here", "revoke No Body", "unmute No Body", "ban No Body", "unban No Body"] {
        assert!(!command(&mut console, line).await.0, "{line}");
    }
    let (ok, text) = command(&mut console, "kick Rover 1").await;
    assert!(!ok && text.starts_with("which of them?"), "{text}");
    server.stop().await;
}

/// The device token that a newcomer is told.
async fn device(socket: &mut Socket) -> DeviceToken {
    loop {
        if let ServiceMessage::Device(token) = next_service(socket).await.expect("a token comes") {
            return token;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_banned_stays_out_with_their_device_until_they_are_let_in_again() {
    let server = TestServer::start("").await;
    let mut eve = server.player("Eve Black").await;
    let token = device(&mut eve).await;
    let mut console = login(&server).await;
    assert_eq!(command(&mut console, "bans").await, (true, "nobody is banned".to_owned()));
    let (ok, text) = command(&mut console, "ban Eve Black 2h no \u{202e}cheating").await;
    assert!(ok && text.contains("sent away from arena") && text.contains("somebody new"), "{text}");
    let (reason, code) = goodbye(&mut eve).await;
    let DisconnectReason::Refused(Refusal::Banned { reason, until_s: Some(until_s) }) = reason else {
        panic!("{reason:?}")
    };
    let now_s = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    assert_eq!((reason.as_str(), code), ("no cheating", 4000));
    assert!((now_s + 7100..=now_s + 7200).contains(&until_s), "{until_s}");
    // Neither under another name, nor to look on, nor with a token of the seat.
    for spectate in [false, true] {
        let mut again = server.socket().await;
        let resume = Some(Resume { token: ResumeToken([7; 16]), tick: None });
        let hello = Hello { device: Some(token), spectate, resume, room: "duel".into(), ..hello("Mallory") };
        again.send(Message::Binary(hello_bytes(&hello).into())).await.unwrap();
        assert!(matches!(goodbye(&mut again).await.0, DisconnectReason::Refused(Refusal::Banned { .. })));
    }
    let (_, list) = command(&mut console, "bans").await;
    assert!(list.starts_with("\"Eve Black\" banned until 20") && list.ends_with(": no cheating"), "{list}");
    // Without a device it is somebody new, under another name.
    let mut other = server.player("Eve Black").await;
    device(&mut other).await;
    assert!(command(&mut console, "unban Eve Black").await.0);
    assert!(!command(&mut console, "unban Eve Black").await.0);
    let mut back = server.socket().await;
    let hello = Hello { device: Some(token), ..hello("Eve Black") };
    back.send(Message::Binary(hello_bytes(&hello).into())).await.unwrap();
    assert!(matches!(next_control(&mut back).await, Some(ServerMessage::Welcome(_))));
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
