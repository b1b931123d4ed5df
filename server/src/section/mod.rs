//! What the sections of the configuration have in common. Each is defined beside the code that uses it, in a file
//! `section`, with its ranges and its checks; `config` composes them.
//!
//! - `sentence`: TOML's errors as sentences that name the key

mod sentence;

pub(crate) use sentence::{describe, one_line, sentence};

use std::fmt::Display;
use std::ops::RangeInclusive;

/// The range of timeouts: none can be switched off.
pub(crate) const TIMEOUT_MS: RangeInclusive<u64> = 100..=600_000;

/// A key, and what is wrong with it and what is allowed.
pub(crate) type Wrong = (String, String);

/// A number of a section: its key, how to read it, and its range.
pub(crate) type Number<T> = (&'static str, fn(&T) -> u64, RangeInclusive<u64>);

/// A part of the configuration whose numbers have fixed ranges, so that each range is defined once.
pub(crate) trait Section: Sized + 'static {
    /// Its numbers.
    const NUMBERS: &'static [Number<Self>];

    /// Checks them.
    ///
    /// # Errors
    /// The first number that is out of its range.
    fn check_numbers(&self) -> Result<(), Wrong> {
        Self::NUMBERS.iter().try_for_each(|(key, read, range)| in_range(key, &read(self), range))
    }

    /// The range of that key in words, if it is one of its numbers.
    fn allowed(key: &str) -> Option<String> {
        Self::NUMBERS.iter().find(|(name, ..)| *name == key).map(|(_, _, range)| words(range))
    }
}

/// Whether the value is in the range; NaN is in none.
pub(crate) fn in_range<T: PartialOrd + Display>(
    key: &str,
    value: &T,
    range: &RangeInclusive<T>,
) -> Result<(), Wrong> {
    if range.contains(value) {
        return Ok(());
    }
    Err((key.to_owned(), format!("{value} is not allowed: allowed are {}", words(range))))
}

/// A range in words.
pub(crate) fn words<T: Display>(range: &RangeInclusive<T>) -> String {
    format!("{} to {}", range.start(), range.end())
}
