//! Joining and leaving: players, spectators, and seats that the game itself controls.

use super::Host;
use super::roster::ROSTER_TICKS;
use crate::hash::StateHasher;
use crate::ids::PlayerId;
use crate::limits::MAX_UNTAKEN_DEPARTURES;
use crate::netcode::authority::seat::{Seat, SeatKind, Ticket};
use crate::netcode::authority::seat_keys::Worth;
use crate::netcode::exchange::grade::Grade;
use crate::netcode::exchange::outbox::{Address, Lane, Outbox};
use crate::netcode::replay::ReplayInput;
use crate::netcode::seam::belongings::{Belongings, Departure, LastWord};
use crate::netcode::seam::input::Arrival;
use crate::netcode::seam::simulation::Simulation;
use crate::protocol::{
    Hello, Message, Refusal, Resume, RosterChange, RosterEntry, ServerMessage, Welcome, encode_scenario,
};
use crate::tick::TICK_HZ;
use glam::Vec2;

/// In a full room, a seat whose player has been away this long may be given to another, ticks: 5 s.
const CLAIMABLE_AFTER_TICKS: i32 = 5 * TICK_HZ as i32;

/// What a token of an earlier connection opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Return {
    /// That seat: it is kept for the player, or an older connection is replaced.
    Open(PlayerId),
    /// Nothing: a later connection plays there, with a newer token.
    Taken,
}

/// The seat that a player got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seated {
    /// Which.
    pub player: PlayerId,
    /// Whether it was theirs before: if an older connection to it exists, it is replaced.
    pub resumed: bool,
}

impl<S: Simulation> Host<S> {
    /// Seats a player whose hello was checked, or returns the seat that was kept for them; the welcome and the roster
    /// go to the outbox. A token that opens no seat makes the client a new player; [`Host::may_return`] predicts this.
    /// In a full room, a seat that the game controls is freed for them.
    ///
    /// # Errors
    /// [`Refusal::RoomFull`].
    pub fn join(&mut self, hello: &Hello, ticket: Ticket, out: &mut Outbox) -> Result<Seated, Refusal> {
        if let Some(Return::Open(player)) = hello.resume.and_then(|resume| self.may_return(&resume))
            && let Some(seated) = self.take_back(player, hello, ticket, out)
        {
            return Ok(seated);
        }
        if hello.spectate {
            return self.admit_spectator(hello, ticket, out);
        }
        let index = self.free_seat().ok_or(Refusal::RoomFull)?;
        let arrival =
            Arrival { belongings: ticket.belongings, party: party_number(&hello.party), driven: false };
        let player = self.seat(index, hello, ticket, SeatKind::Player, arrival);
        self.welcome(player, false, out);
        self.announce_seat(player, out);
        Ok(Seated { player, resumed: false })
    }

    /// What a client with that token may resume; `None` if the token belongs to no current seat.
    #[must_use]
    pub fn may_return(&self, resume: &Resume) -> Option<Return> {
        self.seats.iter().flatten().find_map(|seat| match seat.keys.worth(resume.token)? {
            Worth::Retired if seat.absent_since().is_none() => Some(Return::Taken),
            Worth::Good | Worth::Retired => Some(Return::Open(seat.entry.player)),
        })
    }

    /// Whether that seat's connection is broken.
    #[must_use]
    pub fn is_absent(&self, player: PlayerId) -> bool {
        let seat = self.seats.get(player.index()).and_then(Option::as_ref);
        seat.is_some_and(|seat| seat.absent_since().is_some())
    }

    /// Whether the game received any input from that seat.
    #[must_use]
    pub fn has_acted(&self, player: PlayerId) -> bool {
        self.seats.get(player.index()).and_then(Option::as_ref).is_some_and(|seat| seat.acted)
    }

    /// Gives a new connection the seat of its player; the caller has verified that it is theirs. An older connection is
    /// replaced, and its tokens become invalid. `None` if the seat is free.
    pub fn take_back(
        &mut self,
        player: PlayerId,
        hello: &Hello,
        ticket: Ticket,
        out: &mut Outbox,
    ) -> Option<Seated> {
        let seat = self.seats.get_mut(player.index()).and_then(Option::as_mut)?;
        seat.attach(hello, ticket, self.config.budget_bytes_per_s, self.tick);
        if seat.plays() {
            self.sim.set_absent(player, false);
            self.record_input(ReplayInput::Back(player));
        }
        self.welcome(player, true, out);
        Some(Seated { player, resumed: true })
    }

    /// Seats a player that the game itself controls; `None` when no seat is free.
    pub fn seat_driven(&mut self, name: &str, out: &mut Outbox) -> Option<PlayerId> {
        let index = self.seats[..self.config.max_players].iter().position(Option::is_none)?;
        let hello = Hello { name: name.to_owned(), bot: true, ..Hello::default() };
        let arrival = Arrival { driven: true, ..Arrival::default() };
        let player = self.seat(index, &hello, Ticket::default(), SeatKind::Driven, arrival);
        self.announce_seat(player, out);
        Some(player)
    }

    /// The seat controlled by the game that is freed first, if there is one: the last one of the team with the most
    /// players.
    #[must_use]
    pub fn spare_driven(&self) -> Option<PlayerId> {
        let playing = || self.seats.iter().flatten().filter(|seat| seat.plays());
        let team = |seat: &Seat<S::Command, S::Order>| self.sim.team(seat.entry.player);
        let comrades = |of: Option<u8>| playing().filter(|seat| team(seat) == of).count();
        let driven = playing().filter(|seat| seat.kind == SeatKind::Driven);
        driven.max_by_key(|seat| comrades(team(seat))).map(|seat| seat.entry.player)
    }

    /// The number of seats that the game itself controls.
    #[must_use]
    pub fn driven_count(&self) -> usize {
        self.seats.iter().flatten().filter(|seat| seat.kind == SeatKind::Driven).count()
    }

    /// The number of spectators.
    #[must_use]
    pub fn spectator_count(&self) -> usize {
        self.seats.iter().flatten().filter(|seat| seat.kind == SeatKind::Spectator).count()
    }

    /// Whether that seat is a spectator's, so that what it is sent must be delayed.
    #[must_use]
    pub fn is_spectator(&self, player: PlayerId) -> bool {
        let seat = self.seats.get(player.index()).and_then(Option::as_ref);
        seat.is_some_and(|seat| seat.kind == SeatKind::Spectator)
    }

    fn admit_spectator(
        &mut self,
        hello: &Hello,
        ticket: Ticket,
        out: &mut Outbox,
    ) -> Result<Seated, Refusal> {
        let first = self.config.max_players;
        let free = self.seats[first..].iter().position(Option::is_none).ok_or(Refusal::RoomFull)?;
        let player = self.seat(first + free, hello, ticket, SeatKind::Spectator, Arrival::default());
        self.welcome(player, false, out);
        Ok(Seated { player, resumed: false })
    }

    fn seat(
        &mut self,
        index: usize,
        hello: &Hello,
        ticket: Ticket,
        kind: SeatKind,
        arrival: Arrival,
    ) -> PlayerId {
        let player = PlayerId(index as u16);
        let name = self.free_name(&hello.name);
        if kind != SeatKind::Spectator {
            self.belongings_refused +=
                u32::from(arrival.belongings.is_some_and(|brought| !S::reads(&brought)));
            self.sim.join(player, self.tick, arrival);
            self.record_input(ReplayInput::Join(player, arrival));
        }
        let entry = RosterEntry { player, name, standing: self.sim.standing(player), bot: hello.bot };
        let size = S::size_units(&self.scenario);
        let centre = Vec2::new(size.0 / 2.0, size.1 / 2.0);
        let budget = self.config.budget_bytes_per_s;
        self.seats[index] = Some(Seat::new(kind, entry, hello, ticket, centre, budget, self.tick));
        player
    }

    /// The welcome must be sent first: a newcomer is already among the recipients, and reads this as no change.
    fn announce_seat(&mut self, player: PlayerId, out: &mut Outbox) {
        let Some(seat) = &self.seats[player.index()] else { return };
        let changed = vec![seat.entry.clone()];
        self.announce(RosterChange { changed, ..RosterChange::default() }, out);
    }

    /// A free seat; in a full room one that the game controls; else the one whose player has been away the longest, if
    /// that is long enough. Present players count more than those who may come back, and closed connections must not
    /// keep a room full.
    fn free_seat(&mut self) -> Option<usize> {
        let places = &self.seats[..self.config.max_players];
        if let Some(index) = places.iter().position(Option::is_none) {
            return Some(index);
        }
        let away = |seat: &Option<Seat<S::Command, S::Order>>| {
            let since = seat.as_ref()?.absent_since()?;
            Some(self.tick.since(since)).filter(|&ticks| ticks >= CLAIMABLE_AFTER_TICKS)
        };
        let longest = places.iter().enumerate().filter_map(|(index, seat)| Some((away(seat)?, index))).max();
        let index = self.spare_driven().map(PlayerId::index).or(longest.map(|(_, index)| index))?;
        self.leave(PlayerId(index as u16));
        Some(index)
    }

    fn welcome(&self, player: PlayerId, resumed: bool, out: &mut Outbox) {
        let Some(seat) = &self.seats[player.index()] else { return };
        let is_spectator = seat.kind == SeatKind::Spectator;
        let welcome = Welcome {
            player,
            name: seat.entry.name.clone(),
            room: self.config.room.clone(),
            tick: self.tick,
            scenario: encode_scenario(&self.scenario),
            token: seat.keys.current(),
            resumed,
            kept_ms: self.config.resume_window_ms,
            orders_taken: seat.orders.taken(),
            spectating: is_spectator.then_some(self.config.spectator_delay_ms),
        };
        let to = Address::Player(player);
        out.push(to, Lane::Reliable, &ServerMessage::Welcome(welcome).encode());
        self.tell_roster(player, out);
        if self.grade != Grade::Normal {
            out.push(to, Lane::Reliable, &self.pace());
        }
    }

    /// The player's connection broke: the seat is kept for the configured time and gets no snapshots.
    pub fn detach(&mut self, player: PlayerId) {
        let Some(seat) = self.seats.get_mut(player.index()).and_then(Option::as_mut) else { return };
        if !seat.plays() {
            // A spectator has no state to keep.
            return self.leave(player);
        }
        seat.detach(self.tick);
        self.sim.set_absent(player, true);
        self.record_input(ReplayInput::Absent(player));
    }

    /// Frees a seat.
    pub fn leave(&mut self, player: PlayerId) {
        let seat = self.seats.get_mut(player.index()).and_then(Option::take);
        if let Some(Seat { acted, .. }) = seat.filter(Seat::plays) {
            let LastWord { standing, belongings } = self.sim.leave(player);
            self.record_input(ReplayInput::Leave(player));
            self.left.push(player);
            self.note_departure(Departure { player, standing, belongings, acted });
        }
    }

    /// What `player` owns now.
    #[must_use]
    pub fn belongings(&self, player: PlayerId) -> Option<Belongings> {
        self.sim.belongings(player)
    }

    /// Appends the seats that were given up since the last call, for whatever reason, in that order. Call this before
    /// recording new players in those seats: [`Host::join`] may free a seat and assign it immediately.
    pub fn take_departures(&mut self, out: &mut Vec<Departure>) {
        out.extend(self.departures.drain(..));
    }

    fn note_departure(&mut self, departure: Departure) {
        if self.departures.len() == MAX_UNTAKEN_DEPARTURES {
            self.departures.pop_front();
            self.departures_dropped += 1;
        }
        self.departures.push_back(departure);
    }

    /// Frees the seats whose players did not come back in time.
    pub(super) fn free_forsaken(&mut self) {
        if !self.tick.0.is_multiple_of(ROSTER_TICKS) {
            return;
        }
        let kept_ticks = (u64::from(self.config.resume_window_ms) * u64::from(TICK_HZ) / 1000) as i32;
        for index in 0..self.seats.len() {
            let since = self.seats[index].as_ref().and_then(Seat::absent_since);
            if since.is_some_and(|since| self.tick.since(since) >= kept_ticks) {
                self.leave(PlayerId(index as u16));
            }
        }
    }
}

/// A number for a party's name; 0 only for the empty name.
fn party_number(name: &str) -> u32 {
    if name.is_empty() {
        return 0;
    }
    let mut hasher = StateHasher::default();
    hasher.write_str(name);
    hasher.finish() as u32 | 1
}
