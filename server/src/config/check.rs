//! Checks values: each section checks its own, and this file what involves several of them.

use super::{Config, ConfigError};
use crate::access::{Http, Limits};
use crate::game::Games;
use crate::lobby::{LobbyConfig, is_quick_play};
use crate::mqtt::MqttConfig;
use crate::room::RoomConfig;
use crate::section::{Section, Wrong};
use crate::services::FeedConfig;
use crate::services::chat::ChatRules;
use crate::store::StoreConfig;
use perigee_shared::limits::MAX_ROOM_NAME_BYTES;
use perigee_shared::protocol::is_room_name;

const MAX_ROOMS: usize = 64;

/// The range of that key in words, if it is a number with a range.
pub(super) fn allowed(key: &str) -> Option<String> {
    Limits::allowed(key)
        .or_else(|| StoreConfig::allowed(key))
        .or_else(|| ChatRules::allowed(key))
        .or_else(|| FeedConfig::allowed(key))
        .or_else(|| MqttConfig::allowed(key))
        .or_else(|| Http::allowed(key))
        .or_else(|| LobbyConfig::allowed(key))
        .or_else(|| RoomConfig::allowed(key))
}

/// Checks every value; `place` is their origin, for the sentence.
pub(super) fn check(config: &Config, games: Games, place: &str) -> Result<(), ConfigError> {
    let checks = config
        .limits
        .check_numbers()
        .and_then(|()| config.store.check_numbers())
        .and_then(|()| config.chat.check_numbers())
        .and_then(|()| config.feed.check())
        .and_then(|()| config.mqtt.check())
        .and_then(|()| check_orders(config))
        .and_then(|()| config.http.check())
        .and_then(|()| config.tls.check())
        .and_then(|()| config.admin.check())
        .and_then(|()| config.allowed_origins.check().map_err(|what| ("allowed_origins".to_owned(), what)))
        .and_then(|()| config.lobby.check_numbers())
        .and_then(|()| check_rooms(&config.rooms, games));
    checks.map_err(|(key, what)| ConfigError::Key { place: place.to_owned(), key, what })
}

/// What comes by MQTT is carried out in the ways of the console.
fn check_orders(config: &Config) -> Result<(), Wrong> {
    if config.mqtt.url.is_some() && config.mqtt.needs_admin() && !config.admin.enabled {
        let what = "announce, pause and resume are an admin's commands: they need admin.enabled = true";
        return Err(("mqtt.orders.may".to_owned(), what.to_owned()));
    }
    Ok(())
}

fn check_rooms(rooms: &[RoomConfig], games: Games) -> Result<(), Wrong> {
    if rooms.is_empty() || rooms.len() > MAX_ROOMS {
        return Err(("rooms".to_owned(), format!("{} rooms: allowed are 1 to {MAX_ROOMS}", rooms.len())));
    }
    for (index, room) in rooms.iter().enumerate() {
        check_room(room, games)?;
        if rooms[..index].iter().any(|other| other.name == room.name) {
            return Err((format!("rooms.{}.name", room.name), "two rooms have this name".to_owned()));
        }
    }
    Ok(())
}

fn check_room(room: &RoomConfig, games: Games) -> Result<(), Wrong> {
    if !is_room_name(&room.name) || is_quick_play(&room.name) {
        let allowed = format!(
            "1 to {MAX_ROOM_NAME_BYTES} ASCII letters, digits, '-' and '_', and not \"any\" or \"any-\" and more"
        );
        return Err((
            "rooms.name".to_owned(),
            format!("{:?} is not allowed: allowed are {allowed}", room.name),
        ));
    }
    room.check_numbers()?;
    let key = |key: &str| format!("rooms.{}.{key}", room.name);
    let Some(game) = games.named(&room.game) else {
        return Err((
            key("game"),
            format!("{:?} is not a game of this server: allowed are {}", room.game, games.names()),
        ));
    };
    game.check_scenario(&room.scenario).map_err(|what| (key("scenario"), what))
}
