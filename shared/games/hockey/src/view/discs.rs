//! Mallets and the puck. A team is told by its colour and by a mark: a ring in the middle for Frost, a cross for Ember.

use super::palette::{Palette, SPACE, WHITE};
use crate::entity::{Mallet, Team};
use crate::tuning::{MALLET_RADIUS, MAX_ENERGY, PUCK_RADIUS, STRIKE_TICKS, WINDUP_TICKS};
use glam::Vec2;
use perigee_shared::presentation::{Color, DrawList, Path};

const RADIUS: f32 = MALLET_RADIUS as f32;
/// The thin ring about the own mallet, units.
const OWN_RING_UNITS: f32 = RADIUS + 7.0;
/// The ring that shows energy, units, where it begins and how far it goes at most, turns.
const ENERGY_UNITS: f32 = RADIUS + 12.0;
const ENERGY_TURNS: (f32, f32) = (0.62, 0.26);
/// How far a strike's wave goes, units beyond the mallet.
const WAVE_UNITS: f32 = 22.0;

fn disc(list: &mut DrawList, at: Vec2, radius: f32, color: Color) {
    // A ring as wide as its radius covers the disc, with a smooth edge.
    list.ring(at, radius / 2.0, radius, color);
}

/// One mallet with all that belongs to it.
pub(super) fn draw_mallet(list: &mut DrawList, mallet: &Mallet, at: Vec2, is_own: bool, palette: &Palette) {
    let color = palette.team(mallet.team);
    let edge = if is_own { color.mix(WHITE, 0.4) } else { color };
    list.haze(at - Vec2::new(0.0, 5.0), RADIUS * 1.5, SPACE.fade(0.6));
    list.glow(at, RADIUS * 2.3, color.fade(if is_own { 0.34 } else { 0.2 }));
    disc(list, at, RADIUS - 1.0, color.mix(SPACE, if is_own { 0.42 } else { 0.58 }));
    list.ring(at, RADIUS - 1.6, 3.2, edge);
    draw_mark(list, mallet.team, at, edge);
    draw_strike(list, mallet, at, edge);
    if is_own {
        list.ring(at, OWN_RING_UNITS, 1.4, palette.own.fade(0.75));
        draw_energy(list, mallet, at, palette.own);
    }
}

fn draw_mark(list: &mut DrawList, team: Team, at: Vec2, color: Color) {
    match team {
        Team::Frost => list.ring(at, 7.0, 2.6, color),
        Team::Ember => {
            for arm in [Vec2::new(6.0, 6.0), Vec2::new(6.0, -6.0)] {
                list.line(&[at - arm, at + arm], Path::Open, 2.8, color);
            }
        }
    }
}

/// Before a strike: a ring that closes in. After a strike: a wave, and an arc that fills until the next.
fn draw_strike(list: &mut DrawList, mallet: &Mallet, at: Vec2, color: Color) {
    let left = f32::from(mallet.cooldown) / f32::from(STRIKE_TICKS);
    if left > 0.0 {
        let wave = (1.0 - left) * 2.0;
        if wave < 1.0 {
            list.ring(at, RADIUS + WAVE_UNITS * wave, 2.5, WHITE.fade((1.0 - wave) * 0.8));
        }
        list.arc(at, RADIUS - 6.5, (0.25, 0.25 + 1.0 - left), 1.6, color.fade(0.5));
    } else if mallet.windup > 0 {
        // It closes in on the mallet while that winds up.
        let open = 1.0 - f32::from(mallet.windup.min(WINDUP_TICKS)) / f32::from(WINDUP_TICKS);
        list.ring(at, RADIUS + 2.5 + 9.0 * open, 2.2, WHITE.fade(0.75 - 0.4 * open));
    }
}

/// What is left to dash with, as an arc below the own mallet; nothing while it is all.
fn draw_energy(list: &mut DrawList, mallet: &Mallet, at: Vec2, color: Color) {
    if mallet.energy == MAX_ENERGY {
        return;
    }
    let left = f32::from(mallet.energy) / f32::from(MAX_ENERGY);
    let (from, span) = ENERGY_TURNS;
    list.arc(at, ENERGY_UNITS, (from, from + span), 2.0, color.fade(0.2));
    list.arc(at, ENERGY_UNITS, (from, from + span * left), 2.4, color.fade(0.9));
}

/// The puck; it glows as it gets faster.
pub(super) fn draw_puck(list: &mut DrawList, at: Vec2, speed_share: f32) {
    let radius = PUCK_RADIUS as f32;
    list.haze(at - Vec2::new(0.0, 4.0), radius * 1.6, SPACE.fade(0.6));
    list.glow(at, radius * (2.2 + speed_share), WHITE.fade(0.25 + 0.35 * speed_share));
    disc(list, at, radius, WHITE.mix(SPACE, 0.06));
    list.ring(at, radius - 4.0, 1.6, SPACE.fade(0.55));
}

/// The puck's way of late, oldest first, each with how much of it is left, `0..=1`.
pub(super) fn draw_trail(list: &mut DrawList, trail: impl Iterator<Item = (Vec2, f32)>, color: Color) {
    let width = PUCK_RADIUS as f32 * 0.8;
    let mut before: Option<(Vec2, f32)> = None;
    for (at, left) in trail {
        if let Some((from, had)) = before.replace((at, left)) {
            // As wide at its beginning as the part before at its end, or it would look like stairs on a slow screen.
            let across = (at - from).normalize_or_zero().perp() * width;
            let corners = [from - across * had, from + across * had, at + across * left, at - across * left];
            list.fill(&corners, color.fade(0.14 * (had + left)).light());
        }
    }
}
