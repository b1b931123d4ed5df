//! What both ends keep of their conversation: how messages travel, what is to be sent, orders that are taken once, and how far a room has slowed down.

pub mod delivery;
pub mod grade;
pub(crate) mod orders;
pub mod outbox;
