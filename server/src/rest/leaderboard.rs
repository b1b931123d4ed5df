//! Leaderboards, in parts or around a player.

use super::RestState;
use super::extract::{PlayerName, Query, Word};
use super::paging::{self, Cursor, Limit, List};
use super::problem::{Common, Problem};
use crate::game::Games;
use crate::room::GameInfo;
use crate::services::publication::Standings;
use crate::store::Ladder;
use axum::body::Body;
use axum::extract::{OriginalUri, State};
use http::Response;
use perigee_shared::netcode::Statistic;
use perigee_shared::protocol::{LeaderRow, Span};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The span of time.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum BoardSpan {
    /// The current day, UTC.
    Today,
    /// All time.
    #[default]
    All,
}

/// A part of a board.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BoardQuery {
    game: Option<Word>,
    #[serde(default)]
    span: BoardSpan,
    by: Option<Word>,
    #[serde(default)]
    limit: Limit,
    cursor: Option<Cursor>,
    around: Option<PlayerName>,
}

impl BoardQuery {
    /// The requested board: the first one that matches.
    fn ladder(&self, games: Games) -> Result<Ladder, Problem> {
        let span = match self.span {
            BoardSpan::Today => Span::Today,
            BoardSpan::All => Span::AllTime,
        };
        let is_meant = |game: &&GameInfo| match &self.game {
            Some(Word(name)) => game.name == name,
            None => game.about.boards().next().is_some(),
        };
        let game = games.iter().find(is_meant).ok_or_else(|| match &self.game {
            Some(Word(name)) => Problem::not_found(format!("no game {name:?} is played here")),
            None => Problem::not_found("no game here has leaderboards"),
        })?;
        let is_by = |(_, statistic): &(usize, &Statistic)| {
            self.by.as_ref().is_none_or(|Word(by)| statistic.key == by)
        };
        let (_, statistic) = game.about.boards().find(is_by).ok_or_else(|| {
            let keys: Vec<&str> = game.about.boards().map(|(_, statistic)| statistic.key).collect();
            Problem::not_found(format!("{:?} has no such board: there are {}", game.name, keys.join(", ")))
        })?;
        Ok(Ladder { game: game.name, span, by: statistic.key })
    }

    /// The index of the first row.
    fn start(&self, standings: &Standings) -> Result<usize, Problem> {
        if let Some(start) = Cursor::number(self.cursor.as_ref(), List::Board)? {
            return Ok(usize::try_from(start).unwrap_or(usize::MAX));
        }
        let Some(PlayerName(name)) = &self.around else { return Ok(0) };
        let at = standings.places.iter().position(|place| place.name == *name);
        let at = at.ok_or_else(|| Problem::not_found(format!("{name:?} is not on this board")))?;
        Ok(at.saturating_sub(self.limit.get() / 2))
    }
}

/// A row.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct BoardRow {
    /// From 1; equal values share one.
    #[schema(example = 1, minimum = 1)]
    rank: u32,
    /// The player's name.
    #[schema(example = "Ada")]
    name: String,
    /// The value that is ranked.
    #[schema(example = 42)]
    value: i64,
}

impl From<&LeaderRow> for BoardRow {
    fn from(place: &LeaderRow) -> Self {
        Self { rank: place.rank, name: place.name.clone(), value: place.value }
    }
}

/// A part of a board.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Leaderboard {
    /// The game's name.
    #[schema(example = "arena")]
    game: &'static str,
    span: BoardSpan,
    /// The key of the statistic.
    #[schema(example = "wealth")]
    by: &'static str,
    /// The statistic's title for players.
    #[schema(example = "Wealth")]
    title: &'static str,
    /// People on the board; the first 1000 are shown.
    #[schema(example = 217, minimum = 0)]
    total: u32,
    /// Best first.
    #[schema(max_items = 100)]
    rows: Vec<BoardRow>,
    /// The cursor of the next part; null in the last one.
    #[schema(example = "623235")]
    next: Option<String>,
}

/// The leaderboard
///
/// With `around`, the part with that player in its middle; with a `cursor`, `around` is ignored. The board may change
/// between two parts.
#[utoipa::path(get, path = "/leaderboard", operation_id = "leaderboard", tag = "players",
    params(
        ("game" = Option<String>, Query, pattern = "^[A-Za-z0-9_-]{1,32}$", max_length = 32,
            description = "In which game [the first]", example = "arena"),
        ("span" = inline(Option<BoardSpan>), Query, description = "Over what time [all]", example = "today"),
        ("by" = Option<String>, Query, pattern = "^[A-Za-z0-9_-]{1,32}$", max_length = 32,
            description = "By which of the game's statistics [the first]", example = "wealth"),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 100, description = "Entries at the most [25]", example = 10),
        ("cursor" = Option<String>, Query, pattern = "^([0-9a-f]{2}){2,33}$", max_length = 66,
            description = "`next` of the part before"),
        ("around" = Option<String>, Query, min_length = 1, max_length = 20, description = "A player's name"),
        super::conditional::IfNoneMatch,
    ),
    responses(
        (status = 200, description = "Some rows, best first", body = Leaderboard,
            headers(("ETag" = String, description = "Names this content"), ("Link" = String, description = "The next part"))),
        super::conditional::NotModified, Common,
    ))]
pub(super) async fn list(
    State(state): State<RestState>,
    OriginalUri(uri): OriginalUri,
    Query(query): Query<BoardQuery>,
) -> Result<Response<Body>, Problem> {
    let ladder = query.ladder(state.games)?;
    let standings = state.publication.standings(ladder);
    let places = &standings.places;
    let start = query.start(&standings)?.min(places.len());
    let end = (start + query.limit.get()).min(places.len());
    let rows = places[start..end].iter().map(BoardRow::from).collect();
    let next = (end < places.len()).then(|| paging::next(List::Board, &end));
    let link = next.clone();
    let board = Leaderboard {
        game: ladder.game,
        span: query.span,
        by: ladder.by,
        title: title_of(state.games, ladder),
        total: standings.total,
        rows,
        next,
    };
    Ok(paging::respond(board, &uri, link.as_deref()))
}

fn title_of(games: Games, ladder: Ladder) -> &'static str {
    let about = games.named(ladder.game).map(|game| game.info.about);
    let statistic =
        about.and_then(|about| about.statistics.iter().find(|statistic| statistic.key == ladder.by));
    statistic.map_or(ladder.by, |statistic| statistic.title)
}
