//! Chat without sockets: who receives a line, how often a person may write, and which lines are kept for later
//! arrivals.
//!
//! - `pace`: how often a person may write, and how often the same line
//! - `fair`: how speakers share a channel
//! - `people`: who is here, blocks and mutes
//! - `history`: the last lines of each channel
//!
//! A blocked speaker is not informed: their line is accepted and shown to them, but not sent to the blocker. A refusal
//! would reveal the block, and make them come back under another name.

pub(crate) mod fair;
pub(crate) mod history;
pub(crate) mod pace;
pub(crate) mod people;
#[cfg(test)]
mod tests;

use crate::person::{PersonId, fold, fold_name};
use crate::room::ConnectionId;
use crate::section::{Number, Section};
use crate::services::moment::Moment;
use crate::text::{TextError, clean_line};
use fair::Fair;
use history::{ChannelKey, History, Line, MAX_LINES_PER_CHANNEL};
use pace::{Bucket, Pace};
use people::{Arriving, NameMute, People, SpeakerState, Visitor, Whom};
use perigee_shared::protocol::Channel;
use serde::Deserialize;
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use thiserror::Error;

/// Lines that a new arrival may write at once: fewer than the burst, so that rejoining gains nothing.
const FIRST_LINES: u32 = 2;
/// Lines that one room's channels, or everyone's, take at once and in a second, over all speakers: it bounds the cost
/// of a crowd, and keeps the channel readable.
const CHANNEL_PACE: Pace = Pace { burst: 40, interval_ms: 50 };

/// The configurable limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub struct ChatRules {
    /// Lines that one person may write at once, 1 to 100.
    pub burst: u32,
    /// After a burst, one line in this time, 100 to 60000 ms.
    pub interval_ms: u32,
    /// How often one person may write the same line within `repeat_window_ms`, 1 to 100.
    pub repeats: u32,
    /// See `repeats`; 0 to 600000 ms, 0 disables the check.
    pub repeat_window_ms: u32,
}

impl Default for ChatRules {
    fn default() -> Self {
        Self { burst: 5, interval_ms: 1500, repeats: 2, repeat_window_ms: 30_000 }
    }
}

impl Section for ChatRules {
    const NUMBERS: &'static [Number<Self>] = &[
        ("chat.burst", |rules| u64::from(rules.burst), 1..=100),
        ("chat.interval_ms", |rules| u64::from(rules.interval_ms), 100..=60_000),
        ("chat.repeats", |rules| u64::from(rules.repeats), 1..=100),
        ("chat.repeat_window_ms", |rules| u64::from(rules.repeat_window_ms), 0..=600_000),
    ];
}

/// Why a line was refused.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(crate) enum SayError {
    /// No visible text, or too much.
    #[error(transparent)]
    Text(#[from] TextError),
    /// Too many lines from this person or in this channel.
    #[error("too fast: wait {retry_ms} ms")]
    TooFast {
        /// How long to wait.
        retry_ms: u64,
    },
    /// The same line again.
    #[error("you said that already: wait {retry_ms} ms")]
    Repeated {
        /// How long to wait before writing it again.
        retry_ms: u64,
    },
    /// No player of that name is here, or more than one.
    #[error("there is no player of that name")]
    NoSuchPlayer,
    /// The speaker has no team.
    #[error("you are in no team")]
    NotInTeam,
    /// An admin has muted the speaker.
    #[error("you are muted for {left_ms} ms")]
    Muted {
        /// For how much longer.
        left_ms: u64,
    },
    /// The connection has no seat.
    #[error("you are in no room")]
    NotHere,
}

impl SayError {
    /// The label in `/metrics`.
    #[must_use]
    pub(crate) fn label(&self) -> &'static str {
        match self {
            Self::Text(TextError::Empty) => "empty",
            Self::Text(TextError::TooLong) => "too_long",
            Self::TooFast { .. } => "too_fast",
            Self::Repeated { .. } => "repeated",
            Self::NoSuchPlayer => "no_such_player",
            Self::NotInTeam => "not_in_team",
            Self::Muted { .. } => "muted",
            Self::NotHere => "not_here",
        }
    }
}

/// The chat of the whole server.
#[derive(Debug)]
pub(crate) struct Chat {
    rules: ChatRules,
    people: People,
    history: History,
    /// The pace of each room's channels; everyone's is under the empty name.
    channels: HashMap<Arc<str>, Fair>,
}

impl Chat {
    /// A chat without visitors.
    #[must_use]
    pub(crate) fn new(rules: ChatRules) -> Self {
        Self { rules, people: People::default(), history: History::default(), channels: HashMap::new() }
    }

    /// The visitors.
    #[must_use]
    pub(crate) fn people(&self) -> &People {
        &self.people
    }

    /// Restores a public line after a restart; lines of a channel must be in order.
    pub(crate) fn restore(&mut self, line: Line) {
        self.history.restore(line);
    }

    /// Adds a visitor.
    pub(crate) fn enter(&mut self, arriving: Arriving, now: Moment) {
        let new = SpeakerState::new(Bucket::new(self.pace(), FIRST_LINES, now.mono_ms));
        self.people.enter(arriving, new);
    }

    /// Removes a visitor, and returns it if it was here.
    pub(crate) fn leave(&mut self, connection: ConnectionId, now: Moment) -> Option<Arriving> {
        let left = self.people.leave(connection, now.mono_ms)?;
        if self.people.in_room(&left.room).next().is_none() {
            self.channels.remove(&left.room);
        }
        Some(left)
    }

    /// Sets a visitor's team.
    pub(crate) fn set_team(&mut self, connection: ConnectionId, team: Option<u8>) {
        if let Some(visitor) = self.people.get_mut(connection) {
            visitor.known.team = team;
        }
    }

    /// Sets whether a visitor receives the chat.
    pub(crate) fn set_hears(&mut self, connection: ConnectionId, hears: bool) {
        if let Some(visitor) = self.people.get_mut(connection) {
            visitor.known.hears = hears;
        }
    }

    /// Removes a closed room.
    pub(crate) fn forget_room(&mut self, room: &str) {
        self.history.forget_room(room);
        self.channels.remove(room);
    }

    /// `connection` writes `raw`. `recipients` is overwritten with the connections that receive the line, the speaker's
    /// first.
    ///
    /// # Errors
    /// [`SayError`]; then no connection receives anything.
    pub(crate) fn say(
        &mut self,
        connection: ConnectionId,
        requested: &Channel,
        raw: &str,
        now: Moment,
        recipients: &mut Vec<ConnectionId>,
    ) -> Result<Line, SayError> {
        recipients.clear();
        let muted_ms = self.people.muted_ms(connection, now.mono_ms);
        if muted_ms > 0 {
            return Err(SayError::Muted { left_ms: muted_ms });
        }
        self.check_pace(connection, now)?;
        let text = clean_line(raw)?;
        self.check_repeats(connection, &text, now)?;
        let (channel, to) = self.find_channel(connection, requested, recipients)?;
        self.check_channel(connection, &channel, now)?;
        self.pay(connection, &channel, &text, now);
        let speaker = self.people.get(connection).ok_or(SayError::NotHere)?;
        self.find_recipients(&channel, connection, speaker, recipients);
        let from = speaker.known.name.clone();
        Ok(self.history.push(Line { number: 0, channel, from, to, text, at_ms: now.unix_ms }))
    }

    /// The server itself writes a line; `recipients` is overwritten. `None` if `raw` is not a valid line, which only a
    /// bug in the caller can cause.
    pub(crate) fn announce(
        &mut self,
        channel: ChannelKey,
        raw: &str,
        now: Moment,
        recipients: &mut Vec<ConnectionId>,
    ) -> Option<Line> {
        recipients.clear();
        let text = clean_line(raw).ok()?;
        let (from, to) = (String::new(), String::new());
        let is_recipient = |(connection, visitor): (ConnectionId, &Visitor)| {
            (visitor.known.hears && is_in(&channel, visitor)).then_some(connection)
        };
        recipients.extend(self.people.all().filter_map(is_recipient));
        Some(self.history.push(Line { number: 0, channel, from, to, text, at_ms: now.unix_ms }))
    }

    /// The history that a new visitor may read: everyone's channel, their room's, their team's, and their own private
    /// lines, without those of people whom they block.
    pub(crate) fn lines_for(&self, connection: ConnectionId) -> impl Iterator<Item = &Line> {
        let visitor = self.people.get(connection);
        visitor.into_iter().flat_map(|visitor| {
            let Arriving { room, team, person, .. } = &visitor.known;
            let team = team.map(|team| ChannelKey::Team(Arc::clone(room), team));
            let channels = [Some(ChannelKey::Everyone), Some(ChannelKey::Room(Arc::clone(room))), team];
            let public = channels.into_iter().flatten();
            let public = public.flat_map(|channel| self.history.lines(&channel).collect::<Vec<_>>());
            let all = public.chain(self.newest_private(*person));
            all.filter(|line| !visitor.has_blocks() || !visitor.blocks(&fold_name(&line.from), None))
        })
    }

    /// The newest private lines of a person, oldest first, as many as a channel keeps.
    fn newest_private(&self, person: PersonId) -> impl Iterator<Item = &Line> {
        let mut lines: Vec<&Line> = self.history.private_lines(person).collect();
        lines.sort_by_key(|line| line.at_ms);
        lines.into_iter().rev().take(MAX_LINES_PER_CHANNEL).rev()
    }

    /// Blocks or unblocks the player with that name. Returns the affected people and names, for the archive; `None` if
    /// too many are blocked already.
    pub(crate) fn block(&mut self, connection: ConnectionId, name: &str, blocked: bool) -> Option<Vec<Whom>> {
        self.people.block(connection, name, blocked)
    }

    /// Adds a new visitor's stored blocks.
    pub(crate) fn restore_blocks(&mut self, connection: ConnectionId, blocked: Vec<(PersonId, String)>) {
        self.people.restore_blocks(connection, blocked.into_iter());
    }

    /// Mutes a name for a while. Returns how many players of that name are here, and the mute to be stored.
    pub(crate) fn mute(&mut self, name: &str, for_ms: u64, now: Moment) -> (usize, NameMute) {
        self.people.mute(name, now.mono_ms.saturating_add(for_ms))
    }

    /// Restores a mute after a restart; it holds for `left_ms` from now.
    pub(crate) fn restore_mute(&mut self, mute: NameMute, left_ms: u64, now: Moment) {
        if left_ms > 0 {
            self.people.restore_mute(mute, now.mono_ms.saturating_add(left_ms));
        }
    }

    /// Lifts a mute. Returns false if the name was not muted.
    pub(crate) fn unmute(&mut self, name: &str) -> bool {
        self.people.unmute(name)
    }

    fn pace(&self) -> Pace {
        Pace { burst: self.rules.burst, interval_ms: self.rules.interval_ms }
    }

    fn check_pace(&mut self, connection: ConnectionId, now: Moment) -> Result<(), SayError> {
        let pace = self.pace();
        let speaker = self.people.get_mut(connection).ok_or(SayError::NotHere)?;
        match speaker.speaking.bucket.wait_ms(pace, now.mono_ms) {
            0 => Ok(()),
            retry_ms => Err(SayError::TooFast { retry_ms }),
        }
    }

    fn check_repeats(&mut self, connection: ConnectionId, text: &str, now: Moment) -> Result<(), SayError> {
        let (repeats, window_ms) = (self.rules.repeats, u64::from(self.rules.repeat_window_ms));
        let speaker = self.people.get(connection).ok_or(SayError::NotHere)?;
        match speaker.speaking.last_said.wait_ms(hash_of(text), repeats, window_ms, now.mono_ms) {
            0 => Ok(()),
            retry_ms => Err(SayError::Repeated { retry_ms }),
        }
    }

    fn check_channel(
        &mut self,
        connection: ConnectionId,
        channel: &ChannelKey,
        now: Moment,
    ) -> Result<(), SayError> {
        let speaker = self.people.get(connection).ok_or(SayError::NotHere)?;
        let (person, origin) = (speaker.known.person, speaker.known.origin);
        let Some(fair) = self.fair_of(channel, now) else { return Ok(()) };
        match fair.wait_ms(person, origin, now.mono_ms) {
            0 => Ok(()),
            retry_ms => Err(SayError::TooFast { retry_ms }),
        }
    }

    /// The shared pace of a channel. Private lines go to two people and have none.
    fn fair_of(&mut self, channel: &ChannelKey, now: Moment) -> Option<&mut Fair> {
        let place = match channel {
            ChannelKey::Everyone => Arc::from(""),
            ChannelKey::Room(room) | ChannelKey::Team(room, _) => Arc::clone(room),
            ChannelKey::Private(..) => return None,
        };
        Some(self.channels.entry(place).or_insert_with(|| Fair::new(CHANNEL_PACE, now.mono_ms)))
    }

    fn pay(&mut self, connection: ConnectionId, channel: &ChannelKey, text: &str, now: Moment) {
        let (pace, window_ms) = (self.pace(), u64::from(self.rules.repeat_window_ms));
        let Some(speaker) = self.people.get_mut(connection) else { return };
        speaker.speaking.bucket.pay(pace);
        speaker.speaking.last_said.note(hash_of(text), window_ms, now.mono_ms);
        let person = speaker.known.person;
        if let Some(fair) = self.fair_of(channel, now) {
            fair.pay(person);
        }
    }

    /// The requested channel, and for a private one the addressee's name; their connections are added to `recipients`.
    fn find_channel(
        &self,
        connection: ConnectionId,
        requested: &Channel,
        recipients: &mut Vec<ConnectionId>,
    ) -> Result<(ChannelKey, String), SayError> {
        let speaker = &self.people.get(connection).ok_or(SayError::NotHere)?.known;
        let room = Arc::clone(&speaker.room);
        match requested {
            Channel::Everyone => Ok((ChannelKey::Everyone, String::new())),
            Channel::Room => Ok((ChannelKey::Room(room), String::new())),
            Channel::Team => {
                let team = speaker.team.ok_or(SayError::NotInTeam)?;
                Ok((ChannelKey::Team(room, team), String::new()))
            }
            Channel::Private(name) => {
                let (person, name) = self.find_person(speaker, name, recipients)?;
                Ok((ChannelKey::between(speaker.person, person), name))
            }
        }
    }

    /// The addressee of a name: an exact spelling is preferred to others, then a player in the same room to others. A
    /// name that fits two people is refused.
    fn find_person(
        &self,
        speaker: &Arriving,
        name: &str,
        recipients: &mut Vec<ConnectionId>,
    ) -> Result<(PersonId, String), SayError> {
        let rank = |known: &Arriving| (known.name != name, known.room != speaker.room);
        let can_hear = |visitor: &Visitor| visitor.known.hears && visitor.known.person != speaker.person;
        let found: Vec<_> = self.people.named(name).filter(|(_, visitor)| can_hear(visitor)).collect();
        let best =
            found.iter().map(|(_, visitor)| rank(&visitor.known)).min().ok_or(SayError::NoSuchPlayer)?;
        let mut meant = found.iter().filter(|(_, visitor)| rank(&visitor.known) == best);
        let (_, first) = meant.next().ok_or(SayError::NoSuchPlayer)?;
        let person = first.known.person;
        if meant.any(|(_, visitor)| visitor.known.person != person) {
            return Err(SayError::NoSuchPlayer);
        }
        let theirs = self.people.all().filter(|(_, visitor)| visitor.known.person == person);
        recipients.extend(theirs.map(|(connection, _)| connection));
        Ok((person, first.known.name.clone()))
    }

    /// Adds the recipients of a public channel, removes those who block the speaker, and puts the speaker first.
    fn find_recipients(
        &self,
        channel: &ChannelKey,
        connection: ConnectionId,
        speaker: &Visitor,
        recipients: &mut Vec<ConnectionId>,
    ) {
        let wants = |visitor: &Visitor| {
            visitor.known.hears && !visitor.blocks(speaker.folded(), Some(speaker.known.person))
        };
        match channel {
            ChannelKey::Everyone => recipients.extend(self.people.all().map(|(other, _)| other)),
            ChannelKey::Room(room) | ChannelKey::Team(room, _) => {
                let members = self.people.in_room(room).filter(|(_, visitor)| is_in(channel, visitor));
                recipients.extend(members.map(|(other, _)| other));
            }
            ChannelKey::Private(..) => {}
        }
        recipients.retain(|&other| other != connection && self.people.get(other).is_some_and(wants));
        recipients.insert(0, connection);
    }
}

/// Whether a visitor is in a public channel.
fn is_in(channel: &ChannelKey, visitor: &Visitor) -> bool {
    match channel {
        ChannelKey::Everyone => true,
        ChannelKey::Room(room) => *room == visitor.known.room,
        ChannelKey::Team(room, team) => *room == visitor.known.room && Some(*team) == visitor.known.team,
        ChannelKey::Private(..) => false,
    }
}

/// Lines that differ only in letter case count as the same.
fn hash_of(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    fold(text).hash(&mut hasher);
    hasher.finish()
}
