//! The server's counters, and their export at `/metrics`.
//!
//! The hot counters are plain atomics in public fields. Per-room gauges are filled on request, from the figures of a
//! [`RoomSource`]; a tick never calls this.
//!
//! It knows nothing of what it counts.

mod frames;
mod lobby;
mod mqtt;
mod netcode;
mod process;
mod rooms;
mod services;
mod store;

pub(crate) use frames::{FrameCounters, FrameKind, SocketKind};
pub(crate) use process::{LINES_DROPPED, LINES_SUMMED};
pub(crate) use rooms::{RoomFigures, RoomSource};
pub(crate) use store::StoreMetrics;

pub(crate) use lobby::LobbyCounters;
pub(crate) use mqtt::MqttCounters;
use netcode::NetcodeCounters;
use perigee_shared::netcode::TickStats;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Metric, Registry};
use rooms::RoomGauges;
pub(crate) use services::{ServiceCounters, ServiceKind};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The media type of [`Metrics::encode`].
pub(crate) const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Reason {
    reason: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Outcome {
    result: &'static str,
}

/// Counts by reason that can be read back; the labels are the server's, so there are few.
#[derive(Debug, Default)]
struct ByReason {
    family: Family<Reason, Counter>,
    counters: Mutex<BTreeMap<&'static str, Counter>>,
}

impl ByReason {
    fn count(&self, reason: &'static str) {
        let mut counters = self.lock();
        counters.entry(reason).or_insert_with(|| self.family.get_or_create_owned(&Reason { reason })).inc();
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<&'static str, Counter>> {
        // A panic leaves it valid: no change can be interrupted halfway.
        self.counters.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// All counters.
#[derive(Debug)]
pub struct Metrics {
    /// Snapshots written to sockets.
    pub snapshots_sent: Counter,
    /// Bytes written to players' sockets, WebSocket framing included.
    pub bytes_sent: Counter,
    /// Bytes read from players' sockets, WebSocket framing included.
    pub bytes_received: Counter,
    /// Messages from players.
    pub messages_received: Counter,
    /// What is read from WebSockets, of all kinds.
    pub frames: FrameCounters,
    /// Connections accepted so far.
    pub connections_total: Counter,
    /// Connections open now.
    pub connections: Gauge,
    /// Failures of the operating system to accept a connection.
    pub accept_failures: Counter,
    /// When the certificate expires, seconds since 1970; 0 without one.
    pub tls_expiry_s: Gauge,
    /// Ticks that could not start in their period.
    pub ticks_missed: Counter,
    /// Messages dropped because a room's mailbox was full.
    pub mailbox_dropped: Counter,
    /// Messages dropped because an admin console's queue was full.
    pub console_dropped: Counter,
    /// Lines of the log and of other output that were dropped because the output was not read; counted for the process.
    pub log_lines_dropped: Counter,
    /// Lines of the log that were replaced by a summary; counted for the process.
    pub log_lines_summed: Counter,
    /// What the store counts.
    pub store: StoreMetrics,
    /// Counters of the lobby.
    pub lobby: LobbyCounters,
    /// Counters of the services.
    pub services: ServiceCounters,
    /// The connection to an MQTT broker.
    pub mqtt: MqttCounters,
    registry: Registry,
    disconnects: ByReason,
    refusals: ByReason,
    packets_rejected: ByReason,
    admin_logins: Family<Outcome, Counter>,
    joins: ByReason,
    grades: ByReason,
    netcode: NetcodeCounters,
    rooms: RoomGauges,
    /// Held by the one request that fills the rooms' gauges.
    encoding: Mutex<()>,
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    /// All counters at zero. The encoder appends `_total` to the names.
    #[must_use]
    pub fn new() -> Self {
        let mut registry = Registry::with_prefix("perigee");
        let mut new = Adder(&mut registry);
        Self {
            snapshots_sent: new.add("snapshots_sent", "Snapshots written to sockets"),
            bytes_sent: new.add("bytes_sent", "Bytes written to players, WebSocket framing included"),
            bytes_received: new
                .add("bytes_received", "Bytes of messages read from players, WebSocket framing included"),
            messages_received: new.add("messages_received", "Messages from players"),
            frames: FrameCounters::new(&mut new),
            connections_total: new.add("connections", "Connections accepted"),
            // A gauge and a counter with the same name differ in the suffix.
            connections: new.add("connections", "Connections open"),
            accept_failures: new.add("accept_failures", "Connections that the system did not accept"),
            tls_expiry_s: new.add(
                "tls_certificate_expiry_timestamp_seconds",
                "When the certificate ends, seconds since 1970; 0 without one",
            ),
            ticks_missed: new.add("ticks_missed", "Ticks that could not start in their period"),
            mailbox_dropped: new.add("mailbox_dropped", "Messages dropped by full room mailboxes"),
            log_lines_dropped: new.share(
                "log_lines_dropped",
                "Log lines that nobody read in time",
                &LINES_DROPPED,
            ),
            log_lines_summed: new.share("log_lines_summed", "Log lines told as part of a sum", &LINES_SUMMED),
            console_dropped: new.add("console_dropped", "Messages dropped by full console queues"),
            store: StoreMetrics::new(&mut new),
            lobby: LobbyCounters::new(&mut new),
            services: ServiceCounters::new(&mut new),
            mqtt: MqttCounters::new(&mut new),
            disconnects: new.by_reason("disconnects", "Players sent away or gone"),
            refusals: new.by_reason("refusals", "Connections and messages refused"),
            packets_rejected: new.by_reason("packets_rejected", "Packets that were not what they must be"),
            admin_logins: new.add("admin_logins", "Attempts to log in to the console"),
            joins: new.by_reason("joins", "Players seated: new, or back in the seat that was kept"),
            grades: new.by_reason("overload_grade_changes", "Changes of a room's grade, by the new one"),
            netcode: NetcodeCounters::new(&mut new),
            rooms: RoomGauges::new(&mut new),
            encoding: Mutex::default(),
            registry,
        }
    }

    /// A connection or a message was refused.
    pub fn refused(&self, label: &'static str) {
        self.refusals.count(label);
    }

    /// A player's connection ended.
    pub fn disconnected(&self, label: &'static str) {
        self.disconnects.count(label);
    }

    /// A packet was invalid.
    pub fn packet_rejected(&self, label: &'static str) {
        self.packets_rejected.count(label);
    }

    /// A player was seated, new or in their kept seat.
    pub fn resumed(&self, resumed: bool) {
        self.joins.count(if resumed { "resumed" } else { "new" });
    }

    /// A room's overload grade changed.
    pub fn grade_changed(&self, label: &'static str) {
        self.grades.count(label);
    }

    /// A room ran a tick.
    pub fn ticked(&self, stats: &TickStats) {
        self.netcode.add(stats);
    }

    /// A login to the console was attempted.
    pub fn admin_login(&self, result: &'static str) {
        self.admin_logins.get_or_create(&Outcome { result }).inc();
    }

    /// The refusals so far, by reason: connections, messages and packets.
    #[must_use]
    pub fn refusals(&self) -> BTreeMap<&'static str, u64> {
        let mut counts = BTreeMap::new();
        for source in [&self.refusals, &self.packets_rejected] {
            for (&reason, counter) in source.lock().iter() {
                *counts.entry(reason).or_insert(0) += counter.get();
            }
        }
        counts
    }

    /// All metrics as text for a scraper, with these rooms.
    #[must_use]
    pub fn encode(&self, rooms: &impl RoomSource) -> String {
        let _encoding = self.encoding.lock().unwrap_or_else(PoisonError::into_inner);
        self.rooms.set(&rooms.figures());
        let mut text = String::new();
        // Writing to a string cannot fail.
        let _ = encode(&mut text, &self.registry);
        to_prometheus(&text)
    }
}

/// The library writes OpenMetrics, where a counter `x` is declared as `x` and reported as `x_total`. Prometheus' own
/// text format declares `x_total`; only there may a gauge `x` exist beside the counter, as `perigee_connections` does.
fn to_prometheus(open_metrics: &str) -> String {
    let mut text = String::with_capacity(open_metrics.len() + 1024);
    let mut lines = open_metrics.lines().peekable();
    while let Some(line) = lines.next() {
        let declared = |line: &str| line.strip_prefix("# TYPE ")?.strip_suffix(" counter").map(str::to_owned);
        if let Some(help) = line.strip_prefix("# HELP ") {
            let is_counter = lines.peek().is_some_and(|next| declared(next).is_some());
            let (name, words) = help.split_once(' ').unwrap_or((help, ""));
            let ending = if is_counter { "_total" } else { "" };
            let _ = writeln!(text, "# HELP {name}{ending} {words}");
        } else if let Some(name) = declared(line) {
            let _ = writeln!(text, "# TYPE {name}_total counter");
        } else if line != "# EOF" {
            let _ = writeln!(text, "{line}");
        }
    }
    text
}

struct Adder<'a>(&'a mut Registry);

impl Adder<'_> {
    /// A metric, and its registration: both share the numbers.
    fn add<M: Metric + Clone + Default>(&mut self, name: &str, help: &str) -> M {
        let metric = M::default();
        self.0.register(name, help, metric.clone());
        metric
    }

    /// Registers an existing counter.
    fn share(&mut self, name: &str, help: &str, counter: &Counter) -> Counter {
        self.0.register(name, help, counter.clone());
        counter.clone()
    }

    fn by_reason(&mut self, name: &str, help: &str) -> ByReason {
        ByReason { family: self.add(name, help), counters: Mutex::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use perigee_shared::netcode::{FullSnapshots, InputCounts, Skips};

    struct NoRooms;

    impl RoomSource for NoRooms {
        fn figures(&self) -> Vec<RoomFigures> {
            Vec::new()
        }
    }

    #[test]
    fn counters_carry_the_documented_names() {
        let metrics = Metrics::new();
        metrics.snapshots_sent.inc_by(3);
        metrics.connections.inc();
        metrics.connections_total.inc_by(2);
        metrics.refused("room_full");
        metrics.disconnected("silent");
        metrics.packet_rejected("bad_message");
        metrics.admin_login("token");
        let text = metrics.encode(&NoRooms);
        for line in [
            "# TYPE perigee_snapshots_sent_total counter",
            "# HELP perigee_snapshots_sent_total Snapshots written to sockets.",
            "perigee_snapshots_sent_total 3",
            "# TYPE perigee_connections gauge",
            "# TYPE perigee_connections_total counter",
            "perigee_bytes_sent_total 0",
            "perigee_connections 1",
            "perigee_connections_total 2",
            "perigee_refusals_total{reason=\"room_full\"} 1",
            "perigee_disconnects_total{reason=\"silent\"} 1",
            "perigee_packets_rejected_total{reason=\"bad_message\"} 1",
            "perigee_ticks_missed_total 0",
            "perigee_mailbox_dropped_total 0",
            "perigee_admin_logins_total{result=\"token\"} 1",
        ] {
            assert!(text.lines().any(|found| found == line), "{line}\n{text}");
        }
    }

    #[test]
    fn each_count_stands_under_its_own_label() {
        let metrics = Metrics::new();
        metrics.ticked(&TickStats {
            full: FullSnapshots { joined: 1, too_old: 2, forgotten: 3, asked_for: 4 },
            skipped: Skips { lane_full: 5, not_due: 6, window_full: 7, budget_spent: 8 },
            inputs: InputCounts { fresh: 9, repeated: 10, neutral: 11 },
            inputs_late: 12,
            ..TickStats::default()
        });
        let text = metrics.encode(&NoRooms);
        let families = [
            ("full_snapshots", ["joined", "baseline_too_old", "baseline_forgotten", "asked_for"]),
            ("snapshots_skipped", ["lane_full", "not_due", "window_full", "budget_spent"]),
            ("inputs", ["fresh", "repeated", "neutral", "late"]),
        ];
        let labels = families.iter().flat_map(|(name, labels)| labels.map(|label| (name, label)));
        for (count, (name, label)) in (1..).zip(labels) {
            let line = format!("perigee_{name}_total{{reason=\"{label}\"}} {count}");
            assert!(text.lines().any(|found| found == line), "{line}\n{text}");
        }
    }

    #[test]
    fn refusals_can_be_read_back() {
        let metrics = Metrics::new();
        metrics.refused("room_full");
        metrics.refused("room_full");
        metrics.packet_rejected("bad_bits");
        assert_eq!(metrics.refusals(), BTreeMap::from([("bad_bits", 1), ("room_full", 2)]));
    }
}
