//! Plays a replay file: runs the same simulation with the same inputs, and compares the hashes.
//!
//! Any bytes are safe to play. Memory grows with the file, and time with the ticks that are played.

use super::chunks::{
    Chunk, END, Ending, FRONT_BYTES, Fields, HEAD_BYTES, KEYFRAME, MATCH, TICKS, read_chunk, read_head,
};
use super::inputs::{ReplayInput, TickReader};
use super::keyframe::{Keyframe, keyframe_tick, read_keyframe, write_keyframe};
use super::{ReplayError, ReplayMoment};
use crate::bits::BitError;
use crate::limits::MAX_TICKS_PER_CHUNK;
use crate::netcode::entity::command::Order;
use crate::netcode::seam::simulation::Simulation;
use crate::netcode::state::history::History;
use crate::netcode::state::past::Past;
use crate::protocol::{decode_scenario, schema_hash};
use crate::tick::Tick;

/// A chunk that can be played.
#[derive(Clone, Copy, Debug)]
struct Piece<'a> {
    at_byte: usize,
    /// The last tick that it covers.
    tick: Tick,
    what: What<'a>,
}

#[derive(Clone, Copy, Debug)]
enum What<'a> {
    Keyframe(&'a [u8]),
    Ticks { count: u32, state_hash: u64, bits: &'a [u8] },
}

/// The chunk that is being played.
#[derive(Debug)]
struct Open<'a> {
    at_byte: usize,
    ticks: TickReader<'a>,
    state_hash: u64,
}

/// A replay file, and the simulation at the current position in it.
#[derive(Debug)]
pub struct Player<'a, S: Simulation> {
    seed: u64,
    scenario: S::Scenario,
    pieces: Vec<Piece<'a>>,
    ending: Ending,
    state: Keyframe<S>,
    /// The index of the piece after the open one.
    next: usize,
    open: Option<Open<'a>>,
    /// Why it cannot continue from here.
    failed: Option<ReplayError>,
    replay_inputs: Vec<ReplayInput>,
    events: Vec<S::Event>,
    scratch: Vec<u8>,
}

impl<'a, S: Simulation> Player<'a, S> {
    /// Checks what can be checked without playing, and loads the first keyframe.
    ///
    /// # Errors
    /// A [`ReplayError`] for bytes that are not a replay of this game.
    pub fn open(bytes: &'a [u8]) -> Result<Self, ReplayError> {
        read_head(bytes, schema_hash::<S>())?;
        let (chunk, after) = read_chunk(bytes, HEAD_BYTES).map_err(ReplayError::Empty)?;
        let (seed, scenario) = read_match::<S>(&chunk)?;
        let (pieces, ending) = find_pieces(bytes, after)?;
        let Some(&Piece { at_byte, what: What::Keyframe(payload), .. }) = pieces.first() else {
            return Err(ReplayError::Empty(ending));
        };
        Ok(Self {
            seed,
            state: read_keyframe(payload, at_byte, &scenario)?,
            scenario,
            pieces,
            ending,
            next: 1,
            open: None,
            failed: None,
            replay_inputs: Vec::new(),
            events: Vec::new(),
            scratch: Vec::new(),
        })
    }

    /// The seed that the match was started with.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// The match's parameters.
    #[must_use]
    pub fn scenario(&self) -> &S::Scenario {
        &self.scenario
    }

    /// How the file ends.
    #[must_use]
    pub fn ending(&self) -> Ending {
        self.ending
    }

    /// The tick that the simulation is at.
    #[must_use]
    pub fn tick(&self) -> Tick {
        self.state.tick
    }

    /// The first and the last tick that can be played.
    #[must_use]
    pub fn range(&self) -> (Tick, Tick) {
        let tick = |piece: Option<&Piece<'_>>| piece.map_or(self.state.tick, |piece| piece.tick);
        (tick(self.pieces.first()), tick(self.pieces.last()))
    }

    /// The ticks of the keyframes.
    pub fn keyframes(&self) -> impl Iterator<Item = Tick> {
        self.pieces.iter().filter(|piece| matches!(piece.what, What::Keyframe(_))).map(|piece| piece.tick)
    }

    /// The simulation.
    #[must_use]
    pub fn sim(&self) -> &S {
        &self.state.sim
    }

    /// The simulation's history, for a view of it.
    #[must_use]
    pub fn history(&self) -> &History<S::Entity> {
        &self.state.history
    }

    /// The events of the tick that was played last.
    #[must_use]
    pub fn events(&self) -> &[S::Event] {
        &self.events
    }

    /// Plays one tick; returns false at the end.
    ///
    /// # Errors
    /// [`ReplayError::Desync`] when the state differs from the recorded one; the caller may continue nevertheless. Any
    /// other error is about invalid bytes, after which the player cannot continue.
    pub fn advance(&mut self) -> Result<bool, ReplayError> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        loop {
            if let Some(open) = self.open.take() {
                self.play_tick(open)?;
                return Ok(true);
            }
            let Some(piece) = self.pieces.get(self.next).copied() else { return Ok(false) };
            self.next += 1;
            match piece.what {
                What::Keyframe(payload) => self.compare(payload)?,
                What::Ticks { count, state_hash, bits } => {
                    let ticks = TickReader::new(bits, count);
                    self.open = Some(Open { at_byte: piece.at_byte, ticks, state_hash });
                }
            }
        }
    }

    /// Plays all remaining ticks and returns the hash of the last state.
    ///
    /// # Errors
    /// As [`Self::advance`].
    pub fn play_to_end(&mut self) -> Result<u64, ReplayError> {
        while self.advance()? {}
        Ok(self.state.sim.state_hash())
    }

    /// Moves to `tick`, from the nearest keyframe at or before it, or from the current tick if that is nearer.
    ///
    /// # Errors
    /// [`ReplayError::NotHeld`] if the file does not contain it; else as [`Self::advance`].
    pub fn seek(&mut self, tick: Tick) -> Result<(), ReplayError> {
        let (first, last) = self.range();
        if first.is_newer(tick) || tick.is_newer(last) {
            return Err(ReplayError::NotHeld { wanted: tick, first, last });
        }
        let at_or_before =
            |piece: &Piece<'_>| matches!(piece.what, What::Keyframe(_)) && !piece.tick.is_newer(tick);
        if let Some(index) = self.pieces.iter().rposition(at_or_before) {
            let piece = self.pieces[index];
            let here = self.tick();
            let is_here_nearer = !here.is_newer(tick) && !piece.tick.is_newer(here);
            if let (What::Keyframe(payload), false) = (piece.what, is_here_nearer) {
                self.state = read_keyframe(payload, piece.at_byte, &self.scenario)?;
                (self.next, self.open, self.failed) = (index + 1, None, None);
                self.events.clear();
            }
        }
        while self.tick() != tick && self.advance()? {}
        Ok(())
    }

    fn play_tick(&mut self, mut open: Open<'a>) -> Result<(), ReplayError> {
        let Keyframe { tick, sim, inputs, history, .. } = &mut self.state;
        if let Err(cause) = open.ticks.read(&mut self.replay_inputs, inputs) {
            let error = ReplayError::BadBits { at_byte: open.at_byte, cause };
            self.failed = Some(error.clone());
            return Err(error);
        }
        for &replay_input in &self.replay_inputs {
            if let Err(cause) = apply_input(sim, *tick, replay_input) {
                let error = ReplayError::BadBits { at_byte: open.at_byte, cause };
                self.failed = Some(error.clone());
                return Err(error);
            }
        }
        *tick = tick.plus(1);
        self.events.clear();
        sim.step(*tick, inputs.list(), &Past::new(history, *tick), &mut self.events);
        history.push(*tick, sim.entities());
        if open.ticks.left() > 0 {
            self.open = Some(open);
            return Ok(());
        }
        if sim.state_hash() == open.state_hash { Ok(()) } else { Err(ReplayError::Desync { tick: *tick }) }
    }

    /// A keyframe that is passed must equal the current state, including state that no hash covers.
    fn compare(&mut self, payload: &[u8]) -> Result<(), ReplayError> {
        let Keyframe { tick, sim, inputs, history, map } = &self.state;
        self.scratch.clear();
        write_keyframe(&ReplayMoment { tick: *tick, sim, history }, inputs, map, &mut self.scratch);
        let own = self.scratch.get(FRONT_BYTES..FRONT_BYTES + payload.len());
        let is_same = own == Some(payload) && self.scratch.len() == FRONT_BYTES + payload.len() + 4;
        if is_same { Ok(()) } else { Err(ReplayError::Desync { tick: *tick }) }
    }
}

/// Passes a replay input to the simulation. A recording has only valid orders.
fn apply_input<S: Simulation>(sim: &mut S, tick: Tick, replay_input: ReplayInput) -> Result<(), BitError> {
    match replay_input {
        ReplayInput::Join(player, arrival) => sim.join(player, tick, arrival),
        ReplayInput::Leave(player) => {
            sim.leave(player);
        }
        ReplayInput::Absent(player) => sim.set_absent(player, true),
        ReplayInput::Back(player) => sim.set_absent(player, false),
        ReplayInput::Order(player, code) => {
            sim.order(player, S::Order::unpack(code).ok_or(BitError::OutOfRange)?);
        }
    }
    Ok(())
}

fn read_match<S: Simulation>(chunk: &Chunk<'_>) -> Result<(u64, S::Scenario), ReplayError> {
    let bad = |what| ReplayError::BadChunk { at_byte: chunk.at_byte, what };
    if chunk.kind != MATCH {
        return Err(bad("the match's parameters come first"));
    }
    let mut fields = Fields(chunk.payload);
    let seed = fields.u64().ok_or(bad("it is too short"))?;
    let scenario = decode_scenario(fields.0).map_err(|_| bad("these are no parameters of this game"))?;
    Ok((seed, scenario))
}

/// Finds the playable chunks, from the one at `at_byte` on: a keyframe, then ticks and keyframes without a gap.
fn find_pieces(bytes: &[u8], mut at_byte: usize) -> Result<(Vec<Piece<'_>>, Ending), ReplayError> {
    let mut pieces: Vec<Piece<'_>> = Vec::new();
    loop {
        let (chunk, after) = match read_chunk(bytes, at_byte) {
            Ok(found) => found,
            Err(ending) => return Ok((pieces, ending)),
        };
        if chunk.kind == END {
            return Ok((pieces, Ending::Complete));
        }
        let last = pieces.last().map(|piece| piece.tick);
        let piece = read_piece(&chunk, last).map_err(|what| ReplayError::BadChunk { at_byte, what })?;
        pieces.extend(piece);
        at_byte = after;
    }
}

/// The piece for a chunk that follows after tick `last`; `None` if its kind is unknown.
fn read_piece<'a>(chunk: &Chunk<'a>, last: Option<Tick>) -> Result<Option<Piece<'a>>, &'static str> {
    const SHORT: &str = "it is too short";
    let mut fields = Fields(chunk.payload);
    let (tick, what) = match chunk.kind {
        KEYFRAME => {
            let tick = keyframe_tick(chunk.payload).ok_or(SHORT)?;
            if last.is_some_and(|last| last != tick) {
                return Err("the keyframe is of another tick than the one before it");
            }
            (tick, What::Keyframe(chunk.payload))
        }
        TICKS => {
            let first = fields.u32().map(Tick).ok_or(SHORT)?;
            let count = fields.u16().map(u32::from).ok_or(SHORT)?;
            let state_hash = fields.u64().ok_or(SHORT)?;
            if last.map(|last| last.plus(1)) != Some(first) {
                return Err("its ticks do not follow those before it");
            }
            if !(1..=MAX_TICKS_PER_CHUNK).contains(&count) {
                return Err("it has too few or too many ticks");
            }
            (first.plus(count - 1), What::Ticks { count, state_hash, bits: fields.0 })
        }
        _ => return Ok(None),
    };
    Ok(Some(Piece { at_byte: chunk.at_byte, tick, what }))
}
