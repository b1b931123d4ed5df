//! The zone: how fast it goes to whom.

use crate::class::Team;
use crate::entity::Ship;
use crate::map::Zone;
use crate::tuning::MAX_CAPTORS;

/// How the zone's progress changes each tick while these ships are where they are: towards A above 0, towards B below. A
/// team alone in it takes it, faster with more ships, up to [`MAX_CAPTORS`]; while both are in it, nobody does.
pub(crate) fn capture_rate<'a>(zone: &Zone, ships: impl Iterator<Item = &'a Ship>) -> i8 {
    let (mut a, mut b) = (0i8, 0i8);
    for ship in ships.filter(|ship| zone.contains(ship.position.units())) {
        match ship.team {
            Team::A => a = a.saturating_add(1),
            Team::B => b = b.saturating_add(1),
            Team::Free | Team::Pirates => {}
        }
    }
    match (a, b) {
        (captors, 0) => captors.min(MAX_CAPTORS),
        (0, captors) => -captors.min(MAX_CAPTORS),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::class::ShipClass;
    use glam::Vec2;
    use perigee_shared::ids::PlayerId;

    #[test]
    fn a_team_alone_takes_it_and_two_take_nothing() {
        let zone = Zone { centre: Vec2::splat(500.0), radius_units: 100.0 };
        let ship = |team, x| Ship::fresh(PlayerId(0), ShipClass::Dart, team, Vec2::new(x, 500.0), 0);
        let rate = |ships: &[Ship]| capture_rate(&zone, ships.iter());
        assert_eq!(rate(&[ship(Team::A, 450.0)]), 1);
        assert_eq!(rate(&[ship(Team::B, 450.0), ship(Team::B, 550.0), ship(Team::A, 601.0)]), -2);
        assert_eq!(rate(&[ship(Team::B, 450.0), ship(Team::A, 590.0)]), 0);
        assert_eq!(rate(&[ship(Team::A, 500.0); 9]), MAX_CAPTORS);
        assert_eq!(rate(&[ship(Team::Pirates, 500.0), ship(Team::Free, 500.0)]), 0);
    }
}
