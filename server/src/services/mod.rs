//! What people have beside the game. All of it lives outside the tick: a room hands over news and never waits.
//!
//! - `candles`: what prices did, for charts

pub mod candles;
