//! What is seen and heard of the puck and the mallets as the client itself foresees them: hits, strikes, the puck's trail,
//! a puck that crosses a line. Nothing of it is told by the server, so all of it is there in the frame in which it is seen.

use super::in_scene::{mallets, puck_in};
use crate::entity::{Puck, Team, units};
use crate::tuning::{MALLET_RADIUS, MAX_PUCK_SPEED, PUCK_RADIUS, STRIKE_REACH, STRIKE_TICKS};
use crate::world::Hockey;
use glam::Vec2;
use perigee_shared::ids::Slot;
use perigee_shared::netcode::Scene;
use std::collections::VecDeque;

/// A change of the puck's velocity that friction does not make, units a tick.
const HIT_SPEED: f32 = 1.4;
/// The hardest there is, units a tick.
const HARDEST: f32 = 20.0;
/// Two hits are at least so far apart, seconds.
const PAUSE_S: f32 = 0.05;
/// A puck that is so much farther on in a frame was put there, units.
const JUMP_UNITS: f32 = 90.0;
/// How long the trail is, seconds, and in places.
const TRAIL_S: f32 = 0.32;
const MAX_TRAIL: usize = 48;

/// What the puck met.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Contact {
    /// A mallet bumped into it, or it into a mallet.
    Mallet { at: Vec2, team: Team, is_own: bool, strength: f32 },
    /// A mallet struck it.
    Strike { at: Vec2, team: Team, is_own: bool, strength: f32 },
    /// A board or a post.
    Board { at: Vec2, strength: f32 },
    /// It crossed the line of the goal that this team defends.
    Line { at: Vec2, team: Team },
}

/// What was seen in the last frame.
#[derive(Clone, Debug, Default)]
pub(super) struct Contacts {
    puck: Option<(Puck, Vec2)>,
    was_in_goal: bool,
    pause_s: f32,
    trail: VecDeque<(Vec2, f32)>,
    /// Mallets by slot, and whether they had struck just now.
    struck: Vec<(Slot, u8)>,
}

impl Contacts {
    /// Looks at a scene; gives what the puck met since the last, at most one thing and a goal line.
    pub(super) fn look(&mut self, scene: &Scene<'_, Hockey>, dt_s: f32) -> [Option<Contact>; 2] {
        self.pause_s -= dt_s;
        self.trail.iter_mut().for_each(|(_, age_s)| *age_s += dt_s);
        self.trail.retain(|(_, age_s)| *age_s < TRAIL_S);
        let Some((puck, at)) = puck_in(scene) else {
            *self = Self::default();
            return [None, None];
        };
        let before = self.puck.replace((puck, at));
        let in_goal = scene.map.goal_at(puck.position);
        let was_in_goal = std::mem::replace(&mut self.was_in_goal, in_goal.is_some());
        let striker = self.find_striker(scene);
        let Some((was, was_at)) = before.filter(|(_, was_at)| was_at.distance(at) < JUMP_UNITS) else {
            self.trail.clear();
            return [None, None];
        };
        if self.trail.len() == MAX_TRAIL {
            self.trail.pop_front();
        }
        self.trail.push_back((at, 0.0));
        let change = units(puck.velocity - was.velocity).length();
        let is_hit = striker.is_some() || (change > HIT_SPEED && self.pause_s <= 0.0 && puck.hold == 0);
        let hit = is_hit.then(|| contact(scene, was_at, (change / HARDEST).min(1.0), striker));
        if hit.is_some() {
            self.pause_s = PAUSE_S;
        }
        let line = in_goal.filter(|_| !was_in_goal).map(|team| Contact::Line { at, team });
        [hit, line]
    }

    /// The mallet that struck since the last frame.
    fn find_striker(&mut self, scene: &Scene<'_, Hockey>) -> Option<Slot> {
        let before = std::mem::take(&mut self.struck);
        let mut striker = None;
        for (slot, mallet, _) in mallets(scene) {
            let had = before.iter().find(|(other, _)| *other == slot).map_or(STRIKE_TICKS, |(_, had)| *had);
            if mallet.cooldown > had {
                striker = Some(slot);
            }
            self.struck.push((slot, mallet.cooldown));
        }
        striker
    }

    /// The puck's way of late, oldest first, each place with how much of it is left, `0..=1`.
    pub(super) fn trail(&self) -> impl Iterator<Item = (Vec2, f32)> {
        self.trail.iter().map(|(at, age_s)| (*at, 1.0 - age_s / TRAIL_S))
    }

    /// How fast the puck is, of the fastest.
    pub(super) fn speed_share(&self) -> f32 {
        self.puck.map_or(0.0, |(puck, _)| units(puck.velocity).length() / MAX_PUCK_SPEED as f32)
    }
}

/// What it was that the puck met there.
fn contact(scene: &Scene<'_, Hockey>, puck: Vec2, strength: f32, striker: Option<Slot>) -> Contact {
    let reach = (MALLET_RADIUS + PUCK_RADIUS + STRIKE_REACH) as f32 + 10.0;
    let near = mallets(scene)
        .filter(|(slot, _, at)| striker.is_none_or(|one| one == *slot) && at.distance(puck) < reach);
    let nearest = near.min_by(|(_, _, a), (_, _, b)| a.distance(puck).total_cmp(&b.distance(puck)));
    match nearest {
        Some((slot, mallet, mallet_at)) => {
            let (team, is_own) = (mallet.team, mallet.owner == scene.me);
            let at = mallet_at + (puck - mallet_at).normalize_or(Vec2::Y) * MALLET_RADIUS as f32;
            if striker == Some(slot) {
                Contact::Strike { at, team, is_own, strength: strength.max(0.4) }
            } else {
                Contact::Mallet { at, team, is_own, strength }
            }
        }
        None => Contact::Board { at: puck, strength },
    }
}
