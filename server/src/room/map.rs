//! A room's map as anybody may know it: what both sides build from the match's parameters, for clients that cannot.

use crate::room::scenario::scenario;
use perigee_shared::netcode::{Landmark, Simulation};
use serde_json::Value;
use toml::Table;

/// What stays the same in a room for the whole of its life.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RoomMap {
    /// Width and height, units.
    pub size_units: (f32, f32),
    /// Fixed obstacles: x, y, radius, units.
    pub obstacles: Vec<(f32, f32, f32)>,
    /// Places that have a name.
    pub landmarks: Vec<Landmark>,
    /// The match's parameters with all that its configuration leaves out, an object.
    pub scenario: Value,
}

impl RoomMap {
    /// That of a match of `S` with the parameters of that table; nothing for parameters that are not the game's.
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
