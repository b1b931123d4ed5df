//! The wait before the next try to connect, in words; `perigee_shared::backoff` has its length.

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
    fn the_countdown_never_says_zero() {
        assert_eq!(countdown(2_000_000), "Reconnecting in 2 s");
        assert_eq!(countdown(1_200_000), "Reconnecting in 2 s");
        assert_eq!(countdown(300_000), "Reconnecting in 1 s");
        assert_eq!(countdown(0), "Reconnecting");
    }
}
