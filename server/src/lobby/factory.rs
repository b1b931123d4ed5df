//! The room factory: how a room is started, and the configuration of a new one: a copy of a configured room's, with
//! what was requested.

use super::error::LobbyError;
use super::section::LobbyConfig;
use crate::game::Games;
use crate::metrics::Metrics;
use crate::room::{Lifetime, PersistedStates, RoomConfig, RoomContext, RoomHandle};
use std::sync::Arc;
use std::thread::JoinHandle;

/// What a lobby is configured with.
#[derive(Clone, Debug)]
pub struct Blueprint {
    /// The permanent rooms; others are created as copies of them.
    pub rooms: Vec<RoomConfig>,
    /// How many others there may be, and how long they stay.
    pub settings: LobbyConfig,
}

/// A request for a private room. What is left out is as in the configured room that it copies.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PrivateRoomRequest {
    /// The configured room to copy; if omitted, the first with the game and the mode.
    pub like: Option<String>,
    /// The game.
    pub game: Option<String>,
    /// The mode of the match, as rooms name it.
    pub mode: Option<String>,
    /// Places for players, at most as many as in the configured room.
    pub max_players: Option<usize>,
    /// Whether bots fill places, if they do so in the configured room.
    pub bots: Option<bool>,
}

/// What is played in a room.
#[derive(Clone, Copy, Debug)]
pub(super) struct Played {
    pub(super) game: &'static str,
    /// The mode of the match, as the room names it.
    pub(super) mode: &'static str,
}

/// A room that has just been started.
#[derive(Debug)]
pub(super) struct StartedRoom {
    pub(super) handle: Arc<RoomHandle>,
    pub(super) thread: JoinHandle<()>,
}

/// A room's configuration, copied from another one.
#[derive(Debug)]
pub(super) struct Likeness {
    pub(super) config: RoomConfig,
    /// Index of the configured room that it copies.
    pub(super) template: usize,
}

/// What is needed to start rooms.
#[derive(Debug)]
pub(super) struct RoomFactory {
    /// The configured rooms, which others are copied from.
    templates: Vec<RoomConfig>,
    settings: LobbyConfig,
    context: RoomContext,
    games: Games,
    persisted_states: PersistedStates,
}

impl RoomFactory {
    /// Each room starts from its state in `persisted_states`, if there is one.
    pub(super) fn new(
        games: Games,
        blueprint: Blueprint,
        context: RoomContext,
        persisted_states: PersistedStates,
    ) -> Self {
        let Blueprint { rooms: templates, settings } = blueprint;
        Self { templates, settings, context, games, persisted_states }
    }

    /// The configured rooms.
    pub(super) fn templates(&self) -> &[RoomConfig] {
        &self.templates
    }

    /// How many rooms there may be, and how long they stay.
    pub(super) fn settings(&self) -> &LobbyConfig {
        &self.settings
    }

    pub(super) fn metrics(&self) -> &Metrics {
        &self.context.metrics
    }

    /// Starts a room and its thread.
    ///
    /// # Errors
    /// [`LobbyError::NoTemplate`] if its game is unknown, [`LobbyError::Thread`], [`LobbyError::Randomness`].
    pub(super) fn start(&self, room: &RoomConfig) -> Result<StartedRoom, LobbyError> {
        let seed = match room.seed {
            Some(seed) => seed,
            None => getrandom::u64().map_err(|error| LobbyError::Randomness(error.to_string()))?,
        };
        let persisted = self.persisted_states.of(&room.name);
        let game = self.games.named(&room.game).ok_or(LobbyError::NoTemplate)?;
        let started = game.start(room, &self.context, seed, persisted.as_deref());
        let (handle, thread) =
            started.map_err(|why| LobbyError::Thread { room: room.name.clone(), why: why.to_string() })?;
        Ok(StartedRoom { handle, thread })
    }

    /// The configuration of a private room for that request, without its name. `played_in` returns the game and mode of
    /// a configured room, if it runs.
    ///
    /// # Errors
    /// [`LobbyError::NoTemplate`], [`LobbyError::Size`].
    pub(super) fn private_room(
        &self,
        request: &PrivateRoomRequest,
        played_in: impl Fn(usize) -> Option<Played>,
    ) -> Result<Likeness, LobbyError> {
        let suits = |&(template, room): &(usize, &RoomConfig)| {
            let played = played_in(template);
            let is_like = request.like.as_ref().is_none_or(|like| room.name == *like);
            let has_game = request.game.as_ref().is_none_or(|game| played.is_some_and(|it| it.game == game));
            let has_mode = request.mode.as_ref().is_none_or(|mode| played.is_some_and(|it| it.mode == mode));
            room.public && is_like && has_game && has_mode
        };
        let (template, like) = self.templates.iter().enumerate().find(suits).ok_or(LobbyError::NoTemplate)?;
        let max_players = request.max_players.unwrap_or(like.max_players);
        if !(1..=like.max_players).contains(&max_players) {
            return Err(LobbyError::Size { most: like.max_players });
        }
        let fill_to = if request.bots == Some(false) { 0 } else { like.fill_to.min(max_players) };
        let config = RoomConfig { max_players, fill_to, public: false, ..self.created_like(like) };
        Ok(Likeness { config, template })
    }

    /// Another copy of the configured room `template`, with the name that `name` returns.
    ///
    /// # Errors
    /// [`LobbyError::NoTemplate`].
    pub(super) fn another_room(
        &self,
        template: usize,
        name: impl FnOnce(&str) -> String,
    ) -> Result<RoomConfig, LobbyError> {
        let like = self.templates.get(template).ok_or(LobbyError::NoTemplate)?;
        Ok(RoomConfig { name: name(&like.name), ..self.created_like(like) })
    }

    /// A room created at run time gets a new seed, and does not start paused.
    fn created_like(&self, like: &RoomConfig) -> RoomConfig {
        let lifetime = Lifetime::WhileUsed { idle_close_ms: self.settings.idle_close_ms };
        RoomConfig { seed: None, paused: false, lifetime, ..like.clone() }
    }
}
