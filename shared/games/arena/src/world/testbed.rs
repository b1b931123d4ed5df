//! A match without a network, for the tests of the rules: pilots who see the present, bots that sit in their seats.

use super::Arena;
use super::casualties::Loss;
use super::commerce::Commerce;
use crate::bot::{Behaviour, Bot};
use crate::class::ShipClass;
use crate::command::ArenaCommand;
use crate::entity::{ArenaEntity, Contest, Hold, Ship};
use crate::estate::Estate;
use crate::event::ArenaEvent;
use crate::scenario::Scenario;
use glam::Vec2;
use perigee_shared::ids::{PlayerId, Slot};
use perigee_shared::netcode::{Arrival, History, Past, PlayerInput, Simulation};
use perigee_shared::tick::Tick;

/// What the tests ask of an arena, and do to it, that a step asks of its parts.
impl Arena {
    pub(super) fn contest(&self) -> Contest {
        self.round.contest(&self.space)
    }

    pub(super) fn contest_mut(&mut self) -> Option<&mut Contest> {
        self.round.contest_mut(&mut self.space)
    }

    pub(super) fn ship_of(&self, player: PlayerId) -> Option<(Slot, Ship)> {
        self.pilots.ship_of(&self.space, player)
    }

    pub(super) fn hold_mut(&mut self, player: PlayerId) -> Option<&mut Hold> {
        self.pilots.hold_of_mut(&mut self.space, player)
    }

    pub(super) fn estate(&self, player: PlayerId) -> Option<Estate> {
        self.pilots.estate(&self.space, player)
    }

    pub(super) fn destroy(&mut self, slot: Slot, ship: &Ship, by: PlayerId, at: Tick) {
        let Self { space, pilots, casualties, round, .. } = self;
        casualties.destroy(Loss { slot, ship: *ship, by, at }, space, pilots, round.phase(space));
    }

    pub(super) fn settle_wrecks(&mut self) {
        let Self { space, pilots, casualties, economy, rng, .. } = self;
        Commerce { economy, space, pilots, rng }.settle_wrecks(casualties.wrecks());
    }

    pub(super) fn chip_rocks(&mut self) {
        let Self { space, pilots, fire, economy, rng, .. } = self;
        Commerce { economy, space, pilots, rng }.chip_rocks(fire.rock_hits.all());
    }

    /// What the last step found is settled.
    pub(super) fn clear(&mut self) {
        self.fire.clear();
        self.casualties.clear();
    }

    /// Somebody did something for which there is money.
    pub(super) fn earns(&mut self, player: PlayerId, credits: i32) {
        self.hold_mut(player).expect("a hold").credits += credits;
        self.economy.market.ledger.money.bounties += u64::from(credits.unsigned_abs());
    }
}

/// A match and who plays it.
pub(crate) struct Bout {
    pub(crate) arena: Arena,
    history: History<ArenaEntity>,
    pub(crate) tick: Tick,
    bots: Vec<Bot>,
    /// What each pilot asks for, where no bot decides; by seat.
    pub(crate) commands: Vec<ArenaCommand>,
    /// The last step's.
    pub(crate) events: Vec<ArenaEvent>,
}

impl Bout {
    pub(crate) fn new(scenario: &Scenario, seed: u64) -> Self {
        Self {
            arena: Arena::new(scenario, seed),
            history: History::default(),
            tick: Tick(0),
            bots: Vec::new(),
            commands: Vec::new(),
            events: Vec::new(),
        }
    }

    /// Somebody comes who plays like that.
    pub(crate) fn join(&mut self, class: ShipClass, behaviour: Behaviour) -> PlayerId {
        let player = PlayerId(self.bots.len() as u16);
        self.arena.join(player, self.tick, Arrival::default());
        self.arena.pilots.get_mut(player).expect("seated").class = class;
        let seed = u64::from(self.arena.rng.next_u32());
        self.bots.push(Bot::new(behaviour, seed));
        self.commands.push(ArenaCommand::default());
        player
    }

    pub(crate) fn step(&mut self) {
        self.tick = self.tick.plus(1);
        let Self { arena, history, tick, bots, commands, events } = self;
        let inputs = (0..).map(PlayerId).zip(bots).zip(commands).map(|((player, bot), held)| {
            let own = arena.controlled(player).and_then(|slot| arena.space.table.get(slot));
            let seen = arena.space.table.iter().map(|(_, entity)| entity);
            let decided = bot.decide(own, seen, &arena.space.map);
            let command = if decided == ArenaCommand::default() { *held } else { decided };
            PlayerInput::plain(player, command)
        });
        let inputs: Vec<_> = inputs.collect();
        events.clear();
        arena.step(*tick, &inputs, &Past::new(history, *tick), events);
        history.push(*tick, arena.entities());
    }

    pub(crate) fn steps(&mut self, count: u32) {
        (0..count).for_each(|_| self.step());
    }

    pub(crate) fn slot(&self, player: PlayerId) -> Slot {
        self.arena.controlled(player).expect("a ship")
    }

    pub(crate) fn ship(&self, player: PlayerId) -> Ship {
        match self.arena.space.table.get(self.slot(player)) {
            Some(ArenaEntity::Ship(ship)) => *ship,
            other => panic!("no ship but {other:?}"),
        }
    }

    /// Changes a ship between two steps.
    pub(crate) fn put(&mut self, player: PlayerId, change: impl FnOnce(&mut Ship)) {
        let slot = self.slot(player);
        change(self.arena.space.ship_mut(slot).expect("a ship"));
    }

    /// Puts a ship at rest somewhere, unprotected.
    pub(crate) fn place(&mut self, player: PlayerId, at: Vec2, angle: u16) {
        self.put(player, |ship| {
            *ship = Ship { rack: 0, ..Ship::fresh(player, ship.class, ship.team, at, angle) };
        });
    }

    pub(crate) fn entities(&self) -> impl Iterator<Item = &ArenaEntity> {
        self.arena.space.table.iter().map(|(_, entity)| entity)
    }
}
