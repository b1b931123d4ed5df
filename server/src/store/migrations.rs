//! The versions of the file, each migrated from the one before: numbered, in code, one transaction each.
//!
//! A migration that was shipped is never changed; a later one corrects its mistakes. `SCHEMA.md` describes the newest
//! version, and a test compares the two.

use rusqlite::{Connection, Error};

/// Players and their records.
const PLAYERS: &str = "
CREATE TABLE players (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    created_s INTEGER NOT NULL,
    seen_s INTEGER NOT NULL,
    kills INTEGER NOT NULL DEFAULT 0,
    deaths INTEGER NOT NULL DEFAULT 0,
    captures INTEGER NOT NULL DEFAULT 0,
    wealth INTEGER NOT NULL DEFAULT 0,
    best_wealth INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX players_kills ON players (kills DESC);
CREATE INDEX players_captures ON players (captures DESC);
CREATE INDEX players_best_wealth ON players (best_wealth DESC);
CREATE INDEX players_seen ON players (seen_s);
CREATE TABLE skeletons (
    skeleton TEXT PRIMARY KEY,
    player INTEGER NOT NULL REFERENCES players (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX skeletons_player ON skeletons (player);
CREATE TABLE devices (
    token_hash BLOB PRIMARY KEY,
    player INTEGER NOT NULL REFERENCES players (id) ON DELETE CASCADE,
    created_s INTEGER NOT NULL,
    revoked_s INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX devices_player ON devices (player);
CREATE TABLE days (
    day INTEGER NOT NULL,
    player INTEGER NOT NULL REFERENCES players (id) ON DELETE CASCADE,
    kills INTEGER NOT NULL DEFAULT 0,
    captures INTEGER NOT NULL DEFAULT 0,
    wealth INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (day, player)
) STRICT, WITHOUT ROWID;
CREATE INDEX days_kills ON days (day, kills DESC, player);
CREATE INDEX days_captures ON days (day, captures DESC, player);
CREATE INDEX days_wealth ON days (day, wealth DESC, player);
CREATE INDEX days_player ON days (player);
";

/// Lines of chat, and blocks.
const CHAT: &str = "
CREATE TABLE chat (
    id INTEGER PRIMARY KEY,
    channel TEXT NOT NULL,
    number INTEGER NOT NULL,
    sender TEXT NOT NULL,
    recipient TEXT NOT NULL,
    text TEXT NOT NULL,
    at_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX chat_channel ON chat (channel, id);
CREATE TABLE blocks (
    player INTEGER NOT NULL REFERENCES players (id) ON DELETE CASCADE,
    blocked INTEGER NOT NULL REFERENCES players (id) ON DELETE CASCADE,
    since_s INTEGER NOT NULL,
    PRIMARY KEY (player, blocked)
) STRICT, WITHOUT ROWID;
CREATE INDEX blocks_blocked ON blocks (blocked);
";

/// Prices, and what else services store.
const MARKET: &str = "
CREATE TABLE market (
    room TEXT NOT NULL,
    kind TEXT NOT NULL,
    version INTEGER NOT NULL,
    data BLOB NOT NULL,
    saved_s INTEGER NOT NULL,
    PRIMARY KEY (room, kind)
) STRICT;
CREATE INDEX market_saved ON market (saved_s);
CREATE TABLE kv (
    key TEXT PRIMARY KEY,
    value BLOB NOT NULL
) STRICT, WITHOUT ROWID;
";

/// Mutes. A mute outlives its player, since it also applies to the name.
const MUTES: &str = "
CREATE TABLE mutes (
    name TEXT PRIMARY KEY,
    player INTEGER REFERENCES players (id) ON DELETE SET NULL,
    until_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX mutes_player ON mutes (player);
";

/// Whether a device ever came back with its token, and since when one that did not is gone. Older devices count as
/// having done so.
const SHOWN: &str = "
ALTER TABLE devices ADD COLUMN shown_s INTEGER;
ALTER TABLE devices ADD COLUMN left_s INTEGER;
UPDATE devices SET shown_s = created_s;
CREATE INDEX devices_unshown ON devices (left_s) WHERE shown_s IS NULL;
";

/// Bans.
const BANS: &str = "
CREATE TABLE bans (
    player INTEGER PRIMARY KEY REFERENCES players (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    reason TEXT NOT NULL,
    since_s INTEGER NOT NULL,
    until_s INTEGER
) STRICT;
";

/// What a player owns, in the game's format: `wealth` alone does not say what it consists of.
const BELONGINGS: &str = "
ALTER TABLE players ADD COLUMN belongings BLOB;
";

/// Records and belongings by game: before this version there was one game, with a column for each statistic.
const RECORDS: &str = "
CREATE TABLE records (
    player INTEGER NOT NULL REFERENCES players (id) ON DELETE CASCADE,
    game TEXT NOT NULL,
    statistic TEXT NOT NULL,
    value INTEGER NOT NULL,
    best INTEGER NOT NULL,
    PRIMARY KEY (player, game, statistic)
) STRICT, WITHOUT ROWID;
INSERT INTO records SELECT id, 'arena', 'kills', kills, kills FROM players WHERE kills <> 0;
INSERT INTO records SELECT id, 'arena', 'deaths', deaths, deaths FROM players WHERE deaths <> 0;
INSERT INTO records SELECT id, 'arena', 'captures', captures, captures FROM players WHERE captures <> 0;
INSERT INTO records SELECT id, 'arena', 'wealth', wealth, best_wealth FROM players
    WHERE wealth <> 0 OR best_wealth <> 0;
CREATE INDEX records_best ON records (game, statistic, best DESC, player);
ALTER TABLE days RENAME TO old_days;
CREATE TABLE days (
    day INTEGER NOT NULL,
    player INTEGER NOT NULL REFERENCES players (id) ON DELETE CASCADE,
    game TEXT NOT NULL,
    statistic TEXT NOT NULL,
    best INTEGER NOT NULL,
    PRIMARY KEY (day, player, game, statistic)
) STRICT, WITHOUT ROWID;
INSERT INTO days SELECT day, player, 'arena', 'kills', kills FROM old_days WHERE kills > 0;
INSERT INTO days SELECT day, player, 'arena', 'captures', captures FROM old_days WHERE captures > 0;
INSERT INTO days SELECT day, player, 'arena', 'wealth', wealth FROM old_days WHERE wealth > 0;
DROP TABLE old_days;
CREATE INDEX days_best ON days (day, game, statistic, best DESC, player);
CREATE INDEX days_player ON days (player);
CREATE TABLE belongings (
    player INTEGER NOT NULL REFERENCES players (id) ON DELETE CASCADE,
    game TEXT NOT NULL,
    data BLOB NOT NULL,
    PRIMARY KEY (player, game)
) STRICT, WITHOUT ROWID;
INSERT INTO belongings SELECT id, 'arena', belongings FROM players WHERE belongings IS NOT NULL;
DROP INDEX players_kills;
DROP INDEX players_captures;
DROP INDEX players_best_wealth;
ALTER TABLE players DROP COLUMN kills;
ALTER TABLE players DROP COLUMN deaths;
ALTER TABLE players DROP COLUMN captures;
ALTER TABLE players DROP COLUMN wealth;
ALTER TABLE players DROP COLUMN best_wealth;
ALTER TABLE players DROP COLUMN belongings;
";

const MIGRATIONS: [&str; 8] = [PLAYERS, CHAT, MARKET, MUTES, SHOWN, BANS, BELONGINGS, RECORDS];

/// The newest version of the file, `PRAGMA user_version`.
pub(super) const VERSION: i64 = MIGRATIONS.len() as i64;

/// Migrates the file from `version` to the newest one.
///
/// # Errors
/// SQLite's. The file then has the last version that was reached.
pub(super) fn migrate(connection: &mut Connection, version: i64) -> Result<(), Error> {
    migrate_to(connection, version, VERSION)
}

/// Migrates to an earlier version; tests start with old files.
pub(super) fn migrate_to(connection: &mut Connection, version: i64, last: i64) -> Result<(), Error> {
    for (number, migration) in (1..=last).zip(MIGRATIONS) {
        if number > version {
            let transaction = connection.transaction()?;
            transaction.execute_batch(migration)?;
            transaction.pragma_update(None, "user_version", number)?;
            transaction.commit()?;
        }
    }
    Ok(())
}
