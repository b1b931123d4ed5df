//! What a room publishes about itself: plain numbers, written by the tick thread at a low rate, read by metrics and
//! consoles.

use perigee_shared::ids::PlayerId;
use perigee_shared::netcode::{KindAbout, Landmark, RoundView};
use serde::Serialize;

/// What quick play and lists need to know of a room without delay: copied, not shared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LiveStatus {
    /// Players with a connection, or with a seat that is kept for them.
    pub people: usize,
    /// How many of them have no connection at the moment.
    pub away: usize,
    /// Bots' seats.
    pub bots: usize,
    /// Spectators.
    pub spectators: usize,
    /// The state of the match, updated twice a second.
    pub round: RoundView,
}

/// How a round ended, with names: for lists of rooms.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RoundOutcome {
    /// The kind of end: `nobody`, `draw`, `team`, `player`.
    pub kind: &'static str,
    /// The team that won, 1 or 2.
    pub team: Option<u8>,
    /// The player who won, unless they have left.
    pub winner: Option<String>,
}

/// A room as a list shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RoomInfo {
    /// Its name; for a private room it admits to the room.
    pub name: String,
    /// The game that is played in it.
    pub game: &'static str,
    /// The match's mode, in a word; empty: the game has one mode.
    pub mode: &'static str,
    /// The phase of the match, in a word.
    pub phase: &'static str,
    /// Seconds until the phase ends; 0: no end is set.
    pub left_s: u32,
    /// How the round ended, until the next one begins.
    pub result: Option<RoundOutcome>,
    /// Players with a connection, or with a seat that is kept for them.
    pub people: usize,
    /// Bots' seats; they give way to people.
    pub bots: usize,
    /// Spectators.
    pub spectators: usize,
    /// Places for players.
    pub max_players: usize,
    /// Places for spectators.
    pub max_spectators: usize,
    /// Whether it may be listed.
    pub public: bool,
}

/// One player, as the admin console shows them.
#[derive(Clone, Debug, Default, Serialize)]
pub struct PlayerReport {
    /// Seat.
    pub id: PlayerId,
    /// Name.
    pub name: String,
    /// Whether a program plays.
    pub bot: bool,
    /// Round trip as the client measures it, milliseconds.
    pub rtt_ms: f32,
    /// Bytes sent to them in the last second.
    pub bytes_per_second: f32,
    /// Snapshots sent to them in the last second.
    pub snapshots_per_second: f32,
    /// Whether their connection is broken and the seat kept.
    pub absent: bool,
    /// Estimated throughput of their connection, bytes a second.
    pub rate_bytes_per_second: u32,
    /// Age of the data they have of an entity, 99th percentile of the last half second, milliseconds.
    pub staleness_p99_ms: f32,
    /// Commands waiting in their jitter buffer, smoothed, ticks.
    pub buffered_inputs: f32,
    /// Points.
    pub score: i32,
    /// Team, from 1; 0: none. JSON has its name, which the game's table gives.
    #[serde(skip)]
    pub team: u8,
}

/// Times of a room's last few hundred ticks, milliseconds.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct TickMs {
    /// Median.
    pub p50: f32,
    /// 99th percentile.
    pub p99: f32,
    /// Longest.
    pub max: f32,
}

/// A room as a whole.
#[derive(Clone, Debug, Default, Serialize)]
pub struct RoomReport {
    /// Tick number.
    pub tick: u32,
    /// Whether it is paused.
    pub paused: bool,
    /// Work per tick.
    pub tick_ms: TickMs,
    /// How late ticks start, milliseconds.
    pub start_delay_ms: TickMs,
    /// The overload grade, which decides how the room keeps its pace.
    pub grade: &'static str,
    /// The grade's number; 0 is as configured.
    pub grade_number: u8,
    /// Work of a tick, as a share of its length.
    pub load: f32,
    /// Age of the data that players have of an entity, median over all of them in the last half second, milliseconds.
    pub staleness_p50_ms: f32,
    /// The 99th percentile.
    pub staleness_p99_ms: f32,
    /// The 99th percentile of the player with the oldest data.
    pub staleness_worst_ms: f32,
    /// Entities alive.
    pub entities: usize,
    /// Bots' seats; they are counted among the players.
    pub bots: usize,
    /// Spectators; they are not counted among the players.
    pub spectators: usize,
    /// Bytes sent to all players in the last second.
    pub bytes_per_second: f32,
    /// Snapshots sent to all players in the last second.
    pub snapshots_per_second: f32,
    /// Hash of the whole state at `tick`.
    pub state_hash: u64,
    /// All players in the room, by seat.
    #[serde(skip)]
    pub players: Vec<PlayerReport>,
}

impl RoomReport {
    /// The name of the player in that seat.
    #[must_use]
    pub fn name_of(&self, player: PlayerId) -> Option<&str> {
        let at = self.players.binary_search_by_key(&player, |view| view.id).ok()?;
        Some(&self.players[at].name)
    }
}

/// The whole world, for a console's map.
#[derive(Clone, Debug, Default)]
pub struct WorldView {
    /// Tick number.
    pub tick: u32,
    /// Width and height, units.
    pub size_units: (f32, f32),
    /// Fixed obstacles: x, y, radius.
    pub obstacles: Vec<(f32, f32, f32)>,
    /// Places that have a name.
    pub landmarks: Vec<Landmark>,
    /// The game's names for its kinds of entities, and how each is drawn.
    pub kinds: &'static [KindAbout],
    /// All entities that have a place.
    pub entities: Vec<WorldEntity>,
    /// The owners that the game itself brought, by name; each once, in order.
    pub npcs: Vec<(PlayerId, &'static str)>,
}

/// One entity on a console's map.
#[derive(Clone, Copy, Debug)]
pub struct WorldEntity {
    /// Slot.
    pub slot: u16,
    /// Kind, an index into the game's kinds.
    pub kind: u8,
    /// Units.
    pub x: f32,
    /// Units, upward.
    pub y: f32,
    /// Turns.
    pub angle_turns: f32,
    /// Owner's seat.
    pub owner: Option<PlayerId>,
    /// `0..=1`; -1 for what has none.
    pub health: f32,
}
