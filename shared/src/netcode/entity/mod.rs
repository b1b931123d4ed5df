//! What is replicated: an entity's state as a row of integers, how it moves, where it is, and which clients may know
//! it.
//!
//! - `fields`, `prefix_code`: the fields of a row, and the codes that the codec writes them in
//! - `replicated`: a row, declared once
//! - `command`: what players ask for; `event`: what leaves no state; `pose`: where an entity is

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

/// Which clients may know an entity. An entity that is not relevant to a client is never sent to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relevancy {
    /// Clients that are near.
    Near,
    /// All clients: a flag, a scoreboard.
    Always,
    /// Only its owner: the contents of their hold.
    Owner,
    /// The members of a team ([`Simulation::team`](crate::netcode::Simulation::team)).
    Team(u8),
}

/// A replicated entity: its state is a row of integers ([`replicated!`](crate::replicated)). This trait says how it
/// moves and what other players may know of it.
pub trait Entity: Replicated {
    /// What never changes during a match and both sides can build from the scenario: walls, obstacles.
    type Map: Debug + Send + Sync;

    /// The movement function: one tick forward, alone, under the command that the entity carries. The simulation, the
    /// client's prediction, extrapolation, and the codec's predictor all call it.
    fn advance(&mut self, map: &Self::Map);
    /// What this entity and `other`, of the same kind and each already moved by [`Self::advance`], become when they
    /// meet and nothing else interferes; `None` when they do not meet. `self` is in the lower slot. Where it returns
    /// what the simulation does, a meeting costs a client that sees both a few bits instead of two mispredictions.
    fn meet(&self, other: &Self, map: &Self::Map) -> Option<(Self, Self)> {
        let _ = (other, map);
        None
    }
    /// The player who owns it, if any.
    fn owner(&self) -> Option<PlayerId> {
        None
    }
    /// Its position for display and for interest management.
    fn pose(&self) -> Pose;
    /// Whether it has a position. An account or a clock has none, and no map shows it.
    fn has_place(&self) -> bool {
        true
    }
    /// Health in `0..=1`, for the console; `None` for what has none.
    fn health(&self) -> Option<f32> {
        None
    }
    /// Which clients may know it.
    fn relevancy(&self) -> Relevancy {
        Relevancy::Near
    }
    /// Whether clients show it in the present, predicted together with their own entity
    /// ([`Simulation::foresee`](crate::netcode::Simulation::foresee)), instead of slightly in the past. This is for
    /// entities that several players touch, such as a ball. The answer must not change while the entity exists. Players
    /// see it where they touch it, but see the effect of other players on it as a correction. Each correction steps all
    /// predicted entities once for each tick of the round trip.
    fn is_predicted(&self) -> bool {
        false
    }
    /// Its weight against other entities at the same distance when the client's budget is too small for all. 1 is
    /// usual.
    fn importance(&self) -> f32 {
        1.0
    }
}
