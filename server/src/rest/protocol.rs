//! What a client in any language needs to know of the server's games: their schemas and their field tables. The
//! protocol's document describes how to read them.

use super::RestState;
use super::extract::{Nothing, Query};
use super::problem::{Common, Problem};
use crate::room::GameInfo;
use axum::extract::State;
use axum::response::Json;
use perigee_shared::netcode::entity::fields::Steering;
use perigee_shared::netcode::{Field, Kind, Merge, Role, Statistic};
use perigee_shared::protocol::PROTOCOL_VERSION;
use perigee_shared::tick::TICK_HZ;
use serde::Serialize;
use utoipa::ToSchema;

/// The protocol and the games.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Protocol {
    /// `build.protocol` of a hello.
    #[schema(example = 5, minimum = 1)]
    version: u32,
    /// Ticks of a match in a second.
    #[schema(example = 30, minimum = 1)]
    tick_hz: u32,
    /// The games.
    games: Vec<GameProtocol>,
}

/// A game on the wire.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct GameProtocol {
    /// Its name, as in rooms.
    #[schema(example = "arena")]
    name: &'static str,
    /// `build.schema` of a hello, in hexadecimal digits.
    #[schema(example = "f84abb7de21b247b", pattern = "^[0-9a-f]{16}$")]
    schema: String,
    /// Bits of a packed command.
    #[schema(example = 8, minimum = 0, maximum = 32)]
    command_bits: u32,
    /// The statistics of players, in the order of a standing.
    statistics: Vec<StatisticProtocol>,
    /// Kinds of entities, by their number.
    kinds: Vec<KindProtocol>,
}

/// A statistic.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct StatisticProtocol {
    /// Its name in records.
    #[schema(example = "wins")]
    key: &'static str,
    /// Its title for players.
    #[schema(example = "Wins")]
    title: &'static str,
    /// How records merge a match's reports: `sum`, `max` or `last`.
    #[schema(example = "sum")]
    merge: &'static str,
    /// Whether there are leaderboards of it.
    has_board: bool,
}

/// A kind of entity.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct KindProtocol {
    /// Its name.
    #[schema(example = "body")]
    name: &'static str,
    /// Its fields, in the order of the encoding.
    fields: Vec<FieldProtocol>,
    /// The fields that a usual disturbance changes.
    disturbance: Vec<&'static str>,
    /// Whether two of them that meet change each other.
    meets: bool,
    /// The lengths of the code words of its mispredictions, by symbol; null for a kind without a control field.
    surprises: Option<Vec<u8>>,
}

/// A field.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct FieldProtocol {
    /// Its name.
    #[schema(example = "x")]
    name: &'static str,
    /// Its smallest value, in quanta.
    #[schema(example = 0)]
    min: i32,
    /// Its largest value, in quanta.
    #[schema(example = 1_048_575)]
    max: i32,
    /// One quantum, with its unit.
    #[schema(example = "1/256 unit")]
    quantum: &'static str,
    /// `constant`, `control` or `predicted`.
    #[schema(example = "predicted")]
    role: &'static str,
    /// The order of its residual's code; null for a field that is not predicted.
    #[schema(example = 6, minimum = 0)]
    residual_order: Option<u32>,
    /// log2 of the step of its usual disturbances, in quanta; null for a field that is not predicted.
    #[schema(example = 0, minimum = 0)]
    step_log2: Option<u32>,
    /// A value that is encoded in one bit; null if there is none.
    common: Option<i32>,
}

impl From<&'static GameInfo> for GameProtocol {
    fn from(game: &'static GameInfo) -> Self {
        Self {
            name: game.name,
            schema: format!("{:016x}", game.schema()),
            command_bits: game.command_bits,
            statistics: game.about.statistics.iter().map(StatisticProtocol::from).collect(),
            kinds: (game.kinds)().iter().map(KindProtocol::from).collect(),
        }
    }
}

impl From<&'static Statistic> for StatisticProtocol {
    fn from(statistic: &'static Statistic) -> Self {
        let merge = match statistic.merge {
            Merge::Sum => "sum",
            Merge::Max => "max",
            Merge::Last => "last",
        };
        Self { key: statistic.key, title: statistic.title, merge, has_board: statistic.has_board }
    }
}

impl From<&'static Kind> for KindProtocol {
    fn from(kind: &'static Kind) -> Self {
        let disturbed = kind.fields.iter().enumerate().filter(|(at, _)| kind.disturbance >> at & 1 == 1);
        Self {
            name: kind.name,
            fields: kind.fields.iter().map(FieldProtocol::from).collect(),
            disturbance: disturbed.map(|(_, field)| field.name).collect(),
            meets: kind.meets,
            surprises: kind.steering.map(|Steering { code, .. }| code.lengths().to_vec()),
        }
    }
}

impl From<&'static Field> for FieldProtocol {
    fn from(field: &'static Field) -> Self {
        let (role, residual) = match field.role {
            Role::Constant => ("constant", None),
            Role::Control => ("control", None),
            Role::Predicted { residual_order, step_log2 } => ("predicted", Some((residual_order, step_log2))),
        };
        let Field { name, min, max, quantum, common, .. } = *field;
        let (residual_order, step_log2) = residual.unzip();
        Self { name, min, max, quantum, role, residual_order, step_log2, common }
    }
}

/// The protocol's tables
#[utoipa::path(get, path = "/protocol", operation_id = "protocol", tag = "server",
    params(super::conditional::IfNoneMatch),
    responses(
        (status = 200, description = "Version, schemas and field tables", body = Protocol,
            headers(("ETag" = String, description = "Names this content"))),
        super::conditional::NotModified, Common,
    ))]
pub(super) async fn get(
    State(state): State<RestState>,
    Query(Nothing {}): Query<Nothing>,
) -> Result<Json<Protocol>, Problem> {
    let games = state.games.iter().map(GameProtocol::from);
    Ok(Json(Protocol { version: PROTOCOL_VERSION, tick_hz: TICK_HZ, games: games.collect() }))
}
