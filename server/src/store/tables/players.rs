//! Players and their devices: who a device is, what they are called, and who is not kept.

use super::names::{self, NoFreeName};
use super::records::NO_RECORD;
use super::{blocks, records};
use crate::store::batch::Batch;
use crate::store::sql::{from_sql, to_sql};
use crate::store::types::{Account, Day, PlayerKey, Profile};
use crate::text::skeleton::{NAMELESS, Skeletons};
use perigee_shared::protocol::DeviceToken;
use rusqlite::{Connection, Error, OptionalExtension, Row, Transaction, params};
use sha2::{Digest, Sha256};

/// Players that are kept; a new one beyond plays without a record.
pub(in crate::store) const MAX_KEPT_PLAYERS: u64 = 1_000_000;
/// A player who did nothing and was not seen for so long was passing by, and is deleted.
const PASSER_BY_S: i64 = 30 * DAY_S;
const DAY_S: i64 = 86_400;
/// A device that never came back with its token may never have received it. So long after the connection ended the name is
/// free again, unless something is kept of the player.
pub(in crate::store) const UNSHOWN_S: i64 = 600;
/// Days whose scores are kept.
pub(in crate::store) const DAYS_KEPT: Day = 31;

/// A condition on a row of `players`.
const NOT_BANNED: &str = "NOT EXISTS (SELECT 1 FROM bans WHERE player = players.id)";
/// A player who owns nothing, never showed a token, and whom no block, mute or ban is about: a condition on a row of
/// `players`.
const UNKNOWN: &str = "NOT EXISTS (SELECT 1 FROM belongings WHERE player = players.id)
    AND NOT EXISTS (SELECT 1 FROM devices WHERE player = players.id AND shown_s IS NOT NULL)
    AND NOT EXISTS (SELECT 1 FROM mutes WHERE player = players.id)
    AND NOT EXISTS (SELECT 1 FROM blocks WHERE player = players.id OR blocked = players.id)
    AND NOT EXISTS (SELECT 1 FROM bans WHERE player = players.id)";

/// Why a device has no player.
#[derive(Debug)]
pub(in crate::store) enum Unidentified {
    /// The file's fault.
    Sql(Error),
    /// As many players as can be kept.
    TooMany,
    /// The system gave no randomness.
    NoRandomness,
    /// Every name that was tried is taken.
    NoName,
}

impl From<Error> for Unidentified {
    fn from(error: Error) -> Self {
        Self::Sql(error)
    }
}

impl From<NoFreeName> for Unidentified {
    fn from(error: NoFreeName) -> Self {
        match error {
            NoFreeName::Sql(error) => Self::Sql(error),
            NoFreeName::NoRandomness => Self::NoRandomness,
            NoFreeName::Taken => Self::NoName,
        }
    }
}

/// How many players the file has, so that nobody counts a million rows for each newcomer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store) struct PlayerCount(u64);

impl PlayerCount {
    /// Counts the rows.
    pub(in crate::store) fn of(connection: &Connection) -> Result<Self, Error> {
        let count = connection.query_row("SELECT COUNT(*) FROM players", [], |row| row.get::<_, i64>(0));
        count.map(|count| Self(from_sql(count)))
    }

    /// So many were deleted.
    pub(in crate::store) fn forgot(&mut self, players: u64) {
        self.0 = self.0.saturating_sub(players);
    }

    #[cfg(test)]
    pub(in crate::store) fn get(self) -> u64 {
        self.0
    }

    fn added(&mut self) {
        self.0 += 1;
    }

    fn is_full(self) -> bool {
        self.0 >= MAX_KEPT_PLAYERS
    }
}

/// Questions about players, some of which make, rename or delete one, each in a transaction of its own.
#[derive(Debug)]
pub(in crate::store) struct Players<'a> {
    connection: &'a mut Connection,
    /// What is still to be written of them is theirs too.
    waiting: &'a Batch,
    count: &'a mut PlayerCount,
}

impl<'a> Players<'a> {
    pub(in crate::store) fn new(
        connection: &'a mut Connection,
        waiting: &'a Batch,
        count: &'a mut PlayerCount,
    ) -> Self {
        Self { connection, waiting, count }
    }

    /// The player of a device, or a new one; `wish` is the name they would like.
    pub(in crate::store) fn identify(
        &mut self,
        device: Option<DeviceToken>,
        wanted: &str,
        now_s: i64,
    ) -> Result<Account, Unidentified> {
        if let Some(token) = device
            && let Some(known) = self.recognise(token, wanted, now_s)?
        {
            return Ok(known);
        }
        if self.count.is_full() {
            return Err(Unidentified::TooMany);
        }
        let mut token = DeviceToken::default();
        getrandom::fill(&mut token.0).map_err(|_| Unidentified::NoRandomness)?;
        let transaction = self.connection.transaction()?;
        let gone = forget_unshown(&transaction, now_s)?;
        let name = names::free_name(&transaction, visible(wanted))?;
        let player_id = insert(&transaction, &name, token, now_s)?;
        transaction.commit()?;
        self.count.added();
        self.count.forgot(gone);
        Ok(Account {
            player_id,
            name,
            records: Vec::new(),
            is_new: true,
            blocks: Vec::new(),
            token: Some(token),
        })
    }

    /// The player of a device, if it belongs to one.
    pub(in crate::store) fn recognise(
        &mut self,
        token: DeviceToken,
        wanted: &str,
        now_s: i64,
    ) -> Result<Option<Account>, Unidentified> {
        let Some(profile) = player_of(self.connection, token)? else { return Ok(None) };
        // If the file cannot note now that they were there, it can next time.
        let _ =
            touch(self.connection, &profile, now_s).and_then(|()| note_shown(self.connection, token, now_s));
        Ok(Some(self.welcome_back(profile, visible(wanted), token, now_s)))
    }

    /// A new name that the file cannot take now is no reason to refuse them, nor are blocks and records that it cannot give.
    fn welcome_back(&mut self, profile: Profile, wanted: &str, token: DeviceToken, now_s: i64) -> Account {
        let player = profile.player_id;
        let renamed = self.rename(&profile, wanted, now_s).unwrap_or_default();
        Account {
            player_id: player,
            name: if renamed { wanted.to_owned() } else { profile.name },
            records: records::records_of(self.connection, self.waiting, player).unwrap_or_default(),
            is_new: false,
            blocks: blocks::of(self.connection, player).unwrap_or_default(),
            token: Some(token),
        }
    }

    /// Whether the name is now `wish`: it was free, or theirs in other letters.
    fn rename(&mut self, profile: &Profile, wanted: &str, now_s: i64) -> Result<bool, Error> {
        if wanted == profile.name {
            return Ok(false);
        }
        let player = profile.player_id;
        let skeletons = Skeletons::of(wanted);
        let transaction = self.connection.transaction()?;
        let gone = forget_unshown(&transaction, now_s)?;
        if !names::is_free(&transaction, &skeletons, Some(player))? {
            return Ok(false);
        }
        names::release(&transaction, player)?;
        names::claim(&transaction, &skeletons, player)?;
        let mut update = transaction.prepare_cached("UPDATE players SET name = ?2 WHERE id = ?1")?;
        update.execute(params![player.0, wanted])?;
        drop(update);
        transaction.commit()?;
        self.count.forgot(gone);
        Ok(true)
    }

    /// Whether the player is gone: they had done nothing.
    pub(in crate::store) fn withdraw(&mut self, player: PlayerKey) -> Result<bool, Error> {
        let is_gone = forget(self.connection, player)?;
        self.count.forgot(u64::from(is_gone));
        Ok(is_gone)
    }
}

/// `wish`, or a stand-in for one that nobody could see.
fn visible(wanted: &str) -> &str {
    if Skeletons::of(wanted).is_invisible() { NAMELESS } else { wanted }
}

/// `wish`, or like it: a name that nobody has. It stays nobody's.
pub(in crate::store) fn unclaimed_name(
    connection: &Connection,
    wanted: &str,
) -> Result<String, Unidentified> {
    Ok(names::free_name(connection, visible(wanted))?)
}

/// The player whose name looks like `name`.
pub(in crate::store) fn profile_of(connection: &Connection, name: &str) -> Result<Option<Profile>, Error> {
    let sql = "SELECT players.* FROM skeletons JOIN players ON id = player WHERE skeleton = ?1";
    let mut statement = connection.prepare_cached(sql)?;
    let found = statement.query_row([Skeletons::of(name).first()], profile).optional()?;
    found
        .map(|found| Ok(Profile { records: records::written(connection, found.player_id)?, ..found }))
        .transpose()
}

/// Whether there was such a device; it belongs to nobody now.
pub(in crate::store) fn revoke(
    connection: &Connection,
    token: DeviceToken,
    now_s: i64,
) -> Result<bool, Error> {
    let sql = "UPDATE devices SET revoked_s = ?2 WHERE token_hash = ?1 AND revoked_s IS NULL";
    Ok(connection.prepare_cached(sql)?.execute(params![hash(token), now_s])? > 0)
}

/// The player of that name, and how many devices were theirs until now.
pub(in crate::store) fn revoke_name(
    connection: &Connection,
    name: &str,
    now_s: i64,
) -> Result<Option<(String, usize)>, Error> {
    let Some(profile) = profile_of(connection, name)? else { return Ok(None) };
    let sql = "UPDATE devices SET revoked_s = ?2 WHERE player = ?1 AND revoked_s IS NULL";
    let revoked = connection.prepare_cached(sql)?.execute(params![profile.player_id.0, now_s])?;
    Ok(Some((profile.name, revoked)))
}

/// A server that begins has no connections: a device that had not shown its token by the last end has left by now.
pub(in crate::store) fn note_nobody_is_here(connection: &Connection, now_s: i64) -> Result<(), Error> {
    let sql = "UPDATE devices SET left_s = ?1 WHERE shown_s IS NULL AND left_s IS NULL";
    connection.execute(sql, [now_s]).map(drop)
}

fn hash(token: DeviceToken) -> [u8; 32] {
    Sha256::digest(token.0).into()
}

fn player_of(connection: &Connection, token: DeviceToken) -> Result<Option<Profile>, Error> {
    let sql = "SELECT players.* FROM devices JOIN players ON id = player
               WHERE token_hash = ?1 AND revoked_s IS NULL";
    connection.prepare_cached(sql)?.query_row([hash(token)], profile).optional()
}

/// Without records.
fn profile(row: &Row<'_>) -> Result<Profile, Error> {
    let count = |column: &str| row.get(column).map(from_sql);
    Ok(Profile {
        player_id: PlayerKey(row.get("id")?),
        name: row.get("name")?,
        created_s: count("created_s")?,
        seen_s: count("seen_s")?,
        records: Vec::new(),
    })
}

/// Notes that they are there, once a day.
fn touch(connection: &Connection, profile: &Profile, now_s: i64) -> Result<(), Error> {
    if now_s.saturating_sub(to_sql(profile.seen_s)) >= DAY_S {
        let sql = "UPDATE players SET seen_s = ?2 WHERE id = ?1";
        connection.prepare_cached(sql)?.execute(params![profile.player_id.0, now_s])?;
    }
    Ok(())
}

/// Notes that the device has its token.
fn note_shown(connection: &Connection, token: DeviceToken, now_s: i64) -> Result<(), Error> {
    let sql = "UPDATE devices SET shown_s = ?2 WHERE token_hash = ?1 AND shown_s IS NULL";
    connection.prepare_cached(sql)?.execute(params![hash(token), now_s]).map(drop)
}

fn insert(
    transaction: &Transaction<'_>,
    name: &str,
    token: DeviceToken,
    now_s: i64,
) -> Result<PlayerKey, Error> {
    let sql = "INSERT INTO players (name, created_s, seen_s) VALUES (?1, ?2, ?2)";
    transaction.prepare_cached(sql)?.execute(params![name, now_s])?;
    let player = PlayerKey(transaction.last_insert_rowid());
    names::claim(transaction, &Skeletons::of(name), player)?;
    let sql = "INSERT INTO devices (token_hash, player, created_s) VALUES (?1, ?2, ?3)";
    transaction.prepare_cached(sql)?.execute(params![hash(token), player.0, now_s])?;
    Ok(player)
}

/// Deletes a player of whom nothing is known but a name, whose token was never shown, and whom no block and no mute is
/// about. Whether there was one.
pub(in crate::store) fn forget(connection: &Connection, player: PlayerKey) -> Result<bool, Error> {
    let sql = format!("DELETE FROM players WHERE id = ?1 AND {NO_RECORD} AND {UNKNOWN}");
    Ok(connection.prepare_cached(&sql)?.execute([player.0])? > 0)
}

/// Always true: a player who is deleted has left.
pub(in crate::store) fn write_left(
    transaction: &Transaction<'_>,
    player: PlayerKey,
    now_s: i64,
) -> Result<bool, Error> {
    let sql = "UPDATE devices SET left_s = ?2 WHERE player = ?1 AND shown_s IS NULL";
    transaction.prepare_cached(sql)?.execute(params![player.0, now_s]).map(|_| true)
}

/// Deletes players who never showed their token, left some time ago, and have nothing that is worth keeping. Returns how
/// many.
fn forget_unshown(transaction: &Transaction<'_>, now_s: i64) -> Result<u64, Error> {
    let sql = format!(
        "DELETE FROM players WHERE {NO_RECORD} AND {UNKNOWN}
             AND id IN (SELECT player FROM devices WHERE shown_s IS NULL AND left_s <= ?1)"
    );
    let gone = transaction.prepare_cached(&sql)?.execute([now_s.saturating_sub(UNSHOWN_S)])?;
    Ok(gone as u64)
}

/// Deletes old days, and players who passed by: those of a month ago, and those who never showed their token.
pub(in crate::store) fn prune(transaction: &Transaction<'_>, now_s: i64) -> Result<(), Error> {
    let today = now_s.div_euclid(DAY_S);
    // A day in the future was reached by mistake: a clock was wrong.
    transaction.execute("DELETE FROM days WHERE day <= ?1 OR day > ?2", [today - DAYS_KEPT, today + 1])?;
    let sql = format!("DELETE FROM players WHERE seen_s < ?1 AND {NO_RECORD} AND {NOT_BANNED}");
    transaction.execute(&sql, [now_s - PASSER_BY_S])?;
    forget_unshown(transaction, now_s).map(drop)
}
