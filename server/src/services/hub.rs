//! The services hub: one task that owns chat, boards, prices and the feed, and sends players what changed in them.
//!
//! Connections put notes into a bounded queue, rooms write their events to their boards; the hub reads both. Only the
//! hub changes the services' state, so none of it is locked, and no tick or socket waits for it. The hub itself only
//! routes: each service owns its state, and gets what it needs of the others as arguments. A file imports only from
//! those above it in this list.
//!
//! - `note`: messages to the hub, and its queue
//! - `outbound`: one encoding for all recipients
//! - `seat_stats`: the last known statistics of one sitting; `members`: who is connected, and whose each seat is
//! - `rooms`: which rooms there are, and what they last reported; `audience`: members, rooms and outbound together
//! - `public_feed`: the feed's readers, and the states of its topics
//! - `archive`: what outlives the server; `market_archive`: its markets
//! - `delayed_lines`: a room's chat, delayed for spectators; `talk`: chat and its refusals
//! - `ticker`, `price_book`: one room's prices; `price_feed`: those of all rooms, at most four times a second
//! - `board_feed`: boards, at most four times a second
//! - `stat_tracker`: what players did since their last report; `headline`: headlines in words
//! - `latest`: the published state of everything, for any reader

pub(crate) mod archive;
mod audience;
mod board_feed;
mod delayed_lines;
mod headline;
mod latest;
pub(crate) mod market_archive;
mod members;
mod note;
mod outbound;
mod price_book;
mod price_feed;
mod public_feed;
mod rooms;
mod seat_stats;
mod stat_tracker;
mod talk;
#[cfg(test)]
mod tests;
mod ticker;

pub(crate) use note::HubHandle;
pub use note::Note;

use crate::game::Games;
use crate::lobby::Lobby;
use crate::metrics::Metrics;
use crate::room::{ConnectionId, RoomEvents, Session};
use crate::services::chat::ChatRules;
use crate::services::chat::history::ChannelKey;
use crate::services::feed::message::Topic;
use crate::services::feed::queue::CloseReason;
use crate::services::feed::{FeedNote, ReaderId};
use crate::services::leaderboard::Record;
use crate::services::moment::Moment;
use crate::services::publication::Publication;
use crate::store::{Account, Ladder};
use crate::wall::Wall;
use archive::{Archive, Kept, StatDelta};
use audience::Audience;
use board_feed::BoardFeed;
use headline::HeadlineText;
use latest::LatestState;
use members::Members;
use note::Inbox;
use outbound::Outbound;
use perigee_shared::netcode::{About, Headline, Statistics};
use perigee_shared::protocol::{Channel, ServiceRefusal, Tuning};
use price_feed::PriceFeed;
use public_feed::PublicFeed;
use rooms::Rooms;
use stat_tracker::{SeatReport, StatTracker};
use std::sync::Arc;
use std::time::{Duration, Instant};
use talk::{Destinations, Talk};
use tokio::time::MissedTickBehavior;

/// How often the hub reads the rooms' events. With the rooms' own tenth of a second and the least time between two
/// messages of a kind ([`outbound::PUSH_MS`]), every screen shows a change within half a second.
const BEAT: Duration = Duration::from_millis(50);

/// The hub's configuration.
#[derive(Debug)]
pub struct HubConfig {
    /// Limits on chat.
    pub chat: ChatRules,
    /// The games with boards.
    pub games: Games,
    /// Whether programs are on the boards.
    pub rank_bots: bool,
    /// The time of day.
    pub wall: Wall,
}

/// All services, and the dispatch of notes to them.
#[derive(Debug)]
pub struct Hub {
    lobby: Arc<Lobby>,
    metrics: Arc<Metrics>,
    wall: Wall,
    started: Instant,
    outbound: Outbound,
    members: Members,
    rooms: Rooms,
    talk: Talk,
    prices: PriceFeed,
    boards: BoardFeed,
    stats: StatTracker,
    feed: PublicFeed,
    latest: LatestState,
    archive: Box<dyn Archive>,
}

impl Hub {
    /// A hub whose only state is what was `kept`.
    #[must_use]
    pub fn new(
        config: &HubConfig,
        lobby: Arc<Lobby>,
        metrics: Arc<Metrics>,
        archive: Box<dyn Archive>,
        kept: Kept,
    ) -> Self {
        let unix_ms = config.wall.now_ms();
        let mut hub = Self {
            lobby,
            wall: config.wall,
            started: Instant::now(),
            outbound: Outbound::new(Arc::clone(&metrics)),
            members: Members::default(),
            rooms: Rooms::default(),
            talk: Talk::new(config.chat),
            prices: PriceFeed::default(),
            boards: BoardFeed::new(config.games.iter().map(|game| game.about), unix_ms),
            stats: StatTracker::new(config.rank_bots),
            feed: PublicFeed::new(unix_ms),
            latest: LatestState::default(),
            archive,
            metrics,
        };
        let now = hub.now();
        kept.standings.into_iter().for_each(|(ladder, standing)| hub.boards.restore(ladder, standing));
        kept.lines.into_iter().for_each(|line| hub.talk.restore(line));
        kept.mutes.into_iter().for_each(|(mute, left_ms)| hub.talk.restore_mute(mute, left_ms, now));
        hub
    }

    /// Makes the hub publish its public state in `publication`.
    #[must_use]
    pub fn publishing(mut self, publication: Arc<Publication>) -> Self {
        self.latest.publish_in(publication);
        self
    }

    /// Starts the hub as a task.
    pub fn start(self) -> (HubHandle, tokio::task::JoinHandle<()>) {
        let (handle, inbox) = HubHandle::new();
        (handle, tokio::spawn(self.run(inbox)))
    }

    async fn run(mut self, mut inbox: Inbox) {
        let mut beats = tokio::time::interval(BEAT);
        beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                // The beat first: a flood of notes must not delay prices and boards.
                biased;
                _ = beats.tick() => self.beat(self.now()),
                note = inbox.notes.recv() => match note {
                    Some(note) => self.take(note, self.now()),
                    None => break,
                },
                Some(note) = inbox.of_readers.recv() => self.take(note, self.now()),
            }
        }
        self.feed.close_all(CloseReason::Draining);
    }

    /// Handles a note.
    pub fn take(&mut self, note: Note, now: Moment) {
        if let Some(member) = note.sender().and_then(|connection| self.members.get(connection)) {
            member.session.link.note_was_read();
        }
        match note {
            Note::Joined { session, account } => self.seat(&session, account, now),
            Note::Left(connection) => self.unseat(connection, now),
            Note::Said(connection, channel, text) => self.say(connection, &channel, &text, now),
            Note::Tuned(connection, tuning) => self.tune(connection, tuning, now),
            Note::Blocked(connection, name, blocked) => self.block(connection, &name, blocked),
            Note::Feed(reader, note) => self.take_feed_note(reader, note, now),
            Note::Mute(name, for_ms, reply) => {
                // It does not matter if the admin is gone.
                let _ = reply.send(self.talk.mute(&name, for_ms, now, &mut *self.archive));
            }
            Note::Named(name, reply) => {
                let _ = reply.send(self.talk.count_named(&name));
            }
            Note::Announced { room, text, reply } => {
                let _ = reply.send(self.say_as_server(&room, &text, now));
            }
            Note::Unmute(name, reply) => {
                let _ = reply.send(self.talk.unmute(&name, &mut *self.archive));
            }
        }
    }

    /// Reads the rooms' events, and sends what changed.
    pub fn beat(&mut self, now: Moment) {
        self.update_rooms();
        for name in self.rooms.names() {
            let Some(events) = self.rooms.take_events(&name) else { continue };
            self.take_events(&name, &events, now);
            self.rooms.give_back(&name, events);
        }
        self.boards.turn(now.unix_ms);
        if self.archive.is_clock_proven() {
            self.prices.leave_future(now.unix_ms);
        }
        let Self { members, rooms, outbound, feed, .. } = self;
        let audience = Audience { members, rooms, outbound };
        self.talk.send_due(audience, now);
        self.prices.push(audience, feed, now);
        self.boards.push(audience, feed, now);
        feed.publish_rooms(rooms, now);
        self.latest.publish(&mut self.prices, &self.boards, now);
        self.feed.count(&self.metrics);
    }

    /// Updates the list of rooms.
    fn update_rooms(&mut self) {
        let changes = self.rooms.update(&self.lobby.rooms(), |name| self.members.has_room(name));
        for room in changes.begun {
            self.prices.open_room(room.name(), &mut *self.archive);
        }
        for name in changes.gone {
            self.prices.close_room(&name);
            self.talk.forget_room(&name);
        }
    }

    /// Handles the events of a room.
    fn take_events(&mut self, name: &Arc<str>, events: &RoomEvents, now: Moment) {
        self.prices.take(name, &events.quotes);
        if let Some(room) = self.rooms.get(name) {
            self.prices.keep(&room.handle, &events.persisted, &mut *self.archive, now.unix_ms);
        }
        self.metrics.services.headlines_dropped.inc_by(events.headlines_dropped);
        let Some(about) = self.rooms.about(name) else { return };
        for headline in &events.headlines {
            self.announce(name, about, headline, now);
        }
        // Final reports come last: an earlier one of the same player must not follow.
        for seat in &events.standings {
            self.count(SeatReport { room: name, about, seat, is_last: false }, now);
        }
        for seat in &events.departed {
            self.count(SeatReport { room: name, about, seat, is_last: true }, now);
        }
    }

    /// Sends a headline to the feed, and its line to the room's chat.
    fn announce(&mut self, room: &Arc<str>, about: &About, headline: &Headline, now: Moment) {
        let name = |player| self.rooms.name_of(room, player, &self.members);
        let text = HeadlineText::of(headline, room, about, name);
        if self.rooms.is_public(room) {
            self.feed.publish(Topic::Headlines, now.unix_ms, &text.public);
        }
        if let Some(line) = text.line {
            let channel = ChannelKey::Room(Arc::clone(room));
            self.with_talk(now, |talk, to| talk.announce(channel, &line, to));
        }
    }

    /// Counts what a player did since their last report.
    fn count(&mut self, report: SeatReport<'_>, now: Moment) {
        let Some(gain) = self.stats.update(report, &mut self.members, &mut self.talk) else { return };
        // Deeds in private rooms do not count outside: friends could let each other win. Players who never act do not
        // count either: any number of them would each get and keep a place on the boards.
        if !self.rooms.is_public(report.room) || !report.seat.acted {
            return;
        }
        let about = report.about;
        let record = Record { person: gain.person, name: &gain.name, about, gained: &gain.gained };
        self.boards.record(&record, now.unix_ms);
        if gain.person.is_lasting() && gain.gained != Statistics::default() {
            self.archive.record(StatDelta { person: gain.person, about, told: gain.gained });
        }
    }

    fn seat(&mut self, session: &Arc<Session>, account: Option<Box<Account>>, now: Moment) {
        let person = self.members.enter(session, account.as_deref());
        if let Some(member) = self.members.get(session.connection) {
            self.boards.rename(person, &member.name);
        }
        let audience = Audience { members: &self.members, rooms: &self.rooms, outbound: &self.outbound };
        self.talk.enter(session, account, audience, now);
        self.metrics.services.members.set(self.members.len() as i64);
    }

    fn unseat(&mut self, connection: ConnectionId, now: Moment) {
        self.members.leave(connection, now);
        self.talk.leave(connection, now);
        self.prices.forget(connection);
        self.boards.forget(connection);
        self.metrics.services.members.set(self.members.len() as i64);
    }

    /// Changes a player's subscriptions. A client that subscribes to anything also gets the chat.
    fn tune(&mut self, connection: ConnectionId, mut tuning: Tuning, now: Moment) {
        let Some(member) = self.members.get(connection) else { return };
        if let (Some(about), Some(board)) = (self.rooms.about(&member.room), tuning.leaders)
            && Ladder::of(about, board).is_none()
        {
            self.outbound.refuse(Some(&member.session.link), "no_such_board", ServiceRefusal::NoSuchBoard);
            tuning.leaders = None;
        }
        self.boards.subscribe(connection, member.tuning.leaders != tuning.leaders);
        self.prices.subscribe(connection, tuning.prices);
        self.members.tune(connection, tuning);
        let audience = Audience { members: &self.members, rooms: &self.rooms, outbound: &self.outbound };
        self.talk.listen(connection, audience, now);
    }

    fn say(&mut self, connection: ConnectionId, channel: &Channel, text: &str, now: Moment) {
        self.with_talk(now, |talk, to| talk.say(connection, channel, text, to));
    }

    /// The server says a line in a room. False if there is no such room.
    fn say_as_server(&mut self, room: &str, text: &str, now: Moment) -> bool {
        let is_there = self.rooms.get(room).is_some();
        if is_there {
            self.with_talk(now, |talk, to| talk.announce(ChannelKey::Room(room.into()), text, to));
        }
        is_there
    }

    fn block(&mut self, connection: ConnectionId, name: &str, blocked: bool) {
        let Self { members, rooms, outbound, archive, .. } = self;
        let audience = Audience { members, rooms, outbound };
        self.talk.block(connection, name, blocked, audience, &mut **archive);
    }

    /// Calls `does` with the chat and all destinations of a line.
    fn with_talk(&mut self, now: Moment, does: impl FnOnce(&mut Talk, &mut Destinations<'_>)) {
        let Self { talk, members, rooms, outbound, feed, archive, .. } = self;
        let audience = Audience { members, rooms, outbound };
        does(talk, &mut Destinations { audience, feed, archive: &mut **archive, now });
    }

    fn take_feed_note(&mut self, reader: ReaderId, note: FeedNote, now: Moment) {
        if let FeedNote::Subscribe(topic, _) = note
            && self.feed.take_stale(topic)
        {
            self.make_state(topic, now.unix_ms);
        }
        self.feed.take(reader, note);
    }

    /// Renews the state of a topic of the feed.
    fn make_state(&mut self, topic: Topic, at_ms: u64) {
        match topic {
            Topic::Leaderboard => {
                let state = serde_json::json!({ "boards": self.boards.public_boards() });
                self.feed.set_state(topic, at_ms, &state);
            }
            Topic::Market => {
                let state = serde_json::json!({ "rooms": self.prices.public_markets(&self.rooms) });
                self.feed.set_state(topic, at_ms, &state);
            }
            Topic::Rooms => self.feed.set_rooms_state(at_ms),
            Topic::Headlines | Topic::Chat => {}
        }
    }

    fn now(&self) -> Moment {
        Moment { mono_ms: self.started.elapsed().as_millis() as u64, unix_ms: self.wall.now_ms() }
    }
}
