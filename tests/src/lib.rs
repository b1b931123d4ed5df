//! Perigee's test tools: bots over real sockets, a simulated network in virtual time, a long match that is counted, and
//! the floor to compare load with; and what fits the codec's tables to play.
//!
//! `fuzz` has functions over any bytes, for libFuzzer and for a moment in the tests.
//!
//! Bots and network drive the same `Host` and `Peer` as the server and the browser do; the floor knows neither.

pub mod bots;
pub mod fit_codec;
pub mod floor;
pub mod fuzz;
pub mod long_match;
pub mod probe_game;
pub mod simnet;
mod stopped;

pub use stopped::stopped;

use perigee_arena::Arena;
use perigee_hockey::Hockey;
use perigee_server::{Game, Games};

/// What the servers of the tests play.
pub const GAMES: Games = Games::new(&[Game::of::<Arena>(), Game::of::<Hockey>()]);
