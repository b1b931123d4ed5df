//! What the stack itself costs: a server that writes ready frames and drops what it reads, and the crowd that loads it.
//!
//! `make load-floor` measures it, so that the real server's figures have something to be compared with. It knows no
//! game and no protocol, and nothing else of Perigee.
//!
//! - `server`: a beat thread and a task for each connection
//! - `crowd`: clients that send and count
//! - `main`: the program `perigee-floor`

mod crowd;
mod server;

pub use crowd::{Crowd, CrowdReport, run as run_crowd};
pub use server::serve;

use std::time::{Duration, Instant};

/// Beats a second, as a room's.
const BEAT_HZ: u64 = 30;
/// A frame or an input fits well into this many bytes; larger ones are no floor of this game.
pub const MAX_MESSAGE_BYTES: usize = 1024;

/// When beat `number` is due: absolute, so that it does not drift.
fn due(epoch: Instant, number: u64) -> Instant {
    epoch + Duration::from_micros(number * 1_000_000 / BEAT_HZ)
}
