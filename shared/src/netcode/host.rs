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
use crate::ids::PlayerId;
use crate::limits::{MAX_EVENTS_PER_TICK, MAX_NAME_CHARS};
use crate::netcode::baseline::Baseline;
use crate::netcode::delta_log::DeltaLog;
use crate::netcode::event_log::EventLog;
use crate::netcode::history::History;
use crate::netcode::input_buffer::Source;
use crate::netcode::interest::Interest;
use crate::netcode::lag_compensation::{Lag, Past};
use crate::netcode::outbox::{Address, Lane, Outbox};
use crate::netcode::overload::Grade;
use crate::netcode::packet::InputPacket;
use crate::netcode::replay::{Happening, Recorder};
use crate::netcode::seat::{Hold, Seat, Ticket};
use crate::netcode::simulation::{Entity, PlayerInput, Simulation};
use crate::netcode::staleness::Ages;
use crate::netcode::viewer::{Scratch, Shared, SnapshotStats};
use crate::protocol::{
    ClientMessage, DisconnectReason, Hello, InboundKind, Refusal, RosterChange, RosterEntry, ServerMessage,
    Welcome, decode_client, encode_scenario, encode_server, encode_server_into, kind_of,
};
use crate::tick::{TICK_HZ, TICK_MICROS, Tick};
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
    /// Most bytes of snapshots a client gets in a second.
    pub budget_bytes_per_s: u32,
    /// Longest wait between two updates of what is at the rim of a view, ticks; 1 tells all at once.
    pub far_interval_ticks: u32,
    /// How far back a hit may lie at the most, milliseconds; 600 is the longest there is.
    pub max_rewind_ms: u32,
    /// How long a seat is kept whose connection broke, milliseconds.
    pub resume_window_ms: u32,
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
        }
    }
}

/// In a full room the seat of a player who has been away for so long may be given to another.
const CLAIMABLE_AFTER_TICKS: i32 = 5 * TICK_HZ as i32;
/// Players in one part of the roster that a newcomer is told: a socket's buffers keep the size of the largest message.
const ROSTER_PART: usize = 32;
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
    /// Clients passed over, by cause: lane full, not their turn, window full, budget spent.
    pub skipped: [u32; 4],
    /// Snapshots that told everything, by cause: nothing known, baseline too old, its view forgotten.
    pub full: [u32; 3],
    /// Commands that were there when needed, repeated, and replaced by none.
    pub inputs: [u32; 3],
    /// Commands that came after their tick.
    pub inputs_late: u32,
    /// Presses dropped because too many waited.
    pub presses_dropped: u32,
    /// Events dropped because the tick had too many.
    pub events_dropped: u32,
    /// How old what clients know is, over all entities that they should see.
    pub ages: Ages,
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

/// A seat that was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seated {
    /// Which.
    pub player: PlayerId,
    /// Whether it was theirs before: an older connection to it, if there is one, is replaced.
    pub resumed: bool,
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
    /// Whether the connection is broken and the seat kept.
    pub absent: bool,
    /// Points.
    pub score: i32,
    /// Round trip, as the client measured it.
    pub rtt_ms: u16,
    /// How early commands come, smoothed, ticks.
    pub margin_ticks: f32,
    /// What the connection is believed to take, bytes a second.
    pub rate_bytes_per_s: u32,
    /// How old what the client knows is, over the entities it should see, since the last call of
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
    seats: Vec<Option<Seat<S::Command>>>,
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
    /// Empty between two uses, as is `message`: both keep their memory.
    roster: RosterChange,
    message: Vec<u8>,
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
            grade: Grade::Normal,
            seats: (0..config.max_players).map(|_| None).collect(),
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
            roster: RosterChange::default(),
            message: Vec::new(),
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
            absent: seat.absent_since().is_some(),
            score: seat.entry.score,
            rtt_ms: seat.rtt_ms,
            margin_ticks: seat.smooth_margin_ticks,
            rate_bytes_per_s: seat.flow.rate_bytes_per_s(),
            ages: seat.ages,
        })
    }

    /// Begins to count ages anew.
    pub fn forget_ages(&mut self) {
        self.seats.iter_mut().flatten().for_each(|seat| seat.ages = Ages::default());
    }

    /// Players who were sent snapshots and have acknowledged none for `ticks`: whoever owns the sockets may end these.
    pub fn unresponsive(&self, ticks: u32) -> impl Iterator<Item = PlayerId> {
        let present = self.seats.iter().flatten().filter(|seat| seat.absent_since().is_none());
        present.filter(move |seat| seat.flow.unheard_ticks(self.tick) > ticks).map(|seat| seat.entry.player)
    }

    /// From now on the room keeps its pace by `grade`; everybody is told.
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

    /// Seats a player whose hello was checked, or gives the seat back that was kept for them; the welcome and the roster
    /// go to the outbox. A wish to resume that fits no seat is a new player.
    ///
    /// # Errors
    /// [`Refusal::RoomFull`].
    pub fn join(&mut self, hello: &Hello, ticket: Ticket, out: &mut Outbox) -> Result<Seated, Refusal> {
        if let Some(player) = self.resume(hello, ticket) {
            self.welcome(player, true, out);
            return Ok(Seated { player, resumed: true });
        }
        let index = self.free_seat().ok_or(Refusal::RoomFull)?;
        let player = PlayerId(index as u16);
        let name = self.free_name(&hello.name);
        let entry = RosterEntry { player, name, score: 0, deaths: 0, bot: hello.bot };
        self.sim.join(player, self.tick);
        self.record_happening(Happening::Join(player));
        let size = S::size_units(&self.scenario);
        let centre = Vec2::new(size.0 / 2.0, size.1 / 2.0);
        let about = (centre, self.config.budget_bytes_per_s, self.tick);
        self.seats[index] = Some(Seat::new(entry.clone(), hello, ticket, about));
        self.welcome(player, false, out);
        // The welcome must come first: the newcomer is already one of everybody, and reads this as no change.
        self.announce(RosterChange { changed: vec![entry], left: Vec::new() }, out);
        Ok(Seated { player, resumed: false })
    }

    /// A seat that nobody has; or in a full room the one whose player has been away the longest, if that is a while: who
    /// plays counts more than who may come back, and closed connections must not keep a room full.
    fn free_seat(&mut self) -> Option<usize> {
        if let Some(index) = self.seats.iter().position(Option::is_none) {
            return Some(index);
        }
        let away = |seat: &Option<Seat<S::Command>>| {
            let since = seat.as_ref()?.absent_since()?;
            Some(self.tick.since(since)).filter(|&ticks| ticks >= CLAIMABLE_AFTER_TICKS)
        };
        let (_, index) =
            self.seats.iter().enumerate().filter_map(|(index, seat)| Some((away(seat)?, index))).max()?;
        self.leave(PlayerId(index as u16));
        Some(index)
    }

    fn resume(&mut self, hello: &Hello, ticket: Ticket) -> Option<PlayerId> {
        let resume = hello.resume?;
        let seat = self.seats.iter_mut().flatten().find(|seat| seat.is_of(&resume))?;
        seat.attach(hello, &resume, ticket.delivery, self.config.budget_bytes_per_s, self.tick);
        let player = seat.entry.player;
        self.sim.set_absent(player, false);
        self.record_happening(Happening::Back(player));
        Some(player)
    }

    fn welcome(&self, player: PlayerId, resumed: bool, out: &mut Outbox) {
        let Some(seat) = &self.seats[player.index()] else { return };
        let welcome = Welcome {
            player,
            name: seat.entry.name.clone(),
            room: self.config.room.clone(),
            tick: self.tick,
            scenario: encode_scenario(&self.scenario),
            token: seat.token(),
            resumed,
            kept_ms: self.config.resume_window_ms,
        };
        let to = Address::Player(player);
        out.push(to, Lane::Reliable, &encode_server(&ServerMessage::Welcome(welcome)));
        let mut seats = self.seats.iter().flatten().map(|seat| seat.entry.clone()).peekable();
        while seats.peek().is_some() {
            let changed = seats.by_ref().take(ROSTER_PART).collect();
            let roster = RosterChange { changed, left: Vec::new() };
            out.push(to, Lane::Reliable, &encode_server(&ServerMessage::Roster(roster)));
        }
        if self.grade != Grade::Normal {
            out.push(to, Lane::Reliable, &self.pace());
        }
    }

    fn pace(&self) -> Vec<u8> {
        let (grade, tick_us) = (self.grade.number(), self.tick_us() as u32);
        encode_server(&ServerMessage::Pace { grade, tick_us })
    }

    /// The player's connection broke: the seat is kept for them as long as the config says, and takes no snapshots.
    pub fn detach(&mut self, player: PlayerId) {
        if let Some(seat) = self.seats.get_mut(player.index()).and_then(Option::as_mut) {
            seat.detach(self.tick);
            self.sim.set_absent(player, true);
            self.record_happening(Happening::Absent(player));
        }
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
        let tick_us = self.tick_us();
        let Some(seat) = self.seats.get_mut(player.index()).and_then(Option::as_mut) else {
            return Err(DisconnectReason::OutOfOrder);
        };
        self.packet.read(bytes).map_err(|error| DisconnectReason::BadMessage(error.to_string()))?;
        let since_tick = now_us.saturating_sub(self.tick_at_us) as f32 / tick_us as f32;
        self.inputs_late += seat.take_packet(&self.packet, self.tick, since_tick, now_us);
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
        for seat in self.seats.iter_mut().flatten() {
            let (input, source, presses_dropped) = seat.take_input(self.tick, longest);
            stats.inputs[match source {
                Source::Fresh => 0,
                Source::Repeated => 1,
                Source::Neutral => 2,
            }] += 1;
            stats.presses_dropped += presses_dropped;
            self.inputs.push(input);
        }
    }

    /// Writes a snapshot for one seat, or counts why not.
    fn serve(
        &mut self,
        index: usize,
        now_us: u64,
        ready: &impl Fn(PlayerId) -> bool,
        out: &mut Outbox,
        stats: &mut TickStats,
    ) {
        let Some(seat) = self.seats[index].as_mut().filter(|seat| seat.absent_since().is_none()) else {
            return;
        };
        let player = seat.entry.player;
        let hold = match seat.may_send(self.tick, self.grade.snapshot_interval_ticks()) {
            _ if !ready(player) => Some(0),
            Err(Hold::Interval) => Some(1),
            Err(Hold::Window) => Some(2),
            Err(Hold::Budget) => Some(3),
            Ok(()) => None,
        };
        match hold {
            Some(cause) => stats.skipped[cause] += 1,
            None => self.write_snapshot(player, now_us, out, stats),
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
        let whose = (self.sim.team(player), self.sim.controlled(player));
        let order = seat.order((self.tick, now_us), whose, self.config.far_interval_ticks);
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
        match baseline {
            Baseline::Age(_) => {}
            Baseline::Nothing => stats.full[0] += 1,
            Baseline::TooOld => stats.full[1] += 1,
            Baseline::Forgotten => stats.full[2] += 1,
        }
        let bytes = self.writer.finish();
        seat.sent(self.tick, bytes.len());
        out.push(Address::Player(player), Lane::Snapshot, bytes);
        stats.snapshots += 1;
        stats.sums.add(&SnapshotStats { bytes: bytes.len() as u32, ..made });
    }

    /// Frees the seats that nobody came back to in time.
    fn free_forsaken(&mut self) {
        if !self.tick.0.is_multiple_of(ROSTER_TICKS) {
            return;
        }
        let kept_ticks = (u64::from(self.config.resume_window_ms) * u64::from(TICK_HZ) / 1000) as i32;
        for index in 0..self.seats.len() {
            let since = self.seats[index].as_ref().and_then(Seat::absent_since);
            if since.is_some_and(|since| self.tick.since(since) >= kept_ticks) {
                self.leave(PlayerId(index as u16));
            }
        }
    }

    /// Twice a second: tells everybody whose standing changed and who left.
    fn update_roster(&mut self, out: &mut Outbox) {
        if !self.tick.0.is_multiple_of(ROSTER_TICKS) {
            return;
        }
        let mut change = std::mem::take(&mut self.roster);
        // A seat that was taken again at once is in the list as a new player, not as one who left.
        let seats = &self.seats;
        change.left.extend(self.left.drain(..).filter(|player| seats[player.index()].is_none()));
        for seat in self.seats.iter_mut().flatten() {
            let standing = self.sim.standing(seat.entry.player);
            if (standing.score, standing.deaths) != (seat.entry.score, seat.entry.deaths) {
                (seat.entry.score, seat.entry.deaths) = (standing.score, standing.deaths);
                // Lent to the message, so that no name is copied.
                change.changed.push(std::mem::take(&mut seat.entry));
            }
        }
        if !change.changed.is_empty() || !change.left.is_empty() {
            change = self.announce(change, out);
        }
        for entry in change.changed.drain(..) {
            if let Some(seat) = self.seats[entry.player.index()].as_mut() {
                seat.entry = entry;
            }
        }
        change.left.clear();
        self.roster = change;
    }

    /// Tells everybody, and gives the change back.
    fn announce(&mut self, change: RosterChange, out: &mut Outbox) -> RosterChange {
        let message = ServerMessage::Roster(change);
        encode_server_into(&message, &mut self.message);
        out.push(Address::Everyone, Lane::Reliable, &self.message);
        match message {
            ServerMessage::Roster(change) => change,
            _ => RosterChange::default(),
        }
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
