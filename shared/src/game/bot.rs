//! Programs that play: from what a player sees to what a player does. For NPCs and load bots alike.

use crate::bits::{BitError, BitReader, BitWriter};
use crate::game::class::Team;
use crate::game::command::{ArenaCommand, FULL_TURN};
use crate::game::entity::{ArenaEntity, QUANTA_PER_TURN, Ship};
use crate::game::map::ArenaMap;
use crate::game::movement::{heading, heading_turns, turn_quanta_per_step};
use crate::game::tuning::{Barrel, MISSILE_ENERGY, SHIELD_PAUSE_TICKS, SHIP_RADIUS_UNITS};
use crate::hash::StateHasher;
use crate::netcode::Command;
use crate::netcode::scene::shorter_turn;
use crate::rng::Rng;
use crate::tick::TICK_SECONDS;
use glam::Vec2;

/// How a program plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Behaviour {
    /// Changes its mind with probability 1/15 a tick: thrust 3/4, turn 1/3 each way, fire 1/8.
    Wander,
    /// The same, never firing.
    Cruise,
    /// Chases the nearest foe and shoots ahead of it, as an ordinary player does; between fights it takes the zone.
    Hunt,
    /// Does nothing.
    Idle,
    /// Hunts badly: slow, with an unsteady hand, without missiles. A beginner's prey.
    Pirate,
}

const BEHAVIOURS: [Behaviour; 5] =
    [Behaviour::Wander, Behaviour::Cruise, Behaviour::Hunt, Behaviour::Idle, Behaviour::Pirate];
const BEHAVIOUR_BITS: u32 = 4;

impl Behaviour {
    /// The behaviour of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "wander" => Some(Self::Wander),
            "cruise" => Some(Self::Cruise),
            "hunt" => Some(Self::Hunt),
            "idle" => Some(Self::Idle),
            "pirate" => Some(Self::Pirate),
            _ => None,
        }
    }
}

/// How well a hunter hunts.
#[derive(Clone, Copy, Debug)]
struct Skill {
    /// Of so many thoughts, this many leave the hands as they are.
    sluggish: (u32, u32),
    /// It fires when its aim looks this good, turns.
    patience_turns: f32,
    /// Of so many chances to fire, this many are taken.
    eager: (u32, u32),
    /// How far its aim may be off what it believes, turns.
    unsteady_turns: f32,
    /// Of so many thoughts while it is being hit, this many are to get out of the line.
    shy: (u32, u32),
    missiles: bool,
}

/// Human hands: a little slow and a little off.
const PLAYER: Skill = Skill {
    sluggish: (1, 3),
    patience_turns: 0.025,
    eager: (3, 4),
    unsteady_turns: 0.018,
    shy: (1, 3),
    missiles: true,
};
/// A drunken hand.
const PIRATE: Skill = Skill {
    sluggish: (2, 3),
    patience_turns: 0.035,
    eager: (1, 2),
    unsteady_turns: 0.035,
    shy: (1, 12),
    missiles: false,
};

/// Share of what the aim is off that one thought corrects: who sees late must not overshoot.
const GAIN: f32 = 0.4;
/// A hit this long ago is noticed as one, ticks.
const JUST_NOW_TICKS: u8 = 3;
/// How long one gets out of the line, thoughts: at least, and so many more below this.
const DODGE_THOUGHTS: (u32, u32) = (16, 12);

/// A program's mind between ticks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bot {
    behaviour: Behaviour,
    rng: Rng,
    command: ArenaCommand,
    /// How far its hand is off just now, quanta of a turn.
    error: i16,
    /// Thoughts for which it still gets out of the line, to the left above 0, to the right below.
    dodge: i8,
}

impl Bot {
    /// A bot of one behaviour; equal seeds play alike.
    #[must_use]
    pub fn new(behaviour: Behaviour, seed: u64) -> Self {
        Self { behaviour, rng: Rng::new(seed), command: ArenaCommand::default(), error: 0, dodge: 0 }
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
            (Behaviour::Hunt, Some(ArenaEntity::Ship(ship))) => self.hunt(ship, seen, map, &PLAYER),
            (Behaviour::Pirate, Some(ArenaEntity::Ship(ship))) => self.hunt(ship, seen, map, &PIRATE),
            (Behaviour::Cruise, _) => self.wander(false),
            _ => self.wander(true),
        };
        self.command
    }

    /// What it decided last.
    #[must_use]
    pub fn command(&self) -> ArenaCommand {
        self.command
    }

    /// Mixes the whole mind into a state hash.
    pub fn hash_into(&self, hasher: &mut StateHasher) {
        hasher.write_u64(self.rng.state());
        hasher.write_i32(i32::from(self.error) << 8 | i32::from(self.dodge as u8));
        hasher.write_u64(u64::from(self.command.pack()) << 8 | self.behaviour as u64);
    }

    /// Writes the whole mind.
    pub fn save(&self, writer: &mut BitWriter) {
        writer.write(self.behaviour as u32, BEHAVIOUR_BITS);
        writer.write_u64(self.rng.state());
        writer.write(self.command.pack(), ArenaCommand::BITS);
        writer.write(u32::from(self.error as u16), 16);
        writer.write(u32::from(self.dodge as u8), 8);
    }

    /// Reads what [`Self::save`] wrote.
    ///
    /// # Errors
    /// A [`BitError`] for what is no mind: the bits come from outside.
    pub fn load(reader: &mut BitReader<'_>) -> Result<Self, BitError> {
        let behaviour = reader.read(BEHAVIOUR_BITS)? as usize;
        Ok(Self {
            behaviour: *BEHAVIOURS.get(behaviour).ok_or(BitError::OutOfRange)?,
            rng: Rng::from_state(reader.read_u64()?),
            command: ArenaCommand::unpack(reader.read(ArenaCommand::BITS)?).ok_or(BitError::OutOfRange)?,
            error: reader.read(16)? as u16 as i16,
            dodge: reader.read(8)? as u8 as i8,
        })
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
            missile: may_fire & self.rng.chance(1, 40),
        }
    }

    fn hunt<'a>(
        &mut self,
        own: &Ship,
        seen: impl Iterator<Item = &'a ArenaEntity>,
        map: &ArenaMap,
        skill: &Skill,
    ) -> ArenaCommand {
        if self.dodges(own, skill) {
            return self.out_of_the_line();
        }
        let at = own.position.units();
        let target = nearest_foe(own, seen);
        let wish = target.map_or_else(|| idle_place(own, map), |ship| lead(own, ship)) - at;
        let away = avoid(at, own.velocity.units(), map);
        let steer = wish.normalize_or(Vec2::X) + away;
        let angle = f32::from(own.angle.wrapping_add_signed(self.error)) / QUANTA_PER_TURN;
        let off = shorter_turn(heading_turns(steer) - angle);
        let aim = target.is_some().then(|| shorter_turn(heading_turns(wish) - angle).abs());
        if self.rng.chance(skill.sluggish.0, skill.sluggish.1) {
            let fire = self.command.fire && aim.is_some_and(|aim| aim < skill.patience_turns * 2.0);
            return ArenaCommand { fire, missile: false, ..self.command };
        }
        self.shake(skill);
        let habits = Habits::of(own);
        let distance = wish.length();
        let sevenths = libm::roundf(GAIN * off * QUANTA_PER_TURN / turn_quanta_per_step(own.class) as f32);
        let aims = |tolerance: f32| aim.is_some_and(|aim| aim < tolerance);
        let reach = target.is_some() || distance > habits.nearest_units * 2.0;
        ArenaCommand {
            thrust: off.abs() < 0.16 && reach && (distance > habits.near_units || away != Vec2::ZERO),
            brake: distance < habits.nearest_units,
            turn: (sevenths as i8).clamp(-FULL_TURN, FULL_TURN),
            fire: aims(skill.patience_turns)
                && distance < habits.range_units
                && self.rng.chance(skill.eager.0, skill.eager.1),
            missile: skill.missiles
                && aims(0.03)
                && (140.0..480.0).contains(&distance)
                && own.rack == 0
                && own.energy > MISSILE_ENERGY * 2
                && self.rng.chance(1, 12),
        }
    }

    /// Whether it gets out of the line in this tick: whoever is hit does so, sooner or later.
    fn dodges(&mut self, own: &Ship, skill: &Skill) -> bool {
        self.dodge -= self.dodge.signum();
        let is_being_hit = own.shield_delay + JUST_NOW_TICKS > SHIELD_PAUSE_TICKS;
        if self.dodge == 0 && is_being_hit && self.rng.chance(skill.shy.0, skill.shy.1) {
            let thoughts = (DODGE_THOUGHTS.0 + self.rng.below(DODGE_THOUGHTS.1)) as i8;
            self.dodge = if self.rng.chance(1, 2) { thoughts } else { -thoughts };
        }
        self.dodge != 0
    }

    /// First the ship turns aside, then it goes there.
    fn out_of_the_line(&self) -> ArenaCommand {
        let turns = u32::from(self.dodge.unsigned_abs()) > DODGE_THOUGHTS.0 / 2;
        let turn = if turns { FULL_TURN * self.dodge.signum() } else { 0 };
        ArenaCommand { thrust: true, turn, ..ArenaCommand::default() }
    }

    /// Now and then the hand slips another way.
    fn shake(&mut self, skill: &Skill) {
        if skill.unsteady_turns > 0.0 && self.rng.chance(1, 6) {
            let error = self.rng.range(-skill.unsteady_turns, skill.unsteady_turns);
            self.error = (error * QUANTA_PER_TURN) as i16;
        }
    }
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

fn nearest_foe<'a>(own: &Ship, seen: impl Iterator<Item = &'a ArenaEntity>) -> Option<&'a Ship> {
    let at = own.position.units();
    let foes = seen.filter_map(|entity| match entity {
        ArenaEntity::Ship(ship) => {
            let is_foe = ship.owner != own.owner && own.team.is_hostile_to(ship.team);
            (is_foe && ship.protection == 0).then_some(ship)
        }
        _ => None,
    });
    let distance = |ship: &&Ship| ship.position.units().distance_squared(at);
    foes.min_by(|a, b| distance(a).total_cmp(&distance(b)))
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
