//! The statistics of one sitting, as last seen.

use crate::room::SeatStanding;
use perigee_shared::netcode::Standing;

/// The last known standing of one sitting.
#[derive(Clone, Copy, Debug)]
pub(super) struct SeatStats {
    /// `None` until the first report.
    stood: Option<Standing>,
    /// Whether the room has sent its final report.
    is_over: bool,
}

impl SeatStats {
    /// For a new player in the seat: they have done nothing there yet. For one who came back to it, `earlier`
    /// continues.
    pub(super) fn begin(earlier: Option<Self>, resumed: bool) -> Self {
        let stood = earlier.and_then(|earlier| earlier.stood);
        Self { stood: stood.or((!resumed).then(Standing::default)), is_over: false }
    }

    /// Whether the room has sent its final report.
    pub(super) fn is_over(&self) -> bool {
        self.is_over
    }

    /// Takes the room's report. Returns their earlier standing if it changed.
    pub(super) fn update(&mut self, seat: &SeatStanding, is_last: bool) -> Option<Standing> {
        self.is_over |= is_last;
        if self.stood == Some(seat.standing) {
            return None;
        }
        // Until a player acts, nothing counts and nothing is remembered.
        let standing = seat.standing;
        Some(if seat.acted { self.stood.replace(standing).unwrap_or(standing) } else { standing })
    }

    /// The same while the seat has no connection.
    pub(super) fn update_away(&mut self, seat: &SeatStanding) -> Option<Standing> {
        let before = self.stood.replace(seat.standing).unwrap_or(seat.standing);
        (before != seat.standing).then_some(before)
    }
}
