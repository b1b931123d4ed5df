//! What a client reports about itself: its state, its counters, and errors in messages.

use crate::bits::BitError;
use crate::protocol::{DecodeError, DisconnectReason};
use thiserror::Error;

/// The state of the connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PeerStatus {
    /// The hello was sent, or will be.
    Connecting,
    /// In the room.
    Joined,
    /// The connection broke; the seat is kept until this moment of the client's clock, microseconds.
    Lost {
        /// Until when the seat is kept.
        kept_until_us: u64,
    },
    /// The server closed the connection, and why.
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
    /// A welcome to a match with invalid parameters.
    #[error("the welcome is to a match that cannot be")]
    Scenario,
    /// A message before the welcome.
    #[error("a message came before the welcome")]
    NotJoined,
}

/// Figures for the net graph and the bots' reports.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PeerStats {
    /// Round trip of the last ping, milliseconds, without the time that the server held it.
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
    /// Full snapshots.
    pub full_snapshots: u64,
    /// Time between the last two snapshots, milliseconds.
    pub snapshot_interval_ms: f32,
    /// How early commands arrive at the server, according to its last report, ticks.
    pub buffered_inputs: f32,
    /// How often the server's state of the own entity differed from the prediction.
    pub mispredictions: u64,
    /// How often the server's state of another predicted entity did.
    pub corrections: u64,
    /// How far in the past other entities are shown, milliseconds.
    pub interpolation_delay_ms: f32,
    /// Messages that could not be decoded.
    pub decode_errors: u64,
    /// Snapshots whose checksum differed from the state after decoding.
    pub state_mismatches: u64,
    /// Clock jumps after stalls.
    pub resyncs: u64,
    /// Times the seat was resumed after a broken connection.
    pub resumes: u64,
    /// Of these, how often one delta contained all that was missed.
    pub resumes_by_delta: u64,
    /// Datagrams that arrived too late, or twice, or built on a lost one.
    pub datagrams_unused: u64,
    /// Ticks from one snapshot to the next, smoothed.
    pub snapshot_interval_ticks: f32,
    /// Ticks that got a command.
    pub ticks_commanded: u64,
    /// Ticks that got no command because the server had been silent for so long.
    pub ticks_held: u64,
    /// Entities in view.
    pub visible: usize,
    /// Messages of the services that the application did not take in time.
    pub service_messages_dropped: u64,
}
