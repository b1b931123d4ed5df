//! Whatever the arena replicates, stored on the wire's grid: what cannot be sent cannot be held. Each kind has its field
//! table beside its struct; here they become one type.

mod contest;
mod goods;
mod grid_vec;
mod projectile;
mod ship;
mod table;

pub use contest::{Contest, MAX_TEAM_SCORE, Phase};
pub use goods::{Crate, Hold};
pub use grid_vec::{
    GridVec, IMPULSE_QUANTA_LOG2, MAX_ARENA_UNITS, MAX_SHIP_SPEED_UNITS_PER_S, MAX_SPEED_UNITS_PER_S,
    QUANTA_PER_TURN, QUANTA_PER_UNIT,
};
pub use projectile::{Missile, Shot};
pub use ship::Ship;
#[cfg(test)]
pub(crate) use ship::fresh_lance;

use crate::collision::collide;
use crate::map::ArenaMap;
use crate::movement;
use glam::Vec2;
use perigee_shared::ids::PlayerId;
use perigee_shared::netcode::{Entity, Kind, Pose, Relevancy, Row};

/// Whatever is in the arena.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArenaEntity {
    /// A ship.
    Ship(Ship),
    /// A shot.
    Shot(Shot),
    /// A missile.
    Missile(Missile),
    /// Goods that float.
    Crate(Crate),
    /// A pilot's belongings, for the pilot.
    Hold(Hold),
    /// How the match stands, for everybody. There is one.
    Contest(Contest),
}

impl Entity for ArenaEntity {
    type Map = ArenaMap;

    fn kinds() -> &'static [Kind] {
        &[Ship::KIND, Shot::KIND, Missile::KIND, Crate::KIND, Hold::KIND, Contest::KIND]
    }

    fn kind(&self) -> usize {
        match self {
            Self::Ship(_) => 0,
            Self::Shot(_) => 1,
            Self::Missile(_) => 2,
            Self::Crate(_) => 3,
            Self::Hold(_) => 4,
            Self::Contest(_) => 5,
        }
    }

    fn read(&self, row: &mut Row) {
        match self {
            Self::Ship(ship) => ship.read(row),
            Self::Shot(shot) => shot.read(row),
            Self::Missile(missile) => missile.read(row),
            Self::Crate(floating) => floating.read(row),
            Self::Hold(hold) => hold.read(row),
            Self::Contest(contest) => contest.read(row),
        }
    }

    fn from_row(kind: usize, row: &Row) -> Self {
        match kind {
            0 => Self::Ship(Ship::from_row(row)),
            1 => Self::Shot(Shot::from_row(row)),
            2 => Self::Missile(Missile::from_row(row)),
            3 => Self::Crate(Crate::from_row(row)),
            4 => Self::Hold(Hold::from_row(row)),
            _ => Self::Contest(Contest::from_row(row)),
        }
    }

    fn advance(&mut self, map: &ArenaMap) {
        match self {
            Self::Ship(ship) => movement::advance_ship(ship, map),
            Self::Shot(shot) => movement::advance_shot(shot, map),
            Self::Missile(missile) => movement::advance_missile(missile, map),
            Self::Crate(floating) => movement::advance_crate(floating, map),
            Self::Hold(_) => {}
            Self::Contest(contest) => contest.advance(),
        }
    }

    fn meet(&self, other: &Self, _map: &ArenaMap) -> Option<(Self, Self)> {
        match (self, other) {
            (Self::Ship(a), Self::Ship(b)) => collide(*a, *b).map(|(a, b)| (Self::Ship(a), Self::Ship(b))),
            _ => None,
        }
    }

    fn owner(&self) -> Option<PlayerId> {
        match self {
            Self::Ship(ship) => Some(ship.owner),
            Self::Shot(shot) => Some(shot.owner),
            Self::Missile(missile) => Some(missile.owner),
            Self::Hold(hold) => Some(hold.owner),
            Self::Crate(_) | Self::Contest(_) => None,
        }
    }

    fn pose(&self) -> Pose {
        let angled = |position: GridVec, angle: u16| Pose {
            position: position.units(),
            angle_turns: f32::from(angle) / QUANTA_PER_TURN,
        };
        match self {
            Self::Ship(ship) => angled(ship.position, ship.angle),
            Self::Missile(missile) => angled(missile.position, missile.angle),
            Self::Shot(shot) => Pose {
                position: shot.position.units(),
                angle_turns: movement::heading_turns(shot.velocity.units()),
            },
            Self::Crate(floating) => angled(floating.position, 0),
            // Nowhere: whoever may know of these does so wherever they look.
            Self::Hold(_) | Self::Contest(_) => Pose { position: Vec2::ZERO, angle_turns: 0.0 },
        }
    }

    fn has_place(&self) -> bool {
        !matches!(self, Self::Hold(_) | Self::Contest(_))
    }

    fn health(&self) -> f32 {
        match self {
            Self::Ship(ship) => ship.hull_share(),
            _ => 1.0,
        }
    }

    fn relevancy(&self) -> Relevancy {
        match self {
            Self::Hold(_) => Relevancy::Owner,
            Self::Contest(_) => Relevancy::Always,
            _ => Relevancy::Near,
        }
    }

    fn importance(&self) -> f32 {
        match self {
            // They have no place to be near at, and a player reads them all the time.
            Self::Hold(_) | Self::Contest(_) => 8.0,
            Self::Missile(_) => 2.0,
            _ => 1.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Scenario;
    use perigee_shared::limits::MAX_FIELDS;
    use perigee_shared::rng::Rng;

    #[test]
    fn whatever_lies_in_the_ranges_stays_in_them() {
        let map = ArenaMap::new(&Scenario::default());
        let mut rng = Rng::new(3);
        for n in 0..6_000 {
            let kind = n % ArenaEntity::kinds().len();
            let fields = ArenaEntity::kinds()[kind].fields;
            let mut row = [0; MAX_FIELDS];
            for (value, field) in row.iter_mut().zip(fields) {
                *value = field.min + rng.below((field.max - field.min) as u32 + 1) as i32;
            }
            let mut entity = ArenaEntity::from_row(kind, &row);
            let mut again = [0; MAX_FIELDS];
            entity.read(&mut again);
            assert_eq!(again, row, "a row is an entity and back");
            for _ in 0..40 {
                entity.advance(&map);
                entity.read(&mut row);
                for (field, &value) in fields.iter().zip(&row) {
                    assert!(field.allows(value), "{} = {value} of {entity:?}", field.name);
                }
            }
        }
    }
}
