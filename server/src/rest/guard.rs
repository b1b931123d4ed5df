//! What is applied to every request below `/api/` and its answer: CORS, the rate limit, a bound on the address, writing
//! errors, and ETags.

use super::RestState;
use super::problem::Problem;
use crate::address::{AddressRate, PeerAddress};
use crate::assets::matches;
use crate::metrics::Metrics;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::IntoResponse;
use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD, CACHE_CONTROL,
    ETAG, HOST, IF_NONE_MATCH, ORIGIN, VARY,
};
use http::{Extensions, HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode};
use sha2::{Digest, Sha256};
use std::fmt::Write;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Instant;

/// Longest path with its query, bytes.
const MAX_ADDRESS_BYTES: usize = 2048;
/// Largest answer that gets an ETag; the server's are far smaller.
const MAX_TAGGED_BYTES: usize = 1 << 20;

/// For pages of other sites: what they may send, and for how long the answer may be cached.
const PREFLIGHT: [(HeaderName, HeaderValue); 3] = [
    (ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, HEAD, POST")),
    (ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("content-type, if-none-match")),
    (ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600")),
];

/// Lets pages of allowed origins read the answer.
pub(super) async fn shared(State(state): State<RestState>, request: Request, next: Next) -> Response<Body> {
    let origin = request.headers().get(ORIGIN).cloned();
    let is_allowed = origin.is_some() && may_read(&state, request.headers());
    let is_preflight =
        request.method() == Method::OPTIONS && request.headers().contains_key(ACCESS_CONTROL_REQUEST_METHOD);
    let mut response = if is_allowed && is_preflight {
        let mut response = StatusCode::NO_CONTENT.into_response();
        response.headers_mut().extend(PREFLIGHT);
        response
    } else {
        next.run(request).await
    };
    let headers = response.headers_mut();
    headers.append(VARY, HeaderValue::from_static("origin"));
    if let Some(origin) = origin.filter(|_| is_allowed) {
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        let exposed = HeaderValue::from_static("etag, link, retry-after, allow");
        headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
    }
    response
}

fn may_read(state: &RestState, headers: &HeaderMap) -> bool {
    let header = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    state.origins.allow(header(ORIGIN), header(HOST))
}

/// Writes errors: only this layer knows the path that they name.
pub(super) async fn told(request: Request, next: Next) -> Response<Body> {
    let path = request.uri().path().to_owned();
    let is_head = request.method() == Method::HEAD;
    let mut response = next.run(request).await;
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        problem.write(&path, &mut response);
        if is_head {
            *response.body_mut() = Body::empty();
        }
    }
    response
}

/// The client's address.
pub(super) fn address_of(extensions: &Extensions) -> IpAddr {
    extensions.get::<PeerAddress>().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |address| address.0)
}

/// Applies the rate limit of the client's address.
pub(super) async fn limited(
    State((limiter, metrics)): State<(Arc<AddressRate>, Arc<Metrics>)>,
    request: Request,
    next: Next,
) -> Response<Body> {
    match limiter.take(address_of(request.extensions()).into(), Instant::now()) {
        Ok(()) => next.run(request).await,
        Err(retry_after_s) => {
            metrics.refused("rest_rate");
            Problem::too_many_requests(retry_after_s).into_response()
        }
    }
}

/// Refuses a path and query that are too long.
pub(super) async fn bounded(request: Request, next: Next) -> Response<Body> {
    let uri = request.uri();
    let length = uri.path().len() + uri.query().map_or(0, |query| 1 + query.len());
    if length > MAX_ADDRESS_BYTES {
        return Problem::too_long(MAX_ADDRESS_BYTES).into_response();
    }
    next.run(request).await
}

/// Adds an ETag to answers, and sends no body that the client has already. A HEAD is served as a GET without the body.
pub(super) async fn conditional(mut request: Request, next: Next) -> Response<Body> {
    let is_head = request.method() == Method::HEAD;
    if !is_head && request.method() != Method::GET {
        return next.run(request).await;
    }
    *request.method_mut() = Method::GET;
    let known = request.headers().get(IF_NONE_MATCH).cloned();
    let (mut head, body) = next.run(request).await.into_parts();
    if head.status != StatusCode::OK {
        return Response::from_parts(head, body);
    }
    let Ok(bytes) = to_bytes(body, MAX_TAGGED_BYTES).await else {
        return Problem::unavailable("the answer is too large").into_response();
    };
    let tag = tag_of(&bytes);
    head.headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    if let Ok(tag) = HeaderValue::try_from(&tag) {
        head.headers.insert(ETAG, tag);
    }
    if known.is_some_and(|known| matches(&known, &tag)) {
        head.status = StatusCode::NOT_MODIFIED;
        head.headers.remove(http::header::CONTENT_TYPE);
        head.headers.remove(http::header::CONTENT_ENCODING);
        head.headers.remove(http::header::CONTENT_LENGTH);
        return Response::from_parts(head, Body::empty());
    }
    head.headers.insert(http::header::CONTENT_LENGTH, HeaderValue::from(bytes.len()));
    let body = if is_head { Body::empty() } else { Body::from(bytes) };
    Response::from_parts(head, body)
}

fn tag_of(bytes: &[u8]) -> String {
    let mut tag = String::from("\"");
    for byte in Sha256::digest(bytes).iter().take(8) {
        let _ = write!(tag, "{byte:02x}");
    }
    tag + "\""
}
