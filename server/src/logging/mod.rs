//! The log, and what else the program prints: on its way out it keeps nobody waiting, and nobody outside can make it grow
//! without end.
//!
//! - `outlet`: lines for standard error or output, by way of a bounded queue and a thread of its own: a pipe that nobody
//!   reads costs lines and nothing else
//! - `bound`: of lines that are alike, in all and from one address, a few are told and the others are summed up
//! - `feed`: the lines for whoever watches on a console
//!
//! Both outputs and their counters are the process's, as `tracing`'s subscriber is.

mod bound;
mod feed;
mod outlet;

pub(crate) use bound::{Bound, Bounded};
pub use feed::LogFeed;
pub(crate) use feed::{LogLine, now_ms};
pub(crate) use outlet::Outlet;

use crate::metrics::{LINES_DROPPED, LINES_SUMMED};
use std::backtrace::{Backtrace, BacktraceStatus};
use std::io::IsTerminal;
use std::sync::{LazyLock, OnceLock};
use std::time::{Duration, Instant};
use tracing_subscriber::filter::{EnvFilter, LevelFilter};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::{FormatTime, SystemTime};
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

/// The target of lines about what operators do: who looks for it later finds all of it.
pub(crate) const AUDIT: &str = "perigee_server::audit";

/// How long the end of the program waits for what was printed last.
const LAST_WORDS: Duration = Duration::from_millis(500);
/// How often it is looked whether something is to be summed up.
const SUM_PERIOD: Duration = Duration::from_secs(1);

/// What is to be summed up; from the log's start.
static LOG: OnceLock<Log> = OnceLock::new();

#[derive(Debug)]
struct Log {
    printed: Bound,
    shown: Bound,
    feed: LogFeed,
}

/// Standard error; its thread begins with the first line.
pub(crate) fn stderr() -> &'static Outlet {
    static STDERR: LazyLock<Outlet> =
        LazyLock::new(|| Outlet::new("stderr", std::io::stderr(), LINES_DROPPED.clone()));
    &STDERR
}

/// Standard output; its thread begins with the first line.
pub(crate) fn stdout() -> &'static Outlet {
    static STDOUT: LazyLock<Outlet> =
        LazyLock::new(|| Outlet::new("stdout", std::io::stdout(), LINES_DROPPED.clone()));
    &STDOUT
}

/// Sums up what was held back, and gives the last lines a moment to be written. False if somebody does not read them: then
/// they are lost.
#[must_use]
pub(crate) fn finish() -> bool {
    if let Some(log) = LOG.get() {
        log.sum_up(true);
    }
    let begun = Instant::now();
    let told = stdout().wait_until_empty(LAST_WORDS);
    let left = LAST_WORDS.saturating_sub(begun.elapsed());
    stderr().wait_until_empty(left) && told
}

/// Starts the log: to standard error, as `RUST_LOG` says, and to the consoles.
pub(crate) fn start(feed: &LogFeed) {
    let filter = EnvFilter::try_from_default_env();
    let is_bad = filter.is_err() && std::env::var_os("RUST_LOG").is_some_and(|text| !text.is_empty());
    let is_terminal = std::io::stderr().is_terminal();
    let lines = tracing_subscriber::fmt::layer().compact().with_ansi(is_terminal).with_writer(stderr());
    let (printed, shown) = (Bound::default(), Bound::default());
    let stderr =
        Bounded::new(lines, printed.clone()).with_filter(filter.unwrap_or_else(|_| EnvFilter::new("info")));
    let console = Bounded::new(feed.layer(), shown.clone()).with_filter(LevelFilter::INFO);
    tracing_subscriber::registry().with(stderr).with(console).init();
    tell_panics();
    if is_bad {
        tracing::warn!("RUST_LOG cannot be read: logging at level info");
    }
    let log = LOG.get_or_init(|| Log { printed, shown, feed: feed.clone() });
    let summing = std::thread::Builder::new().name("log-sums".to_owned());
    let summing = summing.spawn(move || {
        loop {
            std::thread::sleep(SUM_PERIOD);
            log.sum_up(false);
        }
    });
    if let Err(error) = summing {
        tracing::warn!(%error, "no thread for the log's sums: what is held back is not told");
    }
}

impl Log {
    /// Tells the sums of what is over, or of everything.
    fn sum_up(&self, everything: bool) {
        let now = Instant::now();
        for sum in self.printed.take_sums(now, everything) {
            LINES_SUMMED.inc_by(sum.count);
            let mut line = String::new();
            // A clock that cannot be read leaves the time out.
            let _ = SystemTime.format_time(&mut Writer::new(&mut line));
            line.push_str(&format!(" {:>5} {}: {sum}\n", sum.level.as_str(), sum.target));
            stderr().put(line.as_bytes());
        }
        for sum in self.shown.take_sums(now, everything) {
            self.feed.tell(sum.level, sum.to_string());
        }
    }
}

/// A panic is told in the log as everything is: the standard hook would write to standard error itself, and wait.
fn tell_panics() {
    std::panic::set_hook(Box::new(|info| {
        let words = info.payload_as_str().unwrap_or("no words");
        let place = info.location().map(ToString::to_string).unwrap_or_default();
        let thread = std::thread::current();
        let thread = thread.name().unwrap_or("unnamed");
        let backtrace = Backtrace::capture();
        if backtrace.status() == BacktraceStatus::Captured {
            tracing::error!(thread, place, %backtrace, "panicked: {words}");
        } else {
            tracing::error!(thread, place, "panicked: {words}");
        }
    }));
}
