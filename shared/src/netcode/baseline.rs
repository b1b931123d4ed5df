//! What each receiver already has, and the bits that bring it from there to now, made once a tick for all who share
//! a baseline.
//!
//! On an ordered reliable transport a client has whatever was last sent to it. Entities that moved as foreseen cost
//! nothing, so the work is: one step per entity and baseline age, then copied bits.

use crate::bits::BitWriter;
use crate::bitset::BitSet;
use crate::ids::Slot;
use crate::limits::MAX_BASELINE_AGE_TICKS;
use crate::netcode::delta::{write_delta, write_full};
use crate::netcode::entities::EntityTable;
use crate::netcode::history::History;
use crate::netcode::simulation::Entity;
use crate::tick::Tick;

/// What the receiver of the next snapshot has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Baseline {
    /// The state of this many ticks ago, `1..=MAX_BASELINE_AGE_TICKS`.
    Age(u32),
    /// Nothing: it has just joined.
    Nothing,
    /// Something too old to step forward: it gets everything anew.
    TooOld,
}

impl Baseline {
    /// What a client has at `now` that was last sent `sent`.
    #[must_use]
    pub fn on_reliable(sent: Option<Tick>, now: Tick) -> Self {
        match sent.map(|sent| now.since(sent)) {
            None => Self::Nothing,
            Some(age) if age >= 1 && age <= MAX_BASELINE_AGE_TICKS as i32 => Self::Age(age as u32),
            Some(_) => Self::TooOld,
        }
    }
}

/// Where a piece of ready bits lies.
#[derive(Clone, Copy, Debug, Default)]
struct Piece {
    start: u32,
    length: u32,
}

/// The deltas of all entities against one baseline tick.
#[derive(Clone, Debug, Default)]
struct AgeTable {
    made: bool,
    surprised: BitSet,
    pieces: Vec<Piece>,
}

/// The tick's shared bits.
#[derive(Clone, Debug)]
pub struct DeltaCache {
    bits: BitWriter,
    /// By age - 1.
    ages: Vec<AgeTable>,
    full: Vec<Option<Piece>>,
}

impl Default for DeltaCache {
    fn default() -> Self {
        let ages = vec![AgeTable::default(); MAX_BASELINE_AGE_TICKS as usize];
        Self { bits: BitWriter::new(), ages, full: Vec::new() }
    }
}

impl DeltaCache {
    /// Forgets the last tick's bits, keeping the memory.
    pub fn begin_tick(&mut self) {
        self.bits.clear();
        self.full.clear();
        for age in &mut self.ages {
            age.made = false;
        }
    }

    /// Makes sure the deltas against the state of `age` ticks before `now` are ready. False if that state is no longer
    /// kept.
    pub fn prepare<E: Entity>(
        &mut self,
        age: u32,
        now: Tick,
        table: &EntityTable<E>,
        map: &E::Map,
        history: &History<E>,
    ) -> bool {
        let Some(entry) = self.ages.get_mut(age as usize - 1) else { return false };
        if entry.made {
            return true;
        }
        let Some(base) = history.get(now.minus(age)) else { return false };
        entry.made = true;
        entry.surprised.clear();
        entry.pieces.clear();
        entry.pieces.resize(table.alive().word_count() * 64, Piece::default());
        for (slot, actual) in table.iter() {
            let Some(&before) = base.get(slot) else { continue };
            let mut forecast = before;
            for _ in 1..age {
                forecast.advance(map);
            }
            let start = self.bits.bit_len();
            if write_delta(&forecast, actual, map, &mut self.bits) {
                let length = (self.bits.bit_len() - start) as u32;
                entry.pieces[slot.index()] = Piece { start: start as u32, length };
                entry.surprised.insert(slot.index());
            }
        }
        true
    }

    /// Which entities surprised whoever has the state of `age` ticks ago; after [`Self::prepare`].
    #[must_use]
    pub fn surprised(&self, age: u32) -> &BitSet {
        &self.ages[age as usize - 1].surprised
    }

    /// Makes sure the whole state of the entity in `slot` is ready.
    pub fn prepare_full<E: Entity>(&mut self, slot: Slot, entity: &E) {
        if self.full.len() <= slot.index() {
            self.full.resize(slot.index() + 1, None);
        }
        if self.full[slot.index()].is_none() {
            let start = self.bits.bit_len();
            write_full(entity, &mut self.bits);
            let length = (self.bits.bit_len() - start) as u32;
            self.full[slot.index()] = Some(Piece { start: start as u32, length });
        }
    }

    /// Appends the whole state of `slot`; after [`Self::prepare_full`].
    pub fn copy_full(&self, slot: Slot, writer: &mut BitWriter) {
        if let Some(piece) = self.full.get(slot.index()).copied().flatten() {
            writer.append_from(&self.bits, piece.start as usize, piece.length as usize);
        }
    }

    /// Appends the surprise of `slot` against the state of `age` ticks ago.
    pub fn copy_delta(&self, age: u32, slot: Slot, writer: &mut BitWriter) {
        let piece = self.ages[age as usize - 1].pieces[slot.index()];
        writer.append_from(&self.bits, piece.start as usize, piece.length as usize);
    }
}
