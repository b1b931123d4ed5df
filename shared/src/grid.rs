//! A uniform grid over the plane: finds the points near a position without testing all of them.
//!
//! Rebuilt from scratch each tick with a counting sort, into arrays that keep their memory. Used for interest
//! management and for the game's own neighbour queries. (Ericson, "Real-Time Collision Detection", 7.1.)

use glam::Vec2;

/// Points in a square world, sorted by cell.
#[derive(Clone, Debug)]
pub struct Grid {
    cell_units: f32,
    columns: usize,
    rows: usize,
    /// Where each cell's run begins in `items`, with one more entry for the end.
    starts: Vec<u32>,
    items: Vec<(u16, Vec2)>,
    staging: Vec<Staged>,
    /// One more than the largest id.
    ids: usize,
}

/// A point whose cell is known, but not yet its place in the sorted order.
#[derive(Clone, Copy, Debug)]
struct Staged {
    cell: u32,
    id: u16,
    at: Vec2,
}

impl Grid {
    /// A grid over `0..width x 0..height` units with square cells of `cell_units`.
    #[must_use]
    pub fn new(width_units: f32, height_units: f32, cell_units: f32) -> Self {
        assert!(cell_units > 0.0 && width_units > 0.0 && height_units > 0.0, "a grid needs a size");
        let columns = libm::ceilf(width_units / cell_units) as usize + 1;
        let rows = libm::ceilf(height_units / cell_units) as usize + 1;
        let starts = vec![0; columns * rows + 1];
        Self { cell_units, columns, rows, starts, items: Vec::new(), staging: Vec::new(), ids: 0 }
    }

    /// Replaces the grid's content. Points outside the world count to the nearest cell.
    pub fn rebuild(&mut self, points: impl Iterator<Item = (u16, Vec2)>) {
        self.staging.clear();
        self.starts.fill(0);
        self.ids = 0;
        for (id, at) in points {
            let (column, row) = self.cell_of(at);
            let cell = row * self.columns + column;
            self.starts[cell + 1] += 1;
            self.staging.push(Staged { cell: cell as u32, id, at });
            self.ids = self.ids.max(usize::from(id) + 1);
        }
        for cell in 1..self.starts.len() {
            self.starts[cell] += self.starts[cell - 1];
        }
        self.items.clear();
        self.items.resize(self.staging.len(), (0, Vec2::ZERO));
        // Filling backwards from each run's end leaves `starts` at the runs' beginnings, shifted by one cell.
        for &Staged { cell, id, at } in self.staging.iter().rev() {
            let end = &mut self.starts[cell as usize + 1];
            *end -= 1;
            self.items[*end as usize] = (id, at);
        }
        self.starts.rotate_left(1);
        if let Some(last) = self.starts.last_mut() {
            *last = self.items.len() as u32;
        }
    }

    /// Calls `visit(id, distance squared)` for each point within `radius_units` of `centre`, in a fixed order.
    pub fn near(&self, centre: Vec2, radius_units: f32, mut visit: impl FnMut(u16, f32)) {
        let limit = radius_units * radius_units;
        for &(id, at) in self.runs(centre, radius_units).flatten() {
            let distance_squared = at.distance_squared(centre);
            if distance_squared <= limit {
                visit(id, distance_squared);
            }
        }
    }

    /// All points within `radius_units` of `centre`, and a few that are farther away, in runs. For callers that test so
    /// many points that a branch for each would dominate the cost.
    pub fn runs(&self, centre: Vec2, radius_units: f32) -> impl Iterator<Item = &[(u16, Vec2)]> {
        let (_, bottom) = self.cell_of(centre - Vec2::splat(radius_units));
        let (_, top) = self.cell_of(centre + Vec2::splat(radius_units));
        (bottom..=top).map(move |row| {
            // Cells of a row are neighbours in memory, so a row is one run: as wide as the circle is there.
            let off_units = self.off_row(row, centre.y);
            let squared = radius_units * radius_units - off_units * off_units;
            let reach = Vec2::new(libm::sqrtf(squared.max(0.0)) + self.slack_units(), 0.0);
            let ((left, _), (right, _)) = (self.cell_of(centre - reach), self.cell_of(centre + reach));
            let first = self.starts[row * self.columns + left] as usize;
            let last = self.starts[row * self.columns + right + 1] as usize;
            &self.items[first..last]
        })
    }

    /// One more than the largest id.
    #[must_use]
    pub fn ids(&self) -> usize {
        self.ids
    }

    /// The smallest distance of the row's points from `y`. The first and the last row also have the points outside the
    /// world.
    fn off_row(&self, row: usize, y: f32) -> f32 {
        let low = if row == 0 { f32::MIN } else { row as f32 * self.cell_units };
        let high = if row + 1 == self.rows { f32::MAX } else { (row + 1) as f32 * self.cell_units };
        ((low - y).max(y - high) - self.slack_units()).max(0.0)
    }

    /// More than the rounding error of a point or a circle relative to the cells.
    fn slack_units(&self) -> f32 {
        self.cell_units * 1e-3
    }

    fn cell_of(&self, at: Vec2) -> (usize, usize) {
        let clamp = |value: f32, count: usize| ((value / self.cell_units).max(0.0) as usize).min(count - 1);
        (clamp(at.x, self.columns), clamp(at.y, self.rows))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Rng;

    #[test]
    fn finds_exactly_what_a_full_search_finds() {
        let mut rng = Rng::new(3);
        let mut grid = Grid::new(1000.0, 700.0, 90.0);
        for round in 0..20 {
            let points: Vec<(u16, Vec2)> = (0..round * 30)
                .map(|id| (id as u16, Vec2::new(rng.range(-50.0, 1050.0), rng.range(-50.0, 750.0))))
                .collect();
            grid.rebuild(points.iter().copied());
            for _ in 0..20 {
                let centre = Vec2::new(rng.range(0.0, 1000.0), rng.range(0.0, 700.0));
                let radius = rng.range(0.0, 400.0);
                let mut found = Vec::new();
                grid.near(centre, radius, |id, _| found.push(id));
                found.sort_unstable();
                let wanted: Vec<u16> = points
                    .iter()
                    .filter(|(_, p)| p.distance_squared(centre) <= radius * radius)
                    .map(|p| p.0)
                    .collect();
                assert_eq!(found, wanted);
            }
        }
    }
}
