//! All predicted entities of one tick: the own entity, and the others that are shown in the present.

use crate::ids::Slot;
use crate::netcode::entity::Entity;
use crate::netcode::seam::simulation::Simulation;

/// The predicted entities of a tick, by slot.
#[derive(Clone, Debug)]
pub(super) struct Present<E> {
    slots: Vec<Slot>,
    entities: Vec<E>,
    /// The index of the own entity.
    own: Option<usize>,
}

impl<E> Default for Present<E> {
    fn default() -> Self {
        Self { slots: Vec::new(), entities: Vec::new(), own: None }
    }
}

impl<E: Entity> Present<E> {
    pub(super) fn clear(&mut self) {
        self.slots.clear();
        self.entities.clear();
        self.own = None;
    }

    pub(super) fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// Copies the content of `other` into this one's memory.
    pub(super) fn copy_from(&mut self, other: &Self) {
        self.slots.clone_from(&other.slots);
        self.entities.clone_from(&other.entities);
        self.own = other.own;
    }

    /// Replaces the content by `entities`, by slot; `own` is the own one's slot, if it is among them.
    pub(super) fn fill(&mut self, own: Option<Slot>, entities: impl Iterator<Item = (Slot, E)>) {
        self.clear();
        for (slot, entity) in entities {
            if Some(slot) == own {
                self.own = Some(self.slots.len());
            }
            self.slots.push(slot);
            self.entities.push(entity);
        }
    }

    pub(super) fn own(&self) -> Option<(Slot, E)> {
        self.own.map(|at| (self.slots[at], self.entities[at]))
    }

    /// All of them with their slots, and whether each is the own entity.
    pub(super) fn iter(&self) -> impl Iterator<Item = (Slot, &E, bool)> {
        let all = self.slots.iter().zip(&self.entities).enumerate();
        all.map(|(at, (&slot, entity))| (slot, entity, Some(at) == self.own))
    }

    pub(super) fn find(&self, slot: Slot) -> Option<&E> {
        let at = self.slots.binary_search(&slot).ok()?;
        Some(&self.entities[at])
    }

    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.own == other.own && self.slots == other.slots && self.entities == other.entities
    }

    /// Steps all of them together by one tick, the own entity under `command`.
    pub(super) fn step<S: Simulation<Entity = E>>(&mut self, command: S::Command, map: &E::Map) {
        if let Some(at) = self.own {
            self.entities[at] = S::with_command(self.entities[at], command);
        }
        S::foresee(&mut self.entities, self.own, map);
    }
}
