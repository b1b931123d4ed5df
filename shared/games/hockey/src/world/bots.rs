//! Skaters that the simulation itself drives. Their controllers are state, like everything that decides what a later tick
//! is.

use super::ice::Ice;
use super::skaters::Skaters;
use crate::bot::{Bot, Level};
use crate::entity::HockeyEntity;
use crate::scenario::MAX_PLAYERS_A_SIDE;
use perigee_shared::bits::{BitReader, BitWriter};
use perigee_shared::hash::StateHasher;
use perigee_shared::ids::PlayerId;
use perigee_shared::netcode::LoadError;
use perigee_shared::rng::Rng;

/// A bot and the seat that it plays.
#[derive(Clone, Debug)]
struct SeatedBot {
    player: PlayerId,
    bot: Bot,
}

/// All bots, in the order of their seats.
#[derive(Debug)]
pub(super) struct Bots {
    list: Vec<SeatedBot>,
}

impl Bots {
    pub(super) fn new() -> Self {
        Self { list: Vec::with_capacity(2 * MAX_PLAYERS_A_SIDE) }
    }

    /// A program takes a seat.
    pub(super) fn seat(&mut self, player: PlayerId, rng: &mut Rng) {
        // Some of each level, so that whoever comes finds their equals.
        let level = Level::ALL[player.index() % Level::ALL.len()];
        let bot = Bot::new(level, u64::from(rng.next_u32()));
        let at = self.list.partition_point(|other| other.player < player);
        self.list.insert(at, SeatedBot { player, bot });
    }

    /// The seat is free, or somebody else's.
    pub(super) fn unseat(&mut self, player: PlayerId) {
        self.list.retain(|other| other.player != player);
    }

    /// Programs decide by what there was before the step.
    pub(super) fn think(&mut self, skaters: &Skaters, ice: &mut Ice) {
        for SeatedBot { player, bot } in &mut self.list {
            let Some(slot) = skaters.get(*player).and_then(|skater| skater.mallet) else { continue };
            let seen = ice.table.iter().map(|(_, entity)| entity);
            let command = bot.decide(ice.table.get(slot), seen, &ice.rink);
            if let Some(HockeyEntity::Mallet(mallet)) = ice.table.get_mut(slot) {
                mallet.command = command;
            }
        }
    }

    pub(super) fn hash_into(&self, hasher: &mut StateHasher) {
        self.list.iter().for_each(|seated| seated.bot.hash_into(hasher));
    }

    /// Appends them; in which seats they are is known of the skaters.
    pub(super) fn save(&self, writer: &mut BitWriter) {
        self.list.iter().for_each(|seated| seated.bot.save(writer));
    }

    /// Reads what [`Self::save`] wrote: whoever is driven has a bot.
    ///
    /// # Errors
    /// A [`LoadError`] for what no bot is.
    pub(super) fn load(&mut self, skaters: &Skaters, reader: &mut BitReader<'_>) -> Result<(), LoadError> {
        for skater in skaters.all().iter().filter(|skater| skater.driven) {
            self.list.push(SeatedBot { player: skater.player, bot: Bot::load(reader)? });
        }
        Ok(())
    }
}
