//! What a client tells of itself: where it stands, what it counts, and what was wrong with a message.

use crate::bits::BitError;
use crate::protocol::{DecodeError, DisconnectReason};
use thiserror::Error;

/// Where the connection stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PeerStatus {
    /// Hello sent, or not yet.
    Connecting,
    /// In the room.
    Joined,
    /// The connection broke; the seat is kept until this moment of the client's clock, microseconds.
    Lost {
        /// Until when.
        kept_until_us: u64,
    },
    /// The server said goodbye, and why.
    Closed(DisconnectReason),
}

/// What is wrong with a message from the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum PeerError {
    /// A control message that is not valid.
    #[error("control message: {0}")]
    Control(#[from] DecodeError),
    /// A snapshot that cannot be decoded.
    #[error("snapshot: {0}")]
    Snapshot(#[from] BitError),
    /// A welcome to a match that cannot be.
    #[error("the welcome is to a match that cannot be")]
    Scenario,
    /// A message before the welcome.
    #[error("a message came before the welcome")]
    NotJoined,
}

/// Figures for the net graph and the bots' reports.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PeerStats {
    /// Round trip of the last ping, milliseconds, the server's hold taken off.
    pub rtt_ms: f32,
    /// Mean lateness of snapshots against the quiet network, milliseconds.
    pub jitter_ms: f32,
    /// Message bytes received.
    pub bytes_in: u64,
    /// Message bytes handed to the transport.
    pub bytes_out: u64,
    /// Input packets handed to the transport.
    pub packets_out: u64,
    /// Snapshots received.
    pub snapshots: u64,
    /// Snapshots that told everything.
    pub full_snapshots: u64,
    /// Time between the last two snapshots, milliseconds.
    pub snapshot_interval_ms: f32,
    /// How early commands arrive at the server, by its last report, ticks.
    pub buffered_inputs: f32,
    /// How often the server's state of the own entity differed from the prediction.
    pub mispredictions: u64,
    /// How often that of another predicted entity did.
    pub corrections: u64,
    /// How far in the past others are shown, milliseconds.
    pub interpolation_delay_ms: f32,
    /// Messages that could not be decoded.
    pub decode_errors: u64,
    /// Snapshots whose checksum differed from the state after decoding.
    pub state_mismatches: u64,
    /// Clock jumps after stalls.
    pub resyncs: u64,
    /// Times the seat was given back after a broken connection.
    pub resumes: u64,
    /// Of these, how often one delta told what had been missed.
    pub resumes_by_delta: u64,
    /// Datagrams that came too late, or twice, or built on one that was lost.
    pub datagrams_unused: u64,
    /// Ticks from one snapshot to the next, smoothed.
    pub snapshot_interval_ticks: f32,
    /// Ticks that got a command.
    pub ticks_commanded: u64,
    /// Ticks that got no command because nothing was heard of the server for so long.
    pub ticks_held: u64,
    /// Entities in view.
    pub visible: usize,
    /// Messages of the services that nobody took in time.
    pub service_messages_dropped: u64,
}
