//! What flies off and fades: sparks, smoke, trails, flashes, shockwaves, splinters. Only seen, never simulated.

use crate::view::camera::CameraMan;
use crate::view::palette::{FIRE, NEUTRAL, SPACE, WHITE};
use glam::Vec2;
use perigee_shared::presentation::{Color, Comfort, DrawList, Placement};
use perigee_shared::rng::Rng;
use std::f32::consts::TAU;

/// Most particles at once; a new one takes the place of an old one.
pub(super) const MAX_PARTICLES: usize = 700;
/// Most shockwaves at once; likewise.
pub(super) const MAX_WAVES: usize = 24;
/// Most shield flashes at once; likewise.
pub(super) const MAX_SHELLS: usize = 32;
/// A shield flash: how long, seconds, its radius, units, and how far it reaches to either side, turns.
const SHELL_S: f32 = 0.35;
const SHELL_UNITS: f32 = 25.0;
const SHELL_TURNS: f32 = 0.17;
/// Splinters of a ship that blew up.
const DEBRIS: usize = 11;
/// Trail particles of a running engine, 1/s.
const TRAIL_PER_S: f32 = 70.0;
/// Smoke of a badly hit ship, 1/s.
const SMOKE_PER_S: f32 = 26.0;

#[derive(Clone, Copy, Debug)]
enum Look {
    /// A streak along its way.
    Spark,
    /// A soft light that shrinks.
    Ember,
    /// A soft dark puff that grows.
    Smoke,
    /// A splinter that tumbles.
    Debris { first_turns: f32, spin_turns_per_s: f32 },
}

#[derive(Clone, Copy, Debug)]
struct Particle {
    look: Look,
    position: Vec2,
    velocity: Vec2,
    /// Share of its speed that it loses, 1/s.
    drag_per_s: f32,
    age_s: f32,
    life_s: f32,
    size_units: f32,
    color: Color,
}

#[derive(Clone, Copy, Debug)]
struct Wave {
    centre: Vec2,
    age_s: f32,
    life_s: f32,
    reach_units: f32,
    color: Color,
}

/// A part of a ship's shield that lights up where it was hit, and flies with the ship.
#[derive(Clone, Copy, Debug)]
struct Shell {
    centre: Vec2,
    velocity: Vec2,
    /// The direction of the hit, turns.
    towards_turns: f32,
    age_s: f32,
    color: Color,
}

/// Everything that fades.
#[derive(Clone, Debug)]
pub(super) struct Effects {
    particles: Vec<Particle>,
    waves: Vec<Wave>,
    shells: Vec<Shell>,
    /// Which old one is replaced next, when full.
    oldest_particle: usize,
    oldest_wave: usize,
    oldest_shell: usize,
    rng: Rng,
    calm: bool,
}

impl Effects {
    pub(super) fn new(comfort: Comfort) -> Self {
        Self {
            particles: Vec::with_capacity(MAX_PARTICLES),
            waves: Vec::with_capacity(MAX_WAVES),
            shells: Vec::with_capacity(MAX_SHELLS),
            oldest_particle: 0,
            oldest_wave: 0,
            oldest_shell: 0,
            rng: Rng::new(0x5eed),
            calm: comfort.reduced_motion,
        }
    }

    /// The player wants it otherwise.
    pub(super) fn set_comfort(&mut self, comfort: Comfort) {
        self.calm = comfort.reduced_motion;
    }

    /// A number in `0..=1` that differs from frame to frame, for flames.
    pub(super) fn flicker(&mut self) -> f32 {
        if self.calm { 0.5 } else { self.rng.unit() }
    }

    /// Everything grows older by `dt_s`; what is over goes.
    pub(super) fn age(&mut self, dt_s: f32) {
        for particle in &mut self.particles {
            particle.age_s += dt_s;
            particle.position += particle.velocity * dt_s;
            particle.velocity *= (1.0 - particle.drag_per_s * dt_s).max(0.0);
        }
        self.particles.retain(|particle| particle.age_s < particle.life_s);
        self.waves.iter_mut().for_each(|wave| wave.age_s += dt_s);
        self.waves.retain(|wave| wave.age_s < wave.life_s);
        for shell in &mut self.shells {
            shell.age_s += dt_s;
            shell.centre += shell.velocity * dt_s;
        }
        self.shells.retain(|shell| shell.age_s < SHELL_S);
    }

    /// The trail of an engine that ran for `dt_s`.
    pub(super) fn trail(&mut self, engine: Vec2, backwards: Vec2, velocity: Vec2, color: Color, dt_s: f32) {
        for _ in 0..self.how_many(TRAIL_PER_S * dt_s) {
            let aside = backwards.perp() * self.rng.range(-26.0, 26.0);
            let velocity = velocity * 0.35 + backwards * self.rng.range(60.0, 130.0) + aside;
            let life_s = self.rng.range(0.35, 0.75);
            let color = FIRE.mix(color, 0.35 + 0.5 * self.rng.unit()).fade(0.42);
            let size_units = self.rng.range(5.0, 8.5);
            let position = engine + velocity * (self.rng.unit() * dt_s);
            self.add(Particle {
                look: Look::Ember,
                position,
                velocity,
                drag_per_s: 1.8,
                age_s: 0.0,
                life_s,
                size_units,
                color,
            });
        }
    }

    /// A badly hit ship smokes.
    pub(super) fn smoke(&mut self, at: Vec2, velocity: Vec2, dt_s: f32) {
        for _ in 0..self.how_many(SMOKE_PER_S * dt_s) {
            let position = at + self.any_direction() * 7.0;
            let velocity = velocity * 0.3 + self.any_direction() * 14.0;
            let (life_s, size_units) = (self.rng.range(0.5, 1.1), self.rng.range(7.0, 12.0));
            let color = NEUTRAL.mix(Color::hex(0x10_16_22), 0.72).fade(0.5);
            self.add(Particle {
                look: Look::Smoke,
                position,
                velocity,
                drag_per_s: 0.8,
                age_s: 0.0,
                life_s,
                size_units,
                color,
            });
        }
    }

    /// The flash of a gun.
    pub(super) fn muzzle(&mut self, nose: Vec2, velocity: Vec2, color: Color) {
        self.flash(nose, velocity, 22.0, 0.09, color.mix(WHITE, 0.5).fade(0.8));
    }

    /// A shot met a ship: sparks fly `away`.
    pub(super) fn hit(&mut self, at: Vec2, velocity: Vec2, away: Vec2) {
        self.flash(at, velocity, 34.0, 0.16, FIRE.mix(WHITE, 0.5));
        for _ in 0..14 {
            let direction = (away * 0.9 + self.any_direction()).normalize_or(away);
            let speed = self.rng.range(90.0, 420.0);
            let color = FIRE.mix(WHITE, self.rng_share(0.6));
            self.spark(at, velocity * 0.5 + direction * speed, color);
        }
    }

    /// A shot met a shield: a ripple instead of sparks.
    pub(super) fn deflect(&mut self, at: Vec2, color: Color) {
        self.flash(at, Vec2::ZERO, 40.0, 0.2, color.fade(0.6));
        self.wave(at, 38.0, 0.3, color.fade(0.8));
    }

    /// A shield took a hit that came from `towards`: the part of it that was struck lights up.
    pub(super) fn shield_flash(&mut self, centre: Vec2, velocity: Vec2, towards: Vec2, color: Color) {
        let towards_turns = libm::atan2f(towards.y, towards.x) / TAU;
        let shell = Shell { centre, velocity, towards_turns, age_s: 0.0, color };
        put(&mut self.shells, &mut self.oldest_shell, MAX_SHELLS, shell);
    }

    /// A shot met stone.
    pub(super) fn chip(&mut self, at: Vec2, away: Vec2) {
        for _ in 0..2 {
            let direction = (away + self.any_direction() * 0.8).normalize_or(away);
            let speed = self.rng.range(60.0, 240.0);
            self.spark(at, direction * speed, FIRE.mix(NEUTRAL, 0.4));
        }
    }

    /// A ship blew up.
    pub(super) fn explode(&mut self, at: Vec2, velocity: Vec2, color: Color) {
        self.flash(at, velocity * 0.3, 190.0, 0.4, WHITE.mix(FIRE, 0.4));
        self.flash(at, velocity * 0.3, 110.0, 0.85, FIRE.mix(color, 0.4));
        self.wave(at, 150.0, 0.65, WHITE.mix(FIRE, 0.45));
        self.wave(at, 95.0, 0.9, color.fade(0.7));
        for n in 0..46 {
            let speed = self.rng.range(40.0, 460.0);
            let way = velocity * 0.5 + self.any_direction() * speed;
            let tint = if n % 3 == 0 { color } else { FIRE };
            let color = tint.mix(WHITE, self.rng_share(0.5));
            self.spark(at, way, color);
        }
        self.splinter(at, velocity, color);
        for _ in 0..16 {
            let position = at + self.any_direction() * self.rng_share(14.0);
            let velocity = velocity * 0.4 + self.any_direction() * self.rng_share(120.0);
            let (life_s, size_units) = (self.rng.range(0.6, 1.5), self.rng.range(14.0, 30.0));
            let color = FIRE.mix(color, self.rng_share(1.0)).fade(0.55);
            self.add(Particle {
                look: Look::Ember,
                position,
                velocity,
                drag_per_s: 2.2,
                age_s: 0.0,
                life_s,
                size_units,
                color,
            });
        }
    }

    /// What is left of a hull tumbles on.
    fn splinter(&mut self, at: Vec2, velocity: Vec2, color: Color) {
        for _ in 0..DEBRIS {
            let away = self.any_direction();
            let (first_turns, spin) = (self.rng.unit(), self.rng.range(-1.6, 1.6));
            let speed = self.rng.range(30.0, 170.0);
            let (life_s, size_units) = (self.rng.range(0.8, 1.9), self.rng.range(2.5, 7.0));
            let shade = self.rng.range(0.25, 0.6);
            self.add(Particle {
                look: Look::Debris { first_turns, spin_turns_per_s: if self.calm { 0.0 } else { spin } },
                position: at + away * 6.0,
                velocity: velocity * 0.7 + away * speed,
                drag_per_s: 0.7,
                age_s: 0.0,
                life_s,
                size_units,
                color: color.mix(SPACE, shade),
            });
        }
    }

    /// A ship came out of nowhere: it arrived, or a large correction moved it.
    pub(super) fn warp(&mut self, at: Vec2, color: Color) {
        self.flash(at, Vec2::ZERO, 80.0, 0.4, color.fade(0.7));
        self.wave(at, 60.0, 0.45, color.fade(0.8));
    }

    /// Draws what is in view.
    pub(super) fn draw(&self, list: &mut DrawList, view: &CameraMan) {
        for particle in self.particles.iter().filter(|p| view.sees(p.position, p.size_units * 2.0)) {
            draw_particle(list, particle);
        }
        for wave in self.waves.iter().filter(|wave| view.sees(wave.centre, wave.reach_units)) {
            let t = wave.age_s / wave.life_s;
            let out = 1.0 - (1.0 - t) * (1.0 - t);
            let color = wave.color.fade((1.0 - t) * (1.0 - t));
            list.ring(
                wave.centre,
                6.0 + wave.reach_units * out,
                1.0 + wave.reach_units * 0.03 * (1.0 - t),
                color.light(),
            );
        }
        for shell in self.shells.iter().filter(|shell| view.sees(shell.centre, SHELL_UNITS * 2.0)) {
            draw_shell(list, shell);
        }
    }

    /// How many particles there are.
    #[cfg(test)]
    pub(super) fn counts(&self) -> (usize, usize, usize) {
        (self.particles.len(), self.waves.len(), self.shells.len())
    }

    fn spark(&mut self, position: Vec2, velocity: Vec2, color: Color) {
        let (life_s, size_units) = (self.rng.range(0.25, 0.8), self.rng.range(1.8, 3.4));
        self.add(Particle {
            look: Look::Spark,
            position,
            velocity,
            drag_per_s: 2.6,
            age_s: 0.0,
            life_s,
            size_units,
            color,
        });
    }

    fn flash(&mut self, position: Vec2, velocity: Vec2, size_units: f32, life_s: f32, color: Color) {
        self.add(Particle {
            look: Look::Ember,
            position,
            velocity,
            drag_per_s: 0.0,
            age_s: 0.0,
            life_s,
            size_units,
            color,
        });
    }

    fn wave(&mut self, centre: Vec2, reach_units: f32, life_s: f32, color: Color) {
        let wave = Wave { centre, age_s: 0.0, life_s, reach_units, color };
        put(&mut self.waves, &mut self.oldest_wave, MAX_WAVES, wave);
    }

    fn add(&mut self, particle: Particle) {
        put(&mut self.particles, &mut self.oldest_particle, MAX_PARTICLES, particle);
    }

    /// `expected` as a whole number that is right on average.
    fn how_many(&mut self, expected: f32) -> u32 {
        (expected.min(8.0) + self.rng.unit()) as u32
    }

    fn any_direction(&mut self) -> Vec2 {
        Vec2::from_angle(self.rng.unit() * TAU)
    }

    fn rng_share(&mut self, most: f32) -> f32 {
        self.rng.unit() * most
    }
}

/// Appends, or replaces the next in turn when `most` are there.
fn put<T>(items: &mut Vec<T>, oldest: &mut usize, most: usize, item: T) {
    if items.len() < most {
        items.push(item);
    } else {
        *oldest = (*oldest + 1) % most;
        items[*oldest] = item;
    }
}

/// Three arcs, the outer ones shorter and fainter, so that the flash has a middle.
fn draw_shell(list: &mut DrawList, shell: &Shell) {
    let left = 1.0 - shell.age_s / SHELL_S;
    let towards = Vec2::from_angle(shell.towards_turns * TAU);
    list.glow(shell.centre + towards * SHELL_UNITS * 0.8, 22.0, shell.color.fade(0.5 * left * left));
    for (reach, grow, light) in [(1.0, 0.0, 0.55), (0.62, 2.2, 0.8), (0.3, 4.4, 1.0)] {
        let half = SHELL_TURNS * reach;
        let turns = (shell.towards_turns - half, shell.towards_turns + half);
        let color = shell.color.mix(WHITE, 0.35 * light).fade(light * left).light();
        list.arc(shell.centre, SHELL_UNITS + grow, turns, 2.0, color);
    }
}

fn draw_particle(list: &mut DrawList, particle: &Particle) {
    let left = 1.0 - particle.age_s / particle.life_s;
    let Particle { position, velocity, size_units, .. } = *particle;
    match particle.look {
        Look::Spark => {
            let tail = position - velocity * 0.045;
            list.streak(position, tail, size_units, particle.color.fade(left));
        }
        Look::Ember => list.glow(position, size_units * (0.45 + 0.55 * left), particle.color.fade(left)),
        Look::Debris { first_turns, spin_turns_per_s } => {
            let turns = first_turns + spin_turns_per_s * particle.age_s;
            let placement = Placement::new(position, turns, size_units);
            let corners =
                [(1.3, 0.1), (-0.8, 0.55), (-0.5, -0.7)].map(|(x, y)| placement.at(Vec2::new(x, y)));
            list.fill(&corners, particle.color.fade((left * 2.5).min(1.0)));
        }
        Look::Smoke => list.haze(position, size_units * (1.9 - 0.9 * left), particle.color.fade(left * left)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn particles_stay_bounded_and_all_fade() {
        let mut effects = Effects::new(Comfort::default());
        for n in 0..400 {
            let at = Vec2::splat(n as f32);
            effects.explode(at, Vec2::X * 300.0, FIRE);
            effects.hit(at, Vec2::ZERO, Vec2::Y);
            effects.shield_flash(at, Vec2::ZERO, Vec2::Y, FIRE);
            effects.smoke(at, Vec2::ZERO, 10.0);
            effects.age(0.001);
        }
        assert_eq!(effects.counts(), (MAX_PARTICLES, MAX_WAVES, MAX_SHELLS));
        (0..200).for_each(|_| effects.age(0.02));
        assert_eq!(effects.counts(), (0, 0, 0));
    }

    #[test]
    fn a_long_frame_does_not_turn_particles_round() {
        let mut effects = Effects::new(Comfort { reduced_motion: true, ..Comfort::default() });
        effects.explode(Vec2::ZERO, Vec2::ZERO, FIRE);
        effects.particles.iter_mut().for_each(|p| p.life_s = 100.0);
        let before: Vec<Vec2> = effects.particles.iter().map(|p| p.velocity).collect();
        effects.age(5.0);
        assert!(effects.particles.iter().zip(before).all(|(p, before)| p.velocity.dot(before) >= 0.0));
    }
}
