//! `perigee-bots`: programs that play over real sockets, and a report of what they saw.

use clap::Parser;
use perigee_tests::bots::{BotGame, BotsConfig, GAMES, run_telling};
use perigee_tests::stopped;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

/// Plays Perigee with programs, and reports what they saw.
#[derive(Debug, Parser)]
#[command(version, after_help = ways())]
struct Flags {
    /// The server's game socket.
    #[arg(long, default_value = "ws://127.0.0.1:8080/play")]
    url: String,
    /// How many bots.
    #[arg(long, default_value_t = 8)]
    count: usize,
    /// How long to play, in seconds; 0 plays until stopped.
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// The game; by default the room's, or the first game if the room is any.
    #[arg(long, value_parser = game)]
    game: Option<String>,
    /// The behaviour, as the game names it; by default the game's first one.
    #[arg(long)]
    behaviour: Option<String>,
    /// The room, or any.
    #[arg(long, default_value = "any")]
    room: String,
    /// Where to write the report, as JSON.
    #[arg(long)]
    report: Option<PathBuf>,
    /// Claim to be people: each is known, counts, and is spared as a newcomer is.
    #[arg(long)]
    people: bool,
    /// Request no checksums: to measure what players cost.
    #[arg(long)]
    no_checksums: bool,
    /// Subscribe to prices and a board, and send a line every so many seconds, as people do; 0: do not.
    #[arg(long, default_value_t = 0)]
    chat_s: u64,
    /// The seed of the bots' random numbers.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

fn game(name: &str) -> Result<String, String> {
    BotGame::named(name).map(|game| game.name.to_owned())
}

/// The behaviours of each game, for the help.
fn ways() -> String {
    let way = |game: &BotGame| format!("\n  {}: {}", game.name, game.behaviours.join(", "));
    format!("Games and their behaviours, the usual one first:{}", GAMES.iter().map(way).collect::<String>())
}

#[tokio::main]
async fn main() -> ExitCode {
    let flags = Flags::parse();
    let config = BotsConfig {
        url: flags.url,
        count: flags.count,
        duration: (flags.seconds > 0).then(|| Duration::from_secs(flags.seconds)),
        game: flags.game,
        behaviour: flags.behaviour,
        room: flags.room,
        people: flags.people,
        checksums: !flags.no_checksums,
        chat_every: (flags.chat_s > 0).then(|| Duration::from_secs(flags.chat_s)),
        seed: flags.seed,
    };
    let report = match run_telling(config, stopped(), complain).await {
        Ok(report) => report,
        Err(why) => {
            complain(&why);
            return ExitCode::from(2);
        }
    };
    let text = report.to_json();
    match &flags.report {
        Some(path) => {
            if let Err(error) = std::fs::write(path, &text) {
                complain(&format!("cannot write {}: {error}", path.display()));
                return ExitCode::from(2);
            }
        }
        None => tell(&text),
    }
    if let Some(error) = &report.first_error {
        complain(error);
    }
    if report.is_clean() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

#[expect(clippy::print_stdout, reason = "the report is this program's output")]
fn tell(text: &str) {
    println!("{text}");
}

#[expect(clippy::print_stderr, reason = "a program tells its user what went wrong")]
fn complain(text: &str) {
    eprintln!("perigee-bots: {text}");
}
