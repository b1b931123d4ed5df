//! Who somebody is, for longer than a connection, and what makes two names the same name.
//!
//! Knows nothing of devices, tokens and seats: the store does, which hands out the numbers of all who last.

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

/// Names a person: the same for all connections that are known to be theirs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PersonId(pub u64);

/// First number of people who are known for one visit only.
const FIRST_PASSING: u64 = 1 << 63;

impl PersonId {
    /// Somebody who is known for this visit only: the `number`th of them.
    #[must_use]
    pub fn passing(number: u64) -> Self {
        Self(number | FIRST_PASSING)
    }

    /// Whether they will be known again, so that it is worth remembering what they did.
    #[must_use]
    pub fn is_lasting(self) -> bool {
        self.0 < FIRST_PASSING
    }
}

/// What two spellings of one name have in common: compatibility forms, letter case and spaces do not count.
///
/// Look-alikes from other alphabets differ here; that they cannot be taken is for whoever grants names.
#[must_use]
pub(crate) fn fold_name(name: &str) -> String {
    fold(name).chars().filter(|c| !c.is_whitespace()).collect()
}

/// The text without its letter case and its compatibility forms, for comparisons only.
pub(crate) fn fold(text: &str) -> String {
    // Lower case may take a letter apart again, so the form is made last.
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
