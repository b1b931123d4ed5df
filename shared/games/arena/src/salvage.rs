//! Crates: what comes off asteroids and out of wrecks, floats for a while, and is taken up by whoever flies over it.
//!
//! Each piece that does not come to rest in a crate or a hold is written down as lost; ore for which there is no crate is
//! not chipped at all.

use crate::class::ShipClass;
use crate::entity::{ArenaEntity, Crate, GridVec, Ship};
use crate::goods::{GOODS, Good};
use crate::map::Asteroid;
use crate::market::Ledger;
use crate::mining::Mines;
use crate::tuning::{
    CRATE_LIFE_TICKS, CRATE_RADIUS_UNITS, MAX_CRATE_AMOUNT, MAX_CRATE_SPEED_UNITS_PER_S, PICKUP_UNITS,
};
use glam::Vec2;
use perigee_shared::grid::Grid;
use perigee_shared::ids::Slot;
use perigee_shared::netcode::EntityTable;
use perigee_shared::rng::Rng;
use perigee_shared::tick::Tick;

/// Crates that float at a time; for more there is no place.
pub(crate) const MAX_CRATES: usize = 512;
/// A crate is looked at once in so many ticks: a ship is over it for longer.
const LOOK_TICKS: u32 = 3;

/// What crates are made in: the table they float in, chance, and the books.
pub(crate) struct Yard<'a> {
    pub(crate) table: &'a mut EntityTable<ArenaEntity>,
    pub(crate) rng: &'a mut Rng,
    pub(crate) ledger: &'a mut Ledger,
    /// Crates that float; kept by this module alone.
    pub(crate) floating: &'a mut usize,
    /// Slots that crates may still take.
    pub(crate) spare: usize,
}

impl Yard<'_> {
    /// A weapon struck a rock at a point of its surface, or near it.
    pub(crate) fn chip(&mut self, mines: &mut Mines, index: usize, rock: &Asteroid, at: Vec2, damage: u8) {
        if self.is_full() {
            return;
        }
        let Some((good, pieces)) = mines.chip(index, damage.into()) else { return };
        self.ledger.of(good).mined += u64::from(pieces);
        let outward = (at - rock.centre).normalize_or(Vec2::X);
        let position = rock.centre + outward * (rock.radius_units + CRATE_RADIUS_UNITS + 1.0);
        let velocity = outward * self.rng.range(20.0, 45.0) + outward.perp() * self.rng.range(-20.0, 20.0);
        self.float(good, pieces, position, velocity);
    }

    /// A ship is destroyed, somewhere and at some speed: of its `goods` those float away that are `saved`, the rest is lost.
    pub(crate) fn wreck(&mut self, goods: [u16; GOODS], saved: [u16; GOODS], at: Vec2, velocity: Vec2) {
        for (good, (pieces, saved)) in Good::ALL.into_iter().zip(goods.into_iter().zip(saved)) {
            self.ledger.of(good).lost += u64::from(pieces - saved);
            self.scatter(good, saved, at, velocity);
        }
    }

    /// A pirate is destroyed: what it had robbed elsewhere floats.
    pub(crate) fn loot(&mut self, at: Vec2, velocity: Vec2) {
        let good = Good::ALL[self.rng.below(GOODS as u32) as usize];
        let pieces = 2 + self.rng.below(4) as u16;
        self.ledger.of(good).imported += u64::from(pieces);
        self.scatter(good, pieces, at, velocity);
    }

    /// Pieces from a wreck, in as many crates as they need.
    fn scatter(&mut self, good: Good, pieces: u16, at: Vec2, velocity: Vec2) {
        let mut left = pieces;
        while left > 0 {
            let some = left.min(MAX_CRATE_AMOUNT.into());
            left -= some;
            let apart = Vec2::new(self.rng.range(-60.0, 60.0), self.rng.range(-60.0, 60.0));
            self.float(good, some, at, velocity * 0.3 + apart);
        }
    }

    /// Lets pieces float, `1..=MAX_CRATE_AMOUNT` in one crate and what is over as lost.
    fn float(&mut self, good: Good, pieces: u16, position: Vec2, velocity: Vec2) {
        let amount = pieces.min(MAX_CRATE_AMOUNT.into());
        let made = Crate {
            good,
            amount: amount as u8,
            position: GridVec::of_position(position),
            velocity: GridVec::of_velocity_within(velocity, MAX_CRATE_SPEED_UNITS_PER_S),
            life: CRATE_LIFE_TICKS,
        };
        let has_place = self.add(made);
        self.ledger.of(good).lost += u64::from(if has_place { pieces - amount } else { pieces });
    }

    fn is_full(&self) -> bool {
        *self.floating >= MAX_CRATES || self.spare == 0
    }

    /// Whether there was a place for it.
    fn add(&mut self, made: Crate) -> bool {
        if self.is_full() || self.table.spawn(ArenaEntity::Crate(made)).is_none() {
            return false;
        }
        self.spare -= 1;
        *self.floating += 1;
        true
    }

    fn remove(&mut self, slot: Slot) {
        self.table.remove(slot);
        *self.floating -= 1;
    }

    /// A ship takes a crate up, as much of it as fits; what is over floats on. The pieces move, so nothing is written
    /// down. Whether any did.
    pub(crate) fn take_up(&mut self, slot: Slot, hold_slot: Slot, class: ShipClass) -> bool {
        let Some(&ArenaEntity::Crate(found)) = self.table.get(slot) else { return false };
        let Some(ArenaEntity::Hold(hold)) = self.table.get_mut(hold_slot) else { return false };
        let taken = u16::from(found.amount).min(hold.room(class));
        if taken == 0 {
            return false;
        }
        hold.goods[found.good.index()] += taken;
        self.remove(slot);
        // What a crate holds is constant for those who see it, so the rest is another crate.
        let over = Crate { amount: found.amount - taken as u8, ..found };
        if over.amount > 0 && !self.add(over) {
            self.ledger.of(over.good).lost += u64::from(over.amount);
        }
        true
    }
}

/// A crate, and the ship that takes it up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pickup {
    pub(crate) crate_slot: Slot,
    pub(crate) ship_slot: Slot,
}

/// Finds the crates that a ship is over, a third of them in each tick; for each the nearest ship that has room, of two
/// as near the one in the lower slot.
pub(crate) fn find_takers(
    tick: Tick,
    table: &EntityTable<ArenaEntity>,
    ships: &Grid,
    has_room: impl Fn(&Ship) -> bool,
    found: &mut Vec<Pickup>,
) {
    found.clear();
    for (slot, entity) in table.iter() {
        let ArenaEntity::Crate(floating) = entity else { continue };
        if !(tick.0.wrapping_add(slot.0.into())).is_multiple_of(LOOK_TICKS) {
            continue;
        }
        let mut nearest: Option<(f32, u16)> = None;
        ships.near(floating.position.units(), PICKUP_UNITS, |id, distance| {
            let Some(ArenaEntity::Ship(ship)) = table.get(Slot(id)) else { return };
            if has_room(ship) && nearest.is_none_or(|best| (distance, id) < best) {
                nearest = Some((distance, id));
            }
        });
        if let Some((_, ship)) = nearest {
            found.push(Pickup { crate_slot: slot, ship_slot: Slot(ship) });
        }
    }
}

/// Counts what floats.
pub(crate) fn afloat(table: &EntityTable<ArenaEntity>) -> ([i64; GOODS], usize) {
    let (mut pieces, mut crates) = ([0; GOODS], 0);
    for (_, entity) in table.iter() {
        if let ArenaEntity::Crate(floating) = entity {
            pieces[floating.good.index()] += i64::from(floating.amount);
            crates += 1;
        }
    }
    (pieces, crates)
}
