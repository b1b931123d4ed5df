//! The writes that wait. Writes about one thing are merged: however often a player scores while the disk is slow, it is
//! one entry.

use super::types::{Banned, Blob, ChatRow, Day, Delta, Holding, Muted, PlayerKey, Whom};
use perigee_shared::netcode::{About, Belongings, Statistics};
use std::collections::{BTreeMap, BTreeSet};

/// Bytes of text and blobs that may wait.
pub(super) const MAX_WAITING_BYTES: usize = 64 * 1024 * 1024;

/// A write.
#[derive(Debug)]
pub(super) enum Write {
    /// What a player did; also marks them as seen.
    Record(Day, Delta),
    /// What a player owns.
    Holding(Holding),
    /// A player joined, never acted and left: they are deleted.
    Forget(PlayerKey),
    /// A line of chat.
    Chat(ChatRow),
    /// The state of a service: room and kind.
    Blob((String, String), Blob),
    /// Whether a player blocks another one.
    Block { player: PlayerKey, other: Whom, blocked: bool },
    /// The connection ended on which a new player got their token.
    Left(PlayerKey),
    /// Mutes or unmutes a name.
    Mute(String, Option<Muted>),
    /// Bans or unbans a player.
    Ban(PlayerKey, Option<Banned>),
    /// A value by name.
    Value(String, Vec<u8>),
}

/// What a game reported of a player on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Growth {
    pub(super) about: &'static About,
    /// All reports, merged as a record merges them.
    pub(super) told: Statistics,
    /// The highest report of each statistic.
    pub(super) most: Statistics,
}

impl Growth {
    pub(super) fn none(about: &'static About) -> Self {
        Self { about, told: Statistics::default(), most: Statistics::default() }
    }

    fn add(&mut self, told: &Statistics, most: &Statistics) {
        for (at, statistic) in self.about.statistics.iter().enumerate() {
            self.told.set(at, statistic.merge.merged(self.told.get(at), told.get(at)));
            self.most.set(at, self.most.get(at).max(most.get(at)));
        }
    }
}

/// Identifies a record of a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct RecordKey {
    pub(super) player: PlayerKey,
    pub(super) day: Day,
    /// The game's name.
    pub(super) game: &'static str,
}

/// Writes that go into one transaction.
#[derive(Debug, Default)]
pub(super) struct Batch {
    pub(super) records: BTreeMap<RecordKey, Growth>,
    /// By the game's name: the last state.
    pub(super) belongings: BTreeMap<(PlayerKey, &'static str), Belongings>,
    pub(super) chat: Vec<ChatRow>,
    pub(super) blobs: BTreeMap<(String, String), Blob>,
    pub(super) blocks: BTreeMap<(PlayerKey, Whom), bool>,
    /// Players whose first connection ended.
    pub(super) left: BTreeSet<PlayerKey>,
    /// Players to be deleted.
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
        let owned = self.records.len() + self.belongings.len();
        let by_player = owned + self.blocks.len() + self.left.len() + self.forgotten.len() + self.bans.len();
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

    /// Whether `write` changes an existing entry instead of adding one.
    pub(super) fn has(&self, write: &Write) -> bool {
        match write {
            Write::Record(day, delta) => self.records.contains_key(&RecordKey {
                player: delta.player_id,
                day: *day,
                game: delta.about.name,
            }),
            Write::Holding(holding) => self.belongings.contains_key(&(holding.player_id, holding.game)),
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

    /// Adds a write, or merges it into the entry about the same thing.
    pub(super) fn put(&mut self, write: Write) {
        self.bytes += bytes_of(&write);
        match write {
            Write::Record(day, Delta { player_id, about, told }) => {
                let key = RecordKey { player: player_id, day, game: about.name };
                self.growth(key, about).add(&told, &told);
            }
            Write::Holding(Holding { player_id, game, belongings }) => {
                self.belongings.insert((player_id, game), belongings);
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

    /// Merges a later batch into this one.
    pub(super) fn absorb(&mut self, later: Self) {
        let Self { records, belongings, chat, blobs, blocks, left, forgotten, mutes, bans, values, .. } =
            later;
        for (key, growth) in records {
            self.growth(key, growth.about).add(&growth.told, &growth.most);
        }
        self.belongings.extend(belongings);
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

    fn growth(&mut self, key: RecordKey, about: &'static About) -> &mut Growth {
        self.records.entry(key).or_insert_with(|| Growth::none(about))
    }

    /// The waiting changes of a player's records, by game.
    pub(super) fn growths_of(&self, player: PlayerKey) -> Vec<Growth> {
        let mut sums: Vec<Growth> = Vec::new();
        let first = |player| RecordKey { player, day: Day::MIN, game: "" };
        let range = first(player)..first(PlayerKey(player.0.saturating_add(1)));
        for growth in self.records.range(range).map(|(_, growth)| growth) {
            match sums.iter_mut().find(|sum| sum.about.name == growth.about.name) {
                Some(sum) => sum.add(&growth.told, &growth.most),
                None => sums.push(*growth),
            }
        }
        sums
    }

    /// The waiting belongings of a player in a game.
    pub(super) fn belongings_of(&self, player: PlayerKey, game: &str) -> Option<Belongings> {
        let of_player = self.belongings.range((player, "")..).take_while(|((other, _), _)| *other == player);
        of_player.into_iter().find(|((_, name), _)| *name == game).map(|(_, owned)| *owned)
    }
}

fn chat_bytes(row: &ChatRow) -> usize {
    row.channel.len() + row.from.len() + row.to.len() + row.text.len()
}

/// The size of what can be large; keys are not counted, as they may exist already.
pub(super) fn bytes_of(write: &Write) -> usize {
    match write {
        Write::Record(..)
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
    use perigee_shared::netcode::{Merge, Statistic};

    const GAME: About = About {
        statistics: &[
            Statistic::ranked("hits", "Hits", Merge::Sum),
            Statistic::ranked("worth", "Worth", Merge::Last),
            Statistic::ranked("streak", "Streak", Merge::Max),
        ],
        ..About::named("game")
    };
    const OTHER: About = About { statistics: GAME.statistics, ..About::named("other") };

    fn delta(about: &'static About, player: i64, told: [i64; 3]) -> Delta {
        Delta { player_id: PlayerKey(player), about, told: Statistics::of(told) }
    }

    #[test]
    fn writes_about_one_thing_are_one() {
        let mut batch = Batch::default();
        for told in [[1, 50, 3], [2, 9, 5], [3, 9, 4]] {
            batch.put(Write::Record(7, delta(&GAME, 1, told)));
        }
        batch.put(Write::Record(8, delta(&GAME, 1, [1, 20, 0])));
        batch.put(Write::Record(8, delta(&OTHER, 1, [4, 1, 1])));
        assert_eq!(batch.len(), 3, "a day is a thing, and so is a game");
        let sums = batch.growths_of(PlayerKey(1));
        let told: Vec<_> = sums.iter().map(|sum| (sum.about.name, sum.told, sum.most)).collect();
        let of = Statistics::of;
        assert_eq!(told, [("game", of([7, 20, 5]), of([3, 50, 5])), ("other", of([4, 1, 1]), of([4, 1, 1]))]);
        assert_eq!(batch.growths_of(PlayerKey(2)), []);
        let mut later = Batch::default();
        later.put(Write::Record(8, delta(&GAME, 1, [1, 3, 0])));
        batch.absorb(later);
        assert_eq!(batch.growths_of(PlayerKey(1))[0].told, of([8, 3, 5]), "the later word is the last one");
    }

    #[test]
    fn what_is_owned_in_one_game_is_not_owned_in_another() {
        let mut batch = Batch::default();
        let owned = |byte| Belongings::from_bytes(&[byte]).unwrap();
        for (player, game, byte) in [(1, "b", 1), (1, "a", 2), (1, "b", 3), (2, "a", 4)] {
            batch.put(Write::Holding(Holding {
                player_id: PlayerKey(player),
                game,
                belongings: owned(byte),
            }));
        }
        let of = |player, game| batch.belongings_of(PlayerKey(player), game);
        assert_eq!([of(1, "a"), of(1, "b"), of(2, "a")], [2, 3, 4].map(|byte| Some(owned(byte))));
        assert_eq!([of(2, "b"), of(3, "a"), of(0, "a")], [None; 3]);
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
