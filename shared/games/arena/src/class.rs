//! The ship classes and the teams: names for small numbers that are told on the wire.

use crate::tuning::{CLASSES, ClassTuning};
use perigee_shared::netcode::Column;

/// What kind of ship it is. A ship keeps its class until it is lost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ShipClass {
    /// Light, fast, quick to turn; a beam that hits at once, and not far.
    Dart,
    /// All-round; a quick gun.
    #[default]
    Lance,
    /// Slow and strong, with a big hold; a heavy, slower gun.
    Barge,
}

impl ShipClass {
    /// All of them, by number.
    pub const ALL: [Self; 3] = [Self::Dart, Self::Lance, Self::Barge];

    /// Its number on the wire, `0..3`.
    #[must_use]
    pub fn index(self) -> usize {
        self as usize
    }

    /// The class with that number; there is none beyond 2.
    #[must_use]
    pub fn from_index(index: usize) -> Option<Self> {
        Self::ALL.get(index).copied()
    }

    /// What it can do.
    #[must_use]
    pub fn tuning(self) -> &'static ClassTuning {
        &CLASSES[self.index()]
    }
}

/// Whom a ship fights for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Team {
    /// Itself alone.
    #[default]
    Free,
    /// The first team.
    A,
    /// The second team.
    B,
    /// The pirates, who are everybody's foe but each other's.
    Pirates,
}

impl Team {
    /// All of them, by number.
    pub const ALL: [Self; 4] = [Self::Free, Self::A, Self::B, Self::Pirates];

    /// Its number on the wire, `0..4`.
    #[must_use]
    pub fn index(self) -> usize {
        self as usize
    }

    /// The team with that number; there is none beyond 3.
    #[must_use]
    pub fn from_index(index: usize) -> Option<Self> {
        Self::ALL.get(index).copied()
    }

    /// Whether two different pilots of these teams may hurt each other.
    #[must_use]
    pub fn is_hostile_to(self, other: Self) -> bool {
        self == Self::Free || self != other
    }

    /// The other of the two teams that play for a zone.
    #[must_use]
    pub fn rival(self) -> Self {
        match self {
            Self::A => Self::B,
            Self::B => Self::A,
            other => other,
        }
    }
}

impl Column for ShipClass {
    fn write(self, cells: &mut [i32]) {
        cells[0] = self.index() as i32;
    }

    fn read(cells: &[i32]) -> Self {
        Self::from_index(cells[0] as usize).unwrap_or_default()
    }
}

impl Column for Team {
    fn write(self, cells: &mut [i32]) {
        cells[0] = self.index() as i32;
    }

    fn read(cells: &[i32]) -> Self {
        Self::from_index(cells[0] as usize).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_is_its_own_and_the_next_is_none() {
        assert!(ShipClass::ALL.iter().all(|&class| ShipClass::from_index(class.index()) == Some(class)));
        assert!(Team::ALL.iter().all(|&team| Team::from_index(team.index()) == Some(team)));
        assert_eq!((ShipClass::from_index(3), Team::from_index(4)), (None, None));
    }

    #[test]
    fn friends_are_of_one_team_and_the_free_have_none() {
        assert!(Team::Free.is_hostile_to(Team::Free) && Team::Free.is_hostile_to(Team::Pirates));
        assert!(Team::A.is_hostile_to(Team::B) && Team::Pirates.is_hostile_to(Team::A));
        assert!(!Team::A.is_hostile_to(Team::A) && !Team::Pirates.is_hostile_to(Team::Pirates));
    }
}
