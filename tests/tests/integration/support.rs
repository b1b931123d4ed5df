//! A server in this process on a free port, and raw sockets to it.

use futures_util::{SinkExt, StreamExt};
use perigee_arena::Arena;
use perigee_server::{AdminDoor, Config, LogFeed, Logins, Publication, Wall};
use perigee_shared::protocol::{
    Build, ClientMessage, DisconnectReason, Hello, Message as _, PROTOCOL_VERSION, ServerMessage,
    ServiceMessage, schema_hash,
};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

/// No step of these tests takes longer, unless it hangs.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);
/// The admin token of every test server.
pub(crate) const TOKEN: &str = "a-token-for-tests";

pub(crate) type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// A running server; it drains when dropped or stopped.
pub(crate) struct TestServer {
    pub(crate) address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    running: tokio::task::JoinHandle<()>,
}

impl TestServer {
    /// Starts a server with `settings` (TOML) over the defaults; without bots unless the settings enable them.
    pub(crate) async fn start(settings: &str) -> Self {
        Self::publishing(settings, Publication::default()).await
    }

    /// The default server, with a socket at `/echo`.
    pub(crate) async fn start_with_echo() -> Self {
        Self::with_echo("").await
    }

    /// The same with settings.
    pub(crate) async fn with_echo(settings: &str) -> Self {
        let config = Config::from_text(perigee_tests::GAMES, Some(("test", settings))).unwrap();
        Self::serving(Config { serves_echo: true, ..config }, settings, Publication::default()).await
    }

    /// The same as [`Self::start`], with that clock.
    pub(crate) async fn start_by(settings: &str, wall: Wall) -> Self {
        let config =
            Config { wall, ..Config::from_text(perigee_tests::GAMES, Some(("test", settings))).unwrap() };
        Self::serving(config, settings, Publication::default()).await
    }

    /// The same as [`Self::start`], with data already published.
    pub(crate) async fn publishing(settings: &str, publication: Publication) -> Self {
        Self::serving(
            Config::from_text(perigee_tests::GAMES, Some(("test", settings))).unwrap(),
            settings,
            publication,
        )
        .await
    }

    async fn serving(mut config: Config, settings: &str, publication: Publication) -> Self {
        // Tests that are not about bots count the players in a room.
        if !settings.contains("fill_to") {
            config.rooms.iter_mut().for_each(|room| room.fill_to = 0);
        }
        // Tests check metrics immediately after an event.
        if !settings.contains("metrics_interval_ms") {
            config.http.metrics_interval_ms = 0;
        }
        if !settings.contains("[store]") {
            config.store.path = ":memory:".into();
        }
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let door = AdminDoor { logins: Logins::new(TOKEN.to_owned()), log: LogFeed::default() };
        let (stop, stopped) = oneshot::channel::<()>();
        let running = tokio::spawn(async move {
            let shutdown = async move { drop(stopped.await) };
            let publication = Arc::new(publication);
            perigee_server::run_with(
                perigee_tests::GAMES,
                config,
                listener,
                Some(door),
                publication,
                shutdown,
            )
            .await
            .unwrap();
        });
        Self { address, stop: Some(stop), running }
    }

    /// Drains, and waits for the end.
    pub(crate) async fn stop(mut self) {
        self.stop.take();
        timeout(PATIENCE, &mut self.running).await.expect("the server drains in time").unwrap();
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("ws://{}{path}", self.address)
    }

    /// A game socket that has not sent anything.
    pub(crate) async fn socket(&self) -> Socket {
        connect_async(self.url("/play")).await.unwrap().0
    }

    /// A seated player.
    pub(crate) async fn player(&self, name: &str) -> Socket {
        let mut socket = self.socket().await;
        socket.send(Message::Binary(hello_bytes(&hello(name)).into())).await.unwrap();
        let first = next_control(&mut socket).await;
        assert!(matches!(first, Some(ServerMessage::Welcome(_))), "{first:?}");
        socket
    }

    /// The value of a metric, summed over its labels that contain `label`.
    pub(crate) async fn metric(&self, name: &str, label: &str) -> f64 {
        let text = self.get("/metrics").await;
        let lines = text.lines().filter(|line| line.starts_with(name) && line.contains(label));
        lines.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).sum()
    }

    /// The whole answer to a GET.
    pub(crate) async fn get(&self, path: &str) -> String {
        self.ask(&format!("GET {path} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n")).await
    }

    /// The whole answer to a request, which asks to close the connection.
    pub(crate) async fn ask(&self, request: &str) -> String {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        timeout(PATIENCE, stream.read_to_end(&mut answer)).await.unwrap().unwrap();
        String::from_utf8_lossy(&answer).into_owned()
    }
}

/// A valid hello.
pub(crate) fn hello(name: &str) -> Hello {
    let build = Build { protocol: PROTOCOL_VERSION, schema: schema_hash::<Arena>() };
    Hello {
        build,
        name: name.into(),
        room: "any".into(),
        want_checksums: false,
        bot: false,
        ..Hello::default()
    }
}

pub(crate) fn hello_bytes(hello: &Hello) -> Vec<u8> {
    ClientMessage::Hello(hello.clone()).encode()
}

/// The next control message; snapshots are skipped. `None` when the connection ends.
pub(crate) async fn next_control(socket: &mut Socket) -> Option<ServerMessage> {
    next_of(socket).await
}

/// The next message of the services; all other messages are skipped. `None` when the connection ends.
pub(crate) async fn next_service(socket: &mut Socket) -> Option<ServiceMessage> {
    next_of(socket).await
}

async fn next_of<M: perigee_shared::protocol::Message>(socket: &mut Socket) -> Option<M> {
    let next = async {
        while let Some(Ok(message)) = socket.next().await {
            if let Message::Binary(bytes) = message
                && let Ok(message) = M::decode(&bytes)
            {
                return Some(message);
            }
        }
        None
    };
    timeout(PATIENCE, next).await.expect("the server says something in time")
}

/// The reason of the server's goodbye, after skipping all other messages; and the close frame's code.
pub(crate) async fn goodbye(socket: &mut Socket) -> (DisconnectReason, u16) {
    let ending = async {
        let mut reason = None;
        loop {
            match socket.next().await {
                Some(Ok(Message::Binary(bytes))) => {
                    if let Ok(ServerMessage::Goodbye(told)) = ServerMessage::decode(&bytes) {
                        reason = Some(told);
                    }
                }
                Some(Ok(Message::Close(Some(frame)))) => {
                    return (reason.expect("a goodbye before the close frame"), u16::from(frame.code));
                }
                Some(Ok(_)) => {}
                end => panic!("the connection ended without a close frame: {end:?}, {reason:?}"),
            }
        }
    };
    timeout(PATIENCE, ending).await.expect("the server ends the connection in time")
}
