//! What a bot wants: where to be, and when to strike.

use super::sight::{Role, Sight};
use super::skill::Skill;
use crate::command::HockeyCommand;
use crate::tuning::{HALF_MOUTH, MALLET_RADIUS, MAX_ENERGY, STRIKE_REACH};
use glam::Vec2;
use perigee_shared::rng::Rng;

/// How far before its goal a keeper stands, units.
const KEEPER_UNITS: f32 = 62.0;
/// So near a keeper goes for the puck, units.
const KEEPER_REACH_UNITS: f32 = 120.0;
/// How far to the side one goes around the puck to get behind it, units.
const AROUND_UNITS: f32 = 58.0;
/// Nearer to the own goal, the puck is only to get away from it, units.
const DANGER_UNITS: f32 = 190.0;
/// Velocity wanted for each unit of the way, per tick: it arrives within about ten ticks.
const APPROACH: f32 = 0.13;
/// The fastest that is wanted, units a tick.
const FASTEST: f32 = 9.0;
/// A strike is readied so far from where it reaches, units: a mallet comes as far in a few ticks.
const READY_UNITS: f32 = 60.0;
/// Who is so near to touching the puck fights for it, units.
const TUSSLE_UNITS: f32 = 14.0;
/// How far to a side it gives way in a fight that leads nowhere, units.
const ASIDE_UNITS: f32 = 90.0;
/// Nearest and farthest mate who gets a pass, units, and how straight the line to them must be (a cosine).
const PASS_UNITS: (f32, f32) = (110.0, 430.0);
const PASS_COSINE: f32 = 0.96;
/// A foe so near to the line of a pass is in its way, units.
const BLOCKED_UNITS: f32 = 42.0;

/// The command for what is seen.
pub(super) fn command(sight: &Sight<'_>, skill: &Skill, rng: &mut Rng) -> HockeyCommand {
    let (target, is_hurried) = match sight.role() {
        Role::Chaser => (chase(sight, skill, rng), true),
        Role::Keeper => keep(sight, skill, rng),
        Role::Passer { is_ahead } => (support(sight, is_ahead), false),
    };
    let mut command = steer(sight, skill, target, is_hurried);
    command.strike = wants_strike(sight, skill);
    command
}

/// Pushes towards a place, slowing down in time.
fn steer(sight: &Sight<'_>, skill: &Skill, target: Vec2, is_hurried: bool) -> HockeyCommand {
    let way = target - sight.at;
    let far = way.length();
    let wanted = if is_hurried { way * (APPROACH * 1.6) } else { way * APPROACH };
    let wanted = wanted.clamp_length_max(FASTEST);
    // What it has it keeps nearly, so the push is about the difference.
    let push = ((wanted - sight.velocity * 0.9) * 0.9).clamp_length_max(skill.push);
    let command = HockeyCommand::pushing(push);
    let has_energy = u32::from(sight.energy) > u32::from(MAX_ENERGY) / 3;
    HockeyCommand { dash: is_hurried && far > skill.dash_units && has_energy, ..command }
}

/// Where a chaser goes: behind the puck, seen from where it is to go, and then through it.
fn chase(sight: &Sight<'_>, skill: &Skill, rng: &mut Rng) -> Vec2 {
    let puck = sight.puck_then;
    let aim = skill.unsteady((aim_at(sight) - puck).normalize_or(Vec2::X), rng);
    let behind = sight.rink.inside(puck - aim * (Sight::contact() + 6.0), MALLET_RADIUS as f32);
    // At a board there may be no room behind it: then it goes where that is possible.
    let aim = (puck - behind).normalize_or(aim);
    let to_puck = puck - sight.at;
    let alignment = to_puck.normalize_or(aim).dot(aim);
    if alignment > 0.86 {
        // Two who push against each other get nowhere: one of them gives way to a side.
        let aside = if is_blocked(sight, aim) { rng.range(-1.0, 1.0) * ASIDE_UNITS } else { 0.0 };
        return puck + aim * 30.0 + aim.perp() * aside;
    }
    if alignment > 0.1 {
        return behind;
    }
    // In front of it: aside first, where the mallet is already, then around. It must not push it the wrong way.
    let side = if aim.perp().dot(sight.at - puck) >= 0.0 { 1.0 } else { -1.0 };
    let back = if alignment < -0.3 { -10.0 } else { 26.0 };
    let around = puck - aim * back + aim.perp() * (side * AROUND_UNITS);
    sight.rink.inside(around, MALLET_RADIUS as f32)
}

/// Whether a foe stands behind a puck that hardly moves.
fn is_blocked(sight: &Sight<'_>, aim: Vec2) -> bool {
    let is_slow = sight.puck_velocity.length() < 2.0;
    let at = sight.puck + aim * Sight::contact();
    is_slow && sight.foes().any(|foe| foe.at.distance(at) < Sight::contact())
}

/// What a chaser aims at: the part of the mouth that is farther from whoever keeps it; near the own goal, away from that.
fn aim_at(sight: &Sight<'_>) -> Vec2 {
    let goal = sight.foes_goal();
    let from_own = sight.puck_then - sight.own_goal();
    if from_own.length() < DANGER_UNITS {
        return sight.puck_then + from_own + Vec2::X * (sight.team.attack() * 0.5 * DANGER_UNITS);
    }
    let keeper = sight.foes().map(|foe| foe.at).min_by(|a, b| a.distance(goal).total_cmp(&b.distance(goal)));
    let Some(keeper) = keeper.filter(|at| at.distance(goal) < 220.0) else { return goal };
    let free = HALF_MOUTH as f32 * 0.6;
    goal + Vec2::Y * if keeper.y > goal.y { -free } else { free }
}

/// Where a keeper goes, and whether in a hurry.
fn keep(sight: &Sight<'_>, skill: &Skill, rng: &mut Rng) -> (Vec2, bool) {
    let goal = sight.own_goal();
    let puck = sight.puck_then;
    let is_near =
        puck.distance(sight.at) < KEEPER_REACH_UNITS && puck.distance(goal) < 2.5 * KEEPER_REACH_UNITS;
    let is_first = sight.foes().all(|foe| foe.at.distance(puck) > sight.at.distance(puck));
    if is_near && is_first && sight.depth(puck) > sight.depth(sight.at) {
        return (chase(sight, skill, rng), true);
    }
    let out = (sight.puck - goal).normalize_or(Vec2::X * sight.team.attack());
    let place = goal + out * KEEPER_UNITS.min(sight.puck.distance(goal) * 0.6);
    let toward = -sight.puck_velocity.x * sight.team.attack();
    let is_shot = toward > 5.0;
    let place = if is_shot { Vec2::new(place.x, crossing(sight, place.x)) } else { place };
    let reach = HALF_MOUTH as f32;
    let y = place.y.clamp(goal.y - reach, goal.y + reach);
    (sight.rink.inside(Vec2::new(place.x, y), MALLET_RADIUS as f32), is_shot)
}

/// Where the puck's way crosses that x, as far as it goes straight on.
fn crossing(sight: &Sight<'_>, x: f32) -> f32 {
    let ticks = (x - sight.puck.x) / sight.puck_velocity.x;
    sight.puck.y + sight.puck_velocity.y * ticks.clamp(0.0, 60.0)
}

/// Where somebody waits for a pass: ahead of the puck on the other side, or behind it in the middle.
fn support(sight: &Sight<'_>, is_ahead: bool) -> Vec2 {
    let middle = sight.rink.middle_units();
    let attack = sight.team.attack();
    let side = if sight.puck.y > middle.y { -1.0 } else { 1.0 };
    let (along, up) =
        if is_ahead { (150.0, side * middle.y * 0.45) } else { (-170.0, side * middle.y * 0.2) };
    let at = Vec2::new(sight.puck.x + attack * along, middle.y + up);
    // Never deep in the foes' corner, where a pass leads nowhere.
    let deepest = sight.foes_goal().x - attack * 130.0;
    let x = if attack > 0.0 { at.x.min(deepest) } else { at.x.max(deepest) };
    sight.rink.inside(Vec2::new(x, at.y), MALLET_RADIUS as f32 * 2.0)
}

/// Whether a strike along the line of centres would be a good one: a shot, a pass, or away from the own goal. It is
/// readied before the puck is within reach.
fn wants_strike(sight: &Sight<'_>, skill: &Skill) -> bool {
    let line = sight.puck - sight.at;
    let reach = Sight::contact() + STRIKE_REACH as f32 + READY_UNITS;
    if !sight.is_ready || line.length() > reach {
        return false;
    }
    let way = line.normalize_or(Vec2::X * sight.team.attack());
    is_shot(sight, skill, way) || is_clearance(sight, way) || is_tussle(sight, way) || is_pass(sight, way)
}

fn is_shot(sight: &Sight<'_>, skill: &Skill, way: Vec2) -> bool {
    let goal = sight.foes_goal();
    let (along, left) = (way.x * sight.team.attack(), (goal.x - sight.puck.x).abs());
    if along < 0.2 || left > skill.range_units {
        return false;
    }
    let y = sight.puck.y + way.y / along * left;
    (y - goal.y).abs() < HALF_MOUTH as f32 * skill.patience
}

/// In the own third, whatever leads away from the own goal.
fn is_clearance(sight: &Sight<'_>, way: Vec2) -> bool {
    let third = sight.rink.size_units().x / 3.0;
    let from_goal = (sight.puck - sight.own_goal()).normalize_or(Vec2::ZERO);
    sight.depth(sight.puck) < third && way.x * sight.team.attack() > 0.1 && way.dot(from_goal) > 0.3
}

/// A foe is at the puck as well, and neither gets it away by pushing: whatever leads forward.
fn is_tussle(sight: &Sight<'_>, way: Vec2) -> bool {
    let is_pushed = sight.foes().any(|foe| foe.at.distance(sight.puck) < Sight::contact() + TUSSLE_UNITS);
    is_pushed
        && way.x * sight.team.attack() > 0.3
        && sight.at.distance(sight.puck) < Sight::contact() + TUSSLE_UNITS
}

fn is_pass(sight: &Sight<'_>, way: Vec2) -> bool {
    let is_free = |to: Vec2| {
        sight.foes().all(|foe| {
            let off = foe.at - sight.puck;
            let along = off.dot(way);
            !(0.0..to.distance(sight.puck)).contains(&along) || off.perp_dot(way).abs() > BLOCKED_UNITS
        })
    };
    sight.mates().any(|mate| {
        let line = mate.at - sight.puck;
        let is_at_range = (PASS_UNITS.0..PASS_UNITS.1).contains(&line.length());
        let is_ahead = line.x * sight.team.attack() > 40.0;
        is_at_range && is_ahead && line.normalize_or(Vec2::ZERO).dot(way) > PASS_COSINE && is_free(mate.at)
    })
}
