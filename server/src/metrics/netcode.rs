//! The content of ticks and snapshots: every fallback and every kind of bits has its counter.

use crate::metrics::{Adder, Reason};
use perigee_shared::netcode::TickStats;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;

/// Counters of one family, looked up once: counting is then an atomic addition.
#[derive(Debug)]
struct Named<const N: usize>([Counter; N]);

impl<const N: usize> Named<N> {
    fn new(new: &mut Adder<'_>, name: &str, help: &str, labels: [&'static str; N]) -> Self {
        let family: Family<Reason, Counter> = new.add(name, help);
        Self(labels.map(|reason| family.get_or_create_owned(&Reason { reason })))
    }

    fn add(&self, counts: [u32; N]) {
        for (counter, count) in self.0.iter().zip(counts) {
            counter.inc_by(u64::from(count));
        }
    }
}

/// Counters of the netcode.
#[derive(Debug)]
pub(super) struct NetcodeCounters {
    full: Named<4>,
    skipped: Named<4>,
    inputs: Named<4>,
    bits: Named<6>,
    entities: Named<8>,
    events_dropped: Counter,
    belongings_refused: Counter,
    departures_dropped: Counter,
    presses_dropped: Counter,
}

impl NetcodeCounters {
    pub(super) fn new(new: &mut Adder<'_>) -> Self {
        Self {
            full: Named::new(
                new,
                "full_snapshots",
                "Snapshots that told everything, by cause",
                ["joined", "baseline_too_old", "baseline_forgotten", "asked_for"],
            ),
            skipped: Named::new(
                new,
                "snapshots_skipped",
                "Snapshots not made, by cause",
                ["lane_full", "not_due", "window_full", "budget_spent"],
            ),
            inputs: Named::new(
                new,
                "inputs",
                "Commands by where they came from",
                ["fresh", "repeated", "neutral", "late"],
            ),
            bits: Named::new(
                new,
                "snapshot_bits",
                "Bits of snapshots by what they tell",
                ["header", "leaving", "surprises", "late", "entering", "events"],
            ),
            entities: Named::new(
                new,
                "snapshot_entities",
                "Entities in snapshots by what became of them",
                ["visible", "surprised", "caught_up", "renewed", "deferred", "waiting", "entered", "left"],
            ),
            events_dropped: new.add("events_dropped", "Events beyond what a tick or a snapshot may have"),
            belongings_refused: new
                .add("belongings_refused", "Players who brought belongings that the game cannot read"),
            departures_dropped: new.add("departures_dropped", "Departures that nobody took down"),
            presses_dropped: new.add("presses_dropped", "Presses that came late, beyond what may wait"),
        }
    }

    pub(super) fn add(&self, stats: &TickStats) {
        let sums = &stats.sums;
        let (full, skipped, inputs) = (&stats.full, &stats.skipped, &stats.inputs);
        self.full.add([full.joined, full.too_old, full.forgotten, full.asked_for]);
        self.skipped.add([skipped.lane_full, skipped.not_due, skipped.window_full, skipped.budget_spent]);
        self.inputs.add([inputs.fresh, inputs.repeated, inputs.neutral, stats.inputs_late]);
        self.bits.add([
            sums.header_bits,
            sums.leave_bits,
            sums.mispredicted_bits,
            sums.late_bits,
            sums.enter_bits,
            sums.event_bits,
        ]);
        self.entities.add([
            sums.visible,
            sums.mispredicted,
            sums.caught_up,
            sums.renewed,
            sums.deferred,
            sums.waiting,
            sums.entered,
            sums.left,
        ]);
        self.events_dropped.inc_by(u64::from(stats.events_dropped + sums.events_dropped));
        self.belongings_refused.inc_by(u64::from(stats.belongings_refused));
        self.departures_dropped.inc_by(u64::from(stats.departures_dropped));
        self.presses_dropped.inc_by(u64::from(stats.presses_dropped));
    }
}
