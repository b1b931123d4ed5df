//! Where the player looks from: a little ahead of the own ship, kicked by hits, and so that no instrument, panel or
//! thumb covers the own ship, wherever in the arena it is.

use glam::Vec2;
use perigee_shared::presentation::{Camera, Comfort, FreeArea, Viewport};

/// From the middle of the view to its upper edge on a wide screen, units.
const HALF_HEIGHT_UNITS: f32 = 400.0;
/// On a narrow screen at least this much is seen to either side, units.
const MIN_HALF_WIDTH_UNITS: f32 = 330.0;
/// The view leads the ship by the way it goes in this time, seconds.
const LEAD_S: f32 = 0.22;
/// How fast the lead follows the ship's velocity, 1/s.
const LEAD_PER_S: f32 = 2.5;
/// At most this much of what lies beyond the walls is seen, units; more only where the own ship would be covered else.
const BEYOND_UNITS: f32 = 120.0;
/// So far around the own ship nothing covers the view, units: its hull, its ring and its engine's light.
const UNCOVERED_UNITS: f32 = 40.0;
/// How fast the ship's place in the view follows what covers it, 1/s.
const MAKE_WAY_PER_S: f32 = 12.0;
/// How fast the view glides to another place, 1/s.
const GLIDE_PER_S: f32 = 6.0;
/// How fast the view of a spectator follows, 1/s.
const TRACK_PER_S: f32 = 10.0;
/// How far a hit kicks the view, pixels, and how fast that wears off, 1/s.
const KICK_PX: f32 = 2.0;
const KICK_PER_S: f32 = 14.0;

/// The view's place, with what it needs to move smoothly.
#[derive(Clone, Copy, Debug)]
pub(super) struct CameraMan {
    pub(super) camera: Camera,
    /// Width divided by height of the view.
    pub(super) aspect: f32,
    /// Size of a pixel, units.
    pub(super) pixel_units: f32,
    lead: Vec2,
    kick: Vec2,
    may_shake: bool,
    calm: bool,
    /// What the page leaves free, and what of it the view has followed yet.
    told_free: FreeArea,
    free: FreeArea,
}

impl CameraMan {
    pub(super) fn new(comfort: Comfort) -> Self {
        let camera = Camera { centre: Vec2::ZERO, half_height_units: HALF_HEIGHT_UNITS };
        Self {
            camera,
            aspect: 1.0,
            pixel_units: 1.0,
            lead: Vec2::ZERO,
            kick: Vec2::ZERO,
            may_shake: comfort.may_shake(),
            calm: comfort.reduced_motion,
            told_free: FreeArea::WHOLE,
            free: FreeArea::WHOLE,
        }
    }

    /// The player wants it otherwise.
    pub(super) fn set_comfort(&mut self, comfort: Comfort) {
        self.may_shake = comfort.may_shake();
        self.calm = comfort.reduced_motion;
    }

    /// Takes the window's shape.
    pub(super) fn fit(&mut self, viewport: Viewport) {
        let aspect = if viewport.aspect.is_nan() { 1.0 } else { viewport.aspect };
        self.aspect = aspect.clamp(0.2, 5.0);
        self.camera.half_height_units = HALF_HEIGHT_UNITS.max(MIN_HALF_WIDTH_UNITS / self.aspect);
        self.pixel_units = 2.0 * self.camera.half_height_units / viewport.height_px.max(1.0);
        self.told_free = viewport.free.tidied();
    }

    /// Shows so many times as much as a player sees; after [`Self::fit`].
    pub(super) fn zoom(&mut self, times: f32) {
        self.camera.half_height_units *= times;
        self.pixel_units *= times;
    }

    /// Follows a ship in an arena of that size.
    pub(super) fn follow(&mut self, position: Vec2, velocity: Vec2, size: Vec2, dt_s: f32) {
        let share = (LEAD_PER_S * dt_s).min(1.0);
        self.lead += (velocity * LEAD_S - self.lead) * share;
        self.kick *= (1.0 - KICK_PER_S * dt_s).max(0.0);
        let kick = self.kick * (KICK_PX * self.pixel_units);
        let share = if self.calm { 1.0 } else { (MAKE_WAY_PER_S * dt_s).min(1.0) };
        self.free = self.free.towards(self.told_free, share);
        let reach = self.half_extent();
        let (low, high) = self.free.room_for(UNCOVERED_UNITS / reach);
        // In the middle of the view if that is free.
        let home = Vec2::ZERO.clamp(low, high) * reach;
        let centre = self.inside(position + self.lead - home, size);
        self.camera.centre = position - (position - centre).clamp(low * reach, high * reach) + kick;
    }

    /// The nearest place to look at from which little is seen beyond the walls; the middle of an arena that is smaller
    /// than the view.
    fn inside(&self, at: Vec2, size: Vec2) -> Vec2 {
        let low = (self.half_extent() - BEYOND_UNITS).min(size / 2.0);
        at.clamp(low, size - low)
    }

    /// Moves towards a place smoothly, and looks ahead of nothing.
    pub(super) fn glide_to(&mut self, position: Vec2, dt_s: f32) {
        (self.lead, self.kick) = (Vec2::ZERO, Vec2::ZERO);
        self.camera.centre += (position - self.camera.centre) * (GLIDE_PER_S * dt_s).min(1.0);
    }

    /// Looks at a place of an arena of that size smoothly, and from far away at once.
    pub(super) fn track(&mut self, position: Vec2, size: Vec2, dt_s: f32) {
        let to = self.inside(position, size);
        let far = (to - self.camera.centre).length() > self.half_extent().length() * 2.0;
        let share = if far { 1.0 } else { (TRACK_PER_S * dt_s).min(1.0) };
        (self.lead, self.kick) = (Vec2::ZERO, Vec2::ZERO);
        self.camera.centre += (to - self.camera.centre) * share;
    }

    /// Looks at a place at once.
    pub(super) fn look_at(&mut self, position: Vec2) {
        (self.lead, self.kick) = (Vec2::ZERO, Vec2::ZERO);
        self.camera.centre = position;
    }

    /// A jolt in this direction.
    pub(super) fn jolt(&mut self, direction: Vec2) {
        if self.may_shake {
            self.kick = direction.normalize_or(Vec2::Y);
        }
    }

    /// From the middle of the view to its corner, units.
    pub(super) fn half_extent(&self) -> Vec2 {
        Vec2::new(self.camera.half_height_units * self.aspect, self.camera.half_height_units)
    }

    /// Whether something of that size can be seen.
    pub(super) fn sees(&self, at: Vec2, radius_units: f32) -> bool {
        let offset = (at - self.camera.centre).abs() - self.half_extent();
        offset.max_element() < radius_units
    }

    /// A place in the view: -1..=1 both ways, y upward.
    pub(super) fn project(&self, at: Vec2) -> Vec2 {
        (at - self.camera.centre) / self.half_extent()
    }
}

#[cfg(test)]
impl CameraMan {
    /// A desktop's view, 800 pixels high, for tests of what needs one.
    pub(super) fn of_tests() -> Self {
        let mut man = Self::new(Comfort::default());
        man.fit(Viewport { aspect: 1.6, height_px: 800.0, free: FreeArea::WHOLE });
        man
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_narrow_screen_still_sees_to_the_sides() {
        let mut man = CameraMan::new(Comfort::default());
        man.fit(Viewport { aspect: 0.5, height_px: 800.0, free: FreeArea::WHOLE });
        assert!(man.half_extent().x >= MIN_HALF_WIDTH_UNITS);
        assert!(man.sees(Vec2::new(-320.0, 0.0), 1.0) && !man.sees(Vec2::new(0.0, 2000.0), 10.0));
    }

    #[test]
    fn a_kick_is_two_pixels_wears_off_and_spares_who_asked_for_calm() {
        let calm = Comfort { reduced_motion: true, ..Comfort::default() };
        let steady = Comfort { shake: false, ..Comfort::default() };
        for (comfort, kick_px) in [(Comfort::default(), KICK_PX), (calm, 0.0), (steady, 0.0)] {
            let mut man = CameraMan::new(Comfort::default());
            man.set_comfort(comfort);
            man.fit(Viewport { aspect: 1.5, height_px: 800.0, free: FreeArea::WHOLE });
            man.jolt(Vec2::X);
            let (at, size) = (Vec2::splat(2000.0), Vec2::splat(4000.0));
            man.follow(at, Vec2::ZERO, size, 0.0);
            assert!((man.camera.centre.x - at.x - kick_px * man.pixel_units).abs() < 1e-3);
            (0..60).for_each(|_| man.follow(at, Vec2::ZERO, size, 1.0 / 60.0));
            assert!(man.camera.centre.distance(at) < 0.01);
        }
    }

    #[test]
    fn little_is_seen_beyond_the_walls() {
        let mut man = CameraMan::new(Comfort::default());
        man.fit(Viewport { aspect: 1.6, height_px: 800.0, free: FreeArea::WHOLE });
        man.follow(Vec2::ZERO, Vec2::ZERO, Vec2::splat(4000.0), 0.0);
        assert_eq!(man.camera.centre - man.half_extent(), Vec2::splat(-BEYOND_UNITS));
        man.follow(Vec2::ZERO, Vec2::ZERO, Vec2::splat(500.0), 0.0);
        assert_eq!(man.camera.centre, Vec2::splat(250.0), "a small arena is in the middle");
    }

    #[test]
    fn nothing_covers_the_own_ship_wherever_it_is() {
        let size = Vec2::new(4000.0, 2500.0);
        let areas = [
            FreeArea::WHOLE,
            FreeArea { low: Vec2::new(-0.9, -0.5), high: Vec2::new(0.6, 0.8) },
            // A panel over the left two thirds; a phone's panel over all but a strip.
            FreeArea { low: Vec2::new(0.35, -0.9), high: Vec2::new(0.95, 0.9) },
            FreeArea { low: Vec2::new(-1.0, -0.7), high: Vec2::new(1.0, -0.3) },
        ];
        for (aspect, free) in
            [0.46, 0.56, 1.0, 1.6, 2.2].into_iter().flat_map(|a| areas.map(|free| (a, free)))
        {
            for place in [(0.0, 0.0), (0.0, 0.5), (0.5, 0.0), (1.0, 1.0), (0.5, 0.5), (1.0, 0.03)] {
                let mut man = CameraMan::new(Comfort::default());
                let (at, way) = (size * Vec2::from(place), Vec2::new(-600.0, 500.0));
                for _ in 0..240 {
                    man.fit(Viewport { aspect, height_px: 800.0, free });
                    man.follow(at, way, size, 1.0 / 60.0);
                }
                let reach = UNCOVERED_UNITS * 0.99 / man.half_extent();
                let seen = man.project(at);
                let is_free = (seen - reach).cmpge(free.low).all() && (seen + reach).cmple(free.high).all();
                assert!(is_free, "{place:?} in {free:?} of {aspect}: {seen}");
            }
        }
    }

    #[test]
    fn what_covers_no_more_than_the_edges_leaves_the_ship_in_the_middle() {
        let free = FreeArea { low: Vec2::new(-0.3, -0.7), high: Vec2::new(0.6, 0.9) };
        let mut man = CameraMan::new(Comfort::default());
        man.fit(Viewport { aspect: 1.6, height_px: 800.0, free });
        let at = Vec2::splat(2000.0);
        (0..60).for_each(|_| man.follow(at, Vec2::ZERO, Vec2::splat(4000.0), 1.0 / 60.0));
        assert!(man.camera.centre.distance(at) < 0.01);
    }
}
