//! What the arena sounds like, but for its events: those have their sounds where they are declared.

use perigee_shared::presentation::Wave::{Noise, Saw, Sine, Square, Triangle};
use perigee_shared::presentation::{Drone, Layer, Sound, Weight};

/// The own engine.
pub(super) const ENGINE: Drone =
    Drone { name: "engine", wave: Saw, tone_hz: 47.0, noise: 1.0, cutoff_hz: 210.0, gain: 0.16 };

/// The own gun.
pub(super) const OWN_SHOT: Sound = Sound {
    name: "own_shot",
    weight: Weight::Near,
    layers: &[
        Layer::new(Saw, (0.0, 0.12), (880.0, 170.0), 0.13),
        Layer::new(Noise, (0.0, 0.06), (5200.0, 700.0), 0.12),
    ],
};

/// Somebody else's gun.
pub(super) const OTHER_SHOT: Sound = Sound {
    name: "other_shot",
    weight: Weight::Background,
    layers: &[Layer::new(Square, (0.0, 0.11), (610.0, 150.0), 0.09)],
};

/// A beam.
pub(super) const BEAM: Sound = Sound {
    name: "beam",
    weight: Weight::Background,
    layers: &[
        Layer::new(Saw, (0.0, 0.2), (1400.0, 1050.0), 0.07),
        Layer::new(Sine, (0.0, 0.24), (700.0, 690.0), 0.16),
    ],
};

/// A missile leaves.
pub(super) const MISSILE_LAUNCH: Sound = Sound {
    name: "missile_launch",
    weight: Weight::Near,
    layers: &[
        Layer::new(Noise, (0.0, 0.55), (350.0, 2600.0), 0.3),
        Layer::new(Saw, (0.0, 0.5), (80.0, 210.0), 0.12),
    ],
};

/// The player hit something.
pub(super) const HIT_GIVEN: Sound = Sound {
    name: "hit_given",
    weight: Weight::Near,
    layers: &[Layer::new(Triangle, (0.0, 0.06), (1850.0, 1450.0), 0.26)],
};

/// The player was hit.
pub(super) const HIT_TAKEN: Sound = Sound {
    name: "hit_taken",
    weight: Weight::Important,
    layers: &[
        Layer::new(Noise, (0.0, 0.2), (1900.0, 180.0), 0.5),
        Layer::new(Square, (0.0, 0.2), (140.0, 55.0), 0.2),
    ],
};

/// A shield took what came.
pub(super) const SHIELD_FLASH: Sound = Sound {
    name: "shield_flash",
    weight: Weight::Near,
    layers: &[
        Layer::new(Sine, (0.0, 0.24), (500.0, 1000.0), 0.2),
        Layer::new(Triangle, (0.0, 0.18), (1560.0, 760.0), 0.08),
    ],
};

/// Something blew up within sight.
pub(super) const EXPLOSION: Sound = Sound {
    name: "explosion",
    weight: Weight::Important,
    layers: &[
        Layer::new(Noise, (0.0, 1.0), (1500.0, 60.0), 0.7),
        Layer::new(Sine, (0.0, 0.75), (115.0, 30.0), 0.55),
    ],
};

/// Something blew up out of sight.
pub(super) const FAR_EXPLOSION: Sound = Sound {
    name: "far_explosion",
    weight: Weight::Background,
    layers: &[
        Layer::new(Noise, (0.0, 0.9), (260.0, 50.0), 0.6),
        Layer::new(Sine, (0.0, 0.6), (60.0, 28.0), 0.3),
    ],
};

/// Something was picked up.
pub(super) const PICKUP: Sound = Sound {
    name: "pickup",
    weight: Weight::Near,
    layers: &[
        Layer::new(Triangle, (0.0, 0.1), (660.0, 660.0), 0.18),
        Layer::new(Triangle, (0.07, 0.14), (990.0, 990.0), 0.18),
    ],
};

/// The player's hull is nearly gone.
pub(super) const LOW_HULL: Sound = Sound {
    name: "low_hull",
    weight: Weight::Important,
    layers: &[
        Layer::new(Square, (0.0, 0.1), (466.0, 466.0), 0.07),
        Layer::new(Square, (0.16, 0.12), (392.0, 392.0), 0.07),
    ],
};

/// All of them; those of events are in `event`.
#[cfg(test)]
pub(super) const ALL: [&Sound; 11] = [
    &OWN_SHOT,
    &OTHER_SHOT,
    &BEAM,
    &MISSILE_LAUNCH,
    &HIT_GIVEN,
    &HIT_TAKEN,
    &SHIELD_FLASH,
    &EXPLOSION,
    &FAR_EXPLOSION,
    &PICKUP,
    &LOW_HULL,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sound_can_be_played_and_no_two_are_the_same() {
        let all = [&ALL[..], crate::event::SOUNDS].concat();
        assert_eq!(perigee_shared::presentation::check_sounds(&all), Ok(()));
        assert_eq!(ENGINE.check(), Ok(()));
    }
}
