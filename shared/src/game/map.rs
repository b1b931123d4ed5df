//! What never changes during a match: the arena's walls and its asteroids, built alike on both sides.

use crate::game::scenario::Scenario;
use crate::rng::Rng;
use glam::Vec2;

/// A rock that everything bounces off.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Asteroid {
    /// Centre, units.
    pub centre: Vec2,
    /// Radius, units.
    pub radius_units: f32,
    /// Decides its looks.
    pub look: u32,
}

/// Walls and rocks.
#[derive(Clone, Debug, PartialEq)]
pub struct ArenaMap {
    /// Far corner of the arena; the near one is the origin.
    pub size: Vec2,
    /// The rocks.
    pub asteroids: Vec<Asteroid>,
    /// For each square of [`CELL_UNITS`], the rocks that reach into it, so that a step asks few of them.
    cells: Vec<Vec<u16>>,
    columns: usize,
}

const CELL_UNITS: f32 = 256.0;
/// Free space kept between rocks and from the walls, units: a ship always fits through.
const CLEARANCE_UNITS: f32 = 90.0;
/// How far around itself a moving thing asks for rocks, units; larger than its radius and its way in one tick.
const REACH_UNITS: f32 = 100.0;

impl ArenaMap {
    /// Scatters the rocks.
    pub(crate) fn new(scenario: &Scenario) -> Self {
        let size = Vec2::new(scenario.width_units, scenario.height_units);
        let mut rng = Rng::new(scenario.map_seed);
        let mut asteroids: Vec<Asteroid> = Vec::new();
        // Bounded tries: a crowded wish gives fewer rocks rather than no end.
        for _ in 0..scenario.asteroids * 20 {
            if asteroids.len() == scenario.asteroids as usize {
                break;
            }
            let radius_units = rng.range(28.0, 88.0);
            let margin = radius_units + CLEARANCE_UNITS;
            let centre = Vec2::new(rng.range(margin, size.x - margin), rng.range(margin, size.y - margin));
            let apart = |other: &Asteroid| centre.distance(other.centre) > margin + other.radius_units;
            if asteroids.iter().all(apart) {
                asteroids.push(Asteroid { centre, radius_units, look: rng.next_u32() });
            }
        }
        Self::with_asteroids(size, asteroids)
    }

    fn with_asteroids(size: Vec2, asteroids: Vec<Asteroid>) -> Self {
        let columns = (size.x / CELL_UNITS) as usize + 1;
        let rows = (size.y / CELL_UNITS) as usize + 1;
        let mut cells = vec![Vec::new(); columns * rows];
        for (at, cell) in cells.iter_mut().enumerate() {
            let low = Vec2::new((at % columns) as f32, (at / columns) as f32) * CELL_UNITS;
            for (index, asteroid) in asteroids.iter().enumerate() {
                let nearest = asteroid.centre.clamp(low, low + Vec2::splat(CELL_UNITS));
                if nearest.distance(asteroid.centre) < asteroid.radius_units + REACH_UNITS {
                    cell.push(index as u16);
                }
            }
        }
        Self { size, asteroids, cells, columns }
    }

    /// The rocks that something at `position` could touch within a tick.
    pub fn near(&self, position: Vec2) -> impl Iterator<Item = &Asteroid> {
        let column = (position.x.max(0.0) / CELL_UNITS) as usize;
        let row = (position.y.max(0.0) / CELL_UNITS) as usize;
        let cell = self.cells.get(row * self.columns + column.min(self.columns - 1));
        cell.into_iter().flatten().map(|&index| &self.asteroids[usize::from(index)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_sides_build_the_same_rocks_and_ships_fit_between() {
        let map = ArenaMap::new(&Scenario::default());
        assert_eq!(map, ArenaMap::new(&Scenario::default()));
        assert_eq!(map.asteroids.len(), Scenario::default().asteroids as usize);
        for (n, a) in map.asteroids.iter().enumerate() {
            for b in &map.asteroids[..n] {
                assert!(a.centre.distance(b.centre) > a.radius_units + b.radius_units + CLEARANCE_UNITS);
            }
        }
    }

    #[test]
    fn near_misses_no_rock_in_reach() {
        let map = ArenaMap::new(&Scenario::default());
        let mut rng = Rng::new(5);
        for _ in 0..1000 {
            let at = Vec2::new(rng.range(0.0, map.size.x), rng.range(0.0, map.size.y));
            let found: Vec<_> = map.near(at).map(|a| a.centre).collect();
            for rock in &map.asteroids {
                if rock.centre.distance(at) < rock.radius_units + REACH_UNITS {
                    assert!(found.contains(&rock.centre));
                }
            }
        }
    }
}
