//! Who hurt a pilot's ship last, for a while: a ship that is given up meanwhile is theirs.

use crate::event::Weapon;
use crate::tuning::FIGHT_TICKS;
use perigee_shared::bits::{BitReader, BitWriter};
use perigee_shared::ids::PlayerId;
use perigee_shared::netcode::LoadError;

/// Who hurt a ship last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fight {
    pub(super) foe: PlayerId,
    pub(super) with: Weapon,
    /// Ticks until it counts as over, `1..=FIGHT_TICKS`.
    pub(super) left_ticks: u16,
}

impl Fight {
    pub(super) fn new(foe: PlayerId, with: Weapon) -> Self {
        Self { foe, with, left_ticks: FIGHT_TICKS }
    }

    pub(super) fn hash_of(fight: Option<Self>) -> u64 {
        fight.map_or(0, |Self { foe, with, left_ticks }| {
            u64::from(left_ticks) << 32 | u64::from(foe.0) << 8 | with.index() as u64
        })
    }

    pub(super) fn save(fight: Option<Self>, writer: &mut BitWriter) {
        writer.write_bool(fight.is_some());
        if let Some(Self { foe, with, left_ticks }) = fight {
            writer.write(u32::from(foe.0), PlayerId::BITS);
            writer.write(with.index() as u32, 2);
            writer.write(u32::from(left_ticks), 16);
        }
    }

    pub(super) fn load(reader: &mut BitReader<'_>) -> Result<Option<Self>, LoadError> {
        if !reader.read_bool()? {
            return Ok(None);
        }
        let foe = PlayerId(reader.read(PlayerId::BITS)? as u16);
        let with = read_weapon(reader)?;
        let left_ticks = reader.read(16)? as u16;
        let fits = (1..=FIGHT_TICKS).contains(&left_ticks);
        fits.then_some(Some(Self { foe, with, left_ticks }))
            .ok_or(LoadError::Contradiction("an endless fight"))
    }
}

/// Reads a weapon's number.
pub(super) fn read_weapon(reader: &mut BitReader<'_>) -> Result<Weapon, LoadError> {
    let index = reader.read(2)? as usize;
    Weapon::from_index(index).ok_or(LoadError::Contradiction("not a valid weapon"))
}
