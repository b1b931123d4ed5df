//! The people who are here: by connection, by room and by name; whom each does not want to hear, and who may not speak.
//!
//! Its size is bounded by the connections that the server takes; what outlives a connection has bounds of its own.

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
/// People whose blocks and pace are remembered after they left; the one who left first is forgotten.
pub(crate) const MAX_ABSENT: usize = 4096;
/// People who may be muted at once; of more, the mute that ends first is lifted.
pub(crate) const MAX_MUTES: usize = 256;

/// What is known of somebody who comes in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Arriving {
    /// Their connection.
    pub connection: ConnectionId,
    /// Who they are.
    pub person: PersonId,
    /// The room they are in.
    pub room: Arc<str>,
    /// Their name there.
    pub name: String,
    /// Their team, if the room has teams.
    pub team: Option<u8>,
    /// Whether they want to hear: programs do not, unless they ask.
    pub hears: bool,
    /// Where they come from.
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

    /// Whether it is as it was at the beginning: nobody is blocked, and nothing was said.
    fn is_initial(&self) -> bool {
        self.blocks.is_empty() && self.last_said.is_empty()
    }
}

/// Somebody who is not heard: whoever has the name, and whoever had it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Block {
    folded: String,
    person: Option<PersonId>,
}

/// Somebody who is here.
#[derive(Debug)]
pub(crate) struct Visitor {
    /// As they came, with what changed since.
    pub known: Arriving,
    folded: String,
    pub(super) speaking: SpeakerState,
}

impl Visitor {
    /// Whether they do not want to hear somebody of that name; `person` is known for those who are here.
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

/// Whom a change of somebody's blocks is about, for whoever keeps them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whom {
    /// Somebody who will be known again.
    Person(PersonId),
    /// Whoever has that name.
    Name(String),
}

/// A mute as it is kept: of a name, folded, and of who had it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameMute {
    /// The name, folded.
    pub folded: String,
    /// Who had it, if anybody who was here.
    pub person: Option<PersonId>,
}

#[derive(Clone, Copy, Debug)]
struct Mute {
    person: Option<PersonId>,
    until_ms: u64,
}

/// Somebody who left and is remembered.
#[derive(Debug)]
struct Absent {
    left_ms: u64,
    speaking: SpeakerState,
}

/// Everybody who is here.
#[derive(Debug, Default)]
pub(crate) struct People {
    by_connection: HashMap<ConnectionId, Visitor>,
    by_room: HashMap<Arc<str>, Vec<ConnectionId>>,
    by_name: HashMap<String, Vec<ConnectionId>>,
    absent: BTreeMap<PersonId, Absent>,
    mutes: BTreeMap<String, Mute>,
}

impl People {
    /// Somebody comes in; `new` is what they begin with if they are not remembered. A connection comes in once.
    pub(super) fn enter(&mut self, arriving: Arriving, new: SpeakerState) {
        self.leave(arriving.connection, 0);
        let speaking = self.absent.remove(&arriving.person).map_or(new, |absent| absent.speaking);
        let folded = fold_name(&arriving.name);
        let connection = arriving.connection;
        self.by_room.entry(Arc::clone(&arriving.room)).or_default().push(connection);
        self.by_name.entry(folded.clone()).or_default().push(connection);
        self.by_connection.insert(connection, Visitor { known: arriving, folded, speaking });
    }

    /// Somebody is gone.
    pub(super) fn leave(&mut self, connection: ConnectionId, now_ms: u64) -> Option<Arriving> {
        let visitor = self.by_connection.remove(&connection)?;
        take_out(&mut self.by_room, &visitor.known.room, connection);
        take_out(&mut self.by_name, visitor.folded.as_str(), connection);
        // A guest who said nothing is not remembered: many of them would displace what is worth it.
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

    /// Everybody.
    pub(crate) fn all(&self) -> impl Iterator<Item = (ConnectionId, &Visitor)> {
        self.by_connection.iter().map(|(&connection, visitor)| (connection, visitor))
    }

    /// Everybody in a room.
    pub(crate) fn in_room(&self, room: &str) -> impl Iterator<Item = (ConnectionId, &Visitor)> {
        let connections = self.by_room.get(room).into_iter().flatten();
        connections.filter_map(|&connection| Some((connection, self.by_connection.get(&connection)?)))
    }

    /// Everybody who could be meant by a name, in any spelling.
    pub(crate) fn named(&self, name: &str) -> impl Iterator<Item = (ConnectionId, &Visitor)> {
        let connections = self.by_name.get(&fold_name(name)).into_iter().flatten();
        connections.filter_map(|&connection| Some((connection, self.by_connection.get(&connection)?)))
    }

    /// Stops hearing somebody, or hears them again. Gives whom that is about, if anybody; `None` if [`MAX_BLOCKS`] are
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
        // Whoever is here for this visit only has no name of their own that could be kept.
        let whom = person.map_or(Some(name), |person| person.is_lasting().then_some(Whom::Person(person)));
        Some(whom.into_iter().collect())
    }

    /// Whom somebody had blocked before a restart, or on another connection: added to what is remembered, up to
    /// [`MAX_BLOCKS`].
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

    /// Lets nobody of that name speak until `until_ms`, nor those who have it now and take another. Gives how many of
    /// them are here, and what is to be kept.
    pub(super) fn mute(&mut self, name: &str, until_ms: u64) -> (usize, NameMute) {
        let person = self.named(name).next().map(|(_, visitor)| visitor.known.person);
        let mute = NameMute { folded: fold_name(name), person };
        self.restore_mute(mute.clone(), until_ms);
        (self.named(name).count(), mute)
    }

    /// Puts a mute in place of an earlier one of that name; if there are too many, the one that ends first is lifted.
    pub(super) fn restore_mute(&mut self, mute: NameMute, until_ms: u64) {
        let NameMute { folded, person } = mute;
        if self.mutes.len() >= MAX_MUTES {
            let first = self.mutes.iter().min_by_key(|(_, mute)| mute.until_ms).map(|(name, _)| name.clone());
            first.and_then(|name| self.mutes.remove(&name));
        }
        self.mutes.insert(folded, Mute { person, until_ms });
    }

    /// Lets them speak again. False if nobody of that name was muted.
    pub(super) fn unmute(&mut self, name: &str) -> bool {
        self.mutes.remove(&fold_name(name)).is_some()
    }

    /// Entries by connection, by room, by name, and of those who left.
    #[cfg(test)]
    pub(super) fn sizes(&self) -> (usize, usize, usize, usize) {
        (self.by_connection.len(), self.by_room.len(), self.by_name.len(), self.absent.len())
    }

    /// For how long this visitor may not speak, milliseconds; 0 is not at all. What is over is forgotten.
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

/// Takes a connection out of an index; what is empty then goes.
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
