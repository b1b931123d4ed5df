//! What a bot's controller decides, and when: a command once for each snapshot, and the subscription to services.

use super::controller::{CommandOf, Controller, Part, Tally};
use perigee_shared::netcode::{Outbox, Peer, PeerStatus, Simulation, Statistics};
use perigee_shared::protocol::{ServiceRequest, Tuning};
use perigee_shared::tick::Tick;

/// A controller and its last decision.
#[derive(Debug)]
pub(super) struct Control<C: Controller> {
    /// `None` if the game has no such behaviour: then the bot does nothing.
    controller: Option<C>,
    /// The snapshot that the command was decided from.
    decided_for: Option<Tick>,
    command: CommandOf<C>,
    /// Whether the subscription was sent on this connection.
    is_tuned: bool,
    /// The game's statistics of the own seat, as the server last reported them.
    statistics: Statistics,
}

impl<C: Controller> Control<C> {
    pub(super) fn new(part: Part<'_>) -> Self {
        let command = CommandOf::<C>::default();
        Self {
            controller: C::new(part),
            decided_for: None,
            command,
            is_tuned: false,
            statistics: Statistics::default(),
        }
    }

    /// The command of this frame: decided anew if there is a newer snapshot.
    pub(super) fn decide(&mut self, peer: &mut Peer<C::Game>, outbox: &mut Outbox) -> CommandOf<C> {
        let newest = peer.newest_snapshot();
        if peer.map().is_some() && self.decided_for != newest {
            self.decided_for = newest;
            self.note_statistics(peer);
            if let Some(controller) = &mut self.controller {
                self.command = controller.play(peer);
                self.tune(peer, outbox);
            }
        }
        self.command
    }

    /// Sends the controller's subscription to the services, once.
    fn tune(&mut self, peer: &mut Peer<C::Game>, outbox: &mut Outbox) {
        let wanted = self.controller.as_ref().map(Controller::wanted).unwrap_or_default();
        let is_asked = self.is_tuned || wanted == Tuning::default();
        if !is_asked && *peer.status() == PeerStatus::Joined {
            self.is_tuned = true;
            peer.tell(&ServiceRequest::Tune(wanted), outbox);
        }
    }

    /// The last command.
    pub(super) fn command(&self) -> CommandOf<C> {
        self.command
    }

    /// The services drop a connection's subscription when it ends.
    pub(super) fn disconnected(&mut self) {
        self.is_tuned = false;
    }

    /// The bot takes another seat.
    pub(super) fn seat_lost(&mut self) {
        self.decided_for = None;
        self.command = CommandOf::<C>::default();
    }

    fn note_statistics(&mut self, peer: &Peer<C::Game>) {
        let own = peer.player().and_then(|own| peer.roster().iter().find(|entry| entry.player == own));
        if let Some(own) = own {
            self.statistics = own.standing.statistics;
        }
    }

    /// What the game's table counts of the own seat, by its key, and what the controller counted beside it. A bot without
    /// a controller reports nothing.
    pub(super) fn tally(&self) -> Tally {
        let Some(controller) = &self.controller else { return Tally::default() };
        let mut tally = controller.tally();
        let table = C::Game::ABOUT.statistics.iter().enumerate();
        tally.counts.extend(table.map(|(at, statistic)| (statistic.key, self.statistics.get(at))));
        tally
    }
}
