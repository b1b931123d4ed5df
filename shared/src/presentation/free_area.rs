//! The part of the view that nothing covers: a game keeps what the player steers in it.

use glam::Vec2;

/// A rectangle in the view: -1..=1 both ways, y upward.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FreeArea {
    /// Its lower left corner.
    pub low: Vec2,
    /// Its upper right corner.
    pub high: Vec2,
}

impl FreeArea {
    /// Nothing covers anything.
    pub const WHOLE: Self = Self { low: Vec2::NEG_ONE, high: Vec2::ONE };

    /// The same with what no view has put right: corners beyond the view, in the wrong order, or NaN.
    #[must_use]
    pub fn tidied(self) -> Self {
        let inside = |at: Vec2, other: f32| {
            let at = Vec2::select(at.is_nan_mask(), Vec2::splat(other), at);
            at.clamp(Vec2::NEG_ONE, Vec2::ONE)
        };
        let (low, high) = (inside(self.low, -1.0), inside(self.high, 1.0));
        Self { low: low.min(high), high: low.max(high) }
    }

    /// This one, moved by `share` of the way towards `other`.
    #[must_use]
    pub fn towards(self, other: Self, share: f32) -> Self {
        Self { low: self.low.lerp(other.low, share), high: self.high.lerp(other.high, share) }
    }

    /// Where in it something is wholly seen that reaches so far around itself, both in the view's measure: the lower
    /// left and the upper right place. The middle, where it is too small for that.
    #[must_use]
    pub fn room_for(self, reach: Vec2) -> (Vec2, Vec2) {
        let middle = self.low.midpoint(self.high);
        ((self.low + reach).min(middle), (self.high - reach).max(middle))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_it_is_told_it_lies_in_the_view() {
        let odd = FreeArea { low: Vec2::new(f32::NAN, 3.0), high: Vec2::new(-9.0, f32::NAN) };
        let tidy = odd.tidied();
        assert_eq!(tidy, FreeArea { low: Vec2::new(-1.0, 1.0), high: Vec2::new(-1.0, 1.0) });
        assert_eq!(FreeArea::WHOLE.tidied(), FreeArea::WHOLE);
    }

    #[test]
    fn there_is_always_a_place_to_be_seen_in() {
        let area = FreeArea { low: Vec2::new(0.0, -1.0), high: Vec2::new(0.1, 1.0) };
        let (low, high) = area.room_for(Vec2::splat(0.2));
        assert_eq!((low, high), (Vec2::new(0.05, -0.8), Vec2::new(0.05, 0.8)));
    }
}
