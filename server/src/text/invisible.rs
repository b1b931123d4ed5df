//! Which characters are invisible: the only definition, for lines, names and their skeletons.
//!
//! Unicode's properties cover nearly all of them, so they are looked up and not copied. [`BLANK`] has the remaining
//! ones.

use icu_properties::props::{DefaultIgnorableCodePoint, GeneralCategory, PrependedConcatenationMark};
use icu_properties::{CodePointMapData, CodePointSetData};

/// ZERO WIDTH NON-JOINER and ZERO WIDTH JOINER: `Join_Control`.
const ZWNJ: char = '\u{200c}';
pub(super) const ZWJ: char = '\u{200d}';
/// VARIATION SELECTOR-16, of `Variation_Selector`: asks for the coloured form of the symbol before it.
pub(super) const EMOJI_STYLE: char = '\u{fe0f}';

/// Characters of visible categories that are blank.
const BLANK: [char; 5] = [
    // HANGUL CHOSEONG FILLER and HANGUL JUNGSEONG FILLER, `Default_Ignorable_Code_Point`: listed for skeletons, which
    // do not check that property. The two other fillers are compatibility forms of the second.
    '\u{115f}',
    '\u{1160}',
    // BRAILLE PATTERN BLANK, MUSICAL SYMBOL NULL NOTEHEAD, OBJECT REPLACEMENT CHARACTER: `General_Category` is
    // `Other_Symbol`, and no property marks them as blank.
    '\u{2800}',
    '\u{1d159}',
    '\u{fffc}',
];

/// Whether it is invisible itself, but may change its neighbours.
pub(super) fn is_joiner(c: char) -> bool {
    matches!(c, ZWJ | ZWNJ | EMOJI_STYLE)
}

/// Whether it is one of [`BLANK`].
pub(super) fn is_blank(c: char) -> bool {
    BLANK.contains(&c)
}

/// Whether it is visible: not a control, direction change, tag, blank letter, private or unassigned character.
pub(super) fn is_visible(c: char) -> bool {
    use GeneralCategory::{
        Control, Format, LineSeparator, ParagraphSeparator, PrivateUse, Surrogate, Unassigned,
    };
    let is_hidden = match CodePointMapData::<GeneralCategory>::new().get(c) {
        Control | PrivateUse | Surrogate | Unassigned | LineSeparator | ParagraphSeparator => true,
        // Format characters are invisible, except for some signs that span digits.
        Format => !CodePointSetData::new::<PrependedConcatenationMark>().contains(c),
        _ => CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c),
    };
    !is_hidden && !is_blank(c)
}

#[cfg(test)]
mod tests {
    use super::*;
    use icu_properties::props::{BidiControl, JoinControl, VariationSelector};

    #[test]
    fn nothing_that_unicode_calls_ignorable_or_a_control_is_visible() {
        let ignorable = CodePointSetData::new::<DefaultIgnorableCodePoint>();
        let (turns, joins) = (CodePointSetData::new::<BidiControl>(), CodePointSetData::new::<JoinControl>());
        for c in '\0'..=char::MAX {
            let is_hidden = ignorable.contains(c) || turns.contains(c) || joins.contains(c) || c.is_control();
            assert!(!(is_hidden && is_visible(c)), "{c:?}");
        }
    }

    #[test]
    fn a_joiner_is_a_join_control_or_a_style_and_cannot_be_seen() {
        let joins = CodePointSetData::new::<JoinControl>();
        let found: Vec<char> = ('\0'..=char::MAX).filter(|&c| joins.contains(c)).collect();
        assert_eq!(found, [ZWNJ, ZWJ]);
        assert!(CodePointSetData::new::<VariationSelector>().contains(EMOJI_STYLE));
        assert!([ZWNJ, ZWJ, EMOJI_STYLE].into_iter().all(|c| is_joiner(c) && !is_visible(c)));
    }

    #[test]
    fn what_is_blank_is_of_a_visible_category_and_the_signs_that_span_digits_are_seen() {
        use GeneralCategory::{OtherLetter, OtherSymbol};
        let category = CodePointMapData::<GeneralCategory>::new();
        for c in BLANK {
            assert!(!is_visible(c) && matches!(category.get(c), OtherLetter | OtherSymbol), "{c:?}");
        }
        let spans = ['\u{600}', '\u{605}', '\u{6dd}', '\u{70f}', '\u{890}', '\u{891}', '\u{8e2}'];
        assert!(spans.into_iter().chain(['\u{110bd}', '\u{110cd}']).all(is_visible));
        assert_eq!(
            ('\0'..=char::MAX)
                .filter(|&c| category.get(c) == GeneralCategory::Format && is_visible(c))
                .count(),
            13
        );
    }
}
