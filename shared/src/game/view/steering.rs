//! From the player's hands to a command: keys turn at the full rate, a pointer or stick is turned towards.

use crate::game::class::ShipClass;
use crate::game::command::{ArenaCommand, FULL_TURN};
use crate::game::entity::QUANTA_PER_TURN;
use crate::game::movement::{heading_turns, turn_quanta_per_step};
use crate::netcode::Pose;
use crate::netcode::scene::shorter_turn;
use crate::presentation::{Camera, Held, RawInput};
use glam::Vec2;

/// A pointer nearer to the ship than this says nothing about direction, units.
const DEAD_ZONE_UNITS: f32 = 8.0;
/// A stick pushed less than this rests.
const STICK_REST: f32 = 0.2;
/// A stick pushed further than this asks for thrust.
const STICK_THRUST: f32 = 0.55;

/// The command that `input` asks for. `ship` is the newest predicted pose and what it is, `ticks_ahead` how many ticks the command
/// will last before the next one is asked for.
pub(super) fn command(
    input: &RawInput,
    (ship, class): (Pose, ShipClass),
    camera: &Camera,
    ticks_ahead: f32,
) -> ArenaCommand {
    let Held { forward, back, left, right, fire, missile } = input.held;
    let stick = input.stick.filter(|push| push.length() > STICK_REST);
    let turn = if left || right {
        (i8::from(left) - i8::from(right)) * FULL_TURN
    } else if let Some(push) = stick {
        turn_towards(push, (ship.angle_turns, class), ticks_ahead)
    } else if let Some(pointer) = input.pointer {
        let line = camera.centre + pointer * camera.half_height_units - ship.position;
        if line.length() > DEAD_ZONE_UNITS {
            turn_towards(line, (ship.angle_turns, class), ticks_ahead)
        } else {
            0
        }
    } else {
        0
    };
    let pushed = stick.is_some_and(|push| push.length() > STICK_THRUST);
    ArenaCommand { thrust: forward || pushed, brake: back, turn, fire, missile }
}

/// The turn that ends nearest to `line`'s direction after `ticks_ahead` ticks: it never goes past it by more than half
/// of the smallest step, so it settles.
fn turn_towards(line: Vec2, (angle_turns, class): (f32, ShipClass), ticks_ahead: f32) -> i8 {
    let step_turns = turn_quanta_per_step(class) as f32 / QUANTA_PER_TURN;
    let steps = shorter_turn(heading_turns(line) - angle_turns) / step_turns / ticks_ahead.max(1.0);
    libm::roundf(steps).clamp(-f32::from(FULL_TURN), f32::from(FULL_TURN)) as i8
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::game::entity::{ArenaEntity, GridVec, fresh_lance};
    use crate::game::map::ArenaMap;
    use crate::game::scenario::Scenario;
    use crate::ids::PlayerId;
    use crate::netcode::Entity;

    fn camera() -> Camera {
        Camera { centre: Vec2::ZERO, half_height_units: 100.0 }
    }

    fn pointing(at: Vec2) -> RawInput {
        RawInput { pointer: Some(at), ..RawInput::default() }
    }

    /// Errors in turns, tick by tick, of a ship that turns to a pointer on its right side.
    fn errors_while_turning(start_angle: u16, ticks_per_frame: usize) -> Vec<f32> {
        let scenario = Scenario { asteroids: 0, ..Scenario::default() };
        let map = <crate::game::Arena as crate::netcode::Simulation>::map(&scenario);
        let mut ship = fresh_lance(PlayerId(0), Vec2::new(1000.0, 800.0), start_angle);
        let camera = Camera { centre: ship.position.units(), ..camera() };
        let mut errors = Vec::new();
        for _ in 0..60 / ticks_per_frame {
            let pose = ArenaEntity::Ship(ship).pose();
            ship.command =
                command(&pointing(Vec2::new(0.9, 0.3)), (pose, ship.class), &camera, ticks_per_frame as f32);
            for _ in 0..ticks_per_frame {
                advance(&mut ship, &map);
                let wanted = heading_turns(Vec2::new(0.9, 0.3));
                errors.push(shorter_turn(wanted - f32::from(ship.angle) / QUANTA_PER_TURN));
            }
        }
        errors
    }

    fn advance(ship: &mut crate::game::Ship, map: &ArenaMap) {
        ship.velocity = GridVec::default();
        crate::game::movement::advance_ship(ship, map);
    }

    #[test]
    fn the_pointer_is_reached_and_never_passed() {
        let step = turn_quanta_per_step(ShipClass::Lance) as f32 / QUANTA_PER_TURN;
        for ticks_per_frame in [1, 2, 3] {
            for start in (0..65_536u32).step_by(997) {
                let errors = errors_while_turning(start as u16, ticks_per_frame);
                let settled = step * 0.51 * ticks_per_frame as f32;
                assert!(errors[errors.len() - 1].abs() <= settled, "from {start}: {errors:?}");
                let side = errors[0].signum();
                assert!(errors.iter().all(|e| e * side >= -settled), "overshoot from {start}: {errors:?}");
                let last = &errors[errors.len() - 9..];
                assert!(last.iter().all(|e| e == &last[0]), "trembles from {start}: {last:?}");
            }
        }
    }

    #[test]
    fn keys_outrank_the_pointer_and_cancel_each_other() {
        let pose = (Pose::default(), ShipClass::Lance);
        let held = Held { left: true, forward: true, ..Held::default() };
        let asked = command(&RawInput { held, ..pointing(Vec2::NEG_Y) }, pose, &camera(), 1.0);
        assert_eq!((asked.turn, asked.thrust), (FULL_TURN, true));
        let both = Held { left: true, right: true, ..Held::default() };
        assert_eq!(command(&RawInput { held: both, ..pointing(Vec2::Y) }, pose, &camera(), 1.0).turn, 0);
    }

    #[test]
    fn a_pointer_on_the_ship_does_not_spin_it() {
        assert_eq!(
            command(&pointing(Vec2::new(-0.01, 0.0)), (Pose::default(), ShipClass::Lance), &camera(), 1.0)
                .turn,
            0
        );
    }

    #[test]
    fn the_stick_turns_and_pushes() {
        let stick = |x: f32, y: f32| RawInput { stick: Some(Vec2::new(x, y)), ..RawInput::default() };
        assert_eq!(
            command(&stick(0.0, 0.9), (Pose::default(), ShipClass::Lance), &camera(), 1.0).turn,
            FULL_TURN
        );
        assert!(command(&stick(0.9, 0.0), (Pose::default(), ShipClass::Lance), &camera(), 1.0).thrust);
        assert!(!command(&stick(0.3, 0.0), (Pose::default(), ShipClass::Lance), &camera(), 1.0).thrust);
        assert_eq!(
            command(&stick(0.0, 0.1), (Pose::default(), ShipClass::Lance), &camera(), 1.0),
            ArenaCommand::default()
        );
    }
}
