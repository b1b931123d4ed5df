//! Goods: floating in crates, and in a pilot's hold.

use super::grid_vec::GridVec;
use super::table::{CRATE_VELOCITY, OWNER, X, Y, field, often, predicted};
use crate::class::ShipClass;
use crate::goods::{GOODS, Good};
use crate::market::MAX_CREDITS;
use crate::tuning::{CRATE_LIFE_TICKS, MAX_CRATE_AMOUNT, MAX_HOLD};
use perigee_shared::ids::PlayerId;
use perigee_shared::netcode::{Field, Kind, Role, Row};

const FIELD_NAMES: [&str; GOODS] = ["iron", "ice", "crystal", "fuel", "tech"];

/// Goods that float.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Crate {
    /// What is in it.
    pub good: Good,
    /// How many pieces, `1..=MAX_CRATE_AMOUNT`.
    pub amount: u8,
    /// Position.
    pub position: GridVec,
    /// Velocity.
    pub velocity: GridVec,
    /// Ticks it still floats; at 0 it is gone.
    pub life: u16,
}

/// What one pilot has. Known to them alone, in a ship or without one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hold {
    /// The pilot.
    pub owner: PlayerId,
    /// Money, `0..=MAX_CREDITS`.
    pub credits: i32,
    /// Pieces of each good, `0..=MAX_HOLD`.
    pub goods: [u16; GOODS],
}

const CRATE_FIELDS: &[Field] = &[
    field("good", (0, GOODS as i32 - 1), "good", Role::Constant),
    often(1, field("amount", (0, MAX_CRATE_AMOUNT as i32), "piece", Role::Constant)),
    X,
    Y,
    often(0, field("vx", CRATE_VELOCITY, "1/256 unit/s", predicted(10))),
    often(0, field("vy", CRATE_VELOCITY, "1/256 unit/s", predicted(10))),
    field("life", (0, CRATE_LIFE_TICKS as i32), "tick", predicted(5)),
];

const fn pieces(good: usize) -> Field {
    often(0, field(FIELD_NAMES[good], (0, MAX_HOLD as i32), "piece", predicted(2)))
}

const HOLD_FIELDS: &[Field] = &[
    OWNER,
    field("credits", (0, MAX_CREDITS as i32), "credit", predicted(9)),
    pieces(0),
    pieces(1),
    pieces(2),
    pieces(3),
    pieces(4),
];

impl Crate {
    pub(super) const KIND: Kind =
        Kind { name: "crate", fields: CRATE_FIELDS, disturbance: 0, steering: None, meets: false };

    pub(super) fn read(&self, row: &mut Row) {
        [row[0], row[1]] = [self.good.index() as i32, i32::from(self.amount)];
        [row[2], row[3], row[4], row[5]] =
            [self.position.x, self.position.y, self.velocity.x, self.velocity.y];
        row[6] = i32::from(self.life);
    }

    pub(super) fn from_row(row: &Row) -> Self {
        Self {
            good: Good::from_index(row[0] as usize).unwrap_or(Good::Iron),
            amount: row[1] as u8,
            position: GridVec { x: row[2], y: row[3] },
            velocity: GridVec { x: row[4], y: row[5] },
            life: row[6] as u16,
        }
    }
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

    pub(super) const KIND: Kind =
        Kind { name: "hold", fields: HOLD_FIELDS, disturbance: 1 << 1, steering: None, meets: false };

    pub(super) fn read(&self, row: &mut Row) {
        [row[0], row[1]] = [i32::from(self.owner.0), self.credits];
        for (place, &pieces) in row[2..].iter_mut().zip(&self.goods) {
            *place = i32::from(pieces);
        }
    }

    pub(super) fn from_row(row: &Row) -> Self {
        let goods = std::array::from_fn(|good| row[2 + good] as u16);
        Self { owner: PlayerId(row[0] as u16), credits: row[1], goods }
    }
}
