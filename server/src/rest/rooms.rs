//! The rooms: all public ones in parts, and one by its name.

use super::RestState;
use super::extract::{Nothing, Path, Query, RoomName};
use super::paging::{self, Cursor, Limit, List};
use super::problem::{Common, Problem};
use crate::room::{RoomHandle, RoomInfo, RoomMap, RoundOutcome};
use axum::body::Body;
use axum::extract::{OriginalUri, State};
use axum::response::Json;
use http::Response;
use perigee_shared::netcode::Landmark;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;

/// A room's public data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Room)]
pub(super) struct RoomView {
    /// Its name.
    #[schema(example = "arena", min_length = 1, max_length = 32)]
    pub(super) name: String,
    /// The game that is played in it.
    #[schema(example = "arena", min_length = 1, max_length = 32)]
    pub(super) game: String,
    /// The mode of the match, in a word; null if it has not been reported.
    #[schema(example = "teams")]
    pub(super) mode: Option<String>,
    /// The phase of the match, in a word; null if it has not been reported.
    #[schema(example = "playing")]
    pub(super) phase: Option<String>,
    /// Seconds until the phase ends; null if no end is set.
    #[schema(example = 240)]
    pub(super) seconds_left: Option<u32>,
    /// How the round ended; null before its end.
    pub(super) result: Option<RoundResult>,
    /// People in it, and programs that connect as people do.
    #[schema(example = 12, minimum = 0)]
    pub(super) players: u32,
    /// The room's own bots, which fill places and leave when people come.
    #[schema(example = 4, minimum = 0)]
    pub(super) bots: u32,
    /// Places for people.
    #[schema(example = 32, minimum = 1)]
    pub(super) max_players: u32,
    /// Spectators.
    #[schema(example = 1, minimum = 0)]
    pub(super) spectators: u32,
    /// Places for spectators.
    #[schema(example = 8, minimum = 0)]
    pub(super) max_spectators: u32,
    /// The address of its page, relative to this server's root.
    #[schema(example = "/?room=arena", format = "uri-reference")]
    pub(super) join_url: String,
}

/// How a round ended. The feed and the room's own chat report the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(super) struct RoundResult {
    /// `nobody`, `draw`, `team` or `player`.
    #[schema(example = "team")]
    pub(super) kind: String,
    /// The number of the team that won; null if none did.
    #[schema(example = 1, minimum = 1)]
    pub(super) team: Option<u32>,
    /// The name of the player who won; null if none did, or they have left.
    pub(super) winner: Option<String>,
}

impl From<RoundOutcome> for RoundResult {
    fn from(outcome: RoundOutcome) -> Self {
        let RoundOutcome { kind, team, winner } = outcome;
        Self { kind: kind.to_owned(), team: team.map(u32::from), winner }
    }
}

impl From<RoomInfo> for RoomView {
    fn from(info: RoomInfo) -> Self {
        let word = |word: &str| (!word.is_empty()).then(|| word.to_owned());
        let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        Self {
            game: info.game.to_owned(),
            mode: word(info.mode),
            phase: word(info.phase),
            seconds_left: Some(info.left_s).filter(|&left_s| left_s > 0),
            result: info.result.map(RoundResult::from),
            players: count(info.people),
            bots: count(info.bots),
            max_players: count(info.max_players),
            spectators: count(info.spectators),
            max_spectators: count(info.max_spectators),
            join_url: format!("/?room={}", info.name),
            name: info.name,
        }
    }
}

/// The room of that name.
pub(super) fn find(state: &RestState, name: &str) -> Result<Arc<RoomHandle>, Problem> {
    state.lobby.room(name).ok_or_else(|| Problem::not_found(format!("there is no room {name:?}")))
}

/// A part of the list of rooms.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RoomsQuery {
    #[serde(default)]
    limit: Limit,
    cursor: Option<Cursor>,
}

/// A part of the list of rooms.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Rooms {
    /// Sorted by name.
    #[schema(max_items = 100)]
    rooms: Vec<RoomView>,
    /// The cursor of the next part; null in the last one.
    #[schema(example = "726475656c")]
    next: Option<String>,
}

/// The public rooms
///
/// Private rooms are not listed: they can be requested by name.
#[utoipa::path(get, path = "/rooms", operation_id = "rooms", tag = "rooms",
    params(
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 100, description = "Entries at the most [25]", example = 25),
        ("cursor" = Option<String>, Query, pattern = "^([0-9a-f]{2}){2,33}$", max_length = 66,
            description = "`next` of the part before"),
        super::conditional::IfNoneMatch,
    ),
    responses(
        (status = 200, description = "Some rooms, by name", body = Rooms,
            headers(("ETag" = String, description = "Names this content"), ("Link" = String, description = "The next part"))),
        super::conditional::NotModified, Common,
    ))]
pub(super) async fn list(
    State(state): State<RestState>,
    OriginalUri(uri): OriginalUri,
    Query(query): Query<RoomsQuery>,
) -> Result<Response<Body>, Problem> {
    let after = Cursor::name(query.cursor.as_ref(), List::Rooms)?;
    let mut rooms: Vec<RoomView> = state.lobby.public_rooms().into_iter().map(RoomView::from).collect();
    rooms.sort_by(|a, b| a.name.cmp(&b.name));
    rooms.retain(|room| after.as_ref().is_none_or(|after| room.name > *after));
    let is_cut = rooms.len() > query.limit.get();
    rooms.truncate(query.limit.get());
    let last = rooms.last().filter(|_| is_cut);
    let next = last.map(|room| paging::next(List::Rooms, &room.name));
    let link = next.clone();
    Ok(paging::respond(Rooms { rooms, next }, &uri, link.as_deref()))
}

/// One room
#[utoipa::path(get, path = "/rooms/{name}", operation_id = "room", tag = "rooms",
    params(
        ("name" = String, Path, pattern = "^[A-Za-z0-9_-]{1,32}$", max_length = 32, description = "The room's name",
            example = "arena"),
        super::conditional::IfNoneMatch,
    ),
    responses(
        (status = 200, description = "The room", body = RoomView,
            headers(("ETag" = String, description = "Names this content"))),
        super::conditional::NotModified, Common,
    ))]
pub(super) async fn one(
    State(state): State<RestState>,
    Path(RoomName(name)): Path<RoomName>,
    Query(Nothing {}): Query<Nothing>,
) -> Result<Json<RoomView>, Problem> {
    Ok(Json(RoomView::from(find(&state, &name)?.info())))
}

/// What never changes in a room, exactly as its clients have it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MapView {
    /// Width, units.
    #[schema(example = 2000.0)]
    width_units: f32,
    /// Height, units.
    #[schema(example = 1200.0)]
    height_units: f32,
    /// Fixed obstacles, all of them circles.
    obstacles: Vec<Circle>,
    /// Places that have a name.
    landmarks: Vec<Place>,
    /// The match's parameters, which depend on the game, with the defaults of those that are not configured.
    #[schema(value_type = Object)]
    scenario: serde_json::Value,
}

/// A circle.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Circle {
    /// Its centre, units from the left.
    #[schema(example = 400.5)]
    x: f32,
    /// Its centre, units from the bottom.
    #[schema(example = 300.25)]
    y: f32,
    /// Its radius, units.
    #[schema(example = 40.0)]
    radius: f32,
}

/// A circle with a name.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Place {
    /// Its name for players.
    #[schema(example = "Haven")]
    name: &'static str,
    #[serde(flatten)]
    circle: Circle,
}

impl From<&RoomMap> for MapView {
    fn from(map: &RoomMap) -> Self {
        let circle = |&(x, y, radius): &(f32, f32, f32)| Circle { x, y, radius };
        let place = |place: &Landmark| Place {
            name: place.name,
            circle: Circle { x: place.at.0, y: place.at.1, radius: place.radius_units },
        };
        Self {
            width_units: map.size_units.0,
            height_units: map.size_units.1,
            obstacles: map.obstacles.iter().map(circle).collect(),
            landmarks: map.landmarks.iter().map(place).collect(),
            scenario: map.scenario.clone(),
        }
    }
}

/// A room's map
///
/// Numbers are those of the game's own arithmetic (IEEE 754, 32 bits), in the fewest digits that distinguish them.
#[utoipa::path(get, path = "/rooms/{name}/map", operation_id = "map", tag = "rooms",
    params(
        ("name" = String, Path, pattern = "^[A-Za-z0-9_-]{1,32}$", max_length = 32, description = "The room's name",
            example = "arena"),
        super::conditional::IfNoneMatch,
    ),
    responses(
        (status = 200, description = "What of it stays the same", body = MapView,
            headers(("ETag" = String, description = "Names this content"))),
        super::conditional::NotModified, Common,
    ))]
pub(super) async fn map(
    State(state): State<RestState>,
    Path(RoomName(name)): Path<RoomName>,
    Query(Nothing {}): Query<Nothing>,
) -> Result<Json<MapView>, Problem> {
    Ok(Json(MapView::from(find(&state, &name)?.map())))
}
