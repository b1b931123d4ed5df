//! Bots of hockey: what each level does, and that the better wins.

use super::*;
use crate::event::HockeyEvent;
use crate::scenario::Scenario;
use crate::world::Hockey;
use perigee_shared::ids::PlayerId;
use perigee_shared::netcode::{Arrival, History, Past, PlayerInput, Simulation};
use perigee_shared::tick::{TICK_HZ, Tick};

/// Goals of the teams, own goals, and pucks that were stuck.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    goals: [u32; 2],
    own: u32,
    stuck: u32,
}

/// So many minutes of play of two teams, each of one level.
fn play(levels: [Level; 2], a_side: u16, minutes: u32, seed: u64) -> Tally {
    let scenario =
        Scenario { players_a_side: a_side.into(), period_s: 600, periods: 5, ..Scenario::default() };
    let mut hockey = Hockey::new(&scenario, seed);
    // One after the other, they go to the teams in turn.
    let mut bots: Vec<Bot> = (0..2 * a_side)
        .map(|seat| {
            hockey.join(PlayerId(seat), Tick(0), Arrival::default());
            Bot::new(levels[usize::from(seat % 2)], seed * 100 + u64::from(seat))
        })
        .collect();
    let (rink, history, mut events) = (Hockey::map(&scenario), History::default(), Vec::new());
    for tick in 1..=minutes * 60 * TICK_HZ {
        let inputs: Vec<PlayerInput<HockeyCommand>> = (0..)
            .zip(&mut bots)
            .map(|(seat, bot)| {
                let own = hockey.controlled(PlayerId(seat)).and_then(|slot| hockey.entities().get(slot));
                let seen = hockey.entities().iter().map(|(_, entity)| entity);
                PlayerInput::plain(PlayerId(seat), bot.decide(own, seen, &rink))
            })
            .collect();
        hockey.step(Tick(tick), &inputs, &Past::new(&history, Tick(tick)), &mut events);
    }
    let mut tally = Tally { goals: hockey.round().team_scores, ..Tally::default() };
    tally.own =
        events.iter().filter(|e| matches!(e, HockeyEvent::Goal { is_own_goal: true, .. })).count() as u32;
    tally.stuck = events.iter().filter(|e| matches!(e, HockeyEvent::Stuck)).count() as u32;
    tally
}

#[test]
fn the_stronger_beat_the_weaker() {
    for (strong, weak) in [(Level::Veteran, Level::Able), (Level::Able, Level::Rookie)] {
        for a_side in [1, 3] {
            // On either side of the rink, so that no side is an advantage.
            let there = play([strong, weak], a_side, 8, 1);
            let back = play([weak, strong], a_side, 8, 2);
            let goals = [there.goals[0] + back.goals[1], there.goals[1] + back.goals[0]];
            println!("{strong:?} {weak:?} {a_side} a side: {goals:?} {there:?} {back:?}");
            assert!(goals[0] > goals[1] + 2, "{strong:?} against {weak:?}, {a_side} a side: {goals:?}");
        }
    }
}

#[test]
#[ignore = "prints figures to tune by"]
fn figures() {
    for (a, b) in [(2, 1), (1, 0), (2, 0), (1, 1)] {
        for a_side in [1, 2, 3, 4] {
            let (a, b) = (Level::ALL[a], Level::ALL[b]);
            let mut sum = ([0, 0], 0, 0);
            for seed in 0..4 {
                let (there, back) = (play([a, b], a_side, 5, seed), play([b, a], a_side, 5, seed + 10));
                sum.0[0] += there.goals[0] + back.goals[1];
                sum.0[1] += there.goals[1] + back.goals[0];
                sum.1 += there.own + back.own;
                sum.2 += there.stuck + back.stuck;
            }
            println!("{a:?}-{b:?} {a_side}: {:?} in 40 min, own {}, stuck {}", sum.0, sum.1, sum.2);
        }
    }
}

#[test]
fn a_mind_survives_being_saved() {
    let mut bot = Bot::new(Level::Veteran, 4);
    bot.command = HockeyCommand { x: 2, y: -3, strike: true, dash: false };
    bot.wait = 3;
    let mut writer = BitWriter::new();
    bot.save(&mut writer);
    assert_eq!(Bot::load(&mut BitReader::new(writer.finish())), Ok(bot));
}

#[test]
fn without_a_mallet_or_a_puck_it_does_nothing() {
    let rink = Rink::new(&Scenario::default());
    let mut bot = Bot::new(Level::Able, 4);
    assert_eq!(bot.decide(None, std::iter::empty(), &rink), HockeyCommand::default());
}
