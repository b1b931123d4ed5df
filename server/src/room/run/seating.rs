//! How players join and leave: a seat is given, returned to its player, kept while its connection is broken, and freed.

use super::Runner;
use crate::person::PersonId;
use crate::room::handle::{SeatReply, Session};
use crate::room::mailbox::{Asks, Declined, SeatRequest};
use crate::room::session::Role;
use perigee_shared::ids::PlayerId;
use perigee_shared::netcode::{Address, Lane, Return, Seated, Simulation};
use perigee_shared::protocol::{DisconnectReason, Message, Refusal, ServerMessage};
use std::sync::Arc;
use tokio::sync::oneshot;

impl<S: Simulation> Runner<S> {
    pub(super) fn answer(&mut self, request: &SeatRequest, reply: oneshot::Sender<SeatReply>) {
        if let Err(Ok(session)) = reply.send(self.join(request)) {
            // The client is gone: its seat is released.
            self.end_connection(session.player, session.resumed);
        }
    }

    fn join(&mut self, request: &SeatRequest) -> SeatReply {
        if self.closing {
            return Err(Refusal::Draining.into());
        }
        let seated = self.give_seat(request)?;
        // The seat may have had another player until now: their final report comes first.
        self.settle();
        let player = seated.player;
        if seated.resumed {
            self.idle_seats.come_back(player, request.address);
        } else {
            self.idle_seats.sit(player, request.address);
            self.owners.seated(player, request.owner, &self.host, &self.handle);
        }
        let session = Arc::new(self.session(request, seated));
        session.link.heard(self.handle.now_us());
        self.seats.attach(Arc::clone(&session));
        self.metrics.resumed(seated.resumed);
        self.publish_status();
        if self.pace.is_paused() {
            let paused = ServerMessage::Paused(true).encode();
            self.outbox.push(Address::Player(player), Lane::Reliable, &paused);
        }
        self.deliver();
        self.seats.begin_delay(player);
        Ok(session)
    }

    fn session(&self, request: &SeatRequest, seated: Seated) -> Session {
        let Seated { player, resumed } = seated;
        let role = if self.host.is_spectator(player) {
            Role::Spectator { delay_ms: self.spectator_delay_ms }
        } else {
            Role::Player
        };
        Session {
            connection: request.connection,
            address: request.address,
            link: Arc::clone(&request.link),
            room: Arc::clone(&self.handle),
            player,
            sitting: self.owners.sitting(player),
            role,
            is_program: request.hello.bot,
            name: self.host.name_of(player).unwrap_or_default().to_owned(),
            person: self.owners.person(player),
            resumed,
        }
    }

    /// The requested seat. A person has one seat: if they already have it, a request for a new one gets that.
    fn give_seat(&mut self, request: &SeatRequest) -> Result<Seated, Declined> {
        let SeatRequest { hello, ticket, asks, owner, .. } = request;
        let own = owner.filter(|_| !hello.spectate);
        let own = own.and_then(|owner| self.owners.seat_of(owner.person));
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
                self.make_room(request);
                Ok(self.host.join(hello, *ticket, &mut self.outbox)?)
            }
        }
    }

    /// In a full room, may free an idle seat; among spectators, one of an address with many.
    fn make_room(&mut self, request: &SeatRequest) {
        let (places, host) = (self.handle.max_players(), &self.host);
        let (is_full, seats) = if request.hello.spectate {
            (host.spectator_count() >= self.seats.len() - places, places..self.seats.len())
        } else {
            (host.player_count() >= places && host.spare_driven().is_none(), 0..places)
        };
        if !is_full {
            return;
        }
        let is_away = |player| self.host.is_absent(player);
        if let Some(player) = self.idle_seats.yields(request.address, seats, is_away) {
            self.seats.close(player, DisconnectReason::Refused(Refusal::RoomFull));
            self.metrics.refused("gave_way");
            self.free(player);
        }
    }

    /// The connection has ended: the seat is kept if the player may come back.
    pub(super) fn end_connection(&mut self, player: PlayerId, keep: bool) {
        if !keep || self.resume_window_ms == 0 {
            return self.free(player);
        }
        self.host.detach(player);
        self.seats.detach(player);
        // A spectator's seat is not kept.
        self.settle();
        self.publish_status();
    }

    pub(super) fn free(&mut self, player: PlayerId) {
        self.host.leave(player);
        self.seats.detach(player);
        self.settle();
        self.publish_status();
    }

    /// Ends the seat's connection with this reason, and frees the seat.
    pub(super) fn remove(&mut self, player: PlayerId, reason: DisconnectReason) {
        self.seats.close(player, reason);
        self.free(player);
    }

    /// The person moves to another room.
    pub(super) fn free_person(&mut self, person: PersonId) {
        if let Some(player) = self.owners.seat_of(person) {
            self.remove(player, DisconnectReason::Replaced);
        }
    }

    /// Sends the final reports on players who lost a seat since the last call.
    pub(super) fn settle(&mut self) {
        self.owners.settle(&mut self.host, &self.handle, |player| self.idle_seats.leave(player));
    }
}
