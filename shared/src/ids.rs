//! Newtypes for identifiers, so that one cannot be passed for another.

use serde::{Deserialize, Serialize};

/// A player's seat in a room: small, dense, reused after the player has left.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PlayerId(pub u16);

impl PlayerId {
    /// Bits of a seat's number where it is written as a plain number.
    pub const BITS: u32 = usize::BITS - (crate::limits::MAX_PLAYERS - 1).leading_zeros();

    /// The seat as an index into per-player arrays.
    #[must_use]
    pub fn index(self) -> usize {
        usize::from(self.0)
    }
}

/// An entity's place in a room's entity table. Slots are reused, but only after `limits::SLOT_QUARANTINE_TICKS`, so
/// within the range of any baseline a slot means one entity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Slot(pub u16);

impl Slot {
    /// Bits of a slot's number where it is written as a plain number.
    pub const BITS: u32 = usize::BITS - (crate::limits::MAX_ENTITIES - 1).leading_zeros();

    /// The slot as an index into the entity table.
    #[must_use]
    pub fn index(self) -> usize {
        usize::from(self.0)
    }

    /// The slot at `index`, which must be below `limits::MAX_ENTITIES`.
    #[must_use]
    pub fn from_index(index: usize) -> Self {
        assert!(index < crate::limits::MAX_ENTITIES, "slot {index} is beyond the entity table");
        Self(index as u16)
    }
}
