//! The parameters of one match: sent to each client on joining, so that both sides build the same map.

use crate::grid_vec::MAX_ARENA_UNITS;
use perigee_shared::limits::MAX_NPCS;
use perigee_shared::limits::MAX_VENUES;
use serde::{Deserialize, Serialize};
use std::fmt::Display;
use std::ops::RangeInclusive;

/// Longest round, seconds.
pub(crate) const MAX_ROUND_S: u32 = 3600;
/// Most pirates in one arena.
const MAX_PIRATES: u32 = 32;
const _: () = assert!(MAX_PIRATES as usize <= MAX_NPCS);
const MAX_ASTEROIDS: u32 = 200;
/// Both sides of an arena: what is at the far wall is still on the wire's grid.
const SIDE_UNITS: RangeInclusive<f32> = 500.0..=MAX_ARENA_UNITS - 1.0;

/// Who fights whom.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Each against all.
    #[default]
    FreeForAll,
    /// Two teams, and a zone that scores for whoever holds it.
    Teams,
}

impl Mode {
    /// Its name, as configurations and lists of rooms write it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::FreeForAll => "free_for_all",
            Self::Teams => "teams",
        }
    }
}

/// The parameters of one match.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Scenario {
    /// Width of the arena, units, 500 to 4095.
    pub width_units: f32,
    /// Height of the arena, units, 500 to 4095.
    pub height_units: f32,
    /// Asteroids to scatter, 0 to 200.
    pub asteroids: u32,
    /// Which scattering.
    pub map_seed: u64,
    /// Whether a ship cannot be hurt while its pilot's connection is broken, unless it is in a fight; else it idles like any
    /// other.
    pub protect_absent: bool,
    /// Who fights whom: `free_for_all` or `teams`.
    pub mode: Mode,
    /// Length of a round, seconds, 30 to 3600.
    pub round_s: u32,
    /// Pirates, 0 to 32. They take seats above the players': see [`MAX_NPCS`].
    pub pirates: u32,
    /// Stations, 0 to 6.
    pub stations: u32,
}

impl Default for Scenario {
    fn default() -> Self {
        Self {
            width_units: 2400.0,
            height_units: 1600.0,
            asteroids: 22,
            map_seed: 11,
            protect_absent: false,
            mode: Mode::FreeForAll,
            round_s: 600,
            pirates: 3,
            stations: 3,
        }
    }
}

impl Scenario {
    /// An empty field of that size, where one long round is played by those who come: to build tests and measurements
    /// from.
    #[must_use]
    pub fn bare(width_units: f32, height_units: f32) -> Self {
        Self {
            width_units,
            height_units,
            asteroids: 0,
            map_seed: 1,
            protect_absent: false,
            mode: Mode::FreeForAll,
            round_s: MAX_ROUND_S,
            pirates: 0,
            stations: 0,
        }
    }
}

impl perigee_shared::netcode::Scenario for Scenario {
    /// Checks the ranges.
    fn check(&self) -> Result<(), String> {
        for (key, value) in [("width_units", self.width_units), ("height_units", self.height_units)] {
            in_range(key, &value, &SIDE_UNITS)?;
        }
        let counts: [(&str, u32, RangeInclusive<u32>); 4] = [
            ("asteroids", self.asteroids, 0..=MAX_ASTEROIDS),
            ("round_s", self.round_s, 30..=MAX_ROUND_S),
            ("pirates", self.pirates, 0..=MAX_PIRATES),
            ("stations", self.stations, 0..=MAX_VENUES as u32),
        ];
        for (key, value, allowed) in counts {
            in_range(key, &value, &allowed)?;
        }
        Ok(())
    }
}

/// Whether it is in the range; NaN is in none.
fn in_range<T: PartialOrd + Display>(
    key: &str,
    value: &T,
    allowed: &RangeInclusive<T>,
) -> Result<(), String> {
    if allowed.contains(value) {
        return Ok(());
    }
    Err(format!("{key} = {value}: allowed are {} to {}", allowed.start(), allowed.end()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::Arena;
    use perigee_shared::netcode::{Scenario as _, check_game};

    #[test]
    fn what_is_out_of_range_is_named() {
        assert_eq!(Scenario::default().check(), Ok(()));
        assert_eq!(Scenario::bare(500.0, 4095.0).check(), Ok(()));
        let wrong = |scenario: Scenario| scenario.check().unwrap_err();
        assert!(wrong(Scenario { round_s: 29, ..Scenario::default() }).starts_with("round_s = 29:"));
        assert!(wrong(Scenario { pirates: 33, ..Scenario::default() }).starts_with("pirates = 33:"));
        assert!(wrong(Scenario { stations: 9, ..Scenario::default() }).starts_with("stations = 9:"));
    }

    #[test]
    fn an_arena_may_be_as_large_and_as_small_as_the_sentence_says() {
        let wrong = |width_units| Scenario { width_units, ..Scenario::default() }.check().unwrap_err();
        for (width_units, told) in [(499.5, "499.5"), (4095.5, "4095.5"), (f32::NAN, "NaN")] {
            assert_eq!(wrong(width_units), format!("width_units = {told}: allowed are 500 to 4095"));
        }
        for side_units in [500.0, 4095.0] {
            let scenario =
                Scenario { width_units: side_units, height_units: side_units, ..Scenario::default() };
            assert_eq!(scenario.check(), Ok(()));
            check_game::<Arena>(&scenario).unwrap();
        }
    }
}
