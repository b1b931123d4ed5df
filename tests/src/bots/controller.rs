//! What a game gives so that programs can play it: one small trait. Bots over sockets, the simulated network and the
//! tools that record play all steer by it, and none of them names a game.

use perigee_shared::netcode::{Entity, Peer, Simulation};
use perigee_shared::protocol::Tuning;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::Debug;

/// What a game calls its command, its entities and its map.
pub type CommandOf<C> = <<C as Controller>::Game as Simulation>::Command;
/// See [`CommandOf`].
pub type EntityOf<C> = <<C as Controller>::Game as Simulation>::Entity;
/// See [`CommandOf`].
pub type MapOf<C> = <EntityOf<C> as Entity>::Map;

/// What one program is to be.
#[derive(Clone, Copy, Debug)]
pub struct Part<'a> {
    /// One of [`Controller::BEHAVIOURS`].
    pub behaviour: &'a str,
    /// Equal seeds play alike.
    pub seed: u64,
    /// Whether it asks the services for prices and boards, as people do.
    pub uses_services: bool,
}

/// A program that plays one game: from what a client holds to what a player does.
pub trait Controller: Debug + Send + Sized + 'static {
    /// The game.
    type Game: Simulation;
    /// How it can be played, the usual one first: the game's own words.
    const BEHAVIOURS: &'static [&'static str];
    /// What bots that chat say in turn.
    const LINES: &'static [&'static str];

    /// The program for that part; `None` if the game has no such behaviour.
    fn new(part: Part<'_>) -> Option<Self>;

    /// The command of a tick, by what is seen: `own` is what the player steers, `seen` all in view.
    fn steer<'a>(
        &mut self,
        own: Option<&'a EntityOf<Self>>,
        seen: impl Iterator<Item = &'a EntityOf<Self>>,
        map: &MapOf<Self>,
    ) -> CommandOf<Self>;

    /// The command for the newest snapshot, once for each; orders are given to the peer. By default it steers by what
    /// the server has told.
    fn play(&mut self, peer: &mut Peer<Self::Game>) -> CommandOf<Self> {
        let Some(map) = peer.map() else { return CommandOf::<Self>::default() };
        self.steer(peer.own_confirmed(), peer.confirmed().map(|(_, entity)| entity), map)
    }

    /// What the services are to tell it; asked for once for each connection.
    fn wanted(&self) -> Tuning {
        Tuning::default()
    }

    /// What it did so far.
    fn tally(&self) -> Tally {
        Tally::default()
    }
}

/// What bots did in their matches, in the words of their game.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Tally {
    /// How often, or how much, by name.
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

    /// All that `other` did as well.
    pub(super) fn add(&mut self, other: Self) {
        for (name, count) in other.counts {
            *self.counts.entry(name).or_default() += count;
        }
        for (why, count) in other.refusals {
            *self.refusals.entry(why).or_default() += count;
        }
    }
}
