//! The authority over one room: it owns the simulation, accepts input packets, steps, and writes each client's
//! snapshot.
//!
//! Sans-IO. The order of calls, by the owner of the sockets:
//! 1. [`Host::join`] and [`Host::leave`] as players join and leave,
//! 2. [`Host::handle_packet`] for each message that arrived: it only fills that player's input buffer,
//! 3. [`Host::tick`] at each tick's deadline: takes inputs, steps, keeps history, writes snapshots to the outbox.
//!
//! Only `tick` changes the world.

#[cfg(test)]
mod cheats;
mod recording;
mod roster;
mod seating;
mod tick_stats;

use crate::bits::BitWriter;
use crate::ids::PlayerId;
use crate::limits::MAX_EVENTS_PER_TICK;
use crate::netcode::authority::delta_log::DeltaLog;
use crate::netcode::authority::event_log::EventLog;
use crate::netcode::authority::interest::Interest;
use crate::netcode::authority::seat::{Seat, SeatKind};
use crate::netcode::authority::staleness::Ages;
use crate::netcode::authority::viewer::{Scratch, Shared, SnapshotStats};
use crate::netcode::codec::packet::InputPacket;
use crate::netcode::entity::Entity;
use crate::netcode::entity::command::Order;
use crate::netcode::exchange::grade::Grade;
use crate::netcode::exchange::outbox::{Address, Lane, Outbox};
use crate::netcode::replay::{Recorder, ReplayInput};
use crate::netcode::seam::belongings::Departure;
use crate::netcode::seam::input::PlayerInput;
use crate::netcode::seam::simulation::{LoadError, Simulation};
use crate::netcode::seam::standing::Standing;
use crate::netcode::state::history::History;
use crate::netcode::state::past::{Lag, Past};
use crate::protocol::{ClientMessage, DisconnectReason, Inbound, Message, RosterChange, ServerMessage};
use crate::tick::{TICK_MICROS, Tick};
use std::collections::VecDeque;

pub use seating::{Return, Seated};
pub use tick_stats::{FullSnapshots, InputCounts, Skips, TickStats};

/// Usual size of a player's standing in a message, bytes.
const USUAL_STANDING_BYTES: usize = 16;

/// A room's configuration.
#[derive(Clone, Debug)]
pub struct HostConfig {
    /// The room's name.
    pub room: String,
    /// Number of seats.
    pub max_players: usize,
    /// How far a client sees, units.
    pub interest_radius_units: f32,
    /// Seed of the world's random numbers.
    pub seed: u64,
    /// Most bytes of snapshots a client gets in a second.
    pub budget_bytes_per_s: u32,
    /// Longest wait between two updates of entities at the rim of a view, ticks; 1 sends all in each tick.
    pub far_interval_ticks: u32,
    /// How far back a hit may lie, milliseconds; 600 is the maximum.
    pub max_rewind_ms: u32,
    /// How long the seat of a broken connection is kept, milliseconds.
    pub resume_window_ms: u32,
    /// Number of seats for spectators.
    pub max_spectators: usize,
    /// How long the owner of the sockets delays what spectators are sent, milliseconds. Spectators are told this
    /// number.
    pub spectator_delay_ms: u32,
}

impl Default for HostConfig {
    fn default() -> Self {
        Self {
            room: "room".to_owned(),
            max_players: 16,
            interest_radius_units: 600.0,
            seed: 1,
            budget_bytes_per_s: 32_000,
            far_interval_ticks: 1,
            max_rewind_ms: 600,
            resume_window_ms: 30_000,
            max_spectators: 0,
            spectator_delay_ms: 3_000,
        }
    }
}

/// The kind of a message from a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Handled {
    /// Commands, now in the buffer.
    Input,
    /// A request for a full snapshot, sent soon.
    Resync,
    /// An order, for the next tick.
    Order,
    /// A message for the services: the host ignores it.
    Service,
    /// The player leaves voluntarily.
    Goodbye,
}

/// A player as the operator sees them.
#[derive(Clone, Copy, Debug)]
pub struct PlayerView<'a> {
    /// Seat.
    pub player: PlayerId,
    /// Name.
    pub name: &'a str,
    /// Whether a program plays, not a person.
    pub bot: bool,
    /// Whether the connection is broken and the seat kept.
    pub absent: bool,
    /// Their standing.
    pub standing: Standing,
    /// Round trip, as the client measured it.
    pub rtt_ms: u16,
    /// How early their commands arrive, smoothed, ticks.
    pub margin_ticks: f32,
    /// The estimated rate that the connection takes, bytes a second.
    pub rate_bytes_per_s: u32,
    /// The age of what the client knows, over the entities that it should see, since the last call of
    /// [`Host::forget_ages`].
    pub ages: Ages,
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
    grade: Grade,
    seats: Vec<Option<Seat<S::Command, S::Order>>>,
    history: History<S::Entity>,
    interest: Interest,
    deltas: DeltaLog<S::Entity>,
    event_log: EventLog,
    inputs: Vec<PlayerInput<S::Command>>,
    events: Vec<S::Event>,
    scratch: Scratch,
    writer: BitWriter,
    packet: InputPacket<S::Command>,
    left: Vec<PlayerId>,
    /// Not yet taken by the owner; at most [`MAX_UNTAKEN_DEPARTURES`](crate::limits::MAX_UNTAKEN_DEPARTURES).
    departures: VecDeque<Departure>,
    departures_dropped: u32,
    belongings_refused: u32,
    /// Empty between two uses, as is `message`; both keep their memory.
    roster: RosterChange,
    message: Vec<u8>,
    inputs_late: u32,
    recorder: Option<Recorder<S>>,
}

impl<S: Simulation> Host<S> {
    /// An empty room.
    #[must_use]
    pub fn new(config: HostConfig, scenario: S::Scenario) -> Self {
        let size_units = S::size_units(&scenario);
        Self {
            map: S::map(&scenario),
            sim: S::new(&scenario, config.seed),
            tick: Tick::default(),
            tick_at_us: 0,
            grade: Grade::Normal,
            seats: (0..config.max_players + config.max_spectators).map(|_| None).collect(),
            history: History::default(),
            interest: Interest::new(size_units, config.interest_radius_units),
            deltas: DeltaLog::default(),
            event_log: EventLog::default(),
            inputs: Vec::with_capacity(config.max_players),
            events: Vec::with_capacity(MAX_EVENTS_PER_TICK),
            scratch: Scratch::default(),
            writer: BitWriter::new(),
            packet: InputPacket::default(),
            left: Vec::with_capacity(config.max_players),
            departures: VecDeque::with_capacity(config.max_players),
            departures_dropped: 0,
            belongings_refused: 0,
            roster: RosterChange {
                standings: Vec::with_capacity(config.max_players),
                left: Vec::with_capacity(config.max_players),
                ..RosterChange::default()
            },
            message: Vec::with_capacity(config.max_players * USUAL_STANDING_BYTES),
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

    /// The simulation, read only.
    #[must_use]
    pub fn sim(&self) -> &S {
        &self.sim
    }

    /// Loads what an earlier match persisted, before the first tick.
    ///
    /// # Errors
    /// A [`LoadError`] for invalid bytes; then nothing has changed.
    pub fn load_persisted(&mut self, bytes: &[u8]) -> Result<(), LoadError> {
        self.sim.load_persisted(bytes)
    }

    /// The map.
    #[must_use]
    pub fn map(&self) -> &<S::Entity as Entity>::Map {
        &self.map
    }

    /// The events of the last tick.
    #[must_use]
    pub fn events(&self) -> &[S::Event] {
        &self.events
    }

    /// How many players there are, including those that the game itself controls.
    #[must_use]
    pub fn player_count(&self) -> usize {
        self.seats.iter().flatten().filter(|seat| seat.plays()).count()
    }

    /// All players in the room, by seat.
    pub fn players(&self) -> impl Iterator<Item = PlayerView<'_>> {
        self.seats.iter().flatten().filter(|seat| seat.plays()).map(|seat| PlayerView {
            player: seat.entry.player,
            name: &seat.entry.name,
            bot: seat.entry.bot,
            absent: seat.absent_since().is_some(),
            standing: self.sim.standing(seat.entry.player),
            rtt_ms: seat.rtt_ms,
            margin_ticks: seat.smooth_margin_ticks,
            rate_bytes_per_s: seat.flow.rate_bytes_per_s(),
            ages: seat.ages,
        })
    }

    /// The name of the player or spectator in a seat.
    #[must_use]
    pub fn name_of(&self, player: PlayerId) -> Option<&str> {
        self.seats.get(player.index())?.as_ref().map(|seat| seat.entry.name.as_str())
    }

    /// All seats of players and spectators with that name.
    pub fn seats_named(&self, name: &str) -> impl Iterator<Item = PlayerId> {
        self.seats.iter().flatten().filter(move |seat| seat.entry.name == name).map(|seat| seat.entry.player)
    }

    /// Restarts the counting of ages.
    pub fn forget_ages(&mut self) {
        self.seats.iter_mut().flatten().for_each(|seat| seat.ages = Ages::default());
    }

    /// Players who were sent snapshots and have acknowledged none for `ticks`; the owner of the sockets may disconnect
    /// them.
    pub fn unresponsive(&self, ticks: u32) -> impl Iterator<Item = PlayerId> {
        // Snapshots to spectators are delayed, and so are their acknowledgements.
        let is_asked = |seat: &&Seat<_, _>| seat.kind == SeatKind::Player && seat.absent_since().is_none();
        let present = self.seats.iter().flatten().filter(is_asked);
        present.filter(move |seat| seat.flow.unheard_ticks(self.tick) > ticks).map(|seat| seat.entry.player)
    }

    /// Sets the grade by which the room keeps its tick rate, and reports it to all clients.
    pub fn set_grade(&mut self, grade: Grade, out: &mut Outbox) {
        if grade != self.grade {
            self.grade = grade;
            self.interest.set_scale(grade.interest_scale());
            out.push(Address::Everyone, Lane::Reliable, &self.pace());
        }
    }

    /// Real time from one tick to the next.
    #[must_use]
    pub fn tick_us(&self) -> u64 {
        TICK_MICROS * u64::from(self.grade.tick_length_permille()) / 1000
    }

    fn pace(&self) -> Vec<u8> {
        let (grade, tick_us) = (self.grade.number(), self.tick_us() as u32);
        ServerMessage::Pace { grade, tick_us }.encode()
    }

    /// Accepts one message of a seated player. Nothing in the world changes before the next tick.
    ///
    /// # Errors
    /// The reason to disconnect the player, for bytes that an honest client does not send.
    pub fn handle_packet(
        &mut self,
        player: PlayerId,
        now_us: u64,
        bytes: &[u8],
    ) -> Result<Handled, DisconnectReason> {
        if let Some(seat) = self.seats.get_mut(player.index()).and_then(Option::as_mut) {
            seat.keys.arrived();
        }
        match Inbound::of(bytes) {
            Some(Inbound::Packet) => self.take_input(player, now_us, bytes),
            // The caller has already read it and handles it.
            Some(Inbound::Services) => Ok(Handled::Service),
            Some(Inbound::Match) | None => self.take_message(player, bytes),
        }
    }

    fn take_message(&mut self, player: PlayerId, bytes: &[u8]) -> Result<Handled, DisconnectReason> {
        let message = ClientMessage::decode(bytes);
        match message.map_err(|error| DisconnectReason::BadMessage(error.to_string()))? {
            ClientMessage::Goodbye => Ok(Handled::Goodbye),
            ClientMessage::Hello(_) => Err(DisconnectReason::OutOfOrder),
            ClientMessage::Order { number, code } => self.take_order(player, number, code),
            ClientMessage::Resync => {
                self.seats.get_mut(player.index()).into_iter().flatten().for_each(Seat::request_resync);
                Ok(Handled::Resync)
            }
        }
    }

    fn take_input(
        &mut self,
        player: PlayerId,
        now_us: u64,
        bytes: &[u8],
    ) -> Result<Handled, DisconnectReason> {
        let tick_us = self.tick_us();
        let Some(seat) = self.seats.get_mut(player.index()).and_then(Option::as_mut) else {
            return Err(DisconnectReason::OutOfOrder);
        };
        self.packet.read(bytes).map_err(|error| DisconnectReason::BadMessage(error.to_string()))?;
        let since_tick = now_us.saturating_sub(self.tick_at_us) as f32 / tick_us as f32;
        if seat.kind == SeatKind::Player {
            self.inputs_late += seat.take_packet(&self.packet, self.tick, since_tick, now_us);
        }
        Ok(Handled::Input)
    }

    fn take_order(&mut self, player: PlayerId, number: u32, code: u64) -> Result<Handled, DisconnectReason> {
        let bad = |what: &str| DisconnectReason::BadMessage(what.to_owned());
        let order = S::Order::unpack(code).ok_or(bad("there is no such order"))?;
        let seat = self.seats.get_mut(player.index()).and_then(Option::as_mut);
        let seat = seat.filter(|seat| seat.kind == SeatKind::Player).ok_or(DisconnectReason::OutOfOrder)?;
        seat.acted = true;
        if seat.orders.put(number, order) { Ok(Handled::Order) } else { Err(bad("too many orders at once")) }
    }

    /// Passes waiting orders to the simulation, and confirms them to the players.
    fn carry_orders(&mut self, out: &mut Outbox) {
        for index in 0..self.seats.len() {
            let player = PlayerId(index as u16);
            while let Some(order) = self.seats[index].as_mut().and_then(|seat| seat.orders.next()) {
                self.sim.order(player, order);
                self.record_input(ReplayInput::Order(player, order.pack()));
            }
            if let Some(number) = self.seats[index].as_mut().and_then(|seat| seat.orders.take_answer()) {
                ServerMessage::OrdersTaken { number }.encode_into(&mut self.message);
                out.push(Address::Player(player), Lane::Reliable, &self.message);
            }
        }
    }

    /// Steps once and writes a snapshot for every player that is `ready` to receive one.
    pub fn tick(&mut self, now_us: u64, ready: impl Fn(PlayerId) -> bool, out: &mut Outbox) -> TickStats {
        self.tick = self.tick.plus(1);
        self.tick_at_us = now_us;
        let mut stats = TickStats { tick: self.tick, ..TickStats::default() };
        stats.inputs_late = std::mem::take(&mut self.inputs_late);
        stats.departures_dropped = std::mem::take(&mut self.departures_dropped);
        stats.belongings_refused = std::mem::take(&mut self.belongings_refused);
        self.carry_orders(out);
        self.take_inputs(&mut stats);
        self.events.clear();
        let past = Past::new(&self.history, self.tick);
        self.sim.step(self.tick, &self.inputs, &past, &mut self.events);
        stats.state_hash = self.sim.state_hash();
        stats.events_dropped = self.events.len().saturating_sub(MAX_EVENTS_PER_TICK) as u32;
        self.events.truncate(MAX_EVENTS_PER_TICK);
        self.event_log.push(self.tick, &self.events);
        let before = self.history.get(self.tick.minus(1));
        self.deltas.push(self.tick, self.sim.entities(), before, &self.map);
        self.history.push(self.tick, self.sim.entities());
        self.record_tick();
        self.interest.rebuild(self.sim.entities());
        for index in 0..self.seats.len() {
            self.serve(index, now_us, &ready, out, &mut stats);
        }
        self.free_forsaken();
        self.update_roster(out);
        stats
    }

    fn take_inputs(&mut self, stats: &mut TickStats) {
        self.inputs.clear();
        let longest = Lag::from_ms(self.config.max_rewind_ms);
        let interval_ticks = self.grade.snapshot_interval_ticks();
        for seat in self.seats.iter_mut().flatten().filter(|seat| seat.plays()) {
            if seat.kind == SeatKind::Driven {
                self.inputs.push(PlayerInput::plain(seat.entry.player, S::Command::default()));
                continue;
            }
            let (input, source, presses_dropped) = seat.take_input(self.tick, longest, interval_ticks);
            stats.inputs.count(source);
            stats.presses_dropped += presses_dropped;
            self.inputs.push(input);
        }
    }

    /// Writes a snapshot for one seat, or counts the reason why not.
    fn serve(
        &mut self,
        index: usize,
        now_us: u64,
        ready: &impl Fn(PlayerId) -> bool,
        out: &mut Outbox,
        stats: &mut TickStats,
    ) {
        let Some(seat) = self.seats[index].as_mut().filter(|seat| seat.is_served()) else {
            return;
        };
        let player = seat.entry.player;
        let held = seat.may_send(self.tick, self.grade.snapshot_interval_ticks());
        match held {
            _ if !ready(player) => stats.skipped.lane_full += 1,
            Err(hold) => stats.skipped.count(hold),
            Ok(()) => self.write_snapshot(player, now_us, out, stats),
        }
        if let Some(seat) = self.seats[index].as_mut() {
            let mut ages = Ages::default();
            seat.viewer.count_ages(self.tick, &mut ages);
            seat.ages.add(&ages);
            stats.ages.add(&ages);
        }
    }

    fn write_snapshot(&mut self, player: PlayerId, now_us: u64, out: &mut Outbox, stats: &mut TickStats) {
        let Some(seat) = self.seats[player.index()].as_mut() else { return };
        let (team, own) = (self.sim.team(player), self.sim.controlled(player));
        seat.grant_all(self.tick);
        let order = seat.order(self.tick, now_us, team, own, self.config.far_interval_ticks);
        let mut shared = Shared::<S> {
            tick: self.tick,
            table: self.sim.entities(),
            map: &self.map,
            history: &self.history,
            interest: &self.interest,
            events: &self.event_log,
            deltas: &mut self.deltas,
            scratch: &mut self.scratch,
        };
        self.writer.clear();
        let (baseline, made) = seat.viewer.write_snapshot(&mut shared, &order, &mut self.writer);
        stats.full.count(baseline);
        let bytes = self.writer.finish();
        seat.sent(self.tick, bytes.len());
        out.push(Address::Player(player), Lane::Snapshot, bytes);
        stats.snapshots += 1;
        stats.sums.add(&SnapshotStats { bytes: bytes.len() as u32, ..made });
    }
}
