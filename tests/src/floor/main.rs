//! `perigee-floor`: the floor's server and its load, for `tests/load-floor.sh`.

use clap::{Parser, Subcommand};
use perigee_tests::floor::{Load, LoadReport, MAX_MESSAGE_BYTES, run_load, serve};
use perigee_tests::stopped;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;
use tokio::net::TcpListener;

/// Measures what sockets and frames cost without a game.
#[derive(Debug, Parser)]
#[command(version)]
struct Flags {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Write a ready frame to every client thirty times a second, until stopped
    Serve {
        /// Where to listen.
        #[arg(long, default_value = "127.0.0.1:18081")]
        bind: SocketAddr,
        /// Size of a frame, without its WebSocket header.
        #[arg(long, default_value_t = 14, value_parser = message_bytes)]
        frame_bytes: usize,
    },
    /// Connect clients that send inputs and count frames, and print what they got
    Load {
        /// The server's socket.
        #[arg(long, default_value = "ws://127.0.0.1:18081/")]
        url: String,
        /// How many clients.
        #[arg(long, default_value_t = 200)]
        count: usize,
        /// Input messages that each sends in a second.
        #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=1000))]
        inputs_hz: u32,
        /// Size of an input message, without its WebSocket header.
        #[arg(long, default_value_t = 9, value_parser = message_bytes)]
        input_bytes: usize,
        /// Time from the start until frames are counted.
        #[arg(long, default_value_t = 5)]
        warmup_seconds: u64,
        /// How long frames are counted.
        #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..))]
        seconds: u64,
    },
}

fn message_bytes(text: &str) -> Result<usize, String> {
    let bytes = text.parse().ok().filter(|bytes| *bytes <= MAX_MESSAGE_BYTES);
    bytes.ok_or_else(|| format!("allowed are 0 to {MAX_MESSAGE_BYTES}"))
}

#[tokio::main]
async fn main() -> ExitCode {
    match Flags::parse().task {
        Task::Serve { bind, frame_bytes } => {
            let served = match TcpListener::bind(bind).await {
                Ok(listener) => serve(listener, frame_bytes, stopped()).await,
                Err(error) => Err(error),
            };
            let Err(error) = served else { return ExitCode::SUCCESS };
            complain(&format!("cannot serve on {bind}: {error}"));
            ExitCode::from(2)
        }
        Task::Load { url, count, inputs_hz, input_bytes, warmup_seconds, seconds } => {
            let (warmup, window) = (Duration::from_secs(warmup_seconds), Duration::from_secs(seconds));
            report(&run_load(Load { url, count, inputs_hz, input_bytes, warmup, window }).await)
        }
    }
}

fn report(report: &LoadReport) -> ExitCode {
    tell(&format!(
        "frames_per_client_second={:.3}\nframes_worst_client={:.3}\nfailed={}",
        report.frames_per_client_second, report.frames_worst_client, report.failed
    ));
    let Some(error) = &report.first_error else { return ExitCode::SUCCESS };
    complain(error);
    ExitCode::FAILURE
}

#[expect(clippy::print_stdout, reason = "the report is this program's output")]
fn tell(text: &str) {
    println!("{text}");
}

#[expect(clippy::print_stderr, reason = "a program tells its user what went wrong")]
fn complain(text: &str) {
    eprintln!("perigee-floor: {text}");
}
