//! What values are allowed: every number has a range, and a range is written once.

use super::{Config, ConfigError, Http, Limits, Lobby, Origins, Room, Store};
use crate::game::Games;
use crate::lobby::is_quick_play;
use perigee_shared::limits::{MAX_NPCS, MAX_PLAYERS, MAX_ROOM_NAME_BYTES};
use perigee_shared::protocol::is_room_name;
use std::ops::RangeInclusive;

const MAX_ROOMS: usize = 64;
const TOKEN_CHARS: RangeInclusive<usize> = 8..=256;
const INTEREST_RADIUS_UNITS: RangeInclusive<f32> = 50.0..=10_000.0;
const BUDGET_BYTES_PER_SECOND: RangeInclusive<u32> = 1_000..=10_000_000;
const FAR_INTERVAL_TICKS: RangeInclusive<u32> = 1..=8;
const MAX_REWIND_MS: RangeInclusive<u32> = 0..=600;
const RESUME_WINDOW_MS: RangeInclusive<u32> = 0..=600_000;
const ROOMS: RangeInclusive<usize> = 1..=256;
const PRIVATE_ROOMS: RangeInclusive<usize> = 0..=256;
const IDLE_CLOSE_MS: RangeInclusive<u64> = 1_000..=86_400_000;
const SPECTATOR_DELAY_MS: RangeInclusive<u32> = 0..=60_000;
const HTTP_REQUESTS: RangeInclusive<u64> = 1..=100_000;
/// Seats and the pilots that the game brings have numbers of one range.
const SEATS: usize = MAX_PLAYERS - MAX_NPCS;
/// A wait that ends: no timeout can be switched off.
const TIMEOUT_MS: RangeInclusive<u64> = 100..=600_000;

pub(super) const CONNECTIONS: RangeInclusive<u64> = 1..=65_536;

/// Key, how to read it, range.
type Row<T> = (&'static str, fn(&T) -> u64, RangeInclusive<u64>);

const LIMITS: [Row<Limits>; 11] = [
    ("limits.max_connections", |limits| limits.max_connections as u64, CONNECTIONS),
    ("limits.max_connections_per_address", |limits| limits.max_connections_per_address as u64, CONNECTIONS),
    ("limits.hello_timeout_ms", |limits| limits.hello_timeout_ms, TIMEOUT_MS),
    ("limits.silence_timeout_ms", |limits| limits.silence_timeout_ms, TIMEOUT_MS),
    ("limits.write_timeout_ms", |limits| limits.write_timeout_ms, TIMEOUT_MS),
    ("limits.ack_timeout_ms", |limits| limits.ack_timeout_ms, TIMEOUT_MS),
    ("limits.http_timeout_ms", |limits| limits.http_timeout_ms, TIMEOUT_MS),
    (
        "limits.newcomers_per_minute_per_address",
        |limits| u64::from(limits.newcomers_per_minute_per_address),
        1..=1_000_000,
    ),
    // Fewer than the client sends would send every player away.
    ("limits.messages_per_second", |limits| u64::from(limits.messages_per_second), 60..=100_000),
    (
        "limits.joins_per_second_per_address",
        |limits| u64::from(limits.joins_per_second_per_address),
        1..=100_000,
    ),
    ("limits.drain_ms", |limits| limits.drain_ms, 0..=60_000),
];

/// As `LIMITS`.
const STORE: [Row<Store>; 3] = [
    ("store.queue_writes", |store| store.queue_writes as u64, 16..=1_048_576),
    // With the time of a transaction it is less than a second: that much may be lost.
    ("store.flush_ms", |store| store.flush_ms, 10..=400),
    ("store.answer_timeout_ms", |store| store.answer_timeout_ms, TIMEOUT_MS),
];

/// The services' numbers, in the same manner.
const SERVICES: [Row<Config>; 7] = [
    ("chat.burst", |config| u64::from(config.chat.burst), 1..=100),
    ("chat.interval_ms", |config| u64::from(config.chat.interval_ms), 100..=60_000),
    ("chat.repeats", |config| u64::from(config.chat.repeats), 1..=100),
    ("chat.repeat_window_ms", |config| u64::from(config.chat.repeat_window_ms), 0..=600_000),
    ("feed.max_subscribers", |config| config.feed.max_subscribers as u64, 1..=65_536),
    ("feed.requests_per_second", |config| u64::from(config.feed.requests_per_second), 1..=1000),
    ("feed.idle_timeout_ms", |config| config.feed.idle_timeout_ms, 1000..=600_000),
];

/// As `LIMITS`.
const HTTP: [Row<Http>; 7] = [
    ("http.requests_per_second", |http| u64::from(http.requests_per_second), HTTP_REQUESTS),
    ("http.burst", |http| u64::from(http.burst), HTTP_REQUESTS),
    ("http.all_requests_per_second", |http| u64::from(http.all_requests_per_second), HTTP_REQUESTS),
    ("http.all_burst", |http| u64::from(http.all_burst), HTTP_REQUESTS),
    ("http.max_connections", |http| http.max_connections as u64, CONNECTIONS),
    ("http.keep_alive_ms", |http| http.keep_alive_ms, TIMEOUT_MS),
    ("http.metrics_interval_ms", |http| http.metrics_interval_ms, 0..=60_000),
];

/// The range of that key in words, if it is a number with a range.
pub(super) fn allowed(key: &str) -> Option<String> {
    let limits = LIMITS.iter().find(|(name, ..)| *name == key).map(|(_, _, range)| words(range));
    let store = || STORE.iter().find(|(name, ..)| *name == key).map(|(_, _, range)| words(range));
    let services = || SERVICES.iter().find(|(name, ..)| *name == key).map(|(_, _, range)| words(range));
    let http = || HTTP.iter().find(|(name, ..)| *name == key).map(|(_, _, range)| words(range));
    limits.or_else(store).or_else(services).or_else(http).or_else(|| match key {
        "lobby.max_rooms" | "lobby.private_rooms_per_address" => Some(words(&ROOMS)),
        "lobby.max_private_rooms" => Some(words(&PRIVATE_ROOMS)),
        "lobby.idle_close_ms" => Some(words(&IDLE_CLOSE_MS)),
        "rooms.fill_to" => Some(words(&(0..=SEATS))),
        "rooms.max_players" => Some(words(&(1..=SEATS))),
        "rooms.max_spectators" => Some(words(&(0..=SEATS - 1))),
        "rooms.spectator_delay_ms" => Some(words(&SPECTATOR_DELAY_MS)),
        "rooms.interest_radius_units" => Some(words(&INTEREST_RADIUS_UNITS)),
        "rooms.budget_bytes_per_second" => Some(words(&BUDGET_BYTES_PER_SECOND)),
        "rooms.far_interval_ticks" => Some(words(&FAR_INTERVAL_TICKS)),
        "rooms.max_rewind_ms" => Some(words(&MAX_REWIND_MS)),
        "rooms.resume_window_ms" => Some(words(&RESUME_WINDOW_MS)),
        _ => None,
    })
}

/// Checks every value; `place` is where they came from, for the sentence.
pub(super) fn check(config: &Config, games: Games, place: &str) -> Result<(), ConfigError> {
    let checks = check_limits(&config.limits)
        .and_then(|()| check_store(&config.store))
        .and_then(|()| check_services(config))
        .and_then(|()| check_http(&config.http))
        .and_then(|()| check_access(config))
        .and_then(|()| check_lobby(&config.lobby))
        .and_then(|()| check_rooms(&config.rooms, games));
    checks.map_err(|(key, what)| ConfigError::Key { place: place.to_owned(), key, what })
}

/// Key, and what is wrong with it.
type Wrong = (String, String);

fn check_limits(limits: &Limits) -> Result<(), Wrong> {
    LIMITS.iter().try_for_each(|(key, read, range)| in_range(key, &read(limits), range))
}

fn check_store(store: &Store) -> Result<(), Wrong> {
    STORE.iter().try_for_each(|(key, read, range)| in_range(key, &read(store), range))
}

fn check_lobby(lobby: &Lobby) -> Result<(), Wrong> {
    in_range("lobby.max_rooms", &lobby.max_rooms, &ROOMS)?;
    in_range("lobby.max_private_rooms", &lobby.max_private_rooms, &PRIVATE_ROOMS)?;
    in_range("lobby.private_rooms_per_address", &lobby.private_rooms_per_address, &ROOMS)?;
    in_range("lobby.idle_close_ms", &lobby.idle_close_ms, &IDLE_CLOSE_MS)
}

fn check_services(config: &Config) -> Result<(), Wrong> {
    SERVICES.iter().try_for_each(|(key, read, range)| in_range(key, &read(config), range))?;
    config.feed.allowed_origins.check().map_err(|what| ("feed.allowed_origins".to_owned(), what))
}

fn check_http(http: &Http) -> Result<(), Wrong> {
    HTTP.iter().try_for_each(|(key, read, range)| in_range(key, &read(http), range))?;
    http.frame_ancestors.check().map_err(|what| ("http.frame_ancestors".to_owned(), what))?;
    let origins = http.allowed_origins.iter().try_for_each(Origins::check);
    origins.map_err(|what| ("http.allowed_origins".to_owned(), what))
}

fn check_access(config: &Config) -> Result<(), Wrong> {
    let tls = &config.tls;
    let wrong = |key: &str, what: &str| Err((key.to_owned(), what.to_owned()));
    match (&tls.cert, &tls.key) {
        (Some(_), None) => return wrong("tls.key", "missing: a certificate (tls.cert) needs its key"),
        (None, Some(_)) => return wrong("tls.cert", "missing: a key (tls.key) needs its certificate"),
        (Some(_), Some(_)) if tls.dev => {
            return wrong("tls.dev", "true is not allowed together with a certificate (tls.cert)");
        }
        _ => {}
    }
    if config.admin.token.as_ref().is_some_and(|token| !is_token(token)) {
        return wrong("admin.token", "allowed are 8 to 256 printable ASCII characters without spaces");
    }
    config.allowed_origins.check().map_err(|what| ("allowed_origins".to_owned(), what))
}

fn is_token(token: &str) -> bool {
    TOKEN_CHARS.contains(&token.len()) && token.bytes().all(|byte| byte.is_ascii_graphic())
}

fn check_rooms(rooms: &[Room], games: Games) -> Result<(), Wrong> {
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

fn check_room(room: &Room, games: Games) -> Result<(), Wrong> {
    if !is_room_name(&room.name) || is_quick_play(&room.name) {
        let allowed = format!(
            "1 to {MAX_ROOM_NAME_BYTES} ASCII letters, digits, '-' and '_', and not \"any\" or \"any-\" and more"
        );
        return Err((
            "rooms.name".to_owned(),
            format!("{:?} is not allowed: allowed are {allowed}", room.name),
        ));
    }
    let key = |key: &str| format!("rooms.{}.{key}", room.name);
    in_range(&key("max_players"), &room.max_players, &(1..=SEATS))?;
    in_range(&key("fill_to"), &room.fill_to, &(0..=room.max_players))?;
    in_range(&key("max_spectators"), &room.max_spectators, &(0..=SEATS - room.max_players))?;
    in_range(&key("spectator_delay_ms"), &room.spectator_delay_ms, &SPECTATOR_DELAY_MS)?;
    in_range(&key("interest_radius_units"), &room.interest_radius_units, &INTEREST_RADIUS_UNITS)?;
    in_range(&key("budget_bytes_per_second"), &room.budget_bytes_per_second, &BUDGET_BYTES_PER_SECOND)?;
    in_range(&key("far_interval_ticks"), &room.far_interval_ticks, &FAR_INTERVAL_TICKS)?;
    in_range(&key("max_rewind_ms"), &room.max_rewind_ms, &MAX_REWIND_MS)?;
    in_range(&key("resume_window_ms"), &room.resume_window_ms, &RESUME_WINDOW_MS)?;
    let Some(game) = games.named(&room.game) else {
        return Err((
            key("game"),
            format!("{:?} is not a game of this server: allowed are {}", room.game, games.names()),
        ));
    };
    game.check_scenario(&room.scenario).map_err(|what| (key("scenario"), what))
}

/// NaN is in no range.
fn in_range<T: PartialOrd + std::fmt::Display>(
    key: &str,
    value: &T,
    range: &RangeInclusive<T>,
) -> Result<(), Wrong> {
    if range.contains(value) {
        return Ok(());
    }
    Err((key.to_owned(), format!("{value} is not allowed: allowed are {}", words(range))))
}

fn words<T: std::fmt::Display>(range: &RangeInclusive<T>) -> String {
    format!("{} to {}", range.start(), range.end())
}
