//! What operators and strangers write: command lines, REST requests, configurations.

use axum::body::{Body, to_bytes};
use http::Request;
use perigee_server::admin::command::{Command, parse, quote_word};
use perigee_server::config::{Config, Http};
use perigee_server::lobby::Lobby;
use perigee_server::metrics::Metrics;
use perigee_server::rest::{RestState, router};
use perigee_server::services::publication::Publication;
use perigee_server::store::Store;
use std::sync::Arc;
use std::time::Instant;
use tokio::runtime::Runtime;
use tokio::sync::watch;
use tower::ServiceExt;

/// Longest answer of the REST interface, bytes.
const MAX_ANSWER_BYTES: usize = 1 << 20;

fn lines(of: &[&str]) -> Vec<Vec<u8>> {
    of.iter().map(|line| line.as_bytes().to_vec()).collect()
}

/// A line is a command or a sentence; any name that a list shows is one word of a line.
pub(super) fn command_line(bytes: &[u8]) {
    let line = String::from_utf8_lossy(bytes);
    if let Err(error) = parse(&line) {
        assert!(!error.to_string().is_empty());
    }
    let name: String = line.chars().filter(|c| !c.is_control()).take(20).collect();
    if !name.is_empty() {
        let revoked = parse(&format!("revoke {}", quote_word(&name)));
        assert!(matches!(&revoked, Ok(Command::Revoke(word)) if *word == name), "{name:?}: {revoked:?}");
    }
}

pub(super) fn command_lines() -> Vec<Vec<u8>> {
    lines(&[
        "help",
        "status",
        "players arena",
        "kick \"Ada L\" spamming \\\"lines\\\"",
        "mute 'Bot 1' 10",
        "broadcast the server restarts soon",
        "step arena 30",
        "revoke \"\\\\ and \\\"\"",
    ])
}

/// The interface as it is before anybody came, and a runtime to ask it in.
fn ask(request: Request<Body>) -> http::Response<Body> {
    thread_local! {
        static DOOR: (Runtime, axum::Router) = door();
    }
    DOOR.with(|(runtime, router)| {
        let router = router.clone();
        runtime.block_on(async move { router.oneshot(request).await.expect("a router never fails") })
    })
}

fn door() -> (Runtime, axum::Router) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let config = Config::from_text(None).expect("defaults");
    // Nothing is to be refused for coming fast.
    let http = Http { requests_per_second: 1_000_000, burst: 1_000_000, ..config.http.clone() };
    let metrics = Arc::new(Metrics::new());
    let store = Store::in_memory(Arc::clone(&metrics)).expect("a store in memory");
    let state = RestState {
        lobby: Arc::new(Lobby::new(Vec::new())),
        publication: Arc::new(Publication::default()),
        store,
        metrics,
        draining: watch::channel(false).1,
        started: Instant::now(),
        origins: Arc::new(config.rest_origins().clone()),
        http,
    };
    let router = runtime.block_on(async { router(state) });
    (runtime, router)
}

/// Method, path and query, header lines and a body, a line each: whatever they are, the answer is not that the server
/// failed, and what says that it is JSON is.
pub(super) fn request(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let (head, body) = text.split_once("\n\n").unwrap_or((&text, ""));
    let mut head = head.lines();
    let (method, path) =
        head.next().and_then(|line| line.split_once(' ')).unwrap_or(("GET", "/api/v1/rooms"));
    let mut builder = Request::builder().method(method).uri(path);
    for line in head {
        if let Some((name, value)) = line.split_once(": ") {
            builder = builder.header(name, value);
        }
    }
    let Ok(request) = builder.body(Body::from(body.to_owned())) else { return };
    let (head, body) = ask(request).into_parts();
    let is_fault = head.status.is_server_error() && head.status != http::StatusCode::SERVICE_UNAVAILABLE;
    assert!(!is_fault, "{text:?}: {}", head.status);
    let is_json = |value: &http::HeaderValue| value.to_str().is_ok_and(|value| value.contains("json"));
    if head.headers.get("content-type").is_some_and(is_json) && !head.headers.contains_key("content-encoding")
    {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        let body = runtime.block_on(to_bytes(body, MAX_ANSWER_BYTES)).expect("a bounded answer");
        let json = serde_json::from_slice::<serde_json::Value>(&body);
        assert!(body.is_empty() || json.is_ok(), "{text:?}: {}", String::from_utf8_lossy(&body));
    }
}

pub(super) fn requests() -> Vec<Vec<u8>> {
    lines(&[
        "GET /api/v1/rooms?limit=25&cursor=726475656c",
        "GET /api/v1/rooms/arena\nif-none-match: \"5\"",
        "GET /api/v1/leaderboard?span=today&by=kills&limit=10",
        "GET /api/v1/players/Ada%20L",
        "GET /api/v1/rooms/arena/market?station=0&good=2",
        "GET /api/v1/rooms/arena/market/candles?station=0&good=2&interval=1m",
        "GET /api/v1/status\norigin: https://game.example",
        "POST /api/v1/quick-play\ncontent-type: application/json\n\n{\"mode\": \"teams\", \"players\": 2}",
        "POST /api/v1/private-rooms\ncontent-type: application/json\n\n{\"like\": \"arena\"}",
        "OPTIONS /api/v1/rooms\norigin: null\naccess-control-request-method: GET",
    ])
}

/// A text is a configuration or a sentence that is not empty and not endless.
pub(super) fn configuration(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    match Config::from_text(Some(("fuzz.toml", &text))) {
        Ok(config) => assert!(!config.summary().is_empty() && !config.rooms.is_empty()),
        Err(error) => assert!(error.to_string().contains("fuzz.toml"), "{error}"),
    }
}

pub(super) fn configurations() -> Vec<Vec<u8>> {
    lines(&[
        include_str!("../../../assets/config/default.toml"),
        "[http]\nrequests_per_second = 5\n",
        "[[rooms]]\nname = \"a\"\nmax_players = 4\n[rooms.scenario]\nround_s = 30\npirates = 2\n",
        "bind = \"127.0.0.1:0\"\n[store]\npath = \":memory:\"\n",
    ])
}
