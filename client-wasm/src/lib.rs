//! Perigee's browser client.
//!
//! - the match: `app` (what state the player is in), `session` (one connection), `transport` (one socket), `vigil` (what is overdue on it), `backoff`, `seat` (which tab may come back to it)
//! - the time: `frame_loop`
//! - the hands: `input`, with `bindings` (which key does what), `key_names` (what is written on it), `touch`, `gamepad`, `fingers` (of who looks on); `hints` says what they do
//! - the eyes: `painter` (WebGL2), `hud`, `net_graph`, `minimap`, `quality`; `free_area` is what they leave
//!   of the view; `announcer` speaks for who does not see; `page` is the way to the document
//! - the ears: `audio`
//! - the player's choices: `settings`
//! - what lies over the match: `panels`
//!
//! `decode_timing` and `frame_cost` are there for tests.
//!
//! It is generic over the game's `Stage`; the line below is the only one that names a game.

mod announcer;
mod app;
mod audio;
mod backoff;
mod bindings;
mod decode_timing;
mod fingers;
mod frame_cost;
mod frame_loop;
mod free_area;
mod gamepad;
mod hints;
mod hud;
mod input;
mod key_names;
mod minimap;
mod net_graph;
mod options;
mod page;
mod painter;
mod panels;
mod quality;
mod seat;
mod session;
mod settings;
mod touch;
mod transport;
mod vigil;

use perigee_shared::netcode::Simulation;
use perigee_shared::netcode::replay::Player;
use perigee_shared::presentation::Stage;
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::prelude::*;

type GameStage = perigee_arena::ArenaStage;

/// Starts the client in the page that loaded it.
///
/// # Errors
/// What the page lacks, in words.
#[wasm_bindgen]
pub fn start() -> Result<(), JsValue> {
    let page = Rc::new(page::Page::new()?);
    page::install_panic_hook();
    let app = app::App::<GameStage>::new(&page)?;
    frame_loop::run(&page, Rc::new(RefCell::new(app)))
}

/// Plays a replay file to its end and gives the hash of the last state in hexadecimal digits: proof that this build
/// computes what the server's does.
///
/// # Errors
/// In words, what is wrong with the file, or the tick from which on this build computes something else.
#[wasm_bindgen]
pub fn replay_hash(bytes: &[u8]) -> Result<String, JsError> {
    hash_of::<<GameStage as Stage>::Game>(bytes)
}

/// Nanoseconds that this build takes to read a snapshot, for each entity held; `downlink` is what a client was sent.
///
/// # Errors
/// In words, what of it cannot be read.
#[wasm_bindgen]
pub fn decode_ns_per_entity(downlink: &[u8]) -> Result<f64, JsError> {
    decode_timing::ns_per_entity::<<GameStage as Stage>::Game>(downlink)
}

fn hash_of<S: Simulation>(bytes: &[u8]) -> Result<String, JsError> {
    let mut player = Player::<S>::open(bytes)?;
    Ok(format!("{:016x}", player.play_to_end()?))
}
