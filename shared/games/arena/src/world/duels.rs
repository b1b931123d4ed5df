//! Duels by the hundred: how long they last, that no class is above the others, and that a pirate is a beginner's prey.

use super::testbed::Bout;
use crate::bot::Behaviour;
use crate::class::ShipClass;
use crate::event::ArenaEvent;
use crate::scenario::Scenario;
use glam::Vec2;
use perigee_shared::tick::TICK_HZ;

/// Longest duel, seconds.
const LIMIT_S: u32 = 90;

/// Who lost, and after how many seconds from the first hit.
fn duel(sides: [(ShipClass, Behaviour); 2], seed: u64) -> Option<(usize, f32)> {
    let scenario = Scenario { asteroids: 5, map_seed: seed, ..Scenario::bare(1400.0, 1000.0) };
    let mut bout = Bout::new(&scenario, seed);
    let players = sides.map(|(class, behaviour)| bout.join(class, behaviour));
    bout.step();
    let swap = seed.is_multiple_of(2);
    for (n, player) in players.into_iter().enumerate() {
        let left = (n == 0) != swap;
        let (at, angle) =
            if left { (Vec2::new(350.0, 500.0), 0) } else { (Vec2::new(1050.0, 500.0), 0x8000) };
        bout.place(player, at, angle);
    }
    let mut first_hit = None;
    for tick in 0..LIMIT_S * TICK_HZ {
        bout.step();
        for event in &bout.events {
            match *event {
                ArenaEvent::Hit { .. } => {
                    first_hit.get_or_insert(tick);
                }
                ArenaEvent::Destroyed { victim, .. } => {
                    let since = tick - first_hit.unwrap_or(tick);
                    let loser = players.iter().position(|&player| player == victim)?;
                    return Some((loser, since as f32 / TICK_HZ as f32));
                }
                _ => {}
            }
        }
    }
    None
}

/// Share of duels that the first side wins, and the median length in seconds.
fn duels(sides: [(ShipClass, Behaviour); 2], count: u64) -> (f32, f32) {
    let mut ended: Vec<(usize, f32)> = (0..count).filter_map(|seed| duel(sides, seed)).collect();
    assert!(ended.len() as f32 > count as f32 * 0.9, "{sides:?}: {} of {count} ended", ended.len());
    ended.sort_by(|a, b| a.1.total_cmp(&b.1));
    let wins = ended.iter().filter(|(loser, _)| *loser == 1).count();
    (wins as f32 / ended.len() as f32, ended[ended.len() / 2].1)
}

#[test]
fn no_class_is_above_the_others_and_duels_take_a_while() {
    for (n, first) in ShipClass::ALL.into_iter().enumerate() {
        for second in ShipClass::ALL.into_iter().skip(n) {
            let (share, median_s) = duels([first, second].map(|class| (class, Behaviour::Hunt)), 120);
            println!("{first:?} wins {share:.2} against {second:?}, median {median_s:.1} s");
            assert!((0.25..0.75).contains(&share), "{first:?} against {second:?}: {share}");
            assert!((4.5..11.0).contains(&median_s), "{first:?} against {second:?}: {median_s} s");
        }
    }
}

#[test]
fn a_pirate_is_a_beginners_prey_and_the_idles_end() {
    for class in ShipClass::ALL {
        let against = |behaviour, count| {
            let sides = [(ShipClass::Lance, behaviour), (class, Behaviour::Pirate)];
            let (share, median_s) = duels(sides, count);
            println!(
                "a {behaviour:?} Lance wins {share:.2} against a pirate's {class:?}, median {median_s:.1} s"
            );
            share
        };
        assert!(against(Behaviour::Hunt, 100) > 0.75);
        assert!(against(Behaviour::Idle, 20) < 0.05);
    }
}
