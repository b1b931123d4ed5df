//! The client: the same for the browser and the bots.
//!
//! Sans-IO. The order of calls, by whoever owns the socket:
//! 1. [`Peer::connected`] once the transport is open,
//! 2. [`Peer::handle_packet`] for each message that came in,
//! 3. [`Peer::set_uplink_blocked`] whenever the transport does or does not take what was sent before,
//! 4. [`Peer::frame`] at least once a display frame or tick: runs the clocks, makes commands, fills the outbox,
//! 5. [`Peer::scene`] for what to show,
//! 6. [`Peer::disconnected`] when the transport broke: after another [`Peer::connected`] the same seat goes on.

use crate::bits::{BitError, BitReader};
use crate::ids::{PlayerId, Slot};
use crate::limits::{MAX_COMMANDS_PER_PACKET, MAX_SERVICE_MESSAGES};
use crate::netcode::baseline::Delivery;
use crate::netcode::clock::{ArrivalClock, CommandClock};
use crate::netcode::interpolation::{ViewDelay, extrapolate};
use crate::netcode::orders::OrderOutbox;
use crate::netcode::outbox::{Address, Lane, Outbox};
use crate::netcode::overload::Grade;
use crate::netcode::packet::{SnapshotHeader, expect_end};
use crate::netcode::prediction::Prediction;
use crate::netcode::scene::{Scene, Seen};
use crate::netcode::session::{Clocks, Received, Session};
use crate::netcode::simulation::{Entity, Order, Simulation};
use crate::netcode::uplink::{Knowledge, Uplink};
use crate::protocol::{
    Build, ClientMessage, DecodeError, DeviceToken, DisconnectReason, Hello, InboundKind, PROTOCOL_VERSION,
    Resume, ResumeToken, RosterEntry, ServerMessage, Welcome, decode_scenario, decode_server, encode_client,
    kind_of, schema_hash,
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
    /// How messages travel.
    pub delivery: Delivery,
    /// The seat of an earlier life of this client, to go on in.
    pub token: Option<ResumeToken>,
    /// What proves whose device this is, from an earlier visit.
    pub device: Option<DeviceToken>,
    /// The party to come with; empty for none.
    pub party: String,
    /// To look on without a ship.
    pub spectate: bool,
    /// Whether a packet goes out in every tick, even when it says nothing new: for comparison.
    pub send_every_tick: bool,
}

impl Default for PeerConfig {
    fn default() -> Self {
        Self {
            name: "Player".to_owned(),
            room: "any".to_owned(),
            want_checksums: false,
            bot: false,
            delivery: Delivery::Stream,
            token: None,
            device: None,
            party: String::new(),
            spectate: false,
            send_every_tick: false,
        }
    }
}

/// Where the connection stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PeerStatus {
    /// Hello sent, or not yet.
    Connecting,
    /// In the room.
    Joined,
    /// The connection broke; the seat is kept until this moment of the client's clock, microseconds.
    Lost {
        /// Until when.
        kept_until_us: u64,
    },
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
    /// Times the seat was given back after a broken connection.
    pub resumes: u64,
    /// Of these, how often one delta told what had been missed.
    pub resumes_by_delta: u64,
    /// Datagrams that came too late, or twice, or built on one that was lost.
    pub datagrams_unused: u64,
    /// Ticks from one snapshot to the next, smoothed.
    pub snapshot_interval_ticks: f32,
    /// Ticks that got a command.
    pub ticks_commanded: u64,
    /// Ticks that got no command because nothing was heard of the server for so long.
    pub ticks_held: u64,
    /// Entities in view.
    pub visible: usize,
    /// Messages of the services that nobody took in time.
    pub service_messages_dropped: u64,
}

/// A client that fell this many ticks behind begins anew instead of giving commands for all of them.
const MAX_GAP_TICKS: i32 = 10;
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
    /// From the services beside the match.
    services: VecDeque<ServerMessage>,
    orders: OrderOutbox<S::Order>,
    /// Numbered, but not told yet.
    untold: Vec<(u32, S::Order)>,
    paused: bool,
    grade: Grade,
    tick_us: u64,
    stats: PeerStats,
    hello_at_us: u64,
    handshake_rtt_us: u64,
    frame_at_us: u64,
    snapshot_at_us: u64,
    command: S::Command,
    uplink: Uplink<S>,
}

impl<S: Simulation> Peer<S> {
    /// A client that is not connected yet.
    #[must_use]
    pub fn new(config: PeerConfig) -> Self {
        Self {
            uplink: Uplink::new(config.send_every_tick),
            config,
            status: PeerStatus::Connecting,
            session: None,
            prediction: Prediction::default(),
            roster: Vec::new(),
            notices: Vec::new(),
            services: VecDeque::new(),
            orders: OrderOutbox::new(0),
            untold: Vec::new(),
            paused: false,
            grade: Grade::Normal,
            tick_us: TICK_MICROS,
            stats: PeerStats::default(),
            hello_at_us: 0,
            handshake_rtt_us: 0,
            frame_at_us: 0,
            snapshot_at_us: 0,
            command: S::Command::default(),
        }
    }

    /// The transport is open: says hello, and asks for the seat it had, if it had one.
    pub fn connected(&mut self, now_us: u64, out: &mut Outbox) {
        self.hello_at_us = now_us;
        let before = self.config.token.map(|token| Resume { token, tick: None });
        let session = self.session.as_ref();
        let resume = session.map(|session| Resume { token: session.token, tick: session.tick }).or(before);
        let hello = Hello {
            build: Build { protocol: PROTOCOL_VERSION, schema: schema_hash::<S>() },
            name: self.config.name.clone(),
            room: self.room().to_owned(),
            want_checksums: self.config.want_checksums,
            bot: self.config.bot,
            resume,
            device: self.config.device,
            party: self.config.party.clone(),
            spectate: self.config.spectate,
        };
        self.send(&encode_client(&ClientMessage::Hello(hello)), out);
    }

    /// The transport broke. What is held stays, and is shown as it was; no commands are made until the seat is back.
    pub fn disconnected(&mut self, now_us: u64) {
        let Some(session) = &self.session else { return };
        let keeps = match &self.status {
            PeerStatus::Joined => true,
            PeerStatus::Closed(reason) => reason.keeps_seat(),
            PeerStatus::Connecting | PeerStatus::Lost { .. } => false,
        };
        if keeps {
            let kept_until_us = now_us + u64::from(session.kept_ms) * 1000;
            self.status = PeerStatus::Lost { kept_until_us };
        }
    }

    /// The transport does not take any more just now, or does again: then commands wait and travel together.
    pub fn set_uplink_blocked(&mut self, blocked: bool) {
        self.uplink.blocked = blocked;
    }

    /// Gives an order: it goes out with the next [`Self::frame`] and reaches the match once, whatever breaks meanwhile.
    /// False if too many wait for the server's word, or there is no match.
    pub fn order(&mut self, order: S::Order) -> bool {
        if self.session.is_none() {
            return false;
        }
        let number = self.orders.put(order);
        self.untold.extend(number.map(|number| (number, order)));
        number.is_some()
    }

    /// Says something to the services beside the match; nothing while not in a room.
    pub fn tell(&mut self, message: &ClientMessage, out: &mut Outbox) {
        if self.status == PeerStatus::Joined {
            self.send(&encode_client(message), out);
        }
    }

    /// What the services said since the last call, oldest first.
    pub fn service_messages(&mut self) -> impl Iterator<Item = ServerMessage> {
        self.services.drain(..)
    }

    /// For a spectator: how long what is shown was held back, milliseconds.
    #[must_use]
    pub fn spectating(&self) -> Option<u32> {
        self.session.as_ref().and_then(|session| session.spectating)
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
        if let (Err(PeerError::Snapshot(_)), Some(session)) = (&handled, &mut self.session) {
            // What is held is neither the old state nor the new one: only a full snapshot can follow.
            session.tick = None;
        }
        handled
    }

    /// Runs the clocks to `now`. `command` is what the player's hands say; it is taken for each tick that begins. What
    /// is to be sent goes to the outbox.
    pub fn frame(&mut self, now_us: u64, command: S::Command, out: &mut Outbox) {
        let dt_s = now_us.saturating_sub(self.frame_at_us) as f64 / 1e6;
        self.frame_at_us = now_us;
        self.command = command;
        self.prediction.ease(dt_s as f32);
        if self.status != PeerStatus::Joined {
            return;
        }
        self.tell_orders(out);
        let looks_on = self.spectating().is_some();
        if looks_on {
            self.advance_clocks(now_us, dt_s);
        }
        if self.paused || looks_on {
            let knowledge = self.knowledge(now_us);
            self.uplink.say_alive(PAUSED_SEND_US, &self.prediction, &knowledge, &mut self.stats, out);
            return;
        }
        if let Some(reached) = self.advance_clocks(now_us, dt_s) {
            self.command_until(reached, command);
        }
        let knowledge = self.knowledge(now_us);
        self.uplink.send_due(&self.prediction, &knowledge, &mut self.stats, out);
    }

    fn tell_orders(&mut self, out: &mut Outbox) {
        for (number, order) in std::mem::take(&mut self.untold) {
            self.send(&encode_client(&ClientMessage::Order { number, code: order.pack() }), out);
        }
    }

    /// Runs the clocks to `now`. The tick to command up to, once they are there.
    fn advance_clocks(&mut self, now_us: u64, dt_s: f64) -> Option<Tick> {
        let clocks = self.session.as_mut()?.clocks.as_mut()?;
        let server = clocks.arrivals.server_ticks(now_us);
        let (ticks, jumped) = clocks.commands.advance(server, now_us);
        let wait = f64::from(self.stats.snapshot_interval_ticks - 1.0).max(0.0);
        let lateness = clocks.arrivals.usual_lateness_ticks();
        clocks.view.advance(server, lateness + wait, dt_s, clocks.jumped || jumped);
        clocks.jumped = false;
        self.stats.interpolation_delay_ms = (clocks.view.delay_ticks() * self.tick_us as f64 / 1000.0) as f32;
        let reached = Tick(ticks.max(0.0) as u32);
        let newest = self.prediction.newest();
        if jumped || newest.is_some_and(|newest| reached.since(newest) > MAX_GAP_TICKS) {
            self.stats.resyncs += u64::from(jumped);
            self.uplink.begin_anew(&self.prediction);
            self.prediction.restart();
        }
        Some(reached)
    }

    fn knowledge(&self, now_us: u64) -> Knowledge {
        let session = self.session.as_ref();
        let clocks = session.and_then(|session| session.clocks.as_ref());
        Knowledge {
            newest_snapshot: session.and_then(|session| session.tick).unwrap_or_default(),
            shown: clocks.map_or(0.0, |clocks| clocks.shown.unwrap_or_else(|| clocks.view.view())),
            now_us,
            tick_us: self.tick_us,
        }
    }

    /// Gives `command` for each tick up to `reached` that has none yet. When nothing was heard of the server for as long
    /// as commands are kept, no more are made: one that cannot be told again must not be given.
    fn command_until(&mut self, reached: Tick, command: S::Command) {
        let Some(session) = &self.session else { return };
        let first = self.prediction.next_tick(reached);
        let wanted = (reached.since(first) + 1).clamp(0, MAX_COMMANDS_PER_PACKET as i32);
        let known = session.tick.map_or(wanted, |tick| MAX_COMMANDS_PER_PACKET as i32 - first.since(tick));
        let made = wanted.min(known).max(0);
        self.stats.ticks_held += (wanted - made) as u64;
        self.stats.ticks_commanded += made as u64;
        for n in 0..made as u32 {
            self.prediction.command(first.plus(n), command, &session.map);
        }
    }

    /// What to show at the moment of the last [`Self::frame`]; `None` until the first snapshot is in. Hands out each
    /// event once.
    pub fn scene(&mut self) -> Option<Scene<'_, S>> {
        let session = self.session.as_mut()?;
        session.tick?;
        let clocks = session.clocks.as_mut()?;
        let (view, predicted) = (clocks.view.view(), clocks.commands.ticks());
        clocks.shown = Some(view);
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

    /// What opens this client's seat to a later life of it, once joined.
    #[must_use]
    pub fn token(&self) -> Option<ResumeToken> {
        self.session.as_ref().map(|session| session.token)
    }

    /// How the room keeps its pace.
    #[must_use]
    pub fn grade(&self) -> Grade {
        self.grade
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
                for (player, standing) in change.standings {
                    if let Ok(at) = self.roster.binary_search_by_key(&player, |entry| entry.player) {
                        self.roster[at].standing = standing;
                    }
                }
            }
            ServerMessage::Notice(text) => self.notices.push(text),
            ServerMessage::Paused(paused) => self.paused = paused,
            ServerMessage::Goodbye(reason) => self.status = PeerStatus::Closed(reason),
            ServerMessage::Pace { grade, tick_us } => self.set_pace(grade, tick_us),
            ServerMessage::OrdersTaken { number } => self.orders.confirm(number),
            message @ (ServerMessage::Chat(_)
            | ServerMessage::ServiceRefused(_)
            | ServerMessage::Prices(_)
            | ServerMessage::Leaders(_)
            | ServerMessage::Device(_)) => self.keep_for_later(message),
        }
        Ok(())
    }

    fn keep_for_later(&mut self, message: ServerMessage) {
        if self.services.len() == MAX_SERVICE_MESSAGES {
            self.services.pop_front();
            self.stats.service_messages_dropped += 1;
        }
        self.services.push_back(message);
    }

    fn set_pace(&mut self, grade: u8, tick_us: u32) {
        self.grade = Grade::numbered(grade).unwrap_or_default();
        self.tick_us = u64::from(tick_us).clamp(TICK_MICROS / 4, TICK_MICROS * 4);
        if let Some(clocks) = self.session.as_mut().and_then(|session| session.clocks.as_mut()) {
            clocks.arrivals.set_tick_us(self.tick_us, self.frame_at_us);
            clocks.commands.set_tick_us(self.tick_us);
        }
    }

    fn begin_session(&mut self, now_us: u64, welcome: Welcome) -> Result<(), PeerError> {
        self.handshake_rtt_us = now_us.saturating_sub(self.hello_at_us);
        self.stats.rtt_ms = self.handshake_rtt_us as f32 / 1000.0;
        self.status = PeerStatus::Joined;
        self.roster.clear();
        self.set_pace(0, TICK_MICROS as u32);
        if welcome.resumed
            && let Some(session) = &mut self.session
        {
            session.token = welcome.token;
            session.clocks = None;
            self.stats.resumes += 1;
            self.orders.confirm(welcome.orders_taken);
            self.untold = self.orders.unconfirmed().collect();
            self.uplink.begin_anew(&self.prediction);
            return Ok(());
        }
        self.uplink.forget();
        self.orders = OrderOutbox::new(welcome.orders_taken);
        self.untold.clear();
        let scenario: S::Scenario = decode_scenario(&welcome.scenario)?;
        self.prediction = Prediction::default();
        self.session = Some(Session::new(welcome, S::map(&scenario), scenario, self.config.delivery));
        Ok(())
    }

    fn handle_snapshot(&mut self, now_us: u64, bytes: &[u8]) -> Result<(), PeerError> {
        let Some(session) = self.session.as_mut() else {
            // A datagram may overtake the welcome.
            let overtakes = self.config.delivery == Delivery::Datagrams;
            self.stats.datagrams_unused += u64::from(overtakes);
            return if overtakes { Ok(()) } else { Err(PeerError::NotJoined) };
        };
        let mut reader = BitReader::new(bytes);
        let header = match session.read_snapshot(&mut reader)? {
            Received::Applied(header) => header,
            Received::Overtaken | Received::WithoutBaseline => {
                self.stats.datagrams_unused += 1;
                return Ok(());
            }
        };
        if self.config.want_checksums && reader.read_bool()? {
            let theirs = reader.read(32)?;
            self.stats.state_mismatches += u64::from(theirs != session.checksum());
        }
        expect_end(&mut reader)?;
        session.tidy();
        self.stats.visible = session.held.len();
        self.count_snapshot(&header, now_us);
        self.steer_clocks(&header, now_us);
        let Some(session) = self.session.as_mut() else { return Ok(()) };
        let own = session.own.and_then(|slot| Some((slot, *session.find(slot)?)));
        self.prediction.reconcile(header.tick, own, &session.map);
        self.stats.mispredictions = self.prediction.mispredictions();
        Ok(())
    }

    fn count_snapshot(&mut self, header: &SnapshotHeader, now_us: u64) {
        self.stats.full_snapshots += u64::from(header.age.is_none());
        if self.stats.snapshots > 0 {
            self.stats.snapshot_interval_ms = now_us.saturating_sub(self.snapshot_at_us) as f32 / 1000.0;
        }
        self.stats.snapshots += 1;
        self.snapshot_at_us = now_us;
        let resumed = self.session.as_ref().is_some_and(|session| session.clocks.is_none());
        if let Some(age) = header.age {
            self.stats.resumes_by_delta += u64::from(resumed);
            // On datagrams the age is that of the baseline, not the time since the last snapshot.
            let interval = if self.config.delivery == Delivery::Stream { age.min(8) } else { 1 };
            let smooth = &mut self.stats.snapshot_interval_ticks;
            *smooth += (interval as f32 - *smooth) * 0.1;
        }
        let round_ms = header.pong.and_then(|pong| self.uplink.answered(pong, now_us));
        self.stats.rtt_ms = round_ms.unwrap_or(self.stats.rtt_ms);
    }

    fn steer_clocks(&mut self, header: &SnapshotHeader, now_us: u64) {
        let Some(session) = self.session.as_mut() else { return };
        let rtt_us = (self.stats.rtt_ms * 1000.0) as u64;
        let handshake_rtt_us = self.handshake_rtt_us.min(1_000_000);
        let tick_us = self.tick_us;
        let clocks = session.clocks.get_or_insert_with(|| {
            let arrivals = ArrivalClock::new(header.tick, now_us, tick_us);
            let commands = CommandClock::new(f64::from(header.tick.0), handshake_rtt_us, now_us, tick_us);
            Clocks { arrivals, commands, view: ViewDelay::new(), shown: None, jumped: true }
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

    fn send(&mut self, bytes: &[u8], out: &mut Outbox) {
        self.stats.bytes_out += bytes.len() as u64;
        out.push(Address::Player(PlayerId::default()), Lane::Reliable, bytes);
    }
}
