//! The task: reads the feed, and keeps a connection to the broker, one after the other with jitter between them.

use super::broker::BrokerUrl;
use super::carry_out::{QUEUE_ORDERS, carry_out};
use super::conversation::{Conversation, Setting, drained};
use super::digest::Digest;
use super::link::{BrokerLink, MqttError};
use super::orders::Orders;
use super::outbox::{MessageKind, Outbox, Outgoing};
use super::section::{Kind, MqttConfig};
use super::session::{Introduction, Lost};
use super::status::Life;
use super::topics::{Topics, default_node};
use crate::admin::AdminContext;
use crate::metrics::Metrics;
use crate::services::feed::message::Topic;
use crate::services::feed::queue::{CloseReason, FeedQueue, Taken};
use crate::services::feed::{FeedNote, ReaderId};
use crate::services::hub::{HubHandle, Note};
use crate::wall::Wall;
use std::future::{pending, poll_fn};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tracing::{debug, info, warn};

/// Our place among the feed's readers; those of sockets count from zero.
const READER: ReaderId = ReaderId(u64::MAX);
/// The first wait is at most so long; each further one at most twice as long as the one before.
const FIRST_WAIT_MS: u64 = 100;
/// A connection that held so long was a good one: the next wait is a first one.
const GOOD_CONNECTION: Duration = Duration::from_secs(10);
/// How long we leave a name alone that another server has, at least.
const TAKEN_WAIT: Duration = Duration::from_secs(5);
/// Least time between two times that the market's names are asked for.
const NAMES_PERIOD: Duration = Duration::from_secs(1);
/// Bits of chance in a client's name.
const INSTANCE_HEX_DIGITS: usize = 12;

/// What the server hands over.
pub(crate) struct Setup {
    pub(crate) config: MqttConfig,
    /// Where the server listens: a part of its name if it was given none.
    pub(crate) port: u16,
    pub(crate) hub: HubHandle,
    pub(crate) admin: Option<Arc<AdminContext>>,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) wall: Wall,
    pub(crate) draining: watch::Receiver<bool>,
}

/// Begins, if there is a broker. The task ends when the server drains.
///
/// # Errors
/// [`MqttError`]: files that cannot be used.
pub(crate) fn start(setup: Setup) -> Result<Option<JoinHandle<()>>, MqttError> {
    let Some(url) = setup.config.url.clone() else { return Ok(None) };
    let link = BrokerLink::new(&url, &setup.config)?;
    let node = setup.config.node.clone().unwrap_or_else(|| default_node(setup.port));
    warn_if_open(&url, &setup.config);
    setup.metrics.mqtt.configured();
    Ok(Some(tokio::spawn(run(setup, link, node))))
}

fn warn_if_open(url: &BrokerUrl, config: &MqttConfig) {
    if config.is_open() {
        warn!(broker = %url, "the password for the MQTT broker crosses the network unencrypted: use mqtts://");
    }
}

/// The gauge does not outlive the task, however that ends.
struct Farewell<'a>(&'a Metrics);

impl Drop for Farewell<'_> {
    fn drop(&mut self) {
        self.0.mqtt.disconnected();
    }
}

async fn run(setup: Setup, link: BrokerLink, node: String) {
    let Setup { config, hub, admin, metrics, wall, draining, .. } = &setup;
    let _farewell = Farewell(metrics);
    let started = Instant::now();
    let secret = crate::admin::login::random_secret();
    let life = Life { started_ms: wall.now_ms(), instance: secret[..INSTANCE_HEX_DIGITS].to_owned() };
    let topics = Topics::new(&config.prefix, &node);
    let outbox = Outbox::new(config.queue_events, config.event_max_age(), &metrics.mqtt);
    let digest = Digest::new(topics.clone(), config, started);
    let (to_do, waiting) = mpsc::channel(QUEUE_ORDERS);
    let setting = Setting {
        config,
        topics: &topics,
        life: &life,
        wall: *wall,
        outbox: &outbox,
        metrics: &metrics.mqtt,
        draining: draining.clone(),
        to_do,
        started,
    };
    let client_id = format!("perigee-{node}-{}", life.instance);
    info!(broker = %link.url(), node, "publishing to an MQTT broker");
    tokio::select! {
        () = keep_connected(&setting, &link, &client_id) => {}
        () = gather(hub, digest, &outbox) => {}
        () = carry_out(waiting, hub, admin.as_ref(), &metrics.mqtt) => {}
    }
    hub.send(Note::Feed(READER, FeedNote::Leave)).await;
}

/// Reads the feed. Whoever is sent away for being slow begins anew, and is told all states again.
async fn gather(hub: &HubHandle, mut digest: Digest, outbox: &Outbox<'_>) {
    loop {
        let queue = Arc::<FeedQueue>::default();
        hub.send(Note::Feed(READER, FeedNote::Enter(Arc::clone(&queue)))).await;
        for topic in digest.needed() {
            hub.send(Note::Feed(READER, FeedNote::Subscribe(topic, None))).await;
        }
        let mut asked_at: Option<Instant> = None;
        loop {
            let bytes = match poll_fn(|cx| queue.poll_take(cx)).await {
                Taken::Message(bytes) => bytes,
                Taken::Closed(CloseReason::TooSlow) => break,
                Taken::Closed(CloseReason::Draining) => return pending().await,
            };
            let now = Instant::now();
            let missing = digest.take(&bytes, outbox, now);
            if missing.names && asked_at.is_none_or(|at| now - at >= NAMES_PERIOD) {
                asked_at = Some(now);
                hub.send(Note::Feed(READER, FeedNote::Subscribe(Topic::Market, None))).await;
            }
        }
    }
}

/// One connection after the other, until the server drains.
async fn keep_connected(setting: &Setting<'_>, link: &BrokerLink, client_id: &str) {
    let mut orders = Orders::new(setting.config, setting.started.elapsed());
    let mut draining = setting.draining.clone();
    let (mut attempt, mut told) = (0, None);
    loop {
        let begun = Instant::now();
        let lost = visit(setting, link, client_id, &mut orders, &mut told).await;
        setting.metrics.lost(lost.label());
        if lost == Lost::Stopping {
            return;
        }
        tell(lost, &mut told);
        attempt = if begun.elapsed() >= GOOD_CONNECTION { 0 } else { attempt + 1 };
        let wait = if lost == Lost::NodeTaken {
            TAKEN_WAIT + jitter(TAKEN_WAIT)
        } else {
            jitter(window(attempt, setting.config.reconnect_ms))
        };
        if timeout(wait, drained(&mut draining)).await.is_ok() {
            return;
        }
    }
}

/// One connection.
async fn visit(
    setting: &Setting<'_>,
    link: &BrokerLink,
    client_id: &str,
    orders: &mut Orders,
    told: &mut Option<Lost>,
) -> Lost {
    let mut draining = setting.draining.clone();
    let (payload, qos) = (setting.life.offline(setting.wall.now_ms()), setting.config.qos.of(Kind::Status));
    let us = Introduction {
        client_id: client_id.to_owned(),
        login: link.login(),
        keep_alive: setting.config.keep_alive(),
        will: Outgoing { kind: MessageKind::State, topic: setting.topics.status(), payload, qos },
    };
    let connected = tokio::select! {
        connected = link.connect(&us) => connected,
        () = drained(&mut draining) => return Lost::Stopping,
    };
    match connected {
        Ok((stream, input)) => {
            setting.metrics.connected();
            *told = None;
            info!(broker = %link.url(), "the MQTT broker is connected");
            Conversation::new(setting, orders, input).run(stream).await
        }
        Err(lost) => lost,
    }
}

/// Once for each reason: it is tried again and again.
fn tell(lost: Lost, told: &mut Option<Lost>) {
    let reason = lost.label();
    match told.replace(lost) {
        Some(before) if before == lost => debug!(reason, "the MQTT broker is not connected"),
        _ if lost == Lost::NodeTaken => {
            warn!(reason, "another server has our name at the MQTT broker: give each its own mqtt.node");
        }
        _ => warn!(reason, "the MQTT broker is not connected"),
    }
}

/// Within which time the next attempt is made.
fn window(attempt: u32, most_ms: u64) -> Duration {
    Duration::from_millis((FIRST_WAIT_MS << attempt.min(16)).min(most_ms))
}

/// A moment of that time, each as likely as the others: servers that lost a broker together do not come back together.
fn jitter(window: Duration) -> Duration {
    // Without chance it is the end of the window.
    let dice = getrandom::u32().unwrap_or(u32::MAX);
    window.mul_f64(f64::from(dice) / f64::from(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_the_longest_and_are_anywhere_in_it() {
        let windows: Vec<u128> = (0..7).map(|attempt| window(attempt, 1000).as_millis()).collect();
        assert_eq!(windows, [100, 200, 400, 800, 1000, 1000, 1000]);
        assert_eq!(window(u32::MAX, 60_000).as_millis(), 60_000);
        let waits: Vec<Duration> = (0..200).map(|_| jitter(Duration::from_secs(1))).collect();
        assert!(waits.iter().all(|&wait| wait <= Duration::from_secs(1)));
        for half in [0, 1] {
            let in_half = waits.iter().filter(|wait| wait.as_millis() / 501 == half).count();
            assert!(in_half > 50, "{waits:?}");
        }
    }
}
