//! Who is connected, and which seat is whose.

use super::late::Late;
use super::{Desk, Joined};
use crate::person::PersonId;
use crate::room::{ConnectionId, Link, RoomHandle};
use crate::services::chat::Moment;
use crate::services::chat::people::Arriving;
use crate::store::Ladder;
use perigee_shared::ids::PlayerId;
use perigee_shared::netcode::Standing;
use perigee_shared::protocol::{ServiceRefusal, Tuning};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// Seats whose players are away and may come back; of more, the one who left first is forgotten.
const MAX_AWAY: usize = 4096;

/// A connected player.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) room: Arc<str>,
    pub(super) player: PlayerId,
    pub(super) person: PersonId,
    pub(super) name: Arc<str>,
    pub(super) bot: bool,
    pub(super) link: Arc<Link>,
    pub(super) tuning: Tuning,
    /// Whether they need all prices, and not only those that changed.
    pub(super) wants_all_prices: bool,
    /// What of a board they were shown last; `None` if nothing.
    pub(super) shown: Option<u64>,
    /// How they stood when last looked at.
    pub(super) stood: Option<Standing>,
    /// For one who looks on: what they are to hear later. They are in no team and on no board.
    pub(super) late: Option<Late>,
    /// Their team, as the chat knows it.
    pub(super) team: Option<u8>,
    /// Which of all that were ever taken in the room: what is told of another is not of them.
    pub(super) sitting: u32,
    /// Whether the room has told its last of them.
    pub(super) departed: bool,
}

/// Who has a seat without a connection: it is kept for them, and what they did there still counts.
#[derive(Clone, Debug)]
pub(super) struct Away {
    pub(super) person: PersonId,
    pub(super) name: Arc<str>,
    pub(super) bot: bool,
    pub(super) sitting: u32,
    pub(super) stood: Option<Standing>,
    left_ms: u64,
}

/// All connected players.
#[derive(Debug, Default)]
pub(super) struct Members {
    by_connection: HashMap<ConnectionId, Member>,
    /// By room, the connections of its seats.
    seats: HashMap<Arc<str>, Vec<Option<ConnectionId>>>,
    away: BTreeMap<(Arc<str>, PlayerId), Away>,
    passing: u64,
}

impl Members {
    /// Adds a player, and gives who they are.
    fn enter(&mut self, joined: Joined) -> PersonId {
        let Joined { connection, room, player, sitting, name, bot, resumed, person, .. } = joined;
        let room: Arc<str> = self.room_name(&room);
        let away = self.away.remove(&(Arc::clone(&room), player)).filter(|away| away.sitting == sitting);
        // They came back on another connection before this one was known to have ended.
        let before = self.at(&room, player).and_then(|connection| self.get(connection));
        let before = before.filter(|before| before.sitting == sitting);
        let stood = away.as_ref().map_or(before.and_then(|before| before.stood), |away| away.stood);
        let earlier = away.as_ref().map(|away| away.person).or(before.map(|before| before.person));
        let person = person.or(earlier).unwrap_or_else(|| {
            self.passing += 1;
            PersonId::passing(self.passing)
        });
        let seats = self.seats.entry(Arc::clone(&room)).or_default();
        if seats.len() <= player.index() {
            seats.resize(player.index() + 1, None);
        }
        seats[player.index()] = Some(connection);
        let member = Member {
            room,
            player,
            person,
            name: name.into(),
            bot,
            link: joined.link,
            tuning: Tuning::default(),
            wants_all_prices: false,
            shown: None,
            // Whoever has just sat down has done nothing there yet.
            stood: stood.or((!resumed).then(Standing::default)),
            late: joined.spectating_ms.map(Late::new),
            team: None,
            sitting,
            departed: false,
        };
        self.by_connection.insert(connection, member);
        person
    }

    fn leave(&mut self, connection: ConnectionId, now: Moment) {
        let Some(member) = self.by_connection.remove(&connection) else { return };
        let Member { room, player, person, name, bot, sitting, stood, departed, .. } = member;
        let Some(seats) = self.seats.get_mut(&room) else { return };
        let seat = seats.get_mut(player.index()).filter(|seat| **seat == Some(connection));
        // Somebody else's by now: they came back on another connection before this one had ended.
        let Some(seat) = seat else { return };
        *seat = None;
        if seats.iter().all(Option::is_none) {
            self.seats.remove(&room);
        }
        if departed {
            return;
        }
        if self.away.len() >= MAX_AWAY {
            let first = self.away.iter().min_by_key(|(_, away)| away.left_ms).map(|(key, _)| key.clone());
            first.and_then(|key| self.away.remove(&key));
        }
        let away = Away { person, name, bot, sitting, stood, left_ms: now.mono_ms };
        self.away.insert((room, player), away);
    }

    /// One name in memory for all in a room.
    fn room_name(&self, room: &RoomHandle) -> Arc<str> {
        self.seats.get_key_value(room.name()).map_or_else(|| room.name().into(), |(name, _)| Arc::clone(name))
    }

    pub(super) fn get(&self, connection: ConnectionId) -> Option<&Member> {
        self.by_connection.get(&connection)
    }

    pub(super) fn get_mut(&mut self, connection: ConnectionId) -> Option<&mut Member> {
        self.by_connection.get_mut(&connection)
    }

    /// Who has a seat.
    pub(super) fn at(&self, room: &str, player: PlayerId) -> Option<ConnectionId> {
        self.seats.get(room)?.get(player.index()).copied().flatten()
    }

    /// Whose seat that is while they have no connection.
    pub(super) fn away_mut(&mut self, room: &Arc<str>, player: PlayerId) -> Option<&mut Away> {
        self.away.get_mut(&(Arc::clone(room), player))
    }

    /// The seat is not kept any more.
    pub(super) fn forget_away(&mut self, room: &Arc<str>, player: PlayerId) {
        self.away.remove(&(Arc::clone(room), player));
    }

    /// The connections in a room, by seat.
    pub(super) fn in_room(&self, room: &str) -> impl Iterator<Item = ConnectionId> {
        self.seats.get(room).into_iter().flatten().filter_map(|seat| *seat)
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Member> {
        self.by_connection.values_mut()
    }

    pub(super) fn len(&self) -> usize {
        self.by_connection.len()
    }

    pub(super) fn has_room(&self, room: &str) -> bool {
        self.seats.contains_key(room)
    }
}

impl Desk {
    /// Somebody has a seat: they are told what was said before.
    pub(super) fn seat(&mut self, mut joined: Joined, now: Moment) {
        let blocks = std::mem::take(&mut joined.blocks);
        let (connection, bot, name, origin) =
            (joined.connection, joined.bot, joined.name.clone(), joined.origin);
        let person = self.members.enter(joined);
        let Some(member) = self.members.get(connection) else { return };
        let room = Arc::clone(&member.room);
        self.boards.rename(person, &member.name);
        self.chat.enter(Arriving { connection, person, room, name, team: None, hears: !bot, origin }, now);
        self.chat.restore_blocks(connection, blocks);
        self.tell_history(connection, now);
        self.metrics.services.members.set(self.members.len() as i64);
    }

    pub(super) fn unseat(&mut self, connection: ConnectionId, now: Moment) {
        self.members.leave(connection, now);
        self.chat.leave(connection, now);
        self.metrics.services.members.set(self.members.len() as i64);
    }

    /// Somebody wants to be told something. Whoever asks for anything also hears the chat.
    pub(super) fn tune(&mut self, connection: ConnectionId, mut tuning: Tuning, now: Moment) {
        let Some(member) = self.members.get(connection) else { return };
        let about = self.rooms.get(&member.room).map(|room| room.handle.game().about);
        if let (Some(about), Some(board)) = (about, tuning.leaders)
            && Ladder::of(about, board).is_none()
        {
            self.tell_refusal(connection, "no_such_board", ServiceRefusal::NoSuchBoard);
            tuning.leaders = None;
        }
        let Some(member) = self.members.get_mut(connection) else { return };
        if member.tuning.leaders != tuning.leaders {
            member.shown = None;
        }
        member.wants_all_prices = tuning.prices;
        member.tuning = tuning;
        self.leaders.someone_waits();
        let was_deaf = self.chat.people().get(connection).is_some_and(|visitor| !visitor.known.hears);
        if was_deaf {
            self.chat.set_hears(connection, true);
            self.tell_history(connection, now);
        }
    }
}
