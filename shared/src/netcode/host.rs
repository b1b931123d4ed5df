//! The authority: owns the simulation, takes input packets in, steps, and writes each client's snapshot.
//!
//! Sans-IO. The order of calls, by whoever owns the sockets:
//! 1. [`Host::join`] and [`Host::leave`] as players come and go,
//! 2. [`Host::handle_packet`] for each message that came in: it only fills that player's input buffer,
//! 3. [`Host::tick`] at each tick's deadline: takes inputs, steps, keeps history, writes snapshots to the outbox.
//!
//! Only `tick` changes the world.

mod recording;

use crate::bits::BitWriter;
use crate::bitset::BitSet;
use crate::ids::PlayerId;
use crate::limits::{MAX_EVENTS_PER_TICK, MAX_NAME_CHARS};
use crate::netcode::baseline::{Baseline, DeltaCache};
use crate::netcode::history::History;
use crate::netcode::input_buffer::{Arrival, InputBuffer, Source};
use crate::netcode::interest::Interest;
use crate::netcode::lag_compensation::{Past, ViewLag};
use crate::netcode::outbox::{Address, Lane, Outbox};
use crate::netcode::packet::{InputPacket, Ping, Pong, widen_tick};
use crate::netcode::replay::{Happening, Recorder};
use crate::netcode::simulation::{Entity, PlayerInput, Simulation};
use crate::netcode::viewer::{HeaderNews, Shared, SnapshotStats, Viewer};
use crate::protocol::{
    ClientMessage, DisconnectReason, Hello, InboundKind, Refusal, RosterChange, RosterEntry, ServerMessage,
    Welcome, decode_client, encode_scenario, encode_server, kind_of,
};
use crate::tick::{TICK_MICROS, Tick};
use glam::Vec2;

/// What a room is like.
#[derive(Clone, Debug)]
pub struct HostConfig {
    /// The room's name.
    pub room: String,
    /// Seats.
    pub max_players: usize,
    /// How far a client sees, units.
    pub interest_radius_units: f32,
    /// Seed of the world's chance.
    pub seed: u64,
}

/// Ticks between two reports of a client's input margin.
const REPORT_TICKS: u32 = 8;
/// Ticks between two looks at whether the roster changed.
const ROSTER_TICKS: u32 = 15;

/// What one tick did.
#[derive(Clone, Copy, Debug, Default)]
pub struct TickStats {
    /// Its number.
    pub tick: Tick,
    /// Hash of the whole state after the step: equal inputs give equal hashes, on every platform.
    pub state_hash: u64,
    /// Snapshots written.
    pub snapshots: u32,
    /// Clients passed over because their lane was still full.
    pub skipped: u32,
    /// Snapshots that told everything, because the client had just joined.
    pub full_first: u32,
    /// Snapshots that told everything, because the client's baseline was too old.
    pub full_too_old: u32,
    /// Commands that were there when needed, repeated, and replaced by none.
    pub inputs: [u32; 3],
    /// Commands that came after their tick.
    pub inputs_late: u32,
    /// Events dropped because the tick had too many.
    pub events_dropped: u32,
    /// Sums over all snapshots.
    pub sums: SnapshotStats,
}

/// What a message from a client turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Handled {
    /// Commands, now in the buffer.
    Input,
    /// The player leaves of their own will.
    Goodbye,
}

/// A player as the operator sees them.
#[derive(Clone, Copy, Debug)]
pub struct PlayerView<'a> {
    /// Seat.
    pub player: PlayerId,
    /// Name.
    pub name: &'a str,
    /// Whether a program plays.
    pub bot: bool,
    /// Points.
    pub score: i32,
    /// Round trip, as the client measured it.
    pub rtt_ms: u16,
    /// How early commands come, smoothed, ticks.
    pub margin_ticks: f32,
}

#[derive(Debug)]
struct Seat<S: Simulation> {
    entry: RosterEntry,
    inputs: InputBuffer<S::Command>,
    viewer: Viewer,
    /// The newest snapshot that the client says it has.
    acked: Option<Tick>,
    view_lag: ViewLag,
    /// Smallest margin since the last report.
    margin_ticks: Option<f32>,
    smooth_margin_ticks: f32,
    reported_at: Tick,
    ping: Option<(Ping, u64)>,
    rtt_ms: u16,
}

/// The authority over one room.
#[derive(Debug)]
pub struct Host<S: Simulation> {
    config: HostConfig,
    scenario: S::Scenario,
    map: <S::Entity as Entity>::Map,
    sim: S,
    tick: Tick,
    tick_at_us: u64,
    seats: Vec<Option<Seat<S>>>,
    history: History<S::Entity>,
    interest: Interest,
    cache: DeltaCache,
    inputs: Vec<PlayerInput<S::Command>>,
    events: Vec<S::Event>,
    visible: BitSet,
    writer: BitWriter,
    packet: InputPacket<S::Command>,
    left: Vec<PlayerId>,
    inputs_late: u32,
    recorder: Option<Recorder<S>>,
}

impl<S: Simulation> Host<S> {
    /// A room that nobody is in yet.
    #[must_use]
    pub fn new(config: HostConfig, scenario: S::Scenario) -> Self {
        let size_units = S::size_units(&scenario);
        Self {
            map: S::map(&scenario),
            sim: S::new(&scenario, config.seed),
            tick: Tick::default(),
            tick_at_us: 0,
            seats: (0..config.max_players).map(|_| None).collect(),
            history: History::default(),
            interest: Interest::new(size_units, config.interest_radius_units),
            cache: DeltaCache::default(),
            inputs: Vec::with_capacity(config.max_players),
            events: Vec::with_capacity(MAX_EVENTS_PER_TICK),
            visible: BitSet::with_capacity(crate::limits::MAX_ENTITIES),
            writer: BitWriter::new(),
            packet: InputPacket::default(),
            left: Vec::new(),
            inputs_late: 0,
            recorder: None,
            config,
            scenario,
        }
    }

    /// The last tick that was stepped.
    #[must_use]
    pub fn tick_number(&self) -> Tick {
        self.tick
    }

    /// The simulation, to look at.
    #[must_use]
    pub fn sim(&self) -> &S {
        &self.sim
    }

    /// The map.
    #[must_use]
    pub fn map(&self) -> &<S::Entity as Entity>::Map {
        &self.map
    }

    /// How many players there are.
    #[must_use]
    pub fn player_count(&self) -> usize {
        self.seats.iter().flatten().count()
    }

    /// Everybody in the room, by seat.
    pub fn players(&self) -> impl Iterator<Item = PlayerView<'_>> {
        self.seats.iter().flatten().map(|seat| PlayerView {
            player: seat.entry.player,
            name: &seat.entry.name,
            bot: seat.entry.bot,
            score: seat.entry.score,
            rtt_ms: seat.rtt_ms,
            margin_ticks: seat.smooth_margin_ticks,
        })
    }

    /// Seats a player whose hello was checked; the welcome and the roster go to the outbox.
    ///
    /// # Errors
    /// [`Refusal::RoomFull`].
    pub fn join(&mut self, hello: &Hello, out: &mut Outbox) -> Result<PlayerId, Refusal> {
        let index = self.seats.iter().position(Option::is_none).ok_or(Refusal::RoomFull)?;
        let player = PlayerId(index as u16);
        let name = self.free_name(&hello.name);
        let entry = RosterEntry { player, name: name.clone(), score: 0, deaths: 0, bot: hello.bot };
        self.sim.join(player, self.tick);
        self.record_happening(Happening::Join(player));
        let size = S::size_units(&self.scenario);
        let centre = Vec2::new(size.0 / 2.0, size.1 / 2.0);
        self.seats[index] = Some(Seat {
            entry: entry.clone(),
            inputs: InputBuffer::default(),
            viewer: Viewer::new(centre, hello.want_checksums),
            acked: None,
            view_lag: ViewLag::default(),
            margin_ticks: None,
            smooth_margin_ticks: 0.0,
            reported_at: self.tick,
            ping: None,
            rtt_ms: 0,
        });
        let welcome = Welcome {
            player,
            name,
            room: self.config.room.clone(),
            tick: self.tick,
            scenario: encode_scenario(&self.scenario),
        };
        let to = Address::Player(player);
        out.push(to, Lane::Reliable, &encode_server(&ServerMessage::Welcome(welcome)));
        let everybody = self.seats.iter().flatten().map(|seat| seat.entry.clone()).collect();
        let roster = RosterChange { changed: everybody, left: Vec::new() };
        out.push(to, Lane::Reliable, &encode_server(&ServerMessage::Roster(roster)));
        // The welcome must come first: the newcomer is already one of everybody, and reads this as no change.
        self.announce(RosterChange { changed: vec![entry], left: Vec::new() }, out);
        Ok(player)
    }

    /// Frees a seat.
    pub fn leave(&mut self, player: PlayerId) {
        if self.seats.get_mut(player.index()).and_then(Option::take).is_some() {
            self.sim.leave(player);
            self.record_happening(Happening::Leave(player));
            self.left.push(player);
        }
    }

    /// Takes in one message of a seated player. Nothing in the world changes before the next tick.
    ///
    /// # Errors
    /// The reason to send the player away, for bytes that an honest client does not send.
    pub fn handle_packet(
        &mut self,
        player: PlayerId,
        now_us: u64,
        bytes: &[u8],
    ) -> Result<Handled, DisconnectReason> {
        if kind_of(bytes) != Some(InboundKind::Stream) {
            return match decode_client(bytes) {
                Ok(ClientMessage::Goodbye) => Ok(Handled::Goodbye),
                Ok(ClientMessage::Hello(_)) => Err(DisconnectReason::OutOfOrder),
                Err(error) => Err(DisconnectReason::BadMessage(error.to_string())),
            };
        }
        let Some(seat) = self.seats.get_mut(player.index()).and_then(Option::as_mut) else {
            return Err(DisconnectReason::OutOfOrder);
        };
        self.packet.read(bytes).map_err(|error| DisconnectReason::BadMessage(error.to_string()))?;
        let newest = widen_tick(self.packet.newest, self.tick);
        let count = self.packet.commands.len() as u32;
        for (n, &command) in self.packet.commands.iter().enumerate() {
            let tick = newest.minus(count - 1 - n as u32);
            if seat.inputs.insert(self.tick, tick, command) == Arrival::Late {
                self.inputs_late += 1;
            }
        }
        seat.take_ack(widen_tick(self.packet.ack, self.tick));
        if count > 0 {
            seat.view_lag.claim(self.packet.view_lag);
            let since_tick = now_us.saturating_sub(self.tick_at_us) as f32 / TICK_MICROS as f32;
            let margin = newest.since(self.tick) as f32 - since_tick;
            seat.margin_ticks = Some(seat.margin_ticks.map_or(margin, |least| least.min(margin)));
        }
        if let Some(ping) = self.packet.ping {
            seat.rtt_ms = ping.rtt_ms;
            seat.ping = Some((ping, now_us));
        }
        Ok(Handled::Input)
    }

    /// Steps once and writes a snapshot for every player that is `ready` to take one.
    pub fn tick(&mut self, now_us: u64, ready: impl Fn(PlayerId) -> bool, out: &mut Outbox) -> TickStats {
        self.tick = self.tick.plus(1);
        self.tick_at_us = now_us;
        let mut stats = TickStats { tick: self.tick, ..TickStats::default() };
        stats.inputs_late = std::mem::take(&mut self.inputs_late);
        self.take_inputs(&mut stats);
        self.events.clear();
        let past = Past::new(&self.history, self.tick);
        self.sim.step(self.tick, &self.inputs, &past, &mut self.events);
        stats.state_hash = self.sim.state_hash();
        stats.events_dropped = self.events.len().saturating_sub(MAX_EVENTS_PER_TICK) as u32;
        self.events.truncate(MAX_EVENTS_PER_TICK);
        self.history.push(self.tick, self.sim.entities());
        self.record_tick();
        self.interest.rebuild(self.sim.entities());
        self.cache.begin_tick();
        for index in 0..self.seats.len() {
            let player = PlayerId(index as u16);
            if self.seats[index].is_none() {
                continue;
            }
            if ready(player) {
                self.write_snapshot(player, now_us, out, &mut stats);
            } else {
                stats.skipped += 1;
            }
        }
        self.update_roster(out);
        stats
    }

    fn take_inputs(&mut self, stats: &mut TickStats) {
        self.inputs.clear();
        for seat in self.seats.iter_mut().flatten() {
            let (command, source) = seat.inputs.take(self.tick);
            stats.inputs[match source {
                Source::Fresh => 0,
                Source::Repeated => 1,
                Source::Neutral => 2,
            }] += 1;
            let lag = seat.view_lag.at(self.tick, seat.viewer.sent(), seat.acked);
            self.inputs.push(PlayerInput { player: seat.entry.player, command, lag });
        }
    }

    fn write_snapshot(&mut self, player: PlayerId, now_us: u64, out: &mut Outbox, stats: &mut TickStats) {
        let Some(seat) = self.seats[player.index()].as_mut() else { return };
        match seat.viewer.baseline(self.tick) {
            Baseline::Nothing => stats.full_first += 1,
            Baseline::TooOld => stats.full_too_old += 1,
            Baseline::Age(_) => {}
        }
        let news = seat.header_news(self.tick, now_us);
        let mut shared = Shared::<S> {
            tick: self.tick,
            table: self.sim.entities(),
            map: &self.map,
            history: &self.history,
            interest: &self.interest,
            events: &self.events,
            cache: &mut self.cache,
            visible: &mut self.visible,
        };
        self.writer.clear();
        let own = self.sim.controlled(player);
        let made = seat.viewer.write_snapshot(&mut shared, own, news, &mut self.writer);
        let bytes = self.writer.finish();
        out.push(Address::Player(player), Lane::Snapshot, bytes);
        stats.snapshots += 1;
        stats.sums.add(&SnapshotStats { bytes: bytes.len() as u32, ..made });
    }

    /// Twice a second: tells everybody whose standing changed and who left.
    fn update_roster(&mut self, out: &mut Outbox) {
        if !self.tick.0.is_multiple_of(ROSTER_TICKS) {
            return;
        }
        let mut change = RosterChange::default();
        // A seat that was taken again at once is in the list as a new player, not as one who left.
        let seats = &self.seats;
        change.left.extend(self.left.drain(..).filter(|player| seats[player.index()].is_none()));
        for seat in self.seats.iter_mut().flatten() {
            let standing = self.sim.standing(seat.entry.player);
            if (standing.score, standing.deaths) != (seat.entry.score, seat.entry.deaths) {
                (seat.entry.score, seat.entry.deaths) = (standing.score, standing.deaths);
                change.changed.push(seat.entry.clone());
            }
        }
        if !change.changed.is_empty() || !change.left.is_empty() {
            self.announce(change, out);
        }
    }

    fn announce(&self, change: RosterChange, out: &mut Outbox) {
        out.push(Address::Everyone, Lane::Reliable, &encode_server(&ServerMessage::Roster(change)));
    }

    /// `wish`, or with a number behind it when somebody has that name.
    fn free_name(&self, wish: &str) -> String {
        let taken = |name: &str| self.seats.iter().flatten().any(|seat| seat.entry.name == name);
        if !taken(wish) {
            return wish.to_owned();
        }
        let numbered = (2..=self.seats.len() + 1).map(|n| {
            let suffix = format!(" {n}");
            let stem: String = wish.chars().take(MAX_NAME_CHARS - suffix.len()).collect();
            format!("{}{suffix}", stem.trim_end())
        });
        numbered.into_iter().find(|name| !taken(name)).unwrap_or_else(|| wish.to_owned())
    }
}

impl<S: Simulation> Seat<S> {
    /// The client has the snapshot of `tick`, if it was ever sent; what it had before it does not unlearn.
    fn take_ack(&mut self, tick: Tick) {
        let sent = self.viewer.sent().is_some_and(|sent| !tick.is_newer(sent));
        if sent && self.acked.is_none_or(|acked| tick.is_newer(acked)) {
            self.acked = Some(tick);
        }
    }

    fn header_news(&mut self, tick: Tick, now_us: u64) -> HeaderNews {
        let mut news = HeaderNews::default();
        if tick.since(self.reported_at) >= REPORT_TICKS as i32 {
            news.margin_ticks = self.margin_ticks.take();
            if let Some(margin) = news.margin_ticks {
                self.reported_at = tick;
                self.smooth_margin_ticks += (margin - self.smooth_margin_ticks) * 0.25;
            }
        }
        news.pong = self.ping.take().map(|(ping, at_us)| {
            let held_ms = (now_us.saturating_sub(at_us) / 1000).min(255) as u8;
            Pong { id: ping.id, held_ms }
        });
        news
    }
}

impl SnapshotStats {
    fn add(&mut self, other: &Self) {
        self.bytes += other.bytes;
        self.visible += other.visible;
        self.entered += other.entered;
        self.left += other.left;
        self.surprised += other.surprised;
        self.header_bits += other.header_bits;
        self.leave_bits += other.leave_bits;
        self.event_bits += other.event_bits;
        self.surprise_bits += other.surprise_bits;
        self.enter_bits += other.enter_bits;
    }
}
