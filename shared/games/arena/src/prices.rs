//! What a bot knows of prices: the last quote of each good at each station, from wherever it has it.

use crate::goods::{GOODS, Good};
use crate::market::StationKind;
use perigee_shared::limits::MAX_VENUES;
use perigee_shared::netcode::seam::bulletin::Quote;

/// The last quote of each good at each station. What was never quoted is taken to cost what it costs by and large.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PriceList {
    quotes: [[Option<Quote>; GOODS]; MAX_VENUES],
}

impl PriceList {
    /// Takes in a quote; one of what there is not is passed over.
    pub fn learn(&mut self, quote: &Quote) {
        let shelf = self.quotes.get_mut(usize::from(quote.venue));
        if let Some(place) = shelf.and_then(|shelf| shelf.get_mut(usize::from(quote.good))) {
            *place = Some(*quote);
        }
    }

    /// Whether anything was quoted yet.
    pub(crate) fn is_known(&self) -> bool {
        self.quotes.iter().flatten().any(Option::is_some)
    }

    /// What `amount` pieces bring a seller at a station, about, credits. A price falls with what is sold.
    pub(crate) fn sale(&self, station: usize, good: Good, amount: u32) -> f32 {
        let Terms { bid, stock, target, .. } = self.terms(station, good);
        let amount = amount as f32;
        let room = (4.0 * target - stock).max(0.0);
        let sold = amount.min(room);
        sold * bid * (2.0 * stock + target) / (2.0 * stock + target + sold)
    }

    /// What `amount` pieces cost a buyer at a station, about, credits; without an end where there are not so many.
    pub(crate) fn cost(&self, station: usize, good: Good, amount: u32) -> f32 {
        let Terms { ask, stock, target, .. } = self.terms(station, good);
        let amount = amount as f32;
        if amount > stock {
            return f32::INFINITY;
        }
        amount * ask * (2.0 * stock + target) / (2.0 * stock + target - amount)
    }

    /// What the next piece costs a buyer, and how many there are.
    pub(crate) fn offer(&self, station: usize, good: Good) -> (f32, u32) {
        let Terms { ask, stock, .. } = self.terms(station, good);
        (ask, stock as u32)
    }

    fn terms(&self, station: usize, good: Good) -> Terms {
        // Counts below 2^24 are exact.
        let target = StationKind::of(station).target(good) as f32;
        let quote = self.quotes.get(station).and_then(|shelf| shelf[good.index()]);
        match quote {
            Some(quote) => {
                let (ask, bid) = (quote.ask as f32, quote.bid as f32);
                Terms { ask, bid, stock: quote.stock as f32, target }
            }
            None => {
                let base = good.base_price() as f32;
                Terms { ask: base * 1.1, bid: base * 0.9, stock: target, target }
            }
        }
    }
}

/// One good at one station.
#[derive(Clone, Copy, Debug)]
struct Terms {
    ask: f32,
    bid: f32,
    stock: f32,
    target: f32,
}
