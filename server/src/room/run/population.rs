//! What follows from who is there: bots for empty places, the sleep of a room that nobody uses, and its end.

use super::Runner;
use crate::room::fillers::Change;
use crate::room::report::LiveStatus;
use crate::room::section::Lifetime;
use perigee_shared::netcode::Simulation;
use perigee_shared::protocol::DisconnectReason;

/// A room that is there for as long as it is used stops its match when nobody was in it for so long, microseconds: the
/// moment in which a page is loaded anew is no reason.
const AWAKE_US: u64 = 5_000_000;

impl<S: Simulation> Runner<S> {
    /// Bots come and go as people do. A room that nobody uses falls asleep, and closes at last.
    pub(super) fn look_for_people(&mut self, number: u64) {
        let LiveStatus { people, bots, spectators, .. } = self.handle.status();
        if !self.paused
            && let Some(change) = self.fillers.change(number, people, bots)
        {
            self.change_fillers(change);
        }
        if people + spectators > 0 {
            self.alone_since_us = None;
            return;
        }
        let since_us = *self.alone_since_us.get_or_insert(self.handle.now_us());
        if let Lifetime::WhileUsed { idle_close_ms } = self.lifetime
            && self.handle.now_us() - since_us >= idle_close_ms * 1000
        {
            self.close(&DisconnectReason::RoomClosed);
        }
    }

    /// Whether the match stands still because nobody is there. A permanent room goes on: its market lives, and so does
    /// what the first page shows of it.
    pub(super) fn is_asleep(&self) -> bool {
        let alone_us = self.alone_since_us.map_or(0, |since_us| self.handle.now_us() - since_us);
        self.lifetime != Lifetime::Permanent && alone_us >= AWAKE_US
    }

    fn change_fillers(&mut self, change: Change) {
        match change {
            Change::Seat => {
                let host = &self.host;
                let name = self.fillers.name(|name| host.players().any(|view| view.name == name));
                self.host.seat_driven(name, &mut self.outbox);
                self.publish_status();
                self.deliver();
            }
            Change::Free => {
                if let Some(player) = self.host.spare_driven() {
                    self.free(player);
                }
            }
        }
    }

    /// Shows who is there and how the match stands.
    pub(super) fn publish_status(&self) {
        let (bots, spectators) = (self.host.driven_count(), self.host.spectator_count());
        let people = self.host.player_count() - bots;
        let connected = self.seats.iter().flatten().count();
        self.handle.set_status(LiveStatus {
            people,
            away: (people + spectators).saturating_sub(connected),
            bots,
            spectators,
            round: self.host.sim().round(),
        });
    }
}
