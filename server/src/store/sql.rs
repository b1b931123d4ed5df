//! What all SQL here needs: conversions to SQLite's numbers, and the kinds of its errors.

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

/// Whether a later retry may help, whereas leaving one write out would not.
pub(super) fn is_of_the_disk(error: &Error) -> bool {
    !matches!(kind_of(error), "constraint" | "other")
        || error.sqlite_error_code() == Some(ErrorCode::OutOfMemory)
}

/// SQLite's integers are signed.
pub(super) fn to_sql(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Converts numbers that were written by [`to_sql`].
pub(super) fn from_sql(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}
