//! A person's identity beyond a connection, and when two names count as the same.
//!
//! It does not know devices, tokens or seats: the store does, which assigns the numbers of all people with accounts.

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

/// Identifies a person: the same for all connections that are known to be theirs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PersonId(pub u64);

/// First number of people who are known for one visit only, the guests.
const FIRST_PASSING: u64 = 1 << 63;

impl PersonId {
    /// The `number`th guest, who is known for this visit only.
    #[must_use]
    pub fn passing(number: u64) -> Self {
        Self(number | FIRST_PASSING)
    }

    /// Whether they can be recognised later, so that what they did is worth storing.
    #[must_use]
    pub fn is_lasting(self) -> bool {
        self.0 < FIRST_PASSING
    }
}

/// The common form of a name's spellings: compatibility forms, letter case and spaces do not count.
///
/// Look-alikes from other alphabets still differ; preventing those is up to the code that assigns names.
#[must_use]
pub(crate) fn fold_name(name: &str) -> String {
    fold(name).chars().filter(|c| !c.is_whitespace()).collect()
}

/// The text without letter case and compatibility forms, only for comparisons.
pub(crate) fn fold(text: &str) -> String {
    // Lower case may decompose a letter, so it is normalized last.
    text.nfkc().collect::<String>().to_lowercase().nfkc().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_name_are_one() {
        for name in ["Ada Lovelace", "ada lovelace", "ADALOVELACE", "Ａｄａ Ｌｏｖｅｌａｃｅ", "𝐀𝐝𝐚 Lovelace"]
        {
            assert_eq!(fold_name(name), "adalovelace", "{name}");
        }
        assert_eq!(fold_name("E\u{301}mile"), fold_name("\u{e9}mile"));
        assert_ne!(fold_name("Ada"), fold_name("Аda"), "a Cyrillic letter is another letter");
    }

    #[test]
    fn those_who_pass_are_not_lasting() {
        assert!(!PersonId::passing(0).is_lasting());
        assert!(PersonId(7).is_lasting());
    }
}
