//! A seated player's connection, and what waits in front of a spectator's.

use crate::room::link::Link;
use crate::room::mailbox::ConnectionId;
use crate::room::spectator_delay::SpectatorDelay;
use bytes::Bytes;
use perigee_shared::netcode::Lane;
use perigee_shared::protocol::DisconnectReason;
use std::sync::Arc;

/// A seated player's connection.
#[derive(Debug)]
pub(super) struct Seat {
    pub(super) connection: ConnectionId,
    pub(super) link: Arc<Link>,
    /// A spectator's.
    pub(super) spectator_delay: Option<SpectatorDelay>,
    /// Totals at the last report, for rates.
    pub(super) counted: (u64, u64),
}

impl Seat {
    /// Whether a snapshot may be made for it.
    pub(super) fn is_ready(&self) -> bool {
        self.spectator_delay.as_ref().map_or_else(|| self.link.is_ready(), SpectatorDelay::has_room)
    }

    pub(super) fn give(&mut self, now_us: u64, lane: Lane, bytes: &[u8]) {
        match (&self.spectator_delay, lane) {
            (Some(_), lane) => self.hold_back(now_us, lane, Bytes::copy_from_slice(bytes)),
            (None, Lane::Snapshot) => self.link.put_snapshot(bytes),
            (None, Lane::Reliable) => self.link.put_reliable(Bytes::copy_from_slice(bytes)),
        }
    }

    pub(super) fn give_reliable(&mut self, now_us: u64, bytes: Bytes) {
        match &self.spectator_delay {
            Some(_) => self.hold_back(now_us, Lane::Reliable, bytes),
            None => self.link.put_reliable(bytes),
        }
    }

    fn hold_back(&mut self, now_us: u64, lane: Lane, bytes: Bytes) {
        if self.spectator_delay.as_mut().is_some_and(|held| !held.put(now_us, lane, bytes)) {
            self.link.close(DisconnectReason::NotReading);
        }
    }

    pub(super) fn release(&mut self, now_us: u64) {
        if let Some(held) = &mut self.spectator_delay {
            held.release(now_us, &self.link);
        }
    }
}
