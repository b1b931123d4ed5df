//! The configuration: what an operator may choose, from the embedded defaults, a file, the environment and flags, in
//! that order.
//!
//! - `flags`: the command line and the environment
//! - `layers`: one TOML text over another
//! - `check`: what values are allowed
//! - `summary`: what is in effect, in words
//!
//! It composes sections that the modules define for which they are, each beside the code that reads it (`section`), and
//! knows all of them; none of them knows it.
//!
//! Whatever is wrong becomes one sentence that names the place, the key and what is allowed. Nothing here opens a
//! socket or reads a certificate.

mod check;
mod flags;
mod layers;
mod summary;
#[cfg(test)]
mod tests;

pub(crate) use crate::access::Http;
pub use flags::Flags;

use crate::access::{Limits, Origins};
use crate::admin::AdminConfig;
use crate::game::Games;
use crate::lobby::{Blueprint, LobbyConfig};
use crate::mqtt::MqttConfig;
use crate::room::RoomConfig;
use crate::services::chat::ChatRules;
use crate::services::{FeedConfig, LeaderboardConfig};
use crate::store::StoreConfig;
use crate::tls::TlsConfig;
use crate::wall::Wall;
use serde::Deserialize;
use std::net::SocketAddr;
use std::path::Path;
use thiserror::Error;

const DEFAULTS: &str = include_str!("../../../assets/config/default.toml");
const DEFAULTS_NAME: &str = "the built-in defaults";

/// Everything that can be configured. A value of this type has passed its checks.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where to listen.
    #[serde(deserialize_with = "layers::address")]
    pub bind: SocketAddr,
    /// Which other sites' pages may open sockets; and read the REST interface, unless that has origins of its own.
    pub allowed_origins: Origins,
    /// Encryption.
    pub tls: TlsConfig,
    /// The admin console.
    pub admin: AdminConfig,
    /// Bounds on what clients may do.
    pub limits: Limits,
    /// What outlives the server.
    pub store: StoreConfig,
    /// Rooms that come and go.
    pub lobby: LobbyConfig,
    /// How often people may speak.
    pub chat: ChatRules,
    /// Who is on the boards.
    pub leaderboard: LeaderboardConfig,
    /// The public feed.
    pub feed: FeedConfig,
    /// The MQTT broker that is told what the feed tells.
    pub mqtt: MqttConfig,
    /// The REST interface.
    pub http: Http,
    /// The rooms, in the order in which they are listed: they are always there, and others are made like them.
    pub rooms: Vec<RoomConfig>,
    /// Where the time of day comes from: no file and no flag can say so.
    #[serde(skip)]
    pub wall: Wall,
    /// Whether there is a socket at `/echo`: no file and no flag can say so.
    #[cfg(feature = "conformance")]
    #[serde(skip)]
    pub serves_echo: bool,
}

/// Why a configuration cannot be used.
#[derive(Debug, Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("{file}: cannot be read: {why}")]
    Unreadable {
        /// As the operator gave it.
        file: String,
        /// The system's words.
        why: std::io::Error,
    },
    /// The file is not TOML.
    #[error("{file}: line {line} is not valid TOML: {what}")]
    Syntax {
        /// As the operator gave it.
        file: String,
        /// From 1.
        line: usize,
        /// What was found, and what was expected.
        what: String,
    },
    /// A key that is unknown, is missing, or has a value that is not allowed.
    #[error("{place}: {key}: {what}")]
    Key {
        /// The file, or "the command line or the environment".
        place: String,
        /// With the names of the tables around it.
        key: String,
        /// What is wrong and what is allowed.
        what: String,
    },
}

impl Config {
    /// The embedded defaults, with `file` over them, with `flags` over both.
    ///
    /// # Errors
    /// [`ConfigError`], one sentence.
    pub fn load(games: Games, flags: &Flags) -> Result<Self, ConfigError> {
        let mut config = match &flags.config {
            Some(file) => Self::read(games, file)?,
            None => Self::from_text(games, None)?,
        };
        flags.apply(&mut config)?;
        check::check(&config, games, flags::FLAGS_NAME)?;
        Ok(config)
    }

    /// Which other sites' pages may read the REST interface.
    #[must_use]
    pub fn rest_origins(&self) -> &Origins {
        self.http.allowed_origins.as_ref().unwrap_or(&self.allowed_origins)
    }

    /// The embedded defaults with the file over them.
    ///
    /// # Errors
    /// [`ConfigError`], one sentence.
    pub fn read(games: Games, file: &Path) -> Result<Self, ConfigError> {
        let name = file.display().to_string();
        let text = std::fs::read_to_string(file)
            .map_err(|why| ConfigError::Unreadable { file: name.clone(), why })?;
        Self::from_text(games, Some((&name, &text)))
    }

    /// The embedded defaults with the text of a file of that name over them.
    ///
    /// # Errors
    /// [`ConfigError`], one sentence.
    pub fn from_text(games: Games, file: Option<(&str, &str)>) -> Result<Self, ConfigError> {
        let mut table = layers::parse(DEFAULTS_NAME, DEFAULTS)?;
        layers::keep_rooms_of(&mut table, games);
        let place = file.map_or(DEFAULTS_NAME, |(name, _)| name);
        if let Some((name, text)) = file {
            layers::lay_over(&mut table, layers::parse(name, text)?);
        }
        let config = layers::read(place, table)?;
        check::check(&config, games, place)?;
        Ok(config)
    }
}

impl From<&Config> for Blueprint {
    fn from(config: &Config) -> Self {
        Self { rooms: config.rooms.clone(), settings: config.lobby.clone(), limits: config.limits.clone() }
    }
}
