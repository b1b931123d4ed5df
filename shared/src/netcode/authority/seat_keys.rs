//! The tokens by which a player comes back to a seat. Each new connection gets a new one. If two clients hold copies of
//! one token (a duplicated tab, a race), only the one that connected last can come back.
//!
//! The previous token stays valid until the client's first message on the new connection shows that the new one
//! arrived: a lost welcome does not cost the player their seat.

use crate::protocol::ResumeToken;

/// Older tokens that are still recognised as this seat's: a client that shows one is told that another client took
/// over.
const RETIRED: usize = 4;

/// What a token is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Worth {
    /// It opens the seat.
    Good,
    /// It did once; a client that took over the seat since has a newer one.
    Retired,
}

/// A seat's tokens.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SeatKeys {
    current: ResumeToken,
    /// Valid until the current one is known to have arrived.
    previous: Option<ResumeToken>,
    /// The newest last.
    retired: [ResumeToken; RETIRED],
}

impl SeatKeys {
    pub(crate) fn new(token: ResumeToken) -> Self {
        Self { current: token, previous: None, retired: [ResumeToken::default(); RETIRED] }
    }

    /// The token that the client gets.
    pub(crate) fn current(&self) -> ResumeToken {
        self.current
    }

    /// What `token` is worth here; `None` if it never was this seat's. The default token opens nothing.
    pub(crate) fn worth(&self, token: ResumeToken) -> Option<Worth> {
        if token == ResumeToken::default() {
            return None;
        }
        if token == self.current || Some(token) == self.previous {
            return Some(Worth::Good);
        }
        self.retired.contains(&token).then_some(Worth::Retired)
    }

    /// Gives a new connection `token`. The token it came by, if any, stays valid until the client's first message.
    pub(crate) fn renew(&mut self, token: ResumeToken, came_by: Option<ResumeToken>) {
        let before = [self.previous, Some(self.current)];
        for old in before.into_iter().flatten().filter(|&old| Some(old) != came_by) {
            self.retire(old);
        }
        self.previous = came_by;
        self.current = token;
    }

    /// The newest connection sent a message, so it has the current token.
    pub(crate) fn arrived(&mut self) {
        if let Some(old) = self.previous.take() {
            self.retire(old);
        }
    }

    fn retire(&mut self, token: ResumeToken) {
        self.retired.rotate_left(1);
        self.retired[RETIRED - 1] = token;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(number: u8) -> ResumeToken {
        ResumeToken([number; 16])
    }

    #[test]
    fn the_proof_before_is_good_until_the_new_one_has_arrived() {
        let mut keys = SeatKeys::new(token(1));
        keys.renew(token(2), Some(token(1)));
        assert_eq!([1, 2, 3].map(|n| keys.worth(token(n))), [Some(Worth::Good), Some(Worth::Good), None]);
        // The welcome was lost: the client comes back by the old token.
        keys.renew(token(3), Some(token(1)));
        let worth = [1, 2, 3].map(|n| keys.worth(token(n)));
        assert_eq!(worth, [Some(Worth::Good), Some(Worth::Retired), Some(Worth::Good)]);
        keys.arrived();
        let worth = [1, 2, 3].map(|n| keys.worth(token(n)));
        assert_eq!(worth, [Some(Worth::Retired), Some(Worth::Retired), Some(Worth::Good)]);
    }

    #[test]
    fn whoever_takes_the_seat_by_hand_leaves_no_proof_to_others() {
        let mut keys = SeatKeys::new(token(1));
        keys.renew(token(2), Some(token(1)));
        keys.renew(token(3), None);
        let worth = [1, 2, 3].map(|n| keys.worth(token(n)));
        assert_eq!(worth, [Some(Worth::Retired), Some(Worth::Retired), Some(Worth::Good)]);
    }

    #[test]
    fn no_randomness_opens_nothing() {
        let mut keys = SeatKeys::new(ResumeToken::default());
        keys.renew(ResumeToken::default(), None);
        assert_eq!(keys.worth(ResumeToken::default()), None);
    }
}
