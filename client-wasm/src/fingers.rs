//! Fingers on the view of somebody who looks on: one drags the world along, two draw it nearer or push it away.
//!
//! A mouse with its button down is a finger too. Knows no page.

use glam::Vec2;

/// Fingers nearer to each other than this are taken to be this far apart, CSS pixels: a ratio of next to nothing jumps.
const LEAST_APART_PX: f32 = 24.0;

/// What a movement of a finger asks for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Gesture {
    /// The world goes along by so much, CSS pixels, y downward.
    Drag(Vec2),
    /// So many times as much is to be seen: below 1 is nearer.
    Pinch(f32),
}

/// A finger and where it is, CSS pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Finger {
    id: i32,
    at_px: Vec2,
}

/// The fingers that count: the first two.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Fingers {
    down: [Option<Finger>; 2],
}

impl Fingers {
    /// A finger came down; a third one does nothing.
    pub(crate) fn down(&mut self, id: i32, at_px: Vec2) {
        self.up(id);
        if let Some(free) = self.down.iter_mut().find(|place| place.is_none()) {
            *free = Some(Finger { id, at_px });
        }
    }

    /// A finger moved.
    pub(crate) fn moved(&mut self, id: i32, at_px: Vec2) -> Option<Gesture> {
        let nth = self.down.iter().position(|place| place.is_some_and(|finger| finger.id == id))?;
        let before_px = self.down[nth].replace(Finger { id, at_px })?.at_px;
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

    /// A finger left.
    pub(crate) fn up(&mut self, id: i32) {
        self.down = self.down.map(|place| place.filter(|finger| finger.id != id));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn px(x: f32) -> Vec2 {
        Vec2::new(x, 300.0)
    }

    #[test]
    fn one_finger_drags_and_none_does_nothing() {
        let mut fingers = Fingers::default();
        assert_eq!(fingers.moved(1, px(50.0)), None, "a mouse without its button");
        fingers.down(1, px(50.0));
        assert_eq!(fingers.moved(1, px(50.0)), None);
        assert_eq!(fingers.moved(1, px(80.0)), Some(Gesture::Drag(Vec2::new(30.0, 0.0))));
        fingers.up(1);
        assert_eq!(fingers.moved(1, px(90.0)), None);
    }

    #[test]
    fn two_fingers_pinch_by_the_ratio_of_their_distances() {
        let mut fingers = Fingers::default();
        fingers.down(1, px(100.0));
        fingers.down(2, px(200.0));
        assert_eq!(fingers.moved(2, px(300.0)), Some(Gesture::Pinch(0.5)), "apart is nearer");
        assert_eq!(fingers.moved(1, px(200.0)), Some(Gesture::Pinch(2.0)));
        assert_eq!(fingers.moved(1, px(300.0)), Some(Gesture::Pinch(100.0 / LEAST_APART_PX)), "no jump");
        fingers.down(3, px(10.0));
        assert_eq!(fingers.moved(3, px(20.0)), None, "a third");
        fingers.up(2);
        assert_eq!(
            fingers.moved(1, px(310.0)),
            Some(Gesture::Drag(Vec2::new(10.0, 0.0))),
            "no jump after it"
        );
    }
}
