//! A client's state in a room: exactly the server's view list, entity by entity, and how a snapshot advances it from
//! one tick to the next.

use crate::bits::{BitError, BitReader};
use crate::hash::StateHasher;
use crate::ids::{PlayerId, Slot};
use crate::limits::{MAX_BASELINE_AGE_TICKS, MAX_ENTITIES, MAX_LATE_TICKS, MAX_PENDING_EVENTS};
use crate::netcode::client::clock::{ArrivalClock, CommandClock};
use crate::netcode::client::interpolation::{Track, ViewDelay};
use crate::netcode::codec::delta::{
    Told, read_delta, read_full, read_renewal, read_sequence, read_sequence_with,
};
use crate::netcode::codec::packet::{
    ENTER_GAP_ORDER, LATE_AGE_ORDER, MISPREDICTION_START_K, RARE_START_K, SnapshotHeader,
};
use crate::netcode::codec::run_length_set::SetReader;
use crate::netcode::entity::Entity;
use crate::netcode::entity::event::Event;
use crate::netcode::entity::replicated::Replicated;
use crate::netcode::exchange::delivery::Delivery;
use crate::netcode::seam::simulation::Simulation;
use crate::netcode::state::entities::hash_entity;
use crate::protocol::{ResumeToken, Welcome};
use crate::tick::Tick;
use std::collections::VecDeque;

/// An entity as the client holds it.
#[derive(Debug)]
pub(super) struct HeldEntity<E> {
    pub(super) slot: Slot,
    pub(super) entity: E,
    pub(super) track: Track<E>,
}

/// The result of reading a snapshot.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Received {
    /// The client's state is now this snapshot's.
    Applied(SnapshotHeader),
    /// A datagram that arrived after a newer one, or twice.
    Overtaken,
    /// A datagram whose baseline is not kept.
    WithoutBaseline,
}

/// A state that a later datagram may build on.
#[derive(Debug)]
pub(super) struct Saved<E> {
    tick: Tick,
    entities: Vec<(Slot, E)>,
    own: Option<Slot>,
}

/// What exists only after the welcome.
#[derive(Debug)]
pub(super) struct PeerSession<S: Simulation> {
    pub(super) player: PlayerId,
    pub(super) room: String,
    pub(super) name: String,
    pub(super) token: ResumeToken,
    pub(super) kept_ms: u32,
    pub(super) spectating: Option<u32>,
    pub(super) scenario: S::Scenario,
    pub(super) map: <S::Entity as Entity>::Map,
    /// By slot, exactly the server's view list.
    pub(super) held: Vec<HeldEntity<S::Entity>>,
    /// They left the server's view at this tick, but are shown until the view reaches it.
    pub(super) departing: Vec<(Tick, HeldEntity<S::Entity>)>,
    pub(super) own: Option<Slot>,
    pub(super) tick: Option<Tick>,
    pub(super) events: VecDeque<(Tick, S::Event)>,
    pub(super) clocks: Option<Clocks>,
    pub(super) delivery: Delivery,
    /// On datagrams: the states since the newest one that the host built on.
    pub(super) saved: VecDeque<Saved<S::Entity>>,
    /// Scratch: places of the entities that met.
    meetings: Vec<(usize, usize)>,
}

/// The clocks, which start with the first snapshot.
#[derive(Debug)]
pub(super) struct Clocks {
    pub(super) arrivals: ArrivalClock,
    pub(super) commands: CommandClock,
    pub(super) view: ViewDelay,
    /// The moment of the last scene: what the player aims at.
    pub(super) shown: Option<f64>,
    pub(super) jumped: bool,
}

impl<S: Simulation> PeerSession<S> {
    /// The session that a welcome begins.
    pub(super) fn new(
        welcome: Welcome,
        map: <S::Entity as Entity>::Map,
        scenario: S::Scenario,
        delivery: Delivery,
    ) -> Self {
        Self {
            player: welcome.player,
            room: welcome.room,
            name: welcome.name,
            token: welcome.token,
            kept_ms: welcome.kept_ms,
            spectating: welcome.spectating,
            map,
            scenario,
            held: Vec::new(),
            departing: Vec::new(),
            own: None,
            tick: None,
            events: VecDeque::new(),
            clocks: None,
            delivery,
            saved: VecDeque::new(),
            meetings: Vec::new(),
        }
    }

    /// Reads all of a snapshot but its checksum. After an error the state is lost.
    pub(super) fn read_snapshot(&mut self, reader: &mut BitReader<'_>) -> Result<Received, BitError> {
        let header = SnapshotHeader::read(self.tick, self.delivery, reader)?;
        if self.delivery == Delivery::Datagrams
            && let Some(unusable) = self.find_base(&header)
        {
            return Ok(unusable);
        }
        match header.age {
            None => {
                let gone = std::mem::take(&mut self.held);
                self.departing.extend(gone.into_iter().map(|held| (header.tick, held)));
                self.departing.truncate(MAX_ENTITIES);
                self.read_leaving(header.tick, reader)?;
            }
            Some(age) => {
                self.read_leaving(header.tick, reader)?;
                self.read_mispredictions(age, header.tick, reader)?;
                self.read_late(header.tick, reader)?;
            }
        }
        self.read_entering(header.tick, reader)?;
        if let Some(own) = header.own {
            self.own = own;
        }
        self.read_events(&header, reader)?;
        self.tick = Some(header.tick);
        if self.delivery == Delivery::Datagrams {
            self.save(header.tick);
        }
        Ok(Received::Applied(header))
    }

    /// Returns to the state that a datagram builds on. Returns the reason if the datagram is of no use.
    fn find_base(&mut self, header: &SnapshotHeader) -> Option<Received> {
        if self.tick.is_some_and(|tick| !header.tick.is_newer(tick)) {
            return Some(Received::Overtaken);
        }
        let Some(age) = header.age else {
            self.saved.clear();
            return None;
        };
        let base = header.tick.minus(age);
        // The host builds only on acknowledged snapshots, and never on an older one than before.
        while self.saved.front().is_some_and(|saved| base.is_newer(saved.tick)) {
            self.saved.pop_front();
        }
        let Some(saved) = self.saved.front().filter(|saved| saved.tick == base) else {
            return Some(Received::WithoutBaseline);
        };
        let mut tracks = std::mem::take(&mut self.held).into_iter().peekable();
        for &(slot, entity) in &saved.entities {
            while let Some(gone) = tracks.next_if(|held| held.slot < slot) {
                self.departing.push((header.tick, gone));
            }
            let track = match tracks.next_if(|held| held.slot == slot) {
                Some(held) => held.track,
                None => Track::new(base, entity),
            };
            self.held.push(HeldEntity { slot, entity, track });
        }
        self.departing.extend(tracks.map(|gone| (header.tick, gone)));
        self.departing.truncate(MAX_ENTITIES);
        self.own = saved.own;
        None
    }

    /// Keeps a state that a later datagram may build on.
    fn save(&mut self, tick: Tick) {
        if self.saved.len() == MAX_BASELINE_AGE_TICKS as usize {
            self.saved.pop_front();
        }
        let entities = self.held.iter().map(|held| (held.slot, held.entity)).collect();
        self.saved.push_back(Saved { tick, entities, own: self.own });
    }

    fn read_leaving(&mut self, tick: Tick, reader: &mut BitReader<'_>) -> Result<(), BitError> {
        let mut list = SetReader::new(self.held.len(), RARE_START_K);
        // Removing one moves the later ones down by one, so the next rank is counted from the place of the last.
        let mut at = 0;
        while let Some(gap) = list.next(reader)? {
            at += gap as usize;
            let held = self.held.remove(at);
            if self.departing.len() < MAX_ENTITIES {
                self.departing.push((tick, held));
            }
        }
        Ok(())
    }

    fn read_mispredictions(
        &mut self,
        age: u32,
        tick: Tick,
        reader: &mut BitReader<'_>,
    ) -> Result<(), BitError> {
        let members = self.held.len();
        let mut list = SetReader::new(members, MISPREDICTION_START_K);
        let mut gap = list.next(reader)?;
        self.meetings.clear();
        for (rank, held) in self.held.iter_mut().enumerate() {
            if gap == Some(0) {
                let behind = (members - rank - 1) as u32;
                if age > 1 {
                    read_sequence(&mut held.entity, age, &self.map, reader)?;
                } else if let Told::Meeting(gap) = read_delta(&mut held.entity, &self.map, behind, reader)? {
                    self.meetings.push((rank, rank + 1 + gap as usize));
                }
                gap = list.next(reader)?;
            } else {
                (0..age).for_each(|_| held.entity.advance(&self.map));
                gap = gap.map(|gap| gap - 1);
            }
            held.track.push(tick, held.entity);
        }
        self.meet(tick)
    }

    /// Applies the meetings, after all entities were stepped.
    fn meet(&mut self, tick: Tick) -> Result<(), BitError> {
        for &(a, b) in &self.meetings {
            let (first, second) = (self.held[a].entity, self.held[b].entity);
            let met = if first.kind() == second.kind() { first.meet(&second, &self.map) } else { None };
            let (first, second) = met.ok_or(BitError::OutOfRange)?;
            for (at, entity) in [(a, first), (b, second)] {
                self.held[at].entity = entity;
                self.held[at].track.correct(tick, entity);
            }
        }
        Ok(())
    }

    /// Reads late entities: their states since then were extrapolated, and are corrected.
    fn read_late(&mut self, tick: Tick, reader: &mut BitReader<'_>) -> Result<(), BitError> {
        let mut list = SetReader::new(self.held.len(), RARE_START_K);
        let mut at = 0;
        while let Some(gap) = list.next(reader)? {
            at += gap as usize;
            let held = &mut self.held[at];
            at += 1;
            if reader.read_bool()? {
                read_renewal(&mut held.entity, reader)?;
            } else {
                let age = reader.read_exp_golomb(LATE_AGE_ORDER)?.saturating_add(1);
                if age > MAX_LATE_TICKS {
                    return Err(BitError::OutOfRange);
                }
                let exact = tick.minus(age);
                held.entity = *held.track.state_at(exact).ok_or(BitError::OutOfRange)?;
                let (track, map) = (&mut held.track, &self.map);
                read_sequence_with(&mut held.entity, age, map, reader, |ago, entity| {
                    track.correct(tick.minus(ago), *entity);
                })?;
            }
            held.track.correct(tick, held.entity);
        }
        Ok(())
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
                Err(at) => self.held.insert(at, HeldEntity { slot, entity, track }),
            }
        }
        Ok(())
    }

    /// Reads the events of each tick since the baseline. Those of ticks that an earlier datagram covered are skipped.
    fn read_events(&mut self, header: &SnapshotHeader, reader: &mut BitReader<'_>) -> Result<(), BitError> {
        for ago in (0..header.age.unwrap_or(1)).rev() {
            let tick = header.tick.minus(ago);
            let is_new = self.tick.is_none_or(|newest| header.age.is_none() || tick.is_newer(newest));
            let count = reader.read_exp_golomb(0)?;
            for _ in 0..count {
                let event = S::Event::decode(reader)?;
                if !is_new {
                    continue;
                }
                if self.events.len() == MAX_PENDING_EVENTS {
                    self.events.pop_front();
                }
                self.events.push_back((tick, event));
            }
        }
        Ok(())
    }

    /// Drops entities that left and are no longer shown.
    pub(super) fn tidy(&mut self) {
        let Some(clocks) = self.clocks.as_ref() else { return };
        let view = Tick(clocks.view.view().max(0.0) as u32);
        self.departing.retain(|(tick, _)| tick.is_newer(view));
    }

    pub(super) fn checksum(&self) -> u32 {
        let mut hasher = StateHasher::default();
        for held in &self.held {
            hash_entity(held.slot, &held.entity, &mut hasher);
        }
        hasher.finish() as u32
    }

    /// Changes the first entity of each saved state.
    #[cfg(test)]
    pub(super) fn mistake_saved(&mut self, change: impl Fn(S::Entity) -> S::Entity) {
        let firsts = self.saved.iter_mut().filter_map(|saved| saved.entities.first_mut());
        firsts.for_each(|(_, entity)| *entity = change(*entity));
    }

    pub(super) fn find(&self, slot: Slot) -> Option<&S::Entity> {
        let at = self.held.binary_search_by_key(&slot, |held| held.slot).ok()?;
        Some(&self.held[at].entity)
    }
}
