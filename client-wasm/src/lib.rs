//! Perigee's browser client.
//!
//! - the match: `app` (what state the player is in), `session` (one connection), `transport` (one socket), `watchdog` (what is
//!   overdue on it), `backoff`, `seat` (which tab may come back to it)
//! - the time: `frame_loop`
//! - input: `input`, with `bindings` (which key does what), `key_names` (what is written on it), `touch`, `gamepad`; `gesture`
//!   (a spectator's); `hints` says what they do
//! - display: `renderer` (WebGL2), `hud`, `minimap`, `slots` (texts of the game's own), `net_graph`, `quality`; `free_area` is
//!   what these leave of the view; `announcer` writes for screen readers; `page` is the way to the document
//! - sound: `audio`
//! - the player's choices: `settings`
//! - what lies over the match: `panels`
//!
//! `decode_timing` and `frame_cost` are there for tests.
//!
//! It is generic over the game's `Stage` and names none: `game` is one without its type, and a bundle lists them.

mod about;
mod announcer;
mod app;
mod audio;
mod backoff;
mod bindings;
mod decode_timing;
mod frame_cost;
mod frame_loop;
mod free_area;
mod game;
mod gamepad;
mod gesture;
mod hints;
mod hud;
mod input;
mod key_names;
mod minimap;
mod net_graph;
mod options;
mod page;
mod panels;
mod quality;
mod renderer;
mod seat;
mod session;
mod settings;
mod slots;
mod titles;
mod touch;
mod transport;
mod watchdog;

pub use game::Game;
/// For [`bundle`].
#[doc(hidden)]
pub use wasm_bindgen;

use std::rc::Rc;
use wasm_bindgen::prelude::*;

/// Starts the client, in the page that loaded it, with one of these games. For [`bundle`].
///
/// # Errors
/// What the page lacks, in words.
pub fn start(games: &'static [Game]) -> Result<(), JsValue> {
    let page = Rc::new(page::Page::new()?);
    page::install_panic_hook();
    game::start(page, games)
}

/// What the export `replay_hash` of a [`bundle`] does.
///
/// # Errors
/// In words, what is wrong with the file, or the tick from which on this build computes something else.
pub fn replay_hash(games: &[Game], bytes: &[u8]) -> Result<String, JsError> {
    game::hash_of(games, bytes)
}

/// What the export `decode_ns_per_entity` of a [`bundle`] does.
///
/// # Errors
/// In words, what of it cannot be read.
pub fn decode_ns_per_entity(games: &[Game], downlink: &[u8]) -> Result<f64, JsError> {
    game::decode_ns(games, downlink)
}

/// Makes the crate in which it stands the bundle that a page loads: the client, with the games that these stages present.
/// The first is played where nothing says which.
///
/// Exports to JavaScript: `start()`; for tests `replay_hash(bytes)`, the hash of a replay's last state in hexadecimal
/// digits, which proves that this build computes what the server's does, and `decode_ns_per_entity(downlink)`, the
/// nanoseconds that this build takes to read a snapshot, for each entity held.
#[macro_export]
macro_rules! bundle {
    ($($stage:ty),+ $(,)?) => {
        const GAMES: &[$crate::Game] = &[$($crate::Game::of::<$stage>()),+];

        /// Starts the client in the page that loaded it.
        ///
        /// # Errors
        /// What the page lacks, in words.
        #[$crate::wasm_bindgen::prelude::wasm_bindgen(wasm_bindgen = $crate::wasm_bindgen)]
        pub fn start() -> Result<(), $crate::wasm_bindgen::JsValue> {
            $crate::start(GAMES)
        }

        /// Plays a replay file to its end and gives the hash of the last state in hexadecimal digits.
        ///
        /// # Errors
        /// In words, what is wrong with the file, or the tick from which on this build computes something else.
        #[$crate::wasm_bindgen::prelude::wasm_bindgen(wasm_bindgen = $crate::wasm_bindgen)]
        pub fn replay_hash(bytes: &[u8]) -> Result<String, $crate::wasm_bindgen::JsError> {
            $crate::replay_hash(GAMES, bytes)
        }

        /// Nanoseconds to read a snapshot, for each entity held; `downlink` is what a client was sent.
        ///
        /// # Errors
        /// In words, what of it cannot be read.
        #[$crate::wasm_bindgen::prelude::wasm_bindgen(wasm_bindgen = $crate::wasm_bindgen)]
        pub fn decode_ns_per_entity(downlink: &[u8]) -> Result<f64, $crate::wasm_bindgen::JsError> {
            $crate::decode_ns_per_entity(GAMES, downlink)
        }
    };
}
