//! Finds out which game a room plays: from the REST interface, on the port of the game's socket.

use http::Uri;
use std::io;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

const PATIENCE: Duration = Duration::from_secs(10);
/// A room's view is less than 1 KiB.
const MAX_ANSWER_BYTES: u64 = 64 * 1024;

/// Whether `room` names one room, and not `any`.
pub(super) fn is_one(room: &str) -> bool {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    !room.is_empty() && room.bytes().all(is_word) && room != "any" && !room.starts_with("any-")
}

/// The game of the room of that name, on the server whose game socket is at `url`; `None` if there is no such room.
///
/// # Errors
/// Any error of the connection; `TimedOut` if no answer arrived in time.
pub(super) async fn game_of(url: &str, room: &str) -> io::Result<Option<String>> {
    let answer = timeout(PATIENCE, ask(url, room)).await.map_err(|_| io::ErrorKind::TimedOut)??;
    let Some((head, body)) = answer.split_once("\r\n\r\n") else { return Ok(None) };
    if head.split_whitespace().nth(1) != Some("200") {
        return Ok(None);
    }
    let body: serde_json::Value = serde_json::from_str(body)?;
    Ok(body["game"].as_str().map(str::to_owned))
}

async fn ask(url: &str, room: &str) -> io::Result<String> {
    let url: Uri = url.parse().map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
    let host = url.host().unwrap_or_default();
    let port = url.port_u16().unwrap_or(80);
    // A proxy may show the game under a path of its own.
    let base = url.path().rsplit_once('/').map_or("", |(base, _)| base);
    // Only in a URL is an IPv6 address in brackets.
    let mut stream = TcpStream::connect((host.trim_matches(['[', ']']), port)).await?;
    // HTTP/1.0: the answer is in one piece, and the server closes.
    let request = format!("GET {base}/api/v1/rooms/{room} HTTP/1.0\r\nHost: {host}:{port}\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.take(MAX_ANSWER_BYTES).read_to_end(&mut answer).await?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quick_play_is_no_room() {
        assert!(is_one("rink") && is_one("anything") && is_one("duel-2"));
        assert!(!is_one("any") && !is_one("any-teams") && !is_one("") && !is_one("a/b"));
    }
}
