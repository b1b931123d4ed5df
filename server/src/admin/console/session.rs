//! A console that is logged in: its messages, its commands one after the other, and what it is sent: figures, the log
//! and the world of the room that it watches.

use super::refusal::{Ending, MESSAGES_PER_SECOND, Refusal, bad_message};
use super::{Incoming, Outbox, next_message};
use crate::admin::AdminContext;
use crate::admin::error::AdminError;
use crate::admin::execute::execute_line;
use crate::admin::message::{FromConsole, Stats, ToConsole, World};
use crate::logging::LogLine;
use crate::room::{RoomHandle, WorldView};
use crate::websocket::Rate;
use std::future::pending;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{mpsc, watch};
use tokio::time::{Duration, Instant, MissedTickBehavior, interval, sleep_until};

const STATS_PERIOD: Duration = Duration::from_millis(500);
const WORLD_PERIOD: Duration = Duration::from_millis(100);
/// Commands that may wait.
const QUEUE_COMMANDS: usize = 16;

/// Serves a console that is logged in: its messages, its commands one after the other, and what it is sent.
pub(super) async fn attend<S>(
    stream: &mut Incoming<S>,
    outbox: &Outbox<'_>,
    peer: SocketAddr,
    context: &AdminContext,
) -> Ending
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let (commands, waiting) = mpsc::channel(QUEUE_COMMANDS);
    let mut session = ConsoleSession {
        context,
        outbox,
        commands,
        watched: None,
        rate: Rate::new(MESSAGES_PER_SECOND, Instant::now().into_std()),
    };
    tokio::select! {
        ending = session.run(stream) => ending,
        () = run_commands(waiting, outbox, peer, context) => Ending::Gone,
    }
}

/// A command line, and the number that its answer carries.
struct Typed {
    id: u64,
    line: String,
}

async fn run_commands(
    mut waiting: mpsc::Receiver<Typed>,
    outbox: &Outbox<'_>,
    peer: SocketAddr,
    context: &AdminContext,
) {
    while let Some(Typed { id, line }) = waiting.recv().await {
        let (ok, text) = match execute_line(&line, &peer, context).await {
            Ok(text) => (true, text),
            Err(error) => (false, error.to_string()),
        };
        outbox.send(&ToConsole::Reply { id, ok, text: &text }).await;
    }
}

/// The watched room.
struct Watched {
    room: Arc<RoomHandle>,
    views: watch::Receiver<Arc<WorldView>>,
    /// The next view is not sent before this.
    next_at: Instant,
    is_first: bool,
}

/// Ready when the next view is due and available; never ready if no room is watched, or the room has ended.
async fn next_view(watched: &mut Option<Watched>) {
    let Some(watched) = watched else { return pending().await };
    sleep_until(watched.next_at).await;
    if watched.views.changed().await.is_err() {
        pending::<()>().await;
    }
}

struct ConsoleSession<'a> {
    context: &'a AdminContext,
    outbox: &'a Outbox<'a>,
    commands: mpsc::Sender<Typed>,
    watched: Option<Watched>,
    rate: Rate,
}

impl ConsoleSession<'_> {
    async fn run<S>(&mut self, stream: &mut Incoming<S>) -> Ending
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let mut lines = self.context.log.subscribe();
        let mut draining = self.context.draining.clone();
        let mut stats = interval(STATS_PERIOD);
        stats.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                message = next_message(stream) => {
                    if let Err(ending) = message.and_then(|message| self.handle(message)) {
                        return ending;
                    }
                }
                _ = stats.tick() => {
                    self.find_watched_again();
                    self.outbox.offer(&ToConsole::Stats(Stats::new(self.context)));
                }
                () = next_view(&mut self.watched) => self.show_world(),
                line = lines.recv() => self.show_line(line),
                // A dropped sender also means that the server ends.
                _ = draining.wait_for(|&is_draining| is_draining) => return Ending::Drain,
            }
        }
    }

    fn handle(&mut self, message: FromConsole) -> Result<(), Ending> {
        if !self.rate.allow(Instant::now().into_std()) {
            return Err(Refusal::TooFast.into());
        }
        match message {
            FromConsole::Login { .. } => return Err(bad_message("this console is logged in already").into()),
            FromConsole::Command { id, line } => {
                if self.commands.try_send(Typed { id, line }).is_err() {
                    let text = AdminError::QueueFull.to_string();
                    self.outbox.offer(&ToConsole::Reply { id, ok: false, text: &text });
                }
            }
            FromConsole::Watch { room } => self.watch(room.as_deref()),
        }
        Ok(())
    }

    fn watch(&mut self, name: Option<&str>) {
        self.watched = None;
        let Some(name) = name else { return };
        let Some(room) = self.context.lobby.room(name) else {
            self.outbox
                .offer(&ToConsole::from(&LogLine::warning(format!("there is no room {name:?} to watch"))));
            return;
        };
        let mut views = room.watch();
        // The current view may be old: from the last time that the room was watched.
        views.mark_unchanged();
        self.watched = Some(Watched { room, views, next_at: Instant::now(), is_first: true });
    }

    /// If the watched room has ended, watches the one that has replaced it under the same name.
    fn find_watched_again(&mut self) {
        if let Some(watched) = self.watched.as_ref().filter(|watched| !watched.room.is_open()) {
            let name = watched.room.name().to_owned();
            self.watch(Some(&name));
        }
    }

    fn show_world(&mut self) {
        let Some(watched) = &mut self.watched else { return };
        let view = watched.views.borrow_and_update().clone();
        let world = World::new(watched.room.name(), &view, watched.is_first);
        // The obstacles must arrive once.
        watched.is_first &= !self.outbox.offer(&ToConsole::World(world));
        watched.next_at = Instant::now() + WORLD_PERIOD;
    }

    fn show_line(&self, line: Result<Arc<LogLine>, RecvError>) {
        match line {
            Ok(line) => {
                self.outbox.offer(&ToConsole::from(line.as_ref()));
            }
            Err(RecvError::Lagged(count)) => {
                let text = format!("{count} log lines were left out: they came too fast");
                self.outbox.offer(&ToConsole::from(&LogLine::warning(text)));
            }
            // The context holds the sender, so this does not happen while a console is open.
            Err(RecvError::Closed) => {}
        }
    }
}
