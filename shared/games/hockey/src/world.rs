//! The match's state and its step: commands in, everything slides, the referee looks. The state lies on the wire's grid at
//! its end.
//!
//! - `skaters`: who is here, who is on the ice, and programs that play
//! - `referee`: phases, goals, periods, a stuck puck, the result
//! - `save`: the state as bytes

mod referee;
mod save;
mod skaters;
#[cfg(test)]
mod tests;

use crate::about;
use crate::bot::Bot;
use crate::command::HockeyCommand;
use crate::entity::{HockeyEntity, Mallet, Match, Phase, Puck, Team};
use crate::event::HockeyEvent;
use crate::physics;
use crate::rink::Rink;
use crate::scenario::{MAX_PLAYERS_A_SIDE, Scenario};
use crate::tuning::{GOAL_DEPTH, HALF_MOUTH, QUANTA_PER_UNIT};
use glam::IVec2;
use perigee_shared::hash::StateHasher;
use perigee_shared::ids::{PlayerId, Slot};
use perigee_shared::netcode::seam::bulletin::{Headline, Landmark, RoundView};
use perigee_shared::netcode::{
    About, Arrival, EntityTable, LastWord, LoadError, Past, PlayerInput, Simulation, Standing,
};
use perigee_shared::rng::Rng;
use perigee_shared::tick::{TICK_HZ, Tick};
use skaters::Skater;

/// Slots: what there is at most, and what rests after a busy coming and going. Who finds none waits a moment.
const CAPACITY: usize = 256;
/// Touches that are remembered: who scored, who passed, whom the puck grazed.
const TOUCHES: usize = 4;

/// Somebody touched the puck.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Touch {
    player: PlayerId,
    team: Team,
    at: Tick,
}

/// A match of hockey.
#[derive(Debug)]
pub struct Hockey {
    scenario: Scenario,
    rink: Rink,
    rng: Rng,
    table: EntityTable<HockeyEntity>,
    /// Everybody who has a seat, by seat.
    skaters: Vec<Skater>,
    /// How many came so far.
    arrivals: u32,
    /// Of skaters that the simulation itself drives, by seat.
    bots: Vec<(PlayerId, Bot)>,
    puck: Slot,
    contest: Slot,
    /// Who touched the puck last, newest first, each player once in a row.
    touches: Vec<Touch>,
    lingers: Linger,
    scratch: Scratch,
}

/// Where the puck has been around, and for how many ticks of play.
#[derive(Clone, Copy, Debug, Default)]
struct Linger {
    around: IVec2,
    ticks: u32,
}

/// What a step needs for itself: memory, no state.
#[derive(Debug, Default)]
struct Scratch {
    slots: Vec<Slot>,
    entities: Vec<HockeyEntity>,
    touched: Vec<PlayerId>,
}

impl Simulation for Hockey {
    type Command = HockeyCommand;
    type Order = ();
    type Entity = HockeyEntity;
    type Event = HockeyEvent;
    type Scenario = Scenario;

    const ABOUT: About = about::ABOUT;

    fn map(scenario: &Scenario) -> Rink {
        Rink::new(scenario)
    }

    fn obstacles(rink: &Rink) -> Vec<(f32, f32, f32)> {
        let posts = Team::ALL.map(|team| rink.goal_of(team));
        let radius = crate::tuning::POST_RADIUS as f32;
        posts
            .iter()
            .flat_map(|goal| [-1.0, 1.0].map(|side| (goal.x, goal.y + side * HALF_MOUTH as f32, radius)))
            .collect()
    }

    fn landmarks(rink: &Rink) -> Vec<Landmark> {
        let goal = |team: Team| Landmark {
            name: if team == Team::Frost { "Frost's goal" } else { "Ember's goal" },
            at: (rink.goal_of(team).x - team.attack() * GOAL_DEPTH as f32 / 2.0, rink.goal_of(team).y),
            radius_units: GOAL_DEPTH as f32 / 2.0,
        };
        Team::ALL.map(goal).to_vec()
    }

    fn size_units(scenario: &Scenario) -> (f32, f32) {
        Rink::new(scenario).size_units().into()
    }

    fn new(scenario: &Scenario, seed: u64) -> Self {
        let mut hockey = Self::empty(scenario, seed);
        let puck = Puck { position: hockey.rink.middle(), ..Puck::default() };
        // The table is empty: both find a place.
        hockey.puck = hockey.table.spawn(HockeyEntity::Puck(puck)).unwrap_or_default();
        hockey.contest = hockey.table.spawn(HockeyEntity::Match(Match::default())).unwrap_or_default();
        hockey
    }

    fn join(&mut self, player: PlayerId, _tick: Tick, arrival: Arrival) {
        self.seat(player, arrival);
    }

    fn leave(&mut self, player: PlayerId) -> LastWord {
        let standing = self.standing(player);
        self.unseat(player);
        LastWord { standing, belongings: None }
    }

    fn step(
        &mut self,
        tick: Tick,
        inputs: &[PlayerInput<HockeyCommand>],
        _past: &Past<'_, HockeyEntity>,
        events: &mut Vec<HockeyEvent>,
    ) {
        self.table.begin_tick(tick);
        self.fill_places();
        self.take_commands(inputs);
        // After the inputs: there is one for each seat, and nobody gives those of a program's.
        self.think();
        self.slide(tick);
        self.referee(tick, events);
    }

    fn entities(&self) -> &EntityTable<HockeyEntity> {
        &self.table
    }

    fn controlled(&self, player: PlayerId) -> Option<Slot> {
        self.skater(player)?.mallet
    }

    fn team(&self, player: PlayerId) -> Option<u8> {
        Some(self.skater(player)?.team?.number())
    }

    fn standing(&self, player: PlayerId) -> Standing {
        let Some(skater) = self.skater(player) else { return Standing::default() };
        Standing {
            score: i32::from(skater.tally.goals),
            team: skater.team.map_or(0, Team::number),
            statistics: skater.tally.into(),
        }
    }

    fn headline(event: &HockeyEvent) -> Option<Headline> {
        about::headline(event)
    }

    fn round(&self) -> RoundView {
        let contest = self.contest();
        let left_ticks = contest.shown_ticks();
        RoundView {
            mode: Self::ABOUT.name,
            phase: contest.phase.of_round(),
            left_s: left_ticks.div_ceil(TICK_HZ),
            team_scores: contest.scores.map(u32::from),
            result: contest.result,
        }
    }

    fn hash_hidden(&self, hasher: &mut StateHasher) {
        hasher.write_u64(self.rng.state());
        hasher.write_u64(u64::from(self.arrivals));
        for skater in &self.skaters {
            skater.hash_into(hasher);
        }
        for (_, bot) in &self.bots {
            bot.hash_into(hasher);
        }
        for touch in &self.touches {
            let who = u64::from(touch.player.0) << 1 | u64::from(touch.team == Team::Ember);
            hasher.write_u64(who << 32 | u64::from(touch.at.0));
        }
        let Linger { around, ticks } = self.lingers;
        around.to_array().into_iter().for_each(|at| hasher.write_i32(at));
        hasher.write_u64(u64::from(ticks));
    }

    fn save(&self, out: &mut Vec<u8>) {
        save::save(self, out);
    }

    fn load(scenario: &Scenario, bytes: &[u8]) -> Result<Self, LoadError> {
        save::load(scenario, bytes)
    }

    fn foresee(entities: &mut [HockeyEntity], _own: Option<usize>, rink: &Rink) {
        physics::step(entities, rink, &mut |_| {});
    }

    fn with_command(entity: HockeyEntity, command: HockeyCommand) -> HockeyEntity {
        match entity {
            HockeyEntity::Mallet(mallet) => HockeyEntity::Mallet(Mallet { command, ..mallet }),
            other => other,
        }
    }

    fn offspring(_: &HockeyEntity, _: &Rink) -> Option<HockeyEntity> {
        None
    }
}

impl Hockey {
    /// A match without anything on the ice.
    fn empty(scenario: &Scenario, seed: u64) -> Self {
        Self {
            rink: Rink::new(scenario),
            scenario: scenario.clone(),
            rng: Rng::new(seed),
            table: EntityTable::with_capacity(CAPACITY),
            skaters: Vec::with_capacity(2 * MAX_PLAYERS_A_SIDE),
            arrivals: 0,
            bots: Vec::with_capacity(2 * MAX_PLAYERS_A_SIDE),
            puck: Slot::default(),
            contest: Slot::default(),
            touches: Vec::with_capacity(TOUCHES),
            lingers: Linger::default(),
            scratch: Scratch::default(),
        }
    }

    /// Places of a team.
    fn places(&self) -> usize {
        self.scenario.players_a_side as usize
    }

    fn contest(&self) -> Match {
        match self.table.get(self.contest) {
            Some(HockeyEntity::Match(contest)) => *contest,
            _ => Match::default(),
        }
    }

    fn set_contest(&mut self, contest: Match) {
        if let Some(place) = self.table.get_mut(self.contest) {
            *place = HockeyEntity::Match(contest);
        }
    }

    fn puck(&self) -> Puck {
        match self.table.get(self.puck) {
            Some(HockeyEntity::Puck(puck)) => *puck,
            _ => Puck::default(),
        }
    }

    /// Everybody on the ice under their command. A strike whose command came late is struck now.
    fn take_commands(&mut self, inputs: &[PlayerInput<HockeyCommand>]) {
        for (_, entity) in self.table.iter_mut() {
            let HockeyEntity::Mallet(mallet) = entity else { continue };
            let Ok(at) = inputs.binary_search_by_key(&mallet.owner, |input| input.player) else { continue };
            mallet.command = inputs[at].command;
            mallet.command.strike |= inputs[at].pressed.is_some_and(|pressed| pressed.strike);
        }
    }

    /// Moves everything, and notes who touched the puck.
    fn slide(&mut self, tick: Tick) {
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
        for at in 0..self.scratch.touched.len() {
            self.note_touch(self.scratch.touched[at], tick);
        }
    }

    fn note_touch(&mut self, player: PlayerId, at: Tick) {
        let Some(team) = self.skater(player).and_then(|skater| skater.team) else { return };
        let touch = Touch { player, team, at };
        match self.touches.first_mut() {
            Some(last) if last.player == player => *last = touch,
            _ => {
                self.touches.truncate(TOUCHES - 1);
                self.touches.insert(0, touch);
            }
        }
    }

    /// A place of the rink's grid.
    fn quanta(units: (f32, f32)) -> IVec2 {
        IVec2::new(libm::roundf(units.0) as i32, libm::roundf(units.1) as i32) * QUANTA_PER_UNIT
    }
}

impl Match {
    /// Ticks that a clock shows: of play left in the period, or until what is going on is over.
    #[must_use]
    pub fn shown_ticks(&self) -> u32 {
        match self.phase {
            Phase::Waiting => 0,
            Phase::FaceOff | Phase::Playing | Phase::Goal => u32::from(self.clock_ticks),
            Phase::Intermission | Phase::Scoreboard => u32::from(self.left_ticks),
        }
    }
}
