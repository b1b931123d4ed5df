//! The space arena: swap this folder for another game.
//!
//! - the rules: `movement` (one function for authority and prediction), `collision`, `combat`, `world`
//!   (the step)
//! - the economy: `goods`, `market` (stations and prices), `mining` (what asteroids hold)
//! - the state: `entity`, `command`, `map`, `scenario`
//! - the numbers: `tuning`; `codec_tables`, which `make fit-codec` writes
//! - the player's side: `view` (draw list, HUD, steering), `bot` (view -> command)

pub mod bot;
mod codec_tables;
mod collision;
mod combat;
pub mod command;
pub mod entity;
mod event;
pub mod goods;
mod map;
pub mod market;
pub mod mining;
pub mod movement;
mod scenario;
pub mod tuning;
pub mod view;
mod world;

pub use command::ArenaCommand;
pub use entity::{ArenaEntity, Ship, Shot};
pub use event::ArenaEvent;
pub use map::{ArenaMap, Asteroid};
pub use scenario::Scenario;
pub use view::ArenaStage;
pub use world::Arena;
