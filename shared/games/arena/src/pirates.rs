//! Pirates: their names and seats. Who joins cannot be called like one of them.

use perigee_shared::ids::PlayerId;
use perigee_shared::limits::{MAX_NPCS, MAX_PLAYERS};

/// Names of pirates, by number; a large crew has some twice.
pub(crate) const PIRATE_NAMES: [&str; 8] =
    ["Black Kite", "Rusty Anne", "Old Smoke", "Crow", "Gallows", "One-Eye", "Marrow", "Low Tide"];

/// The seat of the pirate with that number: from the last one downwards.
pub(crate) fn pirate_seat(number: u32) -> PlayerId {
    PlayerId((MAX_PLAYERS as u32 - 1 - number) as u16)
}

/// What a pirate in that seat is called; `None` for a seat that no pirate takes.
pub(crate) fn pirate_name(player: PlayerId) -> Option<&'static str> {
    let number = (MAX_PLAYERS - 1).checked_sub(player.index())?;
    (number < MAX_NPCS).then(|| PIRATE_NAMES[number % PIRATE_NAMES.len()])
}
