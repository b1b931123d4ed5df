//! Prices: what changed since they were last sent, to all of a room who asked, in one encoding; and what they did, for
//! charts and for the archive.

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

/// Least time between two copies of all of a room's candles, milliseconds.
const KEEP_ALL_MS: u64 = 60_000;
/// Least time between two copies of what changed of them since, milliseconds.
const KEEP_CHANGED_MS: u64 = 400;

/// Prices as the feed sends them.
#[derive(Debug, Serialize)]
struct PublicPrices<'a> {
    room: &'a str,
    changed: &'a [Quote],
}

/// All prices of a room, for a reader of the feed who begins.
#[derive(Debug, Serialize)]
pub(super) struct PublicMarket<'a> {
    room: &'a str,
    quotes: Vec<NamedQuote>,
}

/// A price with its names. The messages after it leave the names out: they never change.
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
    /// All of them.
    all_ms: u64,
    /// Those that changed.
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
    /// Who needs all prices next time, and not only those that changed.
    behind: HashSet<ConnectionId>,
}

impl PriceFeed {
    /// A room begins. If it ran before, its charts go on; else they do from what was archived.
    pub(super) fn open_room(&mut self, room: &str, archive: &mut dyn Archive) {
        let known = self.rooms.remove(room);
        let candles = known.map_or_else(|| archive.candles(room), |known| known.book.into_candles());
        self.rooms.insert(room.into(), RoomPrices::new(candles));
    }

    pub(super) fn close_room(&mut self, room: &str) {
        self.rooms.remove(room);
    }

    /// Takes what everything costs in a room; nothing means that it was not reported.
    pub(super) fn take(&mut self, room: &str, quotes: &[Quote]) {
        if let Some(prices) = self.rooms.get_mut(room) {
            prices.ticker.take(quotes);
        }
    }

    /// Hands what is to outlive the room to `archive`: what the game keeps as often as it is reported, what changed of
    /// candles likewise, and all of them once a minute.
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
        // However far a clock is set back, it is due.
        if unix_ms.abs_diff(kept.all_ms) >= KEEP_ALL_MS {
            archive.keep_market(room, MarketBooks::Candles(book.candles()));
            *kept = Kept { all_ms: unix_ms, changed_ms: unix_ms };
        } else if unix_ms.abs_diff(kept.changed_ms) >= KEEP_CHANGED_MS {
            archive.keep_market(room, MarketBooks::CandlesSince(book.candles(), kept.all_ms));
            kept.changed_ms = unix_ms;
        }
    }

    /// Somebody wants prices, and then all of them at first; or none any more.
    pub(super) fn subscribe(&mut self, connection: ConnectionId, wants_prices: bool) {
        if wants_prices {
            self.behind.insert(connection);
        } else {
            self.behind.remove(&connection);
        }
    }

    /// A connection ended.
    pub(super) fn forget(&mut self, connection: ConnectionId) {
        self.behind.remove(&connection);
    }

    /// Leaves times that were reached by mistake. Only a clock that is known to be right may ask for it.
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

/// Sends the room's members who asked what `changed`, or `all` if they are behind.
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
        // Whoever missed some needs all of them.
        if outbound.send(ServiceKind::Prices, &member.session.link, bytes) {
            behind.remove(&connection);
        } else {
            behind.insert(connection);
        }
    }
}
