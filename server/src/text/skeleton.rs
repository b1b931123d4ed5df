//! Which names look alike: those that have a skeleton in common.
//!
//! The method is that of Unicode's UTS #39: every character is replaced by the simplest one that it is confused with
//! ("0" by "O", Cyrillic "а" by Latin "a", "m" by "rn"). In addition, case does not count, nor do spaces and similar
//! marks, nor the difference between I, l, i and 1.
//!
//! A name has up to two skeletons, because looks depend on case: "В" (Cyrillic) looks like Latin "B", but its small "в"
//! does not look like "b". The first skeleton is that of the name as written, then without case; the second that of the
//! name in small letters. So a name collides with what it looks like, and with itself in another case.

use super::invisible;
use perigee_shared::limits::MAX_NAME_CHARS;
use unicode_normalization::UnicodeNormalization;
use unicode_security::skeleton;

/// The name of a player whose requested name is invisible.
pub(crate) const NAMELESS: &str = "Player";

/// Skeletons of a name: one or two, never empty unless the name is invisible.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Skeletons(Vec<String>);

impl Skeletons {
    /// The skeletons of `name`.
    #[must_use]
    pub(crate) fn of(name: &str) -> Self {
        let plain: String = name.nfkc().collect();
        let as_written = fold(&skeleton(&plain).collect::<String>());
        let in_small = fold(&plain);
        let mut all = vec![strip(&looks(&as_written))];
        let other = strip(&looks(&in_small));
        if other != all[0] {
            all.push(other);
        }
        Self(all)
    }

    /// All skeletons.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// The skeleton of the name as written: the owner of a name has it.
    #[must_use]
    pub(crate) fn first(&self) -> &str {
        self.0.first().map_or("", String::as_str)
    }

    /// Whether the name is invisible.
    #[must_use]
    pub(crate) fn is_invisible(&self) -> bool {
        self.0.iter().all(String::is_empty)
    }
}

/// `wish` with a number behind it, cut to the length of a name.
#[must_use]
pub(crate) fn numbered(wanted: &str, number: u32) -> String {
    let suffix = format!(" {number}");
    let stem: String = wanted.chars().take(MAX_NAME_CHARS - suffix.len()).collect();
    format!("{}{suffix}", stem.trim_end())
}

/// Removes case, by way of capitals, so that letters that share a capital (s and long s, the two small sigmas) are
/// equal.
fn fold(text: &str) -> String {
    text.chars().flat_map(char::to_uppercase).flat_map(char::to_lowercase).collect()
}

fn looks(text: &str) -> String {
    skeleton(text)
        .flat_map(char::to_lowercase)
        .map(|c| if matches!(c, 'i' | 'ı' | 'l' | '1' | '|') { 'l' } else { c })
        .collect()
}

/// Removes spaces and similar marks, unless there is nothing else.
fn strip(looks: &str) -> String {
    let is_blank = |c: char| c.is_whitespace() || invisible::is_blank(c);
    let is_gap = |c: char| is_blank(c) || matches!(c, '_' | '-' | '.' | '·');
    let solid: String = looks.chars().filter(|&c| !is_gap(c)).collect();
    if solid.is_empty() { looks.chars().filter(|&c| !is_blank(c)).collect() } else { solid }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alike(a: &str, b: &str) -> bool {
        let (a, b) = (Skeletons::of(a), Skeletons::of(b));
        a.0.iter().any(|skeleton| b.0.contains(skeleton))
    }

    #[test]
    fn names_that_look_alike_meet() {
        for (a, b) in [
            ("Alice", "alice"),
            ("Alice", "ALICE"),
            // Cyrillic A; capital i for small L.
            ("Alice", "\u{410}Iice"),
            ("Alice", "A1ice"),
            ("Alice", "A|ice"),
            // Fullwidth, and mathematical.
            ("Alice", "\u{ff21}\u{ff4c}\u{ff49}\u{ff43}\u{ff45}"),
            ("Alice", "\u{1d400}\u{1d425}\u{1d422}\u{1d41c}\u{1d41e}"),
            ("Bob", "B0b"),
            // Cyrillic Ve and o.
            ("Bob", "\u{412}\u{43e}b"),
            ("Ann Lee", "AnnLee"),
            ("Ann Lee", "ann_lee"),
            ("Ann Lee", "Ann\u{3000}Lee"),
            ("Ann Lee", "Ann\u{3164}Lee"),
            ("Ann", "A\u{200d}nn"),
            ("Max", "rnax"),
            ("Max", "MAX"),
            // The same name in another case: Russian, Greek, German.
            ("\u{412}\u{43e}\u{432}\u{430}", "\u{432}\u{43e}\u{432}\u{430}"),
            ("\u{397}\u{3a1}\u{391}\u{3a3}", "\u{3b7}\u{3c1}\u{3b1}\u{3c2}"),
            ("Stra\u{df}e", "STRASSE"),
            ("\u{e9}t\u{e9}", "e\u{301}TE\u{301}"),
        ] {
            assert!(alike(a, b), "{a} {b}: {:?} {:?}", Skeletons::of(a), Skeletons::of(b));
        }
    }

    #[test]
    fn names_that_do_not_look_alike_do_not_meet() {
        for (a, b) in [
            ("Alice", "Alicia"),
            ("Nick", "Vick"),
            ("Ann", "Ann 2"),
            ("Ann 2", "Ann 3"),
            ("Bob", "Rob"),
            ("Jose", "Jos\u{e9}"),
            ("---", "..."),
            ("Vova", "\u{432}\u{43e}\u{432}\u{430}"),
            ("\u{661f}", "\u{6708}"),
        ] {
            assert!(!alike(a, b), "{a} {b}: {:?} {:?}", Skeletons::of(a), Skeletons::of(b));
        }
    }

    #[test]
    fn an_invisible_name_is_seen_as_such() {
        for name in ["\u{3164}", "\u{2800}\u{2800}", "\u{34f}", "\u{200b}"] {
            assert!(Skeletons::of(name).is_invisible(), "{name:?}: {:?}", Skeletons::of(name));
        }
        for name in ["-", "_ _", "...", "l", NAMELESS] {
            assert!(!Skeletons::of(name).is_invisible(), "{name:?}");
        }
    }

    #[test]
    fn a_numbered_name_is_still_a_name() {
        assert_eq!(numbered("Ann", 2), "Ann 2");
        let long = "n".repeat(MAX_NAME_CHARS);
        assert_eq!(numbered(&long, 123_456_789).chars().count(), MAX_NAME_CHARS);
        assert_eq!(numbered("1234567890123456 90", 77), "1234567890123456 77");
    }
}
