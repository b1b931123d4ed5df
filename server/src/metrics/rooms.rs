//! The state of rooms: gauges that are filled on request, from figures that the caller provides.

use crate::metrics::Adder;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

/// Labels shared by all rooms that are created at run time: with labels of their own their number would be unbounded,
/// and a private room's name admits to it. No room can have such a name.
const OPENED: &str = "(opened)";
const PRIVATE: &str = "(private)";

/// Provides the figures of rooms.
pub trait RoomSource {
    /// The current figures of each room.
    fn figures(&self) -> Vec<RoomFigures>;
}

impl<T: RoomSource> RoomSource for Arc<T> {
    fn figures(&self) -> Vec<RoomFigures> {
        T::figures(self)
    }
}

/// One room in numbers. Times are milliseconds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RoomFigures {
    /// Its name, which is exported if the room is permanent.
    pub name: String,
    /// Whether it is permanent.
    pub is_permanent: bool,
    /// Whether it may be listed.
    pub is_public: bool,
    /// People who play.
    pub players: usize,
    /// Bots' seats.
    pub bots: usize,
    /// Spectators.
    pub spectators: usize,
    /// Entities alive.
    pub entities: usize,
    /// Median work of a tick.
    pub tick_p50_ms: f32,
    /// The 99th percentile.
    pub tick_p99_ms: f32,
    /// How late ticks start, 99th percentile.
    pub tick_start_delay_p99_ms: f32,
    /// Age of the data that clients have of an entity, median.
    pub staleness_p50_ms: f32,
    /// The 99th percentile.
    pub staleness_p99_ms: f32,
    /// The 99th percentile of the client with the oldest data.
    pub staleness_worst_ms: f32,
    /// The overload grade, `0..=4`.
    pub overload_grade: u8,
    /// Work of a tick, as a share of its length.
    pub tick_load: f32,
}

impl RoomFigures {
    fn label(&self) -> RoomName {
        let room = match (self.is_permanent, self.is_public) {
            (true, _) => &self.name,
            (false, true) => OPENED,
            (false, false) => PRIVATE,
        };
        RoomName { room: room.to_owned() }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RoomName {
    room: String,
}

type PerRoom = Family<RoomName, Gauge<f64, AtomicU64>>;

/// The gauges.
#[derive(Debug, Default)]
pub(super) struct RoomGauges {
    tick_p50_ms: PerRoom,
    tick_p99_ms: PerRoom,
    tick_start_delay_p99_ms: PerRoom,
    open: PerRoom,
    players: PerRoom,
    bots: PerRoom,
    spectators: PerRoom,
    entities: PerRoom,
    staleness_p50_ms: PerRoom,
    staleness_p99_ms: PerRoom,
    staleness_worst_ms: PerRoom,
    overload_grade: PerRoom,
    tick_load: PerRoom,
}

impl RoomGauges {
    pub(super) fn new(new: &mut Adder<'_>) -> Self {
        Self {
            tick_p50_ms: new.add("tick_p50_ms", "Median time of a tick's work"),
            tick_p99_ms: new.add("tick_p99_ms", "99th percentile of a tick's work"),
            tick_start_delay_p99_ms: new.add("tick_start_delay_p99_ms", "How late ticks start"),
            open: new.add("rooms_open", "Rooms"),
            players: new.add("players", "People who play in the room"),
            bots: new.add("filler_bots", "Bots that fill places in the room"),
            spectators: new.add("spectators", "Spectators in the room"),
            entities: new.add("entities", "Entities in the room"),
            staleness_p50_ms: new.add("staleness_p50_ms", "Age of what clients know of an entity, median"),
            staleness_p99_ms: new
                .add("staleness_p99_ms", "Age of what clients know of an entity, 99th percentile"),
            staleness_worst_ms: new
                .add("staleness_worst_client_p99_ms", "The same of the client that is off worst"),
            overload_grade: new.add("overload_grade", "How far the room has gone to keep its pace, 0 to 4"),
            tick_load: new.add("tick_load", "Share of a tick's length that its work takes"),
        }
    }

    /// Times are those of the worst room of a label, counts the sum over all of them.
    pub(super) fn set(&self, rooms: &[RoomFigures]) {
        self.all().into_iter().for_each(PerRoom::clear);
        rooms.iter().for_each(|room| self.tell(room));
    }

    fn all(&self) -> [&PerRoom; 13] {
        [
            &self.open,
            &self.tick_p50_ms,
            &self.tick_p99_ms,
            &self.tick_start_delay_p99_ms,
            &self.players,
            &self.bots,
            &self.spectators,
            &self.entities,
            &self.staleness_p50_ms,
            &self.staleness_p99_ms,
            &self.staleness_worst_ms,
            &self.overload_grade,
            &self.tick_load,
        ]
    }

    fn tell(&self, room: &RoomFigures) {
        let label = room.label();
        let add = |gauges: &PerRoom, value: usize| {
            gauges.get_or_create(&label).inc_by(value as f64);
        };
        let worst = |gauges: &PerRoom, value: f64| {
            let gauge = gauges.get_or_create(&label);
            gauge.set(gauge.get().max(value));
        };
        // Times are measured in microseconds; further digits come from the conversion.
        let ms = |value: f32| (f64::from(value) * 1000.0).round() / 1000.0;
        add(&self.open, 1);
        add(&self.players, room.players);
        add(&self.bots, room.bots);
        add(&self.spectators, room.spectators);
        add(&self.entities, room.entities);
        worst(&self.tick_p50_ms, ms(room.tick_p50_ms));
        worst(&self.tick_p99_ms, ms(room.tick_p99_ms));
        worst(&self.tick_start_delay_p99_ms, ms(room.tick_start_delay_p99_ms));
        worst(&self.staleness_p50_ms, ms(room.staleness_p50_ms));
        worst(&self.staleness_p99_ms, ms(room.staleness_p99_ms));
        worst(&self.staleness_worst_ms, ms(room.staleness_worst_ms));
        worst(&self.overload_grade, f64::from(room.overload_grade));
        worst(&self.tick_load, ms(room.tick_load));
    }
}
