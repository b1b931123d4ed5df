//! How many strangers one address may bring: each is a row in the store and a name that is taken. Who is known by their
//! device comes as often as they like.

use crate::net::address::AddressKey;
use crate::net::address_rate::AddressRate;
use perigee_shared::protocol::Refusal;
use std::net::IpAddr;
use std::time::Instant;

/// Strangers from one address at once, as minutes' worth.
const BURST_MINUTES: u32 = 2;

/// The rate of strangers, by address.
#[derive(Debug)]
pub struct Newcomers(AddressRate);

impl Newcomers {
    /// So many a minute from each address.
    #[must_use]
    pub fn new(per_minute: u32) -> Self {
        Self(AddressRate::new(f64::from(per_minute) / 60.0, per_minute.saturating_mul(BURST_MINUTES)))
    }

    /// Takes one in.
    ///
    /// # Errors
    /// [`Refusal::TooManyJoins`].
    pub(super) fn let_in(&self, address: IpAddr, now: Instant) -> Result<(), Refusal> {
        self.0.take(AddressKey::from(address), now).map_err(|after_s| {
            // Those who wait do not come back all at once.
            let retry_within_ms = u32::try_from(after_s.saturating_mul(2000)).unwrap_or(u32::MAX);
            Refusal::TooManyJoins { retry_within_ms }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn an_address_brings_two_minutes_worth_at_once_and_a_network_is_one_address() {
        let (newcomers, now) = (Newcomers::new(6), Instant::now());
        let comes = |address: &str, now| newcomers.let_in(address.parse().unwrap(), now);
        assert_eq!((0..99).filter(|n| comes(&format!("2001:db8::{n}"), now).is_ok()).count(), 12);
        assert_eq!(comes("2001:db8::1", now), Err(Refusal::TooManyJoins { retry_within_ms: 20_000 }));
        assert_eq!(comes("2001:db8:0:1::1", now), Ok(()));
        assert_eq!(comes("2001:db8::1", now + Duration::from_secs(11)), Ok(()));
    }
}
