//! Nobody stays stuck: a ship whose engine runs and that does not get anywhere turns away and does something else.

use super::flight::{avoid, off_line, turn_to};
use super::state::Bot;
use crate::command::ArenaCommand;
use crate::entity::Ship;
use crate::map::ArenaMap;
use crate::movement::heading;
use glam::Vec2;

/// How far off the straight way out that may lead, turns.
const ASIDE_TURNS: f32 = 0.15;

impl Bot {
    /// The command of a ship that is stuck; `None` for one that is not.
    pub(super) fn break_free(&mut self, own: &Ship, map: &ArenaMap) -> Option<ArenaCommand> {
        let at = own.position.units();
        if self.watchdog.is_stuck(at, self.command.thrust) {
            let out = avoid(at, Vec2::ZERO, map);
            let aside = self.rng.range(-ASIDE_TURNS, ASIDE_TURNS);
            // Out of what is near; where nothing is, anywhere.
            let angle = if out == Vec2::ZERO { self.rng.next_u32() as u16 } else { angle_of(out, aside) };
            self.watchdog.turn_away(angle);
            self.errand.give_up();
        }
        let off = off_line(own, heading(self.watchdog.way_out()?));
        let thrust = off.abs() < 0.15;
        Some(ArenaCommand { thrust, brake: !thrust, turn: turn_to(own, off), ..ArenaCommand::default() })
    }
}

fn angle_of(out: Vec2, aside_turns: f32) -> u16 {
    let turns = crate::movement::heading_turns(out) + aside_turns;
    ((turns - libm::floorf(turns)) * crate::entity::QUANTA_PER_TURN) as u32 as u16
}
