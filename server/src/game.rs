//! The games of a server, by name: each one's description, the check of its rooms' parameters, and how a room is
//! started, without its type. So one server can have several games, and only a room's own thread is generic over one.

use crate::room::{self, GameInfo, RoomConfig, RoomContext, RoomHandle, scenario};
use crate::text::reserved::ReservedNames;
use perigee_shared::netcode::Simulation;
use std::io;
use std::sync::Arc;
use std::thread::JoinHandle;
use toml::Table;

/// Starts a room's thread: [`crate::room::start`] of one game.
pub(crate) type StartRoom =
    fn(&RoomConfig, &RoomContext, u64, Option<&[u8]>) -> io::Result<(Arc<RoomHandle>, JoinHandle<()>)>;

/// A game of the server.
#[derive(Debug)]
pub struct Game {
    /// Its description.
    pub info: &'static GameInfo,
    check_scenario: fn(&Table) -> Result<(), String>,
    start: StartRoom,
}

impl Game {
    /// The game `S`.
    #[must_use]
    pub const fn of<S: Simulation>() -> &'static Self {
        &const {
            Self {
                info: GameInfo::of::<S>(),
                check_scenario: |table| scenario::<S>(table).map(drop),
                start: room::start::<S>,
            }
        }
    }

    /// Checks whether a match can be played with these parameters.
    ///
    /// # Errors
    /// A sentence that names the key and what is allowed.
    pub fn check_scenario(&self, table: &Table) -> Result<(), String> {
        (self.check_scenario)(table)
    }

    pub(crate) fn start(
        &self,
        room: &RoomConfig,
        context: &RoomContext,
        seed: u64,
        persisted: Option<&[u8]>,
    ) -> io::Result<(Arc<RoomHandle>, JoinHandle<()>)> {
        (self.start)(room, context, seed, persisted)
    }
}

/// The games of a server, at least one. A room whose configuration names none plays the first.
#[derive(Clone, Copy, Debug)]
pub struct Games(&'static [&'static Game]);

impl Games {
    /// These games.
    ///
    /// # Panics
    /// If there are none: a bug in the program that lists them, found at compile time if the list is a constant.
    #[must_use]
    pub const fn new(games: &'static [&'static Game]) -> Self {
        assert!(!games.is_empty(), "a server plays one game at least");
        Self(games)
    }

    /// The game of that name; for an empty name, the first.
    #[must_use]
    pub fn named(self, name: &str) -> Option<&'static Game> {
        let is_meant = |game: &&&Game| name.is_empty() || game.info.name == name;
        self.0.iter().find(is_meant).copied()
    }

    /// The game with that schema.
    #[must_use]
    pub fn with_schema(self, schema: u64) -> Option<&'static GameInfo> {
        self.iter().find(|game| game.schema() == schema)
    }

    /// The description of each game.
    pub fn iter(self) -> impl Iterator<Item = &'static GameInfo> {
        self.0.iter().map(|game| game.info)
    }

    /// Names that no player may have in these games.
    #[must_use]
    pub fn reserved_names(self) -> ReservedNames {
        let games = self.iter().flat_map(|game| game.about.reserved_names).copied();
        let bots = self.iter().flat_map(|game| game.about.bot_names).copied();
        ReservedNames::new(games, bots)
    }

    /// Their names, for a sentence: `"arena" and "hockey"`.
    #[must_use]
    pub fn names(self) -> String {
        let names: Vec<String> = self.iter().map(|game| format!("{:?}", game.name)).collect();
        names.join(" and ")
    }
}

/// The games of this crate's tests: the built-in defaults have rooms of both.
#[cfg(test)]
pub(crate) const GAMES: Games =
    Games::new(&[Game::of::<perigee_arena::Arena>(), Game::of::<perigee_hockey::Hockey>()]);
