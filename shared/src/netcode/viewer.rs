//! One client as the host sees it: what it has, and the next snapshot for it.
//!
//! A snapshot turns the baseline's view into the next one: what left, what surprised, what is late and now told, what
//! entered, what happened. When all of it fits the client's budget, all of it is told; else the candidates compete (see
//! `budget`), and what is left over stays late, or waits to enter.

use crate::bits::BitWriter;
use crate::bitset::BitSet;
use crate::hash::StateHasher;
use crate::ids::{PlayerId, Slot};
use crate::limits::MAX_LATE_TICKS;
use crate::netcode::baseline::{Baseline, Delivery, Late, View, ViewLog};
use crate::netcode::budget::{Candidate, Tell, choose, priority};
use crate::netcode::delta::{write_meeting, write_renewal};
use crate::netcode::delta_log::{DeltaLog, for_each_rank, renewal_bits};
use crate::netcode::entities::{EntityTable, hash_entity};
use crate::netcode::event_log::EventLog;
use crate::netcode::history::History;
use crate::netcode::interest::{Eye, Interest};
use crate::netcode::marks::MarkWriter;
use crate::netcode::packet::{
    ENTER_GAP_ORDER, LATE_AGE_ORDER, Pong, RARE_START_K, SURPRISE_START_K, SnapshotHeader,
};
use crate::netcode::simulation::{Entity, Simulation};
use crate::netcode::staleness::Ages;
use crate::tick::Tick;
use glam::Vec2;

/// What a list entry's place costs beside its content, for the budget: bits of a usual one.
const MARK_BITS: usize = 5;
const RARE_MARK_BITS: usize = 10;

/// Events that fit into any snapshot, bits.
const MIN_EVENT_BITS: usize = 128;

/// What a snapshot was made of; summed up in `TickStats`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SnapshotStats {
    /// Bytes before framing.
    pub bytes: u32,
    /// Entities the client holds after it.
    pub visible: u32,
    /// Entities that came into the view.
    pub entered: u32,
    /// Entities that left it.
    pub left: u32,
    /// Entities that moved otherwise than foreseen, and were told.
    pub surprised: u32,
    /// Late entities that were told tick by tick.
    pub caught_up: u32,
    /// Late entities that were told whole.
    pub renewed: u32,
    /// Entities that surprised and have to wait.
    pub deferred: u32,
    /// Entities that have to wait before they enter.
    pub waiting: u32,
    /// Events beyond what a snapshot may carry.
    pub events_dropped: u32,
    /// Bits before the lists, and the one that says that nobody entered.
    pub header_bits: u32,
    /// Bits of the list of what left.
    pub leave_bits: u32,
    /// Bits of the surprise list.
    pub surprise_bits: u32,
    /// Bits of late entities.
    pub late_bits: u32,
    /// Bits of entering entities.
    pub enter_bits: u32,
    /// Bits of the events.
    pub event_bits: u32,
}

impl SnapshotStats {
    /// Adds another snapshot's.
    pub(crate) fn add(&mut self, other: &Self) {
        self.bytes += other.bytes;
        self.visible += other.visible;
        self.entered += other.entered;
        self.left += other.left;
        self.surprised += other.surprised;
        self.caught_up += other.caught_up;
        self.renewed += other.renewed;
        self.deferred += other.deferred;
        self.waiting += other.waiting;
        self.events_dropped += other.events_dropped;
        self.header_bits += other.header_bits;
        self.leave_bits += other.leave_bits;
        self.surprise_bits += other.surprise_bits;
        self.late_bits += other.late_bits;
        self.enter_bits += other.enter_bits;
        self.event_bits += other.event_bits;
    }
}

/// The shared results of one tick, from which every viewer's snapshot is made.
pub(crate) struct Shared<'a, S: Simulation> {
    pub(crate) tick: Tick,
    pub(crate) table: &'a EntityTable<S::Entity>,
    pub(crate) map: &'a <S::Entity as Entity>::Map,
    pub(crate) history: &'a History<S::Entity>,
    pub(crate) interest: &'a Interest,
    pub(crate) events: &'a EventLog,
    pub(crate) deltas: &'a mut DeltaLog<S::Entity>,
    pub(crate) scratch: &'a mut Scratch,
}

/// Memory that all viewers use in turn.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    /// What the client should see.
    wanted: BitSet,
    /// What it has by the baseline.
    base: View,
    /// What it will have.
    next: View,
    /// What of the baseline's view stays in it.
    stays: BitSet,
    /// Members of `base.held` and of `stays`, each counted once.
    base_count: usize,
    stays_count: usize,
    plan: Plan,
    candidates: Vec<Candidate>,
    bits: BitWriter,
}

/// What a snapshot tells.
#[derive(Debug, Default)]
struct Plan {
    surprises: BitSet,
    /// Of the surprises: those that follow from a meeting with one that is told.
    implied: BitSet,
    /// By slot.
    late: Vec<LateTell>,
    enter: BitSet,
}

/// A late entity that is told.
#[derive(Clone, Copy, Debug)]
struct LateTell {
    late: Late,
    form: Form,
    /// Whether it fits.
    chosen: bool,
}

impl Plan {
    fn tells_late(&self, slot: Slot) -> bool {
        self.late.binary_search_by_key(&slot, |tell| tell.late.slot).is_ok()
    }
}

/// How a late entity is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// By the surprises of so many ticks.
    Sequence(u32),
    Whole,
}

/// For whom a snapshot is, and how much it may be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Order {
    pub(crate) player: PlayerId,
    pub(crate) team: Option<u8>,
    pub(crate) own: Option<Slot>,
    pub(crate) margin_ticks: Option<f32>,
    pub(crate) pong: Option<Pong>,
    pub(crate) allowance_bits: usize,
    /// Longest wait between two updates of what is at the rim of the view, ticks; 1 tells all at once.
    pub(crate) far_interval_ticks: u32,
}

/// What one client was sent.
#[derive(Debug)]
pub(crate) struct Viewer {
    delivery: Delivery,
    /// The newest snapshot's tick, and as bits which of the ticks up to it had one: bit n is n ticks before.
    sent: Option<Tick>,
    sent_mask: u64,
    /// The snapshot that the next one builds on.
    has: Option<Tick>,
    /// After the newest snapshot.
    view: View,
    /// Members of `view.held`.
    held_count: usize,
    log: ViewLog,
    /// What should be in the view but has to wait, by slot, and since when.
    waiting: Vec<(Slot, Tick)>,
    own: Option<Slot>,
    own_since: Tick,
    /// Where the view is centred: on the own entity, and after its end where it was last.
    centre: Vec2,
    want_checksums: bool,
}

impl Viewer {
    pub(crate) fn new(centre: Vec2, delivery: Delivery, want_checksums: bool) -> Self {
        Self {
            delivery,
            sent: None,
            sent_mask: 0,
            has: None,
            view: View::default(),
            held_count: 0,
            log: ViewLog::default(),
            waiting: Vec::new(),
            own: None,
            own_since: Tick::default(),
            centre,
            want_checksums,
        }
    }

    /// The newest snapshot that was sent.
    pub(crate) fn sent(&self) -> Option<Tick> {
        self.sent
    }

    /// Entities the client was sent.
    pub(crate) fn held(&self) -> u32 {
        self.held_count as u32
    }

    /// Whether a snapshot of `tick` was sent, as far back as any baseline reaches.
    pub(crate) fn was_sent(&self, tick: Tick) -> bool {
        let age = self.sent.map_or(-1, |sent| sent.since(tick));
        (0..u64::BITS as i32).contains(&age) && self.sent_mask >> age & 1 == 1
    }

    /// The client has the snapshot of `tick`, which was sent, and will not ask for older ones.
    pub(crate) fn acknowledged(&mut self, tick: Tick) {
        self.log.forget_before(tick);
        if self.delivery == Delivery::Datagrams {
            self.has = Some(tick);
        }
    }

    /// A new connection takes this client's place, which by its own word has the snapshot of `tick`.
    pub(crate) fn resume(&mut self, tick: Option<Tick>, delivery: Delivery, want_checksums: bool) {
        self.has = tick.filter(|&tick| self.was_sent(tick));
        self.delivery = delivery;
        self.want_checksums = want_checksums;
    }

    /// Writes the snapshot of this tick.
    pub(crate) fn write_snapshot<S: Simulation>(
        &mut self,
        shared: &mut Shared<'_, S>,
        order: &Order,
        writer: &mut BitWriter,
    ) -> (Baseline, SnapshotStats) {
        let baseline = self.find_baseline(shared);
        let age = match baseline {
            Baseline::Age(age) => Some(age),
            Baseline::Nothing | Baseline::TooOld | Baseline::Forgotten => None,
        };
        self.look_around(shared, order);
        let base_tick = age.map(|age| shared.tick.minus(age));
        let own_news = base_tick.is_none_or(|base| self.own_since.is_newer(base)) || order.own != self.own;
        if order.own != self.own {
            (self.own, self.own_since) = (order.own, shared.tick);
        }
        let header = SnapshotHeader {
            tick: shared.tick,
            age,
            margin_ticks: order.margin_ticks,
            pong: order.pong,
            own: own_news.then_some(order.own),
        };
        let mut stats = SnapshotStats::default();
        header.write(self.delivery, writer);
        stats.header_bits = writer.bit_len() as u32;
        stats.left = write_leaving(shared.scratch, writer);
        shared.scratch.stays_count = shared.scratch.base_count - stats.left as usize;
        debug_assert_eq!(shared.scratch.stays_count, shared.scratch.stays.len());
        stats.leave_bits = writer.bit_len() as u32 - stats.header_bits;

        let lists = writer.bit_len();
        self.plan_all(shared, age, order);
        // Events share the budget, up to a half of it: they are news and cannot wait, but no crowd's noise is worth
        // more than knowing where everybody is.
        let events_limit_bits = (order.allowance_bits / 2).max(MIN_EVENT_BITS);
        self.write_lists(shared, age, events_limit_bits, (&mut stats, writer));
        if writer.bit_len() > order.allowance_bits {
            writer.truncate(lists);
            let fixed = lists + stats.event_bits as usize;
            self.plan_within(shared, age, order, order.allowance_bits.saturating_sub(fixed));
            self.write_lists(shared, age, events_limit_bits, (&mut stats, writer));
        }
        self.settle(shared, age, &mut stats);
        if self.want_checksums {
            self.write_checksum(shared, writer);
        }
        (baseline, stats)
    }

    /// Counts how old what the client knows is, after a snapshot in this tick or without one.
    pub(crate) fn count_ages(&self, now: Tick, ages: &mut Ages) {
        let Some(sent) = self.sent else { return };
        let since = |tick: Tick| now.since(tick).max(0) as u32;
        ages.count(since(sent), self.held() - self.view.late.len() as u32);
        for late in &self.view.late {
            ages.count(since(late.exact), 1);
        }
        for &(_, since_tick) in &self.waiting {
            ages.count(since(since_tick), 1);
        }
    }

    /// Finds what the client has, and fills `base` with it.
    fn find_baseline<S: Simulation>(&self, shared: &mut Shared<'_, S>) -> Baseline {
        let base = &mut shared.scratch.base;
        let mut baseline = Baseline::at(self.has, shared.tick);
        if let (Baseline::Age(age), Some(has)) = (baseline, self.has) {
            base.copy_from(&self.view);
            if !shared.deltas.reaches(age) {
                baseline = Baseline::TooOld;
            } else if self.sent != Some(has) && !self.log.turn_back(has, base) {
                baseline = Baseline::Forgotten;
            } else {
                shared.deltas.prepare(age);
                let is_newest = self.sent == Some(has);
                shared.scratch.base_count = if is_newest { self.held_count } else { base.held.len() };
                return baseline;
            }
        }
        base.clear();
        shared.scratch.base_count = 0;
        baseline
    }

    /// Fills `wanted` and `stays`.
    fn look_around<S: Simulation>(&mut self, shared: &mut Shared<'_, S>, order: &Order) {
        if let Some(entity) = order.own.and_then(|slot| shared.table.get(slot)) {
            self.centre = entity.pose().position;
        }
        let Scratch { wanted, base, stays, .. } = &mut *shared.scratch;
        let eye = Eye { player: order.player, team: order.team, centre: self.centre };
        shared.interest.visible_from(eye, &base.held, wanted);
        if let Some(slot) = order.own {
            wanted.insert(slot.index());
        }
        stays.assign(&base.held, wanted, |base, wanted| base & wanted);
    }

    /// Plans to tell everything, but what is far away may wait for its turn.
    fn plan_all<S: Simulation>(&self, shared: &mut Shared<'_, S>, age: Option<u32>, order: &Order) {
        let Scratch { wanted, base, stays, plan, bits, .. } = &mut *shared.scratch;
        plan.enter.assign(wanted, &base.held, |wanted, base| wanted & !base);
        plan.late.clear();
        plan.surprises.clear();
        let Some(age) = age else { return };
        plan.surprises
            .assign(stays, shared.deltas.surprised_since(age), |stays, surprised| stays & surprised);
        for late in base.late.iter().filter(|late| stays.contains(late.slot.index())) {
            plan.surprises.remove(late.slot.index());
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
            for n in 0..plan.surprises.word_count() {
                for bit in crate::bitset::Ones(plan.surprises.word(n)) {
                    let slot = Slot::from_index(n * 64 + bit);
                    let Some(entity) = shared.table.get(slot) else { continue };
                    if !is_due(slot) {
                        plan.surprises.remove(slot.index());
                    } else if age > 1 {
                        let late = Late { slot, exact: base_tick };
                        if self.is_whole_shorter(shared.deltas, late, age, entity, bits) {
                            plan.surprises.remove(slot.index());
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
        // A short sequence needs no comparison.
        let sequence = sequence_cost(deltas, late.slot, age);
        sequence > 48 && sequence > renewal_bits(entity, scratch)
    }

    /// How a late entity is best told. On datagrams the client may never have had the state at `exact`.
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
    fn plan_within<S: Simulation>(
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
        for slot in plan.surprises.iter().map(Slot::from_index) {
            let Some(entity) = shared.table.get(slot) else { continue };
            let age = age.unwrap_or(1);
            let bits = MARK_BITS + sequence_cost(shared.deltas, slot, age);
            add(slot, entity, Tell::Surprise, bits, age - 1);
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
            // What is not seen at all is worse than what is seen a little wrong.
            add(slot, entity, Tell::Enter, bits, 1 + shared.tick.since(since).max(0) as u32);
        }
        let chosen = choose(candidates, allowance_bits);
        plan.surprises.clear();
        plan.enter.clear();
        plan.late.iter_mut().for_each(|tell| tell.chosen = false);
        for candidate in &candidates[..chosen] {
            match candidate.tell {
                Tell::Surprise => plan.surprises.insert(candidate.slot.index()),
                Tell::Enter => plan.enter.insert(candidate.slot.index()),
                Tell::Late(at) => plan.late[at].chosen = true,
            }
        }
        plan.late.retain(|tell| tell.chosen);
    }

    /// Writes what is planned, and the events.
    fn write_lists<S: Simulation>(
        &self,
        shared: &mut Shared<'_, S>,
        age: Option<u32>,
        events_limit_bits: usize,
        (stats, writer): (&mut SnapshotStats, &mut BitWriter),
    ) {
        let mut from = writer.bit_len();
        let mut bits_since = |writer: &BitWriter| {
            let bits = writer.bit_len() - from;
            from = writer.bit_len();
            bits as u32
        };
        if let Some(age) = age {
            stats.surprised = write_surprises(shared, age, writer);
            stats.surprise_bits = bits_since(writer);
            (stats.caught_up, stats.renewed) = write_late(shared, writer);
            stats.late_bits = bits_since(writer);
        }
        stats.entered = write_entering(shared, writer);
        stats.enter_bits = bits_since(writer);
        if stats.entered == 0 {
            // That nobody entered is told in each snapshot: it belongs to none who did.
            stats.header_bits += std::mem::take(&mut stats.enter_bits);
        }
        let Scratch { base, wanted, .. } = &*shared.scratch;
        let sees = |slot: Slot| base.held.contains(slot.index()) || wanted.contains(slot.index());
        let ticks = (shared.tick, age.unwrap_or(1));
        stats.events_dropped = shared.events.write(ticks, events_limit_bits, sees, writer);
        stats.event_bits = bits_since(writer);
    }

    /// Takes the snapshot as sent: what the client has now, and what is left over.
    fn settle<S: Simulation>(
        &mut self,
        shared: &mut Shared<'_, S>,
        age: Option<u32>,
        stats: &mut SnapshotStats,
    ) {
        let now = shared.tick;
        let Scratch { wanted, base, next, stays, stays_count, plan, .. } = &mut *shared.scratch;
        next.held.assign(stays, &plan.enter, |stays, enter| stays | enter);
        next.late.clear();
        let still =
            base.late.iter().filter(|late| stays.contains(late.slot.index()) && !plan.tells_late(late.slot));
        next.late.extend(still);
        if let Some(age) = age {
            let surprised = shared.deltas.surprised_since(age);
            let exact = now.minus(age);
            for n in 0..stays.word_count() {
                let untold = stays.word(n) & surprised.word(n) & !plan.surprises.word(n);
                for slot in crate::bitset::Ones(untold).map(|bit| Slot::from_index(n * 64 + bit)) {
                    if !plan.tells_late(slot) && base.late(slot).is_none() {
                        next.late.push(Late { slot, exact });
                    }
                }
            }
            next.late.sort_unstable_by_key(|late| late.slot);
        }
        stats.deferred = next.late.len() as u32;
        self.held_count = *stays_count + stats.entered as usize;
        debug_assert_eq!(self.held_count, next.held.len());
        stats.visible = self.held_count as u32;
        self.waiting.retain(|(slot, _)| wanted.contains(slot.index()) && !next.held.contains(slot.index()));
        for n in 0..wanted.word_count() {
            for bit in crate::bitset::Ones(wanted.word(n) & !next.held.word(n)) {
                let slot = Slot::from_index(n * 64 + bit);
                if let Err(at) = self.waiting.binary_search_by_key(&slot, |(slot, _)| *slot) {
                    self.waiting.insert(at, (slot, now));
                }
            }
        }
        stats.waiting = self.waiting.len() as u32;
        if self.sent.is_none() {
            self.log.restart(now);
        } else {
            self.log.note(now, &self.view, next);
        }
        self.view.copy_from(next);
        let gap = self.sent.map_or(u64::BITS, |sent| now.since(sent).max(0) as u32);
        self.sent_mask = self.sent_mask.checked_shl(gap).unwrap_or(0) | 1;
        self.sent = Some(now);
        if self.delivery == Delivery::Stream {
            self.has = Some(now);
        }
    }

    /// The checksum of exactly the state that the client holds after this snapshot; not there when that state is late
    /// beyond what history can tell.
    fn write_checksum<S: Simulation>(&self, shared: &Shared<'_, S>, writer: &mut BitWriter) {
        let mut hasher = StateHasher::default();
        let mut known = true;
        for slot in self.view.held.iter().map(Slot::from_index) {
            let held = match self.view.late(slot) {
                None => shared.table.get(slot).copied(),
                Some(late) => {
                    shared.history.get(late.exact).and_then(|frame| frame.get(slot)).map(|&exact| {
                        let mut foreseen = exact;
                        (0..shared.tick.since(late.exact)).for_each(|_| foreseen.advance(shared.map));
                        foreseen
                    })
                }
            };
            match held {
                Some(entity) => hash_entity(slot, &entity, &mut hasher),
                None => known = false,
            }
        }
        writer.write_bool(known);
        if known {
            writer.write(hasher.finish() as u32, 32);
        }
    }
}

/// Bits of a sequence over `age` ticks, its marks included, as an estimate.
fn sequence_cost<E: Entity>(deltas: &DeltaLog<E>, slot: Slot, age: u32) -> usize {
    deltas.sequence_bits(slot, age) + if age > 1 { 2 + age as usize } else { 0 }
}

/// Ticks between two updates of something at that distance: 1 in the inner half of the view, then more and more.
fn interval_ticks(distance_units: f32, radius_units: f32, far_interval_ticks: u32) -> u32 {
    let outer = (distance_units / radius_units * 2.0 - 1.0).clamp(0.0, 1.0);
    1 + libm::ceilf(outer * (far_interval_ticks - 1) as f32) as u32
}

/// Which of the list the client has it must forget.
fn write_leaving(scratch: &Scratch, writer: &mut BitWriter) -> u32 {
    let (held, stays) = (&scratch.base.held, &scratch.stays);
    let mut list = MarkWriter::new(scratch.base_count, RARE_START_K);
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

/// Which of what stays did otherwise than foreseen, and how. Two that met are told by one of them.
fn write_surprises<S: Simulation>(shared: &mut Shared<'_, S>, age: u32, writer: &mut BitWriter) -> u32 {
    let Scratch { stays, stays_count, plan: Plan { surprises, implied, .. }, .. } = &mut *shared.scratch;
    implied.clear();
    // Over several ticks each is told by itself.
    let meetings = if age == 1 { shared.deltas.meetings() } else { &[] };
    for (a, b) in meetings {
        if surprises.contains(a.index()) && surprises.contains(b.index()) {
            implied.insert(b.index());
        }
    }
    let partner = |slot: Slot| {
        let (_, b) = meetings.iter().find(|(a, _)| *a == slot)?;
        implied.contains(b.index()).then_some(*b)
    };
    let members = *stays_count;
    let mut list = MarkWriter::new(members, SURPRISE_START_K);
    for_each_rank(
        stays.word_count(),
        |n| stays.word(n),
        |n| surprises.word(n) & !implied.word(n),
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
    surprises.len() as u32
}

/// Which of what stays was late, and what it is now. Returns how many were told tick by tick, and whole.
fn write_late<S: Simulation>(shared: &Shared<'_, S>, writer: &mut BitWriter) -> (u32, u32) {
    let Scratch { stays, stays_count, plan, .. } = &*shared.scratch;
    let mut list = MarkWriter::new(*stays_count, RARE_START_K);
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
        // What is wanted is alive: the grid was built from this tick's table.
        let Some(entity) = shared.table.get(slot) else { continue };
        writer.write_exp_golomb(u32::from(slot.0) - next, ENTER_GAP_ORDER);
        next = u32::from(slot.0) + 1;
        shared.deltas.write_full(slot, entity, writer);
    }
    count
}
