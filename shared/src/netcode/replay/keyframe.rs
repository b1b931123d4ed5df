//! A whole state to start from: the simulation, the last inputs, and as much history as the next tick may use.

use super::chunks::{Fields, KEYFRAME, write_chunk};
use super::inputs::Inputs;
use super::{ReplayError, ReplayMoment};
use crate::bits::{BitReader, BitWriter};
use crate::limits::MAX_REWIND_TICKS;
use crate::netcode::entity::Entity;
use crate::netcode::seam::simulation::Simulation;
use crate::netcode::state::history::History;
use crate::tick::Tick;

/// A decoded state.
#[derive(Debug)]
pub(super) struct Keyframe<S: Simulation> {
    pub(super) tick: Tick,
    pub(super) sim: S,
    pub(super) inputs: Inputs<S::Command>,
    pub(super) history: History<S::Entity>,
    pub(super) map: Map<S>,
}

pub(super) type Map<S> = <<S as Simulation>::Entity as Entity>::Map;

/// Appends the chunk. Equal states give equal bytes.
pub(super) fn write_keyframe<S: Simulation>(
    moment: &ReplayMoment<'_, S>,
    inputs: &Inputs<S::Command>,
    map: &Map<S>,
    out: &mut Vec<u8>,
) {
    let mut saved = Vec::new();
    moment.sim.save(&mut saved);
    let mut writer = BitWriter::new();
    inputs.write_whole(&mut writer);
    moment.history.save(moment.tick, MAX_REWIND_TICKS, map, &mut writer);
    let (tick, length) = (moment.tick.0.to_le_bytes(), (saved.len() as u32).to_le_bytes());
    write_chunk(KEYFRAME, &[&tick, &length, &saved, writer.finish()], out);
}

/// A keyframe's tick, without reading the rest.
pub(super) fn keyframe_tick(payload: &[u8]) -> Option<Tick> {
    Fields(payload).u32().map(Tick)
}

/// Reads a payload.
pub(super) fn read_keyframe<S: Simulation>(
    payload: &[u8],
    at_byte: usize,
    scenario: &S::Scenario,
) -> Result<Keyframe<S>, ReplayError> {
    let mut fields = Fields(payload);
    let short = ReplayError::BadChunk { at_byte, what: "it is too short" };
    let tick = fields.u32().map(Tick).ok_or(short.clone())?;
    let length = fields.u32().ok_or(short.clone())? as usize;
    let saved = fields.bytes(length).ok_or(short)?;
    // First, because it checks the scenario that the map is built from.
    let sim = S::load(scenario, saved).map_err(|cause| ReplayError::BadKeyframe { at_byte, cause })?;
    let map = S::map(scenario);
    let mut reader = BitReader::new(fields.0);
    let read = |reader: &mut BitReader<'_>| {
        let inputs = Inputs::read_whole(reader)?;
        Ok((inputs, History::load(tick, &map, reader)?))
    };
    let (inputs, history) = read(&mut reader)
        .and_then(|state| reader.end().map(|()| state))
        .map_err(|cause| ReplayError::BadBits { at_byte, cause })?;
    Ok(Keyframe { tick, sim, inputs, history, map })
}
