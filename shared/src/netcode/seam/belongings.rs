//! A player's belongings as bytes that the game wrote: the netcode, the server and the store carry them unread.
//!
//! The game writes them when a player leaves and reads them when the player returns. Nothing converts them in between:
//! code that summed them up, priced them or kept only a part would create or destroy value.

use crate::ids::PlayerId;
use crate::limits::MAX_BELONGINGS_BYTES;
use crate::netcode::seam::standing::Standing;
use std::fmt;

/// A player's belongings, opaque to all code but the game's. At most [`MAX_BELONGINGS_BYTES`].
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Belongings {
    length: u8,
    /// 0 beyond the length, so that equal belongings are equal.
    bytes: [u8; MAX_BELONGINGS_BYTES],
}

const _: () = assert!(MAX_BELONGINGS_BYTES <= u8::MAX as usize);

impl Belongings {
    /// Wraps these bytes; `None` for more than [`MAX_BELONGINGS_BYTES`].
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

/// What a simulation reports of a player when they leave.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LastWord {
    /// Their standing, after all costs of leaving.
    pub standing: Standing,
    /// What they take along; `None` in a game without belongings.
    pub belongings: Option<Belongings>,
}

/// A seat that was freed: the player left, was removed, did not come back in time, or lost the seat to another player.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Departure {
    /// Which seat. Another player may already sit there.
    pub player: PlayerId,
    /// Their standing.
    pub standing: Standing,
    /// What they took along.
    pub belongings: Option<Belongings>,
    /// Whether the game received any input from that seat.
    pub acted: bool,
}

impl Default for Belongings {
    /// No bytes: a state that no game wrote.
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
