//! A match's parameters: a game's own table in the configuration of a room.

use crate::section::sentence;
use perigee_shared::netcode::{Scenario, Simulation};
use toml::Table;

/// A match's parameters, from the table in the configuration of its room.
///
/// # Errors
/// A sentence that names the key and what is allowed.
pub(crate) fn scenario<S: Simulation>(table: &Table) -> Result<S::Scenario, String> {
    let scenario: S::Scenario =
        table.clone().try_into().map_err(|error: toml::de::Error| sentence(&error))?;
    scenario.check()?;
    Ok(scenario)
}
