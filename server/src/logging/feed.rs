//! The server's own log lines for consoles: a bounded channel, fed by a layer beside the one that prints.
//!
//! Logging never waits here: a console that reads too slowly misses lines, and is sent their number.

use std::fmt::{self, Write};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};
use tokio::sync::broadcast;
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;

const LINES_KEPT: usize = 256;
const MAX_LINE_BYTES: usize = 1000;

/// A line of the log.
#[derive(Clone, Debug)]
pub struct LogLine {
    /// Milliseconds since 1970.
    pub at_ms: u64,
    /// `info`, `warn` or `error`.
    pub level: &'static str,
    /// Message and fields.
    pub text: String,
}

impl LogLine {
    /// A line for one console only.
    pub(crate) fn warning(text: String) -> Self {
        Self { at_ms: now_ms(), level: "warn", text }
    }
}

/// Sends log lines to consoles; clones share the channel.
#[derive(Clone, Debug)]
pub struct LogFeed(broadcast::Sender<Arc<LogLine>>);

impl Default for LogFeed {
    fn default() -> Self {
        Self(broadcast::channel(LINES_KEPT).0)
    }
}

impl LogFeed {
    /// The lines from now on.
    #[must_use]
    pub fn subscribe(&self) -> broadcast::Receiver<Arc<LogLine>> {
        self.0.subscribe()
    }

    /// Sends a line to all current subscribers.
    pub(crate) fn tell(&self, level: Level, text: String) {
        // It does not matter if there are none.
        let _ = self.0.send(Arc::new(LogLine { at_ms: now_ms(), level: word(level), text }));
    }

    /// The layer that feeds this channel.
    #[must_use]
    pub fn layer(&self) -> LogLayer {
        LogLayer(self.clone())
    }
}

/// Takes this project's events of level info and above from `tracing`.
#[derive(Debug)]
pub struct LogLayer(LogFeed);

impl<S: Subscriber> Layer<S> for LogLayer {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let sender = &self.0.0;
        let metadata = event.metadata();
        if *metadata.level() > Level::INFO
            || !metadata.target().starts_with("perigee")
            || sender.receiver_count() == 0
        {
            return;
        }
        let mut text = Text(String::new());
        event.record(&mut text);
        // It does not matter if there are no subscribers.
        let _ =
            sender.send(Arc::new(LogLine { at_ms: now_ms(), level: word(*metadata.level()), text: text.0 }));
    }
}

fn word(level: Level) -> &'static str {
    match level {
        Level::ERROR => "error",
        Level::WARN => "warn",
        _ => "info",
    }
}

pub(crate) fn now_ms() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_millis() as u64)
}

/// The message, then the fields as `name=value`, bounded.
struct Text(String);

impl Text {
    fn add(&mut self, field: &Field, value: fmt::Arguments<'_>) {
        let gap = if self.0.is_empty() { "" } else { " " };
        let _ = if field.name() == "message" {
            write!(self.0, "{gap}{value}")
        } else {
            write!(self.0, "{gap}{}={value}", field.name())
        };
        if self.0.len() > MAX_LINE_BYTES {
            let end = (0..=MAX_LINE_BYTES).rev().find(|&at| self.0.is_char_boundary(at)).unwrap_or(0);
            self.0.truncate(end);
        }
    }
}

impl Visit for Text {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.add(field, format_args!("{value}"));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.add(field, format_args!("{value:?}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tracing_subscriber::layer::SubscriberExt;

    #[test]
    fn only_our_lines_of_some_weight_are_fed() {
        let feed = LogFeed::default();
        let mut lines = feed.subscribe();
        let subscriber = tracing_subscriber::registry().with(feed.layer());
        tracing::subscriber::with_default(subscriber, || {
            tracing::debug!("too small");
            tracing::info!(target: "hyper", "not ours");
            tracing::warn!(target: "perigee_server::net", room = "arena", rtt_ms = 12, "late");
            tracing::info!(target: "perigee", "{}", "ü".repeat(MAX_LINE_BYTES));
        });
        let line = lines.try_recv().unwrap();
        assert_eq!(line.level, "warn");
        assert!(
            line.text.contains("late") && line.text.contains("room=arena") && line.text.contains("rtt_ms=12")
        );
        assert_eq!(lines.try_recv().unwrap().text.len(), MAX_LINE_BYTES);
        assert!(lines.try_recv().is_err());
    }
}
