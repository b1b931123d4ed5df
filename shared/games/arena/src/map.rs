//! What never changes during a match: the arena's walls and its asteroids, built alike on both sides.

use crate::goods::Good;
use crate::scenario::{Mode, Scenario};
use crate::tuning::{DOCK_RADIUS_UNITS, ZONE_RADIUS_UNITS};
use glam::Vec2;
use perigee_shared::rng::Rng;

/// A rock that everything bounces off.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Asteroid {
    /// Centre, units.
    pub centre: Vec2,
    /// Radius, units.
    pub radius_units: f32,
    /// Decides its looks.
    pub look: u32,
    /// What is chipped out of it.
    pub ore: Good,
}

/// A place to trade; nothing bounces off it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Station {
    /// Its number, `0..Scenario::stations`.
    pub index: u8,
    /// Where it is, units.
    pub centre: Vec2,
}

impl Station {
    /// What players call it.
    #[must_use]
    pub fn name(self) -> &'static str {
        station_name(self.index).unwrap_or("Station")
    }
}

/// What players call the station of that number, if there can be one.
pub(crate) fn station_name(index: u8) -> Option<&'static str> {
    STATION_NAMES.get(usize::from(index)).copied()
}

const STATION_NAMES: [&str; 8] =
    ["Aphelion", "Boreas", "Cinder", "Drift", "Ember", "Fathom", "Gantry", "Hollow"];

/// What two teams fight for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Zone {
    /// Its middle, units.
    pub centre: Vec2,
    /// Its radius, units.
    pub radius_units: f32,
}

impl Zone {
    /// Whether a ship there counts.
    #[must_use]
    pub fn contains(&self, at: Vec2) -> bool {
        self.centre.distance_squared(at) <= self.radius_units * self.radius_units
    }
}

/// Walls and rocks, and the places that mean something.
#[derive(Clone, Debug, PartialEq)]
pub struct ArenaMap {
    /// Far corner of the arena; the near one is the origin.
    pub size: Vec2,
    /// The rocks.
    pub asteroids: Vec<Asteroid>,
    /// Where to trade.
    pub stations: Vec<Station>,
    /// What teams fight for, if there are teams.
    pub zone: Option<Zone>,
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
    /// Places the stations and the zone, and scatters the rocks between.
    pub(crate) fn new(scenario: &Scenario) -> Self {
        let size = Vec2::new(scenario.width_units, scenario.height_units);
        let stations = place_stations(scenario.stations, scenario.map_seed, size);
        let zone = (scenario.mode == Mode::Teams)
            .then_some(Zone { centre: size / 2.0, radius_units: ZONE_RADIUS_UNITS });
        let is_free = |rock: &Asteroid| {
            let clear = |centre: Vec2, radius: f32| centre.distance(rock.centre) > radius + rock.radius_units;
            stations.iter().all(|station| clear(station.centre, DOCK_RADIUS_UNITS))
                && zone.is_none_or(|zone| clear(zone.centre, zone.radius_units))
        };
        let asteroids = scatter(scenario, size, is_free);
        Self { stations, zone, ..Self::with_asteroids(size, asteroids) }
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
        Self { size, asteroids, stations: Vec::new(), zone: None, cells, columns }
    }

    /// The rocks that something at `position` could touch within a tick.
    pub fn near(&self, position: Vec2) -> impl Iterator<Item = &Asteroid> {
        self.near_with_index(position).map(|(_, rock)| rock)
    }

    /// The same, with their numbers.
    pub(crate) fn near_with_index(&self, position: Vec2) -> impl Iterator<Item = (u16, &Asteroid)> {
        let column = (position.x.max(0.0) / CELL_UNITS) as usize;
        let row = (position.y.max(0.0) / CELL_UNITS) as usize;
        let cell = self.cells.get(row * self.columns + column.min(self.columns - 1));
        cell.into_iter().flatten().map(|&index| (index, &self.asteroids[usize::from(index)]))
    }

    /// Whether a point cannot fly on there: it is inside a rock or beyond the walls.
    #[must_use]
    pub fn stops(&self, at: Vec2) -> bool {
        let inside = at.cmpge(Vec2::ZERO).all() && at.cmple(self.size).all();
        !inside || self.rock_at(at).is_some()
    }

    /// The number of the rock that `at` lies in.
    #[must_use]
    pub fn rock_at(&self, at: Vec2) -> Option<u16> {
        let is_inside =
            |rock: &Asteroid| rock.centre.distance_squared(at) < rock.radius_units * rock.radius_units;
        self.near_with_index(at).find(|(_, rock)| is_inside(rock)).map(|(index, _)| index)
    }
}

/// Rocks with room between them, where `is_free` allows them.
fn scatter(scenario: &Scenario, size: Vec2, is_free: impl Fn(&Asteroid) -> bool) -> Vec<Asteroid> {
    let mut rng = Rng::new(scenario.map_seed);
    let mut asteroids: Vec<Asteroid> = Vec::new();
    // Bounded tries: a crowded map gets fewer rocks rather than no end.
    for _ in 0..scenario.asteroids * 20 {
        if asteroids.len() == scenario.asteroids as usize {
            break;
        }
        let radius_units = rng.range(28.0, 88.0);
        let margin = radius_units + CLEARANCE_UNITS;
        let centre = Vec2::new(rng.range(margin, size.x - margin), rng.range(margin, size.y - margin));
        let apart = |other: &Asteroid| centre.distance(other.centre) > margin + other.radius_units;
        if asteroids.iter().all(apart) {
            let look = rng.next_u32();
            let rock = Asteroid { centre, radius_units, look, ore: ore_of(look) };
            if is_free(&rock) {
                asteroids.push(rock);
            }
        }
    }
    asteroids
}

/// Of six rocks three are iron, two ice and one crystal, more or less.
fn ore_of(look: u32) -> Good {
    match (look >> 16) % 6 {
        0..3 => Good::Iron,
        3 | 4 => Good::Ice,
        _ => Good::Crystal,
    }
}

/// On a ring about the middle, evenly, so that no trade is a short one; turned and shifted a little by the seed.
fn place_stations(count: u32, seed: u64, size: Vec2) -> Vec<Station> {
    let mut rng = Rng::new(seed ^ 0x5747_4f4e);
    let start = rng.unit();
    let ring = size * 0.36;
    let place = |index: u32| {
        let turns = start + (index as f32 + rng.range(-0.15, 0.15)) / count as f32;
        let (sin, cos) = libm::sincosf(turns * std::f32::consts::TAU);
        Station { index: index as u8, centre: size / 2.0 + ring * Vec2::new(cos, sin) * rng.range(0.85, 1.0) }
    };
    (0..count).map(place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_sides_build_the_same_map_and_ships_fit_between() {
        let map = ArenaMap::new(&Scenario::default());
        assert_eq!(map, ArenaMap::new(&Scenario::default()));
        assert_eq!(map.asteroids.len(), Scenario::default().asteroids as usize);
        assert!(
            Good::ORES.iter().all(|&ore| map.asteroids.iter().any(|rock| rock.ore == ore)),
            "each ore is somewhere"
        );
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

    #[test]
    fn stations_and_zone_lie_inside_and_clear_of_rocks() {
        for map_seed in 0..40 {
            let (width_units, height_units) =
                if map_seed % 2 == 0 { (2400.0, 1600.0) } else { (900.0, 700.0) };
            let shape =
                Scenario { width_units, height_units, asteroids: 40, map_seed, ..Scenario::default() };
            let map = ArenaMap::new(&Scenario { mode: Mode::Teams, stations: 6, ..shape });
            let zone = map.zone.unwrap();
            assert_eq!((map.stations.len(), zone.centre), (6, map.size / 2.0));
            for rock in &map.asteroids {
                assert!(!zone.contains(rock.centre));
                let near = |at: Vec2| at.distance(rock.centre) < rock.radius_units + DOCK_RADIUS_UNITS;
                assert!(map.stations.iter().all(|station| !near(station.centre)), "seed {map_seed}");
            }
            let inside = |at: Vec2| at.cmpge(Vec2::splat(40.0)).all() && at.cmple(map.size - 40.0).all();
            assert!(map.stations.iter().all(|station| inside(station.centre)), "seed {map_seed}");
        }
        assert!(ArenaMap::new(&Scenario::default()).zone.is_none());
    }
}
