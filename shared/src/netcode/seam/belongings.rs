//! What a player owns, as the game itself wrote it: the netcode, the server and the store carry it and cannot read it.
//!
//! The game writes it when somebody leaves and reads it when they come again, so nothing changes its form on the way:
//! whoever sums it up, prices it or keeps only a part of it would make value or lose some.

use crate::ids::PlayerId;
use crate::limits::MAX_BELONGINGS_BYTES;
use crate::netcode::seam::standing::Standing;
use std::fmt;

/// What a player owns, opaque to all but the game. At most [`MAX_BELONGINGS_BYTES`].
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Belongings {
    length: u8,
    /// 0 beyond the length, so that equal belongings are equal.
    bytes: [u8; MAX_BELONGINGS_BYTES],
}

const _: () = assert!(MAX_BELONGINGS_BYTES <= u8::MAX as usize);

impl Belongings {
    /// Those bytes; `None` for more than there may be.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut belongings = Self { length: bytes.len() as u8, bytes: [0; MAX_BELONGINGS_BYTES] };
        belongings.bytes.get_mut(..bytes.len())?.copy_from_slice(bytes);
        Some(belongings)
    }

    /// What the game wrote.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.length)]
    }
}

impl fmt::Debug for Belongings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Belongings").field(&self.as_bytes()).finish()
    }
}

/// What a simulation says of a player for the last time, when they leave.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LastWord {
    /// How they stand, after all that leaving costs.
    pub standing: Standing,
    /// What they take along; `None` in a game where nobody owns anything.
    pub belongings: Option<Belongings>,
}

/// A seat that was freed, however it was: the player left, was sent away, did not come back in time, or another got it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Departure {
    /// Which seat. Somebody else may sit there already.
    pub player: PlayerId,
    /// How they stood.
    pub standing: Standing,
    /// What they took along.
    pub belongings: Option<Belongings>,
    /// Whether anything was ever asked of the game from that seat.
    pub acted: bool,
}

impl Default for Belongings {
    /// Nothing that any game wrote.
    fn default() -> Self {
        Self { length: 0, bytes: [0; MAX_BELONGINGS_BYTES] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_belongings_up_to_a_bound() {
        for length in 0..=MAX_BELONGINGS_BYTES {
            let bytes = vec![7; length];
            assert_eq!(Belongings::from_bytes(&bytes).unwrap().as_bytes(), bytes);
        }
        assert_eq!(Belongings::from_bytes(&[7; MAX_BELONGINGS_BYTES + 1]), None);
        assert_eq!(Belongings::from_bytes(&[7; 300]), None, "nor where the length would wrap");
        assert_ne!(Belongings::from_bytes(&[0]), Belongings::from_bytes(&[0, 0]));
    }
}
