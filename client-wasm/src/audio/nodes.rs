//! WebAudio nodes that sounds and drones are built of.

use perigee_shared::presentation::Wave;
use wasm_bindgen::prelude::*;
use web_sys::{AudioBuffer, AudioBufferSourceNode, AudioContext, AudioParam, OscillatorType};

/// How fast a value follows, seconds.
const FOLLOW_S: f64 = 0.04;
/// Noise is made once, this long, seconds.
const NOISE_S: f32 = 1.0;

/// Lets a value glide to another one.
pub(super) fn follow(param: &AudioParam, value: f32, now_s: f64) {
    let _ = param.set_target_at_time(value, now_s, FOLLOW_S);
}

pub(super) fn oscillator(wave: Wave) -> OscillatorType {
    match wave {
        Wave::Triangle => OscillatorType::Triangle,
        Wave::Square => OscillatorType::Square,
        Wave::Saw => OscillatorType::Sawtooth,
        Wave::Sine | Wave::Noise => OscillatorType::Sine,
    }
}

/// Noise to be played again and again.
pub(super) fn make_noise(context: &AudioContext) -> Result<AudioBuffer, JsValue> {
    let rate = context.sample_rate();
    let mut state = 0x2545_f491_u32;
    let samples: Vec<f32> = (0..(rate * NOISE_S) as usize)
        .map(|_| {
            // Marsaglia's xorshift: noise needs no more.
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            state as f32 / (u32::MAX / 2) as f32 - 1.0
        })
        .collect();
    let buffer = context.create_buffer(1, samples.len() as u32, rate)?;
    buffer.copy_to_channel(&samples, 0)?;
    Ok(buffer)
}

/// Noise that goes on.
pub(super) fn noise_source(
    context: &AudioContext,
    noise: &AudioBuffer,
) -> Result<AudioBufferSourceNode, JsValue> {
    let source = context.create_buffer_source()?;
    source.set_buffer(Some(noise));
    source.set_loop(true);
    Ok(source)
}
