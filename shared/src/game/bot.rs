//! Programs that play: from what a player sees to what a player does. For NPCs and load bots alike.

use crate::game::command::{ArenaCommand, FULL_TURN};
use crate::game::entity::{ArenaEntity, Ship};
use crate::game::map::ArenaMap;
use crate::game::movement::{heading, heading_turns, turn_quanta_per_step};
use crate::game::tuning::{SHIP_RADIUS_UNITS, SHOT_SPEED_UNITS_PER_S};
use crate::netcode::scene::shorter_turn;
use crate::rng::Rng;
use glam::Vec2;

/// How a program plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Behaviour {
    /// Changes its mind with probability 1/15 a tick: thrust 3/4, turn 1/3 each way, fire 1/8.
    Wander,
    /// The same, never firing.
    Cruise,
    /// Chases the nearest ship and shoots ahead of it.
    Hunt,
    /// Does nothing.
    Idle,
}

impl Behaviour {
    /// The behaviour of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "wander" => Some(Self::Wander),
            "cruise" => Some(Self::Cruise),
            "hunt" => Some(Self::Hunt),
            "idle" => Some(Self::Idle),
            _ => None,
        }
    }
}

/// A program's mind between ticks.
#[derive(Clone, Debug)]
pub struct Bot {
    behaviour: Behaviour,
    rng: Rng,
    command: ArenaCommand,
}

impl Bot {
    /// A bot of one behaviour; equal seeds play alike.
    #[must_use]
    pub fn new(behaviour: Behaviour, seed: u64) -> Self {
        Self { behaviour, rng: Rng::new(seed), command: ArenaCommand::default() }
    }

    /// Decides for one tick. `own` is the own ship, `seen` all else in view.
    pub fn decide<'a>(
        &mut self,
        own: Option<&ArenaEntity>,
        seen: impl Iterator<Item = &'a ArenaEntity>,
        map: &ArenaMap,
    ) -> ArenaCommand {
        self.command = match (self.behaviour, own) {
            (Behaviour::Idle, _) => ArenaCommand::default(),
            (Behaviour::Hunt, Some(ArenaEntity::Ship(ship))) => self.hunt(ship, seen, map),
            (Behaviour::Cruise, _) => self.wander(false),
            _ => self.wander(true),
        };
        self.command
    }

    fn wander(&mut self, may_fire: bool) -> ArenaCommand {
        if !self.rng.chance(1, 15) {
            return self.command;
        }
        ArenaCommand {
            thrust: self.rng.chance(3, 4),
            brake: false,
            turn: (self.rng.below(3) as i8 - 1) * FULL_TURN,
            fire: may_fire & self.rng.chance(1, 8),
        }
    }

    fn hunt<'a>(
        &mut self,
        own: &Ship,
        seen: impl Iterator<Item = &'a ArenaEntity>,
        map: &ArenaMap,
    ) -> ArenaCommand {
        let at = own.position.units();
        let ships = seen.filter_map(|entity| match entity {
            ArenaEntity::Ship(ship) if ship.owner != own.owner && ship.protection == 0 => Some(ship),
            _ => None,
        });
        let distance = |ship: &&Ship| ship.position.units().distance_squared(at);
        let target = ships.min_by(|a, b| distance(a).total_cmp(&distance(b)));
        let wish = target.map_or(map.size / 2.0 - at, |ship| lead(own, ship) - at);
        let away = avoid(at, own.velocity.units(), map);
        let steer = wish.normalize_or(Vec2::X) + away;
        let off = shorter_turn(heading_turns(steer) - f32::from(own.angle) / 65_536.0);
        let aim =
            target.is_some().then(|| shorter_turn(heading_turns(wish) - f32::from(own.angle) / 65_536.0));
        // Human hands: a little slow and a little off.
        if self.rng.chance(1, 3) {
            return ArenaCommand {
                fire: self.command.fire && aim.is_some_and(|a| a.abs() < 0.04),
                ..self.command
            };
        }
        let sevenths = libm::roundf(off * 65_536.0 / turn_quanta_per_step() as f32);
        ArenaCommand {
            thrust: off.abs() < 0.16 && (wish.length() > 190.0 || away != Vec2::ZERO),
            brake: wish.length() < 120.0 && target.is_some(),
            turn: (sevenths as i8).clamp(-FULL_TURN, FULL_TURN),
            fire: aim.is_some_and(|a| a.abs() < 0.02) && wish.length() < 520.0 && self.rng.chance(3, 4),
        }
    }
}

/// Where to shoot so that the shot and `target` meet.
fn lead(own: &Ship, target: &Ship) -> Vec2 {
    let offset = target.position.units() - own.position.units();
    let drift = target.velocity.units() - own.velocity.units();
    let time = offset.length() / SHOT_SPEED_UNITS_PER_S;
    target.position.units() + drift * time
}

/// A push away from rocks and walls on the way ahead.
fn avoid(at: Vec2, velocity: Vec2, map: &ArenaMap) -> Vec2 {
    let ahead = at + velocity * 0.5;
    let mut push = Vec2::ZERO;
    for rock in map.near(ahead).chain(map.near(at)) {
        let reach = rock.radius_units + SHIP_RADIUS_UNITS * 3.0;
        let apart = ahead - rock.centre;
        if apart.length() < reach {
            push += apart.normalize_or(heading(0)) * 1.5;
        }
    }
    let margin = 70.0;
    push.x += f32::from(u8::from(ahead.x < margin)) - f32::from(u8::from(ahead.x > map.size.x - margin));
    push.y += f32::from(u8::from(ahead.y < margin)) - f32::from(u8::from(ahead.y > map.size.y - margin));
    push
}
