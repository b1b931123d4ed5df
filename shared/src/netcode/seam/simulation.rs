//! What a game must be, for the netcode to replicate it.

use crate::bits::BitError;
use crate::hash::StateHasher;
use crate::ids::{PlayerId, Slot};
use crate::netcode::entity::Entity;
use crate::netcode::entity::command::{Command, Order};
use crate::netcode::entity::event::Event;
use crate::netcode::seam::about::About;
use crate::netcode::seam::belongings::{Belongings, LastWord};
use crate::netcode::seam::bulletin::{Headline, Landmark, Quote, RoundView};
use crate::netcode::seam::input::{Arrival, PlayerInput};
use crate::netcode::seam::scenario::Scenario;
use crate::netcode::seam::standing::Standing;
use crate::netcode::seam::statistics::Statistics;
use crate::netcode::state::entities::EntityTable;
use crate::netcode::state::past::Past;
use crate::tick::Tick;
use std::fmt::Debug;
use thiserror::Error;

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
    fn save_persisted(&self, out: &mut Vec<u8>) {
        let _ = out;
    }

    /// Takes up what an earlier match left, before the first tick. The bytes come from a file.
    ///
    /// # Errors
    /// A [`LoadError`] for bytes that are not that; then nothing has changed.
    fn load_persisted(&mut self, bytes: &[u8]) -> Result<(), LoadError> {
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
