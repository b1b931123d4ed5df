//! `make bench-250`: the bytes on the wire that it costs to show one client 250 moving bodies, thirty times a second.
//!
//! The task is that of a public benchmark (KinematicSoup's, where their Reactor needs about 15 kB/s with all headers
//! and others 100 and more): 250 bodies, 30 Hz, one client that sees all, position to 0.01 of a unit, orientation to
//! 0.001, counted over two minutes. Their bodies are rigid, in three dimensions, collide, and accelerate towards random
//! target speeds. These are in the plane and do not collide, with positions in 1/128 unit and angles in 1/8192 turn
//! (0.0008 radians). So compare only orders of magnitude, and compare their figure with the last column.
//!
//! A path does not follow from replicated state. Each body has a driver that is not replicated: a waypoint in a square
//! of 1000 units, a preferred speed, and an inaccurate aim; the driver draws from a generator that the client does not
//! know.
//! - Steered bodies decide at random moments, on average twice or five times a second, on one of 15 rates of turning
//!   and 8 speeds; in between, they move as decided. A body that a player's stick or a behaviour tree moves is like
//!   this. The codec is made for it: it replicates the decision. The code of decisions is uniform, not fitted to
//!   anything.
//! - Restless bodies have no command: noise changes heading and speed in every tick, so the only prediction is the last
//!   velocity. It is the worst case for this codec, and corresponds to a recorded or a physically shaken body.
//!
//! After every tick the client's state is compared with the world. Bytes from the client are not counted.

use glam::Vec2;
use perigee_arena::movement::{heading, heading_turns};
use perigee_shared::hash::StateHasher;
use perigee_shared::ids::PlayerId;
use perigee_shared::netcode::About;
use perigee_shared::netcode::entity::fields::Steering;
use perigee_shared::netcode::entity::pose::shorter_turn;
use perigee_shared::netcode::{
    Command, Entity, EntityTable, Field, Host, HostConfig, Kind, Lane, LoadError, Outbox, Past, Peer,
    PeerConfig, PlayerInput, Pose, PrefixCode, Relevancy, Replicated, Role, Row, Scenario, Simulation,
    Ticket,
};
use perigee_shared::protocol::{ClientMessage, Message};
use perigee_shared::rng::Rng;
use perigee_shared::tick::{TICK_HZ, TICK_MICROS, TICK_SECONDS, Tick};
use serde::{Deserialize, Serialize};
use std::convert::Infallible;

const BODIES: usize = 250;
const WARM_UP_TICKS: u32 = 5 * TICK_HZ;
const COUNTED_TICKS: u32 = 120 * TICK_HZ;

const SIZE_UNITS: f32 = 1000.0;
const QUANTA_PER_UNIT: f32 = 128.0;
const QUANTA_PER_TURN: i32 = 8192;
/// Quanta of speed in a unit/s.
const SPEED_QUANTA: f32 = 16.0;
const SPEEDS: i32 = 8;
/// Difference between two of the speeds to choose from: 6 units/s.
const SPEED_STEP: i32 = 96;
/// Largest change of speed in a tick: 60 units/s in a second.
const ACCELERATION: i32 = 32;
/// Rates of turning in each direction.
const TURNS: i32 = 7;
/// Angle quanta per tick at the first rate; at the last it is half a turn a second.
const TURN_STEP: i32 = 20;
/// Largest noise of a restless body in one tick: 0.5 degrees, and 1 unit/s.
const ANGLE_NOISE: i32 = 11;
const SPEED_NOISE: i32 = 16;

/// The decision of a steered body.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Decision {
    turn: i32,
    speed: i32,
}

impl Decision {
    fn code(self) -> i32 {
        (self.turn + TURNS) * SPEEDS + self.speed
    }

    fn of(code: i32) -> Self {
        Self { turn: code / SPEEDS - TURNS, speed: code % SPEEDS }
    }
}

/// A body, on the wire's grid.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Body {
    /// `None` for a restless body.
    decision: Option<Decision>,
    x: i32,
    y: i32,
    angle: i32,
    speed: i32,
}

const fn predicted(name: &'static str, max: i32, quantum: &'static str) -> Field {
    Field {
        name,
        min: 0,
        max,
        quantum,
        role: Role::Predicted { residual_order: 3, step_log2: 0 },
        common: None,
    }
}

const DECISION: Field = Field {
    name: "decision",
    min: 0,
    max: (2 * TURNS + 1) * SPEEDS - 1,
    quantum: "packed",
    role: Role::Control,
    common: None,
};
const X: Field = predicted("x", (SIZE_UNITS * QUANTA_PER_UNIT) as i32, "1/128 unit");
const Y: Field = Field { name: "y", ..X };
const ANGLE: Field = predicted("angle", QUANTA_PER_TURN - 1, "1/8192 turn");
const SPEED: Field = predicted("speed", (SPEEDS - 1) * SPEED_STEP, "1/16 unit/s");

const SYMBOLS: usize = 2 + DECISION.max as usize + 1;

/// Words of 7 bits, and of 6 where possible: a uniform code.
const fn uniform() -> [u8; SYMBOLS] {
    let mut lengths = [7; SYMBOLS];
    let mut at = 0;
    while at < 128 - SYMBOLS {
        lengths[at] = 6;
        at += 1;
    }
    lengths
}

impl Replicated for Body {
    fn kinds() -> &'static [Kind] {
        const STEERING: Steering = Steering { field: 0, code: &PrefixCode::new(&uniform()) };
        &[
            Kind {
                name: "steered",
                fields: &[DECISION, X, Y, ANGLE, SPEED],
                disturbance: 1 << 3 | 1 << 4,
                steering: Some(STEERING),
                meets: false,
            },
            Kind {
                name: "restless",
                fields: &[X, Y, ANGLE, SPEED],
                disturbance: 1 << 2 | 1 << 3,
                steering: None,
                meets: false,
            },
        ]
    }

    fn kind(&self) -> usize {
        usize::from(self.decision.is_none())
    }

    fn read(&self, row: &mut Row) {
        let state = [self.x, self.y, self.angle, self.speed];
        match self.decision {
            Some(decision) => {
                row[0] = decision.code();
                row[1..5].copy_from_slice(&state);
            }
            None => row[..4].copy_from_slice(&state),
        }
    }

    fn from_row(kind: usize, row: &Row) -> Self {
        let (decision, at) = if kind == 0 { (Some(Decision::of(row[0])), 1) } else { (None, 0) };
        Self { decision, x: row[at], y: row[at + 1], angle: row[at + 2], speed: row[at + 3] }
    }
}

impl Entity for Body {
    type Map = ();

    fn advance(&mut self, (): &()) {
        if let Some(decision) = self.decision {
            self.angle = (self.angle + decision.turn * TURN_STEP) & (QUANTA_PER_TURN - 1);
            let wanted = decision.speed * SPEED_STEP - self.speed;
            self.speed += wanted.clamp(-ACCELERATION, ACCELERATION);
        }
        let way = heading((self.angle * 8) as u16) * (self.speed as f32 / SPEED_QUANTA * TICK_SECONDS);
        let moved = |from: i32, along: f32| {
            (from + (along * QUANTA_PER_UNIT).round_ties_even() as i32).clamp(X.min, X.max)
        };
        (self.x, self.y) = (moved(self.x, way.x), moved(self.y, way.y));
    }

    fn relevancy(&self) -> Relevancy {
        Relevancy::Always
    }

    fn pose(&self) -> Pose {
        let position = Vec2::new(self.x as f32, self.y as f32) / QUANTA_PER_UNIT;
        Pose { position, angle_turns: self.angle as f32 / QUANTA_PER_TURN as f32 }
    }
}

/// The client gives no commands.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Watch;

impl Command for Watch {
    const BITS: u32 = 1;

    fn pack(self) -> u32 {
        0
    }

    fn unpack(code: u32) -> Option<Self> {
        (code == 0).then_some(Self)
    }
}

/// How the bodies move.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
enum Regime {
    /// Each decides in one of so many ticks on average.
    Steered { decides_one_in: u32 },
    /// Noise in every tick.
    #[default]
    Restless,
}

impl Scenario for Regime {}

/// A body's driver. Not replicated.
#[derive(Clone, Copy, Debug)]
struct Driver {
    waypoint: Vec2,
}

#[derive(Debug)]
struct Wanderers {
    regime: Regime,
    rng: Rng,
    table: EntityTable<Body>,
    drivers: Vec<Driver>,
}

impl Wanderers {
    fn waypoint(rng: &mut Rng) -> Vec2 {
        Vec2::new(rng.range(0.05, 0.95), rng.range(0.05, 0.95)) * SIZE_UNITS
    }

    /// By how many turns the heading misses the waypoint; chooses a new waypoint when the body is near it.
    fn misses(rng: &mut Rng, body: &Body, driver: &mut Driver) -> f32 {
        let Pose { position, angle_turns } = body.pose();
        if position.distance(driver.waypoint) < 40.0 {
            driver.waypoint = Self::waypoint(rng);
        }
        shorter_turn(heading_turns(driver.waypoint - position) - angle_turns)
    }

    /// Decides on a random speed and on about the turn that points to the waypoint by the next decision.
    fn decide(rng: &mut Rng, body: &Body, driver: &mut Driver, decides_one_in: u32) -> Decision {
        let off = Self::misses(rng, body, driver) + rng.range(-0.1, 0.1);
        let steps = off * QUANTA_PER_TURN as f32 / (decides_one_in as i32 * TURN_STEP) as f32;
        let turn = (steps.round_ties_even() as i32).clamp(-TURNS, TURNS);
        Decision { turn, speed: 1 + rng.below(SPEEDS as u32 - 1) as i32 }
    }

    /// Adds noise, and a drift towards the waypoint.
    fn shake(rng: &mut Rng, body: &mut Body, driver: &mut Driver) {
        let off = Self::misses(rng, body, driver) * QUANTA_PER_TURN as f32 / TICK_HZ as f32;
        let noise = |rng: &mut Rng, most: i32| rng.below(2 * most as u32 + 1) as i32 - most;
        body.angle = (body.angle + off as i32 + noise(rng, ANGLE_NOISE)) & (QUANTA_PER_TURN - 1);
        body.speed = (body.speed + noise(rng, SPEED_NOISE)).clamp(SPEED.min, SPEED.max);
    }
}

impl Simulation for Wanderers {
    type Command = Watch;
    type Order = ();
    type Entity = Body;
    type Event = Infallible;
    type Scenario = Regime;

    const ABOUT: About = About::named("250 bodies");

    fn map(_: &Regime) {}

    fn size_units(_: &Regime) -> (f32, f32) {
        (SIZE_UNITS, SIZE_UNITS)
    }

    fn new(regime: &Regime, seed: u64) -> Self {
        let mut rng = Rng::new(seed);
        let mut table = EntityTable::with_capacity(BODIES);
        let mut drivers = Vec::new();
        for _ in 0..BODIES {
            let at = Self::waypoint(&mut rng) * QUANTA_PER_UNIT;
            table.spawn(Body {
                decision: matches!(regime, Regime::Steered { .. }).then(Decision::default),
                x: at.x as i32,
                y: at.y as i32,
                angle: rng.below(QUANTA_PER_TURN as u32) as i32,
                speed: 4 * SPEED_STEP,
            });
            drivers.push(Driver { waypoint: Self::waypoint(&mut rng) });
        }
        Self { regime: regime.clone(), rng, table, drivers }
    }

    fn step(&mut self, tick: Tick, _: &[PlayerInput<Watch>], _: &Past<'_, Body>, _: &mut Vec<Infallible>) {
        self.table.begin_tick(tick);
        for ((_, body), driver) in self.table.iter_mut().zip(&mut self.drivers) {
            match self.regime {
                Regime::Steered { decides_one_in } => {
                    if self.rng.chance(1, decides_one_in) {
                        body.decision = Some(Self::decide(&mut self.rng, body, driver, decides_one_in));
                    }
                    body.advance(&());
                }
                Regime::Restless => {
                    body.advance(&());
                    Self::shake(&mut self.rng, body, driver);
                }
            }
        }
    }

    fn entities(&self) -> &EntityTable<Body> {
        &self.table
    }

    fn hash_hidden(&self, hasher: &mut StateHasher) {
        hasher.write_u64(self.rng.state());
    }

    fn save(&self, _: &mut Vec<u8>) {}

    fn load(_: &Regime, _: &[u8]) -> Result<Self, LoadError> {
        Err(LoadError::Contradiction("this match is never saved"))
    }
}

/// Host and client in virtual time, directly connected.
struct LinkModel {
    host: Host<Wanderers>,
    peer: Peer<Wanderers>,
    down: Outbox,
    up: Outbox,
    player: Option<PlayerId>,
    now_us: u64,
}

/// The bytes on the wire.
#[derive(Clone, Copy, Debug, Default)]
struct Bytes {
    packets: u64,
    snapshots: u64,
    framing: u64,
    mispredictions: u64,
}

impl LinkModel {
    fn new(regime: Regime) -> Self {
        let mut line = Self {
            host: Host::new(HostConfig { max_players: 1, ..HostConfig::default() }, regime),
            peer: Peer::new(PeerConfig::default()),
            down: Outbox::default(),
            up: Outbox::default(),
            player: None,
            now_us: 0,
        };
        line.peer.connected(0, &mut line.up);
        line
    }

    fn tick(&mut self) -> Bytes {
        self.now_us += TICK_MICROS;
        for packet in self.up.packets() {
            match self.player {
                Some(player) => drop(self.host.handle_packet(player, self.now_us, packet)),
                None => {
                    let Ok(ClientMessage::Hello(hello)) = ClientMessage::decode(packet) else { continue };
                    let seated = self.host.join(&hello, Ticket::default(), &mut self.down);
                    self.player = seated.ok().map(|seated| seated.player);
                }
            }
        }
        self.up.clear();
        let stats = self.host.tick(self.now_us, |_| true, &mut self.down);
        let mut bytes = Bytes { mispredictions: u64::from(stats.sums.mispredicted), ..Bytes::default() };
        for (_, lane, packet) in self.down.iter() {
            if lane == Lane::Snapshot {
                bytes.packets += 1;
                bytes.snapshots += packet.len() as u64;
                // A server's frame header (RFC 6455): 2 bytes, or 4 from 126 bytes of content on.
                bytes.framing += if packet.len() < 126 { 2 } else { 4 };
            }
            assert!(self.peer.handle_packet(self.now_us, packet).is_ok(), "the client reads what it is sent");
        }
        self.down.clear();
        self.peer.frame(self.now_us, Watch, &mut self.up);
        bytes
    }

    /// After the first snapshots are complete, the client's state is exactly the host's.
    fn check(&self) {
        assert!(self.peer.confirmed().eq(self.host.sim().entities().iter()), "the client holds the world");
    }
}

fn main() {
    tell("regime                              changes/body/s  bits/body  snapshots  + WebSocket  + TCP/IP");
    tell("                                                    and tick        B/s          B/s       B/s");
    for (name, regime) in [
        ("a) decides twice a second", Regime::Steered { decides_one_in: TICK_HZ / 2 }),
        ("b) decides five times a second", Regime::Steered { decides_one_in: TICK_HZ / 5 }),
        ("c) disturbed in every tick", Regime::Restless),
    ] {
        let mut line = LinkModel::new(regime);
        (0..WARM_UP_TICKS).for_each(|_| _ = line.tick());
        let mut all = Bytes::default();
        for _ in 0..COUNTED_TICKS {
            let bytes = line.tick();
            line.check();
            all.packets += bytes.packets;
            all.snapshots += bytes.snapshots;
            all.framing += bytes.framing;
            all.mispredictions += bytes.mispredictions;
        }
        let seconds = f64::from(COUNTED_TICKS / TICK_HZ);
        let per_s = |bytes: u64| bytes as f64 / seconds;
        // IP and TCP headers without options; one packet for each snapshot.
        let headers = all.packets * 40;
        tell(&format!(
            "{name:34} {:15.2} {:10.2} {:10.0} {:12.0} {:9.0}",
            per_s(all.mispredictions) / BODIES as f64,
            all.snapshots as f64 * 8.0 / BODIES as f64 / f64::from(COUNTED_TICKS),
            per_s(all.snapshots),
            per_s(all.snapshots + all.framing),
            per_s(all.snapshots + all.framing + headers),
        ));
    }
}

#[expect(clippy::print_stdout, reason = "the table is this program's output")]
fn tell(text: &str) {
    println!("{text}");
}
