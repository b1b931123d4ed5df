//! What the store is given and asked, as plain data.

use crate::person::PersonId;
use perigee_shared::netcode::{About, Belongings, Statistics};
use perigee_shared::protocol::{Board, DeviceToken, Span};
use serde::{Deserialize, Serialize};

/// Players that one list has at the most.
pub(crate) const MAX_LEADERS: usize = 1000;
/// Lines of chat that are kept of one channel.
pub(super) const MAX_CHAT_LINES_PER_CHANNEL: usize = 200;
/// Players that one player can have blocked.
pub(crate) const MAX_BLOCKS: usize = 256;
/// Names that can be muted; of more, those whose mute ends last are kept.
pub(crate) const MAX_MUTES: usize = 256;
/// People who can be banned at once; one more is refused.
pub(crate) const MAX_BANS: usize = 4096;
/// Largest blob, bytes; a larger one is dropped and counted.
pub(super) const MAX_BLOB_BYTES: usize = 4 * 1024 * 1024;

/// Days since 1970, UTC.
pub(super) type Day = i64;

/// Names a player indefinitely, unlike a seat's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PlayerKey(pub i64);

/// The store's number of a player is the person's, in both directions.
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

/// Who a device turned out to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Who.
    pub player_id: PlayerKey,
    /// The name that is theirs, which nobody else's looks like.
    pub name: String,
    /// What is on record of them.
    pub records: Vec<Record>,
    /// Whether they were made just now, because the device was unknown.
    pub is_new: bool,
    /// Whom they do not want to hear, the longest blocked first.
    pub blocks: Vec<Blocked>,
    /// What proves next time that it is them: for their device alone, and kept nowhere else. Taken out when it is told.
    pub token: Option<DeviceToken>,
}

/// A statistic of a player, as it is on record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Record {
    /// The game's name.
    pub game: String,
    /// The statistic's key.
    pub statistic: String,
    /// What it is.
    pub value: i64,
    /// The most that it ever was.
    pub best: i64,
}

/// What changed for a player since they were last recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delta {
    /// Whose.
    pub player_id: PlayerKey,
    /// In which game.
    pub about: &'static About,
    /// What the game reports ([`Merge::told`](perigee_shared::netcode::Merge::told)).
    pub told: Statistics,
}

/// What a player owns now in a game, in place of what was known before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holding {
    /// Whose.
    pub player_id: PlayerKey,
    /// The game's name.
    pub game: &'static str,
    /// As the game wrote it; nobody else can read it.
    pub belongings: Belongings,
}

/// What is known of what a player owns in a game.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    /// As the game wrote it last; `None` if it never did. What is longer than the game can write is empty here.
    pub belongings: Option<Belongings>,
    /// What is on record of them in that game; `None` if nothing is.
    pub record: Option<Statistics>,
}

/// A leaderboard: of a game, by a statistic, over a span of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ladder {
    /// The game's name.
    pub game: &'static str,
    /// Over what time.
    pub span: Span,
    /// The statistic's key.
    pub by: &'static str,
}

impl Ladder {
    /// The one that a client of that game means; `None` if the game has no such board.
    #[must_use]
    pub fn of(about: &About, board: Board) -> Option<Self> {
        let statistic =
            about.statistics.get(usize::from(board.by)).filter(|statistic| statistic.has_board)?;
        Some(Self { game: about.name, span: board.span, by: statistic.key })
    }

    /// All of a game.
    pub fn all(about: &'static About) -> impl Iterator<Item = Self> {
        [Span::Today, Span::AllTime].into_iter().flat_map(move |span| {
            about.boards().map(move |(_, statistic)| Self { game: about.name, span, by: statistic.key })
        })
    }
}

/// A player's place in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placing {
    /// From 1; equal values share a rank, and the next rank is as many further on (1, 2, 2, 4).
    pub rank: u32,
    /// Who.
    pub player_id: PlayerKey,
    /// Their name today.
    pub name: String,
    /// What was counted.
    pub value: i64,
}

/// A list, and the place of the player who asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Leading {
    /// Best first, of equal ones the longer known; a player without a value is in no list.
    pub rows: Vec<Placing>,
    /// The place of the player who asked, in the list or not; `None` if nobody asked or they are unknown.
    pub own: Option<Placing>,
    /// How many are in the list.
    pub ranked: u32,
}

/// What anybody may know of a player.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Profile {
    /// Who.
    pub player_id: PlayerKey,
    /// Their name.
    pub name: String,
    /// When they first came, Unix seconds.
    pub created_s: u64,
    /// When they were last there, Unix seconds.
    pub seen_s: u64,
    /// What is on record of them, by game and statistic.
    pub records: Vec<Record>,
}

/// A line of chat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChatRow {
    /// The channel's key: whoever keeps a channel chooses it.
    pub channel: String,
    /// The line's number.
    pub number: u64,
    /// Who said it; empty for the system.
    pub from: String,
    /// To whom; empty for a whole channel.
    pub to: String,
    /// What was said.
    pub text: String,
    /// When, Unix milliseconds.
    pub at_ms: u64,
}

/// State of a service as bytes that only it can read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blob {
    /// The layout of the bytes: whoever wrote them knows.
    pub version: u32,
    /// The state, at most [`MAX_BLOB_BYTES`].
    pub bytes: Vec<u8>,
}

/// A player whom another does not want to hear.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blocked {
    /// Who.
    pub player_id: PlayerKey,
    /// Their name today.
    pub name: String,
}

/// Whom a block is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Whom {
    /// A player.
    Player(PlayerKey),
    /// Whoever is called so, or looks as if, when it is written. A name that nobody has keeps nothing.
    Name(String),
}

impl From<PlayerKey> for Whom {
    fn from(player: PlayerKey) -> Self {
        Self::Player(player)
    }
}

/// A name that may not be heard for a while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Muted {
    /// The name, in the spelling that whoever mutes compares by.
    pub name: String,
    /// Who had it then, if they are kept; they stay muted under another name.
    pub player_id: Option<PlayerKey>,
    /// Until when, Unix milliseconds.
    pub until_ms: u64,
}

/// Somebody who may not come in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Banned {
    /// Who.
    pub player_id: PlayerKey,
    /// Their name when they were banned.
    pub name: String,
    /// The reason that they are given.
    pub reason: String,
    /// Since when, Unix seconds.
    pub since_s: u64,
    /// Until when, Unix seconds; `None` is for good.
    pub until_s: Option<u64>,
}
