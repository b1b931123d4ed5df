//! To fight: chase the nearest foe, shoot ahead of it, get out of the line when hit. Pirates do the same, badly.

use super::flight::{avoid, turn_to};
use super::state::Bot;
use crate::class::{Barrel, Team};
use crate::command::ArenaCommand;
use crate::entity::{QUANTA_PER_TURN, Ship};
use crate::map::ArenaMap;
use crate::movement::heading_turns;
use crate::tuning::{MISSILE_ENERGY, SHIELD_PAUSE_TICKS, SHIP_RADIUS_UNITS};
use glam::Vec2;
use perigee_shared::netcode::entity::pose::shorter_turn;
use perigee_shared::tick::TICK_SECONDS;

/// How near to its idle place a hunter stays, units.
const IDLE_UNITS: f32 = 150.0;
/// A hit this long ago is noticed as one, ticks.
const JUST_NOW_TICKS: u8 = 3;
impl Bot {
    /// One thought of a fight with `target`; without one, of the way to where there may be some.
    pub(super) fn hunt(&mut self, own: &Ship, target: Option<&Ship>, map: &ArenaMap) -> ArenaCommand {
        let skill = self.skill();
        if self.combat.dodges(is_being_hit(own), skill, &mut self.rng) {
            return self.combat.out_of_the_line();
        }
        let Some(target) = target else { return self.look_for_foes(own, map) };
        let at = own.position.units();
        let offset = lead(own, target) - at;
        let away = avoid(at, own.velocity.units(), map);
        let steer = offset.normalize_or(Vec2::X) + away;
        let angle = f32::from(own.angle.wrapping_add_signed(self.combat.error())) / QUANTA_PER_TURN;
        let off = shorter_turn(heading_turns(steer) - angle);
        let aim = shorter_turn(heading_turns(offset) - angle).abs();
        if self.rng.chance(skill.sluggish.0, skill.sluggish.1) {
            let fire = self.command.fire && aim < skill.patience_turns * 2.0;
            return ArenaCommand { fire, missile: false, ..self.command };
        }
        self.combat.shake(skill, &mut self.rng);
        let habits = Habits::of(own);
        let distance = offset.length();
        ArenaCommand {
            thrust: off.abs() < 0.16 && (distance > habits.near_units || away != Vec2::ZERO),
            brake: distance < habits.nearest_units,
            turn: turn_to(own, off),
            fire: aim < skill.patience_turns
                && distance < habits.range_units
                && self.rng.chance(skill.eager.0, skill.eager.1),
            missile: skill.missiles
                && aim < 0.03
                && (140.0..480.0).contains(&distance)
                && own.rack == 0
                && own.energy > MISSILE_ENERGY * 2
                && self.rng.chance(1, 12),
        }
    }

    /// Nobody is there: to a station if there is something to do, else to where most come by.
    fn look_for_foes(&mut self, own: &Ship, map: &ArenaMap) -> ArenaCommand {
        if let Some(command) = self.run_errand(own, map) {
            return command;
        }
        self.fly(own, idle_place(own, map), IDLE_UNITS, map)
    }

    /// Notes whether it is being hit; whether it was in the last seconds.
    pub(super) fn note_alarm(&mut self, own: &Ship) -> bool {
        self.combat.note_alarm(is_being_hit(own))
    }
}

fn is_being_hit(own: &Ship) -> bool {
    own.shield_delay + JUST_NOW_TICKS > SHIELD_PAUSE_TICKS
}

/// At which distances a class fights.
#[derive(Clone, Copy, Debug)]
struct Habits {
    /// It fires from here on, units.
    range_units: f32,
    /// Nearer than this it lets the engine be, units.
    near_units: f32,
    /// Nearer than this it brakes, units.
    nearest_units: f32,
}

impl Habits {
    fn of(own: &Ship) -> Self {
        match own.class.tuning().barrel {
            Barrel::Beam { range_units } => {
                Self { range_units: range_units - SHIP_RADIUS_UNITS, near_units: 60.0, nearest_units: 0.0 }
            }
            Barrel::Gun { speed_units_per_s, life_ticks } => Self {
                range_units: speed_units_per_s * f32::from(life_ticks) * TICK_SECONDS * 0.67,
                near_units: 190.0,
                nearest_units: 120.0,
            },
        }
    }
}

/// Where a hunter goes who sees nobody: to the zone, if it is for its team, or to the middle.
fn idle_place(own: &Ship, map: &ArenaMap) -> Vec2 {
    match map.zone {
        Some(zone) if matches!(own.team, Team::A | Team::B) => zone.centre,
        _ => map.size / 2.0,
    }
}

/// Where to shoot so that the shot and `target` meet; a beam needs no time.
fn lead(own: &Ship, target: &Ship) -> Vec2 {
    let Barrel::Gun { speed_units_per_s, .. } = own.class.tuning().barrel else {
        return target.position.units();
    };
    let offset = target.position.units() - own.position.units();
    let drift = target.velocity.units() - own.velocity.units();
    target.position.units() + drift * (offset.length() / speed_units_per_s)
}
