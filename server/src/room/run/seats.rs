//! The seats' connections: what is sent to each, a spectator's delay queue, and which connections are to be closed.

use crate::access::Limits;
use crate::room::handle::Session;
use crate::room::link::Traffic;
use crate::room::session::{ConnectionId, Role};
use crate::room::spectator_delay::SpectatorDelay;
use bytes::Bytes;
use perigee_shared::ids::PlayerId;
use perigee_shared::netcode::{Address, Lane, Outbox};
use perigee_shared::protocol::DisconnectReason;
use std::sync::Arc;

/// Connections are checked every half second; after so long a gap the whole server stood still, microseconds.
const STALL_US: u64 = 2_000_000;

/// A seat whose player is connected.
#[derive(Debug)]
struct ConnectedSeat {
    session: Arc<Session>,
    /// Set for a spectator.
    spectator_delay: Option<SpectatorDelay>,
    /// The traffic at the last report, for rates.
    counted: Traffic,
}

impl ConnectedSeat {
    /// Whether a snapshot may be made for it.
    fn is_ready(&self) -> bool {
        self.spectator_delay.as_ref().map_or_else(|| self.session.link.is_ready(), SpectatorDelay::has_room)
    }

    fn send(&mut self, now_us: u64, lane: Lane, bytes: &[u8]) {
        match (&self.spectator_delay, lane) {
            (Some(_), lane) => self.delay(now_us, lane, Bytes::copy_from_slice(bytes)),
            (None, Lane::Snapshot) => self.session.link.put_snapshot(bytes),
            (None, Lane::Reliable) => self.session.link.put_reliable(Bytes::copy_from_slice(bytes)),
        }
    }

    fn send_reliable(&mut self, now_us: u64, bytes: Bytes) {
        match &self.spectator_delay {
            Some(_) => self.delay(now_us, Lane::Reliable, bytes),
            None => self.session.link.put_reliable(bytes),
        }
    }

    fn delay(&mut self, now_us: u64, lane: Lane, bytes: Bytes) {
        if self.spectator_delay.as_mut().is_some_and(|delay| !delay.put(now_us, lane, bytes)) {
            self.session.link.close(DisconnectReason::NotReading);
        }
    }

    fn release(&mut self, now_us: u64) {
        if let Some(delay) = &mut self.spectator_delay {
            delay.release(now_us, &self.session.link);
        }
    }
}

/// A room's connections, by seat.
#[derive(Debug)]
pub(super) struct Seats {
    seats: Vec<Option<ConnectedSeat>>,
    silence_timeout_us: u64,
    write_timeout_us: u64,
    /// When they were last checked, microseconds of the room's clock.
    checked_at_us: u64,
}

impl Seats {
    pub(super) fn new(count: usize, limits: &Limits) -> Self {
        Self {
            seats: (0..count).map(|_| None).collect(),
            silence_timeout_us: limits.silence_timeout_ms * 1000,
            write_timeout_us: limits.write_timeout_ms * 1000,
            checked_at_us: 0,
        }
    }

    /// Number of seats, taken or not.
    pub(super) fn len(&self) -> usize {
        self.seats.len()
    }

    /// Seats that have a connection.
    pub(super) fn connected(&self) -> usize {
        self.seats.iter().flatten().count()
    }

    /// Whether a snapshot may be made for the seat.
    pub(super) fn is_ready(&self, player: PlayerId) -> bool {
        self.seats[player.index()].as_ref().is_some_and(ConnectedSeat::is_ready)
    }

    /// Whether this connection has the seat.
    pub(super) fn is_of(&self, player: PlayerId, connection: ConnectionId) -> bool {
        self.session(player).is_some_and(|session| session.connection == connection)
    }

    fn session(&self, player: PlayerId) -> Option<&Session> {
        self.seats.get(player.index())?.as_ref().map(|seat| &*seat.session)
    }

    /// Gives the seat this connection. An older one of the same player, which may not have noticed that it is broken,
    /// is closed.
    pub(super) fn attach(&mut self, session: Arc<Session>) {
        let seat = &mut self.seats[session.player.index()];
        let new = ConnectedSeat { session, spectator_delay: None, counted: Traffic::default() };
        if let Some(before) = seat.replace(new) {
            before.session.link.close(DisconnectReason::Replaced);
        }
    }

    /// From now on what is sent to a spectator is delayed. The welcome was sent at once.
    pub(super) fn begin_delay(&mut self, player: PlayerId) {
        if let Some(seat) = &mut self.seats[player.index()]
            && let Role::Spectator { delay_ms } = seat.session.role
        {
            seat.spectator_delay = Some(SpectatorDelay::new(u64::from(delay_ms) * 1000));
        }
    }

    /// The seat has no connection any more.
    pub(super) fn detach(&mut self, player: PlayerId) {
        self.seats[player.index()] = None;
    }

    /// Ends the seat's connection, if it has one.
    pub(super) fn close(&self, player: PlayerId, reason: DisconnectReason) {
        if let Some(session) = self.session(player) {
            session.link.close(reason);
        }
    }

    /// Ends all of them.
    pub(super) fn close_all(&self, reason: &DisconnectReason) {
        for seat in self.seats.iter().flatten() {
            seat.session.link.close(reason.clone());
        }
    }

    /// Ends connections that send nothing or accept nothing, so that their tasks need no timers. Returns false if the
    /// whole server stood still since the last call: what arrived meanwhile is still unread, so silence proves nothing.
    pub(super) fn close_idle(&mut self, now_us: u64) -> bool {
        let since_us = now_us - std::mem::replace(&mut self.checked_at_us, now_us);
        if since_us > STALL_US {
            return false;
        }
        for seat in self.seats.iter().flatten() {
            let idle = seat.session.link.idle(now_us);
            if idle.silent_us > self.silence_timeout_us {
                seat.session.link.close(DisconnectReason::Silent);
            } else if idle.blocked_us > self.write_timeout_us {
                seat.session.link.close(DisconnectReason::NotReading);
            }
        }
        true
    }

    /// Moves what the host wrote to the connections' lanes.
    pub(super) fn deliver(&mut self, outbox: &mut Outbox, now_us: u64) {
        for (to, lane, bytes) in outbox.iter() {
            match to {
                Address::Player(player) => {
                    if let Some(seat) = &mut self.seats[player.index()] {
                        seat.send(now_us, lane, bytes);
                    }
                }
                Address::Everyone => {
                    let shared = Bytes::copy_from_slice(bytes);
                    for seat in self.seats.iter_mut().flatten() {
                        seat.send_reliable(now_us, shared.clone());
                    }
                }
            }
        }
        outbox.clear();
        for seat in self.seats.iter_mut().flatten() {
            seat.release(now_us);
        }
    }

    /// What was sent to the seat's connection since the last call.
    pub(super) fn take_traffic(&mut self, player: PlayerId) -> Traffic {
        let Some(seat) = &mut self.seats[player.index()] else { return Traffic::default() };
        let total = seat.session.link.traffic();
        let before = std::mem::replace(&mut seat.counted, total);
        total.since(before)
    }
}
