//! What people have beside the game: chat, leaderboards, the feed. All of it lives outside the tick: a room hands over
//! news and never waits for an answer.
//!
//! - `chat`: who hears whom, how often, and what a line may be made of
//! - `leaderboard`, `ranking`: who is best, today and ever; exact order at any size
//! - `candles`: what prices did, for charts
//! - `feed`: numbered public messages that can be resumed
//! - `desk`: the one task that owns all of it, and `feed_socket`, a reader of the feed
//! - `section`: what of it is configured
//! - `publication`: what of it anybody may read, for `rest`
//!
//! All but the desk and the socket are pure: time is an argument, and there is no socket and no thread in them.

pub(crate) mod candles;
pub(crate) mod chat;
pub(crate) mod desk;
pub(crate) mod feed;
pub(crate) mod feed_socket;
pub(crate) mod leaderboard;
pub(crate) mod publication;
pub(crate) mod ranking;
mod section;

pub(crate) use section::{FeedConfig, LeaderboardConfig};
