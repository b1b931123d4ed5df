//! The rating of players, as quick play needs it: a number from a record, and the mean over a room.
//!
//! Pure computation on numbers, without names: only the connection that brought a rating knows whose it is.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Fights won and lost that are added to each record, so that one early win does not make a player look strong.
const PRIOR: u64 = 10;

/// Share of fights won in all fights, `0..=1000`. 500 is the middle, and the value without a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rating(u16);

impl Rating {
    /// From a record of all time.
    #[must_use]
    pub fn of(won: u64, lost: u64) -> Self {
        // A record that large has no meaning any more, but must not overflow.
        let (won, lost) = (won.min(u64::from(u32::MAX)), lost.min(u64::from(u32::MAX)));
        let permille = (won + PRIOR) * 1000 / (won + lost + 2 * PRIOR);
        Self(permille as u16)
    }

    /// The distance of two ratings: 0 if equal, at most 1000, which is reached when one wins three fights of four and
    /// the other one of four.
    #[must_use]
    pub fn gap_permille(self, other: Self) -> u16 {
        (self.0.abs_diff(other.0) * 2).min(1000)
    }
}

#[derive(Clone, Copy, Debug, Default)]
struct Sum {
    permille: u64,
    people: u64,
}

/// The people in a room together.
#[derive(Clone, Debug, Default)]
pub struct RoomRating(Arc<Mutex<Sum>>);

/// A person who counts until this is dropped.
#[derive(Debug)]
pub struct RatingShare {
    room: RoomRating,
    rating: Rating,
}

impl RoomRating {
    /// Adds a person to the mean.
    #[must_use]
    pub fn count(&self, rating: Rating) -> RatingShare {
        let mut sum = self.lock();
        sum.permille += u64::from(rating.0);
        sum.people += 1;
        drop(sum);
        RatingShare { room: self.clone(), rating }
    }

    /// The mean of those counted; `None` if there are none.
    #[must_use]
    pub fn mean(&self) -> Option<Rating> {
        let Sum { permille, people } = *self.lock();
        permille.checked_div(people).map(|mean| Rating(mean as u16))
    }

    fn lock(&self) -> MutexGuard<'_, Sum> {
        // A panic leaves them valid: they are two numbers that change together.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for RatingShare {
    fn drop(&mut self) {
        let mut sum = self.room.lock();
        sum.permille -= u64::from(self.rating.0);
        sum.people -= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rating_is_bounded_and_a_short_record_is_near_the_middle() {
        assert_eq!(Rating::of(0, 0), Rating(500));
        assert_eq!((Rating::of(1, 0), Rating::of(0, 1)), (Rating(523), Rating(476)));
        assert_eq!((Rating::of(300, 100), Rating::of(100, 300)), (Rating(738), Rating(261)));
        assert!(Rating::of(u64::MAX, 0).0 <= 1000 && Rating::of(0, u64::MAX).0 < 10);
        assert_eq!(Rating::of(3, 3).gap_permille(Rating::of(50, 50)), 0);
        assert_eq!(Rating(750).gap_permille(Rating(250)), 1000);
        assert_eq!(Rating(0).gap_permille(Rating(1000)), 1000);
        assert_eq!(Rating(500).gap_permille(Rating(600)), 200);
    }

    #[test]
    fn a_room_is_as_strong_as_those_who_are_in_it() {
        let room = RoomRating::default();
        assert_eq!(room.mean(), None);
        let strong = room.count(Rating(900));
        let weak = room.count(Rating(300));
        assert_eq!(room.mean(), Some(Rating(600)));
        drop(strong);
        assert_eq!(room.mean(), Some(Rating(300)));
        drop(weak);
        assert_eq!(room.mean(), None);
    }
}
