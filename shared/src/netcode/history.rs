//! The last ticks of replicated state: what lag compensation looks back at.

use crate::bitset::BitSet;
use crate::ids::Slot;
use crate::limits::HISTORY_TICKS;
use crate::netcode::entities::EntityTable;
use crate::netcode::simulation::Entity;
use crate::tick::Tick;

/// All entities as they were at the end of one tick.
#[derive(Clone, Debug)]
pub struct Frame<E> {
    tick: Option<Tick>,
    entities: Vec<Option<E>>,
    alive: BitSet,
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
        let empty = Frame { tick: None, entities: Vec::new(), alive: BitSet::default() };
        Self { frames: vec![empty; HISTORY_TICKS] }
    }
}

impl<E: Entity> History<E> {
    /// Keeps the state of `tick`, forgetting the oldest.
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
}
