//! The prices of one room: the current ones, and those last sent.

use perigee_shared::netcode::Quote;

/// Prices of one room.
#[derive(Debug, Default)]
pub(super) struct Ticker {
    /// The current ones.
    now: Vec<Quote>,
    /// Those last sent.
    sent: Vec<Quote>,
    sent_ms: Option<u64>,
}

impl Ticker {
    /// Takes the current prices; an empty list means that they were not reported.
    pub(super) fn take(&mut self, quotes: &[Quote]) {
        if !quotes.is_empty() {
            self.now.clear();
            self.now.extend_from_slice(quotes);
        }
    }

    /// All prices that were last sent.
    pub(super) fn sent(&self) -> &[Quote] {
        &self.sent
    }

    /// The prices that changed since the last message, if that was `period_ms` ago; `each` gets them with the earlier
    /// ones.
    pub(super) fn changes(
        &mut self,
        now_ms: u64,
        period_ms: u64,
        mut each: impl FnMut(Quote, Option<Quote>),
    ) -> Vec<Quote> {
        let is_due = self.sent_ms.is_none_or(|sent_ms| now_ms.saturating_sub(sent_ms) >= period_ms);
        if !is_due || self.now == self.sent {
            return Vec::new();
        }
        let before = |quote: &Quote| {
            self.sent.iter().find(|sent| (sent.venue, sent.good) == (quote.venue, quote.good))
        };
        let changed: Vec<Quote> =
            self.now.iter().filter(|quote| before(quote) != Some(*quote)).copied().collect();
        changed.iter().for_each(|quote| each(*quote, before(quote).copied()));
        self.sent.clone_from(&self.now);
        self.sent_ms = Some(now_ms);
        changed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quote(good: u8, ask: u32) -> Quote {
        Quote { good, ask, ..Quote::default() }
    }

    #[test]
    fn only_what_changed_is_sent_and_at_most_four_times_a_second() {
        let mut ticker = Ticker::default();
        ticker.take(&[quote(0, 10), quote(1, 20)]);
        assert_eq!(ticker.changes(0, 250, |_, _| {}), [quote(0, 10), quote(1, 20)]);
        let mut sent = 0;
        for ms in 1..=1000 {
            ticker.take(&[quote(0, 10), quote(1, 20 + ms)]);
            ticker.take(&[]);
            let changed = ticker.changes(u64::from(ms), 250, |_, _| {});
            sent += usize::from(!changed.is_empty());
            assert!(changed.is_empty() || changed == [quote(1, 20 + ms)]);
        }
        assert_eq!(sent, 4);
        assert_eq!(ticker.sent(), [quote(0, 10), quote(1, 1020)]);
    }
}
