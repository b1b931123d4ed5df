//! What the operator maps: topics that may ask something of the server, and devices that are told when something happens.

use crate::section::{Wrong, in_range};
use perigee_shared::protocol::is_room_name;
use perigee_shared::token_bucket::{TokenBucket, price};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::time::Duration;

const PER_MINUTE: RangeInclusive<u32> = 1..=600;
const BURST: RangeInclusive<u32> = 1..=60;
const BYTES: RangeInclusive<usize> = 1..=4096;
/// Longest topic, bytes.
const MAX_TOPIC_BYTES: usize = 256;
/// Longest name that a line of chat begins with, characters.
const MAX_NAME_CHARS: usize = 32;

/// What a mapped topic may ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Permission {
    /// To show a line to everybody, as an admin's `broadcast`.
    Announce,
    /// To say a line in a room's chat.
    Chat,
    /// To let a room stand still, as an admin's `pause`.
    Pause,
    /// To let it go on, as an admin's `resume`.
    Resume,
}

impl Permission {
    /// The label in `/metrics`.
    pub(super) fn label(self) -> &'static str {
        match self {
            Self::Announce => "announce",
            Self::Chat => "chat",
            Self::Pause => "pause",
            Self::Resume => "resume",
        }
    }

    /// Whether it is an admin's command.
    pub(super) fn is_admins(self) -> bool {
        self != Self::Chat
    }

    /// Whether the payload is a text for people.
    pub(super) fn takes_text(self) -> bool {
        matches!(self, Self::Announce | Self::Chat)
    }
}

/// How often something may happen: so many a minute, and so many at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pace {
    pub(super) per_minute: u32,
    pub(super) burst: u32,
}

/// A pace that is kept. Its clock is an argument.
#[derive(Clone, Debug)]
pub(super) struct Paced {
    price: Duration,
    most: Duration,
    bucket: TokenBucket,
}

impl Paced {
    pub(super) fn new(pace: Pace, now: Duration) -> Self {
        let price = price(1.0, f64::from(pace.per_minute) / 60.0);
        let most = price * pace.burst;
        Self { price, most, bucket: TokenBucket::new(most, now) }
    }

    /// Whether one may happen now.
    pub(super) fn is_ready(&mut self, now: Duration) -> bool {
        self.bucket.earn(self.most, now);
        self.bucket.wait(self.price).is_zero()
    }

    /// It happens.
    pub(super) fn pay(&mut self) {
        self.bucket.pay(self.price);
    }
}

/// A topic that may ask for one thing.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub struct OrderMapping {
    /// The topic, whole.
    pub topic: String,
    /// What it may ask for.
    pub may: Permission,
    /// In which room; not for announcements.
    pub room: Option<String>,
    /// What a line of chat begins with.
    #[serde(default = "default_name")]
    pub name: String,
    /// The payload that means it; left out where the payload is the text.
    pub payload: Option<String>,
    /// Longest payload.
    #[serde(default = "default_bytes")]
    pub max_bytes: usize,
    /// Orders a minute.
    #[serde(default = "default_per_minute")]
    pub per_minute: u32,
    /// Orders at once.
    #[serde(default = "default_burst")]
    pub burst: u32,
}

fn default_name() -> String {
    "MQTT".to_owned()
}

fn default_bytes() -> usize {
    512
}

fn default_per_minute() -> u32 {
    10
}

fn default_burst() -> u32 {
    3
}

impl OrderMapping {
    pub(super) fn pace(&self) -> Pace {
        Pace { per_minute: self.per_minute, burst: self.burst }
    }

    pub(super) fn check(&self) -> Result<(), Wrong> {
        let wrong =
            |key: &str, what: &str| Err((format!("mqtt.orders.{key}"), format!("{:?}: {what}", self.topic)));
        in_range("mqtt.orders.per_minute", &self.per_minute, &PER_MINUTE)?;
        in_range("mqtt.orders.burst", &self.burst, &BURST)?;
        in_range("mqtt.orders.max_bytes", &self.max_bytes, &BYTES)?;
        match (&self.room, self.may) {
            (Some(_), Permission::Announce) => {
                return wrong("room", "an announcement is for every room: chat speaks in one");
            }
            (None, Permission::Chat | Permission::Pause | Permission::Resume) => {
                return wrong("room", "missing: in which room");
            }
            (Some(room), _) if !is_room_name(room) => return wrong("room", "this is not a room's name"),
            _ => {}
        }
        if self.may.takes_text() && self.payload.is_some() {
            return wrong("payload", "is not allowed where the payload is the text");
        }
        if !self.may.takes_text() && self.payload.is_none() {
            return wrong("payload", "missing: which payload means it");
        }
        if self.payload.as_ref().is_some_and(|payload| payload.len() > self.max_bytes) {
            return wrong("payload", "is longer than max_bytes");
        }
        let name = crate::text::clean_line(&self.name);
        if name.as_ref() != Ok(&self.name) || self.name.chars().count() > MAX_NAME_CHARS {
            return wrong("name", "allowed are 1 to 32 characters that can be seen");
        }
        Ok(())
    }
}

/// A device, and when it is told what.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub struct DeviceMapping {
    /// The device's topic, whole.
    pub topic: String,
    /// What it is told.
    pub payload: String,
    /// When a headline of this kind is told,
    pub kind: String,
    /// in this room, or in any public one,
    pub room: Option<String>,
    /// with these words or numbers in it.
    #[serde(default)]
    pub when: BTreeMap<String, toml::Value>,
    /// How often a minute.
    #[serde(default = "default_device_per_minute")]
    pub per_minute: u32,
    /// How often at once.
    #[serde(default = "default_burst")]
    pub burst: u32,
}

fn default_device_per_minute() -> u32 {
    60
}

impl DeviceMapping {
    pub(super) fn pace(&self) -> Pace {
        Pace { per_minute: self.per_minute, burst: self.burst }
    }

    /// Whether the device is told of this headline.
    pub(super) fn is_about(&self, headline: &serde_json::Value) -> bool {
        let is_in = |room: &String| headline["room"] == room.as_str();
        headline["kind"] == self.kind.as_str()
            && self.room.as_ref().is_none_or(is_in)
            && self.when.iter().all(|(key, wanted)| is_same(&headline[key.as_str()], wanted))
    }

    pub(super) fn check(&self) -> Result<(), Wrong> {
        let wrong =
            |key: &str, what: &str| Err((format!("mqtt.devices.{key}"), format!("{:?}: {what}", self.topic)));
        in_range("mqtt.devices.per_minute", &self.per_minute, &PER_MINUTE)?;
        in_range("mqtt.devices.burst", &self.burst, &BURST)?;
        if !BYTES.contains(&self.payload.len()) {
            return wrong("payload", "allowed are 1 to 4096 bytes");
        }
        if self.kind.is_empty() {
            return wrong("kind", "missing: the kind of a headline, such as \"round_over\"");
        }
        if self.room.as_ref().is_some_and(|room| !is_room_name(room)) {
            return wrong("room", "this is not a room's name");
        }
        let is_plain = |value: &toml::Value| value.is_str() || value.is_integer();
        if !self.when.values().all(is_plain) {
            return wrong("when", "allowed are words and whole numbers");
        }
        Ok(())
    }
}

fn is_same(found: &serde_json::Value, wanted: &toml::Value) -> bool {
    match wanted {
        toml::Value::String(word) => found == word.as_str(),
        toml::Value::Integer(number) => found.as_i64() == Some(*number),
        _ => false,
    }
}

/// Whether one may publish to it: no pattern, and not the broker's own.
pub(super) fn is_topic(topic: &str) -> bool {
    (1..=MAX_TOPIC_BYTES).contains(&topic.len())
        && !topic.starts_with('$')
        && !topic.contains(|c: char| matches!(c, '+' | '#') || c.is_control())
}
