//! What a room tells a game of its players: that one arrives, and what each asks for in a tick.

use crate::ids::PlayerId;
use crate::netcode::entity::command::Command;
use crate::netcode::seam::belongings::Belongings;
use crate::netcode::state::past::Lag;

/// What a player brings along into a match.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Arrival {
    /// What they own, as this game wrote it when they left. `None`: somebody who never owned anything, who may be given
    /// something to begin with. Who comes back with nothing has nothing.
    pub belongings: Option<Belongings>,
    /// Players with the same number other than 0 came together.
    pub party: u32,
    /// Whether no person gives the commands: the game itself plays them.
    pub driven: bool,
}

/// One player's command for the tick about to be stepped.
#[derive(Clone, Copy, Debug)]
pub struct PlayerInput<C> {
    /// Whose.
    pub player: PlayerId,
    /// What they ask for.
    pub command: C,
    /// What they pressed and the simulation has not heard of yet: the command that it began with, which may be one
    /// that came too late.
    pub pressed: Option<C>,
    /// How far in the past they see the others: where to look for what they shoot at, with [`Past::pose`](crate::netcode::Past::pose).
    pub lag: Lag,
    /// How many ticks ago the newest state was that they had when they pressed. If that is longer than `lag`, what they
    /// saw was the movement function's guess: [`Past::shown`](crate::netcode::Past::shown) guesses the same. 0 when nothing was pressed.
    pub known_ago_ticks: u8,
}

impl<C: Command> PlayerInput<C> {
    /// A player who asks for `command`, pressed nothing, and sees the present.
    #[must_use]
    pub fn plain(player: PlayerId, command: C) -> Self {
        Self { player, command, pressed: None, lag: Lag::default(), known_ago_ticks: 0 }
    }
}
