//! What a bot makes of what it sees.

use crate::entity::{HockeyEntity, Mallet, Puck, Team, units};
use crate::rink::Rink;
use crate::scenario::MAX_PLAYERS_A_SIDE;
use crate::tuning::{MALLET_RADIUS, PUCK_KEEPS, PUCK_RADIUS};
use glam::Vec2;

/// Most mallets that a bot looks at.
const MOST: usize = 2 * MAX_PLAYERS_A_SIDE;
/// About how fast a mallet gets somewhere, units a tick, and the longest way ahead that anybody looks, ticks.
const USUAL_SPEED: f32 = 8.0;
const LONGEST_LOOK_TICKS: f32 = 18.0;

/// What somebody does for their team just now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// Stays between the puck and the own goal.
    Keeper,
    /// Goes for the puck.
    Chaser,
    /// Is there for a pass: ahead of the puck, or behind it.
    Passer { is_ahead: bool },
}

/// One mallet.
#[derive(Clone, Copy, Debug)]
pub(super) struct Other {
    pub(super) at: Vec2,
    pub(super) team: Team,
    seat: u16,
}

/// The rink as one mallet sees it; units, and units a tick.
#[derive(Debug)]
pub(super) struct Sight<'a> {
    pub(super) rink: &'a Rink,
    pub(super) team: Team,
    pub(super) at: Vec2,
    pub(super) velocity: Vec2,
    pub(super) energy: u8,
    pub(super) is_ready: bool,
    /// Where the puck is, and where it will be when it can be reached.
    pub(super) puck: Vec2,
    pub(super) puck_then: Vec2,
    pub(super) puck_velocity: Vec2,
    seat: u16,
    others: [Option<Other>; MOST],
}

impl<'a> Sight<'a> {
    /// What the mallet `own` sees; `None` without a puck.
    pub(super) fn of<'e>(
        own: &Mallet,
        seen: impl Iterator<Item = &'e HockeyEntity>,
        rink: &'a Rink,
        foresight: f32,
    ) -> Option<Self> {
        let (mut others, mut count, mut puck) = ([None; MOST], 0, None);
        for entity in seen {
            match entity {
                HockeyEntity::Mallet(mallet) if mallet.owner != own.owner && count < MOST => {
                    let at = units(mallet.position);
                    others[count] = Some(Other { at, team: mallet.team, seat: mallet.owner.0 });
                    count += 1;
                }
                HockeyEntity::Puck(there) => puck = Some(*there),
                _ => {}
            }
        }
        let Puck { position, velocity, .. } = puck?;
        let (at, puck, puck_velocity) = (units(own.position), units(position), units(velocity));
        let look = (at.distance(puck) / USUAL_SPEED).min(LONGEST_LOOK_TICKS) * foresight;
        Some(Self {
            rink,
            team: own.team,
            at,
            velocity: units(own.velocity),
            energy: own.energy,
            is_ready: own.cooldown <= 3,
            puck,
            puck_then: ahead(rink, puck, puck_velocity, look),
            puck_velocity,
            seat: own.owner.0,
            others,
        })
    }

    fn all(&self) -> impl Iterator<Item = &Other> + Clone {
        self.others.iter().flatten()
    }

    pub(super) fn mates(&self) -> impl Iterator<Item = &Other> + Clone {
        self.all().filter(|other| other.team == self.team)
    }

    pub(super) fn foes(&self) -> impl Iterator<Item = &Other> {
        self.all().filter(|other| other.team != self.team)
    }

    pub(super) fn own_goal(&self) -> Vec2 {
        self.rink.goal_of(self.team)
    }

    pub(super) fn foes_goal(&self) -> Vec2 {
        self.rink.goal_of(self.team.rival())
    }

    /// How far a place is from the own goal line.
    pub(super) fn depth(&self, at: Vec2) -> f32 {
        (at.x - self.own_goal().x) * self.team.attack()
    }

    /// From middle to middle when mallet and puck touch.
    pub(super) fn contact() -> f32 {
        (MALLET_RADIUS + PUCK_RADIUS) as f32
    }

    /// What this mallet does for its team: who is nearest to the own goal keeps it, who of the others is nearest to the
    /// puck chases it. Whoever is alone chases.
    pub(super) fn role(&self) -> Role {
        // A little less for the lower seat, so that two never think the same of each other.
        let far = |at: Vec2, to: Vec2, seat: u16| at.distance(to) + f32::from(seat) * 0.01;
        let of_me = |to: Vec2| far(self.at, to, self.seat);
        let goal = self.own_goal();
        let Some(keeper) =
            self.mates().min_by(|a, b| far(a.at, goal, a.seat).total_cmp(&far(b.at, goal, b.seat)))
        else {
            return Role::Chaser;
        };
        let am_keeper = of_me(goal) < far(keeper.at, goal, keeper.seat);
        let fielders = self.mates().filter(|mate| am_keeper || mate.seat != keeper.seat);
        let first =
            fielders.clone().map(|mate| far(mate.at, self.puck_then, mate.seat)).fold(f32::MAX, f32::min);
        let to_puck = of_me(self.puck_then);
        if am_keeper {
            // It leaves the goal when it is much nearer.
            return if to_puck < first * 0.4 { Role::Chaser } else { Role::Keeper };
        }
        if to_puck < first {
            return Role::Chaser;
        }
        let chasers_rank = fielders.filter(|mate| far(mate.at, self.puck_then, mate.seat) < to_puck).count();
        Role::Passer { is_ahead: chasers_rank == 1 }
    }
}

/// Where a puck will be in so many ticks, as far as it goes straight on and off the long boards.
fn ahead(rink: &Rink, at: Vec2, velocity: Vec2, ticks: f32) -> Vec2 {
    // It keeps `PUCK_KEEPS` of its speed each tick: over short times about the mean of first and last.
    let slowing = 1.0 - (1.0 - PUCK_KEEPS) * ticks / 2.0;
    let to = at + velocity * (ticks * slowing);
    let (low, high) = (PUCK_RADIUS as f32, rink.size_units().y - PUCK_RADIUS as f32);
    let y = if to.y < low {
        low + (low - to.y)
    } else if to.y > high {
        high - (to.y - high)
    } else {
        to.y
    };
    rink.inside(Vec2::new(to.x, y), PUCK_RADIUS as f32)
}
