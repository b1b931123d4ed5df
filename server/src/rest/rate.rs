//! How many requests each address may make: a token bucket each, in a table with a bound.
//!
//! IPv6 gives a whole /64 to one customer, so that is one address here. When the table is full of addresses that are in
//! use, further ones share one bucket: nobody gets more by coming from many.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Addresses with a bucket of their own.
const MAX_ADDRESSES: usize = 4096;
/// A full table is searched for rested buckets no more often: the search looks at all of them.
const SWEEP_INTERVAL: Duration = Duration::from_secs(1);

#[derive(Clone, Copy, Debug)]
struct Bucket {
    tokens: f64,
    at: Instant,
}

#[derive(Debug)]
struct Table {
    buckets: HashMap<IpAddr, Bucket>,
    /// For all who find the table full.
    shared: Bucket,
    swept: Instant,
}

/// The buckets.
#[derive(Debug)]
pub(crate) struct Limiter {
    per_second: f64,
    burst: f64,
    table: Mutex<Table>,
}

impl Limiter {
    /// So many a second for each address, and so many at once.
    pub(crate) fn new(per_second: u32, burst: u32) -> Self {
        let now = Instant::now();
        let burst = f64::from(burst);
        let table = Table { buckets: HashMap::new(), shared: Bucket { tokens: burst, at: now }, swept: now };
        Self { per_second: f64::from(per_second), burst, table: Mutex::new(table) }
    }

    /// Takes one request in.
    ///
    /// # Errors
    /// The seconds after which the next one will be taken, at least 1.
    pub(crate) fn take(&self, address: IpAddr, now: Instant) -> Result<(), u64> {
        let mut table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        let table = &mut *table;
        let key = key(address);
        let is_full = table.buckets.len() >= MAX_ADDRESSES;
        if is_full && now.saturating_duration_since(table.swept) >= SWEEP_INTERVAL {
            table.swept = now;
            table.buckets.retain(|_, bucket| self.earned(*bucket, now) < self.burst);
        }
        let has_place = table.buckets.len() < MAX_ADDRESSES || table.buckets.contains_key(&key);
        let bucket = if has_place {
            table.buckets.entry(key).or_insert(Bucket { tokens: self.burst, at: now })
        } else {
            &mut table.shared
        };
        bucket.tokens = self.earned(*bucket, now);
        bucket.at = now;
        if bucket.tokens >= 1.0 {
            bucket.tokens -= 1.0;
            return Ok(());
        }
        Err(((1.0 - bucket.tokens) / self.per_second).ceil().max(1.0) as u64)
    }

    fn earned(&self, bucket: Bucket, now: Instant) -> f64 {
        let waited_s = now.saturating_duration_since(bucket.at).as_secs_f64();
        (bucket.tokens + waited_s * self.per_second).min(self.burst)
    }
}

fn key(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let network = u128::from(address) >> 64 << 64;
            IpAddr::V6(Ipv6Addr::from(network))
        }
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn v4(number: u32) -> IpAddr {
        IpAddr::from(number.to_be_bytes())
    }

    #[test]
    fn a_burst_passes_then_the_rate() {
        let limiter = Limiter::new(2, 5);
        let now = Instant::now();
        assert_eq!((0..9).filter(|_| limiter.take(v4(1), now).is_ok()).count(), 5);
        assert_eq!(limiter.take(v4(1), now), Err(1));
        assert!(limiter.take(v4(2), now).is_ok());
        let later = now + Duration::from_secs(1);
        assert_eq!((0..9).filter(|_| limiter.take(v4(1), later).is_ok()).count(), 2);
    }

    #[test]
    fn a_network_of_ipv6_is_one_address() {
        let limiter = Limiter::new(1, 1);
        let now = Instant::now();
        assert!(limiter.take("2001:db8::1".parse().unwrap(), now).is_ok());
        assert!(limiter.take("2001:db8::2".parse().unwrap(), now).is_err());
        assert!(limiter.take("2001:db8:0:1::2".parse().unwrap(), now).is_ok());
        assert!(limiter.take("::ffff:1.2.3.4".parse().unwrap(), now).is_ok());
        assert!(limiter.take("1.2.3.4".parse().unwrap(), now).is_err());
    }

    #[test]
    fn the_table_is_bounded_and_many_addresses_get_no_more_than_one() {
        let limiter = Limiter::new(1, 2);
        let now = Instant::now();
        let many = MAX_ADDRESSES as u32;
        assert!((0..many).all(|number| limiter.take(v4(number), now).is_ok()));
        let passed = (many..2 * many).filter(|&number| limiter.take(v4(number), now).is_ok()).count();
        assert_eq!(passed, 2);
        assert_eq!(limiter.table.lock().unwrap().buckets.len(), MAX_ADDRESSES);
        let later = now + Duration::from_secs(2);
        assert!((many..2 * many).all(|number| limiter.take(v4(number), later).is_ok()));
        assert!(limiter.table.lock().unwrap().buckets.len() <= MAX_ADDRESSES);
    }
}
