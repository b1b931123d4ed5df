//! Ships that were given up in a fight since the last step. Each is settled at once, so what the pilot takes along is what
//! is left; the event waits for the next step.

use super::fight::read_weapon;
use crate::event::{ArenaEvent, Weapon};
use perigee_shared::bits::{BitReader, BitWriter};
use perigee_shared::hash::StateHasher;
use perigee_shared::ids::{PlayerId, Slot};
use perigee_shared::limits::MAX_PLAYERS;
use perigee_shared::netcode::LoadError;

/// Ships given up between two steps that there is room for without more memory.
const USUAL_FORFEITS: usize = 16;

/// A ship that was given up in a fight, and of which nobody was told yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Forfeit {
    pub(super) target: Slot,
    pub(super) victim: PlayerId,
    pub(super) by: PlayerId,
    pub(super) with: Weapon,
}

/// All of them, in order.
#[derive(Debug)]
pub(super) struct Forfeits {
    list: Vec<Forfeit>,
}

impl Forfeits {
    pub(super) fn new() -> Self {
        Self { list: Vec::with_capacity(USUAL_FORFEITS) }
    }

    /// One more; beyond one for each seat nobody is told.
    pub(super) fn add(&mut self, forfeit: Forfeit) {
        if self.list.len() < MAX_PLAYERS {
            self.list.push(forfeit);
        }
    }

    /// The seat is another's now: nobody is told of them what the one before did.
    pub(super) fn forget(&mut self, player: PlayerId) {
        self.list.retain(|forfeit| forfeit.victim != player && forfeit.by != player);
    }

    /// Says what was given up since the last step.
    pub(super) fn tell(&mut self, events: &mut Vec<ArenaEvent>) {
        let event = |Forfeit { target, victim, by, with }| ArenaEvent::Destroyed { target, victim, by, with };
        events.extend(self.list.drain(..).map(event));
    }

    pub(super) fn hash_into(&self, hasher: &mut StateHasher) {
        for Forfeit { target, victim, by, with } in &self.list {
            let pair = u64::from(victim.0) << 16 | u64::from(by.0);
            hasher.write_u64(u64::from(target.0) << 40 | pair << 8 | with.index() as u64);
        }
    }

    pub(super) fn save(&self, writer: &mut BitWriter) {
        writer.write_exp_golomb(self.list.len() as u32, 0);
        for Forfeit { target, victim, by, with } in &self.list {
            writer.write(u32::from(target.0), Slot::BITS);
            writer.write(u32::from(victim.0), PlayerId::BITS);
            writer.write(u32::from(by.0), PlayerId::BITS);
            writer.write(with.index() as u32, 2);
        }
    }

    pub(super) fn load(reader: &mut BitReader<'_>) -> Result<Self, LoadError> {
        let count = reader.read_exp_golomb(0)?;
        if count as usize > MAX_PLAYERS {
            return Err(LoadError::Contradiction("more ships given up than there are pilots"));
        }
        let mut forfeits = Self::new();
        for _ in 0..count {
            let target = Slot(reader.read(Slot::BITS)? as u16);
            let victim = PlayerId(reader.read(PlayerId::BITS)? as u16);
            let by = PlayerId(reader.read(PlayerId::BITS)? as u16);
            forfeits.add(Forfeit { target, victim, by, with: read_weapon(reader)? });
        }
        Ok(forfeits)
    }
}
