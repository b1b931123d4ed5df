//! A person has one seat, whichever way they come: a tab that was closed, one that was duplicated, several at once, a
//! program that tries again by itself. Over real sockets.

use crate::identity::{device, with_device};
use crate::support::{Socket, TestServer, goodbye, hello, hello_bytes, next_control};
use futures_util::SinkExt;
use futures_util::future::join_all;
use perigee_arena::ArenaCommand;
use perigee_shared::bits::BitWriter;
use perigee_shared::netcode::Command;
use perigee_shared::netcode::codec::packet::InputPacket;
use perigee_shared::protocol::{
    ClientMessage, DeviceToken, DisconnectReason, Hello, Message as _, Refusal, Resume, ServerMessage,
    Welcome,
};
use std::time::Duration;
use tokio::time::{Instant, sleep};
use tokio_tungstenite::tungstenite::Message;

const TWO_ROOMS: &str = "[[rooms]]\nname = \"one\"\nmax_players = 8\ninterest_radius_units = 500\n\
                         [[rooms]]\nname = \"two\"\nmax_players = 8\ninterest_radius_units = 500\n";

/// What a hello is answered with first.
async fn answer(mut socket: Socket, hello: &Hello) -> (Socket, Option<ServerMessage>) {
    socket.send(Message::Binary(hello_bytes(hello).into())).await.unwrap();
    let first = next_control(&mut socket).await;
    (socket, first)
}

async fn seated(server: &TestServer, hello: &Hello) -> (Socket, Welcome) {
    match answer(server.socket().await, hello).await {
        (socket, Some(ServerMessage::Welcome(welcome))) => (socket, welcome),
        (_, other) => panic!("{other:?}"),
    }
}

/// A client that is heard of, and steers.
pub(crate) async fn steer(socket: &mut Socket, welcome: &Welcome) {
    let thrust = ArenaCommand::unpack(4).unwrap();
    assert_ne!(thrust, ArenaCommand::default());
    let mut writer = BitWriter::new();
    let newest = welcome.tick.plus(8).0 as u16;
    InputPacket { newest, ack: welcome.tick.0 as u16, commands: vec![thrust], ..InputPacket::default() }
        .write(&mut writer);
    socket.send(Message::Binary(writer.finish().to_vec().into())).await.unwrap();
}

/// A newcomer who has played a little: the token of their device, too.
pub(crate) async fn pilot(server: &TestServer, name: &str, room: &str) -> (Socket, Welcome, DeviceToken) {
    let (mut socket, welcome) = seated(server, &Hello { room: room.into(), ..hello(name) }).await;
    let token = device(&mut socket).await;
    steer(&mut socket, &welcome).await;
    sleep(Duration::from_millis(100)).await;
    (socket, welcome, token)
}

async fn players(server: &TestServer) -> f64 {
    server.metric("perigee_players{", "").await
}

async fn until_gone(server: &TestServer, count: f64) {
    let begun = Instant::now();
    while server.metric("perigee_disconnects_total", "\"gone\"").await < count {
        assert!(
            begun.elapsed() < Duration::from_secs(10),
            "the server does not notice that a connection broke"
        );
        sleep(Duration::from_millis(20)).await;
    }
}

fn by_proof(welcome: &Welcome, token: DeviceToken, name: &str) -> Hello {
    let resume = Some(Resume { token: welcome.token, tick: None });
    Hello { resume, room: welcome.room.clone(), ..with_device(name, token) }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tab_that_is_closed_and_opened_again_goes_on_in_the_same_ship() {
    let server = TestServer::start(TWO_ROOMS).await;
    let (socket, before, token) = pilot(&server, "Ann", "two").await;
    drop(socket);
    until_gone(&server, 1.0).await;
    // Anywhere is where they are.
    let (socket, after) = seated(&server, &with_device("Ann", token)).await;
    assert_eq!((&after.room, after.player, &after.name), (&before.room, before.player, &before.name));
    assert!(after.resumed && after.token != before.token);
    assert_eq!(players(&server).await, 1.0);
    // Also if the other tab is still there.
    let (_second, again) = seated(&server, &Hello { room: "two".into(), ..with_device("Ann", token) }).await;
    assert_eq!((again.player, &*again.name, again.resumed), (before.player, "Ann", true));
    let mut socket = socket;
    assert_eq!(goodbye(&mut socket).await.0, DisconnectReason::Replaced);
    assert_eq!(players(&server).await, 1.0);
    // In another room there is another ship, and none here.
    let (_third, other) = seated(&server, &Hello { room: "one".into(), ..with_device("Ann", token) }).await;
    assert_eq!((&*other.room, &*other.name, other.resumed), ("one", "Ann", false));
    assert_eq!(players(&server).await, 1.0);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_tabs_with_one_proof_the_one_that_came_last_by_hand_keeps_the_seat() {
    let server = TestServer::start(TWO_ROOMS).await;
    let (first, welcome, token) = pilot(&server, "Ann", "one").await;
    drop(first);
    until_gone(&server, 1.0).await;
    // The duplicated tab has a copy of the proof, and plays.
    let (mut second, taken) = seated(&server, &by_proof(&welcome, token, "Ann")).await;
    assert!(taken.resumed && taken.player == welcome.player);
    steer(&mut second, &taken).await;
    sleep(Duration::from_millis(100)).await;
    // The first tries again by itself, with and without its device.
    for hello in
        [by_proof(&welcome, token, "Ann"), Hello { device: None, ..by_proof(&welcome, token, "Ann") }]
    {
        let (_, told) = answer(server.socket().await, &hello).await;
        assert_eq!(told, Some(ServerMessage::Goodbye(DisconnectReason::Replaced)));
    }
    // Also when the other went on in another room.
    let (mut third, moved) =
        seated(&server, &Hello { room: "two".into(), ..with_device("Ann", token) }).await;
    steer(&mut third, &moved).await;
    let (_, told) = answer(server.socket().await, &by_proof(&taken, token, "Ann")).await;
    assert_eq!(told, Some(ServerMessage::Goodbye(DisconnectReason::Replaced)));
    assert_eq!(players(&server).await, 1.0);
    // When nobody plays there any more, it finds the seat.
    drop(third);
    until_gone(&server, 2.0).await;
    let (_fourth, found) = seated(&server, &by_proof(&welcome, token, "Ann")).await;
    assert_eq!((&*found.room, found.player, found.resumed), ("two", moved.player, true));
    assert_eq!(players(&server).await, 1.0);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_welcome_that_is_lost_costs_nobody_the_seat() {
    let server = TestServer::start(TWO_ROOMS).await;
    let (first, welcome, _) = pilot(&server, "Ann", "one").await;
    drop(first);
    let hello = Hello {
        resume: Some(Resume { token: welcome.token, tick: None }),
        room: "one".into(),
        ..hello("Ann")
    };
    for _ in 0..5 {
        // It broke again before anything of it was read.
        let (socket, again) = seated(&server, &hello).await;
        assert_eq!((again.resumed, again.player), (true, welcome.player));
        drop(socket);
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_several_that_come_back_in_the_same_instant_exactly_one_has_the_seat() {
    let server = TestServer::start(TWO_ROOMS).await;
    let (mut socket, mut welcome, token) = pilot(&server, "Ann", "one").await;
    for round in 0..40 {
        drop(socket);
        let sockets = join_all((0..2 + round % 3).map(|_| server.socket())).await;
        // By proof, by device, or some of each.
        let hello_of = |n: usize| match (round + n) % 3 {
            0 => with_device("Ann", token),
            _ => by_proof(&welcome, token, "Ann"),
        };
        let answers = join_all(sockets.into_iter().enumerate().map(|(n, socket)| {
            let hello = hello_of(if round % 2 == 0 { 1 } else { n });
            async move { answer(socket, &hello).await }
        }))
        .await;
        let mut kept = Vec::new();
        for (mut socket, told) in answers {
            let Some(ServerMessage::Welcome(welcome)) = told else {
                assert_eq!(told, Some(ServerMessage::Goodbye(DisconnectReason::Replaced)), "round {round}");
                continue;
            };
            if is_kept(&mut socket).await {
                kept.push((socket, welcome));
            }
        }
        assert_eq!(kept.len(), 1, "round {round}");
        (socket, welcome) = kept.remove(0);
        steer(&mut socket, &welcome).await;
        sleep(Duration::from_millis(50)).await;
        assert_eq!(players(&server).await, 1.0, "round {round}");
    }
    server.stop().await;
}

/// Whether the connection still plays a moment later; if not, it was told that another does.
async fn is_kept(socket: &mut Socket) -> bool {
    let told = async {
        loop {
            match next_control(socket).await {
                Some(ServerMessage::Goodbye(reason)) => return reason,
                Some(_) => {}
                None => panic!("ended without a goodbye"),
            }
        }
    };
    match tokio::time::timeout(Duration::from_millis(300), told).await {
        Ok(reason) => {
            assert_eq!(reason, DisconnectReason::Replaced);
            false
        }
        Err(_) => true,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_never_played_is_not_kept_and_an_address_brings_no_more_strangers_than_it_may() {
    let server = TestServer::start("[limits]\nnewcomers_per_minute_per_address = 5\n").await;
    let (ann, _, token) = pilot(&server, "Ann", "any").await;
    let mut refused = 0;
    for n in 0..30 {
        let (mut socket, told) = answer(server.socket().await, &hello(&format!("Passer {n}"))).await;
        match told {
            Some(ServerMessage::Welcome(_)) => {
                let goodbye = ClientMessage::Goodbye.encode();
                socket.send(Message::Binary(goodbye.into())).await.unwrap();
                socket.close(None).await.unwrap();
                while next_control(&mut socket).await.is_some() {}
            }
            Some(ServerMessage::Goodbye(DisconnectReason::Refused(Refusal::TooManyJoins {
                retry_within_ms,
            }))) => {
                assert!(retry_within_ms > 0);
                refused += 1;
            }
            other => panic!("{other:?}"),
        }
    }
    assert!((15..=21).contains(&refused), "{refused} of 30");
    // Who is known comes as often as they like, and so do programs and spectators.
    drop(ann);
    for _ in 0..8 {
        let (socket, welcome) = seated(&server, &with_device("Ann", token)).await;
        assert_eq!(&*welcome.name, "Ann");
        drop(socket);
        let (program, _) = seated(&server, &Hello { bot: true, ..hello("Robot") }).await;
        let (eyes, _) = seated(&server, &Hello { spectate: true, ..hello("Eyes") }).await;
        drop((program, eyes));
    }
    sleep(Duration::from_millis(600)).await;
    for n in 0..30 {
        let answer = server.get(&format!("/api/v1/players/Passer%20{n}")).await;
        assert!(answer.starts_with("HTTP/1.1 404"), "{answer}");
    }
    assert!(server.get("/api/v1/players/Ann").await.starts_with("HTTP/1.1 200"));
    server.stop().await;
}
