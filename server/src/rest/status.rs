//! The server's status.

use super::RestState;
use super::extract::{Nothing, Query};
use super::problem::{Common, Problem};
use super::rooms::RoomView;
use crate::room::RoomHandle;
use crate::version::VERSION;
use axum::extract::State;
use axum::response::Json;
use perigee_shared::tick::TICK_HZ;
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// The server's status.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Status {
    /// Its version.
    #[schema(example = "0.1.0")]
    version: &'static str,
    /// For how long it has been running, s.
    #[schema(example = 86400, minimum = 0)]
    uptime_s: u64,
    /// Ticks of a match in a second.
    #[schema(example = 30, minimum = 1)]
    tick_hz: u32,
    /// Whether it drains.
    draining: bool,
    /// The public rooms, in the order of the configuration.
    rooms: Vec<RoomStatus>,
}

/// The status of a room.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RoomStatus {
    #[serde(flatten)]
    room: RoomView,
    /// Whether it is paused.
    paused: bool,
    /// Its current tick.
    #[schema(example = 216_000, minimum = 0)]
    tick: u32,
}

/// The server's status
#[utoipa::path(get, path = "/status", operation_id = "status", tag = "server",
    params(super::conditional::IfNoneMatch),
    responses(
        (status = 200, description = "How the server is", body = Status,
            headers(("ETag" = String, description = "Names this content"))),
        super::conditional::NotModified, Common,
    ))]
pub(super) async fn get(
    State(state): State<RestState>,
    Query(Nothing {}): Query<Nothing>,
) -> Result<Json<Status>, Problem> {
    let told = |room: &Arc<RoomHandle>| {
        let report = room.report();
        RoomStatus { room: RoomView::from(room.info()), paused: report.paused, tick: report.tick }
    };
    let rooms = state.lobby.rooms();
    let rooms = rooms.iter().filter(|room| room.is_public()).map(told);
    Ok(Json(Status {
        version: VERSION,
        uptime_s: state.started.elapsed().as_secs(),
        tick_hz: TICK_HZ,
        draining: *state.draining.borrow(),
        rooms: rooms.collect(),
    }))
}
