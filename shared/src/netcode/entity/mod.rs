//! What is replicated: an entity's state as a row of whole numbers, how it moves, where it is, and who may know of it.
//!
//! - `fields`, `prefix_code`: the fields of a row, and the codes that the codec writes them in
//! - `replicated`: a row, declared once
//! - `command`: what players ask for; `event`: what leaves no state; `pose`: where something is

pub mod command;
pub mod event;
pub mod fields;
pub mod pose;
pub mod prefix_code;
pub mod replicated;

use crate::ids::PlayerId;
use crate::netcode::entity::pose::Pose;
use crate::netcode::entity::replicated::Replicated;
use std::fmt::Debug;

/// Whose clients may know of an entity. What is not relevant to a client is never sent to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relevancy {
    /// Whoever is near.
    Near,
    /// Everybody: a flag, a scoreboard.
    Always,
    /// Its owner alone: what lies in their hold.
    Owner,
    /// The members of a team ([`Simulation::team`](crate::netcode::Simulation::team)).
    Team(u8),
}

/// A replicated entity: its state is a row of integers ([`replicated!`](crate::replicated)), and this is how it moves and what
/// others may know of it.
pub trait Entity: Replicated {
    /// What never changes during a match and both sides can build: walls, obstacles.
    type Map: Debug + Send + Sync;

    /// The movement function: one tick forward, alone, under the command that the entity carries. It serves
    /// the simulation, the client's prediction, extrapolation, and the codec's predictor.
    fn advance(&mut self, map: &Self::Map);
    /// What this and `other`, of one kind and each moved by [`Self::advance`] already, become when they meet and nothing
    /// else interferes; `None` when they do not meet. This one is in the lower slot. Where it tells what the simulation
    /// does, a meeting costs a client that sees both a few bits instead of two mispredictions.
    fn meet(&self, other: &Self, map: &Self::Map) -> Option<(Self, Self)> {
        let _ = (other, map);
        None
    }
    /// Who owns it, if a player does.
    fn owner(&self) -> Option<PlayerId> {
        None
    }
    /// Where it is, to look at and for interest.
    fn pose(&self) -> Pose;
    /// Whether it is anywhere: an account or a clock is not, and no map shows it.
    fn has_place(&self) -> bool {
        true
    }
    /// Health in `0..=1`, for the console; `None` for what has none.
    fn health(&self) -> Option<f32> {
        None
    }
    /// Whose clients may know of it.
    fn relevancy(&self) -> Relevancy {
        Relevancy::Near
    }
    /// Whether clients show it in the present, predicted together with their own entity ([`Simulation::foresee`](crate::netcode::Simulation::foresee)), and not a
    /// little in the past: what players share and touch, such as a ball. It stays the same for as long as the entity is
    /// there. It is where players touch it, but what others do to it is seen as a correction; and each correction steps all
    /// that is predicted once for each tick of the round trip.
    fn is_predicted(&self) -> bool {
        false
    }
    /// How much it matters against others as near, when a client's budget does not take all; 1 is usual.
    fn importance(&self) -> f32 {
        1.0
    }
}
