//! What a game implements so that programs can play it: one small trait. Bots over sockets, the simulated network and
//! the tools that record play all use it, and none of them names a game.

use perigee_shared::netcode::{Entity, Peer, Simulation};
use perigee_shared::protocol::Tuning;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::Debug;

/// A game's types of command, entity and map.
pub type CommandOf<C> = <<C as Controller>::Game as Simulation>::Command;
/// See [`CommandOf`].
pub type EntityOf<C> = <<C as Controller>::Game as Simulation>::Entity;
/// See [`CommandOf`].
pub type MapOf<C> = <EntityOf<C> as Entity>::Map;

/// The settings of one controller.
#[derive(Clone, Copy, Debug)]
pub struct Part<'a> {
    /// One of [`Controller::BEHAVIOURS`].
    pub behaviour: &'a str,
    /// The same seed gives the same play.
    pub seed: u64,
    /// Whether it subscribes to prices and boards, as people do.
    pub uses_services: bool,
}

/// A program that plays one game: it turns a client's state into a player's commands.
pub trait Controller: Debug + Send + Sized + 'static {
    /// The game.
    type Game: Simulation;
    /// Its behaviours, the default one first, named by the game.
    const BEHAVIOURS: &'static [&'static str];
    /// Lines for bots that chat, used in turn.
    const LINES: &'static [&'static str];

    /// The controller with these settings; `None` if the game has no such behaviour.
    fn new(part: Part<'_>) -> Option<Self>;

    /// The command of a tick: `own` is the entity that the player steers, `seen` are all entities in view.
    fn steer<'a>(
        &mut self,
        own: Option<&'a EntityOf<Self>>,
        seen: impl Iterator<Item = &'a EntityOf<Self>>,
        map: &MapOf<Self>,
    ) -> CommandOf<Self>;

    /// The command for the newest snapshot, called once for each; it gives orders to the peer itself. By default it
    /// steers by the server's newest state.
    fn play(&mut self, peer: &mut Peer<Self::Game>) -> CommandOf<Self> {
        let Some(map) = peer.map() else { return CommandOf::<Self>::default() };
        self.steer(peer.own_confirmed(), peer.confirmed().map(|(_, entity)| entity), map)
    }

    /// Its subscription to the services; sent once for each connection.
    fn wanted(&self) -> Tuning {
        Tuning::default()
    }

    /// What it has counted so far that the game's own table of statistics does not count.
    fn tally(&self) -> Tally {
        Tally::default()
    }
}

/// What bots counted in their matches, named by their game.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Tally {
    /// Counts and amounts, by name.
    #[serde(flatten)]
    pub counts: BTreeMap<&'static str, i64>,
    /// Why orders were refused, and how often.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub refusals: BTreeMap<String, u64>,
}

impl Tally {
    /// The count of that name; 0 if nothing was counted.
    #[must_use]
    pub fn count(&self, name: &str) -> i64 {
        self.counts.get(name).copied().unwrap_or_default()
    }

    /// Adds the counts of `other`.
    pub(super) fn add(&mut self, other: Self) {
        for (name, count) in other.counts {
            *self.counts.entry(name).or_default() += count;
        }
        for (why, count) in other.refusals {
            *self.refusals.entry(why).or_default() += count;
        }
    }
}
