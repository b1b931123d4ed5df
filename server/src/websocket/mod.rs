//! What all WebSockets of this server have in common, whatever their purpose.
//!
//! - `meter`: counts and limits what is read from one; `rate`: the limit
//! - `closing`: how one ends

pub(crate) mod closing;
mod meter;
mod rate;

pub(crate) use meter::{FRAMES_PER_SECOND, Metered};
pub(crate) use rate::Rate;
