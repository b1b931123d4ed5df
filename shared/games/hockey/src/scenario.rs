//! The parameters of one match: sent to each client on joining, so that both sides build the same rink.

use crate::tuning::{CORNER_RADIUS, HALF_MOUTH};
use serde::{Deserialize, Serialize};
use std::ops::RangeInclusive;

const PLAYERS_A_SIDE: RangeInclusive<u32> = 1..=4;
const PERIOD_S: RangeInclusive<u32> = 20..=600;
const PERIODS: RangeInclusive<u32> = 1..=5;
const WIDTH_UNITS: RangeInclusive<u32> = 700..=1600;
const HEIGHT_UNITS: RangeInclusive<u32> = 400..=900;

/// Most players of a team.
pub(crate) const MAX_PLAYERS_A_SIDE: usize = *PLAYERS_A_SIDE.end() as usize;
/// Longest period, seconds.
pub(crate) const MAX_PERIOD_S: u32 = *PERIOD_S.end();
/// Most periods.
pub(crate) const MAX_PERIODS: u32 = *PERIODS.end();
/// The largest rink, units.
pub(crate) const MAX_SIZE_UNITS: (i32, i32) = (*WIDTH_UNITS.end() as i32, *HEIGHT_UNITS.end() as i32);
const _: () =
    assert!(*HEIGHT_UNITS.start() as i32 / 2 >= CORNER_RADIUS + HALF_MOUTH, "a mouth ends at a corner");

/// The parameters of one match.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Scenario {
    /// Most players of a team, 1 to 4. Who comes beyond that waits for a place.
    pub players_a_side: u32,
    /// Length of a period, seconds, 20 to 600.
    pub period_s: u32,
    /// Periods of a match, 1 to 5.
    pub periods: u32,
    /// From goal line to goal line, units, 700 to 1600.
    pub width_units: u32,
    /// From board to board, units, 400 to 900.
    pub height_units: u32,
}

impl Default for Scenario {
    fn default() -> Self {
        Self { players_a_side: 4, period_s: 120, periods: 3, width_units: 1000, height_units: 560 }
    }
}

impl perigee_shared::netcode::Scenario for Scenario {
    /// Checks the ranges.
    fn check(&self) -> Result<(), String> {
        for (key, value, allowed) in [
            ("players_a_side", self.players_a_side, PLAYERS_A_SIDE),
            ("period_s", self.period_s, PERIOD_S),
            ("periods", self.periods, PERIODS),
            ("width_units", self.width_units, WIDTH_UNITS),
            ("height_units", self.height_units, HEIGHT_UNITS),
        ] {
            if !allowed.contains(&value) {
                return Err(format!("{key} = {value}: allowed are {} to {}", allowed.start(), allowed.end()));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use perigee_shared::netcode::Scenario as _;

    #[test]
    fn what_is_out_of_range_is_named_with_what_is_allowed() {
        assert_eq!(Scenario::default().check(), Ok(()));
        let wrong = |scenario: Scenario| scenario.check().unwrap_err();
        let base = Scenario::default();
        assert_eq!(
            wrong(Scenario { players_a_side: 5, ..base.clone() }),
            "players_a_side = 5: allowed are 1 to 4"
        );
        assert!(wrong(Scenario { period_s: 19, ..base.clone() }).starts_with("period_s = 19:"));
        assert!(wrong(Scenario { periods: 0, ..base.clone() }).starts_with("periods = 0:"));
        assert!(wrong(Scenario { width_units: 699, ..base.clone() }).starts_with("width_units = 699:"));
        assert!(wrong(Scenario { height_units: 901, ..base }).starts_with("height_units = 901:"));
    }
}
