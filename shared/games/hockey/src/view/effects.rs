//! What flies off and fades: sparks and rings. Only seen, never simulated.

use glam::Vec2;
use perigee_shared::presentation::{Color, DrawList};
use perigee_shared::rng::Rng;
use std::f32::consts::TAU;

/// Most sparks and rings at once; a new one takes the place of an old one.
const MAX_SPARKS: usize = 240;
const MAX_RINGS: usize = 12;
const SPARK_S: f32 = 0.45;
const RING_S: f32 = 0.5;

#[derive(Clone, Copy, Debug)]
struct Spark {
    at: Vec2,
    velocity: Vec2,
    age_s: f32,
    life_s: f32,
    color: Color,
}

#[derive(Clone, Copy, Debug)]
struct Ring {
    at: Vec2,
    reach_units: f32,
    age_s: f32,
    color: Color,
}

/// Everything that fades.
#[derive(Clone, Debug)]
pub(super) struct Effects {
    sparks: Vec<Spark>,
    rings: Vec<Ring>,
    rng: Rng,
    pub(super) calm: bool,
}

impl Effects {
    pub(super) fn new(calm: bool) -> Self {
        let (sparks, rings) = (Vec::with_capacity(MAX_SPARKS), Vec::with_capacity(MAX_RINGS));
        Self { sparks, rings, rng: Rng::new(0x5eed), calm }
    }

    /// Everything grows older by `dt_s`; what is over goes.
    pub(super) fn age(&mut self, dt_s: f32) {
        for spark in &mut self.sparks {
            spark.age_s += dt_s;
            spark.at += spark.velocity * dt_s;
            spark.velocity *= (1.0 - 4.0 * dt_s).max(0.0);
        }
        self.sparks.retain(|spark| spark.age_s < spark.life_s);
        self.rings.iter_mut().for_each(|ring| ring.age_s += dt_s);
        self.rings.retain(|ring| ring.age_s < RING_S);
    }

    /// Sparks off a hit; `strength` in `0..=1`.
    pub(super) fn sparks(&mut self, at: Vec2, strength: f32, color: Color) {
        let most = if self.calm { 3.0 } else { 16.0 };
        for _ in 0..(2.0 + most * strength) as usize {
            let way = Vec2::from_angle(self.rng.unit() * TAU);
            let velocity = way * self.rng.range(40.0, 120.0 + 260.0 * strength);
            let life_s = SPARK_S * self.rng.range(0.4, 1.0);
            if self.sparks.len() == MAX_SPARKS {
                self.sparks.swap_remove(0);
            }
            self.sparks.push(Spark { at, velocity, age_s: 0.0, life_s, color });
        }
    }

    /// A ring that grows to that size.
    pub(super) fn ring(&mut self, at: Vec2, reach_units: f32, color: Color) {
        if self.rings.len() == MAX_RINGS {
            self.rings.remove(0);
        }
        self.rings.push(Ring { at, reach_units, age_s: 0.0, color });
    }

    pub(super) fn draw(&self, list: &mut DrawList) {
        for ring in &self.rings {
            let part = ring.age_s / RING_S;
            let radius = ring.reach_units * (1.0 - (1.0 - part) * (1.0 - part));
            list.ring(ring.at, radius.max(1.0), 4.0 * (1.0 - part), ring.color.fade(0.8 * (1.0 - part)));
        }
        for spark in &self.sparks {
            let left = 1.0 - spark.age_s / spark.life_s;
            list.streak(spark.at, spark.at - spark.velocity * 0.03, 2.6, spark.color.fade(left));
        }
    }

    #[cfg(test)]
    pub(super) fn count(&self) -> usize {
        self.sparks.len() + self.rings.len()
    }
}
