//! The client's two clocks: the server's time (to show other entities), and which tick to command next (for the own
//! entity).
//!
//! Both are steered and not set, except after a stall: after a laptop slept or the server stopped they jump once, and
//! nothing is replayed in fast-forward. The command clock follows the server's reports of how early commands arrive, as
//! in Unity's Netcode for Entities (time synchronisation); the arrival clock is a windowed minimum, as in TCP's BBR.

use crate::tick::Tick;

/// Snapshots in half a window of the minimum. Two halves bound the window to 45 to 90 snapshots without storing them.
const HALF_WINDOW: u32 = 45;
/// If all snapshots are later than this against expectation for `STALL_US`, the server's clock must have stood still. A
/// burst after a hiccup of the client itself is different: its last snapshot is on time again.
const STALL_TICKS: f64 = 6.0;
const STALL_US: u64 = 500_000;
/// Fraction of the snapshots that the view waits for. Later ones are rare, such as retransmissions; until they arrive,
/// their entities are extrapolated, which is better than showing all entities late at all times.
const WAITED_FOR: f64 = 0.85;
/// Step of the estimate of that lateness for each snapshot, microseconds.
const LATENESS_STEP_US: f64 = 1_500.0;

/// When snapshots arrive, relative to the server's ticks.
#[derive(Clone, Debug)]
pub struct ArrivalClock {
    /// Real length of a tick, microseconds: longer while the room runs in slow motion.
    tick_us: f64,
    /// The tick that `base_us` belongs to, since tick 0; fractional after a change of tick length.
    origin: f64,
    /// Arrival time of tick `origin` on a quiet network, microseconds of the client's clock.
    base_us: f64,
    half: [f64; 2],
    half_count: u32,
    late_since_us: Option<u64>,
    /// The lateness that [`WAITED_FOR`] of the snapshots do not exceed, microseconds.
    usual_us: f64,
    jitter_us: f64,
    resyncs: u32,
}

impl ArrivalClock {
    /// A clock that starts with the first snapshot.
    #[must_use]
    pub fn new(tick: Tick, now_us: u64, tick_us: u64) -> Self {
        let base_us = now_us as f64;
        let half = [base_us, f64::MAX];
        Self {
            tick_us: tick_us as f64,
            origin: f64::from(tick.0),
            base_us,
            half,
            half_count: 0,
            late_since_us: None,
            usual_us: 0.0,
            jitter_us: 0.0,
            resyncs: 0,
        }
    }

    /// From `now` on a tick takes `tick_us`. The clock continues from its current reading.
    pub fn set_tick_us(&mut self, tick_us: u64, now_us: u64) {
        if self.tick_us != tick_us as f64 {
            self.origin = self.server_ticks(now_us);
            self.tick_us = tick_us as f64;
            self.base_us = now_us as f64;
            self.half = [f64::MAX, self.base_us];
            self.half_count = 0;
        }
    }

    /// Records the arrival of the snapshot for `tick`. Returns true if the clock had to jump.
    pub fn arrived(&mut self, tick: Tick, now_us: u64) -> bool {
        // The arrival of tick `origin`, if this snapshot came as quickly as possible: delays only add, so the least of
        // these values is the best estimate of it.
        let base = now_us as f64 - (f64::from(tick.0) - self.origin) * self.tick_us;
        let late_us = base - self.base_us;
        let late_since_us = match late_us > STALL_TICKS * self.tick_us {
            true => Some(self.late_since_us.unwrap_or(now_us)),
            false => None,
        };
        self.late_since_us = late_since_us;
        let stalled = late_since_us.is_some_and(|since| now_us.saturating_sub(since) >= STALL_US);
        if stalled || late_us < -STALL_TICKS * self.tick_us {
            let resyncs = self.resyncs + 1;
            *self = Self { resyncs, ..Self::new(tick, now_us, self.tick_us as u64) };
            return true;
        }
        self.half[0] = self.half[0].min(base);
        self.half_count += 1;
        if self.half_count == HALF_WINDOW {
            self.half = [f64::MAX, self.half[0]];
            self.half_count = 0;
        }
        // Falls quickly, because an early arrival proves the estimate wrong, and rises slowly, when the minimum leaves
        // the window.
        let least = self.half[0].min(self.half[1]);
        self.base_us += (least - self.base_us) * if least < self.base_us { 0.25 } else { 0.05 };
        // A stall is not jitter. Its lateness is bounded, so that one hiccup does not delay the view for seconds.
        let late_us = late_us.clamp(0.0, STALL_TICKS * self.tick_us);
        // Stochastic approximation of a quantile (Robbins and Monro 1951): the steps balance where a fraction p of the
        // snapshots is not later, since (1 - p) p = p (1 - p), with p = `WAITED_FOR`.
        let step = if late_us > self.usual_us { WAITED_FOR } else { WAITED_FOR - 1.0 };
        self.usual_us = (self.usual_us + step * LATENESS_STEP_US).clamp(0.0, STALL_TICKS * self.tick_us);
        self.jitter_us += (late_us - self.jitter_us) * 0.1;
        false
    }

    /// The tick whose snapshot arrives at `now`, with its fraction, in ticks since tick 0.
    #[must_use]
    pub fn server_ticks(&self, now_us: u64) -> f64 {
        self.origin + (now_us as f64 - self.base_us) / self.tick_us
    }

    /// The lateness that snapshots usually do not exceed at the moment, in ticks.
    #[must_use]
    pub fn usual_lateness_ticks(&self) -> f64 {
        self.usual_us / self.tick_us
    }

    /// Mean lateness, milliseconds.
    #[must_use]
    pub fn jitter_ms(&self) -> f32 {
        (self.jitter_us / 1000.0) as f32
    }

    /// How often it had to jump.
    #[must_use]
    pub fn resyncs(&self) -> u32 {
        self.resyncs
    }
}

/// How early commands should arrive at least, ticks.
const TARGET_MARGIN_TICKS: f64 = 0.6;
/// Margins this close to the target are not corrected.
const DEADBAND_TICKS: f64 = 0.2;
/// Lateness beyond this is believed only when it is reported twice: one retransmitted packet is no reason to command
/// earlier from then on.
const MAX_FIRST_STEP_TICKS: f64 = 1.0;
/// The client's ticks run faster or slower than the server's by at most this fraction.
const MAX_SLEW: f64 = 0.05;
/// The clock jumps when its error is larger than this.
const JUMP_TICKS: f64 = 10.0;

/// The clock that says which tick the client commands now.
#[derive(Clone, Debug)]
pub struct CommandClock {
    tick_us: f64,
    ticks: f64,
    /// How far ahead of arriving snapshots it runs, ticks.
    lead_ticks: f64,
    last_us: u64,
    /// Reports are ignored until this moment, because they are about the time before the last correction.
    settle_until_us: u64,
    /// Consecutive reports of lateness. The first may be caused by one retransmitted packet.
    late_reports: u32,
    /// Usual time between two calls of `advance`, ticks.
    frame_ticks: f64,
}

impl CommandClock {
    /// A clock for a round trip of `rtt_us`, started when snapshots of `server_ticks` arrive.
    ///
    /// The server steps a tick half a round trip before its snapshot arrives here, and a command needs the other half;
    /// it must be there one tick and the margin before. This is a first guess, which reports correct.
    #[must_use]
    pub fn new(server_ticks: f64, rtt_us: u64, now_us: u64, tick_us: u64) -> Self {
        let tick_us = tick_us as f64;
        let lead_ticks = rtt_us as f64 / tick_us + 1.0 + TARGET_MARGIN_TICKS;
        Self {
            tick_us,
            ticks: server_ticks + lead_ticks,
            lead_ticks,
            last_us: now_us,
            settle_until_us: 0,
            late_reports: 0,
            frame_ticks: 0.5,
        }
    }

    /// From now on a tick takes `tick_us`. The lead stays the same in microseconds.
    pub fn set_tick_us(&mut self, tick_us: u64) {
        self.lead_ticks *= self.tick_us / tick_us as f64;
        self.tick_us = tick_us as f64;
    }

    /// Advances to `now` and returns its reading, and whether it had to jump. `server_ticks` is the arrival clock's
    /// reading.
    pub fn advance(&mut self, server_ticks: f64, now_us: u64) -> (f64, bool) {
        let elapsed = now_us.saturating_sub(self.last_us) as f64 / self.tick_us;
        self.last_us = now_us;
        self.frame_ticks += (elapsed.min(1.0) - self.frame_ticks) * 0.05;
        let target = server_ticks + self.lead_ticks;
        let error = target - (self.ticks + elapsed);
        if error.abs() > JUMP_TICKS {
            self.ticks = target;
            return (self.ticks, true);
        }
        // A proportional controller: the error decays by a tenth in each tick, a time constant of 10 ticks, within
        // `MAX_SLEW`.
        let slew = (error * 0.1).clamp(-MAX_SLEW, MAX_SLEW);
        self.ticks += elapsed * (1.0 + slew);
        (self.ticks, false)
    }

    /// Records the server's report of the smallest margin since the last one.
    ///
    /// Commands are made once per frame, so margins come in steps of a frame: the clock becomes later only when it is
    /// early by more than a whole frame, or it would oscillate across the step.
    pub fn reported(&mut self, margin_ticks: f32, rtt_us: u64, now_us: u64) {
        if now_us < self.settle_until_us {
            return;
        }
        let error = TARGET_MARGIN_TICKS - f64::from(margin_ticks);
        self.late_reports = if error >= MAX_FIRST_STEP_TICKS { self.late_reports + 1 } else { 0 };
        if error > -(DEADBAND_TICKS + self.frame_ticks) && error < DEADBAND_TICKS {
            return;
        }
        // Late commands cause mispredictions at once, early ones only delay: so it corrects quickly upward and slowly
        // downward.
        let step = match self.late_reports {
            1 => MAX_FIRST_STEP_TICKS,
            _ if error > 0.0 => error * 0.8,
            _ => error * 0.25,
        };
        self.lead_ticks = (self.lead_ticks + step.clamp(-2.0, 6.0)).clamp(0.0, 60.0);
        // At `MAX_SLEW` the clock makes up for `step` in step / `MAX_SLEW` ticks, and in a time constant of 10 ticks at
        // least.
        let travel_us = (step.abs() * self.tick_us / MAX_SLEW).min(1_000_000.0) as u64;
        self.settle_until_us = now_us + rtt_us + travel_us.max(300_000);
    }

    /// How far ahead of arriving snapshots it runs, ticks.
    #[must_use]
    pub fn lead_ticks(&self) -> f64 {
        self.lead_ticks
    }

    /// The clock's current reading.
    #[must_use]
    pub fn ticks(&self) -> f64 {
        self.ticks
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tick::TICK_MICROS;

    const TICK_US: f64 = TICK_MICROS as f64;
    use crate::rng::Rng;

    #[test]
    fn the_arrival_clock_finds_the_quiet_network_under_jitter() {
        let mut rng = Rng::new(1);
        let mut clock = ArrivalClock::new(Tick(0), 50_000, TICK_MICROS);
        for n in 1..600u32 {
            let sent = u64::from(n) * TICK_MICROS;
            clock.arrived(Tick(n), sent + 50_000 + u64::from(rng.below(20_000)));
        }
        let now = 600 * TICK_MICROS;
        let truth = 600.0 - 50_000.0 / TICK_US;
        assert!((clock.server_ticks(now) - truth).abs() < 0.1, "{}", clock.server_ticks(now) - truth);
        let usual = clock.usual_lateness_ticks();
        assert!((0.4..0.62).contains(&usual), "{usual}");
        assert_eq!(clock.resyncs(), 0);
    }

    #[test]
    fn a_stalled_server_costs_one_jump() {
        let mut clock = ArrivalClock::new(Tick(0), 0, TICK_MICROS);
        let mut now = 0;
        for n in 1..300u32 {
            now += if n == 100 { 2_000_000 } else { TICK_MICROS };
            clock.arrived(Tick(n), now);
        }
        assert_eq!(clock.resyncs(), 1);
        assert!((clock.server_ticks(now) - 299.0).abs() < 0.1);
    }

    #[test]
    fn a_burst_after_a_hiccup_of_our_own_costs_no_jump() {
        let mut clock = ArrivalClock::new(Tick(0), 0, TICK_MICROS);
        for n in 1..300u32 {
            // Every two seconds no packet is handled for 400 ms, then all of them at once.
            let due = u64::from(n) * TICK_MICROS;
            let blocked = (n % 60) < 12;
            let now = if blocked { u64::from(n - n % 60 + 12) * TICK_MICROS } else { due };
            clock.arrived(Tick(n), now);
        }
        assert_eq!(clock.resyncs(), 0);
        assert!((clock.server_ticks(299 * TICK_MICROS) - 299.0).abs() < 0.1);
    }

    #[test]
    fn commands_settle_just_ahead_of_need_and_stay_for_an_hour() {
        let (one_way_us, mut rng) = (60_000u64, Rng::new(4));
        let mut arrivals = ArrivalClock::new(Tick(0), one_way_us, TICK_MICROS);
        let mut clock = CommandClock::new(0.0, 2 * one_way_us, one_way_us, TICK_MICROS);
        let mut least = f32::MAX;
        let mut margins = Vec::new();
        for n in 1..30 * 3600u32 {
            let now = u64::from(n) * TICK_MICROS + one_way_us + u64::from(rng.below(10_000));
            arrivals.arrived(Tick(n), now);
            let (ticks, jumped) = clock.advance(arrivals.server_ticks(now), now);
            assert!(!jumped);
            let arrival = now + one_way_us + u64::from(rng.below(10_000));
            least = least.min((ticks - arrival as f64 / TICK_US) as f32);
            if n % 8 == 0 {
                clock.reported(least, 2 * one_way_us, now);
                margins.push(least);
                least = f32::MAX;
            }
        }
        let settled = &margins[100..];
        let late = settled.iter().filter(|&&m| m < 0.0).count();
        assert!(late == 0, "{late} late of {}", settled.len());
        assert!(settled.iter().all(|&m| m < 2.0), "{:?}", settled.iter().copied().fold(0.0, f32::max));
    }

    #[test]
    fn slow_motion_is_followed_without_a_jump() {
        let mut arrivals = ArrivalClock::new(Tick(0), 0, TICK_MICROS);
        let mut commands = CommandClock::new(0.0, 60_000, 0, TICK_MICROS);
        let (mut now, mut tick_us) = (0, TICK_MICROS);
        for n in 1..900u32 {
            if n == 300 || n == 600 {
                tick_us = if n == 300 { TICK_MICROS * 2 } else { TICK_MICROS };
                arrivals.set_tick_us(tick_us, now);
                commands.set_tick_us(tick_us);
            }
            now += tick_us;
            assert!(!arrivals.arrived(Tick(n), now), "tick {n}");
            let server = arrivals.server_ticks(now);
            assert!((server - f64::from(n)).abs() < 0.2, "tick {n}: {server}");
            let (_, jumped) = commands.advance(server, now);
            assert!(!jumped, "tick {n}");
        }
    }
}
