//! What hockey sounds like.

use perigee_shared::presentation::Wave::{Noise, Saw, Sine, Square, Triangle};
use perigee_shared::presentation::{Drone, Layer, Sound, Weight, chime};

/// The own mallet dashes.
pub(super) const DASH: Drone =
    Drone { name: "dash", wave: Saw, tone_hz: 47.0, noise: 1.0, cutoff_hz: 210.0, gain: 0.16 };

/// The own mallet strikes.
pub(super) const OWN_STRIKE: Sound = Sound {
    name: "own_strike",
    weight: Weight::Near,
    layers: &[
        Layer::new(Saw, (0.0, 0.12), (880.0, 170.0), 0.13),
        Layer::new(Noise, (0.0, 0.06), (5200.0, 700.0), 0.12),
    ],
};

/// Somebody else strikes.
pub(super) const OTHER_STRIKE: Sound = Sound {
    name: "other_strike",
    weight: Weight::Background,
    layers: &[Layer::new(Square, (0.0, 0.11), (610.0, 150.0), 0.09)],
};

/// The own mallet touches the puck.
pub(super) const OWN_TOUCH: Sound = Sound {
    name: "own_touch",
    weight: Weight::Near,
    layers: &[Layer::new(Triangle, (0.0, 0.06), (1850.0, 1450.0), 0.26)],
};

/// Somebody else touches the puck.
pub(super) const OTHER_TOUCH: Sound = Sound {
    name: "other_touch",
    weight: Weight::Near,
    layers: &[
        Layer::new(Sine, (0.0, 0.24), (500.0, 1000.0), 0.2),
        Layer::new(Triangle, (0.0, 0.18), (1560.0, 760.0), 0.08),
    ],
};

/// The puck meets a board.
pub(super) const BOARD: Sound = Sound {
    name: "board",
    weight: Weight::Near,
    layers: &[Layer::new(Sine, (0.0, 0.035), (920.0, 640.0), 0.14)],
};

/// The puck is in.
pub(super) const GOAL: Sound = Sound {
    name: "goal",
    weight: Weight::Important,
    layers: &[
        Layer::new(Noise, (0.0, 1.0), (1500.0, 60.0), 0.7),
        Layer::new(Sine, (0.0, 0.75), (115.0, 30.0), 0.55),
    ],
};

/// A goal of the player's own.
pub(super) const OWN_GOAL_SCORED: Sound =
    Sound { name: "own_goal_scored", weight: Weight::Important, layers: &chime([523.3, 659.3, 1046.5]) };

/// A goal, and the end of a match.
pub(super) const GOAL_SCORED: Sound =
    Sound { name: "goal_scored", weight: Weight::Important, layers: &chime([392.0, 587.3, 784.0]) };

/// A face-off, or a period that ends.
pub(super) const WHISTLE: Sound = Sound {
    name: "whistle",
    weight: Weight::Near,
    layers: &[
        Layer::new(Triangle, (0.0, 0.1), (660.0, 660.0), 0.18),
        Layer::new(Triangle, (0.07, 0.14), (990.0, 990.0), 0.18),
    ],
};

/// All of them.
#[cfg(test)]
pub(super) const ALL: [&Sound; 9] = [
    &OWN_STRIKE,
    &OTHER_STRIKE,
    &OWN_TOUCH,
    &OTHER_TOUCH,
    &BOARD,
    &GOAL,
    &OWN_GOAL_SCORED,
    &GOAL_SCORED,
    &WHISTLE,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sound_can_be_played_and_no_two_are_the_same() {
        assert_eq!(perigee_shared::presentation::check_sounds(&ALL), Ok(()));
        assert_eq!(DASH.check(), Ok(()));
    }
}
