//! How many sounds may play at once. Knows no browser.

/// Most sounds at once: with more there is no audible difference, and a phone drops out.
pub(super) const MAX_VOICES: usize = 20;
/// Of these, kept for what concerns the player.
const RESERVED: usize = 6;

/// When each sound that plays ends, seconds of the speaker's clock.
#[derive(Clone, Debug, Default)]
pub(super) struct Voices {
    ends_s: Vec<f64>,
}

impl Voices {
    /// Whether one more sound may begin now; if so it is counted in. `loud` sounds may use the last places.
    pub(super) fn admit(&mut self, now_s: f64, length_s: f32, loud: bool) -> bool {
        self.ends_s.retain(|&end_s| end_s > now_s);
        let room = if loud { MAX_VOICES } else { MAX_VOICES - RESERVED };
        let admitted = self.ends_s.len() < room;
        if admitted {
            self.ends_s.push(now_s + f64::from(length_s));
        }
        admitted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn voices_are_bounded_and_come_free_again() {
        let mut voices = Voices::default();
        let quiet = (0..100).filter(|_| voices.admit(1.0, 0.5, false)).count();
        let loud = (0..100).filter(|_| voices.admit(1.0, 0.5, true)).count();
        assert_eq!((quiet, loud), (MAX_VOICES - RESERVED, RESERVED));
        assert!(!voices.admit(1.4, 0.5, true));
        assert!(voices.admit(1.6, 0.5, false), "all have ended");
        assert_eq!(voices.ends_s.len(), 1);
    }
}
