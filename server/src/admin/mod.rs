//! The admin console: one socket, JSON messages, and commands that ask rooms.
//!
//! - `command`: the pure parse of a command line, and the table of commands
//! - `execute`: what a command does
//! - `error`: why it did not
//! - `login`: who is let in
//! - `console`: the socket's side, one for each open console
//! - `message`: what goes over the socket
//! - `section`: what of it is configured
//! - `client`: the other end, for the command line

pub(crate) mod client;
pub(crate) mod command;
mod console;
mod error;
mod execute;
pub(crate) mod login;
mod message;
mod section;

pub(crate) use console::{serve, socket_config};
pub(crate) use execute::obey;
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
    /// The doorkeeper; its clock is [`AdminContext::uptime`].
    pub logins: Logins,
    /// The rooms.
    pub lobby: Arc<Lobby>,
    /// The counters.
    pub metrics: Arc<Metrics>,
    /// What outlives the server.
    pub store: StoreHandle,
    /// The log.
    pub log: LogFeed,
    /// True once the server is going down.
    pub draining: watch::Receiver<bool>,
    /// A console that takes nothing for so long is closed.
    pub write_timeout: Duration,
    /// When the server started.
    pub started: Instant,
    /// The services hub.
    pub hub: HubHandle,
    /// Who may not come in.
    pub bans: Bans,
}

impl AdminContext {
    /// How long the server is up.
    #[must_use]
    pub(crate) fn uptime(&self) -> Duration {
        self.started.elapsed()
    }
}
