//! What a client knows, for reading.

use super::{Peer, PeerStats, PeerStatus};
use crate::ids::{PlayerId, Slot};
use crate::netcode::entity::Entity;
use crate::netcode::exchange::grade::Grade;
use crate::netcode::seam::simulation::Simulation;
use crate::protocol::{ResumeToken, RosterEntry};
use crate::tick::Tick;

impl<S: Simulation> Peer<S> {
    /// The state of the connection.
    #[must_use]
    pub fn status(&self) -> &PeerStatus {
        &self.status
    }

    /// The client's figures.
    #[must_use]
    pub fn stats(&self) -> &PeerStats {
        &self.stats
    }

    /// Messages from the admin since the last call.
    pub fn notices(&mut self) -> Vec<String> {
        std::mem::take(&mut self.notices)
    }

    /// All players in the room, by seat.
    #[must_use]
    pub fn roster(&self) -> &[RosterEntry] {
        &self.roster
    }

    /// Whether the room is paused.
    #[must_use]
    pub fn paused(&self) -> bool {
        self.paused
    }

    /// The token that opens this client's seat to a later instance of it, once joined.
    #[must_use]
    pub fn token(&self) -> Option<ResumeToken> {
        self.session.as_ref().map(|session| session.token)
    }

    /// The grade by which the room keeps its tick rate.
    #[must_use]
    pub fn grade(&self) -> Grade {
        self.grade
    }

    /// The room joined, or requested.
    #[must_use]
    pub fn room(&self) -> &str {
        self.session.as_ref().map_or(&self.config.room, |session| &session.room)
    }

    /// The name granted, or requested.
    #[must_use]
    pub fn name(&self) -> &str {
        self.session.as_ref().map_or(&self.config.name, |session| &session.name)
    }

    /// Since when the next snapshot has been awaited, by the clock of `now_us`: the last snapshot, the welcome, or the
    /// end of a pause, whichever was last.
    #[must_use]
    pub fn heard_at_us(&self) -> u64 {
        self.heard_at_us
    }

    /// The newest snapshot's tick.
    #[must_use]
    pub fn newest_snapshot(&self) -> Option<Tick> {
        self.session.as_ref().and_then(|session| session.tick)
    }

    /// The newest tick that was commanded.
    #[must_use]
    pub fn newest_command(&self) -> Option<Tick> {
        self.prediction.newest()
    }

    /// The own entity in the newest snapshot: the server's state, not the prediction.
    #[must_use]
    pub fn own_confirmed(&self) -> Option<&S::Entity> {
        let session = self.session.as_ref()?;
        session.find(session.own?)
    }

    /// All entities in the newest snapshot.
    pub fn confirmed(&self) -> impl Iterator<Item = (Slot, &S::Entity)> {
        self.session.iter().flat_map(|session| session.held.iter().map(|held| (held.slot, &held.entity)))
    }

    /// The map, once joined.
    #[must_use]
    pub fn map(&self) -> Option<&<S::Entity as Entity>::Map> {
        self.session.as_ref().map(|session| &session.map)
    }

    /// The seat, once joined.
    #[must_use]
    pub fn player(&self) -> Option<PlayerId> {
        self.session.as_ref().map(|session| session.player)
    }
}
