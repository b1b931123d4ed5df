//! Who is connected, and whose each seat is.

use super::seat_stats::SeatStats;
use crate::person::PersonId;
use crate::room::{ConnectionId, RoomHandle, SeatStanding, Session};
use crate::services::moment::Moment;
use crate::store::Account;
use perigee_shared::ids::PlayerId;
use perigee_shared::netcode::Standing;
use perigee_shared::protocol::Tuning;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// Seats whose players are away and may come back; one more displaces the one that left first.
const MAX_AWAY: usize = 4096;

/// A connected player.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) session: Arc<Session>,
    /// The room's name, shared by all in it.
    pub(super) room: Arc<str>,
    pub(super) person: PersonId,
    pub(super) name: Arc<str>,
    /// Their subscriptions.
    pub(super) tuning: Tuning,
    stats: SeatStats,
}

impl Member {
    /// Whether the room has sent its final report on this sitting.
    pub(super) fn is_over(&self) -> bool {
        self.stats.is_over()
    }
}

/// A player with a seat and no connection: the seat is kept, and what they did there still counts.
#[derive(Debug)]
pub(super) struct KeptSeat {
    pub(super) person: PersonId,
    pub(super) name: Arc<str>,
    pub(super) bot: bool,
    pub(super) sitting: u32,
    stats: SeatStats,
    left_ms: u64,
}

/// All connected players.
#[derive(Debug, Default)]
pub(super) struct Members {
    by_connection: HashMap<ConnectionId, Member>,
    /// The connections of each room's seats.
    seats: HashMap<Arc<str>, Vec<Option<ConnectionId>>>,
    away: BTreeMap<(Arc<str>, PlayerId), KeptSeat>,
    passing: u64,
}

impl Members {
    /// Adds a player. Returns their person.
    pub(super) fn enter(&mut self, session: &Arc<Session>, account: Option<&Account>) -> PersonId {
        let (player, sitting) = (session.player, session.sitting);
        let room = self.room_name(&session.room);
        let away = self.away.remove(&(Arc::clone(&room), player)).filter(|away| away.sitting == sitting);
        // They came back on another connection before the end of this one was noticed.
        let before = self.at(&room, player).and_then(|connection| self.get(connection));
        let before = before.filter(|before| before.session.sitting == sitting);
        let earlier_stats = away.as_ref().map(|away| away.stats).or(before.map(|before| before.stats));
        let earlier = away.as_ref().map(|away| away.person).or(before.map(|before| before.person));
        let known = account.map(|account| account.player_id.into()).or(session.person);
        let person = known.or(earlier).unwrap_or_else(|| {
            self.passing += 1;
            PersonId::passing(self.passing)
        });
        let seats = self.seats.entry(Arc::clone(&room)).or_default();
        if seats.len() <= player.index() {
            seats.resize(player.index() + 1, None);
        }
        seats[player.index()] = Some(session.connection);
        let member = Member {
            session: Arc::clone(session),
            room,
            person,
            name: session.name.as_str().into(),
            tuning: Tuning::default(),
            stats: SeatStats::begin(earlier_stats, session.resumed),
        };
        self.by_connection.insert(session.connection, member);
        person
    }

    pub(super) fn leave(&mut self, connection: ConnectionId, now: Moment) {
        let Some(member) = self.by_connection.remove(&connection) else { return };
        let Member { session, room, person, name, stats, .. } = member;
        let player = session.player;
        let Some(seats) = self.seats.get_mut(&room) else { return };
        let seat = seats.get_mut(player.index()).filter(|seat| **seat == Some(connection));
        // Another connection has their seat: they came back before this one had ended.
        let Some(seat) = seat else { return };
        *seat = None;
        if seats.iter().all(Option::is_none) {
            self.seats.remove(&room);
        }
        if stats.is_over() {
            return;
        }
        if self.away.len() >= MAX_AWAY {
            let first = self.away.iter().min_by_key(|(_, away)| away.left_ms).map(|(key, _)| key.clone());
            first.and_then(|key| self.away.remove(&key));
        }
        let (bot, sitting) = (session.is_program, session.sitting);
        let away = KeptSeat { person, name, bot, sitting, stats, left_ms: now.mono_ms };
        self.away.insert((room, player), away);
    }

    /// The room's name, shared by all in it.
    fn room_name(&self, room: &RoomHandle) -> Arc<str> {
        self.seats.get_key_value(room.name()).map_or_else(|| room.name().into(), |(name, _)| Arc::clone(name))
    }

    pub(super) fn get(&self, connection: ConnectionId) -> Option<&Member> {
        self.by_connection.get(&connection)
    }

    /// Takes a room's report on a player. Returns their earlier standing if it changed.
    pub(super) fn update_stats(
        &mut self,
        connection: ConnectionId,
        seat: &SeatStanding,
        is_last: bool,
    ) -> Option<Standing> {
        self.by_connection.get_mut(&connection)?.stats.update(seat, is_last)
    }

    /// The connection of a seat.
    pub(super) fn at(&self, room: &str, player: PlayerId) -> Option<ConnectionId> {
        self.seats.get(room)?.get(player.index()).copied().flatten()
    }

    /// The away player of a seat.
    pub(super) fn away(&self, room: &Arc<str>, player: PlayerId) -> Option<&KeptSeat> {
        self.away.get(&(Arc::clone(room), player))
    }

    /// As [`Members::update_stats`], for a player without a connection.
    pub(super) fn update_away_stats(&mut self, room: &Arc<str>, seat: &SeatStanding) -> Option<Standing> {
        self.away.get_mut(&(Arc::clone(room), seat.player))?.stats.update_away(seat)
    }

    /// The seat is no longer kept.
    pub(super) fn forget_away(&mut self, room: &Arc<str>, player: PlayerId) {
        self.away.remove(&(Arc::clone(room), player));
    }

    /// Replaces their subscriptions.
    pub(super) fn tune(&mut self, connection: ConnectionId, tuning: Tuning) {
        if let Some(member) = self.by_connection.get_mut(&connection) {
            member.tuning = tuning;
        }
    }

    /// The connections in a room, by seat.
    pub(super) fn in_room(&self, room: &str) -> impl Iterator<Item = ConnectionId> {
        self.seats.get(room).into_iter().flatten().filter_map(|seat| *seat)
    }

    /// All members, in arbitrary order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (ConnectionId, &Member)> {
        self.by_connection.iter().map(|(&connection, member)| (connection, member))
    }

    pub(super) fn len(&self) -> usize {
        self.by_connection.len()
    }

    /// Whether a seat in that room has a connection.
    pub(super) fn has_room(&self, room: &str) -> bool {
        self.seats.contains_key(room)
    }
}
