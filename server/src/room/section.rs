//! The configuration section of one room, of which there are many under `rooms`, and how long a room lives.

use crate::section::{Wrong, in_range, words};
use perigee_shared::limits::{MAX_NPCS, MAX_PLAYERS};
use perigee_shared::netcode::HostConfig;
use serde::Deserialize;
use std::ops::RangeInclusive;
use toml::Table;

const INTEREST_RADIUS_UNITS: RangeInclusive<f32> = 50.0..=10_000.0;
const BUDGET_BYTES_PER_SECOND: RangeInclusive<u32> = 1_000..=10_000_000;
const FAR_INTERVAL_TICKS: RangeInclusive<u32> = 1..=8;
const MAX_REWIND_MS: RangeInclusive<u32> = 0..=600;
const RESUME_WINDOW_MS: RangeInclusive<u32> = 0..=600_000;
const SPECTATOR_DELAY_MS: RangeInclusive<u32> = 0..=60_000;
/// Seats and the pilots that the game brings share one range of numbers.
const SEATS: usize = MAX_PLAYERS - MAX_NPCS;

/// One room.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub struct RoomConfig {
    /// ASCII letters, digits, `-` and `_`.
    pub name: String,
    /// Name of the game that is played in it; if omitted, the server's first game.
    #[serde(default)]
    pub game: String,
    /// Places for players.
    pub max_players: usize,
    /// Whether it is listed, and given to players who ask for any room.
    #[serde(default = "defaults::public")]
    pub public: bool,
    /// Bots fill places up to this many players while people are in the room; 0: never.
    #[serde(default)]
    pub fill_to: usize,
    /// How far a player sees, units.
    pub interest_radius_units: f32,
    /// Most bytes of snapshots that a player gets in a second.
    #[serde(default = "defaults::budget_bytes_per_second")]
    pub budget_bytes_per_second: u32,
    /// Longest wait between two updates of what is at the rim of a view, ticks; 1 updates everything at once.
    #[serde(default = "defaults::far_interval_ticks")]
    pub far_interval_ticks: u32,
    /// How far back a hit may be decided, for players with a high latency.
    #[serde(default = "defaults::max_rewind_ms")]
    pub max_rewind_ms: u32,
    /// How long a player's seat is kept when the connection breaks; 0 keeps none.
    #[serde(default = "defaults::resume_window_ms")]
    pub resume_window_ms: u32,
    /// Places for spectators.
    #[serde(default = "defaults::max_spectators")]
    pub max_spectators: usize,
    /// How long spectators see the match late, so that they cannot help a player.
    #[serde(default = "defaults::spectator_delay_ms")]
    pub spectator_delay_ms: u32,
    /// The match's random seed; if omitted, each start has another.
    pub seed: Option<u64>,
    /// Whether it starts paused, until an admin resumes it.
    #[serde(default)]
    pub paused: bool,
    /// The match's parameters: a table of the game's own.
    #[serde(default)]
    pub scenario: Table,
    /// How long it lives.
    #[serde(skip)]
    pub lifetime: Lifetime,
}

/// The values of keys that a room omits: the same as in the embedded defaults.
mod defaults {
    pub(super) fn public() -> bool {
        true
    }

    pub(super) fn budget_bytes_per_second() -> u32 {
        32_000
    }

    pub(super) fn far_interval_ticks() -> u32 {
        1
    }

    pub(super) fn max_rewind_ms() -> u32 {
        600
    }

    pub(super) fn resume_window_ms() -> u32 {
        30_000
    }

    pub(super) fn max_spectators() -> usize {
        16
    }

    pub(super) fn spectator_delay_ms() -> u32 {
        3_000
    }
}

impl RoomConfig {
    pub(crate) fn fill_words(&self) -> String {
        if self.fill_to == 0 { String::new() } else { format!(", bots up to {}", self.fill_to) }
    }

    /// The match's parameters that are set.
    pub(crate) fn scenario_words(&self) -> String {
        let chosen = |(key, value): (&String, &toml::Value)| format!(", {key} {value}");
        self.scenario.iter().map(chosen).collect()
    }

    /// Checks its numbers. Its name is checked by the lobby, the match's parameters by the game.
    pub(crate) fn check_numbers(&self) -> Result<(), Wrong> {
        let key = |key: &str| format!("rooms.{}.{key}", self.name);
        in_range(&key("max_players"), &self.max_players, &(1..=SEATS))?;
        in_range(&key("fill_to"), &self.fill_to, &(0..=self.max_players))?;
        in_range(&key("max_spectators"), &self.max_spectators, &(0..=SEATS - self.max_players))?;
        in_range(&key("spectator_delay_ms"), &self.spectator_delay_ms, &SPECTATOR_DELAY_MS)?;
        in_range(&key("interest_radius_units"), &self.interest_radius_units, &INTEREST_RADIUS_UNITS)?;
        in_range(&key("budget_bytes_per_second"), &self.budget_bytes_per_second, &BUDGET_BYTES_PER_SECOND)?;
        in_range(&key("far_interval_ticks"), &self.far_interval_ticks, &FAR_INTERVAL_TICKS)?;
        in_range(&key("max_rewind_ms"), &self.max_rewind_ms, &MAX_REWIND_MS)?;
        in_range(&key("resume_window_ms"), &self.resume_window_ms, &RESUME_WINDOW_MS)
    }

    /// The range of that key in words, if it is a number of a room.
    pub(crate) fn allowed(key: &str) -> Option<String> {
        Some(match key {
            "rooms.fill_to" => words(&(0..=SEATS)),
            "rooms.max_players" => words(&(1..=SEATS)),
            "rooms.max_spectators" => words(&(0..=SEATS - 1)),
            "rooms.spectator_delay_ms" => words(&SPECTATOR_DELAY_MS),
            "rooms.interest_radius_units" => words(&INTEREST_RADIUS_UNITS),
            "rooms.budget_bytes_per_second" => words(&BUDGET_BYTES_PER_SECOND),
            "rooms.far_interval_ticks" => words(&FAR_INTERVAL_TICKS),
            "rooms.max_rewind_ms" => words(&MAX_REWIND_MS),
            "rooms.resume_window_ms" => words(&RESUME_WINDOW_MS),
            _ => return None,
        })
    }

    /// The configuration of the room's host.
    #[must_use]
    pub fn host_config(&self, seed: u64) -> HostConfig {
        HostConfig {
            room: self.name.clone(),
            max_players: self.max_players,
            interest_radius_units: self.interest_radius_units,
            seed,
            budget_bytes_per_s: self.budget_bytes_per_second,
            far_interval_ticks: self.far_interval_ticks,
            max_rewind_ms: self.max_rewind_ms,
            resume_window_ms: self.resume_window_ms,
            max_spectators: self.max_spectators,
            spectator_delay_ms: self.spectator_delay_ms,
        }
    }
}

/// How long a room lives. No file sets this: configured rooms are permanent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lifetime {
    /// As long as the server; it is started again if it fails.
    #[default]
    Permanent,
    /// Created while the server runs: it closes when it was empty for this long.
    WhileUsed {
        /// Milliseconds.
        idle_close_ms: u64,
    },
}
