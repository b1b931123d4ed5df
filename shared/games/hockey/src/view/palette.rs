//! The game's colours: the ice is calm and dark, what moves is light. The colours of the sides are the page's, in two sets;
//! the safe one is of Okabe and Ito's colours, which every kind of colour vision tells apart.

use crate::about::ABOUT;
use crate::entity::Team;
use perigee_shared::presentation::{Color, ColorSet};

/// The dark around the rink.
pub(super) const SPACE: Color = Color::hex(0x07_0b_14);
/// The ice.
pub(super) const ICE: Color = Color::hex(0x0e_18_29);
/// Lines on the ice, and boards.
pub(super) const LINE: Color = Color::hex(0x9f_b0_c8);
/// The brightest spot of a light, and the puck.
pub(super) const WHITE: Color = Color::hex(0xff_ff_ff);

/// The colours that take sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Palette {
    /// The ring around the own mallet.
    pub(super) own: Color,
    teams: [Color; 2],
}

/// The teams' colours of that set, as the game's table has them.
const fn teams(set: usize) -> [Color; 2] {
    let [first, second] = ABOUT.teams else { panic!("two teams") };
    [Color::hex(first.colors[set]), Color::hex(second.colors[set])]
}

const STANDARD: Palette = Palette { own: Color::hex(0x5e_f2_c2), teams: teams(0) };
const SAFE: Palette = Palette { own: Color::hex(0x56_b4_e9), teams: teams(1) };

impl Palette {
    /// The colours of that set.
    pub(super) const fn of(set: ColorSet) -> &'static Self {
        match set {
            ColorSet::Standard => &STANDARD,
            ColorSet::Safe => &SAFE,
        }
    }

    /// A team's colour.
    pub(super) fn team(&self, team: Team) -> Color {
        self.teams[team.index()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STYLE: &str = include_str!("../../../../../assets/web/style.css");

    #[test]
    fn the_page_has_the_same_colours() {
        for (selector, palette) in [(":root", STANDARD), ("body[data-palette=safe]", SAFE)] {
            let rule = STYLE.split(&format!("\n{selector} {{")).nth(1).unwrap().split('}').next().unwrap();
            let variable = |name: &str| {
                let value = rule.split(&format!("--{name}:")).nth(1).unwrap().split(';').next().unwrap();
                Color::hex(u32::from_str_radix(value.trim().trim_start_matches('#'), 16).unwrap())
            };
            assert_eq!(variable("own"), palette.own, "{selector}");
            let teams = ["team-a", "team-b"].map(variable);
            assert_eq!(teams, palette.teams, "{selector}");
        }
    }
}
