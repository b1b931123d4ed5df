//! The match's state and its step: commands in, everything slides, the referee looks. The state lies on the wire's grid at
//! its end. Each part of the state has an owner; [`Hockey`] has them all, and says in which order they act.
//!
//! - `ice`: what is there; `puck_log`: what is remembered of the puck
//! - `skaters`: who is here and who is on the ice; `bots`: programs that play
//! - `referee`: phases, goals, periods, a stuck puck, the result

mod bots;
mod ice;
mod puck_log;
mod referee;
mod skaters;
#[cfg(test)]
mod tests;

use crate::about;
use crate::command::HockeyCommand;
use crate::entity::{HockeyEntity, Mallet, Match, Phase, Team};
use crate::event::HockeyEvent;
use crate::physics;
use crate::rink::Rink;
use crate::scenario::Scenario;
use crate::tuning::{GOAL_DEPTH, HALF_MOUTH};
use bots::Bots;
use ice::{CAPACITY, Ice};
use perigee_shared::bits::{BitReader, BitWriter};
use perigee_shared::hash::StateHasher;
use perigee_shared::ids::{PlayerId, Slot};
use perigee_shared::netcode::seam::bulletin::{Headline, Landmark, RoundView};
use perigee_shared::netcode::{
    About, Arrival, EntityTable, LastWord, LoadError, Past, PlayerInput, Simulation, Standing,
};
use perigee_shared::rng::Rng;
use perigee_shared::tick::{TICK_HZ, Tick};
use puck_log::{PuckLog, Touch};
use referee::Referee;
use skaters::Skaters;

/// A match of hockey.
#[derive(Debug)]
pub struct Hockey {
    scenario: Scenario,
    rng: Rng,
    ice: Ice,
    skaters: Skaters,
    bots: Bots,
    puck_log: PuckLog,
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
        hockey.ice.enter();
        hockey
    }

    fn join(&mut self, player: PlayerId, _tick: Tick, arrival: Arrival) {
        self.unseat(player);
        self.skaters.seat(player, arrival);
        if arrival.driven {
            self.bots.seat(player, &mut self.rng);
        }
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
        let Self { scenario, ice, skaters, bots, puck_log: log, .. } = self;
        ice.table.begin_tick(tick);
        skaters.fill_places(ice, log);
        ice.take_commands(inputs);
        // After the inputs: there is one for each seat, and nobody gives those of a program's.
        bots.think(skaters, ice);
        for &player in ice.slide() {
            if let Some(team) = skaters.get(player).and_then(|skater| skater.team) {
                log.note(Touch { player, team, at: tick });
            }
        }
        Referee { scenario, ice, skaters, log }.run(tick, events);
    }

    fn entities(&self) -> &EntityTable<HockeyEntity> {
        &self.ice.table
    }

    fn controlled(&self, player: PlayerId) -> Option<Slot> {
        self.skaters.get(player)?.mallet
    }

    fn team(&self, player: PlayerId) -> Option<u8> {
        Some(self.skaters.get(player)?.team?.number())
    }

    fn standing(&self, player: PlayerId) -> Standing {
        let Some(skater) = self.skaters.get(player) else { return Standing::default() };
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
        let contest = self.ice.contest();
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
        self.skaters.hash_into(hasher);
        self.bots.hash_into(hasher);
        self.puck_log.hash_into(hasher);
    }

    fn save(&self, out: &mut Vec<u8>) {
        let mut writer = BitWriter::new();
        writer.write_u64(self.rng.state());
        self.ice.table.save(&mut writer);
        self.skaters.save(&mut writer);
        self.bots.save(&mut writer);
        self.puck_log.save(&mut writer);
        out.extend_from_slice(writer.finish());
    }

    /// The bytes come from a file, so they are checked, and what follows from something else is not in them: the rink from
    /// the scenario, a skater's mallet from its owner.
    fn load(scenario: &Scenario, bytes: &[u8]) -> Result<Self, LoadError> {
        perigee_shared::netcode::Scenario::check(scenario).map_err(LoadError::Scenario)?;
        let mut reader = BitReader::new(bytes);
        let mut hockey = Self::empty(scenario, 0);
        hockey.rng = Rng::from_state(reader.read_u64()?);
        hockey.ice.table = EntityTable::load(CAPACITY, &mut reader)?;
        hockey.skaters.load(&mut reader)?;
        hockey.bots.load(&hockey.skaters, &mut reader)?;
        let plays_for = |player| hockey.skaters.get(player)?.team;
        hockey.puck_log = PuckLog::load(plays_for, hockey.ice.rink.middle() * 2, &mut reader)?;
        reader.end()?;
        hockey.skaters.take_possession(&hockey.ice)?;
        hockey.ice.find(scenario.periods)?;
        Ok(hockey)
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
            scenario: scenario.clone(),
            rng: Rng::new(seed),
            ice: Ice::new(scenario),
            skaters: Skaters::new(scenario),
            bots: Bots::new(),
            puck_log: PuckLog::new(),
        }
    }

    /// Takes away all that is `player`'s.
    fn unseat(&mut self, player: PlayerId) {
        self.skaters.unseat(player, &mut self.ice, &mut self.puck_log);
        self.bots.unseat(player);
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
