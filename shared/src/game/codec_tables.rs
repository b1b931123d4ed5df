//! Word lengths of the prefix codes, fitted to recorded play by `make fit-codec`: do not edit by hand. They are part
//! of the schema hash.

/// Of a ship's surprises, by symbol (`netcode::fields::Steering`).
pub(super) const SHIP_SURPRISES: [u8; 122] = [
    3, 7, 4, 3, 9, 12, 9, 7, 12, 12, 12, 11, 12, 12, 11, 11, 12, 12, 12, 12, 12, 12, 10, 11, 10, 12, 12, 11,
    11, 12, 10, 10, 9, 12, 10, 11, 10, 12, 8, 9, 9, 12, 8, 9, 9, 12, 7, 8, 8, 12, 7, 8, 8, 12, 6, 6, 7, 12,
    4, 3, 8, 12, 5, 5, 7, 12, 7, 7, 8, 12, 6, 6, 7, 12, 8, 9, 9, 12, 7, 8, 8, 12, 10, 10, 10, 12, 8, 10, 8,
    12, 12, 12, 10, 12, 10, 10, 9, 12, 12, 12, 11, 12, 11, 11, 10, 12, 12, 12, 12, 12, 11, 11, 11, 12, 4, 3,
    9, 12, 9, 8, 12, 12,
];
