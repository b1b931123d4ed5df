//! A network in virtual time: latency, jitter, loss, reordering and duplication from a seed, in one thread, with no
//! clock and no socket. The same seed gives the same run.

use perigee_shared::ids::PlayerId;
use perigee_shared::netcode::{
    Address, Delivery, Host, HostConfig, Lane, Outbox, Peer, PeerConfig, Simulation, Ticket,
};
use perigee_shared::protocol::{ResumeToken, check_hello, schema_hash};
use perigee_shared::rng::Rng;
use perigee_shared::tick::TICK_HZ;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// The properties of a link.
#[derive(Clone, Copy, Debug)]
pub struct Conditions {
    /// Smallest delay, microseconds.
    pub latency_us: u64,
    /// Random addition to it, at most, microseconds.
    pub jitter_us: u64,
    /// Messages lost in ten thousand. On a stream, a loss is a retransmission: the message arrives, but late.
    pub loss_per_10_000: u32,
    /// Messages that arrive twice, in ten thousand; not on a stream.
    pub twice_per_10_000: u32,
    /// Whether order is kept and nothing is lost, as on a WebSocket.
    pub stream: bool,
}

impl Conditions {
    /// A good line: 20 ms one way, 5 ms jitter.
    #[must_use]
    pub fn good() -> Self {
        Self { latency_us: 20_000, jitter_us: 5_000, loss_per_10_000: 0, twice_per_10_000: 0, stream: true }
    }
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Flying {
    arrives_us: u64,
    number: u64,
    bytes: Vec<u8>,
}

/// One direction of a link.
#[derive(Debug)]
pub struct SimLink {
    conditions: Conditions,
    rng: Rng,
    flying: BinaryHeap<Reverse<Flying>>,
    sent: u64,
    last_arrival_us: u64,
}

impl SimLink {
    /// An empty link.
    #[must_use]
    pub fn new(conditions: Conditions, seed: u64) -> Self {
        Self { conditions, rng: Rng::new(seed), flying: BinaryHeap::new(), sent: 0, last_arrival_us: 0 }
    }

    /// Sends a message that is neither lost nor overtaken, whatever the link's properties: a handshake.
    pub fn send_reliably(&mut self, now_us: u64, bytes: &[u8]) {
        let conditions = self.conditions;
        self.conditions = Conditions { stream: true, ..conditions };
        self.send(now_us, bytes);
        self.conditions = conditions;
    }

    /// Sends a message.
    pub fn send(&mut self, now_us: u64, bytes: &[u8]) {
        let Conditions { latency_us, jitter_us, loss_per_10_000, twice_per_10_000, stream } = self.conditions;
        let mut jitter = || if jitter_us == 0 { 0 } else { u64::from(self.rng.below(jitter_us as u32)) };
        let mut arrives_us = now_us + latency_us + jitter();
        let again_us = now_us + latency_us + jitter();
        if !stream && self.rng.below(10_000) < twice_per_10_000 {
            self.fly(again_us, bytes);
        }
        if self.rng.below(10_000) < loss_per_10_000 {
            if !stream {
                return;
            }
            // One retransmission: a round trip and the sender's timer.
            arrives_us += 2 * latency_us + 40_000;
        }
        if stream {
            arrives_us = arrives_us.max(self.last_arrival_us);
            self.last_arrival_us = arrives_us;
        }
        self.fly(arrives_us, bytes);
    }

    fn fly(&mut self, arrives_us: u64, bytes: &[u8]) {
        self.sent += 1;
        self.flying.push(Reverse(Flying { arrives_us, number: self.sent, bytes: bytes.to_vec() }));
    }

    /// The next message that has arrived by `now`, and when it did.
    pub fn receive(&mut self, now_us: u64) -> Option<(u64, Vec<u8>)> {
        let due = self.flying.peek().is_some_and(|Reverse(flying)| flying.arrives_us <= now_us);
        if !due {
            return None;
        }
        self.flying.pop().map(|Reverse(flying)| (flying.arrives_us, flying.bytes))
    }

    /// The number of messages under way.
    #[must_use]
    pub fn in_flight(&self) -> usize {
        self.flying.len()
    }
}

/// One client in the simulated world.
#[derive(Debug)]
pub struct Client<S: Simulation> {
    /// The client itself.
    pub peer: Peer<S>,
    /// Its seat; `None` before the join and after leaving.
    pub seat: Option<PlayerId>,
    up: SimLink,
    down: SimLink,
    /// The difference of its clock from the server's, microseconds.
    clock_offset_us: u64,
    outbox: Outbox,
    /// The command that it gives.
    pub command: S::Command,
    /// Proves that a later connection is this client's.
    ticket: Ticket,
    /// Until then its program does nothing, and arriving messages wait, microseconds.
    asleep_until_us: u64,
}

/// A host and its clients, joined by simulated links.
#[derive(Debug)]
pub struct World<S: Simulation> {
    /// The authority.
    pub host: Host<S>,
    /// All clients.
    pub clients: Vec<Client<S>>,
    /// Snapshot messages sent.
    pub snapshots_sent: u64,
    /// Their bytes.
    pub snapshot_bytes_sent: u64,
    /// Commands so far that arrived after their tick.
    pub inputs_late: u64,
    now_us: u64,
    ticks: u64,
    /// Until then the host does nothing, microseconds.
    host_asleep_until_us: u64,
    up: Conditions,
    down: Conditions,
    send_every_tick: bool,
    rng: Rng,
    /// Messages that a link may hold before the snapshot lane counts as full.
    lane_messages: usize,
}

/// Virtual time between two checks of the links, microseconds.
const STEP_US: u64 = 1_000;
/// Time between two frames of a client, microseconds: a display of 60 Hz.
const FRAME_US: u64 = 16_000;

impl<S: Simulation> World<S> {
    /// An empty world, whose links to the host are like `up` and from it like `down`. If `down` is not a stream,
    /// snapshots travel as datagrams and build on acknowledged ones; control messages are reliable nevertheless.
    #[must_use]
    pub fn new(
        config: HostConfig,
        scenario: S::Scenario,
        up: Conditions,
        down: Conditions,
        seed: u64,
    ) -> Self {
        Self {
            host: Host::new(config, scenario),
            clients: Vec::new(),
            snapshots_sent: 0,
            snapshot_bytes_sent: 0,
            inputs_late: 0,
            now_us: 0,
            ticks: 0,
            host_asleep_until_us: 0,
            up,
            down,
            send_every_tick: false,
            rng: Rng::new(seed),
            lane_messages: 64,
        }
    }

    /// Now, microseconds of the server's clock.
    #[must_use]
    pub fn now_us(&self) -> u64 {
        self.now_us
    }

    /// From now on new clients send a packet in each tick, with or without news.
    pub fn send_every_tick(&mut self) {
        self.send_every_tick = true;
    }

    /// A client connects and says hello.
    pub fn connect(&mut self, name: &str) -> usize {
        let delivery = if self.down.stream { Delivery::Stream } else { Delivery::Datagrams };
        let config = PeerConfig {
            name: name.into(),
            want_checksums: true,
            bot: true,
            delivery,
            send_every_tick: self.send_every_tick,
            ..PeerConfig::default()
        };
        let token = ResumeToken((self.clients.len() as u128 + 1).to_le_bytes());
        let seeds = (u64::from(self.rng.next_u32()), u64::from(self.rng.next_u32()));
        let mut client = Client {
            peer: Peer::new(config),
            seat: None,
            up: SimLink::new(self.up, seeds.0),
            down: SimLink::new(self.down, seeds.1),
            clock_offset_us: u64::from(self.rng.below(5_000_000)),
            outbox: Outbox::default(),
            command: S::Command::default(),
            ticket: Ticket { token, delivery, belongings: None },
            asleep_until_us: 0,
        };
        client.say_hello(self.now_us);
        self.clients.push(client);
        self.clients.len() - 1
    }

    /// The host stands still for this long, and skips the ticks that it misses.
    pub fn stall_host(&mut self, duration_us: u64) {
        self.host_asleep_until_us = self.now_us + duration_us;
    }

    /// A client's program stands still for this long, as a frozen page or a sleeping machine does; its clock continues.
    pub fn stall_client(&mut self, index: usize, duration_us: u64) {
        self.clients[index].asleep_until_us = self.now_us + duration_us;
    }

    /// A client's connection breaks: messages under way are lost in both directions, and both sides notice.
    pub fn break_connection(&mut self, index: usize) {
        let seeds = (u64::from(self.rng.next_u32()), u64::from(self.rng.next_u32()));
        let client = &mut self.clients[index];
        client.up = SimLink::new(self.up, seeds.0);
        client.down = SimLink::new(self.down, seeds.1);
        client.peer.disconnected();
        if let Some(seat) = client.seat.take() {
            self.host.detach(seat);
        }
    }

    /// A client whose connection broke connects again.
    pub fn reconnect(&mut self, index: usize) {
        self.clients[index].say_hello(self.now_us);
    }

    /// A client's line breaks and its seat is freed at once. The clients behind it move up by one.
    pub fn disconnect(&mut self, index: usize) {
        if let Some(seat) = self.clients.remove(index).seat {
            self.host.leave(seat);
        }
    }

    /// Runs for `duration_us` of virtual time. `decide` gives each client's command before each of its frames.
    ///
    /// # Errors
    /// The error of a client or of the host.
    pub fn run(
        &mut self,
        duration_us: u64,
        mut decide: impl FnMut(usize, &mut Client<S>) -> S::Command,
    ) -> Result<(), String> {
        let end = self.now_us + duration_us;
        while self.now_us < end {
            self.now_us += STEP_US;
            let host_awake = self.now_us >= self.host_asleep_until_us;
            if host_awake {
                self.deliver_up()?;
            }
            if self.now_us >= (self.ticks + 1) * 1_000_000 / u64::from(TICK_HZ) {
                self.ticks += 1;
                if host_awake {
                    self.tick();
                }
            }
            self.deliver_down()?;
            for (index, client) in self.clients.iter_mut().enumerate() {
                let due = (self.now_us + index as u64 * STEP_US).is_multiple_of(FRAME_US);
                if due && self.now_us >= client.asleep_until_us {
                    client.command = decide(index, client);
                    client.frame(self.now_us);
                }
            }
        }
        Ok(())
    }

    fn deliver_up(&mut self) -> Result<(), String> {
        let mut out = Outbox::default();
        for client in &mut self.clients {
            while let Some((at_us, bytes)) = client.up.receive(self.now_us) {
                let Some(seat) = client.seat else {
                    let hello = check_hello(&bytes, std::iter::once(schema_hash::<S>()))
                        .map_err(|refusal| refusal.to_string())?;
                    let seated = self.host.join(&hello, client.ticket, &mut out);
                    client.seat = Some(seated.map_err(|refusal| refusal.to_string())?.player);
                    continue;
                };
                self.host.handle_packet(seat, at_us, &bytes).map_err(|reason| reason.to_string())?;
            }
        }
        self.send_down(&out);
        Ok(())
    }

    fn tick(&mut self) {
        let clients = &self.clients;
        let lane = self.lane_messages;
        let ready = |player| clients.iter().any(|c| c.seat == Some(player) && c.down.in_flight() < lane);
        let mut out = Outbox::default();
        let stats = self.host.tick(self.now_us, ready, &mut out);
        self.inputs_late += u64::from(stats.inputs_late);
        self.send_down(&out);
    }

    fn send_down(&mut self, out: &Outbox) {
        for (to, lane, bytes) in out.iter() {
            if lane == Lane::Snapshot {
                self.snapshots_sent += 1;
                self.snapshot_bytes_sent += bytes.len() as u64;
            }
            for client in &mut self.clients {
                if client.seat.is_some()
                    && (to == Address::Everyone || client.seat.map(Address::Player) == Some(to))
                {
                    match lane {
                        Lane::Snapshot => client.down.send(self.now_us, bytes),
                        Lane::Reliable => client.down.send_reliably(self.now_us, bytes),
                    }
                }
            }
        }
    }

    fn deliver_down(&mut self) -> Result<(), String> {
        let awake = |client: &&mut Client<S>| self.now_us >= client.asleep_until_us;
        for client in self.clients.iter_mut().filter(awake) {
            while let Some((at_us, bytes)) = client.down.receive(self.now_us) {
                // Messages that arrived while it slept are handled when it wakes.
                let now = at_us.max(client.asleep_until_us) + client.clock_offset_us;
                client.peer.handle_packet(now, &bytes).map_err(|error| error.to_string())?;
            }
        }
        Ok(())
    }
}

impl<S: Simulation> Client<S> {
    fn say_hello(&mut self, now_us: u64) {
        self.peer.connected(now_us + self.clock_offset_us, &mut self.outbox);
        for hello in self.outbox.packets() {
            self.up.send_reliably(now_us, hello);
        }
        self.outbox.clear();
    }

    fn frame(&mut self, now_us: u64) {
        self.peer.frame(now_us + self.clock_offset_us, self.command, &mut self.outbox);
        for packet in self.outbox.packets() {
            self.up.send(now_us, packet);
        }
        self.outbox.clear();
    }
}
