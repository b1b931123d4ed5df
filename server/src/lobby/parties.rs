//! Friends who play together: the room where a party's members went, so that the next one is sent there too.
//!
//! A bounded table with expiry. It stores a party's room, not its members. Time is an argument.

use crate::address::AddressKey;
use std::cmp::Reverse;
use std::collections::HashMap;
use std::time::{Duration, Instant};

/// Most parties that are remembered. One more displaces the least recently used party of the address with the most
/// parties: an address that invents names without end displaces its own.
const MAX_PARTIES: usize = 1024;
/// A party without requests for this long is forgotten.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(15 * 60);

#[derive(Debug)]
struct Party {
    room: String,
    at: Instant,
    /// The address that named it first.
    from: Option<AddressKey>,
}

/// A member of a party.
#[derive(Clone, Copy, Debug)]
pub(super) struct Member<'a> {
    /// The party's name.
    pub(super) party: &'a str,
    /// Their address, if known.
    pub(super) from: Option<AddressKey>,
}

/// The parties and their rooms.
#[derive(Debug, Default)]
pub(super) struct Parties {
    rooms: HashMap<String, Party>,
}

impl Parties {
    /// The party's last room.
    pub(super) fn room(&self, party: &str, now: Instant) -> Option<&str> {
        let known = self.rooms.get(party)?;
        (now.saturating_duration_since(known.at) < FORGOTTEN_AFTER).then_some(known.room.as_str())
    }

    /// Records that a member is in `room`. Returns whether another party was forgotten for this one.
    pub(super) fn set(&mut self, member: Member<'_>, room: &str, now: Instant) -> bool {
        let Member { party, from } = member;
        if let Some(known) = self.rooms.get_mut(party) {
            known.at = now;
            if known.room != room {
                room.clone_into(&mut known.room);
            }
            return false;
        }
        let is_full = self.rooms.len() >= MAX_PARTIES && !self.forget_old(now);
        if is_full {
            self.forget_one();
        }
        self.rooms.insert(party.to_owned(), Party { room: room.to_owned(), at: now, from });
        is_full
    }

    fn forget_one(&mut self) {
        let mut brought: HashMap<Option<AddressKey>, usize> = HashMap::new();
        self.rooms.values().for_each(|party| *brought.entry(party.from).or_default() += 1);
        let order = |party: &Party| (Reverse(brought[&party.from]), party.at);
        let oldest = self.rooms.iter().min_by_key(|(_, party)| order(party)).map(|(name, _)| name.clone());
        oldest.map(|name| self.rooms.remove(&name));
    }

    /// Removes expired parties. Returns whether there is room again.
    fn forget_old(&mut self, now: Instant) -> bool {
        self.rooms.retain(|_, party| now.saturating_duration_since(party.at) < FORGOTTEN_AFTER);
        self.rooms.len() < MAX_PARTIES
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(party: &str, from: Option<AddressKey>) -> Member<'_> {
        Member { party, from }
    }

    #[test]
    fn a_party_is_known_by_its_last_room_until_it_is_forgotten() {
        let mut parties = Parties::default();
        let begun = Instant::now();
        assert_eq!(parties.room("crew", begun), None);
        assert!(!parties.set(member("crew", None), "arena", begun));
        parties.set(member("others", None), "duel", begun);
        assert_eq!(parties.room("crew", begun), Some("arena"));
        parties.set(member("crew", None), "duel", begun + Duration::from_secs(60));
        let later = begun + FORGOTTEN_AFTER + Duration::from_secs(1);
        assert_eq!(parties.room("crew", later), Some("duel"));
        assert_eq!(parties.room("others", later), None);
    }

    #[test]
    fn the_table_is_bounded_and_forgets_the_oldest() {
        let mut parties = Parties::default();
        let begun = Instant::now();
        let at = |n: usize| begun + Duration::from_millis(n as u64);
        let dropped = (0..MAX_PARTIES + 5)
            .filter(|&n| parties.set(member(&format!("p{n}"), None), "arena", at(n)))
            .count();
        assert_eq!((dropped, parties.rooms.len()), (5, MAX_PARTIES));
        assert_eq!(parties.room("p4", at(9999)), None);
        assert_eq!(parties.room("p5", at(9999)), Some("arena"));
        assert!(
            !parties.set(member("new", None), "arena", begun + 2 * FORGOTTEN_AFTER),
            "what is old makes room first"
        );
        assert_eq!(parties.rooms.len(), 1);
    }

    #[test]
    fn an_address_that_invents_names_displaces_its_own() {
        let mut parties = Parties::default();
        let begun = Instant::now();
        let from = |host: u8| Some(AddressKey::from(std::net::IpAddr::from([192, 0, 2, host])));
        for n in 0..5 {
            parties.set(member(&format!("friends {n}"), from(n)), "arena", begun);
        }
        for n in 0..2 * MAX_PARTIES {
            let now = begun + Duration::from_millis(1 + n as u64);
            parties.set(member(&format!("p{n}"), from(99)), "duel", now);
        }
        assert_eq!(parties.rooms.len(), MAX_PARTIES);
        assert!((0..5).all(|n| parties.room(&format!("friends {n}"), begun) == Some("arena")));
    }
}
