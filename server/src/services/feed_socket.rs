//! The socket of one reader of the public feed, from the handshake to its close.
//!
//! Reads requests, bounded in size and number, and writes what the hub put into the reader's queue. It does not know
//! the messages' content.

use crate::metrics::Metrics;
use crate::services::FeedConfig;
use crate::services::feed::message::{FeedFault, FeedReply, FeedRequest, MAX_REQUEST_BYTES, Topic};
use crate::services::feed::queue::{FeedQueue, Taken};
use crate::services::feed::{FeedNote, ReaderId};
use crate::services::hub::{HubHandle, Note};
use crate::websocket::closing::{self, Fault};
use crate::websocket::{FRAMES_PER_SECOND, Rate};
use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use std::future::{Future, poll_fn};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error, Message, Utf8Bytes};
use tracing::debug;

/// Version of the feed's messages.
const VERSION: u32 = 1;
/// Requests are tiny.
const READ_BYTES: usize = 512;
/// Least size of a write: many small messages share one.
const WRITE_BYTES: usize = 4096;
/// Faults after which a reader is disconnected.
const MAX_FAULTS: u32 = 16;
/// A silent reader is pinged this many times within the idle timeout.
const PINGS_PER_TIMEOUT: u32 = 3;

/// What a reader's socket needs.
#[derive(Debug)]
pub(crate) struct FeedDoor {
    pub(crate) hub: HubHandle,
    /// What there is to read ([`Topic::of`]).
    pub(crate) topics: Vec<Topic>,
    pub(crate) config: FeedConfig,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) write_timeout: Duration,
    pub(crate) draining: watch::Receiver<bool>,
}

/// Bounds of the socket.
pub(crate) fn socket_config() -> WebSocketConfig {
    WebSocketConfig::default()
        .read_buffer_size(READ_BYTES)
        .write_buffer_size(WRITE_BYTES)
        .max_message_size(Some(MAX_REQUEST_BYTES))
        .max_frame_size(Some(MAX_REQUEST_BYTES))
}

/// Frames of all kinds that a reader may send in a second. Requests have a lower limit, which does not disconnect at
/// once.
pub(crate) fn frames_per_second(config: &FeedConfig) -> u32 {
    config.requests_per_second.saturating_mul(2).max(FRAMES_PER_SECOND)
}

/// Why a connection ends: the label in `/metrics`, and the close frame's code unless the reader is gone.
#[derive(PartialEq, Eq)]
struct End(&'static str, Option<u16>);

impl End {
    const GONE: Self = Self("gone", None);
    /// The reader sent a close frame.
    const CLOSED: Self = Self("closed", None);
    const DRAINING: Self = Self("draining", Some(1001));
    const IDLE: Self = Self("idle", Some(1008));
    const FAULTS: Self = Self("too_many_faults", Some(1008));
    const NOT_READING: Self = Self("not_reading", None);

    fn of(fault: &Fault) -> Self {
        let label = match fault {
            Fault::Lost => return Self::GONE,
            Fault::TooFast => "too_fast",
            Fault::TooLarge => "too_large",
            Fault::NotUtf8 => "not_utf8",
            Fault::BadFrame(_) => "bad_message",
        };
        Self(label, fault.code())
    }
}

/// Serves one reader to its end.
pub(crate) async fn serve<S>(
    mut ws: WebSocketStream<S>,
    address: SocketAddr,
    reader: ReaderId,
    door: &FeedDoor,
) where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let queue = Arc::<FeedQueue>::default();
    door.hub.send(Note::Feed(reader, FeedNote::Enter(Arc::clone(&queue)))).await;
    let now = Instant::now();
    let rate = Rate::new(door.config.requests_per_second, now);
    let mut session =
        ReaderSession { ws: &mut ws, reader, queue: &queue, door, rate, faults: 0, alive_at: now };
    let end = session.run().await;
    let End(label, code) = end;
    door.hub.send(Note::Feed(reader, FeedNote::Leave)).await;
    door.metrics.services.feed_closed(label);
    debug!(%address, label, "a reader of the feed is gone");
    match code {
        Some(code) => closing::close(&mut ws, None, code, label).await,
        None if end == End::CLOSED => closing::answer(&mut ws).await,
        None => {}
    }
}

/// The first message to every reader.
fn hello(door: &FeedDoor) -> Bytes {
    FeedReply::Hello { version: VERSION, topics: door.topics.clone() }.to_bytes()
}

/// Refuses a reader for whom there is no place, with the label of `/metrics` as the reason.
pub(crate) async fn turn_away<S>(mut ws: WebSocketStream<S>, label: &'static str, door: &FeedDoor)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    door.metrics.services.feed_closed(label);
    let hello = Utf8Bytes::try_from(hello(door)).ok().map(Message::Text);
    // RFC 6455, 7.4.1: 1013, try again later.
    closing::close(&mut ws, hello, 1013, label).await;
}

struct ReaderSession<'a, S> {
    ws: &'a mut WebSocketStream<S>,
    reader: ReaderId,
    queue: &'a FeedQueue,
    door: &'a FeedDoor,
    rate: Rate,
    faults: u32,
    /// When they last sent something, or took a message: a proxy may not pass on their pongs.
    alive_at: Instant,
}

impl<S: AsyncRead + AsyncWrite + Unpin> ReaderSession<'_, S> {
    async fn run(&mut self) -> End {
        match self.pump().await {
            Ok(()) => End::GONE,
            Err(end) => end,
        }
    }

    async fn pump(&mut self) -> Result<(), End> {
        self.write(hello(self.door)).await?;
        let mut pings = interval(self.door.config.idle_timeout() / PINGS_PER_TIMEOUT);
        pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
        pings.tick().await;
        let mut draining = self.door.draining.clone();
        loop {
            tokio::select! {
                taken = poll_fn(|cx| self.queue.poll_take(cx)) => self.write_taken(taken).await?,
                message = self.ws.next() => self.hear(message).await?,
                _ = pings.tick() => self.ask_whether_there().await?,
                () = drained(&mut draining) => return Err(End::DRAINING),
            }
        }
    }

    /// Writes all that waits, and flushes once.
    async fn write_taken(&mut self, first: Taken) -> Result<(), End> {
        let mut next = Some(first);
        while let Some(taken) = next {
            match taken {
                Taken::Message(bytes) => self.feed(bytes).await?,
                Taken::Closed(reason) => return Err(End(reason.code(), Some(reason.close_code()))),
            }
            next = self.queue.take();
        }
        self.flush().await?;
        self.alive_at = Instant::now();
        Ok(())
    }

    async fn hear(&mut self, message: Option<Result<Message, Error>>) -> Result<(), End> {
        self.alive_at = Instant::now();
        let fault = match message {
            Some(Ok(Message::Text(text))) => self.execute(&text).await?,
            Some(Ok(Message::Binary(_))) => Some(FeedFault::NotText),
            Some(Ok(Message::Close(_))) => return Err(End::CLOSED),
            None => return Err(End::GONE),
            // The library answers pings; the stream below limits their number.
            Some(Ok(_)) => None,
            Some(Err(error)) => return Err(End::of(&Fault::of(&error))),
        };
        match fault {
            Some(fault) => self.blame(fault).await,
            None => Ok(()),
        }
    }

    /// Executes a request; returns the fault if it was wrong.
    async fn execute(&mut self, text: &str) -> Result<Option<FeedFault>, End> {
        if !self.rate.allow(self.alive_at) {
            return Ok(Some(FeedFault::TooFast));
        }
        let note = match FeedRequest::read(text) {
            Ok(FeedRequest::Subscribe { topic, .. }) if !self.door.topics.contains(&topic) => {
                return Ok(Some(FeedFault::NoSuchTopic));
            }
            Ok(FeedRequest::Subscribe { topic, from }) => FeedNote::Subscribe(topic, from),
            Ok(FeedRequest::Unsubscribe { topic }) => FeedNote::Unsubscribe(topic),
            Ok(FeedRequest::Ping { id }) => {
                self.write(FeedReply::Pong { id }.to_bytes()).await?;
                return Ok(None);
            }
            Err(fault) => return Ok(Some(fault)),
        };
        // It waits for the hub: a reader who sends faster than the hub works is not read meanwhile.
        self.door.hub.send(Note::Feed(self.reader, note)).await;
        Ok(None)
    }

    /// Reports a fault. A reader with too many of them is disconnected.
    async fn blame(&mut self, fault: FeedFault) -> Result<(), End> {
        self.door.metrics.services.refused(fault.code());
        self.faults += 1;
        if self.faults > MAX_FAULTS {
            return Err(End::FAULTS);
        }
        self.write(FeedReply::fault(fault).to_bytes()).await
    }

    async fn ask_whether_there(&mut self) -> Result<(), End> {
        if self.alive_at.elapsed() >= self.door.config.idle_timeout() {
            return Err(End::IDLE);
        }
        write_within(self.door.write_timeout, self.ws.send(Message::Ping(Bytes::new()))).await
    }

    async fn write(&mut self, bytes: Bytes) -> Result<(), End> {
        self.feed(bytes).await?;
        self.flush().await
    }

    async fn feed(&mut self, bytes: Bytes) -> Result<(), End> {
        let text = Utf8Bytes::try_from(bytes).map_err(|_| End::of(&Fault::NotUtf8))?;
        write_within(self.door.write_timeout, self.ws.feed(Message::Text(text))).await
    }

    async fn flush(&mut self) -> Result<(), End> {
        write_within(self.door.write_timeout, self.ws.flush()).await
    }
}

async fn drained(draining: &mut watch::Receiver<bool>) {
    // A dropped sender means that the server has ended.
    let _ = draining.wait_for(|draining| *draining).await;
}

/// Waits for a write, at most for `limit`.
async fn write_within(limit: Duration, write: impl Future<Output = Result<(), Error>>) -> Result<(), End> {
    match timeout(limit, write).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) => Err(End::GONE),
        Err(_) => Err(End::NOT_READING),
    }
}
