//! What all SQL here needs: numbers in SQLite's form, and the kinds of its errors.

use rusqlite::{Error, ErrorCode};

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
pub(super) fn is_of_the_disk(error: &Error) -> bool {
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
