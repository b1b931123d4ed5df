//! Merges one TOML text into another.
//!
//! It knows the structure of TOML, not the meaning of values; `check` has the allowed ranges that it quotes.

use super::{Config, ConfigError, check};
use crate::game::Games;
use crate::section::{describe, one_line};
use serde::{Deserialize, Deserializer, de};
use std::net::SocketAddr;
use toml::{Table, Value};

pub(super) fn parse(place: &str, text: &str) -> Result<Table, ConfigError> {
    toml::from_str(text).map_err(|error| {
        let start = error.span().map_or(0, |span| span.start.min(text.len()));
        let line = text.as_bytes()[..start].iter().filter(|&&byte| byte == b'\n').count() + 1;
        ConfigError::Syntax { file: place.to_owned(), line, what: one_line(error.message()) }
    })
}

/// Tables are merged key by key; everything else replaces what was there, lists as a whole.
pub(super) fn lay_over(below: &mut Table, above: Table) {
    for (key, value) in above {
        match (below.get_mut(&key), value) {
            (Some(Value::Table(below)), Value::Table(above)) => lay_over(below, above),
            (_, value) => {
                below.insert(key, value);
            }
        }
    }
}

/// Keeps only the rooms whose game the server has; if there are none, one of the first game.
pub(super) fn keep_rooms_of(table: &mut Table, games: Games) {
    let Some(Value::Array(rooms)) = table.get_mut("rooms") else { return };
    let game_of = |room: &Value| room.get("game").and_then(Value::as_str).unwrap_or_default().to_owned();
    rooms.retain(|room| games.named(&game_of(room)).is_some());
    if let (true, Some(game)) = (rooms.is_empty(), games.iter().next()) {
        let mut room = Table::new();
        room.insert("name".to_owned(), game.name.into());
        room.insert("max_players".to_owned(), 16.into());
        room.insert("interest_radius_units".to_owned(), 2000.0.into());
        rooms.push(Value::Table(room));
    }
}

pub(super) fn read(place: &str, table: Table) -> Result<Config, ConfigError> {
    table.try_into().map_err(|error: toml::de::Error| {
        let (what, key) = describe(&error);
        let what = match check::allowed(&key) {
            Some(range) if !what.contains("allowed") => format!("{what}: allowed are {range}"),
            _ => what,
        };
        let key = if key.is_empty() { "the top level".to_owned() } else { key };
        ConfigError::Key { place: place.to_owned(), key, what }
    })
}

/// Reads `IP:PORT`.
pub(super) fn address<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SocketAddr, D::Error> {
    let text = String::deserialize(deserializer)?;
    parse_address(&text).map_err(de::Error::custom)
}

pub(super) fn parse_address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| {
        format!("{text:?} is not allowed: allowed is IP:PORT, such as 127.0.0.1:8080 or [::1]:8080")
    })
}
