//! What people have beside the game: chat, leaderboards, the feed. All of it lives outside the tick: a room
//! reports what happens and never waits for an answer.
//!
//! - `chat`: who hears whom, how often, and what a line may be made of
//! - `leaderboard`, `ranking`: who is best, today and ever; exact order at any size
//! - `candles`: what prices did, for charts
//! - `feed`: numbered public messages that can be resumed
//! - `hub`: the one task that owns all of it, and `feed_socket`, a reader of the feed
//! - `moment`: the two clocks that they go by
//! - `section`: what of it is configured
//! - `publication`: what of it anybody may read, for `rest`
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
