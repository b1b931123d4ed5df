//! What a bot is about: where it goes and for how long it tries. It is set by plans, once or twice a second, and flown
//! in between.

use perigee_shared::bits::{BitError, BitReader, BitWriter};
use perigee_shared::hash::StateHasher;
use perigee_shared::rng::Rng;

/// Where an errand leads. What it names may not exist: it can come from a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Goal {
    /// Nowhere.
    #[default]
    Nothing,
    /// To a rock, by its number.
    Rock(u8),
    /// To a station, by its number.
    Station(u8),
}

const GOALS: u32 = 3;
/// Thoughts between two plans: at least, and so many more below this. An order given is carried out within them.
const PAUSE_THOUGHTS: (u32, u32) = (12, 12);
/// Plans without any progress after which another goal is chosen.
const PATIENCE_PLANS: u8 = 36;
/// At a goal, patience is so much shorter.
const IMPATIENCE: u8 = 4;
/// What a bot is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Errand {
    pub(super) goal: Goal,
    /// Where nothing came of it last.
    pub(super) shunned: Goal,
    /// Plans for which it still tries.
    patience: u8,
    /// Thoughts until the next plan.
    pause: u8,
    /// Pieces in the hold at the last plan.
    pub(super) load: u8,
}

impl Goal {
    fn code(self) -> (u32, u8) {
        match self {
            Self::Nothing => (0, 0),
            Self::Rock(index) => (1, index),
            Self::Station(index) => (2, index),
        }
    }

    fn save(self, writer: &mut BitWriter) {
        let (kind, index) = self.code();
        writer.write_below(kind, GOALS);
        writer.write(u32::from(index), 8);
    }

    fn load(reader: &mut BitReader<'_>) -> Result<Self, BitError> {
        let (kind, index) = (reader.read_below(GOALS)?, reader.read(8)? as u8);
        match (kind, index) {
            (0, 0) => Ok(Self::Nothing),
            (1, index) => Ok(Self::Rock(index)),
            (2, index) => Ok(Self::Station(index)),
            _ => Err(BitError::OutOfRange),
        }
    }
}

impl Errand {
    pub(super) fn hash_into(&self, hasher: &mut StateHasher) {
        for (kind, index) in [self.goal.code(), self.shunned.code()] {
            hasher.write_u64(u64::from(kind) << 8 | u64::from(index));
        }
        let [patience, pause, load] = [self.patience, self.pause, self.load].map(u64::from);
        hasher.write_u64(patience << 16 | pause << 8 | load);
    }

    pub(super) fn save(&self, writer: &mut BitWriter) {
        self.goal.save(writer);
        self.shunned.save(writer);
        for value in [self.patience, self.pause, self.load] {
            writer.write(u32::from(value), 8);
        }
    }

    pub(super) fn load(reader: &mut BitReader<'_>) -> Result<Self, BitError> {
        let (goal, shunned) = (Goal::load(reader)?, Goal::load(reader)?);
        let (patience, pause) = (reader.read(8)? as u8, reader.read(8)? as u8);
        Ok(Self { goal, shunned, patience, pause, load: reader.read(8)? as u8 })
    }

    /// Something else, from now on.
    pub(super) fn turn_to(&mut self, goal: Goal) {
        if goal != self.goal {
            (self.goal, self.patience) = (goal, PATIENCE_PLANS);
        }
    }

    /// Nothing came of it: not there again at once.
    pub(super) fn give_up(&mut self) {
        if self.goal != Goal::Nothing {
            (self.shunned, self.goal) = (self.goal, Goal::Nothing);
        }
    }

    /// One plan more: whether anything was got or got rid of since the last one.
    pub(super) fn note_progress(&mut self, load: u16, is_there: bool) {
        let load = load.min(u8::MAX.into()) as u8;
        if load != self.load {
            (self.load, self.patience) = (load, PATIENCE_PLANS);
            return;
        }
        self.patience = self.patience.saturating_sub(if is_there { IMPATIENCE } else { 1 });
        if self.patience == 0 {
            self.give_up();
        }
    }

    /// Whether a plan is due; once or twice a second.
    pub(super) fn is_time_to_plan(&mut self, rng: &mut Rng) -> bool {
        let is_due = self.pause == 0;
        self.pause =
            if is_due { (PAUSE_THOUGHTS.0 + rng.below(PAUSE_THOUGHTS.1)) as u8 } else { self.pause - 1 };
        is_due
    }
}
