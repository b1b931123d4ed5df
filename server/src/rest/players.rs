//! What anybody may know of a player.

use super::RestState;
use super::extract::{Nothing, Path, PlayerName, Query};
use super::problem::{Common, Problem};
use crate::store::Profile;
use axum::extract::State;
use axum::response::Json;
use serde::Serialize;
use std::time::Duration;
use utoipa::ToSchema;

/// The store has a limit of its own; this one holds whatever it is.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(2);

/// A player, as anybody may see them.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Player {
    /// Their name, as they write it.
    #[schema(example = "Ada")]
    name: String,
    /// When they first came, s since 1970.
    #[schema(example = 1_767_225_600_u64, minimum = 0)]
    created_s: u64,
    /// When they were last there, s since 1970.
    #[schema(example = 1_767_312_000_u64, minimum = 0)]
    seen_s: u64,
    /// Ships they destroyed.
    #[schema(example = 42, minimum = 0)]
    kills: u64,
    /// Ships they lost.
    #[schema(example = 17, minimum = 0)]
    deaths: u64,
    /// Zones they took.
    #[schema(example = 3, minimum = 0)]
    captures: u64,
    /// What they have, credits.
    #[schema(example = 1250)]
    wealth: i64,
    /// The most they ever had, credits.
    #[schema(example = 4000)]
    best_wealth: i64,
}

impl From<Profile> for Player {
    fn from(profile: Profile) -> Self {
        let Profile { name, created_s, seen_s, kills, deaths, captures, wealth, best_wealth, .. } = profile;
        Self { name, created_s, seen_s, kills, deaths, captures, wealth, best_wealth }
    }
}

/// A player's record
///
/// Of those who have a name of their own here, found by it or by one that looks like it.
#[utoipa::path(get, path = "/players/{name}", tag = "players",
    params(
        ("name" = String, Path, min_length = 1, max_length = 20, description = "The player's name", example = "Ada"),
        super::document::IfNoneMatch,
    ),
    responses(
        (status = 200, description = "What anybody may know", body = Player,
            headers(("ETag" = String, description = "Names this content"))),
        super::document::NotModified, Common,
    ))]
pub(super) async fn one(
    State(state): State<RestState>,
    Path(PlayerName(name)): Path<PlayerName>,
    Query(Nothing {}): Query<Nothing>,
) -> Result<Json<Player>, Problem> {
    match tokio::time::timeout(ANSWER_TIMEOUT, state.store.profile(&name)).await {
        Ok(Ok(Some(profile))) => Ok(Json(Player::from(profile))),
        Ok(Ok(None)) => Err(Problem::not_found(format!("nobody is known as {name:?}"))),
        Ok(Err(_)) | Err(_) => Err(Problem::unavailable("the store is busy")),
    }
}
