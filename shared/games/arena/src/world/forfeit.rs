//! Leaving in a fight: the ship is lost to whoever hurt it last, as if they had finished it, so that leaving undoes
//! nothing. It is settled at once, so what the pilot takes along is what is left; the event waits for the next step.

use super::Arena;
use crate::entity::Phase;
use crate::event::{ArenaEvent, Weapon};
use crate::tuning::FIGHT_TICKS;
use perigee_shared::bits::{BitReader, BitWriter};
use perigee_shared::hash::StateHasher;
use perigee_shared::ids::{PlayerId, Slot};
use perigee_shared::limits::MAX_PLAYERS;
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

/// A ship that was given up in a fight, and of which nobody was told yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Forfeit {
    target: Slot,
    victim: PlayerId,
    by: PlayerId,
    with: Weapon,
}

impl Arena {
    /// One tick of what is remembered of fights.
    pub(super) fn forget_fights(&mut self) {
        for pilot in self.pilots.iter_mut().flatten() {
            if let Some(fight) = &mut pilot.fight {
                fight.left_ticks -= 1;
                pilot.fight = pilot.fight.filter(|fight| fight.left_ticks > 0);
            }
        }
    }

    /// `player` gives up the seat: a ship in a fight is lost to whoever hurt it last.
    pub(super) fn forfeit(&mut self, player: PlayerId) {
        let is_truce = self.contest().phase == Phase::Scoreboard;
        let Some(fight) = self.pilot(player).and_then(|pilot| pilot.fight).filter(|_| !is_truce) else {
            return;
        };
        let Some((target, ship)) = self.ship_of(player) else { return };
        // What the last step left there was settled in it.
        self.scratch.wrecks.clear();
        self.destroy(target, &ship, fight.foe, self.table.now());
        self.settle_wrecks();
        self.scratch.wrecks.clear();
        if self.forfeits.len() < MAX_PLAYERS {
            self.forfeits.push(Forfeit { target, victim: player, by: fight.foe, with: fight.with });
        }
    }

    /// The seat is another's now: nobody is told of them what the one before did, and no fight with that one goes on.
    pub(super) fn forget_foe(&mut self, player: PlayerId) {
        self.forfeits.retain(|forfeit| forfeit.victim != player && forfeit.by != player);
    }

    /// Nobody fights with who is gone.
    pub(super) fn end_fights_with(&mut self, player: PlayerId) {
        for pilot in self.pilots.iter_mut().flatten() {
            pilot.fight = pilot.fight.filter(|fight| fight.foe != player);
        }
    }

    /// Says what was given up since the last step.
    pub(super) fn tell_forfeits(&mut self, events: &mut Vec<ArenaEvent>) {
        events.extend(
            self.forfeits.drain(..).map(|Forfeit { target, victim, by, with }| ArenaEvent::Destroyed {
                target,
                victim,
                by,
                with,
            }),
        );
    }
}

pub(super) fn hash_forfeits(forfeits: &[Forfeit], hasher: &mut StateHasher) {
    for Forfeit { target, victim, by, with } in forfeits {
        let pair = u64::from(victim.0) << 16 | u64::from(by.0);
        hasher.write_u64(u64::from(target.0) << 40 | pair << 8 | with.index() as u64);
    }
}

pub(super) fn save_forfeits(forfeits: &[Forfeit], writer: &mut BitWriter) {
    writer.write_exp_golomb(forfeits.len() as u32, 0);
    for Forfeit { target, victim, by, with } in forfeits {
        writer.write(u32::from(target.0), Slot::BITS);
        writer.write(u32::from(victim.0), PlayerId::BITS);
        writer.write(u32::from(by.0), PlayerId::BITS);
        writer.write(with.index() as u32, 2);
    }
}

pub(super) fn load_forfeits(reader: &mut BitReader<'_>) -> Result<Vec<Forfeit>, LoadError> {
    let count = reader.read_exp_golomb(0)?;
    if count as usize > MAX_PLAYERS {
        return Err(LoadError::Contradiction("more ships given up than there are pilots"));
    }
    let mut forfeits = Vec::with_capacity(super::USUAL_FORFEITS.max(count as usize));
    for _ in 0..count {
        let target = Slot(reader.read(Slot::BITS)? as u16);
        let victim = PlayerId(reader.read(PlayerId::BITS)? as u16);
        let by = PlayerId(reader.read(PlayerId::BITS)? as u16);
        forfeits.push(Forfeit { target, victim, by, with: read_weapon(reader)? });
    }
    Ok(forfeits)
}

fn read_weapon(reader: &mut BitReader<'_>) -> Result<Weapon, LoadError> {
    let index = reader.read(2)? as usize;
    Weapon::from_index(index).ok_or(LoadError::Contradiction("not a valid weapon"))
}
