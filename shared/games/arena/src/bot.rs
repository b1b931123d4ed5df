//! Programs that play: from what a player sees to what a player does. For pirates, bot fill and load bots alike.
//!
//! A bot has two sides. [`Bot::decide`] gives the command of the next tick, by what is in view. [`Bot::order`] gives,
//! rarely, an order at a station, by what things cost; it also sets the errand that `decide` then flies. A file imports
//! only from those before it:
//!
//! - `behaviour`: how it plays; `skill`: how well, and how readily it picks a fight; `mercy`: with whom it picks none;
//!   `mixed`: each seed one of them
//! - what it keeps: `errand` (where to, and for how long), `combat` (of a fight), `watchdog` (whether it gets on);
//!   `state`: the whole of it
//! - `sight`: what it looks at; `flight`: to get there around rocks; `stuck`: and out again where that failed
//! - `wander`: dice at the controls; `hunt`: to fight; `capture`: to hold the zone; `work`: what miners and traders share;
//!   `mine`, `trade`: to live by rocks, and by what prices differ
//! - `plan`: what to be about next; `decide`: all of it together

mod behaviour;
mod capture;
mod combat;
mod decide;
mod errand;
mod flight;
mod hunt;
mod mercy;
mod mine;
mod mixed;
#[cfg(test)]
mod newcomer;
mod plan;
mod sight;
mod skill;
mod state;
mod stuck;
#[cfg(test)]
mod tests;
mod trade;
mod wander;
mod watchdog;
mod work;

pub use crate::prices::PriceList;
pub use behaviour::Behaviour;
pub use mercy::{Manners, Regard};
pub use skill::Level;
pub use state::Bot;
