//! Rooms that are made while the server runs: another one of a kind that is full, and private ones. Within bounds, of which
//! each says which one it was.

use super::names;
use super::register::{Register, RoomOrigin};
use super::{Fit, Lobby, Plan, Wish};
use crate::address::AddressKey;
use crate::room::{Lifetime, RoomConfig, RoomHandle, RoomInfo};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};
use thiserror::Error;

/// Why a room was not made.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum LobbyError {
    /// There is no configured room of that name or mode that others may be like.
    #[error("there is no such kind of room")]
    NoTemplate,
    /// A room for so many players cannot be made.
    #[error("allowed are 1 to {most} players")]
    Size {
        /// What the kind of room takes.
        most: usize,
    },
    /// The server has as many rooms as it may have.
    #[error("there are as many rooms as there may be; try again in a while")]
    Full,
    /// Somebody at this address made as many private rooms as they may.
    #[error("allowed are {most} private rooms at once; one that nobody is in closes by itself")]
    TooMany {
        /// How many.
        most: usize,
    },
    /// The server is going down.
    #[error("the server is going down")]
    Draining,
    /// The system gave no thread for a room.
    #[error("no thread for room {room:?}: {why}")]
    Thread {
        /// The room.
        room: String,
        /// The system's words.
        why: String,
    },
    /// The system gave no randomness.
    #[error("the system gives no randomness: {0}")]
    Randomness(String),
}

impl LobbyError {
    /// The label in `/metrics`.
    #[must_use]
    pub fn label(&self) -> &'static str {
        match self {
            Self::NoTemplate => "no_such_kind",
            Self::Size { .. } => "bad_size",
            Self::Full => "rooms_full",
            Self::TooMany { .. } => "too_many_private",
            Self::Draining => "draining",
            Self::Thread { .. } => "no_thread",
            Self::Randomness(_) => "no_randomness",
        }
    }
}

/// What a private room is to be like. What is left out is as in the configured room that it is like.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RoomWish {
    /// The configured room that it is like; left out: the first with the game and the mode.
    pub like: Option<String>,
    /// Which game is played in it.
    pub game: Option<String>,
    /// What kind of match, in the rooms' word for it.
    pub mode: Option<String>,
    /// Places for players, no more than the configured room has.
    pub max_players: Option<usize>,
    /// Whether bots fill places, if they do in the configured room.
    pub bots: Option<bool>,
}

impl Lobby {
    /// Makes a private room for somebody at `address`. Its name is the way in.
    ///
    /// # Errors
    /// [`LobbyError`].
    pub fn create_private(
        &self,
        wish: &RoomWish,
        address: impl Into<AddressKey>,
    ) -> Result<RoomInfo, LobbyError> {
        let plan = self.plan.as_ref().ok_or(LobbyError::NoTemplate)?;
        let mut register = self.lock_register();
        let address = address.into();
        let made = plan.may_create(&register, address).and_then(|()| {
            let (mut room, template) = plan.private_room(wish, &register)?;
            room.name = names::secret().map_err(|error| LobbyError::Randomness(error.to_string()))?;
            register.add((room, template), RoomOrigin::Private(address), &plan.workshop)
        });
        match made {
            Ok(room) => {
                self.publish(&register);
                Ok(room.info())
            }
            Err(error) => {
                plan.workshop.metrics.lobby.refused(error.label());
                Err(error)
            }
        }
    }

    /// A public room with air in it: another one, unless somebody made one meanwhile.
    pub(super) fn open_another(
        &self,
        mode: Option<&str>,
        schema: Option<u64>,
    ) -> Result<Arc<RoomHandle>, LobbyError> {
        let plan = self.plan.as_ref().ok_or(LobbyError::NoTemplate)?;
        let mut register = self.lock_register();
        let (rooms, best) = self.ranked(Wish { mode, schema, ..Wish::default() });
        let first = rooms.first().ok_or(LobbyError::NoTemplate)?;
        if best == Some(Fit::Good) {
            return Ok(Arc::clone(first));
        }
        plan.has_room(&register)?;
        if !register.openings.take(Instant::now()) {
            plan.workshop.metrics.lobby.refused("opened_too_often");
            return Err(LobbyError::Full);
        }
        let template = register.template_of(first).ok_or(LobbyError::NoTemplate)?;
        let like = plan.templates.get(template).ok_or(LobbyError::NoTemplate)?;
        let name = names::readable(&like.name, register.made, |name| register.is_taken(name));
        let room = RoomConfig { name, ..plan.made_like(like) };
        let opened = register.add((room, template), RoomOrigin::Opened, &plan.workshop);
        match &opened {
            Ok(room) => tracing::info!(room = room.name(), like = like.name, "opened another room"),
            Err(error) => tracing::warn!(%error, "no other room was opened"),
        }
        self.publish(&register);
        opened
    }

    pub(super) fn may_have_more_rooms(&self) -> bool {
        let most = self.plan.as_ref().map_or(0, |plan| plan.settings.max_rooms);
        self.rooms().len() < most && !self.draining.load(Ordering::Relaxed)
    }
}

/// Public rooms that may be opened at once, and how long it then takes until another may: a crowd gets its rooms, and a storm
/// of those who leave again does not get one for each hundred of them.
const OPENINGS: u32 = 8;
const OPENING_PERIOD: Duration = Duration::from_secs(5);

/// Counts the public rooms that were opened of late.
#[derive(Debug, Default)]
pub(super) struct Openings {
    /// When the last of them will be forgotten.
    until: Option<Instant>,
}

impl Openings {
    /// Whether another room may be opened now.
    fn take(&mut self, now: Instant) -> bool {
        let until = self.until.map_or(now, |until| until.max(now)) + OPENING_PERIOD;
        let may = until - now <= OPENING_PERIOD * OPENINGS;
        if may {
            self.until = Some(until);
        }
        may
    }
}

impl Plan {
    fn has_room(&self, register: &Register) -> Result<(), LobbyError> {
        if register.closed {
            return Err(LobbyError::Draining);
        }
        if register.len() < self.settings.max_rooms { Ok(()) } else { Err(LobbyError::Full) }
    }

    fn may_create(&self, register: &Register, address: AddressKey) -> Result<(), LobbyError> {
        let (all, own) = register.private_count(address);
        let most = self.settings.private_rooms_per_address;
        if own >= most {
            return Err(LobbyError::TooMany { most });
        }
        if all >= self.settings.max_private_rooms {
            return Err(LobbyError::Full);
        }
        self.has_room(register)
    }

    /// What a private room by that wish is like, but for its name, and which of the configured rooms that is.
    fn private_room(&self, wish: &RoomWish, register: &Register) -> Result<(RoomConfig, usize), LobbyError> {
        let suits = |&(template, room): &(usize, &RoomConfig)| {
            let is_like = wish.like.as_ref().is_none_or(|like| room.name == *like);
            let has_game = wish.game.as_ref().is_none_or(|game| register.game_of(template) == Some(game));
            let has_mode = wish.mode.as_ref().is_none_or(|mode| register.mode_of(template) == Some(mode));
            room.public && is_like && has_game && has_mode
        };
        let (template, like) = self.templates.iter().enumerate().find(suits).ok_or(LobbyError::NoTemplate)?;
        let max_players = wish.max_players.unwrap_or(like.max_players);
        if !(1..=like.max_players).contains(&max_players) {
            return Err(LobbyError::Size { most: like.max_players });
        }
        let fill_to = if wish.bots == Some(false) { 0 } else { like.fill_to.min(max_players) };
        let room = RoomConfig { max_players, fill_to, public: false, ..self.made_like(like) };
        Ok((room, template))
    }

    /// A room at run time is neither the same match again nor one that an operator has stopped.
    fn made_like(&self, like: &RoomConfig) -> RoomConfig {
        let lifetime = Lifetime::WhileUsed { idle_close_ms: self.settings.idle_close_ms };
        RoomConfig { seed: None, paused: false, lifetime, ..like.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crowd_gets_its_rooms_at_once_and_then_one_every_few_seconds() {
        let mut openings = Openings::default();
        let now = Instant::now();
        let opened = |openings: &mut Openings, now| (0..100).filter(|_| openings.take(now)).count();
        assert_eq!(opened(&mut openings, now), OPENINGS as usize);
        let in_a_storm: usize = (1..=20).map(|s| opened(&mut openings, now + Duration::from_secs(s))).sum();
        assert_eq!(in_a_storm, 4);
        assert_eq!(opened(&mut openings, now + Duration::from_secs(300)), OPENINGS as usize);
    }
}
