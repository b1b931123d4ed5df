//! From what the feed tells to topics of the broker: events as the feed has them, states of what they are about, and what
//! devices are told.
//!
//! A state is what a reader would have who had read everything: a room, a room's prices, a board. It carries the number of
//! the message that it is up to. Knows no socket, and no word of a game: those are the feed's.

use super::mapping::{DeviceMapping, Paced};
use super::outbox::{Dropped, MessageKind, Outbox, Outgoing};
use super::section::{Kind, MqttConfig, QosByTopic};
use super::topics::{Topics, is_segment};
use crate::services::feed::message::{Published, Topic};
use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

/// What the feed sends, as far as it is about something.
#[derive(Debug, Deserialize)]
struct Told {
    #[serde(rename = "type")]
    kind: String,
    topic: Topic,
    number: u64,
    at_ms: u64,
    data: Value,
}

/// A good at a venue, by their indices.
type Place = (u64, u64);

#[derive(Debug)]
struct Device {
    mapping: DeviceMapping,
    paced: Paced,
}

/// What was read so far, as far as states need it.
#[derive(Debug)]
pub(super) struct Digest {
    topics: Topics,
    published: Vec<Topic>,
    qos: QosByTopic,
    devices: Vec<Device>,
    /// Of each room, the newest of each price.
    markets: BTreeMap<String, BTreeMap<Place, Map<String, Value>>>,
    rooms: BTreeSet<String>,
    started: Instant,
}

/// What is missing to go on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Missing {
    /// A price whose names were never told: the market's state has them.
    pub(super) names: bool,
}

impl Digest {
    pub(super) fn new(topics: Topics, config: &MqttConfig, now: Instant) -> Self {
        let device = |mapping: &DeviceMapping| Device {
            paced: Paced::new(mapping.pace(), Duration::ZERO),
            mapping: mapping.clone(),
        };
        Self {
            topics,
            published: config.topics.clone(),
            qos: config.qos,
            devices: config.devices.iter().map(device).collect(),
            markets: BTreeMap::new(),
            rooms: BTreeSet::new(),
            started: now,
        }
    }

    /// The topics of the feed that are to be read: which rooms there are is always needed, to clear what is gone.
    pub(super) fn needed(&self) -> Vec<Topic> {
        let is_needed = |topic: &Topic| match topic {
            Topic::Rooms => true,
            Topic::Headlines => self.is_published(*topic) || !self.devices.is_empty(),
            _ => self.is_published(*topic),
        };
        Topic::ALL.into_iter().filter(is_needed).collect()
    }

    fn is_published(&self, topic: Topic) -> bool {
        self.published.contains(&topic)
    }

    /// Takes one message of the feed.
    pub(super) fn take(&mut self, bytes: &Bytes, outbox: &Outbox<'_>, now: Instant) -> Missing {
        // Answers to subscriptions have no data, and are passed over.
        let Ok(told) = serde_json::from_slice::<Told>(bytes) else { return Missing::default() };
        let is_state = told.kind == "state";
        match told.topic {
            Topic::Headlines | Topic::Chat if !is_state => self.event(&told, bytes, outbox, now),
            Topic::Headlines | Topic::Chat => {}
            Topic::Leaderboard if is_state => {
                list(&told.data, "boards").iter().for_each(|board| self.board(&told, board, outbox));
            }
            Topic::Leaderboard => self.board(&told, &told.data, outbox),
            Topic::Rooms => self.all_rooms(&told, outbox),
            Topic::Market if is_state => {
                list(&told.data, "rooms")
                    .iter()
                    .for_each(|market| self.market(&told, market, "quotes", outbox));
            }
            Topic::Market => {
                self.market(&told, &told.data, "changed", outbox);
                return Missing { names: self.lacks_names(&told.data) };
            }
        }
        Missing::default()
    }

    fn event(&mut self, told: &Told, bytes: &Bytes, outbox: &Outbox<'_>, now: Instant) {
        let room = told.data["room"].as_str();
        if self.is_published(told.topic) {
            let topic = match room {
                Some(room) => self.topics.of_room(room, told.topic),
                None => self.topics.of_node(told.topic),
            };
            let qos = self.qos.of(Kind::Feed(told.topic));
            let event = Outgoing { kind: MessageKind::Event, topic, payload: bytes.clone(), qos };
            outbox.add_event(event, now);
        }
        if told.topic == Topic::Headlines {
            self.tell_devices(&told.data, outbox, now);
        }
    }

    fn tell_devices(&mut self, headline: &Value, outbox: &Outbox<'_>, now: Instant) {
        let since = now.saturating_duration_since(self.started);
        for device in self.devices.iter_mut().filter(|device| device.mapping.is_about(headline)) {
            if !device.paced.is_ready(since) {
                outbox.drop_one(Dropped::DevicePace);
                continue;
            }
            device.paced.pay();
            let (topic, payload) = (device.mapping.topic.clone(), device.mapping.payload.clone().into());
            let qos = self.qos.of(Kind::Device);
            outbox.add_event(Outgoing { kind: MessageKind::Device, topic, payload, qos }, now);
        }
    }

    fn set(&self, told: &Told, name: String, data: &Value, outbox: &Outbox<'_>) {
        if self.is_published(told.topic) {
            let payload = Published::state(told.topic, told.number, told.at_ms, data).to_bytes();
            outbox.set_state(name, payload, self.qos.of(Kind::Feed(told.topic)));
        }
    }

    fn board(&self, told: &Told, board: &Value, outbox: &Outbox<'_>) {
        let word = |key: &str| board[key].as_str().filter(|word| is_segment(word));
        let (Some(game), Some(span), Some(by)) = (word("game"), word("span"), word("by")) else { return };
        self.set(told, self.topics.of_board(game, span, by), board, outbox);
    }

    /// All rooms in one topic, and each in its own; what is of a room that is gone is cleared.
    fn all_rooms(&mut self, told: &Told, outbox: &Outbox<'_>) {
        self.set(told, self.topics.of_node(Topic::Rooms), &told.data, outbox);
        let mut rooms = BTreeSet::new();
        for room in list(&told.data, "rooms") {
            let Some(name) = room["name"].as_str() else { continue };
            self.set(told, self.topics.of_room(name, Topic::Rooms), room, outbox);
            rooms.insert(name.to_owned());
        }
        for gone in self.rooms.difference(&rooms) {
            self.markets.remove(gone);
            for topic in [Topic::Rooms, Topic::Market] {
                let name = self.topics.of_room(gone, topic);
                if outbox.has_state(&name) {
                    outbox.clear_state(name);
                }
            }
        }
        self.rooms = rooms;
    }

    /// Lays prices over those that are known: a message has only those that changed, and no names.
    fn market(&mut self, told: &Told, market: &Value, key: &str, outbox: &Outbox<'_>) {
        let Some(room) = market["room"].as_str() else { return };
        let known = self.markets.entry(room.to_owned()).or_default();
        for quote in list(market, key) {
            let (Some(place), Some(fields)) = (place_of(quote), quote.as_object()) else { continue };
            known.entry(place).or_default().extend(fields.clone());
        }
        let quotes: Vec<&Map<String, Value>> = known.values().collect();
        let data = json!({ "room": room, "quotes": quotes });
        self.set(told, self.topics.of_room(room, Topic::Market), &data, outbox);
    }

    fn lacks_names(&self, market: &Value) -> bool {
        let known = market["room"].as_str().and_then(|room| self.markets.get(room));
        known.is_some_and(|known| known.values().any(|quote| !quote.contains_key("venue_name")))
    }
}

fn list<'a>(data: &'a Value, key: &str) -> &'a [Value] {
    data[key].as_array().map_or(&[], Vec::as_slice)
}

fn place_of(quote: &Value) -> Option<Place> {
    Some((quote["venue"].as_u64()?, quote["good"].as_u64()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::metrics::Metrics;

    const DEVICES: &str = r#"
[[mqtt.devices]]
topic = "lamp/set"
payload = "ON"
kind = "goal"
room = "pit"
when = { team = 2 }
burst = 2
"#;

    struct Bench {
        metrics: Metrics,
        digest: Digest,
        now: Instant,
    }

    impl Bench {
        fn new(settings: &str) -> Self {
            let config = Config::from_text(crate::game::GAMES, Some(("test", settings))).unwrap().mqtt;
            let now = Instant::now();
            let digest = Digest::new(Topics::new("perigee", "n"), &config, now);
            Self { metrics: Metrics::new(), digest, now }
        }

        /// What comes of these messages, by topic: its payload, and whether it is retained.
        fn take(&mut self, messages: &[Value]) -> (Vec<(String, Value)>, Missing) {
            let outbox = Outbox::new(64, Duration::from_secs(9), &self.metrics.mqtt);
            let mut missing = Missing::default();
            for message in messages {
                let bytes = Bytes::from(message.to_string());
                missing = self.digest.take(&bytes, &outbox, self.now);
            }
            let sent = std::iter::from_fn(|| outbox.take(self.now)).map(|sent| {
                let payload = serde_json::from_slice(&sent.payload);
                (sent.topic, payload.unwrap_or_else(|_| String::from_utf8_lossy(&sent.payload).into()))
            });
            (sent.collect(), missing)
        }
    }

    fn message(kind: &str, topic: &str, number: u64, data: &Value) -> Value {
        json!({"type": kind, "topic": topic, "number": number, "at_ms": 5, "data": data})
    }

    fn rooms(names: &[&str]) -> Value {
        let rooms: Vec<Value> = names.iter().map(|name| json!({"name": name, "players": 1})).collect();
        json!({ "rooms": rooms })
    }

    #[test]
    fn an_event_goes_out_as_the_feed_has_it_under_its_room() {
        let mut bench = Bench::new("");
        let scored = message("message", "headlines", 7, &json!({"kind": "goal", "room": "pit", "by": "Ada"}));
        let said = message("message", "chat", 8, &json!({"room": null, "from": "Ada", "text": "hi"}));
        let (sent, _) = bench.take(&[scored.clone(), said.clone()]);
        assert_eq!(
            sent,
            [("perigee/n/pit/headlines".to_owned(), scored), ("perigee/n/chat".to_owned(), said)]
        );
    }

    #[test]
    fn rooms_are_told_together_and_each_and_cleared_when_they_are_gone() {
        let mut bench = Bench::new("");
        let outbox_first = bench.take(&[message("state", "rooms", 1, &rooms(&["pit", "hall"]))]).0;
        let names: Vec<&str> = outbox_first.iter().map(|(topic, _)| topic.as_str()).collect();
        assert_eq!(names, ["perigee/n/rooms", "perigee/n/pit/rooms", "perigee/n/hall/rooms"]);
        assert_eq!(outbox_first[1].1["data"], json!({"name": "pit", "players": 1}));
        assert_eq!(outbox_first[1].1["type"], "state");
        let both = [
            message("message", "rooms", 2, &rooms(&["pit", "hall"])),
            message("message", "rooms", 3, &rooms(&["hall"])),
        ];
        let (sent, _) = bench.take(&both);
        let gone = sent.iter().find(|(topic, _)| topic == "perigee/n/pit/rooms").unwrap();
        assert_eq!(gone.1, "", "an empty payload takes it away");
        assert!(sent.iter().any(|(topic, sent)| topic == "perigee/n/hall/rooms" && sent["number"] == 3));
    }

    #[test]
    fn prices_are_kept_whole_and_unknown_names_are_asked_for() {
        let mut bench = Bench::new("");
        let quote = |ask: u32| json!({"venue": 1, "good": 2, "ask": ask});
        let changed = |number, ask| {
            message("message", "market", number, &json!({"room": "pit", "changed": [quote(ask)]}))
        };
        let (_, missing) = bench.take(&[changed(1, 9)]);
        assert!(missing.names);
        let named = json!({"venue": 1, "good": 2, "ask": 9, "venue_name": "A", "good_name": "B"});
        let state = message("state", "market", 1, &json!({"rooms": [{"room": "pit", "quotes": [named]}]}));
        let (sent, missing) = bench.take(&[state, changed(2, 10)]);
        assert!(!missing.names);
        let (topic, payload) = sent.last().unwrap();
        assert_eq!((topic.as_str(), &payload["number"]), ("perigee/n/pit/market", &json!(2)));
        let quotes = json!([{"venue": 1, "good": 2, "ask": 10, "venue_name": "A", "good_name": "B"}]);
        assert_eq!(payload["data"]["quotes"], quotes);
    }

    #[test]
    fn each_board_has_a_topic() {
        let mut bench = Bench::new("");
        let board = |by: &str| json!({"game": "g", "span": "today", "by": by, "rows": []});
        let (sent, _) = bench.take(&[
            message("state", "leaderboard", 1, &json!({"boards": [board("wins"), board("a/b")]})),
            message("message", "leaderboard", 2, &board("wins")),
        ]);
        assert_eq!(sent.len(), 1, "a word that is no part of a topic makes none");
        assert_eq!(sent[0].0, "perigee/n/leaderboard/g/today/wins");
        assert_eq!((&sent[0].1["number"], &sent[0].1["data"]["by"]), (&json!(2), &json!("wins")));
    }

    #[test]
    fn a_device_is_told_of_what_is_mapped_and_no_more_often_than_it_may_be() {
        let mut bench = Bench::new(DEVICES);
        let goal = |room: &str, team: u32| {
            message("message", "headlines", 1, &json!({"kind": "goal", "room": room, "team": team}))
        };
        let orders = |sent: &[(String, Value)]| sent.iter().filter(|(topic, _)| topic == "lamp/set").count();
        let (sent, _) = bench.take(&[goal("pit", 1), goal("hall", 2)]);
        assert_eq!(orders(&sent), 0);
        let (sent, _) = bench.take(&[goal("pit", 2), goal("pit", 2), goal("pit", 2)]);
        assert_eq!(orders(&sent), 2);
        assert!(sent.iter().any(|(topic, payload)| topic == "lamp/set" && payload == "ON"));
    }

    #[test]
    fn what_is_not_chosen_is_not_published() {
        let mut bench = Bench::new(&format!("[mqtt]\ntopics = [\"market\"]\n{DEVICES}"));
        assert_eq!(bench.digest.needed(), [Topic::Headlines, Topic::Market, Topic::Rooms]);
        let (sent, _) = bench.take(&[
            message("message", "headlines", 1, &json!({"kind": "goal", "room": "pit", "team": 2})),
            message("message", "rooms", 2, &rooms(&["pit"])),
        ]);
        assert_eq!(sent, [("lamp/set".to_owned(), json!("ON"))]);
    }
}
