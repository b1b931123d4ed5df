//! The system's clock. It may be set wrong at any time, and be set right again: what it says is for what people are shown.
//! Nothing that cannot be undone follows from it alone; that is for the store's clock.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

const DAY_MS: u64 = 86_400_000;

/// Where the time of day comes from; tests let it be wrong.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wall {
    /// How far it goes before the system's, milliseconds; negative: behind.
    ahead_ms: i64,
}

impl Wall {
    /// A clock that is set wrong by so many days, for tests.
    #[cfg(any(test, feature = "conformance"))]
    #[must_use]
    pub fn wrong_by_days(days: i64) -> Self {
        Self { ahead_ms: days * DAY_MS.cast_signed() }
    }

    /// Milliseconds since 1970, before which there is nothing to tell.
    #[must_use]
    pub fn now_ms(self) -> u64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX).saturating_add_signed(self.ahead_ms)
    }

    /// Days since 1970, UTC.
    #[must_use]
    pub fn day(self) -> i64 {
        (self.now_ms() / DAY_MS).cast_signed()
    }
}
