//! The floor's load: clients that send input messages at a steady rate and count the frames that arrive.

use futures_util::{SinkExt, StreamExt};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep, timeout};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Bytes, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async_with_config};

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// The same as between bots.
const JOIN_SPACING: Duration = Duration::from_millis(4);

/// The configuration of the load.
#[derive(Clone, Debug)]
pub struct Load {
    /// The floor's socket.
    pub url: String,
    /// How many clients.
    pub count: usize,
    /// Messages that each client sends in a second; not 0.
    pub inputs_hz: u32,
    /// Size of each message.
    pub input_bytes: usize,
    /// Time from the start until frames are counted.
    pub warmup: Duration,
    /// How long they are counted.
    pub window: Duration,
}

/// What the clients counted in the window.
#[derive(Clone, Debug, Default)]
pub struct LoadReport {
    /// Frames per second and client, the mean over clients.
    pub frames_per_client_second: f64,
    /// The same for the client with the fewest.
    pub frames_worst_client: f64,
    /// Clients that did not connect or were disconnected.
    pub failed: usize,
    /// The first error, as a sentence.
    pub first_error: Option<String>,
}

/// The phase of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Warmup,
    Window,
    Over,
}

/// Connects all clients, counts for the window, and disconnects.
pub async fn run(load: Load) -> LoadReport {
    let begun = Instant::now();
    let load = Arc::new(load);
    let (tell, phase) = watch::channel(Phase::Warmup);
    let mut clients = Vec::with_capacity(load.count);
    for number in 0..load.count {
        clients.push(tokio::spawn(play(number, Arc::clone(&load), phase.clone())));
        sleep(JOIN_SPACING).await;
    }
    tokio::time::sleep_until(begun + load.warmup).await;
    tell.send_replace(Phase::Window);
    let window_begun = Instant::now();
    sleep(load.window).await;
    tell.send_replace(Phase::Over);
    let window_s = window_begun.elapsed().as_secs_f64();
    let mut frames = Vec::with_capacity(clients.len());
    let mut report = LoadReport::default();
    for client in clients {
        match client.await.unwrap_or_else(|error| Err(error.to_string())) {
            Ok(count) => frames.push(count as f64 / window_s),
            Err(error) => {
                report.failed += 1;
                report.first_error.get_or_insert(error);
            }
        }
    }
    report.frames_per_client_second = frames.iter().sum::<f64>() / frames.len().max(1) as f64;
    report.frames_worst_client = frames.iter().copied().reduce(f64::min).unwrap_or_default();
    report
}

/// Runs one client, and returns the frames that it got in the window.
async fn play(number: usize, load: Arc<Load>, phase: watch::Receiver<Phase>) -> Result<u64, String> {
    let config = WebSocketConfig::default().read_buffer_size(1024).write_buffer_size(0);
    let connecting = connect_async_with_config(load.url.as_str(), Some(config), true);
    let (mut socket, _) = timeout(CONNECT_TIMEOUT, connecting)
        .await
        .map_err(|_| "cannot connect: no answer in time".to_owned())?
        .map_err(|error| format!("cannot connect: {error}"))?;
    let frames = converse(number, &load, &mut socket, phase).await;
    // The server may be gone already.
    let _ = timeout(Duration::from_secs(1), socket.close(None)).await;
    frames.map_err(|error| format!("client {}: {error}", number + 1))
}

async fn converse(
    number: usize,
    load: &Load,
    socket: &mut Socket,
    mut phase: watch::Receiver<Phase>,
) -> Result<u64, String> {
    let input = Bytes::from(vec![0xa5; load.input_bytes]);
    let period_us = 1_000_000 / u64::from(load.inputs_hz);
    // Spread over the period, as the bots' are.
    let first = Instant::now() + Duration::from_micros(number as u64 * 7919 % period_us);
    let mut inputs = interval_at(first, Duration::from_micros(period_us));
    inputs.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let mut frames = 0;
    let mut now = *phase.borrow_and_update();
    loop {
        tokio::select! {
            message = socket.next() => match message {
                Some(Ok(Message::Binary(_))) => frames += u64::from(now == Phase::Window),
                Some(Ok(Message::Close(_))) | None => return Err("the connection ended".to_owned()),
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err(error.to_string()),
            },
            _ = inputs.tick() => {
                let sent = socket.send(Message::Binary(input.clone())).await;
                sent.map_err(|error| error.to_string())?;
            }
            changed = phase.changed() => {
                changed.map_err(|error| error.to_string())?;
                now = *phase.borrow_and_update();
                if now == Phase::Over {
                    return Ok(frames);
                }
            }
        }
    }
}
