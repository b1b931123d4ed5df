//! Private rooms for friends: created on request, and found only by name.

use super::RestState;
use super::extract::{Json, Nothing, Query, whole, word};
use super::guard::address_of;
use super::problem::{Common, NoPlace, Problem, ToBody};
use super::rooms::RoomView;
use crate::lobby::{LobbyError, PrivateRoomRequest};
use axum::extract::State;
use axum::response::IntoResponse;
use http::header::LOCATION;
use http::{Extensions, HeaderValue, Response, StatusCode};
use perigee_shared::limits::MAX_PLAYERS;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;

/// A request for a private room. What is left out is as in the public room that it copies.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PrivateRoomBody {
    /// The public room to copy; if omitted, the first with the game and the mode.
    #[schema(example = "arena", pattern = "^[A-Za-z0-9_-]{1,32}$", max_length = 32)]
    like: Option<String>,
    /// The game; if omitted, any.
    #[schema(example = "arena", pattern = "^[A-Za-z0-9_-]{1,32}$", max_length = 32)]
    game: Option<String>,
    /// The mode of the match; if omitted, any.
    #[schema(example = "teams", pattern = "^[A-Za-z0-9_-]{1,32}$", max_length = 32)]
    mode: Option<String>,
    /// Places for players, at most as many as in the public room.
    // In JSON, 3.0 is a whole number too.
    #[schema(value_type = Option<u32>, example = 8, minimum = 1, maximum = 2048)]
    max_players: Option<f64>,
    /// Whether bots fill places, if they do so in the public room.
    #[schema(example = true)]
    bots: Option<bool>,
}

/// The room that was created.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PrivateRoom {
    /// Its name admits to it: give `join_url` only to friends.
    room: RoomView,
}

const _: () = assert!(MAX_PLAYERS == 2048, "the document says so");

impl PrivateRoomBody {
    fn checked(self) -> Result<PrivateRoomRequest, Problem> {
        word("like", self.like.as_ref())?;
        word("game", self.game.as_ref())?;
        word("mode", self.mode.as_ref())?;
        let whole = |size| whole("max_players", size, 1, MAX_PLAYERS as u16).map(usize::from);
        let max_players = self.max_players.map(whole).transpose()?;
        Ok(PrivateRoomRequest {
            like: self.like,
            game: self.game,
            mode: self.mode,
            max_players,
            bots: self.bots,
        })
    }
}

impl From<LobbyError> for Problem {
    fn from(error: LobbyError) -> Self {
        let words = error.to_string();
        match error {
            LobbyError::NoTemplate => Self::not_found(words),
            // The allowed sizes depend on the room, so the document cannot state them.
            LobbyError::Size { .. } => Self::no_more_rooms(words),
            LobbyError::Full => Self::no_more_rooms(words),
            LobbyError::TooMany { .. } => Self::too_many_rooms(words),
            LobbyError::Draining | LobbyError::Thread { .. } | LobbyError::Randomness(_) => {
                Self::unavailable(words)
            }
        }
    }
}

/// A private room
///
/// Creates a room for friends. It closes when it is empty for a while; one address may have a limited number at once.
#[utoipa::path(post, path = "/rooms", operation_id = "make_private_room", tag = "rooms",
    request_body(content = PrivateRoomBody, description = "What it is to be like; `{}` is the first public room"),
    responses(
        (status = 201, description = "The room that was made", body = PrivateRoom,
            headers(("Location" = String, description = "The room as a resource"))),
        Common, ToBody, NoPlace,
    ))]
pub(super) async fn make(
    State(state): State<RestState>,
    extensions: Extensions,
    Query(Nothing {}): Query<Nothing>,
    Json(body): Json<PrivateRoomBody>,
) -> Result<Response<axum::body::Body>, Problem> {
    let body = body.checked()?;
    let (lobby, address) = (Arc::clone(&state.lobby), address_of(&extensions));
    // Creating a room's thread and world takes some milliseconds.
    let making = tokio::task::spawn_blocking(move || lobby.create_private(&body, address));
    let made = making.await.map_err(|_| Problem::unavailable("the room could not be made"))?;
    let room = RoomView::from(made?);
    // Relative: only a proxy knows what precedes the path.
    let location = HeaderValue::try_from(format!("rooms/{}", room.name));
    let mut response = (StatusCode::CREATED, axum::Json(PrivateRoom { room })).into_response();
    if let Ok(location) = location {
        response.headers_mut().insert(LOCATION, location);
    }
    Ok(response)
}
