//! Counters of rooms' starts and ends.

use crate::metrics::{Adder, ByReason};
use prometheus_client::metrics::counter::Counter;

/// Counters of the lobby.
#[derive(Debug)]
pub struct LobbyCounters {
    started: ByReason,
    ended: ByReason,
    refused: ByReason,
    /// Parties that were forgotten because there were too many.
    pub parties_forgotten: Counter,
}

impl LobbyCounters {
    pub(super) fn new(new: &mut Adder<'_>) -> Self {
        Self {
            started: new.by_reason("rooms_started", "Rooms started, by why"),
            ended: new.by_reason("rooms_ended", "Rooms that ended, by how: closed or panicked"),
            refused: new.by_reason("rooms_refused", "Private rooms that were not made, by cause"),
            parties_forgotten: new.add("parties_forgotten", "Parties forgotten because there were too many"),
        }
    }

    /// A room was started: `configured`, `opened`, `private`, or `restarted`.
    pub fn started(&self, why: &'static str) {
        self.started.count(why);
    }

    /// A room's thread ended: `closed` or `panicked`.
    pub fn ended(&self, how: &'static str) {
        self.ended.count(how);
    }

    /// A private room was not created.
    pub fn refused(&self, cause: &'static str) {
        self.refused.count(cause);
    }
}
