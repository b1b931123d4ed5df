//! The section `mqtt`: which broker, what it is told, and what may be asked by it.

use super::broker::{BrokerUrl, Secret};
use super::mapping::{DeviceMapping, OrderMapping, is_topic};
use super::topics::is_segment;
use crate::section::{Number, Section, TIMEOUT_MS, Wrong};
use crate::services::feed::message::Topic;
use rumqttc::QoS;
use serde::Deserialize;
use std::path::PathBuf;
use std::time::Duration;

/// Orders and devices that may be mapped.
const MAX_MAPPINGS: usize = 64;

/// The broker. Without a URL there is none.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub struct MqttConfig {
    /// Where the broker is.
    pub url: Option<BrokerUrl>,
    /// Who we are there, if not in the URL.
    pub user: Option<String>,
    /// With which password, if not in the URL.
    pub password: Option<Secret>,
    /// A file whose first line is the password.
    pub password_file: Option<PathBuf>,
    /// Certificates that may vouch for the broker, PEM; the system's if left out.
    pub ca: Option<PathBuf>,
    /// What all topics begin with.
    pub prefix: String,
    /// What this server is called in its topics.
    pub node: Option<String>,
    /// Topics of the feed that are published.
    pub topics: Vec<Topic>,
    /// How surely the broker gets them.
    pub qos: QosByTopic,
    /// Events that may wait for the broker.
    pub queue_events: usize,
    /// How old an event may be when the broker gets it.
    pub event_max_age_ms: u64,
    /// How long a broker may be silent.
    pub keep_alive_ms: u64,
    /// How long connecting may take, and the broker to take any of what it is sent.
    pub timeout_ms: u64,
    /// The longest time between two attempts to connect.
    pub reconnect_ms: u64,
    /// Orders from all mappings together in a minute.
    pub orders_per_minute: u32,
    /// What may be asked.
    pub orders: Vec<OrderMapping>,
    /// What devices are told.
    pub devices: Vec<DeviceMapping>,
}

/// 0: at most once; 1: at least once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub struct QosByTopic {
    headlines: u8,
    leaderboard: u8,
    market: u8,
    chat: u8,
    rooms: u8,
    status: u8,
    devices: u8,
}

/// Those who are no topic of the feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A topic of the feed.
    Feed(Topic),
    /// Whether the server is there.
    Status,
    /// What a device is told.
    Device,
}

impl QosByTopic {
    pub(super) fn of(&self, kind: Kind) -> QoS {
        let level = match kind {
            Kind::Feed(Topic::Headlines) => self.headlines,
            Kind::Feed(Topic::Leaderboard) => self.leaderboard,
            Kind::Feed(Topic::Market) => self.market,
            Kind::Feed(Topic::Chat) => self.chat,
            Kind::Feed(Topic::Rooms) => self.rooms,
            Kind::Status => self.status,
            Kind::Device => self.devices,
        };
        if level == 0 { QoS::AtMostOnce } else { QoS::AtLeastOnce }
    }
}

impl MqttConfig {
    pub(super) fn timeout(&self) -> Duration {
        Duration::from_millis(self.timeout_ms)
    }

    pub(super) fn keep_alive(&self) -> Duration {
        Duration::from_millis(self.keep_alive_ms)
    }

    pub(super) fn event_max_age(&self) -> Duration {
        Duration::from_millis(self.event_max_age_ms)
    }

    /// Whether a password would cross the network for anybody to read.
    pub(crate) fn is_open(&self) -> bool {
        let Some(url) = &self.url else { return false };
        let has_password = url.password.is_some() || self.password.is_some() || self.password_file.is_some();
        has_password && url.is_open()
    }

    /// Whether somebody may ask for what only an admin may.
    pub(crate) fn needs_admin(&self) -> bool {
        self.orders.iter().any(|order| order.may.is_admins())
    }

    /// Checks every value.
    pub(crate) fn check(&self) -> Result<(), Wrong> {
        self.check_numbers()?;
        self.check_login()?;
        self.check_names()?;
        self.check_orders()?;
        self.check_devices()
    }

    fn check_login(&self) -> Result<(), Wrong> {
        let wrong = |key: &str, what: &str| Err((format!("mqtt.{key}"), what.to_owned()));
        let url = self.url.as_ref();
        if self.password.is_some() && self.password_file.is_some() {
            return wrong("password_file", "is not allowed together with mqtt.password");
        }
        let has_password = self.password.is_some() || self.password_file.is_some();
        if url.is_some_and(|url| url.user.is_some()) && self.user.is_some() {
            return wrong("user", "is not allowed together with a user in mqtt.url");
        }
        if url.is_some_and(|url| url.password.is_some()) && has_password {
            return wrong("password", "is not allowed together with a password in mqtt.url");
        }
        if url.is_some_and(|url| url.user.is_none()) && self.user.is_none() && has_password {
            return wrong("user", "missing: a password needs its user");
        }
        if url.is_some_and(|url| !url.is_encrypted) && self.ca.is_some() {
            return wrong("ca", "is of no use without TLS: mqtt.url would begin with mqtts://");
        }
        Ok(())
    }

    fn check_names(&self) -> Result<(), Wrong> {
        let allowed = "allowed are 1 to 64 ASCII letters, digits, '-' and '_'";
        if self.node.as_ref().is_some_and(|node| !is_segment(node)) {
            return Err(("mqtt.node".to_owned(), allowed.to_owned()));
        }
        if !self.prefix.split('/').all(is_segment) || self.prefix.len() > 128 {
            let what = format!("{allowed}, or several of these with '/' between them");
            return Err(("mqtt.prefix".to_owned(), what));
        }
        Ok(())
    }

    /// What we publish must not come back as an order, from us or from another server.
    fn check_foreign(&self, key: &str, topic: &str) -> Result<(), Wrong> {
        if !is_topic(topic) {
            let what = format!(
                "{topic:?} is not allowed: allowed is one topic of at most 256 bytes, without + # and not beginning with $"
            );
            return Err((key.to_owned(), what));
        }
        if topic.strip_prefix(&self.prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')) {
            let what =
                format!("{topic:?} is not allowed: topics below {:?} are the servers' own", self.prefix);
            return Err((key.to_owned(), what));
        }
        Ok(())
    }

    fn check_orders(&self) -> Result<(), Wrong> {
        check_count("mqtt.orders", self.orders.len())?;
        for (index, order) in self.orders.iter().enumerate() {
            self.check_foreign("mqtt.orders.topic", &order.topic)?;
            order.check()?;
            let is_same = |other: &&OrderMapping| other.topic == order.topic;
            let mut same = self.orders[..index].iter().filter(is_same);
            if same.any(|other| {
                other.payload.is_none() || order.payload.is_none() || other.payload == order.payload
            }) {
                let what = format!("two orders for {:?} need two different payloads", order.topic);
                return Err(("mqtt.orders.payload".to_owned(), what));
            }
        }
        Ok(())
    }

    fn check_devices(&self) -> Result<(), Wrong> {
        check_count("mqtt.devices", self.devices.len())?;
        for device in &self.devices {
            self.check_foreign("mqtt.devices.topic", &device.topic)?;
            device.check()?;
            if self.orders.iter().any(|order| order.topic == device.topic) {
                let what = format!("{:?} is a topic of mqtt.orders: we would obey ourselves", device.topic);
                return Err(("mqtt.devices.topic".to_owned(), what));
            }
        }
        Ok(())
    }
}

fn check_count(key: &str, count: usize) -> Result<(), Wrong> {
    if count > MAX_MAPPINGS {
        return Err((key.to_owned(), format!("{count} are not allowed: allowed are 0 to {MAX_MAPPINGS}")));
    }
    Ok(())
}

impl Section for MqttConfig {
    const NUMBERS: &'static [Number<Self>] = &[
        ("mqtt.queue_events", |mqtt| mqtt.queue_events as u64, 16..=65_536),
        ("mqtt.event_max_age_ms", |mqtt| mqtt.event_max_age_ms, 1000..=3_600_000),
        ("mqtt.keep_alive_ms", |mqtt| mqtt.keep_alive_ms, 2000..=600_000),
        ("mqtt.timeout_ms", |mqtt| mqtt.timeout_ms, TIMEOUT_MS),
        ("mqtt.reconnect_ms", |mqtt| mqtt.reconnect_ms, TIMEOUT_MS),
        ("mqtt.orders_per_minute", |mqtt| u64::from(mqtt.orders_per_minute), 1..=6000),
        ("mqtt.qos.headlines", |mqtt| u64::from(mqtt.qos.headlines), 0..=1),
        ("mqtt.qos.leaderboard", |mqtt| u64::from(mqtt.qos.leaderboard), 0..=1),
        ("mqtt.qos.market", |mqtt| u64::from(mqtt.qos.market), 0..=1),
        ("mqtt.qos.chat", |mqtt| u64::from(mqtt.qos.chat), 0..=1),
        ("mqtt.qos.rooms", |mqtt| u64::from(mqtt.qos.rooms), 0..=1),
        ("mqtt.qos.status", |mqtt| u64::from(mqtt.qos.status), 0..=1),
        ("mqtt.qos.devices", |mqtt| u64::from(mqtt.qos.devices), 0..=1),
    ];
}

#[cfg(test)]
mod tests {
    use crate::config::Config;

    fn error(text: &str) -> String {
        let text = format!("[mqtt]\n{text}");
        Config::from_text(crate::game::GAMES, Some(("a", &text))).map(drop).unwrap_err().to_string()
    }

    #[test]
    fn what_cannot_be_is_told_with_its_key_and_without_a_secret() {
        for (text, key) in [
            ("url = \"http://ada:s3cret@x\"", "mqtt.url"),
            ("url = \"mqtt://x\"\npassword = \"s3cret\"", "mqtt.user"),
            ("url = \"mqtt://a:b@x\"\npassword = \"s3cret\"", "mqtt.password"),
            ("url = \"mqtt://a@x\"\nuser = \"b\"", "mqtt.user"),
            ("password = \"s3cret\"\npassword_file = \"f\"", "mqtt.password_file"),
            ("url = \"mqtt://x\"\nca = \"ca.pem\"", "mqtt.ca"),
            ("node = \"a/b\"", "mqtt.node"),
            ("node = \"\"", "mqtt.node"),
            ("prefix = \"a//b\"", "mqtt.prefix"),
            ("prefix = \"#\"", "mqtt.prefix"),
            ("topics = [\"secrets\"]", "mqtt.topics"),
            ("[mqtt.qos]\nchat = 2", "mqtt.qos.chat"),
        ] {
            let sentence = error(text);
            assert!(sentence.starts_with(&format!("a: {key}: ")), "{sentence}");
            assert!(!sentence.contains("s3cret"), "{sentence}");
        }
    }

    #[test]
    fn an_order_is_whole_or_told_what_it_lacks() {
        for (lines, key) in [
            ("topic = \"a/#\"\nmay = \"announce\"", "mqtt.orders.topic"),
            ("topic = \"$SYS/a\"\nmay = \"announce\"", "mqtt.orders.topic"),
            ("topic = \"perigee/n/arena/chat\"\nmay = \"chat\"\nroom = \"arena\"", "mqtt.orders.topic"),
            ("topic = \"a\"\nmay = \"chat\"", "mqtt.orders.room"),
            ("topic = \"a\"\nmay = \"announce\"\nroom = \"arena\"", "mqtt.orders.room"),
            ("topic = \"a\"\nmay = \"pause\"\nroom = \"arena\"", "mqtt.orders.payload"),
            ("topic = \"a\"\nmay = \"announce\"\npayload = \"x\"", "mqtt.orders.payload"),
            ("topic = \"a\"\nmay = \"announce\"\nper_minute = 0", "mqtt.orders.per_minute"),
            ("topic = \"a\"\nmay = \"announce\"\nmax_bytes = 5000", "mqtt.orders.max_bytes"),
            ("topic = \"a\"\nmay = \"chat\"\nroom = \"arena\"\nname = \" \"", "mqtt.orders.name"),
            ("topic = \"a\"\nmay = \"shutdown\"", "mqtt.orders"),
            (
                "topic = \"a\"\nmay = \"announce\"\n[[mqtt.orders]]\ntopic = \"a\"\nmay = \"announce\"",
                "mqtt.orders.payload",
            ),
        ] {
            let sentence = error(&format!("[[mqtt.orders]]\n{lines}"));
            assert!(sentence.starts_with(&format!("a: {key}")), "{lines}: {sentence}");
        }
        let many = "[[mqtt.orders]]\ntopic = \"a\"\nmay = \"announce\"\n".repeat(65);
        assert!(error(&many).contains("allowed are 0 to 64"));
    }

    #[test]
    fn a_device_is_not_one_that_we_obey_and_an_admins_order_needs_the_console() {
        let device = "topic = \"lamp\"\npayload = \"ON\"\nkind = \"goal\"\n";
        for (lines, key) in [
            (device.replace("lamp", "perigee"), "mqtt.devices.topic"),
            (device.replace("goal", ""), "mqtt.devices.kind"),
            (device.replace("ON", ""), "mqtt.devices.payload"),
            (format!("{device}room = \"a b\""), "mqtt.devices.room"),
            (format!("{device}when = {{ by = [1] }}"), "mqtt.devices.when"),
            (format!("{device}[[mqtt.orders]]\ntopic = \"lamp\"\nmay = \"announce\""), "mqtt.devices.topic"),
        ] {
            let sentence = error(&format!("[[mqtt.devices]]\n{lines}"));
            assert!(sentence.starts_with(&format!("a: {key}: ")), "{lines}: {sentence}");
        }
        let order = "url = \"mqtt://x\"\n[[mqtt.orders]]\ntopic = \"a\"\nmay = \"announce\"\n[admin]\nenabled = false";
        assert!(error(order).contains("admin.enabled = true"));
    }
}
