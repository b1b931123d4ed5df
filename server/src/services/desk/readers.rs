//! The feed's readers, and what its topics are about as a whole: made when somebody asks, if it changed since.

use super::{Desk, RoomState};
use crate::metrics::ServiceKind;
use crate::room::GameInfo;
use crate::room::RoundOutcome;
use crate::services::chat::Moment;
use crate::services::feed::message::Topic;
use crate::services::feed::{FeedCounts, FeedNote, ReaderId};
use perigee_shared::netcode::Quote;
use serde::Serialize;

/// Least time between two lists of rooms, milliseconds.
const ROOMS_MS: u64 = 1000;

/// Which states have to be made anew, and the list of rooms as it was last told.
#[derive(Debug, Default)]
pub(super) struct TopicStates {
    stale: Vec<Topic>,
    rooms: Vec<PublicRoom>,
    rooms_ms: Option<u64>,
}

impl TopicStates {
    /// What the topic is about has changed.
    pub(super) fn stale(&mut self, topic: Topic) {
        if !self.stale.contains(&topic) {
            self.stale.push(topic);
        }
    }

    fn take_stale(&mut self, topic: Topic) -> bool {
        let place = self.stale.iter().position(|&stale| stale == topic);
        place.map(|place| self.stale.swap_remove(place)).is_some()
    }
}

/// A room as the feed lists it.
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

#[derive(Debug, Serialize)]
struct PublicMarket<'a> {
    room: &'a str,
    quotes: Vec<NamedQuote>,
}

/// A price as the state tells it. The messages after it leave the names out: they never change.
#[derive(Debug, Serialize)]
struct NamedQuote {
    #[serde(flatten)]
    quote: Quote,
    venue_name: Option<&'static str>,
    good_name: Option<&'static str>,
}

impl NamedQuote {
    fn of(quote: Quote, game: &GameInfo) -> Self {
        let (venue_name, good_name) = ((game.venue_name)(quote.venue), (game.good_name)(quote.good));
        Self { quote, venue_name, good_name }
    }
}

impl Desk {
    pub(super) fn take_feed_note(&mut self, reader: ReaderId, note: FeedNote, now: Moment) {
        match note {
            FeedNote::Enter(queue) => self.feed.enter(reader, queue),
            FeedNote::Leave => self.feed.leave(reader),
            FeedNote::Subscribe(topic, from) => {
                self.make_state(topic, now);
                self.feed.subscribe(reader, topic, from);
            }
            FeedNote::Unsubscribe(topic) => self.feed.unsubscribe(reader, topic),
        }
    }

    /// Tells the list of rooms if it changed.
    pub(super) fn publish_rooms(&mut self, now: Moment) {
        let told_ms = self.states.rooms_ms;
        if told_ms.is_some_and(|told_ms| now.mono_ms.saturating_sub(told_ms) < ROOMS_MS) {
            return;
        }
        self.states.rooms_ms = Some(now.mono_ms);
        let public = self.rooms.iter().filter(|(name, _)| self.is_public(name));
        let rooms: Vec<PublicRoom> = public
            .map(|(name, room)| PublicRoom {
                name: name.to_string(),
                game: room.handle.game().name,
                mode: room.round.mode,
                phase: room.round.phase,
                result: room.handle.info().result,
                players: room.handle.player_count(),
                max_players: room.handle.max_players(),
            })
            .collect();
        if rooms != self.states.rooms {
            self.states.rooms = rooms;
            self.states.stale(Topic::Rooms);
            self.feed.publish(Topic::Rooms, now.unix_ms, &PublicRooms { rooms: &self.states.rooms });
        }
    }

    fn make_state(&mut self, topic: Topic, now: Moment) {
        if !self.states.take_stale(topic) {
            return;
        }
        let at_ms = now.unix_ms;
        match topic {
            Topic::Leaderboard => {
                let state = serde_json::json!({ "boards": self.public_boards() });
                self.feed.set_state(topic, at_ms, &state);
            }
            Topic::Market => {
                let rooms = self.rooms.iter().filter(|(name, _)| self.is_public(name));
                let quotes = |state: &RoomState| {
                    let game = state.handle.game();
                    state.ticker.told().iter().map(|&quote| NamedQuote::of(quote, game)).collect()
                };
                let rooms: Vec<PublicMarket<'_>> =
                    rooms.map(|(room, state)| PublicMarket { room, quotes: quotes(state) }).collect();
                let state = serde_json::json!({ "rooms": rooms });
                self.feed.set_state(topic, at_ms, &state);
            }
            Topic::Rooms => {
                self.feed.set_state(topic, at_ms, &PublicRooms { rooms: &self.states.rooms });
            }
            Topic::Headlines | Topic::Chat => {}
        }
    }

    /// Brings the counters up to what the feed did.
    pub(super) fn count_feed(&mut self) {
        let now = self.feed.counts();
        let FeedCounts { encoded, delivered, bytes, too_slow: _ } =
            std::mem::replace(&mut self.feed_counted, now);
        let services = &self.metrics.services;
        services.encoded(ServiceKind::Feed, now.encoded - encoded);
        services.delivered_in_all(ServiceKind::Feed, now.delivered - delivered, now.bytes - bytes);
        services.feed_readers.set(self.feed.readers() as i64);
    }
}
