//! A moment, by the two clocks that services use.

/// Two clocks: one that never runs backwards, for waiting, and the time of day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Moment {
    /// Milliseconds since some fixed moment.
    pub mono_ms: u64,
    /// Milliseconds of Unix time.
    pub unix_ms: u64,
}
