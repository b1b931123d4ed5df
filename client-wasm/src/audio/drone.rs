//! A drone as it sounds: a tone and noise beside it through one filter, and a gain that follows the game.

use crate::audio::nodes::{follow, noise_source, oscillator};
use perigee_shared::presentation::Drone;
use wasm_bindgen::prelude::*;
use web_sys::{
    AudioBuffer, AudioBufferSourceNode, AudioContext, AudioNode, AudioScheduledSourceNode, BiquadFilterType,
    GainNode, OscillatorNode,
};

/// So long one drone fades before another takes its place, seconds.
const FADE_S: f64 = 0.3;

/// One that was started. It never ends by itself; at rest it is silent.
#[derive(Debug)]
pub(super) struct PlayedDrone {
    drone: &'static Drone,
    gain: GainNode,
    tone: OscillatorNode,
    hiss: AudioBufferSourceNode,
    level: f32,
}

impl PlayedDrone {
    /// Starts it, silent.
    pub(super) fn start(
        context: &AudioContext,
        drone: &'static Drone,
        noise: &AudioBuffer,
        out: &AudioNode,
    ) -> Result<Self, JsValue> {
        let gain = context.create_gain()?;
        gain.gain().set_value(0.0);
        let filter = context.create_biquad_filter()?;
        filter.set_type(BiquadFilterType::Lowpass);
        filter.frequency().set_value(drone.cutoff_hz);
        let tone = context.create_oscillator()?;
        tone.set_type(oscillator(drone.wave));
        tone.frequency().set_value(drone.tone_hz);
        let (hiss, hiss_gain) = (noise_source(context, noise)?, context.create_gain()?);
        hiss_gain.gain().set_value(drone.noise);
        tone.connect_with_audio_node(&filter)?;
        hiss.connect_with_audio_node(&hiss_gain)?;
        hiss_gain.connect_with_audio_node(&filter)?;
        filter.connect_with_audio_node(&gain)?;
        gain.connect_with_audio_node(out)?;
        tone.start()?;
        hiss.start()?;
        Ok(Self { drone, gain, tone, hiss, level: 0.0 })
    }

    /// Whether it is that one.
    pub(super) fn is(&self, drone: &Drone) -> bool {
        self.drone == drone
    }

    /// Sets how loud it is, `0..=1` of its gain.
    pub(super) fn set_level(&mut self, level: f32, now_s: f64) {
        if level != self.level {
            self.level = level;
            follow(&self.gain.gain(), level.clamp(0.0, 1.0) * self.drone.gain, now_s);
        }
    }

    /// Lets it fade and ends it.
    pub(super) fn end(mut self, now_s: f64) -> Result<(), JsValue> {
        self.set_level(0.0, now_s);
        for source in [self.tone.unchecked_ref::<AudioScheduledSourceNode>(), self.hiss.unchecked_ref()] {
            source.stop_with_when(now_s + FADE_S)?;
        }
        Ok(())
    }
}
