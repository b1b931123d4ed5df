//! The store as its callers use it: through a handle, with its thread running.

mod clock;
mod crash;
mod failure;
mod files;
mod holdings;
mod identity;
mod records;
mod schema;

use super::migrations::VERSION;
use super::types::{Blocked, Day, Leading, MAX_BLOB_BYTES, MAX_CHAT_LINES_PER_CHANNEL, Record};
use super::worker::SYNC_PERIOD;
use super::*;
use crate::metrics::Metrics;
use perigee_shared::netcode::{About, Merge, Statistic, Statistics};
use perigee_shared::protocol::{DeviceToken, Span};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Nothing in these tests takes longer unless it hangs.
const PATIENCE: Duration = Duration::from_secs(20);

/// A folder for one test, removed on drop.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("perigee-store-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn config(path: &Path) -> StoreConfig {
    StoreConfig { path: path.to_owned(), queue_writes: 1024, flush_ms: 250, answer_timeout_ms: 5000 }
}

/// With a clock that is wrong by this many days.
fn open_wrong(path: &Path, days: i64) -> (StoreHandle, JoinHandle<()>) {
    Store::open_by(&config(path), Arc::new(Metrics::new()), Wall::wrong_by_days(days)).unwrap()
}

fn open(path: &Path) -> (StoreHandle, JoinHandle<()>) {
    Store::open(&config(path), Arc::new(Metrics::new())).unwrap()
}

fn memory() -> StoreHandle {
    Store::in_memory(Arc::new(Metrics::new())).unwrap()
}

/// The system's clock, in Unix seconds.
fn unix_s() -> i64 {
    (Wall::default().now_ms() / 1000).cast_signed()
}

fn today() -> Day {
    Wall::default().day()
}

/// A game with a statistic of each kind.
const GAME: About = About {
    statistics: &[
        Statistic::ranked("hits", "Hits", Merge::Sum),
        Statistic::ranked("worth", "Worth", Merge::Last),
        Statistic::ranked("streak", "Streak", Merge::Max),
        Statistic::count("losses", "Losses"),
    ],
    ..About::named("game")
};
/// Another game with the same keys.
const OTHER: About = About { statistics: GAME.statistics, ..About::named("other") };

fn told(player_id: PlayerKey, told: [i64; 4]) -> Delta {
    Delta { player_id, about: &GAME, told: Statistics::of(told) }
}

fn hits(player_id: PlayerKey, hits: i64) -> Delta {
    told(player_id, [hits, 0, 0, 0])
}

/// The value and the best of a statistic in [`GAME`]; 0 without a record.
fn on_record(records: &[Record], statistic: &str) -> (i64, i64) {
    let row = records.iter().find(|row| row.game == "game" && row.statistic == statistic);
    row.map_or((0, 0), |row| (row.value, row.best))
}

async fn hits_of(store: &StoreHandle, name: &str) -> i64 {
    on_record(&store.profile(name).await.unwrap().unwrap().records, "hits").0
}

async fn player(store: &StoreHandle, name: &str) -> Account {
    store.identify(None, name).await.unwrap()
}

const HITS: Ladder = Ladder { game: "game", span: Span::AllTime, by: "hits" };

async fn close(store: StoreHandle, thread: JoinHandle<()>) {
    assert!(store.close(PATIENCE).await);
    thread.join().unwrap();
}

/// Waits until the condition holds.
async fn wait_for(what: &str, mut is_so: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < PATIENCE, "never came: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
