//! The missile's guidance and its blast: where it turns to, and what it takes from whom.

use crate::entity::{Missile, QUANTA_PER_TURN};
use crate::movement::{heading, heading_turns, missile_quanta_per_step};
use crate::tuning::{
    BLAST_DAMAGE, BLAST_RADIUS_UNITS, MISSILE_FULL_TURN, MISSILE_LOOK_TICKS, MISSILE_SIGHT_TURNS,
    MISSILE_SIGHT_UNITS,
};
use glam::Vec2;
use perigee_shared::netcode::entity::pose::shorter_turn;

/// The turn of a missile that sees foes at these places: towards the one that is nearest to its line, straight on if
/// there is none ahead. It remembers nobody, so a foe who leaves its sight is lost.
pub(crate) fn homing_turn(missile: &Missile, foes: impl Iterator<Item = Vec2>) -> i8 {
    let (at, along) = (missile.position.units(), heading(missile.angle));
    let angle_turns = f32::from(missile.angle) / QUANTA_PER_TURN;
    let mut best: Option<(f32, f32)> = None;
    for foe in foes {
        let offset = foe - at;
        let off_turns = shorter_turn(heading_turns(offset) - angle_turns);
        let seen = offset.length() <= MISSILE_SIGHT_UNITS && off_turns.abs() <= MISSILE_SIGHT_TURNS;
        let off_line = along.perp_dot(offset).abs();
        if seen && best.is_none_or(|(nearest, _)| off_line < nearest) {
            best = Some((off_line, off_turns));
        }
    }
    let Some((_, off_turns)) = best else { return 0 };
    let until_next_look = missile_quanta_per_step() as f32 * f32::from(MISSILE_LOOK_TICKS);
    let thirds = libm::roundf(off_turns * QUANTA_PER_TURN / until_next_look);
    let full = f32::from(MISSILE_FULL_TURN);
    thirds.clamp(-full, full) as i8
}

/// Whether a missile looks about in this tick.
pub(crate) fn is_looking(missile: &Missile) -> bool {
    missile.life.is_multiple_of(MISSILE_LOOK_TICKS)
}

/// What a blast takes from a ship whose centre is so far away, points.
pub(crate) fn blast_damage(distance_units: f32) -> u8 {
    let share = 1.0 - (distance_units / BLAST_RADIUS_UNITS).clamp(0.0, 1.0) * (2.0 / 3.0);
    libm::roundf(f32::from(BLAST_DAMAGE) * share) as u8
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::class::Team;
    use crate::entity::GridVec;
    use crate::map::ArenaMap;
    use crate::movement::advance_missile;
    use crate::scenario::Scenario;
    use crate::tuning::MISSILE_LIFE_TICKS;
    use perigee_shared::ids::PlayerId;

    fn missile() -> Missile {
        let position = GridVec::of_position(Vec2::new(500.0, 500.0));
        let (owner, team) = (PlayerId(0), Team::Free);
        Missile { owner, team, turn: 0, position, angle: 0, life: MISSILE_LIFE_TICKS }
    }

    #[test]
    fn it_turns_to_the_foe_nearest_to_its_line() {
        let at = |x: f32, y: f32| Vec2::new(500.0 + x, 500.0 + y);
        let turn = |foes: &[Vec2]| homing_turn(&missile(), foes.iter().copied());
        assert_eq!(turn(&[at(300.0, 200.0)]), MISSILE_FULL_TURN);
        assert_eq!(turn(&[at(300.0, 200.0), at(400.0, -150.0)]), -MISSILE_FULL_TURN);
        assert_eq!(turn(&[at(300.0, 0.0)]), 0);
        assert_eq!(turn(&[at(-300.0, 10.0)]), 0, "what is behind is not seen");
        assert_eq!(turn(&[at(MISSILE_SIGHT_UNITS + 1.0, 100.0)]), 0, "what is far is not seen");
    }

    /// How near a missile comes to a ship that flies like that.
    fn nearest(mut foe: Vec2, mut velocity: impl FnMut(u32) -> Vec2) -> f32 {
        let map = ArenaMap::new(&Scenario::bare(4000.0, 4000.0));
        let mut missile = missile();
        let mut nearest = f32::MAX;
        for tick in 0..u32::from(MISSILE_LIFE_TICKS) {
            if is_looking(&missile) {
                missile.turn = homing_turn(&missile, [foe].into_iter());
            }
            advance_missile(&mut missile, &map);
            foe += velocity(tick) / 30.0;
            nearest = nearest.min(foe.distance(missile.position.units()));
        }
        nearest
    }

    #[test]
    fn it_finds_who_stands_and_misses_who_runs_or_turns() {
        let start = Vec2::new(900.0, 620.0);
        assert!(nearest(start, |_| Vec2::ZERO) < 20.0);
        assert!(nearest(start, |_| Vec2::new(360.0, 0.0)) > 200.0, "a Lance outruns it");
        assert!(nearest(start, |_| Vec2::new(120.0, 120.0)) < 20.0, "who dawdles does not");
        let across = nearest(Vec2::new(700.0, 500.0), |_| Vec2::new(-100.0, 330.0));
        assert!(across > 60.0, "who crosses its way close by is past its turn: {across}");
    }

    #[test]
    fn a_blast_takes_less_farther_away() {
        assert_eq!(blast_damage(0.0), BLAST_DAMAGE);
        assert_eq!(blast_damage(BLAST_RADIUS_UNITS), BLAST_DAMAGE / 3);
        assert!(blast_damage(30.0) < BLAST_DAMAGE);
    }
}
