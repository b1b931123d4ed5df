//! A rate limit for each address: a token bucket each, in a bounded table.

use super::table::{AddressKey, AddressTable};
use perigee_shared::token_bucket::{TokenBucket, price};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Addresses with a bucket of their own.
const MAX_ADDRESSES: usize = 4096;

/// The buckets.
#[derive(Debug)]
pub(crate) struct AddressRate {
    /// The cost of one.
    price: Duration,
    /// The most that may be saved.
    most: Duration,
    start: Instant,
    table: Mutex<AddressTable<TokenBucket>>,
}

impl AddressRate {
    /// This many a second for each address, and this many at once.
    pub(crate) fn new(per_second: f64, burst: u32) -> Self {
        let price = price(1.0, per_second);
        let most = price.saturating_mul(burst);
        let table = AddressTable::new(MAX_ADDRESSES, TokenBucket::new(most, Duration::ZERO));
        Self { price, most, start: Instant::now(), table: Mutex::new(table) }
    }

    /// Takes one, if the rate allows it.
    ///
    /// # Errors
    /// The seconds until the next one is allowed, at least 1.
    pub(crate) fn take(&self, key: AddressKey, now: Instant) -> Result<(), u64> {
        let now = now.saturating_duration_since(self.start);
        let mut table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        let bucket = table.entry(key, now, |bucket| bucket.saved(self.most, now) >= self.most);
        bucket.earn(self.most, now);
        let wait = bucket.wait(self.price);
        if wait.is_zero() {
            bucket.pay(self.price);
            return Ok(());
        }
        Err(wait.as_secs_f64().ceil() as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::IpAddr;

    fn v4(number: u32) -> AddressKey {
        AddressKey::from(IpAddr::from(number.to_be_bytes()))
    }

    fn key(text: &str) -> AddressKey {
        AddressKey::from(text.parse::<IpAddr>().unwrap())
    }

    #[test]
    fn a_burst_passes_then_the_rate() {
        let rate = AddressRate::new(2.0, 5);
        let now = Instant::now();
        assert_eq!((0..9).filter(|_| rate.take(v4(1), now).is_ok()).count(), 5);
        assert_eq!(rate.take(v4(1), now), Err(1));
        assert!(rate.take(v4(2), now).is_ok());
        let later = now + Duration::from_secs(1);
        assert_eq!((0..9).filter(|_| rate.take(v4(1), later).is_ok()).count(), 2);
    }

    #[test]
    fn a_slow_rate_says_how_long() {
        let rate = AddressRate::new(0.1, 1);
        let now = Instant::now();
        assert_eq!((rate.take(v4(1), now), rate.take(v4(1), now)), (Ok(()), Err(10)));
        assert_eq!(rate.take(v4(1), now + Duration::from_secs(11)), Ok(()));
    }

    #[test]
    fn a_network_of_ipv6_is_one_address() {
        let rate = AddressRate::new(1.0, 1);
        let now = Instant::now();
        assert!(rate.take(key("2001:db8::1"), now).is_ok());
        assert!(rate.take(key("2001:db8::2"), now).is_err());
        assert!(rate.take(key("2001:db8:0:1::2"), now).is_ok());
        assert!(rate.take(key("::ffff:1.2.3.4"), now).is_ok());
        assert!(rate.take(key("1.2.3.4"), now).is_err());
    }

    #[test]
    fn the_table_is_bounded_and_who_comes_from_many_addresses_gets_little_more() {
        let rate = AddressRate::new(1.0, 2);
        let now = Instant::now();
        let many = MAX_ADDRESSES as u32;
        assert!((0..many).all(|number| rate.take(v4(number), now).is_ok()));
        let passed = (many..8 * many).filter(|&number| rate.take(v4(number), now).is_ok()).count();
        assert!(passed <= 2 * 64, "{passed}");
        assert_eq!(rate.table.lock().unwrap().len(), MAX_ADDRESSES);
        let later = now + Duration::from_secs(3);
        assert!((many..2 * many).all(|number| rate.take(v4(number), later).is_ok()));
        assert!(rate.table.lock().unwrap().len() <= MAX_ADDRESSES);
    }

    #[test]
    fn who_is_refused_stays_refused_although_others_come() {
        let rate = AddressRate::new(0.001, 1);
        let now = Instant::now();
        assert!(rate.take(v4(0), now).is_ok());
        for number in 1..4 * MAX_ADDRESSES as u32 {
            let _ = rate.take(v4(number), now + Duration::from_millis(u64::from(number)));
        }
        assert!(rate.take(v4(0), now + Duration::from_secs(20)).is_err());
    }
}
