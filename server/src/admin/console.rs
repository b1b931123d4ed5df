//! One open console: login first, then commands in and stats, world and log out, until either side ends it.
//!
//! Everything is bounded: the size and the rate of messages, the time for the login, the waiting commands, and what
//! waits to be sent. What a slow console misses is dropped and counted; one that accepts nothing at all is closed. A
//! console is sent the reason before it is disconnected (`refusal`), and the reason is counted. `session` is what
//! follows the login.

mod refusal;
mod session;
#[cfg(test)]
mod tests;

use super::AdminContext;
use super::command::COMMANDS;
use super::login::{Credential, FAILURE_DELAY, LoginRefusal};
use super::message::{FromConsole, ToConsole};
use crate::logging::AUDIT;
use crate::version::VERSION;
use crate::websocket::closing::{self, Fault};
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use refusal::{Ending, Refusal, bad_message};
use session::attend;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::mpsc;
use tokio::time::{Duration, sleep, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::error::Error;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};
use tracing::{info, warn};

const MAX_MESSAGE_BYTES: usize = 64 * 1024;
const LOGIN_LIMIT: Duration = Duration::from_secs(10);
/// Messages that wait to be sent; enough for some seconds of a console that does not read.
const QUEUE_MESSAGES: usize = 64;

type Incoming<S> = SplitStream<WebSocketStream<S>>;
type Outgoing<S> = SplitSink<WebSocketStream<S>, Message>;

/// The configuration of a console's socket.
#[must_use]
pub(crate) fn socket_config() -> WebSocketConfig {
    WebSocketConfig::default()
        .read_buffer_size(4096)
        .write_buffer_size(0)
        .max_message_size(Some(MAX_MESSAGE_BYTES))
        .max_frame_size(Some(MAX_MESSAGE_BYTES))
}

/// Serves one console until it is gone or disconnected. The socket should have been made with [`socket_config`]. Until
/// the login, it ends when `must_yield` is ready: others may wait for its place. `logged_in` is called at the login.
pub(crate) async fn serve<S>(
    socket: WebSocketStream<S>,
    peer: SocketAddr,
    context: Arc<AdminContext>,
    must_yield: impl Future<Output = ()>,
    logged_in: impl FnOnce(),
) where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let (sink, mut stream) = socket.split();
    let (sender, queue) = mpsc::channel(QUEUE_MESSAGES);
    let outbox = Outbox { sender, context: &context };
    let mut writer = pin!(write(sink, queue, context.write_timeout));
    tokio::select! {
        () = converse(&mut stream, outbox, peer, &context, must_yield, logged_in) => {
            let sink = writer.await;
            if let Ok(mut socket) = stream.reunite(sink) {
                closing::answer(&mut socket).await;
            }
        }
        _ = &mut writer => info!(%peer, "console lost"),
    }
}

/// Writes what is queued until the queue ends or the socket accepts nothing any more.
async fn write<S>(mut sink: Outgoing<S>, mut queue: mpsc::Receiver<Message>, limit: Duration) -> Outgoing<S>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    while let Some(message) = queue.recv().await {
        if !matches!(timeout(limit, sink.send(message)).await, Ok(Ok(()))) {
            return sink;
        }
    }
    // It is no error if a close was sent already.
    let _ = timeout(limit, sink.close()).await;
    sink
}

/// The writer's queue.
struct Outbox<'a> {
    sender: mpsc::Sender<Message>,
    context: &'a AdminContext,
}

impl Outbox<'_> {
    /// For messages that the next one replaces: dropped and counted if the console is too slow. Returns whether it was
    /// queued.
    fn offer(&self, message: &ToConsole<'_>) -> bool {
        // Checked first: encoding a message that is then dropped would be the most expensive part.
        let is_queued =
            self.sender.capacity() > 0 && self.sender.try_send(Message::text(message.to_json())).is_ok();
        if !is_queued {
            self.context.metrics.console_dropped.inc();
        }
        is_queued
    }

    /// For messages that must arrive: waits for room. If the writer has given up, the console is being closed anyway.
    async fn send(&self, message: &ToConsole<'_>) {
        let _ = self.sender.send(Message::text(message.to_json())).await;
    }

    async fn close(&self, code: CloseCode, reason: &'static str) {
        let frame = CloseFrame { code, reason: Utf8Bytes::from_static(reason) };
        let _ = self.sender.send(Message::Close(Some(frame))).await;
    }
}

/// From the login to the closing message.
async fn converse<S>(
    stream: &mut Incoming<S>,
    outbox: Outbox<'_>,
    peer: SocketAddr,
    context: &AdminContext,
    must_yield: impl Future<Output = ()>,
    logged_in: impl FnOnce(),
) where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let login = tokio::select! {
        login = log_in(stream, &outbox, peer, context) => login,
        () = must_yield => Err(Refusal::NotLoggedIn.into()),
    };
    let ending = match login {
        Ok(()) => {
            logged_in();
            attend(stream, &outbox, peer, context).await
        }
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
            outbox.close(refusal.close_code(), reason).await;
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
    match attempt(&shown, peer, context).await {
        Ok(session) => {
            context.metrics.admin_login("ok");
            info!(target: AUDIT, %peer, with = shown.label(), "console opened");
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

/// Waits for the credential's turn, then checks it.
async fn attempt(
    shown: &Credential,
    peer: SocketAddr,
    context: &AdminContext,
) -> Result<String, LoginRefusal> {
    let wait = context.logins.wait(shown, peer.ip(), context.uptime())?;
    if !wait.is_zero() {
        sleep(wait).await;
    }
    context.logins.login(shown, peer.ip(), context.uptime())
}

/// The next message of the protocol; the library handles pings and pongs.
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
            Some(Err(error)) => return Err(ending_of(&error)),
        }
    }
}

fn ending_of(error: &Error) -> Ending {
    Ending::Refused(match Fault::of(error) {
        Fault::Lost => return Ending::Gone,
        Fault::TooFast => Refusal::TooFast,
        Fault::TooLarge => Refusal::TooLarge,
        Fault::NotUtf8 => Refusal::NotUtf8,
        Fault::BadFrame(what) => Refusal::BadFrame(what),
    })
}
