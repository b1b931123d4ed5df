//! The HTTP server of one connection: rates, places, the router, and sockets that any of its requests may open.

use super::context::Context;
use super::forwarded;
use super::places::{Full, Kind, Place};
use super::progress::{Patience, Progress, Watched};
use super::rewind::Rewind;
use super::sockets::{self, no_place};
use super::upgrade::{self, Endpoint, Refused};
use crate::address::{AddressKey, PeerAddress};
use crate::headers::add_security_headers;
use axum::body::Body;
use axum::response::IntoResponse;
use bytes::Bytes;
use http::header::{CONNECTION, RETRY_AFTER};
use http::{HeaderValue, Request, Response, StatusCode};
use hyper::body::{Frame, Incoming, SizeHint};
use hyper::service::service_fn;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use std::convert::Infallible;
use std::marker::PhantomData;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::{Duration, Instant};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::{sleep_until, timeout};
use tower::ServiceExt;
use tracing::{debug, warn};

/// Longest head of a request, bytes.
pub(super) const MAX_HEAD_BYTES: usize = 8 * 1024;
/// A request is answered within this time, or its connection closed: the routes have shorter timeouts of their own.
const REQUEST_PATIENCE: Duration = Duration::from_secs(30);
/// How often a connection's deadline is checked.
const LOOK_INTERVAL: Duration = Duration::from_secs(1);

/// One connection.
struct Connection<S> {
    context: Arc<Context>,
    peer: SocketAddr,
    place: Mutex<Place>,
    progress: Arc<Progress>,
    stream: PhantomData<fn() -> S>,
}

/// Serves requests until the client is gone or too slow, or the connection must yield.
pub(super) async fn serve<S>(stream: Rewind<S>, place: Place, peer: SocketAddr, context: Arc<Context>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let patience = Patience {
        head: context.limits.http_timeout(),
        request: REQUEST_PATIENCE,
        write: context.limits.write_timeout(),
        idle: context.door.http.keep_alive(),
    };
    let progress = Progress::new(patience, Instant::now());
    let lost = place.lost();
    let place = Mutex::new(place);
    let connection = Arc::new(Connection::<S> { context, peer, place, progress, stream: PhantomData });
    let serving = Arc::clone(&connection);
    let service = service_fn(move |request| {
        let connection = Arc::clone(&serving);
        async move { Ok::<_, Infallible>(answer(&connection, request).await) }
    });
    let stream = TokioIo::new(Watched::new(stream, Arc::clone(&connection.progress)));
    let http = hyper::server::conn::http1::Builder::new()
        // `Progress` has the timeouts.
        .header_read_timeout(None)
        .max_buf_size(MAX_HEAD_BYTES * 4)
        .serve_connection(stream, service)
        .with_upgrades();
    let mut http = std::pin::pin!(http);
    let mut lost = std::pin::pin!(lost);
    let mut draining = connection.context.draining.clone();
    let mut is_draining = false;
    loop {
        let look_at = connection.next_look();
        tokio::select! {
            served = http.as_mut() => {
                if let Err(error) = served {
                    debug!(%error, "an HTTP connection failed");
                }
                return;
            }
            () = &mut lost => return connection.context.metrics.refused("http_yielded"),
            () = sleep_until(look_at.into()) => {
                if let Some(label) = connection.look() {
                    return connection.context.metrics.refused(label);
                }
            }
            _ = draining.wait_for(|draining| *draining), if !is_draining => {
                is_draining = true;
                http.as_mut().graceful_shutdown();
            }
        }
    }
}

impl<S> Connection<S> {
    fn place(&self) -> MutexGuard<'_, Place> {
        self.place.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn next_look(&self) -> Instant {
        self.progress.deadline().0.min(Instant::now() + LOOK_INTERVAL)
    }

    /// Why the connection is to end, if it is. While it only waits for its client, it may yield its place.
    fn look(&self) -> Option<&'static str> {
        let now = Instant::now();
        let (deadline, label) = self.progress.deadline();
        if deadline <= now {
            return Some(label);
        }
        if self.progress.is_idle() {
            let mut place = self.place();
            if !place.is_waiting() {
                place.wait(now);
            }
        }
        None
    }
}

async fn answer<S>(connection: &Connection<S>, request: Request<Incoming>) -> Response<Answer>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    connection.progress.asked(Instant::now());
    connection.place().work();
    let mut response = respond(connection, request).await;
    if connection.place().kind() == Kind::Spare {
        close_after(&mut response);
    }
    let progress = Arc::clone(&connection.progress);
    response.map(|body| Answer { body, progress })
}

async fn respond<S>(connection: &Connection<S>, mut request: Request<Incoming>) -> Response<Body>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let context = &connection.context;
    let client = forwarded::client(connection.peer, request.headers(), context.door.proxies());
    let path = request.uri().path();
    let rate = if path == "/healthz" { &context.door.rates.health } else { &context.door.rates.all };
    if let Err(retry_after_s) = rate.take(client.ip().into(), Instant::now()) {
        context.metrics.refused("http_rate");
        return add_security_headers(too_many(retry_after_s));
    }
    if let Some(endpoint) = Endpoint::at(path) {
        return add_security_headers(open_socket(connection, endpoint, client, request));
    }
    if connection.place().kind() == Kind::Spare && !is_operational(path) {
        context.metrics.refused("http_full");
        return add_security_headers(no_place());
    }
    request.extensions_mut().insert(PeerAddress(client.ip()));
    context.router.clone().oneshot(request).await.unwrap_or_else(|error| match error {})
}

/// What the operator needs: these paths are served even from a spare place.
fn is_operational(path: &str) -> bool {
    matches!(path, "/healthz" | "/metrics" | "/admin")
        || path.starts_with("/admin/")
        || path.starts_with("/vendor/")
}

fn too_many(retry_after_s: u64) -> Response<Body> {
    let sentence = format!("too many requests from this address; try again in {retry_after_s} s\n");
    let mut response = (StatusCode::TOO_MANY_REQUESTS, sentence).into_response();
    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(retry_after_s));
    // A client that does not wait needs a new connection for each further answer.
    close_after(&mut response);
    response
}

fn close_after(response: &mut Response<Body>) {
    if response.status() != StatusCode::SWITCHING_PROTOCOLS {
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
}

/// The answer to a socket request; if it opens the socket, a task that waits for the connection serves it.
fn open_socket<S>(
    connection: &Connection<S>,
    endpoint: Endpoint,
    client: SocketAddr,
    request: Request<Incoming>,
) -> Response<Body>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let context = &connection.context;
    let (mut head, _) = request.into_parts();
    let response = match upgrade::judge(&head, connection.peer, &endpoint.rules(context)) {
        Ok(response) => response,
        Err(refused) => return say_no(refused, client, context),
    };
    let Some(upgrading) = head.extensions.remove::<OnUpgrade>() else { return no_place() };
    let key = Some(AddressKey::from(client.ip()));
    let now = Instant::now();
    let (place, admission) = match context.door.places.take(endpoint.kind(), key, now) {
        Ok(place) => (place, Ok(())),
        Err(full) if endpoint.hears_no() => match context.door.places.take(Kind::Spare, key, now) {
            Ok(place) => (place, Err(full)),
            Err(full) => return no_place_for_socket(full, context),
        },
        Err(full) => return no_place_for_socket(full, context),
    };
    let (context, limit) = (Arc::clone(context), context.limits.http_timeout());
    tokio::spawn(async move {
        if let Some(stream) = taken_over::<S>(upgrading, limit).await {
            sockets::serve(stream, endpoint, admission, client, place, context).await;
        }
    });
    response
}

fn no_place_for_socket(full: Full, context: &Context) -> Response<Body> {
    context.metrics.refused(full.label());
    no_place()
}

/// Counts and logs a refusal.
fn say_no(refused: Refused, client: SocketAddr, context: &Context) -> Response<Body> {
    context.metrics.refused(refused.label);
    if refused.label == "origin"
        && let Some(left_out) = context.door.foreign_pages.again(Instant::now())
    {
        warn!(%client, left_out, "{}", refused.sentence);
    }
    refused.into_response()
}

/// The raw connection, once the answer was sent.
async fn taken_over<S>(upgrading: OnUpgrade, limit: Duration) -> Option<Rewind<S>>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let upgraded = match timeout(limit, upgrading).await {
        Ok(Ok(upgraded)) => upgraded,
        Ok(Err(error)) => {
            debug!(%error, "a connection did not become a socket");
            return None;
        }
        Err(_) => return None,
    };
    // The type that `serve` gave to hyper.
    let parts = upgraded.downcast::<TokioIo<Watched<Rewind<S>>>>().ok()?;
    let rewind = parts.io.into_inner().into_inner();
    Some(rewind.before(&parts.read_buf))
}

/// A body that reports when it was handed over.
struct Answer {
    body: Body,
    progress: Arc<Progress>,
}

impl hyper::body::Body for Answer {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut std::task::Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        hyper::body::Body::is_end_stream(&self.body)
    }

    fn size_hint(&self) -> SizeHint {
        hyper::body::Body::size_hint(&self.body)
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        self.progress.answered(Instant::now());
    }
}
