//! Whose the seats are, for as long as there is a seat and not only a connection, and what these people own.
//!
//! What is told of them is of one moment: either of all who sit here, three ticks apart, or at once when somebody leaves:
//! what one has lost to another then changes hands in one word.

use super::Runner;
use crate::person::PersonId;
use crate::room::events::SeatStanding;
use crate::room::handle::{RoomHandle, SeatedAt, Sitter};
use crate::room::registrar::{Gone, Registrar, Word};
use perigee_shared::ids::PlayerId;
use perigee_shared::netcode::{Belongings, Departure, Simulation};
use std::sync::Arc;

/// Whose a seat is.
#[derive(Clone, Copy, Debug)]
struct Owner {
    person: PersonId,
    /// Spectators own nothing.
    plays: bool,
    /// Who was made on the way to this seat: of them nothing is told before they have acted.
    is_new: bool,
    /// What was told last of what they own; of who is new, nothing.
    told: Option<Belongings>,
}

/// By seat: which sitting it is, and whose.
#[derive(Debug)]
pub(super) struct Owners {
    owners: Vec<Option<Owner>>,
    sittings: Vec<u32>,
    next_sitting: u32,
    /// Where what becomes of people is told; none while the store has known nobody who came.
    registrar: Option<Arc<dyn Registrar<RoomHandle>>>,
    /// Memory for what is being told.
    words: Vec<Word>,
    departures: Vec<Departure>,
}

impl Owners {
    pub(super) fn new(seats: usize) -> Self {
        Self {
            owners: vec![None; seats],
            sittings: vec![0; seats],
            next_sitting: 0,
            registrar: None,
            words: Vec::with_capacity(seats),
            departures: Vec::with_capacity(seats),
        }
    }

    /// Who took the seat, if the store knows them.
    pub(super) fn person(&self, player: PlayerId) -> Option<PersonId> {
        self.owners[player.index()].map(|owner| owner.person)
    }

    pub(super) fn sitting(&self, player: PlayerId) -> u32 {
        self.sittings[player.index()]
    }

    /// What is told of the seat from now on is of somebody else.
    fn begin_sitting(&mut self, player: PlayerId) {
        self.next_sitting = self.next_sitting.wrapping_add(1);
        self.sittings[player.index()] = self.next_sitting;
    }

    /// Who plays in which seat.
    #[cfg(test)]
    pub(super) fn people(&self) -> impl Iterator<Item = (PersonId, PlayerId)> {
        let players = self.owners.iter().enumerate();
        players.filter_map(|(index, owner)| {
            owner.filter(|owner| owner.plays).map(|owner| (owner.person, PlayerId(index as u16)))
        })
    }

    /// Every seat that was last theirs, also those from which they only look on.
    pub(super) fn seats_of(&self, person: PersonId) -> impl Iterator<Item = PlayerId> {
        let is_theirs = move |owner: &Option<Owner>| owner.is_some_and(|owner| owner.person == person);
        let owners = self.owners.iter().enumerate();
        owners.filter(move |(_, owner)| is_theirs(owner)).map(|(index, _)| PlayerId(index as u16))
    }

    /// In which seat the person plays.
    pub(super) fn seat_of(&self, person: PersonId) -> Option<PlayerId> {
        let is_theirs =
            |owner: &Option<Owner>| owner.is_some_and(|owner| owner.plays && owner.person == person);
        self.owners.iter().position(is_theirs).map(|index| PlayerId(index as u16))
    }
}

impl<S: Simulation> Runner<S> {
    /// The seat was just given to somebody new.
    pub(super) fn note_owner(&mut self, player: PlayerId, sitter: Option<&Sitter>) {
        let plays = !self.host.is_spectator(player);
        let is_new = sitter.is_some_and(|sitter| sitter.is_new);
        let told = if is_new { None } else { self.host.belongings(player) };
        let owners = &mut self.owners;
        owners.begin_sitting(player);
        owners.owners[player.index()] =
            sitter.map(|sitter| Owner { person: sitter.person, plays, is_new, told });
        if let Some(sitter) = sitter.filter(|_| plays) {
            let registrar = owners.registrar.get_or_insert_with(|| Arc::clone(&sitter.registrar));
            registrar.seated(sitter, SeatedAt { room: Arc::clone(&self.handle), player });
        }
    }

    /// Whoever lost a seat since the last call has their last word. Nothing else may happen to these seats before.
    pub(super) fn settle(&mut self) {
        let mut departures = std::mem::take(&mut self.owners.departures);
        self.host.take_departures(&mut departures);
        if !departures.is_empty() {
            let sittings = &self.owners.sittings;
            let gone = departures.iter().map(|gone| SeatStanding {
                player: gone.player,
                sitting: sittings[gone.player.index()],
                standing: gone.standing,
                acted: gone.acted,
            });
            self.handle.events.write(|events| gone.for_each(|gone| events.add_departed(gone)));
            departures.iter().for_each(|gone| self.part_from(gone));
            self.tell_belongings();
        }
        departures.clear();
        self.owners.departures = departures;
    }

    fn part_from(&mut self, gone: &Departure) {
        self.owners.begin_sitting(gone.player);
        self.idle_seats.leave(gone.player);
        let Some(owner) = self.owners.owners[gone.player.index()].take().filter(|owner| owner.plays) else {
            return;
        };
        let keeps = self.handle.is_public() && (gone.acted || !owner.is_new);
        let owned = gone.belongings.filter(|_| keeps);
        self.owners.words.push(Word {
            person: owner.person,
            player: gone.player,
            owned: owned.filter(|_| owned != owner.told),
            gone: Some(Gone { acted: gone.acted }),
        });
    }

    /// What people own now, as far as it changed, and who is gone. What is won in a private room is nobody's outside.
    pub(super) fn tell_belongings(&mut self) {
        let Owners { owners, registrar, words, .. } = &mut self.owners;
        let Some(registrar) = registrar else { return };
        let people =
            owners.iter_mut().enumerate().filter_map(|(index, owner)| Some((index, owner.as_mut()?)));
        for (index, owner) in people.filter(|(_, owner)| owner.plays && self.handle.is_public()) {
            let player = PlayerId(index as u16);
            if owner.is_new && !self.host.has_acted(player) {
                continue;
            }
            let owned = self.host.belongings(player);
            if owned != owner.told {
                owner.told = owned;
                words.push(Word { person: owner.person, player, owned, gone: None });
            }
        }
        if !words.is_empty() {
            registrar.report(&self.handle, words);
            words.clear();
        }
    }

    /// The room ends: nobody has a seat here any more. Where the match can still be asked, what people own is as it is.
    pub(super) fn say_last_words(&mut self, can_ask: bool) {
        for index in 0..self.owners.owners.len() {
            let player = PlayerId(index as u16);
            let Some(owner) = self.owners.owners[index].take().filter(|owner| owner.plays) else { continue };
            let is_kept = !owner.is_new || self.host.has_acted(player);
            let can_tell = can_ask && is_kept && self.handle.is_public();
            let owned = if can_tell { self.host.belongings(player) } else { None };
            self.owners.words.push(Word {
                person: owner.person,
                player,
                owned: owned.filter(|_| owned != owner.told),
                // It was not they who went.
                gone: Some(Gone { acted: true }),
            });
        }
        if let Some(registrar) = &self.owners.registrar {
            registrar.report(&self.handle, &self.owners.words);
        }
        self.owners.words.clear();
    }
}
