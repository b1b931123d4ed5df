//! When a client whose connection ended reconnects: at a random moment within a growing window, so that clients that
//! were disconnected together do not come back together ("full jitter", as AWS calls it).
//!
//! Randomness is an argument, as everywhere in this crate.

/// Windows of the first tries, milliseconds; later tries use the last one.
const WINDOWS_MS: [u32; 4] = [1000, 2000, 4000, 8000];
/// The longest window that the server can request, milliseconds.
const MAX_WINDOW_MS: u32 = 60_000;

/// The window of try number `attempt`, counted from 0 since the last success, milliseconds. For the first one it is the
/// server's request (`DisconnectReason::retry_within_ms`), if there was one.
#[must_use]
pub fn window_ms(attempt: usize, asked_ms: Option<u32>) -> u32 {
    match asked_ms {
        Some(asked_ms) if attempt == 0 => asked_ms.clamp(WINDOWS_MS[0], MAX_WINDOW_MS),
        _ => WINDOWS_MS[attempt.min(WINDOWS_MS.len() - 1)],
    }
}

/// The wait before that try, microseconds: uniform over the window, as `dice` / 2^32 of it; `dice` are random bits.
#[must_use]
pub fn wait_us(attempt: usize, asked_ms: Option<u32>, dice: u32) -> u64 {
    let window_us = u64::from(window_ms(attempt, asked_ms)) * 1000;
    (u64::from(dice) * window_us) >> 32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Rng;

    #[test]
    fn windows_grow_and_then_stay() {
        let windows: Vec<u32> = (0..7).map(|attempt| window_ms(attempt, None) / 1000).collect();
        assert_eq!(windows, [1, 2, 4, 8, 8, 8, 8]);
    }

    #[test]
    fn the_servers_word_holds_for_the_first_try_within_reason() {
        assert_eq!(window_ms(0, Some(4800)), 4800);
        assert_eq!(window_ms(1, Some(4800)), 2000);
        assert_eq!((window_ms(0, Some(0)), window_ms(0, Some(u32::MAX))), (1000, 60_000));
        assert_eq!((wait_us(0, Some(5000), 0), wait_us(0, Some(5000), u32::MAX) / 1000), (0, 4999));
    }

    #[test]
    fn the_first_retries_of_a_crowd_are_uniform_over_the_window() {
        // Each client has its own random numbers, as browsers and programs do.
        for (asked_ms, window_us) in [(None, 1_000_000), (Some(4800), 4_800_000)] {
            let mut tenths = [0_u32; 10];
            for client in 0..240 {
                let wait_us = wait_us(0, asked_ms, Rng::new(client).next_u32());
                tenths[(wait_us * 10 / window_us) as usize] += 1;
            }
            // 24 expected in each; chi-square with nine degrees of freedom exceeds 27.9 once in a thousand.
            let squares: u32 = tenths.iter().map(|&n| n.abs_diff(24) * n.abs_diff(24)).sum();
            assert!(f64::from(squares) / 24.0 < 27.9, "{tenths:?}");
        }
    }
}
