//! The public feed without sockets: topics with numbered messages, and readers who may resume from a number.
//!
//! - `message`: the JSON that readers send and receive
//! - `queue`: what waits for one reader
//!
//! A message is encoded once for all readers; each of them gets a reference. The last ones of each topic are kept, so
//! that a reader whose connection broke misses nothing. Numbers increase across restarts, and those from before one are
//! then too old: a reader learns that in the same way as after a long absence.

pub(crate) mod message;
pub(crate) mod queue;

use bytes::Bytes;
use message::{FeedReply, KEPT_MESSAGES, Published, Topic};
use queue::{CloseReason, FeedQueue};
use serde::Serialize;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// Numbers per second of Unix time: a topic that begins later begins above all earlier numbers, provided that it had
/// fewer messages a second than this. Numbers stay below 2^53 until the year 2255, so JavaScript represents them
/// exactly.
const NUMBERS_PER_SECOND: u64 = 1_000_000;

/// Identifies a reader for the life of the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReaderId(pub u64);

/// What a reader's socket reports.
#[derive(Clone, Debug)]
pub enum FeedNote {
    /// A reader connected; this is their queue.
    Enter(Arc<FeedQueue>),
    /// The reader disconnected.
    Leave,
    /// The reader subscribes to a topic, from a number or from now on.
    Subscribe(Topic, Option<u64>),
    /// The reader unsubscribes.
    Unsubscribe(Topic),
}

#[derive(Debug)]
struct TopicLog {
    first: u64,
    ring: VecDeque<Bytes>,
    /// The topic's state, for topics that have one.
    state: Option<Bytes>,
}

impl TopicLog {
    fn next(&self) -> u64 {
        self.first + self.ring.len() as u64
    }
}

#[derive(Debug)]
struct Reader {
    topics: u8,
    queue: Arc<FeedQueue>,
}

/// Counts, for the metrics.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FeedCounts {
    /// Encoded messages.
    pub encoded: u64,
    /// Messages put into readers' queues.
    pub delivered: u64,
    /// Bytes of those, without framing.
    pub bytes: u64,
    /// Readers who were disconnected because they read too slowly.
    pub too_slow: u64,
}

/// All topics and all readers.
#[derive(Debug)]
pub struct Feed {
    topics: [TopicLog; Topic::ALL.len()],
    readers: BTreeMap<ReaderId, Reader>,
    counts: FeedCounts,
}

impl Feed {
    /// A feed that starts at `unix_ms`.
    #[must_use]
    pub fn new(unix_ms: u64) -> Self {
        let first = unix_ms / 1000 * NUMBERS_PER_SECOND + 1;
        let log = || TopicLog { first, ring: VecDeque::with_capacity(KEPT_MESSAGES), state: None };
        Self { topics: Topic::ALL.map(|_| log()), readers: BTreeMap::new(), counts: FeedCounts::default() }
    }

    /// The number of readers.
    #[must_use]
    pub fn readers(&self) -> usize {
        self.readers.len()
    }

    /// The counts so far.
    #[must_use]
    pub fn counts(&self) -> FeedCounts {
        self.counts
    }

    /// Adds a reader. Their number is bounded by `net::places`.
    pub fn enter(&mut self, reader: ReaderId, queue: Arc<FeedQueue>) {
        self.readers.insert(reader, Reader { topics: 0, queue });
    }

    /// Removes a reader.
    pub fn leave(&mut self, reader: ReaderId) {
        self.readers.remove(&reader);
    }

    /// Disconnects all readers.
    pub fn close_all(&mut self, reason: CloseReason) {
        for (_, reader) in std::mem::take(&mut self.readers) {
            reader.queue.close(reason);
        }
    }

    /// Subscribes a reader to a topic: from a number, or from now on. The reader is sent the first number, a notice if
    /// messages before it are lost, and, unless they resume without loss, the topic's state.
    pub fn subscribe(&mut self, reader: ReaderId, topic: Topic, from: Option<u64>) {
        let log = &self.topics[topic.index()];
        let Some(entry) = self.readers.get_mut(&reader) else { return };
        entry.topics |= topic.bit();
        let (next, oldest) = (log.next(), log.first);
        let is_known = from.is_none_or(|from| (oldest..=next).contains(&from));
        let skipped = match from {
            Some(from) if is_known => (from - oldest) as usize,
            _ => log.ring.len(),
        };
        let mut waiting = vec![FeedReply::Subscribed { topic, next: oldest + skipped as u64 }.to_bytes()];
        if let Some(from) = from.filter(|_| !is_known) {
            waiting.push(FeedReply::Gap { topic, from, next }.to_bytes());
        }
        if from.is_none() || !is_known {
            waiting.extend(log.state.clone());
        }
        waiting.extend(log.ring.iter().skip(skipped).cloned());
        self.counts.delivered += waiting.len() as u64;
        self.counts.bytes += waiting.iter().map(|bytes| bytes.len() as u64).sum::<u64>();
        if waiting.into_iter().any(|bytes| !entry.queue.put(bytes)) {
            self.send_away(&[reader]);
        }
    }

    /// Unsubscribes a reader from a topic.
    pub fn unsubscribe(&mut self, reader: ReaderId, topic: Topic) {
        if let Some(entry) = self.readers.get_mut(&reader) {
            entry.topics &= !topic.bit();
            if !entry.queue.put(FeedReply::Unsubscribed { topic }.to_bytes()) {
                self.send_away(&[reader]);
            }
        }
    }

    /// Publishes `data`: one encoding, a reference for each reader of the topic. Returns the message's number.
    pub fn publish<T: Serialize>(&mut self, topic: Topic, at_ms: u64, data: &T) -> u64 {
        let log = &mut self.topics[topic.index()];
        let number = log.next();
        let bytes = Published::message(topic, number, at_ms, data).to_bytes();
        if log.ring.len() == KEPT_MESSAGES {
            log.ring.pop_front();
            log.first += 1;
        }
        log.ring.push_back(bytes.clone());
        self.counts.encoded += 1;
        let mut slow = Vec::new();
        for (&id, reader) in self.readers.iter().filter(|(_, reader)| reader.topics & topic.bit() != 0) {
            self.counts.delivered += 1;
            self.counts.bytes += bytes.len() as u64;
            if !reader.queue.put(bytes.clone()) {
                slow.push(id);
            }
        }
        self.send_away(&slow);
        number
    }

    /// Sets the topic's state after its last message, for new readers.
    pub fn set_state<T: Serialize>(&mut self, topic: Topic, at_ms: u64, data: &T) {
        let log = &mut self.topics[topic.index()];
        log.state = Some(Published::state(topic, log.next() - 1, at_ms, data).to_bytes());
        self.counts.encoded += 1;
    }

    /// Disconnects readers with too much waiting; they can resume from their last number.
    fn send_away(&mut self, slow: &[ReaderId]) {
        for id in slow {
            if let Some(reader) = self.readers.remove(id) {
                reader.queue.close(CloseReason::TooSlow);
                self.counts.too_slow += 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use queue::{MAX_WAITING, Taken};
    use serde_json::{Value, json};

    const START_MS: u64 = 1_700_000_000_123;
    const FIRST: u64 = 1_700_000_000_000_001;

    fn reader(feed: &mut Feed, id: u64) -> Arc<FeedQueue> {
        let queue = Arc::new(FeedQueue::default());
        feed.enter(ReaderId(id), Arc::clone(&queue));
        queue
    }

    fn read(queue: &FeedQueue) -> Vec<Value> {
        let mut read = Vec::new();
        while let Some(Taken::Message(bytes)) = queue.take() {
            read.push(serde_json::from_slice(&bytes).unwrap());
        }
        read
    }

    fn numbers(messages: &[Value]) -> Vec<u64> {
        let published = messages.iter().filter(|message| message["type"] == "message");
        published.map(|message| message["number"].as_u64().unwrap()).collect()
    }

    #[test]
    fn a_message_is_made_once_and_read_by_all_who_asked() {
        let mut feed = Feed::new(START_MS);
        let queues: Vec<_> = (0..1000).map(|id| reader(&mut feed, id)).collect();
        for id in 0..900 {
            feed.subscribe(ReaderId(id), Topic::Chat, None);
        }
        let before = feed.counts();
        assert_eq!(feed.publish(Topic::Chat, 7, &json!({"text": "hi"})), FIRST);
        let after = feed.counts();
        assert_eq!((after.encoded - before.encoded, after.delivered - before.delivered), (1, 900));
        let message =
            json!({"type": "message", "topic": "chat", "number": FIRST, "at_ms": 7, "data": {"text": "hi"}});
        assert_eq!(
            read(&queues[0]),
            [json!({"type": "subscribed", "topic": "chat", "next": FIRST}), message]
        );
        assert_eq!(read(&queues[950]), [Value::Null; 0]);
    }

    #[test]
    fn a_reader_goes_on_where_they_were() {
        let mut feed = Feed::new(START_MS);
        for n in 0..20 {
            feed.publish(Topic::Headlines, n, &n);
        }
        let queue = reader(&mut feed, 1);
        feed.subscribe(ReaderId(1), Topic::Headlines, Some(FIRST + 17));
        feed.publish(Topic::Headlines, 20, &20);
        feed.publish(Topic::Market, 20, &20);
        let messages = read(&queue);
        assert_eq!(messages[0]["next"], FIRST + 17);
        assert_eq!(numbers(&messages), [FIRST + 17, FIRST + 18, FIRST + 19, FIRST + 20]);
        feed.unsubscribe(ReaderId(1), Topic::Headlines);
        feed.publish(Topic::Headlines, 21, &21);
        assert_eq!(read(&queue), [json!({"type": "unsubscribed", "topic": "headlines"})]);
    }

    #[test]
    fn what_is_too_old_is_told() {
        let mut feed = Feed::new(START_MS);
        for n in 0..KEPT_MESSAGES as u64 + 5 {
            feed.publish(Topic::Headlines, n, &n);
        }
        feed.set_state(Topic::Headlines, 9, &"all of it");
        let next = FIRST + KEPT_MESSAGES as u64 + 5;
        // Before what is kept, before a restart, and in the future.
        for from in [FIRST + 4, FIRST - 1_000_000, next + 1, 0, u64::MAX] {
            let queue = reader(&mut feed, from);
            feed.subscribe(ReaderId(from), Topic::Headlines, Some(from));
            let state = json!({"type": "state", "topic": "headlines", "number": next - 1, "at_ms": 9, "data": "all of it"});
            let gap = json!({"type": "gap", "topic": "headlines", "from": from, "next": next});
            assert_eq!(
                read(&queue),
                [json!({"type": "subscribed", "topic": "headlines", "next": next}), gap, state]
            );
        }
        let queue = reader(&mut feed, 1);
        feed.subscribe(ReaderId(1), Topic::Headlines, Some(next - 1));
        assert_eq!(numbers(&read(&queue)), [next - 1], "who goes on needs no state");
        // After a restart a second later, numbers begin above.
        let mut later = Feed::new(START_MS + 1000);
        assert!(later.publish(Topic::Headlines, 0, &0) > next);
    }

    #[test]
    fn the_slow_are_sent_away_and_the_others_do_not_notice() {
        let mut feed = Feed::new(START_MS);
        let (slow, quick) = (reader(&mut feed, 1), reader(&mut feed, 2));
        for id in [1, 2] {
            feed.subscribe(ReaderId(id), Topic::Market, None);
        }
        let mut got = 0;
        for n in 0..2 * MAX_WAITING as u64 {
            feed.publish(Topic::Market, n, &n);
            got += numbers(&read(&quick)).len();
        }
        assert_eq!(got, 2 * MAX_WAITING);
        assert!(matches!(slow.take(), Some(Taken::Closed(CloseReason::TooSlow))));
        assert_eq!((feed.counts().too_slow, feed.readers()), (1, 1));
        feed.close_all(CloseReason::Draining);
        assert!(matches!(quick.take(), Some(Taken::Closed(CloseReason::Draining))));
    }

    #[test]
    fn whoever_asks_for_everything_gets_it() {
        let mut feed = Feed::new(START_MS);
        for topic in Topic::ALL {
            feed.set_state(topic, 0, &0);
            for n in 0..KEPT_MESSAGES as u64 {
                feed.publish(topic, n, &n);
            }
        }
        let queue = reader(&mut feed, 1);
        for topic in Topic::ALL {
            feed.subscribe(ReaderId(1), topic, Some(FIRST));
        }
        assert_eq!(numbers(&read(&queue)).len(), Topic::ALL.len() * KEPT_MESSAGES);
    }
}
