//! The movement: one tick of everything that slides, together. The simulation's step, the client's prediction and, for a
//! single body, the codec's predictor all call [`step`].
//!
//! It stands on the wire's grid at its end. Floating point is used in between, for differences of places alone and with
//! operations that IEEE 754 rounds correctly, so it gives the same bits everywhere, and mirrored ones in a mirror.
//! Velocities are cut off towards zero: rounding never makes anything faster.

use crate::entity::{HockeyEntity, Mallet, Puck};
use crate::rink::{Disc, Rink, bounce, nearest};
use crate::scenario::MAX_PLAYERS_A_SIDE;
use crate::tuning::{
    ARMED_TICKS, DASH, DASH_COST, MALLET_KEEPS, MALLET_RADIUS, MALLETS_BOUNCE, MAX_ENERGY, MAX_MALLET_SPEED,
    MAX_PUCK_SPEED, PUCK_BOUNCE, PUCK_KEEPS, PUCK_LIGHTNESS, PUCK_RADIUS, PUSH, QUANTA_PER_UNIT, READY,
    STRIKE_REACH, STRIKE_SPEED, STRIKE_TICKS, SUBSTEPS, WINDUP_TICKS,
};
use glam::{IVec2, Vec2};
use perigee_shared::ids::PlayerId;

/// Bodies that meet each other. More come only from a server that lies; they make another group.
const MAX_BODIES: usize = 2 * MAX_PLAYERS_A_SIDE + 1;

/// From a mallet's middle to the puck's, at most, for a strike; quanta.
const STRIKE_DISTANCE: f32 = ((MALLET_RADIUS + PUCK_RADIUS + STRIKE_REACH) * QUANTA_PER_UNIT) as f32;

/// One body within a tick.
#[derive(Clone, Copy, Debug)]
struct Body {
    disc: Disc,
    /// Its place among the entities.
    entity: usize,
    position: IVec2,
    velocity: IVec2,
    /// How easily it is moved: a mallet 1, what stands still 0.
    lightness: f32,
    owner: Option<PlayerId>,
}

/// The bodies of a tick, in the order of the entities.
#[derive(Debug)]
struct Bodies {
    all: [Option<Body>; MAX_BODIES],
    count: usize,
}

/// One tick of all of `entities`. `touched` is told whose mallets touched or struck the puck, in order.
pub(crate) fn step(entities: &mut [HockeyEntity], rink: &Rink, touched: &mut impl FnMut(PlayerId)) {
    let mut rest = entities;
    while !rest.is_empty() {
        let mut bodies = Bodies { all: [None; MAX_BODIES], count: 0 };
        let taken = bodies.take_from(rest);
        let (group, later) = rest.split_at_mut(taken);
        bodies.strike(group, touched);
        for part in 0..SUBSTEPS {
            bodies.substep(part, rink, touched);
        }
        bodies.give_back(group);
        rest = later;
    }
}

/// A mallet under its command: what it pushes with, and its timers.
fn drive(mallet: &mut Mallet) -> bool {
    mallet.cooldown = mallet.cooldown.saturating_sub(1);
    let is_held = mallet.hold > 0;
    mallet.hold = mallet.hold.saturating_sub(1);
    let push = mallet.command.push();
    let dashes = mallet.command.dash && !is_held && push != Vec2::ZERO && mallet.energy >= DASH_COST;
    mallet.energy = if dashes { mallet.energy - DASH_COST } else { (mallet.energy + 1).min(MAX_ENERGY) };
    mallet.windup = wound_up(mallet, is_held);
    if is_held {
        mallet.velocity = IVec2::ZERO;
        return true;
    }
    let force = if dashes { DASH } else { 1.0 } * if mallet.windup > 0 { READY } else { 1.0 };
    let pushed = mallet.velocity.as_vec2() + push * (PUSH * force * QUANTA_PER_UNIT as f32);
    mallet.velocity = limited(pushed * MALLET_KEEPS, MAX_MALLET_SPEED);
    false
}

/// How far a mallet has wound up. Once begun, it goes on to its end and a little beyond, whatever the player does: who sees
/// it a moment late foresees the strike, and that there is none.
fn wound_up(mallet: &Mallet, is_held: bool) -> u8 {
    if is_held || mallet.cooldown > 0 {
        0
    } else if mallet.command.strike {
        (mallet.windup + 1).min(WINDUP_TICKS)
    } else if (1..WINDUP_TICKS + ARMED_TICKS).contains(&mallet.windup) {
        mallet.windup + 1
    } else {
        0
    }
}

/// A velocity of at most so many units a tick, cut off towards zero.
fn limited(velocity: Vec2, most: i32) -> IVec2 {
    let (length, most) = (libm::sqrtf(velocity.length_squared()), (most * QUANTA_PER_UNIT) as f32);
    (if length > most { velocity * (most / length) } else { velocity }).as_ivec2()
}

impl Bodies {
    /// Takes bodies from the entities until it is full, and lets mallets push; gives how many entities it looked at.
    fn take_from(&mut self, entities: &mut [HockeyEntity]) -> usize {
        for (at, entity) in entities.iter_mut().enumerate() {
            if self.count == MAX_BODIES {
                return at;
            }
            let body = match entity {
                HockeyEntity::Mallet(mallet) => {
                    let lightness = if drive(mallet) { 0.0 } else { 1.0 };
                    let Mallet { position, velocity, owner, .. } = *mallet;
                    Body { disc: Disc::Mallet, entity: at, position, velocity, lightness, owner: Some(owner) }
                }
                HockeyEntity::Puck(puck) => {
                    let lightness = if puck.hold > 0 { 0.0 } else { PUCK_LIGHTNESS };
                    let velocity = if puck.hold > 0 { IVec2::ZERO } else { puck.velocity };
                    puck.hold = puck.hold.saturating_sub(1);
                    let position = puck.position;
                    Body { disc: Disc::Puck, entity: at, position, velocity, lightness, owner: None }
                }
                HockeyEntity::Match(contest) => {
                    contest.advance();
                    continue;
                }
            };
            self.all[self.count] = Some(body);
            self.count += 1;
        }
        entities.len()
    }

    /// Each mallet that has wound up and is near drives the puck away along the line of centres: what of its velocity leads
    /// against the strike is lost, then the strike adds its own.
    fn strike(&mut self, entities: &mut [HockeyEntity], touched: &mut impl FnMut(PlayerId)) {
        let Some(at) = self.all.iter().flatten().position(|body| body.disc == Disc::Puck) else { return };
        let Some(mut puck) = self.all[at] else { return };
        if puck.lightness == 0.0 {
            return;
        }
        for body in self.all.iter().flatten().filter(|body| body.lightness > 0.0) {
            let HockeyEntity::Mallet(mallet) = &mut entities[body.entity] else { continue };
            let line = (puck.position - body.position).as_vec2();
            let distance = libm::sqrtf(line.length_squared());
            if mallet.windup < WINDUP_TICKS || distance > STRIKE_DISTANCE {
                continue;
            }
            let way = if distance > 0.0 { line / distance } else { Vec2::Y };
            let kept = bounce(puck.velocity, way, 0.0).as_vec2();
            puck.velocity = limited(kept + way * (STRIKE_SPEED * QUANTA_PER_UNIT as f32), MAX_PUCK_SPEED);
            (mallet.cooldown, mallet.windup) = (STRIKE_TICKS, 0);
            touched(mallet.owner);
        }
        self.all[at] = Some(puck);
    }

    /// A part of a tick: everything moves, then pairs meet in order, then the boards keep it in.
    fn substep(&mut self, part: i32, rink: &Rink, touched: &mut impl FnMut(PlayerId)) {
        for body in self.all.iter_mut().flatten() {
            // The parts of a tick together are the whole velocity, whatever it is.
            body.position += body.velocity * (part + 1) / SUBSTEPS - body.velocity * part / SUBSTEPS;
        }
        for first in 0..self.count {
            for second in first + 1..self.count {
                let (front, back) = self.all.split_at_mut(second);
                let (Some(a), Some(b)) = (&mut front[first], &mut back[0]) else { continue };
                if collide(a, b) && a.disc != b.disc {
                    a.owner.or(b.owner).into_iter().for_each(&mut *touched);
                }
            }
        }
        for body in self.all.iter_mut().flatten() {
            rink.contain(body.disc, &mut body.position, &mut body.velocity);
        }
    }

    fn give_back(&self, entities: &mut [HockeyEntity]) {
        for body in self.all.iter().flatten() {
            match &mut entities[body.entity] {
                HockeyEntity::Mallet(mallet) => {
                    mallet.position = body.position;
                    mallet.velocity = limited(body.velocity.as_vec2(), MAX_MALLET_SPEED);
                }
                HockeyEntity::Puck(puck) => {
                    let velocity = limited(body.velocity.as_vec2() * PUCK_KEEPS, MAX_PUCK_SPEED);
                    *puck = Puck { position: body.position, velocity, hold: puck.hold };
                }
                HockeyEntity::Match(_) => {}
            }
        }
    }
}

/// Two bodies that overlap are moved apart, the lighter one more, and bounce. Whether they met.
fn collide(a: &mut Body, b: &mut Body) -> bool {
    let (line, reach) = ((b.position - a.position).as_vec2(), (a.disc.radius() + b.disc.radius()) as f32);
    let (distance_squared, lightness) = (line.length_squared(), a.lightness + b.lightness);
    if distance_squared >= reach * reach || lightness == 0.0 {
        return false;
    }
    let distance = libm::sqrtf(distance_squared);
    let way = if distance > 0.0 { line / distance } else { Vec2::Y };
    let apart = way * ((reach - distance) / lightness);
    a.position -= nearest(apart * a.lightness);
    b.position += nearest(apart * b.lightness);
    let closing = (a.velocity - b.velocity).as_vec2().dot(way);
    if closing > 0.0 {
        let share = if a.disc == b.disc { MALLETS_BOUNCE } else { PUCK_BOUNCE };
        let impulse = way * (closing * (1.0 + share) / lightness);
        a.velocity = (a.velocity.as_vec2() - impulse * a.lightness).as_ivec2();
        b.velocity = (b.velocity.as_vec2() + impulse * b.lightness).as_ivec2();
    }
    true
}

#[cfg(test)]
mod tests;
