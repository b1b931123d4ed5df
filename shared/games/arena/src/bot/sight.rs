//! What a bot looks at, of all that is in view: the nearest foe that it may fight, the nearest goods.

use super::mercy::Regard;
use crate::entity::{ArenaEntity, Crate, Ship};
use perigee_shared::ids::PlayerId;

/// What of all that is in view a bot looks at.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sight<'a> {
    /// The nearest ship that it may hurt.
    pub(super) foe: Option<&'a Ship>,
    /// The nearest goods that float.
    pub(super) floating: Option<&'a Crate>,
}

impl<'a> Sight<'a> {
    /// What `own` looks at of all that is seen. Unless somebody hits it, it picks a fight with nobody beyond `reach_units`
    /// nor with who is spared; if somebody does, it may be one of these, where there is nobody else.
    pub(super) fn of(
        own: &Ship,
        seen: impl Iterator<Item = &'a ArenaEntity>,
        regard: impl Fn(PlayerId) -> Regard,
        is_alarmed: bool,
        reach_units: f32,
    ) -> Self {
        let at = own.position.units();
        let (mut sight, mut crate_far) = (Self::default(), f32::MAX);
        let mut foe_far = if is_alarmed { f32::MAX } else { reach_units * reach_units };
        let (mut spared, mut spared_far) = (None, f32::MAX);
        for entity in seen {
            match entity {
                ArenaEntity::Ship(ship) => {
                    let is_foe = ship.owner != own.owner && own.team.is_hostile_to(ship.team);
                    if !is_foe || ship.protection > 0 {
                        continue;
                    }
                    let far = ship.position.units().distance_squared(at);
                    match regard(ship.owner) {
                        Regard::Spared if far < spared_far => (spared, spared_far) = (Some(ship), far),
                        Regard::Spared => {}
                        regard if far * regard.detour() < foe_far => {
                            (sight.foe, foe_far) = (Some(ship), far * regard.detour());
                        }
                        _ => {}
                    }
                }
                ArenaEntity::Crate(floating) => {
                    let far = floating.position.units().distance_squared(at);
                    if far < crate_far {
                        (sight.floating, crate_far) = (Some(floating), far);
                    }
                }
                _ => {}
            }
        }
        sight.foe = sight.foe.or(spared.filter(|_| is_alarmed));
        sight
    }
}
