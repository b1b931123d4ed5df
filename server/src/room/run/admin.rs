//! Executes an admin's requests to a room.

use super::Runner;
use crate::person::PersonId;
use crate::room::request::{AdminAction, AdminRequest, Reply, RoomError};
use perigee_shared::ids::PlayerId;
use perigee_shared::netcode::{Address, Lane, Simulation};
use perigee_shared::protocol::{DisconnectReason, Message, Refusal, ServerMessage};

impl<S: Simulation> Runner<S> {
    pub(super) fn execute(&mut self, request: AdminRequest) {
        let reply = match request.action {
            AdminAction::Kick { name, reason } => self.kick(&name, &reason),
            AdminAction::Find(name) => {
                let is_here = self.host.seats_named(&name).next().is_some();
                if is_here { Ok(name) } else { Err(self.nobody(&name)) }
            }
            AdminAction::Ban { person, why } => self.ban(person, &why),
            AdminAction::Broadcast(text) => {
                self.tell_everyone(&ServerMessage::Notice(text));
                Ok(format!("told {} players in {}", self.host.player_count(), self.handle.name()))
            }
            AdminAction::Pause => self.pause(true),
            AdminAction::Resume => self.pause(false),
            AdminAction::Step(ticks) => self.step(ticks),
        };
        // It does not matter if the admin is gone.
        let _ = request.reply.send(reply);
    }

    fn nobody(&self, name: &str) -> RoomError {
        RoomError::NoPlayer { name: name.to_owned(), room: self.handle.name().to_owned() }
    }

    fn kick(&mut self, name: &str, reason: &str) -> Reply {
        // A spectator may have the same name as a player: the request applies to all who have it.
        let bearers: Vec<PlayerId> = self.host.seats_named(name).collect();
        if bearers.is_empty() {
            return Err(self.nobody(name));
        }
        for player in bearers {
            self.remove(player, DisconnectReason::Kicked(reason.to_owned()));
        }
        Ok(format!("{name} was sent away from {}", self.handle.name()))
    }

    /// Removes every seat of the person, also one that is kept for their return.
    fn ban(&mut self, person: PersonId, why: &Refusal) -> Reply {
        let seats = self.owners.seats_of(person);
        let taken: Vec<PlayerId> = seats.filter(|&player| self.host.name_of(player).is_some()).collect();
        if taken.is_empty() {
            return Err(RoomError::NotHere);
        }
        for player in taken {
            self.remove(player, DisconnectReason::Refused(why.clone()));
        }
        Ok(format!("sent away from {}", self.handle.name()))
    }

    fn pause(&mut self, paused: bool) -> Reply {
        self.pace.pause(paused, self.handle.name())?;
        self.tell_everyone(&ServerMessage::Paused(paused));
        Ok(format!("{} {}", self.handle.name(), if paused { "stands still" } else { "goes on" }))
    }

    fn step(&mut self, ticks: u32) -> Reply {
        self.pace.step(ticks, self.handle.name())?;
        Ok(format!("{} steps {ticks} ticks from tick {}", self.handle.name(), self.host.tick_number().0))
    }

    fn tell_everyone(&mut self, message: &ServerMessage) {
        self.outbox.push(Address::Everyone, Lane::Reliable, &message.encode());
        self.deliver();
    }
}
