//! The public data of a player.

use super::RestState;
use super::extract::{Nothing, Path, PlayerName, Query};
use super::problem::{Common, Problem};
use crate::game::Games;
use crate::store::Profile;
use axum::extract::State;
use axum::response::Json;
use perigee_shared::netcode::Statistic;
use serde::Serialize;
use std::time::Duration;
use utoipa::ToSchema;

/// The store has a timeout of its own; this one holds whatever that is.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(2);

/// A player's public data.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Player {
    /// Their name, in their own spelling.
    #[schema(example = "Ada")]
    name: String,
    /// When they first came, s since 1970.
    #[schema(example = 1_767_225_600_u64, minimum = 0)]
    created_s: u64,
    /// When they were last seen, s since 1970.
    #[schema(example = 1_767_312_000_u64, minimum = 0)]
    seen_s: u64,
    /// Their records, by game and statistic, without those that they have never scored in.
    #[schema(max_items = 256)]
    records: Vec<PlayerRecord>,
}

/// A statistic of a player.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PlayerRecord {
    /// The game's name.
    #[schema(example = "arena")]
    game: &'static str,
    /// The statistic's key.
    #[schema(example = "wealth")]
    statistic: &'static str,
    /// The statistic's title for players.
    #[schema(example = "Wealth")]
    title: &'static str,
    /// Its value.
    #[schema(example = 1250)]
    value: i64,
    /// The highest value that it ever had.
    #[schema(example = 4000)]
    best: i64,
}

impl Player {
    /// With the records of the server's games, in the order of their tables.
    fn of(profile: Profile, games: Games) -> Self {
        let Profile { name, created_s, seen_s, records, .. } = profile;
        let tables = games.iter().flat_map(|game| game.about.statistics.iter().map(|row| (game.name, row)));
        let known = tables.filter_map(|(game, Statistic { key, title, .. })| {
            let row = records.iter().find(|row| row.game == game && row.statistic == *key)?;
            Some(PlayerRecord { game, statistic: key, title, value: row.value, best: row.best })
        });
        Self { name, created_s, seen_s, records: known.collect() }
    }
}

/// A player's record
///
/// Of players with a name of their own here, found by it or by one that looks like it.
#[utoipa::path(get, path = "/players/{name}", operation_id = "player", tag = "players",
    params(
        ("name" = String, Path, min_length = 1, max_length = 20, description = "The player's name", example = "Ada"),
        super::conditional::IfNoneMatch,
    ),
    responses(
        (status = 200, description = "What anybody may know", body = Player,
            headers(("ETag" = String, description = "Names this content"))),
        super::conditional::NotModified, Common,
    ))]
pub(super) async fn one(
    State(state): State<RestState>,
    Path(PlayerName(name)): Path<PlayerName>,
    Query(Nothing {}): Query<Nothing>,
) -> Result<Json<Player>, Problem> {
    match tokio::time::timeout(ANSWER_TIMEOUT, state.store.profile(&name)).await {
        Ok(Ok(Some(profile))) => Ok(Json(Player::of(profile, state.games))),
        Ok(Ok(None)) => Err(Problem::not_found(format!("nobody is known as {name:?}"))),
        Ok(Err(_)) | Err(_) => Err(Problem::unavailable("the store is busy")),
    }
}
