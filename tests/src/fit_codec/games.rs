//! The players that are recorded in each game.

use super::{Fitted, Recorded, bytes_per_snapshot, fit, minutes};
use crate::bots::{Pilot, Skater};
use perigee_arena::Scenario as ArenaScenario;
use perigee_hockey::command::FULL_PUSH;
use perigee_hockey::{HockeyCommand, Scenario as HockeyScenario};
use perigee_shared::netcode::Simulation;

/// All games whose codec can be fitted.
pub const GAMES: &[Codec] = &[Codec::of::<Pilot>(), Codec::of::<Skater>()];

/// A game whose codec can be fitted, without its type.
#[derive(Clone, Copy, Debug)]
pub struct Codec {
    /// The game's name, and its folder's.
    pub game: &'static str,
    /// See [`fit`].
    pub fit: fn() -> Fitted,
    /// See [`bytes_per_snapshot`].
    pub bytes_per_snapshot: fn() -> Result<f64, String>,
}

impl Codec {
    const fn of<C: Recorded>() -> Self {
        Self {
            game: <C::Game as Simulation>::ABOUT.name,
            fit: fit::<C>,
            bytes_per_snapshot: bytes_per_snapshot::<C>,
        }
    }
}

impl Recorded for Pilot {
    /// Most players steer by keys and press them fully, as cruisers and wanderers do; hunters represent players who
    /// steer by mouse, in small corrections.
    const PLAYERS: &'static [(&'static str, u16)] = &[("cruise", 90), ("wander", 30), ("hunt", 8)];
    const TICKS: u32 = minutes(2);

    fn scenario() -> ArenaScenario {
        ArenaScenario { asteroids: 30, pirates: 6, ..ArenaScenario::bare(4000.0, 4000.0) }
    }
}

impl Recorded for Skater {
    const PLAYERS: &'static [(&'static str, u16)] = &[("rookie", 2), ("able", 4), ("veteran", 2)];
    const TICKS: u32 = minutes(30);

    fn scenario() -> HockeyScenario {
        HockeyScenario { period_s: 600, periods: 5, ..HockeyScenario::default() }
    }

    /// Half of the players steer by keys, which are down or not; the others by a stick or a mouse, as the bot AI does.
    fn steer_by_device(number: usize, command: HockeyCommand) -> HockeyCommand {
        let key = |push: i8| push.signum() * if push.abs() > FULL_PUSH / 2 { FULL_PUSH } else { 0 };
        match number % 4 {
            0 | 1 => HockeyCommand { x: key(command.x), y: key(command.y), ..command },
            _ => command,
        }
    }
}
