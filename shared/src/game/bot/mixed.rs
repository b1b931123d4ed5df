//! A crowd as an evening brings it together: some fight, some dig, some trade, some are after the zone.

use super::Behaviour;
use crate::rng::Rng;

/// Of so many, each of these.
const CROWD: [Behaviour; 10] = [
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

/// One of the crowd.
pub(super) fn one_of(rng: &mut Rng) -> Behaviour {
    CROWD[rng.below(CROWD.len() as u32) as usize]
}
