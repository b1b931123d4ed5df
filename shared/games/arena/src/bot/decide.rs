//! What a bot does in a tick: the command by what is in view, and now and then an order.

use super::behaviour::Behaviour;
use super::errand::Errand;
use super::mercy::Regard;
use super::sight::Sight;
use super::state::Bot;
use super::watchdog::Watchdog;
use crate::command::ArenaCommand;
use crate::entity::{ArenaEntity, Hold, Ship};
use crate::map::ArenaMap;
use crate::orders::ArenaOrder;
use crate::prices::PriceList;
use perigee_shared::ids::PlayerId;

impl Bot {
    /// Decides for one tick. `own` is the own ship, `seen` all else in view; everybody is fair game.
    pub fn decide<'a>(
        &mut self,
        own: Option<&ArenaEntity>,
        seen: impl Iterator<Item = &'a ArenaEntity>,
        map: &ArenaMap,
    ) -> ArenaCommand {
        self.decide_among(own, seen, |_| Regard::Fair, map)
    }

    /// Decides for one tick, with `regard` for who the others are.
    pub fn decide_among<'a>(
        &mut self,
        own: Option<&ArenaEntity>,
        seen: impl Iterator<Item = &'a ArenaEntity>,
        regard: impl Fn(PlayerId) -> Regard,
        map: &ArenaMap,
    ) -> ArenaCommand {
        self.command = match (self.behaviour, own) {
            (Behaviour::Idle, _) => ArenaCommand::default(),
            (Behaviour::Cruise, _) => self.wander(false),
            (Behaviour::Wander, _) => self.wander(true),
            (_, Some(ArenaEntity::Ship(ship))) => {
                let is_alarmed = self.note_alarm(ship);
                let sight = Sight::of(ship, seen, regard, is_alarmed, self.skill().reach_units);
                self.play(ship, &sight, map)
            }
            _ => self.wait(),
        };
        self.command
    }

    /// What it asks for at a station, if anything; to be called after each [`Self::decide`]. `hold` is what it owns.
    pub fn order(
        &mut self,
        own: Option<&ArenaEntity>,
        hold: Option<&Hold>,
        prices: &PriceList,
        map: &ArenaMap,
    ) -> Option<ArenaOrder> {
        let (Some(ArenaEntity::Ship(ship)), Some(hold)) = (own, hold) else { return None };
        if !self.behaviour.knows_stations()
            || map.stations.is_empty()
            || !self.errand.is_time_to_plan(&mut self.rng)
        {
            return None;
        }
        self.plan(ship, hold, prices, map)
    }

    fn play(&mut self, own: &Ship, sight: &Sight<'_>, map: &ArenaMap) -> ArenaCommand {
        if let Some(command) = self.break_free(own, map) {
            return command;
        }
        match self.behaviour {
            Behaviour::Mine => self.mine(own, sight, map),
            Behaviour::Trade => self.trade(own, sight, map),
            Behaviour::Capture => self.capture(own, sight, map),
            _ => self.hunt(own, sight.foe, map),
        }
    }

    /// Without a ship there is nothing to do, and what it was about is over.
    fn wait(&mut self) -> ArenaCommand {
        (self.errand, self.watchdog) = (Errand::default(), Watchdog::default());
        ArenaCommand::default()
    }
}
