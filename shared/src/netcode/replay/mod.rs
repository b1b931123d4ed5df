//! Recordings of matches: the inputs of the simulation, which on playback give the same states, bit for bit.
//!
//! - `recorder` writes, `player` reads; neither does I/O: bytes are arguments
//! - `chunks`: the file's frame, with a checksum for each chunk; `inputs`: replay inputs and commands as changes since
//!   the tick before; `keyframe`: a whole state to start from
//!
//! This code must not know the game, the host or where the bytes are stored. The file (all numbers little endian):
//!
//! ```text
//! 50 45 52 49 47 45 45 1a | version u32 | schema u64 |     the head, 20 bytes
//! kind u8 | length u32 | payload: length bytes | crc32 u32  a chunk; the checksum is over kind, length and payload
//! ...
//!
//! kind 0  match      seed u64, scenario                     first, once
//! kind 1  keyframe   tick u32, length u32, saved simulation, bits: inputs, history
//! kind 2  ticks      first tick u32, ticks u16, state hash after the last u64, bits: replay inputs and commands
//! kind 3  end                                              last, if the recording ended on purpose
//! ```
//!
//! A keyframe comes second, so a recording may begin in the middle of a match. A file that is cut off or damaged plays
//! up to there, and [`Player::ending`] reports how it ends. A reader skips chunks of unknown kinds. `PROTOCOL.md`
//! specifies the bits.

mod chunks;
mod inputs;
mod keyframe;
mod player;
mod recorder;
#[cfg(test)]
mod tests;

pub use chunks::Ending;
pub use inputs::ReplayInput;
pub use player::Player;
pub use recorder::{KEYFRAME_TICKS, Recorder};

use crate::bits::BitError;
use crate::netcode::seam::simulation::{LoadError, Simulation};
use crate::netcode::state::history::History;
use crate::tick::Tick;
use thiserror::Error;

/// Version of the file's layout; the field tables are covered by the schema hash.
pub const REPLAY_VERSION: u32 = 3;
/// Ticks between two state hashes.
pub const HASH_TICKS: u32 = 30;

/// The simulation between two ticks, with the history that the next one uses.
#[derive(Debug)]
pub struct ReplayMoment<'a, S: Simulation> {
    /// The last tick that was stepped.
    pub tick: Tick,
    /// The simulation.
    pub sim: &'a S,
    /// The ticks up to and including `tick`.
    pub history: &'a History<S::Entity>,
}

/// Bytes that are not a replay, or not of this game, or whose playback differs from the recording.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ReplayError {
    /// They do not begin with the magic bytes.
    #[error("this is not a replay file")]
    NotAReplay,
    /// Another version of the layout.
    #[error("the file has version {0} of the layout, this program reads version {REPLAY_VERSION}")]
    Version(u32),
    /// Another game, or another version of this one.
    #[error("the file is of another game, or of another version of this one")]
    Schema,
    /// It is cut off or damaged before the first keyframe's end.
    #[error("the file holds no tick that can be played: {0}")]
    Empty(Ending),
    /// A complete chunk has invalid content.
    #[error("the chunk at byte {at_byte} cannot be: {what}")]
    BadChunk {
        /// Where it begins.
        at_byte: usize,
        /// The problem.
        what: &'static str,
    },
    /// The bits of a complete chunk cannot be read.
    #[error("the chunk at byte {at_byte} cannot be read: {cause}")]
    BadBits {
        /// Where it begins.
        at_byte: usize,
        /// The cause.
        cause: BitError,
    },
    /// A keyframe's simulation cannot be loaded.
    #[error("the keyframe at byte {at_byte} cannot be loaded: {cause}")]
    BadKeyframe {
        /// Where it begins.
        at_byte: usize,
        /// The cause.
        cause: LoadError,
    },
    /// Playback gave another state than was recorded: another program, or a game that is not deterministic.
    #[error("after tick {} the state is another than was recorded", tick.0)]
    Desync {
        /// The tick whose hash or keyframe differs; the one before was equal.
        tick: Tick,
    },
    /// A tick that the file does not contain.
    #[error("tick {} is not in the file, which holds {} to {}", wanted.0, first.0, last.0)]
    NotHeld {
        /// The requested tick.
        wanted: Tick,
        /// The first tick of the file.
        first: Tick,
        /// The last tick of the file.
        last: Tick,
    },
}
