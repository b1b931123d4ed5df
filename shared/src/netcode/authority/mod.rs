//! The host: seats, what each client is sent, and what it costs.

pub mod baseline;
mod budget;
pub mod delta_log;
mod event_log;
mod flow;
pub mod host;
pub mod input_buffer;
pub mod interest;
pub mod lag_compensation;
pub mod overload;
mod seat;
mod seat_keys;
pub mod staleness;
pub mod viewer;

pub use seat::Ticket;
