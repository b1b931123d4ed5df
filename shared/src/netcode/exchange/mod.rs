//! State that both ends of a connection keep: how messages travel, the outbox, orders that are taken exactly once, and
//! the room's grade.

pub mod delivery;
pub mod grade;
pub(crate) mod orders;
pub mod outbox;
