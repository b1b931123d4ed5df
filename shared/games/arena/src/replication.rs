//! What the netcode asks of whatever is replicated: how it moves alone, what two that meet do to each other, where it is,
//! and who may know of it. Apart from `entity`, so that the movement can know the state that it moves.

use crate::collision::collide;
use crate::entity::{ArenaEntity, GridVec, QUANTA_PER_TURN};
use crate::map::ArenaMap;
use crate::movement;
use glam::Vec2;
use perigee_shared::ids::PlayerId;
use perigee_shared::netcode::{Entity, Pose, Relevancy};

impl Entity for ArenaEntity {
    type Map = ArenaMap;

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

    fn health(&self) -> Option<f32> {
        if let Self::Ship(ship) = self { Some(ship.hull_share()) } else { None }
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
    use crate::scenario::Scenario;
    use crate::world::Arena;
    use perigee_shared::netcode::check_game;

    #[test]
    fn it_keeps_what_a_game_promises() {
        check_game::<Arena>(&Scenario::default()).unwrap();
    }
}
