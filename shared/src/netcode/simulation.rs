//! The whole seam between netcode and game: what a game must be, for the netcode to replicate it.

use crate::bits::{BitError, BitReader, BitWriter};
use crate::hash::StateHasher;
use crate::ids::{PlayerId, Slot};
use crate::netcode::about::About;
use crate::netcode::belongings::{Belongings, LastWord};
use crate::netcode::bulletin::{Headline, Landmark, Quote, RoundView};
use crate::netcode::entities::EntityTable;
use crate::netcode::lag_compensation::{Lag, Past};
use crate::netcode::replicated::Replicated;
use crate::netcode::scene::Pose;
use crate::netcode::statistics::Statistics;
use crate::tick::Tick;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::convert::Infallible;
use std::fmt::Debug;
use thiserror::Error;

/// What a player asks for in one tick.
pub trait Command: Copy + Default + PartialEq + Debug + Send + 'static {
    /// Bits of a packed command.
    const BITS: u32;
    /// The command as a number below `2^BITS`.
    fn pack(self) -> u32;
    /// The command that packs to `code`, or `None` if there is none: the code came from outside.
    fn unpack(code: u32) -> Option<Self>;
    /// What began with this command, given the one `before`: a trigger pulled, a button pressed. It reaches the
    /// simulation exactly once ([`PlayerInput::pressed`]), even if the command comes after its tick. `None` when
    /// nothing began; levels, such as thrust, are not made up for.
    fn pressed(self, before: Self) -> Option<Self> {
        let _ = before;
        None
    }
}

/// For games that nobody steers.
impl Command for () {
    const BITS: u32 = 0;

    fn pack(self) -> u32 {
        0
    }

    fn unpack(code: u32) -> Option<Self> {
        (code == 0).then_some(())
    }
}

/// Whose clients may know of an entity. What is not relevant to a client is never sent to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relevancy {
    /// Whoever is near.
    Near,
    /// Everybody: a flag, a scoreboard.
    Always,
    /// Its owner alone: what lies in their hold.
    Owner,
    /// The members of a team ([`Simulation::team`]).
    Team(u8),
}

/// What a player asks for rarely and must get exactly once: to buy, to sell, to change class.
pub trait Order: Copy + PartialEq + Debug + Send + 'static {
    /// The order as a number.
    fn pack(self) -> u64;
    /// The order that packs to `code`, or `None` if there is none: the code came from outside.
    fn unpack(code: u64) -> Option<Self>;
}

/// For games without orders.
impl Order for () {
    fn pack(self) -> u64 {
        0
    }

    fn unpack(_: u64) -> Option<Self> {
        None
    }
}

/// What a player brings along into a match.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Arrival {
    /// What they own, as this game wrote it when they left. `None`: somebody who never owned anything, who may be given
    /// something to begin with. Who comes back with nothing has nothing.
    pub belongings: Option<Belongings>,
    /// Players with the same number other than 0 came together.
    pub party: u32,
    /// Whether no person gives the commands: the game itself plays them.
    pub driven: bool,
}

/// A replicated entity: its state is a row of integers ([`replicated!`](crate::replicated)), and this is how it moves and what
/// others may know of it.
pub trait Entity: Replicated {
    /// What never changes during a match and both sides can build: walls, obstacles.
    type Map: Debug + Send + Sync;

    /// The movement function: one tick forward, alone, under the command that the entity carries. It serves
    /// the simulation, the client's prediction, extrapolation, and the codec's predictor.
    fn advance(&mut self, map: &Self::Map);
    /// What this and `other`, of one kind and each moved by [`Self::advance`] already, become when they meet and nothing
    /// else interferes; `None` when they do not meet. This one is in the lower slot. Where it tells what the simulation
    /// does, a meeting costs a client that sees both a few bits instead of two surprises.
    fn meet(&self, other: &Self, map: &Self::Map) -> Option<(Self, Self)> {
        let _ = (other, map);
        None
    }
    /// Who owns it, if a player does.
    fn owner(&self) -> Option<PlayerId> {
        None
    }
    /// Where it is, to look at and for interest.
    fn pose(&self) -> Pose;
    /// Whether it is anywhere: a purse or a clock is not, and no map shows it.
    fn has_place(&self) -> bool {
        true
    }
    /// Health in `0..=1`, for the admin's map.
    fn health(&self) -> f32 {
        1.0
    }
    /// Whose clients may know of it.
    fn relevancy(&self) -> Relevancy {
        Relevancy::Near
    }
    /// Whether clients show it in the present, predicted together with their own entity ([`Simulation::foresee`]), and not a
    /// little in the past: what players share and touch, such as a ball. It stays the same for as long as the entity is
    /// there. It is where players touch it, but what others do to it is seen as a correction; and each correction steps all
    /// that is predicted once for each tick of the round trip.
    fn is_predicted(&self) -> bool {
        false
    }
    /// How much it matters against others as near, when a client's budget does not take all; 1 is usual.
    fn importance(&self) -> f32 {
        1.0
    }
}

/// Who may know of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// Whoever sees this slot in this tick or saw it in their last snapshot.
    Sees(Slot),
    /// Everybody in the room.
    Everyone,
    /// One player: an answer to what they asked for.
    Only(PlayerId),
}

/// Something that happened in one tick and leaves no state: a hit, an explosion.
pub trait Event: Clone + Debug + PartialEq + Send + 'static {
    /// Who may know.
    fn audience(&self) -> Audience;
    /// Writes the event in as few bits as the game can.
    fn encode(&self, writer: &mut BitWriter);
    /// Reads what [`Self::encode`] wrote.
    ///
    /// # Errors
    /// Any [`BitError`] for bits that no event has.
    fn decode(reader: &mut BitReader<'_>) -> Result<Self, BitError>;
}

/// For games in which everything leaves state.
impl Event for Infallible {
    fn audience(&self) -> Audience {
        match *self {}
    }

    fn encode(&self, _: &mut BitWriter) {
        match *self {}
    }

    fn decode(_: &mut BitReader<'_>) -> Result<Self, BitError> {
        Err(BitError::OutOfRange)
    }
}

/// One player's command for the tick about to be stepped.
#[derive(Clone, Copy, Debug)]
pub struct PlayerInput<C> {
    /// Whose.
    pub player: PlayerId,
    /// What they ask for.
    pub command: C,
    /// What they pressed and the simulation has not heard of yet: the command that it began with, which may be one
    /// that came too late.
    pub pressed: Option<C>,
    /// How far in the past they see the others: where to look for what they shoot at, with [`Past::pose`].
    pub lag: Lag,
    /// How many ticks ago the newest state was that they had when they pressed. If that is longer than `lag`, what they
    /// saw was the movement function's guess: [`Past::shown`] guesses the same. 0 when nothing was pressed.
    pub known_ago_ticks: u8,
}

impl<C: Command> PlayerInput<C> {
    /// A player who asks for `command`, pressed nothing, and sees the present.
    #[must_use]
    pub fn plain(player: PlayerId, command: C) -> Self {
        Self { player, command, pressed: None, lag: Lag::default(), known_ago_ticks: 0 }
    }
}

/// A player's place in the match.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// Points: what the room ranks by.
    pub score: i32,
    /// Their team's number, 0 for none.
    pub team: u8,
    /// What the game counts of them ([`About::statistics`]).
    pub statistics: Statistics,
}

/// Bytes that are no saved state.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum LoadError {
    /// They end early, or hold a value that cannot be.
    #[error("the saved state cannot be read: {0}")]
    Bits(#[from] BitError),
    /// The match's parameters are not allowed.
    #[error("the match's parameters are not allowed: {0}")]
    Scenario(String),
    /// Each value may be, but not all of them together.
    #[error("the saved state contradicts itself: {0}")]
    Contradiction(&'static str),
}

/// A match's parameters: a game's own table in the configuration of a room. What it leaves out has its default
/// (`#[serde(default)]`), and a key that the game does not know is an error (`deny_unknown_fields`); [`check_game`] finds
/// what of that is missing.
///
/// [`check_game`]: crate::netcode::check_game
pub trait Scenario: Clone + Default + Debug + Send + Sync + Serialize + DeserializeOwned + 'static {
    /// Checks what a type cannot say, such as ranges.
    ///
    /// # Errors
    /// A sentence that names the key and what is allowed.
    fn check(&self) -> Result<(), String> {
        Ok(())
    }
}

/// For games without parameters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoScenario {}

impl Scenario for NoScenario {}

/// A game: a deterministic function from state and commands to the next state.
pub trait Simulation: Sized + Send + 'static {
    /// What a player asks for in a tick.
    type Command: Command;
    /// What a player asks for now and then.
    type Order: Order;
    /// What is replicated.
    type Entity: Entity;
    /// What happens without leaving state.
    type Event: Event;
    /// The match's parameters, sent to each client on joining; the map is built from them.
    type Scenario: Scenario;

    /// What the game is. Its name and its statistics are part of the schema hash.
    const ABOUT: About;

    /// Builds the map that both sides share.
    fn map(scenario: &Self::Scenario) -> <Self::Entity as Entity>::Map;
    /// The map's fixed obstacles as circles (x, y, radius in units), for the admin's map; none by default.
    fn obstacles(map: &<Self::Entity as Entity>::Map) -> Vec<(f32, f32, f32)> {
        let _ = map;
        Vec::new()
    }
    /// The map's places that have a name, for the admin's map; none by default.
    fn landmarks(map: &<Self::Entity as Entity>::Map) -> Vec<Landmark> {
        let _ = map;
        Vec::new()
    }
    /// The size of the world in units: positions lie in `0..=width x 0..=height`.
    fn size_units(scenario: &Self::Scenario) -> (f32, f32);
    /// Starts a match.
    fn new(scenario: &Self::Scenario, seed: u64) -> Self;
    /// A player takes a seat.
    fn join(&mut self, player: PlayerId, tick: Tick, arrival: Arrival) {
        let _ = (player, tick, arrival);
    }
    /// A player gives it up. What is still open is settled before the last word: a fight they run from is lost, orders that
    /// wait are void.
    fn leave(&mut self, player: PlayerId) -> LastWord {
        let _ = player;
        LastWord::default()
    }
    /// What `player` owns now; `None` in a game where nobody owns anything.
    fn belongings(&self, player: PlayerId) -> Option<Belongings> {
        let _ = player;
        None
    }
    /// Whether this game wrote that, or could have: it comes from a file. Who brings anything else owns nothing.
    fn reads(belongings: &Belongings) -> bool {
        let _ = belongings;
        true
    }
    /// What somebody owns of whom there is a record, and no belongings: older records kept none.
    fn belongings_of_record(record: &Statistics) -> Option<Belongings> {
        let _ = record;
        None
    }
    /// A player's order, which the next step carries out; it says in an event what became of it.
    fn order(&mut self, player: PlayerId, order: Self::Order) {
        let _ = (player, order);
    }
    /// One tick. `inputs` are in seat order, one for each seated player; `past` is where everything was in the ticks
    /// before, for hits at a shooter's view tick.
    fn step(
        &mut self,
        tick: Tick,
        inputs: &[PlayerInput<Self::Command>],
        past: &Past<'_, Self::Entity>,
        events: &mut Vec<Self::Event>,
    );
    /// All entities.
    fn entities(&self) -> &EntityTable<Self::Entity>;
    /// The entity that `player` steers, if any just now.
    fn controlled(&self, player: PlayerId) -> Option<Slot> {
        let _ = player;
        None
    }
    /// The team `player` is in, if the game has any.
    fn team(&self, player: PlayerId) -> Option<u8> {
        let _ = player;
        None
    }
    /// The player's connection broke, or is there again. While it is broken their command is neutral; the seat is kept
    /// for a while.
    fn set_absent(&mut self, player: PlayerId, absent: bool) {
        let _ = (player, absent);
    }
    /// How `player` stands.
    fn standing(&self, player: PlayerId) -> Standing {
        let _ = player;
        Standing::default()
    }
    /// What of an event is worth telling outside the room.
    fn headline(event: &Self::Event) -> Option<Headline> {
        let _ = event;
        None
    }
    /// Appends what everything costs everywhere, in an order that stays; nothing where nobody trades.
    fn quotes(&self, out: &mut Vec<Quote>) {
        let _ = out;
    }
    /// What people call the venue of that number in [`Self::quotes`].
    fn venue_name(venue: u8) -> Option<&'static str> {
        let _ = venue;
        None
    }
    /// What people call the good of that number in [`Self::quotes`].
    fn good_name(good: u8) -> Option<&'static str> {
        let _ = good;
        None
    }
    /// How the match stands.
    fn round(&self) -> RoundView {
        RoundView::default()
    }
    /// The name of a player that the game itself brought and that has no seat.
    fn npc_name(player: PlayerId) -> Option<&'static str> {
        let _ = player;
        None
    }
    /// Mixes all state that is not in [`Self::entities`] into `hasher`: generator, scores, timers. By default all that
    /// [`Self::save`] writes, which is right for every game and costs it a saved state each time that hashes are compared.
    fn hash_hidden(&self, hasher: &mut StateHasher) {
        let mut state = Vec::new();
        self.save(&mut state);
        hasher.write_bytes(&state);
    }

    /// Appends the whole state, so that [`Self::load`] gives a simulation that goes on with the same state hashes and
    /// the same slots. Equal states give equal bytes.
    fn save(&self, out: &mut Vec<u8>);
    /// The state that [`Self::save`] wrote. The scenario and the bytes come from outside: whatever they are, the result
    /// is an error or a state that can be stepped.
    ///
    /// # Errors
    /// A [`LoadError`] for what no match has.
    fn load(scenario: &Self::Scenario, bytes: &[u8]) -> Result<Self, LoadError>;

    /// Appends what is to outlive the match and even the process: a market, whoever trades on it. Nothing by default.
    fn save_lasting(&self, out: &mut Vec<u8>) {
        let _ = out;
    }

    /// Takes up what an earlier match left, before the first tick. The bytes come from a file.
    ///
    /// # Errors
    /// A [`LoadError`] for bytes that are not that; then nothing has changed.
    fn load_lasting(&mut self, bytes: &[u8]) -> Result<(), LoadError> {
        let _ = bytes;
        Ok(())
    }

    /// One tick, on the client, of all that it shows in the present, by slot: `own` is the place of its own entity, the others
    /// are those that say [`Entity::is_predicted`], each under the command that it carries. By default each moves alone; a
    /// game in which they push each other moves them here as its step does.
    fn foresee(entities: &mut [Self::Entity], own: Option<usize>, map: &<Self::Entity as Entity>::Map) {
        let _ = own;
        entities.iter_mut().for_each(|entity| entity.advance(map));
    }
    /// The entity as it is when `command` is what it is under from the next step on.
    fn with_command(entity: Self::Entity, command: Self::Command) -> Self::Entity {
        let _ = command;
        entity
    }
    /// What this entity brought forth in the step that led to its present state: the client predicts its own
    /// shots with it, the simulation spawns them with it. Nothing by default.
    fn offspring(entity: &Self::Entity, map: &<Self::Entity as Entity>::Map) -> Option<Self::Entity> {
        let _ = (entity, map);
        None
    }

    /// The hash of the whole state.
    fn state_hash(&self) -> u64 {
        let mut hasher = StateHasher::default();
        self.entities().hash_into(&mut hasher);
        self.hash_hidden(&mut hasher);
        hasher.finish()
    }
}
