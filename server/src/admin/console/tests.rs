//! Whatever a client sends, a console is served, or refused with a reason that is sent to it.

use super::refusal::MESSAGES_PER_SECOND;
use super::*;
use crate::admin::login::Logins;
use crate::bans::Bans;
use crate::config::Config;
use crate::lobby::Lobby;
use crate::logging::LogFeed;
use crate::metrics::Metrics;
use crate::room::RoomContext;
use crate::services::hub::HubHandle;
use perigee_shared::protocol::DisconnectReason;
use serde_json::{Value, json};
use tokio::io::{DuplexStream, duplex};
use tokio::sync::watch;
use tokio_tungstenite::tungstenite::protocol::Role;

const TOKEN: &str = "open-sesame";

/// The rooms of these tests.
const ROOMS: &str = "[[rooms]]\nname = \"arena\"\nmax_players = 8\ninterest_radius_units = 900\n\
     [[rooms]]\nname = \"duel\"\nmax_players = 8\ninterest_radius_units = 900\n\
     [rooms.scenario]\nwidth_units = 1200.0\nheight_units = 900.0\nasteroids = 8\n";

/// A server with these rooms and no players, and the switch that makes it drain.
struct Server {
    context: Arc<AdminContext>,
    drain: watch::Sender<bool>,
}

impl Server {
    fn start() -> Self {
        let metrics = Arc::new(Metrics::new());
        let config = Config::from_text(crate::game::GAMES, Some(("test", ROOMS))).unwrap();
        let rooms = RoomContext::new(config.limits.clone(), Arc::clone(&metrics));
        let start = |room| crate::room::start::<perigee_arena::Arena>(room, &rooms, 1, None).unwrap().0;
        let lobby = Arc::new(Lobby::new(config.rooms.iter().map(start).collect()));
        let (drain, draining) = watch::channel(false);
        let context = AdminContext {
            hub: HubHandle::to_nobody(),
            bans: Bans::default(),
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
        tokio::spawn(serve(socket, peer, Arc::clone(&self.context), std::future::pending(), || ()));
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
        self.context.lobby.close_all(&DisconnectReason::Draining { retry_within_ms: 1000 });
    }
}

struct Page(WebSocketStream<DuplexStream>);

impl Page {
    async fn say(&mut self, message: &Value) {
        self.0.send(Message::text(message.to_string())).await.unwrap();
    }

    /// The next message of that type; others are skipped.
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
    for _ in 0..3 * MESSAGES_PER_SECOND {
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
    assert_eq!(names, ["arena", "duel"]);
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
    assert!(status.contains("2 rooms, 0 players") && status.contains("\nstore: ok, queue "), "{status}");
    assert_eq!(page.command("kick Nobody").await, (false, "there is no player \"Nobody\"".to_owned()));
    assert!(!page.command("step arena").await.0, "it is not paused");
    assert!(page.command("pause arena").await.0);
    assert!(page.command("step arena 2").await.0);
    assert!(page.command("resume arena").await.0);
    assert!(page.command("broadcast hello all").await.0);
    let token = server.context.store.identify(None, "Ann").await.unwrap().token;
    let text = "1 device of \"Ann\" revoked; kick sends away who is here";
    assert_eq!(page.command("revoke Ann").await, (true, text.to_owned()));
    assert!(server.context.store.identify(token, "Ann").await.unwrap().is_new);
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
    let served = tokio::spawn(serve(
        socket,
        SocketAddr::from(([192, 0, 2, 1], 5000)),
        server.context.clone(),
        std::future::pending(),
        || (),
    ));
    let mut page = Page(WebSocketStream::from_raw_socket(ours, Role::Client, None).await);
    page.say(&json!({ "type": "login", "token": TOKEN })).await;
    timeout(Duration::from_secs(10), served).await.unwrap().unwrap();
}
