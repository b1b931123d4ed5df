//! Values by name, including when the file was last used.

use crate::store::sql::from_sql;
use rusqlite::{Connection, Error, OptionalExtension, params};

/// The name of the time when the file was last used.
const LAST_USED: &str = "last_used_ms";

/// Always returns true.
pub(in crate::store) fn write(connection: &Connection, key: &str, value: &[u8]) -> Result<bool, Error> {
    let sql = "INSERT OR REPLACE INTO kv (key, value) VALUES (?1, ?2)";
    connection.prepare_cached(sql)?.execute(params![key, value]).map(|_| true)
}

/// A value by name.
pub(in crate::store) fn find(connection: &Connection, key: &str) -> Result<Option<Vec<u8>>, Error> {
    let sql = "SELECT value FROM kv WHERE key = ?1";
    connection.prepare_cached(sql)?.query_row([key], |row| row.get(0)).optional()
}

/// When the file was last used, Unix milliseconds. In a file without that value: when something was last written.
pub(in crate::store) fn last_used_ms(connection: &Connection) -> Result<Option<u64>, Error> {
    if let Some(text) = find(connection, LAST_USED)? {
        return Ok(std::str::from_utf8(&text).ok().and_then(|text| text.parse().ok()));
    }
    let sql =
        "SELECT MAX(s) FROM (SELECT MAX(seen_s) AS s FROM players UNION SELECT MAX(saved_s) FROM market)";
    let last_s = connection.query_row(sql, [], |row| row.get::<_, Option<i64>>(0))?;
    Ok(last_s.map(|last_s| from_sql(last_s).saturating_mul(1000)))
}

/// Records that the file is in use.
pub(in crate::store) fn note_used(connection: &Connection, now_ms: u64) -> Result<(), Error> {
    write(connection, LAST_USED, now_ms.to_string().as_bytes()).map(drop)
}
