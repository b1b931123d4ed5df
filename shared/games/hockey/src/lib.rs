//! Hockey on a rink seen from above: two teams of mallets, one puck, goals.
//!
//! - the state: `entity` (mallet, puck, match) and `replication` (what the netcode asks of it), `command`, `event`, `rink` (the map), `scenario`
//! - the movement: `physics`, one function that the simulation, the prediction and the codec call
//! - the numbers: `tuning`; `codec_tables`, which `make fit-codec` writes
//! - the rules: `world` (the step), `teams` (who plays where)
//! - the player's side: `bot` (view -> command), `view` (draw list, HUD, steering, sounds)
//!
//! `PROTOCOL.md` beside this folder has the wire: field tables, commands, events, and the movement with its order.

mod about;
pub mod bot;
mod codec_tables;
pub mod command;
pub mod entity;
mod event;
mod physics;
mod replication;
mod rink;
mod scenario;
mod teams;
pub mod tuning;
pub mod view;
mod world;

pub use about::Tally;
pub use bot::{Bot, Level};
pub use command::HockeyCommand;
pub use entity::{HockeyEntity, Mallet, Match, Phase, Puck, Team};
pub use event::HockeyEvent;
pub use rink::Rink;
pub use scenario::Scenario;
pub use view::HockeyStage;
pub use world::Hockey;
