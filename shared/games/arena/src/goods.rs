//! The goods of the arena: what may lie in a hold, a crate or a station, and what it is worth by and large.

use perigee_shared::netcode::Column;

/// How many goods there are.
pub const GOODS: usize = 5;

/// Something that can be owned, carried and sold, in whole units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Good {
    /// Ore, from asteroids.
    Iron = 0,
    /// Water and air, from asteroids.
    Ice = 1,
    /// Ore, rare, from asteroids.
    Crystal = 2,
    /// Made of ice in refineries.
    Fuel = 3,
    /// Made of iron and crystal in foundries.
    Tech = 4,
}

impl Good {
    /// All of them, by index.
    pub const ALL: [Self; GOODS] = [Self::Iron, Self::Ice, Self::Crystal, Self::Fuel, Self::Tech];
    /// Those that come out of asteroids.
    pub const ORES: [Self; 3] = [Self::Iron, Self::Ice, Self::Crystal];

    /// The good with that index, or `None` if there is none: the index came from outside.
    #[must_use]
    pub fn from_index(index: usize) -> Option<Self> {
        Self::ALL.get(index).copied()
    }

    /// Its place in arrays, `0..GOODS`.
    #[must_use]
    pub fn index(self) -> usize {
        self as usize
    }

    /// What it is called on screen.
    #[must_use]
    pub fn name(self) -> &'static str {
        ["Iron", "Ice", "Crystal", "Fuel", "Tech"][self.index()]
    }

    /// What one unit is worth where nothing is scarce, credits.
    #[must_use]
    pub fn base_price(self) -> u32 {
        [30, 20, 90, 60, 240][self.index()]
    }

    /// Whether it comes out of asteroids; the others are made by stations.
    #[must_use]
    pub fn is_mined(self) -> bool {
        Self::ORES.contains(&self)
    }
}

/// What `goods` are worth at base prices, credits.
#[must_use]
pub fn value_at_base(goods: &[u16; GOODS]) -> i64 {
    Good::ALL.iter().zip(goods).map(|(good, &units)| i64::from(good.base_price()) * i64::from(units)).sum()
}

impl Column for Good {
    fn write(self, cells: &mut [i32]) {
        cells[0] = self.index() as i32;
    }

    fn read(cells: &[i32]) -> Self {
        Self::from_index(cells[0] as usize).unwrap_or(Self::Iron)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_good_is_its_index() {
        for (index, good) in Good::ALL.into_iter().enumerate() {
            assert_eq!((good.index(), Good::from_index(index)), (index, Some(good)));
        }
        assert_eq!(Good::from_index(GOODS), None);
        assert_eq!(value_at_base(&[1, 2, 0, 0, 1]), 310);
    }
}
