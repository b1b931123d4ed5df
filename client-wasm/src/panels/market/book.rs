//! Prices from the ticker: as they are, and how they changed within a minute. Pure.

use perigee_shared::limits::{MAX_GOODS, MAX_VENUES};
use perigee_shared::netcode::Quote;
use std::collections::VecDeque;

/// Changes are shown over this time.
const SPAN_S: u64 = 60;
/// Prices kept of each good at each venue: one a second, and the one before the span.
const MAX_PAST: usize = SPAN_S as usize + 2;

/// One good at one venue.
#[derive(Clone, Debug, Default)]
struct Entry {
    quote: Quote,
    /// When it got which price, oldest first, at most one a second.
    past: VecDeque<(u64, u32)>,
}

/// All prices of one match.
#[derive(Debug)]
pub(crate) struct PriceBook {
    entries: Vec<Option<Entry>>,
    /// Whether there is no price yet.
    is_empty: bool,
}

impl Default for PriceBook {
    fn default() -> Self {
        Self { entries: vec![None; MAX_VENUES * MAX_GOODS], is_empty: true }
    }
}

/// The price between the two sides.
pub(crate) fn middle(quote: &Quote) -> u32 {
    ((u64::from(quote.ask) + u64::from(quote.bid)) / 2) as u32
}

impl PriceBook {
    /// Takes in a price that came at `now_s`, seconds of any clock. What the match cannot have is passed over. Gives how many
    /// units changed hands since the last time.
    pub(crate) fn take(&mut self, quote: Quote, now_s: u64) -> u32 {
        let Some(place) = place_of(quote.venue, quote.good) else { return 0 };
        let entry = self.entries[place].get_or_insert_with(|| Entry { quote, past: VecDeque::new() });
        let traded = quote.traded.wrapping_sub(entry.quote.traded);
        entry.quote = quote;
        entry.note(now_s);
        self.is_empty = false;
        traded
    }

    /// What a good costs at a venue, if that is known.
    pub(crate) fn quote(&self, venue: u8, good: u8) -> Option<Quote> {
        Some(self.entry(venue, good)?.quote)
    }

    /// How the price changed within a minute, per cent; 0 while nothing is known.
    pub(crate) fn change_percent(&self, venue: u8, good: u8, now_s: u64) -> f32 {
        self.entry(venue, good).map_or(0.0, |entry| percent(entry.before(now_s), middle(&entry.quote).into()))
    }

    /// The mean price of a good over all venues, and how it changed within a minute, per cent.
    pub(crate) fn mean(&self, good: u8, now_s: u64) -> Option<(f32, f32)> {
        let there = (0..MAX_VENUES as u8).filter_map(|venue| self.entry(venue, good));
        let (count, before, now) = there.fold((0, 0.0, 0.0), |(count, before, now), entry| {
            (count + 1, before + entry.before(now_s), now + f64::from(middle(&entry.quote)))
        });
        (count > 0).then(|| ((now / f64::from(count)) as f32, percent(before, now)))
    }

    /// Whether there is no price yet.
    pub(crate) fn is_empty(&self) -> bool {
        self.is_empty
    }

    fn entry(&self, venue: u8, good: u8) -> Option<&Entry> {
        self.entries[place_of(venue, good)?].as_ref()
    }
}

impl Entry {
    fn note(&mut self, now_s: u64) {
        let price = middle(&self.quote);
        match self.past.back_mut() {
            Some((at_s, last)) if *at_s >= now_s => *last = price,
            _ => self.past.push_back((now_s, price)),
        }
        // The newest of those before the span stays: it is the price at the span's beginning.
        while self.past.len() > MAX_PAST || self.past.get(1).is_some_and(|(at_s, _)| at_s + SPAN_S <= now_s) {
            self.past.pop_front();
        }
    }

    /// The price a minute before, or the oldest that is known.
    fn before(&self, now_s: u64) -> f64 {
        let is_before = |(at_s, _): &&(u64, u32)| at_s + SPAN_S <= now_s;
        let base = self.past.iter().rev().find(is_before).or(self.past.front());
        base.map_or(0.0, |&(_, price)| f64::from(price))
    }
}

fn place_of(venue: u8, good: u8) -> Option<usize> {
    let (venue, good) = (usize::from(venue), usize::from(good));
    (venue < MAX_VENUES && good < MAX_GOODS).then_some(venue * MAX_GOODS + good)
}

fn percent(before: f64, now: f64) -> f32 {
    if before > 0.0 { ((now - before) / before * 100.0) as f32 } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quote(venue: u8, good: u8, price: u32, traded: u32) -> Quote {
        Quote { venue, good, ask: price + 2, bid: price - 2, stock: 7, traded }
    }

    #[test]
    fn a_change_is_against_the_price_a_minute_ago() {
        let mut book = PriceBook::default();
        book.take(quote(1, 2, 100, 0), 10);
        assert_eq!(book.change_percent(1, 2, 10), 0.0);
        book.take(quote(1, 2, 110, 0), 40);
        assert_eq!(book.change_percent(1, 2, 40), 10.0);
        assert_eq!(book.change_percent(1, 2, 69), 10.0, "the first price still counts");
        book.take(quote(1, 2, 99, 0), 99);
        assert_eq!(book.change_percent(1, 2, 99), -1.0, "against the first: the second is not a minute old");
        assert_eq!(book.change_percent(1, 2, 100), -10.0);
        assert_eq!(book.change_percent(1, 2, 200), 0.0, "nothing changed for a minute");
    }

    #[test]
    fn the_past_is_bounded_and_strange_places_are_passed_over() {
        let mut book = PriceBook::default();
        (0..10_000).for_each(|n| _ = book.take(quote(0, 0, 100 + n % 7, 0), u64::from(n) / 4));
        assert!(book.entries[0].as_ref().unwrap().past.len() <= MAX_PAST);
        assert_eq!(book.take(quote(MAX_VENUES as u8, 0, 100, 9), 1), 0);
        assert_eq!(book.take(quote(0, 255, 100, 9), 1), 0);
        assert_eq!(book.quote(0, 255), None);
    }

    #[test]
    fn turnover_is_what_was_added_and_wraps() {
        let mut book = PriceBook::default();
        assert_eq!(book.take(quote(0, 0, 100, u32::MAX), 1), 0, "what went before is not known");
        assert_eq!(book.take(quote(0, 0, 100, 4), 2), 5);
    }

    #[test]
    fn the_mean_is_over_the_venues_that_told() {
        let mut book = PriceBook::default();
        assert_eq!(book.mean(0, 0), None);
        book.take(quote(0, 0, 100, 0), 0);
        book.take(quote(3, 0, 200, 0), 0);
        assert_eq!(book.mean(0, 0), Some((150.0, 0.0)));
        book.take(quote(3, 0, 230, 0), 5);
        assert_eq!(book.mean(0, 5), Some((165.0, 10.0)));
    }
}
