//! How long to wait before the next try to connect.

/// Waits of the first tries, microseconds; later tries wait as long as the last of these.
const WAITS_US: [u64; 5] = [500_000, 1_000_000, 2_000_000, 4_000_000, 8_000_000];

/// The wait before try number `attempt`, counted from 0 since the last success.
pub(crate) fn wait_us(attempt: usize) -> u64 {
    WAITS_US[attempt.min(WAITS_US.len() - 1)]
}

/// The countdown in words.
pub(crate) fn countdown(left_us: u64) -> String {
    if left_us < 100_000 {
        "Reconnecting".to_owned()
    } else {
        format!("Reconnecting in {} s", left_us.div_ceil(1_000_000))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_then_stay() {
        let waits: Vec<u64> = (0..7).map(|attempt| wait_us(attempt) / 500_000).collect();
        assert_eq!(waits, [1, 2, 4, 8, 16, 16, 16]);
    }

    #[test]
    fn the_countdown_never_says_zero() {
        assert_eq!(countdown(2_000_000), "Reconnecting in 2 s");
        assert_eq!(countdown(1_200_000), "Reconnecting in 2 s");
        assert_eq!(countdown(300_000), "Reconnecting in 1 s");
        assert_eq!(countdown(0), "Reconnecting");
    }
}
