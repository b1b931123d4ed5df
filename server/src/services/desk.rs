//! The desk: one task that owns chat, boards, prices and the feed, and tells everybody what is new of them.
//!
//! Connections put notes into a bounded queue, rooms write news on their boards; the desk comes by and reads both. It is
//! the only one that changes what the services know, so nothing of it is locked, and no tick and no socket waits for it.
//!
//! - `members`: who is connected, and which seat is whose
//! - `post`: one encoding for all who are to get it
//! - `talk`: chat and its refusals
//! - `late`: what a room says, for those who see it later
//! - `news`: what rooms tell: deeds for the boards, headlines for all; `story`: a headline in words
//! - `ticker`: prices, at most four times a second
//! - `leaders`: boards, at most four times a second
//! - `readers`: the feed's readers and the states of its topics
//! - `shelf`: what is laid out for anybody to read
//! - `archive`: what outlives the server; `market_archive`: its markets

pub(crate) mod archive;
mod late;
mod leaders;
pub(crate) mod market_archive;
mod members;
mod news;
mod post;
mod readers;
mod shelf;
mod story;
mod talk;
#[cfg(test)]
mod tests;
mod ticker;

use crate::game::Games;
use crate::lobby::Lobby;
use crate::metrics::Metrics;
use crate::person::PersonId;
use crate::room::{ConnectionId, Link, RoomHandle};
use crate::services::chat::fair::SpeakerOrigin;
use crate::services::chat::{Chat, ChatRules, Moment};
use crate::services::feed::queue::CloseReason;
use crate::services::feed::{Feed, FeedCounts, FeedNote, ReaderId};
use crate::services::leaderboard::Boards;
use crate::wall::Wall;
use archive::{Archive, Kept};
use leaders::LeaderState;
use members::Members;
use news::RoomState;
use perigee_shared::ids::PlayerId;
use perigee_shared::protocol::{Channel, Tuning};
use post::Post;
use readers::TopicStates;
use shelf::ShelfState;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, oneshot};
use tokio::time::MissedTickBehavior;

/// Notes that may wait. What players say finds it full then and is refused; who comes and goes waits.
const MAX_NOTES: usize = 4096;
/// How often the desk comes by the rooms. With the rooms' own tenth of a second and [`PUSH_MS`] it keeps a change within
/// half a second of every screen.
const BEAT: Duration = Duration::from_millis(50);
/// Least time between two messages of one kind to one player: four in a second.
const PUSH_MS: u64 = 250;

/// A player who has a seat.
#[derive(Clone, Debug)]
pub struct Joined {
    /// Their connection.
    pub connection: ConnectionId,
    /// The room.
    pub room: Arc<RoomHandle>,
    /// The seat.
    pub player: PlayerId,
    /// Which of all that were ever taken in the room.
    pub sitting: u32,
    /// The name as granted.
    pub name: String,
    /// Whether a program plays: it is told nothing until it tunes in, and is on no board unless the operator says so.
    pub bot: bool,
    /// Whether the seat was theirs before.
    pub resumed: bool,
    /// Who it is, if they are known for longer than a visit.
    pub person: Option<PersonId>,
    /// For one who looks on: how late they see the match, milliseconds.
    pub spectating_ms: Option<u32>,
    /// Whom they had blocked when they were last here.
    pub blocks: Vec<(PersonId, String)>,
    /// Where they come from.
    pub origin: SpeakerOrigin,
    /// Their lanes.
    pub link: Arc<Link>,
}

/// One thing that the desk is told.
#[derive(Debug)]
pub enum Note {
    /// Somebody has a seat.
    Joined(Box<Joined>),
    /// A connection ended.
    Left(ConnectionId),
    /// Somebody says something.
    Said(ConnectionId, Channel, String),
    /// Somebody wants to be told something.
    Tuned(ConnectionId, Tuning),
    /// Somebody does not want to hear a name, or does again.
    Blocked(ConnectionId, String, bool),
    /// A reader of the feed.
    Feed(ReaderId, FeedNote),
    /// An admin takes a name's voice away for so many milliseconds; the answer is how many of them are here.
    Mute(String, u64, oneshot::Sender<usize>),
    /// How many of that name, in any spelling, are here.
    Named(String, oneshot::Sender<usize>),
    /// An admin gives it back; the answer is whether it had been taken.
    Unmute(String, oneshot::Sender<bool>),
}

/// The way to the desk. When the last one is gone, the desk ends.
#[derive(Clone, Debug)]
pub struct DeskHandle {
    notes: mpsc::Sender<Note>,
    /// Readers', who may be many and ask for much: the others' do not wait behind them.
    of_readers: mpsc::Sender<Note>,
}

impl DeskHandle {
    /// A way that leads nowhere.
    #[cfg(test)]
    pub(crate) fn to_nobody() -> Self {
        Self { notes: mpsc::channel(1).0, of_readers: mpsc::channel(1).0 }
    }

    /// Leaves a note, and waits while there is no place for it. A desk that is gone needs no notes.
    pub async fn send(&self, note: Note) {
        let _ = self.queue_of(&note).send(note).await;
    }

    /// Leaves a note unless there is no place for it.
    #[must_use]
    pub fn try_send(&self, note: Note) -> bool {
        self.queue_of(&note).try_send(note).is_ok()
    }

    fn queue_of(&self, note: &Note) -> &mpsc::Sender<Note> {
        if matches!(note, Note::Feed(..)) { &self.of_readers } else { &self.notes }
    }
}

/// What the desk is to be like.
#[derive(Debug)]
pub struct DeskConfig {
    /// How often people may speak.
    pub chat: ChatRules,
    /// Whose boards there are.
    pub games: Games,
    /// Whether programs are on the boards.
    pub rank_bots: bool,
    /// What is told by the time of day.
    pub wall: Wall,
}

/// What the desk knows.
#[derive(Debug)]
pub struct Desk {
    lobby: Arc<Lobby>,
    metrics: Arc<Metrics>,
    rank_bots: bool,
    wall: Wall,
    chat: Chat,
    boards: Boards,
    feed: Feed,
    members: Members,
    rooms: BTreeMap<Arc<str>, RoomState>,
    leaders: LeaderState,
    states: TopicStates,
    shelf: ShelfState,
    archive: Box<dyn Archive>,
    post: Post,
    /// Memory for who is to get something.
    hearers: Vec<ConnectionId>,
    /// What the feed had done when its counters were last looked at.
    feed_counted: FeedCounts,
    started: Instant,
}

impl Desk {
    /// A desk on which nothing lies yet but what was `kept`.
    #[must_use]
    pub fn new(
        config: &DeskConfig,
        lobby: Arc<Lobby>,
        metrics: Arc<Metrics>,
        archive: Box<dyn Archive>,
        kept: Kept,
    ) -> Self {
        let unix_ms = config.wall.now_ms();
        let mut desk = Self {
            lobby,
            rank_bots: config.rank_bots,
            wall: config.wall,
            chat: Chat::new(config.chat),
            boards: Boards::new(config.games.iter().map(|game| game.about), unix_ms),
            feed: Feed::new(unix_ms),
            members: Members::default(),
            rooms: BTreeMap::new(),
            leaders: LeaderState::default(),
            states: TopicStates::default(),
            shelf: ShelfState::default(),
            archive,
            post: Post::new(Arc::clone(&metrics)),
            metrics,
            hearers: Vec::new(),
            feed_counted: FeedCounts::default(),
            started: Instant::now(),
        };
        kept.standings.into_iter().for_each(|(ladder, standing)| desk.boards.restore(ladder, standing));
        kept.lines.into_iter().for_each(|line| desk.chat.restore(line));
        let now = desk.now();
        kept.mutes.into_iter().for_each(|(mute, left_ms)| desk.chat.restore_mute(mute, left_ms, now));
        desk
    }

    /// Sets the desk to work, as a task.
    pub fn start(self) -> (DeskHandle, tokio::task::JoinHandle<()>) {
        let (notes, inbox) = mpsc::channel(MAX_NOTES);
        let (of_readers, readers) = mpsc::channel(MAX_NOTES);
        (DeskHandle { notes, of_readers }, tokio::spawn(self.run(inbox, readers)))
    }

    async fn run(mut self, mut inbox: mpsc::Receiver<Note>, mut readers: mpsc::Receiver<Note>) {
        let mut beats = tokio::time::interval(BEAT);
        beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                // Beats first: a flood of notes does not keep prices from those who do not chat.
                biased;
                _ = beats.tick() => self.beat(self.now()),
                note = inbox.recv() => match note {
                    Some(note) => self.take(note, self.now()),
                    None => break,
                },
                Some(note) = readers.recv() => self.take(note, self.now()),
            }
        }
        self.feed.close_all(CloseReason::Draining);
    }

    /// Does what a note says.
    pub fn take(&mut self, note: Note, now: Moment) {
        if let Note::Said(connection, ..) | Note::Tuned(connection, _) | Note::Blocked(connection, ..) = &note
            && let Some(member) = self.members.get(*connection)
        {
            member.link.note_was_read();
        }
        match note {
            Note::Joined(joined) => self.seat(*joined, now),
            Note::Left(connection) => self.unseat(connection, now),
            Note::Said(connection, channel, text) => self.say(connection, &channel, &text, now),
            Note::Tuned(connection, tuning) => self.tune(connection, tuning, now),
            Note::Blocked(connection, name, blocked) => self.block(connection, &name, blocked),
            Note::Feed(reader, note) => self.take_feed_note(reader, note, now),
            Note::Mute(name, for_ms, reply) => {
                // An admin who is gone needs no answer.
                let _ = reply.send(self.mute(&name, for_ms, now));
            }
            Note::Named(name, reply) => {
                let _ = reply.send(self.chat.people().named(&name).count());
            }
            Note::Unmute(name, reply) => {
                let _ = reply.send(self.unmute(&name));
            }
        }
    }

    /// Comes by the rooms, and tells what is new.
    pub fn beat(&mut self, now: Moment) {
        self.read_news(now);
        self.tell_late(now);
        self.push_prices(now);
        self.push_leaders(now);
        self.publish_rooms(now);
        self.lay_out(now);
        self.count_feed();
    }

    fn now(&self) -> Moment {
        Moment { mono_ms: self.started.elapsed().as_millis() as u64, unix_ms: self.wall.now_ms() }
    }
}
