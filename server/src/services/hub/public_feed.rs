//! The public feed: its numbered messages, its readers, and which topics' states have to be renewed.
//!
//! A state describes a topic as a whole. If it changed, it is renewed when the next reader subscribes.

use super::rooms::Rooms;
use crate::metrics::{Metrics, ServiceKind};
use crate::room::RoundOutcome;
use crate::services::feed::message::Topic;
use crate::services::feed::queue::CloseReason;
use crate::services::feed::{Feed, FeedCounts, FeedNote, ReaderId};
use crate::services::moment::Moment;
use serde::Serialize;

/// Least time between two lists of rooms, milliseconds.
const ROOMS_MS: u64 = 1000;

/// A room in the feed's format.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct PublicRoom {
    name: String,
    game: &'static str,
    mode: &'static str,
    phase: &'static str,
    result: Option<RoundOutcome>,
    players: usize,
    max_players: usize,
}

#[derive(Debug, Serialize)]
struct PublicRooms<'a> {
    rooms: &'a [PublicRoom],
}

/// The feed, and which states are to be renewed.
#[derive(Debug)]
pub(super) struct PublicFeed {
    feed: Feed,
    /// Topics whose state changed since it was last made.
    stale: Vec<Topic>,
    /// The list of rooms that was last sent, and when.
    rooms: Vec<PublicRoom>,
    rooms_ms: Option<u64>,
    /// The feed's counts when the counters were last updated.
    counted: FeedCounts,
}

impl PublicFeed {
    /// An empty feed, whose message numbers start from the time.
    pub(super) fn new(unix_ms: u64) -> Self {
        Self {
            feed: Feed::new(unix_ms),
            stale: Vec::new(),
            rooms: Vec::new(),
            rooms_ms: None,
            counted: FeedCounts::default(),
        }
    }

    /// Sends a message to all readers of the topic.
    pub(super) fn publish<T: Serialize>(&mut self, topic: Topic, at_ms: u64, data: &T) {
        self.feed.publish(topic, at_ms, data);
    }

    /// The same for a message that changes the topic's state.
    pub(super) fn publish_change<T: Serialize>(&mut self, topic: Topic, at_ms: u64, data: &T) {
        self.publish(topic, at_ms, data);
        if !self.stale.contains(&topic) {
            self.stale.push(topic);
        }
    }

    /// Handles a reader's note. Before a subscription, a stale state of the topic must be renewed.
    pub(super) fn take(&mut self, reader: ReaderId, note: FeedNote) {
        match note {
            FeedNote::Enter(queue) => self.feed.enter(reader, queue),
            FeedNote::Leave => self.feed.leave(reader),
            FeedNote::Subscribe(topic, from) => self.feed.subscribe(reader, topic, from),
            FeedNote::Unsubscribe(topic) => self.feed.unsubscribe(reader, topic),
        }
    }

    /// Whether the topic's state has to be renewed now; the caller does so.
    pub(super) fn take_stale(&mut self, topic: Topic) -> bool {
        let place = self.stale.iter().position(|&stale| stale == topic);
        place.map(|place| self.stale.swap_remove(place)).is_some()
    }

    /// Replaces the topic's state.
    pub(super) fn set_state<T: Serialize>(&mut self, topic: Topic, at_ms: u64, state: &T) {
        self.feed.set_state(topic, at_ms, state);
    }

    /// Sets the state of the list of rooms to the list that was last sent.
    pub(super) fn set_rooms_state(&mut self, at_ms: u64) {
        self.feed.set_state(Topic::Rooms, at_ms, &PublicRooms { rooms: &self.rooms });
    }

    /// Sends the list of rooms if it changed.
    pub(super) fn publish_rooms(&mut self, rooms: &Rooms, now: Moment) {
        if self.rooms_ms.is_some_and(|sent_ms| now.mono_ms.saturating_sub(sent_ms) < ROOMS_MS) {
            return;
        }
        self.rooms_ms = Some(now.mono_ms);
        let rooms: Vec<PublicRoom> = rooms
            .public()
            .map(|(name, room)| PublicRoom {
                name: name.to_string(),
                game: room.handle.game().name,
                mode: room.round.mode,
                phase: room.round.phase.name(),
                result: room.handle.info().result,
                players: room.handle.player_count(),
                max_players: room.handle.max_players(),
            })
            .collect();
        if rooms != self.rooms {
            self.publish_change(Topic::Rooms, now.unix_ms, &PublicRooms { rooms: &rooms });
            self.rooms = rooms;
        }
    }

    /// Updates the counters from the feed's counts.
    pub(super) fn count(&mut self, metrics: &Metrics) {
        let now = self.feed.counts();
        let FeedCounts { encoded, delivered, bytes, too_slow: _ } = std::mem::replace(&mut self.counted, now);
        let services = &metrics.services;
        services.encoded(ServiceKind::Feed, now.encoded - encoded);
        services.delivered_in_all(ServiceKind::Feed, now.delivered - delivered, now.bytes - bytes);
        services.feed_readers.set(self.feed.readers() as i64);
    }

    /// Disconnects all readers.
    pub(super) fn close_all(&mut self, reason: CloseReason) {
        self.feed.close_all(reason);
    }
}
