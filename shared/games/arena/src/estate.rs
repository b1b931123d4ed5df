//! A pilot's belongings as bytes: money, goods and what of them was earned, the ship as it was left, and who it is, to take
//! along from match to match.
//!
//! ```text
//! version u8: 2 | credits u32 | given u32 | for each good: pieces u16, paid u32        39 bytes, little endian
//! mark u32 | class u8 | hull u8 | shield u16 | energy u16 | rack u8                    11 bytes
//! ```
//!
//! Version 1 ends after the goods: its ship is a rested one of the usual class.
//!
//! They come back from a file, so they are checked. More pieces than any hold takes, and more hull than the class has, are no
//! error: both change with the tuning. What does not fit is sold ([`super::economy`]).

use crate::class::ShipClass;
use crate::entity::Ship;
use crate::goods::GOODS;
use crate::market::MAX_CREDITS;
use crate::stake::Stake;
use crate::tuning::{ENERGY, MISSILE_FIRST_TICKS, MISSILE_RELOAD_TICKS, START_CREDITS};
use perigee_shared::bits::{BitReader, BitWriter};
use perigee_shared::hash::StateHasher;
use perigee_shared::netcode::Belongings;
use perigee_shared::netcode::LoadError;

const VERSION: u8 = 2;
/// The version that knew nothing of ships.
const WITHOUT_SHIP: u8 = 1;
const BYTES_WITHOUT_SHIP: usize = 1 + 4 + 4 + GOODS * (2 + 4);
const BYTES: usize = BYTES_WITHOUT_SHIP + 4 + 1 + 1 + 2 + 2 + 1;
const _: () = assert!(BYTES <= perigee_shared::limits::MAX_BELONGINGS_BYTES);

/// How a ship is that somebody left, so that coming again mends nothing: what a fight took, only time or money gives back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Condition {
    /// 0 for a ship that was lost.
    pub(crate) hull: u8,
    /// Tenths of a point.
    pub(crate) shield: u16,
    /// Tenths.
    pub(crate) energy: u16,
    /// Ticks until the next missile.
    pub(crate) rack: u8,
}

impl Condition {
    /// Of a rested ship.
    pub(crate) fn rested(class: ShipClass) -> Self {
        let tuning = class.tuning();
        Self { hull: tuning.hull, shield: tuning.shield, energy: ENERGY, rack: MISSILE_FIRST_TICKS }
    }

    pub(crate) fn of(ship: &Ship) -> Self {
        Self { hull: ship.hull, shield: ship.shield, energy: ship.energy, rack: ship.rack }
    }

    /// Of who waits for another ship.
    pub(crate) fn lost(class: ShipClass) -> Self {
        Self { hull: 0, ..Self::rested(class) }
    }

    pub(crate) fn is_lost(self) -> bool {
        self.hull == 0
    }

    /// Makes a fresh ship as this one is; it is none the better for it.
    pub(crate) fn wear(self, ship: &mut Ship) {
        ship.hull = ship.hull.min(self.hull.max(1));
        ship.shield = ship.shield.min(self.shield);
        ship.energy = ship.energy.min(self.energy);
        // With the full time it would be a ship that has just launched one.
        ship.rack = ship.rack.max(self.rack).min(MISSILE_RELOAD_TICKS - 1);
    }

    pub(crate) fn hash_into(self, hasher: &mut StateHasher) {
        let (hull, shield) = (u64::from(self.hull), u64::from(self.shield));
        hasher.write_u64(hull << 40 | shield << 24 | u64::from(self.energy) << 8 | u64::from(self.rack));
    }

    pub(crate) fn save(self, writer: &mut BitWriter) {
        writer.write(self.hull.into(), 8);
        writer.write(self.shield.into(), 16);
        writer.write(self.energy.into(), 16);
        writer.write(self.rack.into(), 8);
    }

    pub(crate) fn load(reader: &mut BitReader<'_>) -> Result<Self, LoadError> {
        let (hull, shield) = (reader.read(8)? as u8, reader.read(16)? as u16);
        Ok(Self { hull, shield, energy: reader.read(16)? as u16, rack: reader.read(8)? as u8 })
    }
}

/// What a pilot owns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Estate {
    /// `0..=MAX_CREDITS`.
    pub(crate) credits: i32,
    /// Pieces of each good.
    pub(crate) goods: [u16; GOODS],
    pub(crate) stake: Stake,
    /// Tells this pilot from all others, whatever seat they have; 0 for who has none yet.
    pub(crate) mark: u32,
    pub(crate) class: ShipClass,
    pub(crate) ship: Condition,
}

impl Estate {
    /// Of somebody who has these, and a rested ship of the usual class.
    pub(crate) fn with(credits: i32, goods: [u16; GOODS], stake: Stake) -> Self {
        let class = ShipClass::default();
        Self { credits, goods, stake, mark: 0, class, ship: Condition::rested(class) }
    }

    /// Of somebody of whom older records keep only what they were worth: money, of which as much counts as given as
    /// everybody gets.
    pub(crate) fn of_wealth(wealth: i64) -> Self {
        let credits = wealth.clamp(0, MAX_CREDITS);
        Self::with(credits as i32, [0; GOODS], Stake::of_given(credits.min(START_CREDITS)))
    }

    /// As bytes. `None` never happens: they fit.
    pub(crate) fn pack(&self) -> Option<Belongings> {
        let (given, paid) = self.stake.parts();
        let mut bytes = [0; BYTES];
        let mut at = 0;
        let mut put = |part: &[u8]| {
            bytes[at..at + part.len()].copy_from_slice(part);
            at += part.len();
        };
        put(&[VERSION]);
        put(&self.credits.to_le_bytes());
        put(&given.to_le_bytes());
        for (pieces, paid) in self.goods.iter().zip(paid) {
            put(&pieces.to_le_bytes());
            put(&paid.to_le_bytes());
        }
        let Condition { hull, shield, energy, rack } = self.ship;
        put(&self.mark.to_le_bytes());
        put(&[self.class.index() as u8, hull]);
        put(&shield.to_le_bytes());
        put(&energy.to_le_bytes());
        put(&[rack]);
        Belongings::from_bytes(&bytes)
    }

    /// What [`Self::pack`] wrote, now or in its first version; `None` for what no pilot has.
    pub(crate) fn unpack(belongings: &Belongings) -> Option<Self> {
        let bytes = belongings.as_bytes();
        if !matches!((*bytes.first()?, bytes.len()), (VERSION, BYTES) | (WITHOUT_SHIP, BYTES_WITHOUT_SHIP)) {
            return None;
        }
        let (owned, ship) = bytes.split_at(BYTES_WITHOUT_SHIP);
        let (front, by_good) = owned[1..].split_at(8);
        let (credits, given) = (number(&front[..4]), number(&front[4..]));
        let (mut goods, mut paid) = ([0; GOODS], [0; GOODS]);
        for (good, bytes) in by_good.chunks_exact(6).enumerate() {
            (goods[good], paid[good]) = (number(&bytes[..2]) as u16, number(&bytes[2..]));
        }
        let is_paid_for = goods.iter().zip(paid).all(|(&pieces, paid)| pieces > 0 || paid == 0);
        if i64::from(credits) > MAX_CREDITS || !is_paid_for {
            return None;
        }
        let estate = Self::with(credits as i32, goods, Stake::from_parts(given, paid)?);
        if ship.is_empty() { Some(estate) } else { estate.with_ship(ship) }
    }

    /// The same with what version 2 adds.
    fn with_ship(self, bytes: &[u8]) -> Option<Self> {
        let (mark, ship) = bytes.split_at(4);
        let class = ShipClass::from_index(ship[0].into())?;
        let (shield, energy) = (number(&ship[2..4]) as u16, number(&ship[4..6]) as u16);
        let ship = Condition { hull: ship[1], shield, energy, rack: ship[6] };
        Some(Self { mark: number(mark), class, ship, ..self })
    }
}

/// Of up to four bytes, the least first.
fn number(bytes: &[u8]) -> u32 {
    bytes.iter().rev().fold(0, |sum, &byte| sum << 8 | u32::from(byte))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn an_estate_comes_back_as_it_went(
            credits in 0..=MAX_CREDITS as i32, given in 0..=MAX_CREDITS as u32,
            goods in proptest::array::uniform5(1u16..), paid in proptest::array::uniform5(0..=MAX_CREDITS as u32),
            mark in any::<u32>(), hull in any::<u8>(), shield in any::<u16>(),
        ) {
            let stake = Stake::from_parts(given, paid).unwrap();
            let ship = Condition { hull, shield, energy: shield / 2, rack: hull / 2 };
            let class = ShipClass::ALL[usize::from(hull) % 3];
            let estate = Estate { mark, class, ship, ..Estate::with(credits, goods, stake) };
            let packed = estate.pack().unwrap();
            prop_assert_eq!(Estate::unpack(&packed), Some(estate));
            // As it was written before.
            let mut old = packed.as_bytes()[..BYTES_WITHOUT_SHIP].to_vec();
            old[0] = WITHOUT_SHIP;
            let old = Belongings::from_bytes(&old).unwrap();
            prop_assert_eq!(Estate::unpack(&old), Some(Estate::with(credits, goods, stake)));
        }

        #[test]
        fn any_bytes_are_an_estate_or_none(noise in proptest::collection::vec(any::<u8>(), 0..65)) {
            let mut nearly = noise.clone();
            nearly.resize(BYTES, 0);
            nearly[0] = VERSION;
            for bytes in [noise, nearly] {
                let belongings = Belongings::from_bytes(&bytes).unwrap();
                if let Some(estate) = Estate::unpack(&belongings)
                    && belongings.as_bytes()[0] == VERSION
                {
                    prop_assert_eq!(estate.pack(), Some(belongings));
                }
            }
        }
    }

    #[test]
    fn what_only_its_worth_is_known_of_is_money() {
        for (wealth, credits) in [(-5, 0), (0, 0), (700, 700), (i64::MAX, MAX_CREDITS as i32)] {
            let estate = Estate::of_wealth(wealth);
            assert_eq!((estate.credits, estate.goods), (credits, [0; GOODS]));
            assert_eq!(estate.stake.earned(credits), i64::from(credits - credits.min(START_CREDITS as i32)));
        }
    }
}
