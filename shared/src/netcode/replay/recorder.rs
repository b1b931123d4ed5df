//! Writes a replay file while the match runs, into memory that its owner empties regularly.
//!
//! The order of calls: [`Recorder::replay_input`] for each input that is passed to the simulation, [`Recorder::tick`]
//! after each step, [`Recorder::take`] about once a second, [`Recorder::finish`] at the end.

use super::chunks::{END, MATCH, TICKS, write_chunk, write_head};
use super::inputs::{Inputs, ReplayInput, TickWriter};
use super::keyframe::{Map, write_keyframe};
use super::{HASH_TICKS, ReplayMoment};
use crate::ids::PlayerId;
use crate::limits::{MAX_TICKS_PER_CHUNK, MAX_UNTAKEN_RECORDING_BYTES};
use crate::netcode::seam::input::{Arrival, PlayerInput};
use crate::netcode::seam::simulation::Simulation;
use crate::protocol::{encode_scenario, schema_hash};
use crate::tick::TICK_HZ;

/// Default number of ticks between two keyframes: 30 s.
pub const KEYFRAME_TICKS: u32 = 30 * TICK_HZ;

const _: () = assert!(HASH_TICKS <= MAX_TICKS_PER_CHUNK);

/// Records one match.
#[derive(Debug)]
pub struct Recorder<S: Simulation> {
    map: Map<S>,
    keyframe_ticks: u32,
    since_keyframe_ticks: u32,
    inputs: Inputs<S::Command>,
    /// The inputs since the last tick.
    replay_inputs: Vec<ReplayInput>,
    ticks: TickWriter,
    /// Bytes that were not yet taken.
    bytes: Vec<u8>,
    /// Whether it ended because its bytes were not taken for too long.
    is_over: bool,
}

impl<S: Simulation> Recorder<S> {
    /// Starts a recording at `moment`, with these players seated, in seat order; `seed` is the match's. The first
    /// keyframe is written at once, then one every `keyframe_ticks`.
    #[must_use]
    pub fn new(
        seed: u64,
        scenario: &S::Scenario,
        seated: impl Iterator<Item = PlayerId>,
        moment: &ReplayMoment<'_, S>,
        keyframe_ticks: u32,
    ) -> Self {
        let mut recorder = Self {
            map: S::map(scenario),
            keyframe_ticks,
            since_keyframe_ticks: 0,
            inputs: Inputs::default(),
            replay_inputs: Vec::new(),
            ticks: TickWriter::default(),
            bytes: Vec::new(),
            is_over: false,
        };
        seated.for_each(|player| recorder.seat(ReplayInput::Join(player, Arrival::default())));
        write_head(schema_hash::<S>(), &mut recorder.bytes);
        let match_parts: [&[u8]; 2] = [&seed.to_le_bytes(), &encode_scenario(scenario)];
        write_chunk(MATCH, &match_parts, &mut recorder.bytes);
        write_keyframe(moment, &recorder.inputs, &recorder.map, &mut recorder.bytes);
        recorder
    }

    /// Records an input of the simulation other than commands.
    pub fn replay_input(&mut self, replay_input: ReplayInput) {
        if !self.is_over {
            self.seat(replay_input);
            self.replay_inputs.push(replay_input);
        }
    }

    /// Records that a tick was stepped with `inputs`, which led to `moment`.
    pub fn tick(&mut self, moment: &ReplayMoment<'_, S>, inputs: &[PlayerInput<S::Command>]) {
        if self.is_over {
            return;
        }
        self.ticks.write(&self.replay_inputs, &mut self.inputs, inputs);
        self.replay_inputs.clear();
        self.since_keyframe_ticks += 1;
        let is_keyframe_due = self.since_keyframe_ticks >= self.keyframe_ticks;
        if is_keyframe_due || self.ticks.ticks() >= HASH_TICKS {
            self.close_chunk(moment);
        }
        if is_keyframe_due {
            self.since_keyframe_ticks = 0;
            write_keyframe(moment, &self.inputs, &self.map, &mut self.bytes);
        }
        self.is_over = self.bytes.len() > MAX_UNTAKEN_RECORDING_BYTES;
    }

    /// Appends what was recorded since the last call; whole chunks only. Returns whether the recording continues: it
    /// ends when [`MAX_UNTAKEN_RECORDING_BYTES`] wait to be taken, and its file then is one that was cut off.
    pub fn take(&mut self, out: &mut Vec<u8>) -> bool {
        out.append(&mut self.bytes);
        !self.is_over
    }

    /// Whether it ended because its bytes were not taken.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.is_over
    }

    /// Ends the recording and appends the rest.
    pub fn finish(mut self, moment: &ReplayMoment<'_, S>, out: &mut Vec<u8>) {
        if !self.is_over {
            self.close_chunk(moment);
            write_chunk(END, &[], &mut self.bytes);
        }
        out.append(&mut self.bytes);
    }

    fn seat(&mut self, replay_input: ReplayInput) {
        let applied = self.inputs.apply(replay_input);
        assert!(applied.is_ok(), "{replay_input:?}, who is or is not there already");
    }

    fn close_chunk(&mut self, moment: &ReplayMoment<'_, S>) {
        let ticks = self.ticks.ticks();
        if ticks == 0 {
            return;
        }
        let first = moment.tick.minus(ticks - 1).0.to_le_bytes();
        let (count, hash) = ((ticks as u16).to_le_bytes(), moment.sim.state_hash().to_le_bytes());
        write_chunk(TICKS, &[&first, &count, &hash, self.ticks.finish()], &mut self.bytes);
        self.ticks.clear();
    }
}
