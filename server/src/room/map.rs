//! A room's public map: what both sides build from the match's parameters, for clients that cannot build it.

use crate::room::scenario::scenario;
use perigee_shared::netcode::{Landmark, Simulation};
use serde_json::Value;
use toml::Table;

/// What never changes in a room.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RoomMap {
    /// Width and height, units.
    pub size_units: (f32, f32),
    /// Fixed obstacles: x, y, radius, units.
    pub obstacles: Vec<(f32, f32, f32)>,
    /// Places that have a name.
    pub landmarks: Vec<Landmark>,
    /// The match's parameters as an object, with the defaults of those that its configuration omits.
    pub scenario: Value,
}

impl RoomMap {
    /// The map of a match of `S` with the parameters of this table; empty if they are not valid parameters of the game.
    pub(crate) fn of<S: Simulation>(table: &Table) -> Self {
        let Ok(scenario) = scenario::<S>(table) else { return Self::default() };
        let map = S::map(&scenario);
        Self {
            size_units: S::size_units(&scenario),
            obstacles: S::obstacles(&map),
            landmarks: S::landmarks(&map),
            scenario: serde_json::to_value(&scenario).unwrap_or_default(),
        }
    }
}
