//! Whose the seats are, for as long as the seat exists and not only its connection, and what these people own.
//!
//! Each report is of one tick: of all people here, every three ticks, or at once when a player leaves. So what one
//! player lost to another changes hands within one report.

use crate::person::PersonId;
use crate::room::events::SeatStanding;
use crate::room::handle::RoomHandle;
use crate::room::registrar::{Gone, Registrar, SeatedAt, Word};
use crate::room::session::Owner;
use perigee_shared::ids::PlayerId;
use perigee_shared::netcode::{Belongings, Departure, Host, Simulation};
use std::sync::Arc;

/// A seat of a person who is in the store.
#[derive(Clone, Copy, Debug)]
struct Owned {
    by: Owner,
    /// Spectators own nothing.
    plays: bool,
    /// What was last reported of their belongings; `None` for a new person who has not acted yet.
    reported: Option<Belongings>,
}

/// By seat: its sitting, and its owner.
#[derive(Debug)]
pub(super) struct Owners {
    seats: Vec<Option<Owned>>,
    sittings: Vec<u32>,
    next_sitting: u32,
    registrar: Arc<dyn Registrar>,
    /// Buffer for reports.
    words: Vec<Word>,
    departures: Vec<Departure>,
}

impl Owners {
    pub(super) fn new(seats: usize, registrar: Arc<dyn Registrar>) -> Self {
        Self {
            seats: vec![None; seats],
            sittings: vec![0; seats],
            next_sitting: 0,
            registrar,
            words: Vec::with_capacity(seats),
            departures: Vec::with_capacity(seats),
        }
    }

    /// The person who took the seat, if they are in the store.
    pub(super) fn person(&self, player: PlayerId) -> Option<PersonId> {
        self.seats[player.index()].map(|owned| owned.by.person)
    }

    pub(super) fn sitting(&self, player: PlayerId) -> u32 {
        self.sittings[player.index()]
    }

    /// From now on, reports of the seat concern another player.
    fn begin_sitting(&mut self, player: PlayerId) {
        self.next_sitting = self.next_sitting.wrapping_add(1);
        self.sittings[player.index()] = self.next_sitting;
    }

    /// Which person plays in which seat.
    #[cfg(test)]
    pub(super) fn people(&self) -> impl Iterator<Item = (PersonId, PlayerId)> {
        let seats = self.seats.iter().enumerate();
        seats.filter_map(|(index, owned)| {
            owned.filter(|owned| owned.plays).map(|owned| (owned.by.person, PlayerId(index as u16)))
        })
    }

    /// Every seat whose owner is this person, also as a spectator.
    pub(super) fn seats_of(&self, person: PersonId) -> impl Iterator<Item = PlayerId> {
        let is_theirs = move |owned: &Option<Owned>| owned.is_some_and(|owned| owned.by.person == person);
        let seats = self.seats.iter().enumerate();
        seats.filter(move |(_, owned)| is_theirs(owned)).map(|(index, _)| PlayerId(index as u16))
    }

    /// The seat in which the person plays.
    pub(super) fn seat_of(&self, person: PersonId) -> Option<PlayerId> {
        let is_theirs =
            |owned: &Option<Owned>| owned.is_some_and(|owned| owned.plays && owned.by.person == person);
        self.seats.iter().position(is_theirs).map(|index| PlayerId(index as u16))
    }

    /// The seat was just given to a new player.
    pub(super) fn seated<S: Simulation>(
        &mut self,
        player: PlayerId,
        owner: Option<Owner>,
        host: &Host<S>,
        room: &Arc<RoomHandle>,
    ) {
        let plays = !host.is_spectator(player);
        self.begin_sitting(player);
        self.seats[player.index()] = owner.map(|by| {
            let reported = if by.is_new { None } else { host.belongings(player) };
            Owned { by, plays, reported }
        });
        if let Some(owner) = owner.filter(|_| plays) {
            self.registrar.seated(owner, SeatedAt { room: Arc::clone(room), player });
        }
    }

    /// Sends the final reports on players who lost a seat since the last call, and calls `is_free` with each seat. It
    /// must run before anything else happens to these seats.
    pub(super) fn settle<S: Simulation>(
        &mut self,
        host: &mut Host<S>,
        room: &Arc<RoomHandle>,
        mut is_free: impl FnMut(PlayerId),
    ) {
        let mut departures = std::mem::take(&mut self.departures);
        host.take_departures(&mut departures);
        if !departures.is_empty() {
            let sittings = &self.sittings;
            let standings = departures.iter().map(|gone| SeatStanding {
                player: gone.player,
                sitting: sittings[gone.player.index()],
                standing: gone.standing,
                acted: gone.acted,
            });
            room.events.write(|events| standings.for_each(|standing| events.add_departed(standing)));
            for gone in &departures {
                self.part_from(gone, room.is_public());
                is_free(gone.player);
            }
            self.report_belongings(host, room);
        }
        departures.clear();
        self.departures = departures;
    }

    fn part_from(&mut self, gone: &Departure, is_public: bool) {
        self.begin_sitting(gone.player);
        let Some(owned) = self.seats[gone.player.index()].take().filter(|owned| owned.plays) else { return };
        let keeps = is_public && (gone.acted || !owned.by.is_new);
        let belongings = gone.belongings.filter(|_| keeps);
        self.words.push(Word {
            person: owned.by.person,
            player: gone.player,
            owned: belongings.filter(|_| belongings != owned.reported),
            gone: Some(Gone { acted: gone.acted }),
        });
    }

    /// Reports belongings that changed, and people who left. Gains in a private room do not count outside of it.
    pub(super) fn report_belongings<S: Simulation>(&mut self, host: &Host<S>, room: &Arc<RoomHandle>) {
        let seats =
            self.seats.iter_mut().enumerate().filter_map(|(index, owned)| Some((index, owned.as_mut()?)));
        for (index, owned) in seats.filter(|(_, owned)| owned.plays && room.is_public()) {
            let player = PlayerId(index as u16);
            if owned.by.is_new && !host.has_acted(player) {
                continue;
            }
            let belongings = host.belongings(player);
            if belongings != owned.reported {
                owned.reported = belongings;
                self.words.push(Word { person: owned.by.person, player, owned: belongings, gone: None });
            }
        }
        self.send_words(room);
    }

    /// The room ends: no one has a seat here any more. If the match can still be asked (`can_ask`), belongings are
    /// reported as they are.
    pub(super) fn close<S: Simulation>(&mut self, host: &Host<S>, room: &Arc<RoomHandle>, can_ask: bool) {
        for index in 0..self.seats.len() {
            let player = PlayerId(index as u16);
            let Some(owned) = self.seats[index].take().filter(|owned| owned.plays) else { continue };
            let is_kept = !owned.by.is_new || host.has_acted(player);
            let belongings =
                if can_ask && is_kept && room.is_public() { host.belongings(player) } else { None };
            self.words.push(Word {
                person: owned.by.person,
                player,
                owned: belongings.filter(|_| belongings != owned.reported),
                // They did not leave by themselves.
                gone: Some(Gone { acted: true }),
            });
        }
        self.send_words(room);
    }

    fn send_words(&mut self, room: &Arc<RoomHandle>) {
        if !self.words.is_empty() {
            self.registrar.report(room, &self.words);
            self.words.clear();
        }
    }
}
