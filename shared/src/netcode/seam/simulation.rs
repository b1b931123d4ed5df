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

/// Bytes that are not a valid saved state.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum LoadError {
    /// They end early, or hold a value that is out of range.
    #[error("the saved state cannot be read: {0}")]
    Bits(#[from] BitError),
    /// The match's parameters are not allowed.
    #[error("the match's parameters are not allowed: {0}")]
    Scenario(String),
    /// Each value is valid, but the combination is not.
    #[error("the saved state contradicts itself: {0}")]
    Contradiction(&'static str),
}

/// A game: a deterministic function from state and commands to the next state.
pub trait Simulation: Sized + Send + 'static {
    /// What a player asks for in a tick.
    type Command: Command;
    /// A reliable request that a player makes rarely.
    type Order: Order;
    /// What is replicated.
    type Entity: Entity;
    /// What happens in one tick and leaves no state.
    type Event: Event;
    /// The match's parameters, sent to each client on joining; the map is built from them.
    type Scenario: Scenario;

    /// The description of the game. Its name and its statistics are part of the schema hash.
    const ABOUT: About;

    /// Builds the map that both sides share.
    fn map(scenario: &Self::Scenario) -> <Self::Entity as Entity>::Map;
    /// The map's fixed obstacles as circles (x, y, radius in units), for the admin console's map; none by default.
    fn obstacles(map: &<Self::Entity as Entity>::Map) -> Vec<(f32, f32, f32)> {
        let _ = map;
        Vec::new()
    }
    /// The map's named places, for the admin console's map; none by default.
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
    /// A player gives up their seat. The game settles what is still open before it returns: a player who runs from a
    /// fight loses it, and waiting orders are void.
    fn leave(&mut self, player: PlayerId) -> LastWord {
        let _ = player;
        LastWord::default()
    }
    /// What `player` owns now; `None` in a game without belongings.
    fn belongings(&self, player: PlayerId) -> Option<Belongings> {
        let _ = player;
        None
    }
    /// Whether this game wrote these bytes, or could have: they come from a file. A player with other bytes owns
    /// nothing.
    fn reads(belongings: &Belongings) -> bool {
        let _ = belongings;
        true
    }
    /// The belongings of a player who has a record but no belongings: older records kept none.
    fn belongings_of_record(record: &Statistics) -> Option<Belongings> {
        let _ = record;
        None
    }
    /// A player's order. The next step carries it out and reports the result in an event.
    fn order(&mut self, player: PlayerId, order: Self::Order) {
        let _ = (player, order);
    }
    /// One tick. `inputs` are in seat order, one for each seated player. `past` is where everything was in the ticks
    /// before, to decide hits at a shooter's view tick.
    fn step(
        &mut self,
        tick: Tick,
        inputs: &[PlayerInput<Self::Command>],
        past: &Past<'_, Self::Entity>,
        events: &mut Vec<Self::Event>,
    );
    /// All entities.
    fn entities(&self) -> &EntityTable<Self::Entity>;
    /// The entity that `player` steers at the moment, if any.
    fn controlled(&self, player: PlayerId) -> Option<Slot> {
        let _ = player;
        None
    }
    /// The team `player` is in, if the game has any.
    fn team(&self, player: PlayerId) -> Option<u8> {
        let _ = player;
        None
    }
    /// The player's connection broke, or is back. While it is broken their command is neutral; the seat is kept for a
    /// limited time.
    fn set_absent(&mut self, player: PlayerId, absent: bool) {
        let _ = (player, absent);
    }
    /// The standing of `player`.
    fn standing(&self, player: PlayerId) -> Standing {
        let _ = player;
        Standing::default()
    }
    /// The part of an event that is reported outside the room.
    fn headline(event: &Self::Event) -> Option<Headline> {
        let _ = event;
        None
    }
    /// Appends all prices, always in the same order; nothing in a game without trade.
    fn quotes(&self, out: &mut Vec<Quote>) {
        let _ = out;
    }
    /// The name that players read for the venue of that number in [`Self::quotes`].
    fn venue_name(venue: u8) -> Option<&'static str> {
        let _ = venue;
        None
    }
    /// The name that players read for the good of that number in [`Self::quotes`].
    fn good_name(good: u8) -> Option<&'static str> {
        let _ = good;
        None
    }
    /// The state of the round.
    fn round(&self) -> RoundView {
        RoundView::default()
    }
    /// The name of a player that the game itself controls and that has no seat.
    fn npc_name(player: PlayerId) -> Option<&'static str> {
        let _ = player;
        None
    }
    /// Mixes all state that is not in [`Self::entities`] into `hasher`: generator, scores, timers. By default it mixes
    /// all that [`Self::save`] writes. That is right for every game, but each comparison of hashes then costs one saved
    /// state.
    fn hash_hidden(&self, hasher: &mut StateHasher) {
        let mut state = Vec::new();
        self.save(&mut state);
        hasher.write_bytes(&state);
    }

    /// Appends the whole state, so that [`Self::load`] returns a simulation that continues with the same state hashes
    /// and the same slots. Equal states give equal bytes.
    fn save(&self, out: &mut Vec<u8>);
    /// The state that [`Self::save`] wrote. The scenario and the bytes come from outside: for any input, the result is
    /// an error or a state that can be stepped.
    ///
    /// # Errors
    /// A [`LoadError`] for bytes that no match has written.
    fn load(scenario: &Self::Scenario, bytes: &[u8]) -> Result<Self, LoadError>;

    /// Appends the state that outlives the match and the process: a market, its traders. Nothing by default.
    fn save_persisted(&self, out: &mut Vec<u8>) {
        let _ = out;
    }

    /// Loads what an earlier match persisted, before the first tick. The bytes come from a file.
    ///
    /// # Errors
    /// A [`LoadError`] for invalid bytes; then nothing has changed.
    fn load_persisted(&mut self, bytes: &[u8]) -> Result<(), LoadError> {
        let _ = bytes;
        Ok(())
    }

    /// One tick, on the client, of all entities that it shows in the present, by slot: `own` is the place of its own
    /// entity; the others are those whose [`Entity::is_predicted`] is true, each under the command that it carries. By
    /// default each moves alone; a game in which they push each other moves them here as its step does.
    fn foresee(entities: &mut [Self::Entity], own: Option<usize>, map: &<Self::Entity as Entity>::Map) {
        let _ = own;
        entities.iter_mut().for_each(|entity| entity.advance(map));
    }
    /// The entity under `command` from the next step on.
    fn with_command(entity: Self::Entity, command: Self::Command) -> Self::Entity {
        let _ = command;
        entity
    }
    /// The entity that this one spawned in the step that led to its present state. The client predicts its own shots
    /// with it, and the simulation spawns them with it. Nothing by default.
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
