//! The log and other output: writing never waits for the reader, and remote clients cannot make the log grow without
//! bound.
//!
//! - `outlet`: lines for standard error or output, through a bounded queue and a thread: an unread pipe loses lines and
//!   has no other effect
//! - `bound`: of similar lines, in all and from one address, a few are written and the others summarized
//! - `feed`: the lines for consoles
//!
//! Both outputs and their counters belong to the process, like `tracing`'s subscriber.

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

/// The target of lines about operators' actions: none of them is held back.
pub(crate) const AUDIT: &str = "perigee_server::audit";

/// How long the program's end waits for the last output.
const LAST_WORDS: Duration = Duration::from_millis(500);
/// How often summaries are checked for.
const SUM_PERIOD: Duration = Duration::from_secs(1);

/// What is to be summarized; set when the log starts.
static LOG: OnceLock<Log> = OnceLock::new();

#[derive(Debug)]
struct Log {
    printed: Bound,
    shown: Bound,
    feed: LogFeed,
}

/// Standard error; its thread starts with the first line.
pub(crate) fn stderr() -> &'static Outlet {
    static STDERR: LazyLock<Outlet> =
        LazyLock::new(|| Outlet::new("stderr", std::io::stderr(), LINES_DROPPED.clone()));
    &STDERR
}

/// Standard output; its thread starts with the first line.
pub(crate) fn stdout() -> &'static Outlet {
    static STDOUT: LazyLock<Outlet> =
        LazyLock::new(|| Outlet::new("stdout", std::io::stdout(), LINES_DROPPED.clone()));
    &STDOUT
}

/// Writes the remaining summaries, and waits a moment for the last lines to be written. Returns false if they are not
/// read: then they are lost.
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

/// Starts the log: to standard error, as `RUST_LOG` configures it, and to the consoles.
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
    /// Writes the summaries of spans that are over, or of everything.
    fn sum_up(&self, everything: bool) {
        let now = Instant::now();
        for sum in self.printed.take_sums(now, everything) {
            LINES_SUMMED.inc_by(sum.count);
            let mut line = String::new();
            // If the clock cannot be read, the time is omitted.
            let _ = SystemTime.format_time(&mut Writer::new(&mut line));
            line.push_str(&format!(" {:>5} {}: {sum}\n", sum.level.as_str(), sum.target));
            stderr().put(line.as_bytes());
        }
        for sum in self.shown.take_sums(now, everything) {
            self.feed.tell(sum.level, sum.to_string());
        }
    }
}

/// Logs panics like everything else: the standard hook would write to standard error itself, and wait.
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
