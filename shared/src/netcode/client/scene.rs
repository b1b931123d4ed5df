//! What a client shows at one moment: its own entity in the predicted present, the others slightly in the past.

use crate::ids::{PlayerId, Slot};
use crate::netcode::entity::Entity;
use crate::netcode::entity::pose::Pose;
use crate::netcode::seam::simulation::Simulation;
use crate::protocol::RosterEntry;

/// One entity as it is drawn.
#[derive(Clone, Copy, Debug)]
pub struct Seen<E> {
    /// Its slot; `None` for an own shot that so far exists only in the prediction.
    pub slot: Option<Slot>,
    /// The authoritative or predicted state nearest to the moment shown.
    pub entity: E,
    /// Where to draw it: interpolated, and eased after corrections.
    pub pose: Pose,
}

/// All that is shown at one moment.
#[derive(Debug)]
pub struct Scene<'a, S: Simulation> {
    /// Own seat.
    pub me: PlayerId,
    /// Match parameters.
    pub scenario: &'a S::Scenario,
    /// Walls and obstacles.
    pub map: &'a <S::Entity as Entity>::Map,
    /// The own entity, predicted; `None` while dead.
    pub own: Option<Seen<S::Entity>>,
    /// Everything else in view: others interpolated, own shots in the predicted present.
    pub others: Vec<Seen<S::Entity>>,
    /// The events since the last scene, oldest first.
    pub events: Vec<S::Event>,
    /// All players in the room, by seat.
    pub roster: &'a [RosterEntry],
    /// The moment the others are shown at, in ticks since the server's tick 0.
    pub view_tick: f64,
    /// The moment the own entity is shown at, in ticks.
    pub predicted_tick: f64,
}

impl<S: Simulation> Scene<'_, S> {
    /// Whether a player is in that seat; the game's own players and spectators are in no roster.
    #[must_use]
    pub fn is_seated(&self, player: PlayerId) -> bool {
        self.roster.binary_search_by_key(&player, |entry| entry.player).is_ok()
    }

    /// A player's name, if they are in the room or controlled by the game.
    #[must_use]
    pub fn name_of(&self, player: PlayerId) -> Option<&str> {
        match self.roster.binary_search_by_key(&player, |entry| entry.player) {
            Ok(at) => Some(&self.roster[at].name),
            Err(_) => S::npc_name(player),
        }
    }
}
