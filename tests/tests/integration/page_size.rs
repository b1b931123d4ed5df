//! What the game's page weighs on the line: everything that a browser fetches to play, as the server sends it.

use crate::support::{PATIENCE, TestServer};
use std::collections::BTreeMap;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// All of it together, compressed, bytes.
const MAX_PAGE_BYTES: usize = 400 * 1024;

struct Answer {
    head: String,
    body: Vec<u8>,
}

async fn fetch(server: &TestServer, path: &str, coding: &str) -> Answer {
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: test\r\nAccept-Encoding: {coding}\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    timeout(PATIENCE, stream.read_to_end(&mut answer)).await.unwrap().unwrap();
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap() + 4;
    let head = String::from_utf8(answer[..end].to_vec()).unwrap().to_ascii_lowercase();
    Answer { head, body: answer.split_off(end) }
}

/// The files that a page or a script refers to, from the root: the server has put hashes into their names.
fn links(path: &str, text: &str) -> Vec<String> {
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let quoted = text.split(['"', '\'']);
    let absolute = quoted.filter_map(|quoted| match quoted.strip_prefix("./") {
        Some(relative) => Some(format!("{folder}/{relative}")),
        None => quoted.starts_with('/').then(|| quoted.to_owned()),
    });
    absolute.filter(|path| has_hash(path)).collect()
}

/// `a.HASH.js`
fn has_hash(path: &str) -> bool {
    let hash = path.rsplit('.').nth(1).unwrap_or_default();
    hash.len() == 16 && hash.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_that_a_player_fetches_is_compressed_kept_and_below_400_kib() {
    let server = TestServer::start("").await;
    let mut weights = BTreeMap::new();
    let mut open = vec!["/".to_owned()];
    while let Some(path) = open.pop() {
        if weights.contains_key(&path) {
            continue;
        }
        let packed = fetch(&server, &path, "gzip, br").await;
        assert!(packed.head.starts_with("http/1.1 200"), "{path}: {}", packed.head);
        assert!(packed.head.contains("\r\ncontent-encoding: br\r\n"), "{path}: {}", packed.head);
        let caching = if path == "/" { "no-cache" } else { "public, max-age=31536000, immutable" };
        assert!(
            packed.head.contains(&format!("\r\ncache-control: {caching}\r\n")),
            "{path}: {}",
            packed.head
        );
        weights.insert(path.clone(), packed.body.len());
        let plain = fetch(&server, &path, "identity").await;
        let told = format!("\r\nx-uncompressed-bytes: {}\r\n", plain.body.len());
        assert!(packed.head.contains(&told), "{path}: not {told:?}: {}", packed.head);
        if let Ok(text) = std::str::from_utf8(&plain.body) {
            open.extend(links(&path, text));
        }
    }
    let sum: usize = weights.values().sum();
    println!("the page comes to {sum} bytes: {weights:?}");
    for ending in [".wasm", ".css", "perigee_client"] {
        assert!(weights.keys().any(|path| path.contains(ending)), "no {ending}: {weights:?}");
    }
    assert!(sum < MAX_PAGE_BYTES, "{sum} bytes: {weights:?}");
    server.stop().await;
}
