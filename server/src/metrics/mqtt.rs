//! What the connection to an MQTT broker counts: how it stands, what was published or not, what was asked by it or refused.

use crate::metrics::{Adder, ByReason};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use std::sync::atomic::{AtomicBool, Ordering};

/// Counters of the connection to the broker.
#[derive(Debug)]
pub struct MqttCounters {
    /// Connections that the broker accepted.
    pub connections: Counter,
    /// Events that wait for the broker now.
    pub events_waiting: Gauge,
    /// Retained topics that are kept up now.
    pub states: Gauge,
    /// Retained topics of what is gone, cleared at the broker.
    pub cleared: Counter,
    is_configured: AtomicBool,
    connected: Gauge,
    lost: ByReason,
    published: ByReason,
    dropped: ByReason,
    orders: ByReason,
    refused: ByReason,
}

impl MqttCounters {
    pub(super) fn new(new: &mut Adder<'_>) -> Self {
        Self {
            connections: new.add("mqtt_connections", "Connections that the MQTT broker accepted"),
            events_waiting: new.add("mqtt_events_waiting", "Events that wait for the MQTT broker"),
            states: new.add("mqtt_states", "Retained topics that are kept up at the MQTT broker"),
            cleared: new
                .add("mqtt_states_cleared", "Retained topics of what is gone, cleared at the MQTT broker"),
            is_configured: AtomicBool::new(false),
            connected: new.add("mqtt_connected", "1 while the MQTT broker is connected"),
            lost: new.by_reason("mqtt_lost", "Connections to the MQTT broker that ended or were not made"),
            published: new.by_reason("mqtt_published", "Messages sent to the MQTT broker, by kind"),
            dropped: new.by_reason("mqtt_dropped", "Messages for the MQTT broker that were given up"),
            orders: new
                .by_reason("mqtt_orders", "Orders that came by MQTT and were carried out, by permission"),
            refused: new.by_reason("mqtt_orders_refused", "Messages from MQTT that were not carried out"),
        }
    }

    /// There is a broker to connect to.
    pub fn configured(&self) {
        self.is_configured.store(true, Ordering::Relaxed);
    }

    /// Whether the broker is connected; `None` if none is configured.
    #[must_use]
    pub fn is_connected(&self) -> Option<bool> {
        self.is_configured.load(Ordering::Relaxed).then(|| self.connected.get() == 1)
    }

    /// The broker accepted the connection.
    pub fn connected(&self) {
        self.connections.inc();
        self.connected.set(1);
    }

    /// There is no connection, or none any more.
    pub fn disconnected(&self) {
        self.connected.set(0);
    }

    /// Why it was lost, or not made.
    pub fn lost(&self, label: &'static str) {
        self.disconnected();
        self.lost.count(label);
    }

    /// A message was sent.
    pub fn published(&self, kind: &'static str) {
        self.published.count(kind);
    }

    /// A message was given up.
    pub fn dropped(&self, label: &'static str) {
        self.dropped.count(label);
    }

    /// An order was carried out.
    pub fn carried_out(&self, permission: &'static str) {
        self.orders.count(permission);
    }

    /// A message from outside was not carried out.
    pub fn refused(&self, label: &'static str) {
        self.refused.count(label);
    }
}
