//! Serves a connection that became a WebSocket, or refuses it if there is no place.

use super::context::Context;
use super::places::{Full, Kind, Place};
use super::player;
use super::rewind::Rewind;
use super::transport::WebSocket;
use super::upgrade::{Endpoint, Rules};
use crate::admin;
use crate::metrics::SocketKind;
use crate::services::feed::ReaderId;
use crate::services::feed_socket;
use crate::websocket::{FRAMES_PER_SECOND, Metered};
use axum::body::Body;
use axum::response::IntoResponse;
use http::header::RETRY_AFTER;
use http::{HeaderValue, Response, StatusCode};
use perigee_shared::limits::MAX_CLIENT_MESSAGE_BYTES;
use perigee_shared::protocol::Refusal;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};

/// tungstenite's default read buffer is 128 KiB and is zeroed for each read; players' messages are tiny.
const PLAYER_READ_BYTES: usize = 512;
/// Seconds after which a client may retry when there was no place.
pub(super) const RETRY_AFTER_S: u64 = 2;

/// Whether there was a place of its kind.
pub(super) type Admission = Result<(), Full>;

impl Endpoint {
    /// The kind of place that it needs.
    pub(super) fn kind(self) -> Kind {
        match self {
            Self::Play => Kind::Player,
            #[cfg(feature = "conformance")]
            Self::Echo => Kind::Player,
            Self::Admin => Kind::Console,
            Self::Feed => Kind::Reader,
        }
    }

    /// The rules for opening it.
    pub(super) fn rules(self, context: &Context) -> Rules<'_> {
        let origins = &*context.origins;
        let rules =
            Rules { off: None, origins, origins_key: "allowed_origins", proxies: context.door.proxies() };
        match (self, &context.feed) {
            (Self::Play, _) => rules,
            #[cfg(feature = "conformance")]
            (Self::Echo, _) => {
                Rules { off: (!context.serves_echo).then_some("no build but the tests'"), ..rules }
            }
            (Self::Admin, _) => Rules { off: context.admin.is_none().then_some("admin.enabled"), ..rules },
            (Self::Feed, None) => Rules { off: Some("feed.enabled"), ..rules },
            (Self::Feed, Some(door)) => {
                Rules { origins: &door.config.allowed_origins, origins_key: "feed.allowed_origins", ..rules }
            }
        }
    }

    /// Whether a lack of places is reported over the socket itself: players and readers get a message with a reason.
    pub(super) fn hears_no(self) -> bool {
        matches!(self, Self::Play | Self::Feed)
    }
}

/// The HTTP answer when there is no place for a refusal in the protocol.
pub(super) fn no_place() -> Response<Body> {
    let mut response =
        (StatusCode::SERVICE_UNAVAILABLE, "the server is full; try again in a moment\n").into_response();
    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(RETRY_AFTER_S));
    response
}

/// Serves a socket to its end, in its place.
pub(super) async fn serve<S>(
    stream: Rewind<S>,
    endpoint: Endpoint,
    admission: Admission,
    client: SocketAddr,
    mut place: Place,
    context: Arc<Context>,
) where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    // Boxed one by one, so that the long-lived player's future is as small as a player needs.
    match (endpoint, admission) {
        (Endpoint::Play, admission) => {
            let stream = metered(stream, context.limits.messages_per_second, SocketKind::Play, &context);
            let ws = WebSocketStream::from_raw_socket(stream, Role::Server, Some(player_config())).await;
            match admission {
                Ok(()) => Box::pin(player::play(WebSocket::new(ws), client, &mut place, &context)).await,
                Err(full) => {
                    context.metrics.refused(full.label());
                    Box::pin(player::turn_away(WebSocket::new(ws), Refusal::ServerFull, &context)).await;
                }
            }
        }
        (Endpoint::Feed, admission) => Box::pin(serve_reader(stream, client, admission, &context)).await,
        (Endpoint::Admin, Ok(())) => Box::pin(serve_console(stream, client, &mut place, &context)).await,
        #[cfg(feature = "conformance")]
        (Endpoint::Echo, Ok(())) => Box::pin(serve_echo(stream, &context)).await,
        // They get the refusal in HTTP, and no socket.
        #[cfg(feature = "conformance")]
        (Endpoint::Echo, Err(full)) => context.metrics.refused(full.label()),
        (Endpoint::Admin, Err(full)) => context.metrics.refused(full.label()),
    }
    drop(place);
}

fn metered<S>(stream: Rewind<S>, per_second: u32, kind: SocketKind, context: &Context) -> Metered<Rewind<S>> {
    Metered::new(stream, per_second, kind, Arc::clone(&context.metrics))
}

#[cfg(feature = "conformance")]
async fn serve_echo<S>(stream: Rewind<S>, context: &Context)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    use super::echo;
    let stream = metered(stream, FRAMES_PER_SECOND, SocketKind::Echo, context);
    let ws = WebSocketStream::from_raw_socket(stream, Role::Server, Some(echo::socket_config())).await;
    echo::serve(ws).await;
}

fn player_config() -> WebSocketConfig {
    WebSocketConfig::default()
        .read_buffer_size(PLAYER_READ_BYTES)
        .write_buffer_size(0)
        .max_message_size(Some(MAX_CLIENT_MESSAGE_BYTES))
        .max_frame_size(Some(MAX_CLIENT_MESSAGE_BYTES))
}

async fn serve_console<S>(stream: Rewind<S>, client: SocketAddr, place: &mut Place, context: &Context)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let Some(console) = context.admin.clone() else { return };
    let stream = metered(stream, FRAMES_PER_SECOND, SocketKind::Console, context);
    let ws = WebSocketStream::from_raw_socket(stream, Role::Server, Some(admin::socket_config())).await;
    place.wait(Instant::now());
    admin::serve(ws, client, console, place.lost(), || place.work()).await;
}

async fn serve_reader<S>(stream: Rewind<S>, client: SocketAddr, admission: Admission, context: &Context)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let Some(door) = &context.feed else { return };
    let per_second = feed_socket::frames_per_second(&door.config);
    let stream = metered(stream, per_second, SocketKind::Feed, context);
    let ws = WebSocketStream::from_raw_socket(stream, Role::Server, Some(feed_socket::socket_config())).await;
    if let Err(full) = admission {
        context.metrics.refused(full.label());
        let label = match full {
            Full::Server => "feed_full",
            Full::Address => full.label(),
        };
        return feed_socket::turn_away(ws, label, door).await;
    }
    let reader = ReaderId(context.next_connection.fetch_add(1, Ordering::Relaxed));
    feed_socket::serve(ws, client, reader, door).await;
}
