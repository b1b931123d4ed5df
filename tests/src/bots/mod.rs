//! Bots over real sockets: the same `Peer` as the browser's, steered by a program.
//!
//! - `client`: one bot's connection; `play`: its dealings in the match; `talk`: what it says, if it does
//! - `report`: what they all saw

mod client;
mod play;
mod report;
mod talk;

pub use report::{BotReport, Report};

use client::BotClient;
use perigee_shared::game::bot::Behaviour;
use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// Time between two joins: a crowd that comes at once is another test.
const JOIN_SPACING: Duration = Duration::from_millis(4);
/// What is seen before this much time has passed since the last join is not reported: it tells of joining, not of
/// playing.
const SETTLE: Duration = Duration::from_millis(1500);

/// Who plays where.
#[derive(Clone, Debug)]
pub struct BotsConfig {
    /// The server's game socket.
    pub url: String,
    /// How many bots.
    pub count: usize,
    /// How long; `None` is until stopped.
    pub duration: Option<Duration>,
    /// How they play.
    pub behaviour: Behaviour,
    /// Where.
    pub room: String,
    /// Whether to compare checksums of each snapshot.
    pub checksums: bool,
    /// Whether each does as people do beside flying, and how often it says a line: it asks for prices and the board of
    /// kills, and talks to the room. `None` does not.
    pub talk: Option<Duration>,
    /// The bots' dice.
    pub seed: u64,
}

/// Plays until the time is over or `stop` is ready.
pub async fn run(config: BotsConfig, stop: impl Future<Output = ()>) -> Report {
    let config = Arc::new(config);
    let (end, ending) = watch::channel(false);
    let begin_measuring = Instant::now() + JOIN_SPACING * config.count as u32 + SETTLE;
    let mut bots = Vec::with_capacity(config.count);
    for number in 0..config.count {
        let bot = BotClient::new(number, Arc::clone(&config), begin_measuring);
        bots.push(tokio::spawn(bot.play(ending.clone())));
        tokio::time::sleep(JOIN_SPACING).await;
    }
    let time_is_up = async {
        match config.duration {
            Some(duration) => tokio::time::sleep(duration).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        () = time_is_up => {}
        () = stop => {}
    }
    let measured = Instant::now().saturating_duration_since(begin_measuring);
    end.send_replace(true);
    let mut reports = Vec::with_capacity(bots.len());
    for bot in bots {
        reports.push(bot.await.unwrap_or_else(|error| BotReport::failed(format!("a bot panicked: {error}"))));
    }
    Report::sum(reports, measured)
}
