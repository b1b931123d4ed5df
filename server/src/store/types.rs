//! The store's inputs and answers, as plain data.

use crate::person::PersonId;
use perigee_shared::netcode::{About, Belongings, Statistics};
use perigee_shared::protocol::{Board, DeviceToken, Span};
use serde::{Deserialize, Serialize};

/// Most players in one answer of a list.
pub(crate) const MAX_LEADERS: usize = 1000;
/// Lines of chat that are kept of one channel.
pub(super) const MAX_CHAT_LINES_PER_CHANNEL: usize = 200;
/// Most players that one player can block.
pub(crate) const MAX_BLOCKS: usize = 256;
/// Most muted names; of more, those whose mutes end last are kept.
pub(crate) const MAX_MUTES: usize = 256;
/// Most bans at once; one more is refused.
pub(crate) const MAX_BANS: usize = 4096;
/// Largest blob, bytes; a larger one is dropped and counted.
pub(super) const MAX_BLOB_BYTES: usize = 4 * 1024 * 1024;

/// Days since 1970, UTC.
pub(super) type Day = i64;

/// Identifies a player permanently, unlike a seat's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PlayerKey(pub i64);

/// The store's number of a player is also the person's, in both directions.
impl From<PlayerKey> for PersonId {
    fn from(player: PlayerKey) -> Self {
        Self(player.0.cast_unsigned())
    }
}

impl From<PersonId> for PlayerKey {
    fn from(person: PersonId) -> Self {
        Self(person.0.cast_signed())
    }
}

/// The player that a device belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The player.
    pub player_id: PlayerKey,
    /// Their name; no other player's looks like it.
    pub name: String,
    /// Their records.
    pub records: Vec<Record>,
    /// Whether the account was created just now, because the device was unknown.
    pub is_new: bool,
    /// The players whom they block, the longest blocked first.
    pub blocks: Vec<Blocked>,
    /// The token that identifies them next time: only for their device, and stored nowhere else. Taken out when it is
    /// sent.
    pub token: Option<DeviceToken>,
}

/// A player's record of one statistic.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Record {
    /// The game's name.
    pub game: String,
    /// The statistic's key.
    pub statistic: String,
    /// Its value.
    pub value: i64,
    /// The highest value that it ever had.
    pub best: i64,
}

/// What a player did since the last write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delta {
    /// The player.
    pub player_id: PlayerKey,
    /// The game.
    pub about: &'static About,
    /// What the game reports ([`Merge::increment`](perigee_shared::netcode::Merge::increment)).
    pub told: Statistics,
}

/// What a player owns now in a game, in place of what was stored before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holding {
    /// The player.
    pub player_id: PlayerKey,
    /// The game's name.
    pub game: &'static str,
    /// In the game's format; only the game can read it.
    pub belongings: Belongings,
}

/// What is stored of a player's belongings in a game.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeldRecord {
    /// The last state that the game wrote; `None` if there is none. Empty if longer than a game can write.
    pub belongings: Option<Belongings>,
    /// Their records in that game; `None` if there are none.
    pub record: Option<Statistics>,
}

/// A leaderboard: of a game, by a statistic, over a span of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ladder {
    /// The game's name.
    pub game: &'static str,
    /// The span of time.
    pub span: Span,
    /// The statistic's key.
    pub by: &'static str,
}

impl Ladder {
    /// The board that a client of that game means; `None` if the game has no such board.
    #[must_use]
    pub fn of(about: &About, board: Board) -> Option<Self> {
        let statistic =
            about.statistics.get(usize::from(board.by)).filter(|statistic| statistic.has_board)?;
        Some(Self { game: about.name, span: board.span, by: statistic.key })
    }

    /// All boards of a game.
    pub fn all(about: &'static About) -> impl Iterator<Item = Self> {
        [Span::Today, Span::AllTime].into_iter().flat_map(move |span| {
            about.boards().map(move |(_, statistic)| Self { game: about.name, span, by: statistic.key })
        })
    }
}

/// A player's place in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placing {
    /// From 1; equal values share a rank, and the next rank is higher by their number (1, 2, 2, 4).
    pub rank: u32,
    /// The player.
    pub player_id: PlayerKey,
    /// Their current name.
    pub name: String,
    /// The value that is ranked.
    pub value: i64,
}

/// A list, and the place of the player who asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Leading {
    /// Best first, of equal ones the older account; players without a value are in no list.
    pub rows: Vec<Placing>,
    /// The place of the player who asked, in the list or not; `None` if there is none, or they are unknown.
    pub own: Option<Placing>,
    /// How many are in the list.
    pub ranked: u32,
}

/// The public data of a player.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Profile {
    /// The player.
    pub player_id: PlayerKey,
    /// Their name.
    pub name: String,
    /// When they first came, Unix seconds.
    pub created_s: u64,
    /// When they were last seen, Unix seconds.
    pub seen_s: u64,
    /// Their records, by game and statistic.
    pub records: Vec<Record>,
}

/// A line of chat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChatRow {
    /// The channel's key, which its owner chooses.
    pub channel: String,
    /// The line's number.
    pub number: u64,
    /// The author; empty for the system.
    pub from: String,
    /// The addressee; empty for a whole channel.
    pub to: String,
    /// The text.
    pub text: String,
    /// When, Unix milliseconds.
    pub at_ms: u64,
}

/// The state of a service as bytes that only it can read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blob {
    /// The version of the bytes' format, known to the service.
    pub version: u32,
    /// The state, at most [`MAX_BLOB_BYTES`].
    pub bytes: Vec<u8>,
}

/// A player whom another one blocks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blocked {
    /// The player.
    pub player_id: PlayerKey,
    /// Their current name.
    pub name: String,
}

/// The target of a block.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Whom {
    /// A player.
    Player(PlayerKey),
    /// The player with that name, or one that looks like it, when it is written. A name without a player stores
    /// nothing.
    Name(String),
}

impl From<PlayerKey> for Whom {
    fn from(player: PlayerKey) -> Self {
        Self::Player(player)
    }
}

/// A muted name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Muted {
    /// The name, folded as the caller compares names.
    pub name: String,
    /// The player who had it then, if stored; they stay muted under another name.
    pub player_id: Option<PlayerKey>,
    /// Until when, Unix milliseconds.
    pub until_ms: u64,
}

/// A banned player.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Banned {
    /// The player.
    pub player_id: PlayerKey,
    /// Their name when they were banned.
    pub name: String,
    /// The reason that they are given.
    pub reason: String,
    /// Since when, Unix seconds.
    pub since_s: u64,
    /// Until when, Unix seconds; `None`: permanently.
    pub until_s: Option<u64>,
}
