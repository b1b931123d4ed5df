//! What a snapshot contains: everything, if the client's budget is sufficient, else what has the highest priority.

use super::{Order, Scratch, Shared, Viewer};
use crate::bits::BitWriter;
use crate::bitset::BitSet;
use crate::ids::Slot;
use crate::limits::MAX_LATE_TICKS;
use crate::netcode::authority::baseline::Late;
use crate::netcode::authority::budget::{Candidate, Tell, choose, priority};
use crate::netcode::authority::delta_log::{DeltaLog, renewal_bits};
use crate::netcode::entity::Entity;
use crate::netcode::exchange::delivery::Delivery;
use crate::netcode::seam::simulation::Simulation;
use crate::tick::Tick;

/// Estimated cost of a list entry's place besides its content, for the budget, bits.
const MARK_BITS: usize = 5;
const RARE_MARK_BITS: usize = 10;

/// The content of a snapshot.
#[derive(Debug, Default)]
pub(super) struct Plan {
    pub(super) mispredictions: BitSet,
    /// The mispredictions that follow from a meeting with an entity that is sent.
    pub(super) implied: BitSet,
    /// By slot.
    pub(super) late: Vec<LateTell>,
    pub(super) enter: BitSet,
}

/// A late entity that is a candidate.
#[derive(Clone, Copy, Debug)]
pub(super) struct LateTell {
    pub(super) late: Late,
    pub(super) form: Form,
    /// Whether it fits into the budget.
    pub(super) chosen: bool,
}

impl Plan {
    pub(super) fn tells_late(&self, slot: Slot) -> bool {
        self.late.binary_search_by_key(&slot, |tell| tell.late.slot).is_ok()
    }
}

/// How a late entity is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// By the mispredictions of this many ticks.
    Sequence(u32),
    Whole,
}

impl Viewer {
    /// Plans to send everything, but far entities may wait for their turn.
    pub(super) fn plan_all<S: Simulation>(
        &self,
        shared: &mut Shared<'_, S>,
        age: Option<u32>,
        order: &Order,
    ) {
        let Scratch { wanted, base, stays, plan, bits, .. } = &mut *shared.scratch;
        plan.enter.assign(wanted, &base.held, |wanted, base| wanted & !base);
        plan.late.clear();
        plan.mispredictions.clear();
        let Some(age) = age else { return };
        plan.mispredictions
            .assign(stays, shared.deltas.mispredicted_since(age), |stays, mispredicted| stays & mispredicted);
        for late in base.late.iter().filter(|late| stays.contains(late.slot.index())) {
            plan.mispredictions.remove(late.slot.index());
        }
        let is_due = |slot: Slot| {
            let Some(entity) = shared.table.get(slot) else { return true };
            let interval = interval_ticks(
                entity.pose().position.distance(self.centre),
                shared.interest.radius_units(),
                order.far_interval_ticks,
            );
            (shared.tick.0.wrapping_add(u32::from(slot.0))).is_multiple_of(interval)
                || Some(slot) == order.own
        };
        for late in base.late.iter().filter(|late| stays.contains(late.slot.index()) && is_due(late.slot)) {
            let Some(entity) = shared.table.get(late.slot) else { continue };
            let form = self.form(shared.tick, *late, entity, shared.deltas, bits);
            plan.late.push(LateTell { late: *late, form, chosen: true });
        }
        if age > 1 || order.far_interval_ticks > 1 {
            let base_tick = shared.tick.minus(age);
            for n in 0..plan.mispredictions.word_count() {
                for bit in crate::bitset::Ones(plan.mispredictions.word(n)) {
                    let slot = Slot::from_index(n * 64 + bit);
                    let Some(entity) = shared.table.get(slot) else { continue };
                    if !is_due(slot) {
                        plan.mispredictions.remove(slot.index());
                    } else if age > 1 {
                        let late = Late { slot, exact: base_tick };
                        if self.is_whole_shorter(shared.deltas, late, age, entity, bits) {
                            plan.mispredictions.remove(slot.index());
                            plan.late.push(LateTell { late, form: Form::Whole, chosen: true });
                        }
                    }
                }
            }
        }
        plan.late.sort_unstable_by_key(|tell| tell.late.slot);
    }

    fn is_whole_shorter<E: Entity>(
        &self,
        deltas: &DeltaLog<E>,
        late: Late,
        age: u32,
        entity: &E,
        scratch: &mut BitWriter,
    ) -> bool {
        // A short sequence is sent without comparing costs.
        let sequence = sequence_cost(deltas, late.slot, age);
        sequence > 48 && sequence > renewal_bits(entity, scratch)
    }

    /// The cheaper form for a late entity. On datagrams the client may never have had the state at `exact`.
    fn form<E: Entity>(
        &self,
        now: Tick,
        late: Late,
        entity: &E,
        deltas: &DeltaLog<E>,
        scratch: &mut BitWriter,
    ) -> Form {
        let age = now.since(late.exact).max(0) as u32;
        let possible =
            self.delivery == Delivery::Stream && (1..=MAX_LATE_TICKS).contains(&age) && deltas.reaches(age);
        if !possible || self.is_whole_shorter(deltas, late, age, entity, scratch) {
            return Form::Whole;
        }
        Form::Sequence(age)
    }

    /// Plans what fits into `allowance_bits`, by priority.
    pub(super) fn plan_within<S: Simulation>(
        &self,
        shared: &mut Shared<'_, S>,
        age: Option<u32>,
        order: &Order,
        allowance_bits: usize,
    ) {
        let Scratch { plan, candidates, bits, .. } = &mut *shared.scratch;
        candidates.clear();
        let radius_units = shared.interest.radius_units();
        let mut add = |slot: Slot, entity: &S::Entity, tell, cost, waited_ticks| {
            let distance_units = entity.pose().position.distance(self.centre);
            let weight = if Some(slot) == order.own { f32::MAX / 1e6 } else { entity.importance() };
            let priority = priority(distance_units, radius_units, weight, waited_ticks);
            candidates.push(Candidate { slot, tell, bits: cost, priority });
        };
        for slot in plan.mispredictions.iter().map(Slot::from_index) {
            let Some(entity) = shared.table.get(slot) else { continue };
            let age = age.unwrap_or(1);
            let bits = MARK_BITS + sequence_cost(shared.deltas, slot, age);
            add(slot, entity, Tell::Misprediction, bits, age - 1);
        }
        for (at, LateTell { late, form, .. }) in plan.late.iter().enumerate() {
            let Some(entity) = shared.table.get(late.slot) else { continue };
            let bits = RARE_MARK_BITS
                + match form {
                    Form::Sequence(age) => sequence_cost(shared.deltas, late.slot, *age),
                    Form::Whole => renewal_bits(entity, bits),
                };
            add(late.slot, entity, Tell::Late(at), bits, shared.tick.since(late.exact).max(0) as u32);
        }
        for slot in plan.enter.iter().map(Slot::from_index) {
            let Some(entity) = shared.table.get(slot) else { continue };
            let bits = RARE_MARK_BITS + shared.deltas.full_bits(slot, entity);
            let waited = self.waiting.binary_search_by_key(&slot, |(slot, _)| *slot);
            let since = waited.map_or(shared.tick, |at| self.waiting[at].1);
            // An entity that the client does not see at all is worse than one that it sees slightly wrong.
            add(slot, entity, Tell::Enter, bits, 1 + shared.tick.since(since).max(0) as u32);
        }
        let chosen = choose(candidates, allowance_bits);
        plan.mispredictions.clear();
        plan.enter.clear();
        plan.late.iter_mut().for_each(|tell| tell.chosen = false);
        for candidate in &candidates[..chosen] {
            match candidate.tell {
                Tell::Misprediction => plan.mispredictions.insert(candidate.slot.index()),
                Tell::Enter => plan.enter.insert(candidate.slot.index()),
                Tell::Late(at) => plan.late[at].chosen = true,
            }
        }
        plan.late.retain(|tell| tell.chosen);
    }
}

/// Estimated bits of a sequence over `age` ticks, including its marks.
fn sequence_cost<E: Entity>(deltas: &DeltaLog<E>, slot: Slot, age: u32) -> usize {
    deltas.sequence_bits(slot, age) + if age > 1 { 2 + age as usize } else { 0 }
}

/// Ticks between two updates of an entity at that distance: 1 in the inner half of the view, then linearly up to
/// `far_interval_ticks` at the rim.
fn interval_ticks(distance_units: f32, radius_units: f32, far_interval_ticks: u32) -> u32 {
    let outer = (distance_units / radius_units * 2.0 - 1.0).clamp(0.0, 1.0);
    1 + libm::ceilf(outer * (far_interval_ticks - 1) as f32) as u32
}
