//! Friends who play together: where the members of a party went, so that the next one is sent there too.
//!
//! A bounded table that forgets: who was in it is not known, only which room they found. Time comes as an argument.

use std::collections::HashMap;
use std::time::{Duration, Instant};

/// Parties that are remembered; of more, the one that was heard of the longest ago is forgotten.
const MAX_PARTIES: usize = 1024;
/// A party that nobody asked for as long as this is forgotten.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(15 * 60);

#[derive(Debug)]
struct Party {
    room: String,
    at: Instant,
}

/// Rooms by party.
#[derive(Debug, Default)]
pub(super) struct Parties {
    rooms: HashMap<String, Party>,
}

impl Parties {
    /// Where the party was last.
    pub(super) fn room(&self, party: &str, now: Instant) -> Option<&str> {
        let known = self.rooms.get(party)?;
        (now.saturating_duration_since(known.at) < FORGOTTEN_AFTER).then_some(known.room.as_str())
    }

    /// A member is in `room`. Whether another party was forgotten for this one.
    pub(super) fn set(&mut self, party: &str, room: &str, now: Instant) -> bool {
        if let Some(known) = self.rooms.get_mut(party) {
            known.at = now;
            if known.room != room {
                room.clone_into(&mut known.room);
            }
            return false;
        }
        let is_full = self.rooms.len() >= MAX_PARTIES && !self.forget_old(now);
        if is_full {
            let oldest = self.rooms.iter().min_by_key(|(_, party)| party.at).map(|(name, _)| name.clone());
            oldest.map(|name| self.rooms.remove(&name));
        }
        self.rooms.insert(party.to_owned(), Party { room: room.to_owned(), at: now });
        is_full
    }

    /// Whether there is room again.
    fn forget_old(&mut self, now: Instant) -> bool {
        self.rooms.retain(|_, party| now.saturating_duration_since(party.at) < FORGOTTEN_AFTER);
        self.rooms.len() < MAX_PARTIES
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_party_is_known_by_its_last_room_until_it_is_forgotten() {
        let mut parties = Parties::default();
        let begun = Instant::now();
        assert_eq!(parties.room("crew", begun), None);
        assert!(!parties.set("crew", "arena", begun));
        parties.set("others", "duel", begun);
        assert_eq!(parties.room("crew", begun), Some("arena"));
        parties.set("crew", "duel", begun + Duration::from_secs(60));
        let later = begun + FORGOTTEN_AFTER + Duration::from_secs(1);
        assert_eq!(parties.room("crew", later), Some("duel"));
        assert_eq!(parties.room("others", later), None);
    }

    #[test]
    fn the_table_is_bounded_and_forgets_the_oldest() {
        let mut parties = Parties::default();
        let begun = Instant::now();
        let at = |n: usize| begun + Duration::from_millis(n as u64);
        let dropped = (0..MAX_PARTIES + 5).filter(|&n| parties.set(&format!("p{n}"), "arena", at(n))).count();
        assert_eq!((dropped, parties.rooms.len()), (5, MAX_PARTIES));
        assert_eq!(parties.room("p4", at(9999)), None);
        assert_eq!(parties.room("p5", at(9999)), Some("arena"));
        assert!(!parties.set("new", "arena", begun + 2 * FORGOTTEN_AFTER), "what is old makes room first");
        assert_eq!(parties.rooms.len(), 1);
    }
}
