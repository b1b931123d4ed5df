//! A room's entities, now and in the ticks before.

pub mod entities;
pub mod history;
pub mod past;
