//! Who is hit, and whose ship is lost: what a hit takes, what a kill brings to whom, and what is settled later of it.
//!
//! Leaving in a fight is no way out of it: the ship is lost to whoever hurt it last, as if they had finished it.

use super::feuds::Feuds;
use super::fight::Fight;
use super::forfeit::{Forfeit, Forfeits};
use super::pilot::FULL_WORTH;
use super::pilots::Pilots;
use super::space::Space;
use crate::combat::{Harm, Strike, hurt};
use crate::entity::{Phase, Ship};
use crate::event::ArenaEvent;
use crate::tuning::{HULL_PER_KILL, RESPAWN_TICKS, SCORE_PER_KILL, SCORE_PER_PIRATE};
use glam::Vec2;
use perigee_shared::ids::{PlayerId, Slot};
use perigee_shared::limits::MAX_PLAYERS;
use perigee_shared::tick::Tick;

/// A ship that was lost in this tick: what was in its hold may float.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Wreck {
    /// Whose it was.
    pub(super) victim: PlayerId,
    /// Who did it.
    pub(super) by: PlayerId,
    /// Where, units.
    pub(super) at: Vec2,
    /// How fast, units/s.
    pub(super) velocity: Vec2,
    /// What it counts for whoever did it, in parts of a full kill.
    pub(super) worth: u8,
}

/// A ship that is lost to somebody.
#[derive(Clone, Copy, Debug)]
pub(super) struct Loss {
    pub(super) slot: Slot,
    pub(super) ship: Ship,
    pub(super) by: PlayerId,
    pub(super) at: Tick,
}

/// Ships that are lost, and what is remembered of who did it to whom.
#[derive(Debug)]
pub(super) struct Casualties {
    pub(super) feuds: Feuds,
    pub(super) forfeits: Forfeits,
    /// This tick's: memory, not state.
    wrecks: Vec<Wreck>,
}

impl Casualties {
    pub(super) fn new() -> Self {
        Self { feuds: Feuds::new(), forfeits: Forfeits::new(), wrecks: Vec::with_capacity(MAX_PLAYERS) }
    }

    /// What was left of ships in this tick.
    pub(super) fn wrecks(&self) -> &[Wreck] {
        &self.wrecks
    }

    /// A tick begins, or its wrecks are settled.
    pub(super) fn clear(&mut self) {
        self.wrecks.clear();
    }

    /// Carries out what was found to be met.
    pub(super) fn strike(
        &mut self,
        strikes: &[Strike],
        space: &mut Space,
        pilots: &mut Pilots,
        phase: Phase,
        events: &mut Vec<ArenaEvent>,
    ) {
        let now = space.table.now();
        for &Strike { target, by, damage, with, spent } in strikes {
            if let Some(shot) = spent {
                space.table.remove(shot);
            }
            let Some(ship) = space.ship_mut(target) else { continue };
            let harm = if phase == Phase::Scoreboard { Harm::default() } else { hurt(ship, damage) };
            let (owner, lost) = (ship.owner, (ship.hull == 0).then_some(*ship));
            let Harm { damage, pierced } = harm;
            if damage > 0 && owner != by {
                pilots.note_fight(owner, Fight::new(by, with));
            }
            events.push(ArenaEvent::Hit { target, by, damage, pierced, with });
            if let Some(ship) = lost {
                self.destroy(Loss { slot: target, ship, by, at: now }, space, pilots, phase);
                events.push(ArenaEvent::Destroyed { target, victim: ship.owner, by, with });
            }
        }
    }

    /// `player` gives up the seat: a ship in a fight is lost to whoever hurt it last. Whether one was.
    pub(super) fn give_up(
        &mut self,
        player: PlayerId,
        space: &mut Space,
        pilots: &mut Pilots,
        phase: Phase,
    ) -> bool {
        let fight = pilots.get(player).and_then(|pilot| pilot.fight);
        let Some(fight) = fight.filter(|_| phase != Phase::Scoreboard) else { return false };
        let Some((slot, ship)) = pilots.ship_of(space, player) else { return false };
        // What the last step left there was settled in it.
        self.clear();
        let Fight { foe: by, with, .. } = fight;
        self.destroy(Loss { slot, ship, by, at: space.table.now() }, space, pilots, phase);
        self.forfeits.add(Forfeit { target: slot, victim: player, by, with });
        true
    }

    /// A ship is gone, and counts for whoever did it.
    pub(super) fn destroy(&mut self, loss: Loss, space: &mut Space, pilots: &mut Pilots, phase: Phase) {
        let Loss { slot, ship, by, at: tick } = loss;
        space.table.remove(slot);
        let (at, velocity) = (ship.position.units(), ship.velocity.units());
        let worth = self.feuds.worth_of_kill(pilots, by, ship.owner, tick);
        self.wrecks.push(Wreck { victim: ship.owner, by, at, velocity, worth });
        let counts = phase == Phase::Playing;
        let mut points = SCORE_PER_KILL;
        if let Some(pilot) = pilots.get_mut(ship.owner) {
            (pilot.ship, pilot.fight) = (None, None);
            pilot.returns_at = tick.plus(RESPAWN_TICKS);
            pilot.deaths = pilot.deaths.saturating_add(u32::from(counts));
            if pilot.is_pirate() {
                points = SCORE_PER_PIRATE;
            }
        }
        let Some(killer) = pilots.get_mut(by) else { return };
        if counts {
            killer.score = killer.score.saturating_add(points * i32::from(worth) / i32::from(FULL_WORTH));
            let parts = killer.kill_parts + worth;
            killer.kills = killer.kills.saturating_add(u32::from(parts / FULL_WORTH));
            killer.kill_parts = parts % FULL_WORTH;
        }
        if let Some(ship) = killer.ship.and_then(|slot| space.ship_mut(slot)) {
            // Second accounts are no repair kits.
            let mended = u32::from(HULL_PER_KILL) * u32::from(worth) / u32::from(FULL_WORTH);
            ship.hull = ship.hull.saturating_add(mended as u8).min(ship.class.tuning().hull);
        }
    }
}
