//! Who is known again, by what, and under which name: over real sockets, and over the death of the server.

use crate::one_seat::{pilot, steer};
use crate::program::Process;
use crate::support::{PATIENCE, Socket, TestServer, goodbye, hello, hello_bytes, next_control, next_service};
use futures_util::SinkExt;
use perigee_shared::protocol::{
    Channel, ClientMessage, DeviceToken, DisconnectReason, Hello, Message as _, Refusal, Resume, ResumeToken,
    ServerMessage, ServiceMessage, ServiceRequest, Welcome,
};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message;

/// Says hello, and gives the granted name.
pub(crate) async fn join(socket: Socket, hello: &Hello) -> (Socket, String) {
    let (socket, welcome) = welcomed(socket, hello).await;
    (socket, welcome.name)
}

async fn welcomed(mut socket: Socket, hello: &Hello) -> (Socket, Welcome) {
    socket.send(Message::Binary(hello_bytes(hello).into())).await.unwrap();
    match next_control(&mut socket).await {
        Some(ServerMessage::Welcome(welcome)) => (socket, welcome),
        other => panic!("no welcome: {other:?}"),
    }
}

/// Says hello and plays, if only for a moment: who does not is not kept.
pub(crate) async fn play(socket: Socket, hello: &Hello) -> (Socket, String) {
    let (mut socket, welcome) = welcomed(socket, hello).await;
    steer(&mut socket, &welcome).await;
    (socket, welcome.name)
}

/// The token that a new player is given.
pub(crate) async fn device(socket: &mut Socket) -> DeviceToken {
    loop {
        match next_service(socket).await {
            Some(ServiceMessage::Device(token)) => return token,
            Some(_) => {}
            None => panic!("no token"),
        }
    }
}

/// Leaves, so that the seat is not kept; when this is over, the room has heard of it.
async fn leave(mut socket: Socket) {
    socket.send(Message::Binary(ClientMessage::Goodbye.encode().into())).await.unwrap();
    socket.close(None).await.unwrap();
    while next_control(&mut socket).await.is_some() {}
}

pub(crate) fn with_device(name: &str, token: DeviceToken) -> Hello {
    Hello { device: Some(token), ..hello(name) }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_is_its_devices_and_nobody_can_look_like_it() {
    let server = TestServer::start("").await;
    let (mut ann, name) = play(server.socket().await, &hello("Ann")).await;
    assert_eq!(name, "Ann");
    let token = device(&mut ann).await;
    leave(ann).await;
    // Cyrillic A.
    let (mut other, name) = join(server.socket().await, &hello("\u{410}nn")).await;
    assert_eq!(name, "\u{410}nn 2", "the name is kept while Ann is away");
    assert_ne!(device(&mut other).await, token);
    let (ann, name) = join(server.socket().await, &with_device("Ann", token)).await;
    assert_eq!(name, "Ann");
    leave(ann).await;
    let (_ann, name) = join(server.socket().await, &with_device("Eve", token)).await;
    assert_eq!(name, "Eve", "a rename");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newcomer_who_showed_their_token_is_kept_though_they_never_played() {
    let elsewhere = "[[rooms]]\nname = \"arena\"\nmax_players = 8\ninterest_radius_units = 900\n\
                     [[rooms]]\nname = \"pond\"\nmax_players = 8\ninterest_radius_units = 900\n";
    for room in ["arena", "pond"] {
        let server = TestServer::start(elsewhere).await;
        let first = Hello { room: "arena".into(), ..hello("Ann") };
        let (mut first, _) = join(server.socket().await, &first).await;
        let token = device(&mut first).await;
        // Back by hand while the first tab still sits there, into the same seat or another room.
        let again = Hello { room: room.into(), ..with_device("Ann", token) };
        let (again, name) = join(server.socket().await, &again).await;
        assert_eq!(name, "Ann");
        leave(again).await;
        drop(first);
        // What is to be forgotten is forgotten within this.
        tokio::time::sleep(Duration::from_millis(600)).await;
        let (mut other, name) = join(server.socket().await, &hello("Ann")).await;
        assert_eq!(name, "Ann 2", "{room}: the name is kept");
        device(&mut other).await;
        let (_ann, name) = join(server.socket().await, &with_device("Ann", token)).await;
        assert_eq!(name, "Ann", "{room}");
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_is_not_kept_and_neither_is_who_found_no_place() {
    let room = "[[rooms]]\nname = \"one\"\nmax_players = 1\ninterest_radius_units = 500\n";
    let server = TestServer::start(room).await;
    let bot = Hello { bot: true, ..hello("Ann") };
    let (bot, _) = join(server.socket().await, &bot).await;
    let mut late = server.socket().await;
    // By name: who does not mind would get another room.
    let named = Hello { room: "one".into(), ..hello("Ann") };
    late.send(Message::Binary(hello_bytes(&named).into())).await.unwrap();
    let (reason, _) = goodbye(&mut late).await;
    assert_eq!(reason, DisconnectReason::Refused(Refusal::RoomFull));
    leave(bot).await;
    let (mut ann, name) = join(server.socket().await, &hello("Ann")).await;
    assert_eq!(name, "Ann", "neither the program nor the first try has the name");
    device(&mut ann).await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_opens_no_seat_opens_no_name() {
    let server = TestServer::start("").await;
    let (ann, _) = play(server.socket().await, &hello("Ann")).await;
    leave(ann).await;
    let resume = Some(Resume { token: ResumeToken([7; 16]), tick: None });
    for (n, wish) in [(2, "Ann"), (3, "\u{410}nn")] {
        let (mut thief, name) = play(server.socket().await, &Hello { resume, ..hello(wish) }).await;
        assert_eq!(name, format!("{wish} {n}"), "a newcomer is named by the store");
        device(&mut thief).await;
        leave(thief).await;
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_has_no_players_name() {
    let server = TestServer::start("").await;
    for name in ["Ann", "Rover 2"] {
        let (mut person, _) = play(server.socket().await, &hello(name)).await;
        device(&mut person).await;
        leave(person).await;
    }
    let program = async |wish: &str| {
        let hello = Hello { bot: true, ..hello(wish) };
        join(server.socket().await, &hello).await
    };
    let (_looks, name) = program("\u{410}NN").await;
    assert_eq!(name, "\u{410}NN 2");
    let (_first, name) = program("Rover").await;
    assert_eq!(name, "Rover", "nobody is called so");
    let (_second, name) = program("Rover").await;
    assert!(name.starts_with("Rover ") && name != "Rover 2", "{name}: the room's number is a player's name");
    let resume = Some(Resume { token: ResumeToken([7; 16]), tick: None });
    let (_third, name) = join(server.socket().await, &Hello { bot: true, resume, ..hello("ann") }).await;
    assert_ne!(name, "ann");
    let (_person, name) = join(server.socket().await, &hello("Rovers")).await;
    assert_eq!(name, "Rovers", "a program's name is not kept");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_player_has_one_seat_and_owns_things_once() {
    let rooms = "[[rooms]]\nname = \"one\"\nmax_players = 4\ninterest_radius_units = 500\n\
                 [[rooms]]\nname = \"two\"\nmax_players = 4\ninterest_radius_units = 500\nmax_spectators = 2\n";
    let server = TestServer::start(rooms).await;
    let wealth = async || {
        let answer = server.get("/api/v1/players/Ann").await;
        let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
        let player: serde_json::Value = serde_json::from_str(body).unwrap_or_default();
        let mut records = player["records"].as_array().into_iter().flatten();
        let found = records.find(|row| row["game"] == "arena" && row["statistic"] == "wealth");
        found.and_then(|row| row["value"].as_i64()).unwrap_or_else(|| panic!("{answer}"))
    };
    // Who does nothing has no record yet.
    let (mut first, _, token) = pilot(&server, "Ann", "one").await;
    tokio::time::sleep(Duration::from_millis(600)).await;
    let before = wealth().await;
    assert!(before > 0);
    // Looking on takes nothing away.
    let in_two = Hello { room: "two".into(), ..with_device("Ann", token) };
    let (mut eyes, _) = join(server.socket().await, &Hello { spectate: true, ..in_two.clone() }).await;
    let (mut second, _) = join(server.socket().await, &in_two).await;
    assert_eq!(goodbye(&mut first).await.0, DisconnectReason::Replaced);
    tokio::time::sleep(Duration::from_millis(600)).await;
    let players = [
        server.metric("perigee_players{", "\"one\"").await,
        server.metric("perigee_players{", "\"two\"").await,
    ];
    assert_eq!(players, [0.0, 1.0], "the older seat is free, and not kept");
    assert_eq!(wealth().await, before);
    // In the same room, twice at the same time.
    let (third, fourth) = tokio::join!(server.socket(), server.socket());
    let say = Message::Binary(hello_bytes(&in_two).into());
    let (mut third, mut fourth) = (third, fourth);
    let (sent, also) = tokio::join!(third.send(say.clone()), fourth.send(say));
    sent.and(also).unwrap();
    assert_eq!(goodbye(&mut second).await.0, DisconnectReason::Replaced);
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(server.metric("perigee_players{", "\"two\"").await, 1.0);
    assert_eq!(server.metric("perigee_disconnects_total", "replaced").await, 3.0);
    assert_eq!(wealth().await, before);
    assert!(next_control(&mut eyes).await.is_some(), "who looks on still does");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_server_knows_its_players_again() {
    let folder = std::env::temp_dir().join(format!("perigee-identity-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let store = folder.join("a.db").display().to_string();
    let start = || {
        let store = store.clone();
        tokio::task::spawn_blocking(move || Process::start(&["--store", &store]))
    };
    let connect = async |process: &Process| {
        let url = format!("ws://{}/play", process.address);
        tokio::time::timeout(PATIENCE, connect_async(url)).await.unwrap().unwrap().0
    };
    let process = start().await.unwrap();
    let (mut ann, _) = join(connect(&process).await, &hello("Ann")).await;
    let token = device(&mut ann).await;
    let text = "still there?".to_owned();
    let say = ServiceRequest::Say { channel: Channel::Everyone, text: text.clone() }.encode();
    ann.send(Message::Binary(say.into())).await.unwrap();
    tokio::time::sleep(Duration::from_millis(1200)).await;
    process.kill();
    let process = start().await.unwrap();
    let (mut again, name) = join(connect(&process).await, &with_device("Ann", token)).await;
    assert_eq!(name, "Ann");
    let line = loop {
        match next_service(&mut again).await {
            Some(ServiceMessage::Chat(line)) => break line,
            Some(_) => {}
            None => panic!("nothing was said"),
        }
    };
    assert_eq!((line.from.as_str(), line.text), ("Ann", text));
    let (_other, name) = join(connect(&process).await, &hello("Ann")).await;
    assert_eq!(name, "Ann 2");
    let mut stream = TcpStream::connect(&process.address).await.unwrap();
    let request = b"GET /api/v1/players/ann HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n";
    stream.write_all(request).await.unwrap();
    let mut answer = String::new();
    tokio::time::timeout(PATIENCE, stream.read_to_string(&mut answer)).await.unwrap().unwrap();
    assert!(answer.contains("\"name\":\"Ann\""), "{answer}");
    process.kill();
    std::fs::remove_dir_all(folder).unwrap();
}
