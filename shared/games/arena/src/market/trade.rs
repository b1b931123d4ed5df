//! Buying and selling: all of a deal happens or nothing of it.

use super::{Market, Station};
use crate::goods::{GOODS, Good};
use thiserror::Error;

/// Units of one deal at the most.
pub const MAX_TRADE_UNITS: u32 = 999;
/// Credits one trader may have at the most.
pub const MAX_CREDITS: i64 = 1_000_000_000;

/// What a trader wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deal {
    /// Index of the good. It may be none: it came from outside.
    pub good: u8,
    /// Units, `1..=MAX_TRADE_UNITS` if it came from inside.
    pub amount: u32,
    /// What a buyer pays at the most, or a seller wants at the least, for all units together, credits.
    pub limit: i64,
}

/// Who trades with a station: money and goods, and room for them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trader {
    /// `0..=MAX_CREDITS`.
    pub credits: i64,
    /// Units of each good, 0 or more.
    pub goods: [i32; GOODS],
    /// Units of all goods together that fit.
    pub capacity: i32,
}

impl TradeRefusal {
    /// All of them: the order is the wire's.
    pub const ALL: [Self; 11] = [
        Self::NotDocked,
        Self::NoSuchGood,
        Self::Amount,
        Self::PriceMoved,
        Self::NoStock,
        Self::NoCredits,
        Self::HoldFull,
        Self::StationBroke,
        Self::StationFull,
        Self::Nothing,
        Self::PurseFull,
    ];
}

impl Trader {
    /// Units that still fit.
    #[must_use]
    pub fn room(&self) -> i32 {
        (self.capacity - self.goods.iter().sum::<i32>()).max(0)
    }
}

/// What was traded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The good.
    pub good: Good,
    /// Units.
    pub amount: u32,
    /// What all of them cost together, credits.
    pub total: i64,
}

/// Why nothing was traded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum TradeRefusal {
    /// The ship is not at that station.
    #[error("not docked there")]
    NotDocked,
    /// There is no such good.
    #[error("no such good")]
    NoSuchGood,
    /// The amount is not `1..=MAX_TRADE_UNITS`.
    #[error("that amount cannot be traded")]
    Amount,
    /// The whole would cost a buyer more, or bring a seller less, than the limit.
    #[error("the price moved")]
    PriceMoved,
    /// The station has not that many.
    #[error("the station has not that many")]
    NoStock,
    /// The trader cannot pay.
    #[error("not enough credits")]
    NoCredits,
    /// They do not fit into the hold.
    #[error("the hold is full")]
    HoldFull,
    /// The station cannot pay.
    #[error("the station cannot pay for that")]
    StationBroke,
    /// They do not fit into the station.
    #[error("the station has no room for that")]
    StationFull,
    /// The trader has not that many.
    #[error("there is not that much in the hold")]
    Nothing,
    /// The trader would have more than [`MAX_CREDITS`].
    #[error("too rich for more")]
    PurseFull,
}

impl Market {
    /// Sells to `trader` what the station has. Nothing changes unless all of it can be done.
    ///
    /// # Errors
    /// The first of the reasons in [`TradeRefusal`] that a buyer can meet.
    pub fn buy(&mut self, station: usize, deal: Deal, trader: &mut Trader) -> Result<Receipt, TradeRefusal> {
        let station = self.stations.get_mut(station).ok_or(TradeRefusal::NotDocked)?;
        let (good, amount) = checked(deal)?;
        let shelf = station.shelf_mut(good);
        if shelf.stock < amount {
            return Err(TradeRefusal::NoStock);
        }
        if trader.room() < amount {
            return Err(TradeRefusal::HoldFull);
        }
        let curve = shelf.curve();
        let total: i64 =
            (shelf.stock - amount + 1..=shelf.stock).map(|stock| i64::from(curve.ask(stock))).sum();
        if total > deal.limit {
            return Err(TradeRefusal::PriceMoved);
        }
        if total > trader.credits {
            return Err(TradeRefusal::NoCredits);
        }
        shelf.turn_over(-amount);
        station.credits += total;
        trader.credits -= total;
        trader.goods[good.index()] += amount;
        Ok(Receipt { good, amount: deal.amount, total })
    }

    /// Of what was just bought there, so many units were paid for with what the buyer had been given.
    pub fn note_given(&mut self, station: usize, good: Good, units: u32) {
        if let Some(station) = self.stations.get_mut(station) {
            station.shelf_mut(good).lend(units.min(MAX_TRADE_UNITS) as i32);
        }
    }

    /// Buys from `trader` for the station. Nothing changes unless all of it can be done.
    ///
    /// # Errors
    /// The first of the reasons in [`TradeRefusal`] that a seller can meet.
    pub fn sell(&mut self, station: usize, deal: Deal, trader: &mut Trader) -> Result<Receipt, TradeRefusal> {
        let station = self.stations.get_mut(station).ok_or(TradeRefusal::NotDocked)?;
        let (good, amount) = checked(deal)?;
        if trader.goods[good.index()] < amount {
            return Err(TradeRefusal::Nothing);
        }
        let shelf = station.shelf_mut(good);
        if shelf.capacity() - shelf.stock < amount {
            return Err(TradeRefusal::StationFull);
        }
        let (curve, stock) = (shelf.curve(), shelf.sellers_stock());
        let total: i64 = (stock + 1..=stock + amount).map(|stock| i64::from(curve.bid(stock))).sum();
        if total < deal.limit {
            return Err(TradeRefusal::PriceMoved);
        }
        if trader.credits + total > MAX_CREDITS {
            return Err(TradeRefusal::PurseFull);
        }
        if total > station.credits {
            return Err(TradeRefusal::StationBroke);
        }
        station.shelf_mut(good).turn_over(amount);
        station.credits -= total;
        trader.credits += total;
        trader.goods[good.index()] -= amount;
        Ok(Receipt { good, amount: deal.amount, total })
    }

    /// Sells pieces for somebody who is at no station, each where it brings the least of all: the worst sale that any
    /// pilot could make, so nobody has a reason to sell like this. At most `units` pieces for at most `most` credits
    /// together; gives how many were sold, and for how much.
    pub fn sell_off(&mut self, good: Good, units: u16, most: i64) -> (u16, i64) {
        let (mut sold, mut total) = (0, 0);
        while sold < units {
            let offers =
                self.stations.iter_mut().map(|station| (station.shelves()[good.index()].bid(), station));
            let takes = |(bid, station): &(u32, &mut Station)| {
                let shelf = &station.shelves()[good.index()];
                let (bid, has_room) = (i64::from(*bid), shelf.stock() < shelf.capacity());
                has_room && bid <= station.credits && total + bid <= most
            };
            let worst = offers.filter(takes).min_by_key(|(bid, _)| *bid);
            let Some((bid, station)) = worst else { break };
            station.shelf_mut(good).turn_over(1);
            station.credits -= i64::from(bid);
            total += i64::from(bid);
            sold += 1;
        }
        (sold, total)
    }
}

fn checked(deal: Deal) -> Result<(Good, i32), TradeRefusal> {
    let good = Good::from_index(usize::from(deal.good)).ok_or(TradeRefusal::NoSuchGood)?;
    if !(1..=MAX_TRADE_UNITS).contains(&deal.amount) {
        return Err(TradeRefusal::Amount);
    }
    Ok((good, deal.amount as i32))
}
