//! One client as the host sees it: what was sent to it last, and the next snapshot for it.

use crate::bits::BitWriter;
use crate::bitset::{BitSet, Ones};
use crate::hash::StateHasher;
use crate::ids::Slot;
use crate::limits::MAX_ENTITIES;
use crate::netcode::baseline::{Baseline, DeltaCache};
use crate::netcode::entities::{EntityTable, hash_entity};
use crate::netcode::history::History;
use crate::netcode::interest::Interest;
use crate::netcode::packet::{
    ENTER_GAP_ORDER, LEAVE_GAP_ORDER, Pong, SURPRISE_COUNT_ORDER, SURPRISE_GAP_ORDER, SnapshotHeader,
};
use crate::netcode::simulation::{Audience, Entity, Event, Simulation};
use crate::tick::Tick;
use glam::Vec2;

/// What a snapshot was made of; summed up in `TickStats`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SnapshotStats {
    /// Bytes before framing.
    pub bytes: u32,
    /// Entities in the view.
    pub visible: u32,
    /// Entities that came into the view.
    pub entered: u32,
    /// Entities that left it.
    pub left: u32,
    /// Entities that moved otherwise than foreseen.
    pub surprised: u32,
    /// Bits before the lists.
    pub header_bits: u32,
    /// Bits of the list of what left.
    pub leave_bits: u32,
    /// Bits of the events.
    pub event_bits: u32,
    /// Bits of the surprise list.
    pub surprise_bits: u32,
    /// Bits of entering entities.
    pub enter_bits: u32,
}

/// The shared results of one tick, from which every viewer's snapshot is made.
pub(crate) struct Shared<'a, S: Simulation> {
    pub(crate) tick: Tick,
    pub(crate) table: &'a EntityTable<S::Entity>,
    pub(crate) map: &'a <S::Entity as Entity>::Map,
    pub(crate) history: &'a History<S::Entity>,
    pub(crate) interest: &'a Interest,
    pub(crate) events: &'a [S::Event],
    pub(crate) cache: &'a mut DeltaCache,
    /// Scratch that all viewers use in turn.
    pub(crate) visible: &'a mut BitSet,
}

/// What the header says beside the tick.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct HeaderNews {
    pub(crate) margin_ticks: Option<f32>,
    pub(crate) pong: Option<Pong>,
}

/// What one client was sent.
#[derive(Clone, Debug)]
pub(crate) struct Viewer {
    sent: Option<Tick>,
    visible: BitSet,
    own: Option<Slot>,
    /// Where the view is centred: on the own entity, and after its end where it was last.
    centre: Vec2,
    want_checksums: bool,
}

impl Viewer {
    pub(crate) fn new(centre: Vec2, want_checksums: bool) -> Self {
        Self { sent: None, visible: BitSet::with_capacity(MAX_ENTITIES), own: None, centre, want_checksums }
    }

    /// The newest snapshot that was sent.
    pub(crate) fn sent(&self) -> Option<Tick> {
        self.sent
    }

    /// What this client has at `now`.
    pub(crate) fn baseline(&self, now: Tick) -> Baseline {
        Baseline::on_reliable(self.sent, now)
    }

    /// Writes the snapshot and takes it as sent: the transport is ordered and reliable.
    pub(crate) fn write_snapshot<S: Simulation>(
        &mut self,
        shared: &mut Shared<'_, S>,
        own: Option<Slot>,
        news: HeaderNews,
        writer: &mut BitWriter,
    ) -> SnapshotStats {
        let mut baseline = self.baseline(shared.tick);
        if let Baseline::Age(age) = baseline
            && !shared.cache.prepare(age, shared.tick, shared.table, shared.map, shared.history)
        {
            baseline = Baseline::TooOld;
        }
        let full = !matches!(baseline, Baseline::Age(_));
        if full {
            self.visible.clear();
        }
        self.look_around(shared, own);
        let own_changed = full || own != self.own;
        let header = SnapshotHeader {
            tick: shared.tick,
            full,
            margin_ticks: news.margin_ticks,
            pong: news.pong,
            own: own_changed.then_some(own),
        };
        header.write(self.sent.unwrap_or_default(), writer);

        let mut stats = SnapshotStats { visible: shared.visible.len() as u32, ..SnapshotStats::default() };
        stats.header_bits = writer.bit_len() as u32;
        stats.left = self.write_leaving(shared.visible, writer);
        stats.leave_bits = writer.bit_len() as u32 - stats.header_bits;
        let before = writer.bit_len();
        stats.surprised = match baseline {
            Baseline::Age(age) => self.write_surprises(shared.visible, age, shared.cache, writer),
            Baseline::Nothing | Baseline::TooOld => 0,
        };
        stats.surprise_bits = (writer.bit_len() - before) as u32;
        let before = writer.bit_len();
        stats.entered = self.write_entering(shared, writer);
        stats.enter_bits = (writer.bit_len() - before) as u32;
        let before = writer.bit_len();
        self.write_events(shared, writer);
        stats.event_bits = (writer.bit_len() - before) as u32;

        self.sent = Some(shared.tick);
        self.own = own;
        self.visible.copy_from(shared.visible);
        if self.want_checksums {
            writer.write(self.checksum(shared.table), 32);
        }
        stats
    }

    /// Fills `shared.visible`.
    fn look_around<S: Simulation>(&mut self, shared: &mut Shared<'_, S>, own: Option<Slot>) {
        if let Some(entity) = own.and_then(|slot| shared.table.get(slot)) {
            self.centre = entity.pose().position;
        }
        shared.interest.visible_from(self.centre, &self.visible, shared.visible);
        if let Some(slot) = own {
            shared.visible.insert(slot.index());
        }
    }

    /// Ranks, in the list the client has, of what it must forget.
    fn write_leaving(&self, now: &BitSet, writer: &mut BitWriter) -> u32 {
        let words = self.visible.word_count();
        let count: u32 = (0..words).map(|n| (self.visible.word(n) & !now.word(n)).count_ones()).sum();
        writer.write_exp_golomb(count, 0);
        if count > 0 {
            let leaving = |n| self.visible.word(n) & !now.word(n);
            for_each_rank(
                words,
                |n| self.visible.word(n),
                leaving,
                |gap, _| {
                    writer.write_exp_golomb(gap, LEAVE_GAP_ORDER);
                },
            );
        }
        count
    }

    /// Ranks, in the list of what stays, of what moved otherwise than foreseen, and how.
    fn write_surprises(&self, now: &BitSet, age: u32, cache: &DeltaCache, writer: &mut BitWriter) -> u32 {
        let words = self.visible.word_count();
        let stays = |n| self.visible.word(n) & now.word(n);
        let surprised = cache.surprised(age);
        let count: u32 = (0..words).map(|n| (stays(n) & surprised.word(n)).count_ones()).sum();
        writer.write_exp_golomb(count, SURPRISE_COUNT_ORDER);
        if count > 0 {
            for_each_rank(
                words,
                stays,
                |n| stays(n) & surprised.word(n),
                |gap, slot| {
                    writer.write_exp_golomb(gap, SURPRISE_GAP_ORDER);
                    cache.copy_delta(age, slot, writer);
                },
            );
        }
        count
    }

    fn write_entering<S: Simulation>(&self, shared: &mut Shared<'_, S>, writer: &mut BitWriter) -> u32 {
        let words = shared.visible.word_count();
        let entering = |visible: &BitSet, n| visible.word(n) & !self.visible.word(n);
        let count: u32 = (0..words).map(|n| entering(shared.visible, n).count_ones()).sum();
        writer.write_exp_golomb(count, 0);
        let mut next = 0;
        for n in 0..words {
            for bit in Ones(entering(shared.visible, n)) {
                let slot = Slot::from_index(n * 64 + bit);
                let Some(entity) = shared.table.get(slot) else { continue };
                writer.write_exp_golomb(u32::from(slot.0) - next, ENTER_GAP_ORDER);
                next = u32::from(slot.0) + 1;
                shared.cache.prepare_full(slot, entity);
                shared.cache.copy_full(slot, writer);
            }
        }
        count
    }

    fn write_events<S: Simulation>(&self, shared: &Shared<'_, S>, writer: &mut BitWriter) {
        let may_know = |event: &&S::Event| match event.audience() {
            Audience::Everyone => true,
            Audience::Sees(slot) => {
                self.visible.contains(slot.index()) || shared.visible.contains(slot.index())
            }
        };
        let count = shared.events.iter().filter(may_know).count();
        writer.write_exp_golomb(count as u32, 0);
        for event in shared.events.iter().filter(may_know) {
            event.encode(writer);
        }
    }

    /// The checksum of exactly the state that the client holds after this snapshot.
    fn checksum<E: Entity>(&self, table: &EntityTable<E>) -> u32 {
        let mut hasher = StateHasher::default();
        for index in self.visible.iter() {
            let slot = Slot::from_index(index);
            if let Some(entity) = table.get(slot) {
                hash_entity(slot, entity, &mut hasher);
            }
        }
        hasher.finish() as u32
    }
}

/// Visits each member of `chosen` with its slot and the number of members of `list` skipped since the last one.
/// `chosen` must be part of `list`; both are given by words.
fn for_each_rank(
    words: usize,
    list: impl Fn(usize) -> u64,
    chosen: impl Fn(usize) -> u64,
    mut visit: impl FnMut(u32, Slot),
) {
    let (mut rank_of_word, mut next) = (0, 0);
    for n in 0..words {
        let members = list(n);
        for bit in Ones(chosen(n)) {
            let rank = rank_of_word + (members & ((1 << bit) - 1)).count_ones();
            visit(rank - next, Slot::from_index(n * 64 + bit));
            next = rank + 1;
        }
        rank_of_word += members.count_ones();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_count_within_the_list() {
        let mut list = BitSet::default();
        let mut chosen = BitSet::default();
        for slot in [1, 5, 63, 64, 70, 200] {
            list.insert(slot);
        }
        for slot in [5, 64, 200] {
            chosen.insert(slot);
        }
        let mut seen = Vec::new();
        for_each_rank(4, |n| list.word(n), |n| chosen.word(n), |gap, slot| seen.push((gap, slot.0)));
        assert_eq!(seen, [(1, 5), (1, 64), (1, 200)]);
    }
}
