//! What each sound is made of: a few layers, each a wave or noise that slides from one pitch to another and dies away.
//! Knows no browser.

use perigee_shared::presentation::Sound;

/// The shape of a layer's wave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wave {
    Sine,
    Triangle,
    Square,
    Saw,
    /// Noise; its pitch is where it is cut off.
    Noise,
}

/// One layer of a sound.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Layer {
    pub(super) wave: Wave,
    /// When it begins and how long it lasts, seconds.
    pub(super) at_s: f32,
    pub(super) length_s: f32,
    /// Pitch at its beginning and at its end, Hz.
    pub(super) from_hz: f32,
    pub(super) to_hz: f32,
    /// How loud it begins, `0..=1`.
    pub(super) gain: f32,
}

const fn layer(wave: Wave, (at_s, length_s): (f32, f32), (from_hz, to_hz): (f32, f32), gain: f32) -> Layer {
    Layer { wave, at_s, length_s, from_hz, to_hz, gain }
}

/// The layers of a sound.
pub(super) fn layers(sound: Sound) -> &'static [Layer] {
    use Wave::{Noise, Saw, Sine, Square, Triangle};
    match sound {
        Sound::OwnShot => {
            const {
                &[
                    layer(Saw, (0.0, 0.12), (880.0, 170.0), 0.13),
                    layer(Noise, (0.0, 0.06), (5200.0, 700.0), 0.12),
                ]
            }
        }
        Sound::OtherShot => const { &[layer(Square, (0.0, 0.11), (610.0, 150.0), 0.09)] },
        Sound::Beam => {
            const {
                &[
                    layer(Saw, (0.0, 0.2), (1400.0, 1050.0), 0.07),
                    layer(Sine, (0.0, 0.24), (700.0, 690.0), 0.16),
                ]
            }
        }
        Sound::MissileLaunch => {
            const {
                &[
                    layer(Noise, (0.0, 0.55), (350.0, 2600.0), 0.3),
                    layer(Saw, (0.0, 0.5), (80.0, 210.0), 0.12),
                ]
            }
        }
        Sound::HitGiven => const { &[layer(Triangle, (0.0, 0.06), (1850.0, 1450.0), 0.26)] },
        Sound::HitTaken => {
            const {
                &[
                    layer(Noise, (0.0, 0.2), (1900.0, 180.0), 0.5),
                    layer(Square, (0.0, 0.2), (140.0, 55.0), 0.2),
                ]
            }
        }
        Sound::ShieldFlash => {
            const {
                &[
                    layer(Sine, (0.0, 0.24), (500.0, 1000.0), 0.2),
                    layer(Triangle, (0.0, 0.18), (1560.0, 760.0), 0.08),
                ]
            }
        }
        Sound::Explosion => {
            const {
                &[
                    layer(Noise, (0.0, 1.0), (1500.0, 60.0), 0.7),
                    layer(Sine, (0.0, 0.75), (115.0, 30.0), 0.55),
                ]
            }
        }
        Sound::FarExplosion => {
            const { &[layer(Noise, (0.0, 0.9), (260.0, 50.0), 0.6), layer(Sine, (0.0, 0.6), (60.0, 28.0), 0.3)] }
        }
        Sound::Pickup => {
            const {
                &[
                    layer(Triangle, (0.0, 0.1), (660.0, 660.0), 0.18),
                    layer(Triangle, (0.07, 0.14), (990.0, 990.0), 0.18),
                ]
            }
        }
        Sound::Kill => const { &chime([523.3, 659.3, 1046.5]) },
        Sound::LowHull => {
            const {
                &[
                    layer(Square, (0.0, 0.1), (466.0, 466.0), 0.07),
                    layer(Square, (0.16, 0.12), (392.0, 392.0), 0.07),
                ]
            }
        }
        Sound::Capture => const { &chime([392.0, 587.3, 784.0]) },
        Sound::Click => const { &[layer(Sine, (0.0, 0.035), (920.0, 640.0), 0.14)] },
    }
}

/// Three notes, one after the other.
const fn chime([a, b, c]: [f32; 3]) -> [Layer; 3] {
    [
        layer(Wave::Triangle, (0.0, 0.16), (a, a), 0.2),
        layer(Wave::Triangle, (0.09, 0.18), (b, b), 0.2),
        layer(Wave::Triangle, (0.18, 0.36), (c, c), 0.22),
    ]
}

/// How long a sound is heard, seconds.
pub(super) fn length_s(sound: Sound) -> f32 {
    layers(sound).iter().map(|layer| layer.at_s + layer.length_s).fold(0.0, f32::max)
}

/// Whether it concerns the player so much that the rest steps back for it.
pub(super) fn is_important(sound: Sound) -> bool {
    matches!(sound, Sound::HitTaken | Sound::Explosion | Sound::Kill | Sound::Capture | Sound::LowHull)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sound_is_short_bounded_and_can_be_made() {
        for sound in Sound::ALL {
            let layers = layers(sound);
            assert!((1..=3).contains(&layers.len()), "{sound:?}");
            assert!((0.03..=1.2).contains(&length_s(sound)), "{sound:?}");
            assert!(layers.iter().map(|layer| layer.gain).sum::<f32>() <= 1.3, "{sound:?}");
            for layer in layers {
                // Slides are exponential: neither end may be zero.
                assert!(layer.from_hz >= 20.0 && layer.to_hz >= 20.0 && layer.gain > 0.0, "{sound:?}");
            }
        }
    }

    #[test]
    fn no_two_sounds_are_the_same() {
        for (at, &a) in Sound::ALL.iter().enumerate() {
            assert!(Sound::ALL[at + 1..].iter().all(|&b| layers(a) != layers(b)), "{a:?}");
        }
    }
}
