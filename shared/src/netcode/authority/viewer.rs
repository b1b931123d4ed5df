//! One client from the host's side: what it has, and its next snapshot.
//!
//! A snapshot turns the baseline's view into the next one: entities that left, were mispredicted, were late and are now
//! sent, entered; and the events. If all of it fits the client's budget, all of it is sent. Else the candidates compete
//! (see `budget`), and the rest stays late, or waits to enter.

mod lists;
mod plan;

use crate::bits::BitWriter;
use crate::bitset::BitSet;
use crate::hash::StateHasher;
use crate::ids::{PlayerId, Slot};
use crate::netcode::authority::baseline::{Baseline, Late, View, ViewLog};
use crate::netcode::authority::budget::Candidate;
use crate::netcode::authority::delta_log::DeltaLog;
use crate::netcode::authority::event_log::EventLog;
use crate::netcode::authority::interest::{Eye, Interest};
use crate::netcode::authority::staleness::Ages;
use crate::netcode::codec::packet::{Pong, SnapshotHeader};
use crate::netcode::entity::Entity;
use crate::netcode::exchange::delivery::Delivery;
use crate::netcode::seam::simulation::Simulation;
use crate::netcode::state::entities::{EntityTable, hash_entity};
use crate::netcode::state::history::History;
use crate::tick::Tick;
use glam::Vec2;
use lists::write_leaving;
use plan::Plan;

/// Size of events that every snapshot may carry, bits.
const MIN_EVENT_BITS: usize = 128;

/// The content of a snapshot, summed up in `TickStats`.
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
    /// Mispredicted entities that were sent.
    pub mispredicted: u32,
    /// Late entities that were sent tick by tick.
    pub caught_up: u32,
    /// Late entities that were sent whole.
    pub renewed: u32,
    /// Mispredicted entities that have to wait.
    pub deferred: u32,
    /// Entities that have to wait before they enter.
    pub waiting: u32,
    /// Events beyond what a snapshot may carry.
    pub events_dropped: u32,
    /// Bits before the lists, and the bit of an empty list of entering entities.
    pub header_bits: u32,
    /// Bits of the list of entities that left.
    pub leave_bits: u32,
    /// Bits of the misprediction list.
    pub mispredicted_bits: u32,
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
        self.mispredicted += other.mispredicted;
        self.caught_up += other.caught_up;
        self.renewed += other.renewed;
        self.deferred += other.deferred;
        self.waiting += other.waiting;
        self.events_dropped += other.events_dropped;
        self.header_bits += other.header_bits;
        self.leave_bits += other.leave_bits;
        self.mispredicted_bits += other.mispredicted_bits;
        self.late_bits += other.late_bits;
        self.enter_bits += other.enter_bits;
        self.event_bits += other.event_bits;
    }
}

/// The results of one tick that all viewers share and build their snapshots from.
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
    /// What it has according to the baseline.
    base: View,
    /// What it will have.
    next: View,
    /// The part of the baseline's view that stays in it.
    stays: BitSet,
    /// Members of `base.held` and of `stays`, each counted once.
    base_count: usize,
    stays_count: usize,
    plan: Plan,
    candidates: Vec<Candidate>,
    bits: BitWriter,
}

/// The recipient of a snapshot, and its limits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Order {
    pub(crate) player: PlayerId,
    pub(crate) team: Option<u8>,
    /// Whether the viewer spectates, and sees all that is not private to a player.
    pub(crate) sees_all: bool,
    pub(crate) own: Option<Slot>,
    pub(crate) margin_ticks: Option<f32>,
    pub(crate) pong: Option<Pong>,
    pub(crate) allowance_bits: usize,
    /// Longest wait between two updates of entities at the rim of the view, ticks; 1 sends all in each tick.
    pub(crate) far_interval_ticks: u32,
}

/// What one client was sent.
#[derive(Debug)]
pub(crate) struct Viewer {
    delivery: Delivery,
    /// The newest snapshot's tick, and as a bit mask which of the ticks up to it had one: bit n is n ticks before.
    sent: Option<Tick>,
    sent_mask: u64,
    /// The snapshot that the next one builds on.
    has: Option<Tick>,
    /// The view after the newest snapshot.
    view: View,
    /// Members of `view.held`.
    held_count: usize,
    log: ViewLog,
    /// Entities that should be in the view but have to wait, by slot, and since when.
    waiting: Vec<(Slot, Tick)>,
    own: Option<Slot>,
    own_since: Tick,
    /// The middle of the view: the own entity, and where it was last after it is gone.
    centre: Vec2,
    want_checksums: bool,
    /// Whether the next snapshot is full, whatever the client has.
    starts_over: bool,
    /// The last full snapshot that the client requested: what it has from before is wrong, although it was sent.
    right_since: Option<Tick>,
}

/// Initial capacity for entities that wait to enter a view: the crowd around a spawn.
const USUAL_WAITING: usize = 128;

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
            waiting: Vec::with_capacity(USUAL_WAITING),
            own: None,
            own_since: Tick::default(),
            centre,
            want_checksums,
            starts_over: false,
            right_since: None,
        }
    }

    /// Makes the next snapshot full: what the client has of all earlier ones is wrong.
    pub(crate) fn start_over(&mut self) {
        (self.starts_over, self.has) = (true, None);
    }

    /// Whether the client's state of that tick is what it was sent, unless it reported otherwise.
    fn is_right(&self, tick: Tick) -> bool {
        !self.starts_over && self.right_since.is_none_or(|since| !since.is_newer(tick))
    }

    /// The newest snapshot that was sent.
    pub(crate) fn sent(&self) -> Option<Tick> {
        self.sent
    }

    /// The number of entities that the client holds.
    pub(crate) fn held(&self) -> u32 {
        self.held_count as u32
    }

    /// Whether a snapshot of `tick` was sent; known as far back as any baseline reaches.
    pub(crate) fn was_sent(&self, tick: Tick) -> bool {
        let age = self.sent.map_or(-1, |sent| sent.since(tick));
        (0..u64::BITS as i32).contains(&age) && self.sent_mask >> age & 1 == 1
    }

    /// The client has the snapshot of `tick`, which was sent, and needs no older ones.
    pub(crate) fn acknowledged(&mut self, tick: Tick) {
        self.log.forget_before(tick);
        if self.delivery == Delivery::Datagrams && self.is_right(tick) {
            self.has = Some(tick);
        }
    }

    /// A new connection of this client, which says that it has the snapshot of `tick`.
    pub(crate) fn resume(&mut self, tick: Option<Tick>, delivery: Delivery, want_checksums: bool) {
        self.has = tick.filter(|&tick| self.was_sent(tick) && self.is_right(tick));
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
            Baseline::Nothing | Baseline::TooOld | Baseline::Forgotten | Baseline::Disowned => None,
        };
        if std::mem::take(&mut self.starts_over) {
            self.right_since = Some(shared.tick);
        }
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
        // Events share the budget, up to a half of it: they cannot wait, but no number of events is worth more than
        // knowing where the entities are.
        let events_limit_bits = (order.allowance_bits / 2).max(MIN_EVENT_BITS);
        self.write_lists(shared, age, order.player, events_limit_bits, &mut stats, writer);
        if writer.bit_len() > order.allowance_bits {
            writer.truncate(lists);
            let fixed = lists + stats.event_bits as usize;
            self.plan_within(shared, age, order, order.allowance_bits.saturating_sub(fixed));
            self.write_lists(shared, age, order.player, events_limit_bits, &mut stats, writer);
        }
        self.settle(shared, age, &mut stats);
        if self.want_checksums {
            self.write_checksum(shared, writer);
        }
        (baseline, stats)
    }

    /// Counts the age of what the client knows, after a snapshot in this tick or without one.
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

    /// Finds the baseline that the client has, and fills `base` with it.
    fn find_baseline<S: Simulation>(&self, shared: &mut Shared<'_, S>) -> Baseline {
        let base = &mut shared.scratch.base;
        let mut baseline = match self.starts_over {
            true => Baseline::Disowned,
            false => Baseline::at(self.has, shared.tick),
        };
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
        let Order { player, team, sees_all, .. } = *order;
        let eye = Eye { player, team, centre: self.centre, sees_all };
        shared.interest.visible_from(eye, &base.held, wanted);
        if let Some(slot) = order.own {
            wanted.insert(slot.index());
        }
        stays.assign(&base.held, wanted, |base, wanted| base & wanted);
    }

    /// Records the snapshot as sent: what the client has now, and what is left over.
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
            let mispredicted = shared.deltas.mispredicted_since(age);
            let exact = now.minus(age);
            for n in 0..stays.word_count() {
                let untold = stays.word(n) & mispredicted.word(n) & !plan.mispredictions.word(n);
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

    /// Writes the checksum of exactly the state that the client holds after this snapshot; no checksum if an entity is
    /// so late that the history does not reach back to its state.
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
