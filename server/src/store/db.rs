//! The open file, the writes that are held for it, and how they become one transaction.

use super::batch::Batch;
use super::{chat, keep, players, records};
use rusqlite::{Connection, Error, ErrorCode};

/// The value that says when the file was last used.
const LAST_USED: &str = "last_used_ms";
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
    /// Rooms whose states are kept whatever their age: those that are configured.
    pub(super) lasting_rooms: Vec<String>,
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
            lasting_rooms: Vec::new(),
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
        let (mut left_out, mut forgotten) = (Vec::new(), 0);
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
        for (&(player, day, _), growth) in &held.records {
            note(records::write_growth(&transaction, player, day, growth, now_s))?;
        }
        for (&owned, belongings) in &held.belongings {
            note(records::write_belongings(&transaction, owned, belongings, now_s))?;
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
        for (&player, ban) in &held.bans {
            note(keep::write_ban(&transaction, player, ban.as_ref()))?;
        }
        for &player in &held.forgotten {
            // One of whom something is known by now is kept.
            forgotten += u64::from(players::write_forgotten(&transaction, player)?);
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
        self.players = self.players.saturating_sub(forgotten);
        Ok(left_out)
    }

    /// When the file was last used, Unix milliseconds; of one from before that was noted, when something was last written.
    pub(super) fn last_used_ms(&self) -> Result<Option<u64>, Error> {
        if let Some(text) = self.value(LAST_USED)? {
            return Ok(std::str::from_utf8(&text).ok().and_then(|text| text.parse().ok()));
        }
        let sql =
            "SELECT MAX(s) FROM (SELECT MAX(seen_s) AS s FROM players UNION SELECT MAX(saved_s) FROM market)";
        let last_s = self.connection.query_row(sql, [], |row| row.get::<_, Option<i64>>(0))?;
        Ok(last_s.map(|last_s| from_sql(last_s).saturating_mul(1000)))
    }

    pub(super) fn note_used(&self, now_ms: u64) -> Result<(), Error> {
        let sql = "INSERT OR REPLACE INTO kv (key, value) VALUES (?1, ?2)";
        let values = rusqlite::params![LAST_USED, now_ms.to_string().into_bytes()];
        self.connection.prepare_cached(sql)?.execute(values).map(drop)
    }

    /// Makes the disk keep what was written, as far as it is not being read.
    pub(super) fn sync(&self) -> Result<(), Error> {
        self.connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))
    }

    /// Forgets what is over: old days, passers-by, states that nobody renews.
    pub(super) fn prune(&mut self, now_s: i64) -> Result<(), Error> {
        let transaction = self.connection.transaction()?;
        players::prune(&transaction, now_s)?;
        keep::prune(&transaction, now_s, &self.lasting_rooms)?;
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
