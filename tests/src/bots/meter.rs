//! The measurements of one bot: snapshots, and the time until a changed command shows. They start when all bots have
//! settled, and again with each new seat.

use perigee_shared::netcode::PeerStats;
use perigee_shared::rng::Rng;
use perigee_shared::tick::Tick;
use std::collections::VecDeque;
use std::time::Instant;

/// Changed commands whose effect is awaited; further ones are not measured.
const MAX_PENDING: usize = 128;
/// Samples of one kind that a bot keeps; a bot that plays for days then replaces an old one by each new one.
const MAX_SAMPLES: usize = 200_000;

/// What is measured of each snapshot, or of each changed command.
#[derive(Clone, Debug, Default)]
pub(crate) struct Samples {
    pub(crate) intervals_us: Vec<u32>,
    pub(crate) snapshot_bytes: Vec<u32>,
    pub(crate) rtt_us: Vec<u32>,
    pub(crate) input_to_effect_us: Vec<u32>,
}

/// A command that differs from the one before.
#[derive(Clone, Copy, Debug)]
struct PendingInput {
    /// The tick that it is for.
    tick: Tick,
    given_at: Instant,
}

/// One bot's measurements.
#[derive(Debug)]
pub(super) struct Meter {
    /// Nothing is measured before this moment.
    from: Instant,
    /// The peer's counters when the measurement began; `None` before.
    baseline: Option<PeerStats>,
    last_snapshot_at: Option<Instant>,
    /// Oldest first.
    pending: VecDeque<PendingInput>,
    samples: Samples,
    dice: Rng,
}

impl Meter {
    pub(super) fn new(from: Instant, seed: u64) -> Self {
        Self {
            from,
            baseline: None,
            last_snapshot_at: None,
            pending: VecDeque::new(),
            samples: Samples::default(),
            dice: Rng::new(seed),
        }
    }

    /// A message was handled; the measurement begins with the first one after `from`.
    pub(super) fn message_came(&mut self, now: Instant, stats: &PeerStats) {
        if now >= self.from && self.baseline.is_none() {
            self.baseline = Some(*stats);
        }
    }

    /// A snapshot arrived, in a message of so many bytes; the newest state is now of that tick.
    pub(super) fn snapshot_came(
        &mut self,
        now: Instant,
        bytes: usize,
        tick: Option<Tick>,
        stats: &PeerStats,
    ) {
        let is_measuring = self.baseline.is_some();
        if let Some(last) = self.last_snapshot_at.replace(now)
            && is_measuring
        {
            let (samples, dice) = (&mut self.samples, &mut self.dice);
            keep(&mut samples.intervals_us, (now - last).as_micros() as u32, dice);
            keep(&mut samples.snapshot_bytes, bytes as u32, dice);
            keep(&mut samples.rtt_us, (stats.rtt_ms * 1000.0) as u32, dice);
        }
        let Some(tick) = tick else { return };
        while let Some(input) = self.pending.front().copied().filter(|input| !input.tick.is_newer(tick)) {
            self.pending.pop_front();
            if is_measuring {
                let took_us = (now - input.given_at).as_micros() as u32;
                keep(&mut self.samples.input_to_effect_us, took_us, &mut self.dice);
            }
        }
    }

    /// A command that differs from the one before was given for that tick.
    pub(super) fn command_changed(&mut self, tick: Tick, given_at: Instant) {
        if self.pending.len() < MAX_PENDING {
            self.pending.push_back(PendingInput { tick, given_at });
        }
    }

    /// The connection ended, and with it the pending measurements.
    pub(super) fn disconnected(&mut self) {
        self.pending.clear();
        self.last_snapshot_at = None;
    }

    /// The bot takes another seat, whose statistics begin at 0.
    pub(super) fn seat_lost(&mut self) {
        self.baseline = None;
    }

    /// The samples, and the counters at the beginning of the measurement.
    pub(super) fn finish(self) -> (Samples, PeerStats) {
        (self.samples, self.baseline.unwrap_or_default())
    }
}

fn keep(samples: &mut Vec<u32>, value: u32, dice: &mut Rng) {
    if samples.len() < MAX_SAMPLES {
        samples.push(value);
    } else {
        samples[dice.next_u32() as usize % MAX_SAMPLES] = value;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_command_is_measured_from_when_it_was_given_to_the_snapshot_of_its_tick() {
        let begun = Instant::now();
        let at = |ms| begun + Duration::from_millis(ms);
        let mut meter = Meter::new(begun, 1);
        let stats = PeerStats { rtt_ms: 40.0, ..PeerStats::default() };
        meter.message_came(at(0), &stats);
        meter.command_changed(Tick(10), at(0));
        meter.command_changed(Tick(12), at(30));
        meter.snapshot_came(at(50), 9, Some(Tick(9)), &stats);
        meter.snapshot_came(at(83), 11, Some(Tick(11)), &stats);
        let (samples, _) = meter.finish();
        assert_eq!(samples.input_to_effect_us, [83_000], "tick 12 has not been shown");
        assert_eq!(samples.intervals_us, [33_000], "the first has none before it");
        assert_eq!((samples.snapshot_bytes, samples.rtt_us), (vec![11], vec![40_000]));
    }

    #[test]
    fn nothing_is_measured_before_the_bots_have_settled_nor_across_connections() {
        let begun = Instant::now();
        let at = |ms| begun + Duration::from_millis(ms);
        let (mut meter, stats) = (Meter::new(at(100), 1), PeerStats::default());
        for ms in [10, 40, 70] {
            meter.command_changed(Tick(1), at(ms));
            meter.message_came(at(ms), &stats);
            meter.snapshot_came(at(ms), 9, Some(Tick(1)), &stats);
        }
        meter.message_came(at(100), &PeerStats { snapshots: 3, ..stats });
        meter.command_changed(Tick(2), at(100));
        meter.disconnected();
        meter.snapshot_came(at(900), 9, Some(Tick(20)), &stats);
        let (samples, baseline) = meter.finish();
        assert_eq!(baseline.snapshots, 3);
        assert!(samples.intervals_us.is_empty() && samples.input_to_effect_us.is_empty());
    }

    #[test]
    fn samples_and_pending_commands_are_bounded() {
        let mut meter = Meter::new(Instant::now(), 1);
        (0..2 * MAX_PENDING as u32).for_each(|n| meter.command_changed(Tick(n), Instant::now()));
        assert_eq!(meter.pending.len(), MAX_PENDING);
        let mut samples = vec![0; MAX_SAMPLES];
        keep(&mut samples, 7, &mut Rng::new(1));
        assert_eq!((samples.len(), samples.iter().sum::<u32>()), (MAX_SAMPLES, 7));
    }
}
