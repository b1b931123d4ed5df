//! What is the same in all rooms of a game, without the game's type.

use crate::room::map::RoomMap;
use perigee_shared::ids::PlayerId;
use perigee_shared::netcode::{About, Belongings, Command, Kind, Replicated, Simulation, Statistics};
use perigee_shared::protocol::schema_hash;
use std::any::TypeId;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use toml::Table;

/// What names, lists and records need to know of a game.
#[derive(Clone, Copy, Debug)]
pub struct GameInfo {
    /// Its name, as in a room's configuration.
    pub name: &'static str,
    /// The game's description of itself.
    pub about: &'static About,
    /// The name of a player without a seat, whom the game itself brought.
    pub npc_name: fn(PlayerId) -> Option<&'static str>,
    /// The players' name for the venue of this number in prices.
    pub venue_name: fn(u8) -> Option<&'static str>,
    /// The players' name for the good of this number in prices.
    pub good_name: fn(u8) -> Option<&'static str>,
    /// The belongings of a person who has a record, but no belongings.
    pub belongings_of_record: fn(&Statistics) -> Option<Belongings>,
    /// The field tables of its kinds of entities.
    pub kinds: fn() -> &'static [Kind],
    /// Bits of a packed command.
    pub command_bits: u32,
    schema: fn() -> u64,
    map: fn(&Table) -> RoomMap,
}

impl GameInfo {
    /// That of the game `S`.
    #[must_use]
    pub const fn of<S: Simulation>() -> &'static Self {
        &const {
            Self {
                name: S::ABOUT.name,
                about: &S::ABOUT,
                npc_name: S::npc_name,
                venue_name: S::venue_name,
                good_name: S::good_name,
                belongings_of_record: S::belongings_of_record,
                kinds: S::Entity::kinds,
                command_bits: S::Command::BITS,
                schema: schema::<S>,
                map: RoomMap::of::<S>,
            }
        }
    }

    /// The map of a match with the parameters of this table.
    #[must_use]
    pub fn map(&self, scenario: &Table) -> RoomMap {
        (self.map)(scenario)
    }

    /// The hash of its schema: a client of this game sends it in its hello.
    #[must_use]
    pub fn schema(&self) -> u64 {
        (self.schema)()
    }
}

/// The schema hash of a game, computed once: every hello is checked against it, also those of unknown peers.
fn schema<S: Simulation>() -> u64 {
    static KNOWN: Mutex<BTreeMap<TypeId, u64>> = Mutex::new(BTreeMap::new());
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    *known.entry(TypeId::of::<S>()).or_insert_with(schema_hash::<S>)
}
