//! Finds out what a new connection wants. Game and admin sockets never pass through the HTTP server: a player's
//! connection then costs its WebSocket and nothing else.

use crate::admin;
use crate::config::Origins;
use crate::metrics::SocketKind;
use crate::net::accept::Context;
use crate::net::meter::Metered;
use crate::net::player;
use crate::net::rewind::Rewind;
use crate::services::feed::ReaderId;
use crate::services::feed_socket;
use hyper::body::Incoming;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use perigee_shared::limits::MAX_CLIENT_MESSAGE_BYTES;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite};
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tower::ServiceExt;
use tracing::debug;

/// Longest head of a request, bytes.
const MAX_HEAD_BYTES: usize = 8 * 1024;
/// tungstenite's default read buffer is 128 KiB and is zeroed for each read; players' messages are tiny.
const PLAYER_READ_BYTES: usize = 512;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wish {
    Play,
    Admin,
    Feed,
    #[cfg(feature = "conformance")]
    Echo,
    Http,
}

/// Serves one connection to its end.
pub(crate) async fn serve<S>(mut stream: S, address: SocketAddr, context: Arc<Context>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let head = match timeout(context.limits.http_timeout(), read_head(&mut stream)).await {
        Ok(Ok(head)) if !head.is_empty() => head,
        _ => {
            context.metrics.refused("no_request");
            return;
        }
    };
    let wish = wish_of(&head);
    let stream = Rewind::new(head, stream);
    // Boxed one by one: the long-lived player's future is then as small as a player needs.
    match wish {
        Wish::Play => Box::pin(serve_player(stream, address, context)).await,
        Wish::Admin => Box::pin(serve_console(stream, address, context)).await,
        Wish::Feed => Box::pin(serve_reader(stream, address, context)).await,
        #[cfg(feature = "conformance")]
        Wish::Echo if context.serves_echo => Box::pin(serve_echo(stream, context)).await,
        #[cfg(feature = "conformance")]
        Wish::Echo => Box::pin(serve_http(stream, address, context)).await,
        Wish::Http => Box::pin(serve_http(stream, address, context)).await,
    }
}

/// Reads until the head's end; what comes after it is kept too.
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

fn wish_of(head: &[u8]) -> Wish {
    let line = head.split(|&byte| byte == b'\r').next().unwrap_or_default();
    let mut words = line.split(|&byte| byte == b' ');
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let path = target.split(|&byte| byte == b'?').next().unwrap_or_default();
    match (method, path) {
        (b"GET", b"/play") => Wish::Play,
        (b"GET", b"/admin/ws") => Wish::Admin,
        (b"GET", b"/feed") => Wish::Feed,
        #[cfg(feature = "conformance")]
        (b"GET", b"/echo") => Wish::Echo,
        _ => Wish::Http,
    }
}

async fn serve_player<S>(stream: Rewind<S>, address: SocketAddr, context: Arc<Context>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let config = WebSocketConfig::default()
        .read_buffer_size(PLAYER_READ_BYTES)
        .write_buffer_size(0)
        .max_message_size(Some(MAX_CLIENT_MESSAGE_BYTES))
        .max_frame_size(Some(MAX_CLIENT_MESSAGE_BYTES));
    let per_second = context.limits.messages_per_second;
    let stream = Metered::from_head(stream, per_second, SocketKind::Play, Arc::clone(&context.metrics));
    if let Some(ws) = Box::pin(upgrade(stream, config, &context.origins, &context)).await {
        player::play(ws, address, &context).await;
    }
}

async fn serve_console<S>(stream: Rewind<S>, address: SocketAddr, context: Arc<Context>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let Some(console) = context.admin.clone() else {
        context.metrics.refused("admin_off");
        return;
    };
    let metrics = Arc::clone(&context.metrics);
    let stream = Metered::from_head(stream, admin::FRAMES_PER_SECOND, SocketKind::Console, metrics);
    if let Some(ws) = upgrade(stream, admin::socket_config(), &context.origins, &context).await {
        admin::serve(ws, address, console).await;
    }
}

async fn serve_reader<S>(stream: Rewind<S>, address: SocketAddr, context: Arc<Context>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let Some(door) = &context.feed else {
        context.metrics.refused("feed_off");
        return;
    };
    let origins = &door.config.allowed_origins;
    let (per_second, metrics) = (feed_socket::frames_per_second(&door.config), Arc::clone(&context.metrics));
    let stream = Metered::from_head(stream, per_second, SocketKind::Feed, metrics);
    if let Some(ws) = upgrade(stream, feed_socket::socket_config(), origins, &context).await {
        let reader = ReaderId(context.next_connection.fetch_add(1, Ordering::Relaxed));
        feed_socket::serve(ws, address, reader, door).await;
    }
}

#[cfg(feature = "conformance")]
async fn serve_echo<S>(stream: Rewind<S>, context: Arc<Context>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    use crate::net::echo;
    let metrics = Arc::clone(&context.metrics);
    let stream = Metered::from_head(stream, echo::FRAMES_PER_SECOND, SocketKind::Echo, metrics);
    if let Some(ws) = upgrade(stream, echo::socket_config(), &context.origins, &context).await {
        echo::serve(ws).await;
    }
}

/// The WebSocket handshake; a page of a foreign origin is turned away.
async fn upgrade<S>(
    stream: Metered<Rewind<S>>,
    config: WebSocketConfig,
    origins: &Origins,
    context: &Context,
) -> Option<WebSocketStream<Metered<Rewind<S>>>>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    // The size of the error is the library's choice.
    #[allow(clippy::result_large_err)]
    let check = |request: &Request, response: Response| -> Result<Response, ErrorResponse> {
        let header = |name| request.headers().get(name).and_then(|value| value.to_str().ok());
        if origins.allow(header("origin"), header("host")) {
            return Ok(response);
        }
        context.metrics.refused("origin");
        let mut refusal = ErrorResponse::new(Some("this origin may not open a socket here\n".to_owned()));
        *refusal.status_mut() = http::StatusCode::FORBIDDEN;
        Err(refusal)
    };
    let handshake = tokio_tungstenite::accept_hdr_async_with_config(stream, check, Some(config));
    match timeout(context.limits.http_timeout(), handshake).await {
        Ok(Ok(ws)) => Some(ws),
        Ok(Err(error)) => {
            debug!(%error, "no handshake");
            context.metrics.refused("handshake");
            None
        }
        Err(_) => {
            context.metrics.refused("handshake_timeout");
            None
        }
    }
}

/// Whose request it is; goes with each.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PeerAddress(pub(crate) IpAddr);

async fn serve_http<S>(stream: Rewind<S>, address: SocketAddr, context: Arc<Context>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let router = context.router.clone().map_request(move |mut request: http::Request<Incoming>| {
        request.extensions_mut().insert(PeerAddress(address.ip()));
        request
    });
    let service = TowerToHyperService::new(router);
    let mut builder = hyper::server::conn::http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(context.limits.http_timeout())
        .max_buf_size(MAX_HEAD_BYTES * 4);
    let connection = builder.serve_connection(TokioIo::new(stream), service);
    let mut connection = std::pin::pin!(connection);
    let mut draining = context.draining.clone();
    let served = tokio::select! {
        served = connection.as_mut() => Some(served),
        _ = draining.wait_for(|draining| *draining) => None,
    };
    let served = match served {
        Some(served) => served,
        None => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = served {
        debug!(%error, "an HTTP connection failed");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_decides() {
        assert_eq!(wish_of(b"GET /play HTTP/1.1\r\n"), Wish::Play);
        assert_eq!(wish_of(b"GET /play?x=1 HTTP/1.1\r\n"), Wish::Play);
        assert_eq!(wish_of(b"GET /admin/ws HTTP/1.1\r\n"), Wish::Admin);
        assert_eq!(wish_of(b"GET /feed HTTP/1.1\r\n"), Wish::Feed);
        assert_eq!(wish_of(b"GET /feeder HTTP/1.1\r\n"), Wish::Http);
        assert_eq!(wish_of(b"GET /player HTTP/1.1\r\n"), Wish::Http);
        assert_eq!(wish_of(b"POST /play HTTP/1.1\r\n"), Wish::Http);
        assert_eq!(wish_of(b"\x16\x03\x01"), Wish::Http);
    }
}
