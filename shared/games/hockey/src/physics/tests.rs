//! Laws of the rink: nothing leaves it, no energy out of nothing, mirrored play is mirrored.

use super::*;
use crate::command::HockeyCommand;
use crate::entity::Team;
use crate::scenario::Scenario;
use crate::tuning::{GOAL_DEPTH, MAX_ENERGY};
use perigee_shared::netcode::{Command, Entity};
use perigee_shared::rng::Rng;

fn rink() -> Rink {
    Rink::new(&Scenario::default())
}

fn mallet(seat: u16, at: (i32, i32)) -> HockeyEntity {
    HockeyEntity::Mallet(Mallet {
        owner: PlayerId(seat),
        team: Team::ALL[usize::from(seat % 2)],
        command: HockeyCommand::default(),
        position: IVec2::from(at) * QUANTA_PER_UNIT,
        velocity: IVec2::ZERO,
        energy: MAX_ENERGY,
        cooldown: 0,
        windup: 0,
        hold: 0,
    })
}

fn puck(at: (i32, i32), velocity: (i32, i32)) -> HockeyEntity {
    let (position, velocity) = (IVec2::from(at) * QUANTA_PER_UNIT, IVec2::from(velocity));
    HockeyEntity::Puck(Puck { position, velocity, hold: 0 })
}

fn as_mallet(entity: &mut HockeyEntity) -> &mut Mallet {
    match entity {
        HockeyEntity::Mallet(mallet) => mallet,
        other => panic!("{other:?}"),
    }
}

fn as_puck(entity: &HockeyEntity) -> Puck {
    match entity {
        HockeyEntity::Puck(puck) => *puck,
        other => panic!("{other:?}"),
    }
}

/// Eight mallets and a puck, at random.
fn random_bodies(rng: &mut Rng) -> Vec<HockeyEntity> {
    let mut any = |low: i32, high: i32| low + rng.below((high - low) as u32) as i32;
    let mut all = vec![puck((any(100, 1000), any(50, 500)), (any(-4000, 4000), any(-4000, 4000)))];
    all.extend((0..8).map(|seat| mallet(seat, (any(80, 1020), any(30, 530)))));
    all
}

/// Twice the energy of motion, in a mallet's mass and quanta a tick.
fn energy(all: &[HockeyEntity]) -> f64 {
    let of = |velocity: IVec2, lightness: f32| {
        f64::from(velocity.as_vec2().length_squared()) / f64::from(lightness)
    };
    all.iter()
        .map(|entity| match entity {
            HockeyEntity::Mallet(mallet) => of(mallet.velocity, 1.0),
            HockeyEntity::Puck(puck) => of(puck.velocity, PUCK_LIGHTNESS),
            HockeyEntity::Match(_) => 0.0,
        })
        .sum()
}

/// Everybody does something at random, now and then something else.
fn command(all: &mut [HockeyEntity], rng: &mut Rng, codes: u32) {
    for entity in all {
        if let HockeyEntity::Mallet(mallet) = entity
            && rng.chance(1, 8)
        {
            mallet.command = HockeyCommand::unpack(rng.below(codes)).unwrap();
        }
    }
}

#[test]
fn nothing_ever_leaves_the_rink() {
    let rink = rink();
    let (left, right) = rink.goal_lines_units();
    for seed in 0..6 {
        let mut rng = Rng::new(seed);
        let mut all = random_bodies(&mut rng);
        for tick in 0..3_000 {
            command(&mut all, &mut rng, crate::command::CODES);
            step(&mut all, &rink, &mut |_| {});
            for entity in &all {
                let at = entity.pose().position;
                let (radius, pocket) = match entity {
                    HockeyEntity::Puck(_) => (PUCK_RADIUS as f32, GOAL_DEPTH as f32),
                    _ => (MALLET_RADIUS as f32, 0.0),
                };
                let is_inside = at.x >= left - pocket + radius
                    && at.x <= right + pocket - radius
                    && at.y >= radius
                    && at.y <= rink.size_units().y - radius;
                assert!(is_inside, "seed {seed}, tick {tick}: {entity:?}");
            }
        }
    }
}

#[test]
fn energy_never_grows_while_nobody_pushes_or_strikes() {
    let rink = rink();
    for seed in 0..40 {
        let mut rng = Rng::new(seed);
        let mut all = random_bodies(&mut rng);
        for entity in &mut all[1..] {
            let speed = |rng: &mut Rng| rng.below(5000) as i32 - 2500;
            as_mallet(entity).velocity = IVec2::new(speed(&mut rng), speed(&mut rng));
        }
        let mut before = energy(&all);
        for tick in 0..300 {
            step(&mut all, &rink, &mut |_| {});
            let now = energy(&all);
            assert!(now <= before, "seed {seed}, tick {tick}: {before} became {now}");
            before = now;
        }
        assert!(before < 10_000.0, "seed {seed}: it never comes to rest: {before}");
    }
}

#[test]
fn play_seen_in_a_mirror_is_play() {
    let rink = rink();
    let (wide, high) = ((rink.middle() * 2).x, (rink.middle() * 2).y);
    for (flip_x, flip_y) in [(true, false), (false, true), (true, true)] {
        let sign = IVec2::new(if flip_x { -1 } else { 1 }, if flip_y { -1 } else { 1 });
        let place = |at: IVec2| {
            IVec2::new(if flip_x { wide - at.x } else { at.x }, if flip_y { high - at.y } else { at.y })
        };
        let mirrored = |entity: &HockeyEntity| match *entity {
            HockeyEntity::Mallet(m) => {
                let (x, y) = (m.command.x * sign.x as i8, m.command.y * sign.y as i8);
                let command = HockeyCommand { x, y, ..m.command };
                HockeyEntity::Mallet(Mallet {
                    command,
                    position: place(m.position),
                    velocity: m.velocity * sign,
                    ..m
                })
            }
            HockeyEntity::Puck(p) => {
                HockeyEntity::Puck(Puck { position: place(p.position), velocity: p.velocity * sign, ..p })
            }
            other => other,
        };
        let mut rng = Rng::new(9);
        let mut all = random_bodies(&mut rng);
        let mut other: Vec<HockeyEntity> = all.iter().map(mirrored).collect();
        for tick in 0..2_000 {
            command(&mut all, &mut rng, crate::command::CODES);
            for (entity, reflected) in all.iter_mut().zip(&mut other).skip(1) {
                let command = as_mallet(&mut mirrored(entity)).command;
                as_mallet(reflected).command = command;
            }
            step(&mut all, &rink, &mut |_| {});
            step(&mut other, &rink, &mut |_| {});
            let expected: Vec<HockeyEntity> = all.iter().map(mirrored).collect();
            assert_eq!(other, expected, "tick {tick}");
        }
    }
}

#[test]
fn alone_and_together_are_the_same_while_nothing_meets() {
    let rink = rink();
    let mut all = vec![mallet(0, (200, 100)), mallet(1, (200, 400)), puck((800, 300), (500, -300))];
    let mut alone = all.clone();
    for entity in all.iter_mut().chain(&mut alone) {
        if let HockeyEntity::Mallet(mallet) = entity {
            mallet.command = HockeyCommand { x: 1, y: -2, dash: true, ..HockeyCommand::default() };
        }
    }
    for _ in 0..40 {
        step(&mut all, &rink, &mut |_| {});
        alone.iter_mut().for_each(|entity| entity.advance(&rink));
        assert_eq!(all, alone);
    }
}

#[test]
fn a_strike_that_is_wound_up_drives_the_puck_along_the_line_of_centres() {
    let rink = rink();
    let mut all = vec![mallet(7, (500, 280)), puck((529, 309), (0, 0))];
    as_mallet(&mut all[0]).command.strike = true;
    for _ in 1..WINDUP_TICKS {
        step(&mut all, &rink, &mut |_| panic!("it winds up"));
    }
    let mut touches = Vec::new();
    step(&mut all, &rink, &mut |player| touches.push(player));
    let Puck { velocity, .. } = as_puck(&all[1]);
    assert_eq!(touches, [PlayerId(7)]);
    assert_eq!(velocity.x, velocity.y);
    let speed = velocity.as_vec2().length() / QUANTA_PER_UNIT as f32;
    assert!((speed - STRIKE_SPEED * PUCK_KEEPS).abs() < 0.1, "{speed}");
    assert_eq!(as_mallet(&mut all[0]).cooldown, STRIKE_TICKS);
    // The next one comes when it has rested and wound up again.
    all[1] = puck((529, 309), (0, 0));
    let strikes = (1..100).find(|_| {
        step(&mut all, &rink, &mut |_| {});
        as_puck(&all[1]).velocity != IVec2::ZERO
    });
    assert_eq!(strikes, Some(u32::from(STRIKE_TICKS + WINDUP_TICKS) - 1));
}

/// The tick in which a mallet strikes that taps once, when the puck comes into reach in the tick `comes`.
fn struck_after_a_tap(comes: u32) -> Option<u32> {
    let rink = rink();
    let mut all = vec![mallet(0, (500, 280)), puck((900, 280), (0, 0))];
    (1..60).find(|&tick| {
        as_mallet(&mut all[0]).command.strike = tick == 1;
        if tick == comes {
            all[1] = puck((540, 280), (0, 0));
        }
        step(&mut all, &rink, &mut |_| {});
        as_puck(&all[1]).velocity != IVec2::ZERO
    })
}

#[test]
fn a_tap_winds_up_strikes_and_stays_armed_for_a_moment() {
    let (ready, last) = (u32::from(WINDUP_TICKS), u32::from(WINDUP_TICKS + ARMED_TICKS));
    assert_eq!(struck_after_a_tap(1), Some(ready));
    for comes in ready..=last {
        assert_eq!(struck_after_a_tap(comes), Some(comes));
    }
    assert_eq!(struck_after_a_tap(last + 1), None);
}

#[test]
fn a_strike_out_of_reach_or_at_a_puck_that_is_held_does_nothing() {
    let rink = rink();
    for (at, hold) in [((545, 280), 0), ((540, 280), 9)] {
        let mut all = vec![mallet(0, (500, 280)), puck(at, (0, 0))];
        as_mallet(&mut all[0]).command.strike = true;
        if let HockeyEntity::Puck(puck) = &mut all[1] {
            puck.hold = hold;
        }
        for _ in 0..9 {
            step(&mut all, &rink, &mut |_| panic!("nobody touches it"));
        }
        assert_eq!(as_puck(&all[1]).velocity, IVec2::ZERO);
        assert_eq!(as_mallet(&mut all[0]).cooldown, 0);
    }
}

#[test]
fn a_dash_is_faster_and_ends_with_the_energy() {
    let rink = rink();
    let fastest = |dash: bool| {
        let mut all = vec![mallet(0, (100, 280))];
        as_mallet(&mut all[0]).command = HockeyCommand { x: 3, dash, ..HockeyCommand::default() };
        let speeds = (0..60).map(|_| {
            step(&mut all, &rink, &mut |_| {});
            as_mallet(&mut all[0]).velocity.x
        });
        speeds.max().unwrap()
    };
    assert!(fastest(true) * 10 > fastest(false) * 14, "{} {}", fastest(true), fastest(false));
    let mut all = vec![mallet(0, (100, 280))];
    as_mallet(&mut all[0]).command = HockeyCommand { x: 3, dash: true, ..HockeyCommand::default() };
    (0..200).for_each(|_| step(&mut all, &rink, &mut |_| {}));
    assert!(as_mallet(&mut all[0]).energy <= 2 * DASH_COST, "it lives from hand to mouth");
}

#[test]
fn more_bodies_than_a_match_has_are_stepped_all_the_same() {
    let rink = rink();
    let mut all: Vec<HockeyEntity> =
        (0..40).map(|seat| mallet(seat, (100 + 20 * i32::from(seat), 200))).collect();
    all.push(puck((500, 300), (900, 0)));
    let before = all[40];
    step(&mut all, &rink, &mut |_| {});
    assert_ne!(all[40], before);
}
