//! Snapshot replication with prediction: game-blind, sans-IO, generic over a [`Simulation`].
//!
//! - the seam to the game: `simulation`, `about`, `statistics`, `bulletin`, `belongings`, `fields`, `replicated`, `prefix_code`; `check_game` tries out what a game promises
//! - the authority: `host`, with `input_buffer`, `history`, `interest`, `baseline`, `delta`,
//!   `lag_compensation`
//! - the match on record: `replay`
//! - the client: `peer`, with `session`, `uplink`, `clock`, `prediction`, `interpolation`, `scene`
//!
//! Nothing in here knows the game, a socket or a clock: `now` is an argument in microseconds, bytes go out through an
//! `Outbox`.

pub mod about;
pub mod baseline;
pub mod belongings;
mod budget;
pub mod bulletin;
mod check_game;
pub mod clock;
pub mod delta;
pub mod delta_log;
pub mod entities;
mod event_log;
pub mod fields;
mod flow;
pub mod history;
pub mod host;
pub mod input_buffer;
pub mod interest;
pub mod interpolation;
pub mod lag_compensation;
pub mod marks;
mod orders;
pub mod outbox;
pub mod overload;
pub mod packet;
pub mod peer;
pub mod prediction;
pub mod prefix_code;
pub mod replay;
pub mod replicated;
pub mod scene;
mod seat;
mod seat_keys;
mod session;
pub mod simulation;
pub mod staleness;
pub mod statistics;
#[cfg(test)]
mod tests;
#[cfg(test)]
pub(crate) mod toy_game;
mod uplink;
pub mod viewer;

pub use crate::replicated;
pub use about::{About, Hands, TeamAbout};
pub use baseline::Delivery;
pub use belongings::{Belongings, Departure, LastWord};
pub use bulletin::{Headline, Highlight, Landmark, Quote, RoundResult, RoundView};
pub use check_game::check_game;
pub use entities::EntityTable;
pub use fields::{Field, Kind, Role, Row};
pub use history::History;
pub use host::{
    FullSnapshots, Handled, Host, HostConfig, InputCounts, PlayerView, Return, Seated, Skips, TickStats,
};
pub use lag_compensation::{Lag, Past};
pub use outbox::{Address, Lane, Outbox};
pub use overload::{Governor, Grade};
pub use peer::{Peer, PeerConfig, PeerStats, PeerStatus};
pub use prefix_code::PrefixCode;
pub use replicated::{Column, Replicated};
pub use scene::{Pose, Scene, Seen};
pub use seat::Ticket;
pub use simulation::{
    Arrival, Audience, Command, Entity, Event, LoadError, NoScenario, Order, PlayerInput, Relevancy,
    Scenario, Simulation, Standing,
};
pub use staleness::Ages;
pub use statistics::{Merge, Statistic, Statistics};
