//! The roster: the players in the room and their standings, sent to all clients a few times a second as they change.

use super::Host;
use crate::ids::PlayerId;
use crate::limits::MAX_NAME_CHARS;
use crate::netcode::exchange::outbox::{Address, Lane, Outbox};
use crate::netcode::seam::simulation::Simulation;
use crate::protocol::{Message, RosterChange, ServerMessage};

/// Ticks between two checks of the standings: a change is on every screen within half a second, of which the network
/// has a third.
pub(super) const ROSTER_TICKS: u32 = 10;
/// Players in one part of the roster for a newcomer: a socket's buffers keep the size of the largest message.
const ROSTER_PART: usize = 32;

impl<S: Simulation> Host<S> {
    /// Sends all clients the standings that changed and the players who left, if it is time to.
    pub(super) fn update_roster(&mut self, out: &mut Outbox) {
        if !self.tick.0.is_multiple_of(ROSTER_TICKS) {
            return;
        }
        let mut change = std::mem::take(&mut self.roster);
        // A seat that was taken again immediately is in the list as a new player, not as one who left.
        let seats = &self.seats;
        change.left.extend(self.left.drain(..).filter(|player| seats[player.index()].is_none()));
        for seat in self.seats.iter_mut().flatten().filter(|seat| seat.plays()) {
            let standing = self.sim.standing(seat.entry.player);
            if standing != seat.entry.standing {
                seat.entry.standing = standing;
                change.standings.push((seat.entry.player, standing));
            }
        }
        if !change.standings.is_empty() || !change.left.is_empty() {
            change = self.announce(change, out);
        }
        change.standings.clear();
        change.left.clear();
        self.roster = change;
    }

    /// Sends a newcomer the whole roster.
    pub(super) fn tell_roster(&self, player: PlayerId, out: &mut Outbox) {
        let players = self.seats.iter().flatten().filter(|seat| seat.plays());
        let mut entries = players.map(|seat| seat.entry.clone()).peekable();
        while entries.peek().is_some() {
            let changed = entries.by_ref().take(ROSTER_PART).collect();
            let roster = RosterChange { changed, ..RosterChange::default() };
            let message = ServerMessage::Roster(roster).encode();
            out.push(Address::Player(player), Lane::Reliable, &message);
        }
    }

    /// Sends the change to all clients, and returns it for its memory.
    pub(super) fn announce(&mut self, change: RosterChange, out: &mut Outbox) -> RosterChange {
        let message = ServerMessage::Roster(change);
        message.encode_into(&mut self.message);
        out.push(Address::Everyone, Lane::Reliable, &self.message);
        match message {
            ServerMessage::Roster(change) => change,
            _ => RosterChange::default(),
        }
    }

    /// `wanted`, with a number behind it if that name is in use.
    pub(super) fn free_name(&self, wanted: &str) -> String {
        let taken = |name: &str| self.seats.iter().flatten().any(|seat| seat.entry.name == name);
        if !taken(wanted) {
            return wanted.to_owned();
        }
        let numbered = (2..=self.seats.len() + 1).map(|n| {
            let suffix = format!(" {n}");
            let stem: String = wanted.chars().take(MAX_NAME_CHARS - suffix.len()).collect();
            format!("{}{suffix}", stem.trim_end())
        });
        numbered.into_iter().find(|name| !taken(name)).unwrap_or_else(|| wanted.to_owned())
    }
}
