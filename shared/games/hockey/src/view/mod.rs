//! What the player sees, hears and steers with: a scene becomes triangles, sounds and words.
//!
//! - `stage`: the whole, frame by frame
//! - `steering`: input becomes a command; `camera`: where the player looks from; `watching`: what spectators ask for
//! - `markings`: the rink; `discs`: mallets and puck; `effects`: what flies off and fades; `palette`
//! - `contacts`: what is seen and heard of the puck's way as the client itself foresees it
//! - `event_feed`, `hud`: in words and numbers; `attract`: the match behind the join screen

mod attract;
mod camera;
mod contacts;
mod discs;
mod effects;
mod event_feed;
mod hud;
mod in_scene;
mod markings;
mod palette;
mod sounds;
mod stage;
mod steering;
mod watching;

pub use stage::HockeyStage;
