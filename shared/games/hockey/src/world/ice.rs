//! What is on the ice: the rink, the table of entities, and where in it puck and match are. It knows no rule.

use crate::command::HockeyCommand;
use crate::entity::{HockeyEntity, Match, Puck};
use crate::physics;
use crate::rink::Rink;
use crate::scenario::{MAX_PERIODS, Scenario};
use perigee_shared::ids::{PlayerId, Slot};
use perigee_shared::netcode::{EntityTable, LoadError, PlayerInput};

/// Slots: what there is at most, and what rests after many players came and left. Who finds none waits a moment.
pub(super) const CAPACITY: usize = 256;

/// What is on the ice.
#[derive(Debug)]
pub(super) struct Ice {
    pub(super) rink: Rink,
    pub(super) table: EntityTable<HockeyEntity>,
    pub(super) puck: Slot,
    contest: Slot,
    scratch: Scratch,
}

/// What a step needs for itself: memory, not state.
#[derive(Debug, Default)]
struct Scratch {
    slots: Vec<Slot>,
    entities: Vec<HockeyEntity>,
    touched: Vec<PlayerId>,
}

impl Ice {
    /// The scenario's rink, without anything on it.
    pub(super) fn new(scenario: &Scenario) -> Self {
        Self {
            rink: Rink::new(scenario),
            table: EntityTable::with_capacity(CAPACITY),
            puck: Slot::default(),
            contest: Slot::default(),
            scratch: Scratch::default(),
        }
    }

    /// Puts puck and match onto empty ice.
    pub(super) fn enter(&mut self) {
        let puck = Puck { position: self.rink.middle(), ..Puck::default() };
        // The table is empty: both find a place.
        self.puck = self.table.spawn(HockeyEntity::Puck(puck)).unwrap_or_default();
        self.contest = self.table.spawn(HockeyEntity::Match(Match::default())).unwrap_or_default();
    }

    /// Finds puck and match in a loaded table.
    ///
    /// # Errors
    /// A [`LoadError`] if there is not one of each, or the match has more than so many periods.
    pub(super) fn find(&mut self, periods: u32) -> Result<(), LoadError> {
        let (mut pucks, mut contests) = (0, 0);
        for (slot, entity) in self.table.iter() {
            match entity {
                HockeyEntity::Puck(_) => (self.puck, pucks) = (slot, pucks + 1),
                HockeyEntity::Match(contest) => {
                    if u32::from(contest.period) > periods.min(MAX_PERIODS) {
                        return Err(LoadError::Contradiction("more periods than the match has"));
                    }
                    (self.contest, contests) = (slot, contests + 1);
                }
                HockeyEntity::Mallet(_) => {}
            }
        }
        let is_whole = pucks == 1 && contests == 1;
        is_whole.then_some(()).ok_or(LoadError::Contradiction("not one puck and one match"))
    }

    pub(super) fn contest(&self) -> Match {
        match self.table.get(self.contest) {
            Some(HockeyEntity::Match(contest)) => *contest,
            _ => Match::default(),
        }
    }

    pub(super) fn set_contest(&mut self, contest: Match) {
        if let Some(place) = self.table.get_mut(self.contest) {
            *place = HockeyEntity::Match(contest);
        }
    }

    pub(super) fn puck(&self) -> Puck {
        match self.table.get(self.puck) {
            Some(HockeyEntity::Puck(puck)) => *puck,
            _ => Puck::default(),
        }
    }

    pub(super) fn set_puck(&mut self, puck: Puck) {
        if let Some(place) = self.table.get_mut(self.puck) {
            *place = HockeyEntity::Puck(puck);
        }
    }

    /// Everybody on the ice under their command. A strike whose command came late is struck now.
    pub(super) fn take_commands(&mut self, inputs: &[PlayerInput<HockeyCommand>]) {
        for (_, entity) in self.table.iter_mut() {
            let HockeyEntity::Mallet(mallet) = entity else { continue };
            let Ok(at) = inputs.binary_search_by_key(&mallet.owner, |input| input.player) else { continue };
            mallet.command = inputs[at].command;
            mallet.command.strike |= inputs[at].pressed.is_some_and(|pressed| pressed.strike);
        }
    }

    /// Moves everything; who touched the puck, in order.
    pub(super) fn slide(&mut self) -> &[PlayerId] {
        let Scratch { slots, entities, touched } = &mut self.scratch;
        slots.clear();
        entities.clear();
        touched.clear();
        for (slot, entity) in self.table.iter() {
            slots.push(slot);
            entities.push(*entity);
        }
        physics::step(entities, &self.rink, &mut |player| touched.push(player));
        for (&slot, entity) in slots.iter().zip(entities.iter()) {
            if let Some(place) = self.table.get_mut(slot) {
                *place = *entity;
            }
        }
        touched
    }
}
