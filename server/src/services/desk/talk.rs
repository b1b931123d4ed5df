//! Chat: from a note to the lanes of all who hear it, to the feed, and into the archive.

use super::Desk;
use crate::metrics::ServiceKind;
use crate::person::fold_name;
use crate::room::ConnectionId;
use crate::services::chat::history::{ChannelKey, Line};
use crate::services::chat::{Moment, SayError};
use crate::services::feed::message::Topic;
use crate::text::TextError;
use perigee_shared::protocol::{Channel, ChatLine, ServerMessage, ServiceRefusal};
use serde::Serialize;

/// A line as the feed tells it.
#[derive(Debug, Serialize)]
struct PublicLine<'a> {
    /// `null`: to everyone.
    room: Option<&'a str>,
    /// Empty: the server.
    from: &'a str,
    text: &'a str,
}

impl Desk {
    pub(super) fn say(&mut self, connection: ConnectionId, channel: &Channel, text: &str, now: Moment) {
        let mut hearers = std::mem::take(&mut self.hearers);
        match self.chat.say(connection, channel, text, now, &mut hearers) {
            Ok(line) => self.spread(&line, &hearers, now),
            Err(error) => self.refuse(connection, &error, channel),
        }
        self.hearers = hearers;
    }

    /// The server itself says something.
    pub(super) fn announce(&mut self, channel: ChannelKey, text: &str, now: Moment) {
        let mut hearers = std::mem::take(&mut self.hearers);
        if let Some(line) = self.chat.announce(channel, text, now, &mut hearers) {
            self.spread(&line, &hearers, now);
        }
        self.hearers = hearers;
    }

    /// One encoding, whoever hears it.
    fn spread(&mut self, line: &Line, hearers: &[ConnectionId], now: Moment) {
        let bytes = self.post.encode(ServiceKind::Chat, &to_message(line));
        for &hearer in hearers {
            self.hand_line(ServiceKind::Chat, hearer, (line, &bytes), now);
        }
        if line.channel.is_public() {
            self.archive.append(line);
        }
        let room = match &line.channel {
            ChannelKey::Everyone => None,
            ChannelKey::Room(room) if self.is_public(room) => Some(&**room),
            _ => return,
        };
        let public = PublicLine { room, from: &line.from, text: &line.text };
        self.feed.publish(Topic::Chat, line.at_ms, &public);
    }

    pub(super) fn block(&mut self, connection: ConnectionId, name: &str, blocked: bool) {
        let Some(meant) = self.chat.block(connection, name, blocked) else {
            self.tell_refusal(connection, "too_many_blocked", ServiceRefusal::TooManyBlocked);
            return;
        };
        let person = self.members.get(connection).map(|member| member.person);
        if let Some(person) = person.filter(|person| person.is_lasting()) {
            meant.into_iter().for_each(|whom| self.archive.keep_block(person, whom, blocked));
        }
    }

    /// Takes a name's voice away. Gives how many of that name are here.
    pub(super) fn mute(&mut self, name: &str, for_ms: u64, now: Moment) -> usize {
        let (here, mute) = self.chat.mute(name, for_ms, now);
        self.archive.keep_mute(mute, for_ms);
        here
    }

    /// Gives it back. Whether it had been taken.
    pub(super) fn unmute(&mut self, name: &str) -> bool {
        self.archive.forget_mute(&fold_name(name));
        self.chat.unmute(name)
    }

    /// Tells somebody what was said before they came. They may have heard some of it: lines have numbers.
    pub(super) fn tell_history(&mut self, connection: ConnectionId, now: Moment) {
        let hears = self.chat.people().get(connection).is_some_and(|visitor| visitor.known.hears);
        let lines: Vec<Line> = self.chat.lines_for(connection).filter(|_| hears).cloned().collect();
        for line in &lines {
            let bytes = self.post.encode(ServiceKind::History, &to_message(line));
            self.hand_line(ServiceKind::History, connection, (line, &bytes), now);
        }
    }

    fn refuse(&self, connection: ConnectionId, error: &SayError, channel: &Channel) {
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
        self.tell_refusal(connection, error.label(), refusal);
    }

    pub(super) fn tell_refusal(
        &self,
        connection: ConnectionId,
        label: &'static str,
        refusal: ServiceRefusal,
    ) {
        self.metrics.services.refused(label);
        if let Some(member) = self.members.get(connection) {
            self.post.tell(ServiceKind::Refusal, &member.link, &ServerMessage::ServiceRefused(refusal));
        }
    }
}

fn to_message(line: &Line) -> ServerMessage {
    let channel = match &line.channel {
        ChannelKey::Everyone => Channel::Everyone,
        ChannelKey::Room(_) => Channel::Room,
        ChannelKey::Team(..) => Channel::Team,
        ChannelKey::Private(..) => Channel::Private(line.to.clone()),
    };
    let (from, text) = (line.from.clone(), line.text.clone());
    ServerMessage::Chat(ChatLine { number: line.number, channel, from, text, at_ms: line.at_ms })
}
