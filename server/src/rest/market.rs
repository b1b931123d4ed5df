//! Prices and price history.

use super::RestState;
use super::extract::{Index, Nothing, Path, Query, RoomName};
use super::paging::{self, Cursor, Limit, List};
use super::problem::{Common, Problem};
use super::rooms;
use crate::room::GameInfo;
use crate::services::candles::{Candle, Interval};
use crate::services::publication::{PublishedMarket as Traded, Series};
use axum::body::Body;
use axum::extract::{OriginalUri, State};
use axum::response::Json;
use http::Response;
use perigee_shared::netcode::Quote;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The price of a good at a venue.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Price {
    /// The venue's index.
    #[schema(example = 0, minimum = 0, maximum = 255)]
    venue: u8,
    /// The players' name for the venue; null if it has no name.
    #[schema(example = "Aphelion")]
    venue_name: Option<&'static str>,
    /// The good's index.
    #[schema(example = 2, minimum = 0, maximum = 255)]
    good: u8,
    /// The players' name for the good; null if it has no name.
    #[schema(example = "Crystal")]
    good_name: Option<&'static str>,
    /// The price at which the venue sells one.
    #[schema(example = 104, minimum = 0)]
    ask: u32,
    /// The price at which the venue buys one.
    #[schema(example = 96, minimum = 0)]
    bid: u32,
    /// How many units it has.
    #[schema(example = 40, minimum = 0)]
    stock: u32,
}

impl Price {
    fn of(quote: &Quote, game: &GameInfo) -> Self {
        let Quote { venue, good, ask, bid, stock, .. } = *quote;
        let (venue_name, good_name) = ((game.venue_name)(venue), (game.good_name)(good));
        Self { venue, venue_name, good, good_name, ask, bid, stock }
    }
}

/// All prices of a room.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Market {
    /// The room's name.
    #[schema(example = "arena")]
    room: String,
    /// By venue, then by good.
    #[schema(max_items = 256)]
    prices: Vec<Price>,
}

/// The prices in a room
#[utoipa::path(get, path = "/market/{room}", operation_id = "prices", tag = "market",
    params(
        ("room" = String, Path, pattern = "^[A-Za-z0-9_-]{1,32}$", max_length = 32, description = "The room's name",
            example = "arena"),
        super::conditional::IfNoneMatch,
    ),
    responses(
        (status = 200, description = "What every good costs at every venue", body = Market,
            headers(("ETag" = String, description = "Names this content"))),
        super::conditional::NotModified, Common,
    ))]
pub(super) async fn prices(
    State(state): State<RestState>,
    Path(RoomName(room)): Path<RoomName>,
    Query(Nothing {}): Query<Nothing>,
) -> Result<Json<Market>, Problem> {
    let game = traded_in(&state, &room)?;
    let market = state.publication.market(&room);
    let mut prices: Vec<Price> = market.quotes.iter().map(|quote| Price::of(quote, game)).collect();
    prices.sort_by_key(|price| (price.venue, price.good));
    Ok(Json(Market { room, prices }))
}

/// The length of a candle.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, ToSchema)]
pub(super) enum CandleInterval {
    /// A second.
    #[serde(rename = "1s")]
    Second,
    /// A minute.
    #[default]
    #[serde(rename = "1m")]
    Minute,
    /// An hour.
    #[serde(rename = "1h")]
    Hour,
}

/// A part of a series of candles.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CandlesQuery {
    #[serde(default)]
    interval: CandleInterval,
    #[serde(default)]
    limit: Limit,
    cursor: Option<Cursor>,
}

impl CandlesQuery {
    fn series(&self, venue: u8, good: u8) -> Series {
        let interval = match self.interval {
            CandleInterval::Second => Interval::Second,
            CandleInterval::Minute => Interval::Minute,
            CandleInterval::Hour => Interval::Hour,
        };
        Series { venue, good, interval }
    }
}

/// The ask prices of one interval.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Candle)]
pub(super) struct CandleView {
    /// When it starts, ms since 1970, a multiple of the interval.
    #[schema(example = 1_767_225_600_000_u64, minimum = 0)]
    start_ms: u64,
    /// The first price.
    #[schema(example = 100, minimum = 0)]
    open: u32,
    /// The highest price.
    #[schema(example = 106, minimum = 0)]
    high: u32,
    /// The lowest price.
    #[schema(example = 98, minimum = 0)]
    low: u32,
    /// The last price.
    #[schema(example = 104, minimum = 0)]
    close: u32,
    /// Units that changed hands.
    #[schema(example = 17, minimum = 0)]
    volume: u64,
}

impl From<&Candle> for CandleView {
    fn from(candle: &Candle) -> Self {
        let Candle { start_ms, open, high, low, close, volume } = *candle;
        Self { start_ms, open, high, low, close, volume }
    }
}

/// A part of a series of candles.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CandleSeries {
    /// The room's name.
    #[schema(example = "arena")]
    room: String,
    /// The venue's index.
    #[schema(example = 0, minimum = 0, maximum = 255)]
    venue: u8,
    /// The players' name for the venue; null if it has no name.
    #[schema(example = "Aphelion")]
    venue_name: Option<&'static str>,
    /// The good's index.
    #[schema(example = 2, minimum = 0, maximum = 255)]
    good: u8,
    /// The players' name for the good; null if it has no name.
    #[schema(example = "Crystal")]
    good_name: Option<&'static str>,
    interval: CandleInterval,
    /// Oldest first. An interval without a reported price has no candle.
    #[schema(max_items = 100)]
    candles: Vec<CandleView>,
    /// The cursor of the part with older ones; null if there are none.
    #[schema(example = "6331373637323235363030303030")]
    next: Option<String>,
}

/// A chart's candles
///
/// The first part has the newest candles; within a part, the oldest is first. A good without trade has none.
#[utoipa::path(get, path = "/market/{room}/{venue}/{good}/candles", operation_id = "candles", tag = "market",
    params(
        ("room" = String, Path, pattern = "^[A-Za-z0-9_-]{1,32}$", max_length = 32, description = "The room's name",
            example = "arena"),
        ("venue" = u32, Path, minimum = 0, maximum = 255, description = "The venue's index", example = 0),
        ("good" = u32, Path, minimum = 0, maximum = 255, description = "The good's index", example = 2),
        ("interval" = inline(Option<CandleInterval>), Query, description = "The length of a candle [1m]", example = "1s"),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 100, description = "Entries at the most [25]", example = 60),
        ("cursor" = Option<String>, Query, pattern = "^([0-9a-f]{2}){2,33}$", max_length = 66,
            description = "`next` of the part before"),
        super::conditional::IfNoneMatch,
    ),
    responses(
        (status = 200, description = "Some candles", body = CandleSeries,
            headers(("ETag" = String, description = "Names this content"), ("Link" = String, description = "The next part"))),
        super::conditional::NotModified, Common,
    ))]
pub(super) async fn candles(
    State(state): State<RestState>,
    OriginalUri(uri): OriginalUri,
    Path((RoomName(room), Index(venue), Index(good))): Path<(RoomName, Index, Index)>,
    Query(query): Query<CandlesQuery>,
) -> Result<Response<Body>, Problem> {
    let before_ms = Cursor::number(query.cursor.as_ref(), List::Candles)?;
    let game = traded_in(&state, &room)?;
    let market = state.publication.market(&room);
    check_traded(&market, venue, good)?;
    let all = market.charts.get(&query.series(venue, good)).map_or(&[][..], |candles| candles);
    let end =
        before_ms.map_or(all.len(), |before_ms| all.partition_point(|candle| candle.start_ms < before_ms));
    let start = end.saturating_sub(query.limit.get());
    let part = &all[start..end];
    let oldest = part.first().filter(|_| start > 0);
    let next = oldest.map(|candle| paging::next(List::Candles, &candle.start_ms));
    let link = next.clone();
    let candles = part.iter().map(CandleView::from).collect();
    let (venue_name, good_name) = ((game.venue_name)(venue), (game.good_name)(good));
    let interval = query.interval;
    let series = CandleSeries { room, venue, venue_name, good, good_name, interval, candles, next };
    Ok(paging::respond(series, &uri, link.as_deref()))
}

/// The game of a room in which something is traded.
fn traded_in(state: &RestState, room: &str) -> Result<&'static GameInfo, Problem> {
    let game = rooms::find(state, room)?.game();
    if game.about.has_market {
        return Ok(game);
    }
    Err(Problem::not_found(format!("nothing is traded in the room {room:?}")))
}

/// If a room has reported prices, they list what is traded where; before its first report, anything may be.
fn check_traded(market: &Traded, venue: u8, good: u8) -> Result<(), Problem> {
    let quotes = &market.quotes;
    let is_traded = quotes.iter().any(|quote| (quote.venue, quote.good) == (venue, good));
    if quotes.is_empty() || is_traded {
        return Ok(());
    }
    Err(Problem::not_found(format!("venue {venue} does not trade good {good}")))
}
