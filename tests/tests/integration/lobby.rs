//! Rooms that come and go: quick play, another room when all are full, private rooms, parties, bots for empty places, and
//! rooms that end at the worst moment.

use crate::overload::{FAILURES, FRAGILE_SEED, SLOW};
use crate::support::{PATIENCE, Socket, TestServer, hello, hello_bytes, next_control};
use futures_util::SinkExt;
use futures_util::future::join_all;
use perigee_server::Config;
use perigee_server::parts::lobby::{Lobby, LobbyError, PrivateRoomRequest};
use perigee_server::parts::metrics::Metrics;
use perigee_server::parts::room::{
    ConnectionId, Declined, Link, Mail, PersistedStates, RoomContext, RoomHandle, SeatReply, SeatRequest,
};
use perigee_shared::protocol::{DisconnectReason, Hello, Refusal, RosterEntry, ServerMessage, Welcome};
use perigee_shared::rng::Rng;
use serde_json::Value;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::time::{sleep, timeout};
use tokio_tungstenite::tungstenite::Message;

/// A room in TOML; seats are given up with the connection.
fn room(name: &str, max_players: usize, more: &str) -> String {
    format!(
        "[[rooms]]\nname = \"{name}\"\nmax_players = {max_players}\ninterest_radius_units = 500\nresume_window_ms = 0\n{more}\n"
    )
}

fn wanting(name: &str, room: &str) -> Hello {
    Hello { room: room.into(), ..hello(name) }
}

/// Says hello on a socket of its own.
async fn enter(server: &TestServer, hello: Hello) -> Result<(Socket, Welcome), DisconnectReason> {
    let mut socket = server.socket().await;
    socket.send(Message::Binary(hello_bytes(&hello).into())).await.unwrap();
    match next_control(&mut socket).await {
        Some(ServerMessage::Welcome(welcome)) => Ok((socket, welcome)),
        Some(ServerMessage::Goodbye(reason)) => Err(reason),
        other => panic!("{other:?}"),
    }
}

fn refused(refusal: Refusal) -> DisconnectReason {
    DisconnectReason::Refused(refusal)
}

/// The rooms that the status lists, by name.
async fn listed(server: &TestServer) -> BTreeMap<String, Value> {
    let answer = server.get("/api/v1/status").await;
    let body = answer.split_once("\r\n\r\n").unwrap().1;
    let json: Value =
        serde_json::from_str(&body[body.find('{').unwrap()..=body.rfind('}').unwrap()]).unwrap();
    let rooms = json["rooms"].as_array().unwrap().iter();
    rooms.map(|room| (room["name"].as_str().unwrap().to_owned(), room.clone())).collect()
}

/// Asks again and again until it is so.
async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let waiting = async {
        while !is_so().await {
            sleep(Duration::from_millis(100)).await;
        }
    };
    timeout(PATIENCE, waiting).await.unwrap_or_else(|_| panic!("{what} does not come"));
}

#[tokio::test(flavor = "multi_thread")]
async fn when_rooms_are_full_others_open_and_close_when_nobody_uses_them() {
    let lobby = "[lobby]\nmax_rooms = 3\nidle_close_ms = 1000\n";
    let server = TestServer::start(&(lobby.to_owned() + &room("pond", 4, ""))).await;
    let (mut sockets, mut rooms) = (Vec::new(), BTreeMap::<String, usize>::new());
    for n in 0..12 {
        let (socket, welcome) = enter(&server, wanting(&format!("P{n}"), "any")).await.unwrap();
        sockets.push(socket);
        *rooms.entry(welcome.room).or_default() += 1;
    }
    let all = [("pond", 4), ("pond-amber", 4), ("pond-basalt", 4)];
    assert_eq!(rooms, all.map(|(name, count)| (name.to_owned(), count)).into());
    assert_eq!(enter(&server, wanting("Late", "any")).await.err(), Some(refused(Refusal::RoomFull)));
    let status = listed(&server).await;
    assert_eq!(status.len(), 3);
    assert_eq!(
        (&status["pond-amber"]["players"], &status["pond-amber"]["max_players"]),
        (&4.into(), &4.into())
    );
    assert_eq!(server.metric("perigee_rooms_open", "(opened)").await, 2.0);
    assert_eq!(server.metric("perigee_players", "(opened)").await, 8.0);
    assert!(!server.get("/metrics").await.contains("pond-amber"), "labels are bounded");

    drop(sockets);
    until("the end of the idle rooms", async || listed(&server).await.len() == 1).await;
    assert_eq!(server.metric("perigee_rooms_ended_total", "closed").await, 2.0);
    assert_eq!(server.metric("perigee_rooms_open", "(opened)").await, 0.0);
    let gone = enter(&server, wanting("Late", "pond-amber")).await.err();
    assert_eq!(gone, Some(refused(Refusal::NoSuchRoom)));
    assert_eq!(enter(&server, wanting("Again", "any")).await.unwrap().1.room, "pond");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_herd_opens_no_more_rooms_than_it_needs() {
    let server = TestServer::start(&("[lobby]\nmax_rooms = 20\n".to_owned() + &room("pond", 10, ""))).await;
    let names: Vec<String> = (0..40).map(|n| format!("P{n}")).collect();
    let seated = join_all(names.iter().map(|name| enter(&server, wanting(name, "any")))).await;
    let refusals: Vec<_> = seated.iter().filter_map(|seated| seated.as_ref().err()).collect();
    assert!(refusals.is_empty(), "{refusals:?}");
    let rooms = listed(&server).await;
    // Nine each before another is opened; a few may have passed each other on the way.
    assert!((4..=6).contains(&rooms.len()), "{rooms:?}");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wish_for_a_mode_is_heard_and_odd_names_are_refused() {
    let rooms = room("duel", 4, "") + &room("field", 4, "[rooms.scenario]\nmode = \"teams\"\n");
    let server = TestServer::start(&rooms).await;
    let ended = async |wish: &str| {
        enter(&server, wanting("Ada", wish)).await.map(|(_, welcome)| welcome.room).map_err(|reason| {
            match reason {
                DisconnectReason::Refused(refusal) => refusal,
                other => panic!("{other:?}"),
            }
        })
    };
    assert_eq!(ended("any").await, Ok("duel".to_owned()));
    assert_eq!(ended("any-teams").await, Ok("field".to_owned()));
    assert_eq!(ended("any-free_for_all").await, Ok("duel".to_owned()));
    for wish in ["any-", "any-chess", "Any", "anyone", "duel-amber"] {
        assert_eq!(ended(wish).await, Err(Refusal::NoSuchRoom), "{wish}");
    }
    for wish in ["", "any\0", "any-te\u{e4}ms", "../duel", "duel ", "(private)", "d\u{202e}uel"] {
        assert_eq!(ended(wish).await, Err(Refusal::BadRoom), "{wish:?}");
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_party_stays_together_while_there_are_places() {
    let server = TestServer::start(
        &("[lobby]\nmax_rooms = 2\n".to_owned() + &room("near", 20, "") + &room("far", 4, "")),
    )
    .await;
    let mut sockets = Vec::new();
    let mut seat = async |name: &str, wish: &str, party: &str| {
        let hello = Hello { party: party.into(), ..wanting(name, wish) };
        let (socket, welcome) = enter(&server, hello).await.unwrap();
        sockets.push(socket);
        welcome.room
    };
    for n in 0..3 {
        assert_eq!(seat(&format!("P{n}"), "near", "").await, "near");
    }
    assert_eq!(seat("Ada", "far", "crew").await, "far");
    assert_eq!(seat("Stranger", "any", "").await, "near");
    assert_eq!(seat("Other", "any", "others").await, "near");
    for name in ["Bob", "Cy", "Dot"] {
        assert_eq!(seat(name, "any", "crew").await, "far");
    }
    assert_eq!(seat("Eve", "any", "crew").await, "near", "far is full");
    assert_eq!(seat("Fay", "any", "crew").await, "near", "and the party goes on where the last one went");
    server.stop().await;
}

/// Asks for a private room; the status and the answer.
pub(crate) async fn post_room(server: &TestServer, wish: &str) -> (String, Value) {
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let request = format!(
        "POST /api/v1/rooms HTTP/1.1\r\nHost: test\r\nConnection: close\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{wish}",
        wish.len()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    timeout(PATIENCE, stream.read_to_string(&mut answer)).await.unwrap().unwrap();
    let status = answer.split(' ').nth(1).unwrap().to_owned();
    (status, serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_private_room_made_over_http_is_entered_by_its_name_and_seen_by_nobody_else() {
    let rooms = room("pond", 8, "") + &room("field", 8, "[rooms.scenario]\nmode = \"teams\"\n");
    let server = TestServer::start(&rooms).await;
    let (status, made) = post_room(&server, "{\"mode\":\"teams\",\"max_players\":3}").await;
    assert_eq!((status.as_str(), &made["room"]["mode"]), ("201", &"teams".into()), "{made}");
    let name = made["room"]["name"].as_str().unwrap();
    assert_eq!(made["room"]["join_url"], format!("/?room={name}"));
    let (_socket, welcome) = enter(&server, wanting("Ada", name)).await.unwrap();
    assert_eq!(welcome.room, name);
    for path in ["/api/v1/rooms", "/api/v1/status", "/metrics"] {
        let told = server.get(path).await;
        assert!(told.contains("pond") && !told.contains(name), "{path}: {told}");
    }
    let statuses: Vec<String> = {
        let mut statuses = Vec::new();
        for _ in 0..5 {
            statuses.push(post_room(&server, "{}").await.0);
        }
        statuses
    };
    assert_eq!(statuses, ["201", "201", "201", "429", "429"], "four from one address");
    server.stop().await;
}

/// A roster as a client keeps it.
async fn roster_after(socket: &mut Socket, time: Duration) -> Vec<RosterEntry> {
    let mut roster: Vec<RosterEntry> = Vec::new();
    let reading = async {
        loop {
            if let Some(ServerMessage::Roster(change)) = next_control(socket).await {
                roster.retain(|entry| !change.left.contains(&entry.player));
                for entry in change.changed {
                    roster.retain(|old| old.player != entry.player);
                    roster.push(entry);
                }
            }
        }
    };
    assert!(timeout(time, reading).await.is_err());
    roster
}

#[tokio::test(flavor = "multi_thread")]
async fn bots_fill_empty_places_and_leave_when_people_come() {
    let server = TestServer::start(&room("pond", 4, "fill_to = 3")).await;
    let counts = async || {
        let room = &listed(&server).await["pond"];
        (room["players"].as_u64().unwrap(), room["bots"].as_u64().unwrap())
    };
    assert_eq!(counts().await, (0, 0));
    let (mut ada, _) = enter(&server, wanting("Ada", "any")).await.unwrap();
    let roster = roster_after(&mut ada, Duration::from_secs(4)).await;
    let bots: Vec<&RosterEntry> = roster.iter().filter(|entry| entry.bot).collect();
    assert_eq!((roster.len(), bots.len()), (3, 2), "{roster:?}");
    assert_eq!(counts().await, (1, 2));
    assert_eq!(server.metric("perigee_filler_bots", "pond").await, 2.0);
    let mut others = Vec::new();
    for n in 0..3 {
        // Four people have four places, whoever keeps them warm.
        others.push(enter(&server, wanting(&format!("P{n}"), "pond")).await.unwrap());
    }
    until("the bots' leave", async || counts().await == (4, 0)).await;
    others.truncate(1);
    until("a bot's return", async || counts().await == (2, 1)).await;
    drop((others, ada));
    until("an empty room", async || counts().await == (0, 0)).await;
    server.stop().await;
}

fn address(number: u32) -> IpAddr {
    IpAddr::from(number.to_be_bytes())
}

/// A lobby without sockets.
fn lobby(settings: &str, metrics: &Arc<Metrics>) -> Arc<Lobby> {
    let config = Config::from_text(perigee_tests::GAMES, Some(("test", settings))).unwrap();
    let lobby = Arc::new(
        Lobby::start(
            SLOW,
            &config,
            RoomContext::new(config.limits.clone(), Arc::clone(metrics)),
            PersistedStates::default(),
        )
        .unwrap(),
    );
    lobby.supervise().unwrap();
    lobby
}

fn end(lobby: &Lobby) {
    lobby.close_all(&DisconnectReason::Draining { retry_within_ms: 1000 });
    assert!(lobby.wait_for_end(PATIENCE));
    assert_eq!(lobby.rooms().len(), 0);
}

/// Takes a seat as a connection does, and holds the link.
async fn sit(lobby: &Arc<Lobby>, hello: &Hello) -> Result<(Arc<RoomHandle>, Arc<Link>), Refusal> {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let room = lobby.place(hello, None, None).await?.remove(0);
    let connection = ConnectionId(NEXT.fetch_add(1, Ordering::Relaxed));
    let request = SeatRequest::new(connection, hello.clone());
    let link = Arc::clone(&request.link);
    let (reply, answer) = oneshot::channel::<SeatReply>();
    room.put(Mail::Join { request: Box::new(request), reply });
    let answer = timeout(Duration::from_secs(2), answer).await.expect("an answer, or none for good");
    match answer.map_err(|_| lobby.absence(room.name()))? {
        Ok(_) => Ok((room, link)),
        Err(Declined::Refused(refusal)) => Err(refusal),
        Err(other) => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_private_room_is_found_by_its_name_alone_and_closes_when_idle() {
    let metrics = Arc::new(Metrics::new());
    let settings = "[lobby]\nmax_private_rooms = 3\nprivate_rooms_per_address = 2\nidle_close_ms = 1000\n";
    let lobby = lobby(&(settings.to_owned() + &room("pond", 8, "fill_to = 4")), &metrics);
    let made = lobby
        .create_private(
            &PrivateRoomRequest { max_players: Some(2), ..PrivateRoomRequest::default() },
            address(1),
        )
        .unwrap();
    assert!(made.name.len() >= 16 && !made.public && made.max_players == 2);
    assert_eq!((made.mode, made.people), ("free_for_all", 0));
    assert_eq!(lobby.public_rooms().len(), 1);
    assert!(metrics.encode(&lobby).contains("perigee_rooms_open{room=\"(private)\"} 1"));
    assert!(!metrics.encode(&lobby).contains(&made.name), "its name is the way in");
    let party = Hello { party: "crew".into(), ..wanting("Ada", &made.name) };
    let (private, link) = sit(&lobby, &party).await.unwrap();
    assert_eq!(private.name(), made.name);
    for name in ["Bob", "Cy", "Dot"] {
        let hello = Hello { party: "crew".into(), ..wanting(name, "any") };
        assert_eq!(sit(&lobby, &hello).await.unwrap().0.name(), "pond", "a party's name is no way in");
    }

    assert!(lobby.create_private(&PrivateRoomRequest::default(), address(1)).is_ok());
    assert_eq!(
        lobby.create_private(&PrivateRoomRequest::default(), address(1)),
        Err(LobbyError::TooMany { most: 2 })
    );
    assert!(lobby.create_private(&PrivateRoomRequest::default(), address(2)).is_ok());
    assert_eq!(lobby.create_private(&PrivateRoomRequest::default(), address(3)), Err(LobbyError::Full));
    until("the end of the two that nobody is in", async || lobby.rooms().len() == 2).await;
    assert!(private.is_open() && link.goodbye().is_none(), "somebody is in this one");
    assert!(lobby.create_private(&PrivateRoomRequest::default(), address(1)).is_ok(), "there is room again");
    end(&lobby);
    assert_eq!(link.goodbye(), Some(DisconnectReason::Draining { retry_within_ms: 1000 }));
    assert_eq!(lobby.create_private(&PrivateRoomRequest::default(), address(4)), Err(LobbyError::Draining));
}

#[tokio::test(flavor = "multi_thread")]
async fn rooms_made_in_a_loop_stay_within_their_bounds() {
    let metrics = Arc::new(Metrics::new());
    let lobby = lobby(&room("pond", 8, ""), &metrics);
    let of = |like: &str, mode: &str, max_players| PrivateRoomRequest {
        like: Some(like.to_owned()).filter(|like| !like.is_empty()),
        mode: Some(mode.to_owned()).filter(|mode| !mode.is_empty()),
        max_players,
        ..PrivateRoomRequest::default()
    };
    let of_game =
        |game: &str| PrivateRoomRequest { game: Some(game.to_owned()), ..PrivateRoomRequest::default() };
    for (wish, expected) in [
        (of("nowhere", "", None), LobbyError::NoTemplate),
        (of("", "chess", None), LobbyError::NoTemplate),
        (of_game("chess"), LobbyError::NoTemplate),
        (of("pond", "teams", None), LobbyError::NoTemplate),
        (of("pond", "", Some(0)), LobbyError::Size { most: 8 }),
        (of("", "free_for_all", Some(9)), LobbyError::Size { most: 8 }),
    ] {
        assert_eq!(lobby.create_private(&wish, address(1)), Err(expected));
    }
    let made = (0..2000)
        .filter(|_| lobby.create_private(&PrivateRoomRequest::default(), address(1)).is_ok())
        .count();
    assert_eq!(made, 4);
    // A whole network is one address.
    let v6 = |n: u128| IpAddr::from((0x2001_0db8_u128 << 96 | n).to_be_bytes());
    let made =
        (0..2000).filter(|&n| lobby.create_private(&PrivateRoomRequest::default(), v6(n)).is_ok()).count();
    assert_eq!(made, 4);
    let made = (0..2000)
        .filter(|&n| lobby.create_private(&PrivateRoomRequest::default(), address(10 + n)).is_ok())
        .count();
    assert_eq!(made + 8, 32);
    assert_eq!(lobby.rooms().len(), 33);
    let told = metrics.encode(&lobby);
    assert!(told.contains("perigee_rooms_refused_total{reason=\"too_many_private\"} 3992"), "{told}");
    end(&lobby);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_joins_a_room_that_closes_at_that_moment_is_answered_either_way() {
    let metrics = Arc::new(Metrics::new());
    let settings = "[lobby]\nmax_private_rooms = 64\nprivate_rooms_per_address = 64\nidle_close_ms = 1000\n";
    let lobby = lobby(&(settings.to_owned() + &room("pond", 8, "")), &metrics);
    let mut rng = Rng::new(5);
    let tries = (0..60).map(|_| {
        let name = lobby.create_private(&PrivateRoomRequest::default(), address(1)).unwrap().name;
        let wait = Duration::from_millis(960 + u64::from(rng.below(120)));
        let lobby = Arc::clone(&lobby);
        tokio::spawn(async move {
            sleep(wait).await;
            let begun = Instant::now();
            let seated = sit(&lobby, &wanting("Ada", &name)).await;
            assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
            match seated {
                Ok((room, link)) => {
                    sleep(Duration::from_millis(200)).await;
                    assert!(
                        room.is_open() && link.goodbye().is_none(),
                        "a seat in a room that closes is none"
                    );
                    true
                }
                Err(refusal) => {
                    assert_eq!(refusal, Refusal::NoSuchRoom);
                    false
                }
            }
        })
    });
    let tries: Vec<_> = tries.collect();
    let mut seated = 0;
    for one in tries {
        seated += u32::from(one.await.unwrap());
    }
    println!("{seated} of 60 were in time");
    end(&lobby);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_room_that_fails_sends_its_players_away_and_comes_back() {
    let metrics = Arc::new(Metrics::new());
    let fragile = format!("[rooms.scenario]\nmap_seed = {FRAGILE_SEED}\n");
    let lobby = lobby(&(room("glass", 8, &fragile) + &room("stone", 8, "")), &metrics);
    let (glass, ada) = sit(&lobby, &wanting("Ada", "glass")).await.unwrap();
    let (_, bob) = sit(&lobby, &wanting("Bob", "stone")).await.unwrap();
    let wish = PrivateRoomRequest { like: Some("glass".into()), ..PrivateRoomRequest::default() };

    FAILURES.store(1, Ordering::Relaxed);
    until("the goodbye", async || ada.goodbye().is_some()).await;
    assert_eq!(ada.goodbye(), Some(DisconnectReason::RoomClosed));
    assert!(ada.goodbye().unwrap().worth_retrying(), "the client comes back by itself");
    assert!(!glass.is_open());
    until("another room of that name", async || lobby.room("glass").is_some_and(|room| room.is_open())).await;
    let (again, ada) = sit(&lobby, &wanting("Ada", "glass")).await.unwrap();
    assert!(!Arc::ptr_eq(&again, &glass));
    assert_eq!(lobby.rooms()[0].name(), "glass", "it keeps its place in the list");

    // Again and again: it may not keep a core busy, and who asks meanwhile is told to come back.
    FAILURES.store(1000, Ordering::Relaxed);
    sleep(Duration::from_secs(3)).await;
    let failed = 1000 - FAILURES.load(Ordering::Relaxed);
    assert!((3..=7).contains(&failed), "{failed} times in 3 s");
    assert_eq!(ada.goodbye(), Some(DisconnectReason::RoomClosed));
    let refusal = sit(&lobby, &wanting("Ada", "glass")).await.err();
    assert!(refusal.is_none_or(|refusal| refusal == Refusal::Draining));
    assert_eq!(bob.goodbye(), None, "nobody else notices");

    FAILURES.store(0, Ordering::Relaxed);
    until("the room", async || sit(&lobby, &wanting("Ada", "glass")).await.is_ok()).await;
    // One that somebody made does not come back.
    let made = lobby.create_private(&wish, address(1)).unwrap();
    let (_, link) = sit(&lobby, &wanting("Eve", &made.name)).await.unwrap();
    FAILURES.store(2, Ordering::Relaxed);
    until("the goodbye", async || link.goodbye().is_some()).await;
    until("the end of it", async || lobby.room(&made.name).is_none()).await;
    FAILURES.store(0, Ordering::Relaxed);
    assert_eq!(lobby.absence(&made.name), Refusal::NoSuchRoom);
    let told = metrics.encode(&lobby);
    assert!(told.contains("perigee_rooms_ended_total{reason=\"panicked\"}"), "{told}");
    assert!(told.contains("perigee_rooms_started_total{reason=\"restarted\"}"), "{told}");
    end(&lobby);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_room_that_nobody_uses_stands_still_until_somebody_comes() {
    let metrics = Arc::new(Metrics::new());
    let lobby = lobby(&room("pond", 8, ""), &metrics);
    let made = lobby.create_private(&PrivateRoomRequest::default(), address(1)).unwrap();
    let (made, pond) = (lobby.room(&made.name).unwrap(), lobby.room("pond").unwrap());
    sleep(Duration::from_millis(6500)).await;
    let (before, pond_before) = (made.report().tick, pond.report().tick);
    sleep(Duration::from_secs(1)).await;
    assert_eq!(made.report().tick, before);
    assert!(pond.report().tick > pond_before, "a configured room goes on");
    let _seat = sit(&lobby, &wanting("Ada", made.name())).await.unwrap();
    until("the next tick", async || made.report().tick > before).await;
    end(&lobby);
}
