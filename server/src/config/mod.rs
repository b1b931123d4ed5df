//! The configuration: what an operator may choose, from the embedded defaults, a file, the environment and flags, in
//! that order.
//!
//! - `flags`: the command line and the environment
//! - `layers`: one TOML text over another
//! - `lobby`: rooms that come and go
//! - `check`: what values are allowed
//! - `origins`: which pages may open sockets
//!
//! Whatever is wrong becomes one sentence that names the place, the key and what is allowed. Nothing here opens a
//! socket or reads a certificate.

mod check;
mod flags;
mod layers;
mod lobby;
mod origins;

pub use flags::Flags;
pub use lobby::{Lifetime, Lobby};
pub use origins::Origins;

use crate::services::chat::ChatRules;
use perigee_shared::netcode::HostConfig;
use serde::Deserialize;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;
use thiserror::Error;

/// The parameters of a match of the game that this server runs.
pub type Scenario = <crate::Game as perigee_shared::netcode::Simulation>::Scenario;

const DEFAULTS: &str = include_str!("../../../assets/config/default.toml");
const DEFAULTS_NAME: &str = "the built-in defaults";

/// Everything that can be configured. A value of this type has passed its checks.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where to listen.
    #[serde(deserialize_with = "layers::address")]
    pub bind: SocketAddr,
    /// Which other sites' pages may open sockets.
    pub allowed_origins: Origins,
    /// Encryption.
    pub tls: Tls,
    /// The admin console.
    pub admin: Admin,
    /// Bounds on what clients may do.
    pub limits: Limits,
    /// What outlives the server.
    pub store: Store,
    /// Rooms that come and go.
    pub lobby: Lobby,
    /// How often people may speak.
    pub chat: ChatRules,
    /// Who is on the boards.
    pub leaderboard: Leaderboard,
    /// The public feed.
    pub feed: Feed,
    /// The REST interface.
    pub http: Http,
    /// The rooms, in the order in which they are listed: they are always there, and others are made like them.
    pub rooms: Vec<Room>,
}

/// Encryption: files, a self-made certificate, or none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    /// Certificate chain, PEM.
    pub cert: Option<PathBuf>,
    /// Its private key, PEM.
    pub key: Option<PathBuf>,
    /// Make a certificate at the start, for development.
    pub dev: bool,
}

impl Tls {
    /// Whether connections will be encrypted.
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.dev || self.cert.is_some()
    }
}

/// The admin console.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Admin {
    /// Whether there is one.
    pub enabled: bool,
    /// The token that opens it; made at the start if left out.
    pub token: Option<String>,
}

/// The token stays out of logs.
impl std::fmt::Debug for Admin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let token = self.token.as_ref().map(|_| "(set)");
        f.debug_struct("Admin").field("enabled", &self.enabled).field("token", &token).finish()
    }
}

/// Bounds on what clients may do. Those that the protocol fixes are in `perigee_shared::limits`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Connections at once.
    pub max_connections: usize,
    /// Connections at once from one IP address.
    pub max_connections_per_address: usize,
    /// How long a new socket may take to say hello.
    pub hello_timeout_ms: u64,
    /// How long a player may say nothing.
    pub silence_timeout_ms: u64,
    /// How long a connection may take none of what it is sent.
    pub write_timeout_ms: u64,
    /// How long a player who is sent snapshots may acknowledge none.
    pub ack_timeout_ms: u64,
    /// Messages one player may send in a second.
    pub messages_per_second: u32,
    /// How long a client may take to send the head of an HTTP request.
    pub http_timeout_ms: u64,
    /// How long players have to hear the goodbye.
    pub drain_ms: u64,
}

impl Limits {
    /// How long a new socket may take to say hello.
    #[must_use]
    pub fn hello_timeout(&self) -> Duration {
        Duration::from_millis(self.hello_timeout_ms)
    }

    /// How long a connection may take none of what it is sent.
    #[must_use]
    pub fn write_timeout(&self) -> Duration {
        Duration::from_millis(self.write_timeout_ms)
    }

    /// How long a client may take to send the head of an HTTP request.
    #[must_use]
    pub fn http_timeout(&self) -> Duration {
        Duration::from_millis(self.http_timeout_ms)
    }

    /// How long players have to hear the goodbye.
    #[must_use]
    pub fn drain_time(&self) -> Duration {
        Duration::from_millis(self.drain_ms)
    }
}

/// What outlives the server: a file, and how it is written.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Store {
    /// The file; nothing or `:memory:` for a store that ends with the server.
    pub path: PathBuf,
    /// Writes that may wait for the disk.
    pub queue_writes: usize,
    /// How long a write may wait to be one of many.
    pub flush_ms: u64,
    /// How long a question to the store may take.
    pub answer_timeout_ms: u64,
}

impl Store {
    /// What the path is called that is none.
    pub const MEMORY: &str = ":memory:";

    /// The file, unless the store is in memory.
    #[must_use]
    pub fn file(&self) -> Option<&Path> {
        let is_memory = self.path.as_os_str().is_empty() || self.path.as_os_str() == Self::MEMORY;
        (!is_memory).then_some(self.path.as_path())
    }

    /// How long a write may wait to be one of many.
    #[must_use]
    pub fn flush_period(&self) -> Duration {
        Duration::from_millis(self.flush_ms)
    }

    /// How long a question to the store may take.
    #[must_use]
    pub fn answer_timeout(&self) -> Duration {
        Duration::from_millis(self.answer_timeout_ms)
    }
}

/// The boards of the best.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Leaderboard {
    /// Whether programs are on them.
    pub bots: bool,
}

/// The public feed at `/feed`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Feed {
    /// Whether there is one.
    pub enabled: bool,
    /// Which sites' pages may read it.
    pub allowed_origins: Origins,
    /// Readers at once.
    pub max_subscribers: usize,
    /// Requests one reader may send in a second.
    pub requests_per_second: u32,
    /// How long a reader may be silent: they are asked in time whether they are there.
    pub idle_timeout_ms: u64,
}

impl Feed {
    /// How long a reader may be silent.
    #[must_use]
    pub fn idle_timeout(&self) -> Duration {
        Duration::from_millis(self.idle_timeout_ms)
    }
}

/// Bounds on what one address may ask of the REST interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Http {
    /// Requests in a second.
    pub requests_per_second: u32,
    /// Requests at once.
    pub burst: u32,
}

/// One room.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Room {
    /// ASCII letters, digits, `-` and `_`.
    pub name: String,
    /// Players it has places for.
    pub max_players: usize,
    /// Whether it is listed, and chosen for who does not mind which room.
    #[serde(default = "defaults::public")]
    pub public: bool,
    /// Bots fill places up to so many players while people are there; 0: never.
    #[serde(default)]
    pub fill_to: usize,
    /// How far a player sees, units.
    pub interest_radius_units: f32,
    /// Most bytes of snapshots that a player gets in a second.
    #[serde(default = "defaults::budget_bytes_per_second")]
    pub budget_bytes_per_second: u32,
    /// Longest wait between two updates of what is at the rim of a view, ticks; 1 tells all at once.
    #[serde(default = "defaults::far_interval_ticks")]
    pub far_interval_ticks: u32,
    /// How far back a hit may lie at the most, for players who see late.
    #[serde(default = "defaults::max_rewind_ms")]
    pub max_rewind_ms: u32,
    /// How long a player's seat is kept when the connection breaks; 0 keeps none.
    #[serde(default = "defaults::resume_window_ms")]
    pub resume_window_ms: u32,
    /// Places for those who only look on.
    #[serde(default = "defaults::max_spectators")]
    pub max_spectators: usize,
    /// How long spectators wait for what they see, so that they can help nobody.
    #[serde(default = "defaults::spectator_delay_ms")]
    pub spectator_delay_ms: u32,
    /// The dice of the match; left out, each start has another.
    pub seed: Option<u64>,
    /// Whether it stands still until an admin resumes it.
    #[serde(default)]
    pub paused: bool,
    /// The match's parameters.
    #[serde(default)]
    pub scenario: Scenario,
    /// How long it lives.
    #[serde(skip)]
    pub lifetime: Lifetime,
}

/// What a room has that does not say: the same as in the embedded defaults.
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

impl Room {
    fn fill_words(&self) -> String {
        if self.fill_to == 0 { String::new() } else { format!(", bots up to {}", self.fill_to) }
    }

    /// What the room's host is to be like.
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
    pub fn load(flags: &Flags) -> Result<Self, ConfigError> {
        let mut config = match &flags.config {
            Some(file) => Self::read(file)?,
            None => Self::from_text(None)?,
        };
        flags.apply(&mut config);
        check::check(&config, "the command line or the environment")?;
        Ok(config)
    }

    /// The embedded defaults with the file over them.
    ///
    /// # Errors
    /// [`ConfigError`], one sentence.
    pub fn read(file: &Path) -> Result<Self, ConfigError> {
        let name = file.display().to_string();
        let text = std::fs::read_to_string(file)
            .map_err(|why| ConfigError::Unreadable { file: name.clone(), why })?;
        Self::from_text(Some((&name, &text)))
    }

    /// The embedded defaults with the text of a file of that name over them.
    ///
    /// # Errors
    /// [`ConfigError`], one sentence.
    pub fn from_text(file: Option<(&str, &str)>) -> Result<Self, ConfigError> {
        let mut table = layers::parse(DEFAULTS_NAME, DEFAULTS)?;
        let place = file.map_or(DEFAULTS_NAME, |(name, _)| name);
        if let Some((name, text)) = file {
            layers::lay_over(&mut table, layers::parse(name, text)?);
        }
        let config = layers::read(place, table)?;
        check::check(&config, place)?;
        Ok(config)
    }

    /// What is in effect, for `check-config`.
    #[must_use]
    pub fn summary(&self) -> String {
        let mut lines = vec![
            format!("bind             {}", self.bind),
            format!("tls              {}", self.tls_words()),
            format!("admin            {}", self.admin_words()),
            format!("allowed origins  {}", self.allowed_origins),
            format!(
                "connections      {} in all, {} from one address",
                self.limits.max_connections, self.limits.max_connections_per_address
            ),
            format!(
                "lobby            {} rooms, {} private ones, {} from one address, closed after {} ms alone",
                self.lobby.max_rooms,
                self.lobby.max_private_rooms,
                self.lobby.private_rooms_per_address,
                self.lobby.idle_close_ms
            ),
        ];
        lines.push(format!("store            {}", self.store_words()));
        for room in &self.rooms {
            lines.push(format!(
                "room             {}: {} players{}, interest radius {} units{}, {:?}",
                room.name,
                room.max_players,
                room.fill_words(),
                room.interest_radius_units,
                if room.paused { ", paused" } else { "" },
                room.scenario
            ));
        }
        lines.join("\n")
    }

    fn tls_words(&self) -> String {
        match &self.tls.cert {
            Some(cert) => format!("certificate {}", cert.display()),
            None if self.tls.dev => "a certificate made at the start, for development".to_owned(),
            None => "off".to_owned(),
        }
    }

    fn store_words(&self) -> String {
        self.store.file().map_or_else(|| "in memory".to_owned(), |file| file.display().to_string())
    }

    fn admin_words(&self) -> &'static str {
        match (&self.admin.token, self.admin.enabled) {
            (_, false) => "off",
            (Some(_), true) => "on, with the configured token",
            (None, true) => "on, with a token made at the start",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        let sentence = Config::from_text(Some(("perigee.toml", text))).unwrap_err().to_string();
        assert!(sentence.starts_with("perigee.toml: "), "{sentence}");
        assert!(!sentence.contains('\n'), "{sentence}");
        sentence
    }

    #[test]
    fn the_defaults_are_valid_and_as_documented() {
        let config = Config::from_text(None).unwrap();
        assert_eq!(config.bind.to_string(), "127.0.0.1:8080");
        assert_eq!(config.limits.max_connections, 4096);
        assert_eq!(config.rooms[0].scenario, Scenario::default());
        assert_eq!(
            config.rooms.iter().map(|room| room.name.as_str()).collect::<Vec<_>>(),
            ["arena", "duel", "teams"]
        );
        assert_eq!(config.store.file(), Some(Path::new("perigee.db")));
        assert!(config.admin.enabled && config.admin.token.is_none() && !config.tls.is_on());
        assert_eq!((config.lobby.max_rooms, config.lobby.idle_close_ms), (64, 60_000));
        assert!(config.rooms.iter().all(|room| room.public && room.lifetime == Lifetime::Permanent));
        assert!(config.rooms[0].fill_to > 1, "who plays alone meets somebody");
    }

    #[test]
    fn the_load_config_is_valid() {
        let text = include_str!("../../../assets/config/load.toml");
        let config = Config::from_text(Some(("load.toml", text))).unwrap();
        assert_eq!(config.rooms.len(), 1);
        assert_eq!(config.rooms[0].max_players, 2000);
    }

    #[test]
    fn a_file_changes_only_what_it_names() {
        let config = Config::from_text(Some(("a", "[limits]\ndrain_ms = 1\n"))).unwrap();
        assert_eq!(config.limits.drain_ms, 1);
        assert_eq!(config.limits.hello_timeout_ms, 5000);
        assert_eq!(config.rooms.len(), 3);
    }

    #[test]
    fn a_file_with_rooms_replaces_all_rooms() {
        let text = "[[rooms]]\nname = \"one\"\nmax_players = 2\ninterest_radius_units = 100\n";
        let config = Config::from_text(Some(("a", text))).unwrap();
        assert_eq!(config.rooms.len(), 1);
        assert_eq!(config.rooms[0].scenario, Scenario::default());
    }

    #[test]
    fn an_unknown_key_is_told_with_the_known_ones() {
        let sentence = error("[limits]\nmax_conections = 1\n");
        assert!(sentence.contains("limits: unknown key `max_conections`"), "{sentence}");
        assert!(sentence.contains("`max_connections`"), "{sentence}");
        assert!(error("colour = 1").contains("unknown key `colour`"));
    }

    #[test]
    fn a_wrong_type_is_told_with_the_key_and_what_is_allowed() {
        let sentence = error("[limits]\nmax_connections = \"many\"\n");
        assert!(sentence.contains("limits.max_connections: "), "{sentence}");
        assert!(sentence.contains("expected a whole number: allowed are 1 to 65536"), "{sentence}");
        let sentence = error("[limits]\ndrain_ms = -1\n");
        assert!(sentence.contains("limits.drain_ms: ") && sentence.contains("0 to 60000"), "{sentence}");
        assert!(error("bind = 8080").contains("bind: "));
    }

    #[test]
    fn a_value_out_of_range_is_told_with_the_range() {
        let sentence = error("[limits]\nmax_connections = 0\n");
        assert_eq!(
            sentence,
            "perigee.toml: limits.max_connections: 0 is not allowed: allowed are 1 to 65536"
        );
        assert!(error("bind = \"here\"").contains("bind: \"here\" is not allowed: allowed is IP:PORT"));
        assert!(error("allowed_origins = [\"game.example\"]").contains("allowed_origins: "));
    }

    #[test]
    fn room_errors_name_the_room() {
        let room = "[[rooms]]\nname = \"one\"\nmax_players = 2\ninterest_radius_units = 100\n";
        let many = "[[rooms]]\nname = \"one\"\nmax_players = 9999\ninterest_radius_units = 100\n";
        assert!(error(many).contains("rooms.one.max_players: 9999 is not allowed: allowed are 1 to 2000"));
        assert!(error(&format!("{room}{room}")).contains("two rooms have this name"));
        let nan = error("[[rooms]]\nname = \"one\"\nmax_players = 2\ninterest_radius_units = nan\n");
        assert!(nan.contains("rooms.one.interest_radius_units: NaN"), "{nan}");
        let scenario = error(&format!("{room}[rooms.scenario]\nasteroids = 9999\n"));
        assert!(
            scenario.contains("rooms.one.scenario: asteroids = 9999: allowed are 0 to 200"),
            "{scenario}"
        );
        assert!(
            error("[[rooms]]\nname = \"any\"\nmax_players = 2\ninterest_radius_units = 100").contains("any")
        );
        assert!(error(&room.replace("one", "any-teams")).contains("any-teams"));
        assert!(error(&format!("{room}fill_to = 3\n")).contains("rooms.one.fill_to: 3"));
        assert!(
            error("[lobby]\nmax_rooms = 0\n")
                .contains("lobby.max_rooms: 0 is not allowed: allowed are 1 to 256")
        );
        assert!(error(&format!("{room}lifetime = 1\n")).contains("unknown key `lifetime`"));
        assert!(error("rooms = []").contains("rooms: "));
        let missing = error("[[rooms]]\nname = \"one\"\n");
        assert!(missing.contains("rooms: missing key `max_players`"), "{missing}");
    }

    #[test]
    fn a_store_without_a_file_is_in_memory() {
        for path in ["", ":memory:"] {
            let text = format!("[store]\npath = \"{path}\"\n");
            let config = Config::from_text(Some(("a", &text))).unwrap();
            assert_eq!(config.store.file(), None, "{path:?}");
            assert!(config.summary().contains("store            in memory"));
        }
        // A write that waits longer would be more than the last second.
        assert!(error("[store]\nflush_ms = 901\n").contains("store.flush_ms: 901 is not allowed"));
        assert!(error("[store]\nqueue_writes = 0\n").contains("store.queue_writes: "));
    }

    #[test]
    fn bad_toml_is_told_with_its_line() {
        let sentence = error("bind = \"127.0.0.1:1\"\n[limits\n");
        assert!(sentence.starts_with("perigee.toml: line 2 is not valid TOML: "), "{sentence}");
    }

    #[test]
    fn a_missing_file_is_told_by_name() {
        let sentence = Config::read(Path::new("no/such.toml")).unwrap_err().to_string();
        assert!(sentence.starts_with("no/such.toml: cannot be read: "), "{sentence}");
    }

    #[test]
    fn a_certificate_needs_its_key_and_no_other() {
        assert!(error("[tls]\ncert = \"a.pem\"\n").contains("tls.key: "));
        assert!(error("[tls]\nkey = \"a.pem\"\n").contains("tls.cert: "));
        assert!(error("[tls]\ncert = \"a\"\nkey = \"b\"\ndev = true\n").contains("tls.dev: "));
    }

    #[test]
    fn a_bad_token_is_told_but_never_shown() {
        let sentence = error("[admin]\ntoken = \"s3cret\"\n");
        assert!(sentence.contains("admin.token: "), "{sentence}");
        assert!(!sentence.contains("s3cret"), "{sentence}");
        let config = Config::from_text(Some(("a", "[admin]\ntoken = \"s3cret-s3cret\"\n"))).unwrap();
        assert!(!format!("{config:?}{}", config.summary()).contains("s3cret"));
    }
}
