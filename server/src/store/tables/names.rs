//! Which names are taken. Names that look alike share a skeleton (UTS #39, `crate::text::skeleton`), and each skeleton
//! has one owner.

use crate::store::types::PlayerKey;
use crate::text::skeleton::{Skeletons, numbered};
use rusqlite::{Connection, Error, OptionalExtension, params};

/// Numbers that are tried in order behind a taken name, before random ones.
const NUMBERS_IN_ORDER: u32 = 20;
/// Random numbers that are tried, with one more digit after every four. There are many names, and the time of the
/// search is bounded.
const RANDOM_TRIES: u32 = 24;

/// Why no free name was found.
#[derive(Debug)]
pub(super) enum NoFreeName {
    /// SQLite failed.
    Sql(Error),
    /// The operating system returned no random bytes.
    NoRandomness,
    /// Every name that was tried is taken.
    Taken,
}

impl From<Error> for NoFreeName {
    fn from(error: Error) -> Self {
        Self::Sql(error)
    }
}

/// The player whose name is `name`, or looks like it.
pub(super) fn owner(connection: &Connection, name: &str) -> Result<Option<PlayerKey>, Error> {
    let sql = "SELECT player FROM skeletons WHERE skeleton = ?1";
    let player = |row: &rusqlite::Row<'_>| row.get(0).map(PlayerKey);
    connection.prepare_cached(sql)?.query_row([Skeletons::of(name).first()], player).optional()
}

/// Whether none of these belongs to a player other than `own`.
pub(super) fn is_free(
    connection: &Connection,
    skeletons: &Skeletons,
    own: Option<PlayerKey>,
) -> Result<bool, Error> {
    let mut owner = connection.prepare_cached("SELECT player FROM skeletons WHERE skeleton = ?1")?;
    for skeleton in skeletons.iter() {
        let found = owner.query_row([skeleton], |row| row.get(0).map(PlayerKey)).optional()?;
        if found.is_some_and(|found| own != Some(found)) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Gives these to `player`; no other player may have one of them.
pub(super) fn claim(connection: &Connection, skeletons: &Skeletons, player: PlayerKey) -> Result<(), Error> {
    let mut insert = connection.prepare_cached("INSERT INTO skeletons (skeleton, player) VALUES (?1, ?2)")?;
    for skeleton in skeletons.iter() {
        insert.execute(params![skeleton, player.0])?;
    }
    Ok(())
}

/// Removes all names of `player`.
pub(super) fn release(connection: &Connection, player: PlayerKey) -> Result<(), Error> {
    let sql = "DELETE FROM skeletons WHERE player = ?1";
    connection.prepare_cached(sql)?.execute([player.0]).map(drop)
}

/// `wanted`, or with a number behind it if that is taken: small numbers in order, then larger random ones.
pub(super) fn free_name(connection: &Connection, wanted: &str) -> Result<String, NoFreeName> {
    let is_free = |name: &str| is_free(connection, &Skeletons::of(name), None);
    if is_free(wanted)? {
        return Ok(wanted.to_owned());
    }
    for number in 2..=NUMBERS_IN_ORDER {
        let name = numbered(wanted, number);
        if is_free(&name)? {
            return Ok(name);
        }
    }
    for attempt in 0..RANDOM_TRIES {
        let digits = 3 + attempt / 4;
        let random = getrandom::u32().map_err(|_| NoFreeName::NoRandomness)?;
        let name = numbered(wanted, random % 10_u32.pow(digits));
        if is_free(&name)? {
            return Ok(name);
        }
    }
    Err(NoFreeName::Taken)
}
