//! What one frame sounds like: cues, made by a game's stage and played by the client.
//!
//! A sound is a recipe: a few layers, each a wave or noise that slides from one pitch to another and dies away. A game
//! declares its own ([`Sound`]); a cue says which is heard, from which side and how loud. A frame has few cues: when more
//! happens at once than anybody can tell apart, the loudest are kept.

use std::vec::Drain;

/// Most cues of one frame; the quietest are left out, and counted.
pub const MAX_CUES: usize = 16;
/// Most layers of one sound.
pub const MAX_LAYERS: usize = 3;

/// The shape of a layer's wave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wave {
    /// A pure tone.
    Sine,
    /// Softly hollow.
    Triangle,
    /// Hollow.
    Square,
    /// Harsh.
    Saw,
    /// Noise; its pitch is where it is cut off.
    Noise,
}

/// One layer of a sound.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Layer {
    /// Its shape.
    pub wave: Wave,
    /// When it begins, seconds.
    pub at_s: f32,
    /// How long it lasts, seconds.
    pub length_s: f32,
    /// Pitch at its beginning, Hz, at least 20.
    pub from_hz: f32,
    /// Pitch at its end, Hz, at least 20: slides are exponential.
    pub to_hz: f32,
    /// How loud it begins, above 0, at most 1.
    pub gain: f32,
}

impl Layer {
    /// A layer, by when it begins and how long it lasts, seconds; from which pitch to which it slides, Hz; how loud.
    #[must_use]
    pub const fn new(
        wave: Wave,
        (at_s, length_s): (f32, f32),
        (from_hz, to_hz): (f32, f32),
        gain: f32,
    ) -> Self {
        Self { wave, at_s, length_s, from_hz, to_hz, gain }
    }
}

/// How much a sound concerns the player.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// It is part of the background, and steps back for what matters.
    Background,
    /// It is about the player.
    Near,
    /// It concerns the player so much that the background is turned down for it.
    Important,
}

/// A sound of a game.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sound {
    /// Its name, for tests and logs.
    pub name: &'static str,
    /// How much it concerns the player.
    pub weight: Weight,
    /// What it is made of, at most [`MAX_LAYERS`].
    pub layers: &'static [Layer],
}

impl Sound {
    /// How long it sounds, seconds.
    #[must_use]
    pub fn length_s(&self) -> f32 {
        self.layers.iter().map(|layer| layer.at_s + layer.length_s).fold(0.0, f32::max)
    }

    /// Whether it can be played and is short.
    ///
    /// # Errors
    /// A sentence that says what is wrong with it.
    pub fn check(&self) -> Result<(), String> {
        let is_loud = self.layers.iter().map(|layer| layer.gain).sum::<f32>() > 1.3;
        let is_wrong = |layer: &Layer| layer.from_hz < 20.0 || layer.to_hz < 20.0 || layer.gain <= 0.0;
        let reason = if !(1..=MAX_LAYERS).contains(&self.layers.len()) {
            "it has no layer, or too many"
        } else if !(0.03..=1.2).contains(&self.length_s()) {
            "it is too short or too long"
        } else if is_loud {
            "it is too loud"
        } else if self.layers.iter().any(is_wrong) {
            "a layer is silent, or its pitch is below 20 Hz"
        } else {
            return Ok(());
        };
        Err(format!("{}: {reason}", self.name))
    }
}

/// A sound that lasts, such as a motor's hum or wind: a tone with noise beside it, cut off above a pitch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Drone {
    /// Its name, for tests and logs.
    pub name: &'static str,
    /// The tone's shape; not [`Wave::Noise`].
    pub wave: Wave,
    /// The tone's pitch, Hz, at least 20.
    pub tone_hz: f32,
    /// How loud noise is beside the tone, `0..=1`.
    pub noise: f32,
    /// Where both are cut off, Hz, at least 20.
    pub cutoff_hz: f32,
    /// How loud it is at most, above 0, at most 1.
    pub gain: f32,
}

impl Drone {
    /// Whether it can be played: for the game's own test.
    ///
    /// # Errors
    /// A sentence that says what is wrong with it.
    pub fn check(&self) -> Result<(), String> {
        let is_share = |share: f32| (0.0..=1.0).contains(&share);
        let reason = if self.wave == Wave::Noise {
            "its tone is noise, which it has beside the tone"
        } else if self.tone_hz < 20.0 || self.cutoff_hz < 20.0 {
            "it is below 20 Hz, or cut off there"
        } else if !is_share(self.noise) || !is_share(self.gain) || self.gain == 0.0 {
            "it is silent or too loud"
        } else {
            return Ok(());
        };
        Err(format!("{}: {reason}", self.name))
    }
}

/// A drone as it is heard now.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DroneCue {
    /// Which. While it stays the same, only the level changes.
    pub drone: &'static Drone,
    /// How loud, `0..=1` of its gain.
    pub level: f32,
}

/// Whether each of a game's sounds can be played, and no two are the same: for the game's own test.
///
/// # Errors
/// A sentence that says which is wrong, and how.
pub fn check_sounds(sounds: &[&Sound]) -> Result<(), String> {
    for (at, sound) in sounds.iter().enumerate() {
        sound.check()?;
        if let Some(duplicate) = sounds[at + 1..].iter().find(|other| sound.layers == other.layers) {
            return Err(format!("{} and {} are the same", sound.name, duplicate.name));
        }
    }
    Ok(())
}

/// Three notes, one after the other, Hz: something good.
#[must_use]
pub const fn chime([a, b, c]: [f32; 3]) -> [Layer; 3] {
    [
        Layer::new(Wave::Triangle, (0.0, 0.16), (a, a), 0.2),
        Layer::new(Wave::Triangle, (0.09, 0.18), (b, b), 0.2),
        Layer::new(Wave::Triangle, (0.18, 0.36), (c, c), 0.22),
    ]
}

/// One sound to be played.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cue {
    /// What.
    pub sound: &'static Sound,
    /// From where: -1 is left, 1 is right.
    pub pan: f32,
    /// How loud, `0..=1`; distance is in it already.
    pub gain: f32,
}

/// The cues of one frame. Keeps its memory from frame to frame.
#[derive(Clone, Debug, Default)]
pub struct CueSheet {
    cues: Vec<Cue>,
    left_out: u64,
}

impl CueSheet {
    /// Adds a cue; when there are [`MAX_CUES`], the quietest gives way.
    pub fn add(&mut self, cue: Cue) {
        if self.cues.len() < MAX_CUES {
            self.cues.push(cue);
            return;
        }
        self.left_out += 1;
        if let Some(quietest) = self.cues.iter_mut().min_by(|a, b| a.gain.total_cmp(&b.gain))
            && quietest.gain < cue.gain
        {
            *quietest = cue;
        }
    }

    /// Takes all cues out.
    pub fn drain(&mut self) -> Drain<'_, Cue> {
        self.cues.drain(..)
    }

    /// Cues that found no room since the sheet was made.
    #[must_use]
    pub fn left_out(&self) -> u64 {
        self.left_out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TICK: Sound = Sound {
        name: "tick",
        weight: Weight::Near,
        layers: &[Layer::new(Wave::Sine, (0.0, 0.05), (900.0, 700.0), 0.2)],
    };

    #[test]
    fn a_sound_that_cannot_be_played_is_found() {
        assert_eq!(TICK.check(), Ok(()));
        const LONG: Layer = Layer::new(Wave::Sine, (0.0, 2.0), (900.0, 700.0), 0.2);
        const DEEP: Layer = Layer { length_s: 0.1, to_hz: 0.0, ..LONG };
        const LOUD: Layer = Layer { length_s: 0.1, gain: 1.5, ..LONG };
        for layers in [&[][..], &[LONG], &[DEEP], &[LOUD], &[DEEP; 4]] {
            assert!(Sound { layers, ..TICK }.check().unwrap_err().starts_with("tick: "));
        }
    }

    #[test]
    fn a_drone_that_cannot_be_played_is_found() {
        const HUM: Drone =
            Drone { name: "hum", wave: Wave::Saw, tone_hz: 50.0, noise: 1.0, cutoff_hz: 200.0, gain: 0.2 };
        assert_eq!(HUM.check(), Ok(()));
        for wrong in [
            Drone { wave: Wave::Noise, ..HUM },
            Drone { tone_hz: 10.0, ..HUM },
            Drone { cutoff_hz: 0.0, ..HUM },
            Drone { noise: 2.0, ..HUM },
            Drone { gain: 0.0, ..HUM },
            Drone { gain: f32::NAN, ..HUM },
        ] {
            assert!(wrong.check().unwrap_err().starts_with("hum: "), "{wrong:?}");
        }
    }

    #[test]
    fn two_sounds_that_are_the_same_are_found() {
        const OTHER: Sound = Sound { name: "tock", layers: &chime([400.0, 500.0, 600.0]), ..TICK };
        assert_eq!(check_sounds(&[&TICK, &OTHER]), Ok(()));
        assert_eq!(check_sounds(&[&OTHER, &TICK, &TICK]), Err("tick and tick are the same".to_owned()));
    }

    #[test]
    fn a_full_sheet_keeps_the_loudest_and_counts_the_rest() {
        let mut sheet = CueSheet::default();
        for n in 0..MAX_CUES + 10 {
            sheet.add(Cue { sound: &TICK, pan: 0.0, gain: n as f32 });
        }
        sheet.add(Cue { sound: &TICK, pan: 0.0, gain: 0.5 });
        assert_eq!(sheet.left_out(), 11);
        let mut gains: Vec<f32> = sheet.drain().map(|cue| cue.gain).collect();
        gains.sort_by(f32::total_cmp);
        assert_eq!(gains, (10..26).map(|n| n as f32).collect::<Vec<_>>());
        assert_eq!(sheet.drain().count(), 0);
    }
}
