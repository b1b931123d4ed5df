//! Where the player looks from: so that the whole rink is seen where the window has room for it, and after the own mallet
//! where it has not. No instrument, panel or thumb covers the own mallet.

use glam::Vec2;
use perigee_shared::presentation::{Camera, Comfort, FreeArea, Viewport};

/// So much of what lies around the rink is seen, units.
const MARGIN_UNITS: f32 = 14.0;
/// From the middle of the view to its upper edge at most, units: beyond, discs are too small to play with.
const MAX_HALF_HEIGHT_UNITS: f32 = 440.0;
/// The same on a narrow screen, where the view follows: half its width at least, units.
const MIN_HALF_WIDTH_UNITS: f32 = 300.0;
/// So far around the own mallet nothing covers the view, units.
const UNCOVERED_UNITS: f32 = 44.0;
/// How much the view looks from the own mallet towards the puck.
const TOWARDS_PUCK: f32 = 0.35;
/// How fast the view glides, 1/s.
const GLIDE_PER_S: f32 = 6.0;
/// How fast it makes way for what covers it, 1/s.
const MAKE_WAY_PER_S: f32 = 10.0;
/// How far a hit kicks the view, pixels, and how fast that wears off, 1/s.
const KICK_PX: f32 = 2.0;
const KICK_PER_S: f32 = 14.0;

/// The view's place, with what it needs to move smoothly.
#[derive(Clone, Copy, Debug)]
pub(super) struct CameraMan {
    pub(super) camera: Camera,
    pub(super) aspect: f32,
    /// Size of a pixel, units.
    pub(super) pixel_units: f32,
    height_px: f32,
    /// Where it glides, without kicks.
    at: Vec2,
    kick: Vec2,
    comfort: Comfort,
    told_free: FreeArea,
    free: FreeArea,
    /// Nothing was looked at yet.
    is_fresh: bool,
}

impl CameraMan {
    pub(super) fn new(comfort: Comfort) -> Self {
        Self {
            camera: Camera { centre: Vec2::ZERO, half_height_units: MAX_HALF_HEIGHT_UNITS },
            aspect: 1.0,
            pixel_units: 1.0,
            height_px: 1.0,
            at: Vec2::ZERO,
            kick: Vec2::ZERO,
            comfort,
            told_free: FreeArea::WHOLE,
            free: FreeArea::WHOLE,
            is_fresh: true,
        }
    }

    /// The player wants it otherwise.
    pub(super) fn set_comfort(&mut self, comfort: Comfort) {
        self.comfort = comfort;
    }

    /// Takes the window's shape.
    pub(super) fn fit(&mut self, viewport: Viewport) {
        let aspect = if viewport.aspect.is_nan() { 1.0 } else { viewport.aspect };
        self.aspect = aspect.clamp(0.2, 5.0);
        self.height_px = viewport.height_px.max(1.0);
        self.told_free = viewport.free.tidied();
    }

    /// Looks at a rink of that size. `focus` is the own mallet, or whom a spectator follows, and the puck; `zoom` how many
    /// times as much is seen as a player sees.
    pub(super) fn look(&mut self, size: Vec2, focus: Option<(Vec2, Vec2)>, zoom: f32, dt_s: f32) {
        let share = if self.comfort.reduced_motion { 1.0 } else { (MAKE_WAY_PER_S * dt_s).min(1.0) };
        let share = if self.is_fresh { 1.0 } else { share };
        self.free = self.free.towards(self.told_free, share);
        self.camera.half_height_units = self.half_height(size) * zoom;
        self.pixel_units = 2.0 * self.camera.half_height_units / self.height_px;
        let to = self.place(size, focus);
        let share = if self.is_fresh { 1.0 } else { (GLIDE_PER_S * dt_s).min(1.0) };
        self.at += (to - self.at) * share;
        if let Some((own, _)) = focus {
            self.at = self.uncovered(own);
        }
        self.is_fresh = false;
        self.kick *= (1.0 - KICK_PER_S * dt_s).max(0.0);
        self.camera.centre = self.at + self.kick * (KICK_PX * self.pixel_units);
    }

    /// As little as shows the whole rink in what is free of the view, within what can still be played.
    fn half_height(&self, size: Vec2) -> f32 {
        let needed = |free: Vec2| {
            let half = (size / 2.0 + MARGIN_UNITS) / (free / 2.0).max(Vec2::splat(0.1));
            half.y.max(half.x / self.aspect)
        };
        let least = needed(Vec2::splat(2.0));
        if least > MAX_HALF_HEIGHT_UNITS {
            return (size.y / 2.0 + MARGIN_UNITS)
                .clamp(MIN_HALF_WIDTH_UNITS / self.aspect, MAX_HALF_HEIGHT_UNITS * 1.4);
        }
        needed(self.free.high - self.free.low).clamp(least, MAX_HALF_HEIGHT_UNITS.min(least * 1.2))
    }

    /// Where the view's middle should be: the rink in the middle of what is free, or the focus, with little seen beyond
    /// the boards.
    fn place(&self, size: Vec2, focus: Option<(Vec2, Vec2)>) -> Vec2 {
        let reach = self.half_extent();
        let shift = self.free.low.midpoint(self.free.high) * reach;
        let focus = focus.map_or(size / 2.0, |(own, puck)| own.lerp(puck, TOWARDS_PUCK));
        let room = ((self.free.high - self.free.low) / 2.0 * reach - MARGIN_UNITS).max(Vec2::ONE);
        let low = room.min(size / 2.0);
        focus.clamp(low, size - low) - shift
    }

    /// The nearest middle from which nothing covers what is there.
    fn uncovered(&self, own: Vec2) -> Vec2 {
        let reach = self.half_extent();
        let (low, high) = self.free.room_for(UNCOVERED_UNITS / reach);
        own - (own - self.at).clamp(low * reach, high * reach)
    }

    /// A jolt in this direction.
    pub(super) fn jolt(&mut self, direction: Vec2) {
        if self.comfort.may_shake() {
            self.kick = direction.normalize_or(Vec2::Y);
        }
    }

    /// From the middle of the view to its corner, units.
    pub(super) fn half_extent(&self) -> Vec2 {
        Vec2::new(self.camera.half_height_units * self.aspect, self.camera.half_height_units)
    }

    /// A place in the view: -1..=1 both ways, y upward.
    pub(super) fn project(&self, at: Vec2) -> Vec2 {
        (at - self.camera.centre) / self.half_extent()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: Vec2 = Vec2::new(1100.0, 560.0);

    fn man(aspect: f32, free: FreeArea) -> CameraMan {
        let mut man = CameraMan::new(Comfort::default());
        man.fit(Viewport { aspect, height_px: 800.0, free });
        man
    }

    #[test]
    fn a_wide_window_shows_the_whole_rink() {
        for aspect in [1.34, 1.6, 1.78, 2.3] {
            let mut man = man(aspect, FreeArea::WHOLE);
            man.look(SIZE, Some((Vec2::new(80.0, 80.0), SIZE)), 1.0, 0.0);
            for corner in [Vec2::ZERO, SIZE] {
                assert!(man.project(corner).abs().max_element() <= 1.0, "{aspect}: {}", man.project(corner));
            }
        }
    }

    #[test]
    fn a_narrow_window_follows_and_discs_stay_large_enough() {
        let mut man = man(0.5, FreeArea::WHOLE);
        for x in [70.0, 550.0, 1030.0] {
            let own = Vec2::new(x, 280.0);
            (0..120).for_each(|_| man.look(SIZE, Some((own, SIZE / 2.0)), 1.0, 1.0 / 60.0));
            assert!(man.project(own).abs().max_element() < 0.95, "{}", man.project(own));
        }
        assert!(man.half_extent().x < 330.0 && man.half_extent().x >= MIN_HALF_WIDTH_UNITS);
    }

    #[test]
    fn the_own_mallet_is_never_covered() {
        let free = FreeArea { low: Vec2::new(-0.5, -0.3), high: Vec2::new(0.9, 0.8) };
        for aspect in [0.5, 1.0, 1.8] {
            let mut man = man(aspect, free);
            for own in [Vec2::new(70.0, 20.0), Vec2::new(1030.0, 540.0), Vec2::new(70.0, 540.0)] {
                man.look(SIZE, Some((own, SIZE / 2.0)), 1.0, 1.0 / 60.0);
                let at = man.project(own);
                assert!(at.cmpge(free.low).all() && at.cmple(free.high).all(), "{aspect} {own}: {at}");
            }
        }
    }

    #[test]
    fn a_kick_wears_off_and_spares_who_asked_for_calm() {
        let calm = Comfort { reduced_motion: true, ..Comfort::default() };
        for (comfort, kicks) in [(Comfort::default(), true), (calm, false)] {
            let mut man = man(1.6, FreeArea::WHOLE);
            man.set_comfort(comfort);
            man.look(SIZE, None, 1.0, 0.0);
            let before = man.camera.centre;
            man.jolt(Vec2::X);
            man.look(SIZE, None, 1.0, 0.0);
            assert_eq!(man.camera.centre != before, kicks);
            (0..60).for_each(|_| man.look(SIZE, None, 1.0, 1.0 / 60.0));
            assert!(man.camera.centre.distance(before) < 0.01);
        }
    }
}
