//! Finds out what a new connection wants. A socket that the first request opens never passes through the HTTP server: a
//! player's connection then costs its WebSocket and nothing else. `requests` does everything else, refusals included.

use super::context::Context;
use super::forwarded;
use super::places::Place;
use super::requests::{self, MAX_HEAD_BYTES};
use super::rewind::Rewind;
use super::sockets;
use super::upgrade::{self, Endpoint};
use crate::address::AddressKey;
use http::request::Parts;
use http::{HeaderName, HeaderValue, Request, Version};
use std::fmt::Write;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;

/// Requests with more headers go to the HTTP server.
const MAX_HEADERS: usize = 64;

/// Serves one connection to its end.
pub(super) async fn serve<S>(mut stream: S, peer: SocketAddr, mut place: Place, context: Arc<Context>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let Some(head) = first_head(&mut stream, &place, &context).await else { return };
    if let Some(socket) = asked_for(&head, peer, &mut place, &context) {
        let Socket { endpoint, client, admission, answer, rest } = socket;
        drop(head);
        if !matches!(timeout(context.limits.http_timeout(), stream.write_all(&answer)).await, Ok(Ok(()))) {
            return context.metrics.refused("handshake_timeout");
        }
        drop(answer);
        let stream = Rewind::new(rest, stream);
        return Box::pin(sockets::serve(stream, endpoint, admission, client, place, context)).await;
    }
    place.serves_requests(Instant::now());
    Box::pin(requests::serve(Rewind::new(head, stream), place, peer, context)).await;
}

/// The first request's head, and what arrived with it. Until then the connection may yield to others.
async fn first_head<S: AsyncRead + Unpin>(
    stream: &mut S,
    place: &Place,
    context: &Context,
) -> Option<Vec<u8>> {
    let reading = timeout(context.limits.http_timeout(), read_head(stream));
    let mut draining = context.draining.clone();
    let read = tokio::select! {
        read = reading => read,
        () = place.lost() => {
            context.metrics.refused("http_yielded");
            return None;
        }
        // A client without a request needs no answer.
        _ = draining.wait_for(|draining| *draining) => return None,
    };
    match read {
        Ok(Ok(head)) if !head.is_empty() => Some(head),
        _ => {
            context.metrics.refused("no_request");
            None
        }
    }
}

/// Reads to the head's end; bytes after it are kept too.
async fn read_head<S: AsyncRead + Unpin>(stream: &mut S) -> std::io::Result<Vec<u8>> {
    let mut head = Vec::with_capacity(1024);
    while head.len() < MAX_HEAD_BYTES {
        if stream.read_buf(&mut head).await? == 0 {
            break;
        }
        if head.windows(4).any(|window| window == b"\r\n\r\n") {
            break;
        }
    }
    Ok(head)
}

/// A socket that can be opened at once.
struct Socket {
    endpoint: Endpoint,
    client: SocketAddr,
    admission: sockets::Admission,
    /// What is written first.
    answer: Vec<u8>,
    /// What the client sent after its request.
    rest: Vec<u8>,
}

/// The socket that the request asks for, in a place of its kind, if nothing forbids it.
fn asked_for(bytes: &[u8], peer: SocketAddr, place: &mut Place, context: &Context) -> Option<Socket> {
    let (head, length) = parse(bytes)?;
    let endpoint = Endpoint::at(head.uri.path())?;
    let response = upgrade::judge(&head, peer, &endpoint.rules(context)).ok()?;
    let client = forwarded::client(peer, &head.headers, context.door.proxies());
    // Each socket request takes from the same rate, whichever request of a connection it is. If it is too fast, the
    // HTTP server answers and checks the rate itself; a request refused above is counted only there.
    let now = Instant::now();
    context.door.rates.all.take(client.ip().into(), now).ok()?;
    let admission = place.move_to(endpoint.kind(), Some(AddressKey::from(client.ip())), now);
    if admission.is_err() && !endpoint.hears_no() {
        return None;
    }
    let mut answer = String::from("HTTP/1.1 101 Switching Protocols\r\n");
    for (name, value) in response.headers() {
        // The server wrote all of them, in ASCII.
        let _ = write!(answer, "{name}: {}\r\n", value.to_str().unwrap_or_default());
    }
    answer.push_str("\r\n");
    Some(Socket { endpoint, client, admission, answer: answer.into_bytes(), rest: bytes[length..].to_vec() })
}

/// A whole head and its length.
fn parse(bytes: &[u8]) -> Option<(Parts, usize)> {
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut parsed = httparse::Request::new(&mut headers);
    let httparse::Status::Complete(length) = parsed.parse(bytes).ok()? else { return None };
    let mut request = Request::builder().method(parsed.method?).uri(parsed.path?).body(()).ok()?;
    *request.version_mut() = if parsed.version? == 0 { Version::HTTP_10 } else { Version::HTTP_11 };
    for header in parsed.headers.iter() {
        let name = HeaderName::from_bytes(header.name.as_bytes()).ok()?;
        request.headers_mut().append(name, HeaderValue::from_bytes(header.value).ok()?);
    }
    Some((request.into_parts().0, length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_head_is_read_and_what_follows_is_left() {
        let bytes = b"GET /play?x=1 HTTP/1.1\r\nHost: a\r\nhost: b\r\n\r\nmore";
        let (head, length) = parse(bytes).unwrap();
        assert_eq!(
            (head.uri.path(), head.version, &bytes[length..]),
            ("/play", Version::HTTP_11, &b"more"[..])
        );
        assert_eq!(head.headers.get_all("host").iter().count(), 2);
        assert_eq!(parse(b"GET / HTTP/1.0\r\n\r\n").unwrap().0.version, Version::HTTP_10);
    }

    #[test]
    fn what_is_no_whole_head_is_left_to_the_http_server() {
        for bytes in [
            &b"GET /play HTTP/1.1\r\nHost: a\r\n"[..],
            b"\x16\x03\x01",
            b"GET /play\r\n\r\n",
            b"GET /pl ay HTTP/1.1\r\n\r\n",
            b"GET /play HTTP/2.0\r\n\r\n",
            b"",
        ] {
            assert!(parse(bytes).is_none(), "{bytes:?}");
        }
        let many = format!("GET /play HTTP/1.1\r\n{}\r\n", "a: b\r\n".repeat(MAX_HEADERS + 1));
        assert!(parse(many.as_bytes()).is_none());
    }
}
