//! The lists of a snapshot, as `PROTOCOL.md` describes them: entities that left, were mispredicted, were late, entered;
//! and the events.

use super::plan::{Form, LateTell, Plan};
use super::{Scratch, Shared, SnapshotStats, Viewer};
use crate::bits::BitWriter;
use crate::ids::{PlayerId, Slot};
use crate::netcode::authority::delta_log::for_each_rank;
use crate::netcode::codec::delta::{write_meeting, write_renewal};
use crate::netcode::codec::packet::{ENTER_GAP_ORDER, LATE_AGE_ORDER, MISPREDICTION_START_K, RARE_START_K};
use crate::netcode::codec::run_length_set::SetWriter;
use crate::netcode::entity::replicated::Replicated;
use crate::netcode::seam::simulation::Simulation;

impl Viewer {
    /// Writes what is planned, and the events.
    pub(super) fn write_lists<S: Simulation>(
        &self,
        shared: &mut Shared<'_, S>,
        age: Option<u32>,
        reader: PlayerId,
        events_limit_bits: usize,
        stats: &mut SnapshotStats,
        writer: &mut BitWriter,
    ) {
        let mut from = writer.bit_len();
        let mut bits_since = |writer: &BitWriter| {
            let bits = writer.bit_len() - from;
            from = writer.bit_len();
            bits as u32
        };
        if let Some(age) = age {
            stats.mispredicted = write_mispredictions(shared, age, writer);
            stats.mispredicted_bits = bits_since(writer);
            (stats.caught_up, stats.renewed) = write_late(shared, writer);
            stats.late_bits = bits_since(writer);
        }
        stats.entered = write_entering(shared, writer);
        stats.enter_bits = bits_since(writer);
        if stats.entered == 0 {
            // The bit for an empty list of entering entities is in every snapshot, so it counts as header.
            stats.header_bits += std::mem::take(&mut stats.enter_bits);
        }
        let Scratch { base, wanted, .. } = &*shared.scratch;
        let sees = |slot: Slot| base.held.contains(slot.index()) || wanted.contains(slot.index());
        let ticks = age.unwrap_or(1);
        stats.events_dropped =
            shared.events.write(shared.tick, ticks, events_limit_bits, reader, sees, writer);
        stats.event_bits = bits_since(writer);
    }
}

/// Writes which entities of the list the client must forget.
pub(super) fn write_leaving(scratch: &Scratch, writer: &mut BitWriter) -> u32 {
    let (held, stays) = (&scratch.base.held, &scratch.stays);
    let mut list = SetWriter::new(scratch.base_count, RARE_START_K);
    let mut count = 0;
    let leaving = |n| held.word(n) & !stays.word(n);
    for_each_rank(
        held.word_count(),
        |n| held.word(n),
        leaving,
        |gap, _| {
            list.mark(gap, writer);
            count += 1;
        },
    );
    list.finish(writer);
    count
}

/// Writes which of the staying entities were mispredicted, and how. Two that met are written once, by the lower one.
fn write_mispredictions<S: Simulation>(shared: &mut Shared<'_, S>, age: u32, writer: &mut BitWriter) -> u32 {
    let Scratch { stays, stays_count, plan: Plan { mispredictions, implied, .. }, .. } = &mut *shared.scratch;
    implied.clear();
    // Over several ticks each entity has its own deltas.
    let meetings = if age == 1 { shared.deltas.meetings() } else { &[] };
    for (a, b) in meetings {
        if mispredictions.contains(a.index()) && mispredictions.contains(b.index()) {
            implied.insert(b.index());
        }
    }
    let partner = |slot: Slot| {
        let (_, b) = meetings.iter().find(|(a, _)| *a == slot)?;
        implied.contains(b.index()).then_some(*b)
    };
    let members = *stays_count;
    let mut list = SetWriter::new(members, MISPREDICTION_START_K);
    for_each_rank(
        stays.word_count(),
        |n| stays.word(n),
        |n| mispredictions.word(n) & !implied.word(n),
        |gap, slot| {
            list.mark(gap, writer);
            match partner(slot).zip(shared.table.get(slot)) {
                Some((other, entity)) => {
                    let rank = stays.rank(slot.index());
                    let gap = stays.rank(other.index()) - rank - 1;
                    let kind = &S::Entity::kinds()[entity.kind()];
                    write_meeting(kind, gap as u32, (members - rank - 1) as u32, writer);
                }
                None => shared.deltas.write_sequence(slot, age, writer),
            }
        },
    );
    list.finish(writer);
    mispredictions.len() as u32
}

/// Writes which of the staying entities were late, and their current state. Returns how many were written tick by tick,
/// and how many whole.
fn write_late<S: Simulation>(shared: &Shared<'_, S>, writer: &mut BitWriter) -> (u32, u32) {
    let Scratch { stays, stays_count, plan, .. } = &*shared.scratch;
    let mut list = SetWriter::new(*stays_count, RARE_START_K);
    let (mut counts, mut next) = ((0, 0), 0);
    for &LateTell { late, form, .. } in &plan.late {
        let rank = stays.rank(late.slot.index());
        list.mark((rank - next) as u32, writer);
        next = rank + 1;
        writer.write_bool(form == Form::Whole);
        match form {
            Form::Sequence(age) => {
                writer.write_exp_golomb(age - 1, LATE_AGE_ORDER);
                shared.deltas.write_sequence(late.slot, age, writer);
                counts.0 += 1;
            }
            Form::Whole => {
                if let Some(entity) = shared.table.get(late.slot) {
                    write_renewal(entity, writer);
                }
                counts.1 += 1;
            }
        }
    }
    list.finish(writer);
    counts
}

fn write_entering<S: Simulation>(shared: &mut Shared<'_, S>, writer: &mut BitWriter) -> u32 {
    let plan = &shared.scratch.plan;
    let count = plan.enter.len() as u32;
    writer.write_exp_golomb(count, 0);
    let mut next = 0;
    for slot in plan.enter.iter().map(Slot::from_index) {
        // A wanted entity exists: the grid was built from this tick's table.
        let Some(entity) = shared.table.get(slot) else { continue };
        writer.write_exp_golomb(u32::from(slot.0) - next, ENTER_GAP_ORDER);
        next = u32::from(slot.0) + 1;
        shared.deltas.write_full(slot, entity, writer);
    }
    count
}
