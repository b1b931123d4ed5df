//! Who comes and goes: a seat is given, given back to whose it is, kept while its connection is broken, and freed.

use super::Runner;
use super::seat::Seat;
use crate::person::PersonId;
use crate::room::handle::Join;
use crate::room::mailbox::{Asks, Declined, Joined};
use crate::room::spectator_delay::SpectatorDelay;
use perigee_shared::ids::PlayerId;
use perigee_shared::netcode::{Address, Lane, Return, Seated, Simulation};
use perigee_shared::protocol::{DisconnectReason, Message, Refusal, ServerMessage};
use std::sync::Arc;

impl<S: Simulation> Runner<S> {
    pub(super) fn take_join(&mut self, join: Join) {
        let joined = self.join(&join);
        if let Err(Ok(Joined { seated, .. })) = join.reply.send(joined) {
            // Nobody is there any more to sit in it.
            self.end_connection(seated.player, seated.resumed);
        }
    }

    fn join(&mut self, join: &Join) -> Result<Joined, Declined> {
        if self.closing {
            return Err(Refusal::Draining.into());
        }
        let seated = self.give_seat(join)?;
        // The seat may have been another's until now: that one is told of first.
        self.settle();
        let player = seated.player;
        if seated.resumed {
            self.idle_seats.come_back(player, join.from);
        } else {
            self.idle_seats.sit(player, join.from);
            self.note_owner(player, join.sitter.as_ref());
        }
        let (connection, link) = (join.connection, Arc::clone(&join.link));
        link.heard(self.handle.now_us());
        let before = self.seats[player.index()].replace(Seat {
            connection,
            link,
            spectator_delay: None,
            counted: (0, 0),
        });
        if let Some(before) = before {
            // The old connection may not know yet that it is broken.
            before.link.close(DisconnectReason::Replaced);
        }
        self.metrics.resumed(seated.resumed);
        self.publish_status();
        if self.paused {
            let paused = ServerMessage::Paused(true).encode();
            self.outbox.push(Address::Player(player), Lane::Reliable, &paused);
        }
        self.deliver();
        if self.host.is_spectator(player)
            && let Some(seat) = &mut self.seats[player.index()]
        {
            // The welcome went out at once.
            seat.spectator_delay = Some(SpectatorDelay::new(u64::from(self.spectator_delay_ms) * 1000));
        }
        let name = self.host.name_of(player).unwrap_or_default().to_owned();
        let spectating_ms = self.host.is_spectator(player).then_some(self.spectator_delay_ms);
        let (person, sitting) = (self.owners.person(player), self.owners.sitting(player));
        Ok(Joined { seated, sitting, name, person, spectating_ms })
    }

    /// The seat that is asked for. A person has one, whatever was asked.
    fn give_seat(&mut self, join: &Join) -> Result<Seated, Declined> {
        let Join { hello, ticket, asks, sitter, .. } = join;
        let own = sitter.as_ref().filter(|_| !hello.spectate);
        let own = own.and_then(|sitter| self.owners.seat_of(sitter.person));
        let theirs = match asks {
            Asks::New => own,
            Asks::ByProof => match hello.resume.and_then(|resume| self.host.may_return(&resume)) {
                Some(Return::Open(player)) => Some(player),
                Some(Return::Taken) => return Err(Declined::Taken),
                None => return Err(Declined::NoSeat),
            },
            Asks::OwnIfAway if own.is_some_and(|player| !self.host.is_absent(player)) => {
                return Err(Declined::Taken);
            }
            Asks::Own | Asks::OwnIfAway => Some(own.ok_or(Declined::NoSeat)?),
        };
        match theirs {
            Some(player) => {
                self.host.take_back(player, hello, *ticket, &mut self.outbox).ok_or(Declined::NoSeat)
            }
            None => {
                self.make_room(join);
                Ok(self.host.join(hello, *ticket, &mut self.outbox)?)
            }
        }
    }

    /// In a full room, a seat in which nobody plays may have to be given up; of those who look on, one from where many do.
    fn make_room(&mut self, join: &Join) {
        let (places, host) = (self.handle.max_players(), &self.host);
        let (is_full, seats) = if join.hello.spectate {
            (host.spectator_count() >= self.seats.len() - places, places..self.seats.len())
        } else {
            (host.player_count() >= places && host.spare_driven().is_none(), 0..places)
        };
        if !is_full {
            return;
        }
        let is_away = |player| self.host.is_absent(player);
        if let Some(player) = self.idle_seats.yields(join.from, seats, is_away) {
            if let Some(seat) = &self.seats[player.index()] {
                seat.link.close(DisconnectReason::Refused(Refusal::RoomFull));
            }
            self.metrics.refused("gave_way");
            self.free(player);
        }
    }

    /// A connection is over: the seat is kept if the player may come back.
    pub(super) fn end_connection(&mut self, player: PlayerId, keep: bool) {
        if !keep || self.resume_window_ms == 0 {
            return self.free(player);
        }
        self.host.detach(player);
        self.seats[player.index()] = None;
        // A spectator's seat is not kept.
        self.settle();
        self.publish_status();
    }

    pub(super) fn free(&mut self, player: PlayerId) {
        self.host.leave(player);
        self.seats[player.index()] = None;
        self.settle();
        self.publish_status();
    }

    /// The person goes on elsewhere.
    pub(super) fn free_person(&mut self, person: PersonId) {
        let Some(player) = self.owners.seat_of(person) else { return };
        if let Some(seat) = &self.seats[player.index()] {
            seat.link.close(DisconnectReason::Replaced);
        }
        self.free(player);
    }
}
