//! What one frame sounds like: cues, made by a game's stage and played by the client.
//!
//! A cue says what is heard, from which side and how loud; how that is made into sound is the client's business. A frame
//! has few cues: when more happens at once than anybody can tell apart, the loudest are kept.

use std::vec::Drain;

/// Most cues of one frame; the quietest are left out, and counted.
pub const MAX_CUES: usize = 16;

/// Makes the sounds and the list of all of them, so that none can be left out of it.
macro_rules! sounds {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// What is heard. Games use what they need of it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Sound {
            $($(#[$doc])* $name,)*
        }

        impl Sound {
            /// Every sound there is.
            pub const ALL: [Self; [$(stringify!($name)),*].len()] = [$(Self::$name),*];
        }
    };
}

sounds! {
    /// The own gun.
    OwnShot,
    /// Somebody else's gun.
    OtherShot,
    /// A beam.
    Beam,
    /// A missile leaves.
    MissileLaunch,
    /// The player hit something.
    HitGiven,
    /// The player was hit.
    HitTaken,
    /// A shield took what came.
    ShieldFlash,
    /// Something blew up within sight.
    Explosion,
    /// Something blew up out of sight.
    FarExplosion,
    /// Something was picked up.
    Pickup,
    /// The player's victim is gone.
    Kill,
    /// The player's hull is nearly gone.
    LowHull,
    /// A zone changed hands.
    Capture,
    /// A button of the page.
    Click,
}

/// One thing to be heard.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cue {
    /// What.
    pub kind: Sound,
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

    #[test]
    fn a_full_sheet_keeps_the_loudest_and_counts_the_rest() {
        let mut sheet = CueSheet::default();
        for n in 0..MAX_CUES + 10 {
            sheet.add(Cue { kind: Sound::OtherShot, pan: 0.0, gain: n as f32 });
        }
        sheet.add(Cue { kind: Sound::Click, pan: 0.0, gain: 0.5 });
        assert_eq!(sheet.left_out(), 11);
        let mut gains: Vec<f32> = sheet.drain().map(|cue| cue.gain).collect();
        gains.sort_by(f32::total_cmp);
        assert_eq!(gains, (10..26).map(|n| n as f32).collect::<Vec<_>>());
        assert_eq!(sheet.drain().count(), 0);
    }
}
