//! Prices: changes since the last message, to all subscribers in a room, in one encoding; and their history, for charts
//! and for the archive.

use super::archive::{Archive, MarketBooks};
use super::audience::Audience;
use super::outbound::PUSH_MS;
use super::price_book::PriceBook;
use super::public_feed::PublicFeed;
use super::rooms::Rooms;
use super::ticker::Ticker;
use crate::metrics::ServiceKind;
use crate::room::{ConnectionId, GameInfo, RoomHandle};
use crate::services::candles::Candles;
use crate::services::feed::message::Topic;
use crate::services::moment::Moment;
use crate::services::publication::Markets;
use bytes::Bytes;
use perigee_shared::netcode::Quote;
use perigee_shared::protocol::{Prices, ServiceMessage};
use serde::Serialize;
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

/// Least time between two archivings of all of a room's candles, milliseconds.
const KEEP_ALL_MS: u64 = 60_000;
/// Least time between two archivings of the candles that changed since, milliseconds.
const KEEP_CHANGED_MS: u64 = 400;

/// Price changes in the feed's format.
#[derive(Debug, Serialize)]
struct PublicPrices<'a> {
    room: &'a str,
    changed: &'a [Quote],
}

/// All prices of a room, for a new reader of the feed.
#[derive(Debug, Serialize)]
pub(super) struct PublicMarket<'a> {
    room: &'a str,
    quotes: Vec<NamedQuote>,
}

/// A price with its names. Later messages omit the names, which never change.
#[derive(Debug, Serialize)]
struct NamedQuote {
    #[serde(flatten)]
    quote: Quote,
    venue_name: Option<&'static str>,
    good_name: Option<&'static str>,
}

impl NamedQuote {
    fn of(quote: Quote, game: &GameInfo) -> Self {
        let (venue_name, good_name) = ((game.venue_name)(quote.venue), (game.good_name)(quote.good));
        Self { quote, venue_name, good_name }
    }
}

/// One room's prices.
#[derive(Debug, Default)]
struct RoomPrices {
    ticker: Ticker,
    book: PriceBook,
    kept: Kept,
}

/// When candles were last archived, Unix milliseconds.
#[derive(Clone, Copy, Debug, Default)]
struct Kept {
    /// All candles.
    all_ms: u64,
    /// Only the changed ones.
    changed_ms: u64,
}

impl RoomPrices {
    fn new(candles: Candles) -> Self {
        Self { book: PriceBook::new(candles), ..Self::default() }
    }
}

/// The prices of all rooms.
#[derive(Debug, Default)]
pub(super) struct PriceFeed {
    rooms: BTreeMap<Arc<str>, RoomPrices>,
    /// Connections that need all prices next time, not only those that changed.
    behind: HashSet<ConnectionId>,
}

impl PriceFeed {
    /// A room starts. If it ran before, its charts continue; otherwise they continue from the archive.
    pub(super) fn open_room(&mut self, room: &str, archive: &mut dyn Archive) {
        let known = self.rooms.remove(room);
        let candles = known.map_or_else(|| archive.candles(room), |known| known.book.into_candles());
        self.rooms.insert(room.into(), RoomPrices::new(candles));
    }

    pub(super) fn close_room(&mut self, room: &str) {
        self.rooms.remove(room);
    }

    /// Takes a room's prices; an empty list means that they were not reported.
    pub(super) fn take(&mut self, room: &str, quotes: &[Quote]) {
        if let Some(prices) = self.rooms.get_mut(room) {
            prices.ticker.take(quotes);
        }
    }

    /// Passes what outlives the room to `archive`: the game's persisted state whenever it is reported, changed candles
    /// at most every [`KEEP_CHANGED_MS`], and all candles once a minute.
    pub(super) fn keep(
        &mut self,
        room: &RoomHandle,
        persisted: &[u8],
        archive: &mut dyn Archive,
        unix_ms: u64,
    ) {
        if !room.is_permanent() || persisted.is_empty() {
            return;
        }
        let room = room.name();
        let Some(RoomPrices { book, kept, .. }) = self.rooms.get_mut(room) else { return };
        archive.keep_market(room, MarketBooks::Lasting(persisted));
        // `abs_diff`, so that it is due even after the clock was set back.
        if unix_ms.abs_diff(kept.all_ms) >= KEEP_ALL_MS {
            archive.keep_market(room, MarketBooks::Candles(book.candles()));
            *kept = Kept { all_ms: unix_ms, changed_ms: unix_ms };
        } else if unix_ms.abs_diff(kept.changed_ms) >= KEEP_CHANGED_MS {
            archive.keep_market(room, MarketBooks::CandlesSince(book.candles(), kept.all_ms));
            kept.changed_ms = unix_ms;
        }
    }

    /// A connection subscribes to prices, and gets all of them first; or unsubscribes.
    pub(super) fn subscribe(&mut self, connection: ConnectionId, wants_prices: bool) {
        if wants_prices {
            self.behind.insert(connection);
        } else {
            self.behind.remove(&connection);
        }
    }

    /// Removes a connection that ended.
    pub(super) fn forget(&mut self, connection: ConnectionId) {
        self.behind.remove(&connection);
    }

    /// Drops candles of a future that a wrong clock reached. Only for a clock that is known to be right.
    pub(super) fn leave_future(&mut self, unix_ms: u64) {
        self.rooms.values_mut().for_each(|prices| prices.book.leave_future(unix_ms));
    }

    /// Sends prices that changed.
    pub(super) fn push(&mut self, audience: Audience<'_>, feed: &mut PublicFeed, now: Moment) {
        let Self { rooms, behind } = self;
        for (name, RoomPrices { ticker, book, .. }) in rooms {
            let changed =
                ticker.changes(now.mono_ms, PUSH_MS, |quote, before| book.add(quote, before, now.unix_ms));
            send_to_room(name, &changed, ticker.sent(), behind, audience);
            if !changed.is_empty() && audience.rooms.is_public(name) {
                let public = PublicPrices { room: name, changed: &changed };
                feed.publish_change(Topic::Market, now.unix_ms, &public);
            }
        }
    }

    /// All prices of all public rooms, for readers of the feed.
    pub(super) fn public_markets<'a>(&self, rooms: &'a Rooms) -> Vec<PublicMarket<'a>> {
        let traded = rooms.public().filter(|(_, room)| room.handle.game().about.has_market);
        let markets = traded.filter_map(|(name, room)| {
            let (sent, game) = (self.rooms.get(name)?.ticker.sent(), room.handle.game());
            let quotes = sent.iter().map(|&quote| NamedQuote::of(quote, game)).collect();
            Some(PublicMarket { room: name, quotes })
        });
        markets.collect()
    }

    /// Prices and charts of all rooms as they were last sent.
    pub(super) fn markets(&mut self) -> Markets {
        let market = |(name, prices): (&Arc<str>, &mut RoomPrices)| {
            (name.to_string(), prices.book.market(prices.ticker.sent()))
        };
        self.rooms.iter_mut().map(market).collect()
    }
}

/// Sends the room's subscribers what `changed`, or `all` if they are behind.
fn send_to_room(
    room: &str,
    changed: &[Quote],
    all: &[Quote],
    behind: &mut HashSet<ConnectionId>,
    audience: Audience<'_>,
) {
    let Audience { members, outbound, .. } = audience;
    let (mut of_changes, mut of_all): (Option<Bytes>, Option<Bytes>) = (None, None);
    for connection in members.in_room(room) {
        let Some(member) = members.get(connection).filter(|member| member.tuning.prices) else { continue };
        let (encoded, quotes) =
            if behind.contains(&connection) { (&mut of_all, all) } else { (&mut of_changes, changed) };
        if quotes.is_empty() {
            continue;
        }
        let encode = || {
            let prices = Prices { changed: quotes.to_vec() };
            outbound.encode(ServiceKind::Prices, &ServiceMessage::Prices(prices))
        };
        let bytes = encoded.get_or_insert_with(encode);
        // A connection that missed a message needs all prices.
        if outbound.send(ServiceKind::Prices, &member.session.link, bytes) {
            behind.remove(&connection);
        } else {
            behind.insert(connection);
        }
    }
}
