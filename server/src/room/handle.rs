//! What the rest of the server holds of a room: its mailbox, and its last reports.

use crate::metrics::RoomFigures;
use crate::room::events::{EventBoard, RoomEvents};
use crate::room::game_info::GameInfo;
use crate::room::mailbox::{self, Mailbox};
use crate::room::map::RoomMap;
use crate::room::rating::RoomRating;
use crate::room::report::{LiveStatus, RoomInfo, RoomReport, RoundOutcome, WorldView};
use crate::room::request::{AdminAction, AdminRequest, Reply, RoomError};
use crate::room::section::{Lifetime, RoomConfig};
use crate::room::session;
use perigee_shared::netcode::RoundResult;
use perigee_shared::protocol::DisconnectReason;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::{Duration, Instant};
use tokio::sync::{oneshot, watch};

/// Mail for a room.
pub type Mail = mailbox::Mail<RoomHandle>;
/// The room's answer to a seat request.
pub type SeatReply = mailbox::SeatReply<RoomHandle>;
/// A client's presence in a room.
pub type Session = session::Session<RoomHandle>;

/// A room answers within a tick or two; longer means that its thread is gone.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(5);

/// A room, seen from outside its thread.
#[derive(Debug)]
pub struct RoomHandle {
    name: String,
    game: &'static GameInfo,
    schema: u64,
    map: RoomMap,
    max_players: usize,
    max_spectators: usize,
    public: bool,
    lifetime: Lifetime,
    epoch: Instant,
    status: Mutex<LiveStatus>,
    rating: RoomRating,
    pub(crate) mailbox: Mailbox<Self>,
    pub(crate) events: EventBoard,
    report: RwLock<Arc<RoomReport>>,
    pub(crate) world: watch::Sender<Arc<WorldView>>,
}

impl RoomHandle {
    pub(crate) fn new(room: &RoomConfig, game: &'static GameInfo, epoch: Instant) -> Self {
        Self {
            name: room.name.clone(),
            game,
            schema: game.schema(),
            map: game.map(&room.scenario),
            max_players: room.max_players,
            max_spectators: room.max_spectators,
            public: room.public,
            lifetime: room.lifetime,
            epoch,
            status: Mutex::default(),
            rating: RoomRating::default(),
            mailbox: Mailbox::new(room.max_players + room.max_spectators),
            events: EventBoard::new(room.max_players),
            report: RwLock::default(),
            world: watch::Sender::new(Arc::default()),
        }
    }

    /// The room's name. A private room's name is what admits to it: only its players and the operator may see it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The game that is played in it.
    #[must_use]
    pub fn game(&self) -> &'static GameInfo {
        self.game
    }

    /// The schema of its game: a client with another in its hello plays another game.
    #[must_use]
    pub fn schema(&self) -> u64 {
        self.schema
    }

    /// The parts of the map that never change.
    #[must_use]
    pub fn map(&self) -> &RoomMap {
        &self.map
    }

    /// The mean rating of its players.
    #[must_use]
    pub fn rating(&self) -> &RoomRating {
        &self.rating
    }

    /// How many players it takes.
    #[must_use]
    pub fn max_players(&self) -> usize {
        self.max_players
    }

    /// How many spectators it takes.
    #[must_use]
    pub fn max_spectators(&self) -> usize {
        self.max_spectators
    }

    /// Whether it may be listed and mentioned in public.
    #[must_use]
    pub fn is_public(&self) -> bool {
        self.public
    }

    /// Whether it was configured, and so always exists.
    #[must_use]
    pub fn is_permanent(&self) -> bool {
        self.lifetime == Lifetime::Permanent
    }

    /// Whether its thread still takes mail. If not, the room has ended, for whatever reason.
    #[must_use]
    pub fn is_open(&self) -> bool {
        !self.mailbox.is_closed()
    }

    /// Its occupants and the state of its match. The former is at most a tick old, the latter half a second.
    #[must_use]
    pub fn status(&self) -> LiveStatus {
        *self.lock_status()
    }

    /// How many people play in it, without bots.
    #[must_use]
    pub fn player_count(&self) -> usize {
        self.lock_status().people
    }

    /// People who play in it, or who wait for its next tick to get a seat.
    #[must_use]
    pub fn expected_count(&self) -> usize {
        self.player_count() + self.mailbox.joins()
    }

    /// The room as a list shows it.
    #[must_use]
    pub fn info(&self) -> RoomInfo {
        let LiveStatus { people, bots, spectators, round, .. } = self.status();
        RoomInfo {
            name: self.name.clone(),
            game: self.game.name,
            mode: round.mode,
            phase: round.phase.name(),
            left_s: round.left_s,
            result: round.result.map(|result| self.outcome(result)),
            people,
            bots,
            spectators,
            max_players: self.max_players,
            max_spectators: self.max_spectators,
            public: self.public,
        }
    }

    fn outcome(&self, result: RoundResult) -> RoundOutcome {
        let winner = result.player().and_then(|player| self.report().name_of(player).map(str::to_owned));
        RoundOutcome { kind: result.kind(), team: result.team(), winner }
    }

    /// The room's last report about itself, at most half a second old.
    #[must_use]
    pub fn report(&self) -> Arc<RoomReport> {
        Arc::clone(&self.report.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The room in numbers, for `/metrics`.
    #[must_use]
    pub fn figures(&self) -> RoomFigures {
        let (report, status) = (self.report(), self.status());
        RoomFigures {
            name: self.name.clone(),
            is_permanent: self.is_permanent(),
            is_public: self.public,
            players: status.people,
            bots: status.bots,
            spectators: status.spectators,
            entities: report.entities,
            tick_p50_ms: report.tick_ms.p50,
            tick_p99_ms: report.tick_ms.p99,
            tick_start_delay_p99_ms: report.start_delay_ms.p99,
            staleness_p50_ms: report.staleness_p50_ms,
            staleness_p99_ms: report.staleness_p99_ms,
            staleness_worst_ms: report.staleness_worst_ms,
            overload_grade: report.grade_number,
            tick_load: report.load,
        }
    }

    /// What happened since the last call, swapped with `into`. There may be only one reader.
    pub fn take_events(&self, into: &mut RoomEvents) {
        self.events.take(into);
    }

    /// The whole world, ten times a second while there is a receiver.
    #[must_use]
    pub fn watch(&self) -> watch::Receiver<Arc<WorldView>> {
        self.world.subscribe()
    }

    /// Asks the room, and waits for its next tick to answer.
    ///
    /// # Errors
    /// [`RoomError`].
    pub async fn ask(&self, action: AdminAction) -> Reply {
        let (reply, answer) = oneshot::channel();
        self.put(Mail::Admin(AdminRequest { action, reply }));
        match tokio::time::timeout(ANSWER_TIMEOUT, answer).await {
            Ok(Ok(reply)) => reply,
            _ => Err(RoomError::NoAnswer { room: self.name.to_string() }),
        }
    }

    /// Closes the room: every client in it receives `reason`.
    pub fn close(&self, reason: DisconnectReason) {
        self.put(Mail::Close(reason));
    }

    /// Adds a mail. Returns false if it was dropped because the mailbox is full or the room has ended.
    pub fn put(&self, mail: Mail) -> bool {
        self.mailbox.put(mail)
    }

    /// Now, in microseconds of the room's clock.
    #[must_use]
    pub fn now_us(&self) -> u64 {
        self.epoch.elapsed().as_micros() as u64
    }

    pub(crate) fn set_status(&self, status: LiveStatus) {
        *self.lock_status() = status;
    }

    /// Either side holds the lock only to copy a few numbers.
    fn lock_status(&self) -> MutexGuard<'_, LiveStatus> {
        self.status.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Publishes `report`, and puts the previous one in its place.
    pub(crate) fn swap_report(&self, report: &mut Arc<RoomReport>) {
        std::mem::swap(&mut *self.report.write().unwrap_or_else(PoisonError::into_inner), report);
    }
}
