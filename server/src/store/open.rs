//! Finds, locks and checks the file. Nothing is written before it is known to be a valid store that is not of a newer
//! version.

use super::db::Db;
use super::migrations::{VERSION, migrate};
use super::section::StoreConfig;
use rusqlite::{Connection, OpenFlags};
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::Duration;
use thiserror::Error;

/// `PRAGMA application_id` of our files: "Peri".
const APPLICATION_ID: i64 = 0x5065_7269;
/// How long another process, such as an operator's shell, may lock the file before a write fails.
const BUSY_TIMEOUT: Duration = Duration::from_millis(500);
/// After a checkpoint the write-ahead log is truncated to this size, bytes.
const MAX_IDLE_LOG_BYTES: i64 = 16 * 1024 * 1024;

/// Why the store cannot be opened.
#[derive(Debug, Error)]
pub enum StoreError {
    /// The operating system or SQLite cannot open it.
    #[error("{file}: cannot be used as the store: {why}; choose another file with --store FILE")]
    Unusable {
        /// The path as the operator gave it.
        file: String,
        /// The error of the operating system or SQLite.
        why: String,
    },
    /// Another server uses it.
    #[error(
        "{file}: another server uses this store: stop that one, or choose another file with --store FILE"
    )]
    InUse {
        /// The path as the operator gave it.
        file: String,
    },
    /// It is a database of another program.
    #[error("{file}: is a database, but no Perigee store: choose another file with --store FILE")]
    NotOurs {
        /// The path as the operator gave it.
        file: String,
    },
    /// It was written by a newer server.
    #[error(
        "{file}: is a store of version {found}, and this server knows versions up to {VERSION}: use a newer server, \
         or choose another file with --store FILE"
    )]
    Newer {
        /// The path as the operator gave it.
        file: String,
        /// The file's version.
        found: i64,
    },
    /// It is not a database, or damaged.
    #[error(
        "{file}: is damaged ({what}): put a backup in its place, or move it away to begin with an empty store"
    )]
    Damaged {
        /// The path as the operator gave it.
        file: String,
        /// SQLite's error.
        what: String,
    },
    /// The operating system could not start the thread.
    #[error("no thread for the store: {0}")]
    Thread(std::io::Error),
}

/// An open store.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) db: Db,
    /// Locked as long as the store is open. It is a separate file, because closing a second handle of the database
    /// itself would release SQLite's own locks.
    pub(super) lock: Option<File>,
}

/// Opens the store and closes it again, so that an error is reported before anything else happens.
///
/// # Errors
/// As [`super::Store::open`].
pub(crate) fn probe(config: &StoreConfig) -> Result<(), StoreError> {
    open(config).map(drop)
}

pub(super) fn open(config: &StoreConfig) -> Result<Opened, StoreError> {
    let Some(path) = config.file() else {
        let mut connection = Connection::open_in_memory().map_err(|error| unusable(":memory:", &error))?;
        return prepare(&mut connection)
            .and_then(|()| migrate(&mut connection, 0))
            .and_then(|()| Db::new(connection))
            .map(|db| Opened { db, lock: None })
            .map_err(|error| unusable(":memory:", &error));
    };
    let name = path.display().to_string();
    let lock = lock(path, &name)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_EXRESCODE;
    let mut connection = Connection::open_with_flags(path, flags).map_err(|error| unusable(&name, &error))?;
    let version = check(&connection, &name)?;
    prepare(&mut connection)
        .and_then(|()| migrate(&mut connection, version))
        .and_then(|()| Db::new(connection))
        .map(|db| Opened { db, lock: Some(lock) })
        .map_err(|error| unusable(&name, &error))
}

fn unusable(name: &str, why: &impl ToString) -> StoreError {
    StoreError::Unusable { file: name.to_owned(), why: why.to_string() }
}

fn lock(path: &Path, name: &str) -> Result<File, StoreError> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".lock");
    let file = File::create(PathBuf::from(beside)).map_err(|error| unusable(name, &error))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreError::InUse { file: name.to_owned() }),
        Err(TryLockError::Error(error)) => Err(unusable(name, &error)),
    }
}

/// The version of the file, after checking that it is a valid store. An empty file has version 0.
pub(super) fn check(connection: &Connection, name: &str) -> Result<i64, StoreError> {
    let file = || name.to_owned();
    let failed = |error: rusqlite::Error| match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::NotADatabase | rusqlite::ErrorCode::DatabaseCorrupt) => {
            StoreError::Damaged { file: file(), what: error.to_string() }
        }
        _ => unusable(name, &error),
    };
    let number = |pragma: &str| connection.query_row(pragma, [], |row| row.get::<_, i64>(0)).map_err(failed);
    let tables = number("SELECT COUNT(*) FROM sqlite_schema")?;
    let (application, version) = (number("PRAGMA application_id")?, number("PRAGMA user_version")?);
    if tables == 0 && application == 0 && version == 0 {
        return Ok(0);
    }
    if application != APPLICATION_ID {
        return Err(StoreError::NotOurs { file: file() });
    }
    if version > VERSION {
        return Err(StoreError::Newer { file: file(), found: version });
    }
    let verdict: String =
        connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)).map_err(failed)?;
    if verdict != "ok" {
        return Err(StoreError::Damaged { file: file(), what: verdict.replace('\n', " ") });
    }
    Ok(version)
}

/// With WAL and `synchronous` NORMAL a commit is a write without waiting for the disk: it survives the end of the
/// process, and after a checkpoint, which the worker runs, also a power failure.
pub(super) fn prepare(connection: &mut Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    connection.pragma_update(None, "journal_size_limit", MAX_IDLE_LOG_BYTES)?;
    connection.pragma_update(None, "application_id", APPLICATION_ID)
}
