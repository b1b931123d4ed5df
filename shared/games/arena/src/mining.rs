//! What asteroids have in them, and what a weapon chips out of them.
//!
//! Damage adds up until it is enough for a unit; what was taken grows back slowly, so that no arena runs dry. Where the
//! ore goes is not known here.

use crate::goods::Good;
use perigee_shared::bits::{BitReader, BitWriter};
use perigee_shared::hash::StateHasher;
use perigee_shared::netcode::LoadError;
use perigee_shared::tick::{TICK_HZ, Tick};

/// Points of damage that chip one unit: about one in a second of a Lance's fire.
pub const DAMAGE_PER_UNIT: u16 = 30;
/// Seconds in which an empty asteroid is full again.
const REGROWTH_S: u32 = 240;
/// What regrowth is reckoned in, parts of a unit.
const PARTS: u32 = 1024;

/// The ore of one asteroid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Vein {
    ore: Good,
    /// What it holds when full, parts.
    richness: u32,
    /// What it holds, parts.
    left: u32,
    /// Damage that was not enough for a unit yet.
    damage: u16,
}

/// The ore of all asteroids, by index.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mines {
    veins: Vec<Vein>,
}

impl Mines {
    /// Full asteroids: what ore is in each, and how many units of it.
    #[must_use]
    pub fn new(asteroids: impl Iterator<Item = (Good, u16)>) -> Self {
        let full = |(ore, units): (Good, u16)| {
            let richness = u32::from(units) * PARTS;
            Vein { ore, richness, left: richness, damage: 0 }
        };
        Self { veins: asteroids.map(full).collect() }
    }

    /// Once a tick: each asteroid grows once a second, not all in the same tick.
    pub fn regrow(&mut self, tick: Tick) {
        for vein in self.veins.iter_mut().skip((tick.0 % TICK_HZ) as usize).step_by(TICK_HZ as usize) {
            vein.left = (vein.left + vein.richness.div_ceil(REGROWTH_S)).min(vein.richness);
        }
    }

    /// A weapon strikes an asteroid: what comes off, if it was enough. Damage to an exhausted one is wasted.
    pub fn chip(&mut self, asteroid: usize, damage: u16) -> Option<(Good, u16)> {
        let vein = self.veins.get_mut(asteroid)?;
        let collected = vein.damage.saturating_add(damage);
        vein.damage = collected % DAMAGE_PER_UNIT;
        let units = (collected / DAMAGE_PER_UNIT).min((vein.left / PARTS) as u16);
        vein.left -= u32::from(units) * PARTS;
        (units > 0).then_some((vein.ore, units))
    }

    /// Units that are in an asteroid.
    #[must_use]
    pub fn left(&self, asteroid: usize) -> u16 {
        self.veins.get(asteroid).map_or(0, |vein| (vein.left / PARTS) as u16)
    }

    /// Mixes the state into `hasher`.
    pub fn hash_into(&self, hasher: &mut StateHasher) {
        for vein in &self.veins {
            hasher.write_u64(u64::from(vein.left) << 16 | u64::from(vein.damage));
        }
    }

    /// Appends the state.
    pub fn save(&self, writer: &mut BitWriter) {
        for vein in &self.veins {
            // Most are full and untouched.
            let touched = vein.left != vein.richness || vein.damage != 0;
            writer.write_bool(touched);
            if touched {
                writer.write(vein.left, 32);
                writer.write(u32::from(vein.damage), 16);
            }
        }
    }

    /// Reads what [`Self::save`] wrote into the mines of the same map.
    ///
    /// # Errors
    /// A [`LoadError`] for what no asteroid holds.
    pub fn load(&mut self, reader: &mut BitReader<'_>) -> Result<(), LoadError> {
        for vein in &mut self.veins {
            (vein.left, vein.damage) = (vein.richness, 0);
            if reader.read_bool()? {
                (vein.left, vein.damage) = (reader.read(32)?, reader.read(16)? as u16);
            }
            if vein.left > vein.richness || vein.damage >= DAMAGE_PER_UNIT {
                return Err(LoadError::Contradiction("an asteroid with more than it can hold"));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mines() -> Mines {
        Mines::new((0..40).map(|n| (Good::ORES[n % 3], 12)))
    }

    #[test]
    fn damage_adds_up_to_units_until_nothing_is_left() {
        let mut mines = mines();
        assert_eq!(mines.chip(1, 18), None);
        assert_eq!(mines.chip(1, 18), Some((Good::Ice, 1)));
        assert_eq!(mines.chip(1, 114), Some((Good::Ice, 4)));
        assert_eq!(mines.chip(1, u16::MAX), Some((Good::Ice, 7)));
        assert_eq!((mines.chip(1, 400), mines.left(1)), (None, 0));
        assert_eq!(mines.chip(40, 400), None);
    }

    #[test]
    fn what_was_taken_grows_back_and_no_more() {
        let mut mines = mines();
        mines.chip(39, 180);
        let grown =
            |mines: &mut Mines, seconds: u32| (0..seconds * TICK_HZ).for_each(|t| mines.regrow(Tick(t)));
        grown(&mut mines, REGROWTH_S / 4);
        assert_eq!(mines.left(39), 9);
        grown(&mut mines, REGROWTH_S);
        assert_eq!(mines, self::mines());
    }

    #[test]
    fn a_saved_asteroid_is_as_it_was() {
        let mut mines = mines();
        mines.chip(3, 140);
        let mut writer = BitWriter::new();
        mines.save(&mut writer);
        let mut again = self::mines();
        again.load(&mut BitReader::new(writer.finish())).unwrap();
        assert_eq!(again, mines);
        assert!(again.load(&mut BitReader::new(&[0xff; 300])).is_err());
    }
}
