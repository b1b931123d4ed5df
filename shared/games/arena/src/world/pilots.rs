//! All pilots, by seat: who flies what and owns what, and when and where they come back.

use super::fight::Fight;
use super::pilot::Pilot;
use super::space::Space;
use crate::class::Team;
use crate::command::ArenaCommand;
use crate::entity::{ArenaEntity, Hold, QUANTA_PER_TURN, Ship};
use crate::estate::{Condition, Estate};
use crate::movement::heading_turns;
use crate::tuning::{PROTECTION_TICKS, RESPAWN_TICKS};
use perigee_shared::bits::{BitReader, BitWriter};
use perigee_shared::hash::StateHasher;
use perigee_shared::ids::{PlayerId, Slot};
use perigee_shared::limits::{MAX_ENTITIES, MAX_PLAYERS};
use perigee_shared::netcode::{Arrival, LoadError, PlayerInput, Standing};
use perigee_shared::rng::Rng;
use perigee_shared::tick::Tick;

/// Slots for what must always find one: each pilot's ship and hold, and the contest.
const RESERVED_SLOTS: usize = 2 * MAX_PLAYERS + 1;
const _: () = assert!(RESERVED_SLOTS + MAX_PLAYERS < MAX_ENTITIES, "shots and crates need room as well");
/// Order of the code of how many seats are passed over between two pilots.
const GAP_ORDER: u32 = 1;

/// Who comes into a seat, and with what.
#[derive(Clone, Copy, Debug)]
pub(super) struct Newcomer {
    pub(super) player: PlayerId,
    pub(super) arrival: Arrival,
    pub(super) team: Team,
    pub(super) estate: Estate,
    /// What tells them from everybody who ever was here.
    pub(super) mark: u32,
}

/// All pilots, by seat.
#[derive(Debug)]
pub(super) struct Pilots {
    seats: Vec<Option<Pilot>>,
    /// Whether those are safe whose connection is broken.
    pub(super) protect_absent: bool,
}

impl Pilots {
    pub(super) fn new(protect_absent: bool) -> Self {
        Self { seats: vec![None; MAX_PLAYERS], protect_absent }
    }

    pub(super) fn get(&self, player: PlayerId) -> Option<&Pilot> {
        self.seats.get(player.index())?.as_ref()
    }

    pub(super) fn get_mut(&mut self, player: PlayerId) -> Option<&mut Pilot> {
        self.seats.get_mut(player.index())?.as_mut()
    }

    /// All of them, in the order of seats.
    pub(super) fn all(&self) -> impl Iterator<Item = (PlayerId, &Pilot)> + Clone {
        let seats = self.seats.iter().enumerate();
        seats.filter_map(|(seat, pilot)| Some((PlayerId(seat as u16), pilot.as_ref()?)))
    }

    /// The same, to change them.
    pub(super) fn all_mut(&mut self) -> impl Iterator<Item = (PlayerId, &mut Pilot)> {
        let seats = self.seats.iter_mut().enumerate();
        seats.filter_map(|(seat, pilot)| Some((PlayerId(seat as u16), pilot.as_mut()?)))
    }

    /// Whether `by`'s weapons concern a ship at all.
    pub(super) fn is_foe(&self, by: PlayerId, ship: &Ship) -> bool {
        let team = self.get(by).map_or_else(Default::default, |pilot| pilot.team);
        ship.owner != by && team.is_hostile_to(ship.team)
    }

    /// `player`'s ship.
    pub(super) fn ship_of(&self, space: &Space, player: PlayerId) -> Option<(Slot, Ship)> {
        let slot = self.get(player)?.ship?;
        space.ship(slot).map(|ship| (slot, *ship))
    }

    /// What `player` owns; pirates own nothing.
    pub(super) fn hold_of<'a>(&self, space: &'a Space, player: PlayerId) -> Option<&'a Hold> {
        space.hold(self.get(player)?.hold?)
    }

    /// The same, to change it.
    pub(super) fn hold_of_mut<'a>(&self, space: &'a mut Space, player: PlayerId) -> Option<&'a mut Hold> {
        space.hold_mut(self.get(player)?.hold?)
    }

    /// How many more shots, missiles and crates there may be, so that whatever must find a place still does.
    pub(super) fn spare_slots(&self, space: &Space) -> usize {
        let held = 1 + self.all().map(|(_, pilot)| pilot.reserved_slots()).sum::<usize>();
        space.table.free_slots().saturating_sub(RESERVED_SLOTS.saturating_sub(held))
    }

    /// Puts a pilot into a seat as they are.
    pub(super) fn put(&mut self, player: PlayerId, pilot: Pilot) {
        self.seats[player.index()] = Some(pilot);
    }

    /// Gives a newcomer an empty seat.
    pub(super) fn seat(&mut self, space: &mut Space, newcomer: Newcomer, tick: Tick) {
        let Newcomer { player, arrival, team, estate, mark } = newcomer;
        let Estate { credits, goods, stake, class, ship, .. } = estate;
        // Who left without a ship waits for one, as if they had stayed.
        let returns_at = if ship.is_lost() { tick.plus(RESPAWN_TICKS) } else { tick };
        let pilot = Pilot {
            class,
            stake,
            team,
            party: arrival.party,
            driven: arrival.driven,
            hold: space.table.spawn(ArenaEntity::Hold(Hold { owner: player, credits, goods })),
            returns_at,
            next_ship: Some(ship).filter(|ship| !ship.is_lost() && *ship != Condition::rested(class)),
            mark,
            ..Pilot::default()
        };
        self.put(player, pilot);
    }

    /// Takes the seat and all that is `player`'s: whoever has it next has nothing to do with it. Gives what was in the
    /// hold of whoever had it.
    pub(super) fn unseat(&mut self, space: &mut Space, player: PlayerId) -> Option<Hold> {
        let pilot = self.seats[player.index()].take()?;
        for (_, other) in self.all_mut() {
            other.fight = other.fight.filter(|fight| fight.foe != player);
        }
        let hold = pilot.hold.and_then(|slot| space.hold(slot)).copied();
        for slot in pilot.ship.into_iter().chain(pilot.hold) {
            space.table.remove(slot);
        }
        space.remove_where(|entity| match entity {
            ArenaEntity::Shot(shot) => shot.owner == player,
            ArenaEntity::Missile(missile) => missile.owner == player,
            _ => false,
        });
        hold
    }

    /// One tick of what is remembered of fights.
    pub(super) fn forget_fights(&mut self) {
        for (_, pilot) in self.all_mut() {
            if let Some(fight) = &mut pilot.fight {
                fight.left_ticks -= 1;
                pilot.fight = pilot.fight.filter(|fight| fight.left_ticks > 0);
            }
        }
    }

    /// `by` took something off `owner`'s ship.
    pub(super) fn note_fight(&mut self, owner: PlayerId, fight: Fight) {
        self.acts(fight.foe);
        if let Some(pilot) = self.get_mut(owner) {
            pilot.fight = Some(fight);
        }
    }

    /// Somebody did something that makes them known.
    pub(super) fn acts(&mut self, player: PlayerId) {
        if let Some(pilot) = self.get_mut(player) {
            pilot.acted = true;
        }
    }

    /// Those whose time has come get a ship.
    pub(super) fn launch_returning(&mut self, space: &mut Space, rng: &mut Rng, tick: Tick) {
        for (player, pilot) in self.all_mut() {
            if pilot.ship.is_some() || pilot.returns_at.is_newer(tick) {
                continue;
            }
            let at = space.free_place(pilot.team, rng);
            let towards_centre = heading_turns(space.map.size / 2.0 - at);
            let angle = (towards_centre * QUANTA_PER_TURN) as u32 as u16;
            let fresh = Ship::fresh(player, pilot.class, pilot.team, at, angle);
            let mut ship = Ship { protection: PROTECTION_TICKS, ..fresh };
            if let Some(next) = pilot.next_ship {
                next.wear(&mut ship);
            }
            if let Some(slot) = space.table.spawn(ArenaEntity::Ship(ship)) {
                (pilot.ship, pilot.next_ship) = (Some(slot), None);
            }
        }
    }

    /// A ship of another class or team is another entity: both are constant for those who see it.
    pub(super) fn exchange(&mut self, space: &mut Space, player: PlayerId, old: Slot, ship: Ship) {
        space.table.remove(old);
        let slot = space.table.spawn(ArenaEntity::Ship(ship));
        if let Some(pilot) = self.get_mut(player) {
            (pilot.ship, pilot.class) = (slot, ship.class);
        }
    }

    /// What each player asks for in this tick.
    pub(super) fn take_commands(&mut self, space: &mut Space, inputs: &[PlayerInput<ArenaCommand>]) {
        for input in inputs {
            let Some(pilot) = self.get_mut(input.player) else { continue };
            (pilot.lag, pilot.known_ago_ticks) = (input.lag, input.known_ago_ticks);
            let Some(ship) = pilot.ship.and_then(|slot| space.ship_mut(slot)) else { continue };
            ship.command = input.command;
            // A tap of a trigger whose command came late is fired now.
            if let Some(pressed) = input.pressed {
                ship.command.fire |= pressed.fire;
                ship.command.missile |= pressed.missile;
            }
        }
    }

    /// `player`'s connection is broken, or is there again.
    pub(super) fn set_absent(&mut self, space: &mut Space, player: PlayerId, absent: bool) {
        let protects = self.protect_absent;
        let Some(pilot) = self.get_mut(player) else { return };
        let is_back = std::mem::replace(&mut pilot.absent, absent) && !absent;
        // They were safe as long as they were away.
        if let Some(ship) = pilot.ship.filter(|_| is_back && protects) {
            space.ship_mut(ship).into_iter().for_each(|ship| ship.protection = 0);
        }
    }

    /// Those who are away are safe, unless somebody is fighting with them: a broken line does not end a fight.
    /// Protection runs out by itself and is renewed now and then: one misprediction in three seconds.
    pub(super) fn protect_the_absent(&self, space: &mut Space) {
        if !self.protect_absent {
            return;
        }
        for (_, pilot) in self.all().filter(|(_, pilot)| pilot.absent && pilot.fight.is_none()) {
            if let Some(ship) = pilot.ship.and_then(|slot| space.ship_mut(slot))
                && ship.protection <= 1
            {
                ship.protection = PROTECTION_TICKS;
            }
        }
    }

    /// Everybody begins anew, in a new ship, which comes in the tick after this one.
    pub(super) fn begin_round(&mut self, tick: Tick) {
        for (_, pilot) in self.all_mut() {
            (pilot.score, pilot.deaths, pilot.kills, pilot.captures) = (0, 0, 0, 0);
            (pilot.ship, pilot.fight, pilot.returns_at) = (None, None, tick.plus(1));
            pilot.next_ship = None;
        }
    }

    /// How `player`'s ship is, or the next one.
    fn condition(&self, space: &Space, player: PlayerId) -> Option<Condition> {
        let pilot = self.get(player)?;
        if let Some((_, ship)) = self.ship_of(space, player) {
            return Some(Condition::of(&ship));
        }
        let waits = pilot.returns_at.is_newer(space.table.now());
        let next = pilot.next_ship.unwrap_or(Condition::rested(pilot.class));
        Some(if waits { Condition::lost(pilot.class) } else { next })
    }

    /// What `player` owns; pirates own nothing.
    pub(super) fn estate(&self, space: &Space, player: PlayerId) -> Option<Estate> {
        let &Hold { credits, goods, .. } = self.hold_of(space, player)?;
        let &Pilot { stake, mark, class, .. } = self.get(player)?;
        Some(Estate { credits, goods, stake, mark, class, ship: self.condition(space, player)? })
    }

    /// How `player` stands.
    pub(super) fn standing(&self, space: &Space, player: PlayerId) -> Standing {
        let Some(pilot) = self.get(player) else { return Standing::default() };
        pilot.standing(self.hold_of(space, player).map_or(0, crate::economy::wealth))
    }

    pub(super) fn hash_into(&self, hasher: &mut StateHasher) {
        for (player, pilot) in self.all() {
            hasher.write_u64(player.index() as u64);
            pilot.hash_into(hasher);
        }
    }

    /// Appends all but what follows from the table.
    pub(super) fn save(&self, writer: &mut BitWriter) {
        writer.write_exp_golomb(self.all().count() as u32, 4);
        let mut next = 0;
        for (player, pilot) in self.all() {
            writer.write_exp_golomb((player.index() - next) as u32, GAP_ORDER);
            next = player.index() + 1;
            pilot.save(writer);
        }
    }

    /// Reads what [`Self::save`] wrote, into empty seats.
    ///
    /// # Errors
    /// A [`LoadError`] for what no pilots are.
    pub(super) fn load(&mut self, reader: &mut BitReader<'_>) -> Result<(), LoadError> {
        let mut next = 0;
        for _ in 0..reader.read_exp_golomb(4)? {
            let seat = (reader.read_exp_golomb(GAP_ORDER)? as usize).saturating_add(next);
            let place = self.seats.get_mut(seat).ok_or(LoadError::Contradiction("more pilots than seats"))?;
            *place = Some(Pilot::load(reader)?);
            next = seat + 1;
        }
        Ok(())
    }

    /// Gives each ship and each hold of a loaded table to its pilot.
    ///
    /// # Errors
    /// A [`LoadError`] if one is nobody's, or somebody has two.
    pub(super) fn take_possession(&mut self, space: &Space) -> Result<(), LoadError> {
        for (slot, entity) in space.table.iter() {
            let (owner, is_hold) = match entity {
                ArenaEntity::Ship(ship) => (ship.owner, false),
                ArenaEntity::Hold(hold) => (hold.owner, true),
                _ => continue,
            };
            let Some(pilot) = self.get_mut(owner) else {
                return Err(LoadError::Contradiction("a ship or a hold without a pilot"));
            };
            let place = if is_hold { &mut pilot.hold } else { &mut pilot.ship };
            if place.replace(slot).is_some() {
                return Err(LoadError::Contradiction("a pilot with two ships or holds"));
            }
        }
        Ok(())
    }
}
