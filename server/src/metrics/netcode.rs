//! What ticks and snapshots were made of: every fallback and every kind of bits has its counter.

use crate::metrics::{Adder, Reason};
use perigee_shared::netcode::TickStats;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;

/// Counters of one family, taken out of it once: counting is then an atomic addition.
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
    full: Named<2>,
    inputs: Named<4>,
    bits: Named<5>,
    entities: Named<4>,
    events_dropped: Counter,
}

impl NetcodeCounters {
    pub(super) fn new(new: &mut Adder<'_>) -> Self {
        let bits = ["header", "leaving", "surprises", "entering", "events"];
        Self {
            full: Named::new(
                new,
                "full_snapshots",
                "Snapshots that told everything",
                ["joined", "baseline_too_old"],
            ),
            inputs: Named::new(
                new,
                "inputs",
                "Commands by where they came from",
                ["fresh", "repeated", "neutral", "late"],
            ),
            bits: Named::new(new, "snapshot_bits", "Bits of snapshots by what they tell", bits),
            entities: Named::new(
                new,
                "snapshot_entities",
                "Entities in snapshots by what became of them",
                ["visible", "surprised", "entered", "left"],
            ),
            events_dropped: new.add("events_dropped", "Events beyond what a tick may have"),
        }
    }

    pub(super) fn add(&self, stats: &TickStats) {
        let sums = &stats.sums;
        let [fresh, repeated, neutral] = stats.inputs;
        self.full.add([stats.full_first, stats.full_too_old]);
        self.inputs.add([fresh, repeated, neutral, stats.inputs_late]);
        self.bits.add([
            sums.header_bits,
            sums.leave_bits,
            sums.surprise_bits,
            sums.enter_bits,
            sums.event_bits,
        ]);
        self.entities.add([sums.visible, sums.surprised, sums.entered, sums.left]);
        self.events_dropped.inc_by(u64::from(stats.events_dropped));
    }
}
