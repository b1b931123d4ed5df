//! Rounds: a time to play, a time to look at the scores, and again. And the zone, which lasts as long as a round.

use super::Arena;
use super::feuds::FULL_WORTH;
use crate::class::Team;
use crate::entity::{ArenaEntity, Contest, MAX_SHIP_SPEED_UNITS_PER_S, Phase};
use crate::event::ArenaEvent;
use crate::map::Zone;
use crate::scenario::Mode;
use crate::tuning::{SCORE_PER_CAPTURE, SCOREBOARD_TICKS};
use crate::zone::capture_rate;
use perigee_shared::ids::PlayerId;
use perigee_shared::netcode::seam::bulletin::{RoundResult, RoundView};
use perigee_shared::tick::{TICK_HZ, TICK_SECONDS, Tick};
use std::cmp::Ordering;

impl Arena {
    /// Says so if the zone got another holder in this tick, and thanks those who did it: they were in it a tick ago.
    pub(super) fn tell_capture(&mut self, before: Team, events: &mut Vec<ArenaEvent>) {
        let team = self.contest().holder;
        let Some(zone) = self.map.zone.filter(|_| team != before && team != Team::Free) else { return };
        let leeway = MAX_SHIP_SPEED_UNITS_PER_S * std::f32::consts::SQRT_2 * TICK_SECONDS;
        let zone = Zone { radius_units: zone.radius_units + leeway, ..zone };
        let mut first = None;
        for seat in 0..self.pilots.len() {
            let Some(pilot) = self.pilots[seat].filter(|pilot| pilot.team == team) else { continue };
            let ship = pilot.ship.and_then(|slot| self.table.get(slot));
            if !matches!(ship, Some(ArenaEntity::Ship(ship)) if zone.contains(ship.position.units())) {
                continue;
            }
            let worth = self.worth_of_capture(pilot.mark, self.table.now());
            if let Some(pilot) = self.pilots[seat].as_mut() {
                // One that is not worth a whole one makes nobody known for it.
                pilot.captures = pilot.captures.saturating_add(u32::from(worth == FULL_WORTH));
                let points = SCORE_PER_CAPTURE * i32::from(worth) / i32::from(FULL_WORTH);
                (pilot.acted, pilot.score) = (true, pilot.score.saturating_add(points));
            }
            first.get_or_insert(PlayerId(seat as u16));
        }
        events.extend(first.map(|by| ArenaEvent::Captured { team, by }));
    }

    /// The last part of a step: whether the round goes on, and how the zone will fare.
    pub(super) fn run_round(&mut self, tick: Tick, events: &mut Vec<ArenaEvent>) {
        let somebody = self.pilots.iter().flatten().any(|pilot| !pilot.driven);
        let now = self.contest();
        let next = match now.phase {
            Phase::Waiting if somebody => Contest { phase: Phase::Playing, ..now },
            Phase::Playing if now.left_ticks == 0 => {
                let (result, best) = (self.result(), self.best().filter(|&best| self.score_of(best) > 0));
                events.push(ArenaEvent::RoundOver { result, best });
                let result = Some(result);
                Contest { phase: Phase::Scoreboard, left_ticks: SCOREBOARD_TICKS, rate: 0, result, ..now }
            }
            Phase::Playing if !somebody => Contest { phase: Phase::Waiting, rate: 0, ..now },
            Phase::Scoreboard if now.left_ticks == 0 => {
                self.begin_round(tick);
                Contest { phase: Phase::Playing, left_ticks: self.round_ticks, ..Contest::default() }
            }
            _ => now,
        };
        let rate = match self.map.zone.filter(|_| next.phase == Phase::Playing) {
            Some(zone) => capture_rate(&zone, self.all_ships().map(|(_, ship)| ship)),
            None => 0,
        };
        if let Some(contest) = self.contest_mut() {
            *contest = Contest { rate, ..next };
        }
    }

    /// Everybody begins anew, in a new ship, in teams that are fair.
    fn begin_round(&mut self, tick: Tick) {
        self.remove_where(|entity| {
            matches!(entity, ArenaEntity::Ship(_) | ArenaEntity::Shot(_) | ArenaEntity::Missile(_))
        });
        self.even_out_teams();
        for pilot in self.pilots.iter_mut().flatten() {
            (pilot.score, pilot.deaths, pilot.kills, pilot.captures) = (0, 0, 0, 0);
            (pilot.ship, pilot.fight, pilot.returns_at) = (None, None, tick.plus(1));
            pilot.next_ship = None;
        }
    }

    /// How the round stands: what it ends with if it ends now. The one place that says who wins.
    fn result(&self) -> RoundResult {
        let contestants = || self.pilots.iter().flatten().filter(|pilot| !pilot.is_pirate());
        if contestants().next().is_none() {
            return RoundResult::Nobody;
        }
        if self.mode == Mode::Teams {
            let [a, b] = self.contest().scores;
            return match a.cmp(&b) {
                Ordering::Greater => RoundResult::Team(Team::A.index() as u8),
                Ordering::Less => RoundResult::Team(Team::B.index() as u8),
                Ordering::Equal => RoundResult::Draw,
            };
        }
        match self.best() {
            None => RoundResult::Draw,
            // To be alone, without a point, is not to win.
            Some(_) if contestants().count() == 1 && contestants().all(|pilot| pilot.score <= 0) => {
                RoundResult::Nobody
            }
            Some(best) => RoundResult::Player(best),
        }
    }

    fn score_of(&self, player: PlayerId) -> i32 {
        self.pilot(player).map_or(0, |pilot| pilot.score)
    }

    /// The pilot who is ahead of all others.
    fn best(&self) -> Option<PlayerId> {
        let mut best: Option<(i32, Option<PlayerId>)> = None;
        for (seat, pilot) in self.pilots.iter().enumerate() {
            let Some(pilot) = pilot.filter(|pilot| !pilot.is_pirate()) else { continue };
            best = match best {
                Some((score, _)) if score > pilot.score => best,
                Some((score, _)) if score == pilot.score => Some((score, None)),
                _ => Some((pilot.score, Some(PlayerId(seat as u16)))),
            };
        }
        best.and_then(|(_, best)| best)
    }

    /// `player`'s seat is another's from now on: who won is still somebody who won, but no seat.
    pub(super) fn forget_winner(&mut self, player: PlayerId) {
        if let Some(contest) = self.contest_mut()
            && contest.result == Some(RoundResult::Player(player))
        {
            contest.result = Some(RoundResult::Departed);
        }
    }

    /// How the match stands, in general words.
    pub(super) fn round_view(&self) -> RoundView {
        let contest = self.contest();
        RoundView {
            mode: self.mode.name(),
            phase: contest.phase.name(),
            left_s: contest.left_ticks.div_ceil(TICK_HZ),
            team_scores: contest.scores.map(u32::from),
            result: contest.result,
        }
    }
}
