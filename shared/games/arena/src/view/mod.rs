//! The player's side of the arena: a scene becomes triangles and words, hands become a command.
//!
//! - into the draw list, back to front: `backdrop`, `places`, `rocks`, `effects`, `armament`, `ships` with their
//!   `hulls`, `hits`, in `palette`'s colours by `sides`, as `camera` sees them
//! - again, after the own ship's end: `kill_camera`
//! - into the page: `hud`, `news`, `trading`, `allegiance`
//! - for those who look on: `watching`
//! - into the ears: `ears`
//! - from the hands: `steering`
//! - behind the join screen: `attract`; for measuring: `crowd`
//!
//! It knows the game's entities and events, and no browser. What it keeps between frames is only seen: nothing in here
//! may feed back into the rules.

mod allegiance;
mod armament;
mod attract;
mod backdrop;
mod camera;
mod crowd;
mod ears;
mod effects;
mod hits;
mod hud;
mod hulls;
mod kill_camera;
mod news;
mod palette;
mod places;
mod rocks;
mod ships;
mod sides;
mod sightings;
mod sounds;
mod stage;
mod steering;
mod trading;
mod watching;

pub use stage::ArenaStage;
