//! Pilots: who has a seat, what is counted of them, and when and where they come back.

use super::Arena;
use super::forfeit::Fight;
use crate::about::Tally;
use crate::class::{ShipClass, Team};
use crate::command::ArenaCommand;
use crate::entity::{ArenaEntity, Hold, QUANTA_PER_TURN, Ship};
use crate::estate::{Condition, Estate};
use crate::movement::heading_turns;
use crate::stake::Stake;
use crate::tuning::{PROTECTION_TICKS, RESPAWN_TICKS};
use glam::Vec2;
use perigee_shared::hash::StateHasher;
use perigee_shared::ids::{PlayerId, Slot};
use perigee_shared::netcode::{Arrival, Lag, PlayerInput, Standing};
use perigee_shared::tick::Tick;

/// One player's state beside their ship.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Pilot {
    pub(super) score: i32,
    pub(super) deaths: u32,
    pub(super) kills: u32,
    pub(super) captures: u32,
    pub(super) team: Team,
    /// Of the next ship.
    pub(super) class: ShipClass,
    /// Who came together has the same; 0 came alone.
    pub(super) party: u32,
    /// No person gives the commands.
    pub(super) driven: bool,
    pub(super) ship: Option<Slot>,
    /// Pirates have none.
    pub(super) hold: Option<Slot>,
    /// When the next ship comes, while there is none.
    pub(super) returns_at: Tick,
    /// How the next ship is, if it is not a rested one: how they left theirs.
    pub(super) next_ship: Option<Condition>,
    /// Tells them from everybody who ever was here, whatever seat they have; 0 for pirates.
    pub(super) mark: u32,
    /// How far in the past the pilot sees the others.
    pub(super) lag: Lag,
    /// What they pressed in this tick was aimed at a guess from so long ago. Set anew before it is asked: no state.
    pub(super) known_ago_ticks: u8,
    /// Whether the pilot's connection is broken.
    pub(super) absent: bool,
    /// How they came by what is in the hold.
    pub(super) stake: Stake,
    /// Who hurt the ship last, for a while.
    pub(super) fight: Option<Fight>,
    /// Whether they did anything since they came.
    pub(super) acted: bool,
    /// What kills were worth that were not worth a whole one, in parts of [`FULL_WORTH`](super::feuds::FULL_WORTH).
    pub(super) kill_parts: u8,
}

impl Pilot {
    /// How they stand, if what they own is worth `wealth`.
    pub(super) fn standing(&self, wealth: i64) -> Standing {
        let tally = Tally {
            kills: self.kills.into(),
            wealth,
            captures: self.captures.into(),
            deaths: self.deaths.into(),
        };
        Standing { score: self.score, team: self.team_number(), statistics: tally.into() }
    }

    /// 1 or 2 in one of the two teams, else 0.
    pub(super) fn team_number(&self) -> u8 {
        match self.team {
            team @ (Team::A | Team::B) => team.index() as u8,
            Team::Free | Team::Pirates => 0,
        }
    }

    pub(super) fn is_pirate(&self) -> bool {
        self.team == Team::Pirates
    }

    /// Slots that are theirs for longer than a flight: ship and hold.
    pub(super) fn reserved_slots(&self) -> usize {
        usize::from(self.ship.is_some()) + usize::from(self.hold.is_some())
    }

    pub(super) fn hash_into(&self, hasher: &mut StateHasher) {
        hasher.write_i32(self.score);
        hasher.write_u64(u64::from(self.deaths) << 32 | u64::from(self.kills));
        hasher.write_u64(u64::from(self.captures) << 32 | u64::from(self.party));
        hasher.write_u64((self.team.index() << 8 | self.class.index()) as u64);
        hasher.write_u64(u64::from(self.returns_at.0));
        for slot in [self.ship, self.hold] {
            hasher.write_i32(slot.map_or(-1, |slot| i32::from(slot.0)));
        }
        hasher.write_u64(u64::from(self.lag.0) << 2 | u64::from(self.absent) << 1 | u64::from(self.driven));
        self.stake.hash_into(hasher);
        hasher.write_u64(Fight::hash_of(self.fight));
        let parts = u64::from(self.kill_parts);
        hasher.write_u64(u64::from(self.mark) << 16 | parts << 1 | u64::from(self.acted));
        if let Some(next) = self.next_ship {
            next.hash_into(hasher);
        }
    }
}

impl Arena {
    /// Gives `player` a seat; whoever had it is gone.
    pub(super) fn seat(&mut self, player: PlayerId, tick: Tick, arrival: Arrival) {
        self.unseat(player);
        self.forget_foe(player);
        let Estate { credits, goods, stake, mark, class, ship } = self.economy.arrive(player, &arrival);
        let hold = Hold { owner: player, credits, goods };
        // Who left without a ship waits for one, as if they had stayed.
        let returns_at = if ship.is_lost() { tick.plus(RESPAWN_TICKS) } else { tick };
        let pilot = Pilot {
            class,
            stake,
            team: self.team_of_newcomer(&arrival),
            party: arrival.party,
            driven: arrival.driven,
            hold: self.table.spawn(ArenaEntity::Hold(hold)),
            returns_at,
            next_ship: Some(ship).filter(|ship| !ship.is_lost() && *ship != Condition::rested(class)),
            mark: if mark == 0 { self.new_mark(player, tick) } else { mark },
            ..Pilot::default()
        };
        self.pilots[player.index()] = Some(pilot);
        if arrival.driven {
            self.man_seat(player);
        }
    }

    /// A number that nobody had before, as far as chance goes; the match's own dice are not asked, so who comes changes
    /// nothing else.
    fn new_mark(&self, player: PlayerId, tick: Tick) -> u32 {
        let mut hasher = StateHasher::default();
        hasher.write_u64(self.rng.state());
        hasher.write_u64(u64::from(tick.0) << 16 | u64::from(player.0));
        hasher.write_u64(self.economy.market.ledger.money.granted);
        hasher.finish() as u32 | 1
    }

    /// How `player`'s ship is, or the next one.
    pub(super) fn condition(&self, player: PlayerId) -> Option<Condition> {
        let pilot = self.pilot(player)?;
        if let Some((_, ship)) = self.ship_of(player) {
            return Some(Condition::of(&ship));
        }
        let waits = pilot.returns_at.is_newer(self.table.now());
        let next = pilot.next_ship.unwrap_or(Condition::rested(pilot.class));
        Some(if waits { Condition::lost(pilot.class) } else { next })
    }

    /// Takes away all that is `player`'s: whoever has the seat next has nothing to do with it.
    pub(super) fn unseat(&mut self, player: PlayerId) {
        let Some(pilot) = self.pilots[player.index()].take() else { return };
        self.bots.retain(|bot| bot.player != player);
        self.economy.forget_orders(player);
        self.end_fights_with(player);
        if let Some(ArenaEntity::Hold(hold)) = pilot.hold.and_then(|slot| self.table.get(slot)) {
            self.economy.depart(hold);
        }
        for slot in pilot.ship.into_iter().chain(pilot.hold) {
            self.table.remove(slot);
        }
        self.remove_where(|entity| match entity {
            ArenaEntity::Shot(shot) => shot.owner == player,
            ArenaEntity::Missile(missile) => missile.owner == player,
            _ => false,
        });
    }

    /// Takes away every entity that `is_gone`.
    pub(super) fn remove_where(&mut self, is_gone: impl Fn(&ArenaEntity) -> bool) {
        let slots = &mut self.scratch.slots;
        slots.clear();
        slots.extend(self.table.iter().filter(|(_, entity)| is_gone(entity)).map(|(slot, _)| slot));
        for slot in slots.drain(..) {
            self.table.remove(slot);
        }
    }

    pub(super) fn launch_returning(&mut self, tick: Tick) {
        for seat in 0..self.pilots.len() {
            let Some(pilot) = self.pilots[seat] else { continue };
            if pilot.ship.is_some() || pilot.returns_at.is_newer(tick) {
                continue;
            }
            let at = self.free_place(pilot.team);
            let towards_centre = heading_turns(self.map.size / 2.0 - at);
            let angle = (towards_centre * QUANTA_PER_TURN) as u32 as u16;
            let fresh = Ship::fresh(PlayerId(seat as u16), pilot.class, pilot.team, at, angle);
            let mut ship = Ship { protection: PROTECTION_TICKS, ..fresh };
            if let Some(next) = pilot.next_ship {
                next.wear(&mut ship);
            }
            let slot = self.table.spawn(ArenaEntity::Ship(ship));
            if let (Some(slot), Some(pilot)) = (slot, self.pilots[seat].as_mut()) {
                (pilot.ship, pilot.next_ship) = (Some(slot), None);
            }
        }
    }

    /// A place clear of rocks and, of a few tried, the farthest from other ships; a team's lies on its side.
    fn free_place(&mut self, team: Team) -> Vec2 {
        let margin = Vec2::splat(80.0);
        let span = self.map.size - margin * 2.0;
        let (from, share) = match team {
            Team::A => (0.0, 0.25),
            Team::B => (0.75, 0.25),
            Team::Free | Team::Pirates => (0.0, 1.0),
        };
        let mut best = (f32::MIN, margin + Vec2::new(from + share / 2.0, 0.5) * span);
        for _ in 0..8 {
            let at = margin + Vec2::new(from + share * self.rng.unit(), self.rng.unit()) * span;
            if self.map.near(at).any(|rock| rock.centre.distance(at) < rock.radius_units + 40.0) {
                continue;
            }
            let mut nearest = 400.0f32 * 400.0;
            self.ships.near(at, 400.0, |_, distance_squared| nearest = nearest.min(distance_squared));
            if nearest > best.0 {
                best = (nearest, at);
            }
        }
        best.1
    }

    pub(super) fn take_commands(&mut self, inputs: &[PlayerInput<ArenaCommand>]) {
        for input in inputs {
            let Some(pilot) = self.pilots[input.player.index()].as_mut() else { continue };
            (pilot.lag, pilot.known_ago_ticks) = (input.lag, input.known_ago_ticks);
            let Some(ship) = pilot.ship.and_then(|slot| self.ship_mut(slot)) else { continue };
            ship.command = input.command;
            // A tap of a trigger whose command came late is fired now.
            if let Some(pressed) = input.pressed {
                ship.command.fire |= pressed.fire;
                ship.command.missile |= pressed.missile;
            }
        }
    }

    /// Those who are away are safe, unless somebody is fighting with them: a broken line is no way out of a fight.
    /// Protection runs out by itself and is renewed now and then: one misprediction in three seconds.
    pub(super) fn protect_the_absent(&mut self) {
        if !self.protect_absent {
            return;
        }
        let is_safe = |pilot: &&Pilot| pilot.absent && pilot.fight.is_none();
        for pilot in self.pilots.iter().flatten().filter(is_safe) {
            if let Some(ArenaEntity::Ship(ship)) = pilot.ship.and_then(|slot| self.table.get_mut(slot))
                && ship.protection <= 1
            {
                ship.protection = PROTECTION_TICKS;
            }
        }
    }
}
