//! What a client holds once it is in a room: exactly the server's view list, entity by entity, and how a snapshot
//! brings it from one tick to the next.

use crate::bits::{BitError, BitReader};
use crate::hash::StateHasher;
use crate::ids::{PlayerId, Slot};
use crate::limits::{MAX_BASELINE_AGE_TICKS, MAX_ENTITIES, MAX_PENDING_EVENTS};
use crate::netcode::clock::{ArrivalClock, CommandClock};
use crate::netcode::delta::{read_delta, read_full};
use crate::netcode::entities::hash_entity;
use crate::netcode::interpolation::{Track, ViewDelay};
use crate::netcode::packet::{
    ENTER_GAP_ORDER, LEAVE_GAP_ORDER, SURPRISE_COUNT_ORDER, SURPRISE_GAP_ORDER, SnapshotHeader,
};
use crate::netcode::simulation::{Entity, Event, Simulation};
use crate::tick::Tick;
use std::collections::VecDeque;

/// An entity as the client holds it.
#[derive(Debug)]
pub(super) struct Held<E> {
    pub(super) slot: Slot,
    pub(super) entity: E,
    pub(super) track: Track<E>,
}

/// What exists only after the welcome.
#[derive(Debug)]
pub(super) struct Session<S: Simulation> {
    pub(super) player: PlayerId,
    pub(super) room: String,
    pub(super) name: String,
    pub(super) scenario: S::Scenario,
    pub(super) map: <S::Entity as Entity>::Map,
    /// By slot, exactly the server's view list.
    pub(super) held: Vec<Held<S::Entity>>,
    /// Left the server's view at this tick, but still shown until the view gets there.
    pub(super) departing: Vec<(Tick, Held<S::Entity>)>,
    pub(super) own: Option<Slot>,
    pub(super) tick: Option<Tick>,
    pub(super) events: VecDeque<(Tick, S::Event)>,
    pub(super) clocks: Option<Clocks>,
}

/// The clocks, which start with the first snapshot.
#[derive(Debug)]
pub(super) struct Clocks {
    pub(super) arrivals: ArrivalClock,
    pub(super) commands: CommandClock,
    pub(super) view: ViewDelay,
    pub(super) jumped: bool,
}

impl<S: Simulation> Session<S> {
    /// Reads all of a snapshot but its checksum. After an error the state is lost.
    pub(super) fn read_snapshot(&mut self, reader: &mut BitReader<'_>) -> Result<SnapshotHeader, BitError> {
        let header = SnapshotHeader::read(self.tick, reader)?;
        let age = self.tick.map_or(1, |tick| header.tick.since(tick));
        if header.full {
            let gone = std::mem::take(&mut self.held);
            self.departing.extend(gone.into_iter().map(|held| (header.tick, held)));
            self.departing.truncate(MAX_ENTITIES);
        } else if !(1..=MAX_BASELINE_AGE_TICKS as i32).contains(&age) {
            return Err(BitError::OutOfRange);
        }
        self.read_leaving(header.tick, reader)?;
        if !header.full {
            self.read_surprises(age as u32, header.tick, reader)?;
        }
        self.read_entering(header.tick, reader)?;
        if let Some(own) = header.own {
            self.own = own;
        }
        let events = reader.read_exp_golomb(0)?;
        for _ in 0..events {
            let event = S::Event::decode(reader)?;
            if self.events.len() == MAX_PENDING_EVENTS {
                self.events.pop_front();
            }
            self.events.push_back((header.tick, event));
        }
        self.tick = Some(header.tick);
        Ok(header)
    }

    fn read_leaving(&mut self, tick: Tick, reader: &mut BitReader<'_>) -> Result<(), BitError> {
        let count = reader.read_exp_golomb(0)? as usize;
        if count > self.held.len() {
            return Err(BitError::OutOfRange);
        }
        // Removing one moves the later ones down by one, so the next rank is counted from the place of the last.
        let mut at = 0usize;
        for _ in 0..count {
            at = at.saturating_add(reader.read_exp_golomb(LEAVE_GAP_ORDER)? as usize);
            if at >= self.held.len() {
                return Err(BitError::OutOfRange);
            }
            let held = self.held.remove(at);
            if self.departing.len() < MAX_ENTITIES {
                self.departing.push((tick, held));
            }
        }
        Ok(())
    }

    fn read_surprises(&mut self, age: u32, tick: Tick, reader: &mut BitReader<'_>) -> Result<(), BitError> {
        let count = reader.read_exp_golomb(SURPRISE_COUNT_ORDER)? as usize;
        let mut left = count;
        let mut gap = if left > 0 { reader.read_exp_golomb(SURPRISE_GAP_ORDER)? } else { 0 };
        for held in &mut self.held {
            for _ in 1..age {
                held.entity.advance(&self.map);
            }
            if left > 0 && gap == 0 {
                read_delta(&mut held.entity, &self.map, reader)?;
                left -= 1;
                gap = if left > 0 { reader.read_exp_golomb(SURPRISE_GAP_ORDER)? } else { 0 };
            } else {
                held.entity.advance(&self.map);
                gap = gap.saturating_sub(1);
            }
            held.track.push(tick, held.entity);
        }
        if left > 0 { Err(BitError::OutOfRange) } else { Ok(()) }
    }

    fn read_entering(&mut self, tick: Tick, reader: &mut BitReader<'_>) -> Result<(), BitError> {
        let count = reader.read_exp_golomb(0)? as usize;
        if count > MAX_ENTITIES {
            return Err(BitError::OutOfRange);
        }
        let mut next = 0usize;
        for _ in 0..count {
            let index = next.saturating_add(reader.read_exp_golomb(ENTER_GAP_ORDER)? as usize);
            if index >= MAX_ENTITIES {
                return Err(BitError::OutOfRange);
            }
            next = index + 1;
            let slot = Slot::from_index(index);
            let entity = read_full(reader)?;
            let track = Track::new(tick, entity);
            match self.held.binary_search_by_key(&slot, |held| held.slot) {
                Ok(_) => return Err(BitError::OutOfRange),
                Err(at) => self.held.insert(at, Held { slot, entity, track }),
            }
        }
        Ok(())
    }

    /// Forgets states that lie behind the view.
    pub(super) fn tidy(&mut self) {
        let Some(clocks) = self.clocks.as_ref() else { return };
        let view = Tick(clocks.view.view().max(0.0) as u32);
        for held in &mut self.held {
            held.track.forget_before(view);
        }
        self.departing.retain(|(tick, _)| tick.is_newer(view));
    }

    pub(super) fn checksum(&self) -> u32 {
        let mut hasher = StateHasher::default();
        for held in &self.held {
            hash_entity(held.slot, &held.entity, &mut hasher);
        }
        hasher.finish() as u32
    }

    pub(super) fn find(&self, slot: Slot) -> Option<&S::Entity> {
        let at = self.held.binary_search_by_key(&slot, |held| held.slot).ok()?;
        Some(&self.held[at].entity)
    }
}
