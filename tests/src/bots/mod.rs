//! Bots over real sockets: the same `Peer` as the browser's, steered by a program.
//!
//! - `controller`: what a game implements; `games`: the table of games that do, with a file for each: `arena`, `hockey`
//! - `lookup`: which of them a room plays
//! - `client`: one bot, made of `connection` (the socket), `reconnect` (whether and when to connect again), `control`
//!   (what its controller decided), `meter` (its measurements), `chat` (when it says a line)
//! - `outages`: how many bots are without a server
//! - `report`: what all of them saw

mod arena;
mod chat;
mod client;
mod connection;
mod control;
mod controller;
mod games;
mod hockey;
mod lookup;
mod meter;
mod outages;
mod reconnect;
mod report;

pub use arena::Pilot;
pub use controller::{CommandOf, Controller, EntityOf, MapOf, Part, Tally};
pub use games::{BotGame, GAMES};
pub use hockey::Skater;
pub use report::{BotReport, Report};

use futures_util::future::join_all;
use outages::Outages;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// Time between two joins: many joins at once are another test.
const JOIN_SPACING: Duration = Duration::from_millis(4);
/// Nothing is measured until this time after the last join: it would measure joining, not playing.
const SETTLE: Duration = Duration::from_millis(1500);
/// Time between two queries to a server that is not yet reachable.
const LOOK_AGAIN: Duration = Duration::from_secs(2);

/// The configuration of a run of bots.
#[derive(Clone, Debug)]
pub struct BotsConfig {
    /// The server's game socket.
    pub url: String,
    /// How many bots.
    pub count: usize,
    /// How long; `None`: until stopped.
    pub duration: Option<Duration>,
    /// The game, by its name. Without one, the game of the room, or the first game if the room is `any`.
    pub game: Option<String>,
    /// The behaviour, named by the game; without one, the game's default.
    pub behaviour: Option<String>,
    /// The room to join.
    pub room: String,
    /// Whether they claim to be people.
    pub people: bool,
    /// Whether to compare checksums of each snapshot.
    pub checksums: bool,
    /// How often each sends a line to the room. Such a bot also subscribes to prices and a board, as people do. `None`:
    /// it does neither.
    pub chat_every: Option<Duration>,
    /// The seed of the bots' random numbers.
    pub seed: u64,
}

/// What one bot gets at its start.
pub(crate) struct Start {
    number: usize,
    behaviour: &'static str,
    config: Arc<BotsConfig>,
    outages: Arc<Outages>,
    measure_from: Instant,
}

/// Plays until the time is over or `stop` is ready.
pub async fn run(config: BotsConfig, stop: impl Future<Output = ()>) -> Report {
    let count = config.count;
    run_telling(config, stop, |_| {}).await.unwrap_or_else(|why| Report::of_nobody(count, Some(why)))
}

/// The same, and reports when the server is lost and when all bots are back. Without a duration, bots whose server is
/// away retry indefinitely; the run ends when all of them have been refused permanently.
///
/// # Errors
/// A sentence about a game or a behaviour that the bots do not have.
pub async fn run_telling(
    config: BotsConfig,
    stop: impl Future<Output = ()>,
    tell: impl Fn(&str) + Send + Sync + 'static,
) -> Result<Report, String> {
    let mut stop = pin!(stop);
    let game = tokio::select! {
        game = choose(&config, &tell) => game?,
        () = stop.as_mut() => return Ok(Report::of_nobody(config.count, None)),
    };
    let behaviour = game.behaviour(config.behaviour.as_deref())?;
    Ok(play(game, behaviour, config, stop, tell).await)
}

/// The game to play.
async fn choose(config: &BotsConfig, tell: &impl Fn(&str)) -> Result<BotGame, String> {
    if let Some(name) = &config.game {
        return BotGame::named(name);
    }
    let mut is_told = false;
    while lookup::is_one(&config.room) {
        match lookup::game_of(&config.url, &config.room).await {
            Ok(Some(name)) => return BotGame::named(&name),
            // If the room or the connection is faulty, the first bot that joins reports it.
            Ok(None) => break,
            Err(_) if config.duration.is_some() => break,
            Err(error) => {
                if !std::mem::replace(&mut is_told, true) {
                    tell(&format!("the server does not say what is played in {}: {error}", config.room));
                }
                tokio::time::sleep(LOOK_AGAIN).await;
            }
        }
    }
    Ok(GAMES[0])
}

async fn play(
    game: BotGame,
    behaviour: &'static str,
    config: BotsConfig,
    stop: impl Future<Output = ()>,
    tell: impl Fn(&str) + Send + Sync + 'static,
) -> Report {
    let outages = Arc::new(Outages::new(config.count, tell));
    let config = Arc::new(config);
    let (end, ending) = watch::channel(false);
    let measure_from = Instant::now() + JOIN_SPACING * config.count as u32 + SETTLE;
    let mut bots = Vec::with_capacity(config.count);
    for number in 0..config.count {
        let (config, outages) = (Arc::clone(&config), Arc::clone(&outages));
        bots.push((game.start)(Start { number, behaviour, config, outages, measure_from }, ending.clone()));
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
    let measured = Instant::now().saturating_duration_since(measure_from);
    end.send_replace(true);
    let ended = match ended {
        Some(ended) => ended,
        None => playing.await,
    };
    let report = |ended: Result<BotReport, tokio::task::JoinError>| {
        ended.unwrap_or_else(|error| BotReport::failed(format!("a bot panicked: {error}")))
    };
    Report::sum(game.name, ended.into_iter().map(report).collect(), measured)
}
