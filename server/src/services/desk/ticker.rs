//! Prices: what changed since they were last told, to all of a room who asked, in one encoding.

use super::news::RoomState;
use super::{Desk, PUSH_MS};
use crate::metrics::ServiceKind;
use crate::services::chat::Moment;
use crate::services::feed::message::Topic;
use bytes::Bytes;
use perigee_shared::netcode::Quote;
use perigee_shared::protocol::{Prices, ServerMessage};
use serde::Serialize;
use std::sync::Arc;

/// Prices of one room.
#[derive(Debug, Default)]
pub(super) struct Ticker {
    /// As they are.
    now: Vec<Quote>,
    /// As they were last told.
    told: Vec<Quote>,
    told_ms: Option<u64>,
}

/// Prices as the feed tells them.
#[derive(Debug, Serialize)]
struct PublicPrices<'a> {
    room: &'a str,
    changed: &'a [Quote],
}

impl Ticker {
    /// Takes what everything costs; nothing means that it was not told.
    pub(super) fn take(&mut self, quotes: &[Quote]) {
        if !quotes.is_empty() {
            self.now.clear();
            self.now.extend_from_slice(quotes);
        }
    }

    /// All prices as they were last told.
    pub(super) fn told(&self) -> &[Quote] {
        &self.told
    }

    /// What changed since it was last told, if it is time to tell again; `each` gets it beside what it was before.
    fn changes(&mut self, now_ms: u64, mut each: impl FnMut(Quote, Option<Quote>)) -> Vec<Quote> {
        let is_due = self.told_ms.is_none_or(|told_ms| now_ms.saturating_sub(told_ms) >= PUSH_MS);
        if !is_due || self.now == self.told {
            return Vec::new();
        }
        let before = |quote: &Quote| {
            self.told.iter().find(|told| (told.venue, told.good) == (quote.venue, quote.good))
        };
        let changed: Vec<Quote> =
            self.now.iter().filter(|quote| before(quote) != Some(*quote)).copied().collect();
        changed.iter().for_each(|quote| each(*quote, before(quote).copied()));
        self.told.clone_from(&self.now);
        self.told_ms = Some(now_ms);
        changed
    }
}

impl Desk {
    /// Tells prices that changed.
    pub(super) fn push_prices(&mut self, now: Moment) {
        let names: Vec<Arc<str>> = self.rooms.keys().cloned().collect();
        let is_clock_proven = self.archive.is_clock_proven();
        for name in names {
            let Some(room) = self.rooms.get_mut(&name) else { continue };
            let RoomState { ticker, book, .. } = room;
            if is_clock_proven {
                book.leave_future(now.unix_ms);
            }
            let changed = ticker.changes(now.mono_ms, |quote, before| book.tell(quote, before, now.unix_ms));
            self.tell_prices(&name, &changed);
            if !changed.is_empty() && self.is_public(&name) {
                let public = PublicPrices { room: &name, changed: &changed };
                self.feed.publish(Topic::Market, now.unix_ms, &public);
                self.states.stale(Topic::Market);
            }
        }
    }

    /// Tells the room's members who asked: what changed, or everything if they need that.
    fn tell_prices(&mut self, room: &Arc<str>, changed: &[Quote]) {
        let (mut of_changes, mut of_all): (Option<Bytes>, Option<Bytes>) = (None, None);
        let Desk { members, rooms, post, .. } = self;
        let all = rooms.get(room).map_or(&[][..], |room| room.ticker.told());
        let connections: Vec<_> = members.in_room(room).collect();
        for connection in connections {
            let Some(member) = members.get_mut(connection).filter(|member| member.tuning.prices) else {
                continue;
            };
            let (encoded, quotes) =
                if member.wants_all_prices { (&mut of_all, all) } else { (&mut of_changes, changed) };
            if quotes.is_empty() {
                continue;
            }
            let encode = || {
                let prices = Prices { changed: quotes.to_vec() };
                post.encode(ServiceKind::Prices, &ServerMessage::Prices(prices))
            };
            let bytes = encoded.get_or_insert_with(encode);
            // Who missed some needs all of them.
            member.wants_all_prices = !post.put(ServiceKind::Prices, &member.link, bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quote(good: u8, ask: u32) -> Quote {
        Quote { good, ask, ..Quote::default() }
    }

    #[test]
    fn only_what_changed_is_told_and_at_most_four_times_a_second() {
        let mut ticker = Ticker::default();
        ticker.take(&[quote(0, 10), quote(1, 20)]);
        assert_eq!(ticker.changes(0, |_, _| {}), [quote(0, 10), quote(1, 20)]);
        let mut told = 0;
        for ms in 1..=1000 {
            ticker.take(&[quote(0, 10), quote(1, 20 + ms)]);
            ticker.take(&[]);
            let changed = ticker.changes(u64::from(ms), |_, _| {});
            told += usize::from(!changed.is_empty());
            assert!(changed.is_empty() || changed == [quote(1, 20 + ms)]);
        }
        assert_eq!(told, 4);
        assert_eq!(ticker.told(), [quote(0, 10), quote(1, 1020)]);
    }
}
