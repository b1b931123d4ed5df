//! One open console: login first, then commands in and stats, world and log out, until one side goes.
//!
//! Everything is bounded: the size and the rate of messages, the time for the login, the commands that wait, and what
//! waits to be sent. What a slow console misses is dropped and counted; one that takes nothing at all is closed.
//! Why a console is sent away is told to it before the socket closes, and counted.

use super::command::{COMMANDS, parse};
use super::execute::execute;
use super::login::{Credential, FAILURE_DELAY, LoginRefusal};
use super::message::{FromConsole, Stats, ToConsole, World};
use super::{AdminContext, LogLine};
use crate::room::{RoomHandle, WorldView};
use crate::web::VERSION;
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use std::future::pending;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use thiserror::Error;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{mpsc, watch};
use tokio::time::{Duration, Instant, MissedTickBehavior, interval, sleep, sleep_until, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::error::{CapacityError, Error};
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};
use tracing::{info, warn};

const MAX_MESSAGE_BYTES: usize = 64 * 1024;
const MESSAGES_PER_SECOND: u32 = 50;
const LOGIN_LIMIT: Duration = Duration::from_secs(10);
const STATS_PERIOD: Duration = Duration::from_millis(500);
const WORLD_PERIOD: Duration = Duration::from_millis(100);
/// Messages that wait to be sent; some seconds of a console that does not read.
const QUEUE_MESSAGES: usize = 64;
/// Commands that wait to be done.
const QUEUE_COMMANDS: usize = 16;
/// How long a closing socket is read on, so that the last words are not lost to a reset.
const LINGER: Duration = Duration::from_secs(1);

type Incoming<S> = SplitStream<WebSocketStream<S>>;
type Outgoing<S> = SplitSink<WebSocketStream<S>, Message>;

/// How the socket of a console must be set up.
#[must_use]
pub fn socket_config() -> WebSocketConfig {
    WebSocketConfig::default()
        .read_buffer_size(4096)
        .write_buffer_size(0)
        .max_message_size(Some(MAX_MESSAGE_BYTES))
        .max_frame_size(Some(MAX_MESSAGE_BYTES))
}

/// Why a console is sent away.
#[derive(Debug, Error)]
enum Refusal {
    #[error("{0}")]
    Login(LoginRefusal),
    #[error("{0}")]
    BadMessage(String),
    #[error("log in first")]
    NotLoggedIn,
    #[error("allowed are {MESSAGES_PER_SECOND} messages a second")]
    TooFast,
    #[error("allowed are {MAX_MESSAGE_BYTES} bytes a message")]
    TooLarge,
}

impl Refusal {
    fn label(&self) -> &'static str {
        match self {
            Self::Login(refusal) => refusal.label(),
            Self::BadMessage(_) => "bad_message",
            Self::NotLoggedIn => "not_logged_in",
            Self::TooFast => "too_fast",
            Self::TooLarge => "too_large",
        }
    }

    /// Beside the players' refusals, in the same list.
    fn metric(&self) -> &'static str {
        match self {
            Self::Login(_) => "admin_login",
            Self::BadMessage(_) => "admin_bad_message",
            Self::NotLoggedIn => "admin_not_logged_in",
            Self::TooFast => "admin_too_fast",
            Self::TooLarge => "admin_too_large",
        }
    }
}

/// Why a conversation ends.
#[derive(Debug)]
enum Ending {
    /// The other side is gone.
    Gone,
    /// We will not go on.
    Refused(Refusal),
    /// The server is going down.
    Drain,
}

impl From<Refusal> for Ending {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// Serves one console until it is gone or sent away. The socket should have been made with [`socket_config`].
pub async fn serve<S>(socket: WebSocketStream<S>, peer: SocketAddr, context: Arc<AdminContext>)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let (sink, mut stream) = socket.split();
    let (sender, queue) = mpsc::channel(QUEUE_MESSAGES);
    let outbox = Outbox { sender, context: &context };
    let mut writer = pin!(write(sink, queue, context.write_timeout));
    tokio::select! {
        () = converse(&mut stream, outbox, peer, &context) => {
            let sink = writer.await;
            if let Ok(socket) = stream.reunite(sink) {
                linger(socket.into_inner()).await;
            }
        }
        _ = &mut writer => info!(%peer, "console lost"),
    }
}

/// Writes what is queued until the queue ends or the socket takes nothing any more.
async fn write<S>(mut sink: Outgoing<S>, mut queue: mpsc::Receiver<Message>, limit: Duration) -> Outgoing<S>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    while let Some(message) = queue.recv().await {
        if !matches!(timeout(limit, sink.send(message)).await, Ok(Ok(()))) {
            return sink;
        }
    }
    // A close that was sent already is no failure worth telling.
    let _ = timeout(limit, sink.close()).await;
    sink
}

/// Closing a socket with unread bytes resets it, and a reset overtakes what was just sent.
async fn linger<S: AsyncRead + AsyncWrite + Unpin>(mut io: S) {
    let read_on = async {
        let mut scratch = [0; 1024];
        let _ = io.shutdown().await;
        while matches!(io.read(&mut scratch).await, Ok(1..)) {}
    };
    let _ = timeout(LINGER, read_on).await;
}

/// What goes to the writer.
struct Outbox<'a> {
    sender: mpsc::Sender<Message>,
    context: &'a AdminContext,
}

impl Outbox<'_> {
    /// For what the next one replaces: dropped and counted if the console does not keep up. Whether it was queued.
    fn offer(&self, message: &ToConsole<'_>) -> bool {
        // Making a message that finds no room would be the dearest part.
        let is_queued =
            self.sender.capacity() > 0 && self.sender.try_send(Message::text(message.to_json())).is_ok();
        if !is_queued {
            self.context.metrics.console_dropped.inc();
        }
        is_queued
    }

    /// For what must arrive: waits for room. If the writer has given up, the console is being closed anyway.
    async fn send(&self, message: &ToConsole<'_>) {
        let _ = self.sender.send(Message::text(message.to_json())).await;
    }

    async fn close(&self, code: CloseCode, reason: &'static str) {
        let frame = CloseFrame { code, reason: Utf8Bytes::from_static(reason) };
        let _ = self.sender.send(Message::Close(Some(frame))).await;
    }
}

/// From the login to the last words.
async fn converse<S>(stream: &mut Incoming<S>, outbox: Outbox<'_>, peer: SocketAddr, context: &AdminContext)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let ending = match log_in(stream, &outbox, peer, context).await {
        Ok(()) => attend(stream, &outbox, peer, context).await,
        Err(ending) => ending,
    };
    match ending {
        Ending::Gone => info!(%peer, "console closed"),
        Ending::Refused(refusal) => {
            context.metrics.refused(refusal.metric());
            let (reason, message) = (refusal.label(), refusal.to_string());
            if !matches!(refusal, Refusal::Login(_)) {
                warn!(%peer, reason, "console refused");
            }
            outbox.send(&ToConsole::Refused { reason, message: &message }).await;
            outbox.close(CloseCode::Policy, reason).await;
        }
        Ending::Drain => {
            let message = "the server is restarting";
            outbox.send(&ToConsole::Closing { reason: "drain", message }).await;
            outbox.close(CloseCode::Away, "drain").await;
        }
    }
}

async fn log_in<S>(
    stream: &mut Incoming<S>,
    outbox: &Outbox<'_>,
    peer: SocketAddr,
    context: &AdminContext,
) -> Result<(), Ending>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let first = timeout(LOGIN_LIMIT, next_message(stream)).await.map_err(|_| Refusal::NotLoggedIn)??;
    let FromConsole::Login { token, code, session } = first else {
        return Err(Refusal::NotLoggedIn.into());
    };
    let shown = match (token, code, session) {
        (Some(token), None, None) => Credential::Token(token),
        (None, Some(code), None) => Credential::Code(code),
        (None, None, Some(session)) => Credential::Session(session),
        _ => return Err(bad_message("a login has one of token, code and session").into()),
    };
    match context.logins.login(&shown, peer.ip(), context.uptime()) {
        Ok(session) => {
            context.metrics.admin_login("ok");
            info!(%peer, with = shown.label(), "console opened");
            outbox
                .send(&ToConsole::Welcome { session: &session, version: VERSION, commands: &COMMANDS })
                .await;
            Ok(())
        }
        Err(refusal) => {
            context.metrics.admin_login(refusal.label());
            warn!(%peer, with = shown.label(), reason = refusal.label(), "console login failed");
            sleep(FAILURE_DELAY).await;
            Err(Refusal::Login(refusal).into())
        }
    }
}

fn bad_message(text: impl Into<String>) -> Refusal {
    Refusal::BadMessage(text.into())
}

/// The next message of the protocol; pings and pongs are the library's.
async fn next_message<S>(stream: &mut Incoming<S>) -> Result<FromConsole, Ending>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    loop {
        match stream.next().await {
            Some(Ok(Message::Text(text))) => {
                return serde_json::from_str(&text).map_err(|error| {
                    let place = format!("line {}, column {}", error.line(), error.column());
                    bad_message(format!("this is no message of the admin protocol ({place})")).into()
                });
            }
            Some(Ok(Message::Binary(_))) => {
                return Err(bad_message("messages are JSON text, not binary").into());
            }
            Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => {}
            Some(Ok(Message::Close(_))) | None => return Err(Ending::Gone),
            Some(Err(Error::Capacity(CapacityError::MessageTooLong { .. }))) => {
                return Err(Refusal::TooLarge.into());
            }
            Some(Err(Error::Utf8(_))) => return Err(bad_message("messages are UTF-8").into()),
            Some(Err(_)) => return Err(Ending::Gone),
        }
    }
}

/// A console that is logged in: what it says, what it is told, and its commands one after the other.
async fn attend<S>(
    stream: &mut Incoming<S>,
    outbox: &Outbox<'_>,
    peer: SocketAddr,
    context: &AdminContext,
) -> Ending
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let (commands, waiting) = mpsc::channel(QUEUE_COMMANDS);
    let mut session = Session { context, outbox, commands, watched: None, rate: Rate::new(Instant::now()) };
    tokio::select! {
        ending = session.run(stream) => ending,
        () = run_commands(waiting, outbox, peer, context) => Ending::Gone,
    }
}

/// A command that was typed, and the number that its answer carries.
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
        let result = match parse(&line) {
            Ok(command) => {
                info!(%peer, ?command, "console command");
                execute(command, context).await
            }
            Err(error) => Err(error.to_string()),
        };
        let (ok, text) = match &result {
            Ok(text) => (true, text),
            Err(text) => (false, text),
        };
        outbox.send(&ToConsole::Reply { id, ok, text }).await;
    }
}

/// At most so many messages in each second.
struct Rate {
    since: Instant,
    count: u32,
}

impl Rate {
    fn new(now: Instant) -> Self {
        Self { since: now, count: 0 }
    }

    fn admits(&mut self, now: Instant) -> bool {
        if now.duration_since(self.since) >= Duration::from_secs(1) {
            *self = Self::new(now);
        }
        self.count += 1;
        self.count <= MESSAGES_PER_SECOND
    }
}

/// The room whose world is shown.
struct Watched {
    room: Arc<RoomHandle>,
    views: watch::Receiver<Arc<WorldView>>,
    /// Not before this.
    next_at: Instant,
    is_first: bool,
}

/// Ready when the next view is due and there; waits for ever if no room is watched, or the room is gone.
async fn next_view(watched: &mut Option<Watched>) {
    let Some(watched) = watched else { return pending().await };
    sleep_until(watched.next_at).await;
    if watched.views.changed().await.is_err() {
        pending::<()>().await;
    }
}

struct Session<'a> {
    context: &'a AdminContext,
    outbox: &'a Outbox<'a>,
    commands: mpsc::Sender<Typed>,
    watched: Option<Watched>,
    rate: Rate,
}

impl Session<'_> {
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
                // A server that is gone altogether is going down too.
                _ = draining.wait_for(|&is_draining| is_draining) => return Ending::Drain,
            }
        }
    }

    fn handle(&mut self, message: FromConsole) -> Result<(), Ending> {
        if !self.rate.admits(Instant::now()) {
            return Err(Refusal::TooFast.into());
        }
        match message {
            FromConsole::Login { .. } => return Err(bad_message("this console is logged in already").into()),
            FromConsole::Command { id, line } => {
                if self.commands.try_send(Typed { id, line }).is_err() {
                    let text = "too many commands are waiting";
                    self.outbox.offer(&ToConsole::Reply { id, ok: false, text });
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
        // What is there already may be from the last time that somebody watched.
        views.mark_unchanged();
        self.watched = Some(Watched { room, views, next_at: Instant::now(), is_first: true });
    }

    /// The watched room's thread may be gone, and another have taken its place under the same name.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admin::LogFeed;
    use crate::admin::login::Logins;
    use crate::config::Config;
    use crate::lobby::Lobby;
    use crate::metrics::Metrics;
    use crate::services::desk::DeskHandle;
    use perigee_shared::protocol::DisconnectReason;
    use serde_json::{Value, json};
    use tokio::io::{DuplexStream, duplex};
    use tokio_tungstenite::tungstenite::protocol::Role;

    const TOKEN: &str = "open-sesame";

    /// A server with the default rooms and no players, and the switch that drains it.
    struct Server {
        context: Arc<AdminContext>,
        drain: watch::Sender<bool>,
    }

    impl Server {
        fn start() -> Self {
            let metrics = Arc::new(Metrics::new());
            let config = Config::from_text(None).unwrap();
            let start = |room| {
                crate::room::start::<crate::Game>(room, &config.limits, 1, None, Arc::clone(&metrics))
                    .unwrap()
                    .0
            };
            let lobby = Arc::new(Lobby::new(config.rooms.iter().map(start).collect()));
            let (drain, draining) = watch::channel(false);
            let context = AdminContext {
                desk: DeskHandle::to_nobody(),
                logins: Logins::new(TOKEN.to_owned()),
                lobby,
                store: crate::store::Store::in_memory(Arc::clone(&metrics)).unwrap(),
                metrics,
                log: LogFeed::default(),
                draining,
                write_timeout: Duration::from_secs(1),
                started: std::time::Instant::now(),
            };
            Self { context: Arc::new(context), drain }
        }

        async fn connect(&self) -> Page {
            let (ours, theirs) = duplex(256 * 1024);
            let socket = WebSocketStream::from_raw_socket(theirs, Role::Server, Some(socket_config())).await;
            let peer = SocketAddr::from(([192, 0, 2, 1], 5000));
            tokio::spawn(serve(socket, peer, Arc::clone(&self.context)));
            Page(WebSocketStream::from_raw_socket(ours, Role::Client, None).await)
        }

        async fn log_in(&self) -> Page {
            let mut page = self.connect().await;
            page.say(&json!({ "type": "login", "token": TOKEN })).await;
            assert_eq!(page.hear("welcome").await["version"], VERSION);
            page
        }
    }

    impl Drop for Server {
        fn drop(&mut self) {
            self.context.lobby.close_all(&DisconnectReason::Draining);
        }
    }

    struct Page(WebSocketStream<DuplexStream>);

    impl Page {
        async fn say(&mut self, message: &Value) {
            self.0.send(Message::text(message.to_string())).await.unwrap();
        }

        /// The next message of that type; others are passed over.
        async fn hear(&mut self, kind: &str) -> Value {
            let search = async {
                while let Some(message) = self.0.next().await {
                    let Message::Text(text) = message.unwrap() else { continue };
                    let value: Value = serde_json::from_str(&text).unwrap();
                    if value["type"] == kind {
                        return value;
                    }
                }
                panic!("the console was closed before {kind:?} came");
            };
            timeout(Duration::from_secs(10), search).await.unwrap()
        }

        async fn command(&mut self, line: &str) -> (bool, String) {
            self.say(&json!({ "type": "command", "id": 7, "line": line })).await;
            let reply = self.hear("reply").await;
            assert_eq!(reply["id"], 7);
            (reply["ok"].as_bool().unwrap(), reply["text"].as_str().unwrap().to_owned())
        }

        /// The reason of the refusal, after which the socket must close.
        async fn refusal(mut self) -> String {
            let refused = self.hear("refused").await;
            assert!(!refused["message"].as_str().unwrap().is_empty());
            let rest = async { while let Some(Ok(_)) = self.0.next().await {} };
            timeout(Duration::from_secs(5), rest).await.unwrap();
            refused["reason"].as_str().unwrap().to_owned()
        }
    }

    #[tokio::test]
    async fn the_token_opens_and_the_session_comes_back() {
        let server = Server::start();
        let mut page = server.connect().await;
        page.say(&json!({ "type": "login", "token": TOKEN })).await;
        let welcome = page.hear("welcome").await;
        assert!(welcome["commands"].as_array().unwrap().iter().any(|command| command["name"] == "kick"));
        let mut again = server.connect().await;
        again.say(&json!({ "type": "login", "session": welcome["session"] })).await;
        assert_eq!(again.hear("welcome").await["session"], welcome["session"]);
    }

    #[tokio::test]
    async fn who_does_not_log_in_properly_is_told_why() {
        let server = Server::start();
        for (first, reason) in [
            (json!({ "type": "login", "token": "guess" }), "wrong_token"),
            (json!({ "type": "login", "code": "guess" }), "expired_code"),
            (json!({ "type": "login", "session": "guess" }), "expired_session"),
            (json!({ "type": "login" }), "bad_message"),
            (json!({ "type": "watch", "room": null }), "not_logged_in"),
            (json!("hello"), "bad_message"),
        ] {
            let mut page = server.connect().await;
            page.say(&first).await;
            assert_eq!(page.refusal().await, reason);
        }
        assert_eq!(server.context.metrics.refusals()["admin_login"], 3);
    }

    #[tokio::test]
    async fn bad_messages_are_refused_by_kind() {
        let server = Server::start();
        let mut page = server.log_in().await;
        page.0.send(Message::binary(vec![1, 2, 3])).await.unwrap();
        assert_eq!(page.refusal().await, "bad_message");
        let mut page = server.log_in().await;
        page.0.send(Message::text("x".repeat(MAX_MESSAGE_BYTES + 1))).await.unwrap();
        assert_eq!(page.refusal().await, "too_large");
        let mut page = server.log_in().await;
        for _ in 0..2 * MESSAGES_PER_SECOND {
            page.say(&json!({ "type": "watch", "room": null })).await;
        }
        assert_eq!(page.refusal().await, "too_fast");
    }

    #[tokio::test]
    async fn stats_tell_of_every_room() {
        let server = Server::start();
        let mut page = server.log_in().await;
        let stats = page.hear("stats").await;
        let names: Vec<_> = stats["rooms"].as_array().unwrap().iter().map(|room| &room["name"]).collect();
        assert_eq!(names, ["arena", "duel", "teams"]);
        assert_eq!(stats["rooms"][0]["state_hash"].as_str().unwrap().len(), 16);
        assert_eq!(stats["rooms"][0]["tick_hz"], 30);
        assert_eq!(stats["connections"], 0);
        assert_eq!((&stats["store"]["ok"], &stats["store"]["dropped"]), (&json!(true), &json!(0)));
    }

    #[tokio::test]
    async fn commands_are_done_and_answered() {
        let server = Server::start();
        let mut page = server.log_in().await;
        assert!(page.command("help").await.1.contains("kick NAME [REASON]"));
        let (_, status) = page.command("status").await;
        assert!(status.contains("3 rooms, 0 players") && status.contains("\nstore: ok, queue "), "{status}");
        assert_eq!(page.command("kick Nobody").await, (false, "there is no player \"Nobody\"".to_owned()));
        assert!(!page.command("step arena").await.0, "it is not paused");
        assert!(page.command("pause arena").await.0);
        assert!(page.command("step arena 2").await.0);
        assert!(page.command("resume arena").await.0);
        assert!(page.command("broadcast hello all").await.0);
        let token = server.context.store.identify(None, "Ann").await.unwrap().token;
        let text = "1 device of \"Ann\" revoked; kick sends away who is here";
        assert_eq!(page.command("revoke Ann").await, (true, text.to_owned()));
        assert!(server.context.store.identify(Some(token), "Ann").await.unwrap().is_new);
        assert_eq!(page.command("revoke ann").await, (false, "\"Ann\" has no device any more".to_owned()));
        assert!(!page.command("revoke Nobody").await.0);
        let (ok, text) = page.command("pause nowhere").await;
        assert!(!ok && text.contains("there are: arena, duel"), "{text}");
    }

    #[tokio::test]
    async fn the_watched_world_is_shown_and_obstacles_only_once() {
        let server = Server::start();
        let mut page = server.log_in().await;
        page.say(&json!({ "type": "watch", "room": "duel" })).await;
        let first = page.hear("world").await;
        assert_eq!((&first["room"], &first["width"]), (&json!("duel"), &json!(1200.0)));
        assert_eq!(first["obstacles"].as_array().unwrap().len(), 8);
        assert_eq!(page.hear("world").await["obstacles"], Value::Null);
        page.say(&json!({ "type": "watch", "room": "nowhere" })).await;
        assert!(page.hear("log").await["text"].as_str().unwrap().contains("nowhere"));
    }

    #[tokio::test]
    async fn a_drain_says_goodbye() {
        let server = Server::start();
        let mut page = server.log_in().await;
        server.drain.send_replace(true);
        assert_eq!(page.hear("closing").await["reason"], "drain");
    }

    #[tokio::test]
    async fn a_console_that_does_not_read_is_closed() {
        let server = Server::start();
        let (ours, theirs) = duplex(1024);
        let socket = WebSocketStream::from_raw_socket(theirs, Role::Server, Some(socket_config())).await;
        let served =
            tokio::spawn(serve(socket, SocketAddr::from(([192, 0, 2, 1], 5000)), server.context.clone()));
        let mut page = Page(WebSocketStream::from_raw_socket(ours, Role::Client, None).await);
        page.say(&json!({ "type": "login", "token": TOKEN })).await;
        timeout(Duration::from_secs(10), served).await.unwrap().unwrap();
    }
}
