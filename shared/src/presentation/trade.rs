//! What the market panel shows beside the prices, and what the player asks of a venue. The prices themselves come from
//! the server's ticker; names, the hold and where the player is come from the game.

use crate::netcode::seam::bulletin::Quote;

/// A place to trade.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VenueView {
    /// Its name.
    pub name: String,
    /// How to get there, in words; empty at the venue itself.
    pub way: String,
}

/// Something else that a venue does for money.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VenueOffer {
    /// What it is called in [`TradeRequest::Take`].
    pub number: u8,
    /// What the player reads.
    pub title: String,
    /// What it costs.
    pub price: u32,
    /// Why it cannot be had now; empty if it can.
    pub refused: String,
}

/// The answer to the player's last request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TradeAnswer {
    /// Grows with each answer; 0: there was none.
    pub number: u64,
    /// In words.
    pub text: String,
    /// Whether nothing came of it.
    pub refused: bool,
}

/// The player's side of the market.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MarketView {
    /// The venues by index, at most [`crate::limits::MAX_VENUES`].
    pub venues: Vec<VenueView>,
    /// The goods' names by index, at most [`crate::limits::MAX_GOODS`].
    pub goods: Vec<&'static str>,
    /// At which venue the player is, so that they can trade.
    pub docked: Option<u8>,
    /// Own money.
    pub money: i64,
    /// What the money is called: "coins".
    pub currency: &'static str,
    /// Own goods by index, units.
    pub hold: Vec<u32>,
    /// How many units of all goods together the hold takes.
    pub capacity: u32,
    /// What else the venue offers.
    pub offers: Vec<VenueOffer>,
    /// The answer to the last request.
    pub answer: TradeAnswer,
}

/// Which way goods go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// From the venue to the player.
    Buy,
    /// From the player to the venue.
    Sell,
}

/// Goods at a price that the player saw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lot {
    /// Which way they go.
    pub side: Side,
    /// Which good, where, and what was asked for it.
    pub quote: Quote,
    /// How many, 1 or more.
    pub amount: u32,
}

impl Lot {
    /// What all of them cost, or bring, if the price were the same for each of them.
    #[must_use]
    pub fn flat_total(&self) -> i64 {
        let each = match self.side {
            Side::Buy => self.quote.ask,
            Side::Sell => self.quote.bid,
        };
        i64::from(each) * i64::from(self.amount)
    }
}

/// What the player asks of a venue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TradeRequest {
    /// To trade goods.
    Deal(Lot),
    /// To take the offer of that number.
    Take(u8),
}
