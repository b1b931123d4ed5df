//! Clients by their address, and a bounded table of what is remembered about them.
//!
//! One key and one table type for everything that is counted by address: rates, waits after wrong tokens, rooms. It
//! knows no socket and no clock.

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::fmt;
use std::hash::BuildHasher;
use std::net::{IpAddr, Ipv6Addr};
use std::time::Duration;

/// Entries that further addresses share when a table is full.
const SHARED: usize = 64;
/// Least time between two searches of a full table for entries at rest: a search visits all entries.
const SWEEP_INTERVAL: Duration = Duration::from_secs(1);

/// An IPv4 address, or an IPv6 network: a customer usually has a whole /64, so that counts as one address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AddressKey(IpAddr);

impl From<IpAddr> for AddressKey {
    fn from(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from(u128::from(address) >> 64 << 64)),
            v4 => v4,
        })
    }
}

impl fmt::Display for AddressKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            IpAddr::V4(address) => address.fmt(f),
            IpAddr::V6(network) => write!(f, "{network}/64"),
        }
    }
}

/// A value for each address, for a bounded number of addresses.
///
/// Only an entry at rest, with the same content as a fresh one, is ever removed. If there are none, further addresses
/// share some entries, and a client cannot choose which one: using many addresses gains nothing, and displaces no
/// entry.
#[derive(Debug)]
pub(crate) struct AddressTable<V> {
    own: HashMap<AddressKey, V>,
    shared: Vec<V>,
    most: usize,
    swept: Duration,
    /// A hasher of its own, so that the shared entry is independent of the map's order.
    hasher: RandomState,
}

impl<V: Clone> AddressTable<V> {
    /// An empty table for `most` addresses; each entry starts as `fresh`.
    #[must_use]
    pub(crate) fn new(most: usize, fresh: V) -> Self {
        let hasher = RandomState::new();
        Self { own: HashMap::new(), shared: vec![fresh; SHARED], most, swept: Duration::ZERO, hasher }
    }

    /// The entry of that address, mutable. `now` is since any fixed moment.
    pub(crate) fn entry(
        &mut self,
        key: AddressKey,
        now: Duration,
        is_at_rest: impl Fn(&V) -> bool,
    ) -> &mut V {
        let is_full = self.own.len() >= self.most && !self.own.contains_key(&key);
        if is_full && now.saturating_sub(self.swept) >= SWEEP_INTERVAL {
            self.swept = now;
            self.own.retain(|_, value| !is_at_rest(value));
        }
        let share = self.share_of(key);
        if self.own.len() >= self.most && !self.own.contains_key(&key) {
            return &mut self.shared[share];
        }
        // An address keeps what was counted while it shared an entry.
        self.own.entry(key).or_insert_with(|| self.shared[share].clone())
    }

    /// The entry of that address.
    #[cfg(test)]
    pub(crate) fn get(&self, key: AddressKey) -> &V {
        self.own.get(&key).unwrap_or_else(|| &self.shared[self.share_of(key)])
    }

    /// Removes an address's own entry.
    pub(crate) fn forget(&mut self, key: AddressKey) {
        self.own.remove(&key);
    }

    /// Number of addresses with an entry of their own.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.own.len()
    }

    fn share_of(&self, key: AddressKey) -> usize {
        (self.hasher.hash_one(key) % SHARED as u64) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> AddressKey {
        AddressKey::from(text.parse::<IpAddr>().unwrap())
    }

    fn v4(number: u32) -> AddressKey {
        AddressKey::from(IpAddr::from(number.to_be_bytes()))
    }

    #[test]
    fn a_network_of_ipv6_is_one_address() {
        assert_eq!(key("2001:db8::1"), key("2001:db8::ffff:2"));
        assert_ne!(key("2001:db8::1"), key("2001:db8:0:1::1"));
        assert_eq!(key("::ffff:1.2.3.4"), key("1.2.3.4"));
        assert_ne!(key("1.2.3.4"), key("1.2.3.5"));
        assert_eq!(key("2001:db8::1").to_string(), "2001:db8::/64");
        assert_eq!(key("1.2.3.4").to_string(), "1.2.3.4");
    }

    #[test]
    fn what_is_not_at_rest_stays_whoever_comes() {
        let mut table = AddressTable::new(100, 0_u32);
        let at = Duration::from_secs;
        *table.entry(v4(0), at(0), |&count| count == 0) = 10;
        for number in 1..10_000 {
            *table.entry(v4(number), at(u64::from(number)), |&count| count == 0) += 1;
        }
        assert_eq!(*table.get(v4(0)), 10);
        assert_eq!(table.len(), 100);
        // All others are counted together, so each of them has a count.
        assert!((1..10_000).all(|number| *table.get(v4(number)) > 0));
    }

    #[test]
    fn entries_at_rest_make_room_and_what_was_shared_is_taken_along() {
        let mut table = AddressTable::new(2, 0_u32);
        let at_rest = |&count: &u32| count == 0;
        *table.entry(v4(1), Duration::ZERO, at_rest) = 1;
        *table.entry(v4(2), Duration::ZERO, at_rest) = 1;
        *table.entry(v4(3), Duration::ZERO, at_rest) = 7;
        *table.entry(v4(2), Duration::ZERO, at_rest) = 0;
        let later = Duration::from_secs(2);
        assert_eq!(*table.entry(v4(3), later, at_rest), 7);
        assert_eq!(table.len(), 2);
        *table.entry(v4(3), later, at_rest) = 0;
        assert_eq!(*table.get(v4(3)), 0);
        assert_eq!(*table.get(v4(1)), 1);
        table.forget(v4(1));
        assert_eq!(table.len(), 1);
    }
}
