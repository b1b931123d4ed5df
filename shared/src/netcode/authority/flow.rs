//! How much one connection can take: a window of unacknowledged ticks, and a rate that follows what is delivered.
//!
//! No snapshot may wait in a buffer on the way until it is stale. The host knows when it stepped each tick and learns
//! from acknowledgements which snapshot the client has. The age of an acknowledgement, less the smallest age of the
//! last seconds, is the time that snapshots queue on the way. When that grows, the rate falls below what is being
//! delivered, so that the queue drains; when the queue is gone, the rate at least doubles each second. Whatever is
//! measured, no more than a window of ticks is under way.
//!
//! All of this assumes that the least delay is the delay of the empty line. A connection begins with a welcome, a
//! roster and a full snapshot, which on a slow line form a queue themselves. So only one snapshot at a time is under
//! way until a small one that was sent alone has been acknowledged. A line with a queue is probed again from time to
//! time, since a queue that never empties would be mistaken for distance. (Delay as the signal: Brakmo and Peterson
//! 1995, TCP Vegas; delivery rate, windowed minimum and probing it: Cardwell et al. 2016, BBR.)

use crate::limits::{MAX_BASELINE_AGE_TICKS, MAX_VIEW_DELAY_TICKS};
use crate::netcode::state::past::Lag;
use crate::tick::{TICK_HZ, Tick};

/// Half of the window over which the least delay is taken, ticks.
const HALF_WINDOW_TICKS: i32 = 150;
/// More queueing delay than this is congestion, ticks.
const QUEUE_TICKS: f32 = 4.0;
/// Less queueing delay than this counts as none, ticks.
const CLEAR_TICKS: f32 = 2.0;
/// Ticks over which a delivery rate is measured.
const MEASURE_TICKS: i32 = 6;
/// While a queue drains the rate is halved (multiplicative decrease: Chiu and Jain 1989), but to no less than this
/// share of the delivery rate d: at 3/4 d a queue of q ticks is empty after q / (1 - 3/4) = 4 q. Half of the rate may
/// be far less, where there was little to send.
const DRAIN: f32 = 0.75;
const BACK_OFF: f32 = 0.5;
/// Ticks over which the used rate is measured.
const USE_TICKS: u32 = 16;
/// A line with a queue is probed again after so long, ticks.
const PROBE_TICKS: i32 = 2 * HALF_WINDOW_TICKS;
/// Most bytes of a snapshot that probes: it must not create the queue that it looks for.
const PROBE_BYTES: usize = 300;
/// While probing, another snapshot is sent after so long without an acknowledgement, ticks: the one before may be lost.
const PROBE_WAIT_TICKS: i32 = 15;
/// Growth of the rate for each measurement without a queue. Measurements of 6 ticks are 5 a second, and 1.3^5 = 3.7;
/// with acknowledgements 10 ticks apart there are 3, and 1.3^3 = 2.2: the rate doubles within a second.
const GROWTH: f32 = 1.3;
/// The least rate, bytes a second: enough for the own entity.
const MIN_RATE: f32 = 400.0;
/// Bytes around a snapshot that the host does not count: IP 20, TCP 20 and its options 12, WebSocket 2.
const OVERHEAD_BYTES: f32 = 54.0;
/// A line that takes this, twice the headers of a snapshot in every tick, gets one in every tick.
const HEADERS_BYTES_PER_S: f32 = 2.0 * OVERHEAD_BYTES * TICK_HZ as f32;
/// Longest interval between two snapshots on a slow line, ticks.
const MAX_INTERVAL_TICKS: u32 = 6;
/// Bounds of the window, ticks. Its upper bound keeps each unacknowledged snapshot young enough to be a baseline.
const MIN_WINDOW_TICKS: f32 = 10.0;
const MAX_WINDOW_TICKS: f32 = MAX_BASELINE_AGE_TICKS as f32 - 4.0;

/// Leeway beyond round trip and view delay: a command waits for its tick, and frames do not coincide with ticks.
const REWIND_LEEWAY_TICKS: u32 = 2;

const SENT: usize = MAX_BASELINE_AGE_TICKS as usize;

/// One connection's flow.
#[derive(Clone, Debug)]
pub(crate) struct Flow {
    most_bytes_per_s: f32,
    rate_bytes_per_s: f32,
    /// Bytes of each tick's snapshot, by tick.
    sent_bytes: [u16; SENT],
    sent: Option<Tick>,
    acked: Option<Tick>,
    /// The oldest snapshot that is under way.
    oldest: Option<Tick>,
    /// When the newest acknowledgement that confirmed something new arrived.
    heard: Tick,
    least_delay: [f32; 2],
    half_began: Tick,
    measured: Tick,
    acked_at: Tick,
    /// The least delay since `measured`, since one late acknowledgement does not mean a queue.
    measured_delay: f32,
    delivered_bytes: u32,
    settled: Tick,
    probe: Probe,
    probed: Tick,
}

/// Whether the delay of the empty line is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Probe {
    /// Not yet: one snapshot at a time.
    Wanted,
    /// The snapshot of this tick was sent alone.
    Sent(Tick),
    /// The delay is known.
    Done,
}

impl Flow {
    /// A connection that is assumed to take `most_bytes_per_s` until measurements show otherwise.
    pub(crate) fn new(most_bytes_per_s: u32, now: Tick) -> Self {
        Self {
            most_bytes_per_s: most_bytes_per_s as f32,
            rate_bytes_per_s: most_bytes_per_s as f32,
            sent_bytes: [0; SENT],
            sent: None,
            acked: None,
            oldest: None,
            heard: now,
            least_delay: [f32::MAX; 2],
            half_began: now,
            measured: now,
            acked_at: now,
            measured_delay: f32::MAX,
            delivered_bytes: 0,
            settled: now,
            probe: Probe::Wanted,
            probed: now,
        }
    }

    /// A snapshot of `bytes` was sent.
    pub(crate) fn sent(&mut self, tick: Tick, bytes: usize) {
        if self.oldest.is_none() {
            // Nothing was under way, so there was nothing to acknowledge until now.
            self.oldest = Some(tick);
            self.heard = tick;
            // The first one is sent together with the welcome and the roster, so not alone.
            if self.probe == Probe::Wanted && self.acked.is_some() {
                self.probe = Probe::Sent(tick);
            }
        }
        let first = self.sent.map_or(tick, |sent| sent.plus(1));
        let skipped = tick.since(first).clamp(0, SENT as i32) as u32;
        (1..=skipped).for_each(|n| self.sent_bytes[index(tick.minus(n))] = 0);
        self.sent_bytes[index(tick)] = bytes.clamp(1, usize::from(u16::MAX)) as u16;
        self.sent = Some(tick);
    }

    /// The client says that it has the snapshot of `tick`; the host is `since_tick` of a tick past `now`.
    pub(crate) fn acked(&mut self, tick: Tick, now: Tick, since_tick: f32) {
        if self.sent.is_none() || self.sent_bytes[index(tick)] == 0 {
            // It was sent on an earlier connection.
            return;
        }
        let before = self.acked.unwrap_or(tick.minus(1));
        let new = tick.since(before).clamp(0, SENT as i32) as u32;
        if new == 0 {
            return;
        }
        self.end_measurement(now);
        let bytes = (0..new).map(|n| u32::from(self.sent_bytes[index(tick.minus(n))]));
        self.delivered_bytes += bytes.sum::<u32>();
        self.acked = Some(tick);
        self.heard = now;
        let under_way = self.sent.map_or(0, |sent| sent.since(tick)).clamp(0, SENT as i32 - 1) as u32;
        self.oldest = (1..=under_way).map(|n| tick.plus(n)).find(|&at| self.sent_bytes[index(at)] > 0);
        let delay = now.since(tick) as f32 + since_tick;
        self.least_delay[0] = self.least_delay[0].min(delay);
        if now.since(self.half_began) >= HALF_WINDOW_TICKS {
            self.least_delay = [delay, self.least_delay[0]];
            self.half_began = now;
        }
        if self.probe != Probe::Done {
            return self.probed_with(tick, delay, now);
        }
        self.measured_delay = self.measured_delay.min(delay);
    }

    /// Ends a measurement when it is time, before the acknowledgements of a new tick are counted. Acknowledgements that
    /// were held up on the way to the server arrive together, and only the last of them shows how long snapshots take.
    fn end_measurement(&mut self, now: Tick) {
        let elapsed = self.acked_at.since(self.measured);
        if elapsed >= MEASURE_TICKS && now.since(self.acked_at) > 0 {
            let delivered = self.delivered_bytes as f32 * TICK_HZ as f32 / elapsed as f32;
            self.adapt(self.measured_delay, delivered, now);
            self.measure_anew(self.acked_at);
        }
        self.acked_at = now;
    }

    /// A snapshot was acknowledged while the least delay was unknown.
    fn probed_with(&mut self, tick: Tick, delay: f32, now: Tick) {
        self.measure_anew(now);
        match self.probe {
            Probe::Sent(sent) if sent == tick => {
                self.least_delay = [delay, f32::MAX];
                (self.half_began, self.probed) = (now, now);
                self.probe = Probe::Done;
            }
            // The acknowledgement is of a later snapshot, so the probe was not alone on the way.
            Probe::Sent(sent) if tick.is_newer(sent) => self.probe = Probe::Wanted,
            Probe::Sent(_) | Probe::Wanted | Probe::Done => {}
        }
    }

    fn measure_anew(&mut self, now: Tick) {
        self.measured = now;
        self.measured_delay = f32::MAX;
        self.delivered_bytes = 0;
    }

    fn adapt(&mut self, delay: f32, delivered_bytes_per_s: f32, now: Tick) {
        if now.since(self.settled) < 0 {
            return;
        }
        // Snapshots are `interval` ticks apart, so the newest one that a client has is up to `interval - 1` ticks
        // older.
        let waits = delay - self.least_delay_ticks() - (self.interval_ticks() - 1) as f32;
        if waits > QUEUE_TICKS {
            // A rate that was allowed but not used says nothing about the line.
            let used = self.rate_bytes_per_s.min(self.used_bytes_per_s());
            let mut drained = (used * BACK_OFF).max(delivered_bytes_per_s * DRAIN);
            if self.rate_bytes_per_s > used {
                // The first step is bounded: a loss on a good line looks the same, and must not cost snapshots.
                drained = drained.max(HEADERS_BYTES_PER_S);
            }
            self.rate_bytes_per_s = drained.clamp(MIN_RATE, self.rate_bytes_per_s.max(MIN_RATE));
            // Acknowledgements of what is already under way report on the time before.
            self.settled = now.plus(delay as u32 + MEASURE_TICKS as u32);
            if now.since(self.probed) >= PROBE_TICKS {
                self.probe = Probe::Wanted;
            }
        } else if waits < CLEAR_TICKS {
            self.rate_bytes_per_s = (self.rate_bytes_per_s * GROWTH).min(self.most_bytes_per_s);
        }
    }

    fn used_bytes_per_s(&self) -> f32 {
        let Some(sent) = self.sent else { return 0.0 };
        let bytes = (0..USE_TICKS).map(|n| u32::from(self.sent_bytes[index(sent.minus(n))]));
        let used = bytes.sum::<u32>() as f32 * TICK_HZ as f32 / USE_TICKS as f32;
        // Snapshots of a quiet world are smaller than their headers.
        used.max(HEADERS_BYTES_PER_S)
    }

    /// How far behind a command the state that its player saw may lie, and the state that it was extrapolated from: the
    /// least round trip, the interval between snapshots, and the longest view delay, with some leeway. The round trip
    /// counts as 0 until one was measured. `interval_ticks` is the room's.
    pub(crate) fn most_rewind(&self, interval_ticks: u32) -> Lag {
        let least = Some(self.least_delay_ticks()).filter(|&least| least < f32::MAX).unwrap_or(0.0);
        let apart = self.interval_ticks().max(interval_ticks) - 1;
        Lag::from_ticks(least + (apart + MAX_VIEW_DELAY_TICKS + REWIND_LEEWAY_TICKS) as f32)
    }

    fn least_delay_ticks(&self) -> f32 {
        self.least_delay[0].min(self.least_delay[1])
    }

    /// The rate that the connection takes at the moment, bytes a second.
    pub(crate) fn rate_bytes_per_s(&self) -> u32 {
        self.rate_bytes_per_s as u32
    }

    /// Ticks from one snapshot to the next: with a rate r and an interval of at least 2 H / r, where H is the headers'
    /// bytes a second at one snapshot a tick, headers take H / interval <= r / 2, at most half of the rate.
    pub(crate) fn interval_ticks(&self) -> u32 {
        let interval = libm::ceilf(HEADERS_BYTES_PER_S / self.rate_bytes_per_s);
        (interval as u32).clamp(1, MAX_INTERVAL_TICKS)
    }

    /// Most ticks that may be under way: twice the round trip, in ticks the least delay, so that late acknowledgements
    /// do not stop the flow (as BBR's `cwnd_gain` of 2), and `MIN_WINDOW_TICKS` for jitter and for the ticks between
    /// acknowledgements.
    pub(crate) fn window_ticks(&self) -> u32 {
        let least = self.least_delay_ticks().min(MAX_WINDOW_TICKS);
        (2.0 * least + MIN_WINDOW_TICKS).min(MAX_WINDOW_TICKS) as u32
    }

    /// Whether there is room in the window at `now`: the oldest unacknowledged snapshot is younger than the window is
    /// long.
    pub(crate) fn has_room(&self, now: Tick) -> bool {
        let Some(oldest) = self.oldest else { return true };
        let window = if self.acked.is_some() { self.window_ticks() } else { MAX_WINDOW_TICKS as u32 };
        let waited = self.sent.map_or(0, |sent| now.since(sent));
        now.since(oldest) <= window as i32 && (self.probe == Probe::Done || waited >= PROBE_WAIT_TICKS)
    }

    /// Most bytes that the next snapshot may have, besides what the rate allows.
    pub(crate) fn most_bytes(&self) -> usize {
        if self.probe == Probe::Done || self.acked.is_none() { usize::MAX / 8 } else { PROBE_BYTES }
    }

    /// How long snapshots have been under way without an acknowledgement, ticks; 0 when none is under way.
    pub(crate) fn unheard_ticks(&self, now: Tick) -> u32 {
        if self.oldest.is_none() { 0 } else { now.since(self.heard).max(0) as u32 }
    }
}

fn index(tick: Tick) -> usize {
    tick.0 as usize % SENT
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A line that delivers `bytes_per_s` behind a queue without end, and acknowledges every third tick.
    struct Line {
        flow: Flow,
        queue: std::collections::VecDeque<(Tick, usize)>,
        delivered: Option<Tick>,
        carry: f32,
        tick: Tick,
        oldest_ticks: i32,
        sent_bytes: usize,
    }

    impl Line {
        fn new(most: u32) -> Self {
            let queue = std::collections::VecDeque::new();
            let flow = Flow::new(most, Tick(0));
            Self { flow, queue, delivered: None, carry: 0.0, tick: Tick(0), oldest_ticks: 0, sent_bytes: 0 }
        }

        fn run(&mut self, ticks: u32, bytes_per_s: f32) {
            (self.oldest_ticks, self.sent_bytes) = (0, 0);
            for _ in 0..ticks {
                self.tick = self.tick.plus(1);
                let due = self.tick.0.is_multiple_of(self.flow.interval_ticks());
                if due && self.flow.has_room(self.tick) {
                    let bytes =
                        self.flow.rate_bytes_per_s() as usize / 30 * self.flow.interval_ticks() as usize;
                    self.flow.sent(self.tick, bytes);
                    self.sent_bytes += bytes;
                    self.queue.push_back((self.tick, bytes + 54));
                }
                self.carry = (self.carry + bytes_per_s / 30.0).min(bytes_per_s / 30.0 + 1500.0);
                while let Some(&(tick, bytes)) = self.queue.front()
                    && bytes as f32 <= self.carry
                {
                    self.carry -= bytes as f32;
                    self.queue.pop_front();
                    self.delivered = Some(tick);
                    self.oldest_ticks = self.oldest_ticks.max(self.tick.since(tick));
                }
                if self.queue.is_empty() {
                    self.carry = 0.0;
                }
                if let Some(delivered) = self.delivered.filter(|_| self.tick.0.is_multiple_of(3)) {
                    self.flow.acked(delivered, self.tick, 0.5);
                }
            }
        }
    }

    #[test]
    fn a_slow_line_gets_what_it_takes_and_nothing_waits_long() {
        let mut line = Line::new(20_000);
        line.run(300, 4_000.0);
        line.run(600, 4_000.0);
        // It feels its way up and backs off, again and again: what counts is the mean.
        let rate = line.sent_bytes / 20;
        assert!((2_000..4_000).contains(&rate), "{rate}");
        assert!(line.oldest_ticks <= 20, "{} ticks old on arrival", line.oldest_ticks);
    }

    #[test]
    fn a_line_that_was_slow_from_the_first_byte_on_is_known_for_slow() {
        let mut line = Line::new(20_000);
        // A welcome, a roster and a full snapshot: a second of what this line takes.
        line.flow.sent(Tick(0), 4_000);
        line.queue.extend([(Tick(0).minus(1), 1_333), (Tick(0).minus(1), 1_333), (Tick(0), 1_334)]);
        line.run(300, 4_000.0);
        assert!(line.flow.least_delay_ticks() < 8.0, "{} ticks", line.flow.least_delay_ticks());
        // For minutes: a queue that never empties does not pass for distance.
        line.run(6000, 4_000.0);
        assert!(line.flow.least_delay_ticks() < 8.0, "{} ticks", line.flow.least_delay_ticks());
        assert!(line.oldest_ticks <= 20, "{} ticks old on arrival", line.oldest_ticks);
    }

    #[test]
    fn a_line_that_is_quick_again_gets_all_of_its_budget_within_seconds() {
        let mut line = Line::new(20_000);
        line.run(300, 3_000.0);
        assert!(line.flow.rate_bytes_per_s() < 5_000);
        line.run(150, 1e6);
        assert!(line.flow.rate_bytes_per_s() > 15_000, "{}", line.flow.rate_bytes_per_s());
    }

    #[test]
    fn a_client_that_acknowledges_nothing_gets_a_window_and_no_more() {
        let mut flow = Flow::new(20_000, Tick(0));
        let mut sent = 0;
        for n in 1..1000 {
            if flow.has_room(Tick(n)) {
                flow.sent(Tick(n), 50);
                sent += 1;
            }
        }
        assert!(sent as f32 <= MAX_WINDOW_TICKS + 1.0, "{sent}");
        assert!(flow.unheard_ticks(Tick(999)) > 900);
    }

    #[test]
    fn a_good_line_is_never_held_back() {
        let mut line = Line::new(20_000);
        line.run(900, 1e6);
        assert_eq!(line.flow.rate_bytes_per_s(), 20_000);
        assert_eq!(line.flow.interval_ticks(), 1);
    }
}
