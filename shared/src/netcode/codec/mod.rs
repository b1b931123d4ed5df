//! The bits of packets: what of an entity changed, and which of them.

pub mod delta;
pub mod marks;
pub mod packet;
