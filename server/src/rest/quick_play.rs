//! Quick play: chooses a room for a page or a program that accepts any.
//!
//! It reserves no place: the game socket's hello takes one, and there the lobby keeps a party together.

use super::RestState;
use super::extract::{Json, Nothing, Query, whole, word};
use super::guard::address_of;
use super::problem::{Common, NoPlace, Problem, ToBody};
use super::rooms::RoomView;
use crate::lobby::QuickPlayRequest;
use axum::extract::State;
use http::Extensions;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Most friends that play together.
const MAX_PARTY: u16 = 16;

/// A quick play request.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct QuickPlayBody {
    /// The game; if omitted, any.
    #[schema(example = "arena", pattern = "^[A-Za-z0-9_-]{1,32}$", max_length = 32)]
    game: Option<String>,
    /// The mode of the match; if omitted, any.
    #[schema(example = "teams", pattern = "^[A-Za-z0-9_-]{1,32}$", max_length = 32)]
    mode: Option<String>,
    /// The party's name, which friends share; it becomes part of the address to join at.
    #[schema(example = "our-crew", pattern = "^[A-Za-z0-9_-]{1,32}$", max_length = 32)]
    party: Option<String>,
    /// People who need places in one room; if omitted, 1.
    // In JSON, 3.0 is a whole number too.
    #[schema(value_type = Option<u32>, example = 3, minimum = 1, maximum = 16)]
    party_size: Option<f64>,
}

/// The chosen room.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct QuickPlay {
    /// The room that was chosen.
    room: RoomView,
    /// The address of its page, relative to this server's root, with the party if one was named.
    #[schema(example = "/?room=arena&party=our-crew", format = "uri-reference")]
    join_url: String,
}

impl QuickPlayBody {
    /// The number of places, if the request is valid.
    fn places(&self) -> Result<u32, Problem> {
        word("game", self.game.as_ref())?;
        word("mode", self.mode.as_ref())?;
        word("party", self.party.as_ref())?;
        whole("party_size", self.party_size.unwrap_or(1.0), 1, MAX_PARTY).map(u32::from)
    }
}

/// The lobby's choice if it has the places, otherwise the fullest room that has them: players meet, friends stay
/// together.
fn choose(suggested: Option<RoomView>, rooms: Vec<RoomView>, places: u32) -> Option<RoomView> {
    let has_places = |room: &RoomView| room.max_players.saturating_sub(room.players) >= places;
    let fullest = || {
        let suited = rooms.into_iter().filter(has_places);
        suited.reduce(|best, room| if room.players > best.players { room } else { best })
    };
    suggested.filter(has_places).or_else(fullest)
}

/// Where to play now
///
/// Chooses a public room with enough places: the one that the party was last sent to, otherwise one in which others
/// play. It reserves no place: join soon.
#[utoipa::path(post, path = "/quick-play", operation_id = "quick_play", tag = "rooms",
    request_body(content = QuickPlayBody, description = "What you would like; `{}` is anything"),
    responses((status = 200, description = "A room to join", body = QuickPlay), Common, ToBody, NoPlace))]
pub(super) async fn ask(
    State(state): State<RestState>,
    extensions: Extensions,
    Query(Nothing {}): Query<Nothing>,
    Json(body): Json<QuickPlayBody>,
) -> Result<axum::Json<QuickPlay>, Problem> {
    let places = body.places()?;
    if *state.draining.borrow() {
        return Err(Problem::unavailable("the server is going down"));
    }
    let (game, mode) = (body.game.as_deref(), body.mode.as_deref());
    let mut rooms: Vec<RoomView> = state.lobby.public_rooms().into_iter().map(RoomView::from).collect();
    rooms.retain(|room| game.is_none_or(|game| room.game == game));
    if let (Some(game), true) = (game, rooms.is_empty()) {
        return Err(Problem::not_found(format!("there is no room with the game {game:?}")));
    }
    rooms.retain(|room| mode.is_none() || room.mode.as_deref() == mode);
    if let (Some(mode), true) = (mode, rooms.is_empty()) {
        return Err(Problem::not_found(format!("there is no room with the mode {mode:?}")));
    }
    let party = body.party.as_deref().unwrap_or_default();
    let schema = game.and_then(|game| state.lobby.schema_of(game));
    let suggested = state
        .lobby
        .suggest(QuickPlayRequest { mode, schema, ..QuickPlayRequest::default() }, party)
        .map(RoomView::from);
    let room = choose(suggested, rooms, places).ok_or_else(Problem::no_place)?;
    // Friends who ask before the first of them has joined get the same room.
    if let Some(chosen) = state.lobby.room(&room.name) {
        state.lobby.party_is_in(party, &chosen, Some(address_of(&extensions).into()));
    }
    let party = body.party.map(|party| format!("&party={party}")).unwrap_or_default();
    let join_url = format!("{}{party}", room.join_url);
    Ok(axum::Json(QuickPlay { room, join_url }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::room::RoomInfo;

    fn room(name: &str, people: usize) -> RoomView {
        RoomView::from(RoomInfo {
            game: "arena",
            name: name.to_owned(),
            mode: "",
            phase: "",
            left_s: 0,
            result: None,
            people,
            bots: 0,
            spectators: 0,
            max_players: 8,
            max_spectators: 0,
            public: true,
        })
    }

    #[test]
    fn players_meet_where_there_are_places_for_all_of_them() {
        let rooms = || vec![room("a", 0), room("b", 6), room("c", 8), room("d", 6)];
        let chosen = |suggested, places| choose(suggested, rooms(), places).map(|room| room.name);
        assert_eq!(chosen(Some(room("d", 6)), 2).as_deref(), Some("d"));
        assert_eq!(chosen(Some(room("d", 6)), 3).as_deref(), Some("a"));
        assert_eq!(chosen(None, 2).as_deref(), Some("b"));
        assert_eq!(chosen(Some(room("d", 6)), 9), None);
    }
}
