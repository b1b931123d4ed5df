//! Slow readers over real sockets: what reaches them is fresh, and nobody else pays for them.
//!
//! What may be under way to a client is bounded (`netcode::flow`): a snapshot goes out only while the oldest one that is
//! not acknowledged is at most a window old. A window is 60 ticks until the first acknowledgement, and then twice the
//! least delay and 10 ticks. So a snapshot leaves behind no more than a window of others, at a rate that follows what is
//! delivered, and is at most a window old when its first byte arrives; the rest of it takes its own time on the line.

use crate::client::{Client, Ending, now_us, peer};
use crate::support::{PATIENCE, TestServer, goodbye};
use futures_util::{SinkExt, StreamExt};
use perigee_arena::ArenaCommand;
use perigee_arena::bot::{Behaviour, Bot};
use perigee_shared::bits::BitWriter;
use perigee_shared::netcode::codec::packet::InputPacket;
use perigee_shared::protocol::DisconnectReason;
use perigee_shared::tick::{TICK_HZ, TICK_MICROS};
use perigee_tests::bots::{BotsConfig, Report, run};
use socket2::SockRef;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::{Sleep, interval, sleep, timeout};
use tokio_tungstenite::tungstenite::Message;

/// What a slow reader reads, bytes a second: 32 kbit/s.
const RATE_BYTES_PER_S: f64 = 4000.0;
/// It reads this much at once, bytes.
const BURST_BYTES: f64 = 256.0;
/// The window before the first acknowledgement, ticks.
const FIRST_WINDOW_TICKS: f32 = 60.0;
/// The window of a connection whose least delay is 8 ticks: a local one, an acknowledgement every third tick, a snapshot
/// that takes a few to arrive.
const WINDOW_TICKS: f32 = 26.0;
/// Bots that hunt each other in the default arena: more than the line takes, and enough to notice when a tick waits.
const CROWD: usize = 140;
/// Until flow control has seen what the line takes.
const SETTLE: Duration = Duration::from_secs(4);

/// A socket that is read slowly. Writing is as quick as ever.
struct Throttled {
    stream: TcpStream,
    tokens_bytes: f64,
    refilled: Instant,
    nap: Pin<Box<Sleep>>,
}

impl Throttled {
    /// Connects with a receive buffer of `buffer_bytes`, and segments as on any network: loopback's are so large that a
    /// small window takes none.
    async fn connect(address: SocketAddr, buffer_bytes: u32) -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(buffer_bytes).unwrap();
        SockRef::from(&socket).set_tcp_mss(536).unwrap();
        let stream = socket.connect(address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        let nap = Box::pin(sleep(Duration::ZERO));
        Self { stream, tokens_bytes: BURST_BYTES, refilled: Instant::now(), nap }
    }
}

impl AsyncRead for Throttled {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        loop {
            let earned_bytes = self.refilled.elapsed().as_secs_f64() * RATE_BYTES_PER_S;
            self.refilled = Instant::now();
            self.tokens_bytes = (self.tokens_bytes + earned_bytes).min(BURST_BYTES);
            if self.tokens_bytes >= 64.0 {
                break;
            }
            let wait = Duration::from_secs_f64((65.0 - self.tokens_bytes) / RATE_BYTES_PER_S);
            self.nap.as_mut().reset(tokio::time::Instant::now() + wait);
            ready!(self.nap.as_mut().poll(cx));
        }
        let mut bytes = [0; BURST_BYTES as usize];
        let most = buffer.remaining().min(self.tokens_bytes as usize);
        let mut part = ReadBuf::new(&mut bytes[..most]);
        ready!(Pin::new(&mut self.stream).poll_read(cx, &mut part))?;
        self.tokens_bytes -= part.filled().len() as f64;
        buffer.put_slice(part.filled());
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Throttled {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// What the tests look at while they run.
#[derive(Debug, Default)]
struct Watch {
    /// The newest tick, as a client sees it whom nothing slows: the server's, less a moment.
    newest: AtomicU32,
    over: AtomicBool,
}

/// Plays quickly, and tells the newest tick.
async fn witness(address: SocketAddr, watch: Arc<Watch>) {
    let mut client = Client::open(TcpStream::connect(address).await.unwrap(), peer("Witness")).await;
    let ending = client
        .play(|peer, _| {
            watch.newest.store(peer.newest_snapshot().unwrap().0, Ordering::Relaxed);
            watch.over.load(Ordering::Relaxed)
        })
        .await;
    assert_eq!(ending, Ending::Enough);
}

/// A snapshot that reached a slow reader.
#[derive(Clone, Copy, Debug)]
struct Arrival {
    /// Since the join.
    at: Duration,
    /// Against the server's newest tick.
    age_ticks: f32,
    bytes: usize,
}

impl Arrival {
    /// How long it takes on the line by itself.
    fn own_ticks(self) -> f32 {
        self.bytes as f32 / RATE_BYTES_PER_S as f32 * TICK_HZ as f32
    }
}

/// What one slow reader saw.
#[derive(Debug)]
struct Slow {
    arrivals: Vec<Arrival>,
    /// Most bytes that the server's kernel held for it.
    held_bytes: usize,
}

/// Reads slowly until it is over.
async fn read_slowly(address: SocketAddr, buffer_bytes: u32, watch: Arc<Watch>) -> Slow {
    let stream = Throttled::connect(address, buffer_bytes).await;
    let port = stream.stream.local_addr().unwrap().port();
    let held_bytes = Arc::new(AtomicUsize::new(0));
    let (looking, most) = (Arc::clone(&watch), Arc::clone(&held_bytes));
    let looker = tokio::task::spawn_blocking(move || {
        while !looking.over.load(Ordering::Relaxed) {
            most.fetch_max(unacknowledged_bytes(port), Ordering::Relaxed);
            std::thread::sleep(Duration::from_millis(20));
        }
    });
    let mut client = Client::open(stream, peer("Slow")).await;
    // Into the crowd: there is more to tell than the line takes.
    client.mind = Some(Bot::new(Behaviour::Hunt, u64::from(buffer_bytes)));
    let (joined, mut arrivals) = (Instant::now(), Vec::new());
    let ending = client
        .play(|peer, bytes| {
            let tick = peer.newest_snapshot().unwrap().0;
            let age_ticks = watch.newest.load(Ordering::Relaxed).saturating_sub(tick) as f32;
            arrivals.push(Arrival { at: joined.elapsed(), age_ticks, bytes });
            watch.over.load(Ordering::Relaxed)
        })
        .await;
    assert_eq!(ending, Ending::Enough, "it is not sent away");
    let stats = client.peer.stats();
    assert_eq!((stats.decode_errors, stats.state_mismatches), (0, 0));
    looker.await.unwrap();
    Slow { arrivals, held_bytes: held_bytes.load(Ordering::Relaxed) }
}

/// Bytes that the server's end of the connection from `port` holds: not sent, or not acknowledged by the other kernel.
/// Known on Linux alone.
fn unacknowledged_bytes(port: u16) -> usize {
    let table = std::fs::read_to_string("/proc/net/tcp").unwrap_or_default();
    let remote = format!(":{port:04X}");
    let held = table.lines().find_map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let queues = words.get(4)?.split_once(':')?;
        words[2].ends_with(&remote).then(|| usize::from_str_radix(queues.0, 16).ok())?
    });
    held.unwrap_or_default()
}

async fn crowd(address: SocketAddr, seconds: u64) -> Report {
    let config = BotsConfig {
        url: format!("ws://{address}/play"),
        count: CROWD,
        duration: Some(Duration::from_secs(seconds)),
        game: None,
        behaviour: Some("hunt".into()),
        room: "arena".into(),
        people: false,
        checksums: false,
        chat_every: None,
        seed: 21,
    };
    run(config, std::future::pending()).await
}

fn check_freshness(slow: &Slow, what: &str) {
    let Slow { arrivals, .. } = slow;
    let worst = |from: Duration| {
        let of = arrivals.iter().filter(|arrival| arrival.at >= from);
        of.map(|arrival| arrival.age_ticks - arrival.own_ticks()).fold(0.0, f32::max)
    };
    let mut ages: Vec<f32> =
        arrivals.iter().filter(|arrival| arrival.at >= SETTLE).map(|arrival| arrival.age_ticks).collect();
    ages.sort_by(f32::total_cmp);
    let median = ages[ages.len() / 2];
    let summary = format!(
        "{what}: {} snapshots, ages less own time at most {:.0} ticks, {:.0} once settled, median {median:.0}; \
         {} bytes held",
        arrivals.len(),
        worst(Duration::ZERO),
        worst(SETTLE),
        slow.held_bytes
    );
    assert!(worst(Duration::ZERO) <= FIRST_WINDOW_TICKS, "{summary}");
    assert!(worst(SETTLE) <= WINDOW_TICKS, "{summary}");
    assert!(median <= 12.0, "{summary}");
    // It goes on to the end: 5 snapshots a second are what the slowest line is promised.
    let seconds = arrivals.last().unwrap().at.as_secs_f32();
    let longest = arrivals.windows(2).map(|pair| pair[1].at - pair[0].at).max().unwrap();
    assert!(
        arrivals.len() as f32 > 3.0 * seconds && longest < Duration::from_secs(3),
        "{longest:?}, {summary}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn slow_readers_get_fresh_snapshots_and_the_others_do_not_notice() {
    let server = TestServer::start("").await;
    let alone = crowd(server.address, 7).await;
    // The room has no place for two crowds. A seat whose player went without a goodbye is another's after five seconds.
    sleep(Duration::from_secs(6)).await;

    let watch = Arc::<Watch>::default();
    let bots = tokio::spawn(crowd(server.address, 19));
    let witness = tokio::spawn(witness(server.address, Arc::clone(&watch)));
    sleep(Duration::from_secs(3)).await;
    // Where the kernel says when the line is full, and where a network hides a quarter of a minute.
    let small = tokio::spawn(read_slowly(server.address, 4096, Arc::clone(&watch)));
    let large = tokio::spawn(read_slowly(server.address, 65_536, Arc::clone(&watch)));
    sleep(Duration::from_secs(14)).await;
    watch.over.store(true, Ordering::Relaxed);
    let (small, large) = (small.await.unwrap(), large.await.unwrap());
    witness.await.unwrap();
    let beside = bots.await.unwrap();

    check_freshness(&small, "small buffer");
    check_freshness(&large, "large buffer");
    // TCP_NOTSENT_LOWAT (2048), one write that may go over it, and what the reader's kernel takes (it doubles the 4096).
    assert!(small.held_bytes <= 2048 + 4096 + 8192, "{} bytes held", small.held_bytes);
    let words = format!("alone {}\nbeside {}", alone.to_json(), beside.to_json());
    assert_eq!((alone.connected, beside.connected, beside.disconnects), (CROWD, CROWD, 0), "{words}");
    assert!(
        alone.bytes_per_client_per_second.mean > 1.2 * RATE_BYTES_PER_S,
        "the crowd is more than the line takes"
    );
    let bound_ms = alone.snapshot_interval_ms.p99 * 2.0 + 30.0;
    assert!(beside.snapshot_interval_ms.p99 <= bound_ms, "{words}");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_never_acknowledges_gets_a_window_and_is_then_sent_away() {
    let server = TestServer::start("[limits]\nack_timeout_ms = 4000\n").await;
    let mut socket = server.player("Mute").await;
    let begun = now_us();
    let mut writer = BitWriter::new();
    // It reads and sends commands, but names no snapshot that it was sent.
    let packet =
        InputPacket::<ArenaCommand> { commands: vec![ArenaCommand::default()], ..InputPacket::default() };
    packet.write(&mut writer);
    let packet = writer.finish().to_vec();
    let mut inputs = interval(Duration::from_millis(100));
    let mut snapshots = 0;
    let until_silent = async {
        let mut heard = Instant::now();
        while heard.elapsed() < Duration::from_secs(1) {
            tokio::select! {
                message = socket.next() => if let Message::Binary(bytes) = message.unwrap().unwrap() && bytes[0] & 1 == 1 {
                    snapshots += 1;
                    heard = Instant::now();
                },
                _ = inputs.tick() => socket.send(Message::Binary(packet.clone().into())).await.unwrap(),
            }
        }
    };
    timeout(PATIENCE, until_silent).await.expect("the window closes");
    assert!((2..=FIRST_WINDOW_TICKS as u32 + 1).contains(&snapshots), "{snapshots} snapshots");
    assert!(server.metric("perigee_snapshots_skipped_total", "window_full").await > 0.0);
    assert_eq!(goodbye(&mut socket).await, (DisconnectReason::NotReading, 4007));
    let took_us = now_us() - begun;
    assert!(took_us > 3_900_000 - TICK_MICROS, "after {took_us} us already");
    server.stop().await;
}
