//! Names for rooms that are created at run time: readable for public ones, unguessable for private ones.

use perigee_shared::limits::MAX_ROOM_NAME_BYTES;

/// Suffixes for the name of the room that is copied.
const WORDS: [&str; 32] = [
    "amber", "basalt", "cobalt", "dune", "ember", "fjord", "garnet", "harbor", "indigo", "jade", "krypton",
    "lagoon", "marble", "nickel", "opal", "pearl", "quartz", "raven", "saffron", "teal", "umber", "violet",
    "willow", "xenon", "yarrow", "zinc", "aurora", "boreal", "comet", "delta", "equinox", "flare",
];
/// The longest word, with its dash and a three-digit number behind it.
const SUFFIX_BYTES: usize = 8 + 3;
/// Characters of a private room's name, each with 5 random bits: 100 in all.
const SECRET_CHARS: usize = 20;
const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// A free name for the `count`th room that was created, a copy of `template`.
pub(super) fn readable(template: &str, count: u64, is_taken: impl Fn(&str) -> bool) -> String {
    // Room names are ASCII.
    let stem = &template[..template.len().min(MAX_ROOM_NAME_BYTES - SUFFIX_BYTES)];
    let word = WORDS[(count % WORDS.len() as u64) as usize];
    let name = format!("{stem}-{word}");
    let numbered = (2..).map(|n| format!("{name}{n}"));
    // There are fewer rooms than three digits can number.
    std::iter::once(name.clone()).chain(numbered).find(|name| !is_taken(name)).unwrap_or_default()
}

/// A private room's name: it admits to the room, and cannot be guessed.
///
/// # Errors
/// If the operating system returns no random bytes.
pub(super) fn secret() -> Result<String, getrandom::Error> {
    let mut bytes = [0; SECRET_CHARS];
    getrandom::fill(&mut bytes)?;
    Ok(bytes.iter().map(|byte| char::from(ALPHABET[usize::from(byte % 32)])).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use perigee_shared::protocol::is_room_name;
    use std::collections::BTreeSet;

    #[test]
    fn readable_names_are_free_ones_and_can_be_names() {
        for template in ["arena", &"x".repeat(MAX_ROOM_NAME_BYTES)] {
            let mut taken = BTreeSet::new();
            for count in 0..256 {
                let name = readable(template, count, |name| taken.contains(name));
                assert!(is_room_name(&name), "{name}");
                assert!(taken.insert(name));
            }
        }
        assert_eq!(readable("arena", 0, |_| false), "arena-amber");
        assert_eq!(readable("arena", 32, |name| name == "arena-amber"), "arena-amber2");
    }

    #[test]
    fn secret_names_can_be_names_and_use_the_whole_alphabet() {
        let names: BTreeSet<String> = (0..200).map(|_| secret().unwrap()).collect();
        assert_eq!(names.len(), 200);
        assert!(names.iter().all(|name| is_room_name(name) && name.len() == SECRET_CHARS));
        let letters: BTreeSet<char> = names.iter().flat_map(|name| name.chars()).collect();
        assert_eq!(letters.len(), 32);
    }
}
