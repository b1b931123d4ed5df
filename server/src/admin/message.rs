//! The messages of the console's socket, as JSON text. The page's side is assets/web/admin.

use super::AdminContext;
use super::command::Description;
use crate::logging::{LogLine, now_ms};
use crate::room::{PlayerReport, RoomHandle, RoomReport, RoundOutcome, TickMs, WorldView};
use crate::store::StoreHealth;
use perigee_shared::ids::PlayerId;
use perigee_shared::tick::TICK_HZ;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// From the page.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum FromConsole {
    /// The first message, with one of the three.
    Login { token: Option<String>, code: Option<String>, session: Option<String> },
    /// A command line.
    Command { id: u64, line: String },
    /// The room whose world is to be sent.
    Watch { room: Option<String> },
}

/// To the page.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum ToConsole<'a> {
    Welcome { session: &'a str, version: &'a str, commands: &'a [Description] },
    Refused { reason: &'a str, message: &'a str },
    Stats(Stats),
    World(World<'a>),
    Reply { id: u64, ok: bool, text: &'a str },
    Log { at_ms: u64, level: &'a str, text: &'a str },
    Closing { reason: &'a str, message: &'a str },
}

impl ToConsole<'_> {
    pub(super) fn to_json(&self) -> String {
        // Numbers, strings and lists of them always have a JSON form.
        serde_json::to_string(self)
            .unwrap_or_else(|error| format!("{{\"type\":\"log\",\"text\":\"{error}\"}}"))
    }
}

impl<'a> From<&'a LogLine> for ToConsole<'a> {
    fn from(line: &'a LogLine) -> Self {
        Self::Log { at_ms: line.at_ms, level: line.level, text: &line.text }
    }
}

#[derive(Debug, Serialize)]
pub(super) struct Stats {
    uptime_s: u64,
    now_ms: u64,
    rooms: Vec<RoomStats>,
    players: Vec<PlayerStats>,
    refusals: BTreeMap<&'static str, u64>,
    connections: i64,
    store: StoreHealth,
    /// Whether the MQTT broker is connected; null if there is none.
    mqtt: Option<bool>,
}

#[derive(Debug, Serialize)]
struct RoomStats {
    name: String,
    /// The game that is played in it.
    game: &'static str,
    paused: bool,
    tick: u32,
    tick_hz: u32,
    tick_ms: TickMs,
    players: usize,
    bots: usize,
    spectators: usize,
    max_players: usize,
    public: bool,
    mode: &'static str,
    phase: &'static str,
    left_s: u32,
    result: Option<RoundOutcome>,
    entities: usize,
    bytes_per_second: f32,
    snapshots_per_second: f32,
    grade: &'static str,
    load: f32,
    staleness_p50_ms: f32,
    staleness_p99_ms: f32,
    state_hash: String,
}

impl RoomStats {
    fn new(room: &RoomHandle, report: &RoomReport) -> Self {
        let info = room.info();
        Self {
            name: info.name,
            game: info.game,
            paused: report.paused,
            tick: report.tick,
            tick_hz: TICK_HZ,
            tick_ms: report.tick_ms,
            players: info.people,
            bots: info.bots,
            spectators: info.spectators,
            max_players: info.max_players,
            public: info.public,
            mode: info.mode,
            phase: info.phase,
            left_s: info.left_s,
            result: info.result,
            entities: report.entities,
            bytes_per_second: report.bytes_per_second,
            snapshots_per_second: report.snapshots_per_second,
            grade: report.grade,
            load: report.load,
            staleness_p50_ms: report.staleness_p50_ms,
            staleness_p99_ms: report.staleness_p99_ms,
            state_hash: format!("{:016x}", report.state_hash),
        }
    }
}

#[derive(Debug, Serialize)]
struct PlayerStats {
    #[serde(flatten)]
    report: PlayerReport,
    room: String,
    /// What the game calls their team; `null` without one.
    team: Option<&'static str>,
}

impl Stats {
    /// The current figures.
    pub(super) fn new(context: &AdminContext) -> Self {
        let (mut rooms, mut players) = (Vec::new(), Vec::new());
        for room in context.lobby.rooms().iter() {
            let report = room.report();
            rooms.push(RoomStats::new(room, &report));
            let about = room.game().about;
            players.extend(report.players.iter().map(|player| PlayerStats {
                report: player.clone(),
                room: room.name().to_owned(),
                team: about.team(player.team).map(|team| team.name),
            }));
        }
        Self {
            uptime_s: context.uptime().as_secs(),
            now_ms: now_ms(),
            rooms,
            players,
            refusals: context.metrics.refusals(),
            connections: context.metrics.connections.get(),
            store: context.store.health(),
            mqtt: context.metrics.mqtt.is_connected(),
        }
    }
}

#[derive(Debug, Serialize)]
pub(super) struct World<'a> {
    room: &'a str,
    tick: u32,
    width: f64,
    height: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    obstacles: Option<Vec<[f64; 3]>>,
    /// Name, x, y, radius.
    #[serde(skip_serializing_if = "Option::is_none")]
    landmarks: Option<Vec<(&'a str, f64, f64, f64)>>,
    /// Title and icon.
    #[serde(skip_serializing_if = "Option::is_none")]
    kinds: Option<Vec<(&'static str, &'static str)>>,
    entities: Vec<Row>,
    /// Owners without a seat, by name.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    npcs: &'a [(PlayerId, &'static str)],
}

/// Slot, kind, x, y, angle in turns, owner or -1, health or -1.
type Row = (u16, u8, f64, f64, f64, i32, f64);

impl<'a> World<'a> {
    /// A room's world. Obstacles, landmarks and the names of kinds never change, so only the first message has them.
    pub(super) fn new(room: &'a str, view: &'a WorldView, is_first: bool) -> Self {
        let obstacles =
            || view.obstacles.iter().map(|&(x, y, radius)| [tenths(x), tenths(y), tenths(radius)]);
        let landmarks = || {
            let rows = view.landmarks.iter().map(|place| {
                let (x, y) = place.at;
                (place.name, tenths(x), tenths(y), tenths(place.radius_units))
            });
            rows.collect()
        };
        let kinds = || view.kinds.iter().map(|kind| (kind.title, kind.icon.name())).collect();
        let entities = view.entities.iter().map(|entity| {
            let owner = entity.owner.map_or(-1, |owner| i32::from(owner.0));
            let turns = thousandths(entity.angle_turns);
            (
                entity.slot,
                entity.kind,
                tenths(entity.x),
                tenths(entity.y),
                turns,
                owner,
                thousandths(entity.health),
            )
        });
        Self {
            room,
            tick: view.tick,
            width: tenths(view.size_units.0),
            height: tenths(view.size_units.1),
            obstacles: is_first.then(|| obstacles().collect()),
            landmarks: is_first.then(landmarks),
            kinds: is_first.then(kinds),
            entities: entities.collect(),
            npcs: &view.npcs,
        }
    }
}

/// More precision than a screen shows would only cost bytes.
fn tenths(value: f32) -> f64 {
    (f64::from(value) * 10.0).round() / 10.0
}

fn thousandths(value: f32) -> f64 {
    (f64::from(value) * 1000.0).round() / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::room::WorldEntity;
    use perigee_shared::netcode::{Icon, KindAbout, Landmark};
    use std::sync::Arc;

    #[test]
    fn the_world_is_rounded_and_tells_obstacles_once() {
        let entity = WorldEntity {
            slot: 7,
            kind: 0,
            x: 1.26,
            y: 1234.5678,
            angle_turns: 0.123_456,
            owner: Some(PlayerId(3)),
            health: 0.5,
        };
        let free = WorldEntity { slot: 8, owner: None, ..entity };
        let view = Arc::new(WorldView {
            tick: 9,
            size_units: (2400.0, 1600.0),
            obstacles: vec![(1.0, 2.0, 30.04)],
            landmarks: vec![Landmark { name: "Ember", at: (7.0, 8.0), radius_units: 90.0 }],
            kinds: &[KindAbout { title: "Body", icon: Icon::Disc }],
            entities: vec![entity, free],
            npcs: vec![(PlayerId(2047), "Wolf")],
        });
        let first = ToConsole::World(World::new("arena", &view, true)).to_json();
        assert_eq!(
            first,
            r#"{"type":"world","room":"arena","tick":9,"width":2400.0,"height":1600.0,"obstacles":[[1.0,2.0,30.0]],"landmarks":[["Ember",7.0,8.0,90.0]],"kinds":[["Body","disc"]],"#
                .to_owned()
                + r#""entities":[[7,0,1.3,1234.6,0.123,3,0.5],[8,0,1.3,1234.6,0.123,-1,0.5]],"npcs":[[2047,"Wolf"]]}"#
        );
        let later = ToConsole::World(World::new("arena", &view, false)).to_json();
        assert!(!["obstacles", "landmarks", "kinds"].iter().any(|key| later.contains(key)), "{later}");
    }

    #[test]
    fn the_messages_of_the_page_are_read() {
        let read = |text| serde_json::from_str::<FromConsole>(text);
        assert!(matches!(
            read(r#"{"type":"login","token":"x"}"#),
            Ok(FromConsole::Login { token: Some(_), .. })
        ));
        assert!(matches!(
            read(r#"{"type":"command","id":7,"line":"help"}"#),
            Ok(FromConsole::Command { id: 7, .. })
        ));
        assert!(matches!(read(r#"{"type":"watch","room":null}"#), Ok(FromConsole::Watch { room: None })));
        for bad in ["", "{}", "[]", r#"{"type":"no"}"#, r#"{"type":"command","id":-1,"line":""}"#, "null"] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }
}
