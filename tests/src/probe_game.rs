//! A game for measuring the netcode: bodies that dodge, players who tap a button and shoot at what they see. It counts
//! each tap and each shot, and checks each shot twice: where its target was shown to the shooter, and where it is now.

use perigee_shared::hash::StateHasher;
use perigee_shared::ids::{PlayerId, Slot};
use perigee_shared::limits::MAX_PLAYERS;
use perigee_shared::netcode::{
    About, Arrival, Command, Entity, EntityTable, Field, LastWord, LoadError, Past, PlayerInput, Pose,
    Scenario, Simulation, replicated,
};
use perigee_shared::rng::Rng;
use perigee_shared::tick::{TICK_HZ, Tick};
use serde::{Deserialize, Serialize};
use std::convert::Infallible;

/// Quanta per unit.
const QUANTA: i32 = 64;
/// Side of the square field, units.
pub const FIELD_UNITS: i32 = 1000;
/// How close a shot must be to a body's middle, units.
const BODY_RADIUS_UNITS: f32 = 8.0;
/// Speed of a body along each axis, units/s: half a body's width in a tick.
const SPEED_UNITS_PER_S: i32 = 240;
/// A body turns in one of so many ticks on average.
const TURN_ONE_IN: u32 = 12;
/// Shots are aimed on a grid of this many points per unit.
const AIM_PER_UNIT: f32 = 4.0;
const AIM_BITS: u32 = 12;

/// What a player asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Act {
    /// The button is down.
    pub tap: bool,
    /// Shoots at this point of the aiming grid.
    pub shot: Option<(u16, u16)>,
}

impl Act {
    /// A shot at a position, units.
    #[must_use]
    pub fn shoot_at(x_units: f32, y_units: f32) -> Self {
        let aim = |units: f32| (units * AIM_PER_UNIT).round().clamp(0.0, 4095.0) as u16;
        Self { tap: false, shot: Some((aim(x_units), aim(y_units))) }
    }
}

impl Command for Act {
    const BITS: u32 = 2 + 2 * AIM_BITS;

    fn pack(self) -> u32 {
        let (x, y) = self.shot.unwrap_or_default();
        u32::from(self.tap)
            | u32::from(self.shot.is_some()) << 1
            | u32::from(x) << 2
            | u32::from(y) << (2 + AIM_BITS)
    }

    fn unpack(code: u32) -> Option<Self> {
        let coordinate = |shift: u32| (code >> shift & ((1 << AIM_BITS) - 1)) as u16;
        let shot = (code >> 1 & 1 == 1).then(|| (coordinate(2), coordinate(2 + AIM_BITS)));
        Some(Self { tap: code & 1 == 1, shot })
    }

    fn pressed(self, before: Self) -> Option<Self> {
        let tap = self.tap && !before.tap;
        let shot = self.shot.filter(|_| self.shot != before.shot);
        (tap || shot.is_some()).then_some(Self { tap, shot })
    }
}

replicated! {
    /// A body: a player's, or a target without a player.
    pub struct Body = "body" {
        /// Its player; targets belong to [`NOBODY`].
        pub owner: PlayerId = [Field::constant("owner", (0, MAX_PLAYERS as i32 - 1), "seat")],
        /// Its direction: one of eight, or standing still.
        way: i32 = [Field::control("way", (0, 8))],
        x: i32 = [place("x")],
        y: i32 = [place("y")],
    }
}

/// The owner of targets.
pub const NOBODY: PlayerId = PlayerId(MAX_PLAYERS as u16 - 1);

const fn place(name: &'static str) -> Field {
    Field::predicted(name, (0, FIELD_UNITS * QUANTA), "1/64 unit").order(6)
}

impl Entity for Body {
    type Map = ();

    fn advance(&mut self, (): &()) {
        let step = SPEED_UNITS_PER_S * QUANTA / TICK_HZ as i32;
        let inside = |at: i32| at.clamp(0, FIELD_UNITS * QUANTA);
        self.x = inside(self.x + (self.way % 3 - 1) * step);
        self.y = inside(self.y + (self.way / 3 - 1) * step);
    }

    fn owner(&self) -> Option<PlayerId> {
        Some(self.owner)
    }

    fn pose(&self) -> Pose {
        let units = |at: i32| at as f32 / QUANTA as f32;
        Pose { position: glam::Vec2::new(units(self.x), units(self.y)), angle_turns: 0.0 }
    }
}

/// The number of targets.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ProbeScenario {
    /// Targets.
    pub targets: u32,
}

impl Scenario for ProbeScenario {}

/// The counts of a player.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Presses of the button.
    pub taps: u32,
    /// Shots.
    pub shots: u32,
    /// Shots that hit where the target was shown.
    pub hits: u32,
    /// Shots that would have hit without compensation.
    pub hits_without: u32,
}

/// The game.
#[derive(Debug)]
pub struct Probe {
    rng: Rng,
    table: EntityTable<Body>,
    seats: Vec<Option<Slot>>,
    joining: Vec<PlayerId>,
    counts: Vec<Counts>,
}

impl Probe {
    /// The counts of a player.
    #[must_use]
    pub fn counts(&self, player: PlayerId) -> Counts {
        self.counts[player.index()]
    }

    fn spawn(&mut self, owner: PlayerId) -> Option<Slot> {
        let side = (FIELD_UNITS * QUANTA) as u32;
        let (x, y) = (self.rng.below(side) as i32, self.rng.below(side) as i32);
        self.table.spawn(Body { owner, way: 4, x, y })
    }

    fn check_shot(
        &mut self,
        player: PlayerId,
        (x, y): (u16, u16),
        past: &Past<'_, Body>,
        input: &PlayerInput<Act>,
    ) {
        let aim = glam::Vec2::new(f32::from(x), f32::from(y)) / AIM_PER_UNIT;
        let targets = || self.table.iter().filter(|(_, body)| body.owner == NOBODY);
        let is_near = |pose: Pose| pose.position.distance(aim) <= BODY_RADIUS_UNITS;
        let hit = targets()
            .any(|(slot, _)| past.shown(slot, input.lag, input.known_ago_ticks, &()).is_some_and(is_near));
        let hit_without = targets().any(|(_, body)| is_near(body.pose()));
        let counts = &mut self.counts[player.index()];
        counts.shots += 1;
        counts.hits += u32::from(hit);
        counts.hits_without += u32::from(hit_without);
    }
}

impl Simulation for Probe {
    type Command = Act;
    type Order = ();
    type Entity = Body;
    type Event = Infallible;
    type Scenario = ProbeScenario;

    const ABOUT: About = About::named("probe");

    fn map(_: &ProbeScenario) {}

    fn size_units(_: &ProbeScenario) -> (f32, f32) {
        (FIELD_UNITS as f32, FIELD_UNITS as f32)
    }

    fn new(scenario: &ProbeScenario, seed: u64) -> Self {
        let mut probe = Self {
            rng: Rng::new(seed),
            table: EntityTable::with_capacity(512),
            seats: vec![None; MAX_PLAYERS],
            joining: Vec::new(),
            counts: vec![Counts::default(); MAX_PLAYERS],
        };
        for _ in 0..scenario.targets {
            probe.spawn(NOBODY);
        }
        probe
    }

    fn join(&mut self, player: PlayerId, _tick: Tick, _: Arrival) {
        self.counts[player.index()] = Counts::default();
        self.joining.push(player);
    }

    fn leave(&mut self, player: PlayerId) -> LastWord {
        self.joining.retain(|&other| other != player);
        if let Some(slot) = self.seats[player.index()].take() {
            self.table.remove(slot);
        }
        LastWord::default()
    }

    fn step(
        &mut self,
        tick: Tick,
        inputs: &[PlayerInput<Act>],
        past: &Past<'_, Body>,
        _: &mut Vec<Infallible>,
    ) {
        self.table.begin_tick(tick);
        for player in std::mem::take(&mut self.joining) {
            self.seats[player.index()] = self.spawn(player);
        }
        for (_, body) in self.table.iter_mut() {
            if self.rng.below(TURN_ONE_IN) == 0 && body.owner == NOBODY {
                body.way = self.rng.below(9) as i32;
            }
            body.advance(&());
        }
        for input in inputs {
            let Some(pressed) = input.pressed else { continue };
            self.counts[input.player.index()].taps += u32::from(pressed.tap);
            if let Some(shot) = pressed.shot {
                self.check_shot(input.player, shot, past, input);
            }
        }
    }

    fn entities(&self) -> &EntityTable<Body> {
        &self.table
    }

    fn controlled(&self, player: PlayerId) -> Option<Slot> {
        self.seats[player.index()]
    }

    fn hash_hidden(&self, hasher: &mut StateHasher) {
        hasher.write_u64(self.rng.state());
        for counts in &self.counts {
            hasher.write_u64(u64::from(counts.taps) << 32 | u64::from(counts.shots));
        }
    }

    /// Matches of the probe are never recorded.
    fn save(&self, _out: &mut Vec<u8>) {}

    fn load(_: &ProbeScenario, _: &[u8]) -> Result<Self, LoadError> {
        Err(LoadError::Contradiction("matches of the probe are not kept"))
    }
}
