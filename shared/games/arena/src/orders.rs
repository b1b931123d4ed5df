//! What a pilot asks for beside flying, and what became of it. Rare and exactly once, unlike commands.

use crate::class::{ShipClass, Team};
use crate::goods::Good;
use crate::market::{Deal, MAX_TRADE_UNITS, Receipt, TradeRefusal};
use perigee_shared::bits::{BitError, BitReader, BitWriter};
use perigee_shared::limits::{MAX_GOODS, MAX_VENUES};
use perigee_shared::netcode::Order;
use thiserror::Error;

/// What a pilot asks for: trade and work at a station, or another team.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArenaOrder {
    /// To buy goods there.
    Buy {
        /// The station's index.
        station: u8,
        /// What, how much, and what it may cost.
        deal: Deal,
    },
    /// To sell goods there.
    Sell {
        /// The station's index.
        station: u8,
        /// What, how much, and what it must bring.
        deal: Deal,
    },
    /// To change into a ship of another class, at whichever station the ship is.
    Refit {
        /// Of which class.
        class: ShipClass,
    },
    /// To have the hull mended, at whichever station the ship is, as far as the money goes.
    Repair,
    /// To play for another team, at a station or while there is no ship to turn.
    JoinTeam {
        /// One of the two that play for a zone.
        team: Team,
    },
}

/// Largest limit that an order can name, credits.
pub const MAX_LIMIT: u32 = (1 << LIMIT_BITS) - 1;

const KIND_BITS: u32 = 3;
const STATION_BITS: u32 = MAX_VENUES.ilog2();
const GOOD_BITS: u32 = MAX_GOODS.ilog2();
const AMOUNT_BITS: u32 = MAX_TRADE_UNITS.ilog2() + 1;
const LIMIT_BITS: u32 = 30;
const _: () = assert!(1 << STATION_BITS == MAX_VENUES && 1 << GOOD_BITS == MAX_GOODS);
const _: () = assert!(MAX_LIMIT as i64 >= crate::market::MAX_CREDITS);

impl Order for ArenaOrder {
    fn pack(self) -> u64 {
        match self {
            Self::Buy { station, deal } => pack_deal(0, station, deal),
            Self::Sell { station, deal } => pack_deal(1, station, deal),
            Self::Refit { class } => 2 | (class.index() as u64) << KIND_BITS,
            Self::Repair => 3,
            Self::JoinTeam { team } => 4 | (team.index() as u64) << KIND_BITS,
        }
    }

    fn unpack(code: u64) -> Option<Self> {
        let kind = code & ((1 << KIND_BITS) - 1);
        let rest = code >> KIND_BITS;
        match kind {
            0 => unpack_deal(rest).map(|(station, deal)| Self::Buy { station, deal }),
            1 => unpack_deal(rest).map(|(station, deal)| Self::Sell { station, deal }),
            2 => ShipClass::from_index(usize::try_from(rest).ok()?).map(|class| Self::Refit { class }),
            3 => (rest == 0).then_some(Self::Repair),
            4 => Team::from_index(usize::try_from(rest).ok()?).map(|team| Self::JoinTeam { team }),
            _ => None,
        }
    }
}

/// What does not fit is told as the largest that does, which is refused.
fn pack_deal(kind: u64, station: u8, deal: Deal) -> u64 {
    let limit = deal.limit.clamp(0, i64::from(MAX_LIMIT)) as u64;
    let amount = u64::from(deal.amount.min((1 << AMOUNT_BITS) - 1));
    let good = u64::from(deal.good).min(MAX_GOODS as u64 - 1);
    let station = u64::from(station).min(MAX_VENUES as u64 - 1);
    (((limit << AMOUNT_BITS | amount) << GOOD_BITS | good) << STATION_BITS | station) << KIND_BITS | kind
}

fn unpack_deal(code: u64) -> Option<(u8, Deal)> {
    let mut rest = code;
    let mut take = |bits: u32| {
        let value = rest & ((1 << bits) - 1);
        rest >>= bits;
        value
    };
    let (station, good, amount) = (take(STATION_BITS) as u8, take(GOOD_BITS) as u8, take(AMOUNT_BITS) as u32);
    let limit = take(LIMIT_BITS) as i64;
    (rest == 0).then_some((station, Deal { good, amount, limit }))
}

/// Why nothing came of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum OrderRefusal {
    /// The station would not, or could not.
    #[error(transparent)]
    Trade(#[from] TradeRefusal),
    /// It is one already.
    #[error("that is the ship you have")]
    SameClass,
    /// The hull has no scratch.
    #[error("nothing to repair")]
    NothingToRepair,
    /// A missile is being loaded: a ship is changed when its rack is ready.
    #[error("not while a missile is being loaded")]
    NotReady,
    /// Everybody plays alone, or nobody plays for that team.
    #[error("there are no such teams here")]
    NoTeams,
    /// They play for it already.
    #[error("that is your team")]
    SameTeam,
    /// It would have too many more people than the other.
    #[error("that team has enough people")]
    TeamFull,
    /// The ship is in the middle of the fight.
    #[error("only at a station, or while you have no ship")]
    InFlight,
}

/// What became of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Goods were bought.
    Bought(Receipt),
    /// Goods were sold.
    Sold(Receipt),
    /// The ship is another now.
    Refitted {
        /// Of which class.
        class: ShipClass,
        /// For how much, credits.
        cost: u32,
    },
    /// The hull was mended.
    Repaired {
        /// Points.
        points: u8,
        /// For how much, credits.
        cost: u32,
    },
    /// The pilot plays for another team now.
    Joined {
        /// For which.
        team: Team,
    },
    /// Nothing changed.
    Refused(OrderRefusal),
}

const OUTCOME_KINDS: u32 = 6;
const REFUSALS: u32 = TradeRefusal::ALL.len() as u32 + PLAIN_REFUSALS.len() as u32;
const PLAIN_REFUSALS: [OrderRefusal; 7] = [
    OrderRefusal::SameClass,
    OrderRefusal::NothingToRepair,
    OrderRefusal::NotReady,
    OrderRefusal::NoTeams,
    OrderRefusal::SameTeam,
    OrderRefusal::TeamFull,
    OrderRefusal::InFlight,
];
const COST_BITS: u32 = 16;
const TOTAL_BITS: u32 = 24;
const _: () = assert!(MAX_TRADE_UNITS * crate::market::MAX_PRICE < 1 << TOTAL_BITS);

impl Outcome {
    /// What became of it, for the player who asked.
    pub(crate) fn sentence(self) -> String {
        match self {
            Self::Bought(receipt) => {
                format!("Bought {} {} for {}", receipt.amount, receipt.good.name(), receipt.total)
            }
            Self::Sold(receipt) => {
                format!("Sold {} {} for {}", receipt.amount, receipt.good.name(), receipt.total)
            }
            Self::Refitted { class, cost } => format!("You fly a {} now, for {cost}", class.tuning().name),
            Self::Repaired { points, cost } => format!("Repaired {points} points of hull for {cost}"),
            Self::Joined { team } => format!("You fly for {} now", team.title()),
            Self::Refused(why) => format!("Nothing came of it: {why}"),
        }
    }

    /// Writes it in as few bits as the game can.
    pub fn encode(&self, writer: &mut BitWriter) {
        match *self {
            Self::Bought(receipt) => write_receipt(0, receipt, writer),
            Self::Sold(receipt) => write_receipt(1, receipt, writer),
            Self::Refitted { class, cost } => {
                writer.write_below(2, OUTCOME_KINDS);
                writer.write_below(class.index() as u32, ShipClass::ALL.len() as u32);
                writer.write(cost, COST_BITS);
            }
            Self::Repaired { points, cost } => {
                writer.write_below(3, OUTCOME_KINDS);
                writer.write(u32::from(points), 8);
                writer.write(cost, COST_BITS);
            }
            Self::Refused(refusal) => {
                writer.write_below(4, OUTCOME_KINDS);
                writer.write_below(refusal_index(refusal), REFUSALS);
            }
            Self::Joined { team } => {
                writer.write_below(5, OUTCOME_KINDS);
                writer.write_below(team.index() as u32, Team::ALL.len() as u32);
            }
        }
    }

    /// Reads what [`Self::encode`] wrote.
    ///
    /// # Errors
    /// Any [`BitError`] for bits that no outcome has.
    pub fn decode(reader: &mut BitReader<'_>) -> Result<Self, BitError> {
        Ok(match reader.read_below(OUTCOME_KINDS)? {
            0 => Self::Bought(read_receipt(reader)?),
            1 => Self::Sold(read_receipt(reader)?),
            2 => {
                let class = reader.read_below(ShipClass::ALL.len() as u32)? as usize;
                let class = ShipClass::from_index(class).ok_or(BitError::OutOfRange)?;
                Self::Refitted { class, cost: reader.read(COST_BITS)? }
            }
            3 => Self::Repaired { points: reader.read(8)? as u8, cost: reader.read(COST_BITS)? },
            4 => {
                let index = reader.read_below(REFUSALS)? as usize;
                let plain = PLAIN_REFUSALS.get(index).copied();
                let trade = || TradeRefusal::ALL.get(index - PLAIN_REFUSALS.len()).copied();
                let refusal = plain.or_else(|| trade().map(OrderRefusal::Trade));
                Self::Refused(refusal.ok_or(BitError::OutOfRange)?)
            }
            _ => {
                let team = Team::from_index(reader.read_below(Team::ALL.len() as u32)? as usize);
                Self::Joined { team: team.ok_or(BitError::OutOfRange)? }
            }
        })
    }
}

fn refusal_index(refusal: OrderRefusal) -> u32 {
    match refusal {
        OrderRefusal::SameClass => 0,
        OrderRefusal::NothingToRepair => 1,
        OrderRefusal::NotReady => 2,
        OrderRefusal::NoTeams => 3,
        OrderRefusal::SameTeam => 4,
        OrderRefusal::TeamFull => 5,
        OrderRefusal::InFlight => 6,
        OrderRefusal::Trade(trade) => PLAIN_REFUSALS.len() as u32 + trade as u32,
    }
}

fn write_receipt(kind: u32, receipt: Receipt, writer: &mut BitWriter) {
    writer.write_below(kind, OUTCOME_KINDS);
    writer.write_below(receipt.good.index() as u32, Good::ALL.len() as u32);
    writer.write(receipt.amount, AMOUNT_BITS);
    writer.write(receipt.total as u32, TOTAL_BITS);
}

fn read_receipt(reader: &mut BitReader<'_>) -> Result<Receipt, BitError> {
    let good = reader.read_below(Good::ALL.len() as u32)? as usize;
    let good = Good::from_index(good).ok_or(BitError::OutOfRange)?;
    Ok(Receipt { good, amount: reader.read(AMOUNT_BITS)?, total: i64::from(reader.read(TOTAL_BITS)?) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_number_is_an_order_and_back_or_none(code in any::<u64>(), small in 0u64..1 << 48) {
            for code in [code, small] {
                if let Some(order) = ArenaOrder::unpack(code) {
                    prop_assert_eq!(order.pack(), code);
                }
            }
        }

        #[test]
        fn orders_survive_the_wire(
            station in 0..MAX_VENUES as u8, good in 0..MAX_GOODS as u8, amount in 0u32..1024, limit in 0..=i64::from(MAX_LIMIT),
        ) {
            let deal = Deal { good, amount, limit };
            for order in [ArenaOrder::Buy { station, deal }, ArenaOrder::Sell { station, deal }] {
                prop_assert_eq!(ArenaOrder::unpack(order.pack()), Some(order));
            }
        }

        #[test]
        fn any_bits_are_an_outcome_or_an_error(noise in proptest::collection::vec(any::<u8>(), 0..9)) {
            if let Ok(outcome) = Outcome::decode(&mut BitReader::new(&noise)) {
                let mut writer = BitWriter::new();
                outcome.encode(&mut writer);
                prop_assert_eq!(Outcome::decode(&mut BitReader::new(writer.finish())), Ok(outcome));
            }
        }
    }

    #[test]
    fn every_outcome_survives_the_wire() {
        let receipt = Receipt { good: Good::Tech, amount: MAX_TRADE_UNITS, total: 9_989_001 };
        let refusals = TradeRefusal::ALL.map(OrderRefusal::Trade);
        let outcomes = refusals.into_iter().chain(PLAIN_REFUSALS).map(Outcome::Refused).chain([
            Outcome::Bought(receipt),
            Outcome::Sold(receipt),
            Outcome::Refitted { class: ShipClass::Barge, cost: 900 },
            Outcome::Repaired { points: 150, cost: 450 },
            Outcome::Joined { team: Team::B },
        ]);
        for outcome in outcomes {
            let mut writer = BitWriter::new();
            outcome.encode(&mut writer);
            assert_eq!(Outcome::decode(&mut BitReader::new(writer.finish())), Ok(outcome));
        }
    }

    #[test]
    fn other_orders_have_a_number_too() {
        for class in ShipClass::ALL {
            let order = ArenaOrder::Refit { class };
            assert_eq!(ArenaOrder::unpack(order.pack()), Some(order));
        }
        for team in Team::ALL {
            let order = ArenaOrder::JoinTeam { team };
            assert_eq!(ArenaOrder::unpack(order.pack()), Some(order));
        }
        assert_eq!(ArenaOrder::unpack(ArenaOrder::Repair.pack()), Some(ArenaOrder::Repair));
        assert_eq!(ArenaOrder::unpack(3 | 1 << 40), None);
        assert_eq!(ArenaOrder::unpack(u64::MAX - 1), None);
    }
}
