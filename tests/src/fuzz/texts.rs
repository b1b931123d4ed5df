//! What operators and strangers write: command lines, REST requests, configurations.

use axum::body::{Body, to_bytes};
use http::Request;
use perigee_server::parts::access::Http;
use perigee_server::parts::admin::{Command, parse, quote_word};
use perigee_server::parts::lobby::Lobby;
use perigee_server::parts::metrics::Metrics;
use perigee_server::parts::rest::{RestState, router};
use perigee_server::parts::store::Store;
use perigee_server::{Config, Publication};
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

/// A line is parsed to a command or an error sentence. Any name that a list shows is one word of a command line.
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
        "kick \"Ada L\" spamming \"two words\"",
        "mute Bot 1 10",
        "mute \"Bot 1\" 12h",
        "unmute Bot 1",
        "ban Ada L 7d shouts",
        "ban \"Ada L\" 30m",
        "unban Ada L",
        "bans",
        "pause arena",
        "resume arena",
        "rooms",
        "broadcast the server restarts soon",
        "step arena 30",
        "revoke \"\\\\ and \\\"\"",
    ])
}

/// Sends a request to the REST interface of a server without players.
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
    let config = Config::from_text(
        crate::GAMES,
        Some(("fuzz", "[http]\nallowed_origins = [\"https://game.example\"]\n")),
    );
    let config = config.expect("a configuration");
    // No request is refused because of the rate limit.
    let http = Http { requests_per_second: 1_000_000, burst: 1_000_000, ..config.http.clone() };
    let metrics = Arc::new(Metrics::new());
    let store = Store::in_memory(Arc::clone(&metrics)).expect("a store in memory");
    let state = RestState {
        games: crate::GAMES,
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

/// Method, path and query, header lines and a body, one per line. For any input, the answer is not a server error, and
/// an answer that claims to be JSON is valid JSON.
pub(super) fn request(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    if let Some(request) = written(&text) {
        check_answer(&text, ask(request));
    }
}

/// `None` if that is not a request.
fn written(text: &str) -> Option<Request<Body>> {
    let (head, body) = text.split_once("\n\n").unwrap_or((text, ""));
    let mut head = head.lines();
    let (method, path) =
        head.next().and_then(|line| line.split_once(' ')).unwrap_or(("GET", "/api/v1/rooms"));
    let mut builder = Request::builder().method(method).uri(path);
    for line in head {
        if let Some((name, value)) = line.split_once(": ") {
            builder = builder.header(name, value);
        }
    }
    builder.body(Body::from(body.to_owned())).ok()
}

/// Checks the answer, and returns its body.
fn check_answer(text: &str, answer: http::Response<Body>) -> String {
    let (head, body) = answer.into_parts();
    let is_fault = head.status.is_server_error() && head.status != http::StatusCode::SERVICE_UNAVAILABLE;
    assert!(!is_fault, "{text:?}: {}", head.status);
    let is_json = |value: &http::HeaderValue| value.to_str().is_ok_and(|value| value.contains("json"));
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let body = runtime.block_on(to_bytes(body, MAX_ANSWER_BYTES)).expect("a bounded answer");
    if head.headers.get("content-type").is_some_and(is_json) && !head.headers.contains_key("content-encoding")
    {
        let json = serde_json::from_slice::<serde_json::Value>(&body);
        assert!(body.is_empty() || json.is_ok(), "{text:?}: {}", String::from_utf8_lossy(&body));
    }
    format!("{} {}", head.status, String::from_utf8_lossy(&body))
}

pub(super) fn requests() -> Vec<Vec<u8>> {
    lines(&[
        "GET /api/v1/rooms?limit=25&cursor=726475656c",
        "GET /api/v1/rooms/arena\nif-none-match: \"5\"",
        "GET /api/v1/rooms/arena/map",
        "GET /api/v1/protocol",
        "GET /api/v1/leaderboard?span=today&by=kills&limit=10&around=Ada",
        "GET /api/v1/leaderboard?cursor=623235",
        "GET /api/v1/players/Ada%20L",
        "GET /api/v1/market/arena",
        "GET /api/v1/market/arena/0/2/candles?interval=1m&limit=60&cursor=6331373637323235363030303030",
        "GET /api/v1/status\norigin: https://game.example",
        "HEAD /api/v1/openapi.json",
        "POST /api/v1/quick-play\ncontent-type: application/json\n\n{\"mode\": \"teams\", \"party\": \"our-crew\", \"party_size\": 2}",
        "POST /api/v1/rooms\ncontent-type: application/json\n\n{\"like\": \"arena\", \"max_players\": 8, \"bots\": true}",
        "OPTIONS /api/v1/rooms\norigin: https://game.example\naccess-control-request-method: GET",
    ])
}

/// A text is a valid configuration, or gives an error sentence of limited length that is not empty.
pub(super) fn configuration(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    match Config::from_text(crate::GAMES, Some(("fuzz.toml", &text))) {
        Ok(config) => assert!(!config.summary().is_empty() && !config.rooms.is_empty()),
        Err(error) => assert!(error.to_string().contains("fuzz.toml"), "{error}"),
    }
}

pub(super) fn configurations() -> Vec<Vec<u8>> {
    lines(&[
        include_str!("../../../assets/config/default.toml"),
        "[http]\nrequests_per_second = 5\n",
        "[[rooms]]\nname = \"a\"\nmax_players = 4\ninterest_radius_units = 900.0\n[rooms.scenario]\nround_s = 30\npirates = 2\n",
        "bind = \"127.0.0.1:0\"\n[store]\npath = \":memory:\"\n",
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use perigee_server::parts::admin::COMMANDS;

    fn texts(seeds: Vec<Vec<u8>>) -> Vec<String> {
        seeds.into_iter().map(|seed| String::from_utf8(seed).unwrap()).collect()
    }

    #[test]
    fn every_seed_is_a_command_and_every_command_has_a_seed() {
        let seeds = texts(command_lines());
        for line in &seeds {
            assert!(parse(line).is_ok(), "{line}: {:?}", parse(line));
        }
        let missing = |name: &&str| !seeds.iter().any(|line| line.split(' ').next() == Some(name));
        let missing: Vec<&str> = COMMANDS.iter().map(|command| command.name).filter(missing).collect();
        assert!(missing.is_empty(), "{missing:?}");
    }

    #[test]
    fn every_seed_is_taken_and_every_resource_has_a_seed() {
        let document = written("GET /api/v1/openapi.json").unwrap();
        let document = check_answer("the document", ask(document));
        let document: serde_json::Value = serde_json::from_str(&document["200 OK ".len()..]).unwrap();
        let mut wanted: Vec<(String, String)> = Vec::new();
        for (path, item) in document["paths"].as_object().unwrap() {
            let path = format!("/api/v1{}", path.trim_start_matches("/api/v1"));
            let methods = item.as_object().unwrap().keys().filter(|key| ["get", "post"].contains(&&***key));
            wanted.extend(methods.map(|method| (method.to_uppercase(), path.clone())));
        }
        assert!(wanted.len() >= 8, "{wanted:?}");
        for seed in texts(requests()) {
            let request = written(&seed).unwrap();
            let (method, path) = (request.method().to_string(), request.uri().path().to_owned());
            let answer = check_answer(&seed, ask(request));
            // There is no player whom it could be about, but the resource exists.
            assert!(!answer.contains("no such resource"), "{seed}: {answer}");
            assert!(!["400", "405", "415", "422"].contains(&&answer[..3]), "{seed}: {answer}");
            let is_of = |template: &str| {
                template.split('/').count() == path.split('/').count()
                    && template.split('/').zip(path.split('/')).all(|(t, p)| t.starts_with('{') || t == p)
            };
            let method = if method == "HEAD" { "GET".to_owned() } else { method };
            wanted.retain(|(of, template)| *of != method || !is_of(template));
        }
        assert!(wanted.is_empty(), "without a seed: {wanted:?}");
    }

    #[test]
    fn every_seed_is_a_configuration() {
        for text in texts(configurations()) {
            let config = Config::from_text(crate::GAMES, Some(("seed.toml", &text)));
            assert!(config.is_ok(), "{text}: {}", config.err().unwrap());
        }
    }
}
