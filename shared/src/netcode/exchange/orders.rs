//! Orders: requests that a player makes rarely and that must be carried out exactly once. The client numbers them and
//! sends each again until the server confirms it; the server ignores orders that it has already taken.

use crate::limits::MAX_UNCONFIRMED_ORDERS;
use crate::netcode::entity::command::Order;
use std::collections::VecDeque;

/// Orders of one player that may wait for a tick. The server tells a client that comes back that its waiting orders
/// were taken, so each new connection may add as many again before the next tick. In a paused room that tick may be far
/// away.
const MAX_WAITING: usize = 4 * MAX_UNCONFIRMED_ORDERS;

/// One player's orders on their way into the simulation.
#[derive(Clone, Debug)]
pub(crate) struct OrderInbox<O> {
    /// The newest number that was taken.
    taken: u32,
    waiting: VecDeque<O>,
    /// Whether a confirmation must be sent to the player.
    is_answer_due: bool,
}

impl<O: Order> OrderInbox<O> {
    pub(crate) fn new() -> Self {
        Self { taken: 0, waiting: VecDeque::new(), is_answer_due: false }
    }

    /// The newest number that was taken.
    pub(crate) fn taken(&self) -> u32 {
        self.taken
    }

    /// Takes an order in; an order that was taken before is ignored. Returns false if too many wait.
    pub(crate) fn put(&mut self, number: u32, order: O) -> bool {
        self.is_answer_due = true;
        if number <= self.taken {
            return true;
        }
        if self.waiting.len() >= MAX_WAITING {
            return false;
        }
        self.taken = number;
        self.waiting.push_back(order);
        true
    }

    /// The next order for the simulation.
    pub(crate) fn next(&mut self) -> Option<O> {
        self.waiting.pop_front()
    }

    /// The number to confirm to the player, once.
    pub(crate) fn take_answer(&mut self) -> Option<u32> {
        std::mem::take(&mut self.is_answer_due).then_some(self.taken)
    }
}

/// One player's orders on the client, until the server confirms them.
#[derive(Clone, Debug)]
pub(crate) struct OrderOutbox<O> {
    newest: u32,
    unconfirmed: VecDeque<(u32, O)>,
}

impl<O: Order> OrderOutbox<O> {
    /// A client in a seat from which the server took orders up to `taken`.
    pub(crate) fn new(taken: u32) -> Self {
        Self { newest: taken, unconfirmed: VecDeque::new() }
    }

    /// Numbers an order; `None` if too many are unconfirmed.
    pub(crate) fn put(&mut self, order: O) -> Option<u32> {
        if self.unconfirmed.len() >= MAX_UNCONFIRMED_ORDERS {
            return None;
        }
        self.newest = self.newest.wrapping_add(1);
        self.unconfirmed.push_back((self.newest, order));
        Some(self.newest)
    }

    /// The server took all up to `number`.
    pub(crate) fn confirm(&mut self, number: u32) {
        self.unconfirmed.retain(|(own, _)| *own > number);
    }

    /// The orders that must be sent again on a new connection.
    pub(crate) fn unconfirmed(&self) -> impl Iterator<Item = (u32, O)> {
        self.unconfirmed.iter().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[derive(Clone, Copy, Debug, PartialEq)]
    struct Buy(u64);

    impl Order for Buy {
        fn pack(self) -> u64 {
            self.0
        }

        fn unpack(code: u64) -> Option<Self> {
            Some(Self(code))
        }
    }

    proptest! {
        /// Connections break between any two of: put, send, take, confirm.
        #[test]
        fn whatever_breaks_each_order_is_taken_once_and_in_order(breaks in proptest::collection::vec(0u8..4, 1..200)) {
            let (mut inbox, mut outbox) = (OrderInbox::new(), OrderOutbox::new(0));
            let (mut given, mut carried_out) = (0, Vec::new());
            let mut wire: VecDeque<(u32, Buy)> = VecDeque::new();
            for step in breaks {
                match step {
                    0 => if let Some(number) = outbox.put(Buy(given)) {
                        given += 1;
                        wire.push_back((number, Buy(given - 1)));
                    },
                    1 => if let Some((number, order)) = wire.pop_front() {
                        prop_assert!(inbox.put(number, order));
                    },
                    2 => {
                        carried_out.extend(std::iter::from_fn(|| inbox.next()));
                        inbox.take_answer().into_iter().for_each(|taken| outbox.confirm(taken));
                    }
                    _ => {
                        wire.clear();
                        outbox.confirm(inbox.taken());
                        wire.extend(outbox.unconfirmed());
                    }
                }
            }
            wire.clear();
            outbox.confirm(inbox.taken());
            for (number, order) in outbox.unconfirmed() {
                carried_out.extend(std::iter::from_fn(|| inbox.next()));
                prop_assert!(inbox.put(number, order));
            }
            carried_out.extend(std::iter::from_fn(|| inbox.next()));
            prop_assert_eq!(carried_out, (0..given).map(Buy).collect::<Vec<_>>());
        }
    }

    #[test]
    fn who_sends_more_than_may_wait_is_told_apart() {
        let mut inbox = OrderInbox::new();
        assert!((1..=MAX_WAITING as u32).all(|number| inbox.put(number, Buy(1))));
        assert!(!inbox.put(99, Buy(1)));
    }
}
