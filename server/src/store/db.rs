//! The open file, the writes that are held for it, and how they become one transaction.

use super::batch::Batch;
use super::{chat, keep, players};
use rusqlite::{Connection, Error, ErrorCode};

/// Statements that stay prepared.
const PREPARED: usize = 64;

/// The file and what is to be written to it. Only the store's thread has one.
#[derive(Debug)]
pub(super) struct Db {
    pub(super) connection: Connection,
    /// Taken out of the queue and not written yet; what is asked in between counts it in.
    pub(super) held: Batch,
    /// Players in the file.
    pub(super) players: u64,
    #[cfg(test)]
    pub(super) before_commit: Option<fn()>,
}

impl Db {
    pub(super) fn new(connection: Connection) -> Result<Self, Error> {
        connection.set_prepared_statement_cache_capacity(PREPARED);
        let mut db = Self {
            connection,
            held: Batch::default(),
            players: 0,
            #[cfg(test)]
            before_commit: None,
        };
        db.count_players()?;
        Ok(db)
    }

    pub(super) fn count_players(&mut self) -> Result<(), Error> {
        let count = self.connection.query_row("SELECT COUNT(*) FROM players", [], |row| row.get::<_, i64>(0));
        self.players = from_sql(count?);
        Ok(())
    }

    /// Writes what is held, all of it or nothing. What the file refuses for its own sake (a player who is gone) is left
    /// out, and its kind is returned.
    ///
    /// # Errors
    /// SQLite's, if the disk is at fault: everything is still held.
    pub(super) fn write_held(&mut self, now_s: i64) -> Result<Vec<&'static str>, Error> {
        let mut left_out = Vec::new();
        let transaction = self.connection.transaction()?;
        let mut note = |outcome: Result<bool, Error>| match outcome {
            Ok(true) => Ok(()),
            Ok(false) => {
                left_out.push("no_place");
                Ok(())
            }
            Err(error) if is_of_the_disk(&error) => Err(error),
            Err(error) => {
                left_out.push(kind_of(&error));
                Ok(())
            }
        };
        let held = &self.held;
        for (&(player, day), score) in &held.scores {
            note(players::write_score(&transaction, player, day, score, now_s))?;
        }
        for row in &held.chat {
            note(chat::write(&transaction, row))?;
        }
        note(chat::prune(&transaction, &held.chat))?;
        for ((player, other), &blocked) in &held.blocks {
            note(keep::write_block(&transaction, *player, other, blocked, now_s))?;
        }
        for &player in &held.left {
            note(players::write_left(&transaction, player, now_s))?;
        }
        for (name, muted) in &held.mutes {
            note(keep::write_mute(&transaction, name, muted.as_ref()))?;
        }
        for ((room, kind), blob) in &held.blobs {
            note(keep::write_blob(&transaction, room, kind, blob, now_s))?;
        }
        for (key, value) in &held.values {
            note(keep::write_value(&transaction, key, value))?;
        }
        #[cfg(test)]
        if let Some(hook) = self.before_commit {
            hook();
        }
        transaction.commit()?;
        self.held = Batch::default();
        Ok(left_out)
    }

    /// Makes the disk keep what was written, as far as it is not being read.
    pub(super) fn sync(&self) -> Result<(), Error> {
        self.connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))
    }

    /// Forgets what is over: old days, passers-by, states that nobody renews.
    pub(super) fn prune(&mut self, now_s: i64) -> Result<(), Error> {
        let transaction = self.connection.transaction()?;
        players::prune(&transaction, now_s)?;
        keep::prune(&transaction, now_s)?;
        transaction.commit()?;
        self.count_players()
    }
}

/// The kind of an error, for the counter.
pub(super) fn kind_of(error: &Error) -> &'static str {
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => "disk_full",
        Some(ErrorCode::SystemIoFailure | ErrorCode::CannotOpen) => "disk",
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => "busy",
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => "read_only",
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => "damaged",
        Some(ErrorCode::ConstraintViolation) => "constraint",
        _ => "other",
    }
}

/// Whether trying again later may help, where leaving one write out would not.
fn is_of_the_disk(error: &Error) -> bool {
    !matches!(kind_of(error), "constraint" | "other")
        || error.sqlite_error_code() == Some(ErrorCode::OutOfMemory)
}

/// SQLite's integers have a sign.
pub(super) fn to_sql(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Numbers that were written by [`to_sql`].
pub(super) fn from_sql(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}
