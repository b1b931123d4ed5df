//! The rooms of this process over time: the configured ones, those opened because the others were full, and private
//! ones, within bounds. Each refusal names its bound.
//!
//! Joining clients read a list that is swapped as a whole, so they wait for nothing. Creating a room takes some
//! milliseconds, under a lock that joining does not take.

use super::choice::{Fit, QuickPlayRequest, Ranked};
use super::directory::{NewRoom, RoomDirectory, RoomOrigin};
use super::error::LobbyError;
use super::factory::{PrivateRoomRequest, RoomFactory};
use super::names;
use super::openings::Openings;
use crate::address::AddressKey;
use crate::room::{RoomConfig, RoomHandle, RoomInfo};
use perigee_shared::protocol::DisconnectReason;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::{Duration, Instant};

/// A list of rooms that can be read without a lock.
pub(crate) type Rooms = Arc<[Arc<RoomHandle>]>;

/// What changes together when a room is created or closed.
#[derive(Debug, Default)]
struct Creation {
    directory: RoomDirectory,
    openings: Openings,
}

/// Starts rooms, watches them and ends them.
#[derive(Debug)]
pub(super) struct Supervisor {
    /// Swapped as a whole when the directory changes: the lock is held only to copy a pointer.
    running: RwLock<Rooms>,
    creation: Mutex<Creation>,
    /// `None` if the caller starts and watches the rooms.
    factory: Option<RoomFactory>,
    draining: AtomicBool,
}

impl Supervisor {
    /// For rooms that the caller started and watches. It creates none.
    pub(super) fn of(rooms: Vec<Arc<RoomHandle>>) -> Self {
        Self {
            running: RwLock::new(rooms.into()),
            creation: Mutex::default(),
            factory: None,
            draining: AtomicBool::new(false),
        }
    }

    /// Starts the configured rooms.
    ///
    /// # Errors
    /// As [`RoomFactory::start`]; rooms that were already started are closed.
    pub(super) fn start(factory: RoomFactory) -> Result<Self, LobbyError> {
        let mut directory = RoomDirectory::default();
        for (template, config) in factory.templates().iter().enumerate() {
            let room = NewRoom { config: config.clone(), template, origin: RoomOrigin::Configured };
            if let Err(error) = directory.add(room, &factory) {
                directory.running().iter().for_each(|room| room.close(DisconnectReason::RoomClosed));
                return Err(error);
            }
        }
        let running = RwLock::new(directory.running());
        let creation = Mutex::new(Creation { directory, openings: Openings::default() });
        Ok(Self { running, creation, factory: Some(factory), draining: AtomicBool::new(false) })
    }

    /// All running rooms.
    pub(super) fn rooms(&self) -> Rooms {
        Arc::clone(&self.running.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The configured rooms.
    pub(super) fn templates(&self) -> &[RoomConfig] {
        self.factory.as_ref().map_or(&[], RoomFactory::templates)
    }

    /// Whether the server drains.
    pub(super) fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Relaxed)
    }

    pub(super) fn may_have_more_rooms(&self) -> bool {
        let most = self.factory.as_ref().map_or(0, |factory| factory.settings().max_rooms);
        self.rooms().len() < most && !self.is_draining()
    }

    /// Counts a party that was forgotten because there are too many.
    pub(super) fn count_forgotten_party(&self) {
        if let Some(factory) = &self.factory {
            factory.metrics().lobby.parties_forgotten.inc();
        }
    }

    /// Creates a private room for a client at `address`. The room's name admits to it.
    ///
    /// # Errors
    /// [`LobbyError`].
    pub(super) fn create_private(
        &self,
        request: &PrivateRoomRequest,
        address: AddressKey,
    ) -> Result<RoomInfo, LobbyError> {
        let factory = self.factory.as_ref().ok_or(LobbyError::NoTemplate)?;
        let mut creation = self.lock_creation();
        let directory = &mut creation.directory;
        let created = may_create(factory, directory, address).and_then(|()| {
            let likeness = factory.private_room(request, |template| directory.played_in(template))?;
            let name = names::secret().map_err(|error| LobbyError::Randomness(error.to_string()))?;
            let config = RoomConfig { name, ..likeness.config };
            let origin = RoomOrigin::Private(address);
            directory.add(NewRoom { config, template: likeness.template, origin }, factory)
        });
        match created {
            Ok(room) => {
                self.publish(directory);
                Ok(room.info())
            }
            Err(error) => {
                factory.metrics().lobby.refused(error.label());
                Err(error)
            }
        }
    }

    /// A public room that is not nearly full: one that was opened meanwhile, or else a new one.
    ///
    /// # Errors
    /// [`LobbyError`].
    pub(super) fn open_another(
        &self,
        mode: Option<&str>,
        schema: Option<u64>,
    ) -> Result<Arc<RoomHandle>, LobbyError> {
        let factory = self.factory.as_ref().ok_or(LobbyError::NoTemplate)?;
        let mut creation = self.lock_creation();
        let Creation { directory, openings } = &mut *creation;
        let request = QuickPlayRequest { mode, schema, ..QuickPlayRequest::default() };
        let Ranked { rooms, best } = Ranked::of(&self.rooms(), request);
        let first = rooms.first().ok_or(LobbyError::NoTemplate)?;
        if best == Some(Fit::Good) {
            return Ok(Arc::clone(first));
        }
        has_place(factory, directory)?;
        if !openings.take(Instant::now()) {
            factory.metrics().lobby.refused("opened_too_often");
            return Err(LobbyError::Full);
        }
        let template = directory.template_of(first).ok_or(LobbyError::NoTemplate)?;
        let config = factory.another_room(template, |like| {
            names::readable(like, directory.created(), |name| directory.is_taken(name))
        })?;
        let opened = directory.add(NewRoom { config, template, origin: RoomOrigin::Opened }, factory);
        match &opened {
            Ok(room) => {
                let like = factory.templates()[template].name.as_str();
                tracing::info!(room = room.name(), like, "opened another room");
            }
            Err(error) => tracing::warn!(%error, "no other room was opened"),
        }
        self.publish(directory);
        opened
    }

    /// Finds rooms whose threads ended, restarts configured ones that failed, and removes the others.
    pub(super) fn look_after(&self, now: Instant) {
        let Some(factory) = &self.factory else { return };
        let directory = &mut self.lock_creation().directory;
        if directory.look_after(now, factory) {
            self.publish(directory);
        }
    }

    /// Closes all rooms permanently: every client in them receives `reason`.
    pub(super) fn close_all(&self, reason: &DisconnectReason) {
        // Held to the end, so that no room is created meanwhile.
        let mut creation = self.lock_creation();
        creation.directory.close();
        self.draining.store(true, Ordering::Relaxed);
        for room in self.rooms().iter() {
            room.close(reason.clone());
        }
    }

    /// Waits until the threads of closed rooms have ended. Returns false if some have not after `patience`.
    pub(super) fn wait_for_end(&self, patience: Duration) -> bool {
        let begun = Instant::now();
        while !self.lock_creation().directory.is_over() {
            if begun.elapsed() > patience {
                return false;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        self.look_after(Instant::now());
        true
    }

    fn publish(&self, directory: &RoomDirectory) {
        *self.running.write().unwrap_or_else(PoisonError::into_inner) = directory.running();
    }

    fn lock_creation(&self) -> MutexGuard<'_, Creation> {
        self.creation.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn has_place(factory: &RoomFactory, directory: &RoomDirectory) -> Result<(), LobbyError> {
    if directory.is_closed() {
        return Err(LobbyError::Draining);
    }
    if directory.len() < factory.settings().max_rooms { Ok(()) } else { Err(LobbyError::Full) }
}

/// Whether a client at `address` may create another private room.
fn may_create(
    factory: &RoomFactory,
    directory: &RoomDirectory,
    address: AddressKey,
) -> Result<(), LobbyError> {
    let count = directory.private_count(address);
    let most = factory.settings().private_rooms_per_address;
    if count.own >= most {
        return Err(LobbyError::TooMany { most });
    }
    if count.all >= factory.settings().max_private_rooms {
        return Err(LobbyError::Full);
    }
    has_place(factory, directory)
}
