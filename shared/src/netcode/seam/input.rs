//! What a room passes to a game about its players: that a player arrives, and what each asks for in a tick.

use crate::ids::PlayerId;
use crate::netcode::entity::command::Command;
use crate::netcode::seam::belongings::Belongings;
use crate::netcode::state::past::Lag;

/// What a player brings along into a match.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Arrival {
    /// What they own, as this game wrote it when they left. `None`: a player who never owned anything, whom the game
    /// may give a starting balance. A player who comes back with empty belongings gets none.
    pub belongings: Option<Belongings>,
    /// Players with the same number other than 0 arrived as one party.
    pub party: u32,
    /// Whether the game itself gives the commands, instead of a person.
    pub driven: bool,
}

/// One player's command for the tick about to be stepped.
#[derive(Clone, Copy, Debug)]
pub struct PlayerInput<C> {
    /// Whose command.
    pub player: PlayerId,
    /// What they ask for.
    pub command: C,
    /// The press that the simulation has not yet received: the command that the press began with, which may be one that
    /// arrived too late.
    pub pressed: Option<C>,
    /// How far in the past they see the others: where to look for their targets, with
    /// [`Past::pose`](crate::netcode::Past::pose).
    pub lag: Lag,
    /// How many ticks ago the newest state was that they had when they pressed. If that is longer than `lag`, they saw
    /// an extrapolation: [`Past::shown`](crate::netcode::Past::shown) extrapolates the same way. 0 when nothing was
    /// pressed.
    pub known_ago_ticks: u8,
}

impl<C: Command> PlayerInput<C> {
    /// A player who asks for `command`, pressed nothing, and sees the present.
    #[must_use]
    pub fn plain(player: PlayerId, command: C) -> Self {
        Self { player, command, pressed: None, lag: Lag::default(), known_ago_ticks: 0 }
    }
}
