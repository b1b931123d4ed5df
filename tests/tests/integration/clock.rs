//! Starts with a clock that is set wrong: the whole server, with its rooms, boards, chat and store.

use crate::chat::{refusal, say};
use crate::console::{command, login};
use crate::identity::{device, play, with_device};
use crate::support::{TestServer, hello};
use perigee_arena::{Arena, Tally};
use perigee_server::parts::metrics::Metrics;
use perigee_server::parts::store::{Delta, PlayerKey, Store, StoreHandle};
use perigee_server::{Config, Wall};
use perigee_shared::netcode::Simulation;
use perigee_shared::protocol::{Channel, DeviceToken, ServiceRefusal};
use serde_json::Value;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::sleep;

const GOODS: u32 = 5;
/// Longer than until the store first looks at what is to be forgotten, in a build for tests.
const A_WHILE: Duration = Duration::from_secs(4);

/// A store's folder, gone with its end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("perigee-clock-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn settings(&self) -> String {
        format!("[store]\npath = {:?}\n", self.0.join("a.db"))
    }

    /// A server whose clock is wrong by so many days.
    async fn serve(&self, days: i64) -> TestServer {
        TestServer::start_by(&self.settings(), Wall::wrong_by_days(days)).await
    }

    /// Kills of Ann, on the day that such a clock shows.
    async fn score(&self, days: i64, kills: i64) {
        let config = Config::from_text(perigee_tests::GAMES, Some(("test", &self.settings()))).unwrap().store;
        let wall = Wall::wrong_by_days(days);
        let (store, thread) = Store::open_by(&config, Arc::new(Metrics::new()), wall).unwrap();
        let player_id = ann(&store).await;
        let told = Tally { kills, ..Tally::default() }.into();
        store.record(Delta { player_id, about: &Arena::ABOUT, told });
        assert!(store.close(Duration::from_secs(20)).await);
        drop(store);
        thread.join().unwrap();
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

async fn ann(store: &StoreHandle) -> PlayerKey {
    match store.profile("Ann").await.unwrap() {
        Some(profile) => profile.player_id,
        None => store.identify(None, "Ann").await.unwrap().player_id,
    }
}

async fn json(server: &TestServer, path: &str) -> Value {
    let answer = server.get(path).await;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200"), "{path}: {head}");
    serde_json::from_str(body).unwrap()
}

/// The candles of the first station that are over, with their goods.
async fn candles(server: &TestServer) -> Vec<(u32, Value)> {
    let mut all = Vec::new();
    for good in 0..GOODS {
        let path = format!("/api/v1/market/arena/0/{good}/candles?interval=1s&limit=100");
        let series = json(server, &path).await;
        all.extend(series["candles"].as_array().unwrap().iter().map(|candle| (good, candle.clone())));
    }
    all
}

fn start_ms(candle: &Value) -> u64 {
    candle["start_ms"].as_u64().unwrap()
}

/// The values on today's board.
async fn today(server: &TestServer) -> Vec<i64> {
    let board = json(server, "/api/v1/leaderboard?span=today&by=kills").await;
    board["rows"].as_array().unwrap().iter().map(|row| row["value"].as_i64().unwrap()).collect()
}

/// A server by that clock: somebody comes for the first time, is muted, somebody else is banned, prices move.
async fn live(folder: &Folder, days: i64) -> (DeviceToken, Vec<(u32, Value)>) {
    folder.score(days, 3).await;
    let server = folder.serve(days).await;
    let (mut newcomer, _) = play(server.socket().await, &hello("Newcomer")).await;
    let token = device(&mut newcomer).await;
    let mut console = login(&server).await;
    for line in ["mute Newcomer 12h", "ban Ann 1d spam"] {
        let (ok, text) = command(&mut console, line).await;
        assert!(ok, "{line}: {text}");
    }
    sleep(A_WHILE).await;
    assert_eq!(today(&server).await, [3]);
    let mut candles = candles(&server).await;
    let newest = candles.iter().map(|(_, candle)| start_ms(candle)).max().unwrap();
    // The last ones still go on.
    candles.retain(|(_, candle)| start_ms(candle) + 2000 < newest);
    assert!(candles.len() >= 3, "a market that moves: {candles:?}");
    server.stop().await;
    (token, candles)
}

/// Everybody and everything is as they were.
async fn is_whole(server: &TestServer, token: DeviceToken, wanted: &[(u32, Value)]) {
    let found = candles(server).await;
    let goes_on = |good: u32, candle: &Value| {
        let newest = wanted.iter().filter(|(of, _)| *of == good).map(|(_, candle)| start_ms(candle)).max();
        // By a clock that is set back, prices count as the newest candle's.
        let same = |(of, other): &(u32, Value)| {
            *of == good && start_ms(other) == start_ms(candle) && other["open"] == candle["open"]
        };
        newest == Some(start_ms(candle)) && found.iter().any(same)
    };
    let is_lost =
        |(good, candle): &&(u32, Value)| !found.contains(&(*good, candle.clone())) && !goes_on(*good, candle);
    let lost: Vec<_> = wanted.iter().filter(is_lost).collect();
    assert!(lost.is_empty(), "{} of {} candles: {lost:?}", lost.len(), wanted.len());
    let (mut newcomer, name) = play(server.socket().await, &with_device("Newcomer", token)).await;
    assert_eq!(name, "Newcomer", "they are known");
    say(&mut newcomer, Channel::Everyone, "am I heard?").await;
    let refused = refusal(&mut newcomer).await;
    assert!(matches!(refused, ServiceRefusal::Muted { .. }), "{refused:?}");
    let (_, bans) = command(&mut login(server).await, "bans").await;
    assert!(bans.contains("Ann"), "{bans}");
}

async fn one_start_with_a_clock_wrong_by(days: i64) {
    let folder = Folder::new(&days.to_string());
    let (token, candles_before) = live(&folder, 0).await;
    folder.score(days, 1).await;
    let server = folder.serve(days).await;
    sleep(A_WHILE).await;
    is_whole_but_candles(&server, token).await;
    server.stop().await;
    // The clock is right again.
    let server = folder.serve(0).await;
    sleep(A_WHILE).await;
    assert_eq!(today(&server).await, [3], "the day that was reached by mistake is left again");
    is_whole(&server, token, &candles_before).await;
    let now_ms = Wall::default().now_ms();
    let wrong =
        candles(&server).await.into_iter().find(|(_, candle)| start_ms(candle).abs_diff(now_ms) > 3_600_000);
    assert_eq!(wrong, None, "a candle of a time that is not");
    server.stop().await;
}

/// With a clock that is wrong: charts show what they can.
async fn is_whole_but_candles(server: &TestServer, token: DeviceToken) {
    is_whole(server, token, &[]).await;
    assert_eq!(today(server).await, [1], "the day that the clock shows");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_start_with_a_clock_400_days_ahead_loses_nothing() {
    one_start_with_a_clock_wrong_by(400).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_start_with_a_clock_400_days_behind_loses_nothing() {
    one_start_with_a_clock_wrong_by(-400).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_was_off_for_91_days_has_its_market_and_its_people() {
    let folder = Folder::new("off");
    let (token, candles_before) = live(&folder, -91).await;
    let server = folder.serve(0).await;
    sleep(A_WHILE).await;
    is_whole(&server, token, &candles_before).await;
    assert_eq!(today(&server).await, [0_i64; 0], "that was another day");
    server.stop().await;
}
