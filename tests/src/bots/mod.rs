//! Bots over real sockets: the same `Peer` as the browser's, steered by a program.
//!
//! - `client`: one bot's connection; `crowd`: how many of them are away; `play`: its dealings in the match; `talk`: what it says, if it does
//! - `report`: what they all saw

mod client;
mod crowd;
mod play;
mod report;
mod talk;

pub use report::{BotReport, Report};

use client::BotClient;
use crowd::Crowd;
use futures_util::future::join_all;
use perigee_arena::bot::Behaviour;
use std::future::Future;
use std::pin::pin;
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
    /// Whether they say that they are people.
    pub people: bool,
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
    run_telling(config, stop, |_| {}).await
}

/// The same, and tells in words when the server is lost and when all are back. Without an end, bots whose server is away
/// try for ever; it is over when all of them have been sent away for good.
pub async fn run_telling(
    config: BotsConfig,
    stop: impl Future<Output = ()>,
    tell: impl Fn(&str) + Send + Sync + 'static,
) -> Report {
    let crowd = Arc::new(Crowd::new(config.count, tell));
    let config = Arc::new(config);
    let (end, ending) = watch::channel(false);
    let begin_measuring = Instant::now() + JOIN_SPACING * config.count as u32 + SETTLE;
    let mut bots = Vec::with_capacity(config.count);
    for number in 0..config.count {
        let bot = BotClient::new(number, Arc::clone(&config), Arc::clone(&crowd), begin_measuring);
        bots.push(tokio::spawn(bot.play(ending.clone())));
        tokio::time::sleep(JOIN_SPACING).await;
    }
    let time_is_up = async {
        match config.duration {
            Some(duration) => tokio::time::sleep(duration).await,
            None => std::future::pending().await,
        }
    };
    let is_endless = config.duration.is_none();
    let mut playing = pin!(join_all(bots));
    let all_ended = async {
        match is_endless {
            true => playing.as_mut().await,
            false => std::future::pending().await,
        }
    };
    let ended = tokio::select! {
        () = time_is_up => None,
        () = stop => None,
        ended = all_ended => Some(ended),
    };
    let measured = Instant::now().saturating_duration_since(begin_measuring);
    end.send_replace(true);
    let ended = match ended {
        Some(ended) => ended,
        None => playing.await,
    };
    let report = |ended: Result<BotReport, tokio::task::JoinError>| {
        ended.unwrap_or_else(|error| BotReport::failed(format!("a bot panicked: {error}")))
    };
    Report::sum(ended.into_iter().map(report).collect(), measured)
}
