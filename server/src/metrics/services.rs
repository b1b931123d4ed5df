//! Counters of the services: chat, prices, leaderboards, the feed. Each refusal and each drop has its counter.

use crate::metrics::{Adder, ByReason, Reason};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;

/// A kind of message of the services.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServiceKind {
    /// Lines of chat.
    Chat,
    /// Lines of the history, for later arrivals.
    History,
    /// Prices.
    Prices,
    /// Leaderboards.
    Leaders,
    /// Refusals of requests.
    Refusal,
    /// Messages of the public feed.
    Feed,
}

impl ServiceKind {
    const LABELS: [&'static str; 6] = ["chat", "history", "prices", "leaders", "refusal", "feed"];
}

/// Counters by kind, looked up once: counting is then an atomic addition.
#[derive(Debug)]
struct ByKind([Counter; ServiceKind::LABELS.len()]);

impl ByKind {
    fn new(new: &mut Adder<'_>, name: &str, help: &str) -> Self {
        let family: Family<Reason, Counter> = new.add(name, help);
        Self(ServiceKind::LABELS.map(|reason| family.get_or_create_owned(&Reason { reason })))
    }

    fn add(&self, kind: ServiceKind, count: u64) {
        self.0[kind as usize].inc_by(count);
    }
}

/// Counters of the services.
#[derive(Debug)]
pub struct ServiceCounters {
    /// Current readers of the feed.
    pub feed_readers: Gauge,
    /// Connections registered with the services.
    pub members: Gauge,
    /// Headlines that were dropped because a room's queue was full.
    pub headlines_dropped: Counter,
    encoded: ByKind,
    delivered: ByKind,
    bytes: ByKind,
    dropped: ByKind,
    refused: ByReason,
    feed_closed: ByReason,
}

impl ServiceCounters {
    pub(super) fn new(new: &mut Adder<'_>) -> Self {
        Self {
            feed_readers: new.add("feed_readers", "Readers of the public feed"),
            members: new.add("services_members", "Connections that chat and boards know"),
            headlines_dropped: new.add("headlines_dropped", "Headlines that a room had no place for"),
            encoded: ByKind::new(new, "services_encoded", "Messages of the services made into bytes"),
            delivered: ByKind::new(new, "services_delivered", "Messages of the services put before somebody"),
            bytes: ByKind::new(new, "services_bytes", "Bytes of those, without framing"),
            dropped: ByKind::new(new, "services_dropped", "Messages of the services that found a queue full"),
            refused: new.by_reason("services_refused", "What was asked of a service and not done"),
            feed_closed: new.by_reason("feed_closed", "Readers of the feed sent away or gone"),
        }
    }

    /// Messages were encoded.
    pub fn encoded(&self, kind: ServiceKind, count: u64) {
        self.encoded.add(kind, count);
    }

    /// A message of `bytes` was delivered to a connection's queue.
    pub fn delivered(&self, kind: ServiceKind, bytes: usize) {
        self.delivered_in_all(kind, 1, bytes as u64);
    }

    /// `count` messages of `bytes` in all were delivered to connections' queues.
    pub fn delivered_in_all(&self, kind: ServiceKind, count: u64, bytes: u64) {
        self.delivered.add(kind, count);
        self.bytes.add(kind, bytes);
    }

    /// A message was dropped because a queue was full.
    pub fn dropped(&self, kind: ServiceKind) {
        self.dropped.add(kind, 1);
    }

    /// A request was refused.
    pub fn refused(&self, label: &'static str) {
        self.refused.count(label);
    }

    /// A reader of the feed was disconnected.
    pub fn feed_closed(&self, label: &'static str) {
        self.feed_closed.count(label);
    }
}
