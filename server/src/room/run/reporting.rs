//! What a room publishes about itself: to the services after each tick, to the console and `/metrics` twice a second,
//! and the whole world while there are watchers. Each publication overwrites the one before.

use super::owners::Owners;
use super::pace::Pace;
use super::seats::Seats;
use crate::room::durations::Durations;
use crate::room::events::SeatStanding;
use crate::room::handle::RoomHandle;
use crate::room::link::Traffic;
use crate::room::report::{PlayerReport, RoomReport, WorldEntity, WorldView};
use perigee_shared::ids::PlayerId;
use perigee_shared::netcode::{Ages, Entity, Host, PlayerView, Replicated, Simulation, TickStats};
use perigee_shared::tick::{TICK_HZ, TICK_MICROS};
use std::sync::Arc;
use std::time::Instant;

/// Ticks between two updates of standings, prices and round for the services.
pub(super) const EVENTS_TICKS: u32 = 3;
/// Ticks between two copies of the persisted state: at most this much is lost when the process is killed.
const PERSISTED_TICKS: u32 = TICK_HZ / 2 / EVENTS_TICKS * EVENTS_TICKS;

/// Writes for the services what happened in this tick, and every [`EVENTS_TICKS`] the standings, prices and round.
pub(super) fn publish_events<S: Simulation>(host: &Host<S>, owners: &Owners, room: &RoomHandle) {
    let mut headlines = host.events().iter().filter_map(S::headline).peekable();
    let is_round_due = host.tick_number().0.is_multiple_of(EVENTS_TICKS);
    if headlines.peek().is_none() && !is_round_due {
        return;
    }
    room.events.write(|events| {
        events.tick = host.tick_number().0;
        headlines.for_each(|headline| events.add(headline));
        if is_round_due {
            events.standings.clear();
            events.standings.extend(host.players().map(|view| SeatStanding {
                player: view.player,
                sitting: owners.sitting(view.player),
                standing: view.standing,
                acted: host.has_acted(view.player),
            }));
            events.quotes.clear();
            host.sim().quotes(&mut events.quotes);
            events.round = host.sim().round();
        }
        if host.tick_number().0.is_multiple_of(PERSISTED_TICKS) {
            events.persisted.clear();
            host.sim().save_persisted(&mut events.persisted);
        }
    });
}

/// Publishes the whole world if there are watchers.
pub(super) fn show_world<S: Simulation>(host: &Host<S>, size_units: (f32, f32), room: &RoomHandle) {
    if room.world.receiver_count() == 0 {
        return;
    }
    let placed = host.sim().entities().iter().filter(|(_, entity)| entity.has_place());
    let entities = placed.map(|(slot, entity)| {
        let pose = entity.pose();
        WorldEntity {
            slot: slot.0,
            kind: entity.kind() as u8,
            x: pose.position.x,
            y: pose.position.y,
            angle_turns: pose.angle_turns,
            owner: entity.owner(),
            health: entity.health().unwrap_or(-1.0),
        }
    });
    let entities: Vec<WorldEntity> = entities.collect();
    let npc = |owner: PlayerId| Some((owner, S::npc_name(owner)?));
    let mut npcs: Vec<_> = entities.iter().filter_map(|entity| npc(entity.owner?)).collect();
    npcs.sort_unstable();
    npcs.dedup();
    let view = WorldView {
        tick: host.tick_number().0,
        size_units,
        obstacles: S::obstacles(host.map()),
        landmarks: S::landmarks(host.map()),
        kinds: S::ABOUT.kinds,
        entities,
        npcs,
    };
    room.world.send_replace(Arc::new(view));
}

/// What is measured between two reports, and the reports' memory.
#[derive(Debug)]
pub(super) struct Reporter {
    /// Durations of ticks.
    work: Durations,
    /// Ages of the data that players have, since the last report.
    ages: Ages,
    /// After the last tick.
    state_hash: u64,
    reported_at: Instant,
    /// The report before the last one, whose memory the next one reuses.
    memory: Arc<RoomReport>,
}

impl Reporter {
    pub(super) fn new(epoch: Instant) -> Self {
        Self {
            work: Durations::new(),
            ages: Ages::default(),
            state_hash: 0,
            reported_at: epoch,
            memory: Arc::default(),
        }
    }

    /// Records the result of a tick.
    pub(super) fn ticked(&mut self, stats: &TickStats) {
        self.state_hash = stats.state_hash;
        self.ages.add(&stats.ages);
    }

    /// Records the duration of a tick with everything around it.
    pub(super) fn worked(&mut self, work_us: u64) {
        self.work.push(work_us);
    }

    /// Publishes the last half second.
    pub(super) fn report<S: Simulation>(
        &mut self,
        host: &mut Host<S>,
        seats: &mut Seats,
        pace: &mut Pace,
        room: &RoomHandle,
    ) {
        let now = Instant::now();
        let seconds = (now - self.reported_at).as_secs_f32().max(0.001);
        self.reported_at = now;
        // A report without readers is overwritten in place, names included.
        let mut players = std::mem::take(&mut Arc::make_mut(&mut self.memory).players);
        players.truncate(host.player_count());
        let governor = pace.governor();
        let mut report = RoomReport {
            tick: host.tick_number().0,
            paused: pace.is_paused(),
            tick_ms: self.work.summary(),
            grade: governor.grade().label(),
            grade_number: governor.grade().number(),
            load: governor.load(),
            start_delay_ms: pace.start_delays(),
            staleness_p50_ms: ages_ms(&self.ages, 50),
            staleness_p99_ms: ages_ms(&self.ages, 99),
            entities: host.sim().entities().len(),
            bots: host.driven_count(),
            spectators: host.spectator_count(),
            state_hash: self.state_hash,
            ..RoomReport::default()
        };
        self.ages = Ages::default();
        for (at, view) in host.players().enumerate() {
            if at == players.len() {
                players.push(PlayerReport::default());
            }
            fill_player(&mut players[at], &view, seats.take_traffic(view.player), seconds);
            report.staleness_worst_ms = report.staleness_worst_ms.max(players[at].staleness_p99_ms);
            report.bytes_per_second += players[at].bytes_per_second;
            report.snapshots_per_second += players[at].snapshots_per_second;
        }
        report.players = players;
        *Arc::make_mut(&mut self.memory) = report;
        host.forget_ages();
        room.swap_report(&mut self.memory);
    }
}

/// Reports one player over the last `seconds`, in the memory of an older report.
fn fill_player(report: &mut PlayerReport, view: &PlayerView<'_>, sent: Traffic, seconds: f32) {
    let mut name = std::mem::take(&mut report.name);
    name.clear();
    name.push_str(view.name);
    *report = PlayerReport {
        id: view.player,
        name,
        bot: view.bot,
        rtt_ms: f32::from(view.rtt_ms),
        bytes_per_second: sent.bytes as f32 / seconds,
        snapshots_per_second: sent.snapshots as f32 / seconds,
        absent: view.absent,
        rate_bytes_per_second: view.rate_bytes_per_s,
        staleness_p99_ms: ages_ms(&view.ages, 99),
        buffered_inputs: view.margin_ticks,
        score: view.standing.score,
        team: view.standing.team,
    };
}

/// A percentile of ages in milliseconds.
fn ages_ms(ages: &Ages, percent: u32) -> f32 {
    ages.percentile_ticks(percent) as f32 * TICK_MICROS as f32 / 1000.0
}
