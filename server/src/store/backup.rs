//! A copy of the store, taken while a server uses it.
//!
//! SQLite copies what a reader sees at one moment, without keeping a writer waiting. The copy gets its final name only
//! once it was checked.

use super::open;
use super::open::StoreError;
use rusqlite::{Connection, OpenFlags};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;
use thiserror::Error;

/// How long to wait for a server that is just starting.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Why no copy was made.
#[derive(Debug, Error)]
pub(crate) enum BackupError {
    /// A file of that name exists already.
    #[error("{0}: is there already, and a backup overwrites nothing: choose another name")]
    Exists(String),
    /// There is no store to copy.
    #[error(
        "{0}: there is no such store: name the server's with --store FILE or --config FILE before `backup`"
    )]
    NoStore(String),
    /// A store in memory cannot be copied from outside.
    #[error(
        "the configured store is in memory, which only the server itself can read: there is nothing to copy"
    )]
    InMemory,
    /// The source is not a valid store.
    #[error(transparent)]
    Source(#[from] StoreError),
    /// SQLite or the operating system failed.
    #[error("{file}: not copied: {why}")]
    Failed {
        /// The copy.
        file: String,
        /// The error of SQLite or the operating system.
        why: String,
    },
}

impl BackupError {
    /// Whether the operator's request is wrong; otherwise something failed.
    #[must_use]
    pub(crate) fn is_usage(&self) -> bool {
        !matches!(self, Self::Failed { .. })
    }
}

/// Copies the store in the file `store` (`None`: in memory) to `copy`, and checks the copy. Returns its size in bytes.
///
/// # Errors
/// [`BackupError`]; then no file `copy` was created.
pub(crate) fn backup(store: Option<&Path>, copy: &Path) -> Result<u64, BackupError> {
    let store = store.ok_or(BackupError::InMemory)?;
    if copy.exists() {
        return Err(BackupError::Exists(copy.display().to_string()));
    }
    if !store.is_file() {
        return Err(BackupError::NoStore(store.display().to_string()));
    }
    let mut part = copy.as_os_str().to_owned();
    part.push(".part");
    let part = PathBuf::from(part);
    let failed = |why: String| BackupError::Failed { file: copy.display().to_string(), why };
    let made = File::create_new(&part).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => BackupError::Exists(part.display().to_string()),
        _ => failed(error.to_string()),
    });
    drop(made?);
    let outcome = copy_to(store, &part).and_then(|()| check(&part).map_err(failed)).and_then(|bytes| {
        // A hard link does not overwrite a file that was created meanwhile; without hard links, a check must do.
        let named = fs::hard_link(&part, copy).or_else(|error| match copy.exists() {
            true => Err(error),
            false => fs::rename(&part, copy),
        });
        named.map(|()| bytes).map_err(|error| failed(error.to_string()))
    });
    // Already renamed, or incomplete.
    let _ = fs::remove_file(&part);
    outcome
}

fn copy_to(store: &Path, part: &Path) -> Result<(), BackupError> {
    let failed =
        |why: &dyn ToString| BackupError::Failed { file: store.display().to_string(), why: why.to_string() };
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(store, flags).map_err(|error| failed(&error))?;
    connection.busy_timeout(BUSY_TIMEOUT).map_err(|error| failed(&error))?;
    open::check(&connection, &store.display().to_string())?;
    let target = part.to_str().ok_or_else(|| failed(&"the copy's name is not Unicode"))?;
    connection.execute("VACUUM INTO ?1", [target]).map_err(|error| failed(&error))?;
    Ok(())
}

/// The size of a copy that is valid and on the disk.
fn check(part: &Path) -> Result<u64, String> {
    let words = |error: rusqlite::Error| error.to_string();
    let copy = Connection::open_with_flags(part, OpenFlags::SQLITE_OPEN_READ_ONLY).map_err(words)?;
    let verdict: String = copy.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0)).map_err(words)?;
    if verdict != "ok" {
        return Err(format!("the copy is not whole: {}", verdict.replace('\n', " ")));
    }
    let file = File::open(part).and_then(|file| file.sync_all().and_then(|()| file.metadata()));
    file.map(|data| data.len()).map_err(|error| error.to_string())
}
