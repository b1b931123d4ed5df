//! The age of what a client knows about entities: the age of information. The budget's priorities keep it small, and
//! the operator sees it as percentiles. (Kaul, Yates and Gruteser 2012, "Real-time status: How often should one
//! update?")
//!
//! An age is counted for each entity that a client should see, in each tick: 0 if the client's state is exact as of
//! this tick, else the ticks since it was. It is the age at the host; the delay to the client comes on top.

/// Upper bounds of the age classes, in ticks; the last class has none.
const BOUNDS_TICKS: [u32; 15] = [0, 1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 24, 32, 48, 64];

/// How many entities had which age.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ages([u32; BOUNDS_TICKS.len() + 1]);

impl Ages {
    /// Counts `entities` of that age.
    pub fn count(&mut self, age_ticks: u32, entities: u32) {
        let class = BOUNDS_TICKS.iter().position(|&bound| age_ticks <= bound).unwrap_or(BOUNDS_TICKS.len());
        self.0[class] = self.0[class].saturating_add(entities);
    }

    /// Adds the counts of another.
    pub fn add(&mut self, other: &Self) {
        for (mine, theirs) in self.0.iter_mut().zip(other.0) {
            *mine = mine.saturating_add(theirs);
        }
    }

    /// The age that `percent` of all entities do not exceed, in ticks, rounded up to its class's bound. Ages beyond the
    /// last bound count as twice that.
    #[must_use]
    pub fn percentile_ticks(&self, percent: u32) -> u32 {
        let total: u64 = self.0.iter().map(|&count| u64::from(count)).sum();
        let mut left = (total * u64::from(percent)).div_ceil(100);
        for (class, &count) in self.0.iter().enumerate() {
            if left <= u64::from(count) {
                let last = BOUNDS_TICKS[BOUNDS_TICKS.len() - 1];
                return BOUNDS_TICKS.get(class).copied().unwrap_or(last * 2);
            }
            left -= u64::from(count);
        }
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_of_entities() {
        let mut ages = Ages::default();
        assert_eq!(ages.percentile_ticks(99), 0);
        ages.count(0, 98);
        ages.count(7, 1);
        ages.count(1000, 1);
        assert_eq!(ages.percentile_ticks(50), 0);
        assert_eq!(ages.percentile_ticks(98), 0);
        assert_eq!(ages.percentile_ticks(99), 8);
        assert_eq!(ages.percentile_ticks(100), 128);
        let mut twice = ages;
        twice.add(&ages);
        assert_eq!(twice.percentile_ticks(99), 8);
    }
}
