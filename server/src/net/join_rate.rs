//! How many players one address may bring, and how many of them without an account. A new account costs a row in the
//! store and takes a name; players whom their device identifies are limited as players only.

use crate::access::Limits;
use crate::address::{AddressKey, AddressRate};
use perigee_shared::protocol::Refusal;
use std::time::Instant;

/// How many may join at once from one address, as a multiple of a second's rate.
const JOIN_BURST_SECONDS: u32 = 25;
/// New accounts from one address at once, as a multiple of a minute's rate.
const NEWCOMER_BURST_MINUTES: u32 = 2;
/// Refused clients retry spread over at least this time, so that they do not all come at once.
const LEAST_RETRY_MS: u64 = 5000;

/// How many of a kind each address may bring in a time.
#[derive(Debug)]
pub(crate) struct JoinRate(AddressRate);

impl JoinRate {
    /// For players.
    #[must_use]
    pub(crate) fn of_players(limits: &Limits) -> Self {
        let per_second = limits.joins_per_second_per_address;
        Self(AddressRate::new(f64::from(per_second), per_second.saturating_mul(JOIN_BURST_SECONDS)))
    }

    /// For new accounts.
    #[must_use]
    pub(crate) fn of_newcomers(limits: &Limits) -> Self {
        let per_minute = limits.newcomers_per_minute_per_address;
        Self(AddressRate::new(
            f64::from(per_minute) / 60.0,
            per_minute.saturating_mul(NEWCOMER_BURST_MINUTES),
        ))
    }

    /// Counts one, if the rate allows it.
    ///
    /// # Errors
    /// [`Refusal::TooManyJoins`].
    pub(super) fn let_in(&self, address: impl Into<AddressKey>, now: Instant) -> Result<(), Refusal> {
        self.0.take(address.into(), now).map_err(|after_s| {
            let retry_ms = after_s.saturating_mul(2000).max(LEAST_RETRY_MS);
            Refusal::TooManyJoins { retry_within_ms: u32::try_from(retry_ms).unwrap_or(u32::MAX) }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use std::time::Duration;

    #[test]
    fn an_address_brings_some_at_once_and_a_network_is_one_address() {
        let limits = Limits {
            joins_per_second_per_address: 2,
            newcomers_per_minute_per_address: 6,
            ..Config::from_text(crate::game::GAMES, None).unwrap().limits
        };
        let now = Instant::now();
        let (players, newcomers) = (JoinRate::of_players(&limits), JoinRate::of_newcomers(&limits));
        for (rate, burst, retry_within_ms) in [(&players, 50, 5000), (&newcomers, 12, 20_000)] {
            let comes = |address: &str, now| rate.let_in(address.parse::<std::net::IpAddr>().unwrap(), now);
            assert_eq!((0..99).filter(|n| comes(&format!("2001:db8::{n}"), now).is_ok()).count(), burst);
            assert_eq!(comes("2001:db8::1", now), Err(Refusal::TooManyJoins { retry_within_ms }));
            assert_eq!(comes("2001:db8:0:1::1", now), Ok(()));
            assert_eq!(comes("2001:db8::1", now + Duration::from_secs(11)), Ok(()));
        }
    }
}
