//! Text that players show each other: names, lines of chat, messages of an admin. All of it is cleaned here in the same
//! way, of characters that hide, reorder or overdraw text.
//!
//! - `invisible`: which characters are invisible
//! - `skeleton`: which names look alike
//! - `reserved`: names that no player may have, because they suggest the server, or belong to the game
//!
//! The form is NFC and not NFKC: players see what they typed (`x²`, `½`), and one character cannot grow into eighteen.
//! Comparisons use [`fold`](crate::person). Markup is not handled here: pages show a text as plain text. Names of rooms
//! and parties are words of ASCII, and need no cleaning.

mod invisible;
pub(crate) mod reserved;
pub(crate) mod skeleton;

use icu_properties::props::{
    CanonicalCombiningClass, Emoji, EmojiModifier, ExtendedPictographic, GeneralCategory, JoiningType,
};
use icu_properties::{CodePointMapData, CodePointSetData};
use invisible::{EMOJI_STYLE, ZWJ, is_joiner, is_visible};
use perigee_shared::limits::{MAX_CHAT_CHARS, MAX_NAME_CHARS};
use thiserror::Error;
use unicode_normalization::UnicodeNormalization;

/// Longest line, bytes: a character has at most four.
pub(crate) const MAX_LINE_BYTES: usize = MAX_CHAT_CHARS * 4;
/// Longest text that is cleaned, bytes: more than a line can have, since cleaning removes characters.
pub(crate) const MAX_RAW_BYTES: usize = 2 * MAX_LINE_BYTES;
/// Most marks on one letter. Vietnamese needs two, pointed Hebrew three; many of them would overdraw the lines around.
const MAX_MARKS: usize = 4;

const KEYCAP: char = '\u{20e3}';

/// Why a text is not a valid line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(crate) enum TextError {
    /// It has no visible character.
    #[error("there is nothing to say")]
    Empty,
    /// More than [`MAX_CHAT_CHARS`].
    #[error("a line has at most {MAX_CHAT_CHARS} characters")]
    TooLong,
}

/// Cleans `raw` to a line: 1 to [`MAX_CHAT_CHARS`] characters in NFC, without controls, invisible or direction-changing
/// characters, with a bounded number of marks on a letter and single spaces between words. Cleaning a clean line
/// changes nothing.
///
/// # Errors
/// [`TextError`] if nothing or too much is left.
pub(crate) fn clean_line(raw: &str) -> Result<String, TextError> {
    clean(raw, MAX_CHAT_CHARS)
}

/// Cleans `raw` to a name, as a line; `None` if nothing, or more than [`MAX_NAME_CHARS`], is left.
#[must_use]
pub fn clean_name(raw: &str) -> Option<String> {
    clean(raw, MAX_NAME_CHARS).ok()
}

/// The word in quotes, even if it needs none.
#[must_use]
pub(crate) fn quote(word: &str) -> String {
    format!("\"{}\"", word.replace('\\', r"\\").replace('"', r#"\""#))
}

/// Cleans `raw` to at most `max_chars` characters, which must not be more than a line can have.
///
/// # Errors
/// [`TextError`] if nothing or too much is left.
pub(crate) fn clean(raw: &str, max_chars: usize) -> Result<String, TextError> {
    if raw.len() > MAX_RAW_BYTES {
        return Err(TextError::TooLong);
    }
    let mut text = pass(raw);
    // A removed character may have separated or carried others: repeat until nothing changes.
    loop {
        let again = pass(&text);
        if again == text {
            break;
        }
        text = again;
    }
    match text.chars().count() {
        0 => Err(TextError::Empty),
        count if count <= max_chars => Ok(text),
        _ => Err(TextError::TooLong),
    }
}

/// One pass of cleaning.
fn pass(raw: &str) -> String {
    let composed: Vec<char> = without_hidden(raw).into_iter().nfc().collect();
    bound_marks(&composed)
}

/// Replaces white space by spaces and removes invisible characters. Joiners stay where they join.
fn without_hidden(raw: &str) -> Vec<char> {
    let spaced = raw.chars().map(|c| if c.is_whitespace() { ' ' } else { c });
    let candidates: Vec<char> = spaced.filter(|&c| is_joiner(c) || is_visible(c)).collect();
    let mut kept: Vec<char> = Vec::with_capacity(candidates.len());
    for (at, &c) in candidates.iter().enumerate() {
        let before = kept.last().copied();
        let after = candidates.get(at + 1).copied();
        if !is_joiner(c) || before.is_some_and(|before| joins(before, c, after)) {
            kept.push(c);
        }
    }
    kept
}

/// Leaves single spaces, none at the ends, and at most [`MAX_MARKS`] marks in a row, which must follow a letter.
fn bound_marks(composed: &[char]) -> String {
    let mut line = String::with_capacity(composed.len());
    let mut marks = MAX_MARKS;
    let mut is_space_due = false;
    for &c in composed {
        if c == ' ' {
            is_space_due = !line.is_empty();
            marks = MAX_MARKS;
        } else if is_mark(c) && c != EMOJI_STYLE {
            if marks < MAX_MARKS {
                marks += 1;
                line.push(c);
            }
        } else {
            if std::mem::take(&mut is_space_due) {
                line.push(' ');
            }
            // A style or a joiner is not a letter, so the marks on the letter before it are counted on.
            marks = if is_joiner(c) { marks } else { 0 };
            line.push(c);
        }
    }
    line
}

/// Whether the joiner `c` has an effect between these two: in emoji sequences and flags, and in scripts whose letters
/// join.
fn joins(before: char, c: char, after: Option<char>) -> bool {
    match c {
        EMOJI_STYLE => is_pictogram(before) || (is_keycap_base(before) && after == Some(KEYCAP)),
        ZWJ if is_pictogram(before) || before == EMOJI_STYLE => after.is_some_and(is_pictogram),
        _ if is_virama(before) => after.is_some_and(char::is_alphabetic),
        _ => is_joining_letter(before) && after.is_some_and(is_joining_letter),
    }
}

fn is_keycap_base(c: char) -> bool {
    c.is_ascii_digit() || matches!(c, '#' | '*')
}

/// Pictograms, their skin tones, and signs that have an emoji form.
fn is_pictogram(c: char) -> bool {
    let is_emoji = CodePointSetData::new::<Emoji>().contains(c) && !c.is_ascii();
    is_emoji
        || CodePointSetData::new::<ExtendedPictographic>().contains(c)
        || CodePointSetData::new::<EmojiModifier>().contains(c)
}

/// Letters of scripts that join, and signs after which a joiner forms another letter, as in Indic scripts: there a
/// joiner changes the word, so it belongs to it (UAX #31, 2.3).
fn is_joining_letter(c: char) -> bool {
    let joining = CodePointMapData::<JoiningType>::new().get(c);
    matches!(joining, JoiningType::DualJoining | JoiningType::RightJoining | JoiningType::LeftJoining)
}

fn is_virama(c: char) -> bool {
    CodePointMapData::<CanonicalCombiningClass>::new().get(c) == CanonicalCombiningClass::Virama
}

fn is_mark(c: char) -> bool {
    use GeneralCategory::{EnclosingMark, NonspacingMark, SpacingMark};
    let category = CodePointMapData::<GeneralCategory>::new().get(c);
    matches!(category, NonspacingMark | SpacingMark | EnclosingMark)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn clean(raw: &str) -> String {
        clean_line(raw).unwrap()
    }

    #[test]
    fn usual_lines_in_many_scripts_stay_as_they_are() {
        for line in [
            "gg wp!",
            "x² costs ½ & <b>1 > 0</b> https://example.com",
            "Tiếng Việt, naïve Ωmega",
            "שָׁלוֹם עולם",
            "مرحبا بالعالم",
            "می\u{200c}خواهم",
            "क्\u{200d}ष हिन्दी",
            "สวัสดีครับ",
            "你好，世界",
            "👍🏽 👩\u{200d}👩\u{200d}👧 ❤\u{fe0f} 1\u{fe0f}\u{20e3} 🏳\u{fe0f}\u{200d}🌈 🇺🇳",
        ] {
            assert_eq!(clean(line), line);
        }
    }

    #[test]
    fn what_hides_or_reorders_is_taken_out() {
        assert_eq!(clean("a\u{202e}b\u{2066}c\u{200f}d\u{61c}e"), "abcde");
        assert_eq!(clean("p\u{200b}a\u{2060}s\u{feff}s\u{ad}w\u{200d}o\u{200c}rd\u{fe0f}"), "password");
        assert_eq!(clean("a\u{0}\u{7}\u{1b}[31mb\u{7f}\u{9b}"), "a[31mb");
        assert_eq!(clean("x\u{e0041}\u{e007f}\u{e000}\u{10ffff}\u{fffc}y"), "xy");
        assert_eq!(clean("a\u{3164}\u{115f}\u{2800}b"), "ab");
    }

    #[test]
    fn white_space_is_one_space() {
        assert_eq!(clean("  a \t\r\n b\u{a0}\u{3000}\u{2028}c\u{85} "), "a b c");
    }

    #[test]
    fn marks_are_few_and_stand_on_something() {
        let flood = format!("z{}algo", "\u{301}\u{316}".repeat(60));
        assert_eq!(clean(&flood).chars().filter(|&c| is_mark(c)).count(), MAX_MARKS);
        assert_eq!(clean("\u{301}\u{302}a"), "a");
        assert_eq!(clean("a \u{301}b"), "a b");
        // Neither a joiner nor a style restarts the count.
        let sly = format!("❤{}", format!("{}\u{fe0f}", "\u{327}".repeat(4)).repeat(20));
        assert!(clean(&sly).chars().filter(|&c| is_mark(c) && c != EMOJI_STYLE).count() <= 4);
    }

    #[test]
    fn a_name_is_something_that_can_be_seen_and_told() {
        let marks = "\u{301}".repeat(20);
        for nothing in
            ["\u{301}", &marks, "\u{e000}\u{f8ff}", "\u{378}\u{e0fff}", "\u{20dd}", "\u{fdd0}", "\u{10ffff}"]
        {
            assert_eq!(clean_name(nothing), None, "{nothing:?}");
        }
        for (raw, name) in [
            ("Ada\u{e000} Lovelace\u{378}", "Ada Lovelace"),
            ("a\u{202e}b", "ab"),
            ("שָׁלוֹם", "שָׁלוֹם"),
            ("👩\u{200d}🚀", "👩\u{200d}🚀"),
            ("\\ \"x\" ", "\\ \"x\""),
        ] {
            // In NFC, like all text.
            assert_eq!(clean_name(raw), Some(name.nfc().collect()), "{raw:?}");
        }
        assert_eq!(clean_name(&"x".repeat(MAX_NAME_CHARS)).map(|name| name.len()), Some(MAX_NAME_CHARS));
        assert_eq!(clean_name(&"x".repeat(MAX_NAME_CHARS + 1)), None);
    }

    #[test]
    fn composed_and_decomposed_spellings_are_one_text() {
        assert_eq!(clean("e\u{301}"), "\u{e9}");
        assert_eq!(clean("e\u{200b}\u{301}"), "\u{e9}");
    }

    #[test]
    fn nothing_and_too_much_are_refused() {
        for raw in ["", " \n", "\u{200b}\u{202e}", "\u{301}\u{301}", "\u{fe0f}\u{200d}"] {
            assert_eq!(clean_line(raw), Err(TextError::Empty), "{raw:?}");
        }
        assert_eq!(clean(&"😀".repeat(MAX_CHAT_CHARS)).len(), MAX_LINE_BYTES);
        assert_eq!(clean_line(&"x".repeat(MAX_CHAT_CHARS + 1)), Err(TextError::TooLong));
        assert_eq!(clean_line(&"x".repeat(200_000)), Err(TextError::TooLong));
        // Removed characters do not count.
        assert_eq!(clean(&format!("{}x", "\u{200b}".repeat(MAX_CHAT_CHARS))), "x");
    }

    proptest! {
        #[test]
        fn any_text_is_refused_or_becomes_a_clean_line(raw in any::<String>()) {
            check(&raw)?;
        }

        #[test]
        fn so_does_any_mixture_of_what_is_hard(raw in "[\u{300}-\u{310}\u{316}ae \u{200b}-\u{200f}\u{fe0f}❤👩1\u{20e3}ی]{0,80}") {
            check(&raw)?;
        }
    }

    fn check(raw: &str) -> Result<(), TestCaseError> {
        let Ok(line) = clean_line(raw) else { return Ok(()) };
        prop_assert!(line.chars().count() <= MAX_CHAT_CHARS && line.len() <= MAX_LINE_BYTES);
        prop_assert!(line.chars().all(|c| is_visible(c) || is_joiner(c)));
        prop_assert!(!line.contains("  ") && line.trim() == line && !line.is_empty());
        let again = clean_line(&line);
        prop_assert_eq!(again.as_deref(), Ok(line.as_str()));
        Ok(())
    }
}
