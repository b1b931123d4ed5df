//! The market as bits, and back. The bits come from a file, so they are checked; what follows from the scenario (kinds,
//! tastes, targets) is not in them.

use super::price::MOODS;
use super::station::{PARTS, Shelf, Station, WORK_STEP};
use super::{Ledger, Market};
use crate::bits::{BitReader, BitWriter};
use crate::game::goods::Good;
use crate::netcode::LoadError;

/// Counters and accounts of a saved market are below this, so that no sum of them overflows.
const MAX_COUNT: u64 = 1 << 48;

impl Market {
    /// Appends the state.
    pub fn save(&self, writer: &mut BitWriter) {
        for station in &self.stations {
            writer.write_u64(station.credits as u64);
            writer.write_u64(station.carry as u64);
            writer.write(station.work as u32, 32);
            for shelf in station.shelves() {
                writer.write(shelf.stock as u32, 32);
                writer.write(shelf.mood as u32, 32);
                writer.write(shelf.carry as u32, 32);
                writer.write(shelf.traded, 32);
            }
        }
        let mut ledger = self.ledger;
        ledger.each_counter(|counter| writer.write_u64(*counter));
    }

    /// Reads what [`Self::save`] wrote into a market of the same scenario.
    ///
    /// # Errors
    /// A [`LoadError`] for what no market has.
    pub fn load(&mut self, reader: &mut BitReader<'_>) -> Result<(), LoadError> {
        for station in &mut self.stations {
            load_station(station, reader)?;
        }
        let mut failure = None;
        self.ledger.each_counter(|counter| match reader.read_u64() {
            Ok(value) if value < MAX_COUNT => *counter = value,
            Ok(_) => failure = Some(LoadError::Contradiction("a counter beyond all play")),
            Err(error) => failure = Some(error.into()),
        });
        failure.map_or(Ok(()), Err)
    }

    /// Whether the books say what there is: the stations' own, and what is `elsewhere`.
    #[must_use]
    pub fn balances(
        &self,
        goods_elsewhere: [i64; crate::game::goods::GOODS],
        credits_elsewhere: i64,
    ) -> bool {
        let Ledger { goods, money } = &self.ledger;
        let good_balances =
            |good: Good| goods[good.index()].balance() == self.stock_of(good) + goods_elsewhere[good.index()];
        Good::ALL.into_iter().all(good_balances) && money.balance() == self.credits() + credits_elsewhere
    }
}

fn load_station(station: &mut Station, reader: &mut BitReader<'_>) -> Result<(), LoadError> {
    const BROKEN: LoadError = LoadError::Contradiction("a station that cannot be");
    let one = i64::from(PARTS);
    station.credits = reader.read_u64()? as i64;
    station.carry = reader.read_u64()? as i64;
    station.work = reader.read(32)? as i32;
    let fits = (0..MAX_COUNT as i64).contains(&station.credits)
        && (1 - one..one).contains(&station.carry)
        && (0..WORK_STEP).contains(&station.work);
    if !fits {
        return Err(BROKEN);
    }
    for good in Good::ALL {
        let shelf: &mut Shelf = station.shelf_mut(good);
        shelf.stock = reader.read(32)? as i32;
        shelf.mood = reader.read(32)? as i32;
        shelf.carry = reader.read(32)? as i32;
        shelf.traded = reader.read(32)?;
        let fits = (0..=shelf.capacity()).contains(&shelf.stock)
            && (MOODS.0..=MOODS.1).contains(&shelf.mood)
            && (1 - PARTS..PARTS).contains(&shelf.carry);
        if !fits {
            return Err(BROKEN);
        }
    }
    Ok(())
}
