//! A player's connection that has a seat: its session, and what the connection alone knows.

use crate::net::account;
use crate::room::{Mail, RatingShare, Session};
use crate::services::hub::Note;
use crate::store::{Account, PlayerKey};
use std::sync::Arc;

/// See the file's head.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) session: Arc<Session>,
    /// The player's account, if the store knows them, until the services are informed.
    account: Option<Box<Account>>,
    /// The account, if it was created on this connection.
    pub(super) newcomer: Option<PlayerKey>,
    /// A player counts in the room's rating while this exists.
    _rating_share: Option<RatingShare>,
}

impl Connection {
    /// For a player without an account, or known by the seat alone.
    pub(super) fn new(session: Arc<Session>) -> Self {
        Self { session, account: None, newcomer: None, _rating_share: None }
    }

    /// For a player with that account; a new account's device is sent its token.
    pub(super) fn of(session: Arc<Session>, mut known: Account) -> Self {
        account::introduce(&mut known, &session.link);
        let rating = account::rating(&known, session.room.game().about);
        Self {
            _rating_share: session.plays().then(|| session.room.rating().count(rating)),
            newcomer: known.is_new.then_some(known.player_id),
            account: Some(Box::new(known)),
            session,
        }
    }

    /// Reports to the room that the connection has ended, and whether the seat is kept for a while.
    pub(super) fn leave(&self, keep: bool) {
        let (connection, player) = (self.session.connection, self.session.player);
        self.session.room.put(Mail::Leave { connection, player, keep });
    }

    /// The note that informs the services of the new connection.
    pub(super) fn joined(&mut self) -> Note {
        Note::Joined { session: Arc::clone(&self.session), account: self.account.take() }
    }
}
