//! State that rooms leave to later rooms of the same name, after a restart of the server or after the room's thread
//! failed. Only the game can read the bytes.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// By room name, the newest state of each. Bounded by the number of permanent rooms.
#[derive(Clone, Debug, Default)]
pub struct PersistedStates(Arc<Mutex<BTreeMap<String, Vec<u8>>>>);

impl PersistedStates {
    /// Stores a room's state, in place of the one before.
    pub fn put(&self, room: &str, persisted: &[u8]) {
        let mut kept = self.lock();
        if let Some(bytes) = kept.get_mut(room) {
            bytes.clear();
            bytes.extend_from_slice(persisted);
        } else {
            kept.insert(room.to_owned(), persisted.to_vec());
        }
    }

    /// The state that the last room of that name left.
    #[must_use]
    pub fn of(&self, room: &str) -> Option<Vec<u8>> {
        self.lock().get(room).cloned()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Vec<u8>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_counts_and_rooms_do_not_mix() {
        let persisted_states = PersistedStates::default();
        persisted_states.put("arena", b"old");
        persisted_states.clone().put("arena", b"new");
        persisted_states.put("duel", b"other");
        assert_eq!(persisted_states.of("arena").as_deref(), Some(&b"new"[..]));
        assert_eq!(persisted_states.of("nowhere"), None);
    }
}
