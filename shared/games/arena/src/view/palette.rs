//! The arena's colours, the same as the page's (LOOK: one palette), in two sets.
//!
//! What takes a side differs between the sets; space, fire and light do not. The safe set is made of the colours that
//! Okabe and Ito chose so that every kind of colour vision tells them apart. A test holds the page's style sheet to both.

use crate::about::ABOUT;
use perigee_shared::presentation::{Color, ColorSet};

/// Deep space, the colour behind everything.
pub(super) const SPACE: Color = Color::hex(0x07_0b_14);
/// What takes no side.
pub(super) const NEUTRAL: Color = Color::hex(0x9f_b0_c8);
/// Fire and sparks.
pub(super) const FIRE: Color = Color::hex(0xff_b3_47);
/// The arena's own light: walls, grid, engines.
pub(super) const BLUE: Color = Color::hex(0x4d_a3_ff);
/// The hottest spot of a light.
pub(super) const WHITE: Color = Color::hex(0xff_ff_ff);

/// The colours that take sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Palette {
    /// Own ship and what belongs to it.
    pub(super) own: Color,
    /// Everybody else, where nobody has friends.
    pub(super) enemy: Color,
    /// The two teams.
    pub(super) team_a: Color,
    /// See `team_a`.
    pub(super) team_b: Color,
    /// Pirates.
    pub(super) pirate: Color,
}

const STANDARD: Palette = Palette {
    own: Color::hex(0x5e_f2_c2),
    enemy: Color::hex(0xff_6b_5e),
    team_a: Color::hex(ABOUT.teams[0].colors[0]),
    team_b: Color::hex(ABOUT.teams[1].colors[0]),
    pirate: Color::hex(PIRATE[0]),
};
const SAFE: Palette = Palette {
    own: Color::hex(0x56_b4_e9),
    enemy: Color::hex(0xe6_9f_00),
    team_a: Color::hex(ABOUT.teams[0].colors[1]),
    team_b: Color::hex(ABOUT.teams[1].colors[1]),
    pirate: Color::hex(PIRATE[1]),
};

/// The same two for the page.
pub(super) const PIRATE: [u32; 2] = [0xd5_8c_ff, 0x00_b0_85];

impl Palette {
    /// The colours of that set.
    pub(super) const fn of(set: ColorSet) -> &'static Self {
        match set {
            ColorSet::Standard => &STANDARD,
            ColorSet::Safe => &SAFE,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STYLE: &str = include_str!("../../../../../assets/web/style.css");

    /// The value of `--name` in the rule that begins with `selector`.
    fn variable(selector: &str, name: &str) -> Color {
        let rule = STYLE.split(&format!("\n{selector} {{")).nth(1).unwrap_or_else(|| panic!("no {selector}"));
        let rule = rule.split('}').next().unwrap();
        let value = rule.split(&format!("--{name}:")).nth(1).unwrap_or_else(|| panic!("no --{name}: {rule}"));
        let digits = value.split(';').next().unwrap().trim().trim_start_matches('#');
        Color::hex(u32::from_str_radix(digits, 16).unwrap_or_else(|_| panic!("--{name}: {digits}")))
    }

    /// WCAG 2.1, relative luminance.
    fn luminance(color: Color) -> f64 {
        let linear = |byte: u8| {
            let c = f64::from(byte) / 255.0;
            if c <= 0.040_45 { c / 12.92 } else { libm::pow((c + 0.055) / 1.055, 2.4) }
        };
        let [r, g, b, _] = color.0;
        0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b)
    }

    fn contrast(a: Color, b: Color) -> f64 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    /// What a viewer without green cones makes of a colour (Viénot, Brettel, Mollon 1999), as linear red and blue.
    fn as_deuteranope(color: Color) -> [f64; 2] {
        let linear = |byte: u8| libm::pow(f64::from(byte) / 255.0, 2.2);
        let [r, g, b, _] = color.0;
        [0.292_75 * linear(r) + 0.707_25 * linear(g), -0.022_34 * (linear(r) - linear(g)) + linear(b)]
    }

    #[test]
    fn the_page_has_the_same_colours() {
        for (selector, palette) in [(":root", STANDARD), ("body[data-palette=safe]", SAFE)] {
            assert_eq!(variable(selector, "own"), palette.own, "{selector}");
            assert_eq!(variable(selector, "enemy"), palette.enemy, "{selector}");
            assert_eq!(variable(selector, "team-a"), palette.team_a, "{selector}");
            assert_eq!(variable(selector, "team-b"), palette.team_b, "{selector}");
        }
        assert_eq!(variable(":root", "space"), SPACE);
        assert_eq!(variable(":root", "dim"), NEUTRAL);
        assert_eq!(variable(":root", "blue"), BLUE);
    }

    #[test]
    fn all_text_has_contrast() {
        // The darkest and the brightest that text stands on.
        let panel = variable(":root", "field");
        for pirate in [STANDARD.pirate, SAFE.pirate] {
            assert!([SPACE, panel].iter().all(|&ground| contrast(pirate, ground) >= 4.5), "{pirate:?}");
        }
        for (selector, names) in [
            (":root", &["text", "dim", "own", "enemy", "enemy-text", "blue", "warn", "team-a", "team-b"][..]),
            ("body[data-palette=safe]", &["own", "enemy", "enemy-text", "blue", "warn", "team-a", "team-b"]),
        ] {
            for name in names {
                let color = variable(selector, name);
                for ground in [SPACE, panel] {
                    let ratio = contrast(color, ground);
                    assert!(ratio >= 4.5, "{selector} --{name} on {ground:?}: {ratio:.2}");
                }
            }
            let (own, on_own) = (variable(selector, "own"), variable(":root", "on-own"));
            assert!(contrast(own, on_own) >= 4.5, "words on buttons, {selector}");
        }
    }

    #[test]
    fn the_safe_set_differs_for_who_does_not_see_green() {
        let apart = |a: Color, b: Color| {
            let ([ar, ab], [br, bb]) = (as_deuteranope(a), as_deuteranope(b));
            (ar - br).abs().max((ab - bb).abs())
        };
        assert!(apart(SAFE.own, SAFE.enemy) > 0.5, "{}", apart(SAFE.own, SAFE.enemy));
        let (a, b) =
            (variable("body[data-palette=safe]", "team-a"), variable("body[data-palette=safe]", "team-b"));
        assert!(apart(a, b) > 0.3, "{}", apart(a, b));
    }
}
