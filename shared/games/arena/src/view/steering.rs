//! From input to a command: keys turn at the full rate, a pointer or stick is turned towards. A stick that is
//! pulled against the course brakes: a thumb has no other key for it.

use crate::class::ShipClass;
use crate::command::{ArenaCommand, FULL_TURN};
use crate::entity::QUANTA_PER_TURN;
use crate::movement::{heading_turns, turn_quanta_per_step};
use glam::Vec2;
use perigee_shared::netcode::Pose;
use perigee_shared::netcode::entity::pose::shorter_turn;
use perigee_shared::presentation::{Camera, Held, RawInput};

/// A pointer nearer to the ship than this says nothing about direction, units.
const DEAD_ZONE_UNITS: f32 = 8.0;
/// A stick pushed less than this rests.
const STICK_REST: f32 = 0.2;
/// A stick pushed further than this asks for thrust.
const STICK_THRUST: f32 = 0.55;

/// A stick pulled against the course by more than this brakes: the cosine between them.
const AGAINST: f32 = -0.5;
/// A ship slower than this has no course to be against, units a second.
const COURSE_UNITS_PER_S: f32 = 25.0;

/// The ship that is steered, in its newest predicted state.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Helm {
    pub(super) pose: Pose,
    pub(super) class: ShipClass,
    pub(super) velocity_units_per_s: Vec2,
}

/// The command that `input` asks for. `ticks_ahead` is how many ticks the command will last before the next one is asked
/// for.
pub(super) fn command(input: &RawInput, helm: &Helm, camera: &Camera, ticks_ahead: f32) -> ArenaCommand {
    let (ship, class) = (helm.pose, helm.class);
    let Held { forward, back, left, right, primary: fire, secondary: missile } = input.held;
    let stick = input.stick.filter(|push| push.length() > STICK_REST);
    let turn = if left || right {
        (i8::from(left) - i8::from(right)) * FULL_TURN
    } else if let Some(push) = stick {
        turn_towards(push, ship.angle_turns, class, ticks_ahead)
    } else if let Some(pointer) = input.pointer {
        let line = camera.centre + pointer * camera.half_height_units - ship.position;
        if line.length() > DEAD_ZONE_UNITS {
            turn_towards(line, ship.angle_turns, class, ticks_ahead)
        } else {
            0
        }
    } else {
        0
    };
    let pushed = stick.filter(|push| push.length() > STICK_THRUST);
    let brakes = pushed.is_some_and(|push| is_against_course(push, helm));
    // Until the nose has come about, thrust would undo the braking.
    let thrusts = pushed.is_some_and(|push| !brakes || push.dot(nose(helm)) > 0.0);
    ArenaCommand { thrust: forward || thrusts, brake: back || brakes, turn, fire, missile }
}

fn is_against_course(push: Vec2, helm: &Helm) -> bool {
    let course = helm.velocity_units_per_s;
    course.length() > COURSE_UNITS_PER_S && push.normalize().dot(course.normalize()) < AGAINST
}

fn nose(helm: &Helm) -> Vec2 {
    Vec2::from_angle(helm.pose.angle_turns * std::f32::consts::TAU)
}

/// The turn that ends nearest to `line`'s direction after `ticks_ahead` ticks: it never goes past it by more than half
/// of the smallest step, so it settles.
fn turn_towards(line: Vec2, angle_turns: f32, class: ShipClass, ticks_ahead: f32) -> i8 {
    let step_turns = turn_quanta_per_step(class) as f32 / QUANTA_PER_TURN;
    let steps = shorter_turn(heading_turns(line) - angle_turns) / step_turns / ticks_ahead.max(1.0);
    libm::roundf(steps).clamp(-f32::from(FULL_TURN), f32::from(FULL_TURN)) as i8
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entity::{ArenaEntity, GridVec, fresh_lance};
    use crate::map::ArenaMap;
    use crate::scenario::Scenario;
    use perigee_shared::ids::PlayerId;
    use perigee_shared::netcode::Entity;

    fn camera() -> Camera {
        Camera { centre: Vec2::ZERO, half_height_units: 100.0 }
    }

    fn pointing(at: Vec2) -> RawInput {
        RawInput { pointer: Some(at), ..RawInput::default() }
    }

    /// Errors in turns, tick by tick, of a ship that turns to a pointer on its right side.
    fn errors_while_turning(start_angle: u16, ticks_per_frame: usize) -> Vec<f32> {
        let scenario = Scenario { asteroids: 0, ..Scenario::default() };
        let map = <crate::Arena as perigee_shared::netcode::Simulation>::map(&scenario);
        let mut ship = fresh_lance(PlayerId(0), Vec2::new(1000.0, 800.0), start_angle);
        let camera = Camera { centre: ship.position.units(), ..camera() };
        let mut errors = Vec::new();
        for _ in 0..60 / ticks_per_frame {
            let pose = ArenaEntity::Ship(ship).pose();
            let helm = Helm { pose, class: ship.class, ..Helm::default() };
            ship.command = command(&pointing(Vec2::new(0.9, 0.3)), &helm, &camera, ticks_per_frame as f32);
            for _ in 0..ticks_per_frame {
                advance(&mut ship, &map);
                let wanted = heading_turns(Vec2::new(0.9, 0.3));
                errors.push(shorter_turn(wanted - f32::from(ship.angle) / QUANTA_PER_TURN));
            }
        }
        errors
    }

    fn advance(ship: &mut crate::Ship, map: &ArenaMap) {
        ship.velocity = GridVec::default();
        crate::movement::advance_ship(ship, map);
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
        let helm = Helm::default();
        let held = Held { left: true, forward: true, ..Held::default() };
        let asked = command(&RawInput { held, ..pointing(Vec2::NEG_Y) }, &helm, &camera(), 1.0);
        assert_eq!((asked.turn, asked.thrust), (FULL_TURN, true));
        let both = Held { left: true, right: true, ..Held::default() };
        assert_eq!(command(&RawInput { held: both, ..pointing(Vec2::Y) }, &helm, &camera(), 1.0).turn, 0);
    }

    #[test]
    fn a_pointer_on_the_ship_does_not_spin_it() {
        assert_eq!(command(&pointing(Vec2::new(-0.01, 0.0)), &Helm::default(), &camera(), 1.0).turn, 0);
    }

    #[test]
    fn the_stick_turns_and_pushes() {
        let stick = |x: f32, y: f32| RawInput { stick: Some(Vec2::new(x, y)), ..RawInput::default() };
        assert_eq!(command(&stick(0.0, 0.9), &Helm::default(), &camera(), 1.0).turn, FULL_TURN);
        assert!(command(&stick(0.9, 0.0), &Helm::default(), &camera(), 1.0).thrust);
        assert!(!command(&stick(0.3, 0.0), &Helm::default(), &camera(), 1.0).thrust);
        assert_eq!(command(&stick(0.0, 0.1), &Helm::default(), &camera(), 1.0), ArenaCommand::default());
    }

    /// A ship that flies to the right at that speed, with its nose that way.
    fn flying(speed_units_per_s: f32) -> Helm {
        Helm { velocity_units_per_s: Vec2::X * speed_units_per_s, ..Helm::default() }
    }

    #[test]
    fn a_stick_against_the_course_brakes_and_thrusts_only_once_the_nose_is_about() {
        let pull = |x: f32, y: f32, helm: &Helm| {
            let input = RawInput { stick: Some(Vec2::new(x, y)), ..RawInput::default() };
            let asked = command(&input, helm, &camera(), 1.0);
            (asked.brake, asked.thrust)
        };
        let ahead = flying(200.0);
        assert_eq!(pull(-0.9, 0.0, &ahead), (true, false));
        assert_eq!(pull(-0.8, 0.4, &ahead), (true, false), "about against");
        assert_eq!(pull(0.0, 0.9, &ahead), (false, true), "across");
        assert_eq!(pull(0.9, 0.0, &ahead), (false, true));
        assert_eq!(pull(-0.4, 0.0, &ahead), (false, false), "a light pull only turns");
        let about = Helm { pose: Pose { angle_turns: 0.5, ..Pose::default() }, ..ahead };
        assert_eq!(pull(-0.9, 0.0, &about), (true, true));
        assert_eq!(pull(-0.9, 0.0, &flying(10.0)), (false, true), "too slow to have a course");
    }

    #[test]
    fn pulling_back_stops_a_ship_sooner_than_letting_go() {
        let scenario = Scenario { asteroids: 0, ..Scenario::default() };
        let map = <crate::Arena as perigee_shared::netcode::Simulation>::map(&scenario);
        // The way that a ship at 200 units a second still goes ahead within two seconds.
        let way = |stick: Option<Vec2>| {
            let mut ship = fresh_lance(PlayerId(0), Vec2::new(600.0, 800.0), 0);
            ship.velocity = GridVec::of_ship_velocity(Vec2::X * 200.0);
            let mut furthest = 0.0_f32;
            for _ in 0..60 {
                let pose = ArenaEntity::Ship(ship).pose();
                let velocity_units_per_s = ship.velocity.units();
                let helm = Helm { pose, class: ship.class, velocity_units_per_s };
                ship.command = command(&RawInput { stick, ..RawInput::default() }, &helm, &camera(), 1.0);
                crate::movement::advance_ship(&mut ship, &map);
                furthest = furthest.max(ship.position.units().x - 600.0);
            }
            furthest
        };
        let (pulled, let_go) = (way(Some(Vec2::NEG_X)), way(None));
        assert!(pulled < let_go * 0.5, "{pulled} {let_go}");
    }
}
