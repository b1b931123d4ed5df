//! Chat: from a note to the lanes of all recipients, to the feed, and into the archive.
//!
//! The pure chat decides who receives what (`services::chat`). This file owns it, and executes its decisions.

use super::archive::Archive;
use super::audience::Audience;
use super::delayed_lines::DelayedLines;
use super::public_feed::PublicFeed;
use crate::metrics::ServiceKind;
use crate::person::fold_name;
use crate::room::{ConnectionId, Role, Session};
use crate::services::chat::fair::SpeakerOrigin;
use crate::services::chat::history::{ChannelKey, Line};
use crate::services::chat::people::{Arriving, NameMute};
use crate::services::chat::{Chat, ChatRules, SayError};
use crate::services::feed::message::Topic;
use crate::services::moment::Moment;
use crate::store::Account;
use crate::text::TextError;
use bytes::Bytes;
use perigee_shared::protocol::{Channel, ChatLine, ServiceMessage, ServiceRefusal};
use serde::Serialize;
use std::collections::HashMap;
use std::sync::Arc;

/// A line in the feed's format.
#[derive(Debug, Serialize)]
struct PublicLine<'a> {
    /// `null`: everyone's channel.
    room: Option<&'a str>,
    /// Empty: the server.
    from: &'a str,
    text: &'a str,
}

/// A line with its encoding, which is the same for every recipient.
#[derive(Debug)]
struct EncodedLine<'a> {
    kind: ServiceKind,
    line: &'a Line,
    bytes: Bytes,
}

/// Where a line may go.
#[derive(Debug)]
pub(super) struct Destinations<'a> {
    pub(super) audience: Audience<'a>,
    pub(super) feed: &'a mut PublicFeed,
    pub(super) archive: &'a mut dyn Archive,
    pub(super) now: Moment,
}

/// The chat with its delayed lines.
#[derive(Debug)]
pub(super) struct Talk {
    chat: Chat,
    /// Lines that spectators receive later.
    delayed: HashMap<ConnectionId, DelayedLines>,
    /// Buffer for the recipients of a line.
    recipients: Vec<ConnectionId>,
}

impl Talk {
    /// An empty chat.
    pub(super) fn new(rules: ChatRules) -> Self {
        Self { chat: Chat::new(rules), delayed: HashMap::new(), recipients: Vec::new() }
    }

    /// Restores a public line after a restart; lines of a channel must be in order.
    pub(super) fn restore(&mut self, line: Line) {
        self.chat.restore(line);
    }

    /// Restores a mute that still holds for `left_ms`.
    pub(super) fn restore_mute(&mut self, mute: NameMute, left_ms: u64, now: Moment) {
        self.chat.restore_mute(mute, left_ms, now);
    }

    /// A new member has a seat: they are sent the history.
    pub(super) fn enter(
        &mut self,
        session: &Session,
        account: Option<Box<Account>>,
        audience: Audience<'_>,
        now: Moment,
    ) {
        let connection = session.connection;
        let Some(member) = audience.members.get(connection) else { return };
        if let Role::Spectator { delay_ms } = session.role {
            self.delayed.insert(connection, DelayedLines::new(delay_ms));
        }
        let is_newcomer = account.as_ref().map_or(session.person.is_none(), |account| account.is_new);
        let arriving = Arriving {
            connection,
            person: member.person,
            room: Arc::clone(&member.room),
            name: session.name.clone(),
            team: None,
            hears: !session.is_program,
            origin: SpeakerOrigin { address: session.address, is_newcomer },
        };
        self.chat.enter(arriving, now);
        let blocks = account.map(|account| account.blocks).unwrap_or_default().into_iter();
        let blocks = blocks.map(|blocked| (blocked.player_id.into(), blocked.name)).collect();
        self.chat.restore_blocks(connection, blocks);
        self.send_history(connection, audience, now);
    }

    /// Removes a connection that ended.
    pub(super) fn leave(&mut self, connection: ConnectionId, now: Moment) {
        self.chat.leave(connection, now);
        self.delayed.remove(&connection);
    }

    /// A member who did not receive the chat so far does from now on.
    pub(super) fn listen(&mut self, connection: ConnectionId, audience: Audience<'_>, now: Moment) {
        let was_deaf = self.chat.people().get(connection).is_some_and(|visitor| !visitor.known.hears);
        if was_deaf {
            self.chat.set_hears(connection, true);
            self.send_history(connection, audience, now);
        }
    }

    /// Sets a member's team.
    pub(super) fn set_team(&mut self, connection: ConnectionId, team: Option<u8>) {
        self.chat.set_team(connection, team);
    }

    /// Removes a closed room.
    pub(super) fn forget_room(&mut self, room: &str) {
        self.chat.forget_room(room);
    }

    /// Handles a member's line.
    pub(super) fn say(
        &mut self,
        connection: ConnectionId,
        channel: &Channel,
        text: &str,
        to: &mut Destinations<'_>,
    ) {
        let mut recipients = std::mem::take(&mut self.recipients);
        match self.chat.say(connection, channel, text, to.now, &mut recipients) {
            Ok(line) => self.spread(&line, &recipients, to),
            Err(error) => refuse(connection, &error, channel, to.audience),
        }
        self.recipients = recipients;
    }

    /// Sends a line of the server itself.
    pub(super) fn announce(&mut self, channel: ChannelKey, text: &str, to: &mut Destinations<'_>) {
        let mut recipients = std::mem::take(&mut self.recipients);
        if let Some(line) = self.chat.announce(channel, text, to.now, &mut recipients) {
            self.spread(&line, &recipients, to);
        }
        self.recipients = recipients;
    }

    /// Encodes once, however many recipients there are.
    fn spread(&mut self, line: &Line, recipients: &[ConnectionId], to: &mut Destinations<'_>) {
        let bytes = to.audience.outbound.encode(ServiceKind::Chat, &to_message(line));
        let encoded = EncodedLine { kind: ServiceKind::Chat, line, bytes };
        for &recipient in recipients {
            self.send_or_delay(recipient, &encoded, to.audience, to.now);
        }
        if line.channel.is_public() {
            to.archive.append(line);
        }
        let room = match &line.channel {
            ChannelKey::Everyone => None,
            ChannelKey::Room(room) if to.audience.rooms.is_public(room) => Some(&**room),
            ChannelKey::Room(_) | ChannelKey::Team(..) | ChannelKey::Private(..) => return,
        };
        let public = PublicLine { room, from: &line.from, text: &line.text };
        to.feed.publish(Topic::Chat, line.at_ms, &public);
    }

    /// Sends a member the channels' history. They may have some of it already: lines are numbered.
    fn send_history(&mut self, connection: ConnectionId, audience: Audience<'_>, now: Moment) {
        let hears = self.chat.people().get(connection).is_some_and(|visitor| visitor.known.hears);
        let lines: Vec<Line> = self.chat.lines_for(connection).filter(|_| hears).cloned().collect();
        for line in &lines {
            let bytes = audience.outbound.encode(ServiceKind::History, &to_message(line));
            let encoded = EncodedLine { kind: ServiceKind::History, line, bytes };
            self.send_or_delay(connection, &encoded, audience, now);
        }
    }

    /// Sends a line now, or keeps it if the recipient is to receive it later.
    fn send_or_delay(
        &mut self,
        recipient: ConnectionId,
        encoded: &EncodedLine<'_>,
        audience: Audience<'_>,
        now: Moment,
    ) {
        let Some(member) = audience.members.get(recipient) else { return };
        let EncodedLine { kind, line, bytes } = encoded;
        if let Some(delayed) = self.delayed.get_mut(&recipient)
            && let wait_ms @ 1.. = delayed.wait_ms(line, now)
        {
            if !delayed.keep(now.mono_ms + wait_ms, *kind, bytes.clone()) {
                audience.outbound.count_dropped(*kind);
            }
            return;
        }
        audience.outbound.send(*kind, &member.session.link, bytes);
    }

    /// Sends spectators the lines whose moment they now see.
    pub(super) fn send_due(&mut self, audience: Audience<'_>, now: Moment) {
        for (&connection, delayed) in &mut self.delayed {
            let Some(member) = audience.members.get(connection) else { continue };
            while let Some((kind, bytes)) = delayed.take_due(now.mono_ms) {
                audience.outbound.send(kind, &member.session.link, &bytes);
            }
        }
    }

    /// Blocks or unblocks a name.
    pub(super) fn block(
        &mut self,
        connection: ConnectionId,
        name: &str,
        blocked: bool,
        audience: Audience<'_>,
        archive: &mut dyn Archive,
    ) {
        let member = audience.members.get(connection);
        let Some(meant) = self.chat.block(connection, name, blocked) else {
            let link = member.map(|member| &*member.session.link);
            audience.outbound.refuse(link, "too_many_blocked", ServiceRefusal::TooManyBlocked);
            return;
        };
        if let Some(person) = member.map(|member| member.person).filter(|person| person.is_lasting()) {
            meant.into_iter().for_each(|whom| archive.keep_block(person, whom, blocked));
        }
    }

    /// Mutes a name. Returns how many of that name are here.
    pub(super) fn mute(&mut self, name: &str, for_ms: u64, now: Moment, archive: &mut dyn Archive) -> usize {
        let (here, mute) = self.chat.mute(name, for_ms, now);
        archive.keep_mute(mute, for_ms);
        here
    }

    /// Unmutes a name. Returns whether it was muted.
    pub(super) fn unmute(&mut self, name: &str, archive: &mut dyn Archive) -> bool {
        archive.forget_mute(&fold_name(name));
        self.chat.unmute(name)
    }

    /// How many of that name, in any spelling, are here.
    pub(super) fn count_named(&self, name: &str) -> usize {
        self.chat.people().named(name).count()
    }
}

fn refuse(connection: ConnectionId, error: &SayError, channel: &Channel, audience: Audience<'_>) {
    let wait_ms = |ms: u64| u32::try_from(ms).unwrap_or(u32::MAX);
    let refusal = match *error {
        SayError::Text(TextError::Empty) => ServiceRefusal::Empty,
        SayError::Text(TextError::TooLong) => ServiceRefusal::TooLong,
        SayError::TooFast { retry_ms } | SayError::Repeated { retry_ms } => {
            ServiceRefusal::TooFast { wait_ms: wait_ms(retry_ms) }
        }
        SayError::NoSuchPlayer => ServiceRefusal::NoSuchPlayer(match channel {
            Channel::Private(name) => name.clone(),
            _ => String::new(),
        }),
        SayError::NotInTeam => ServiceRefusal::NoTeam,
        SayError::Muted { left_ms } => ServiceRefusal::Muted { left_ms: wait_ms(left_ms) },
        SayError::NotHere => ServiceRefusal::Busy,
    };
    let link = audience.members.get(connection).map(|member| &*member.session.link);
    audience.outbound.refuse(link, error.label(), refusal);
}

fn to_message(line: &Line) -> ServiceMessage {
    let channel = match &line.channel {
        ChannelKey::Everyone => Channel::Everyone,
        ChannelKey::Room(_) => Channel::Room,
        ChannelKey::Team(..) => Channel::Team,
        ChannelKey::Private(..) => Channel::Private(line.to.clone()),
    };
    let (from, text) = (line.from.clone(), line.text.clone());
    ServiceMessage::Chat(ChatLine { number: line.number, channel, from, text, at_ms: line.at_ms })
}
