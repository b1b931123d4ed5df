//! The loudspeaker: WebAudio nodes for each sound, a drone that lasts, and a limiter before the output.
//!
//! ```text
//! sound -> loudness -> side -> near --------------\
//! sound -> loudness -> side -> far (steps back) ---> master -> limiter -> out
//! drone ----------------------> far
//! ```

use crate::audio::drone::PlayedDrone;
use crate::audio::nodes::{follow, make_noise, noise_source, oscillator};
use crate::audio::voices::Voices;
use perigee_shared::presentation::{Cue, DroneCue, Layer, Wave, Weight};
use wasm_bindgen::prelude::*;
use web_sys::{
    AudioBuffer, AudioContext, AudioContextState, AudioNode, AudioParam, AudioScheduledSourceNode,
    BiquadFilterType, GainNode,
};

/// A sound begins within this time, seconds: at once would click.
const ATTACK_S: f64 = 0.004;
/// Where a sound that dies away is taken for silent.
const SILENT: f32 = 0.0008;
/// How far the rest steps back for what is important, for how long, and how fast it comes back, seconds.
const DUCKED: f32 = 0.4;
const DUCK_S: f64 = 0.22;
const DUCK_BACK_S: f64 = 0.14;

/// The loudspeaker.
#[derive(Debug)]
pub(super) struct Speaker {
    context: AudioContext,
    master: GainNode,
    near: GainNode,
    far: GainNode,
    noise: AudioBuffer,
    drone: Option<PlayedDrone>,
    voices: Voices,
    /// What a refused promise does: nothing.
    ignore: Closure<dyn FnMut(JsValue)>,
}

impl Speaker {
    /// Asks the browser for an audio context.
    pub(super) fn new() -> Result<Self, JsValue> {
        let context = AudioContext::new()?;
        let master = context.create_gain()?;
        master.gain().set_value(0.0);
        let limiter = context.create_dynamics_compressor()?;
        for (param, value) in [
            (limiter.threshold(), -14.0),
            (limiter.knee(), 10.0),
            (limiter.ratio(), 12.0),
            (limiter.release(), 0.2),
        ] {
            param.set_value(value);
        }
        master.connect_with_audio_node(&limiter)?;
        limiter.connect_with_audio_node(&context.destination())?;
        let (near, far) = (context.create_gain()?, context.create_gain()?);
        near.connect_with_audio_node(&master)?;
        far.connect_with_audio_node(&master)?;
        let noise = make_noise(&context)?;
        let speaker = Self {
            context,
            master,
            near,
            far,
            noise,
            drone: None,
            voices: Voices::default(),
            ignore: Closure::new(drop),
        };
        speaker.wake();
        Ok(speaker)
    }

    /// Whether anything can be heard.
    pub(super) fn is_running(&self) -> bool {
        self.context.state() == AudioContextState::Running
    }

    /// Whether the browser has taken it away for good.
    pub(super) fn is_closed(&self) -> bool {
        self.context.state() == AudioContextState::Closed
    }

    /// Asks again, if the browser holds the sound back, for whatever reason: a call on a phone, say, has a state of its own.
    pub(super) fn wake(&self) {
        if !self.is_running()
            && !self.is_closed()
            && let Ok(promise) = self.context.resume()
        {
            // Refused is silent, and asked again at the next touch.
            let _ = promise.catch(&self.ignore);
        }
    }

    /// Sets how loud everything is.
    pub(super) fn set_loudness(&self, loudness: f32) {
        follow(&self.master.gain(), loudness, self.context.current_time());
    }

    /// Sets what lasts, and how loud it is. It is made when it is first heard, and kept while it is silent.
    pub(super) fn set_drone(&mut self, cue: Option<DroneCue>) -> Result<(), JsValue> {
        let now_s = self.context.current_time();
        if let Some(cue) = cue.filter(|cue| self.drone.as_ref().is_none_or(|played| !played.is(cue.drone))) {
            if let Some(before) = self.drone.take() {
                before.end(now_s)?;
            }
            self.drone = Some(PlayedDrone::start(&self.context, cue.drone, &self.noise, &self.far)?);
        }
        if let Some(played) = &mut self.drone {
            played.set_level(cue.map_or(0.0, |cue| cue.level), now_s);
        }
        Ok(())
    }

    /// Plays a cue; `false` if too many sound already.
    pub(super) fn play(&mut self, cue: Cue) -> Result<bool, JsValue> {
        let now_s = self.context.current_time();
        let is_far = cue.sound.weight == Weight::Background;
        if !self.voices.admit(now_s, cue.sound.length_s(), !is_far) {
            return Ok(false);
        }
        let loudness = self.context.create_gain()?;
        loudness.gain().set_value(cue.gain.clamp(0.0, 1.0));
        let side = self.context.create_stereo_panner()?;
        side.pan().set_value(cue.pan.clamp(-1.0, 1.0));
        loudness.connect_with_audio_node(&side)?;
        side.connect_with_audio_node(if is_far { &self.far } else { &self.near })?;
        for layer in cue.sound.layers {
            self.play_layer(layer, &loudness, now_s)?;
        }
        if cue.sound.weight == Weight::Important {
            self.duck(now_s);
        }
        Ok(true)
    }

    fn play_layer(&self, layer: &Layer, out: &AudioNode, now_s: f64) -> Result<(), JsValue> {
        let from_s = now_s + f64::from(layer.at_s);
        let until_s = from_s + f64::from(layer.length_s);
        let envelope = self.context.create_gain()?;
        let strength = envelope.gain();
        strength.set_value_at_time(0.0, from_s)?;
        strength.linear_ramp_to_value_at_time(layer.gain, from_s + ATTACK_S)?;
        strength.exponential_ramp_to_value_at_time(SILENT, until_s)?;
        envelope.connect_with_audio_node(out)?;
        let slide = |pitch: &AudioParam| -> Result<(), JsValue> {
            pitch.set_value_at_time(layer.from_hz, from_s)?;
            pitch.exponential_ramp_to_value_at_time(layer.to_hz, until_s)?;
            Ok(())
        };
        if layer.wave == Wave::Noise {
            let filter = self.context.create_biquad_filter()?;
            filter.set_type(BiquadFilterType::Lowpass);
            slide(&filter.frequency())?;
            filter.connect_with_audio_node(&envelope)?;
            let source = noise_source(&self.context, &self.noise)?;
            source.connect_with_audio_node(&filter)?;
            source.start_with_when(from_s)?;
            return AsRef::<AudioScheduledSourceNode>::as_ref(&source).stop_with_when(until_s);
        }
        let source = self.context.create_oscillator()?;
        source.set_type(oscillator(layer.wave));
        slide(&source.frequency())?;
        source.connect_with_audio_node(&envelope)?;
        source.start_with_when(from_s)?;
        source.stop_with_when(until_s)
    }

    /// The rest steps back for a moment.
    fn duck(&self, now_s: f64) {
        let gain = self.far.gain();
        // Times that are not in the past are always accepted.
        let _ = gain.cancel_scheduled_values(now_s);
        let _ = gain.set_target_at_time(DUCKED, now_s, 0.012);
        let _ = gain.set_target_at_time(1.0, now_s + DUCK_S, DUCK_BACK_S);
    }
}
