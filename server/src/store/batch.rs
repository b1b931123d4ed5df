//! The writes that wait, with those about one thing made one: however often a player scores while the disk is slow, it is
//! one entry.

use super::types::{Banned, Blob, ChatRow, Delta, Holding, Muted, PlayerKey, Whom};
use perigee_shared::netcode::Belongings;
use std::collections::{BTreeMap, BTreeSet};

/// Bytes of text and blobs that may wait.
pub(super) const MAX_WAITING_BYTES: usize = 64 * 1024 * 1024;

/// Days since 1970, UTC.
pub(super) type Day = i64;

/// One thing to write.
#[derive(Debug)]
pub(super) enum Write {
    /// A player was there, and what they did.
    Score(Day, Delta),
    /// What a player owns.
    Holding(Day, Holding),
    /// A player came, did nothing and left: they are not kept.
    Forget(PlayerKey),
    /// A line was said.
    Chat(ChatRow),
    /// The state of a service: room and kind.
    Blob((String, String), Blob),
    /// Whether a player wants to hear another.
    Block { player: PlayerKey, other: Whom, blocked: bool },
    /// A player's first connection ended.
    Left(PlayerKey),
    /// A name is muted, or is not any more.
    Mute(String, Option<Muted>),
    /// A player is banned, or is not any more.
    Ban(PlayerKey, Option<Banned>),
    /// A value by name.
    Value(String, Vec<u8>),
}

/// What a player did on a day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Score {
    pub(super) kills: u64,
    pub(super) deaths: u64,
    pub(super) captures: u64,
    /// What they have, by the last word of that day.
    pub(super) wealth: Option<i64>,
    /// The most they had.
    pub(super) peak: i64,
    /// What they own, by the last word of that day.
    pub(super) belongings: Option<Belongings>,
}

impl Score {
    fn add(&mut self, other: &Self) {
        self.kills = self.kills.saturating_add(other.kills);
        self.deaths = self.deaths.saturating_add(other.deaths);
        self.captures = self.captures.saturating_add(other.captures);
        self.wealth = other.wealth.or(self.wealth);
        self.peak = self.peak.max(other.peak);
        self.belongings = other.belongings.or(self.belongings);
    }
}

impl From<&Delta> for Score {
    fn from(delta: &Delta) -> Self {
        Self {
            kills: u64::from(delta.kills),
            deaths: u64::from(delta.deaths),
            captures: u64::from(delta.captures),
            wealth: delta.wealth_now,
            peak: delta.wealth_now.unwrap_or(0),
            belongings: None,
        }
    }
}

impl From<&Holding> for Score {
    fn from(holding: &Holding) -> Self {
        Self {
            wealth: Some(holding.wealth),
            peak: holding.wealth,
            belongings: Some(holding.belongings),
            ..Self::default()
        }
    }
}

/// Writes that will be one transaction.
#[derive(Debug, Default)]
pub(super) struct Batch {
    pub(super) scores: BTreeMap<(PlayerKey, Day), Score>,
    pub(super) chat: Vec<ChatRow>,
    pub(super) blobs: BTreeMap<(String, String), Blob>,
    pub(super) blocks: BTreeMap<(PlayerKey, Whom), bool>,
    /// Whose first connection ended.
    pub(super) left: BTreeSet<PlayerKey>,
    /// Who is not kept.
    pub(super) forgotten: BTreeSet<PlayerKey>,
    /// By name; `None` lifts it.
    pub(super) mutes: BTreeMap<String, Option<Muted>>,
    /// `None` lifts it.
    pub(super) bans: BTreeMap<PlayerKey, Option<Banned>>,
    pub(super) values: BTreeMap<String, Vec<u8>>,
    bytes: usize,
}

impl Batch {
    pub(super) fn len(&self) -> usize {
        let by_player = self.scores.len() + self.blocks.len() + self.left.len() + self.forgotten.len();
        let by_player = by_player + self.bans.len();
        let by_name = self.blobs.len() + self.mutes.len() + self.values.len();
        by_player + by_name + self.chat.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes of text and blobs.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Whether `write` changes an entry that is there, so that there will be no more of them.
    pub(super) fn has(&self, write: &Write) -> bool {
        match write {
            Write::Score(day, delta) => self.scores.contains_key(&(delta.player_id, *day)),
            Write::Holding(day, holding) => self.scores.contains_key(&(holding.player_id, *day)),
            Write::Forget(player) => self.forgotten.contains(player),
            Write::Chat(_) => false,
            Write::Blob(key, _) => self.blobs.contains_key(key),
            Write::Block { player, other, .. } => self.blocks.contains_key(&(*player, other.clone())),
            Write::Left(player) => self.left.contains(player),
            Write::Mute(name, _) => self.mutes.contains_key(name),
            Write::Ban(player, _) => self.bans.contains_key(player),
            Write::Value(key, _) => self.values.contains_key(key),
        }
    }

    /// Adds one, or changes the one it is about.
    pub(super) fn put(&mut self, write: Write) {
        self.bytes += bytes_of(&write);
        match write {
            Write::Score(day, delta) => {
                self.scores.entry((delta.player_id, day)).or_default().add(&Score::from(&delta));
            }
            Write::Holding(day, holding) => {
                self.scores.entry((holding.player_id, day)).or_default().add(&Score::from(&holding));
            }
            Write::Forget(player) => {
                self.forgotten.insert(player);
            }
            Write::Chat(row) => self.chat.push(row),
            Write::Blob(key, blob) => {
                let old = self.blobs.insert(key, blob);
                self.bytes -= old.map_or(0, |old| old.bytes.len());
            }
            Write::Block { player, other, blocked } => {
                self.blocks.insert((player, other), blocked);
            }
            Write::Left(player) => {
                self.left.insert(player);
            }
            Write::Mute(name, muted) => {
                self.mutes.insert(name, muted);
            }
            Write::Ban(player, ban) => {
                self.bans.insert(player, ban);
            }
            Write::Value(key, value) => {
                let old = self.values.insert(key, value);
                self.bytes -= old.map_or(0, |old| old.len());
            }
        }
    }

    /// Adds what came later.
    pub(super) fn absorb(&mut self, later: Self) {
        let Self { scores, chat, blobs, blocks, left, forgotten, mutes, bans, values, .. } = later;
        for (key, score) in scores {
            self.scores.entry(key).or_default().add(&score);
        }
        self.bytes += chat.iter().map(chat_bytes).sum::<usize>();
        self.chat.extend(chat);
        blobs.into_iter().for_each(|(key, blob)| self.put(Write::Blob(key, blob)));
        self.blocks.extend(blocks);
        self.left.extend(left);
        self.forgotten.extend(forgotten);
        self.mutes.extend(mutes);
        self.bans.extend(bans);
        values.into_iter().for_each(|(key, value)| self.put(Write::Value(key, value)));
    }

    /// What waits to be written of a player: the sum, and the last word on their wealth.
    pub(super) fn score_of(&self, player: PlayerKey) -> Score {
        let mut sum = Score::default();
        for (_, score) in self.scores.range((player, Day::MIN)..=(player, Day::MAX)) {
            sum.add(score);
        }
        sum
    }
}

fn chat_bytes(row: &ChatRow) -> usize {
    row.channel.len() + row.from.len() + row.to.len() + row.text.len()
}

/// Of what can be large; a key is not counted where it may be there already.
pub(super) fn bytes_of(write: &Write) -> usize {
    match write {
        Write::Score(..)
        | Write::Holding(..)
        | Write::Forget(_)
        | Write::Block { .. }
        | Write::Left(_)
        | Write::Mute(..)
        | Write::Ban(..) => 0,
        Write::Chat(row) => chat_bytes(row),
        Write::Blob(_, blob) => blob.bytes.len(),
        Write::Value(_, value) => value.len(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delta(player: i64, kills: u32, wealth_now: Option<i64>) -> Delta {
        Delta { player_id: PlayerKey(player), kills, deaths: 0, captures: 1, wealth_now }
    }

    #[test]
    fn writes_about_one_thing_are_one() {
        let mut batch = Batch::default();
        for (kills, wealth) in [(1, Some(50)), (2, Some(9)), (3, None)] {
            batch.put(Write::Score(7, delta(1, kills, wealth)));
        }
        batch.put(Write::Score(8, delta(1, 1, None)));
        assert_eq!(batch.len(), 2, "a day is a thing");
        let sum = batch.score_of(PlayerKey(1));
        assert_eq!((sum.kills, sum.captures, sum.wealth, sum.peak), (7, 4, Some(9), 50));
        assert_eq!(batch.score_of(PlayerKey(2)), Score::default());
    }

    #[test]
    fn bytes_are_those_that_wait() {
        let blob = |len| Blob { version: 1, bytes: vec![0; len] };
        let key = || ("arena".to_owned(), "candles".to_owned());
        let mut batch = Batch::default();
        batch.put(Write::Blob(key(), blob(100)));
        batch.put(Write::Blob(key(), blob(30)));
        batch.put(Write::Value("a".to_owned(), vec![0; 5]));
        assert_eq!((batch.len(), batch.bytes()), (2, 35));
        let mut later = Batch::default();
        later.put(Write::Blob(key(), blob(10)));
        batch.absorb(later);
        assert_eq!((batch.len(), batch.bytes(), batch.blobs[&key()].bytes.len()), (2, 15, 10));
    }
}
