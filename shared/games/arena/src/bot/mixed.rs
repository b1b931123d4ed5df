//! Behaviours as an evening brings them together: some fight, some dig, some trade, some are after the zone.

use super::behaviour::Behaviour;
use super::skill::Level;
use perigee_shared::rng::Rng;

/// Of so many, each of these.
const SHARES: [Behaviour; 10] = [
    Behaviour::Hunt,
    Behaviour::Hunt,
    Behaviour::Hunt,
    Behaviour::Mine,
    Behaviour::Mine,
    Behaviour::Mine,
    Behaviour::Trade,
    Behaviour::Trade,
    Behaviour::Capture,
    Behaviour::Capture,
];

/// Of so many, each of these: most people are no masters.
const LEVELS: [Level; 10] = [
    Level::Rookie,
    Level::Rookie,
    Level::Rookie,
    Level::Rookie,
    Level::Able,
    Level::Able,
    Level::Able,
    Level::Able,
    Level::Veteran,
    Level::Veteran,
];

/// One of them.
pub(super) fn one_of(rng: &mut Rng) -> (Behaviour, Level) {
    let behaviour = SHARES[rng.below(SHARES.len() as u32) as usize];
    (behaviour, LEVELS[rng.below(LEVELS.len() as u32) as usize])
}
