//! The player's side of the arena: a scene becomes triangles and words, hands become a command.
//!
//! - into the draw list, back to front: `backdrop`, `rocks`, `ships` with their `hulls`, `effects`, `hits`, in
//!   `palette`'s colours as `camera` sees them
//! - into the page: `hud`, `news`
//! - into the ears: `ears`
//! - from the hands: `steering`
//! - behind the join screen: `attract`; for measuring: `crowd`
//!
//! It knows the game's entities and events, and no browser. What it keeps between frames is only seen: nothing in here
//! may feed back into the rules.

mod attract;
mod backdrop;
mod camera;
mod crowd;
mod ears;
mod effects;
mod hits;
mod hud;
mod hulls;
mod news;
mod palette;
mod rocks;
mod ships;
mod sightings;
mod stage;
mod steering;

pub use stage::ArenaStage;
