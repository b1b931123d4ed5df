//! The rooms that run and their threads: started, looked after, started again, ended. Nothing in here chooses a room.

use crate::access::Limits;
use crate::address::AddressKey;
use crate::game::Games;
use crate::lobby::LobbyError;
use crate::lobby::making::Openings;
use crate::metrics::Metrics;
use crate::room::{Heritage, Lifetime, RoomConfig, RoomHandle};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// A room that ran for so long before it failed is not failing again and again.
const STEADY: Duration = Duration::from_secs(60);
/// The wait after the second failure in a row; it doubles with each further one.
const FIRST_WAIT: Duration = Duration::from_millis(250);
/// The longest wait before another try.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// What it takes to start a room.
#[derive(Debug)]
pub(super) struct Workshop {
    pub(super) limits: Limits,
    pub(super) metrics: Arc<Metrics>,
    pub(super) games: Games,
    pub(super) heritage: Heritage,
}

impl Workshop {
    fn start(&self, room: &RoomConfig) -> Result<Running, LobbyError> {
        let seed = match room.seed {
            Some(seed) => seed,
            None => getrandom::u64().map_err(|error| LobbyError::Randomness(error.to_string()))?,
        };
        let lasting = self.heritage.of(&room.name);
        let game = self.games.named(&room.game).ok_or(LobbyError::NoTemplate)?;
        let started = game.start(room, &self.limits, seed, lasting.as_deref(), Arc::clone(&self.metrics));
        let (handle, thread) =
            started.map_err(|why| LobbyError::Thread { room: room.name.clone(), why: why.to_string() })?;
        Ok(Running { handle, thread, since: Instant::now() })
    }
}

/// Why a room is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RoomOrigin {
    /// The operator wants it.
    Configured,
    /// The others were full.
    Opened,
    /// Somebody at this address asked for it.
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

#[derive(Debug)]
struct Running {
    handle: Arc<RoomHandle>,
    thread: JoinHandle<()>,
    since: Instant,
}

impl Running {
    fn is_over(&self) -> bool {
        self.thread.is_finished()
    }
}

#[derive(Debug)]
struct Entry {
    room: RoomConfig,
    /// Which of the configured rooms it is like.
    template: usize,
    origin: RoomOrigin,
    running: Option<Running>,
    /// Failures in a row.
    failures: u32,
    /// When to start it again.
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
pub(super) struct Register {
    entries: Vec<Entry>,
    /// Rooms made at run time so far.
    pub(super) made: u64,
    /// How many public ones of late.
    pub(super) openings: Openings,
    /// Whether no more rooms are started: the server is going down.
    pub(super) closed: bool,
}

impl Register {
    /// The rooms that run, in order.
    pub(super) fn running(&self) -> Arc<[Arc<RoomHandle>]> {
        self.entries.iter().filter_map(|entry| Some(Arc::clone(&entry.running.as_ref()?.handle))).collect()
    }

    /// Rooms, those among them that wait to be started again.
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn is_taken(&self, name: &str) -> bool {
        self.entries.iter().any(|entry| entry.room.name == name)
    }

    /// How many private rooms there are, and how many of them somebody at `address` asked for.
    pub(super) fn private_count(&self, address: AddressKey) -> (usize, usize) {
        let creators = self.entries.iter().filter_map(|entry| match entry.origin {
            RoomOrigin::Private(creator) => Some(creator),
            _ => None,
        });
        creators.fold((0, 0), |(all, own), creator| (all + 1, own + usize::from(creator == address)))
    }

    /// Which of the configured rooms that one is like.
    pub(super) fn template_of(&self, room: &RoomHandle) -> Option<usize> {
        self.entries.iter().find(|entry| entry.room.name == room.name()).map(|entry| entry.template)
    }

    /// Which game is played in the configured room `template`, as far as it runs.
    pub(super) fn game_of(&self, template: usize) -> Option<&'static str> {
        let entry = self.entries.iter().find(|entry| entry.template == template)?;
        Some(entry.running.as_ref()?.handle.game().name)
    }

    /// What kind of match is played in the configured room `template`, as far as it runs.
    pub(super) fn mode_of(&self, template: usize) -> Option<&'static str> {
        let entry = self.entries.iter().find(|entry| entry.template == template)?;
        Some(entry.running.as_ref()?.handle.vitals().round.mode)
    }

    /// Starts another room.
    ///
    /// # Errors
    /// [`LobbyError::Thread`], [`LobbyError::Randomness`].
    pub(super) fn add(
        &mut self,
        (room, template): (RoomConfig, usize),
        origin: RoomOrigin,
        workshop: &Workshop,
    ) -> Result<Arc<RoomHandle>, LobbyError> {
        let running = workshop.start(&room)?;
        let handle = Arc::clone(&running.handle);
        self.made += u64::from(room.lifetime != Lifetime::Permanent);
        workshop.metrics.lobby.started(origin.label());
        let running = Some(running);
        self.entries.push(Entry { room, template, origin, running, failures: 0, restart_at: None });
        Ok(handle)
    }

    /// Notices threads that ended, and starts configured rooms again that failed. Whether anything changed.
    pub(super) fn look_after(&mut self, now: Instant, workshop: &Workshop) -> bool {
        let mut changed = false;
        for entry in &mut self.entries {
            if let Some((handle, end)) = entry.take_ended() {
                changed = true;
                entry.note_end(&handle, end, now, &workshop.metrics);
            }
        }
        self.entries.retain(|entry| entry.running.is_some() || entry.origin == RoomOrigin::Configured);
        if self.closed {
            return changed;
        }
        for entry in &mut self.entries {
            if entry.restart_at.is_some_and(|at| at <= now) {
                changed |= entry.restart(now, workshop);
            }
        }
        changed
    }

    /// Whether no thread runs any more.
    pub(super) fn is_over(&self) -> bool {
        self.entries.iter().filter_map(|entry| entry.running.as_ref()).all(Running::is_over)
    }
}

impl Entry {
    /// The room if its thread is over, and how that ended.
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

    fn restart(&mut self, now: Instant, workshop: &Workshop) -> bool {
        match workshop.start(&self.room) {
            Ok(running) => {
                (self.running, self.restart_at) = (Some(running), None);
                workshop.metrics.lobby.started("restarted");
                true
            }
            Err(error) => {
                self.failures += 1;
                self.restart_at = Some(now + wait_after(self.failures));
                tracing::error!(room = self.room.name, %error, "the room cannot be started again");
                false
            }
        }
    }
}

/// Not at all after the first failure; a room that fails at once and always is not to keep a core busy.
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
