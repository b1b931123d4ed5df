//! What the rest of the server holds of a room: its mailbox, and what it last told about itself.

use crate::room::mailbox::{Mail, Mailbox};
use crate::room::news::{NewsBoard, RoomNews};
use crate::room::report::{RoomReport, WorldView};
use crate::room::request::{AdminAction, AdminRequest, Reply};
use perigee_shared::protocol::DisconnectReason;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};
use tokio::sync::{oneshot, watch};

/// A room answers within a tick or two; longer means that its thread is gone.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(5);

/// A room, seen from outside its thread.
#[derive(Debug)]
pub struct RoomHandle {
    name: String,
    max_players: usize,
    epoch: Instant,
    players: AtomicUsize,
    pub(crate) mailbox: Mailbox,
    pub(crate) news: NewsBoard,
    report: RwLock<Arc<RoomReport>>,
    pub(crate) world: watch::Sender<Arc<WorldView>>,
}

impl RoomHandle {
    pub(crate) fn new(name: String, max_players: usize, epoch: Instant) -> Self {
        Self {
            name,
            max_players,
            epoch,
            players: AtomicUsize::new(0),
            mailbox: Mailbox::new(max_players),
            news: NewsBoard::new(max_players),
            report: RwLock::default(),
            world: watch::Sender::new(Arc::default()),
        }
    }

    /// The room's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How many players it takes.
    #[must_use]
    pub fn max_players(&self) -> usize {
        self.max_players
    }

    /// How many players it has.
    #[must_use]
    pub fn player_count(&self) -> usize {
        self.players.load(Ordering::Relaxed)
    }

    /// Whether it has a free place. Only the room itself decides: this may be a tick old.
    #[must_use]
    pub fn has_place(&self) -> bool {
        self.player_count() < self.max_players
    }

    /// What the room last told about itself, at most half a second old.
    #[must_use]
    pub fn report(&self) -> Arc<RoomReport> {
        Arc::clone(&self.report.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// What happened since the last call, swapped with `into`. For one reader.
    pub fn take_news(&self, into: &mut RoomNews) {
        self.news.take(into);
    }

    /// The whole world, ten times a second, while somebody holds a receiver.
    #[must_use]
    pub fn watch(&self) -> watch::Receiver<Arc<WorldView>> {
        self.world.subscribe()
    }

    /// Asks the room, and waits for its next tick to answer.
    ///
    /// # Errors
    /// A sentence that says why not.
    pub async fn ask(&self, action: AdminAction) -> Reply {
        let (reply, answer) = oneshot::channel();
        self.put(Mail::Admin(AdminRequest { action, reply }));
        match tokio::time::timeout(ANSWER_TIMEOUT, answer).await {
            Ok(Ok(reply)) => reply,
            _ => Err(format!("room {:?} does not answer", self.name)),
        }
    }

    /// Closes the room: everybody in it is told `reason`.
    pub fn close(&self, reason: DisconnectReason) {
        self.put(Mail::Close(reason));
    }

    /// Adds a mail; false if it was dropped because the box is full.
    pub fn put(&self, mail: Mail) -> bool {
        self.mailbox.put(mail)
    }

    /// Now, in microseconds of the room's clock.
    #[must_use]
    pub fn now_us(&self) -> u64 {
        self.epoch.elapsed().as_micros() as u64
    }

    pub(crate) fn set_player_count(&self, players: usize) {
        self.players.store(players, Ordering::Relaxed);
    }

    /// Shows `report`, and gives the one before.
    pub(crate) fn swap_report(&self, report: &mut Arc<RoomReport>) {
        std::mem::swap(&mut *self.report.write().unwrap_or_else(PoisonError::into_inner), report);
    }
}
