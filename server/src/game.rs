//! A game as the server sees it: everything that rooms, names, lists and checks ask of it, without its type. So one
//! server plays several games, and nothing but a room's own thread is generic over one.

use crate::access::Limits;
use crate::metrics::Metrics;
use crate::room::{self, FILLER_NAMES, RoomConfig, RoomHandle};
use crate::section::sentence;
use crate::text::reserved::ReservedNames;
use perigee_shared::ids::PlayerId;
use perigee_shared::netcode::{About, Belongings, Scenario, Simulation, Statistics};
use perigee_shared::protocol::schema_hash;
use std::io;
use std::marker::PhantomData;
use std::sync::Arc;
use std::thread::JoinHandle;
use toml::Table;

/// Starts a room's thread: [`crate::room::start`] of one game.
pub type StartRoom = fn(
    &RoomConfig,
    &Limits,
    u64,
    Option<&[u8]>,
    Arc<Metrics>,
) -> io::Result<(Arc<RoomHandle>, JoinHandle<()>)>;

/// A game that the server plays.
#[derive(Debug)]
pub struct Game {
    /// Its name, as the configuration of a room says it.
    pub name: &'static str,
    /// What it says of itself.
    pub about: &'static About,
    /// The name of a player that the game itself brought and that has no seat.
    pub npc_name: fn(PlayerId) -> Option<&'static str>,
    /// What players call the venue of that number in prices.
    pub venue_name: fn(u8) -> Option<&'static str>,
    /// What players call the good of that number in prices.
    pub good_name: fn(u8) -> Option<&'static str>,
    /// What somebody owns of whom there is a record, and no belongings.
    pub belongings_of_record: fn(&Statistics) -> Option<Belongings>,
    schema: fn() -> u64,
    check_scenario: fn(&Table) -> Result<(), String>,
    start: StartRoom,
}

/// Holds the constant of each game.
struct Of<S>(PhantomData<S>);

impl<S: Simulation> Of<S> {
    const GAME: &'static Game = &Game {
        name: S::ABOUT.name,
        about: &S::ABOUT,
        npc_name: S::npc_name,
        venue_name: S::venue_name,
        good_name: S::good_name,
        belongings_of_record: S::belongings_of_record,
        schema: schema_hash::<S>,
        check_scenario: |table| scenario::<S>(table).map(drop),
        start: room::start::<S>,
    };
}

impl Game {
    /// The game `S`.
    #[must_use]
    pub const fn of<S: Simulation>() -> &'static Self {
        Of::<S>::GAME
    }

    /// The hash of its schema: what a client says in its hello that plays it.
    #[must_use]
    pub fn schema(&self) -> u64 {
        (self.schema)()
    }

    /// Whether a match can be played with these parameters.
    ///
    /// # Errors
    /// A sentence that names the key and what is allowed.
    pub fn check_scenario(&self, table: &Table) -> Result<(), String> {
        (self.check_scenario)(table)
    }

    pub(crate) fn start(
        &self,
        room: &RoomConfig,
        limits: &Limits,
        seed: u64,
        lasting: Option<&[u8]>,
        metrics: Arc<Metrics>,
    ) -> io::Result<(Arc<RoomHandle>, JoinHandle<()>)> {
        (self.start)(room, limits, seed, lasting, metrics)
    }
}

/// A match's parameters, from the table in the configuration of its room.
///
/// # Errors
/// A sentence that names the key and what is allowed.
pub(crate) fn scenario<S: Simulation>(table: &Table) -> Result<S::Scenario, String> {
    let scenario: S::Scenario =
        table.clone().try_into().map_err(|error: toml::de::Error| sentence(&error))?;
    scenario.check()?;
    Ok(scenario)
}

/// The games that a server plays: one at least. A room whose configuration names none plays the first.
#[derive(Clone, Copy, Debug)]
pub struct Games(&'static [&'static Game]);

impl Games {
    /// These games.
    ///
    /// # Panics
    /// If there are none: a mistake in the program that lists them, found when it is compiled if the list is a constant.
    #[must_use]
    pub const fn new(games: &'static [&'static Game]) -> Self {
        assert!(!games.is_empty(), "a server plays one game at least");
        Self(games)
    }

    /// The one of that name; of an empty name, the first.
    #[must_use]
    pub fn named(self, name: &str) -> Option<&'static Game> {
        let is_meant = |game: &&&Game| name.is_empty() || game.name == name;
        self.0.iter().find(is_meant).copied()
    }

    /// The one that a client plays which says that schema.
    #[must_use]
    pub fn with_schema(self, schema: u64) -> Option<&'static Game> {
        self.0.iter().find(|game| game.schema() == schema).copied()
    }

    /// All of them.
    pub fn iter(self) -> impl Iterator<Item = &'static Game> {
        self.0.iter().copied()
    }

    /// What nobody may be called where these are played.
    #[must_use]
    pub fn reserved_names(self) -> ReservedNames {
        let names = self.iter().flat_map(|game| game.about.reserved_names);
        ReservedNames::new(names.copied(), &FILLER_NAMES)
    }

    /// Their names, for a sentence: `"arena" and "hockey"`.
    #[must_use]
    pub fn names(self) -> String {
        let names: Vec<String> = self.iter().map(|game| format!("{:?}", game.name)).collect();
        names.join(" and ")
    }
}

/// What the tests in here play: the built-in defaults have rooms of both.
#[cfg(test)]
pub(crate) const GAMES: Games =
    Games::new(&[Game::of::<perigee_arena::Arena>(), Game::of::<perigee_hockey::Hockey>()]);
