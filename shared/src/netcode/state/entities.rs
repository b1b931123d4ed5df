//! The table of a room's entities: stable slots, deterministic order, no allocation after the start.

use crate::bits::{BitError, BitReader, BitWriter};
use crate::bitset::BitSet;
use crate::hash::StateHasher;
use crate::ids::Slot;
use crate::limits::{MAX_FIELDS, SLOT_QUARANTINE_TICKS};
use crate::netcode::codec::delta::{read_full, write_full};
use crate::netcode::entity::Entity;
use crate::tick::Tick;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

/// Entities by slot. The lowest free slot is used first, so that the slots in use stay dense. A freed slot rests for
/// [`SLOT_QUARANTINE_TICKS`] before it is used again: within the range of any baseline a slot means one entity.
#[derive(Clone, Debug)]
pub struct EntityTable<E> {
    slots: Vec<Option<E>>,
    alive: BitSet,
    free: BinaryHeap<Reverse<u16>>,
    resting: VecDeque<(Tick, u16)>,
    now: Tick,
    living: usize,
}

impl<E: Entity> EntityTable<E> {
    /// An empty table of `capacity` slots.
    #[must_use]
    pub fn with_capacity(capacity: usize) -> Self {
        Self {
            slots: vec![None; capacity],
            alive: BitSet::with_capacity(capacity),
            free: (0..capacity).map(|slot| Reverse(Slot::from_index(slot).0)).collect(),
            resting: VecDeque::with_capacity(capacity),
            now: Tick::default(),
            living: 0,
        }
    }

    /// Must be called first in each step: frees slots whose rest is over.
    pub fn begin_tick(&mut self, tick: Tick) {
        self.now = tick;
        while let Some(&(freed_at, slot)) = self.resting.front() {
            if tick.since(freed_at) < SLOT_QUARANTINE_TICKS as i32 {
                break;
            }
            self.resting.pop_front();
            self.free.push(Reverse(slot));
        }
    }

    /// The tick that was begun last.
    #[must_use]
    pub fn now(&self) -> Tick {
        self.now
    }

    /// Adds an entity; `None` when the table is full.
    pub fn spawn(&mut self, entity: E) -> Option<Slot> {
        let Reverse(slot) = self.free.pop()?;
        let slot = Slot(slot);
        self.slots[slot.index()] = Some(entity);
        self.alive.insert(slot.index());
        self.living += 1;
        Some(slot)
    }

    /// Removes the entity in `slot`, if there is one.
    pub fn remove(&mut self, slot: Slot) {
        if self.slots.get_mut(slot.index()).and_then(Option::take).is_some() {
            self.alive.remove(slot.index());
            self.resting.push_back((self.now, slot.0));
            self.living -= 1;
        }
    }

    /// The entity in `slot`.
    #[must_use]
    pub fn get(&self, slot: Slot) -> Option<&E> {
        self.slots.get(slot.index())?.as_ref()
    }

    /// The entity in `slot`.
    pub fn get_mut(&mut self, slot: Slot) -> Option<&mut E> {
        self.slots.get_mut(slot.index())?.as_mut()
    }

    /// All entities in slot order.
    pub fn iter(&self) -> impl Iterator<Item = (Slot, &E)> {
        self.alive.iter().filter_map(|index| Some((Slot(index as u16), self.slots[index].as_ref()?)))
    }

    /// All entities in slot order.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (Slot, &mut E)> {
        let used = self.alive.word_count() * 64;
        let slots = self.slots.iter_mut().take(used).enumerate();
        slots.filter_map(|(index, entity)| Some((Slot(index as u16), entity.as_mut()?)))
    }

    /// Which slots are in use.
    #[must_use]
    pub fn alive(&self) -> &BitSet {
        &self.alive
    }

    /// How many entities there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.living
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.living == 0
    }

    /// How many entities could be added at the moment.
    #[must_use]
    pub fn free_slots(&self) -> usize {
        self.free.len()
    }

    /// Writes the whole table: the entities, and which slots rest for how long. All other slots are free.
    pub fn save(&self, writer: &mut BitWriter) {
        writer.write(self.now.0, 32);
        writer.write_exp_golomb(self.len() as u32, COUNT_ORDER);
        let mut gaps = SlotGaps::default();
        for (slot, entity) in self.iter() {
            gaps.write(slot, writer);
            write_full(entity, writer);
        }
        writer.write_exp_golomb(self.resting.len() as u32, COUNT_ORDER);
        // Slots that were freed by then are free again since `begin_tick`.
        let mut last = self.now.minus(SLOT_QUARANTINE_TICKS);
        for &(freed_at, slot) in &self.resting {
            writer.write_exp_golomb(freed_at.since(last) as u32, 1);
            writer.write(u32::from(slot), Slot::BITS);
            last = freed_at;
        }
    }

    /// Reads what [`Self::save`] wrote, into a table of `capacity` slots that continues with the same slots.
    ///
    /// # Errors
    /// Any [`BitError`] for bits that are not a valid table: they come from outside.
    pub fn load(capacity: usize, reader: &mut BitReader<'_>) -> Result<Self, BitError> {
        let mut table = Self::with_capacity(capacity);
        table.now = Tick(reader.read(32)?);
        let mut gaps = SlotGaps::default();
        for _ in 0..reader.read_exp_golomb(COUNT_ORDER)? {
            let slot = gaps.read(capacity, reader)?;
            table.slots[slot.index()] = Some(read_full(reader)?);
            table.alive.insert(slot.index());
            table.living += 1;
        }
        let mut used = table.alive.clone();
        table.load_resting(&mut used, reader)?;
        table.free.retain(|&Reverse(slot)| !used.contains(usize::from(slot)));
        Ok(table)
    }

    /// Reads the resting slots, none of which may be in `used`, and adds them to it.
    fn load_resting(&mut self, used: &mut BitSet, reader: &mut BitReader<'_>) -> Result<(), BitError> {
        let mut last = self.now.minus(SLOT_QUARANTINE_TICKS);
        for _ in 0..reader.read_exp_golomb(COUNT_ORDER)? {
            let later = reader.read_exp_golomb(1)?;
            let slot = reader.read(Slot::BITS)? as u16;
            let index = usize::from(slot);
            if later > self.now.since(last) as u32 || index >= self.slots.len() || used.contains(index) {
                return Err(BitError::OutOfRange);
            }
            last = last.plus(later);
            used.insert(index);
            self.resting.push_back((last, slot));
        }
        Ok(())
    }

    /// Mixes slots and states into `hasher`.
    pub fn hash_into(&self, hasher: &mut StateHasher) {
        for (slot, entity) in self.iter() {
            hash_entity(slot, entity, hasher);
        }
    }
}

/// Order of the code of how many there are.
pub(crate) const COUNT_ORDER: u32 = 4;

/// A code of ascending slots: each is the number of slots skipped since the last one.
#[derive(Debug, Default)]
pub(crate) struct SlotGaps {
    next: u32,
}

impl SlotGaps {
    pub(crate) fn write(&mut self, slot: Slot, writer: &mut BitWriter) {
        writer.write_exp_golomb(u32::from(slot.0) - self.next, 1);
        self.next = u32::from(slot.0) + 1;
    }

    /// The next slot, which is below `capacity`.
    pub(crate) fn read(&mut self, capacity: usize, reader: &mut BitReader<'_>) -> Result<Slot, BitError> {
        let slot = self.next.checked_add(reader.read_exp_golomb(1)?).ok_or(BitError::OutOfRange)?;
        if slot as usize >= capacity {
            return Err(BitError::OutOfRange);
        }
        self.next = slot + 1;
        Ok(Slot(slot as u16))
    }
}

/// Mixes one entity into `hasher`. State hashes and client checksums both use it.
pub(crate) fn hash_entity<E: Entity>(slot: Slot, entity: &E, hasher: &mut StateHasher) {
    let kind = entity.kind();
    let mut row = [0; MAX_FIELDS];
    entity.read(&mut row);
    hasher.write_u64(u64::from(slot.0) << 8 | kind as u64);
    // Two fields per word, to keep hashing a small part of a tick.
    for pair in row[..E::kinds()[kind].fields.len()].chunks(2) {
        let high = pair.get(1).copied().unwrap_or(0);
        hasher.write_u64(u64::from(pair[0] as u32) << 32 | u64::from(high as u32));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::PlayerId;
    use crate::netcode::toy_game::{Ball, Push};

    const BALL: Ball = Ball { owner: PlayerId(0), push: Push { x: 0, tap: false }, x: 1, v: 0, taps: 0 };

    /// Five balls, of which the second and then the fourth were taken away in the last tick but one.
    fn table(capacity: usize) -> EntityTable<Ball> {
        let mut table = EntityTable::with_capacity(capacity);
        table.begin_tick(Tick(u32::MAX));
        for _ in 0..5 {
            table.spawn(BALL);
        }
        table.remove(Slot(1));
        table.remove(Slot(3));
        table.begin_tick(Tick(0));
        table
    }

    fn saved(table: &EntityTable<Ball>) -> Vec<u8> {
        let mut writer = BitWriter::new();
        table.save(&mut writer);
        writer.finish().to_vec()
    }

    #[test]
    fn a_loaded_table_gives_the_same_slots_at_the_same_time() {
        let mut first = table(6);
        let mut second = EntityTable::<Ball>::load(6, &mut BitReader::new(&saved(&first))).unwrap();
        for n in 0..60 {
            first.begin_tick(Tick(n));
            second.begin_tick(Tick(n));
            let slot = first.spawn(BALL);
            assert_eq!((second.spawn(BALL), second.len()), (slot, first.len()), "tick {n}");
            assert_eq!(second.free_slots(), first.free_slots());
            if n % 7 == 0 {
                first.remove(Slot(2));
                second.remove(Slot(2));
            }
            assert_eq!(saved(&second), saved(&first));
        }
    }

    #[test]
    fn slots_beyond_the_table_or_used_twice_are_refused() {
        let bytes = saved(&table(8));
        let load =
            |capacity, bytes: &[u8]| EntityTable::<Ball>::load(capacity, &mut BitReader::new(bytes)).err();
        assert_eq!(load(5, &bytes), None);
        assert_eq!(load(4, &bytes), Some(BitError::OutOfRange), "a ball beyond the end");
        let resting = |slots: &[(u32, u32)]| {
            let mut writer = BitWriter::new();
            writer.write(100, 32);
            writer.write_exp_golomb(0, COUNT_ORDER);
            writer.write_exp_golomb(slots.len() as u32, COUNT_ORDER);
            for &(later, slot) in slots {
                writer.write_exp_golomb(later, 1);
                writer.write(slot, Slot::BITS);
            }
            load(8, writer.finish())
        };
        let rest = SLOT_QUARANTINE_TICKS - 3;
        assert_eq!(resting(&[(3, 7), (rest, 6)]), None);
        assert_eq!(resting(&[(3, 7), (0, 7)]), Some(BitError::OutOfRange), "twice");
        assert_eq!(resting(&[(3, 8)]), Some(BitError::OutOfRange), "beyond the end");
        assert_eq!(resting(&[(3, 7), (rest + 1, 6)]), Some(BitError::OutOfRange), "freed in the future");
    }
}
