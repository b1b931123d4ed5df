//! Whatever the arena replicates, stored on the wire's grid: what cannot be sent cannot be held. Each kind has its field
//! table in its struct; here they become one type. What the netcode asks of that type is in `replication`.

mod contest;
mod goods;
mod projectile;
mod ship;
mod table;

pub use crate::grid_vec::{
    GridVec, IMPULSE_QUANTA_LOG2, MAX_ARENA_UNITS, MAX_SHIP_SPEED_UNITS_PER_S, MAX_SPEED_UNITS_PER_S,
    QUANTA_PER_TURN, QUANTA_PER_UNIT,
};
pub use contest::{Contest, MAX_TEAM_SCORE, Phase};
pub use goods::{Crate, Hold};
pub use projectile::{Missile, Shot};
pub use ship::Ship;
#[cfg(test)]
pub(crate) use ship::fresh_lance;

use perigee_shared::netcode::replicated;

replicated! {
    /// Whatever is in the arena.
    #[derive(Eq)]
    pub enum ArenaEntity {
        /// A ship.
        Ship(Ship),
        /// A shot.
        Shot(Shot),
        /// A missile.
        Missile(Missile),
        /// Goods that float.
        Crate(Crate),
        /// A pilot's belongings, for the pilot.
        Hold(Hold),
        /// How the match stands, for everybody. There is one.
        Contest(Contest),
    }
}
