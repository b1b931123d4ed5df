//! The tiny game that the netcode is tested with: balls on a line that are pushed, bounce off the ends, and sometimes
//! get a random kick that no predictor foresees.

use crate::bits::{BitError, BitReader, BitWriter};
use crate::hash::StateHasher;
use crate::ids::{PlayerId, Slot};
use crate::limits::MAX_PLAYERS;
use crate::netcode::seam::belongings::LastWord;
use crate::netcode::{
    About, Arrival, Audience, Command, Entity, EntityTable, Event, Field, LoadError, Past, PlayerInput, Pose,
    Relevancy, Scenario, Simulation, replicated,
};
use crate::rng::Rng;
use crate::tick::Tick;
use glam::Vec2;
use serde::{Deserialize, Serialize};

/// Push left, not at all, or right; and tap, which is counted.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Push {
    pub(crate) x: i8,
    pub(crate) tap: bool,
}

impl Command for Push {
    const BITS: u32 = 3;

    fn pack(self) -> u32 {
        (self.x + 1) as u32 * 2 + u32::from(self.tap)
    }

    fn unpack(code: u32) -> Option<Self> {
        (code < 6).then(|| Self { x: (code / 2) as i8 - 1, tap: code % 2 == 1 })
    }

    fn pressed(self, before: Self) -> Option<Self> {
        (self.tap && !before.tap).then_some(self)
    }
}

replicated! {
    /// A ball on a line of `LENGTH` quanta.
    pub(crate) struct Ball = "ball" {
        pub(crate) owner: PlayerId = [Field::constant("owner", (0, 2047), "seat")],
        pub(crate) push: Push = [Field::control("push", (0, 5))],
        pub(crate) x: i32 = [Field::predicted("x", (0, LENGTH), "1")],
        pub(crate) v: i32 = [Field::predicted("v", (-3000, 3000), "1/tick").often(0)],
        /// How often its player tapped.
        pub(crate) taps: i32 = [Field::predicted("taps", (0, 1_000_000), "tap").order(0).often(0)],
    }
    .disturbing(&["v"])
    .meeting()
}

impl Ball {
    /// Owners that decide the toy's relevancy: their balls are visible to everyone, to player 2, to team 7.
    pub(crate) const BEACON: u16 = 2000;
    pub(crate) const SECRET_OF_2: u16 = 2001;
    pub(crate) const TEAM_7: u16 = 2002;
    /// The owner of the ball that is shown in the present.
    pub(crate) const SHARED: u16 = 2003;
}

const LENGTH: i32 = 100_000;
const BALLS: usize = 256;
/// The owner of the loose balls.
const NOBODY: PlayerId = PlayerId(2047);

impl Entity for Ball {
    type Map = ();

    fn advance(&mut self, _map: &()) {
        self.v = (self.v + i32::from(self.push.x) * 20).clamp(-600, 600);
        self.x += self.v;
        if self.x < 0 || self.x > LENGTH {
            self.x = self.x.clamp(0, LENGTH);
            self.v = -self.v;
        }
    }

    fn meet(&self, other: &Self, (): &()) -> Option<(Self, Self)> {
        let near = (self.x - other.x).abs() < 300 && (self.x - other.x) * (self.v - other.v) < 0;
        near.then_some((Self { v: other.v, ..*self }, Self { v: self.v, ..*other }))
    }

    fn owner(&self) -> Option<PlayerId> {
        Some(if self.owner.0 == Self::SECRET_OF_2 { PlayerId(2) } else { self.owner })
    }

    fn relevancy(&self) -> Relevancy {
        match self.owner.0 {
            Self::BEACON => Relevancy::Always,
            Self::SECRET_OF_2 => Relevancy::Owner,
            Self::TEAM_7 => Relevancy::Team(7),
            _ => Relevancy::Near,
        }
    }

    fn is_predicted(&self) -> bool {
        self.owner.0 == Self::SHARED
    }

    fn pose(&self) -> Pose {
        Pose { position: Vec2::new(self.x as f32 / 100.0, 0.0), angle_turns: 0.0 }
    }
}

/// A ball got a kick.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Kicked(pub(crate) Slot);

impl Event for Kicked {
    fn audience(&self) -> Audience {
        Audience::Sees(self.0)
    }

    fn encode(&self, writer: &mut BitWriter) {
        writer.write(u32::from(self.0.0), 13);
    }

    fn decode(reader: &mut BitReader<'_>) -> Result<Self, BitError> {
        Ok(Self(Slot(reader.read(13)? as u16)))
    }
}

/// The scenario: how often the toy is disturbed, and by what.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ToyScenario {
    /// A ball is kicked in one of this many ticks on average; 0 is never.
    pub(crate) kick_one_in: u32,
    /// Balls without an owner.
    pub(crate) loose: u32,
    /// Whether balls that meet exchange their speeds.
    pub(crate) elastic: bool,
}

impl ToyScenario {
    /// One ball that all players share and push.
    pub(crate) const SHARED_BALL: Self = Self { kick_one_in: 0, loose: SHARED_BALL, elastic: true };
}

/// The number of loose balls that means a single shared one.
const SHARED_BALL: u32 = 1_000;

impl Scenario for ToyScenario {
    fn check(&self) -> Result<(), String> {
        if self.loose <= SHARED_BALL { Ok(()) } else { Err(format!("loose = {}", self.loose)) }
    }
}

/// Balls on a line.
#[derive(Debug)]
pub(crate) struct Toy {
    scenario: ToyScenario,
    rng: Rng,
    table: EntityTable<Ball>,
    seats: Vec<Option<Slot>>,
    waiting: Vec<PlayerId>,
}

impl Simulation for Toy {
    type Command = Push;
    type Order = ();
    type Entity = Ball;
    type Event = Kicked;
    type Scenario = ToyScenario;

    const ABOUT: About = About::named("toy");

    fn map(_: &ToyScenario) {}

    fn size_units(_: &ToyScenario) -> (f32, f32) {
        (LENGTH as f32 / 100.0, 1.0)
    }

    fn new(scenario: &ToyScenario, seed: u64) -> Self {
        let mut rng = Rng::new(seed);
        let mut table = EntityTable::with_capacity(BALLS);
        if scenario.loose == SHARED_BALL {
            let owner = PlayerId(Ball::SHARED);
            table.spawn(Ball { owner, push: Push::default(), x: LENGTH / 2 + 6_100, v: 0, taps: 0 });
        }
        for _ in 0..scenario.loose % SHARED_BALL {
            let (x, v) = (rng.below(LENGTH as u32) as i32, rng.below(800) as i32 - 400);
            table.spawn(Ball { owner: NOBODY, push: Push::default(), x, v, taps: 0 });
        }
        Self { scenario: scenario.clone(), rng, table, seats: vec![None; MAX_PLAYERS], waiting: Vec::new() }
    }

    fn join(&mut self, player: PlayerId, _tick: Tick, _: Arrival) {
        self.waiting.push(player);
    }

    fn leave(&mut self, player: PlayerId) -> LastWord {
        self.waiting.retain(|&other| other != player);
        if let Some(slot) = self.seats[player.index()].take() {
            self.table.remove(slot);
        }
        LastWord::default()
    }

    fn step(
        &mut self,
        tick: Tick,
        inputs: &[PlayerInput<Push>],
        _past: &Past<'_, Ball>,
        events: &mut Vec<Kicked>,
    ) {
        self.table.begin_tick(tick);
        for player in self.waiting.drain(..) {
            let ball = Ball { owner: player, push: Push::default(), x: LENGTH / 2, v: 0, taps: 0 };
            self.seats[player.index()] = self.table.spawn(ball);
        }
        for input in inputs {
            if let Some(ball) = self.seats[input.player.index()].and_then(|slot| self.table.get_mut(slot)) {
                ball.push = input.command;
                ball.taps += i32::from(input.pressed.is_some_and(|pressed| pressed.tap));
            }
        }
        for (_, ball) in self.table.iter_mut() {
            ball.advance(&());
        }
        if self.scenario.elastic {
            self.let_meet();
        }
        for (slot, ball) in self.table.iter_mut() {
            if self.scenario.kick_one_in > 0 && self.rng.below(self.scenario.kick_one_in) == 0 {
                ball.v = (ball.v + self.rng.below(400) as i32 - 200).clamp(-600, 600);
                events.push(Kicked(slot));
            }
        }
    }

    fn entities(&self) -> &EntityTable<Ball> {
        &self.table
    }

    fn controlled(&self, player: PlayerId) -> Option<Slot> {
        self.seats[player.index()]
    }

    fn hash_hidden(&self, hasher: &mut StateHasher) {
        hasher.write_u64(self.rng.state());
    }

    fn save(&self, out: &mut Vec<u8>) {
        let mut writer = BitWriter::new();
        writer.write_u64(self.rng.state());
        self.table.save(&mut writer);
        writer.write_exp_golomb(self.waiting.len() as u32, 0);
        for player in &self.waiting {
            writer.write(u32::from(player.0), PlayerId::BITS);
        }
        out.extend_from_slice(writer.finish());
    }

    fn load(scenario: &ToyScenario, bytes: &[u8]) -> Result<Self, LoadError> {
        let mut reader = BitReader::new(bytes);
        let rng = Rng::from_state(reader.read_u64()?);
        let table = EntityTable::<Ball>::load(BALLS, &mut reader)?;
        let waiting = (0..reader.read_exp_golomb(0)?)
            .map(|_| reader.read(PlayerId::BITS).map(|seat| PlayerId(seat as u16)))
            .collect::<Result<_, _>>()?;
        reader.end()?;
        let mut seats = vec![None; MAX_PLAYERS];
        let is_seated = |ball: &Ball| ball.owner != NOBODY && !ball.is_predicted();
        for (slot, ball) in table.iter().filter(|(_, ball)| is_seated(ball)) {
            if seats[ball.owner.index()].replace(slot).is_some() {
                return Err(LoadError::Contradiction("two balls of one player"));
            }
        }
        Ok(Self { scenario: scenario.clone(), rng, table, seats, waiting })
    }

    fn foresee(entities: &mut [Ball], _: Option<usize>, (): &()) {
        entities.iter_mut().for_each(|ball| ball.advance(&()));
        for n in 0..entities.len() {
            for other in n + 1..entities.len() {
                if let Some((a, b)) = entities[n].meet(&entities[other], &()) {
                    (entities[n], entities[other]) = (a, b);
                    break;
                }
            }
        }
    }

    fn with_command(entity: Ball, command: Push) -> Ball {
        Ball { push: command, ..entity }
    }
}

impl Toy {
    /// Each ball meets the first one after it that it touches.
    fn let_meet(&mut self) {
        let slots: Vec<Slot> = self.table.iter().map(|(slot, _)| slot).collect();
        for (n, &slot) in slots.iter().enumerate() {
            for &other in &slots[n + 1..] {
                let both = self.table.get(slot).copied().zip(self.table.get(other).copied());
                let met = both.and_then(|(a, b)| a.meet(&b, &()));
                if let Some((a, b)) = met
                    && let Some(place) = self.table.get_mut(slot)
                {
                    *place = a;
                    if let Some(place) = self.table.get_mut(other) {
                        *place = b;
                    }
                    break;
                }
            }
        }
    }
}
