//! The configuration: what an operator can set, from the embedded defaults, a file, the environment and flags, in that
//! order.
//!
//! - `flags`: the command line and the environment
//! - `layers`: merges TOML texts
//! - `check`: checks values
//! - `summary`: the values in effect, in words
//!
//! It is composed of sections, which the modules define beside the code that reads them (`section`). It knows all of
//! them; none of them knows it.
//!
//! Every error is one sentence that names the place, the key and what is allowed. Nothing here opens a socket or reads
//! a certificate.

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
    /// The other sites whose pages may open sockets, and read the REST interface unless that has origins of its own.
    pub allowed_origins: Origins,
    /// Encryption.
    pub tls: TlsConfig,
    /// The admin console.
    pub admin: AdminConfig,
    /// Bounds on what clients may do.
    pub limits: Limits,
    /// The store.
    pub store: StoreConfig,
    /// Rooms that are created at run time.
    pub lobby: LobbyConfig,
    /// Limits on chat.
    pub chat: ChatRules,
    /// Who is ranked on the boards.
    pub leaderboard: LeaderboardConfig,
    /// The public feed.
    pub feed: FeedConfig,
    /// The MQTT broker that is sent what the feed sends.
    pub mqtt: MqttConfig,
    /// HTTP requests.
    pub http: Http,
    /// The permanent rooms, in the order of lists; others are copies of them.
    pub rooms: Vec<RoomConfig>,
    /// The time of day. Neither a file nor a flag can set it.
    #[serde(skip)]
    pub wall: Wall,
    /// Whether `/echo` is served. Neither a file nor a flag can set it.
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
        /// The path as the operator gave it.
        file: String,
        /// The system's error.
        why: std::io::Error,
    },
    /// The file is not TOML.
    #[error("{file}: line {line} is not valid TOML: {what}")]
    Syntax {
        /// The path as the operator gave it.
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
    /// The embedded defaults, merged with `file` and then with `flags`.
    ///
    /// # Errors
    /// [`ConfigError`], a sentence.
    pub fn load(games: Games, flags: &Flags) -> Result<Self, ConfigError> {
        let mut config = match &flags.config {
            Some(file) => Self::read(games, file)?,
            None => Self::from_text(games, None)?,
        };
        flags.apply(&mut config)?;
        check::check(&config, games, flags::FLAGS_NAME)?;
        Ok(config)
    }

    /// The other sites whose pages may read the REST interface.
    #[must_use]
    pub fn rest_origins(&self) -> &Origins {
        self.http.allowed_origins.as_ref().unwrap_or(&self.allowed_origins)
    }

    /// The embedded defaults, merged with the file.
    ///
    /// # Errors
    /// [`ConfigError`], a sentence.
    pub fn read(games: Games, file: &Path) -> Result<Self, ConfigError> {
        let name = file.display().to_string();
        let text = std::fs::read_to_string(file)
            .map_err(|why| ConfigError::Unreadable { file: name.clone(), why })?;
        Self::from_text(games, Some((&name, &text)))
    }

    /// The embedded defaults, merged with the text of a file of that name.
    ///
    /// # Errors
    /// [`ConfigError`], a sentence.
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
        Self { rooms: config.rooms.clone(), settings: config.lobby.clone() }
    }
}
