//! The client: the same for the browser and the bots.
//!
//! Sans-IO. The order of calls, by whoever owns the socket:
//! 1. [`Peer::connected`] once the transport is open,
//! 2. [`Peer::handle_packet`] for each message that came in,
//! 3. [`Peer::frame`] at least once a display frame or tick: runs the clocks, makes commands, fills the outbox,
//! 4. [`Peer::scene`] for what to show.

use crate::bits::{BitError, BitReader, BitWriter};
use crate::ids::{PlayerId, Slot};
use crate::limits::MAX_COMMANDS_PER_PACKET;
use crate::netcode::clock::{ArrivalClock, CommandClock};
use crate::netcode::interpolation::{ViewDelay, extrapolate};
use crate::netcode::outbox::{Address, Lane, Outbox};
use crate::netcode::packet::{InputPacket, Ping, SnapshotHeader, TICK_FRACTIONS, expect_end};
use crate::netcode::prediction::Prediction;
use crate::netcode::scene::{Scene, Seen};
use crate::netcode::session::{Clocks, Session};
use crate::netcode::simulation::{Entity, Simulation};
use crate::protocol::{
    Build, ClientMessage, DecodeError, DisconnectReason, Hello, InboundKind, PROTOCOL_VERSION, RosterEntry,
    ServerMessage, Welcome, decode_scenario, decode_server, encode_client, kind_of, schema_hash,
};
use crate::tick::{TICK_MICROS, Tick};
use std::collections::VecDeque;
use thiserror::Error;

/// Who joins where.
#[derive(Clone, Debug)]
pub struct PeerConfig {
    /// The wish for a name.
    pub name: String,
    /// The room, or `any`.
    pub room: String,
    /// Whether each snapshot shall carry a checksum, compared after decoding.
    pub want_checksums: bool,
    /// Whether a program plays.
    pub bot: bool,
}

/// Where the connection stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PeerStatus {
    /// Hello sent, or not yet.
    Connecting,
    /// In the room.
    Joined,
    /// The server said goodbye, and why.
    Closed(DisconnectReason),
}

/// What is wrong with a message from the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum PeerError {
    /// A control message that is none.
    #[error("control message: {0}")]
    Control(#[from] DecodeError),
    /// A snapshot that cannot be decoded.
    #[error("snapshot: {0}")]
    Snapshot(#[from] BitError),
    /// A message before the welcome.
    #[error("a message came before the welcome")]
    NotJoined,
}

/// Figures for the net graph and the bots' reports.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PeerStats {
    /// Round trip of the last ping, milliseconds, the server's hold taken off.
    pub rtt_ms: f32,
    /// Mean lateness of snapshots against the quiet network, milliseconds.
    pub jitter_ms: f32,
    /// Message bytes received.
    pub bytes_in: u64,
    /// Message bytes handed to the transport.
    pub bytes_out: u64,
    /// Input packets handed to the transport.
    pub packets_out: u64,
    /// Snapshots received.
    pub snapshots: u64,
    /// Snapshots that told everything.
    pub full_snapshots: u64,
    /// Time between the last two snapshots, milliseconds.
    pub snapshot_interval_ms: f32,
    /// How early commands arrive at the server, by its last report, ticks.
    pub buffered_inputs: f32,
    /// How often the server's state of the own entity differed from the prediction.
    pub mispredictions: u64,
    /// How far in the past others are shown, milliseconds.
    pub interpolation_delay_ms: f32,
    /// Messages that could not be decoded.
    pub decode_errors: u64,
    /// Snapshots whose checksum differed from the state after decoding.
    pub state_mismatches: u64,
    /// Clock jumps after stalls.
    pub resyncs: u64,
    /// Entities in view.
    pub visible: usize,
}

/// Ticks between two pings.
const PING_TICKS: u32 = 30;
/// A packet goes out at the latest this many ticks after the last, even if the command stays the same.
const QUIET_SEND_TICKS: u32 = 3;
/// Time between two signs of life while the room stands still.
const PAUSED_SEND_US: u64 = 1_000_000;

/// A client.
#[derive(Debug)]
pub struct Peer<S: Simulation> {
    config: PeerConfig,
    status: PeerStatus,
    session: Option<Session<S>>,
    prediction: Prediction<S>,
    roster: Vec<RosterEntry>,
    notices: Vec<String>,
    paused: bool,
    stats: PeerStats,
    hello_at_us: u64,
    handshake_rtt_us: u64,
    frame_at_us: u64,
    snapshot_at_us: u64,
    sent_at_us: u64,
    sent_tick: Option<Tick>,
    sent_command: S::Command,
    command: S::Command,
    ping: Option<(u8, u64)>,
    pinged_at: Option<Tick>,
    next_ping: u8,
    writer: BitWriter,
    packet: InputPacket<S::Command>,
}

impl<S: Simulation> Peer<S> {
    /// A client that is not connected yet.
    #[must_use]
    pub fn new(config: PeerConfig) -> Self {
        Self {
            config,
            status: PeerStatus::Connecting,
            session: None,
            prediction: Prediction::default(),
            roster: Vec::new(),
            notices: Vec::new(),
            paused: false,
            stats: PeerStats::default(),
            hello_at_us: 0,
            handshake_rtt_us: 0,
            frame_at_us: 0,
            snapshot_at_us: 0,
            sent_at_us: 0,
            sent_tick: None,
            sent_command: S::Command::default(),
            command: S::Command::default(),
            ping: None,
            pinged_at: None,
            next_ping: 0,
            writer: BitWriter::new(),
            packet: InputPacket::default(),
        }
    }

    /// The transport is open: says hello.
    pub fn connected(&mut self, now_us: u64, out: &mut Outbox) {
        self.hello_at_us = now_us;
        let hello = Hello {
            build: Build { protocol: PROTOCOL_VERSION, schema: schema_hash::<S>() },
            name: self.config.name.clone(),
            room: self.config.room.clone(),
            want_checksums: self.config.want_checksums,
            bot: self.config.bot,
        };
        self.send(&encode_client(&ClientMessage::Hello(hello)), out);
    }

    /// Tells the server that the player leaves.
    pub fn leave(&mut self, out: &mut Outbox) {
        self.send(&encode_client(&ClientMessage::Goodbye), out);
    }

    /// Takes in one message from the server; any bytes are safe.
    ///
    /// # Errors
    /// What is wrong with it. The connection is of no use after an error in a snapshot: its state is lost.
    pub fn handle_packet(&mut self, now_us: u64, bytes: &[u8]) -> Result<(), PeerError> {
        self.stats.bytes_in += bytes.len() as u64;
        let handled = match kind_of(bytes) {
            Some(InboundKind::Stream) => self.handle_snapshot(now_us, bytes),
            _ => self.handle_control(now_us, bytes),
        };
        self.stats.decode_errors += u64::from(handled.is_err());
        handled
    }

    /// Runs the clocks to `now`. `command` is what the player's hands say; it is taken for each tick that begins. What
    /// is to be sent goes to the outbox.
    pub fn frame(&mut self, now_us: u64, command: S::Command, out: &mut Outbox) {
        let dt_s = now_us.saturating_sub(self.frame_at_us) as f64 / 1e6;
        self.frame_at_us = now_us;
        self.command = command;
        self.prediction.ease(dt_s as f32);
        let Some(session) = self.session.as_mut() else { return };
        let Some(clocks) = session.clocks.as_mut() else { return };
        if self.paused {
            if now_us.saturating_sub(self.sent_at_us) >= PAUSED_SEND_US {
                self.send_inputs(0, now_us, out);
            }
            return;
        }
        let server = clocks.arrivals.server_ticks(now_us);
        let (ticks, jumped) = clocks.commands.advance(server, now_us);
        clocks.view.advance(server, clocks.arrivals.peak_ticks(), dt_s, clocks.jumped || jumped);
        clocks.jumped = false;
        self.stats.interpolation_delay_ms = (clocks.view.delay_ticks() * TICK_MICROS as f64 / 1000.0) as f32;
        let reached = Tick(ticks.max(0.0) as u32);
        if jumped {
            self.stats.resyncs += 1;
            self.prediction.restart();
            self.sent_tick = None;
        }
        let first = self.prediction.newest().map_or(reached, |newest| newest.plus(1));
        let new_ticks = (reached.since(first) + 1).clamp(0, MAX_COMMANDS_PER_PACKET as i32) as u32;
        for n in 0..new_ticks {
            self.prediction.command(first.plus(n), command, &session.map);
        }
        if new_ticks > 0 {
            let newest = first.plus(new_ticks - 1);
            let unsent = self.sent_tick.map_or(1, |sent| newest.since(sent).max(0) as u32);
            let changed = self.sent_tick.is_none() || command != self.sent_command;
            if changed || unsent >= QUIET_SEND_TICKS {
                self.send_inputs(unsent, now_us, out);
            }
        }
    }

    /// What to show at the moment of the last [`Self::frame`]; `None` until the first snapshot is in. Hands out each
    /// event once.
    pub fn scene(&mut self) -> Option<Scene<'_, S>> {
        let session = self.session.as_mut()?;
        session.tick?;
        let clocks = session.clocks.as_ref()?;
        let (view, predicted) = (clocks.view.view(), clocks.commands.ticks());
        let map = &session.map;
        let own = self.prediction.shown(predicted, self.command, map);
        let own = own.map(|(slot, entity, pose)| Seen { slot: Some(slot), entity, pose });
        let mut others = Vec::with_capacity(session.held.len());
        for held in session.held.iter().filter(|held| Some(held.slot) != session.own) {
            let shown = if held.entity.owner() == Some(session.player) {
                let (tick, entity) = held.track.newest();
                Some(extrapolate(*entity, (predicted - f64::from(tick.0)) as f32, map))
            } else {
                held.track.at(view, map)
            };
            others.extend(shown.map(|(entity, pose)| Seen { slot: Some(held.slot), entity, pose }));
        }
        let gone = session.departing.iter().filter(|(_, held)| held.entity.owner() != Some(session.player));
        for (_, held) in gone {
            let shown = held.track.at(view, map);
            others.extend(shown.map(|(entity, pose)| Seen { slot: Some(held.slot), entity, pose }));
        }
        let fraction = (predicted - libm::floor(predicted)) as f32;
        for child in self.prediction.offspring() {
            let (entity, pose) = extrapolate(*child, fraction, map);
            others.push(Seen { slot: None, entity, pose });
        }
        let mut events = Vec::new();
        while session.events.front().is_some_and(|(tick, _)| f64::from(tick.0) <= view) {
            events.extend(session.events.pop_front().map(|(_, event)| event));
        }
        session.departing.retain(|(tick, _)| f64::from(tick.0) > view);
        Some(Scene {
            me: session.player,
            scenario: &session.scenario,
            map,
            own,
            others,
            events,
            roster: &self.roster,
            view_tick: view,
            predicted_tick: predicted,
        })
    }

    /// Where the connection stands.
    #[must_use]
    pub fn status(&self) -> &PeerStatus {
        &self.status
    }

    /// Figures.
    #[must_use]
    pub fn stats(&self) -> &PeerStats {
        &self.stats
    }

    /// Lines from the admin since the last call.
    pub fn notices(&mut self) -> Vec<String> {
        std::mem::take(&mut self.notices)
    }

    /// Whether the room stands still.
    #[must_use]
    pub fn paused(&self) -> bool {
        self.paused
    }

    /// The room joined, or wished for.
    #[must_use]
    pub fn room(&self) -> &str {
        self.session.as_ref().map_or(&self.config.room, |session| &session.room)
    }

    /// The name granted, or wished for.
    #[must_use]
    pub fn name(&self) -> &str {
        self.session.as_ref().map_or(&self.config.name, |session| &session.name)
    }

    /// When the last snapshot came, by the clock of `now_us`.
    #[must_use]
    pub fn last_snapshot_us(&self) -> u64 {
        self.snapshot_at_us
    }

    /// The newest snapshot's tick.
    #[must_use]
    pub fn newest_snapshot(&self) -> Option<Tick> {
        self.session.as_ref().and_then(|session| session.tick)
    }

    /// The newest tick that was commanded.
    #[must_use]
    pub fn newest_command(&self) -> Option<Tick> {
        self.prediction.newest()
    }

    /// The own entity by the newest snapshot: the server's word, not the prediction.
    #[must_use]
    pub fn own_confirmed(&self) -> Option<&S::Entity> {
        let session = self.session.as_ref()?;
        session.find(session.own?)
    }

    /// All entities by the newest snapshot.
    pub fn confirmed(&self) -> impl Iterator<Item = (Slot, &S::Entity)> {
        self.session.iter().flat_map(|session| session.held.iter().map(|held| (held.slot, &held.entity)))
    }

    /// The map, once joined.
    #[must_use]
    pub fn map(&self) -> Option<&<S::Entity as Entity>::Map> {
        self.session.as_ref().map(|session| &session.map)
    }

    /// The seat, once joined.
    #[must_use]
    pub fn player(&self) -> Option<PlayerId> {
        self.session.as_ref().map(|session| session.player)
    }

    fn handle_control(&mut self, now_us: u64, bytes: &[u8]) -> Result<(), PeerError> {
        match decode_server(bytes)? {
            ServerMessage::Welcome(welcome) => self.begin_session(now_us, welcome)?,
            ServerMessage::Roster(change) => {
                self.roster.retain(|entry| {
                    !change.left.contains(&entry.player)
                        && !change.changed.iter().any(|new| new.player == entry.player)
                });
                self.roster.extend(change.changed);
                self.roster.sort_by_key(|entry| entry.player);
            }
            ServerMessage::Notice(text) => self.notices.push(text),
            ServerMessage::Paused(paused) => self.paused = paused,
            ServerMessage::Goodbye(reason) => self.status = PeerStatus::Closed(reason),
        }
        Ok(())
    }

    fn begin_session(&mut self, now_us: u64, welcome: Welcome) -> Result<(), PeerError> {
        let scenario: S::Scenario = decode_scenario(&welcome.scenario)?;
        self.handshake_rtt_us = now_us.saturating_sub(self.hello_at_us);
        self.stats.rtt_ms = self.handshake_rtt_us as f32 / 1000.0;
        self.status = PeerStatus::Joined;
        self.roster.clear();
        self.session = Some(Session {
            player: welcome.player,
            room: welcome.room,
            name: welcome.name,
            map: S::map(&scenario),
            scenario,
            held: Vec::new(),
            departing: Vec::new(),
            own: None,
            tick: None,
            events: VecDeque::new(),
            clocks: None,
        });
        Ok(())
    }

    fn handle_snapshot(&mut self, now_us: u64, bytes: &[u8]) -> Result<(), PeerError> {
        let session = self.session.as_mut().ok_or(PeerError::NotJoined)?;
        let mut reader = BitReader::new(bytes);
        let header = session.read_snapshot(&mut reader)?;
        if self.config.want_checksums {
            let theirs = reader.read(32)?;
            self.stats.state_mismatches += u64::from(theirs != session.checksum());
        }
        expect_end(&mut reader)?;
        session.tidy();
        self.stats.visible = session.held.len();
        self.stats.full_snapshots += u64::from(header.full);
        if self.stats.snapshots > 0 {
            self.stats.snapshot_interval_ms = now_us.saturating_sub(self.snapshot_at_us) as f32 / 1000.0;
        }
        self.stats.snapshots += 1;
        self.snapshot_at_us = now_us;
        if let Some(pong) = header.pong
            && let Some((_, sent_us)) = self.ping.take_if(|(id, _)| *id == pong.id)
        {
            let round_us = now_us.saturating_sub(sent_us);
            self.stats.rtt_ms = (round_us as f32 / 1000.0 - f32::from(pong.held_ms)).max(0.0);
        }
        self.steer_clocks(&header, now_us);
        let Some(session) = self.session.as_mut() else { return Ok(()) };
        let own = session.own.and_then(|slot| Some((slot, *session.find(slot)?)));
        self.prediction.reconcile(header.tick, own, &session.map);
        self.stats.mispredictions = self.prediction.mispredictions();
        Ok(())
    }

    fn steer_clocks(&mut self, header: &SnapshotHeader, now_us: u64) {
        let Some(session) = self.session.as_mut() else { return };
        let rtt_us = (self.stats.rtt_ms * 1000.0) as u64;
        let handshake_rtt_us = self.handshake_rtt_us.min(1_000_000);
        let clocks = session.clocks.get_or_insert_with(|| {
            let arrivals = ArrivalClock::new(header.tick, now_us);
            let commands = CommandClock::new(f64::from(header.tick.0), handshake_rtt_us, now_us);
            Clocks { arrivals, commands, view: ViewDelay::new(), jumped: true }
        });
        if clocks.arrivals.arrived(header.tick, now_us) {
            clocks.jumped = true;
            self.stats.resyncs += 1;
        }
        if let Some(margin) = header.margin_ticks {
            clocks.commands.reported(margin, rtt_us, now_us);
            self.stats.buffered_inputs = margin;
        }
        self.stats.jitter_ms = clocks.arrivals.jitter_ms();
    }

    /// Sends the newest `count` commands, and older ones that the server cannot have stepped yet.
    fn send_inputs(&mut self, count: u32, now_us: u64, out: &mut Outbox) {
        let Some(session) = self.session.as_ref() else { return };
        let newest = self.prediction.newest().unwrap_or_default();
        let acked = session.tick.unwrap_or_default();
        let unconfirmed = newest.since(acked).clamp(0, MAX_COMMANDS_PER_PACKET as i32) as u32;
        self.packet.commands.clear();
        if count > 0 {
            let want = count.max(unconfirmed).min(MAX_COMMANDS_PER_PACKET as u32);
            let commands = (0..want).rev().map_while(|n| self.prediction.command_at(newest.minus(n)));
            self.packet.commands.extend(commands);
        }
        self.packet.newest = newest.0 as u16;
        self.packet.ack = acked.0 as u16;
        let view = session.clocks.as_ref().map_or(0.0, |clocks| clocks.view.view());
        let lag = (f64::from(newest.0) - view) * f64::from(TICK_FRACTIONS);
        self.packet.view_lag = lag.clamp(0.0, 1023.0) as u16;
        let due = self.pinged_at.is_none_or(|at| !(0..PING_TICKS as i32).contains(&newest.since(at)));
        self.packet.ping =
            due.then(|| Ping { id: self.next_ping, rtt_ms: self.stats.rtt_ms.min(4095.0) as u16 });
        if due {
            self.ping = Some((self.next_ping, now_us));
            self.pinged_at = Some(newest);
            self.next_ping = self.next_ping.wrapping_add(1);
        }
        self.writer.clear();
        self.packet.write(&mut self.writer);
        let bytes = self.writer.finish().to_vec();
        self.sent_tick = Some(newest);
        self.sent_command = self.command;
        self.sent_at_us = now_us;
        self.stats.packets_out += 1;
        self.send(&bytes, out);
    }

    fn send(&mut self, bytes: &[u8], out: &mut Outbox) {
        self.stats.bytes_out += bytes.len() as u64;
        out.push(Address::Player(PlayerId::default()), Lane::Reliable, bytes);
    }
}
