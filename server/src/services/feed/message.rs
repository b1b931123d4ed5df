//! The JSON of the feed, as documented in `PROTOCOL.md`: readers' requests, and what they are sent.

use crate::game::Games;
use bytes::Bytes;
use serde::{Deserialize, Serialize};

/// Messages kept of each topic.
pub(crate) const KEPT_MESSAGES: usize = 512;

/// Longest message that a reader may send, bytes.
pub(crate) const MAX_REQUEST_BYTES: usize = 512;

/// The topics of the feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Topic {
    /// Highlights that games report, and results of rounds.
    Headlines,
    /// The boards, whenever their visible rows change.
    Leaderboard,
    /// Prices, whenever they change.
    Market,
    /// Lines of everyone's channel, and of public rooms.
    Chat,
    /// The rooms and how full they are.
    Rooms,
}

impl Topic {
    /// All topics.
    pub const ALL: [Self; 5] = [Self::Headlines, Self::Leaderboard, Self::Market, Self::Chat, Self::Rooms];

    /// Those on which there can be something where these games are played.
    pub(crate) fn of(games: Games) -> Vec<Self> {
        let has_market = games.iter().any(|game| game.about.has_market);
        let has_boards = games.iter().any(|game| game.about.boards().next().is_some());
        let is_there = |topic: &Self| match topic {
            Self::Market => has_market,
            Self::Leaderboard => has_boards,
            Self::Headlines | Self::Chat | Self::Rooms => true,
        };
        Self::ALL.into_iter().filter(is_there).collect()
    }

    pub(super) fn index(self) -> usize {
        self as usize
    }

    pub(super) fn bit(self) -> u8 {
        1 << self.index()
    }
}

/// A reader's request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "op", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum FeedRequest {
    /// Subscribe to a topic.
    Subscribe {
        /// The topic.
        topic: Topic,
        /// From this number on; if omitted, from now on.
        #[serde(default)]
        from: Option<u64>,
    },
    /// Unsubscribe.
    Unsubscribe {
        /// The topic.
        topic: Topic,
    },
    /// Check the connection.
    Ping {
        /// Returned in the answer.
        #[serde(default)]
        id: u64,
    },
}

/// A reader's error. The connection stays open, up to a limit of errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum FeedFault {
    /// Not JSON, or not a request.
    BadRequest,
    /// No such topic.
    NoSuchTopic,
    /// More requests than are allowed.
    TooFast,
    /// A binary message.
    NotText,
}

impl FeedFault {
    /// The code that readers are sent, and the label in `/metrics`.
    #[must_use]
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::BadRequest => "bad_request",
            Self::NoSuchTopic => "no_such_topic",
            Self::TooFast => "too_fast",
            Self::NotText => "not_text",
        }
    }

    fn detail(self) -> &'static str {
        match self {
            Self::BadRequest => {
                "a request is a JSON object such as {\"op\":\"subscribe\",\"topic\":\"headlines\"}"
            }
            Self::NoSuchTopic => "topics are headlines, leaderboard, market, chat and rooms",
            Self::TooFast => "requests come too fast",
            Self::NotText => "requests are text messages",
        }
    }
}

impl FeedRequest {
    /// Reads a request; any text is safe.
    ///
    /// # Errors
    /// [`FeedFault::NoSuchTopic`] if only the topic is wrong, else [`FeedFault::BadRequest`].
    pub(crate) fn read(text: &str) -> Result<Self, FeedFault> {
        if let Ok(request) = serde_json::from_str(text) {
            return Ok(request);
        }
        /// A request with any text as topic.
        #[derive(Deserialize)]
        #[serde(tag = "op", rename_all = "snake_case", deny_unknown_fields)]
        #[expect(dead_code, reason = "only whether it can be read matters")]
        enum AnyTopic<'a> {
            Subscribe {
                topic: &'a str,
                #[serde(default)]
                from: Option<u64>,
            },
            Unsubscribe {
                topic: &'a str,
            },
        }
        let is_topic = serde_json::from_str::<AnyTopic<'_>>(text).is_ok();
        Err(if is_topic { FeedFault::NoSuchTopic } else { FeedFault::BadRequest })
    }
}

/// A message to one reader.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum FeedReply {
    /// The first message.
    Hello {
        /// Version of this feed.
        version: u32,
        /// The available topics.
        topics: Vec<Topic>,
    },
    /// The reader is subscribed to a topic.
    Subscribed {
        /// The topic.
        topic: Topic,
        /// The number of the message that comes first.
        next: u64,
    },
    /// Messages between these numbers are lost: `from` is too old, or from before a restart.
    Gap {
        /// The topic.
        topic: Topic,
        /// As requested.
        from: u64,
        /// The number of the message that comes first.
        next: u64,
    },
    /// The reader is unsubscribed from a topic.
    Unsubscribed {
        /// The topic.
        topic: Topic,
    },
    /// The answer to a ping.
    Pong {
        /// As requested.
        id: u64,
    },
    /// The request was wrong and had no effect.
    Error {
        /// See [`FeedFault`].
        code: &'static str,
        /// A sentence for people.
        detail: &'static str,
    },
}

impl FeedReply {
    /// The answer to a fault.
    #[must_use]
    pub(crate) fn fault(fault: FeedFault) -> Self {
        Self::Error { code: fault.code(), detail: fault.detail() }
    }

    /// As JSON.
    #[must_use]
    pub(crate) fn to_bytes(&self) -> Bytes {
        to_bytes(self)
    }
}

/// A message to all readers of a topic.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Published<'a, T> {
    #[serde(rename = "type")]
    kind: &'static str,
    topic: Topic,
    number: u64,
    at_ms: u64,
    data: &'a T,
}

impl<'a, T: Serialize> Published<'a, T> {
    /// A numbered message.
    pub(crate) fn message(topic: Topic, number: u64, at_ms: u64, data: &'a T) -> Self {
        Self { kind: "message", topic, number, at_ms, data }
    }

    /// The topic's state after the messages up to `number`.
    pub(crate) fn state(topic: Topic, number: u64, at_ms: u64, data: &'a T) -> Self {
        Self { kind: "state", topic, number, at_ms, data }
    }

    /// As JSON.
    #[must_use]
    pub(crate) fn to_bytes(&self) -> Bytes {
        to_bytes(self)
    }
}

fn to_bytes<T: Serialize>(value: &T) -> Bytes {
    match serde_json::to_vec(value) {
        Ok(bytes) => bytes.into(),
        // Our types have string keys and finite numbers; nothing else can fail.
        Err(error) => panic!("our own message must encode: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_read_and_everything_else_is_a_fault() {
        let subscribe = |from| Ok(FeedRequest::Subscribe { topic: Topic::Headlines, from });
        assert_eq!(FeedRequest::read(r#"{"op":"subscribe","topic":"headlines"}"#), subscribe(None));
        assert_eq!(
            FeedRequest::read(r#"{"topic":"headlines","from":7,"op":"subscribe"}"#),
            subscribe(Some(7))
        );
        assert_eq!(FeedRequest::read(r#"{"op":"ping"}"#), Ok(FeedRequest::Ping { id: 0 }));
        for text in [r#"{"op":"subscribe","topic":"secrets"}"#, r#"{"op":"unsubscribe","topic":""}"#] {
            assert_eq!(FeedRequest::read(text), Err(FeedFault::NoSuchTopic), "{text}");
        }
        let deep = "[".repeat(MAX_REQUEST_BYTES);
        for text in [
            "",
            "null",
            "{}",
            "[1,2",
            &deep,
            r#"{"op":"subscribe"}"#,
            r#"{"op":"subscribe","topic":"headlines","from":-1}"#,
            r#"{"op":"subscribe","topic":"headlines","from":1e300}"#,
            r#"{"op":"subscribe","topic":["headlines"]}"#,
            r#"{"op":"shutdown"}"#,
            r#"{"op":"ping","id":1,"more":2}"#,
        ] {
            assert_eq!(FeedRequest::read(text), Err(FeedFault::BadRequest), "{text}");
        }
    }
}
