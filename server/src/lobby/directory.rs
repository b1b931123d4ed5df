//! The room directory: which rooms run, and their threads: it starts, watches, restarts and ends them. It does not
//! choose rooms for players.

use super::error::LobbyError;
use super::factory::{Played, RoomFactory, StartedRoom};
use crate::address::AddressKey;
use crate::metrics::Metrics;
use crate::room::{Lifetime, RoomConfig, RoomHandle};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// A failure after a run of this length does not count as one in a row.
const STEADY: Duration = Duration::from_secs(60);
/// The wait after the second failure in a row; it doubles with each further one.
const FIRST_WAIT: Duration = Duration::from_millis(250);
/// The longest wait before a restart.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// Why a room exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RoomOrigin {
    /// It is configured.
    Configured,
    /// The other rooms were full.
    Opened,
    /// A client at this address requested it.
    Private(AddressKey),
}

impl RoomOrigin {
    fn label(self) -> &'static str {
        match self {
            Self::Configured => "configured",
            Self::Opened => "opened",
            Self::Private(_) => "private",
        }
    }
}

/// How many private rooms there are.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct PrivateCount {
    pub(super) all: usize,
    /// Those requested from one address.
    pub(super) own: usize,
}

/// A room to start.
#[derive(Debug)]
pub(super) struct NewRoom {
    pub(super) config: RoomConfig,
    /// Index of the configured room that it copies.
    pub(super) template: usize,
    pub(super) origin: RoomOrigin,
}

#[derive(Debug)]
struct Running {
    handle: Arc<RoomHandle>,
    thread: JoinHandle<()>,
    since: Instant,
}

impl Running {
    fn new(StartedRoom { handle, thread }: StartedRoom) -> Self {
        Self { handle, thread, since: Instant::now() }
    }

    fn is_over(&self) -> bool {
        self.thread.is_finished()
    }
}

#[derive(Debug)]
struct Entry {
    config: RoomConfig,
    /// Index of the configured room that it copies.
    template: usize,
    origin: RoomOrigin,
    running: Option<Running>,
    /// Failures in a row.
    failures: u32,
    /// When to restart it.
    restart_at: Option<Instant>,
}

/// How a thread ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Closed,
    Panicked,
}

/// All rooms, the configured ones first.
#[derive(Debug, Default)]
pub(super) struct RoomDirectory {
    entries: Vec<Entry>,
    /// Rooms created at run time so far.
    created: u64,
    /// Whether no more rooms are started, because the server drains.
    closed: bool,
}

impl RoomDirectory {
    /// The running rooms, in order.
    pub(super) fn running(&self) -> Arc<[Arc<RoomHandle>]> {
        self.entries.iter().filter_map(|entry| Some(Arc::clone(&entry.running.as_ref()?.handle))).collect()
    }

    /// Number of rooms, including those that wait for a restart.
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn is_taken(&self, name: &str) -> bool {
        self.entries.iter().any(|entry| entry.config.name == name)
    }

    /// The number of private rooms, and of those requested from `address`.
    pub(super) fn private_count(&self, address: AddressKey) -> PrivateCount {
        let creators = self.entries.iter().filter_map(|entry| match entry.origin {
            RoomOrigin::Private(creator) => Some(creator),
            _ => None,
        });
        creators.fold(PrivateCount::default(), |PrivateCount { all, own }, creator| PrivateCount {
            all: all + 1,
            own: own + usize::from(creator == address),
        })
    }

    /// Index of the configured room that this one copies.
    pub(super) fn template_of(&self, room: &RoomHandle) -> Option<usize> {
        self.entries.iter().find(|entry| entry.config.name == room.name()).map(|entry| entry.template)
    }

    /// The game and mode of the configured room `template`, if it runs.
    pub(super) fn played_in(&self, template: usize) -> Option<Played> {
        let entry = self.entries.iter().find(|entry| entry.template == template)?;
        let handle = &entry.running.as_ref()?.handle;
        Some(Played { game: handle.game().name, mode: handle.status().round.mode })
    }

    /// Rooms created at run time so far.
    pub(super) fn created(&self) -> u64 {
        self.created
    }

    /// Starts no room from now on: the server drains.
    pub(super) fn close(&mut self) {
        self.closed = true;
    }

    pub(super) fn is_closed(&self) -> bool {
        self.closed
    }

    /// Starts another room.
    ///
    /// # Errors
    /// [`LobbyError::Thread`], [`LobbyError::Randomness`].
    pub(super) fn add(
        &mut self,
        room: NewRoom,
        factory: &RoomFactory,
    ) -> Result<Arc<RoomHandle>, LobbyError> {
        let NewRoom { config, template, origin } = room;
        let running = Running::new(factory.start(&config)?);
        let handle = Arc::clone(&running.handle);
        self.created += u64::from(config.lifetime != Lifetime::Permanent);
        factory.metrics().lobby.started(origin.label());
        let running = Some(running);
        self.entries.push(Entry { config, template, origin, running, failures: 0, restart_at: None });
        Ok(handle)
    }

    /// Finds threads that ended, and restarts configured rooms that failed. Returns whether anything changed.
    pub(super) fn look_after(&mut self, now: Instant, factory: &RoomFactory) -> bool {
        let mut changed = false;
        for entry in &mut self.entries {
            if let Some((handle, end)) = entry.take_ended() {
                changed = true;
                entry.note_end(&handle, end, now, factory.metrics());
            }
        }
        self.entries.retain(|entry| entry.running.is_some() || entry.origin == RoomOrigin::Configured);
        if self.closed {
            return changed;
        }
        for entry in &mut self.entries {
            if entry.restart_at.is_some_and(|at| at <= now) {
                changed |= entry.restart(now, factory);
            }
        }
        changed
    }

    /// Whether all threads have ended.
    pub(super) fn is_over(&self) -> bool {
        self.entries.iter().filter_map(|entry| entry.running.as_ref()).all(Running::is_over)
    }
}

impl Entry {
    /// A room whose thread has ended, and how.
    fn take_ended(&mut self) -> Option<(Arc<RoomHandle>, End)> {
        let running = self.running.take_if(|running| running.is_over())?;
        if running.since.elapsed() >= STEADY {
            self.failures = 0;
        }
        let end = if running.thread.join().is_ok() { End::Closed } else { End::Panicked };
        Some((running.handle, end))
    }

    fn note_end(&mut self, handle: &RoomHandle, end: End, now: Instant, metrics: &Metrics) {
        let (room, people) = (handle.name(), handle.player_count());
        if end == End::Closed {
            metrics.lobby.ended("closed");
            tracing::info!(room, "the room is closed");
            return;
        }
        metrics.lobby.ended("panicked");
        tracing::error!(room, people, "the room failed: everybody in it was sent away");
        if self.origin == RoomOrigin::Configured {
            self.failures += 1;
            self.restart_at = Some(now + wait_after(self.failures));
        }
    }

    fn restart(&mut self, now: Instant, factory: &RoomFactory) -> bool {
        match factory.start(&self.config) {
            Ok(started) => {
                (self.running, self.restart_at) = (Some(Running::new(started)), None);
                factory.metrics().lobby.started("restarted");
                true
            }
            Err(error) => {
                self.failures += 1;
                self.restart_at = Some(now + wait_after(self.failures));
                tracing::error!(room = self.config.name, %error, "the room cannot be started again");
                false
            }
        }
    }
}

/// None after the first failure. It doubles then, so that a room that always fails at once does not keep a core busy.
fn wait_after(failures: u32) -> Duration {
    match failures {
        0 | 1 => Duration::ZERO,
        more => FIRST_WAIT.saturating_mul(1 << (more - 2).min(16)).min(LONGEST_WAIT),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_grows_to_its_bound() {
        let waits: Vec<u128> = [1, 2, 3, 4, 9, 10, 1000].map(|n| wait_after(n).as_millis()).to_vec();
        assert_eq!(waits, [0, 250, 500, 1000, 30_000, 30_000, 30_000]);
    }
}
