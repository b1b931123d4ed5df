//! The mispredictions of the last ticks, as bits: encoded once, when a tick is stepped, and copied for every client and
//! every baseline.
//!
//! A client that holds the state of tick a is brought to tick n by the mispredictions of a + 1 to n: each side steps,
//! tick by tick, and applies the mispredictions of each. So there is one piece of bits for an entity and a tick, for
//! any number of clients and any baselines. The cost of encoding depends on what happened, not on how many clients and
//! baselines there are.

use crate::bits::BitWriter;
use crate::bitset::{BitSet, Ones};
use crate::ids::Slot;
use crate::limits::{MAX_BASELINE_AGE_TICKS, MAX_ENTITIES, MAX_PLAYERS};
use crate::netcode::codec::delta::{Misprediction, write_full, write_misprediction, write_renewal};
use crate::netcode::codec::packet::SEQUENCE_START_K;
use crate::netcode::codec::run_length_set::SetWriter;
use crate::netcode::entity::Entity;
use crate::netcode::state::entities::EntityTable;
use crate::netcode::state::history::Frame;
use crate::tick::Tick;

const AGES: usize = MAX_BASELINE_AGE_TICKS as usize;
/// Capacity for a tick's mispredictions: a new command takes about one byte, a collision four.
const ROOM_PER_SLOT_BYTES: usize = 4;

/// One tick's mispredictions.
#[derive(Clone, Debug, Default)]
struct TickDeltas {
    tick: Option<Tick>,
    mispredicted: BitSet,
    /// How many members `mispredicted` has before each of its words.
    ranks: Vec<u32>,
    /// Where each member's bits begin, by rank, and where the last one's end.
    starts: Vec<u32>,
    bits: BitWriter,
}

impl TickDeltas {
    fn fill<E: Entity>(
        &mut self,
        tick: Tick,
        table: &EntityTable<E>,
        before: Option<&Frame<E>>,
        map: &E::Map,
        disturbed: &mut Vec<Disturbed<E>>,
    ) {
        self.tick = Some(tick);
        self.mispredicted.clear();
        self.bits.clear();
        self.starts.clear();
        self.make_room(table.alive().word_count());
        for (slot, actual) in table.iter() {
            let Some(before) = before.and_then(|frame| frame.get(slot)) else { continue };
            let start = self.bits.bit_len() as u32;
            if let Some((misprediction, foreseen)) = Misprediction::of(before, actual, map) {
                write_misprediction(misprediction, &foreseen, actual, &mut self.bits);
                self.starts.push(start);
                self.mispredicted.insert(slot.index());
                if misprediction == Misprediction::Disturbed {
                    disturbed.push(Disturbed { slot, foreseen, actual: *actual });
                }
            }
        }
        self.starts.push(self.bits.bit_len() as u32);
        let mut rank = 0;
        for n in 0..self.mispredicted.word_count() {
            self.ranks.push(rank);
            rank += self.mispredicted.word(n).count_ones();
        }
    }

    /// Reserves for the highest number of slots in use, not for this tick's needs. Otherwise each tick of the ring
    /// would allocate whenever it has more mispredictions than the earlier ticks in its place.
    fn make_room(&mut self, slot_words: usize) {
        let slots = slot_words * 64;
        self.ranks.clear();
        self.ranks.reserve(slot_words);
        self.starts.reserve(slots + 1);
        self.bits.reserve(slots * ROOM_PER_SLOT_BYTES);
    }

    /// Where the bits of `slot` lie: start and length; `None` if it was not mispredicted.
    fn piece(&self, slot: Slot) -> Option<(usize, usize)> {
        let (word, bit) = (slot.index() / 64, slot.index() % 64);
        let members = self.mispredicted.word(word);
        if members >> bit & 1 == 0 {
            return None;
        }
        let rank = self.ranks[word] as usize + (members & ((1 << bit) - 1)).count_ones() as usize;
        let (start, end) = (self.starts[rank] as usize, self.starts[rank + 1] as usize);
        Some((start, end - start))
    }
}

/// The last [`MAX_BASELINE_AGE_TICKS`] ticks' mispredictions, and this tick's meetings and whole states.
#[derive(Clone, Debug)]
pub struct DeltaLog<E> {
    now: Tick,
    ticks: Vec<TickDeltas>,
    /// By age - 1: the entities that were mispredicted since then. Computed on demand.
    unions: Vec<BitSet>,
    unions_made: usize,
    /// By slot: where this tick's whole state lies in `bits`. Encoded on demand.
    full: Vec<Option<(u32, u32)>>,
    bits: BitWriter,
    /// The pairs that met in this tick and were not mispredicted otherwise; by the lower slot.
    meetings: Vec<(Slot, Slot)>,
    /// Scratch: the entities that were disturbed in this tick.
    disturbed: Vec<Disturbed<E>>,
}

/// An entity that was disturbed: its predicted and its actual state.
#[derive(Clone, Debug)]
struct Disturbed<E> {
    slot: Slot,
    foreseen: E,
    actual: E,
}

impl<E> Default for DeltaLog<E> {
    fn default() -> Self {
        Self {
            now: Tick::default(),
            ticks: (0..AGES)
                .map(|_| TickDeltas { mispredicted: all_slots(), ..TickDeltas::default() })
                .collect(),
            unions: (0..AGES).map(|_| all_slots()).collect(),
            unions_made: 0,
            full: Vec::new(),
            bits: BitWriter::new(),
            meetings: Vec::with_capacity(MAX_PLAYERS),
            disturbed: Vec::with_capacity(MAX_PLAYERS),
        }
    }
}

impl<E: Entity> DeltaLog<E> {
    /// Adds tick `now`, which follows the last one; `before` is the frame of the tick before.
    pub fn push(&mut self, now: Tick, table: &EntityTable<E>, before: Option<&Frame<E>>, map: &E::Map) {
        self.now = now;
        self.disturbed.clear();
        self.ticks[now.0 as usize % AGES].fill(now, table, before, map, &mut self.disturbed);
        self.find_meetings(map);
        self.unions_made = 0;
        self.bits.clear();
        self.full.clear();
    }

    /// Tries all pairs: few entities are disturbed in one tick.
    fn find_meetings(&mut self, map: &E::Map) {
        self.meetings.clear();
        for (n, Disturbed { slot, foreseen, actual }) in self.disturbed.iter().enumerate() {
            let met_before = |slot: Slot| self.meetings.iter().any(|(a, b)| *a == slot || *b == slot);
            if !E::kinds()[actual.kind()].meets || met_before(*slot) {
                continue;
            }
            let met = self.disturbed[n + 1..].iter().find(|other| {
                other.actual.kind() == actual.kind()
                    && !met_before(other.slot)
                    && foreseen.meet(&other.foreseen, map) == Some((*actual, other.actual))
            });
            self.meetings.extend(met.map(|other| (*slot, other.slot)));
        }
    }

    /// The pairs that met in this tick, by the lower slot: two that were mispredicted for no other reason.
    #[must_use]
    pub fn meetings(&self) -> &[(Slot, Slot)] {
        &self.meetings
    }

    /// Whether a client that holds the state of `age` ticks ago can be brought to this tick.
    #[must_use]
    pub fn reaches(&self, age: u32) -> bool {
        (1..=MAX_BASELINE_AGE_TICKS).contains(&age) && self.of(age - 1).is_some()
    }

    /// Must be called with `age` before [`Self::mispredicted_since`].
    pub fn prepare(&mut self, age: u32) {
        while self.unions_made < age as usize {
            let at = self.unions_made;
            let (made, rest) = self.unions.split_at_mut(at);
            let union = &mut rest[0];
            union.clear();
            if let Some(younger) = made.last() {
                union.copy_from(younger);
            }
            let index = self.now.minus(at as u32).0 as usize % AGES;
            union.unite(&self.ticks[index].mispredicted);
            self.unions_made += 1;
        }
    }

    /// The entities that were mispredicted in one of the last `age` ticks; requires [`Self::prepare`].
    #[must_use]
    pub fn mispredicted_since(&self, age: u32) -> &BitSet {
        &self.unions[age as usize - 1]
    }

    /// Bits that [`Self::write_sequence`] would write, without the marks of a sequence over several ticks.
    #[must_use]
    pub fn sequence_bits(&self, slot: Slot, age: u32) -> usize {
        let pieces = (0..age).filter_map(|ago| self.of(ago)?.piece(slot));
        pieces.map(|(_, length)| length).sum()
    }

    /// Appends the bits that bring the entity in `slot`, which was mispredicted, from `age` ticks ago to this tick.
    pub fn write_sequence(&self, slot: Slot, age: u32, writer: &mut BitWriter) {
        if age == 1 {
            return self.copy_piece(slot, 0, writer);
        }
        let mut ticks = SetWriter::new(age as usize, SEQUENCE_START_K);
        let mut gap = 0;
        for ago in (0..age).rev() {
            if self.of(ago).is_some_and(|deltas| deltas.piece(slot).is_some()) {
                ticks.mark(gap, writer);
                self.copy_piece(slot, ago, writer);
                gap = 0;
            } else {
                gap += 1;
            }
        }
        ticks.finish(writer);
    }

    /// Appends the whole state of `entity`, which is in `slot`, and returns its bits. Encoded once for all clients.
    pub fn write_full(&mut self, slot: Slot, entity: &E, writer: &mut BitWriter) -> usize {
        let (start, length) = self.full_piece(slot, entity);
        writer.append_from(&self.bits, start, length);
        length
    }

    /// Bits of the whole state of `entity`, which is in `slot`.
    pub fn full_bits(&mut self, slot: Slot, entity: &E) -> usize {
        self.full_piece(slot, entity).1
    }

    fn full_piece(&mut self, slot: Slot, entity: &E) -> (usize, usize) {
        if self.full.len() <= slot.index() {
            self.full.resize(slot.index() + 1, None);
        }
        let bits = &mut self.bits;
        let (start, length) = *self.full[slot.index()].get_or_insert_with(|| {
            let start = bits.bit_len();
            write_full(entity, bits);
            (start as u32, (bits.bit_len() - start) as u32)
        });
        (start as usize, length as usize)
    }

    fn copy_piece(&self, slot: Slot, ago: u32, writer: &mut BitWriter) {
        let Some(deltas) = self.of(ago) else { return };
        if let Some((start, length)) = deltas.piece(slot) {
            writer.append_from(&deltas.bits, start, length);
        }
    }

    fn of(&self, ago: u32) -> Option<&TickDeltas> {
        let tick = self.now.minus(ago);
        let deltas = &self.ticks[tick.0 as usize % AGES];
        (deltas.tick == Some(tick)).then_some(deltas)
    }
}

/// An empty set with capacity for all slots.
fn all_slots() -> BitSet {
    BitSet::with_capacity(MAX_ENTITIES)
}

/// Bits of all of `entity` that may have changed.
pub(crate) fn renewal_bits<E: Entity>(entity: &E, scratch: &mut BitWriter) -> usize {
    scratch.clear();
    write_renewal(entity, scratch);
    scratch.bit_len()
}

/// Visits each member of `chosen` with its slot and the number of members of `list` skipped since the last one.
/// `chosen` must be part of `list`; both are given by words.
pub(crate) fn for_each_rank(
    words: usize,
    list: impl Fn(usize) -> u64,
    chosen: impl Fn(usize) -> u64,
    mut visit: impl FnMut(u32, Slot),
) {
    let (mut rank_of_word, mut counted, mut next) = (0, 0, 0);
    for n in 0..words {
        let marks = chosen(n);
        if marks == 0 {
            continue;
        }
        // Counting bits is expensive on processors without an instruction for it, so it is done only as far as needed.
        rank_of_word += (counted..n).map(|n| list(n).count_ones()).sum::<u32>();
        counted = n;
        let members = list(n);
        for bit in Ones(marks) {
            let rank = rank_of_word + (members & ((1 << bit) - 1)).count_ones();
            visit(rank - next, Slot::from_index(n * 64 + bit));
            next = rank + 1;
        }
    }
}
