//! What of a pilot's belongings was given to them, and what they earned.
//!
//! Everybody begins with the same money, so whoever can join often enough has as much of it as they like. It is for its
//! owner to begin with and for nobody else: what was bought with it does not float when the ship is lost. To tell the two
//! apart, what goods in the hold cost is kept, and how much of money and cost together was given. Whatever is lost is
//! lost from what was earned first, and then there is less that was given.

use crate::goods::GOODS;
use crate::market::{MAX_CREDITS, Receipt};
use perigee_shared::bits::{BitError, BitReader, BitWriter};
use perigee_shared::hash::StateHasher;

/// How a pilot came by what they have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Stake {
    /// What was given, of the credits and of what goods cost together.
    given: u32,
    /// What was paid for the pieces of each good that are in the hold; nothing for what was mined or taken up.
    paid: [u32; GOODS],
}

impl Stake {
    /// Of somebody who has nothing but `given` credits.
    pub(crate) fn of_given(given: i64) -> Self {
        Self { given: given.clamp(0, MAX_CREDITS) as u32, paid: [0; GOODS] }
    }

    /// As it was written down; `None` for what no pilot has.
    pub(crate) fn from_parts(given: u32, paid: [u32; GOODS]) -> Option<Self> {
        let fits = |credits: u32| i64::from(credits) <= MAX_CREDITS;
        (fits(given) && paid.into_iter().all(fits)).then_some(Self { given, paid })
    }

    /// What was given, and what was paid for each good.
    pub(crate) fn parts(&self) -> (u32, [u32; GOODS]) {
        (self.given, self.paid)
    }

    /// Of the units that were bought with a balance of `before` credits, those that were paid for with what was given, rounded
    /// up: what was earned is spent first.
    pub(crate) fn given_units(&self, receipt: Receipt, before: i32) -> u32 {
        let earned = (i64::from(before) - i64::from(self.given)).clamp(0, receipt.total.max(0));
        let given = (receipt.total - earned).unsigned_abs();
        share(receipt.amount, given as u32, receipt.total.unsigned_abs().max(1) as u32)
    }

    /// Pieces were bought.
    pub(crate) fn bought(&mut self, receipt: Receipt) {
        let paid = &mut self.paid[receipt.good.index()];
        *paid = paid.saturating_add(u32::try_from(receipt.total).unwrap_or(u32::MAX)).min(MAX_CREDITS as u32);
    }

    /// Of `held` pieces of a good, some were sold.
    pub(crate) fn sold(&mut self, receipt: Receipt, held: u16) {
        let paid = &mut self.paid[receipt.good.index()];
        *paid -= share(*paid, receipt.amount, held.into());
    }

    /// The hold is empty now.
    pub(crate) fn lost_goods(&mut self) {
        self.paid = [0; GOODS];
    }

    /// After any change: nobody has more of what was given than they have at all.
    pub(crate) fn settle(&mut self, credits: i32) {
        let worth = self.worth(credits).clamp(0, MAX_CREDITS) as u32;
        self.given = self.given.min(worth);
    }

    /// What of credits and cost was earned.
    pub(crate) fn earned(&self, credits: i32) -> i64 {
        (self.worth(credits) - i64::from(self.given)).max(0)
    }

    fn worth(&self, credits: i32) -> i64 {
        i64::from(credits) + self.paid.iter().map(|&paid| i64::from(paid)).sum::<i64>()
    }

    /// What floats of a lost ship's `goods`: half of each, rounded up, as far as it was not bought with what was given.
    pub(crate) fn salvage_of(&self, credits: i32, goods: &[u16; GOODS]) -> [u16; GOODS] {
        let mut earned = self.earned(credits);
        let mut floats = [0; GOODS];
        for (place, (&held, &paid)) in floats.iter_mut().zip(goods.iter().zip(&self.paid)) {
            let half = held.div_ceil(2);
            let affordable =
                if paid == 0 { i64::from(half) } else { earned * i64::from(held) / i64::from(paid) };
            *place = i64::from(half).min(affordable) as u16;
            earned -= i64::from(share(paid, (*place).into(), held.into()));
        }
        floats
    }

    pub(crate) fn hash_into(&self, hasher: &mut StateHasher) {
        hasher.write_u64(u64::from(self.given));
        self.paid.into_iter().for_each(|paid| hasher.write_u64(u64::from(paid)));
    }

    pub(crate) fn save(&self, writer: &mut BitWriter) {
        writer.write(self.given, 32);
        for paid in self.paid {
            writer.write_bool(paid > 0);
            if paid > 0 {
                writer.write(paid, 32);
            }
        }
    }

    pub(crate) fn load(reader: &mut BitReader<'_>) -> Result<Self, BitError> {
        let given = reader.read(32)?;
        let mut paid = [0; GOODS];
        for place in &mut paid {
            if reader.read_bool()? {
                *place = reader.read(32)?;
            }
        }
        Self::from_parts(given, paid).ok_or(BitError::OutOfRange)
    }
}

/// The share of `paid` that `some` of `all` pieces have, rounded up.
fn share(paid: u32, some: u32, all: u32) -> u32 {
    let some = u64::from(some.min(all));
    (u64::from(paid) * some).div_ceil(u64::from(all.max(1))) as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::goods::Good;

    fn receipt(good: Good, amount: u32, total: i64) -> Receipt {
        Receipt { good, amount, total }
    }

    #[test]
    fn what_was_given_is_not_earned_by_buying_and_profit_is() {
        let mut stake = Stake::of_given(1000);
        stake.bought(receipt(Good::Tech, 4, 800));
        stake.settle(200);
        assert_eq!(stake.earned(200), 0);
        // Two of the four bring more than they cost.
        stake.sold(receipt(Good::Tech, 2, 500), 4);
        stake.settle(700);
        assert_eq!(stake.earned(700), 100);
    }

    #[test]
    fn what_was_earned_is_spent_before_what_was_given() {
        let stake = Stake::of_given(1000);
        let ten = receipt(Good::Iron, 10, 500);
        assert_eq!(
            [0, 1000, 1249, 1250, 1500, 9000].map(|balance| stake.given_units(ten, balance)),
            [10, 10, 6, 5, 0, 0]
        );
    }

    #[test]
    fn what_was_bought_floats_as_far_as_it_was_earned_and_what_was_mined_always() {
        let mut stake = Stake::of_given(1000);
        stake.bought(receipt(Good::Tech, 4, 800));
        let goods = [7, 0, 0, 0, 4];
        assert_eq!(stake.salvage_of(200, &goods), [4, 0, 0, 0, 0]);
        assert_eq!(stake.salvage_of(399, &goods), [4, 0, 0, 0, 0]);
        assert_eq!(stake.salvage_of(400, &goods), [4, 0, 0, 0, 1]);
        assert_eq!(stake.salvage_of(5000, &goods), [4, 0, 0, 0, 2]);
    }

    #[test]
    fn what_is_lost_was_earned_first_and_comes_back_as_earned() {
        let mut stake = Stake::of_given(1000);
        stake.settle(1300);
        assert_eq!(stake.earned(1300), 300);
        stake.settle(600);
        assert_eq!(stake.earned(600), 0);
        stake.settle(900);
        assert_eq!(stake.earned(900), 300, "who lost what was given works for themselves");
    }
}
