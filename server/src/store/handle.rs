//! The interface for the rest of the server. Nothing here waits for the disk.
//!
//! - Writes return at once and are written in the background: `record`, `keep_holdings`, `append_chat`, `save_blob`,
//!   `set_block`, `mute`, `unmute`, `left`, `set_value`. If the queue is full, they are dropped and counted.
//! - Queries return an answer or an error within the configured timeout: everything that is `async`. They see every
//!   write that was queued before them, unless the disk refuses writes.

use super::batch::Write;
use super::clock::Clock;
use super::db::Db;
use super::error::AskError;
use super::health::StoreHealth;
use super::inbox::Inbox;
use super::sql::kind_of;
use super::tables::leaders::{List, Page};
use super::tables::players::Unidentified;
use super::tables::{bans, blobs, blocks, chat, leaders, mutes, players, values};
use super::types::{
    Account, Banned, Blob, Blocked, ChatRow, Day, Delta, HeldRecord, Holding, Ladder, Leading,
    MAX_BLOB_BYTES, Muted, PlayerKey, Profile, Whom,
};
use crate::metrics::{Metrics, StoreMetrics};
use perigee_shared::netcode::About;
use perigee_shared::protocol::DeviceToken;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::oneshot;
use tokio::time::timeout;

/// A handle to the store, cheap to clone. The store ends when the last one is dropped.
#[derive(Clone, Debug)]
pub struct StoreHandle(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    inbox: Arc<Inbox>,
    metrics: Arc<Metrics>,
    answer_timeout: Duration,
    clock: Arc<Clock>,
}

impl Drop for Shared {
    fn drop(&mut self) {
        drop(self.inbox.close());
    }
}

impl StoreHandle {
    pub(super) fn new(
        inbox: Arc<Inbox>,
        metrics: Arc<Metrics>,
        answer_timeout: Duration,
        clock: Arc<Clock>,
    ) -> Self {
        Self(Arc::new(Shared { inbox, metrics, answer_timeout, clock }))
    }

    /// Unix milliseconds, for decisions that cannot be undone: a clock that was set wrong is not believed at once.
    #[must_use]
    pub fn now_ms(&self) -> u64 {
        self.0.clock.look().now_ms
    }

    /// Whether the system's clock is trusted, so that what has expired can be deleted.
    #[must_use]
    pub fn is_clock_proven(&self) -> bool {
        self.0.clock.look().is_proven
    }

    /// [`StoreHandle::now_ms`] in seconds.
    #[must_use]
    pub fn now_s(&self) -> u64 {
        self.now_ms() / 1000
    }

    /// [`StoreHandle::now_s`], in the file's type.
    fn unix_s(&self) -> i64 {
        self.0.clock.now_s()
    }

    /// The day whose scores are current.
    pub(super) fn today(&self) -> Day {
        self.0.clock.today()
    }

    /// The states of these rooms are kept whatever their age: they are configured.
    pub fn keep_rooms(&self, rooms: Vec<String>) {
        // A store that does not answer deletes nothing either.
        let _ = self.0.inbox.ask(Box::new(move |db| db.keep_rooms(rooms)));
    }

    fn metrics(&self) -> &StoreMetrics {
        &self.0.metrics.store
    }

    fn put(&self, write: Write) {
        if !self.0.inbox.put(write) {
            self.metrics().dropped.inc();
        }
    }

    /// Records what a player did since the last call, and that they were seen. Merged with their waiting writes.
    pub fn record(&self, delta: Delta) {
        self.record_on(self.today(), delta);
    }

    pub(super) fn record_on(&self, day: Day, delta: Delta) {
        self.put(Write::Record(day, delta));
    }

    /// Stores what players own now, and deletes passers-by, in one transaction: all of it is written, or nothing. It is
    /// accepted however much waits. Returns false if the store has ended.
    #[must_use]
    pub fn keep_holdings(
        &self,
        holdings: impl Iterator<Item = Holding>,
        passers_by: impl Iterator<Item = PlayerKey>,
    ) -> bool {
        let holdings = holdings.map(Write::Holding);
        self.0.inbox.put_all(holdings.chain(passers_by.map(Write::Forget)))
    }

    /// Adds a line of chat; each channel keeps its last [`super::types::MAX_CHAT_LINES_PER_CHANNEL`].
    pub fn append_chat(&self, row: ChatRow) {
        self.put(Write::Chat(row));
    }

    /// Stores the state of a service in a room, in place of the one before. If it is larger than [`MAX_BLOB_BYTES`], it
    /// is dropped and counted.
    pub fn save_blob(&self, room: &str, kind: &str, blob: Blob) {
        if blob.bytes.len() > MAX_BLOB_BYTES {
            self.metrics().dropped.inc();
            self.metrics().failed("blob_too_large");
            return;
        }
        self.put(Write::Blob((room.to_owned(), kind.to_owned()), blob));
    }

    /// Sets whether `player` blocks `other`. Blocks beyond [`super::MAX_BLOCKS`] are dropped and counted.
    pub fn set_block(&self, player: PlayerKey, other: impl Into<Whom>, blocked: bool) {
        self.put(Write::Block { player, other: other.into(), blocked });
    }

    /// The connection has ended on which a new player was given their token. A player who has not shown it by then, and
    /// has nothing else, keeps their name for ten minutes.
    pub fn left(&self, player: PlayerKey) {
        self.put(Write::Left(player));
    }

    /// Mutes a name, in place of an earlier mute; of more than [`super::MAX_MUTES`], those that end last are kept.
    pub fn mute(&self, muted: Muted) {
        self.put(Write::Mute(muted.name.clone(), Some(muted)));
    }

    /// Lifts a mute.
    pub fn unmute(&self, name: &str) {
        self.put(Write::Mute(name.to_owned(), None));
    }

    /// Bans a player, in place of an earlier ban.
    pub fn ban(&self, ban: Banned) {
        self.put(Write::Ban(ban.player_id, Some(ban)));
    }

    /// Lifts a ban.
    pub fn unban(&self, player: PlayerKey) {
        self.put(Write::Ban(player, None));
    }

    /// Stores a value by name, in place of the one before; at most as large as a blob.
    pub fn set_value(&self, key: &str, value: Vec<u8>) {
        if value.len() > MAX_BLOB_BYTES {
            self.metrics().dropped.inc();
            self.metrics().failed("blob_too_large");
            return;
        }
        self.put(Write::Value(key.to_owned(), value));
    }

    /// The player of a device. A known token returns the same player, with the name `wanted` if that is free or already
    /// theirs; an unknown, revoked or missing one creates a player with a new token, named `wanted` or similar. Names are
    /// unique by [`crate::text::skeleton`]. `wanted` must be a clean name.
    ///
    /// # Errors
    /// [`AskError`]: the player can still play, without a record.
    pub async fn identify(&self, device: Option<DeviceToken>, wanted: &str) -> Result<Account, AskError> {
        let wanted = wanted.to_owned();
        let now_s = self.unix_s();
        self.ask(move |db| db.players().identify(device, &wanted, now_s).map_err(unidentified)).await
    }

    /// As [`StoreHandle::identify`], but returns `None` instead of creating a player.
    ///
    /// # Errors
    /// [`AskError`].
    pub async fn recognise(&self, device: DeviceToken, wanted: &str) -> Result<Option<Account>, AskError> {
        let (wanted, now_s) = (wanted.to_owned(), self.unix_s());
        self.ask(move |db| db.players().recognise(device, &wanted, now_s).map_err(unidentified)).await
    }

    /// What a player owns in a game; `None` if there is no such player.
    ///
    /// # Errors
    /// [`AskError`].
    pub async fn holding(
        &self,
        player: PlayerKey,
        about: &'static About,
    ) -> Result<Option<HeldRecord>, AskError> {
        self.query(move |db| db.holding(player, about)).await
    }

    /// `wanted` if it neither equals nor resembles a player's name, otherwise with a number behind it: for a program,
    /// whose name is not stored.
    ///
    /// # Errors
    /// [`AskError`].
    pub async fn unclaimed_name(&self, wanted: &str) -> Result<String, AskError> {
        let wanted = wanted.to_owned();
        self.ask(move |db| players::unclaimed_name(db.connection(), &wanted).map_err(unidentified)).await
    }

    /// Revokes a device's token: a client with it counts as new from now on. Returns whether the token was valid.
    ///
    /// # Errors
    /// [`AskError`].
    pub async fn revoke(&self, device: DeviceToken) -> Result<bool, AskError> {
        let now_s = self.unix_s();
        self.query(move |db| players::revoke(db.connection(), device, now_s)).await
    }

    /// Revokes all devices of the player whose name is `name` or looks like it. Returns the exact name, and the number
    /// of devices; `None` if there is no such player.
    ///
    /// # Errors
    /// [`AskError`].
    pub async fn revoke_name(&self, name: &str) -> Result<Option<(String, usize)>, AskError> {
        let name = name.to_owned();
        let now_s = self.unix_s();
        self.query(move |db| players::revoke_name(db.connection(), &name, now_s)).await
    }

    /// Deletes the player that [`StoreHandle::identify`] created, if they have not acted yet: their device was never
    /// given its token. Returns whether they were deleted.
    ///
    /// # Errors
    /// [`AskError`].
    pub async fn withdraw(&self, player: PlayerKey) -> Result<bool, AskError> {
        self.query(move |db| db.players().withdraw(player)).await
    }

    /// The first `limit` places of a list, and the place of `around`.
    ///
    /// # Errors
    /// [`AskError`].
    pub async fn leaders(
        &self,
        ladder: Ladder,
        limit: usize,
        around: Option<PlayerKey>,
    ) -> Result<Leading, AskError> {
        let (list, page) = (List::new(ladder, self.today()), Page { skip: 0, take: limit });
        self.query(move |db| leaders::page_of(db.connection(), list, page, around)).await
    }

    /// `limit` places of a list after the first `skip`, at most [`super::MAX_LEADERS`].
    ///
    /// # Errors
    /// [`AskError`].
    pub async fn leaders_from(&self, ladder: Ladder, skip: usize, limit: usize) -> Result<Leading, AskError> {
        let (list, page) = (List::new(ladder, self.today()), Page { skip, take: limit });
        self.query(move |db| leaders::page_of(db.connection(), list, page, None)).await
    }

    /// The player with that name, or one that looks like it.
    ///
    /// # Errors
    /// [`AskError`].
    pub async fn profile(&self, name: &str) -> Result<Option<Profile>, AskError> {
        let name = name.to_owned();
        self.query(move |db| players::profile_of(db.connection(), &name)).await
    }

    /// The last lines of a channel, at most `limit`, oldest first.
    ///
    /// # Errors
    /// [`AskError`].
    pub async fn chat_history(&self, channel: &str, limit: usize) -> Result<Vec<ChatRow>, AskError> {
        let channel = channel.to_owned();
        self.query(move |db| chat::history(db.connection(), &channel, limit)).await
    }

    /// A stored state.
    ///
    /// # Errors
    /// [`AskError`].
    pub async fn load_blob(&self, room: &str, kind: &str) -> Result<Option<Blob>, AskError> {
        let (room, kind) = (room.to_owned(), kind.to_owned());
        self.query(move |db| blobs::find(db.connection(), &room, &kind)).await
    }

    /// The players whom a player blocks, the longest blocked first.
    ///
    /// # Errors
    /// [`AskError`].
    pub async fn blocks_of(&self, player: PlayerKey) -> Result<Vec<Blocked>, AskError> {
        self.query(move |db| blocks::of(db.connection(), player)).await
    }

    /// The current mutes.
    ///
    /// # Errors
    /// [`AskError`].
    pub async fn mutes(&self) -> Result<Vec<Muted>, AskError> {
        let now_s = self.unix_s();
        self.query(move |db| mutes::in_force(db.connection(), now_s)).await
    }

    /// The banned players; some of the bans may have ended.
    ///
    /// # Errors
    /// [`AskError`].
    pub async fn bans(&self) -> Result<Vec<Banned>, AskError> {
        self.query(|db| bans::all(db.connection())).await
    }

    /// A value by name.
    ///
    /// # Errors
    /// [`AskError`].
    pub async fn value(&self, key: &str) -> Result<Option<Vec<u8>>, AskError> {
        let key = key.to_owned();
        self.query(move |db| values::find(db.connection(), &key)).await
    }

    /// The store's health.
    #[must_use]
    pub fn health(&self) -> StoreHealth {
        let health = self.0.inbox.health(Instant::now());
        self.metrics().set(health.queue, health.ok);
        health
    }

    /// Writes what waits and ends the store. Returns false if that takes longer than `limit`: what was not written is
    /// lost then when the process ends.
    pub async fn close(&self, limit: Duration) -> bool {
        timeout(limit, self.0.inbox.close()).await.is_ok()
    }

    async fn query<T: Send + 'static>(
        &self,
        question: impl FnOnce(&mut Db) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, AskError> {
        self.ask(move |db| question(db).map_err(|error| AskError::Failed(kind_of(&error)))).await
    }

    /// Sends a query to the thread.
    pub(super) async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&mut Db) -> Result<T, AskError> + Send + 'static,
    ) -> Result<T, AskError> {
        let (reply, answer) = oneshot::channel();
        let asked = self.0.inbox.ask(Box::new(move |db| {
            // No player may be created for a caller that has given up.
            if !reply.is_closed() {
                let _ = reply.send(question(db));
            }
        }));
        let outcome = match asked {
            Err(error) => Err(error),
            Ok(()) => match timeout(self.0.answer_timeout, answer).await {
                Ok(answered) => answered.unwrap_or(Err(AskError::Closed)),
                Err(_) => Err(AskError::Slow),
            },
        };
        outcome.inspect_err(|error| self.metrics().failed(error.label()))
    }
}

fn unidentified(error: Unidentified) -> AskError {
    match error {
        Unidentified::Sql(error) => AskError::Failed(kind_of(&error)),
        Unidentified::TooMany => AskError::Full,
        Unidentified::NoRandomness => AskError::Failed("randomness"),
        Unidentified::NoName => AskError::Failed("no_name"),
    }
}
