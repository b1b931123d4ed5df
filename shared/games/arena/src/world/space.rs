//! What is there: the map, the table of entities, and where the ships are. It knows no pilot and no rule: who flies what,
//! who fights whom and what that is worth are the business of others.

use crate::class::Team;
use crate::entity::{ArenaEntity, Hold, Ship};
use crate::map::ArenaMap;
use crate::scenario::Scenario;
use glam::Vec2;
use perigee_shared::grid::Grid;
use perigee_shared::ids::Slot;
use perigee_shared::limits::MAX_ENTITIES;
use perigee_shared::netcode::EntityTable;
use perigee_shared::rng::Rng;

/// A cell of the ships' grid, units.
const CELL_UNITS: f32 = 64.0;
/// A launched ship keeps this far from walls and from rocks, units.
const LAUNCH_MARGIN_UNITS: f32 = 80.0;
const LAUNCH_CLEAR_UNITS: f32 = 40.0;
/// Other ships farther away than this do not matter to a launch, units.
const LAUNCH_ALONE_UNITS: f32 = 400.0;
/// Places that are tried for a launch.
const LAUNCH_TRIES: u32 = 8;

/// What is there.
#[derive(Debug)]
pub(super) struct Space {
    pub(super) map: ArenaMap,
    pub(super) table: EntityTable<ArenaEntity>,
    /// Where the ships are: made anew from the table before it is asked, so it is not state.
    pub(super) ships: Grid,
    /// Slots of one kind while the table changes. It keeps its memory and is not state.
    slots: Vec<Slot>,
}

impl Space {
    /// The scenario's map, without anything in it.
    pub(super) fn new(scenario: &Scenario) -> Self {
        Self {
            map: ArenaMap::new(scenario),
            table: EntityTable::with_capacity(MAX_ENTITIES),
            ships: Grid::new(scenario.width_units, scenario.height_units, CELL_UNITS),
            slots: Vec::with_capacity(MAX_ENTITIES),
        }
    }

    /// The slots of all that is `wanted`, in their order, so that the table may change while they are gone through. Give
    /// the list back to [`Self::reuse`].
    pub(super) fn list(&mut self, wanted: impl Fn(&ArenaEntity) -> bool) -> Vec<Slot> {
        let mut slots = std::mem::take(&mut self.slots);
        slots.clear();
        slots.extend(self.table.iter().filter(|(_, entity)| wanted(entity)).map(|(slot, _)| slot));
        slots
    }

    /// The slots of all ships; as [`Self::list`].
    pub(super) fn list_ships(&mut self) -> Vec<Slot> {
        self.list(|entity| matches!(entity, ArenaEntity::Ship(_)))
    }

    /// Takes a list's memory back.
    pub(super) fn reuse(&mut self, slots: Vec<Slot>) {
        self.slots = slots;
    }

    /// Takes away every entity that `is_gone`.
    pub(super) fn remove_where(&mut self, is_gone: impl Fn(&ArenaEntity) -> bool) {
        let slots = self.list(is_gone);
        for &slot in &slots {
            self.table.remove(slot);
        }
        self.reuse(slots);
    }

    /// The ship in `slot`, if there is one.
    pub(super) fn ship(&self, slot: Slot) -> Option<&Ship> {
        match self.table.get(slot)? {
            ArenaEntity::Ship(ship) => Some(ship),
            _ => None,
        }
    }

    /// The same, to change it.
    pub(super) fn ship_mut(&mut self, slot: Slot) -> Option<&mut Ship> {
        match self.table.get_mut(slot)? {
            ArenaEntity::Ship(ship) => Some(ship),
            _ => None,
        }
    }

    /// All ships, in slot order.
    pub(super) fn all_ships(&self) -> impl Iterator<Item = (Slot, &Ship)> {
        self.table.iter().filter_map(|(slot, entity)| match entity {
            ArenaEntity::Ship(ship) => Some((slot, ship)),
            _ => None,
        })
    }

    /// Replaces whatever is in `slot`.
    pub(super) fn put(&mut self, slot: Slot, ship: Ship) {
        if let Some(entity) = self.table.get_mut(slot) {
            *entity = ArenaEntity::Ship(ship);
        }
    }

    /// The hold in `slot`, if there is one.
    pub(super) fn hold(&self, slot: Slot) -> Option<&Hold> {
        match self.table.get(slot)? {
            ArenaEntity::Hold(hold) => Some(hold),
            _ => None,
        }
    }

    /// The same, to change it.
    pub(super) fn hold_mut(&mut self, slot: Slot) -> Option<&mut Hold> {
        match self.table.get_mut(slot)? {
            ArenaEntity::Hold(hold) => Some(hold),
            _ => None,
        }
    }

    /// Makes the grid of the ships anew.
    pub(super) fn rebuild_ships(&mut self) {
        let ships = self.table.iter().filter_map(|(slot, entity)| match entity {
            ArenaEntity::Ship(ship) => Some((slot.0, ship.position.units())),
            _ => None,
        });
        self.ships.rebuild(ships);
    }

    /// A place clear of rocks and, of a few tried, the farthest from other ships; a team's lies on its side.
    pub(super) fn free_place(&mut self, team: Team, rng: &mut Rng) -> Vec2 {
        let margin = Vec2::splat(LAUNCH_MARGIN_UNITS);
        let span = self.map.size - margin * 2.0;
        let (from, share) = match team {
            Team::A => (0.0, 0.25),
            Team::B => (0.75, 0.25),
            Team::Free | Team::Pirates => (0.0, 1.0),
        };
        let mut best = (f32::MIN, margin + Vec2::new(from + share / 2.0, 0.5) * span);
        for _ in 0..LAUNCH_TRIES {
            let at = margin + Vec2::new(from + share * rng.unit(), rng.unit()) * span;
            let is_clear = |centre: Vec2, radius: f32| centre.distance(at) >= radius + LAUNCH_CLEAR_UNITS;
            if !self.map.near(at).all(|rock| is_clear(rock.centre, rock.radius_units)) {
                continue;
            }
            let mut nearest = LAUNCH_ALONE_UNITS * LAUNCH_ALONE_UNITS;
            self.ships
                .near(at, LAUNCH_ALONE_UNITS, |_, distance_squared| nearest = nearest.min(distance_squared));
            if nearest > best.0 {
                best = (nearest, at);
            }
        }
        best.1
    }
}
