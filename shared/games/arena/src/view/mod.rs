//! The player's side of the arena: a scene becomes triangles and words, input becomes a command.
//!
//! - into the draw list, back to front: `backdrop`, `places`, `rocks`, `effects`, `armament`, `ships` with their
//!   `hulls`, `hits`, in `palette`'s colours by `sides`, as `camera` sees them
//! - again, after the own ship's end: `kill_camera`
//! - into the page: `hud`, `event_feed`, `trading`, `allegiance`
//! - for spectators: `watching`
//! - to be heard: `listener`
//! - from input: `steering`
//! - behind the join screen: `attract`; for measuring: `draw_cost`
//!
//! It knows the game's entities and events, and no browser. What it keeps between frames is only seen: nothing in here
//! may feed back into the rules.

mod allegiance;
mod armament;
mod attract;
mod backdrop;
mod camera;
mod draw_cost;
mod effects;
mod event_feed;
mod hits;
mod hud;
mod hulls;
mod in_scene;
mod kill_camera;
mod listener;
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
