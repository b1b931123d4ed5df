//! What is announced to screen readers: one live region for the whole page, which says little.
//!
//! Nothing that is shown is a live region itself, since lists are rewritten and numbers run: a reader would be talked to
//! without end. What is worth saying comes here, is said once, and together with what waits; so often a minute at the most.
//! Chat has its own region: a player who opens it wants all of it announced. Pure.

use std::collections::VecDeque;

/// So many may be said at once after a silence, and one more after each such time, microseconds: together no more than ten
/// in any minute.
const BURST: u32 = 2;
const REFILL_US: u64 = 7_500_000;
/// Sentences that wait to be said; of more, the oldest are left out.
const MAX_WAITING: usize = 4;
/// The same but for its numbers is not said again for so long, microseconds; what the player must know to go on, such as a
/// line that broke once more, not for a shorter time.
const AGAIN_US: u64 = 60_000_000;
const STATE_AGAIN_US: u64 = 20_000_000;
/// Sentences whose time is remembered.
const MAX_SAID: usize = 40;

/// The voice.
#[derive(Debug)]
pub(crate) struct Announcer {
    waiting: VecDeque<(String, u64)>,
    /// What was said, and until when it is not said again.
    said: VecDeque<(String, u64)>,
    left: u32,
    refilled_at_us: u64,
}

impl Default for Announcer {
    fn default() -> Self {
        Self { waiting: VecDeque::new(), said: VecDeque::new(), left: BURST, refilled_at_us: 0 }
    }
}

impl Announcer {
    /// Asks to announce something.
    pub(crate) fn say(&mut self, words: &str) {
        self.wait_with(words, AGAIN_US);
    }

    /// Asks to announce a state.
    pub(crate) fn say_state(&mut self, words: &str) {
        self.wait_with(words, STATE_AGAIN_US);
    }

    fn wait_with(&mut self, words: &str, again_us: u64) {
        if words.is_empty() || self.waiting.iter().any(|(other, _)| gist(other) == gist(words)) {
            return;
        }
        if self.waiting.len() == MAX_WAITING {
            self.waiting.pop_front();
        }
        self.waiting.push_back((words.to_owned(), again_us));
    }

    /// What is to be said now, if anything.
    pub(crate) fn take(&mut self, now_us: u64) -> Option<String> {
        let refills = now_us.saturating_sub(self.refilled_at_us) / REFILL_US;
        if refills > 0 {
            self.left = BURST.min(self.left.saturating_add(u32::try_from(refills).unwrap_or(BURST)));
            self.refilled_at_us += refills * REFILL_US;
        }
        self.said.retain(|(_, until_us)| now_us < *until_us);
        let said = &self.said;
        self.waiting.retain(|(words, _)| said.iter().all(|(other, _)| *other != gist(words)));
        if self.waiting.is_empty() || self.left == 0 {
            return None;
        }
        self.left -= 1;
        let mut words = Vec::with_capacity(self.waiting.len());
        for (sentence, again_us) in self.waiting.drain(..) {
            if self.said.len() == MAX_SAID {
                self.said.pop_front();
            }
            self.said.push_back((gist(&sentence), now_us + again_us));
            words.push(sentence);
        }
        Some(words.join(". "))
    }
}

/// A sentence without its numbers.
fn gist(words: &str) -> String {
    words.chars().filter(|c| !c.is_numeric()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lively_match_is_told_in_at_most_ten_sentences_a_minute() {
        let mut voice = Announcer::default();
        let mut told: Vec<u64> = Vec::new();
        for tick in 0..5 * 60 * 30_u64 {
            let now_us = tick * 33_333;
            voice.say(&format!("You got {}", char::from(b'A' + (tick % 26) as u8)));
            voice.say(&format!("Connection slow: {tick} ms"));
            told.extend(voice.take(now_us).map(|_| now_us));
        }
        for (at, first_us) in told.iter().enumerate() {
            let in_minute = told[at..].iter().take_while(|&&us| us < first_us + 60_000_000).count();
            assert!(in_minute <= 10, "{in_minute}");
        }
        assert!(told.len() > 20, "it still speaks");
    }

    #[test]
    fn what_comes_while_it_must_be_silent_is_said_together_and_nothing_twice() {
        let mut voice = Announcer::default();
        voice.say("You got Ada");
        assert_eq!(voice.take(0).as_deref(), Some("You got Ada"));
        voice.say("Reconnecting in 3 s");
        assert_eq!(voice.take(1).as_deref(), Some("Reconnecting in 3 s"));
        for words in ["Reconnecting in 2 s", "Bob got you", "You got Cleo", "You got Cleo"] {
            voice.say(words);
        }
        assert_eq!(voice.take(2), None);
        assert_eq!(voice.take(REFILL_US).as_deref(), Some("Bob got you. You got Cleo"));
        voice.say("");
        assert_eq!(voice.take(9 * REFILL_US), None);
    }

    #[test]
    fn the_same_is_said_once_a_minute_and_a_line_that_breaks_again_is_told_sooner() {
        let mut voice = Announcer::default();
        let mut told = Vec::new();
        for second in 0..70_u64 {
            voice.say("Ada got you");
            voice.say_state("Reconnecting");
            told.extend(voice.take(second * 1_000_000).map(|words| (second, words)));
        }
        let of = |part: &str| -> Vec<u64> {
            told.iter().filter(|(_, words)| words.contains(part)).map(|(second, _)| *second).collect()
        };
        assert_eq!((of("Ada"), of("Reconnecting")), (vec![0, 60], vec![0, 20, 40, 60]), "{told:?}");
    }

    #[test]
    fn the_newest_is_never_left_out() {
        let mut voice = Announcer::default();
        ["A", "B", "C", "D", "E", "F"].iter().for_each(|words| voice.say(words));
        assert_eq!(voice.take(0).as_deref(), Some("C. D. E. F"));
    }
}
