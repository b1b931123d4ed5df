//! What outlives the server: players and their records, chat, blocks and mutes, and the state of markets.
//!
//! One SQLite file, one thread that uses it, and a [`StoreHandle`] for all callers, which never wait for the disk:
//! writes are queued and written in the background, within `store.flush_ms`, in one transaction; queries return
//! an answer or an error within `store.answer_timeout_ms`. A slow or full disk shows in [`StoreHealth`] and in the
//! metrics, and nowhere else: no tick and no socket waits for it.
//!
//! What can be lost: a killed process loses what was not written yet, which is what arrived in the last `flush_ms` (400
//! at the most), and what the store had not received yet (`SCHEMA.md`): less than a second, and what remains is of one
//! moment. After a power failure, also what the disk had not been made to keep is lost, [`worker::SYNC_PERIOD`] at the
//! most; the file is then an older valid state.
//!
//! - `handle`: the interface; `types`: its data; `error`: why a query has no answer
//! - `inbox`: the bounded queue; `batch`: the writes in it, merged by subject
//! - `worker`: the thread; `db`: the open file and how a batch is written
//! - `open`: finds, locks and checks the file; `migrations`: its versions; `SCHEMA.md`: its tables
//! - `tables`: the SQL, by subject; `sql`: what all SQL needs
//! - `section`: the store's configuration
//! - `clock`: the time for decisions that cannot be undone
//! - `health`: the store's state; `backup`: a copy while the server runs
//!
//! It does not know rooms, sockets or a concrete game: statistics and belongings are stored as the game's table
//! describes them.

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
    Account, Banned, Blob, ChatRow, HeldRecord, Holding, MAX_BANS, MAX_BLOCKS, MAX_LEADERS, MAX_MUTES, Muted,
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
    /// Opens the file of `config`, or creates it, migrates it to the newest version, and starts the thread. The thread
    /// ends after [`StoreHandle::close`], or when the last handle is dropped.
    ///
    /// # Errors
    /// [`StoreError`], a sentence that names the file and what to do.
    pub fn open(
        config: &StoreConfig,
        metrics: Arc<Metrics>,
    ) -> Result<(StoreHandle, JoinHandle<()>), StoreError> {
        Self::open_by(config, metrics, Wall::default())
    }

    /// As [`Store::open`], with that clock.
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

    /// A store that ends with its handle, for tests and for servers that store nothing.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn in_memory(metrics: Arc<Metrics>) -> Result<StoreHandle, StoreError> {
        let path = PathBuf::from(StoreConfig::MEMORY);
        let config = StoreConfig { path, queue_writes: 1024, flush_ms: 50, answer_timeout_ms: 5000 };
        Self::open(&config, metrics).map(|(handle, _)| handle)
    }
}
