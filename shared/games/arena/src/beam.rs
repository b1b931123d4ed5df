//! The beam: a line that hits at once. It is a function of the ship and the map alone up to what stands in its way, so
//! whoever sees the ship can draw it: there is no event for a beam that misses.

use crate::class::Barrel;
use crate::entity::Ship;
use crate::map::ArenaMap;
use crate::movement::heading;
use crate::tuning::SHIP_RADIUS_UNITS;
use glam::Vec2;

/// Rocks are asked for at points of the line that are no farther apart than this, units: nearer than `ArenaMap::near`
/// reaches.
const SAMPLE_UNITS: f32 = 90.0;

/// A line from a ship's nose to where a rock, a wall or its range ends it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Beam {
    /// Where it begins, units.
    pub from: Vec2,
    /// From there to its end, units.
    pub way: Vec2,
    /// The number of the rock that it ends at, if it does.
    pub rock: Option<u16>,
}

impl Beam {
    /// The beam that `ship` fired in the step that led to its present state. Ships may end it earlier.
    #[must_use]
    pub fn of(ship: &Ship, map: &ArenaMap) -> Option<Self> {
        let Barrel::Beam { range_units } = ship.class.tuning().barrel else { return None };
        ship.has_just_fired().then(|| {
            let along = heading(ship.angle);
            let from = ship.position.units() + along * SHIP_RADIUS_UNITS;
            Self::cast(from, along, range_units - SHIP_RADIUS_UNITS, map)
        })
    }

    fn cast(from: Vec2, along: Vec2, range_units: f32, map: &ArenaMap) -> Self {
        let mut length = range_units.min(to_walls(from, along, map.size));
        let mut rock = None;
        let samples = libm::ceilf(length / SAMPLE_UNITS) as u32;
        for sample in 0..=samples {
            let at = from + along * (sample as f32 * SAMPLE_UNITS);
            for (index, asteroid) in map.near_with_index(at) {
                if let Some(entry) = enters(from, along, asteroid.centre, asteroid.radius_units)
                    && entry < length
                {
                    (length, rock) = (entry, Some(index));
                }
            }
        }
        Self { from, way: along * length, rock }
    }
}

/// How far it is to the walls along a line from inside; 0 from outside.
fn to_walls(from: Vec2, along: Vec2, size: Vec2) -> f32 {
    let mut length = f32::MAX;
    for axis in 0..2 {
        let way = along[axis];
        if way != 0.0 {
            let wall = if way > 0.0 { size[axis] } else { 0.0 };
            length = length.min((wall - from[axis]) / way);
        }
    }
    length.max(0.0)
}

/// Where a line enters a circle that lies ahead; 0 from inside.
fn enters(from: Vec2, along: Vec2, centre: Vec2, radius: f32) -> Option<f32> {
    let offset = centre - from;
    let (ahead, gap) = (offset.dot(along), offset.length_squared() - radius * radius);
    if gap <= 0.0 {
        return Some(0.0);
    }
    let inside = ahead * ahead - gap;
    (ahead > 0.0 && inside > 0.0).then(|| ahead - libm::sqrtf(inside))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Scenario;
    use perigee_shared::rng::Rng;

    #[test]
    fn a_line_enters_what_lies_ahead() {
        let enters = |from, along| enters(from, along, Vec2::new(100.0, 0.0), 20.0);
        assert_eq!(enters(Vec2::ZERO, Vec2::X), Some(80.0));
        assert_eq!(enters(Vec2::ZERO, -Vec2::X), None);
        assert_eq!(enters(Vec2::ZERO, Vec2::Y), None);
        assert_eq!(enters(Vec2::new(90.0, 0.0), Vec2::X), Some(0.0));
    }

    #[test]
    fn a_beam_ends_where_a_full_search_ends_it() {
        let map = ArenaMap::new(&Scenario { asteroids: 60, ..Scenario::default() });
        let mut rng = Rng::new(4);
        let mut blocked = 0;
        for _ in 0..2000 {
            let from = Vec2::new(rng.range(0.0, map.size.x), rng.range(0.0, map.size.y));
            let along = Vec2::from_angle(rng.range(0.0, 6.2));
            let beam = Beam::cast(from, along, 325.0, &map);
            let rocks = map.asteroids.iter();
            let entries = rocks.filter_map(|rock| enters(from, along, rock.centre, rock.radius_units));
            let wanted = entries.fold(325.0f32.min(to_walls(from, along, map.size)), f32::min);
            assert!((beam.way.length() - wanted).abs() < 0.01, "from {from} along {along}");
            assert_eq!(beam.rock.is_some(), wanted < 325.0f32.min(to_walls(from, along, map.size)));
            blocked += u32::from(beam.rock.is_some());
        }
        assert!(blocked > 200, "{blocked} met a rock");
    }
}
