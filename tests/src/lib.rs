//! Perigee's test tools: bots over real sockets, a simulated network in virtual time, a long match with statistics, a
//! baseline for load figures (the floor), and the program that fits the codec's tables to recorded play.
//!
//! `fuzz` has functions over any bytes, for libFuzzer and, briefly, for the tests.
//!
//! Bots and simulated network use the same `Host` and `Peer` as the server and the browser; the floor uses neither.

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

/// The games of the tests' servers.
pub const GAMES: Games = Games::new(&[Game::of::<Arena>(), Game::of::<Hockey>()]);
