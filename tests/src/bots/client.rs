//! One bot: a socket, a `Peer`, and a controller that turns what is seen into a command. It knows no game.

use super::controller::{CommandOf, Controller, Part};
use super::crowd::Crowd;
use super::talk::Talk;
use crate::bots::{BotReport, BotsConfig, Start};
use futures_util::{Sink, SinkExt, StreamExt};
use perigee_shared::backoff::wait_us;
use perigee_shared::limits::MAX_SERVER_MESSAGE_BYTES;
use perigee_shared::netcode::{Outbox, Peer, PeerConfig, PeerStats, PeerStatus, Simulation};
use perigee_shared::protocol::{ServiceRequest, Tuning};
use perigee_shared::rng::Rng;
use perigee_shared::tick::{TICK_MICROS, Tick};
use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Bytes, Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async_with_config};

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Tries to get a seat back whose connection broke; after the last one a bot that plays for some time gives up.
const MAX_TRIES: usize = 5;
/// Commands whose effect is waited for.
const MAX_WAITING: usize = 128;

/// Numbers of one kind that a bot keeps; of more, as a bot that plays for days has, some old one makes way.
const MAX_SAMPLES: usize = 200_000;

fn sample(samples: &mut Vec<u32>, value: u32, dice: &mut Rng) {
    if samples.len() < MAX_SAMPLES {
        samples.push(value);
    } else {
        samples[dice.next_u32() as usize % MAX_SAMPLES] = value;
    }
}

fn peer<G: Simulation>(number: usize, config: &BotsConfig) -> Peer<G> {
    Peer::new(PeerConfig {
        // A name with "Bot" in it is none that people may have.
        name: format!("{} {}", if config.people { "Pilot" } else { "Bot" }, number + 1),
        room: config.room.clone(),
        want_checksums: config.checksums,
        bot: !config.people,
        ..PeerConfig::default()
    })
}

/// Why a connection is over.
#[derive(Debug)]
struct Broken {
    words: String,
    /// Whether another connection can help.
    retry: bool,
    /// The time over which the server wants first tries to be spread.
    retry_within_ms: Option<u32>,
}

impl Broken {
    fn retry(words: impl Into<String>) -> Self {
        Self { words: words.into(), retry: true, retry_within_ms: None }
    }
}

impl From<Error> for Broken {
    fn from(error: Error) -> Self {
        Self::retry(error.to_string())
    }
}

/// One bot.
pub(crate) struct BotClient<C: Controller> {
    number: usize,
    config: Arc<BotsConfig>,
    crowd: Arc<Crowd>,
    /// Whether it has lost the server, and told the crowd.
    is_away: bool,
    /// Who plays; `None` if the game has nobody who plays so.
    controller: Option<C>,
    /// For when to try again.
    dice: Rng,
    peer: Peer<C::Game>,
    outbox: Outbox,
    /// What the socket did not take yet.
    unsent: VecDeque<Bytes>,
    begun: Instant,
    measure_from: Instant,
    baseline: Option<PeerStats>,
    last_snapshot_at: Option<Instant>,
    /// Ticks whose first command differed from the one before, and when it was given.
    waiting: VecDeque<(Tick, Instant)>,
    decided_for: Option<Tick>,
    command: CommandOf<C>,
    /// Whether this connection asked for what the services are to tell.
    tuned_in: bool,
    talk: Option<Talk>,
    report: BotReport,
}

impl<C: Controller> BotClient<C> {
    pub(crate) fn new(start: Start) -> Self {
        let Start { number, behaviour, config, crowd, measure_from } = start;
        let peer = peer(number, &config);
        let seed = config.seed.wrapping_mul(1_000_003).wrapping_add(number as u64);
        let controller = C::new(Part { behaviour, seed, talks: config.talk.is_some() });
        let talk = config.talk.map(|every| Talk::new(C::LINES, every, number, config.count, measure_from));
        Self {
            number,
            config,
            crowd,
            is_away: false,
            controller,
            dice: Rng::new(seed),
            peer,
            outbox: Outbox::default(),
            unsent: VecDeque::new(),
            begun: Instant::now(),
            measure_from,
            baseline: None,
            last_snapshot_at: None,
            waiting: VecDeque::new(),
            decided_for: None,
            command: CommandOf::<C>::default(),
            tuned_in: false,
            talk,
            report: BotReport::default(),
        }
    }

    /// Plays until `ending` says so, or the connection ends and the seat with it. One that is to play until it is stopped
    /// sits down anew then, unless it was sent away for good.
    pub(crate) async fn play(mut self, mut ending: watch::Receiver<bool>) -> BotReport {
        let mut tries = 0;
        loop {
            let resumes = self.peer.stats().resumes;
            let broken = match connect(&self.config.url).await {
                Ok(mut socket) => {
                    let played = tokio::select! {
                        played = self.converse(&mut socket) => played,
                        _ = ending.wait_for(|ending| *ending) => Ok(()),
                    };
                    match played {
                        Ok(()) => break self.take_leave(&mut socket).await,
                        Err(broken) => broken,
                    }
                }
                Err(broken) => broken,
            };
            tries = if self.peer.stats().resumes > resumes { 0 } else { tries };
            tries = if self.is_away { tries } else { 0 };
            self.lose(&broken);
            let is_kept = matches!(self.peer.status(), PeerStatus::Lost { .. });
            let is_worth_it = self.config.duration.is_none() || (is_kept && tries < MAX_TRIES);
            if !(broken.retry && is_worth_it) {
                self.crowd.gave_up(self.number, &broken.words, self.is_away);
                break;
            }
            if !std::mem::replace(&mut self.is_away, true) {
                self.crowd.lost(self.number, &broken.words);
            }
            if !is_kept {
                self.begin_anew();
            }
            let wait = Duration::from_micros(wait_us(tries, broken.retry_within_ms, self.dice.next_u32()));
            tries += 1;
            let stopped = tokio::select! {
                () = sleep(wait) => false,
                _ = ending.wait_for(|ending| *ending) => true,
            };
            if stopped {
                break;
            }
        }
        self.finish()
    }

    /// Nothing is left of the seat: what follows is another player's life.
    fn begin_anew(&mut self) {
        self.peer = peer(self.number, &self.config);
        self.baseline = None;
        self.decided_for = None;
        self.command = CommandOf::<C>::default();
    }

    /// The connection is over: what was under way on it is forgotten, what the peer holds is not.
    fn lose(&mut self, broken: &Broken) {
        self.report.disconnects += 1;
        self.report.error.get_or_insert(format!("bot {}: {}", self.number + 1, broken.words));
        self.peer.disconnected();
        self.outbox.clear();
        self.unsent.clear();
        self.waiting.clear();
        self.tuned_in = false;
        self.last_snapshot_at = None;
    }

    async fn take_leave(&mut self, socket: &mut Socket) {
        self.peer.leave(&mut self.outbox);
        self.unsent.extend(self.outbox.packets().map(Bytes::copy_from_slice));
        let goodbye = async {
            while let Some(packet) = self.unsent.pop_front() {
                socket.send(Message::Binary(packet)).await?;
            }
            socket.close(None).await
        };
        // The server may be gone already: then there is nobody to take leave of.
        let _ = timeout(Duration::from_secs(1), goodbye).await;
    }

    async fn converse(&mut self, socket: &mut Socket) -> Result<(), Broken> {
        self.peer.connected(self.now_us(), &mut self.outbox);
        self.hand_over(socket).await?;
        // Bots of one process do not all act in the same instant.
        let phase = Duration::from_micros(self.number as u64 * 7919 % TICK_MICROS);
        sleep(phase).await;
        let mut frames = interval(Duration::from_micros(TICK_MICROS));
        frames.set_missed_tick_behavior(MissedTickBehavior::Skip);
        loop {
            tokio::select! {
                message = socket.next() => match message {
                    Some(Ok(Message::Binary(bytes))) => self.take(&bytes)?,
                    Some(Ok(Message::Close(frame))) => {
                        return Err(Broken::retry(frame.map_or_else(|| "closed".into(), |frame| frame.reason.to_string())));
                    }
                    Some(Ok(_)) => {}
                    Some(Err(error)) => return Err(error.into()),
                    None => return Err(Broken::retry("the connection ended")),
                },
                _ = frames.tick() => {
                    // Before the frame: it makes no packet for a socket that would not take it.
                    self.hand_over(socket).await?;
                    self.frame();
                    self.hand_over(socket).await?;
                }
            }
        }
    }

    fn take(&mut self, bytes: &[u8]) -> Result<(), Broken> {
        let now = Instant::now();
        let before = self.peer.stats().snapshots;
        // What cannot be read is a bug, and no new connection mends that.
        self.peer.handle_packet(self.now_us(), bytes).map_err(|error| Broken {
            words: error.to_string(),
            retry: false,
            retry_within_ms: None,
        })?;
        if let PeerStatus::Closed(reason) = self.peer.status() {
            let (retry, retry_within_ms) = (reason.worth_retrying(), reason.retry_within_ms());
            return Err(Broken { words: reason.to_string(), retry, retry_within_ms });
        }
        if *self.peer.status() == PeerStatus::Joined {
            self.report.connected = true;
            if std::mem::take(&mut self.is_away) {
                self.crowd.back();
            }
        }
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
            let (report, dice) = (&mut self.report, &mut self.dice);
            sample(&mut report.intervals_us, (now - last).as_micros() as u32, dice);
            sample(&mut report.snapshot_bytes, bytes as u32, dice);
            sample(&mut report.rtt_us, (self.peer.stats().rtt_ms * 1000.0) as u32, dice);
        }
        let Some(tick) = self.peer.newest_snapshot() else { return };
        while let Some(&(commanded, at)) = self.waiting.front() {
            if commanded.is_newer(tick) {
                break;
            }
            self.waiting.pop_front();
            if measuring {
                let took_us = (now - at).as_micros() as u32;
                sample(&mut self.report.input_to_effect_us, took_us, &mut self.dice);
            }
        }
    }

    /// One frame: decides once for each new snapshot, and lets the peer run.
    fn frame(&mut self) {
        let now_us = self.now_us();
        let before = self.command;
        if self.peer.map().is_some() && self.decided_for != self.peer.newest_snapshot() {
            self.decided_for = self.peer.newest_snapshot();
            self.decide();
        }
        if let Some(line) = self.talk.as_mut().and_then(|talk| talk.due(Instant::now())) {
            self.peer.tell(&line, &mut self.outbox);
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

    fn decide(&mut self) {
        let Some(controller) = &mut self.controller else { return };
        self.command = controller.play(&mut self.peer);
        let wanted = controller.wanted();
        let is_asked = self.tuned_in || wanted == Tuning::default();
        if !is_asked && *self.peer.status() == PeerStatus::Joined {
            self.tuned_in = true;
            self.peer.tell(&ServiceRequest::Tune(wanted), &mut self.outbox);
        }
    }

    /// Gives the socket what it takes without waiting, since a bot that waits takes nothing in. What it does not take
    /// goes first next time, and until then the peer adds nothing: its commands wait, and travel together.
    async fn hand_over(&mut self, socket: &mut Socket) -> Result<(), Broken> {
        self.unsent.extend(self.outbox.packets().map(Bytes::copy_from_slice));
        self.outbox.clear();
        let takes_more = poll_fn(|cx| Poll::Ready(offer(socket, &mut self.unsent, cx))).await?;
        self.peer.set_uplink_blocked(!takes_more);
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
        self.report.resumes = total.resumes;
        self.report.visible = total.visible;
        self.report.play = self.controller.map(|controller| controller.tally()).unwrap_or_default();
        self.report
    }
}

async fn connect(url: &str) -> Result<Socket, Broken> {
    let socket_config = WebSocketConfig::default()
        .read_buffer_size(1024)
        .write_buffer_size(0)
        .max_message_size(Some(MAX_SERVER_MESSAGE_BYTES));
    let connecting = connect_async_with_config(url, Some(socket_config), true);
    match timeout(CONNECT_TIMEOUT, connecting).await {
        Ok(Ok((socket, _))) => Ok(socket),
        Ok(Err(error)) => Err(Broken::retry(format!("cannot connect: {error}"))),
        Err(_) => Err(Broken::retry("cannot connect: no answer in time")),
    }
}

/// Moves packets into the socket until there are none, or it takes no more without waiting; tells whether it would take
/// another.
fn offer<S>(socket: &mut S, unsent: &mut VecDeque<Bytes>, cx: &mut Context<'_>) -> Result<bool, Error>
where
    S: Sink<Message, Error = Error> + Unpin,
{
    loop {
        match socket.poll_ready_unpin(cx) {
            Poll::Pending => return Ok(false),
            Poll::Ready(ready) => ready?,
        }
        let Some(packet) = unsent.pop_front() else { return Ok(true) };
        // Without a write buffer this writes through.
        socket.start_send_unpin(Message::Binary(packet))?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio_tungstenite::tungstenite::protocol::Role;

    #[tokio::test]
    async fn a_socket_that_takes_no_more_is_left_alone_until_it_does() {
        let (ours, theirs) = tokio::io::duplex(64);
        let unbuffered = WebSocketConfig::default().write_buffer_size(0);
        let mut socket = WebSocketStream::from_raw_socket(ours, Role::Client, Some(unbuffered)).await;
        let mut reader = WebSocketStream::from_raw_socket(theirs, Role::Server, None).await;
        let mut unsent: VecDeque<Bytes> = (0..10).map(|n| Bytes::from(vec![n; 20])).collect();
        let mut handed_over = async |unsent: &mut VecDeque<Bytes>| {
            poll_fn(|cx| Poll::Ready(offer(&mut socket, unsent, cx))).await.expect("the socket is open")
        };
        assert!(!handed_over(&mut unsent).await);
        let left = unsent.len();
        assert!((5..10).contains(&left), "{left}");
        assert!(!handed_over(&mut unsent).await);
        assert_eq!(unsent.len(), left, "nothing was read, so nothing more is taken");
        for n in 0..10 {
            let message = loop {
                if let Ok(message) = timeout(Duration::from_millis(1), reader.next()).await {
                    break message.expect("the socket is open").expect("a message");
                }
                handed_over(&mut unsent).await;
            };
            assert_eq!(message.into_data(), vec![n; 20], "in order");
        }
        assert!(handed_over(&mut unsent).await && unsent.is_empty());
    }
}
