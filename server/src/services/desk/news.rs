//! What rooms tell: how everybody stands becomes deeds for the boards, what happened becomes headlines for all.

use super::Desk;
use super::archive::{Archive, Deeds, MarketBooks};
use super::shelf::PriceBook;
use super::ticker::Ticker;
use crate::room::{ConnectionId, RoomHandle, RoomNews};
use crate::services::candles::Candles;
use crate::services::chat::Moment;
use crate::services::chat::history::ChannelKey;
use crate::services::feed::message::Topic;
use crate::services::leaderboard::Feat;
use perigee_shared::ids::PlayerId;
use perigee_shared::netcode::{Headline, RoundResult, RoundView, Simulation, Standing};
use serde::Serialize;
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

/// A headline as the feed tells it.
#[derive(Debug, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum PublicHeadline<'a> {
    Kill {
        room: &'a str,
        victim: String,
        by: String,
        with: &'static str,
    },
    Capture {
        room: &'a str,
        team: u8,
        by: String,
    },
    RoundOver {
        room: &'a str,
        /// `nobody`, `draw`, `team` or `player`.
        result: &'static str,
        team: Option<u8>,
        winner: Option<String>,
        best: Option<String>,
    },
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
            for (player, standing) in &news.standings {
                if let Some(connection) = self.members.at(&name, *player) {
                    self.judge(connection, *standing, now);
                }
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

    /// What somebody did since they were last looked at.
    fn judge(&mut self, connection: ConnectionId, standing: Standing, now: Moment) {
        let Some(member) = self.members.get_mut(connection) else { return };
        if member.late.is_some() || now.mono_ms < member.settled_ms || member.stood == Some(standing) {
            return;
        }
        // Who has just come begins with what they brought.
        let before = member.stood.replace(standing).unwrap_or(standing);
        let team = (standing.team > 0).then_some(standing.team);
        if member.team != team {
            member.team = team;
            self.chat.set_team(connection, team);
        }
        if !member.bot || self.rank_bots {
            let (person, name, room) = (member.person, Arc::clone(&member.name), Arc::clone(&member.room));
            let deeds = Deeds {
                person,
                kills: gained(before.kills, standing.kills),
                deaths: gained(before.deaths, standing.deaths),
                captures: gained(before.captures, standing.captures),
                wealth: standing.wealth,
            };
            let has_traded = before.wealth != standing.wealth;
            if self.is_public(&room) {
                self.rank(&name, deeds, has_traded, now);
            } else if person.is_lasting() && has_traded {
                // Friends among themselves could let each other win: of what they do only their money is theirs to keep.
                self.archive.record(Deeds { kills: 0, deaths: 0, captures: 0, ..deeds });
            }
        }
    }

    fn rank(&mut self, name: &Arc<str>, deeds: Deeds, has_traded: bool, now: Moment) {
        let person = deeds.person;
        for feat in [Feat::Kills(deeds.kills), Feat::Captures(deeds.captures), Feat::Wealth(deeds.wealth)] {
            self.boards.tell(person, name, feat, now.unix_ms);
        }
        let did_something = deeds.kills + deeds.deaths + deeds.captures > 0;
        if person.is_lasting() && (did_something || has_traded) {
            self.archive.record(deeds);
        }
    }

    fn tell_headline(&mut self, room: &Arc<str>, headline: &Headline, now: Moment) {
        let name = |player: PlayerId| self.name_of(room, player);
        let (public, line) = match *headline {
            Headline::Kill { victim, by, with } => {
                (PublicHeadline::Kill { room, victim: name(victim), by: name(by), with }, None)
            }
            Headline::Capture { team, by } => {
                let line = format!("{} takes the zone for team {}", name(by), letter(team));
                (PublicHeadline::Capture { room, team, by: name(by) }, Some(line))
            }
            Headline::RoundOver { result, best } => {
                let (winner, best) = (result.player().map(name), best.map(name));
                let line = round_over(result, winner.as_deref(), best.as_deref());
                let (team, result) = (result.team(), result.kind());
                (PublicHeadline::RoundOver { room, result, team, winner, best }, Some(line))
            }
        };
        if self.is_public(room) {
            self.feed.publish(Topic::Kills, now.unix_ms, &public);
        }
        if let Some(line) = line {
            self.announce(ChannelKey::Room(Arc::clone(room)), &line, now);
        }
    }

    /// The name of whoever has a seat, or of whom the game brought.
    fn name_of(&self, room: &str, player: PlayerId) -> String {
        let member = self.members.at(room, player).and_then(|connection| self.members.get(connection));
        if let Some(member) = member {
            return member.name.to_string();
        }
        if let Some(name) = crate::Game::npc_name(player) {
            return name.to_owned();
        }
        // Programs of the room's own, and those whose connection is broken.
        let report = self.rooms.get(room).map(|room| room.handle.report());
        let found = report.and_then(|report| report.name_of(player).map(str::to_owned));
        found.unwrap_or_else(|| format!("Pilot {}", player.0))
    }
}

/// How a round ended, and who did best where that is not the same.
fn round_over(result: RoundResult, winner: Option<&str>, best: Option<&str>) -> String {
    let line = match result {
        RoundResult::Nobody => "Nobody wins the round".to_owned(),
        RoundResult::Draw => "The round ends in a draw".to_owned(),
        RoundResult::Team(team) => format!("Team {} wins the round", letter(team)),
        RoundResult::Player(_) | RoundResult::Departed => {
            format!("{} wins the round", winner.unwrap_or("Somebody who left"))
        }
    };
    match best.filter(|&best| winner != Some(best)) {
        Some(best) => format!("{line}; {best} did best"),
        None => line,
    }
}

/// What people call the team of that number: the first is A.
fn letter(team: u8) -> char {
    char::from(b'A' + team.saturating_sub(1) % 26)
}

/// How much a count grew. One that is lower than before began anew.
fn gained(before: u32, now: u32) -> u32 {
    if now >= before { now - before } else { now }
}
