//! A server that is killed with no time for last words: the next one has the market as it was a second before.

use crate::program::Process;
use serde_json::Value;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

const PATIENCE: Duration = Duration::from_secs(10);
/// What may be lost.
const LAST_MS: u64 = 1000;
const SECOND_MS: u64 = 1000;
const GOODS: u32 = 5;

async fn get(process: &Process, path: &str) -> Value {
    let mut stream = TcpStream::connect(&process.address).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    timeout(PATIENCE, stream.read_to_string(&mut answer)).await.unwrap().unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
    assert!(head.starts_with("HTTP/1.1 200"), "{path}: {head}");
    serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}: {body}"))
}

/// The candles of all goods at the first station, each with the good it is of.
async fn candles(process: &Process) -> Vec<(u32, Value)> {
    let mut all = Vec::new();
    for good in 0..GOODS {
        let path = format!("/api/v1/market/arena/0/{good}/candles?interval=1s&limit=100");
        let series = get(process, &path).await;
        all.extend(series["candles"].as_array().unwrap().iter().map(|candle| (good, candle.clone())));
    }
    all
}

fn now_ms() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis() as u64
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_server_has_lost_no_more_than_the_last_second_of_its_market() {
    let folder = std::env::temp_dir().join(format!("perigee-killed-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let store = folder.join("a.db").display().to_string();
    let start = || {
        let store = store.clone();
        tokio::task::spawn_blocking(move || Process::start(&["--store", &store]))
    };
    let process = start().await.unwrap();
    sleep(Duration::from_secs(6)).await;
    let before = candles(&process).await;
    let killed_ms = now_ms();
    process.kill();
    let is_over = |candle: &Value| candle["start_ms"].as_u64().unwrap() + SECOND_MS + LAST_MS < killed_ms;
    let wanted: Vec<_> = before.into_iter().filter(|(_, candle)| is_over(candle)).collect();
    assert!(wanted.len() >= 5, "a market that moves: {wanted:?}");

    let process = start().await.unwrap();
    // Charts are published once a second.
    sleep(Duration::from_millis(1500)).await;
    let after = candles(&process).await;
    let lost: Vec<_> = wanted.iter().filter(|candle| !after.contains(candle)).collect();
    assert!(lost.is_empty(), "{} of {}: {lost:?}", lost.len(), wanted.len());
    process.kill();
    std::fs::remove_dir_all(folder).unwrap();
}
