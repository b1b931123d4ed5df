//! A network in virtual time: latency, jitter, loss, reordering and duplication from a seed, in one thread, with no
//! clock and no socket. The same seed gives the same run.

use perigee_shared::rng::Rng;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// What a link does to messages.
#[derive(Clone, Copy, Debug)]
pub struct Conditions {
    /// Shortest way, microseconds.
    pub latency_us: u64,
    /// Added to it at random, microseconds.
    pub jitter_us: u64,
    /// Messages lost in ten thousand. On a stream, a loss is a retransmission: the message comes, but late.
    pub loss_per_10_000: u32,
    /// Whether order is kept and nothing is lost, as on a WebSocket.
    pub stream: bool,
}

impl Conditions {
    /// A good line: 20 ms one way, 5 ms jitter.
    #[must_use]
    pub fn good() -> Self {
        Self { latency_us: 20_000, jitter_us: 5_000, loss_per_10_000: 0, stream: true }
    }
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Flying {
    arrives_us: u64,
    number: u64,
    bytes: Vec<u8>,
}

/// One direction of a link.
#[derive(Debug)]
pub struct Link {
    conditions: Conditions,
    rng: Rng,
    flying: BinaryHeap<Reverse<Flying>>,
    sent: u64,
    last_arrival_us: u64,
}

impl Link {
    /// An empty link.
    #[must_use]
    pub fn new(conditions: Conditions, seed: u64) -> Self {
        Self { conditions, rng: Rng::new(seed), flying: BinaryHeap::new(), sent: 0, last_arrival_us: 0 }
    }

    /// Sends a message.
    pub fn send(&mut self, now_us: u64, bytes: &[u8]) {
        let Conditions { latency_us, jitter_us, loss_per_10_000, stream } = self.conditions;
        let jitter = if jitter_us == 0 { 0 } else { u64::from(self.rng.below(jitter_us as u32)) };
        let mut arrives_us = now_us + latency_us + jitter;
        if self.rng.below(10_000) < loss_per_10_000 {
            if !stream {
                return;
            }
            // One retransmission: a round trip and the sender's timer.
            arrives_us += 2 * latency_us + 40_000;
        }
        if stream {
            arrives_us = arrives_us.max(self.last_arrival_us);
            self.last_arrival_us = arrives_us;
        }
        self.sent += 1;
        self.flying.push(Reverse(Flying { arrives_us, number: self.sent, bytes: bytes.to_vec() }));
    }

    /// The next message that has arrived by `now`, and when it did.
    pub fn receive(&mut self, now_us: u64) -> Option<(u64, Vec<u8>)> {
        let due = self.flying.peek().is_some_and(|Reverse(flying)| flying.arrives_us <= now_us);
        if !due {
            return None;
        }
        self.flying.pop().map(|Reverse(flying)| (flying.arrives_us, flying.bytes))
    }

    /// Messages under way.
    #[must_use]
    pub fn in_flight(&self) -> usize {
        self.flying.len()
    }
}
