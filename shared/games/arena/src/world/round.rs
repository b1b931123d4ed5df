//! Rounds: a time to play, a time to look at the scores, and again. And the zone, which lasts as long as a round.

use super::feuds::Feuds;
use super::pilot::FULL_WORTH;
use super::pilots::Pilots;
use super::space::Space;
use crate::class::Team;
use crate::entity::{ArenaEntity, Contest, MAX_SHIP_SPEED_UNITS_PER_S, Phase};
use crate::event::ArenaEvent;
use crate::map::Zone;
use crate::scenario::{Mode, Scenario};
use crate::tuning::{SCORE_PER_CAPTURE, SCOREBOARD_TICKS};
use crate::zone::capture_rate;
use perigee_shared::ids::{PlayerId, Slot};
use perigee_shared::netcode::LoadError;
use perigee_shared::netcode::seam::bulletin::{RoundResult, RoundView};
use perigee_shared::tick::{TICK_HZ, TICK_SECONDS, Tick};
use std::cmp::Ordering;

/// What is played, for how long, and where its state is: an entity that everybody sees.
#[derive(Debug)]
pub(super) struct Round {
    pub(super) mode: Mode,
    round_ticks: u32,
    contest: Slot,
}

impl Round {
    /// The scenario's rounds; what tells how they stand is not in the space yet.
    pub(super) fn new(scenario: &Scenario) -> Self {
        Self { mode: scenario.mode, round_ticks: scenario.round_s * TICK_HZ, contest: Slot::default() }
    }

    /// Puts the contest into an empty space, before the first round.
    pub(super) fn enter(&mut self, space: &mut Space) {
        let contest = ArenaEntity::Contest(Contest { left_ticks: self.round_ticks, ..Contest::default() });
        self.contest = space.table.spawn(contest).unwrap_or_default();
    }

    /// Finds the contest in a loaded space.
    ///
    /// # Errors
    /// A [`LoadError`] if there is none, or more than one.
    pub(super) fn find(&mut self, space: &Space) -> Result<(), LoadError> {
        let mut contests = space.table.iter().filter(|(_, entity)| matches!(entity, ArenaEntity::Contest(_)));
        match (contests.next(), contests.next()) {
            (Some((slot, _)), None) => self.contest = slot,
            _ => return Err(LoadError::Contradiction("no match, or two at once")),
        }
        Ok(())
    }

    /// How the match stands.
    pub(super) fn contest(&self, space: &Space) -> Contest {
        match space.table.get(self.contest) {
            Some(ArenaEntity::Contest(contest)) => *contest,
            _ => Contest::default(),
        }
    }

    /// The same, to change it.
    pub(super) fn contest_mut<'a>(&self, space: &'a mut Space) -> Option<&'a mut Contest> {
        match space.table.get_mut(self.contest)? {
            ArenaEntity::Contest(contest) => Some(contest),
            _ => None,
        }
    }

    /// What is going on.
    pub(super) fn phase(&self, space: &Space) -> Phase {
        self.contest(space).phase
    }

    /// Says so if the zone got another holder in this tick, and thanks those who did it: they were in it a tick ago.
    pub(super) fn tell_capture(
        &self,
        before: Team,
        space: &Space,
        pilots: &mut Pilots,
        feuds: &mut Feuds,
        events: &mut Vec<ArenaEvent>,
    ) {
        let team = self.contest(space).holder;
        let Some(zone) = space.map.zone.filter(|_| team != before && team != Team::Free) else { return };
        let leeway = MAX_SHIP_SPEED_UNITS_PER_S * std::f32::consts::SQRT_2 * TICK_SECONDS;
        let zone = Zone { radius_units: zone.radius_units + leeway, ..zone };
        let mut first = None;
        for (player, pilot) in pilots.all_mut().filter(|(_, pilot)| pilot.team == team) {
            let ship = pilot.ship.and_then(|slot| space.ship(slot));
            if !ship.is_some_and(|ship| zone.contains(ship.position.units())) {
                continue;
            }
            let worth = feuds.worth_of_capture(pilot.mark, space.table.now());
            // One that is not worth a whole one makes nobody known for it.
            pilot.captures = pilot.captures.saturating_add(u32::from(worth == FULL_WORTH));
            let points = SCORE_PER_CAPTURE * i32::from(worth) / i32::from(FULL_WORTH);
            (pilot.acted, pilot.score) = (true, pilot.score.saturating_add(points));
            first.get_or_insert(player);
        }
        events.extend(first.map(|by| ArenaEvent::Captured { team, by }));
    }

    /// The last part of a step: whether the round goes on, and how the zone will fare.
    pub(super) fn run(
        &self,
        tick: Tick,
        space: &mut Space,
        pilots: &mut Pilots,
        events: &mut Vec<ArenaEvent>,
    ) {
        let somebody = pilots.all().any(|(_, pilot)| !pilot.driven);
        let now = self.contest(space);
        let next = match now.phase {
            Phase::Waiting if somebody => Contest { phase: Phase::Playing, ..now },
            Phase::Playing if now.left_ticks == 0 => {
                let has_points = |best: &PlayerId| pilots.get(*best).is_some_and(|pilot| pilot.score > 0);
                let (result, best) = (self.result(now.scores, pilots), best(pilots).filter(has_points));
                events.push(ArenaEvent::RoundOver { result, best });
                let result = Some(result);
                Contest { phase: Phase::Scoreboard, left_ticks: SCOREBOARD_TICKS, rate: 0, result, ..now }
            }
            Phase::Playing if !somebody => Contest { phase: Phase::Waiting, rate: 0, ..now },
            Phase::Scoreboard if now.left_ticks == 0 => {
                begin(tick, space, pilots);
                Contest { phase: Phase::Playing, left_ticks: self.round_ticks, ..Contest::default() }
            }
            _ => now,
        };
        let rate = match space.map.zone.filter(|_| next.phase == Phase::Playing) {
            Some(zone) => capture_rate(&zone, space.all_ships().map(|(_, ship)| ship)),
            None => 0,
        };
        if let Some(contest) = self.contest_mut(space) {
            *contest = Contest { rate, ..next };
        }
    }

    /// How the round stands: what it ends with if it ends now. The one place that says who wins.
    fn result(&self, team_scores: [u16; 2], pilots: &Pilots) -> RoundResult {
        let contestants = || pilots.all().map(|(_, pilot)| pilot).filter(|pilot| !pilot.is_pirate());
        if contestants().next().is_none() {
            return RoundResult::Nobody;
        }
        if self.mode == Mode::Teams {
            let [a, b] = team_scores;
            return match a.cmp(&b) {
                Ordering::Greater => RoundResult::Team(Team::A.index() as u8),
                Ordering::Less => RoundResult::Team(Team::B.index() as u8),
                Ordering::Equal => RoundResult::Draw,
            };
        }
        match best(pilots) {
            None => RoundResult::Draw,
            // To be alone, without a point, is not to win.
            Some(_) if contestants().count() == 1 && contestants().all(|pilot| pilot.score <= 0) => {
                RoundResult::Nobody
            }
            Some(best) => RoundResult::Player(best),
        }
    }

    /// `player`'s seat is another's from now on: who won is still somebody who won, but no seat.
    pub(super) fn forget_winner(&self, space: &mut Space, player: PlayerId) {
        if let Some(contest) = self.contest_mut(space)
            && contest.result == Some(RoundResult::Player(player))
        {
            contest.result = Some(RoundResult::Departed);
        }
    }

    /// How the match stands, in general words.
    pub(super) fn view(&self, space: &Space) -> RoundView {
        let contest = self.contest(space);
        RoundView {
            mode: self.mode.name(),
            phase: contest.phase.of_round(),
            left_s: contest.left_ticks.div_ceil(TICK_HZ),
            team_scores: contest.scores.map(u32::from),
            result: contest.result,
        }
    }
}

/// Everybody begins anew, in a new ship, in teams that are fair.
fn begin(tick: Tick, space: &mut Space, pilots: &mut Pilots) {
    space.remove_where(|entity| {
        matches!(entity, ArenaEntity::Ship(_) | ArenaEntity::Shot(_) | ArenaEntity::Missile(_))
    });
    pilots.even_out_teams();
    pilots.begin_round(tick);
}

/// The pilot who is ahead of all others.
fn best(pilots: &Pilots) -> Option<PlayerId> {
    let mut best: Option<(i32, Option<PlayerId>)> = None;
    for (player, pilot) in pilots.all().filter(|(_, pilot)| !pilot.is_pirate()) {
        best = match best {
            Some((score, _)) if score > pilot.score => best,
            Some((score, _)) if score == pilot.score => Some((score, None)),
            _ => Some((pilot.score, Some(player))),
        };
    }
    best.and_then(|(_, best)| best)
}
