//! What happens in the arena without leaving state.

use crate::bits::{BitError, BitReader, BitWriter};
use crate::game::tuning::HULL;
use crate::ids::{PlayerId, Slot};
use crate::limits::{MAX_ENTITIES, MAX_PLAYERS};
use crate::netcode::{Audience, Event};

/// What happens in the arena without leaving state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArenaEvent {
    /// A shot met a ship.
    Hit {
        /// The ship that was hit.
        target: Slot,
        /// Who fired.
        by: PlayerId,
        /// Hull points it took; 0 when the ship is protected.
        damage: u8,
    },
    /// A ship blew up. Everybody may know: it is news.
    Destroyed {
        /// The ship's slot, for whoever saw it.
        target: Slot,
        /// Its pilot.
        victim: PlayerId,
        /// Who fired the last shot.
        by: PlayerId,
    },
}

const SLOT_BITS: u32 = MAX_ENTITIES.ilog2();
const PLAYER_BITS: u32 = MAX_PLAYERS.ilog2();
const DAMAGE_BITS: u32 = HULL.ilog2() + 1;
const _: () = assert!(1 << SLOT_BITS == MAX_ENTITIES && 1 << PLAYER_BITS == MAX_PLAYERS);

impl Event for ArenaEvent {
    fn audience(&self) -> Audience {
        match self {
            Self::Hit { target, .. } => Audience::Sees(*target),
            Self::Destroyed { .. } => Audience::Everyone,
        }
    }

    fn encode(&self, writer: &mut BitWriter) {
        match *self {
            Self::Hit { target, by, damage } => {
                writer.write_bool(false);
                writer.write(u32::from(target.0), SLOT_BITS);
                writer.write(u32::from(by.0), PLAYER_BITS);
                writer.write(u32::from(damage), DAMAGE_BITS);
            }
            Self::Destroyed { target, victim, by } => {
                writer.write_bool(true);
                writer.write(u32::from(target.0), SLOT_BITS);
                writer.write(u32::from(victim.0), PLAYER_BITS);
                writer.write(u32::from(by.0), PLAYER_BITS);
            }
        }
    }

    fn decode(reader: &mut BitReader<'_>) -> Result<Self, BitError> {
        let destroyed = reader.read_bool()?;
        let target = Slot(reader.read(SLOT_BITS)? as u16);
        let first = PlayerId(reader.read(PLAYER_BITS)? as u16);
        Ok(if destroyed {
            Self::Destroyed { target, victim: first, by: PlayerId(reader.read(PLAYER_BITS)? as u16) }
        } else {
            Self::Hit { target, by: first, damage: reader.read(DAMAGE_BITS)? as u8 }
        })
    }
}
