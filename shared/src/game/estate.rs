//! A pilot's belongings as bytes: money, goods and what of them was earned, to take along from match to match.
//!
//! ```text
//! version u8: 1 | credits u32 | given u32 | for each good: pieces u16, paid u32        39 bytes, little endian
//! ```
//!
//! They come back from a file, so they are checked. More pieces than any hold takes are no error: holds change with the
//! tuning, and what does not fit is sold ([`super::economy`]).

use crate::game::goods::GOODS;
use crate::game::market::MAX_CREDITS;
use crate::game::stake::Stake;
use crate::game::tuning::START_CREDITS;
use crate::netcode::Belongings;

const VERSION: u8 = 1;
const BYTES: usize = 1 + 4 + 4 + GOODS * (2 + 4);
const _: () = assert!(BYTES <= crate::limits::MAX_BELONGINGS_BYTES);

/// What a pilot owns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Estate {
    /// `0..=MAX_CREDITS`.
    pub(crate) credits: i32,
    /// Pieces of each good.
    pub(crate) goods: [u16; GOODS],
    pub(crate) stake: Stake,
}

impl Estate {
    /// Of somebody of whom older records keep only what they were worth: money, of which as much counts as given as
    /// everybody gets.
    pub(crate) fn of_wealth(wealth: i64) -> Self {
        let credits = wealth.clamp(0, MAX_CREDITS);
        let stake = Stake::of_given(credits.min(START_CREDITS));
        Self { credits: credits as i32, goods: [0; GOODS], stake }
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
        Belongings::from_bytes(&bytes)
    }

    /// What [`Self::pack`] wrote; `None` for what no pilot has.
    pub(crate) fn unpack(belongings: &Belongings) -> Option<Self> {
        let (&version, rest) = belongings.as_bytes().split_first()?;
        if version != VERSION || rest.len() + 1 != BYTES {
            return None;
        }
        let (front, by_good) = rest.split_at(8);
        let number = |bytes: &[u8]| bytes.iter().rev().fold(0u32, |sum, &byte| sum << 8 | u32::from(byte));
        let (credits, given) = (number(&front[..4]), number(&front[4..]));
        let (mut goods, mut paid) = ([0; GOODS], [0; GOODS]);
        for (good, bytes) in by_good.chunks_exact(6).enumerate() {
            (goods[good], paid[good]) = (number(&bytes[..2]) as u16, number(&bytes[2..]));
        }
        let is_paid_for = goods.iter().zip(paid).all(|(&pieces, paid)| pieces > 0 || paid == 0);
        if i64::from(credits) > MAX_CREDITS || !is_paid_for {
            return None;
        }
        Some(Self { credits: credits as i32, goods, stake: Stake::from_parts(given, paid)? })
    }
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
        ) {
            let stake = Stake::from_parts(given, paid).unwrap();
            let estate = Estate { credits, goods, stake };
            prop_assert_eq!(Estate::unpack(&estate.pack().unwrap()), Some(estate));
        }

        #[test]
        fn any_bytes_are_an_estate_or_none(noise in proptest::collection::vec(any::<u8>(), 0..65)) {
            let mut nearly = noise.clone();
            nearly.resize(BYTES, 0);
            nearly[0] = VERSION;
            for bytes in [noise, nearly] {
                let belongings = Belongings::from_bytes(&bytes).unwrap();
                if let Some(estate) = Estate::unpack(&belongings) {
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
