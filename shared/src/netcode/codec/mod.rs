//! The bits of packets: what of an entity changed, and which of them.

pub mod delta;
pub mod packet;
pub mod run_length_set;
