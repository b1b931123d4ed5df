//! Goods: floating in crates, and in a pilot's hold.

use super::table::{CRATE_VELOCITY, OWNER, X, Y};
use crate::class::ShipClass;
use crate::goods::{GOODS, Good};
use crate::grid_vec::GridVec;
use crate::market::MAX_CREDITS;
use crate::tuning::{CRATE_LIFE_TICKS, MAX_CRATE_AMOUNT, MAX_HOLD};
use perigee_shared::ids::PlayerId;
use perigee_shared::netcode::{Field, replicated};

const FIELD_NAMES: [&str; GOODS] = ["iron", "ice", "crystal", "fuel", "tech"];

replicated! {
    /// Goods that float.
    #[derive(Eq)]
    pub struct Crate = "crate" {
        /// What is in it.
        pub good: Good = [Field::constant("good", (0, GOODS as i32 - 1), "good")],
        /// How many pieces, `1..=MAX_CRATE_AMOUNT`.
        pub amount: u8 = [Field::constant("amount", (0, MAX_CRATE_AMOUNT as i32), "piece").often(1)],
        /// Position.
        pub position: GridVec = [X, Y],
        /// Velocity.
        pub velocity: GridVec = [drift("vx"), drift("vy")],
        /// Ticks it still floats; at 0 it is gone.
        pub life: u16 = [Field::predicted("life", (0, CRATE_LIFE_TICKS as i32), "tick").order(5)],
    }
}

replicated! {
    /// What one pilot has. Known to them alone, in a ship or without one.
    #[derive(Eq)]
    pub struct Hold = "hold" {
        /// The pilot.
        pub owner: PlayerId = [OWNER],
        /// Money, `0..=MAX_CREDITS`.
        pub credits: i32 = [Field::predicted("credits", (0, MAX_CREDITS as i32), "credit").order(9)],
        /// Pieces of each good, `0..=MAX_HOLD`.
        pub goods: [u16; GOODS] = [pieces(0), pieces(1), pieces(2), pieces(3), pieces(4)],
    }
    .disturbing(&["credits"])
}

const fn drift(name: &'static str) -> Field {
    Field::predicted(name, CRATE_VELOCITY, "1/256 unit/s").order(10).often(0)
}

const fn pieces(good: usize) -> Field {
    Field::predicted(FIELD_NAMES[good], (0, MAX_HOLD as i32), "piece").order(2).often(0)
}

impl Hold {
    /// A hold with nothing but money in it.
    #[must_use]
    pub fn with_credits(owner: PlayerId, credits: i64) -> Self {
        Self { owner, credits: credits.clamp(0, MAX_CREDITS) as i32, goods: [0; GOODS] }
    }

    /// Pieces in it.
    #[must_use]
    pub fn load(&self) -> u16 {
        self.goods.iter().sum()
    }

    /// Pieces that still fit, in a ship of that class.
    #[must_use]
    pub fn room(&self, class: ShipClass) -> u16 {
        class.tuning().hold.saturating_sub(self.load())
    }
}
