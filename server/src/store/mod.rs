//! What outlives the server: players and their records, chat, blocks and mutes, and what the market had come to.
//!
//! One SQLite file, one thread that touches it, and a [`StoreHandle`] for everybody else, which never waits for the
//! disk: writes are put aside and written behind, at most every `store.flush_ms`, in one transaction; questions have an
//! answer or an error within `store.answer_timeout_ms`. A disk that is slow or full shows in [`StoreHealth`] and in the
//! metrics, and nowhere else: no tick and no socket notices it.
//!
//! What is lost: a killed process loses what was not written yet, what came in the last `flush_ms` (400 at the most), and
//! what the store had not been given yet (`SCHEMA.md`): less than a second, and what is left is of one moment. A machine
//! that loses its power may also lose what the disk had not been made to keep, [`worker::SYNC_PERIOD`] at the most, and finds a
//! whole, older state.
//!
//! - `handle`: what the others call; `types`: what is reported and asked; `error`: why there is no answer
//! - `inbox`: what waits, bounded; `batch`: the writes in it, those about one thing made one
//! - `worker`: the thread; `db`: the open file and how a batch is written
//! - `open`: finding, locking and checking the file; `migrations`: its versions; `SCHEMA.md`: its tables
//! - `tables`: the SQL, by subject; `sql`: what all of it needs
//! - `section`: what of it is configured
//! - `clock`: what time it is, for what cannot be undone
//! - `health`: how it is; `backup`: a copy while the server runs
//!
//! Knows no room, no socket and no game: what a game counts and what people own in it, it keeps by the game's table.

pub(crate) mod backup;
mod batch;
mod clock;
mod db;
mod error;
mod handle;
mod health;
mod inbox;
mod migrations;
mod open;
mod section;
mod sql;
mod tables;
#[cfg(test)]
mod tests;
mod types;
mod worker;

pub use error::AskError;
pub use handle::StoreHandle;
pub(crate) use health::StoreHealth;
pub use open::StoreError;
pub(crate) use open::probe;
pub(crate) use section::StoreConfig;
pub(crate) use types::{
    Account, Banned, Blob, ChatRow, Held, Holding, MAX_BANS, MAX_BLOCKS, MAX_LEADERS, MAX_MUTES, Muted,
    Profile, Whom,
};
pub use types::{Delta, Ladder, PlayerKey};

use crate::metrics::Metrics;
use crate::wall::Wall;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;

/// The store as a whole: opened once, then a handle and a thread.
#[derive(Debug)]
pub struct Store;

impl Store {
    /// Opens the file of `config`, makes it if there is none, brings it to the newest version, and starts the thread.
    /// The thread ends after [`StoreHandle::close`], or when the last handle is gone.
    ///
    /// # Errors
    /// [`StoreError`], one sentence that names the file and what to do.
    pub fn open(
        config: &StoreConfig,
        metrics: Arc<Metrics>,
    ) -> Result<(StoreHandle, JoinHandle<()>), StoreError> {
        Self::open_by(config, metrics, Wall::default())
    }

    /// As [`Store::open`], by that clock.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn open_by(
        config: &StoreConfig,
        metrics: Arc<Metrics>,
        wall: Wall,
    ) -> Result<(StoreHandle, JoinHandle<()>), StoreError> {
        let opened = open::open(config)?;
        worker::start(opened, config, metrics, wall)
    }

    /// A store that ends with its handle, for tests and for servers that keep nothing.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn in_memory(metrics: Arc<Metrics>) -> Result<StoreHandle, StoreError> {
        let path = PathBuf::from(StoreConfig::MEMORY);
        let config = StoreConfig { path, queue_writes: 1024, flush_ms: 50, answer_timeout_ms: 5000 };
        Self::open(&config, metrics).map(|(handle, _)| handle)
    }
}
