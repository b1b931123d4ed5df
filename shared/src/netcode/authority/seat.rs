//! One player's seat, as the host keeps it: arriving commands, what was sent, the state of the line, and the token by
//! which the player comes back.

use crate::ids::Slot;
use crate::limits::RESYNC_TICKS;
use crate::netcode::authority::budget::Bucket;
use crate::netcode::authority::flow::Flow;
use crate::netcode::authority::input_buffer::{InputArrival, InputBuffer, Sight, Source};
use crate::netcode::authority::lag_compensation::ViewLag;
use crate::netcode::authority::seat_keys::SeatKeys;
use crate::netcode::authority::staleness::Ages;
use crate::netcode::authority::viewer::{self, Viewer};
use crate::netcode::codec::packet::{InputPacket, Ping, Pong, widen_tick};
use crate::netcode::entity::command::{Command, Order};
use crate::netcode::exchange::delivery::Delivery;
use crate::netcode::exchange::orders::OrderInbox;
use crate::netcode::seam::belongings::Belongings;
use crate::netcode::seam::input::PlayerInput;
use crate::netcode::state::past::Lag;
use crate::protocol::{Hello, ResumeToken, RosterEntry};
use crate::tick::{TICK_SECONDS, Tick};
use glam::Vec2;

/// Ticks between two reports of a client's input margin.
const REPORT_TICKS: i32 = 8;

/// What the server adds to a hello: the token for coming back, and how messages travel.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ticket {
    /// Proves later that a new connection is this player's: random, and sent to no other client.
    pub token: ResumeToken,
    /// How messages reach the client.
    pub delivery: Delivery,
    /// What the player owns, by the server's record; see [`Arrival::belongings`](crate::netcode::Arrival::belongings).
    pub belongings: Option<Belongings>,
}

/// The kind of a seat's owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SeatKind {
    /// A player with a connection.
    Player,
    /// A player that the game itself controls.
    Driven,
    /// A spectator.
    Spectator,
}

/// Why a client gets no snapshot in this tick.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hold {
    /// It is not due: a slow line, or overload.
    Interval,
    /// Too many ticks are unacknowledged.
    Window,
    /// An earlier snapshot is not yet paid for.
    Budget,
}

/// One player's seat.
#[derive(Debug)]
pub(crate) struct Seat<C, O> {
    pub(crate) kind: SeatKind,
    pub(crate) entry: RosterEntry,
    pub(crate) orders: OrderInbox<O>,
    pub(crate) viewer: Viewer,
    pub(crate) keys: SeatKeys,
    /// Whether the game received any input from this seat.
    pub(crate) acted: bool,
    /// Since when the connection has been broken.
    absent_since: Option<Tick>,
    inputs: InputBuffer<C>,
    /// The newest snapshot that the client says it has.
    acked: Option<Tick>,
    /// The last tick stepped before the last packet.
    heard: Tick,
    /// How long the line may have delayed what arrives now, ticks. A line that stalled delivers what it held up at
    /// almost the same time.
    silent_ticks: u32,
    view_lag: ViewLag,
    pub(crate) flow: Flow,
    bucket: Bucket,
    refilled: Tick,
    /// Ages of what the client knows, since the last report.
    pub(crate) ages: Ages,
    /// Smallest margin since the last report.
    margin_ticks: Option<f32>,
    pub(crate) smooth_margin_ticks: f32,
    reported_at: Tick,
    ping: Option<(Ping, u64)>,
    pub(crate) rtt_ms: u16,
    /// Whether the client waits for a full snapshot, and when the last one was granted.
    wants_resync: bool,
    resynced_at: Option<Tick>,
}

impl<C: Command, O: Order> Seat<C, O> {
    pub(crate) fn new(
        kind: SeatKind,
        entry: RosterEntry,
        hello: &Hello,
        ticket: Ticket,
        centre: Vec2,
        budget_bytes_per_s: u32,
        now: Tick,
    ) -> Self {
        Self {
            kind,
            entry,
            orders: OrderInbox::new(),
            viewer: Viewer::new(centre, ticket.delivery, hello.want_checksums),
            keys: SeatKeys::new(ticket.token),
            acted: false,
            absent_since: None,
            inputs: InputBuffer::default(),
            acked: None,
            heard: now,
            silent_ticks: 0,
            view_lag: ViewLag::default(),
            flow: Flow::new(budget_bytes_per_s, now),
            bucket: Bucket::new(budget_bytes_per_s),
            refilled: now,
            ages: Ages::default(),
            margin_ticks: None,
            smooth_margin_ticks: 0.0,
            reported_at: now,
            ping: None,
            rtt_ms: 0,
            wants_resync: false,
            resynced_at: None,
        }
    }

    /// Whether the seat takes part in the match.
    pub(crate) fn plays(&self) -> bool {
        self.kind != SeatKind::Spectator
    }

    /// Whether there is a client to send snapshots to.
    pub(crate) fn is_served(&self) -> bool {
        self.kind != SeatKind::Driven && self.absent_since.is_none()
    }

    /// The client reports that its state is wrong.
    pub(crate) fn request_resync(&mut self) {
        self.wants_resync = true;
    }

    /// Makes the next snapshot a full one, if the client waits for one and did not get one a moment ago. A full
    /// snapshot costs many times what changes in a tick, so clients cannot get them at any rate they like.
    pub(crate) fn grant_all(&mut self, now: Tick) {
        let is_soon = self.resynced_at.is_some_and(|told| now.since(told) < RESYNC_TICKS as i32);
        if self.wants_resync && !is_soon {
            (self.wants_resync, self.resynced_at) = (false, Some(now));
            self.viewer.start_over();
        }
    }

    /// The connection broke.
    pub(crate) fn detach(&mut self, now: Tick) {
        self.absent_since = Some(now);
    }

    /// Since when the connection has been broken, if it is.
    pub(crate) fn absent_since(&self) -> Option<Tick> {
        self.absent_since
    }

    /// A new connection takes over. The earlier commands stay: repeated ones are recognised. The client's claim about
    /// what it has is only used if it came by a token of this seat.
    pub(crate) fn attach(&mut self, hello: &Hello, ticket: Ticket, budget: u32, now: Tick) {
        let came_by = hello.resume.filter(|resume| self.keys.worth(resume.token).is_some());
        self.keys.renew(ticket.token, came_by.map(|resume| resume.token));
        self.absent_since = None;
        let has = came_by.and_then(|resume| resume.tick);
        self.viewer.resume(has, ticket.delivery, hello.want_checksums);
        self.flow = Flow::new(budget, now);
        self.bucket = Bucket::new(budget);
        self.view_lag = ViewLag::default();
        (self.refilled, self.reported_at) = (now, now);
        (self.heard, self.silent_ticks) = (now, 0);
        (self.margin_ticks, self.ping) = (None, None);
    }

    /// Handles a decoded input packet; `since_tick` is the part of a tick that has passed since `stepped`. Returns how
    /// many commands arrived after their tick.
    pub(crate) fn take_packet(
        &mut self,
        packet: &InputPacket<C>,
        stepped: Tick,
        since_tick: f32,
        now_us: u64,
    ) -> u32 {
        let newest = widen_tick(packet.newest, stepped);
        self.take_ack(widen_tick(packet.ack, stepped), stepped, since_tick);
        let elapsed = stepped.since(self.heard).max(0) as u32;
        self.silent_ticks = elapsed.max(self.silent_ticks.saturating_sub(elapsed));
        self.heard = stepped;
        // A player keeps the states they had, whatever the packet with the press claims.
        let sight = Sight {
            view_lag: packet.view_lag,
            known: self.acked,
            arrived: stepped,
            silent_ticks: self.silent_ticks,
        };
        self.acted |= packet.commands.iter().any(|&command| command != C::default());
        let count = packet.commands.len() as u32;
        let mut late = 0;
        for (n, &command) in packet.commands.iter().enumerate() {
            let tick = newest.minus(count - 1 - n as u32);
            let arrival = self.inputs.insert(stepped, tick, command, sight);
            late += u32::from(arrival == InputArrival::Late);
        }
        if count > 0 {
            let margin = newest.since(stepped) as f32 - since_tick;
            self.margin_ticks = Some(self.margin_ticks.map_or(margin, |least| least.min(margin)));
        }
        if let Some(ping) = packet.ping {
            self.rtt_ms = ping.rtt_ms;
            self.ping = Some((ping, now_us));
        }
        late
    }

    /// The client says that it has the snapshot of `tick`. This is ignored if it was never sent, or is older than what
    /// it had.
    fn take_ack(&mut self, tick: Tick, now: Tick, since_tick: f32) {
        if self.viewer.was_sent(tick) && self.acked.is_none_or(|acked| tick.is_newer(acked)) {
            self.acked = Some(tick);
            self.viewer.acknowledged(tick);
            self.flow.acked(tick, now, since_tick);
        }
    }

    /// The simulation's input for `tick`, its source, and how many presses were dropped. The room allows a lag of
    /// `longest` and sends a snapshot every `interval_ticks`.
    pub(crate) fn take_input(
        &mut self,
        tick: Tick,
        longest: Lag,
        interval_ticks: u32,
    ) -> (PlayerInput<C>, Source, u32) {
        let taken = self.inputs.take(tick);
        let usual = self.flow.most_rewind(interval_ticks).min(longest);
        // A press that arrived late was aimed earlier by as much.
        let most = usual.longer_by(taken.late_ticks, longest);
        let sent = self.viewer.sent();
        let lag = self.view_lag.at(tick, taken.view_lag, usual, sent, self.acked);
        let lag = lag.longer_by(taken.late_ticks, most);
        // An extrapolation starts at no older state than the player could have seen: the same bound applies to both.
        let known_ago_ticks =
            taken.known.map_or(0, |known| tick.since(known).clamp(0, most.ticks() as i32)) as u8;
        let player = self.entry.player;
        let input =
            PlayerInput { player, command: taken.command, pressed: taken.pressed, lag, known_ago_ticks };
        (input, taken.source, self.inputs.take_presses_dropped())
    }

    /// Whether to send this client a snapshot of `tick`, when the grade requires `interval` ticks between two.
    pub(crate) fn may_send(&mut self, tick: Tick, interval: u32) -> Result<(), Hold> {
        let rate = self.flow.rate_bytes_per_s();
        let elapsed = tick.since(self.refilled).max(0) as f32 * TICK_SECONDS;
        self.bucket.refill(rate, elapsed);
        self.refilled = tick;
        let interval = interval.max(self.flow.interval_ticks());
        let turn = tick.0.wrapping_add(u32::from(self.entry.player.0));
        if self.viewer.sent().is_some() && !turn.is_multiple_of(interval) {
            return Err(Hold::Interval);
        }
        if self.kind == SeatKind::Player && !self.flow.has_room(tick) {
            return Err(Hold::Window);
        }
        if self.bucket.allowance_bits() == 0 {
            return Err(Hold::Budget);
        }
        Ok(())
    }

    /// The limits of the next snapshot.
    pub(crate) fn order(
        &mut self,
        tick: Tick,
        now_us: u64,
        team: Option<u8>,
        own: Option<Slot>,
        far_interval_ticks: u32,
    ) -> viewer::Order {
        let mut order = viewer::Order {
            player: self.entry.player,
            team,
            sees_all: self.kind == SeatKind::Spectator,
            own,
            margin_ticks: None,
            pong: None,
            allowance_bits: self.bucket.allowance_bits().min(self.flow.most_bytes() * 8),
            far_interval_ticks,
        };
        if tick.since(self.reported_at) >= REPORT_TICKS {
            order.margin_ticks = self.margin_ticks.take();
            if let Some(margin) = order.margin_ticks {
                self.reported_at = tick;
                self.smooth_margin_ticks += (margin - self.smooth_margin_ticks) * 0.25;
            }
        }
        order.pong = self.ping.take().map(|(ping, at_us)| {
            let held_ms = (now_us.saturating_sub(at_us) / 1000).min(255) as u8;
            Pong { id: ping.id, held_ms }
        });
        order
    }

    /// A snapshot of `bytes` was sent.
    pub(crate) fn sent(&mut self, tick: Tick, bytes: usize) {
        self.bucket.spend(bytes);
        if self.kind == SeatKind::Player {
            self.flow.sent(tick, bytes);
        }
    }
}
