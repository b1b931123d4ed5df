//! What a bot keeps of a fight: how far its aim is off, whether it gets out of the line, whether it was hit.

use super::skill::Skill;
use crate::command::{ArenaCommand, FULL_TURN};
use crate::entity::QUANTA_PER_TURN;
use perigee_shared::bits::{BitError, BitReader, BitWriter};
use perigee_shared::hash::StateHasher;
use perigee_shared::rng::Rng;

/// How long one gets out of the line, thoughts: at least, and so many more below this.
const DODGE_THOUGHTS: (u32, u32) = (16, 12);

/// How long whoever was hit thinks of it, thoughts.
const ALARM_THOUGHTS: u8 = 60;

/// What a fighter does just now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct CombatState {
    /// How far its hand is off, quanta of a turn.
    error: i16,
    /// Thoughts for which it still gets out of the line, to the left above 0, to the right below.
    dodge: i8,
    /// Thoughts for which it still answers that it was hit.
    alarm: u8,
}

impl CombatState {
    pub(super) fn hash_into(&self, hasher: &mut StateHasher) {
        hasher.write_i32(
            i32::from(self.error) << 16 | i32::from(self.dodge as u8) << 8 | i32::from(self.alarm),
        );
    }

    pub(super) fn save(&self, writer: &mut BitWriter) {
        writer.write(u32::from(self.error as u16), 16);
        writer.write(u32::from(self.dodge as u8), 8);
        writer.write(u32::from(self.alarm), 8);
    }

    pub(super) fn load(reader: &mut BitReader<'_>) -> Result<Self, BitError> {
        let (error, dodge) = (reader.read(16)? as u16 as i16, reader.read(8)? as u8 as i8);
        Ok(Self { error, dodge, alarm: reader.read(8)? as u8 })
    }

    /// How far the aim is off, quanta of a turn.
    pub(super) fn error(&self) -> i16 {
        self.error
    }

    /// One thought of whether it is being hit; whether it was in the last seconds.
    pub(super) fn note_alarm(&mut self, is_hit: bool) -> bool {
        self.alarm = if is_hit { ALARM_THOUGHTS } else { self.alarm.saturating_sub(1) };
        self.is_alarmed()
    }

    /// Whether it was hit in the last seconds.
    pub(super) fn is_alarmed(&self) -> bool {
        self.alarm > 0
    }

    /// Whether it gets out of the line in this tick: whoever is hit does so, sooner or later.
    pub(super) fn dodges(&mut self, is_hit: bool, skill: &Skill, rng: &mut Rng) -> bool {
        self.dodge -= self.dodge.signum();
        if self.dodge == 0 && is_hit && rng.chance(skill.shy.0, skill.shy.1) {
            let thoughts = (DODGE_THOUGHTS.0 + rng.below(DODGE_THOUGHTS.1)) as i8;
            self.dodge = if rng.chance(1, 2) { thoughts } else { -thoughts };
        }
        self.dodge != 0
    }

    /// First the ship turns aside, then it goes there.
    pub(super) fn out_of_the_line(&self) -> ArenaCommand {
        let turns = u32::from(self.dodge.unsigned_abs()) > DODGE_THOUGHTS.0 / 2;
        let turn = if turns { FULL_TURN * self.dodge.signum() } else { 0 };
        ArenaCommand { thrust: true, turn, ..ArenaCommand::default() }
    }

    /// Now and then the hand slips another way.
    pub(super) fn shake(&mut self, skill: &Skill, rng: &mut Rng) {
        if skill.unsteady_turns > 0.0 && rng.chance(1, 6) {
            let error = rng.range(-skill.unsteady_turns, skill.unsteady_turns);
            self.error = (error * QUANTA_PER_TURN) as i16;
        }
    }
}
