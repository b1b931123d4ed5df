//! The client: its state of the room, when its commands must be sent, and what it shows.

pub mod clock;
pub mod interpolation;
pub mod peer;
pub mod prediction;
mod report;
pub mod scene;
mod session;
mod uplink;
