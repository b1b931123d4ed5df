//! The last ticks of replicated state, for lag compensation.

use crate::bits::{BitError, BitReader, BitWriter};
use crate::bitset::BitSet;
use crate::ids::Slot;
use crate::limits::{HISTORY_TICKS, MAX_ENTITIES};
use crate::netcode::codec::delta::{read_delta, read_full, write_delta, write_full};
use crate::netcode::entity::Entity;
use crate::netcode::state::entities::{COUNT_ORDER, EntityTable, SlotGaps};
use crate::tick::Tick;

/// All entities as they were at the end of one tick.
#[derive(Clone, Debug)]
pub struct Frame<E> {
    tick: Option<Tick>,
    entities: Vec<Option<E>>,
    alive: BitSet,
}

impl<E> Frame<E> {
    const EMPTY: Self = Self { tick: None, entities: Vec::new(), alive: BitSet::EMPTY };

    fn insert(&mut self, slot: Slot, entity: E) {
        if self.entities.len() <= slot.index() {
            self.entities.resize_with(slot.index() + 1, || None);
        }
        self.entities[slot.index()] = Some(entity);
        self.alive.insert(slot.index());
    }
}

impl<E: Copy> Frame<E> {
    /// The entity that was in `slot`.
    #[must_use]
    pub fn get(&self, slot: Slot) -> Option<&E> {
        self.entities.get(slot.index())?.as_ref()
    }

    /// Which slots were in use.
    #[must_use]
    pub fn alive(&self) -> &BitSet {
        &self.alive
    }
}

/// A ring of [`HISTORY_TICKS`] frames.
#[derive(Clone, Debug)]
pub struct History<E> {
    frames: Vec<Frame<E>>,
}

impl<E: Entity> Default for History<E> {
    fn default() -> Self {
        Self { frames: vec![Frame::EMPTY; HISTORY_TICKS] }
    }
}

impl<E: Entity> History<E> {
    /// Keeps the state of `tick` and drops the oldest.
    pub fn push(&mut self, tick: Tick, table: &EntityTable<E>) {
        let frame = &mut self.frames[tick.0 as usize % HISTORY_TICKS];
        frame.tick = Some(tick);
        frame.alive.copy_from(table.alive());
        frame.entities.clear();
        frame.entities.resize(frame.alive.word_count() * 64, None);
        for (slot, entity) in table.iter() {
            frame.entities[slot.index()] = Some(*entity);
        }
    }

    /// The state at the end of `tick`, if it is still kept.
    #[must_use]
    pub fn get(&self, tick: Tick) -> Option<&Frame<E>> {
        let frame = &self.frames[tick.0 as usize % HISTORY_TICKS];
        (frame.tick == Some(tick)).then_some(frame)
    }

    /// Writes the frames of the `count` ticks up to `newest`, or as many as there are: each as its mispredictions
    /// against the frame before.
    pub fn save(&self, newest: Tick, count: u32, map: &E::Map, writer: &mut BitWriter) {
        let kept = (0..count).take_while(|&ago| self.get(newest.minus(ago)).is_some()).count() as u32;
        writer.write_exp_golomb(kept, 2);
        let mut last = &Frame::EMPTY;
        for frame in (0..kept).rev().filter_map(|ago| self.get(newest.minus(ago))) {
            write_frame(last, frame, map, writer);
            last = frame;
        }
    }

    /// Reads what [`Self::save`] wrote.
    ///
    /// # Errors
    /// Any [`BitError`] for bits that are not a valid history: they come from outside.
    pub fn load(newest: Tick, map: &E::Map, reader: &mut BitReader<'_>) -> Result<Self, BitError> {
        let mut history = Self::default();
        let kept = reader.read_exp_golomb(2)?;
        if kept as usize > HISTORY_TICKS {
            return Err(BitError::OutOfRange);
        }
        let mut last = Frame::EMPTY;
        for tick in (0..kept).rev().map(|ago| newest.minus(ago)) {
            last = Frame { tick: Some(tick), ..read_frame(&last, map, reader)? };
            history.frames[tick.0 as usize % HISTORY_TICKS] = last.clone();
        }
        Ok(history)
    }
}

fn write_frame<E: Entity>(last: &Frame<E>, frame: &Frame<E>, map: &E::Map, writer: &mut BitWriter) {
    writer.write_exp_golomb(frame.alive.len() as u32, COUNT_ORDER);
    let mut gaps = SlotGaps::default();
    let mut misprediction = BitWriter::new();
    for slot in frame.alive.iter().map(Slot::from_index) {
        let Some(entity) = frame.get(slot) else { continue };
        gaps.write(slot, writer);
        let Some(before) = last.get(slot) else {
            write_full(entity, writer);
            continue;
        };
        misprediction.clear();
        writer.write_bool(write_delta(before, entity, map, &mut misprediction));
        writer.append_from(&misprediction, 0, misprediction.bit_len());
    }
}

fn read_frame<E: Entity>(
    last: &Frame<E>,
    map: &E::Map,
    reader: &mut BitReader<'_>,
) -> Result<Frame<E>, BitError> {
    let mut frame = Frame::EMPTY;
    let mut gaps = SlotGaps::default();
    for _ in 0..reader.read_exp_golomb(COUNT_ORDER)? {
        let slot = gaps.read(MAX_ENTITIES, reader)?;
        let entity = match last.get(slot).copied() {
            None => read_full(reader)?,
            Some(mut entity) if reader.read_bool()? => {
                read_delta(&mut entity, map, 0, reader)?;
                entity
            }
            Some(mut entity) => {
                entity.advance(map);
                entity
            }
        };
        frame.insert(slot, entity);
    }
    Ok(frame)
}
