//! Discs that push each other about and fetch coins: the smallest whole game.
//!
//! - the rules: this file; `bot`: how programs play
//! - what is seen and heard: `view`

mod bot;
pub mod view;

use glam::IVec2;
use perigee_shared::bits::{BitError, BitReader, BitWriter};
use perigee_shared::ids::{PlayerId, Slot};
use perigee_shared::limits::MAX_PLAYERS;
use perigee_shared::netcode::{
    About, Arrival, Audience, Command, Controls, Entity, EntityTable, Event, Field, Icon, KindAbout, LastWord,
    LoadError, Merge, NoScenario, Past, PlayerInput, Pose, Relevancy, Simulation, Standing, Statistic,
    Statistics, replicated,
};
use perigee_shared::rng::Rng;
use perigee_shared::tick::Tick;

/// Quanta of the wire's grid in a unit.
const QUANTA: i32 = 64;
/// Side of the square field, quanta.
const SIDE: i32 = 640 * QUANTA;
/// Radius of a disc and of a coin, quanta.
const DISC: i32 = 24 * QUANTA;
const COIN: i32 = 10 * QUANTA;
/// What a push adds to the speed in a tick, and the highest speed, quanta a tick.
const PUSH: i32 = 26;
const MAX_SPEED: i32 = 512;
/// Coins that lie about.
const COINS: usize = 3;

/// What a player asks for: -1, 0 or 1 along each axis, and whether to brake.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Push {
    /// Left, or right.
    pub x: i8,
    /// Down, or up.
    pub y: i8,
    /// To stand still.
    pub brake: bool,
}

impl Command for Push {
    const BITS: u32 = 5;

    fn pack(self) -> u32 {
        ((self.x + 1) * 3 + self.y + 1) as u32 + 9 * u32::from(self.brake)
    }

    fn unpack(code: u32) -> Option<Self> {
        let (x, y) = (code % 9 / 3, code % 3);
        (code < 18).then(|| Self { x: x as i8 - 1, y: y as i8 - 1, brake: code >= 9 })
    }
}

const fn place(name: &'static str) -> Field {
    Field::predicted(name, (0, SIDE), "1/64 unit")
}

const fn speed(name: &'static str) -> Field {
    Field::predicted(name, (-MAX_SPEED, MAX_SPEED), "1/64 unit/tick").often(0)
}

replicated! {
    /// A player's disc.
    pub struct Disc = "disc" {
        /// Whose it is.
        pub owner: PlayerId = [Field::constant("owner", (0, MAX_PLAYERS as i32 - 1), "seat")],
        /// What they asked for last.
        pub push: Push = [Field::control("push", (0, 17))],
        /// Where its middle is, quanta.
        pub at: IVec2 = [place("x"), place("y")],
        /// How fast it is, quanta a tick.
        pub velocity: IVec2 = [speed("vx"), speed("vy")],
    }
    .disturbing(&["vx", "vy"])
    .meeting()
}

replicated! {
    /// A coin. It lies where it lies.
    pub struct Coin = "coin" {
        /// Where its middle is, quanta.
        pub at: IVec2 = [
            Field::constant("x", (0, SIDE), "1/64 unit"),
            Field::constant("y", (0, SIDE), "1/64 unit"),
        ],
    }
}

replicated! {
    /// All that there is.
    pub enum Thing {
        /// A player's disc.
        Disc(Disc),
        /// A coin.
        Coin(Coin),
    }
}

impl Entity for Thing {
    type Map = ();

    fn advance(&mut self, (): &()) {
        let Self::Disc(disc) = self else { return };
        let push = IVec2::new(disc.push.x.into(), disc.push.y.into()) * PUSH;
        let speed = IVec2::splat(MAX_SPEED);
        let kept = if disc.push.brake { 24 } else { 31 };
        disc.velocity = (disc.velocity * kept / 32 + push).clamp(-speed, speed);
        let to = disc.at + disc.velocity;
        disc.at = to.clamp(IVec2::splat(DISC), IVec2::splat(SIDE - DISC));
        // The board throws it back.
        let turned =
            IVec2::new(if to.x == disc.at.x { 1 } else { -1 }, if to.y == disc.at.y { 1 } else { -1 });
        disc.velocity *= turned;
    }

    fn meet(&self, other: &Self, (): &()) -> Option<(Self, Self)> {
        let (Self::Disc(a), Self::Disc(b)) = (self, other) else { return None };
        let (apart, speed) = (b.at - a.at, b.velocity - a.velocity);
        let is_near = apart.length_squared() < (2 * DISC).pow(2);
        // Equal masses that meet head on give each other their speeds.
        (is_near && apart.dot(speed) < 0).then_some((
            Self::Disc(Disc { velocity: b.velocity, ..*a }),
            Self::Disc(Disc { velocity: a.velocity, ..*b }),
        ))
    }

    fn owner(&self) -> Option<PlayerId> {
        match self {
            Self::Disc(disc) => Some(disc.owner),
            Self::Coin(_) => None,
        }
    }

    fn pose(&self) -> Pose {
        let (Self::Disc(Disc { at, .. }) | Self::Coin(Coin { at })) = self;
        Pose { position: at.as_vec2() / QUANTA as f32, angle_turns: 0.0 }
    }

    fn relevancy(&self) -> Relevancy {
        // The field is small: everybody sees all of it.
        Relevancy::Always
    }
}

/// Somebody took a coin.
#[derive(Clone, Debug, PartialEq)]
pub struct Taken {
    /// Who.
    pub by: PlayerId,
    /// Where it lay, quanta.
    pub at: IVec2,
}

/// Bits of a coordinate.
const PLACE_BITS: u32 = SIDE.ilog2() + 1;

impl Event for Taken {
    fn audience(&self) -> Audience {
        Audience::Everyone
    }

    fn encode(&self, writer: &mut BitWriter) {
        writer.write(self.by.0.into(), PlayerId::BITS);
        writer.write(self.at.x as u32, PLACE_BITS);
        writer.write(self.at.y as u32, PLACE_BITS);
    }

    fn decode(reader: &mut BitReader<'_>) -> Result<Self, BitError> {
        let by = PlayerId(reader.read(PlayerId::BITS)? as u16);
        let at = IVec2::new(reader.read(PLACE_BITS)? as i32, reader.read(PLACE_BITS)? as i32);
        Ok(Self { by, at })
    }
}

/// Somebody in the match.
#[derive(Clone, Copy, Debug)]
struct Player {
    id: PlayerId,
    slot: Option<Slot>,
    coins: u16,
    /// Whether the game itself plays for them.
    driven: bool,
}

/// A match.
#[derive(Debug)]
pub struct FirstGame {
    rng: Rng,
    table: EntityTable<Thing>,
    players: Vec<Player>,
}

impl Simulation for FirstGame {
    type Command = Push;
    type Order = ();
    type Entity = Thing;
    type Event = Taken;
    type Scenario = NoScenario;

    const ABOUT: About = About {
        title: "First game",
        tagline: "Push the others away and take the coins.",
        controls: Controls::usual(["Up", "Down", "Left", "Right"], Some("Brake"), None),
        kinds: &[
            KindAbout { title: "Disc", icon: Icon::Disc },
            KindAbout { title: "Coin", icon: Icon::Diamond },
        ],
        statistics: &[Statistic::ranked("coins", "Coins", Merge::Sum)],
        has_map: true,
        ..About::named("first-game")
    };

    fn map(_: &NoScenario) {}

    fn size_units(_: &NoScenario) -> (f32, f32) {
        let side = (SIDE / QUANTA) as f32;
        (side, side)
    }

    fn new(_: &NoScenario, seed: u64) -> Self {
        let table = EntityTable::with_capacity(MAX_PLAYERS + COINS);
        Self { rng: Rng::new(seed), table, players: Vec::with_capacity(MAX_PLAYERS) }
    }

    fn join(&mut self, player: PlayerId, _: Tick, arrival: Arrival) {
        self.players.push(Player { id: player, slot: None, coins: 0, driven: arrival.driven });
    }

    fn leave(&mut self, player: PlayerId) -> LastWord {
        if let Some(at) = self.players.iter().position(|other| other.id == player) {
            // The order of the others stays: it is part of the state.
            let gone = self.players.remove(at);
            gone.slot.into_iter().for_each(|slot| self.table.remove(slot));
        }
        LastWord::default()
    }

    fn step(
        &mut self,
        tick: Tick,
        inputs: &[PlayerInput<Push>],
        _: &Past<'_, Thing>,
        events: &mut Vec<Taken>,
    ) {
        self.table.begin_tick(tick);
        self.fill_up();
        for input in inputs {
            self.push(input.player, input.command);
        }
        for at in 0..self.players.len() {
            let Player { id, slot, driven, .. } = self.players[at];
            if driven && let Some(slot) = slot {
                self.push(id, bot::push(&self.table, slot));
            }
        }
        self.table.iter_mut().for_each(|(_, thing)| thing.advance(&()));
        self.let_meet();
        self.take_coins(events);
    }

    fn entities(&self) -> &EntityTable<Thing> {
        &self.table
    }

    fn controlled(&self, player: PlayerId) -> Option<Slot> {
        self.players.iter().find(|other| other.id == player)?.slot
    }

    fn standing(&self, player: PlayerId) -> Standing {
        let coins = self.players.iter().find(|other| other.id == player).map_or(0, |player| player.coins);
        let statistics = Statistics::of([i64::from(coins)]);
        Standing { score: i32::from(coins), statistics, ..Standing::default() }
    }

    fn with_command(thing: Thing, push: Push) -> Thing {
        match thing {
            Thing::Disc(disc) => Thing::Disc(Disc { push, ..disc }),
            Thing::Coin(_) => thing,
        }
    }

    fn save(&self, out: &mut Vec<u8>) {
        let mut writer = BitWriter::new();
        writer.write_u64(self.rng.state());
        self.table.save(&mut writer);
        writer.write(self.players.len() as u32, 16);
        for player in &self.players {
            writer.write(player.id.0.into(), PlayerId::BITS);
            writer.write(player.coins.into(), 16);
            writer.write_bool(player.driven);
        }
        out.extend_from_slice(writer.finish());
    }

    fn load(scenario: &NoScenario, bytes: &[u8]) -> Result<Self, LoadError> {
        let mut reader = BitReader::new(bytes);
        let mut game = Self::new(scenario, 0);
        game.rng = Rng::from_state(reader.read_u64()?);
        game.table = EntityTable::load(MAX_PLAYERS + COINS, &mut reader)?;
        for _ in 0..reader.read(16)? {
            let id = PlayerId(reader.read(PlayerId::BITS)? as u16);
            if game.players.iter().any(|other| other.id == id) {
                return Err(LoadError::Contradiction("somebody plays twice"));
            }
            let is_theirs = |(_, thing): &(Slot, &Thing)| thing.owner() == Some(id);
            let slot = game.table.iter().find(is_theirs).map(|(slot, _)| slot);
            let (coins, driven) = (reader.read(16)? as u16, reader.read_bool()?);
            game.players.push(Player { id, slot, coins, driven });
        }
        reader.end()?;
        Ok(game)
    }
}

impl FirstGame {
    /// A place for something of that radius.
    fn free_place(&mut self, radius: i32) -> IVec2 {
        let mut along = || radius + self.rng.below((SIDE - 2 * radius) as u32) as i32;
        IVec2::new(along(), along())
    }

    /// Everybody has a disc, and there are coins.
    fn fill_up(&mut self) {
        for at in 0..self.players.len() {
            if self.players[at].slot.is_none() {
                let place = self.free_place(DISC);
                let owner = self.players[at].id;
                let disc = Disc { owner, push: Push::default(), at: place, velocity: IVec2::ZERO };
                self.players[at].slot = self.table.spawn(Thing::Disc(disc));
            }
        }
        let coins = self.table.iter().filter(|(_, thing)| matches!(thing, Thing::Coin(_))).count();
        for _ in coins..COINS {
            let at = self.free_place(COIN);
            self.table.spawn(Thing::Coin(Coin { at }));
        }
    }

    fn push(&mut self, player: PlayerId, push: Push) {
        if let Some(slot) = self.controlled(player)
            && let Some(thing) = self.table.get_mut(slot)
        {
            *thing = Self::with_command(*thing, push);
        }
    }

    fn let_meet(&mut self) {
        let discs = self.players.len();
        for (a, b) in (0..discs).flat_map(|a| (a + 1..discs).map(move |b| (a, b))) {
            let (Some(mut low), Some(mut high)) = (self.players[a].slot, self.players[b].slot) else {
                continue;
            };
            if high < low {
                (low, high) = (high, low);
            }
            let both = self.table.get(low).zip(self.table.get(high));
            if let Some((one, other)) = both.and_then(|(one, other)| one.meet(other, &())) {
                [(low, one), (high, other)].into_iter().for_each(|(slot, now)| {
                    self.table.get_mut(slot).into_iter().for_each(|thing| *thing = now);
                });
            }
        }
    }

    fn take_coins(&mut self, events: &mut Vec<Taken>) {
        for player in &mut self.players {
            let Some(Thing::Disc(disc)) = player.slot.and_then(|slot| self.table.get(slot)) else { continue };
            let is_under = |at: IVec2| (at - disc.at).length_squared() < (DISC + COIN).pow(2);
            let taken = self.table.iter().find_map(|(slot, thing)| match thing {
                Thing::Coin(coin) if is_under(coin.at) => Some((slot, coin.at)),
                _ => None,
            });
            if let Some((slot, at)) = taken {
                self.table.remove(slot);
                player.coins = player.coins.saturating_add(1);
                events.push(Taken { by: player.id, at });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use perigee_shared::netcode::{History, check_game};

    #[test]
    fn it_keeps_what_a_game_promises() {
        check_game::<FirstGame>(&NoScenario {}).unwrap();
    }

    #[test]
    fn a_program_takes_coins() {
        let mut game = FirstGame::new(&NoScenario {}, 1);
        game.join(PlayerId(0), Tick(0), Arrival { driven: true, ..Arrival::default() });
        let history = History::default();
        let mut events = Vec::new();
        for tick in 1..=60 * 30 {
            game.step(Tick(tick), &[], &Past::new(&history, Tick(tick)), &mut events);
        }
        assert!(events.len() > 20, "{} coins in a minute", events.len());
        assert_eq!(game.standing(PlayerId(0)).score, events.len() as i32);
    }
}
