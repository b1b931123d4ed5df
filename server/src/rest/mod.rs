//! The REST interface under `/api/v1`: the server's public data as JSON, and the document that describes it.
//!
//! - `problem`: errors (RFC 9457); `extract`: what a request may contain, with ranges; `paging`: parts of lists
//! - `guard`: applied to every request: CORS, rate limit, length, ETag; `conditional`: ETags in the document
//! - `rooms`, `private_rooms`, `quick_play`, `leaderboard`, `market`, `players`, `status`, `protocol`: the resources
//! - `document`: the OpenAPI document, generated from all of these
//!
//! It reads the lobby, the store and the publication; the only thing that it changes is to create a private room
//! through the lobby. No handler uses a room's thread.

mod conditional;
mod document;
mod extract;
mod guard;
mod leaderboard;
mod market;
mod paging;
mod players;
mod private_rooms;
mod problem;
mod protocol;
mod quick_play;
mod rooms;
mod status;
#[cfg(test)]
mod tests;

use crate::access::{Http, Origins};
use crate::address::AddressRate;
use crate::game::Games;
use crate::lobby::Lobby;
use crate::metrics::Metrics;
use crate::services::publication::Publication;
use crate::store::StoreHandle;
use axum::middleware::from_fn_with_state;
use problem::Problem;
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::watch;

/// What the resources are made of.
#[derive(Clone, Debug)]
pub struct RestState {
    /// The server's games.
    pub games: Games,
    /// The rooms.
    pub lobby: Arc<Lobby>,
    /// The services' public state.
    pub publication: Arc<Publication>,
    /// The store, for players.
    pub store: StoreHandle,
    /// The counters.
    pub metrics: Arc<Metrics>,
    /// True once the server drains.
    pub draining: watch::Receiver<bool>,
    /// When the server started.
    pub started: Instant,
    /// The other sites whose pages may read.
    pub origins: Arc<Origins>,
    /// The rate limits of an address.
    pub http: Http,
}

/// Everything below `/api/`, including errors.
pub fn router(state: RestState) -> axum::Router {
    let (resources, document) = document::resources();
    let unknown = || async { Problem::not_found("there is no such resource; /api has the list") };
    let api = axum::Router::new()
        .merge(resources)
        .layer(axum::Extension(document))
        .route("/api/{*path}", axum::routing::any(unknown))
        .method_not_allowed_fallback(|| async { Problem::method_not_allowed() });
    let limiter = Arc::new(AddressRate::new(f64::from(state.http.requests_per_second), state.http.burst));
    // The innermost layer first.
    api.layer(axum::middleware::from_fn(guard::conditional))
        .layer(axum::middleware::from_fn(guard::bounded))
        .layer(from_fn_with_state((limiter, Arc::clone(&state.metrics)), guard::limited))
        .layer(axum::middleware::from_fn(guard::told))
        .layer(from_fn_with_state(state.clone(), guard::shared))
        .with_state(state)
}
