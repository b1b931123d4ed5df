//! Lines of a room's chat, delayed for spectators until they see the moment that the line is about.
//!
//! Snapshots reach spectators late (`room::spectator_delay`); a line without delay would reveal what is not on their
//! screen yet. Everyone's channel, private lines, boards and prices belong to no moment of a room, or are public
//! elsewhere at once: they are not delayed.

use crate::metrics::ServiceKind;
use crate::services::chat::history::{ChannelKey, Line};
use crate::services::moment::Moment;
use bytes::Bytes;
use std::collections::VecDeque;

/// Lines that may wait for one spectator; more are dropped and counted, as on their lane. A room accepts at most twenty
/// lines a second, and rarely gets one.
const MAX_DELAYED_LINES: usize = 256;

#[derive(Debug)]
struct DelayedLine {
    due_ms: u64,
    kind: ServiceKind,
    bytes: Bytes,
}

/// The lines that wait for one spectator.
#[derive(Debug)]
pub(super) struct DelayedLines {
    delay_ms: u64,
    waiting: VecDeque<DelayedLine>,
}

impl DelayedLines {
    pub(super) fn new(delay_ms: u32) -> Self {
        Self { delay_ms: u64::from(delay_ms), waiting: VecDeque::new() }
    }

    /// How long a line has to wait from now; 0 if its moment is on the screen, or if it has none.
    pub(super) fn wait_ms(&self, line: &Line, now: Moment) -> u64 {
        match line.channel {
            ChannelKey::Room(_) | ChannelKey::Team(..) => {
                self.delay_ms.saturating_sub(now.unix_ms.saturating_sub(line.at_ms))
            }
            ChannelKey::Everyone | ChannelKey::Private(..) => 0,
        }
    }

    /// Keeps a line until `due_ms`. Returns false if too many wait.
    pub(super) fn keep(&mut self, due_ms: u64, kind: ServiceKind, bytes: Bytes) -> bool {
        let fits = self.waiting.len() < MAX_DELAYED_LINES;
        if fits {
            self.waiting.push_back(DelayedLine { due_ms, kind, bytes });
        }
        fits
    }

    /// The next line that is due.
    pub(super) fn take_due(&mut self, now_ms: u64) -> Option<(ServiceKind, Bytes)> {
        let line = self.waiting.pop_front_if(|line| line.due_ms <= now_ms)?;
        Some((line.kind, line.bytes))
    }
}
