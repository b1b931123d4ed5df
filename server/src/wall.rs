//! The system's clock. It may be wrong at any time, and be corrected: its time is for display. Decisions that cannot be
//! undone are based on the store's clock instead.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

const DAY_MS: u64 = 86_400_000;

/// The time of day; tests can make it wrong.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wall {
    /// How far it is ahead of the system's clock, milliseconds; negative: behind.
    ahead_ms: i64,
}

impl Wall {
    /// A clock that is wrong by this many days, for tests.
    #[cfg(any(test, feature = "conformance"))]
    #[must_use]
    pub fn wrong_by_days(days: i64) -> Self {
        Self { ahead_ms: days * DAY_MS.cast_signed() }
    }

    /// Milliseconds since 1970; 0 before that.
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
