//! The three sockets alike: what may come, how much of it, and how a connection ends.

use crate::raw::{BINARY, CLOSE, CONTINUATION, FIN, PING, PONG, Raw, TEXT, closing, header, masked};
use crate::support::{PATIENCE, TOKEN, TestServer, hello, hello_bytes};
use perigee_arena::ArenaCommand;
use perigee_shared::bits::BitWriter;
use perigee_shared::limits::MAX_CLIENT_MESSAGE_BYTES;
use perigee_shared::netcode::codec::packet::InputPacket;
use perigee_shared::protocol::{DisconnectReason, Message, Resume, ServerMessage, Welcome};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::time::{Instant, sleep};

const SOCKETS: [&str; 3] = ["/play", "/feed", "/admin/ws"];

/// A connection that is through with its introductions.
async fn open(server: &TestServer, path: &str) -> Raw {
    let mut raw = Raw::open(server, path).await;
    match path {
        "/play" => {
            raw.frame(BINARY, &hello_bytes(&hello("Ada"))).await;
            raw.next().await.unwrap();
        }
        "/feed" => {
            raw.next().await.unwrap();
        }
        _ => {
            let login = format!("{{\"type\":\"login\",\"token\":\"{TOKEN}\"}}");
            raw.frame(TEXT, login.as_bytes()).await;
            raw.next().await.unwrap();
        }
    }
    raw
}

/// Joins by hand, and gives the welcome.
async fn join(raw: &mut Raw, hello: &perigee_shared::protocol::Hello) -> Welcome {
    raw.frame(BINARY, &hello_bytes(hello)).await;
    loop {
        let frame = raw.next().await.expect("a welcome");
        if let Ok(ServerMessage::Welcome(welcome)) = ServerMessage::decode(&frame.payload) {
            return welcome;
        }
    }
}

/// An input packet that commands nothing.
fn input() -> Vec<u8> {
    let mut writer = BitWriter::new();
    InputPacket::<ArenaCommand>::default().write(&mut writer);
    writer.finish().to_vec()
}

/// The reason that a player is told before the close frame, and its code.
async fn goodbye(raw: &mut Raw) -> (DisconnectReason, Option<u16>) {
    let mut reason = None;
    loop {
        let frame = raw.next().await.expect("a goodbye and a close frame");
        if frame.opcode() == CLOSE {
            return (reason.expect("a goodbye before the close frame"), frame.close_code());
        }
        if let Ok(ServerMessage::Goodbye(told)) = ServerMessage::decode(&frame.payload) {
            reason = Some(told);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waited_on_a_line_that_stood_still_sends_nobody_away() {
    let server = TestServer::start("").await;
    let mut raw = open(&server, "/play").await;
    let frame = masked(FIN | BINARY, &input());
    for _ in 0..20 {
        assert!(raw.send(&frame).await);
        sleep(Duration::from_millis(33)).await;
    }
    sleep(Duration::from_secs(9)).await;
    // Nine seconds of thirty a second, at once, and then on as ever.
    assert!(raw.send(&frame.repeat(275)).await);
    for _ in 0..30 {
        assert!(raw.send(&frame).await);
        sleep(Duration::from_millis(33)).await;
    }
    assert!(raw.frame(PING, b"there?").await);
    assert_eq!(raw.find(PONG).await.expect("the connection is open").payload, b"there?");
    assert_eq!(server.metric("perigee_disconnects_total", "too_fast").await, 0.0);
    // A flood is one all the same: a thousand a second for at most a second, as the server counts them.
    let read =
        async || server.metric("perigee_frames_received_total", "socket=\"play\",kind=\"binary\"").await;
    let before = read().await;
    let late = Lateness::start();
    let begun = Instant::now();
    for n in 1..=100_u32 {
        if !raw.send(&frame.repeat(20)).await {
            break;
        }
        // By the clock, so that a busy machine does not make it slower.
        tokio::time::sleep_until(begun + Duration::from_millis(20) * n).await;
    }
    assert_eq!(goodbye(&mut raw).await, (DisconnectReason::TooFast, Some(4005)));
    let frames = read().await - before;
    assert!((200.0..=1000.0).contains(&frames), "{frames} frames of the flood were read");
    drop(raw);
    let late = late.most();
    println!("the flood of 1,000 a second ended after {frames} frames; timers were up to {late:?} late");
    server.stop().await;
}

/// How late this machine is: the most that a timer of 5 ms came too late.
struct Lateness(tokio::task::JoinHandle<()>, Arc<AtomicU64>);

impl Lateness {
    fn start() -> Self {
        let most = Arc::new(AtomicU64::new(0));
        let told = Arc::clone(&most);
        let ticking = tokio::spawn(async move {
            loop {
                let begun = Instant::now();
                sleep(Duration::from_millis(5)).await;
                let late = begun.elapsed().saturating_sub(Duration::from_millis(5));
                told.fetch_max(late.as_micros() as u64, Ordering::Relaxed);
            }
        });
        Self(ticking, most)
    }

    fn most(&self) -> Duration {
        Duration::from_micros(self.1.load(Ordering::Relaxed))
    }
}

impl Drop for Lateness {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// What a flood may cost the server until it ends: a second, and a megabyte read.
const FLOOD_TIME: Duration = Duration::from_secs(1);
const FLOOD_BYTES: f64 = 1_000_000.0;

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_frames_of_any_kind_ends_within_a_second_and_a_megabyte_and_is_counted() {
    let server = TestServer::start("").await;
    for (path, socket) in SOCKETS.into_iter().zip(["play", "feed", "console"]) {
        for (name, kind, frame) in [
            ("pings", "ping", masked(FIN | PING, b"")),
            ("long pings", "ping", masked(FIN | PING, &[7; 125])),
            ("pongs", "pong", masked(FIN | PONG, b"")),
            ("empty fragments", "continuation", masked(CONTINUATION, b"")),
        ] {
            let mut raw = open(&server, path).await;
            if kind == "continuation" {
                let opcode = if path == "/play" { BINARY } else { TEXT };
                raw.send(&masked(opcode, b"")).await;
            }
            let of_kind = format!("{{socket=\"{socket}\",kind=\"{kind}\"}}");
            let read = async || {
                let bytes = server.metric("perigee_socket_bytes_read_total", socket).await;
                (bytes, server.metric("perigee_frames_received_total", &of_kind).await)
            };
            let before = read().await;
            let late = Lateness::start();
            // As fast as TCP takes them: what the kernels' own buffers took is not what the server read.
            let (close, took) = raw.flood(&frame.repeat(64), 64 << 20).await;
            let late = late.most();
            let after = read().await;
            let (bytes, frames) = (after.0 - before.0, after.1 - before.1);
            let told = format!("{name} at {path}: {took:?}, {bytes} bytes, {frames} frames, late {late:?}");
            println!("{told}");
            let expected = if path == "/play" { 4005 } else { 1008 };
            assert_eq!(close.close_code(), Some(expected), "{told}");
            // A machine that is late with everything is late with this, too: read, judge, say so.
            assert!(took < FLOOD_TIME + late * 4, "{told}");
            assert!((500.0..FLOOD_BYTES).contains(&bytes), "{told}");
            assert!((100.0..1000.0).contains(&frames), "{told}");
        }
    }
    assert_eq!(server.metric("perigee_disconnects_total", "too_fast").await, 4.0);
    assert_eq!(server.metric("perigee_feed_closed_total", "too_fast").await, 4.0);
    assert_eq!(server.metric("perigee_refusals_total", "admin_too_fast").await, 4.0);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_close_frame_is_answered_with_its_own_code() {
    let server = TestServer::start("").await;
    for path in SOCKETS {
        for code in [1000, 1001, 3000, 4321] {
            let mut raw = open(&server, path).await;
            raw.frame(CLOSE, &closing(code, b"bye")).await;
            assert_eq!(raw.closed().await, Some(code), "{path}");
        }
        let mut raw = open(&server, path).await;
        raw.frame(CLOSE, b"").await;
        assert_eq!(raw.closed().await, None, "{path}");
        for code in [999, 1004, 1005, 1006, 1015, 2999, 5000] {
            let mut raw = open(&server, path).await;
            raw.frame(CLOSE, &closing(code, b"")).await;
            assert_eq!(raw.closed().await, Some(1002), "{path}: {code} may not be sent");
        }
    }
    // Also before anything was said.
    for path in ["/play", "/admin/ws"] {
        let mut raw = Raw::open(&server, path).await;
        raw.frame(CLOSE, &closing(1000, b"")).await;
        assert_eq!(raw.closed().await, Some(1000), "{path}");
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_websocket_sends_has_the_same_code_on_every_socket() {
    let server = TestServer::start("").await;
    let long = |path| if path == "/play" { MAX_CLIENT_MESSAGE_BYTES } else { 64 * 1024 } as u64 + 1;
    for path in SOCKETS {
        for (name, bytes, code) in [
            ("text that is not UTF-8", masked(FIN | TEXT, b"\xce\xba\xe1\xbd\xb9\xed\xa0\x80"), 1007),
            ("text that ends within a character", masked(FIN | TEXT, b"\xe2\x82"), 1007),
            (
                "fragments that are not UTF-8 together",
                [masked(TEXT, b"a"), masked(FIN | CONTINUATION, b"\xff")].concat(),
                1007,
            ),
            ("a reason that is not UTF-8", masked(FIN | CLOSE, &closing(1000, b"\xff\xfe")), 1007),
            ("a reserved bit", masked(FIN | 0x40 | PING, b""), 1002),
            ("a reserved opcode", masked(FIN | 0x3, b""), 1002),
            ("a reserved control opcode", masked(FIN | 0xb, b""), 1002),
            ("a ping in fragments", masked(PING, b""), 1002),
            ("a ping that is too long", masked(FIN | PING, &[1; 126]), 1002),
            ("a continuation of nothing", masked(FIN | CONTINUATION, b"x"), 1002),
            ("a message within a message", [masked(TEXT, b"a"), masked(FIN | TEXT, b"b")].concat(), 1002),
            ("a frame without a mask", [&header(FIN | PING, 0, 2)[..], b"hi"].concat(), 1002),
            ("a close frame of one byte", masked(FIN | CLOSE, b"x"), 1002),
            ("a frame that is too long", [header(FIN | BINARY, 0x80, long(path)), vec![0; 4]].concat(), 1009),
            (
                "the longest frame there is",
                [header(FIN | BINARY, 0x80, u64::MAX >> 1), vec![0; 4]].concat(),
                1009,
            ),
        ] {
            let mut raw = open(&server, path).await;
            raw.send(&bytes).await;
            assert_eq!(raw.closed().await, Some(code), "{name} at {path}");
        }
        // Fragments that are too long together.
        let mut raw = open(&server, path).await;
        let part = vec![b'x'; if path == "/admin/ws" { 40_000 } else { 400 }];
        let mut bytes = masked(TEXT, &part);
        bytes.extend(masked(CONTINUATION, &part));
        bytes.extend(masked(CONTINUATION, &part));
        raw.send(&bytes).await;
        assert_eq!(raw.closed().await, Some(1009), "fragments at {path}");
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_seat_that_never_played_is_not_kept() {
    let room = "[[rooms]]\nname = \"keep\"\nmax_players = 4\ninterest_radius_units = 900\n";
    let server = TestServer::start(room).await;
    for (plays, resumed) in [(false, false), (true, true)] {
        let mut raw = Raw::open(&server, "/play").await;
        let welcome = join(&mut raw, &hello("Ada")).await;
        if plays {
            raw.frame(BINARY, &input()).await;
            raw.frame(PING, b"").await;
            raw.find(PONG).await.unwrap();
        }
        drop(raw);
        let begun = Instant::now();
        while server.metric("perigee_connections ", "").await > 1.0 {
            assert!(begun.elapsed() < PATIENCE);
            sleep(Duration::from_millis(20)).await;
        }
        // One tick for the room to hear of it.
        sleep(Duration::from_millis(200)).await;
        let mut again = hello("Ada");
        again.resume = Some(Resume { token: welcome.token, tick: None });
        let mut raw = Raw::open(&server, "/play").await;
        assert_eq!(join(&mut raw, &again).await.resumed, resumed, "plays: {plays}");
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_who_takes_everything_is_there_although_their_pongs_are_lost() {
    let server = TestServer::start("[feed]\nidle_timeout_ms = 3000\n").await;
    let mut reader = open(&server, "/feed").await;
    reader.frame(TEXT, br#"{"op":"subscribe","topic":"rooms"}"#).await;
    let busy = async {
        // The list of rooms changes, and is told once a second.
        for _ in 0..6 {
            let player = open(&server, "/play").await;
            sleep(Duration::from_millis(700)).await;
            drop(player);
            sleep(Duration::from_millis(700)).await;
        }
    };
    let begun = Instant::now();
    let reading = async {
        // No ping is answered.
        while begun.elapsed() < Duration::from_secs(8) {
            let frame = reader.next().await.expect("the connection stays");
            assert_ne!(frame.opcode(), CLOSE, "sent away: {}", String::from_utf8_lossy(&frame.payload));
        }
    };
    tokio::join!(reading, busy);
    assert_eq!(server.metric("perigee_feed_closed_total", "").await, 0.0);
    server.stop().await;
}
