//! How long this build takes to read what a server sends. The page never asks: a browser test does, since what wasm
//! makes of the decoder cannot be seen from outside. It knows no game.

use crate::page::Page;
use perigee_shared::netcode::{Outbox, Peer, PeerConfig, Simulation};
use perigee_shared::tick::TICK_MICROS;
use wasm_bindgen::JsError;

/// The least of so many runs counts: whatever else the machine does only adds.
const RUNS: u32 = 5;

/// Nanoseconds for each entity held and each snapshot read. `downlink` is all that one client was sent from the welcome
/// on, each message after its length in four bytes, little endian. Only reading is timed: no frame is run, so nothing is
/// predicted or shown.
pub(crate) fn ns_per_entity<S: Simulation>(downlink: &[u8]) -> Result<f64, JsError> {
    let page = Page::new().map_err(|_| JsError::new("there is no clock"))?;
    let messages = split(downlink).ok_or_else(|| JsError::new("a message is cut off"))?;
    let mut held = 0;
    read_all::<S>(&messages, |peer| held += peer.confirmed().count())?;
    let mut least_us = u64::MAX;
    for _ in 0..RUNS {
        let begun_us = page.now_us();
        read_all::<S>(&messages, |_| {})?;
        least_us = least_us.min(page.now_us() - begun_us);
    }
    Ok(least_us as f64 * 1000.0 / held as f64)
}

fn read_all<S: Simulation>(messages: &[&[u8]], mut seen: impl FnMut(&Peer<S>)) -> Result<(), JsError> {
    let mut peer = Peer::<S>::new(PeerConfig::default());
    peer.connected(0, &mut Outbox::default());
    let mut now_us = 0;
    for message in messages {
        peer.handle_packet(now_us, message)?;
        seen(&peer);
        now_us += TICK_MICROS;
    }
    Ok(())
}

fn split(mut bytes: &[u8]) -> Option<Vec<&[u8]>> {
    let mut messages = Vec::new();
    while let Some((length, rest)) = bytes.split_first_chunk::<4>() {
        let (message, rest) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
        messages.push(message);
        bytes = rest;
    }
    bytes.is_empty().then_some(messages)
}
