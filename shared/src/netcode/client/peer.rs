//! The client: the same code for the browser and the bots.
//!
//! Sans-IO. The order of calls, by the owner of the socket:
//! 1. [`Peer::connected`] once the transport is open,
//! 2. [`Peer::handle_packet`] for each message that arrived,
//! 3. [`Peer::set_uplink_blocked`] whenever the transport stops or starts accepting data,
//! 4. [`Peer::frame`] at least once a display frame or tick: runs the clocks, makes commands, fills the outbox,
//! 5. [`Peer::scene`] for what to show,
//! 6. [`Peer::disconnected`] when the transport broke: after another [`Peer::connected`] the same seat continues.

mod known;
mod receiving;

use crate::ids::PlayerId;
use crate::limits::MAX_COMMANDS_PER_PACKET;
use crate::netcode::client::prediction::{Foreseen, Prediction};
pub use crate::netcode::client::report::{PeerError, PeerStats, PeerStatus};
use crate::netcode::client::scene::{Scene, Seen};
use crate::netcode::client::session::{HeldEntity, PeerSession};
use crate::netcode::client::uplink::{Knowledge, Uplink};
use crate::netcode::entity::Entity;
use crate::netcode::entity::command::Order;
use crate::netcode::exchange::delivery::Delivery;
use crate::netcode::exchange::grade::Grade;
use crate::netcode::exchange::orders::OrderOutbox;
use crate::netcode::exchange::outbox::{Address, Lane, Outbox};
use crate::netcode::seam::simulation::Simulation;
use crate::netcode::state::past::extrapolate;
use crate::protocol::{
    Build, ClientMessage, DeviceToken, Hello, Inbound, Message, PROTOCOL_VERSION, Resume, ResumeToken,
    RosterEntry, ServiceMessage, ServiceRequest, schema_hash,
};
use crate::tick::{TICK_MICROS, Tick};
use std::collections::VecDeque;

/// The configuration of a client: the player, and the room to join.
#[derive(Clone, Debug)]
pub struct PeerConfig {
    /// The requested name.
    pub name: String,
    /// The room, or `any`.
    pub room: String,
    /// Whether each snapshot carries a checksum, which is compared after decoding.
    pub want_checksums: bool,
    /// Whether a program plays, not a person.
    pub bot: bool,
    /// How messages travel.
    pub delivery: Delivery,
    /// The seat of an earlier instance of this client, to resume.
    pub token: Option<ResumeToken>,
    /// The token that identifies the player's device, from an earlier visit.
    pub device: Option<DeviceToken>,
    /// The party to join with; empty for none.
    pub party: String,
    /// Whether to spectate.
    pub spectate: bool,
    /// Whether a packet is sent in every tick, even without news: for comparison.
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

/// A client that fell this many ticks behind restarts its commands instead of giving one for each of these ticks.
const MAX_GAP_TICKS: i32 = 10;
/// Time between two keep-alive packets while the room is paused.
const PAUSED_SEND_US: u64 = 1_000_000;
/// How long to wait for the answer to [`ClientMessage::Resync`]: a round trip, and the server's minimum time between
/// two.
const RESYNC_WAIT_US: u64 = 6_000_000;

/// A client.
#[derive(Debug)]
pub struct Peer<S: Simulation> {
    config: PeerConfig,
    status: PeerStatus,
    session: Option<PeerSession<S>>,
    prediction: Prediction<S>,
    /// Scratch: the predicted entities.
    foreseen: Vec<Foreseen<S::Entity>>,
    roster: Vec<RosterEntry>,
    notices: Vec<String>,
    /// Messages from the services.
    services: VecDeque<ServiceMessage>,
    orders: OrderOutbox<S::Order>,
    /// Numbered, but not yet sent.
    untold: Vec<(u32, S::Order)>,
    paused: bool,
    grade: Grade,
    tick_us: u64,
    stats: PeerStats,
    /// The client's state differs from the server's.
    wants_all: bool,
    asked_for_all_us: Option<u64>,
    hello_at_us: u64,
    handshake_rtt_us: u64,
    frame_at_us: u64,
    /// Since when the next snapshot has been awaited: the last one, the welcome, or the end of a pause.
    heard_at_us: u64,
    command: S::Command,
    uplink: Uplink<S>,
}

impl<S: Simulation> Peer<S> {
    /// A client that is not yet connected.
    #[must_use]
    pub fn new(config: PeerConfig) -> Self {
        Self {
            uplink: Uplink::new(config.send_every_tick),
            config,
            status: PeerStatus::Connecting,
            session: None,
            prediction: Prediction::default(),
            foreseen: Vec::new(),
            roster: Vec::new(),
            notices: Vec::new(),
            services: VecDeque::new(),
            orders: OrderOutbox::new(0),
            untold: Vec::new(),
            paused: false,
            grade: Grade::Normal,
            tick_us: TICK_MICROS,
            stats: PeerStats::default(),
            wants_all: false,
            asked_for_all_us: None,
            hello_at_us: 0,
            handshake_rtt_us: 0,
            frame_at_us: 0,
            heard_at_us: 0,
            command: S::Command::default(),
        }
    }

    /// The transport is open: sends the hello, and asks for its earlier seat, if it had one.
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
        self.send(&ClientMessage::Hello(hello).encode(), out);
    }

    /// The transport broke. The state stays and is shown unchanged; no commands are made until the seat is back.
    ///
    /// The seat's time is counted from the server's last message: the client may notice the break much later than the
    /// server.
    pub fn disconnected(&mut self) {
        let Some(session) = &self.session else { return };
        let keeps = match &self.status {
            PeerStatus::Joined => true,
            PeerStatus::Closed(reason) => reason.keeps_seat(),
            PeerStatus::Connecting | PeerStatus::Lost { .. } => false,
        };
        if keeps {
            let kept_until_us = self.heard_at_us + u64::from(session.kept_ms) * 1000;
            self.status = PeerStatus::Lost { kept_until_us };
        }
    }

    /// Whether the transport accepts data at the moment. While it does not, commands wait and are then sent together.
    pub fn set_uplink_blocked(&mut self, blocked: bool) {
        self.uplink.blocked = blocked;
    }

    /// Gives an order. It is sent with the next [`Self::frame`] and reaches the match exactly once, even if the
    /// connection breaks. Returns false if too many are unconfirmed, or there is no match.
    pub fn order(&mut self, order: S::Order) -> bool {
        if self.session.is_none() {
            return false;
        }
        let number = self.orders.put(order);
        self.untold.extend(number.map(|number| (number, order)));
        number.is_some()
    }

    /// Sends a message to the services; does nothing while not in a room.
    pub fn tell(&mut self, message: &ServiceRequest, out: &mut Outbox) {
        if self.status == PeerStatus::Joined {
            self.send(&message.encode(), out);
        }
    }

    /// The services' messages since the last call, oldest first.
    pub fn service_messages(&mut self) -> impl Iterator<Item = ServiceMessage> {
        self.services.drain(..)
    }

    /// For a spectator: the delay of what is shown, milliseconds.
    #[must_use]
    pub fn spectating(&self) -> Option<u32> {
        self.session.as_ref().and_then(|session| session.spectating)
    }

    /// Tells the server that the player leaves.
    pub fn leave(&mut self, out: &mut Outbox) {
        self.send(&ClientMessage::Goodbye.encode(), out);
    }

    /// Handles one message from the server; any bytes are safe.
    ///
    /// # Errors
    /// What is wrong with it. After an error in a snapshot the connection is unusable: its state is lost.
    pub fn handle_packet(&mut self, now_us: u64, bytes: &[u8]) -> Result<(), PeerError> {
        self.stats.bytes_in += bytes.len() as u64;
        let handled = match Inbound::of(bytes) {
            Some(Inbound::Packet) => self.handle_snapshot(now_us, bytes),
            Some(Inbound::Services) => ServiceMessage::decode(bytes)
                .map(|message| self.keep_for_later(message))
                .map_err(PeerError::from),
            Some(Inbound::Match) | None => self.handle_control(now_us, bytes),
        };
        self.stats.decode_errors += u64::from(handled.is_err());
        if let (Err(PeerError::Snapshot(_)), Some(session)) = (&handled, &mut self.session) {
            // The state is now neither the old nor the new one: only a full snapshot can follow.
            session.tick = None;
        }
        handled
    }

    /// Runs the clocks to `now`. `command` is the player's input; each tick that begins takes it. Messages to send go
    /// to the outbox.
    pub fn frame(&mut self, now_us: u64, command: S::Command, out: &mut Outbox) {
        let dt_s = now_us.saturating_sub(self.frame_at_us) as f64 / 1e6;
        self.frame_at_us = now_us;
        self.command = command;
        self.prediction.ease(dt_s as f32);
        if self.status != PeerStatus::Joined {
            return;
        }
        self.tell_orders(out);
        self.ask_for_all(now_us, out);
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

    /// Changes the first entity in all states that later snapshots build on, so that it differs from the server's.
    #[cfg(test)]
    pub(crate) fn mistake_first(&mut self, change: impl Fn(S::Entity) -> S::Entity) {
        let Some(session) = &mut self.session else { return };
        session.held.first_mut().into_iter().for_each(|held| held.entity = change(held.entity));
        session.mistake_saved(change);
    }

    /// Requests a full snapshot when the state is wrong; once, and again only if that did not help.
    fn ask_for_all(&mut self, now_us: u64, out: &mut Outbox) {
        let is_soon =
            self.asked_for_all_us.is_some_and(|asked| now_us.saturating_sub(asked) < RESYNC_WAIT_US);
        if std::mem::take(&mut self.wants_all) && !is_soon {
            self.asked_for_all_us = Some(now_us);
            self.send(&ClientMessage::Resync.encode(), out);
        }
    }

    fn tell_orders(&mut self, out: &mut Outbox) {
        for (number, order) in std::mem::take(&mut self.untold) {
            self.send(&ClientMessage::Order { number, code: order.pack() }.encode(), out);
        }
    }

    /// Runs the clocks to `now`. Returns the tick to command up to, once the clocks exist.
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

    /// Gives `command` for each tick up to `reached` that has none yet. When the server has been silent for as long as
    /// commands are kept, no more are made: a command that cannot be sent again must not be given.
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

    /// What to show at the moment of the last [`Self::frame`]; `None` until the first snapshot arrived. Returns each
    /// event once.
    pub fn scene(&mut self) -> Option<Scene<'_, S>> {
        let session = self.session.as_mut()?;
        session.tick?;
        let clocks = session.clocks.as_mut()?;
        let (view, predicted) = (clocks.view.view(), clocks.commands.ticks());
        clocks.shown = Some(view);
        let map = &session.map;
        self.foreseen.clear();
        self.prediction.show(predicted, self.command, map, &mut self.foreseen);
        let (mut own, mut others) = (None, Vec::with_capacity(session.held.len()));
        for held in &session.held {
            let is_own = Some(held.slot) == session.own;
            let foreseen = self.foreseen.iter().find(|foreseen| foreseen.slot == held.slot);
            let shown = match foreseen.filter(|foreseen| is_own == foreseen.is_own) {
                Some(foreseen) => Some((foreseen.entity, foreseen.pose)),
                // Without a prediction, after a clock jump or while frames are far apart, the server's last state is
                // shown: the server decides whether there is an own entity.
                None if is_own || is_present(held, session.player) => {
                    let (tick, entity) = held.track.newest();
                    Some(extrapolate(*entity, (predicted - f64::from(tick.0)) as f32, map))
                }
                None => held.track.at(view, map),
            };
            let seen = shown.map(|(entity, pose)| Seen { slot: Some(held.slot), entity, pose });
            if is_own { own = seen } else { others.extend(seen) }
        }
        let gone = session.departing.iter().filter(|(_, held)| !is_present(held, session.player));
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

    fn send(&mut self, bytes: &[u8], out: &mut Outbox) {
        self.stats.bytes_out += bytes.len() as u64;
        out.push(Address::Player(PlayerId::default()), Lane::Reliable, bytes);
    }
}

/// Whether an entity other than the own one is shown in the present: own shots, and predicted entities.
fn is_present<E: Entity>(held: &HeldEntity<E>, player: PlayerId) -> bool {
    held.entity.owner() == Some(player) || held.entity.is_predicted()
}
