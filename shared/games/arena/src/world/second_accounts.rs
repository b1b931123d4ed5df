//! What somebody makes of accounts that are all their own, and of changing sides: no more than of playing well.

use super::testbed::Bout;
use super::*;
use crate::bot::Behaviour;
use crate::class::{ShipClass, Team};
use crate::entity::Phase;
use crate::scenario::Mode;
use crate::tuning::{
    CAPTURE_REST_TICKS, FREE_CAPTURES, FREE_SPREE, SCORE_PER_CAPTURE, SCORE_PER_KILL, SPREE_TICKS,
};

use perigee_shared::tick::TICK_HZ;

const MAIN: PlayerId = PlayerId(0);
const MINUTES: u32 = 5;

fn teams(pilots: usize) -> Bout {
    let scenario = Scenario { mode: Mode::Teams, stations: 2, map_seed: 2, ..Scenario::bare(1400.0, 1200.0) };
    let mut bout = Bout::new(&scenario, 3);
    for _ in 0..pilots {
        bout.join(ShipClass::Lance, Behaviour::Idle);
    }
    bout.step();
    bout
}

/// Every account does a little, so that it counts, and is shot: one every three seconds. When `anew`, each leaves then and
/// somebody who never was here comes.
fn farm(accounts: u16, anew: bool) -> Standing {
    let mut bout = Bout::new(&Scenario::bare(1400.0, 1200.0), 3);
    bout.join(ShipClass::Dart, Behaviour::Idle);
    bout.step();
    for player in (1..=accounts).map(PlayerId) {
        bout.arena.join(player, bout.tick, Arrival::default());
    }
    for n in 0..MINUTES * 20 {
        bout.steps(3 * TICK_HZ);
        let player = PlayerId(1 + (n % u32::from(accounts)) as u16);
        let Some((slot, ship)) = bout.arena.ship_of(player) else { panic!("{n} has no ship") };
        bout.arena.pilots.acts(player);
        bout.arena.destroy(slot, &ship, MAIN, bout.tick);
        if anew {
            bout.arena.leave(player);
            bout.arena.join(player, bout.tick, Arrival::default());
        }
    }
    bout.arena.standing(MAIN)
}

#[test]
fn forty_second_accounts_bring_no_more_than_a_good_hunter_finds() {
    let most = FREE_SPREE + MINUTES * 60 * TICK_HZ / SPREE_TICKS + 1;
    for (accounts, anew) in [(40, false), (40, true), (7, true)] {
        let standing = farm(accounts, anew);
        let (kills, score) = (Tally::of(&standing).kills, standing.score);
        println!("{accounts} accounts, anew: {anew}: {kills} kills and {score} points, at most {most}");
        assert!(
            (i64::from(FREE_SPREE)..=i64::from(most)).contains(&kills),
            "{kills} kills, {accounts} accounts, anew: {anew}"
        );
        assert!(score <= (most as i32 + 1) * SCORE_PER_KILL, "{score} points");
    }
}

/// Puts a ship into the zone, or far from it.
fn put_into_zone(bout: &mut Bout, player: PlayerId, is_inside: bool) {
    let zone = bout.arena.space.map.zone.expect("teams have one");
    let way = if is_inside { Vec2::ZERO } else { Vec2::new(0.0, zone.radius_units + 200.0) };
    bout.place(player, zone.centre + way, 0);
}

fn most_captures() -> i64 {
    i64::from(FREE_CAPTURES + MINUTES * 60 * TICK_HZ / CAPTURE_REST_TICKS + 1)
}

#[test]
fn captures_traded_between_own_accounts_bring_no_more_than_a_zone_that_is_fought_for() {
    let mut bout = teams(6);
    let sides = [Team::A, Team::B].map(|team| {
        (0..6)
            .map(PlayerId)
            .filter(|&one| bout.arena.pilots.get(one).unwrap().team == team)
            .collect::<Vec<_>>()
    });
    let (mut side, mut traded) = (0, 0);
    for _ in 0..MINUTES * 60 * TICK_HZ {
        for (n, players) in sides.iter().enumerate() {
            players.iter().for_each(|&player| put_into_zone(&mut bout, player, n == side));
        }
        bout.step();
        if bout.events.iter().any(|event| matches!(event, ArenaEvent::Captured { .. })) {
            (side, traded) = (1 - side, traded + 1);
        }
    }
    for player in (0..6).map(PlayerId) {
        let standing = bout.arena.standing(player);
        let (captures, score) = (Tally::of(&standing).captures, standing.score);
        println!(
            "{player:?}: {captures} captures and {score} points of {traded}, at most {}",
            most_captures()
        );
        assert!(traded / 2 > 2 * most_captures(), "{traded} are no test");
        assert!((i64::from(FREE_CAPTURES)..=most_captures()).contains(&captures), "{captures} captures");
        assert!(score <= 2 * most_captures() as i32 * SCORE_PER_CAPTURE, "{score} points");
    }
}

#[test]
fn who_captures_against_themselves_by_changing_sides_gets_no_more_either() {
    let mut bout = teams(1);
    let station = bout.arena.space.map.stations[0].centre;
    let mut captured = 0;
    for _ in 0..MINUTES * 60 * TICK_HZ {
        put_into_zone(&mut bout, MAIN, true);
        bout.step();
        if bout.events.iter().any(|event| matches!(event, ArenaEvent::Captured { .. })) {
            captured += 1;
            let team = bout.arena.pilots.get(MAIN).unwrap().team.rival();
            bout.place(MAIN, station, 0);
            bout.arena.order(MAIN, ArenaOrder::JoinTeam { team });
            bout.step();
            assert_eq!(bout.arena.pilots.get(MAIN).unwrap().team, team);
        }
    }
    let captures = Tally::of(&bout.arena.standing(MAIN)).captures;
    println!("{captures} captures of {captured}, at most {}", most_captures());
    assert!(captured > most_captures() && captures <= most_captures(), "{captures} of {captured}");
}

#[test]
fn to_change_to_the_winners_just_before_the_end_brings_nothing() {
    let ended = |changes: bool| {
        let mut bout = teams(4);
        let winners = bout.arena.pilots.get(MAIN).unwrap().team.rival();
        let contest = bout.arena.contest_mut().unwrap();
        (contest.left_ticks, contest.scores) = (20, [9, 9]);
        contest.add_points(winners, 50);
        bout.place(MAIN, bout.arena.space.map.stations[0].centre, 0);
        if changes {
            bout.arena.order(MAIN, ArenaOrder::JoinTeam { team: winners });
        }
        bout.step();
        assert_eq!(bout.arena.pilots.get(MAIN).unwrap().team == winners, changes);
        bout.steps(40);
        assert_eq!(bout.arena.contest().phase, Phase::Scoreboard);
        let (standing, estate) = (bout.arena.standing(MAIN), bout.arena.estate(MAIN).unwrap());
        (Standing { team: 0, ..standing }, estate.credits, bout.arena.contest().result)
    };
    let (stayed, changed) = (ended(false), ended(true));
    assert_eq!(stayed, changed, "what counts outside is what one did");
    assert_eq!(stayed.0.score, 0);
}
