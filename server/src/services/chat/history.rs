//! The last lines of each channel, numbered, for later arrivals.
//!
//! Public and private lines are bounded separately, so that private ones cannot displace a room's.

use crate::person::PersonId;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// Lines kept of one channel.
pub(crate) const MAX_LINES_PER_CHANNEL: usize = 50;
/// Public channels with lines; one more displaces the one that was silent the longest.
pub(crate) const MAX_PUBLIC_CHANNELS: usize = 512;
/// Pairs of people with lines; one more displaces the pair that was silent the longest.
pub(crate) const MAX_PRIVATE_CHANNELS: usize = 1024;

/// The channel of a line.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ChannelKey {
    /// To the whole server.
    Everyone,
    /// In a room.
    Room(Arc<str>),
    /// To a team in a room.
    Team(Arc<str>, u8),
    /// Between two people, the smaller number first; see [`between`](Self::between).
    Private(PersonId, PersonId),
}

impl ChannelKey {
    /// The channel of two people, whoever of them writes.
    #[must_use]
    pub fn between(one: PersonId, other: PersonId) -> Self {
        Self::Private(one.min(other), one.max(other))
    }

    /// A public channel as one word for a file: `everyone`, `room:NAME` or `team:NAME:0`. Private ones have none, since
    /// private lines are not stored.
    #[must_use]
    pub fn to_word(&self) -> Option<String> {
        match self {
            Self::Everyone => Some("everyone".to_owned()),
            Self::Room(room) => Some(format!("room:{room}")),
            Self::Team(room, team) => Some(format!("team:{room}:{team}")),
            Self::Private(..) => None,
        }
    }

    /// The channel of such a word. Room names contain no colon.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        let parts: Vec<&str> = word.split(':').collect();
        match parts[..] {
            ["everyone"] => Some(Self::Everyone),
            ["room", room] => Some(Self::Room(room.into())),
            ["team", room, team] => Some(Self::Team(room.into(), team.parse().ok()?)),
            _ => None,
        }
    }

    /// Whether people other than two may read it.
    #[must_use]
    pub fn is_public(&self) -> bool {
        !matches!(self, Self::Private(..))
    }
}

/// One line of chat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Increases within its channel, over restarts too, possibly with gaps.
    pub number: u64,
    /// The channel.
    pub channel: ChannelKey,
    /// The speaker's name; empty for the server itself.
    pub from: String,
    /// The name that was addressed, for private lines; else empty.
    pub to: String,
    /// Clean text.
    pub text: String,
    /// When, milliseconds of Unix time.
    pub at_ms: u64,
}

#[derive(Debug, Default)]
struct Ring {
    lines: VecDeque<Line>,
    next_number: u64,
}

impl Ring {
    fn push(&mut self, line: Line) {
        if self.lines.len() == MAX_LINES_PER_CHANNEL {
            self.lines.pop_front();
        }
        self.next_number = line.number + 1;
        self.lines.push_back(line);
    }

    fn newest_ms(&self) -> u64 {
        self.lines.back().map_or(0, |line| line.at_ms)
    }
}

/// The rings of all channels.
#[derive(Debug, Default)]
pub(crate) struct History {
    public: BTreeMap<ChannelKey, Ring>,
    private: BTreeMap<ChannelKey, Ring>,
    forgotten: u64,
}

impl History {
    /// Keeps a line, and gives it its number. `line.number` is ignored.
    pub(crate) fn push(&mut self, mut line: Line) -> Line {
        let most = if line.channel.is_public() { MAX_PUBLIC_CHANNELS } else { MAX_PRIVATE_CHANNELS };
        let rings = if line.channel.is_public() { &mut self.public } else { &mut self.private };
        if !rings.contains_key(&line.channel) && rings.len() >= most {
            forget_oldest(rings);
            self.forgotten += 1;
        }
        let ring = rings.entry(line.channel.clone()).or_default();
        // A channel that was forgotten, or existed before a restart, continues above its old numbers: there are never
        // as many lines as milliseconds.
        line.number = if ring.next_number == 0 { line.at_ms.max(1) } else { ring.next_number };
        ring.push(line.clone());
        line
    }

    /// Restores a line after a restart, with its number; lines of a channel must be in order.
    pub(crate) fn restore(&mut self, line: Line) {
        if !line.channel.is_public()
            || (self.public.len() >= MAX_PUBLIC_CHANNELS && !self.public.contains_key(&line.channel))
        {
            return;
        }
        let ring = self.public.entry(line.channel.clone()).or_default();
        if line.number >= ring.next_number {
            ring.push(line);
        }
    }

    /// The lines of a channel, oldest first.
    pub(crate) fn lines(&self, channel: &ChannelKey) -> impl Iterator<Item = &Line> {
        let rings = if channel.is_public() { &self.public } else { &self.private };
        rings.get(channel).into_iter().flat_map(|ring| ring.lines.iter())
    }

    /// The private lines of one person, by channel, oldest first in each.
    pub(crate) fn private_lines(&self, person: PersonId) -> impl Iterator<Item = &Line> {
        let own =
            move |key: &ChannelKey| matches!(*key, ChannelKey::Private(a, b) if a == person || b == person);
        self.private.iter().filter(move |(key, _)| own(key)).flat_map(|(_, ring)| ring.lines.iter())
    }

    /// Removes a closed room.
    pub(crate) fn forget_room(&mut self, room: &str) {
        self.public.retain(|key, _| match key {
            ChannelKey::Room(name) | ChannelKey::Team(name, _) => **name != *room,
            _ => true,
        });
    }

    /// How many channels were displaced by others.
    #[cfg(test)]
    pub(crate) fn forgotten(&self) -> u64 {
        self.forgotten
    }
}

/// Everyone's channel is never displaced.
fn forget_oldest(rings: &mut BTreeMap<ChannelKey, Ring>) {
    let can_go = |key: &ChannelKey| *key != ChannelKey::Everyone;
    let oldest = rings.iter().filter(|(key, _)| can_go(key)).min_by_key(|(_, ring)| ring.newest_ms());
    if let Some(key) = oldest.map(|(key, _)| key.clone()) {
        rings.remove(&key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(channel: ChannelKey, text: &str, at_ms: u64) -> Line {
        Line { number: 0, channel, from: "Ada".into(), to: String::new(), text: text.into(), at_ms }
    }

    fn room(name: &str) -> ChannelKey {
        ChannelKey::Room(name.into())
    }

    #[test]
    fn the_last_lines_are_kept_in_order_with_growing_numbers() {
        let mut history = History::default();
        for n in 0..80 {
            history.push(line(room("a"), &n.to_string(), 1_000 + n));
        }
        let kept: Vec<(u64, &str)> =
            history.lines(&room("a")).map(|line| (line.number, line.text.as_str())).collect();
        assert_eq!(kept.len(), MAX_LINES_PER_CHANNEL);
        assert_eq!((kept[0], kept[49]), ((1_030, "30"), (1_079, "79")));
        assert_eq!(history.lines(&room("b")).count(), 0);
    }

    #[test]
    fn public_channels_are_words_and_private_ones_are_not() {
        for key in [ChannelKey::Everyone, room("arena-1"), ChannelKey::Team("a_b".into(), 1)] {
            assert_eq!(key.to_word().and_then(|word| ChannelKey::from_word(&word)), Some(key));
        }
        assert_eq!(ChannelKey::between(PersonId(1), PersonId(2)).to_word(), None);
        for word in ["", "room", "room:a:b", "team:a:x", "private:1:2"] {
            assert_eq!(ChannelKey::from_word(word), None, "{word}");
        }
    }

    #[test]
    fn numbers_grow_over_restarts_and_forgetting() {
        let mut history = History::default();
        let last = history.push(line(room("a"), "x", 5_000));
        history.forget_room("a");
        assert!(history.push(line(room("a"), "y", 5_001)).number > last.number);
        let mut after = History::default();
        after.restore(Line { number: 9_000, ..line(room("a"), "old", 4_000) });
        after.restore(Line { number: 8_000, ..line(room("a"), "older, too late", 4_000) });
        assert_eq!(after.push(line(room("a"), "new", 5_000)).number, 9_001);
        assert_eq!(after.lines(&room("a")).count(), 2);
    }

    #[test]
    fn private_lines_are_for_two_and_push_no_room_out() {
        let mut history = History::default();
        history.push(line(room("a"), "public", 1));
        history.push(line(ChannelKey::Everyone, "all", 1));
        let (ada, bob, eve) = (PersonId(1), PersonId(2), PersonId(3));
        history.push(line(ChannelKey::between(bob, ada), "psst", 2));
        assert_eq!(history.private_lines(ada).count(), 1);
        assert_eq!(history.private_lines(bob).count(), 1);
        assert_eq!(history.private_lines(eve).count(), 0);
        for n in 0..MAX_PRIVATE_CHANNELS as u64 {
            history.push(line(ChannelKey::between(PersonId(10 + n), eve), "flood", 3 + n));
        }
        assert_eq!((history.private_lines(ada).count(), history.forgotten()), (0, 1));
        assert_eq!(history.lines(&room("a")).count() + history.lines(&ChannelKey::Everyone).count(), 2);
        for n in 0..2 * MAX_PUBLIC_CHANNELS {
            history.push(line(room(&format!("r{n}")), "x", 10_000 + n as u64));
        }
        assert_eq!(history.lines(&ChannelKey::Everyone).count(), 1);
        assert_eq!(history.public.len(), MAX_PUBLIC_CHANNELS);
    }
}
