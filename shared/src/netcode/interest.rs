//! Interest: which entities a client may know of. What is not visible never leaves the server.

use crate::bitset::BitSet;
use crate::grid::Grid;
use crate::netcode::entities::EntityTable;
use crate::netcode::simulation::Entity;
use glam::Vec2;

/// An entity enters a view at the radius and leaves it at the radius times this, so that one at the rim does not
/// flicker.
pub const HYSTERESIS: f32 = 1.1;

/// The tick's positions, by cell.
#[derive(Clone, Debug)]
pub struct Interest {
    grid: Grid,
    radius_units: f32,
}

impl Interest {
    /// Interest within `radius_units` in a world of `size_units`.
    #[must_use]
    pub fn new(size_units: (f32, f32), radius_units: f32) -> Self {
        Self { grid: Grid::new(size_units.0, size_units.1, radius_units / 2.0), radius_units }
    }

    /// Takes in where everything is now.
    pub fn rebuild<E: Entity>(&mut self, table: &EntityTable<E>) {
        self.grid.rebuild(table.iter().map(|(slot, entity)| (slot.0, entity.pose().position)));
    }

    /// Fills `now` with what is visible from `centre`, where `before` was visible until now.
    pub fn visible_from(&self, centre: Vec2, before: &BitSet, now: &mut BitSet) {
        now.clear();
        let enters_within = self.radius_units * self.radius_units;
        self.grid.near(centre, self.radius_units * HYSTERESIS, |id, distance_squared| {
            if distance_squared <= enters_within || before.contains(usize::from(id)) {
                now.insert(usize::from(id));
            }
        });
    }
}
