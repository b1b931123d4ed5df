//! What rooms tell: how everybody stands becomes deeds for the boards, what happened becomes headlines for all.

use super::Desk;
use super::archive::{Archive, Deeds, MarketBooks};
use super::shelf::PriceBook;
use super::story::Story;
use super::ticker::Ticker;
use crate::person::PersonId;
use crate::room::{ConnectionId, RoomHandle, RoomNews, SeatNews};
use crate::services::candles::Candles;
use crate::services::chat::Moment;
use crate::services::chat::history::ChannelKey;
use crate::services::feed::message::Topic;
use perigee_shared::ids::PlayerId;
use perigee_shared::netcode::{Headline, RoundView, Standing, Statistics};
use std::sync::Arc;

/// Least time between two copies of all of a room's candles, and of what changed of them since.
const KEEP_ALL_MS: u64 = 60_000;
const KEEP_NEW_MS: u64 = 400;

/// What the desk keeps of a room.
#[derive(Debug)]
pub(super) struct RoomState {
    pub(super) handle: Arc<RoomHandle>,
    /// Swapped with the room's own.
    news: RoomNews,
    pub(super) ticker: Ticker,
    pub(super) book: PriceBook,
    pub(super) round: RoundView,
    /// When candles were kept, all of them and what changed since; milliseconds since 1970.
    kept_ms: (u64, u64),
}

impl RoomState {
    fn new(handle: Arc<RoomHandle>, candles: Candles) -> Self {
        let news = RoomNews::with_room(handle.max_players());
        let (ticker, round) = (Ticker::default(), RoundView::default());
        Self { handle, news, ticker, book: PriceBook::new(candles), round, kept_ms: (0, 0) }
    }

    /// Hands what is to outlive the room to `archive`: what the game keeps as often as it is told, what changed of candles
    /// likewise, and all of them once a minute.
    fn keep(&mut self, lasting: &[u8], archive: &mut dyn Archive, unix_ms: u64) {
        if !self.handle.is_permanent() || lasting.is_empty() {
            return;
        }
        let (room, candles) = (self.handle.name(), self.book.candles());
        archive.keep_market(room, MarketBooks::Lasting(lasting));
        // However far a clock is set back, it is due.
        if unix_ms.abs_diff(self.kept_ms.0) >= KEEP_ALL_MS {
            archive.keep_market(room, MarketBooks::Candles(candles));
            self.kept_ms = (unix_ms, unix_ms);
        } else if unix_ms.abs_diff(self.kept_ms.1) >= KEEP_NEW_MS {
            archive.keep_market(room, MarketBooks::CandlesSince(candles, self.kept_ms.0));
            self.kept_ms.1 = unix_ms;
        }
    }
}

impl Desk {
    /// Takes the news of all rooms.
    pub(super) fn read_news(&mut self, now: Moment) {
        self.meet_rooms();
        let names: Vec<Arc<str>> = self.rooms.keys().cloned().collect();
        for name in names {
            let Some(room) = self.rooms.get_mut(&name) else { continue };
            let mut news = std::mem::take(&mut room.news);
            room.handle.take_news(&mut news);
            room.round = news.round;
            room.ticker.take(&news.quotes);
            room.keep(&news.lasting, &mut *self.archive, now.unix_ms);
            self.metrics.services.headlines_dropped.inc_by(news.headlines_dropped);
            for headline in &news.headlines {
                self.tell_headline(&name, headline, now);
            }
            // Whoever left before is told of once more by nobody: the last word may come after an older one.
            for told in &news.standings {
                self.judge(&name, told, false, now);
            }
            for told in &news.departed {
                self.judge(&name, told, true, now);
            }
            if let Some(room) = self.rooms.get_mut(&name) {
                room.news = news;
            }
        }
        self.boards.turn(now.unix_ms);
    }

    /// Rooms come and go.
    fn meet_rooms(&mut self) {
        let rooms = self.lobby.rooms();
        for handle in rooms.iter() {
            let known = self.rooms.get(handle.name());
            if known.is_none_or(|known| !Arc::ptr_eq(&known.handle, handle)) {
                let known = self.rooms.remove(handle.name());
                let candles = known
                    .map_or_else(|| self.archive.candles(handle.name()), |known| known.book.into_candles());
                self.rooms.insert(handle.name().into(), RoomState::new(Arc::clone(handle), candles));
            }
        }
        if self.rooms.len() > rooms.len() {
            let is_there = |name: &str| rooms.iter().any(|handle| handle.name() == name);
            let gone: Vec<Arc<str>> = self.rooms.keys().filter(|name| !is_there(name)).cloned().collect();
            for name in gone.iter().filter(|name| !self.members.has_room(name)) {
                self.rooms.remove(name);
                self.chat.forget_room(name);
            }
        }
    }

    /// Whether anybody may read what is said in a room.
    pub(super) fn is_public(&self, room: &str) -> bool {
        self.rooms.get(room).is_some_and(|room| room.handle.is_public())
    }

    /// What whoever has a seat did since they were last looked at, whether or not their connection stands just now. Nothing
    /// that is told of another sitting in the same seat is theirs.
    fn judge(&mut self, room: &Arc<str>, told: &SeatNews, is_last: bool, now: Moment) {
        let judged = match self.members.at(room, told.player) {
            Some(connection) => self.judge_member(connection, told, is_last),
            None => self.judge_away(room, told, is_last),
        };
        let Some((person, name, before)) = judged else { return };
        let Some(about) = self.rooms.get(room).map(|room| room.handle.game().about) else { return };
        let mut gained = Statistics::default();
        for (at, statistic) in about.statistics.iter().enumerate() {
            let (before, now) = (before.statistics.get(at), told.standing.statistics.get(at));
            gained.set(at, statistic.merge.told(before, now));
        }
        // Friends among themselves could let each other win: nothing that is done in a private room counts outside. And
        // strangers without end, who do nothing, would each have a place on the boards and keep it.
        if self.is_public(room) && told.acted {
            self.boards.tell((person, &name), about, &gained, now.unix_ms);
            if person.is_lasting() && gained != Statistics::default() {
                self.archive.record(Deeds { person, about, told: gained });
            }
        }
    }

    /// Who that is, and how they stood before; `None` if nothing of it counts.
    fn judge_member(
        &mut self,
        connection: ConnectionId,
        told: &SeatNews,
        is_last: bool,
    ) -> Option<(PersonId, Arc<str>, Standing)> {
        let member = self.members.get_mut(connection)?;
        if member.late.is_some() || member.departed || member.sitting != told.sitting {
            return None;
        }
        member.departed |= is_last;
        let (standing, team) = (told.standing, (told.standing.team > 0).then_some(told.standing.team));
        if member.stood == Some(standing) {
            return None;
        }
        // Of who has done nothing yet nothing counts: they are looked at again until they have.
        let before = if told.acted { member.stood.replace(standing).unwrap_or(standing) } else { standing };
        let found = (member.person, Arc::clone(&member.name), before);
        let counts = !member.bot || self.rank_bots;
        if member.team != team {
            member.team = team;
            self.chat.set_team(connection, team);
        }
        counts.then_some(found)
    }

    /// The same of one whose connection is broken.
    fn judge_away(
        &mut self,
        room: &Arc<str>,
        told: &SeatNews,
        is_last: bool,
    ) -> Option<(PersonId, Arc<str>, Standing)> {
        let away = self.members.away_mut(room, told.player).filter(|away| away.sitting == told.sitting)?;
        let before = away.stood.replace(told.standing).unwrap_or(told.standing);
        let found = (away.person, Arc::clone(&away.name), before);
        let counts = before != told.standing && (!away.bot || self.rank_bots);
        if is_last {
            self.members.forget_away(room, told.player);
        }
        counts.then_some(found)
    }

    fn tell_headline(&mut self, room: &Arc<str>, headline: &Headline, now: Moment) {
        let Some(about) = self.rooms.get(room).map(|room| room.handle.game().about) else { return };
        let name = |player: PlayerId| self.name_of(room, player);
        let story = match headline {
            Headline::Highlight(highlight) => Story::of_highlight(room, highlight, about, name),
            Headline::RoundOver { result, best } => Story::of_round(room, *result, *best, about, name),
        };
        if self.is_public(room) {
            self.feed.publish(Topic::Headlines, now.unix_ms, &story.public);
        }
        if let Some(line) = story.line {
            self.announce(ChannelKey::Room(Arc::clone(room)), &line, now);
        }
    }

    /// The name of whoever has a seat, or of whom the game brought.
    fn name_of(&self, room: &str, player: PlayerId) -> String {
        let member = self.members.at(room, player).and_then(|connection| self.members.get(connection));
        if let Some(member) = member {
            return member.name.to_string();
        }
        let state = self.rooms.get(room);
        if let Some(name) = state.and_then(|state| (state.handle.game().npc_name)(player)) {
            return name.to_owned();
        }
        // Programs of the room's own, and those whose connection is broken.
        let report = state.map(|state| state.handle.report());
        let found = report.and_then(|report| report.name_of(player).map(str::to_owned));
        found.unwrap_or_else(|| format!("Player {}", player.0))
    }
}
