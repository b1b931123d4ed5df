//! The statistics of one stay in a seat, as they were last looked at.

use crate::room::SeatStanding;
use perigee_shared::netcode::Standing;

/// What was last seen of one stay in a seat.
#[derive(Clone, Copy, Debug)]
pub(super) struct SeatStats {
    /// `None` until it is known.
    stood: Option<Standing>,
    /// Whether the room has reported for the last time.
    is_over: bool,
}

impl SeatStats {
    /// Of somebody who has just taken the seat: nothing is done there yet. Of somebody who came back to it, what was seen
    /// `earlier` goes on.
    pub(super) fn begin(earlier: Option<Self>, resumed: bool) -> Self {
        let stood = earlier.and_then(|earlier| earlier.stood);
        Self { stood: stood.or((!resumed).then(Standing::default)), is_over: false }
    }

    /// Whether the room has reported for the last time.
    pub(super) fn is_over(&self) -> bool {
        self.is_over
    }

    /// The room reports. How they stood before, if anything is another way now.
    pub(super) fn update(&mut self, seat: &SeatStanding, is_last: bool) -> Option<Standing> {
        self.is_over |= is_last;
        if self.stood == Some(seat.standing) {
            return None;
        }
        // Of a player who has done nothing yet nothing counts: they are looked at again until they have.
        let standing = seat.standing;
        Some(if seat.acted { self.stood.replace(standing).unwrap_or(standing) } else { standing })
    }

    /// The same while nobody is connected to the seat.
    pub(super) fn update_away(&mut self, seat: &SeatStanding) -> Option<Standing> {
        let before = self.stood.replace(seat.standing).unwrap_or(seat.standing);
        (before != seat.standing).then_some(before)
    }
}
