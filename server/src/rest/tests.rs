//! The whole interface through one router, without a socket.

use super::*;
use crate::address::PeerAddress;
use crate::config::Config;
use crate::room::RoomConfig;
use crate::room::{LiveStatus, RoomHandle};
use crate::services::candles::{Candle, Interval};
use crate::services::publication::{Charts, Markets, PublishedMarket, Series, Standings};
use crate::store::Ladder;
use crate::store::{Delta, Store, StoreHandle};
use axum::body::Body;
use http::header::{
    ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN, ALLOW, CACHE_CONTROL, CONTENT_ENCODING,
    CONTENT_LENGTH, CONTENT_TYPE, ETAG, LINK, RETRY_AFTER, VARY,
};
use http::{HeaderMap, Request, StatusCode};
use perigee_arena::{Arena, Tally};
use perigee_shared::netcode::Simulation;
use perigee_shared::netcode::{Quote, RoundPhase, RoundView};
use perigee_shared::protocol::{LeaderRow, Span};
use serde_json::{Value, json};
use std::net::IpAddr;
use tower::ServiceExt;

/// A market in `arena`, and a board.
fn publication() -> Publication {
    let publication = Publication::default();
    let quote = |venue, good| Quote { venue, good, ask: 104, bid: 96, stock: 40, traded: 0 };
    let candle = |minute: u64| {
        let price = 100 + minute as u32;
        Candle { start_ms: minute * 60_000, open: 100, high: price, low: 99, close: price, volume: minute }
    };
    let series = Series { venue: 0, good: 2, interval: Interval::Minute };
    let charts = Charts::from([(series, (1..=5).map(candle).collect())]);
    let market = PublishedMarket { quotes: vec![quote(1, 0), quote(0, 2)], charts };
    publication.set_markets(Markets::from([("arena".to_owned(), Arc::new(market))]));
    let place = |rank: u32| LeaderRow { rank, name: format!("P{rank}"), value: 100 - i64::from(rank) };
    let standings = Standings { places: (1..=30).map(place).collect(), total: 30 };
    let ladder = Ladder { game: "arena", span: Span::AllTime, by: "kills" };
    publication.set_standings([(ladder, standings)]);
    publication
}

/// `arena` has three people and a round, `duel` has reported nothing, `secret` is private.
fn lobby(config: &Config) -> Lobby {
    let room = |name: &str| {
        let public = name != "secret";
        let room = RoomConfig { name: name.to_owned(), max_players: 8, public, ..config.rooms[0].clone() };
        Arc::new(RoomHandle::new(&room, crate::game::GAMES.named("").unwrap().info, Instant::now()))
    };
    let rooms = ["arena", "duel", "secret"].map(room);
    let round = RoundView { mode: "teams", phase: RoundPhase::Playing, left_s: 120, ..RoundView::default() };
    rooms[0].set_status(LiveStatus { people: 3, bots: 1, round, ..LiveStatus::default() });
    Lobby::new(rooms.to_vec())
}

fn router_of(settings: &str, store: StoreHandle, metrics: Arc<Metrics>) -> axum::Router {
    let config = Config::from_text(crate::game::GAMES, Some(("test", settings))).unwrap();
    router(RestState {
        games: crate::game::GAMES,
        lobby: Arc::new(lobby(&config)),
        publication: Arc::new(publication()),
        store,
        metrics,
        draining: watch::channel(false).1,
        started: Instant::now(),
        origins: Arc::new(config.rest_origins().clone()),
        http: config.http,
    })
}

fn router_with(settings: &str) -> axum::Router {
    let metrics = Arc::new(Metrics::new());
    router_of(settings, Store::in_memory(Arc::clone(&metrics)).unwrap(), metrics)
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&self.body)))
    }
}

async fn send(router: &axum::Router, request: Request<Body>) -> Answer {
    let (head, body) = router.clone().oneshot(request).await.unwrap().into_parts();
    let body = axum::body::to_bytes(body, 1 << 20).await.unwrap().to_vec();
    Answer { status: head.status, headers: head.headers, body }
}

async fn ask_with(method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let router = router_with("allowed_origins = [\"https://game.example\"]");
    send(&router, request.body(Body::from(body.to_owned())).unwrap()).await
}

async fn get(path: &str) -> Answer {
    ask_with("GET", path, &[], "").await
}

async fn post(path: &str, body: &str) -> Answer {
    ask_with("POST", path, &[("content-type", "application/json; charset=utf-8")], body).await
}

fn assert_problem(answer: &Answer, status: u16, kind: &str, path: &str) {
    let body = answer.json();
    assert_eq!(answer.status, status, "{body}");
    assert_eq!(answer.headers[CONTENT_TYPE], "application/problem+json", "{body}");
    assert_eq!(answer.headers[CACHE_CONTROL], "no-store", "{body}");
    assert_eq!(body["type"], format!("/api#{kind}"), "{body}");
    assert_eq!((&body["status"], &body["instance"]), (&json!(status), &json!(path)), "{body}");
    assert!(!body["title"].as_str().unwrap().is_empty() && !body["detail"].as_str().unwrap().is_empty());
}

fn names(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|entry| entry["name"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn public_rooms_are_listed_and_private_ones_are_found_by_name() {
    let rooms = get("/api/v1/rooms").await.json();
    assert_eq!(names(&rooms["rooms"]), ["arena", "duel"]);
    assert_eq!(rooms["next"], Value::Null);
    let arena = &rooms["rooms"][0];
    assert_eq!(
        (&arena["mode"], &arena["phase"], &arena["seconds_left"]),
        (&json!("teams"), &json!("playing"), &json!(120))
    );
    assert_eq!((&arena["players"], &arena["bots"], &arena["max_players"]), (&json!(3), &json!(1), &json!(8)));
    assert_eq!(arena["join_url"], "/?room=arena");
    assert_eq!(get("/api/v1/rooms/arena").await.json(), *arena);
    assert_eq!(get("/api/v1/rooms/duel").await.json()["mode"], Value::Null);
    assert_eq!(get("/api/v1/rooms/secret").await.status, StatusCode::OK);
    assert_eq!(names(&get("/api/v1/status").await.json()["rooms"]), ["arena", "duel"]);
}

#[tokio::test]
async fn a_client_in_any_language_learns_schemas_tables_and_maps() {
    use perigee_shared::protocol::{PROTOCOL_VERSION, schema_hash};
    let told = get("/api/v1/protocol").await.json();
    assert_eq!((&told["version"], &told["tick_hz"]), (&json!(PROTOCOL_VERSION), &json!(30)));
    let schemas = [schema_hash::<perigee_arena::Arena>(), schema_hash::<perigee_hockey::Hockey>()];
    for (game, (name, schema)) in [("arena", schemas[0]), ("hockey", schemas[1])].into_iter().enumerate() {
        assert_eq!(told["games"][game]["name"], name);
        assert_eq!(told["games"][game]["schema"], format!("{schema:016x}"));
    }
    let mallet = &told["games"][1]["kinds"][0];
    assert_eq!((&mallet["name"], &mallet["disturbance"]), (&json!("mallet"), &json!(["x", "y", "vx", "vy"])));
    let x = json!({"name": "x", "min": 0, "max": mallet["fields"][3]["max"], "quantum": "1/256 unit",
        "role": "predicted", "residual_order": 6, "step_log2": 0, "common": null});
    assert_eq!(mallet["fields"][3], x);
    let words = mallet["surprises"].as_array().unwrap();
    let kraft: f64 = words.iter().map(|length| 0.5_f64.powi(length.as_i64().unwrap() as i32)).sum();
    assert!((kraft - 1.0).abs() < 1e-12, "{kraft}");

    let map = get("/api/v1/rooms/arena/map").await.json();
    let scenario = perigee_arena::Scenario::default();
    let obstacles = <perigee_arena::Arena as perigee_shared::netcode::Simulation>::obstacles(
        &<perigee_arena::Arena as perigee_shared::netcode::Simulation>::map(&scenario),
    );
    let exact: Vec<(f32, f32, f32)> = map["obstacles"]
        .as_array()
        .unwrap()
        .iter()
        .map(|circle| ["x", "y", "radius"].map(|key| circle[key].to_string().parse::<f32>().unwrap()).into())
        .collect();
    assert_eq!(exact, obstacles, "each number is the very one");
    assert_eq!(map["scenario"], serde_json::to_value(&scenario).unwrap());
    assert!(map["landmarks"].as_array().is_some_and(|places| !places.is_empty()));
    assert_eq!(get("/api/v1/rooms/nowhere/map").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_document_names_each_operation_once() {
    let document = get("/api/v1/openapi.json").await.json();
    let mut ids: Vec<String> = Vec::new();
    for operations in document["paths"].as_object().unwrap().values() {
        ids.extend(
            operations
                .as_object()
                .unwrap()
                .values()
                .map(|one| one["operationId"].as_str().unwrap().to_owned()),
        );
    }
    let count = ids.len();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), count, "{ids:?}");
    assert!(count >= 12, "{count}");
}

#[tokio::test]
async fn lists_come_in_parts_that_add_up() {
    for (path, key, wanted) in
        [("/api/v1/rooms?limit=1", "rooms", 2), ("/api/v1/leaderboard?span=all&limit=7", "rows", 30)]
    {
        let (mut seen, mut next) = (Vec::new(), path.to_owned());
        loop {
            let answer = get(&next).await;
            let part = answer.json();
            seen.extend(names(&part[key]).into_iter().map(str::to_owned));
            let Some(cursor) = part["next"].as_str() else {
                assert!(!answer.headers.contains_key(LINK));
                break;
            };
            let link = answer.headers[LINK].to_str().unwrap();
            let query = link.split(['<', '>']).nth(1).unwrap();
            // Relative: only a proxy knows what precedes the path.
            next = format!("{}{query}", path.split('?').next().unwrap());
            assert_eq!(next, format!("{path}&cursor={cursor}"));
        }
        let mut unique = seen.clone();
        unique.sort_unstable();
        unique.dedup();
        assert_eq!((seen.len(), unique.len()), (wanted, wanted), "{path}");
    }
}

#[tokio::test]
async fn a_board_shows_who_is_around_somebody() {
    let around = get("/api/v1/leaderboard?around=P15&limit=5").await.json();
    assert_eq!(names(&around["rows"]), ["P13", "P14", "P15", "P16", "P17"]);
    assert_eq!(
        (&around["total"], &around["span"], &around["by"]),
        (&json!(30), &json!("all"), &json!("kills"))
    );
    let first = get("/api/v1/leaderboard?around=P1&limit=3").await.json();
    assert_eq!(names(&first["rows"]), ["P1", "P2", "P3"]);
    let path = "/api/v1/leaderboard";
    assert_problem(&get(&format!("{path}?around=Nobody")).await, 404, "not-found", path);
    let empty = get("/api/v1/leaderboard?by=wealth&span=today").await.json();
    assert_eq!((&empty["rows"], &empty["total"]), (&json!([]), &json!(0)));
    assert_eq!(
        (&empty["game"], &empty["by"], &empty["title"]),
        (&json!("arena"), &json!("wealth"), &json!("Wealth"))
    );
    for query in ["game=chess", "by=deaths", "by=goals", "game=arena&by=nothing"] {
        assert_problem(&get(&format!("{path}?{query}")).await, 404, "not-found", path);
    }
    for query in ["game=", "by=a%20b", "span=ever"] {
        assert_problem(&get(&format!("{path}?{query}")).await, 400, "bad-query", path);
    }
}

#[tokio::test]
async fn prices_and_candles_are_those_that_were_published() {
    let market = get("/api/v1/market/arena").await.json();
    let prices = json!([
        {"venue": 0, "venue_name": "Aphelion", "good": 2, "good_name": "Crystal",
            "ask": 104, "bid": 96, "stock": 40},
        {"venue": 1, "venue_name": "Boreas", "good": 0, "good_name": "Iron",
            "ask": 104, "bid": 96, "stock": 40}]);
    assert_eq!(market["prices"], prices);
    assert_eq!(get("/api/v1/market/duel").await.json()["prices"], json!([]));
    let minutes = |part: &Value| -> Vec<u64> {
        let candles = part["candles"].as_array().unwrap().iter();
        candles.map(|candle| candle["start_ms"].as_u64().unwrap() / 60_000).collect()
    };
    let newest = get("/api/v1/market/arena/0/2/candles?limit=2").await.json();
    assert_eq!(minutes(&newest), [4, 5]);
    assert_eq!(newest["candles"][1]["high"], 105);
    assert_eq!((&newest["venue_name"], &newest["good_name"]), (&json!("Aphelion"), &json!("Crystal")));
    let nameless = get("/api/v1/market/duel/200/200/candles").await.json();
    assert_eq!((&nameless["venue_name"], &nameless["good_name"]), (&Value::Null, &Value::Null));
    let cursor = newest["next"].as_str().unwrap();
    let older = get(&format!("/api/v1/market/arena/0/2/candles?limit=9&cursor={cursor}")).await.json();
    assert_eq!((minutes(&older), &older["next"]), (vec![1, 2, 3], &Value::Null));
    for path in ["arena/0/2/candles?interval=1h", "duel/0/2/candles", "arena/1/0/candles"] {
        assert_eq!(minutes(&get(&format!("/api/v1/market/{path}")).await.json()), [0_u64; 0], "{path}");
    }
    let path = "/api/v1/market/arena/9/9/candles";
    assert_problem(&get(path).await, 404, "not-found", path);
}

#[tokio::test]
async fn quick_play_chooses_where_others_are() {
    let chosen = post("/api/v1/quick-play", "{}").await.json();
    assert_eq!((&chosen["room"]["name"], &chosen["join_url"]), (&json!("arena"), &json!("/?room=arena")));
    let chosen = post("/api/v1/quick-play", "{\"party\":\"us\",\"party_size\":6}").await.json();
    assert_eq!(chosen["join_url"], "/?room=duel&party=us");
    let path = "/api/v1/quick-play";
    assert_problem(&post(path, "{\"mode\":\"chess\"}").await, 404, "not-found", path);
    assert_problem(&post(path, "{\"party_size\":17}").await, 422, "invalid-body", path);
    assert_problem(&post(path, "{\"party\":\"a b\"}").await, 422, "invalid-body", path);
    assert_problem(&post(path, "{\"colour\":1}").await, 422, "invalid-body", path);
    assert_problem(&post(path, "{").await, 400, "bad-body", path);
    assert_problem(&post(path, &"[".repeat(5000)).await, 413, "too-large", path);
    assert_problem(&ask_with("POST", path, &[], "{}").await, 415, "media-type", path);
    assert_problem(&post(path, "{\"party_size\":9}").await, 409, "no-place", path);
    assert_problem(&post(path, "{\"party_size\":1.5}").await, 422, "invalid-body", path);
    assert_eq!(post(path, "{\"party_size\":6.0}").await.json()["room"]["name"], "duel");
}

#[tokio::test]
async fn quick_play_sends_a_party_to_one_room() {
    let router = router_with("");
    let chosen = async |body: &'static str| {
        let request = Request::post("/api/v1/quick-play").header("content-type", "application/json");
        let answer = send(&router, request.body(Body::from(body)).unwrap()).await.json();
        answer["room"]["name"].as_str().unwrap_or_default().to_owned()
    };
    assert_eq!(chosen("{\"party\":\"us\",\"party_size\":6}").await, "duel");
    assert_eq!(chosen("{\"party\":\"us\"}").await, "duel", "where a friend was sent");
    assert_eq!(chosen("{\"party\":\"them\"}").await, "arena");
    assert_eq!(chosen("{}").await, "arena");
}

#[tokio::test]
async fn players_have_a_public_record() {
    let metrics = Arc::new(Metrics::new());
    let store = Store::in_memory(Arc::clone(&metrics)).unwrap();
    let ada = store.identify(None, "Ada").await.unwrap();
    let told = Tally { kills: 7, deaths: 1, wealth: 90, ..Tally::default() }.into();
    store.record(Delta { player_id: ada.player_id, about: &Arena::ABOUT, told });
    let router = router_of("", store, metrics);
    let get = |path: &str| send(&router, Request::builder().uri(path).body(Body::empty()).unwrap());
    let record = get("/api/v1/players/Ada").await.json();
    let row = |statistic, title, value| json!({"game": "arena", "statistic": statistic, "title": title, "value": value, "best": value});
    let records = json!([row("kills", "Kills", 7), row("wealth", "Wealth", 90), row("deaths", "Losses", 1)]);
    assert_eq!((&record["name"], &record["records"]), (&json!("Ada"), &records));
    assert!(record.get("player_id").is_none() && record.get("token").is_none(), "{record}");
    assert_problem(&get("/api/v1/players/Eve").await, 404, "not-found", "/api/v1/players/Eve");
}

#[tokio::test]
async fn a_private_room_is_asked_for_with_care() {
    let path = "/api/v1/rooms";
    // This lobby creates none.
    assert_problem(&post(path, "{\"mode\":\"teams\"}").await, 404, "not-found", path);
    for body in ["{\"max_players\":0}", "{\"max_players\":1.5}", "{\"like\":\"a b\"}", "{\"name\":\"x\"}"] {
        assert_problem(&post(path, body).await, 422, "invalid-body", path);
    }
}

#[tokio::test]
async fn whatever_is_wrong_is_a_problem_that_names_it() {
    for (path, status, kind, words) in [
        ("/api/v1/rooms?limit=0", 400, "bad-query", "limit: \"0\" is not allowed: allowed are 1 to 100"),
        ("/api/v1/rooms?limit=1&limit=2", 400, "bad-query", "duplicate field `limit`"),
        ("/api/v1/rooms?colour=1", 400, "bad-query", "unknown field `colour`"),
        ("/api/v1/rooms/arena?limit=1", 400, "bad-query", "unknown field `limit`"),
        ("/api/v1/rooms?cursor=zz", 400, "bad-query", "cursor"),
        ("/api/v1/rooms?cursor=6231", 404, "not-found", "cursor"),
        ("/api/v1/leaderboard?by=a%20b", 400, "bad-query", "1 to 32 ASCII letters"),
        ("/api/v1/leaderboard?by=luck", 404, "not-found", "there are kills, wealth, captures"),
        ("/api/v1/leaderboard?game=luck", 404, "not-found", "no game \"luck\" is played here"),
        ("/api/v1/leaderboard?around=", 400, "bad-query", "1 to 20 characters"),
        ("/api/v1/rooms/a.b", 400, "bad-path", "ASCII letters"),
        ("/api/v1/rooms/%ff", 400, "bad-path", "UTF-8"),
        ("/api/v1/rooms/attic", 404, "not-found", "there is no room \"attic\""),
        ("/api/v1/market/attic", 404, "not-found", "there is no room \"attic\""),
        ("/api/v1/market/arena/256/0/candles", 400, "bad-path", "0 to 255"),
        ("/api/v1/market/attic/0/0/candles", 404, "not-found", "there is no room \"attic\""),
        ("/api/v1", 404, "not-found", "no such resource"),
        ("/api/v1/", 404, "not-found", "no such resource"),
        ("/api/v1/nothing", 404, "not-found", "no such resource"),
        ("/api/v2/rooms", 404, "not-found", "no such resource"),
    ] {
        let answer = get(path).await;
        assert_problem(&answer, status, kind, path.split('?').next().unwrap());
        let detail = answer.json()["detail"].to_string().replace("\\\"", "\"");
        assert!(detail.contains(words), "{path}: {detail}");
    }
    let long = format!("/api/v1/rooms?cursor={}", "0".repeat(2100));
    assert_problem(&get(&long).await, 414, "too-long", "/api/v1/rooms");
}

#[tokio::test]
async fn other_methods_are_refused_with_those_that_there_are() {
    for (method, path, allowed) in [
        ("PUT", "/api/v1/rooms", "GET,HEAD,POST"),
        ("DELETE", "/api/v1/rooms/arena", "GET,HEAD"),
        ("GET", "/api/v1/quick-play", "POST"),
        ("OPTIONS", "/api/v1/status", "GET,HEAD"),
        ("TRACE", "/api/v1/openapi.json", "GET,HEAD"),
    ] {
        let answer = ask_with(method, path, &[], "").await;
        assert_problem(&answer, 405, "method-not-allowed", path);
        assert_eq!(answer.headers[ALLOW], allowed, "{method} {path}");
    }
}

#[tokio::test]
async fn a_head_is_a_get_without_its_body() {
    let whole = get("/api/v1/rooms").await;
    let head = ask_with("HEAD", "/api/v1/rooms", &[], "").await;
    assert_eq!((head.status, head.body.len()), (StatusCode::OK, 0));
    assert_eq!(head.headers[ETAG], whole.headers[ETAG]);
    assert_eq!(head.headers[CONTENT_LENGTH], whole.body.len().to_string());
    let missing = ask_with("HEAD", "/api/v1/rooms/attic", &[], "").await;
    assert_eq!((missing.status, missing.body.len()), (StatusCode::NOT_FOUND, 0));
}

#[tokio::test]
async fn what_the_client_has_is_not_sent_again() {
    for path in ["/api/v1/rooms", "/api/v1/market/arena", "/api/v1/leaderboard", "/api/v1/openapi.json"] {
        let first = get(path).await;
        assert_eq!(first.headers[CACHE_CONTROL], "no-cache", "{path}");
        let tag = first.headers[ETAG].to_str().unwrap();
        let second = ask_with("GET", path, &[("if-none-match", tag)], "").await;
        assert_eq!((second.status, second.body.len()), (StatusCode::NOT_MODIFIED, 0), "{path}");
        assert_eq!(second.headers[ETAG], first.headers[ETAG]);
        let other = ask_with("GET", path, &[("if-none-match", "\"other\"")], "").await;
        assert_eq!((other.status, other.body == first.body), (StatusCode::OK, true), "{path}");
    }
}

#[tokio::test]
async fn pages_of_allowed_origins_may_read() {
    let from = |origin: &'static str| [("origin", origin), ("host", "here.example")];
    let allowed = ask_with("GET", "/api/v1/rooms", &from("https://game.example"), "").await;
    assert_eq!(allowed.headers[ACCESS_CONTROL_ALLOW_ORIGIN], "https://game.example");
    assert_eq!(allowed.headers[VARY], "origin");
    let foreign = ask_with("GET", "/api/v1/rooms", &from("https://evil.example"), "").await;
    assert_eq!(foreign.status, StatusCode::OK);
    assert!(!foreign.headers.contains_key(ACCESS_CONTROL_ALLOW_ORIGIN));
    let mut preflight = from("https://game.example").to_vec();
    preflight.push(("access-control-request-method", "POST"));
    let answer = ask_with("OPTIONS", "/api/v1/quick-play", &preflight, "").await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT);
    assert_eq!(answer.headers[ACCESS_CONTROL_ALLOW_METHODS], "GET, HEAD, POST");
    let broken = ask_with("GET", "/api/v1/nothing", &from("https://game.example"), "").await;
    assert_eq!(broken.headers[ACCESS_CONTROL_ALLOW_ORIGIN], "https://game.example");
}

#[tokio::test]
async fn rest_may_have_origins_of_its_own() {
    let settings = "allowed_origins = [\"https://game.example\"]\n[http]\nallowed_origins = [\"*\"]\n";
    let router = router_with(settings);
    let request = Request::builder().uri("/api/v1/rooms").header("origin", "https://elsewhere.example");
    let answer = send(&router, request.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.headers[ACCESS_CONTROL_ALLOW_ORIGIN], "https://elsewhere.example");
}

#[tokio::test]
async fn an_address_that_asks_too_much_must_wait_and_others_need_not() {
    let router = router_with("[http]\nrequests_per_second = 1\nburst = 2\n");
    let from = |address: &str| {
        let mut request = Request::builder().uri("/api/v1/rooms").body(Body::empty()).unwrap();
        request.extensions_mut().insert(PeerAddress(address.parse::<IpAddr>().unwrap()));
        request
    };
    for _ in 0..2 {
        assert_eq!(send(&router, from("192.0.2.1")).await.status, StatusCode::OK);
    }
    let refused = send(&router, from("192.0.2.1")).await;
    assert_problem(&refused, 429, "too-many-requests", "/api/v1/rooms");
    assert_eq!(refused.headers[RETRY_AFTER], "1");
    assert_eq!(send(&router, from("192.0.2.2")).await.status, StatusCode::OK);
}

#[tokio::test]
async fn the_document_is_sent_compressed_to_whom_that_suits() {
    let path = "/api/v1/openapi.json";
    let plain = get(path).await;
    assert!(!plain.headers.contains_key(CONTENT_ENCODING));
    let mut tags = vec![plain.headers[ETAG].clone()];
    for name in ["br", "gzip"] {
        let packed = ask_with("GET", path, &[("accept-encoding", name)], "").await;
        assert_eq!(packed.headers[CONTENT_ENCODING], name);
        let varies: Vec<_> = packed.headers.get_all(VARY).iter().collect();
        assert_eq!(varies, ["accept-encoding", "origin"]);
        assert!(packed.body.len() < plain.body.len() / 4, "{name}: {} bytes", packed.body.len());
        let tag = packed.headers[ETAG].clone();
        let known = [("accept-encoding", name), ("if-none-match", tag.to_str().unwrap())];
        let again = ask_with("GET", path, &known, "").await;
        assert_eq!(again.status, StatusCode::NOT_MODIFIED);
        assert!(!again.headers.contains_key(CONTENT_ENCODING));
        assert!(!tags.contains(&tag), "each coding has its own tag");
        tags.push(tag);
    }
}

#[tokio::test]
async fn the_document_declares_every_resource_and_every_error() {
    let document = get("/api/v1/openapi.json").await.json();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"), "{}", document["openapi"]);
    let paths = document["paths"].as_object().unwrap();
    assert_eq!(paths.len(), 11, "{:?}", paths.keys());
    for (path, methods) in paths {
        for (method, operation) in methods.as_object().unwrap() {
            let responses = operation["responses"].as_object().unwrap();
            let done = if method == "post" && path.ends_with("/rooms") { "201" } else { "200" };
            for status in [done, "400", "404", "405", "414", "429", "503"] {
                assert!(responses.contains_key(status), "{method} {path}: no {status}");
            }
            for (status, response) in responses.iter().filter(|(status, _)| status.as_str() >= "400") {
                let schema = &response["content"]["application/problem+json"]["schema"]["$ref"];
                assert_eq!(schema, "#/components/schemas/Problem", "{method} {path} {status}");
            }
            assert!(operation["summary"].is_string(), "{method} {path}");
        }
    }
    assert!(document["components"]["schemas"]["Problem"]["properties"]["instance"].is_object());
}

/// Whether a resource accepts the query of that address: the part of a request that is read without the server's state.
fn takes_query(uri: &http::Uri) -> bool {
    let takes = [
        super::extract::query_of::<super::rooms::RoomsQuery>(uri).is_ok(),
        super::extract::query_of::<super::leaderboard::BoardQuery>(uri).is_ok(),
        super::extract::query_of::<super::market::CandlesQuery>(uri).is_ok(),
        super::extract::query_of::<super::extract::Nothing>(uri).is_ok(),
    ];
    takes.contains(&true)
}

proptest::proptest! {
    #[test]
    fn any_query_is_read_or_refused(query in "[a-z_=&%0-9+.\\-]{0,60}") {
        if let Ok(uri) = format!("/api/v1/rooms?{query}").parse::<http::Uri>() {
            let _ = takes_query(&uri);
        }
    }
}
