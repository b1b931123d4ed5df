//! What there is to choose. Knows no page.

use crate::bindings::Bindings;
use perigee_shared::netcode::About;
use perigee_shared::presentation::{ColorSet, Comfort};

/// Whether there is less motion.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Motion {
    /// As the system says.
    #[default]
    System,
    /// Less.
    Reduced,
    /// All of it.
    Full,
}

/// The size of text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum TextSize {
    Small,
    #[default]
    Normal,
    Large,
}

/// Which thumb has the buttons on a touch screen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Hand {
    Left,
    #[default]
    Right,
}

/// A choice among few, with its name in the memory and in the page.
pub(crate) trait Choice: Copy + PartialEq + 'static {
    /// All there are, with their names.
    const ALL: &'static [(Self, &'static str)];

    /// Its name.
    fn name(self) -> &'static str {
        Self::ALL.iter().find(|(choice, _)| *choice == self).map_or("", |(_, name)| name)
    }

    /// The choice of that name.
    fn of(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == name).map(|(choice, _)| *choice)
    }
}

impl Choice for Motion {
    const ALL: &'static [(Self, &'static str)] =
        &[(Self::System, "system"), (Self::Reduced, "reduced"), (Self::Full, "full")];
}

impl Choice for TextSize {
    const ALL: &'static [(Self, &'static str)] =
        &[(Self::Small, "small"), (Self::Normal, "normal"), (Self::Large, "large")];
}

impl Choice for Hand {
    const ALL: &'static [(Self, &'static str)] = &[(Self::Left, "left"), (Self::Right, "right")];
}

/// The name that the page knows a choice by.
pub(crate) fn name_of(choice: impl Choice) -> &'static str {
    choice.name()
}

/// Everything the player has chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Settings {
    /// How loud, `0..=100`.
    pub(crate) volume: u8,
    pub(crate) muted: bool,
    /// Whether hits kick the camera.
    pub(crate) shake: bool,
    pub(crate) motion: Motion,
    /// Whether colours are those that differ for the colour-blind.
    pub(crate) safe_colors: bool,
    pub(crate) text: TextSize,
    pub(crate) hand: Hand,
    pub(crate) net_graph: bool,
    pub(crate) bindings: Bindings,
}

impl Settings {
    /// What is so until the player chooses otherwise.
    pub(crate) fn of(about: &About) -> Self {
        Self {
            volume: 60,
            muted: false,
            shake: true,
            motion: Motion::System,
            safe_colors: false,
            text: TextSize::Normal,
            hand: Hand::Right,
            net_graph: false,
            bindings: Bindings::of(about),
        }
    }

    /// What the stage needs to know; `system_reduces` is what the system says about motion.
    pub(crate) fn comfort(&self, system_reduces: bool) -> Comfort {
        Comfort {
            shake: self.shake,
            reduced_motion: match self.motion {
                Motion::System => system_reduces,
                Motion::Reduced => true,
                Motion::Full => false,
            },
            palette: if self.safe_colors { ColorSet::Safe } else { ColorSet::Standard },
        }
    }

    /// The gain, `0..=1`: loudness is perceived by ratios, so the share is squared.
    pub(crate) fn loudness(&self) -> f32 {
        let share = if self.muted { 0.0 } else { f32::from(self.volume.min(100)) / 100.0 };
        share * share
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_system_decides_about_motion_unless_the_player_does() {
        let reduced = |motion, system| {
            Settings { motion, ..Settings::of(&About::named("toy")) }.comfort(system).reduced_motion
        };
        assert_eq!([false, true].map(|system| reduced(Motion::System, system)), [false, true]);
        assert_eq!([false, true].map(|system| reduced(Motion::Reduced, system)), [true, true]);
        assert_eq!([false, true].map(|system| reduced(Motion::Full, system)), [false, false]);
    }

    #[test]
    fn shake_and_colours_reach_the_stage() {
        for chosen in [false, true] {
            let settings =
                Settings { shake: chosen, safe_colors: chosen, ..Settings::of(&About::named("toy")) };
            let comfort = settings.comfort(false);
            assert_eq!((comfort.shake, comfort.palette == ColorSet::Safe), (chosen, chosen));
        }
    }

    #[test]
    fn mute_is_silence_and_volume_is_kept() {
        let settings = Settings { muted: true, volume: 80, ..Settings::of(&About::named("toy")) };
        assert_eq!(settings.loudness(), 0.0);
        assert!((Settings { muted: false, ..settings }.loudness() - 0.64).abs() < 1e-6);
    }
}
