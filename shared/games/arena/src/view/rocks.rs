//! Asteroids: irregular, faceted, lit from one side, turning slowly.

use crate::map::Asteroid;
use crate::view::camera::CameraMan;
use crate::view::palette::NEUTRAL;
use glam::Vec2;
use perigee_shared::presentation::{Color, DrawList, Path, Placement};
use perigee_shared::rng::Rng;

/// Where the light comes from.
const LIGHT: Vec2 = Vec2::new(-0.53, 0.85);
const SHADE: Color = Color::hex(0x0d_13_20);
const LIT: Color = Color::hex(0x52_62_80);
/// Fastest spin, turns/s.
const SPIN_TURNS_PER_S: f32 = 0.012;

/// Draws the rocks in view as they are at `time_s`.
pub(super) fn draw(list: &mut DrawList, view: &CameraMan, rocks: &[Asteroid], time_s: f32) {
    for rock in rocks {
        if view.sees(rock.centre, rock.radius_units * 1.1) {
            draw_rock(list, rock, time_s);
        }
    }
}

fn draw_rock(list: &mut DrawList, rock: &Asteroid, time_s: f32) {
    let mut rng = Rng::new(u64::from(rock.look));
    let spin = rng.range(-SPIN_TURNS_PER_S, SPIN_TURNS_PER_S);
    let placement = Placement::new(rock.centre, rng.unit() + spin * time_s, rock.radius_units);
    let sides = 8 + (rock.radius_units / 20.0) as u32 + rng.below(3);
    let mut rim = Vec::new();
    let mut ridge = Vec::new();
    for n in 0..sides {
        let turns = (n as f32 + rng.range(-0.3, 0.3)) / sides as f32;
        let direction = Vec2::from_angle(turns * std::f32::consts::TAU);
        rim.push(placement.at(direction * rng.range(0.86, 1.09)));
        ridge.push(placement.at(direction * rng.range(0.36, 0.72)));
    }
    let top = placement.at(Vec2::new(rng.range(-0.14, 0.14), rng.range(-0.14, 0.14)));
    for at in 0..rim.len() {
        let next = (at + 1) % rim.len();
        let grain = rng.range(-0.16, 0.16);
        let slope = facet_shade((rim[at] + rim[next]) / 2.0 - rock.centre, 0.42, grain);
        list.fill(&[rim[at], rim[next], ridge[next], ridge[at]], slope);
        let crown = facet_shade((ridge[at] + ridge[next]) / 2.0 - top, 0.2, grain);
        list.fill(&[top, ridge[at], ridge[next]], crown);
    }
    draw_rim(list, rock, &rim);
}

/// The rim's line, brighter where the light falls on it.
fn draw_rim(list: &mut DrawList, rock: &Asteroid, rim: &[Vec2]) {
    list.line(rim, Path::Closed, 1.4, NEUTRAL.mix(SHADE, 0.55));
    let lit: Vec<f32> =
        rim.iter().map(|&p| (p - rock.centre).normalize_or_zero().dot(LIGHT).max(0.0)).collect();
    for at in 0..rim.len() {
        let next = (at + 1) % rim.len();
        let light = lit[at].min(lit[next]);
        if light > 0.05 {
            list.line(&[rim[at], rim[next]], Path::Open, 1.6, NEUTRAL.fade(light * 0.9));
        }
    }
}

/// A facet's colour: how far its outward slope faces the light, and its own grain.
fn facet_shade(outward: Vec2, steepness: f32, grain: f32) -> Color {
    let facing = 0.42 + outward.normalize_or_zero().dot(LIGHT) * steepness + grain * 0.6;
    SHADE.mix(LIT, facing)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rock_looks_as_large_as_it_is() {
        for look in 0..200 {
            let rock = Asteroid {
                centre: Vec2::new(500.0, 300.0),
                radius_units: 60.0,
                look,
                ore: crate::goods::Good::Iron,
            };
            let mut list = DrawList::default();
            draw_rock(&mut list, &rock, 12.5);
            let reach = list.vertices().map(|v| v.position.distance(rock.centre)).fold(0.0, f32::max);
            assert!((52.0..=70.0).contains(&reach), "look {look} reaches {reach}");
        }
    }
}
