//! Where each person sits, and what they own while they sit: one seat in the whole server, one authority on their
//! belongings.
//!
//! - A room reports to it, within its tick: who got a seat, what they own, and, of each player who lost a seat for any
//!   reason, what they took away. So a person's entry lives as long as their seat, not their connection.
//! - A connection that requests a seat for a person takes the person's [`Turn`] first: claims are decided one after the
//!   other, and each sees the outcome of the one before.
//! - While a room has a person, and until the store was sent what they took away, this is the authority on their
//!   belongings, not the store.
//!
//! A room's report is of one tick and arrives as a whole ([`Registrar::report`]), and it goes to the store as a whole
//! ([`Presence::write_behind`]): a transfer of money is never stored on one side alone.
//!
//! Entries: at most one for each seat, each connection on its way to one, and each person whose final report is not yet
//! written. Programs and spectators own nothing and have none. No lock is held over I/O, and a tick in which no one
//! joins or leaves allocates nothing.

use crate::person::PersonId;
use crate::room::{Gone, Owner, Registrar, RoomHandle, SeatedAt, Word};
use crate::store::{Holding, PlayerKey, StoreHandle};
use perigee_shared::netcode::Belongings;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::OwnedMutexGuard;

/// What a person owns, by game, in the games' formats. Few people have belongings in more than one game.
type Owned = Vec<(&'static str, Belongings)>;

/// Who sits where and owns what. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub(crate) struct Presence(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    people: Mutex<People>,
    /// Buffer for what is being written; there is one writer at a time.
    writing: Mutex<Vec<Unwritten>>,
}

#[derive(Debug, Default)]
struct People {
    entries: HashMap<PersonId, Entry>,
    /// People with unwritten reports, each once.
    unwritten: Vec<PersonId>,
}

#[derive(Debug, Default)]
struct Entry {
    turn: Arc<tokio::sync::Mutex<()>>,
    place: Option<SeatedAt>,
    /// The account was created for the current seat, and they have not come back with their token since
    /// ([`Presence::came_back`]).
    is_new: bool,
    /// What changed since the store was read, as their rooms reported it.
    owned: Owned,
    /// Whether the account is to be deleted: they came, never acted, and are gone.
    forget: bool,
    /// Whether it is in `unwritten`.
    waits: bool,
    /// Counts changes: a write is complete only if this did not change meanwhile.
    version: u64,
}

#[derive(Clone, Debug)]
struct Unwritten {
    person: PersonId,
    version: u64,
    owned: Owned,
    forget: bool,
}

impl Entry {
    /// Whether a connection is on its way to a seat for them.
    fn is_claimed(&self) -> bool {
        Arc::strong_count(&self.turn) > 1
    }

    fn own(&mut self, game: &'static str, belongings: Belongings) {
        match self.owned.iter_mut().find(|(other, _)| *other == game) {
            Some((_, owned)) => *owned = belongings,
            None => self.owned.push((game, belongings)),
        }
    }

    fn is_needed(&self) -> bool {
        self.place.is_some() || !self.owned.is_empty() || self.waits || self.is_claimed()
    }
}

impl People {
    fn wait(&mut self, person: PersonId) {
        if let Some(entry) = self.entries.get_mut(&person) {
            entry.version += 1;
            if !std::mem::replace(&mut entry.waits, true) {
                self.unwritten.push(person);
            }
        }
    }

    /// Removes an entry that is no longer needed.
    fn tidy(&mut self, person: PersonId) {
        if self.entries.get(&person).is_some_and(|entry| !entry.is_needed()) {
            self.entries.remove(&person);
        }
    }

    fn take(&mut self, room: &Arc<RoomHandle>, word: &Word) {
        let Some(entry) = self.entries.get_mut(&word.person) else { return };
        let is_theirs = |place: &SeatedAt| Arc::ptr_eq(&place.room, room) && place.player == word.player;
        if !entry.place.as_ref().is_some_and(is_theirs) {
            return;
        }
        if let Some(belongings) = word.owned {
            entry.own(room.game().name, belongings);
        }
        if let Some(gone) = word.gone {
            entry.place = None;
            entry.forget = entry.is_new && !gone.acted;
        }
        if word.owned.is_some() || word.gone.is_some() {
            self.wait(word.person);
        }
    }
}

impl Presence {
    /// Waits until no other connection is on its way to a seat for this person.
    pub(crate) async fn turn(&self, person: PersonId) -> Turn {
        let turn = Arc::clone(&self.lock().entries.entry(person).or_default().turn);
        // Created first, so that its `drop` tidies up even if this future is dropped while it waits.
        let mut mine = Turn { presence: self.clone(), person, guard: None };
        mine.guard = Some(turn.lock_owned().await);
        mine
    }

    /// They showed their token, so their device has it: from now on the account is kept even if they never act.
    pub(crate) fn came_back(&self, person: PersonId) {
        if let Some(entry) = self.lock().entries.get_mut(&person) {
            (entry.is_new, entry.forget) = (false, false);
        }
    }

    /// Passes all changes to the store in one batch. What the store does not take stays here.
    pub(crate) fn write_behind(&self, store: &StoreHandle) {
        let mut writing = self.0.writing.lock().unwrap_or_else(PoisonError::into_inner);
        self.collect(&mut writing);
        if writing.is_empty() {
            return;
        }
        let holdings = writing.iter().flat_map(|word| {
            let player_id = word.person.into();
            word.owned.iter().map(move |&(game, belongings)| Holding { player_id, game, belongings })
        });
        let passers_by = writing.iter().filter(|word| word.forget).map(|word| PlayerKey::from(word.person));
        if store.keep_holdings(holdings, passers_by) {
            self.written(&writing);
        }
        writing.clear();
    }

    fn collect(&self, into: &mut Vec<Unwritten>) {
        let people = self.lock();
        into.extend(people.unwritten.iter().filter_map(|&person| {
            let entry = people.entries.get(&person)?;
            // An account must not be deleted while a connection is on its way to a seat for it.
            let forget = entry.forget && !entry.is_claimed();
            Some(Unwritten { person, version: entry.version, owned: entry.owned.clone(), forget })
        }));
    }

    fn written(&self, writing: &[Unwritten]) {
        let mut people = self.lock();
        for word in writing {
            let Some(entry) = people.entries.get_mut(&word.person) else { continue };
            if entry.version != word.version {
                continue;
            }
            entry.waits = false;
            if entry.place.is_none() {
                entry.owned.clear();
            }
        }
        let People { entries, unwritten } = &mut *people;
        unwritten.retain(|person| entries.get(person).is_some_and(|entry| entry.waits));
        writing.iter().for_each(|word| people.tidy(word.person));
    }

    /// How many people have an entry.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.lock().entries.len()
    }

    /// Whether there are no entries.
    #[cfg(test)]
    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What a person owns in a game as their room reported it, if that is newer than the store.
    #[must_use]
    pub(crate) fn owned(&self, person: PersonId, game: &str) -> Option<Belongings> {
        let people = self.lock();
        let owned = people.entries.get(&person)?.owned.iter().find(|(name, _)| *name == game)?;
        Some(owned.1)
    }

    fn lock(&self) -> MutexGuard<'_, People> {
        self.0.people.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Registrar for Presence {
    fn seated(&self, owner: Owner, place: SeatedAt) {
        let mut people = self.lock();
        let entry = people.entries.entry(owner.person).or_default();
        entry.place = Some(place);
        entry.is_new = owner.is_new;
        entry.forget = false;
    }

    fn report(&self, room: &Arc<RoomHandle>, words: &[Word]) {
        let mut people = self.lock();
        words.iter().for_each(|word| people.take(room, word));
    }
}

/// The right to seat a person. One connection at a time has it.
#[derive(Debug)]
pub(crate) struct Turn {
    presence: Presence,
    person: PersonId,
    guard: Option<OwnedMutexGuard<()>>,
}

impl Turn {
    /// Where they sit.
    pub(crate) fn place(&self) -> Option<SeatedAt> {
        self.presence.lock().entries.get(&self.person)?.place.clone()
    }

    /// Their room has ended and will not report on them again.
    pub(crate) fn forget_place(&self, place: &SeatedAt) {
        let word =
            Word { person: self.person, player: place.player, owned: None, gone: Some(Gone { acted: true }) };
        self.presence.report(&place.room, &[word]);
    }

    /// What they own in a game as a room reported it, if that is newer than the store.
    pub(crate) fn owned(&self, game: &str) -> Option<Belongings> {
        self.presence.owned(self.person, game)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        // Released first: a held guard counts as a claim on the entry.
        drop(self.guard.take());
        let mut people = self.presence.lock();
        if people.entries.get(&self.person).is_some_and(|entry| entry.forget && !entry.is_claimed()) {
            people.wait(self.person);
        }
        people.tidy(self.person);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::Metrics;
    use crate::store::{HeldRecord, Store};
    use perigee_shared::ids::PlayerId;
    use std::time::Instant;

    const ANN: PersonId = PersonId(1);

    fn room(name: &str) -> Arc<RoomHandle> {
        let mut config = crate::config::Config::from_text(crate::game::GAMES, None).unwrap().rooms.remove(0);
        config.name = name.to_owned();
        Arc::new(RoomHandle::new(&config, crate::game::GAMES.named("").unwrap().info, Instant::now()))
    }

    fn owned(wealth: i64) -> Option<Belongings> {
        Belongings::from_bytes(&wealth.to_le_bytes())
    }

    async fn kept(store: &StoreHandle, key: PlayerKey) -> Option<HeldRecord> {
        store.holding(key, crate::game::GAMES.named("").unwrap().info.about).await.unwrap()
    }

    fn sit(presence: &Presence, person: PersonId, room: &Arc<RoomHandle>) -> SeatedAt {
        let place = SeatedAt { room: Arc::clone(room), player: PlayerId(3) };
        presence.seated(Owner { person, is_new: false }, place.clone());
        place
    }

    fn word(person: PersonId, wealth: i64, gone: bool) -> Word {
        let gone = gone.then_some(Gone { acted: true });
        Word { person, player: PlayerId(3), owned: owned(wealth), gone }
    }

    #[tokio::test]
    async fn claims_of_a_person_are_decided_one_after_the_other() {
        let presence = Presence::default();
        let first = presence.turn(ANN).await;
        let waiting = tokio::spawn({
            let presence = presence.clone();
            async move { presence.turn(ANN).await.place().map(|place| place.player) }
        });
        let gave_up = tokio::spawn({
            let presence = presence.clone();
            async move { presence.turn(ANN).await.place().is_some() }
        });
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        drop(presence.turn(PersonId(2)).await);
        gave_up.abort();
        let _ = gave_up.await;
        let arena = room("arena");
        sit(&presence, ANN, &arena);
        drop(first);
        assert_eq!(waiting.await.unwrap(), Some(PlayerId(3)), "it sees what the one before came to");
        assert_eq!(presence.len(), 1);
        presence.report(&arena, &[Word { owned: None, ..word(ANN, 0, true) }]);
        presence.write_behind(&Store::in_memory(Arc::new(Metrics::new())).unwrap());
        assert!(presence.is_empty(), "an entry ends with its seat");
    }

    #[tokio::test]
    async fn the_last_word_is_known_before_the_store_has_it_and_is_no_older_rooms() {
        let store = Store::in_memory(Arc::new(Metrics::new())).unwrap();
        let key = store.identify(None, "Ann").await.unwrap().player_id;
        let ann = PersonId::from(key);
        let (presence, arena, pond) = (Presence::default(), room("arena"), room("pond"));
        sit(&presence, ann, &arena);
        presence.report(&arena, &[word(ann, 70, false)]);
        presence.report(&arena, &[word(ann, 40, true)]);
        assert_eq!(presence.owned(ann, "arena"), owned(40));
        sit(&presence, ann, &pond);
        presence.report(&arena, &[word(ann, 900, false)]);
        presence.report(&arena, &[word(ann, 900, true)]);
        assert_eq!(presence.owned(ann, "arena"), owned(40), "another room has them now");
        presence.report(&pond, &[word(ann, 55, false)]);
        presence.write_behind(&store);
        assert_eq!(presence.owned(ann, "arena"), owned(55), "lent out as long as they sit");
        assert_eq!(kept(&store, key).await.unwrap().belongings, owned(55));
        presence.report(&pond, &[word(ann, 60, true)]);
        assert_eq!(presence.owned(ann, "arena"), owned(60));
        presence.write_behind(&store);
        assert_eq!((presence.owned(ann, "arena"), presence.len()), (None, 0));
        assert_eq!(kept(&store, key).await.unwrap().belongings, owned(60));
    }

    #[tokio::test]
    async fn a_newcomer_who_did_nothing_is_not_kept_unless_they_are_on_the_way_back() {
        let store = Store::in_memory(Arc::new(Metrics::new())).unwrap();
        for (acted, comes_back, is_kept) in [(false, false, false), (true, false, true), (false, true, true)]
        {
            let identity = store.identify(None, "Ann").await.unwrap();
            let ann = PersonId::from(identity.player_id);
            let (presence, arena) = (Presence::default(), room("arena"));
            let place = SeatedAt { room: Arc::clone(&arena), player: PlayerId(3) };
            presence.seated(Owner { person: ann, is_new: true }, place.clone());
            let turn = if comes_back { Some(presence.turn(ann).await) } else { None };
            let gone = Some(Gone { acted });
            presence.report(&arena, &[Word { person: ann, player: PlayerId(3), owned: None, gone }]);
            presence.write_behind(&store);
            let is_known = kept(&store, identity.player_id).await.is_some();
            assert_eq!(is_known, is_kept, "acted {acted}, comes back {comes_back}");
            if let Some(turn) = turn {
                drop(turn);
                presence.write_behind(&store);
                assert!(kept(&store, identity.player_id).await.is_none(), "they were not seated after all");
            }
            assert!(presence.is_empty());
        }
    }

    #[tokio::test]
    async fn who_showed_their_token_is_kept_whatever_they_leave_undone() {
        let store = Store::in_memory(Arc::new(Metrics::new())).unwrap();
        for elsewhere in [false, true] {
            let identity = store.identify(None, "Ann").await.unwrap();
            let ann = PersonId::from(identity.player_id);
            let (presence, arena, pond) = (Presence::default(), room("arena"), room("pond"));
            let seat_in = |room: &Arc<RoomHandle>, is_new| {
                let place = SeatedAt { room: Arc::clone(room), player: PlayerId(3) };
                presence.seated(Owner { person: ann, is_new }, place);
            };
            let goes = |room: &Arc<RoomHandle>| {
                let gone = Some(Gone { acted: false });
                presence.report(room, &[Word { person: ann, player: PlayerId(3), owned: None, gone }]);
            };
            seat_in(&arena, true);
            // They come back with their token, to the same seat or another room.
            let turn = presence.turn(ann).await;
            presence.came_back(ann);
            if elsewhere {
                goes(&arena);
                seat_in(&pond, false);
            }
            drop(turn);
            goes(if elsewhere { &pond } else { &arena });
            presence.write_behind(&store);
            assert!(kept(&store, identity.player_id).await.is_some(), "elsewhere: {elsewhere}");
            assert!(presence.is_empty());
        }
    }
}
