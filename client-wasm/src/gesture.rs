//! Gestures by which a spectator moves the camera: one pointer drags the world along, two pinch it.
//!
//! A pointer is a finger, or a mouse with its button down. Knows no page.

use glam::Vec2;

/// Pointers nearer to each other than this count as this far apart, CSS pixels: the ratio of tiny distances jumps.
const LEAST_APART_PX: f32 = 24.0;

/// What the movement of a pointer asks for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Gesture {
    /// Move the world by so much, CSS pixels, y downward.
    Drag(Vec2),
    /// Show so many times as much of the world: below 1 is nearer.
    Pinch(f32),
}

/// A pointer that is down, and where, CSS pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Pointer {
    id: i32,
    at_px: Vec2,
}

/// Follows the first two pointers that are down.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Gestures {
    down: [Option<Pointer>; 2],
}

impl Gestures {
    /// A pointer came down; a third one does nothing.
    pub(crate) fn down(&mut self, id: i32, at_px: Vec2) {
        self.up(id);
        if let Some(free) = self.down.iter_mut().find(|place| place.is_none()) {
            *free = Some(Pointer { id, at_px });
        }
    }

    /// A pointer moved.
    pub(crate) fn moved(&mut self, id: i32, at_px: Vec2) -> Option<Gesture> {
        let nth = self.down.iter().position(|place| place.is_some_and(|pointer| pointer.id == id))?;
        let before_px = self.down[nth].replace(Pointer { id, at_px })?.at_px;
        if before_px == at_px {
            return None;
        }
        Some(match self.down[1 - nth] {
            Some(other) => {
                let apart = |px: Vec2| px.distance(other.at_px).max(LEAST_APART_PX);
                Gesture::Pinch(apart(before_px) / apart(at_px))
            }
            None => Gesture::Drag(at_px - before_px),
        })
    }

    /// A pointer was lifted.
    pub(crate) fn up(&mut self, id: i32) {
        self.down = self.down.map(|place| place.filter(|pointer| pointer.id != id));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn px(x: f32) -> Vec2 {
        Vec2::new(x, 300.0)
    }

    #[test]
    fn one_pointer_drags_and_none_does_nothing() {
        let mut gestures = Gestures::default();
        assert_eq!(gestures.moved(1, px(50.0)), None, "a mouse without its button");
        gestures.down(1, px(50.0));
        assert_eq!(gestures.moved(1, px(50.0)), None);
        assert_eq!(gestures.moved(1, px(80.0)), Some(Gesture::Drag(Vec2::new(30.0, 0.0))));
        gestures.up(1);
        assert_eq!(gestures.moved(1, px(90.0)), None);
    }

    #[test]
    fn two_pointers_pinch_by_the_ratio_of_their_distances() {
        let mut gestures = Gestures::default();
        gestures.down(1, px(100.0));
        gestures.down(2, px(200.0));
        assert_eq!(gestures.moved(2, px(300.0)), Some(Gesture::Pinch(0.5)), "apart is nearer");
        assert_eq!(gestures.moved(1, px(200.0)), Some(Gesture::Pinch(2.0)));
        assert_eq!(gestures.moved(1, px(300.0)), Some(Gesture::Pinch(100.0 / LEAST_APART_PX)), "no jump");
        gestures.down(3, px(10.0));
        assert_eq!(gestures.moved(3, px(20.0)), None, "a third");
        gestures.up(2);
        assert_eq!(
            gestures.moved(1, px(310.0)),
            Some(Gesture::Drag(Vec2::new(10.0, 0.0))),
            "no jump after it"
        );
    }
}
