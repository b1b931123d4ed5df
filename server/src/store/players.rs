//! Players: who a device is, what they are called, what they did.

use super::batch::Day;
use super::db::{Db, from_sql, to_sql};
use super::records::NO_RECORD;
use super::types::{Identity, PlayerKey, Profile};
use crate::text::skeleton::{NAMELESS, Skeletons, numbered};
use perigee_shared::protocol::DeviceToken;
use rusqlite::{Connection, Error, OptionalExtension, Row, Transaction, params};
use sha2::{Digest, Sha256};

/// Players that are kept; a new one beyond plays without a record.
pub(super) const MAX_KEPT_PLAYERS: u64 = 1_000_000;
/// Who did nothing and was not seen for so long was passing by, and is forgotten.
const PASSER_BY_S: i64 = 30 * DAY_S;
const DAY_S: i64 = 86_400;
/// Whose device never came back with its token may never have got it: the name is free again so long after the
/// connection ended, unless something is kept of them.
pub(super) const UNSHOWN_S: i64 = 600;
/// Days whose scores are kept.
pub(super) const DAYS_KEPT: Day = 31;
/// Numbers behind a taken name that are tried one after the other, before chance has to find one.
const NUMBERS_IN_ORDER: u32 = 20;
/// Tries with one more digit each time: names are many, and so is the time to look for one.
const RANDOM_TRIES: u32 = 24;

/// A condition on a row of `players`.
const NOT_BANNED: &str = "NOT EXISTS (SELECT 1 FROM bans WHERE player = players.id)";
/// Who owns nothing, never showed a token, and whom no block, mute or ban is about: a condition on a row of `players`.
const UNKNOWN: &str = "NOT EXISTS (SELECT 1 FROM belongings WHERE player = players.id)
    AND NOT EXISTS (SELECT 1 FROM devices WHERE player = players.id AND shown_s IS NOT NULL)
    AND NOT EXISTS (SELECT 1 FROM mutes WHERE player = players.id)
    AND NOT EXISTS (SELECT 1 FROM blocks WHERE player = players.id OR blocked = players.id)
    AND NOT EXISTS (SELECT 1 FROM bans WHERE player = players.id)";

/// Why a device has no player.
#[derive(Debug)]
pub(super) enum Unidentified {
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

fn hash(token: DeviceToken) -> [u8; 32] {
    Sha256::digest(token.0).into()
}

impl Db {
    /// The player of a device, or a new one; `wish` is the name they would like.
    pub(super) fn identify(
        &mut self,
        device: Option<DeviceToken>,
        wish: &str,
        now_s: i64,
    ) -> Result<Identity, Unidentified> {
        if let Some(token) = device
            && let Some(known) = self.recognise(token, wish, now_s)?
        {
            return Ok(known);
        }
        let wish = if Skeletons::of(wish).is_invisible() { NAMELESS } else { wish };
        if self.players >= MAX_KEPT_PLAYERS {
            return Err(Unidentified::TooMany);
        }
        let mut token = DeviceToken::default();
        getrandom::fill(&mut token.0).map_err(|_| Unidentified::NoRandomness)?;
        let transaction = self.connection.transaction()?;
        let gone = forget_unshown(&transaction, now_s)?;
        let name = free_name(&transaction, wish)?.ok_or(Unidentified::NoName)?;
        let player_id = insert(&transaction, &name, token, now_s)?;
        transaction.commit()?;
        self.players = (self.players + 1).saturating_sub(gone);
        let (records, blocks) = (Vec::new(), Vec::new());
        Ok(Identity { player_id, name, records, is_new: true, blocks, token })
    }

    /// The player of a device, if it is anybody's.
    pub(super) fn recognise(
        &mut self,
        token: DeviceToken,
        wish: &str,
        now_s: i64,
    ) -> Result<Option<Identity>, Unidentified> {
        let wish = if Skeletons::of(wish).is_invisible() { NAMELESS } else { wish };
        let Some(profile) = self.player_of(token)? else { return Ok(None) };
        // Who was there is no passer-by; if the file cannot take that now, there is a next time.
        let _ = self.touch(&profile, now_s).and_then(|()| self.note_shown(token, now_s));
        Ok(Some(self.welcome_back(profile, wish, token, now_s)))
    }

    /// `wish`, or like it: a name that nobody has. It stays nobody's.
    pub(super) fn unclaimed_name(&self, wish: &str) -> Result<String, Unidentified> {
        let wish = if Skeletons::of(wish).is_invisible() { NAMELESS } else { wish };
        free_name(&self.connection, wish)?.ok_or(Unidentified::NoName)
    }

    fn player_of(&self, token: DeviceToken) -> Result<Option<Profile>, Error> {
        let sql = "SELECT players.* FROM devices JOIN players ON id = player
                   WHERE token_hash = ?1 AND revoked_s IS NULL";
        let mut statement = self.connection.prepare_cached(sql)?;
        statement.query_row([hash(token)], profile).optional()
    }

    /// Notes that they are there, once a day.
    fn touch(&self, profile: &Profile, now_s: i64) -> Result<(), Error> {
        if now_s.saturating_sub(to_sql(profile.seen_s)) >= DAY_S {
            let sql = "UPDATE players SET seen_s = ?2 WHERE id = ?1";
            self.connection.prepare_cached(sql)?.execute(params![profile.player_id.0, now_s])?;
        }
        Ok(())
    }

    /// Notes that the device has its token.
    fn note_shown(&self, token: DeviceToken, now_s: i64) -> Result<(), Error> {
        let sql = "UPDATE devices SET shown_s = ?2 WHERE token_hash = ?1 AND shown_s IS NULL";
        self.connection.prepare_cached(sql)?.execute(params![hash(token), now_s]).map(drop)
    }

    /// A server that begins has no connections: whoever had not come back by its end is away from now on.
    pub(super) fn note_nobody_is_here(&self, now_s: i64) -> Result<(), Error> {
        let sql = "UPDATE devices SET left_s = ?1 WHERE shown_s IS NULL AND left_s IS NULL";
        self.connection.execute(sql, [now_s]).map(drop)
    }

    /// What is still held of them is theirs too. A new name that the file cannot take now is no reason to refuse them, nor
    /// are blocks and records that it cannot give.
    fn welcome_back(&mut self, profile: Profile, wish: &str, token: DeviceToken, now_s: i64) -> Identity {
        let renamed = self.rename(profile.player_id, &profile.name, wish, now_s).unwrap_or_default();
        Identity {
            player_id: profile.player_id,
            name: if renamed { wish.to_owned() } else { profile.name },
            records: self.records_of(profile.player_id).unwrap_or_default(),
            is_new: false,
            blocks: self.blocks_of(profile.player_id).unwrap_or_default(),
            token,
        }
    }

    /// Whether the name is now `wish`: it was free, or theirs in other letters.
    fn rename(&mut self, player: PlayerKey, name: &str, wish: &str, now_s: i64) -> Result<bool, Error> {
        if wish == name {
            return Ok(false);
        }
        let skeletons = Skeletons::of(wish);
        let transaction = self.connection.transaction()?;
        let gone = forget_unshown(&transaction, now_s)?;
        if !is_free(&transaction, &skeletons, Some(player))? {
            return Ok(false);
        }
        transaction.prepare_cached("DELETE FROM skeletons WHERE player = ?1")?.execute([player.0])?;
        claim(&transaction, &skeletons, player)?;
        let mut update = transaction.prepare_cached("UPDATE players SET name = ?2 WHERE id = ?1")?;
        update.execute(params![player.0, wish])?;
        drop(update);
        transaction.commit()?;
        self.players = self.players.saturating_sub(gone);
        Ok(true)
    }

    /// Whether there was such a device and it is nobody's now.
    pub(super) fn revoke(&mut self, token: DeviceToken, now_s: i64) -> Result<bool, Error> {
        let sql = "UPDATE devices SET revoked_s = ?2 WHERE token_hash = ?1 AND revoked_s IS NULL";
        let changed = self.connection.prepare_cached(sql)?.execute(params![hash(token), now_s])?;
        Ok(changed > 0)
    }

    /// The player of that name, and how many devices were theirs until now.
    pub(super) fn revoke_name(&mut self, name: &str, now_s: i64) -> Result<Option<(String, usize)>, Error> {
        let Some(profile) = self.profile(name)? else { return Ok(None) };
        let sql = "UPDATE devices SET revoked_s = ?2 WHERE player = ?1 AND revoked_s IS NULL";
        let revoked = self.connection.prepare_cached(sql)?.execute(params![profile.player_id.0, now_s])?;
        Ok(Some((profile.name, revoked)))
    }

    /// Whether the player is gone: they had done nothing.
    pub(super) fn withdraw(&mut self, player: PlayerKey) -> Result<bool, Error> {
        let is_gone = forget(&self.connection, player)?;
        self.players -= u64::from(is_gone);
        Ok(is_gone)
    }

    /// The player whose name looks like `name`.
    pub(super) fn profile(&self, name: &str) -> Result<Option<Profile>, Error> {
        let sql = "SELECT players.* FROM skeletons JOIN players ON id = player WHERE skeleton = ?1";
        let mut statement = self.connection.prepare_cached(sql)?;
        let found = statement.query_row([Skeletons::of(name).first()], profile).optional()?;
        found
            .map(|found| Ok(Profile { records: self.written_records(found.player_id)?, ..found }))
            .transpose()
    }
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

/// Whether none of these belongs to anybody but `own`.
fn is_free(connection: &Connection, skeletons: &Skeletons, own: Option<PlayerKey>) -> Result<bool, Error> {
    let mut owner = connection.prepare_cached("SELECT player FROM skeletons WHERE skeleton = ?1")?;
    for skeleton in skeletons.iter() {
        let found = owner.query_row([skeleton], |row| row.get(0).map(PlayerKey)).optional()?;
        if found.is_some_and(|found| own != Some(found)) {
            return Ok(false);
        }
    }
    Ok(true)
}

fn claim(connection: &Connection, skeletons: &Skeletons, player: PlayerKey) -> Result<(), Error> {
    let mut insert = connection.prepare_cached("INSERT INTO skeletons (skeleton, player) VALUES (?1, ?2)")?;
    for skeleton in skeletons.iter() {
        insert.execute(params![skeleton, player.0])?;
    }
    Ok(())
}

/// `wish`, or with a number behind it if that is taken: small numbers in order, then large ones by chance.
fn free_name(connection: &Connection, wish: &str) -> Result<Option<String>, Unidentified> {
    let is_free = |name: &str| is_free(connection, &Skeletons::of(name), None);
    if is_free(wish)? {
        return Ok(Some(wish.to_owned()));
    }
    for number in 2..=NUMBERS_IN_ORDER {
        let name = numbered(wish, number);
        if is_free(&name)? {
            return Ok(Some(name));
        }
    }
    for attempt in 0..RANDOM_TRIES {
        let digits = 3 + attempt / 4;
        let chance = getrandom::u32().map_err(|_| Unidentified::NoRandomness)?;
        let name = numbered(wish, chance % 10_u32.pow(digits));
        if is_free(&name)? {
            return Ok(Some(name));
        }
    }
    Ok(None)
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
    claim(transaction, &Skeletons::of(name), player)?;
    let sql = "INSERT INTO devices (token_hash, player, created_s) VALUES (?1, ?2, ?3)";
    transaction.prepare_cached(sql)?.execute(params![hash(token), player.0, now_s])?;
    Ok(player)
}

/// Forgets a player of whom nothing is known but a name, whose token was never shown, and whom no block and no mute is
/// about. Whether there was one.
fn forget(connection: &Connection, player: PlayerKey) -> Result<bool, Error> {
    let sql = format!("DELETE FROM players WHERE id = ?1 AND {NO_RECORD} AND {UNKNOWN}");
    Ok(connection.prepare_cached(&sql)?.execute([player.0])? > 0)
}

/// Whether they are gone now.
pub(super) fn write_forgotten(transaction: &Transaction<'_>, player: PlayerKey) -> Result<bool, Error> {
    forget(transaction, player)
}

/// Always true: whoever is gone has left.
pub(super) fn write_left(
    transaction: &Transaction<'_>,
    player: PlayerKey,
    now_s: i64,
) -> Result<bool, Error> {
    let sql = "UPDATE devices SET left_s = ?2 WHERE player = ?1 AND shown_s IS NULL";
    transaction.prepare_cached(sql)?.execute(params![player.0, now_s]).map(|_| true)
}

/// Forgets those who never showed their token, left some time ago, and have nothing that is worth keeping. Gives how
/// many they were.
fn forget_unshown(transaction: &Transaction<'_>, now_s: i64) -> Result<u64, Error> {
    let sql = format!(
        "DELETE FROM players WHERE {NO_RECORD} AND {UNKNOWN}
             AND id IN (SELECT player FROM devices WHERE shown_s IS NULL AND left_s <= ?1)"
    );
    let gone = transaction.prepare_cached(&sql)?.execute([now_s.saturating_sub(UNSHOWN_S)])?;
    Ok(gone as u64)
}

/// Forgets old days, and passers-by: those of a month, and those who never showed their token.
pub(super) fn prune(transaction: &Transaction<'_>, now_s: i64) -> Result<(), Error> {
    let today = now_s.div_euclid(DAY_S);
    // A day that is to come was reached by mistake: a clock was wrong.
    transaction.execute("DELETE FROM days WHERE day <= ?1 OR day > ?2", [today - DAYS_KEPT, today + 1])?;
    let sql = format!("DELETE FROM players WHERE seen_s < ?1 AND {NO_RECORD} AND {NOT_BANNED}");
    transaction.execute(&sql, [now_s - PASSER_BY_S])?;
    forget_unshown(transaction, now_s).map(drop)
}
