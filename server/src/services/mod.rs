//! Services beside the game: chat, leaderboards, the feed. All of them run outside the tick: a room reports its events
//! and never waits for an answer.
//!
//! - `chat`: who receives a line, how often a person may write, and what a line may contain
//! - `leaderboard`, `ranking`: the best of today and of all time; exact order at any size
//! - `candles`: price history, for charts
//! - `feed`: numbered public messages, and resuming from a number
//! - `hub`: the one task that owns all of it; `feed_socket`: a reader of the feed
//! - `moment`: the services' two clocks
//! - `section`: their configuration
//! - `publication`: their public state, for `rest`
//!
//! All but the hub and the socket are pure: time is an argument, and there is no socket and no thread in them.

pub(crate) mod candles;
pub(crate) mod chat;
pub(crate) mod feed;
pub(crate) mod feed_socket;
pub(crate) mod hub;
pub(crate) mod leaderboard;
pub(crate) mod moment;
pub(crate) mod publication;
pub(crate) mod ranking;
mod section;

pub(crate) use section::{FeedConfig, LeaderboardConfig};
