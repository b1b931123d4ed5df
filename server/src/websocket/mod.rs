//! What all WebSockets of this server have in common, whoever is at their other end.
//!
//! - `meter`: what is read from one, counted and bounded; `rate`: how much that may be
//! - `closing`: how one ends

pub(crate) mod closing;
mod meter;
mod rate;

pub(crate) use meter::{FRAMES_PER_SECOND, Metered};
pub(crate) use rate::Rate;
