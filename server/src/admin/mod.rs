//! The admin console: one socket, JSON messages, and commands that ask rooms.
//!
//! - `command`: the pure parser of command lines, and the table of commands
//! - `execute`: executes a command
//! - `error`: why a command failed
//! - `login`: who may log in
//! - `console`: the server's side of a socket, one for each open console
//! - `message`: the messages
//! - `section`: the console's configuration
//! - `client`: the client for the command line

pub(crate) mod client;
pub(crate) mod command;
mod console;
mod error;
mod execute;
pub(crate) mod login;
mod message;
mod section;

pub(crate) use console::{serve, socket_config};
pub(crate) use execute::execute_line;
pub(crate) use section::AdminConfig;

use crate::bans::Bans;
use crate::lobby::Lobby;
use crate::logging::LogFeed;
use crate::metrics::Metrics;
use crate::services::hub::HubHandle;
use crate::store::StoreHandle;
use login::Logins;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// What all consoles share.
#[derive(Debug)]
pub(crate) struct AdminContext {
    /// Checks logins; its clock is [`AdminContext::uptime`].
    pub logins: Logins,
    /// The rooms.
    pub lobby: Arc<Lobby>,
    /// The counters.
    pub metrics: Arc<Metrics>,
    /// The persistent store.
    pub store: StoreHandle,
    /// The log.
    pub log: LogFeed,
    /// True once the server drains.
    pub draining: watch::Receiver<bool>,
    /// A console that accepts nothing for so long is closed.
    pub write_timeout: Duration,
    /// When the server started.
    pub started: Instant,
    /// The services hub.
    pub hub: HubHandle,
    /// The banned people.
    pub bans: Bans,
}

impl AdminContext {
    /// How long the server has been running.
    #[must_use]
    pub(crate) fn uptime(&self) -> Duration {
        self.started.elapsed()
    }
}
