//! The space arena: a game for Perigee.
//!
//! - the state: `entity` (a file for each kind) and `replication` (what the netcode asks of it), `class`, `command`, `map`,
//!   `scenario`; `grid_vec` and `heading`, the wire's grid
//! - the rules, one file each: `movement` (one function for authority and prediction), `weapons` (what a ship's own
//!   state says of them), `beam`, `missile`, `combat` (hits, shields), `collision`, `teams`, `zone`; `event` (what happens,
//!   and how it is told); `world` (the step)
//! - the economy: `goods`, `market` (stations and prices), `prices` (what is known of them), `mining` (what asteroids
//!   hold), `orders` and `dock` (what a pilot may ask for at a station), `salvage` (crates), `estate` and `stake` (what
//!   pilots own, and how they came by it), `economy` (all of it together)
//! - what it says of itself: `about`, `pirates`
//! - the numbers: `tuning`; `codec_tables`, which `make fit-codec` writes
//! - `PROTOCOL.md` beside this folder: the game's chapter of the wire, with the movement
//! - the player's side: `view` (draw list, HUD, steering), `bot` (view -> command)

mod about;
pub mod beam;
pub mod bot;
pub mod class;
mod codec_tables;
mod collision;
mod combat;
pub mod command;
mod dock;
mod economy;
pub mod entity;
mod estate;
mod event;
pub mod goods;
mod grid_vec;
mod heading;
mod map;
pub mod market;
pub mod mining;
mod missile;
pub mod movement;
pub mod orders;
mod pirates;
mod prices;
mod replication;
mod salvage;
mod scenario;
mod stake;
mod teams;
pub mod tuning;
pub mod view;
mod weapons;
mod world;
mod zone;

pub use about::Tally;
pub use class::{ShipClass, Team};
pub use command::ArenaCommand;
pub use entity::{ArenaEntity, Contest, Crate, Hold, Missile, Phase, Ship, Shot};
pub use event::{ArenaEvent, Weapon};
pub use goods::Good;
pub use map::{ArenaMap, Asteroid, Station, Zone};
pub use orders::{ArenaOrder, OrderRefusal, Outcome};
pub use scenario::{Mode, Scenario};
pub use view::ArenaStage;
pub use world::Arena;
