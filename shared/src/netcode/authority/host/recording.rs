//! The host's side of a recording: passes to the recorder exactly what goes into the simulation.

use super::Host;
use crate::netcode::replay::{Recorder, ReplayInput, ReplayMoment};
use crate::netcode::seam::simulation::Simulation;

impl<S: Simulation> Host<S> {
    /// Records the match from here on, from its beginning or in its middle, with a keyframe every `keyframe_ticks`
    /// ([`crate::netcode::replay::KEYFRAME_TICKS`] is a good number). Drops a recording that is already running.
    pub fn start_recording(&mut self, keyframe_ticks: u32) {
        let moment = ReplayMoment { tick: self.tick, sim: &self.sim, history: &self.history };
        let seated = self.seats.iter().flatten().map(|seat| seat.entry.player);
        let recorder = Recorder::new(self.config.seed, &self.scenario, seated, &moment, keyframe_ticks);
        self.recorder = Some(recorder);
    }

    /// Appends what was recorded since the last call; whole chunks only. To be called about once a second. Returns
    /// whether the recording continues: it ends when it was not taken for too long, and it is false when there is none.
    pub fn take_recording(&mut self, out: &mut Vec<u8>) -> bool {
        self.recorder.as_mut().is_some_and(|recorder| recorder.take(out))
    }

    /// Ends the recording, if there is one, and appends the rest of it.
    pub fn stop_recording(&mut self, out: &mut Vec<u8>) {
        if let Some(recorder) = self.recorder.take() {
            let moment = ReplayMoment { tick: self.tick, sim: &self.sim, history: &self.history };
            recorder.finish(&moment, out);
        }
    }

    pub(super) fn record_input(&mut self, replay_input: ReplayInput) {
        if let Some(recorder) = &mut self.recorder {
            recorder.replay_input(replay_input);
        }
    }

    pub(super) fn record_tick(&mut self) {
        if let Some(recorder) = &mut self.recorder {
            let moment = ReplayMoment { tick: self.tick, sim: &self.sim, history: &self.history };
            recorder.tick(&moment, &self.inputs);
        }
    }
}
