//! The parameters of one match: sent to each client on joining, so that both sides build the same map.

use crate::game::entity::MAX_ARENA_UNITS;
use serde::{Deserialize, Serialize};

/// The parameters of one match.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Scenario {
    /// Width of the arena, units, 500 to 4095.
    pub width_units: f32,
    /// Height of the arena, units, 500 to 4095.
    pub height_units: f32,
    /// Asteroids to scatter, 0 to 200.
    pub asteroids: u32,
    /// Which scattering.
    pub map_seed: u64,
    /// Whether a ship cannot be hurt while its pilot's connection is broken; else it idles like any other.
    pub protect_absent: bool,
}

impl Default for Scenario {
    fn default() -> Self {
        Self { width_units: 2400.0, height_units: 1600.0, asteroids: 22, map_seed: 11, protect_absent: false }
    }
}

impl Scenario {
    /// Checks the ranges.
    ///
    /// # Errors
    /// A sentence that names the key and what is allowed.
    pub fn check(&self) -> Result<(), String> {
        for (key, value) in [("width_units", self.width_units), ("height_units", self.height_units)] {
            if !(500.0..MAX_ARENA_UNITS - 1.0).contains(&value) {
                return Err(format!("{key} = {value}: allowed are 500 to {}", MAX_ARENA_UNITS - 1.0));
            }
        }
        if self.asteroids > 200 {
            return Err(format!("asteroids = {}: allowed are 0 to 200", self.asteroids));
        }
        Ok(())
    }
}
