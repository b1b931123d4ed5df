//! What one snapshot may cost, and which content goes first when not all of it fits.
//!
//! A token bucket gives each client its bytes a second. Candidates compete by priority: nearness times the game's own
//! weight, times the ticks that they have waited, so that what did not fit goes first next time and nothing starves
//! (Fiedler 2016, "State Synchronization": the priority accumulator). A join, a crowd and a slow line are all handled
//! by this.

use crate::ids::Slot;

/// Seconds of budget that may be saved up.
const BURST_S: f32 = 0.25;

/// One client's bytes.
///
/// Not a [`TokenBucket`](crate::token_bucket::TokenBucket): it may be overdrawn, because a snapshot's size is known
/// only after it is written; and its rate changes from tick to tick with the flow's, so it saves bytes instead of time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bucket {
    tokens_bytes: f32,
}

impl Bucket {
    /// A full bucket.
    pub(crate) fn new(bytes_per_s: u32) -> Self {
        Self { tokens_bytes: bytes_per_s as f32 * BURST_S }
    }

    /// `seconds` have passed.
    pub(crate) fn refill(&mut self, bytes_per_s: u32, seconds: f32) {
        let most = bytes_per_s as f32 * BURST_S;
        self.tokens_bytes = (self.tokens_bytes + bytes_per_s as f32 * seconds).min(most);
    }

    /// What may be spent now; 0 until an earlier snapshot is paid for.
    pub(crate) fn allowance_bits(&self) -> usize {
        (self.tokens_bytes.max(0.0) * 8.0) as usize
    }

    /// Bytes were sent. The first candidate of a snapshot is always sent, so this may overdraw.
    pub(crate) fn spend(&mut self, bytes: usize) {
        self.tokens_bytes -= bytes as f32;
    }
}

/// What a snapshot may say about an entity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tell {
    /// It was mispredicted since the baseline.
    Misprediction,
    /// It was mispredicted earlier and that was not sent: an index into the baseline's late entities.
    Late(usize),
    /// It enters the view.
    Enter,
}

/// One candidate for a snapshot.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Candidate {
    pub(crate) slot: Slot,
    pub(crate) tell: Tell,
    pub(crate) bits: usize,
    pub(crate) priority: f32,
}

/// The priority of an entity at `distance_units` in a view of `radius_units`, with the game's `weight`, that has waited
/// for `waited_ticks`. At the rim it is 0.15 of that in the middle: linear in the distance and never 0, so that waiting
/// wins.
pub(crate) fn priority(distance_units: f32, radius_units: f32, weight: f32, waited_ticks: u32) -> f32 {
    let near = 1.0 - 0.85 * (distance_units / radius_units).clamp(0.0, 1.0);
    weight * near * (waited_ticks + 1) as f32
}

/// Moves the candidates to send to the front and returns how many they are: by priority, as long as they fit into
/// `allowance_bits`, and at least one.
pub(crate) fn choose(candidates: &mut [Candidate], allowance_bits: usize) -> usize {
    candidates.sort_unstable_by(|a, b| b.priority.total_cmp(&a.priority).then(a.slot.cmp(&b.slot)));
    let (mut chosen, mut left) = (0, allowance_bits);
    for at in 0..candidates.len() {
        let bits = candidates[at].bits;
        if bits <= left || chosen == 0 {
            candidates.swap(chosen, at);
            chosen += 1;
            left = left.saturating_sub(bits);
        }
    }
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidate(slot: u16, bits: usize, priority: f32) -> Candidate {
        Candidate { slot: Slot(slot), tell: Tell::Enter, bits, priority }
    }

    #[test]
    fn what_matters_most_goes_first_and_small_things_fill_the_rest() {
        let mut all =
            [candidate(1, 100, 1.0), candidate(2, 90, 3.0), candidate(3, 20, 0.5), candidate(4, 10, 0.1)];
        let chosen = choose(&mut all, 120);
        let slots: Vec<u16> = all[..chosen].iter().map(|c| c.slot.0).collect();
        assert_eq!(slots, [2, 3, 4]);
        assert_eq!(choose(&mut all, 0), 1, "something always goes");
        assert_eq!(all[0].slot, Slot(2));
        assert_eq!(choose(&mut [], 10), 0);
    }

    #[test]
    fn what_waits_overtakes_what_is_near() {
        assert!(priority(10.0, 600.0, 1.0, 0) > priority(500.0, 600.0, 1.0, 0));
        assert!(priority(10.0, 600.0, 1.0, 0) < priority(600.0, 600.0, 1.0, 10));
    }

    #[test]
    fn a_bucket_pays_back_what_it_overdrew() {
        let mut bucket = Bucket::new(1000);
        assert_eq!(bucket.allowance_bits(), 2000);
        bucket.spend(300);
        assert_eq!(bucket.allowance_bits(), 0);
        bucket.refill(1000, 0.1);
        assert_eq!(bucket.allowance_bits(), 400);
        bucket.refill(1000, 10.0);
        assert_eq!(bucket.allowance_bits(), 2000);
    }
}
