//! Banned people, by the store's number, until a time or permanently.
//!
//! Checked for each hello, so the bans are kept in memory, read from the store once and written in the background. A
//! ban applies to the person with all their devices, also under another name; a client without a device counts as a new
//! person.

use crate::person::PersonId;
use crate::store::{AskError, Banned, MAX_BANS, PlayerKey, StoreHandle};
use perigee_shared::protocol::Refusal;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// All bans; clones are the same.
#[derive(Clone, Debug, Default)]
pub(crate) struct Bans(Arc<Mutex<BTreeMap<PersonId, Banned>>>);

impl Bans {
    /// Loads the bans from the store.
    ///
    /// # Errors
    /// [`AskError`].
    pub(crate) async fn load(store: &StoreHandle) -> Result<Self, AskError> {
        let rows = store.bans().await?.into_iter();
        let bans = rows.map(|ban| (PersonId::from(ban.player_id), ban)).collect();
        Ok(Self(Arc::new(Mutex::new(bans))))
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<PersonId, Banned>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Why a person is refused, if they are banned.
    #[must_use]
    pub(crate) fn refusal(&self, person: PersonId, now_s: u64) -> Option<Refusal> {
        let bans = self.lock();
        let ban = bans.get(&person).filter(|ban| holds(ban, now_s))?;
        Some(Refusal::Banned { reason: ban.reason.clone(), until_s: ban.until_s })
    }

    /// Bans a player, in place of an earlier ban. Bans that have ended are removed. Returns false if there are too
    /// many.
    #[must_use]
    pub(crate) fn add(&self, ban: Banned, store: &StoreHandle) -> bool {
        let mut bans = self.lock();
        let over: Vec<PersonId> =
            bans.iter().filter(|(_, ban)| !holds(ban, store.now_s())).map(|(&person, _)| person).collect();
        for person in over {
            bans.remove(&person);
        }
        let person = PersonId::from(ban.player_id);
        if bans.len() >= MAX_BANS && !bans.contains_key(&person) {
            return false;
        }
        store.ban(ban.clone());
        bans.insert(person, ban);
        true
    }

    /// Lifts a ban. Returns whether there was one.
    #[must_use]
    pub(crate) fn lift(&self, player: PlayerKey, store: &StoreHandle) -> bool {
        store.unban(player);
        self.lock().remove(&PersonId::from(player)).is_some_and(|ban| holds(&ban, store.now_s()))
    }

    /// The bans that hold, the newest first.
    #[must_use]
    pub(crate) fn list(&self, now_s: u64) -> Vec<Banned> {
        let mut list: Vec<Banned> = self.lock().values().filter(|ban| holds(ban, now_s)).cloned().collect();
        list.sort_by_key(|ban| (std::cmp::Reverse(ban.since_s), ban.player_id));
        list
    }
}

fn holds(ban: &Banned, now_s: u64) -> bool {
    ban.until_s.is_none_or(|until_s| now_s < until_s)
}
