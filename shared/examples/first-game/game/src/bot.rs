//! How programs play: towards the nearest coin.

use crate::{Coin, Disc, Push, Thing};
use glam::IVec2;
use perigee_shared::ids::Slot;
use perigee_shared::netcode::EntityTable;

/// What the program asks for whose disc is in that slot.
pub(crate) fn push(table: &EntityTable<Thing>, slot: Slot) -> Push {
    let Some(Thing::Disc(Disc { at, velocity, .. })) = table.get(slot) else { return Push::default() };
    let coins = table.iter().filter_map(|(_, thing)| match thing {
        Thing::Coin(Coin { at }) => Some(*at),
        Thing::Disc(_) => None,
    });
    let nearest = coins.min_by_key(|coin| (*coin - *at).length_squared());
    // Where it will be soon, so that it does not run past the coin.
    let way = nearest.map_or(IVec2::ZERO, |coin| coin - *at - *velocity * 16);
    Push { x: way.x.signum() as i8, y: way.y.signum() as i8, brake: false }
}
