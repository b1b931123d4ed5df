//! Events: what happens in one tick and leaves no state.

use crate::bits::{BitError, BitReader, BitWriter};
use crate::ids::{PlayerId, Slot};
use std::convert::Infallible;
use std::fmt::Debug;

/// Which players may learn of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// Players who see this slot in this tick or saw it in their last snapshot.
    Sees(Slot),
    /// All players in the room.
    Everyone,
    /// One player: the answer to a request of theirs.
    Only(PlayerId),
}

/// Something that happened in one tick and leaves no state: a hit, an explosion.
pub trait Event: Clone + Debug + PartialEq + Send + 'static {
    /// Which players may learn of it.
    fn audience(&self) -> Audience;
    /// Writes the event in as few bits as the game can.
    fn encode(&self, writer: &mut BitWriter);
    /// Reads what [`Self::encode`] wrote.
    ///
    /// # Errors
    /// Any [`BitError`] for bits that no event has.
    fn decode(reader: &mut BitReader<'_>) -> Result<Self, BitError>;
}

/// For games without events.
impl Event for Infallible {
    fn audience(&self) -> Audience {
        match *self {}
    }

    fn encode(&self, _: &mut BitWriter) {
        match *self {}
    }

    fn decode(_: &mut BitReader<'_>) -> Result<Self, BitError> {
        Err(BitError::OutOfRange)
    }
}
