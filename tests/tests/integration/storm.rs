//! Storms of joins that are broken off at once: others get in, rooms stay few, and the memory comes back.

use crate::program::Process;
use crate::raw::{BINARY, FIN, handshake, masked};
use crate::support::{PATIENCE, TestServer, hello, hello_bytes};
use futures_util::future::join_all;
use perigee_arena::ArenaCommand;
use perigee_shared::bits::BitWriter;
use perigee_shared::netcode::codec::packet::InputPacket;
use perigee_shared::protocol::{DisconnectReason, Hello, Message, Refusal, ServerMessage, Welcome};
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::{sleep, timeout};

/// Joins by hand from that address, and holds the connection; the answer is the first control message.
async fn join_from(from: &str, server: SocketAddr, hello: &Hello) -> Option<(TcpStream, ServerMessage)> {
    let socket = TcpSocket::new_v4().ok()?;
    socket.bind(format!("{from}:0").parse().unwrap()).ok()?;
    let mut stream = socket.connect(server).await.ok()?;
    stream.write_all(handshake("/play", "").as_bytes()).await.ok()?;
    let mut bytes = Vec::new();
    while !bytes.ends_with(b"\r\n\r\n") {
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
    stream.write_all(&masked(FIN | BINARY, &hello_bytes(hello))).await.ok()?;
    bytes.clear();
    loop {
        // An unmasked frame with a short header.
        let (start, length) = match bytes[..] {
            [_, 126, high, low, ..] => (4, usize::from(high) << 8 | usize::from(low)),
            [_, short, ..] if short < 126 => (2, usize::from(short)),
            _ => (0, usize::MAX / 2),
        };
        if let Some(message) = bytes.get(start..start + length) {
            return Some((stream, ServerMessage::decode(message).ok()?));
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
}

fn named(name: &str, room: &str) -> Hello {
    Hello { room: room.into(), ..hello(name) }
}

fn welcome(answer: Option<(TcpStream, ServerMessage)>) -> Option<(TcpStream, Welcome)> {
    match answer {
        Some((stream, ServerMessage::Welcome(welcome))) => Some((stream, welcome)),
        _ => None,
    }
}

/// Strangers are bounded for what the store keeps of them. Of programs and spectators it keeps nothing, so they have the
/// bound of everybody who joins, and no way around it.
#[tokio::test(flavor = "multi_thread")]
async fn who_says_that_a_program_plays_or_that_they_look_on_is_counted_as_everybody_is() {
    // 25 at once, and of strangers 6.
    let settings = "[limits]\njoins_per_second_per_address = 1\nnewcomers_per_minute_per_address = 3\n\
        [[rooms]]\nname = \"pond\"\nmax_players = 60\nmax_spectators = 60\ninterest_radius_units = 500\n";
    for (bot, spectate, at_once) in
        [(false, false, 6), (true, false, 25), (false, true, 25), (true, true, 25)]
    {
        let server = TestServer::start(settings).await;
        let begun = Instant::now();
        let (mut seats, mut refused) = (Vec::new(), 0);
        for n in 0..40 {
            let hello = Hello { bot, spectate, ..named(&format!("Comer {n}"), "pond") };
            match join_from("127.0.0.1", server.address, &hello).await.expect("an answer") {
                (stream, ServerMessage::Welcome(_)) => seats.push(stream),
                (_, ServerMessage::Goodbye(DisconnectReason::Refused(Refusal::TooManyJoins { .. }))) => {
                    refused += 1;
                }
                (_, other) => panic!("{other:?}"),
            }
        }
        let most = at_once + begun.elapsed().as_secs() as usize + 1;
        let told = format!(
            "bot {bot}, spectate {spectate}: {} seats, {refused} refused, at most {most}",
            seats.len()
        );
        assert!((at_once..=most).contains(&seats.len()) && seats.len() + refused == 40, "{told}");
        if bot || spectate {
            let kept = server.get("/api/v1/players/Comer%200").await;
            assert!(kept.starts_with("HTTP/1.1 404"), "{told}: {kept}");
        }
        drop(seats);
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn joins_that_are_broken_off_keep_nobody_out() {
    let room = "[limits]\njoins_per_second_per_address = 4\n[[rooms]]\nname = \"pond\"\nmax_players = 40\n\
                interest_radius_units = 900\n";
    let server = TestServer::start(room).await;
    let address = server.address;
    let storm = tokio::spawn(async move {
        let mut refused = 0;
        for n in 0..1200 {
            let answer = join_from("127.0.0.2", address, &named(&format!("S{n}"), "pond")).await;
            let too_many = Refusal::TooManyJoins { retry_within_ms: 5000 };
            let goodbye = ServerMessage::Goodbye(DisconnectReason::Refused(too_many));
            refused += u32::from(answer.is_some_and(|(_, message)| message == goodbye));
            sleep(Duration::from_millis(3)).await;
        }
        refused
    });
    let mut seated = Vec::new();
    for n in 0..20 {
        let answer = join_from("127.0.0.3", address, &named(&format!("Honest {n}"), "pond")).await;
        seated.extend(welcome(answer));
        sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(seated.len(), 20, "all who mean it get in");
    let refused = storm.await.unwrap();
    println!("{refused} of 1200 were refused");
    assert!(refused > 600, "{refused} were told that they are too many");
    assert!(server.metric("perigee_refusals_total", "too_many_joins").await >= f64::from(refused));
    // Those that got in are gone, and so are their seats.
    let begun = Instant::now();
    while server.metric("perigee_players{", "pond").await != 20.0 {
        assert!(begun.elapsed() < PATIENCE);
        sleep(Duration::from_millis(100)).await;
    }
    server.stop().await;
}

/// How those join who are many and do not mean it.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Crowd {
    /// Broken off as soon as they are seated.
    Gone,
    /// They say nothing more, and stay.
    Silent,
    /// They steer once, so that the seat is kept for them, and are gone.
    Away,
}

/// Joins without end from one address.
async fn crowd(server: SocketAddr, how: Crowd) {
    let mut held = Vec::new();
    for n in 0.. {
        let joins = (0..20).map(async |part| {
            let name = format!("C{n} {part}");
            let (mut stream, _) = welcome(join_from("127.0.0.2", server, &named(&name, "pond")).await)?;
            if how == Crowd::Away {
                let mut writer = BitWriter::new();
                InputPacket::<ArenaCommand>::default().write(&mut writer);
                let _ = stream.write_all(&masked(FIN | BINARY, writer.finish())).await;
                // What is not read yet when TCP is reset may never be.
                sleep(Duration::from_millis(50)).await;
            }
            Some(stream)
        });
        let seated = join_all(joins).await;
        if how == Crowd::Silent {
            held.extend(seated);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crowd_of_one_address_that_does_not_play_keeps_nobody_out_of_a_small_room() {
    let room = "[limits]\nnewcomers_per_minute_per_address = 10000\n[[rooms]]\nname = \"pond\"\nmax_players = 40\n\
                interest_radius_units = 900\n";
    for how in [Crowd::Gone, Crowd::Silent, Crowd::Away] {
        let server = TestServer::start(room).await;
        let crowd = tokio::spawn(crowd(server.address, how));
        // It is there first.
        let begun = Instant::now();
        while server.metric("perigee_connections_total", "").await < 60.0 {
            assert!(begun.elapsed() < PATIENCE, "{how:?}");
            sleep(Duration::from_millis(20)).await;
        }
        let mut seated = Vec::new();
        for n in 0..20 {
            let answer = join_from("127.0.0.3", server.address, &named(&format!("Honest {n}"), "pond")).await;
            seated.extend(welcome(answer));
        }
        assert_eq!(seated.len(), 20, "{how:?}: all who mean it get in");
        sleep(Duration::from_millis(500)).await;
        let gave_way = server.metric("perigee_refusals_total", "gave_way").await;
        println!("{how:?}: {gave_way} gave way");
        assert!(how == Crowd::Gone || gave_way >= 1.0, "{how:?}: the room was full");
        crowd.abort();
        let mut stayed = 0;
        for (stream, _) in &mut seated {
            let mut rest = vec![0; 1 << 16];
            let ended = timeout(Duration::from_millis(20), async {
                while stream.read(&mut rest).await.is_ok_and(|count| count > 0) {}
            });
            stayed += usize::from(ended.await.is_err());
        }
        assert_eq!(stayed, 20, "{how:?}: nobody who came to play gave way");
        server.stop().await;
    }
}

/// Resident memory of a process, bytes.
#[cfg(target_os = "linux")]
fn resident_bytes(process: &Process) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", process.id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
}

/// How much more than before its storms a server may keep, bytes.
#[cfg(target_os = "linux")]
const MAY_STAY_BYTES: u64 = 20_000_000;

/// Four storms of so many joins by new names, each broken off, from eight addresses and within `storm_s` if the machine can;
/// then the memory comes back. Gives what was seen.
#[cfg(target_os = "linux")]
async fn storms(joins: usize, storm_s: f64, pause: Duration) -> String {
    const BATCH: usize = 50;
    let folder = std::env::temp_dir().join(format!("perigee-storm-{}-{joins}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let (config, store) = (folder.join("storm.toml"), folder.join("storm.db"));
    let settings = "[limits]\njoins_per_second_per_address = 10000\nnewcomers_per_minute_per_address = 100000\n\
                    [lobby]\nidle_close_ms = 1000\n\
                    [http]\nall_requests_per_second = 10000\nall_burst = 10000\n";
    std::fs::write(&config, settings).unwrap();
    // In a file, as a server that people play on has it.
    let (config, store) = (config.to_str().unwrap(), store.to_str().unwrap());
    let process = Process::start(&["--config", config, "--store", store]);
    let address: SocketAddr = process.address.parse().unwrap();
    sleep(Duration::from_secs(1)).await;
    let before = resident_bytes(&process);
    let mut told = Vec::new();
    let batch_time = Duration::from_secs_f64(storm_s / joins as f64 * BATCH as f64);
    for round in 0..4 {
        let (begun, mut seated, mut peak, mut slowest) = (Instant::now(), 0, 0, Duration::ZERO);
        for part in 0..joins / BATCH {
            let joins = (0..BATCH).map(async |n| {
                let name = format!("{round} {part} {n}");
                let from = format!("127.0.0.{}", 2 + n % 8);
                let answer = timeout(PATIENCE, join_from(&from, address, &named(&name, "any"))).await;
                u32::from(answer.is_ok_and(|answer| welcome(answer).is_some()))
            });
            let batch = Instant::now();
            seated += join_all(joins).await.iter().sum::<u32>();
            slowest = slowest.max(batch.elapsed());
            peak = peak.max(resident_bytes(&process));
            sleep((batch_time * (part + 1) as u32).saturating_sub(begun.elapsed())).await;
        }
        let (took, peak) = (begun.elapsed(), peak / 1024);
        told.push(format!(
            "storm {round}: {seated} of {joins} seated within {took:.1?} (the slowest {BATCH} {slowest:.1?}), \
             up to {peak} KiB"
        ));
        assert!(seated as usize > joins / 10, "a storm, and not a breeze");
        sleep(pause).await;
    }
    // Seats, rooms and what the allocator holds go one after the other.
    let begun = Instant::now();
    loop {
        let after = resident_bytes(&process);
        if after < before + MAY_STAY_BYTES {
            let (before, after) = (before / 1024, after / 1024);
            told.push(format!("{before} KiB before, {after} KiB after {:.1?}", begun.elapsed()));
            break;
        }
        assert!(begun.elapsed() < Duration::from_secs(40), "{before} bytes before, {after} after\n{told:#?}");
        sleep(Duration::from_secs(1)).await;
    }
    // Who comes now meets others, and if nobody is there, finds the room that is always there.
    let (_socket, found) = welcome(join_from("127.0.0.9", address, &named("Late", "any")).await).unwrap();
    assert_eq!(found.room, "arena");
    drop(process);
    std::fs::remove_dir_all(folder).unwrap();
    told.join("\n")
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn the_memory_of_storms_comes_back() {
    println!("{}", storms(1000, 2.0, Duration::from_secs(1)).await);
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes five minutes: a measurement, run by name"]
async fn the_memory_of_four_storms_of_9800_joins_comes_back() {
    println!("{}", storms(9800, 20.0, Duration::from_secs(60)).await);
}
