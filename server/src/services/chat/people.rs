//! The visitors of the chat: by connection, by room and by name; whom each of them blocks, and who is muted.
//!
//! Its size is bounded by the number of connections; what outlives a connection has bounds of its own.

use crate::person::{PersonId, fold_name};
use crate::room::ConnectionId;
use crate::services::chat::fair::SpeakerOrigin;
use crate::services::chat::pace::{Bucket, LastSaid};
use std::borrow::Borrow;
use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;
use std::sync::Arc;

/// People whom one person may block.
pub(crate) const MAX_BLOCKS: usize = 64;
/// People whose blocks and pace are remembered after they left; one more displaces the one who left first.
pub(crate) const MAX_ABSENT: usize = 4096;
/// Most mutes at once; one more lifts the mute that ends first.
pub(crate) const MAX_MUTES: usize = 256;

/// What is known of a new visitor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Arriving {
    /// Their connection.
    pub connection: ConnectionId,
    /// The person.
    pub person: PersonId,
    /// The room they are in.
    pub room: Arc<str>,
    /// Their name there.
    pub name: String,
    /// Their team, if the room has teams.
    pub team: Option<u8>,
    /// Whether they receive the chat: programs do not, unless they subscribe.
    pub hears: bool,
    /// Their origin, for their share of a channel.
    pub origin: SpeakerOrigin,
}

/// What is remembered of a person when their connection ends: pace, repetitions and blocks.
#[derive(Clone, Debug)]
pub(super) struct SpeakerState {
    pub(super) bucket: Bucket,
    pub(super) last_said: LastSaid,
    blocks: Vec<Block>,
}

impl SpeakerState {
    pub(super) fn new(bucket: Bucket) -> Self {
        Self { bucket, last_said: LastSaid::default(), blocks: Vec::new() }
    }

    /// Whether it has its initial state: no blocks and no lines.
    fn is_initial(&self) -> bool {
        self.blocks.is_empty() && self.last_said.is_empty()
    }
}

/// A blocked name, and the person who had it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Block {
    folded: String,
    person: Option<PersonId>,
}

/// A visitor.
#[derive(Debug)]
pub(crate) struct Visitor {
    /// As on arrival, with later changes.
    pub known: Arriving,
    folded: String,
    pub(super) speaking: SpeakerState,
}

impl Visitor {
    /// Whether they block that name, or `person`, which is known for visitors.
    pub(super) fn blocks(&self, folded: &str, person: Option<PersonId>) -> bool {
        let is_them = |block: &Block| block.folded == folded || (person.is_some() && block.person == person);
        self.speaking.blocks.iter().any(is_them)
    }

    pub(super) fn has_blocks(&self) -> bool {
        !self.speaking.blocks.is_empty()
    }

    pub(super) fn folded(&self) -> &str {
        &self.folded
    }
}

/// Whom a change of blocks concerns, for the archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whom {
    /// A person with an account.
    Person(PersonId),
    /// Any player with that name.
    Name(String),
}

/// A mute to be stored: of a folded name, and of the person who had it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameMute {
    /// The name, folded.
    pub folded: String,
    /// The person who had it, if they were here.
    pub person: Option<PersonId>,
}

#[derive(Clone, Copy, Debug)]
struct Mute {
    person: Option<PersonId>,
    until_ms: u64,
}

/// What is remembered of a person who left.
#[derive(Debug)]
struct Absent {
    left_ms: u64,
    speaking: SpeakerState,
}

/// All visitors.
#[derive(Debug, Default)]
pub(crate) struct People {
    by_connection: HashMap<ConnectionId, Visitor>,
    by_room: HashMap<Arc<str>, Vec<ConnectionId>>,
    by_name: HashMap<String, Vec<ConnectionId>>,
    absent: BTreeMap<PersonId, Absent>,
    mutes: BTreeMap<String, Mute>,
}

impl People {
    /// Adds a visitor; `new` is their state if they are not remembered. A connection can enter only once.
    pub(super) fn enter(&mut self, arriving: Arriving, new: SpeakerState) {
        self.leave(arriving.connection, 0);
        let speaking = self.absent.remove(&arriving.person).map_or(new, |absent| absent.speaking);
        let folded = fold_name(&arriving.name);
        let connection = arriving.connection;
        self.by_room.entry(Arc::clone(&arriving.room)).or_default().push(connection);
        self.by_name.entry(folded.clone()).or_default().push(connection);
        self.by_connection.insert(connection, Visitor { known: arriving, folded, speaking });
    }

    /// Removes a visitor.
    pub(super) fn leave(&mut self, connection: ConnectionId, now_ms: u64) -> Option<Arriving> {
        let visitor = self.by_connection.remove(&connection)?;
        take_out(&mut self.by_room, &visitor.known.room, connection);
        take_out(&mut self.by_name, visitor.folded.as_str(), connection);
        // Guests who wrote nothing are not remembered: many of them would displace others.
        if visitor.speaking.is_initial() {
            return Some(visitor.known);
        }
        if self.absent.len() >= MAX_ABSENT {
            let first =
                self.absent.iter().min_by_key(|(_, absent)| absent.left_ms).map(|(&person, _)| person);
            first.and_then(|person| self.absent.remove(&person));
        }
        let absent = Absent { left_ms: now_ms, speaking: visitor.speaking };
        self.absent.insert(visitor.known.person, absent);
        Some(visitor.known)
    }

    /// The visitor with that connection.
    #[must_use]
    pub(crate) fn get(&self, connection: ConnectionId) -> Option<&Visitor> {
        self.by_connection.get(&connection)
    }

    pub(super) fn get_mut(&mut self, connection: ConnectionId) -> Option<&mut Visitor> {
        self.by_connection.get_mut(&connection)
    }

    /// All visitors.
    pub(crate) fn all(&self) -> impl Iterator<Item = (ConnectionId, &Visitor)> {
        self.by_connection.iter().map(|(&connection, visitor)| (connection, visitor))
    }

    /// All visitors in a room.
    pub(crate) fn in_room(&self, room: &str) -> impl Iterator<Item = (ConnectionId, &Visitor)> {
        let connections = self.by_room.get(room).into_iter().flatten();
        connections.filter_map(|&connection| Some((connection, self.by_connection.get(&connection)?)))
    }

    /// All visitors with that name, in any spelling.
    pub(crate) fn named(&self, name: &str) -> impl Iterator<Item = (ConnectionId, &Visitor)> {
        let connections = self.by_name.get(&fold_name(name)).into_iter().flatten();
        connections.filter_map(|&connection| Some((connection, self.by_connection.get(&connection)?)))
    }

    /// Blocks or unblocks a name and the visitor who has it. Returns whom that concerns; `None` if [`MAX_BLOCKS`] are
    /// blocked already.
    pub(super) fn block(&mut self, connection: ConnectionId, name: &str, blocked: bool) -> Option<Vec<Whom>> {
        let person =
            self.named(name).find(|&(other, _)| other != connection).map(|(_, other)| other.known.person);
        let Some(visitor) = self.by_connection.get_mut(&connection) else { return Some(Vec::new()) };
        let (folded, blocks) = (fold_name(name), &mut visitor.speaking.blocks);
        let own = visitor.folded == folded;
        let is_them = |block: &Block| block.folded == folded || (person.is_some() && block.person == person);
        let before: Vec<Block> = blocks.iter().filter(|block| is_them(block)).cloned().collect();
        blocks.retain(|block| !is_them(block));
        let name = Whom::Name(name.to_owned());
        if !blocked {
            let people = before.iter().map(|block| block.person).chain([person]).flatten();
            let lasting = people.filter(|person| person.is_lasting()).map(Whom::Person);
            return Some(lasting.chain([name]).collect());
        }
        if own {
            return Some(Vec::new());
        }
        if blocks.len() >= MAX_BLOCKS {
            return None;
        }
        blocks.push(Block { folded, person });
        // A guest has no name of their own that could be stored.
        let whom = person.map_or(Some(name), |person| person.is_lasting().then_some(Whom::Person(person)));
        Some(whom.into_iter().collect())
    }

    /// Adds stored blocks to those that are remembered, up to [`MAX_BLOCKS`].
    pub(super) fn restore_blocks(
        &mut self,
        connection: ConnectionId,
        blocked: impl Iterator<Item = (PersonId, String)>,
    ) {
        let Some(visitor) = self.by_connection.get_mut(&connection) else { return };
        let blocks = &mut visitor.speaking.blocks;
        for (person, name) in blocked {
            let (folded, person) = (fold_name(&name), Some(person));
            blocks.retain(|block| block.folded != folded && block.person != person);
            if blocks.len() < MAX_BLOCKS {
                blocks.push(Block { folded, person });
            }
        }
    }

    /// Mutes a name until `until_ms`, and the person who has it now even if they change it. Returns how many visitors
    /// have it, and the mute to be stored.
    pub(super) fn mute(&mut self, name: &str, until_ms: u64) -> (usize, NameMute) {
        let person = self.named(name).next().map(|(_, visitor)| visitor.known.person);
        let mute = NameMute { folded: fold_name(name), person };
        self.restore_mute(mute.clone(), until_ms);
        (self.named(name).count(), mute)
    }

    /// Stores a mute in place of an earlier one of that name; if there are too many, the one that ends first is lifted.
    pub(super) fn restore_mute(&mut self, mute: NameMute, until_ms: u64) {
        let NameMute { folded, person } = mute;
        if self.mutes.len() >= MAX_MUTES {
            let first = self.mutes.iter().min_by_key(|(_, mute)| mute.until_ms).map(|(name, _)| name.clone());
            first.and_then(|name| self.mutes.remove(&name));
        }
        self.mutes.insert(folded, Mute { person, until_ms });
    }

    /// Lifts a mute. Returns false if the name was not muted.
    pub(super) fn unmute(&mut self, name: &str) -> bool {
        self.mutes.remove(&fold_name(name)).is_some()
    }

    /// Entries by connection, by room, by name, and of people who left.
    #[cfg(test)]
    pub(super) fn sizes(&self) -> (usize, usize, usize, usize) {
        (self.by_connection.len(), self.by_room.len(), self.by_name.len(), self.absent.len())
    }

    /// For how long this visitor is still muted, milliseconds; 0: not muted. Expired mutes are removed.
    pub(super) fn muted_ms(&mut self, connection: ConnectionId, now_ms: u64) -> u64 {
        self.mutes.retain(|_, mute| mute.until_ms > now_ms);
        let Some(visitor) = self.by_connection.get(&connection) else { return 0 };
        let is_them =
            |name: &str, mute: &Mute| name == visitor.folded || mute.person == Some(visitor.known.person);
        let until =
            self.mutes.iter().filter(|(name, mute)| is_them(name, mute)).map(|(_, mute)| mute.until_ms);
        until.max().map_or(0, |until_ms| until_ms - now_ms)
    }
}

/// Removes a connection from an index, and the entry if it is then empty.
fn take_out<K: Hash + Eq + Borrow<str>>(
    index: &mut HashMap<K, Vec<ConnectionId>>,
    key: &str,
    connection: ConnectionId,
) {
    if let Some(connections) = index.get_mut(key) {
        connections.retain(|&other| other != connection);
        if connections.is_empty() {
            index.remove(key);
        }
    }
}
