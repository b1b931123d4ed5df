//! Whether and when a bot reconnects after its connection ended, and what the report says about it.

use super::connection::Disconnect;
use super::outages::Outages;
use perigee_shared::backoff::wait_us;
use perigee_shared::rng::Rng;
use std::sync::Arc;
use std::time::Duration;

/// Tries to resume a seat whose connection broke; after the last one a bot with a limited duration gives up.
const MAX_TRIES: usize = 5;

/// The state of one bot's reconnecting.
#[derive(Debug)]
pub(super) struct Reconnect {
    number: usize,
    outages: Arc<Outages>,
    /// Spreads the tries.
    dice: Rng,
    /// Whether the bot plays until it is stopped: then it retries indefinitely, and takes another seat if necessary.
    is_endless: bool,
    /// Whether it has lost the server, and reported that to `outages`.
    is_lost: bool,
    /// Tries since it was last in a match.
    tries: usize,
    history: ConnectionHistory,
}

/// What the report says about a bot's connections.
#[derive(Clone, Debug, Default)]
pub(crate) struct ConnectionHistory {
    /// Whether it was ever admitted.
    pub(crate) was_joined: bool,
    /// Connections that failed or ended early.
    pub(crate) disconnects: u64,
    /// The first error, as a sentence.
    pub(crate) first_error: Option<String>,
}

impl Reconnect {
    pub(super) fn new(number: usize, seed: u64, is_endless: bool, outages: Arc<Outages>) -> Self {
        Self {
            number,
            outages,
            dice: Rng::new(seed),
            is_endless,
            is_lost: false,
            tries: 0,
            history: ConnectionHistory::default(),
        }
    }

    /// The server confirmed that the bot is in a match.
    pub(super) fn joined(&mut self) {
        self.history.was_joined = true;
        self.tries = 0;
        if std::mem::take(&mut self.is_lost) {
            self.outages.back();
        }
    }

    /// A connection ended, or could not be opened. Returns how long to wait before the next one; `None` if the bot
    /// gives up. `is_seat_kept`: the server may still keep the bot's seat.
    pub(super) fn lost(&mut self, why: &Disconnect, is_seat_kept: bool) -> Option<Duration> {
        self.history.disconnects += 1;
        self.history.first_error.get_or_insert_with(|| format!("bot {}: {}", self.number + 1, why.reason));
        let may_retry = self.is_endless || (is_seat_kept && self.tries < MAX_TRIES);
        if !(why.is_worth_retrying && may_retry) {
            self.outages.gave_up(self.number, &why.reason, self.is_lost);
            return None;
        }
        if !std::mem::replace(&mut self.is_lost, true) {
            self.outages.lost(self.number, &why.reason);
        }
        let wait = wait_us(self.tries, why.retry_within_ms, self.dice.next_u32());
        self.tries += 1;
        Some(Duration::from_micros(wait))
    }

    pub(super) fn into_history(self) -> ConnectionHistory {
        self.history
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;

    fn broken(is_worth_retrying: bool) -> Disconnect {
        Disconnect { reason: "reset".to_owned(), is_worth_retrying, retry_within_ms: None }
    }

    /// A bot, and the messages about it.
    fn bot(is_endless: bool) -> (Reconnect, Arc<Mutex<Vec<String>>>) {
        let said = Arc::new(Mutex::new(Vec::new()));
        let told = Arc::clone(&said);
        let tell = move |line: &str| told.lock().expect("no other panic").push(line.to_owned());
        (Reconnect::new(0, 1, is_endless, Arc::new(Outages::new(1, tell))), said)
    }

    #[test]
    fn a_bot_that_plays_for_some_time_tries_a_few_times_for_each_loss() {
        let (mut bot, said) = bot(false);
        for _ in 0..2 {
            bot.joined();
            for n in 0..MAX_TRIES {
                assert!(bot.lost(&broken(true), true).is_some(), "try {n}");
            }
        }
        assert_eq!(bot.lost(&broken(true), true), None);
        let lost = "bot 1 lost the server (reset): trying again";
        let all = [lost, "back: 1 of 1 bots play", lost, "bot 1 has ended: reset"];
        assert_eq!(*said.lock().expect("no other panic"), all);
        let history = bot.into_history();
        assert!(history.was_joined);
        assert_eq!(history.disconnects, 2 * MAX_TRIES as u64 + 1);
        assert_eq!(history.first_error.as_deref(), Some("bot 1: reset"));
    }

    #[test]
    fn without_a_seat_only_one_that_plays_until_stopped_tries_and_nobody_against_a_bug() {
        assert!(bot(false).0.lost(&broken(true), false).is_none());
        let mut endless = bot(true).0;
        for _ in 0..3 * MAX_TRIES {
            assert!(endless.lost(&broken(true), false).is_some());
        }
        assert!(bot(true).0.lost(&broken(false), true).is_none());
    }
}
