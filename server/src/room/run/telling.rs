//! What a room shows of itself: to the services after each tick, to the console and `/metrics` twice a second, and the
//! whole world to whoever watches. Everything is written over what was told before.

use super::Runner;
use super::seat::Seat;
use crate::room::news::SeatNews;
use crate::room::report::{PlayerReport, RoomReport, WorldEntity, WorldView};
use perigee_shared::ids::PlayerId;
use perigee_shared::netcode::{Ages, Entity, PlayerView, Replicated, Simulation};
use perigee_shared::tick::{TICK_HZ, TICK_MICROS};
use std::sync::Arc;
use std::time::Instant;

/// Ticks between two looks of the services at how everything stands.
const NEWS_TICKS: u32 = 3;
/// Ticks between two copies of what is to outlive the match: as much of it may be lost when the process is killed.
const LASTING_TICKS: u32 = TICK_HZ / 2 / NEWS_TICKS * NEWS_TICKS;

impl<S: Simulation> Runner<S> {
    /// Writes on the services' board what happened in this tick, and every now and then how everything stands.
    pub(super) fn tell_news(&mut self) {
        if self.host.tick_number().0.is_multiple_of(NEWS_TICKS) {
            self.tell_belongings();
        }
        let (host, owners) = (&self.host, &self.owners);
        let mut headlines = host.events().iter().filter_map(S::headline).peekable();
        let is_round_due = host.tick_number().0.is_multiple_of(NEWS_TICKS);
        if headlines.peek().is_none() && !is_round_due {
            return;
        }
        self.handle.news.write(|news| {
            news.tick = host.tick_number().0;
            headlines.for_each(|headline| news.add(headline));
            if is_round_due {
                news.standings.clear();
                news.standings.extend(host.players().map(|view| SeatNews {
                    player: view.player,
                    sitting: owners.sitting(view.player),
                    standing: view.standing,
                    acted: host.has_acted(view.player),
                }));
                news.quotes.clear();
                host.sim().quotes(&mut news.quotes);
                news.round = host.sim().round();
            }
            if host.tick_number().0.is_multiple_of(LASTING_TICKS) {
                news.lasting.clear();
                host.sim().save_persisted(&mut news.lasting);
            }
        });
    }

    /// Tells about the last half second.
    pub(super) fn report(&mut self) {
        let now = Instant::now();
        let seconds = (now - self.reported_at).as_secs_f32().max(0.001);
        self.reported_at = now;
        // A report that nobody reads any more is written over, names and all.
        let mut players = std::mem::take(&mut Arc::make_mut(&mut self.report).players);
        players.truncate(self.host.player_count());
        let mut report = RoomReport {
            tick: self.host.tick_number().0,
            paused: self.paused,
            tick_ms: self.work.summary(),
            start_delay_ms: self.beats.delays(),
            grade: self.governor.grade().label(),
            grade_number: self.governor.grade().number(),
            load: self.governor.load(),
            staleness_p50_ms: ages_ms(&self.ages, 50),
            staleness_p99_ms: ages_ms(&self.ages, 99),
            entities: self.host.sim().entities().len(),
            bots: self.host.driven_count(),
            spectators: self.host.spectator_count(),
            state_hash: self.state_hash,
            ..RoomReport::default()
        };
        self.ages = Ages::default();
        for (at, view) in self.host.players().enumerate() {
            if at == players.len() {
                players.push(PlayerReport::default());
            }
            let seat = self.seats[view.player.index()].as_mut();
            fill_player(&mut players[at], &view, seat, seconds);
            report.staleness_worst_ms = report.staleness_worst_ms.max(players[at].staleness_p99_ms);
            report.bytes_per_second += players[at].bytes_per_second;
            report.snapshots_per_second += players[at].snapshots_per_second;
        }
        report.players = players;
        *Arc::make_mut(&mut self.report) = report;
        self.host.forget_ages();
        // Seats that nobody came back to are freed inside the tick.
        self.tell_vitals();
        self.handle.swap_report(&mut self.report);
    }

    /// Shows the whole world to whoever watches.
    pub(super) fn show_world(&self) {
        if self.handle.world.receiver_count() == 0 {
            return;
        }
        let placed = self.host.sim().entities().iter().filter(|(_, entity)| entity.has_place());
        let entities = placed.map(|(slot, entity)| {
            let pose = entity.pose();
            WorldEntity {
                slot: slot.0,
                kind: entity.kind() as u8,
                x: pose.position.x,
                y: pose.position.y,
                angle_turns: pose.angle_turns,
                owner: entity.owner(),
                health: entity.health(),
            }
        });
        let entities: Vec<WorldEntity> = entities.collect();
        let npc = |owner: PlayerId| Some((owner, S::npc_name(owner)?));
        let mut npcs: Vec<_> = entities.iter().filter_map(|entity| npc(entity.owner?)).collect();
        npcs.sort_unstable();
        npcs.dedup();
        let view = WorldView {
            tick: self.host.tick_number().0,
            size_units: self.size_units,
            obstacles: S::obstacles(self.host.map()),
            landmarks: S::landmarks(self.host.map()),
            kinds: S::ABOUT.kinds,
            entities,
            npcs,
        };
        self.handle.world.send_replace(Arc::new(view));
    }
}

/// Tells about one player over the last `seconds`, in the memory of an older report.
fn fill_player(report: &mut PlayerReport, view: &PlayerView<'_>, seat: Option<&mut Seat>, seconds: f32) {
    let (mut totals, mut counted) = ((0, 0), (0, 0));
    if let Some(seat) = seat {
        totals = seat.link.totals();
        counted = std::mem::replace(&mut seat.counted, totals);
    }
    let rate = |now: u64, before: u64| now.saturating_sub(before) as f32 / seconds;
    let mut name = std::mem::take(&mut report.name);
    name.clear();
    name.push_str(view.name);
    *report = PlayerReport {
        id: view.player,
        name,
        bot: view.bot,
        rtt_ms: f32::from(view.rtt_ms),
        bytes_per_second: rate(totals.0, counted.0),
        snapshots_per_second: rate(totals.1, counted.1),
        absent: view.absent,
        rate_bytes_per_second: view.rate_bytes_per_s,
        staleness_p99_ms: ages_ms(&view.ages, 99),
        buffered_inputs: view.margin_ticks,
        score: view.standing.score,
    };
}

/// A percentile of ages in milliseconds.
fn ages_ms(ages: &Ages, percent: u32) -> f32 {
    ages.percentile_ticks(percent) as f32 * TICK_MICROS as f32 / 1000.0
}
