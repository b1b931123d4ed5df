//! The open file with the writes that wait for it, and how they are written in one transaction.
//!
//! `tables` has the SQL: this file only decides which table gets what.

use super::batch::Batch;
use super::sql::{is_of_the_disk, kind_of};
use super::tables::players::{PlayerCount, Players};
use super::tables::{bans, blobs, blocks, chat, mutes, players, records, values};
use super::types::{HeldRecord, PlayerKey};
use perigee_shared::netcode::About;
use rusqlite::{Connection, Error, Transaction};

/// Statements that stay prepared.
const PREPARED: usize = 64;

/// The file and what is to be written to it. Only the store's thread has it.
#[derive(Debug)]
pub(super) struct Db {
    connection: Connection,
    /// Taken from the queue and not written yet. Answers take it into account.
    held: Batch,
    players: PlayerCount,
    /// Rooms whose states are kept whatever their age: the configured ones.
    lasting_rooms: Vec<String>,
    #[cfg(test)]
    pub(super) before_commit: Option<fn()>,
}

impl Db {
    pub(super) fn new(connection: Connection) -> Result<Self, Error> {
        connection.set_prepared_statement_cache_capacity(PREPARED);
        let players = PlayerCount::of(&connection)?;
        Ok(Self {
            connection,
            held: Batch::default(),
            players,
            lasting_rooms: Vec::new(),
            #[cfg(test)]
            before_commit: None,
        })
    }

    /// For queries on one table that need not see waiting writes.
    pub(super) fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Players and their devices.
    pub(super) fn players(&mut self) -> Players<'_> {
        Players::new(&mut self.connection, &self.held, &mut self.players)
    }

    /// The number of players: the cached one, and a count of the rows.
    #[cfg(test)]
    pub(super) fn player_counts(&self) -> (u64, u64) {
        (self.players.get(), PlayerCount::of(&self.connection).unwrap().get())
    }

    /// What a player owns in a game, including waiting writes; `None` if there is no such player.
    pub(super) fn holding(
        &self,
        player: PlayerKey,
        about: &'static About,
    ) -> Result<Option<HeldRecord>, Error> {
        records::holding(&self.connection, &self.held, player, about)
    }

    /// What waits to be written.
    pub(super) fn held(&self) -> &Batch {
        &self.held
    }

    /// For the worker, which adds to it.
    pub(super) fn held_mut(&mut self) -> &mut Batch {
        &mut self.held
    }

    /// From now on the states of these rooms are kept whatever their age.
    pub(super) fn keep_rooms(&mut self, rooms: Vec<String>) {
        self.lasting_rooms = rooms;
    }

    /// Writes all that is held in one transaction. A write that fails for a reason of its own (the player is gone) is
    /// left out, and its kind is returned.
    ///
    /// # Errors
    /// SQLite's, if the disk fails: then everything is still held.
    pub(super) fn write_held(&mut self, now_s: i64) -> Result<Vec<&'static str>, Error> {
        let transaction = self.connection.transaction()?;
        let mut flush = Flush { transaction: &transaction, now_s, left_out: Vec::new(), forgotten: 0 };
        flush.write(&self.held)?;
        let Flush { left_out, forgotten, .. } = flush;
        #[cfg(test)]
        if let Some(hook) = self.before_commit {
            hook();
        }
        transaction.commit()?;
        self.held = Batch::default();
        self.players.forgot(forgotten);
        Ok(left_out)
    }

    /// Makes the disk keep what was written, as far as readers do not prevent it.
    pub(super) fn sync(&self) -> Result<(), Error> {
        self.connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))
    }

    /// Deletes what has expired: old days, players who left no record, states that are no longer saved.
    pub(super) fn prune(&mut self, now_s: i64) -> Result<(), Error> {
        let transaction = self.connection.transaction()?;
        players::prune(&transaction, now_s)?;
        blobs::prune(&transaction, now_s, &self.lasting_rooms)?;
        mutes::prune(&transaction, now_s)?;
        bans::prune(&transaction, now_s)?;
        transaction.commit()?;
        self.players = PlayerCount::of(&self.connection)?;
        Ok(())
    }

    /// Closes the file, which merges the write-ahead log into it.
    ///
    /// # Errors
    /// SQLite's.
    pub(super) fn close(self) -> Result<(), Error> {
        self.connection.close().map_err(|(_, error)| error)
    }
}

/// One transaction that writes a batch.
struct Flush<'a> {
    transaction: &'a Transaction<'a>,
    now_s: i64,
    /// The kinds of writes that were left out.
    left_out: Vec<&'static str>,
    /// Number of deleted players.
    forgotten: u64,
}

impl Flush<'_> {
    fn write(&mut self, held: &Batch) -> Result<(), Error> {
        let (transaction, now_s) = (self.transaction, self.now_s);
        for (key, growth) in &held.records {
            self.note(records::write_growth(transaction, key, growth, now_s))?;
        }
        for (&(player, game), belongings) in &held.belongings {
            self.note(records::write_belongings(transaction, player, game, belongings, now_s))?;
        }
        for row in &held.chat {
            self.note(chat::write(transaction, row))?;
        }
        self.note(chat::prune(transaction, &held.chat))?;
        for ((player, other), &blocked) in &held.blocks {
            self.note(blocks::write(transaction, *player, other, blocked, now_s))?;
        }
        for &player in &held.left {
            self.note(players::write_left(transaction, player, now_s))?;
        }
        for (name, muted) in &held.mutes {
            self.note(mutes::write(transaction, name, muted.as_ref()))?;
        }
        for (&player, ban) in &held.bans {
            self.note(bans::write(transaction, player, ban.as_ref()))?;
        }
        for &player in &held.forgotten {
            // A player of whom something is known by now is kept.
            self.forgotten += u64::from(players::forget(transaction, player)?);
        }
        for ((room, kind), blob) in &held.blobs {
            self.note(blobs::write(transaction, room, kind, blob, now_s))?;
        }
        for (key, value) in &held.values {
            self.note(values::write(transaction, key, value))?;
        }
        Ok(())
    }

    /// Records a write that was left out, because it exceeds a bound or failed for a reason of its own.
    fn note(&mut self, outcome: Result<bool, Error>) -> Result<(), Error> {
        match outcome {
            Ok(true) => {}
            Ok(false) => self.left_out.push("no_place"),
            Err(error) if is_of_the_disk(&error) => return Err(error),
            Err(error) => self.left_out.push(kind_of(&error)),
        }
        Ok(())
    }
}
