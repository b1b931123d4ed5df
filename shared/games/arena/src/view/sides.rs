//! Whose it is, as the player sees it: their own, their foes', a team's, a pirate's. A side has a colour, and ships carry
//! a mark as well, so that colour is never the only sign.

use crate::class::Team;
use crate::entity::Ship;
use crate::view::palette::Palette;
use crate::world::Arena;
use perigee_shared::ids::PlayerId;
use perigee_shared::netcode::{Scene, Simulation};
use perigee_shared::presentation::Color;

/// Whose it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// The player's own.
    Own,
    /// Anybody else's, where nobody has friends.
    Enemy,
    /// The first team's.
    TeamA,
    /// The second team's.
    TeamB,
    /// A pirate's.
    Pirate,
}

impl Side {
    /// All of them.
    pub(super) const ALL: [Self; 5] = [Self::Own, Self::Enemy, Self::TeamA, Self::TeamB, Self::Pirate];

    /// The side of a ship.
    pub(super) fn of_ship(ship: &Ship, me: PlayerId) -> Self {
        if ship.owner == me { Self::Own } else { Self::of_team(ship.team) }
    }

    /// The side of a player, wherever their ship is.
    pub(super) fn of_player(player: PlayerId, scene: &Scene<'_, Arena>) -> Self {
        if player == scene.me {
            return Self::Own;
        }
        if Arena::npc_name(player).is_some() {
            return Self::Pirate;
        }
        let at = scene.roster.binary_search_by_key(&player, |entry| entry.player);
        let team = at.map_or(0, |at| scene.roster[at].standing.team);
        Self::of_team(Team::from_index(usize::from(team)).unwrap_or_default())
    }

    fn of_team(team: Team) -> Self {
        match team {
            Team::Free => Self::Enemy,
            Team::A => Self::TeamA,
            Team::B => Self::TeamB,
            Team::Pirates => Self::Pirate,
        }
    }

    /// The side's colour.
    pub(super) fn color(self, palette: &Palette) -> Color {
        match self {
            Self::Own => palette.own,
            Self::Enemy => palette.enemy,
            Self::TeamA => palette.team_a,
            Self::TeamB => palette.team_b,
            Self::Pirate => palette.pirate,
        }
    }

    /// Bars beside a ship: one for the first team, two for the second, three for pirates.
    pub(super) fn bars(self) -> u32 {
        match self {
            Self::Own | Self::Enemy => 0,
            Self::TeamA => 1,
            Self::TeamB => 2,
            Self::Pirate => 3,
        }
    }
}
