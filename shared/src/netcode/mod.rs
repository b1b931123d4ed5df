//! Snapshot replication with prediction: independent of the game, sans-IO, generic over a [`Simulation`].
//!
//! - `entity`: what is replicated; `seam`: the rest of what a game is
//! - `exchange`, `codec`: state that both ends of a connection keep, and the bits of packets
//! - `state`: the entities of a room, now and in the ticks before
//! - `authority`: the host, with all that it knows of each client
//! - `client`: the peer, with prediction and interpolation
//! - `replay`: recordings of matches; `check_game` tests what a game promises
//!
//! Each imports only from those before it here: `entity <- exchange <- codec <- state <- seam <- replay <- authority`,
//! and `client` from `seam`. `entity` is not in `seam` because the codec writes entities, a history is written by the
//! codec, and a game is given its history: one folder for all three would be a cycle.
//!
//! No code in here knows the game, a socket or a clock: `now` is an argument in microseconds, bytes go out through an
//! `Outbox`.

pub mod authority;
mod check_game;
pub mod client;
pub mod codec;
pub mod entity;
pub mod exchange;
pub mod replay;
pub mod seam;
pub mod state;
#[cfg(test)]
mod tests;
#[cfg(test)]
pub(crate) mod toy_game;

pub use crate::replicated;
pub use authority::Ticket;
pub use authority::host::{
    FullSnapshots, Handled, Host, HostConfig, InputCounts, PlayerView, Return, Seated, Skips, TickStats,
};
pub use authority::overload::Governor;
pub use authority::staleness::Ages;
pub use check_game::check_game;
pub use client::peer::{Peer, PeerConfig, PeerStats, PeerStatus};
pub use client::scene::{Scene, Seen};
pub use entity::command::{Command, Order};
pub use entity::event::{Audience, Event};
pub use entity::fields::{Field, Kind, Role, Row};
pub use entity::pose::Pose;
pub use entity::prefix_code::PrefixCode;
pub use entity::replicated::{Column, Replicated};
pub use entity::{Entity, Relevancy};
pub use exchange::delivery::Delivery;
pub use exchange::grade::Grade;
pub use exchange::outbox::{Address, Lane, Outbox};
pub use seam::about::{
    About, BOARDS_KEY, Control, Controls, Icon, KindAbout, MARKET_KEY, PAGE_KEYS, TeamAbout,
};
pub use seam::belongings::{Belongings, Departure, LastWord};
pub use seam::bulletin::{Headline, Highlight, Landmark, Quote, RoundPhase, RoundResult, RoundView};
pub use seam::input::{Arrival, PlayerInput};
pub use seam::scenario::{NoScenario, Scenario};
pub use seam::simulation::{LoadError, Simulation};
pub use seam::standing::Standing;
pub use seam::statistics::{Merge, Statistic, Statistics};
pub use state::entities::EntityTable;
pub use state::history::History;
pub use state::past::{Lag, Past};
