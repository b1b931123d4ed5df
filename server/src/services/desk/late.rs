//! What is said in a room, kept for spectators until they see what it is about.
//!
//! Snapshots reach them late (`room::held_back`); a line that came at once would tell of what is not on their screen yet.
//! Everyone's channel, private lines, boards and prices are of no room's moment, or public elsewhere at once: they are
//! not held back.

use super::Desk;
use crate::metrics::ServiceKind;
use crate::room::{ConnectionId, Link};
use crate::services::chat::Moment;
use crate::services::chat::history::{ChannelKey, Line};
use bytes::Bytes;
use std::collections::VecDeque;

/// Lines that may wait for one spectator; one more is dropped and counted, as on their lane. A room takes twenty lines a
/// second at the most, and rarely one.
const MAX_LATE_LINES: usize = 256;

/// Lines that wait, for one who looks on.
#[derive(Debug)]
pub(super) struct Late {
    delay_ms: u64,
    waiting: VecDeque<(u64, ServiceKind, Bytes)>,
}

impl Late {
    pub(super) fn new(delay_ms: u32) -> Self {
        Self { delay_ms: u64::from(delay_ms), waiting: VecDeque::new() }
    }

    /// How long a line is to wait now; 0 if its moment is on the screen, or it has none.
    pub(super) fn wait_ms(&self, line: &Line, now: Moment) -> u64 {
        match line.channel {
            ChannelKey::Room(_) | ChannelKey::Team(..) => {
                self.delay_ms.saturating_sub(now.unix_ms.saturating_sub(line.at_ms))
            }
            ChannelKey::Everyone | ChannelKey::Private(..) => 0,
        }
    }

    /// Keeps a line for later. False if too many wait.
    pub(super) fn keep(&mut self, due_ms: u64, kind: ServiceKind, bytes: Bytes) -> bool {
        let fits = self.waiting.len() < MAX_LATE_LINES;
        if fits {
            self.waiting.push_back((due_ms, kind, bytes));
        }
        fits
    }

    fn take_due(&mut self, now_ms: u64) -> Option<(ServiceKind, Bytes)> {
        let (due_ms, ..) = self.waiting.front()?;
        if *due_ms > now_ms {
            return None;
        }
        self.waiting.pop_front().map(|(_, kind, bytes)| (kind, bytes))
    }
}

impl Desk {
    /// Tells spectators what they see by now.
    pub(super) fn tell_late(&mut self, now: Moment) {
        let Self { members, post, .. } = self;
        for member in members.iter_mut() {
            let link: &Link = &member.link;
            while let Some((kind, bytes)) = member.late.as_mut().and_then(|late| late.take_due(now.mono_ms)) {
                post.put(kind, link, &bytes);
            }
        }
    }

    /// Sends a line now, or keeps it if the member is to hear it later.
    pub(super) fn hand_line(
        &mut self,
        kind: ServiceKind,
        hearer: ConnectionId,
        (line, bytes): (&Line, &Bytes),
        now: Moment,
    ) {
        let Self { members, post, metrics, .. } = self;
        let Some(member) = members.get_mut(hearer) else { return };
        let wait_ms = member.late.as_ref().map_or(0, |late| late.wait_ms(line, now));
        match &mut member.late {
            Some(late) if wait_ms > 0 => {
                if !late.keep(now.mono_ms + wait_ms, kind, bytes.clone()) {
                    metrics.services.dropped(kind);
                }
            }
            _ => {
                post.put(kind, &member.link, bytes);
            }
        }
    }
}
