//! The bits of packets: an entity's changes, and sets of entities.

pub mod delta;
pub mod packet;
pub mod run_length_set;
