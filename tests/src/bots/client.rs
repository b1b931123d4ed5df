//! One bot: a socket, a `Peer`, and a mind that turns what is seen into a command.

use crate::bots::{BotReport, BotsConfig};
use futures_util::{SinkExt, StreamExt};
use perigee_shared::game::bot::Bot;
use perigee_shared::game::{Arena, ArenaCommand};
use perigee_shared::limits::MAX_SERVER_MESSAGE_BYTES;
use perigee_shared::netcode::{Outbox, Peer, PeerConfig, PeerStats, PeerStatus};
use perigee_shared::tick::{TICK_MICROS, Tick};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async_with_config};

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Commands whose effect is waited for.
const MAX_WAITING: usize = 128;

/// One bot.
pub(crate) struct BotClient {
    number: usize,
    config: Arc<BotsConfig>,
    mind: Bot,
    peer: Peer<Arena>,
    outbox: Outbox,
    begun: Instant,
    measure_from: Instant,
    baseline: Option<PeerStats>,
    last_snapshot_at: Option<Instant>,
    /// Ticks whose first command differed from the one before, and when it was given.
    waiting: VecDeque<(Tick, Instant)>,
    decided_for: Option<Tick>,
    command: ArenaCommand,
    report: BotReport,
}

impl BotClient {
    pub(crate) fn new(number: usize, config: Arc<BotsConfig>, measure_from: Instant) -> Self {
        let peer = Peer::new(PeerConfig {
            name: format!("Bot {}", number + 1),
            room: config.room.clone(),
            want_checksums: config.checksums,
            bot: true,
            ..PeerConfig::default()
        });
        let mind =
            Bot::new(config.behaviour, config.seed.wrapping_mul(1_000_003).wrapping_add(number as u64));
        Self {
            number,
            config,
            mind,
            peer,
            outbox: Outbox::default(),
            begun: Instant::now(),
            measure_from,
            baseline: None,
            last_snapshot_at: None,
            waiting: VecDeque::new(),
            decided_for: None,
            command: ArenaCommand::default(),
            report: BotReport::default(),
        }
    }

    /// Plays until `ending` says so, or the connection ends.
    pub(crate) async fn play(mut self, mut ending: watch::Receiver<bool>) -> BotReport {
        let socket_config = WebSocketConfig::default()
            .read_buffer_size(1024)
            .write_buffer_size(0)
            .max_message_size(Some(MAX_SERVER_MESSAGE_BYTES));
        let connecting = connect_async_with_config(self.config.url.as_str(), Some(socket_config), true);
        let mut socket = match timeout(CONNECT_TIMEOUT, connecting).await {
            Ok(Ok((socket, _))) => socket,
            Ok(Err(error)) => return BotReport::failed(format!("cannot connect: {error}")),
            Err(_) => return BotReport::failed("cannot connect: no answer in time".to_owned()),
        };
        let played = tokio::select! {
            played = self.converse(&mut socket) => played,
            _ = ending.wait_for(|ending| *ending) => Ok(()),
        };
        match played {
            Err(error) => {
                self.report.disconnects += 1;
                self.report.error = Some(format!("bot {}: {error}", self.number + 1));
            }
            Ok(()) => {
                self.peer.leave(&mut self.outbox);
                // The server may be gone already: then there is nobody to take leave of.
                let _ = timeout(Duration::from_secs(1), self.flush(&mut socket)).await;
                let _ = timeout(Duration::from_secs(1), socket.close(None)).await;
            }
        }
        self.finish()
    }

    async fn converse(&mut self, socket: &mut Socket) -> Result<(), String> {
        let now_us = self.now_us();
        self.peer.connected(now_us, &mut self.outbox);
        self.flush(socket).await?;
        // Bots of one process do not all act in the same instant.
        let phase = Duration::from_micros(self.number as u64 * 7919 % TICK_MICROS);
        tokio::time::sleep(phase).await;
        let mut frames = interval(Duration::from_micros(TICK_MICROS));
        frames.set_missed_tick_behavior(MissedTickBehavior::Skip);
        loop {
            tokio::select! {
                message = socket.next() => match message {
                    Some(Ok(Message::Binary(bytes))) => self.take(&bytes)?,
                    Some(Ok(Message::Close(frame))) => {
                        return Err(frame.map_or("closed".to_owned(), |frame| frame.reason.to_string()));
                    }
                    Some(Ok(_)) => {}
                    Some(Err(error)) => return Err(error.to_string()),
                    None => return Err("the connection ended".to_owned()),
                },
                _ = frames.tick() => {
                    self.frame();
                    self.flush(socket).await?;
                }
            }
        }
    }

    fn take(&mut self, bytes: &[u8]) -> Result<(), String> {
        let now = Instant::now();
        let before = self.peer.stats().snapshots;
        self.peer.handle_packet(self.now_us(), bytes).map_err(|error| error.to_string())?;
        if let PeerStatus::Closed(reason) = self.peer.status() {
            return Err(reason.to_string());
        }
        self.report.connected |= *self.peer.status() == PeerStatus::Joined;
        if self.peer.stats().snapshots > before {
            self.snapshot_came(now, bytes.len());
        }
        if now >= self.measure_from && self.baseline.is_none() {
            self.baseline = Some(*self.peer.stats());
        }
        Ok(())
    }

    fn snapshot_came(&mut self, now: Instant, bytes: usize) {
        let measuring = self.baseline.is_some();
        if let Some(last) = self.last_snapshot_at.replace(now)
            && measuring
        {
            self.report.intervals_us.push((now - last).as_micros() as u32);
            self.report.snapshot_bytes.push(bytes as u32);
            self.report.rtt_us.push((self.peer.stats().rtt_ms * 1000.0) as u32);
        }
        let Some(tick) = self.peer.newest_snapshot() else { return };
        while let Some(&(commanded, at)) = self.waiting.front() {
            if commanded.is_newer(tick) {
                break;
            }
            self.waiting.pop_front();
            if measuring {
                self.report.input_to_effect_us.push((now - at).as_micros() as u32);
            }
        }
    }

    /// One frame: decides once for each new snapshot, and lets the peer run.
    fn frame(&mut self) {
        let now_us = self.now_us();
        let before = self.command;
        if let Some(map) = self.peer.map()
            && self.decided_for != self.peer.newest_snapshot()
        {
            let own = self.peer.own_confirmed();
            self.command = self.mind.decide(own, self.peer.confirmed().map(|(_, entity)| entity), map);
            self.decided_for = self.peer.newest_snapshot();
        }
        let commanded = self.peer.newest_command();
        self.peer.frame(now_us, self.command, &mut self.outbox);
        let newest = self.peer.newest_command();
        if let Some(newest) = newest
            && newest != commanded.unwrap_or_default()
            && before != self.command
            && self.waiting.len() < MAX_WAITING
        {
            self.waiting.push_back((newest, Instant::now()));
        }
    }

    async fn flush(&mut self, socket: &mut Socket) -> Result<(), String> {
        for packet in self.outbox.packets() {
            let message = Message::Binary(packet.to_vec().into());
            socket.send(message).await.map_err(|error| error.to_string())?;
        }
        self.outbox.clear();
        Ok(())
    }

    fn now_us(&self) -> u64 {
        self.begun.elapsed().as_micros() as u64
    }

    fn finish(mut self) -> BotReport {
        let (total, base) = (*self.peer.stats(), self.baseline.unwrap_or_default());
        self.report.snapshots = total.snapshots - base.snapshots;
        self.report.bytes = total.bytes_in - base.bytes_in;
        self.report.bytes_up = total.bytes_out - base.bytes_out;
        self.report.packets_up = total.packets_out - base.packets_out;
        self.report.mispredictions = total.mispredictions - base.mispredictions;
        self.report.decode_errors = total.decode_errors;
        self.report.state_mismatches = total.state_mismatches;
        self.report.visible = total.visible;
        self.report
    }
}
