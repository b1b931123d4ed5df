//! The rink: boards with rounded corners, two mouths with pockets behind them. It keeps what moves inside.
//!
//! Everything is reckoned in one quarter of the rink, with distances from the nearer goal line and the nearer long board,
//! so that a rink seen in a mirror behaves in a mirror, to the last bit.

use crate::entity::Team;
use crate::scenario::Scenario;
use crate::tuning::{
    CORNER_RADIUS, GOAL_DEPTH, HALF_MOUTH, MALLET_BOARD_BOUNCE, MALLET_RADIUS, NET_BOUNCE, POST_RADIUS,
    PUCK_BOARD_BOUNCE, PUCK_RADIUS, QUANTA_PER_UNIT,
};
use glam::{IVec2, Vec2};

/// The rink. Its left goal line lies [`GOAL_DEPTH`] to the right of x = 0, its lower board on y = 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rink {
    /// Where the goal lines are, quanta.
    left: i32,
    right: i32,
    /// Where the upper board is, quanta.
    top: i32,
}

/// What is kept inside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Disc {
    Mallet,
    Puck,
}

const fn quanta(units: i32) -> i32 {
    units * QUANTA_PER_UNIT
}

impl Disc {
    /// Its radius, quanta.
    pub(crate) const fn radius(self) -> i32 {
        quanta(match self {
            Self::Mallet => MALLET_RADIUS,
            Self::Puck => PUCK_RADIUS,
        })
    }

    fn board_bounce(self) -> f32 {
        match self {
            Self::Mallet => MALLET_BOARD_BOUNCE,
            Self::Puck => PUCK_BOARD_BOUNCE,
        }
    }
}

/// Takes from a velocity what leads against `normal`, and gives back a share of it.
pub(crate) fn bounce(velocity: IVec2, normal: Vec2, share: f32) -> IVec2 {
    let speed = velocity.as_vec2().dot(normal);
    if speed >= 0.0 {
        return velocity;
    }
    // Cut off towards zero, so that rounding never adds to the speed.
    (velocity.as_vec2() - normal * (speed * (1.0 + share))).as_ivec2()
}

/// The nearest whole quantum, ties away from zero: the same on both sides of a mirror.
pub(crate) fn nearest(place: Vec2) -> IVec2 {
    IVec2::new(libm::roundf(place.x) as i32, libm::roundf(place.y) as i32)
}

impl Rink {
    /// The rink of a match.
    #[must_use]
    pub fn new(scenario: &Scenario) -> Self {
        let left = quanta(GOAL_DEPTH);
        let right = left + quanta(scenario.width_units as i32);
        Self { left, right, top: quanta(scenario.height_units as i32) }
    }

    /// Width and height with the pockets, units.
    #[must_use]
    pub fn size_units(&self) -> Vec2 {
        Vec2::new((self.right + self.left) as f32, self.top as f32) / QUANTA_PER_UNIT as f32
    }

    /// Where the goal lines are, left and right, units.
    #[must_use]
    pub fn goal_lines_units(&self) -> (f32, f32) {
        (self.left as f32 / QUANTA_PER_UNIT as f32, self.right as f32 / QUANTA_PER_UNIT as f32)
    }

    /// The middle of the goal that `team` defends, units: the first team's is on the left.
    #[must_use]
    pub fn goal_of(&self, team: Team) -> Vec2 {
        let (left, right) = self.goal_lines_units();
        Vec2::new(if team == Team::Frost { left } else { right }, self.middle_units().y)
    }

    /// The face-off spot, units.
    #[must_use]
    pub fn middle_units(&self) -> Vec2 {
        self.size_units() / 2.0
    }

    /// The face-off spot, quanta.
    pub(crate) fn middle(&self) -> IVec2 {
        IVec2::new((self.left + self.right) / 2, self.top / 2)
    }

    /// Whose goal the whole puck is in.
    #[must_use]
    pub fn goal_at(&self, puck: IVec2) -> Option<Team> {
        if puck.x < self.left - Disc::Puck.radius() {
            Some(Team::Frost)
        } else if puck.x > self.right + Disc::Puck.radius() {
            Some(Team::Ember)
        } else {
            None
        }
    }

    /// The nearest place to `at` where a disc of that radius is clear of the boards' straight parts, units.
    #[must_use]
    pub fn inside(&self, at: Vec2, radius_units: f32) -> Vec2 {
        let (left, right) = self.goal_lines_units();
        let low = Vec2::new(left + radius_units, radius_units);
        let high = Vec2::new(right - radius_units, self.size_units().y - radius_units);
        at.clamp(low, high)
    }

    /// Keeps a disc inside: moves it off what it is in, and lets it bounce.
    pub(crate) fn contain(&self, disc: Disc, position: &mut IVec2, velocity: &mut IVec2) {
        let middle = self.middle();
        let sign = IVec2::new(
            if position.x > middle.x { -1 } else { 1 },
            if position.y > middle.y { -1 } else { 1 },
        );
        let origin = IVec2::new(
            if sign.x > 0 { self.left } else { self.right },
            if sign.y > 0 { 0 } else { self.top },
        );
        let mut near = Quarter {
            disc,
            place: (*position - origin) * sign,
            speed: *velocity * sign,
            post: middle.y - quanta(HALF_MOUTH),
        };
        near.contain();
        *position = origin + near.place * sign;
        *velocity = near.speed * sign;
    }
}

/// A disc in a quarter of the rink: the goal line at x = 0, the long board at y = 0.
#[derive(Debug)]
struct Quarter {
    disc: Disc,
    place: IVec2,
    speed: IVec2,
    /// Where on the goal line the mouth begins; it goes on to the quarter's edge.
    post: i32,
}

impl Quarter {
    fn contain(&mut self) {
        let corner = quanta(CORNER_RADIUS);
        let in_mouth = self.disc == Disc::Puck && self.place.y > self.post;
        if in_mouth && self.place.x < self.disc.radius() {
            self.contain_in_mouth();
        } else if self.place.x < corner && self.place.y < corner {
            self.contain_in_corner(corner);
        } else {
            let share = self.disc.board_bounce();
            self.keep_right_of(self.disc.radius(), share);
            if self.place.y < self.disc.radius() {
                self.place.y = self.disc.radius();
                self.speed = bounce(self.speed, Vec2::Y, share);
            }
        }
    }

    fn keep_right_of(&mut self, least: i32, share: f32) {
        if self.place.x < least {
            self.place.x = least;
            self.speed = bounce(self.speed, Vec2::X, share);
        }
    }

    /// In the mouth there are a post, and behind the line a net.
    fn contain_in_mouth(&mut self) {
        let radius = self.disc.radius();
        let from_post = (self.place - IVec2::new(0, self.post)).as_vec2();
        let (distance, reach) =
            (libm::sqrtf(from_post.length_squared()), (radius + quanta(POST_RADIUS)) as f32);
        if distance < reach {
            let normal = if distance > 0.0 { from_post / distance } else { Vec2::X };
            self.place += nearest(normal * (reach - distance));
            self.speed = bounce(self.speed, normal, PUCK_BOARD_BOUNCE);
        }
        if self.place.x < 0 {
            self.keep_right_of(radius - quanta(GOAL_DEPTH), NET_BOUNCE);
            if self.place.y < self.post + radius {
                self.place.y = self.post + radius;
                self.speed = bounce(self.speed, Vec2::Y, NET_BOUNCE);
            }
        }
    }

    fn contain_in_corner(&mut self, corner: i32) {
        let outward = (IVec2::splat(corner) - self.place).as_vec2();
        let distance = libm::sqrtf(outward.length_squared());
        let room = (corner - self.disc.radius()) as f32;
        if distance > room {
            let normal = outward / distance;
            self.place = IVec2::splat(corner) - (normal * room).as_ivec2();
            self.speed = bounce(self.speed, normal, self.disc.board_bounce());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use perigee_shared::rng::Rng;

    fn rink() -> Rink {
        Rink::new(&Scenario::default())
    }

    #[test]
    fn wherever_a_disc_is_put_it_is_inside_afterwards() {
        let (rink, mut rng) = (rink(), Rng::new(1));
        for n in 0..20_000 {
            let disc = if n % 2 == 0 { Disc::Puck } else { Disc::Mallet };
            let any = |rng: &mut Rng, most: i32| rng.below(most as u32) as i32;
            let mut at = IVec2::new(any(&mut rng, 440_000), any(&mut rng, 240_000)) - 10_000;
            let mut velocity = IVec2::new(any(&mut rng, 9_000), any(&mut rng, 9_000)) - 4_500;
            let before = velocity.as_vec2().length();
            rink.contain(disc, &mut at, &mut velocity);
            assert!(velocity.as_vec2().length() <= before + 0.01, "{before} {velocity}");
            let again = at;
            rink.contain(disc, &mut at, &mut velocity);
            assert!((again - at).abs().max_element() <= 1, "{again} moved to {at}");
            assert!(at.y >= disc.radius() && at.y <= rink.top - disc.radius());
            let pocket = if disc == Disc::Puck { quanta(GOAL_DEPTH) } else { 0 };
            assert!(at.x >= rink.left - pocket + disc.radius(), "{disc:?} {at}");
            assert!(at.x <= rink.right + pocket - disc.radius(), "{disc:?} {at}");
        }
    }

    #[test]
    fn only_the_puck_enters_a_mouth_and_a_goal_is_the_whole_puck() {
        let rink = rink();
        let at = IVec2::new(rink.left - quanta(20), rink.middle().y);
        let (mut puck, mut mallet) = (at, at);
        rink.contain(Disc::Puck, &mut puck, &mut IVec2::ZERO.clone());
        rink.contain(Disc::Mallet, &mut mallet, &mut IVec2::ZERO.clone());
        assert_eq!(puck, at);
        assert_eq!(mallet.x, rink.left + Disc::Mallet.radius());
        assert_eq!(rink.goal_at(puck), Some(Team::Frost));
        let on_the_line = IVec2::new(rink.left - Disc::Puck.radius(), at.y);
        assert_eq!(rink.goal_at(on_the_line), None);
        assert_eq!(rink.goal_at(rink.middle() * 2 - at), Some(Team::Ember));
    }

    #[test]
    fn a_post_turns_the_puck_away() {
        let rink = rink();
        let post = rink.middle().y - quanta(HALF_MOUTH);
        let mut at = IVec2::new(rink.left + quanta(10), post + quanta(3));
        let mut velocity = IVec2::new(-2000, 0);
        rink.contain(Disc::Puck, &mut at, &mut velocity);
        assert!(velocity.x > 1000, "{velocity}");
    }
}
