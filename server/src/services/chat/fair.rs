//! How speakers share a channel's pace: all lines together are bounded, and within the bound those who write little are
//! not crowded out.
//!
//! All active speakers have a share: half of the channel's pace for newcomers and half for known people, while there
//! are both; each half is divided equally among addresses, and an address's part equally among its people. An unused
//! share is free for all, and a quarter more is reserved for the first line of people who have been silent for a while.
//! So many accounts, or many lines, take from others only what they leave unused. Time is an argument.

use super::pace::Pace;
use crate::address::AddressKey;
use crate::person::PersonId;
use std::collections::HashMap;

/// People who tried to write within this time share the pace.
const SPEAKING_MS: u64 = 20_000;
/// How much of a share may be saved, in quarters of a line: all speakers may use their savings at once.
const SAVED_QUARTERS: u64 = 5;
/// The reserve for first lines, as a part of the pace.
const FIRST_PART: u64 = 4;
/// How often silent speakers are removed.
const SWEEP_MS: u64 = 1_000;

/// A speaker's origin, which decides their share.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct SpeakerOrigin {
    /// Their address, if known.
    pub address: Option<AddressKey>,
    /// Whether they have a new account.
    pub is_newcomer: bool,
}

/// An active speaker.
#[derive(Clone, Copy, Debug)]
struct Speaker {
    origin: SpeakerOrigin,
    /// When they last tried to write.
    spoke_ms: u64,
    /// What they have saved of their share, as of `looked_ms`, milliseconds.
    saved_ms: u64,
    looked_ms: u64,
    /// Set for the first attempt after [`SPEAKING_MS`] of silence.
    was_silent: bool,
    /// What pays for the line that was allowed.
    budget: Budget,
}

/// What pays for a line.
#[derive(Clone, Copy, Debug)]
enum Budget {
    /// The speaker's share.
    Share,
    /// What others leave unused.
    Spare,
    /// The reserve for first lines.
    First,
}

/// The shares of one channel.
///
/// These are not `TokenBucket`s: the spare part may be overdrawn, and the cost of a share depends on the other
/// speakers.
#[derive(Debug)]
pub(crate) struct Fair {
    pace: Pace,
    /// The unused part of the pace, milliseconds: a line costs one interval. It falls below zero when saved shares are
    /// used, by no more than all speakers can save.
    spare_ms: i64,
    /// The reserve for first lines: a line costs [`FIRST_PART`] intervals.
    first_ms: u64,
    at_ms: u64,
    speakers: HashMap<PersonId, Speaker>,
    /// The number of speakers by origin.
    origins: HashMap<SpeakerOrigin, u64>,
    swept_ms: u64,
}

impl Fair {
    /// A channel without speakers.
    pub(crate) fn new(pace: Pace, now_ms: u64) -> Self {
        let (speakers, origins) = (HashMap::new(), HashMap::new());
        let mut new =
            Self { pace, spare_ms: 0, first_ms: 0, at_ms: now_ms, speakers, origins, swept_ms: now_ms };
        (new.spare_ms, new.first_ms) = (new.most_ms().cast_signed(), FIRST_PART * new.most_ms());
        new
    }

    fn line_ms(&self) -> u64 {
        u64::from(self.pace.interval_ms)
    }

    /// The time of half a burst: the most that the spare part holds, and as many lines as the reserve holds.
    fn most_ms(&self) -> u64 {
        u64::from(self.pace.burst) * self.line_ms() / 2
    }

    /// Milliseconds until `person` may write a line; 0 is now. It counts as an attempt, whatever the result.
    pub(crate) fn wait_ms(&mut self, person: PersonId, origin: SpeakerOrigin, now_ms: u64) -> u64 {
        self.earn(now_ms);
        self.sweep(now_ms);
        self.note(person, origin, now_ms);
        let origin = self.speakers.get(&person).map_or(origin, |speaker| speaker.origin);
        let (share_ms, line_ms) = (self.share_ms(origin), self.line_ms());
        let (has_spare, has_first) =
            (self.spare_ms >= line_ms.cast_signed(), self.first_ms >= FIRST_PART * line_ms);
        let Some(speaker) = self.speakers.get_mut(&person) else { return 0 };
        let was_silent = std::mem::take(&mut speaker.was_silent);
        speaker.budget = if speaker.saved_ms >= share_ms {
            Budget::Share
        } else if has_spare {
            Budget::Spare
        } else if was_silent && has_first {
            Budget::First
        } else {
            return share_ms.saturating_sub(speaker.saved_ms).max(line_ms);
        };
        0
    }

    /// Pays for a line that [`wait_ms`](Self::wait_ms) allowed.
    pub(crate) fn pay(&mut self, person: PersonId) {
        let Some(&Speaker { origin, budget, .. }) = self.speakers.get(&person) else { return };
        let (share_ms, line_ms) = (self.share_ms(origin), self.line_ms());
        match budget {
            Budget::First => self.first_ms = self.first_ms.saturating_sub(FIRST_PART * line_ms),
            Budget::Share | Budget::Spare => {
                self.spare_ms = self.spare_ms.saturating_sub_unsigned(line_ms);
            }
        }
        if matches!(budget, Budget::Share)
            && let Some(speaker) = self.speakers.get_mut(&person)
        {
            speaker.saved_ms = speaker.saved_ms.saturating_sub(share_ms);
        }
    }

    /// How long a speaker of that origin takes to earn a line.
    fn share_ms(&self, origin: SpeakerOrigin) -> u64 {
        let alike = |other: &&SpeakerOrigin| other.is_newcomer == origin.is_newcomer;
        let addresses = self.origins.keys().filter(alike).count() as u64;
        let halves = if addresses < self.origins.len() as u64 { 2 } else { 1 };
        let people = self.origins.get(&origin).copied().unwrap_or(1);
        self.line_ms() * halves * addresses.max(1) * people.max(1)
    }

    fn earn(&mut self, now_ms: u64) {
        let passed_ms = now_ms.saturating_sub(self.at_ms);
        self.spare_ms = self.spare_ms.saturating_add_unsigned(passed_ms).min(self.most_ms().cast_signed());
        self.first_ms = (self.first_ms + passed_ms).min(FIRST_PART * self.most_ms());
        self.at_ms = self.at_ms.max(now_ms);
    }

    /// Records an attempt, and adds what the speaker has earned of their share since the last one.
    fn note(&mut self, person: PersonId, origin: SpeakerOrigin, now_ms: u64) {
        let known = self.speakers.entry(person).or_insert_with(|| {
            *self.origins.entry(origin).or_insert(0) += 1;
            Speaker {
                origin,
                spoke_ms: now_ms,
                saved_ms: 0,
                looked_ms: now_ms,
                was_silent: true,
                budget: Budget::Spare,
            }
        });
        let passed_ms = now_ms.saturating_sub(known.looked_ms);
        (known.looked_ms, known.spoke_ms) = (now_ms, now_ms);
        let saved_ms = known.saved_ms.saturating_add(passed_ms);
        // Speakers keep the origin of their first attempt, where they are counted.
        let most_ms = SAVED_QUARTERS
            * self.share_ms(self.speakers.get(&person).map_or(origin, |known| known.origin))
            / 4;
        if let Some(known) = self.speakers.get_mut(&person) {
            known.saved_ms = saved_ms.min(most_ms);
        }
    }

    fn sweep(&mut self, now_ms: u64) {
        if now_ms.saturating_sub(self.swept_ms) < SWEEP_MS {
            return;
        }
        self.swept_ms = now_ms;
        let origins = &mut self.origins;
        self.speakers.retain(|_, speaker| {
            let speaks = now_ms.saturating_sub(speaker.spoke_ms) < SPEAKING_MS;
            if !speaks && let Some(count) = origins.get_mut(&speaker.origin) {
                *count -= 1;
            }
            speaks
        });
        origins.retain(|_, count| *count > 0);
    }

    /// The number of speakers.
    #[cfg(test)]
    fn len(&self) -> usize {
        self.speakers.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::IpAddr;

    const PACE: Pace = Pace { burst: 40, interval_ms: 50 };
    const HONEST: PersonId = PersonId(0);

    fn try_to_say(fair: &mut Fair, person: PersonId, origin: SpeakerOrigin, now_ms: u64) -> bool {
        let may = fair.wait_ms(person, origin, now_ms) == 0;
        if may {
            fair.pay(person);
        }
        may
    }

    /// For a minute, 80 people write as much as one person may, and one writes a line every five seconds: how many of
    /// that one's lines were accepted, how many they wrote, and how many lines were accepted in all.
    fn minute(honest: SpeakerOrigin, spammer: impl Fn(u64) -> SpeakerOrigin) -> (usize, usize, usize) {
        let mut fair = Fair::new(PACE, 0);
        let (mut heard, mut said, mut all) = (0, 0, 0);
        for now_ms in (0..60_000).step_by(50) {
            for number in 1..=80 {
                if (now_ms + number * 19) % 1500 < 50 {
                    all += usize::from(try_to_say(&mut fair, PersonId(number), spammer(number), now_ms));
                }
            }
            if now_ms % 5000 == 4000 {
                said += 1;
                heard += usize::from(try_to_say(&mut fair, HONEST, honest, now_ms));
            }
        }
        (heard, said, all + heard)
    }

    fn origin(address: u32, is_newcomer: bool) -> SpeakerOrigin {
        SpeakerOrigin { address: Some(AddressKey::from(IpAddr::from(address.to_be_bytes()))), is_newcomer }
    }

    #[test]
    fn who_says_little_is_heard_among_eighty_who_shout() {
        let newcomer = origin(1, true);
        for (honest, what) in [
            (newcomer, "all from one address"),
            (origin(2, true), "from elsewhere"),
            (origin(1, false), "at the same address, known"),
        ] {
            let (heard, said, all) = minute(honest, |_| newcomer);
            assert_eq!((heard, said), (12, 12), "{what}");
            assert!(
                (1_000..=40 + 1_200 + 81).contains(&all),
                "the bound holds, and nothing is wasted: {all}, {what}"
            );
        }
        let (heard, ..) = minute(origin(7000, true), |number| origin(number as u32, true));
        assert_eq!(heard, 12, "each from another address");
    }

    #[test]
    fn alone_one_has_the_whole_pace_and_the_silent_are_forgotten() {
        let mut fair = Fair::new(PACE, 0);
        let said = (0..100).filter(|_| try_to_say(&mut fair, HONEST, SpeakerOrigin::default(), 0)).count();
        assert_eq!(said, 20, "the other half is for those who come");
        let said =
            (1..=1000).filter(|n| try_to_say(&mut fair, HONEST, SpeakerOrigin::default(), n * 10)).count();
        assert!((190..=202).contains(&said), "{said}");
        for number in 1..500 {
            fair.wait_ms(PersonId(number), origin(number as u32, true), 20_000);
        }
        assert_eq!((fair.len(), fair.origins.len()), (500, 500));
        fair.wait_ms(PersonId(1), origin(1, true), 60_000);
        assert_eq!((fair.len(), fair.origins.len()), (1, 1));
    }
}
