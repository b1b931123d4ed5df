//! A match's parameters.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::fmt::Debug;

/// A match's parameters: a game's own table in the configuration of a room. Missing keys have their defaults
/// (`#[serde(default)]`), and a key that the game does not know is an error (`deny_unknown_fields`). [`check_game`]
/// reports a scenario without these attributes.
///
/// [`check_game`]: crate::netcode::check_game()
pub trait Scenario: Clone + Default + Debug + Send + Sync + Serialize + DeserializeOwned + 'static {
    /// Checks constraints that the types do not express, such as ranges.
    ///
    /// # Errors
    /// A sentence that names the key and what is allowed.
    fn check(&self) -> Result<(), String> {
        Ok(())
    }
}

/// For games without parameters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoScenario {}

impl Scenario for NoScenario {}
