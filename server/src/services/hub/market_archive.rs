//! Each permanent room's market in the store: the game's persisted state, and its candles. Read once before the rooms
//! start, and written in the background.

use super::archive::{Archive, MarketBooks, StatDelta};
use crate::person::PersonId;
use crate::room::PersistedStates;
use crate::services::candles::{Candles, Row};
use crate::services::chat::history::Line;
use crate::services::chat::people::{NameMute, Whom};
use crate::store::{AskError, Blob, StoreHandle};
use std::collections::BTreeMap;

/// A kind of blob that rooms have.
#[derive(Clone, Copy, Debug)]
struct BlobKind {
    name: &'static str,
    /// The version of its format.
    version: u32,
}

/// The game's persisted state.
const PERSISTED: BlobKind = BlobKind { name: "lasting", version: 1 };
/// All candles.
const CANDLES: BlobKind = BlobKind { name: "candles", version: 1 };
/// The candles that changed since all of them were stored.
const CHANGED_CANDLES: BlobKind = BlobKind { name: "candles-since", version: 1 };

/// The markets.
#[derive(Debug)]
pub(crate) struct MarketArchive {
    store: StoreHandle,
    persisted_states: PersistedStates,
    candles: BTreeMap<String, Candles>,
}

impl MarketArchive {
    /// Reads what these rooms stored. What cannot be read is logged and left out; the server starts all the same.
    pub(crate) async fn load(store: StoreHandle, rooms: impl Iterator<Item = &str>) -> Self {
        let mut archive =
            Self { store, persisted_states: PersistedStates::default(), candles: BTreeMap::new() };
        for room in rooms {
            if let Err(error) = archive.read(room).await {
                tracing::warn!(room, %error, "the market could not be read");
            }
        }
        archive
    }

    /// The states that the rooms stored before; shared with the rooms, which put their new states there.
    #[must_use]
    pub(crate) fn persisted_states(&self) -> PersistedStates {
        self.persisted_states.clone()
    }

    /// The stored candles of a room; they are returned once.
    pub(crate) fn candles(&mut self, room: &str) -> Candles {
        self.candles.remove(room).unwrap_or_default()
    }

    /// Stores a room's current market.
    pub(crate) fn keep(&self, room: &str, books: MarketBooks<'_>) {
        match books {
            MarketBooks::Lasting(bytes) => {
                self.persisted_states.put(room, bytes);
                let blob = Blob { version: PERSISTED.version, bytes: bytes.to_vec() };
                self.store.save_blob(room, PERSISTED.name, blob);
            }
            MarketBooks::Candles(candles) => {
                let rows: Vec<Row> = candles.rows().collect();
                self.save_rows(room, CANDLES, &rows);
                self.save_rows(room, CHANGED_CANDLES, &[]);
            }
            MarketBooks::CandlesSince(candles, since_ms) => {
                let rows: Vec<Row> = candles.rows_since(since_ms).collect();
                self.save_rows(room, CHANGED_CANDLES, &rows);
            }
        }
    }

    async fn read(&mut self, room: &str) -> Result<(), AskError> {
        let persisted = self.store.load_blob(room, PERSISTED.name).await?;
        if let Some(blob) = persisted.filter(|blob| blob.version == PERSISTED.version) {
            self.persisted_states.put(room, &blob.bytes);
        }
        let mut candles = Candles::default();
        for BlobKind { name: kind, version } in [CANDLES, CHANGED_CANDLES] {
            let Some(blob) = self.store.load_blob(room, kind).await? else { continue };
            match serde_json::from_slice::<Vec<Row>>(&blob.bytes) {
                Ok(rows) if blob.version == version => candles.take(rows),
                _ => tracing::warn!(room, kind, "the candles that were kept cannot be read"),
            }
        }
        self.candles.insert(room.to_owned(), candles);
        Ok(())
    }

    fn save_rows(&self, room: &str, kind: BlobKind, rows: &[Row]) {
        // Plain numbers always serialize.
        if let Ok(bytes) = serde_json::to_vec(rows) {
            self.store.save_blob(room, kind.name, Blob { version: kind.version, bytes });
        }
    }
}

/// The store for everything, including markets.
impl Archive for MarketArchive {
    fn record(&mut self, delta: StatDelta) {
        Archive::record(&mut self.store, delta);
    }

    fn is_clock_proven(&self) -> bool {
        self.store.is_clock_proven()
    }

    fn append(&mut self, line: &Line) {
        Archive::append(&mut self.store, line);
    }

    fn keep_block(&mut self, person: PersonId, whom: Whom, blocked: bool) {
        self.store.keep_block(person, whom, blocked);
    }

    fn keep_mute(&mut self, mute: NameMute, for_ms: u64) {
        self.store.keep_mute(mute, for_ms);
    }

    fn forget_mute(&mut self, folded: &str) {
        self.store.forget_mute(folded);
    }

    fn candles(&mut self, room: &str) -> Candles {
        Self::candles(self, room)
    }

    fn keep_market(&mut self, room: &str, books: MarketBooks<'_>) {
        self.keep(room, books);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::Metrics;
    use crate::store::Store;
    use std::sync::Arc;

    #[tokio::test]
    async fn a_market_comes_back_with_its_candles() {
        let store = Store::in_memory(Arc::new(Metrics::new())).unwrap();
        let archive = MarketArchive::load(store.clone(), ["arena"].into_iter()).await;
        assert_eq!(archive.persisted_states().of("arena"), None);
        let mut candles = Candles::default();
        (0..90).for_each(|n| candles.add(0, 3, n * 700, 50 + n as u32, 1));
        archive.keep("arena", MarketBooks::Lasting(b"venues"));
        archive.keep("arena", MarketBooks::Candles(&candles));
        (90..140).for_each(|n| candles.add(0, 3, n * 700, 90, 2));
        archive.keep("arena", MarketBooks::CandlesSince(&candles, 89 * 700));

        let mut again = MarketArchive::load(store, ["arena", "duel"].into_iter()).await;
        assert_eq!(again.persisted_states().of("arena").as_deref(), Some(&b"venues"[..]));
        assert_eq!(again.persisted_states().of("duel"), None);
        let (came, was) = (again.candles("arena"), candles);
        assert_eq!(came.rows().collect::<Vec<_>>(), was.rows().collect::<Vec<_>>());
    }
}
