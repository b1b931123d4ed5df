//! The ship classes, with all that one can do in a row, and the teams: names for small numbers that are told on the wire.

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

/// What one class of ship can do.
#[derive(Clone, Copy, Debug)]
pub struct ClassTuning {
    /// What players call it.
    pub name: &'static str,
    /// Fastest it gets under its own engine, units/s.
    pub top_speed_units_per_s: f32,
    /// Engine's acceleration, units/s^2. Drag follows: at top speed it equals the engine.
    pub acceleration_units_per_s2: f32,
    /// Full turn rate, turns/s.
    pub turn_rate_turns_per_s: f32,
    /// Hull of a fresh ship, points.
    pub hull: u8,
    /// A full shield, in tenths of a point.
    pub shield: u16,
    /// Energy that comes back per tick, in tenths.
    pub energy_per_tick: u16,
    /// Energy one firing takes, in tenths.
    pub energy_per_firing: u16,
    /// Ticks between two firings.
    pub cooldown_ticks: u8,
    /// What a hit takes, points of shield and hull.
    pub damage: u8,
    /// What its first weapon is.
    pub barrel: Barrel,
    /// Goods that fit into its hold, pieces.
    pub hold: u16,
    /// What it costs to have one instead of another, credits.
    pub refit_credits: u32,
    /// When bots in it fight back.
    pub courage: Courage,
}

/// Shares of hull and shield, `0..=1`, with which bots of a class that live by their goods still fight: who can run does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Courage {
    /// Of miners.
    pub miner: f32,
    /// Of traders.
    pub trader: f32,
}

/// What a ship's first weapon is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Barrel {
    /// Hits at once what lies in its line.
    Beam {
        /// How far it reaches from the ship's centre, units.
        range_units: f32,
    },
    /// Fires a shot, which takes its time.
    Gun {
        /// A shot's own speed, units/s; the ship's is added.
        speed_units_per_s: f32,
        /// How long a shot flies, ticks.
        life_ticks: u8,
    },
}

/// The classes, by number. Between equal pilots who get out of the line when they are hit, a duel lasts six to nine seconds
/// from the first hit, and no class wins more than about two thirds of its duels against another (`world::duels` plays
/// them by the hundred):
///
/// - the Dart's beam needs no lead, so it hits who dodges; it must come near, and has the least to lose
/// - the Lance's gun outlasts its energy: a burst of 48 points/s for four seconds, 27 after that
/// - the Barge's shots are slow and hurt nearly twice as much, and it has half as much again to lose; it cannot run
pub const CLASSES: [ClassTuning; 3] = [
    ClassTuning {
        name: "Dart",
        top_speed_units_per_s: 400.0,
        acceleration_units_per_s2: 400.0,
        turn_rate_turns_per_s: 0.8,
        hull: 80,
        shield: 700,
        energy_per_tick: 9,
        energy_per_firing: 60,
        cooldown_ticks: 6,
        damage: 11,
        barrel: Barrel::Beam { range_units: 480.0 },
        hold: 12,
        refit_credits: 200,
        courage: Courage { miner: 0.6, trader: 0.9 },
    },
    ClassTuning {
        name: "Lance",
        top_speed_units_per_s: 360.0,
        acceleration_units_per_s2: 300.0,
        turn_rate_turns_per_s: 0.62,
        hull: 100,
        shield: 800,
        energy_per_tick: 8,
        energy_per_firing: 70,
        cooldown_ticks: 5,
        damage: 8,
        barrel: Barrel::Gun { speed_units_per_s: 780.0, life_ticks: 30 },
        hold: 24,
        refit_credits: 250,
        courage: Courage { miner: 0.5, trader: 0.75 },
    },
    ClassTuning {
        name: "Barge",
        top_speed_units_per_s: 280.0,
        acceleration_units_per_s2: 220.0,
        turn_rate_turns_per_s: 0.46,
        hull: 140,
        shield: 1100,
        energy_per_tick: 8,
        energy_per_firing: 110,
        cooldown_ticks: 10,
        damage: 14,
        barrel: Barrel::Gun { speed_units_per_s: 640.0, life_ticks: 36 },
        hold: 80,
        refit_credits: 400,
        courage: Courage { miner: 0.2, trader: 0.25 },
    },
];

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
    /// What players call it.
    #[must_use]
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::A => "Team A",
            Self::B => "Team B",
            Self::Pirates => "Pirates",
            Self::Free => "Nobody",
        }
    }

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
