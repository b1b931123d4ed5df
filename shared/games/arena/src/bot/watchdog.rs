//! Whether a ship whose engine runs gets anywhere. What it does if not is in `stuck`.

use glam::Vec2;
use perigee_shared::bits::{BitError, BitReader, BitWriter};
use perigee_shared::hash::StateHasher;

/// Whoever is farther from where it was than this gets on, units.
const GETS_ON_UNITS: f32 = 50.0;
/// Thoughts with the engine on that may pass without: one and a half to three seconds, by how
/// often a bot thinks.
const STUCK_THOUGHTS: u8 = 45;
/// How long it then flies another way, thoughts.
const ELSEWHERE_THOUGHTS: u8 = 45;

/// Where a ship was, and whether it gets on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Watchdog {
    /// Where it was, whole units.
    mark: [u16; 2],
    /// Thoughts with the engine on since then.
    thoughts: u8,
    /// Thoughts for which it flies another way.
    elsewhere: u8,
    /// Which way, quanta of a turn.
    way: u16,
}

impl Watchdog {
    pub(super) fn hash_into(&self, hasher: &mut StateHasher) {
        let [x, y] = self.mark.map(u64::from);
        hasher.write_u64(x << 48 | y << 32 | u64::from(self.way) << 16);
        hasher.write_u64(u64::from(self.thoughts) << 8 | u64::from(self.elsewhere));
    }

    pub(super) fn save(&self, writer: &mut BitWriter) {
        for value in [self.mark[0], self.mark[1], self.way] {
            writer.write(u32::from(value), 16);
        }
        writer.write(u32::from(self.thoughts), 8);
        writer.write(u32::from(self.elsewhere), 8);
    }

    pub(super) fn load(reader: &mut BitReader<'_>) -> Result<Self, BitError> {
        let mark = [reader.read(16)? as u16, reader.read(16)? as u16];
        let way = reader.read(16)? as u16;
        Ok(Self { mark, way, thoughts: reader.read(8)? as u8, elsewhere: reader.read(8)? as u8 })
    }

    /// Whether a ship there, whose engine runs or not, has been trying for too long.
    pub(super) fn is_stuck(&mut self, at: Vec2, engine: bool) -> bool {
        let mark = Vec2::new(self.mark[0].into(), self.mark[1].into());
        if at.distance_squared(mark) > GETS_ON_UNITS * GETS_ON_UNITS {
            (self.mark, self.thoughts) = ([at.x as u16, at.y as u16], 0);
        } else {
            self.thoughts = self.thoughts.saturating_add(u8::from(engine));
        }
        self.thoughts >= STUCK_THOUGHTS
    }

    /// It flies another way for a while.
    pub(super) fn turn_away(&mut self, way: u16) {
        (self.way, self.thoughts, self.elsewhere) = (way, 0, ELSEWHERE_THOUGHTS);
    }

    /// One thought of another way, quanta of a turn; `None` for a ship that is not to fly one.
    pub(super) fn way_out(&mut self) -> Option<u16> {
        self.elsewhere = self.elsewhere.checked_sub(1)?;
        Some(self.way)
    }
}
