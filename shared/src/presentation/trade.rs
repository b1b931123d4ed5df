//! What the market panel shows beside the prices, and what the player asks of a station. The prices themselves come from
//! the server's ticker; names, the hold and where the ship is come from the game.

use crate::netcode::Quote;

/// A place to trade.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StationView {
    /// Its name.
    pub name: String,
    /// How to get there, in words; empty at the station itself.
    pub way: String,
}

/// Something else that a station does for money.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StationOffer {
    /// What it is called in [`TradeWish::Take`].
    pub number: u8,
    /// What the player reads.
    pub title: String,
    /// What it costs, credits.
    pub price: u32,
    /// Why it cannot be had now; empty if it can.
    pub refused: String,
}

/// What became of the player's last wish.
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
    /// The stations by index, at most [`crate::limits::MAX_STATIONS`].
    pub stations: Vec<StationView>,
    /// The goods' names by index, at most [`crate::limits::MAX_GOODS`].
    pub goods: Vec<&'static str>,
    /// At which station the own ship is, so that it can trade.
    pub docked: Option<u8>,
    /// Own money, credits.
    pub credits: i64,
    /// Own goods by index, units.
    pub hold: Vec<u32>,
    /// How many units of all goods together the hold takes.
    pub capacity: u32,
    /// What else the station offers.
    pub offers: Vec<StationOffer>,
    /// What became of the last wish.
    pub answer: TradeAnswer,
}

/// Which way goods go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// From the station to the player.
    Buy,
    /// From the player to the station.
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
    /// What all of them cost, or bring, if the price were the same for each of them, credits.
    #[must_use]
    pub fn flat_total(&self) -> i64 {
        let each = match self.side {
            Side::Buy => self.quote.ask,
            Side::Sell => self.quote.bid,
        };
        i64::from(each) * i64::from(self.amount)
    }
}

/// What the player asks of a station.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TradeWish {
    /// To trade goods.
    Deal(Lot),
    /// To take the offer of that number.
    Take(u8),
}
