//! The market as bits, and back. The bits come from a file, so they are checked; what follows from the scenario (kinds,
//! tastes, targets) is not in them.

use super::price::MOODS;
use super::station::{PARTS, Shelf, Station, WORK_STEP};
use super::{Ledger, Market};
use crate::goods::Good;
use perigee_shared::bits::{BitReader, BitWriter};
use perigee_shared::netcode::LoadError;

/// Counters and accounts of a saved market are below this, so that no sum of them overflows.
const MAX_COUNT: u64 = 1 << 48;
/// What the persisted part begins with; another number, another layout.
const PERSISTED_FORMAT: u8 = 1;

impl Market {
    /// Appends the state.
    pub fn save(&self, writer: &mut BitWriter) {
        self.each_value(|value, bits| match bits {
            64 => writer.write_u64(value),
            _ => writer.write(value as u32, bits),
        });
        let mut ledger = self.ledger;
        ledger.each_counter(|counter| writer.write_u64(*counter));
        let shelves = self.stations.iter().flat_map(Station::shelves);
        shelves.for_each(|shelf| writer.write(shelf.lent as u32, 32));
    }

    /// Reads what [`Self::save`] wrote into a market of the same scenario.
    ///
    /// # Errors
    /// A [`LoadError`] for what no market has.
    pub fn load(&mut self, reader: &mut BitReader<'_>) -> Result<(), LoadError> {
        self.load_stations(reader)?;
        let mut failure = None;
        self.ledger.each_counter(|counter| match reader.read_u64() {
            Ok(value) if value < MAX_COUNT => *counter = value,
            Ok(_) => failure = Some(LoadError::Contradiction("a counter beyond all play")),
            Err(error) => failure = Some(error.into()),
        });
        failure.map_or(Ok(()), Err)?;
        for station in &mut self.stations {
            for good in Good::ALL {
                let shelf = station.shelf_mut(good);
                shelf.lent = reader.read(32)? as i32;
                if !(0..=shelf.most_lent()).contains(&shelf.lent) {
                    return Err(LoadError::Contradiction("a station that cannot be"));
                }
            }
        }
        Ok(())
    }

    /// Appends the stations alone: what outlives a match, by which all that was lent is replaced. The same bits, put so that nothing but `out` takes memory: a
    /// tick asks for this.
    pub fn save_persisted(&self, out: &mut Vec<u8>) {
        out.extend([PERSISTED_FORMAT, self.stations.len() as u8]);
        self.each_value(|value, bits| out.extend_from_slice(&value.to_le_bytes()[..bits as usize / 8]));
    }

    /// Goes on where the stations of an earlier match were, before the first tick of this one.
    ///
    /// # Errors
    /// A [`LoadError`] for bytes that are not that, or of another arena; then nothing has changed.
    pub fn load_persisted(&mut self, bytes: &[u8]) -> Result<(), LoadError> {
        let mut reader = BitReader::new(bytes);
        let told = [reader.read(8)? as u8, reader.read(8)? as u8];
        if told != [PERSISTED_FORMAT, self.stations.len() as u8] {
            return Err(LoadError::Contradiction("a market of another kind"));
        }
        let mut market = self.clone();
        market.load_stations(&mut reader)?;
        reader.end()?;
        market.reopen(self);
        *self = market;
        Ok(())
    }

    /// The books begin with what is there now instead of what was there `before`, when they began.
    fn reopen(&mut self, before: &Self) {
        let instead = |opened: u64, now: i64, was: i64| opened.saturating_add_signed(now - was);
        for good in Good::ALL {
            let (now, was) = (self.stock_of(good), before.stock_of(good));
            let book = self.ledger.of(good);
            book.opened = instead(book.opened, now, was);
        }
        let (now, was) = (self.credits(), before.credits());
        self.ledger.money.opened = instead(self.ledger.money.opened, now, was);
    }

    /// Shows each value of the stations to `put`, in a fixed order, with its bits: 32 or 64.
    fn each_value(&self, mut put: impl FnMut(u64, u32)) {
        for station in &self.stations {
            put(station.credits as u64, 64);
            put(station.carry as u64, 64);
            put(station.work as u64, 32);
            for shelf in station.shelves() {
                for value in [shelf.stock, shelf.mood, shelf.carry, shelf.traded as i32] {
                    put(u64::from(value as u32), 32);
                }
            }
        }
    }

    fn load_stations(&mut self, reader: &mut BitReader<'_>) -> Result<(), LoadError> {
        self.stations.iter_mut().try_for_each(|station| load_station(station, reader))
    }

    /// Whether the books say what there is: the stations' own, and what is `elsewhere`.
    #[must_use]
    pub fn balances(&self, goods_elsewhere: [i64; crate::goods::GOODS], credits_elsewhere: i64) -> bool {
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
