//! What the netcode promises a player, counted in a simulated network: shots hit what they were aimed at, nothing that
//! was pressed is lost or doubled, and sending less changes nothing.

use crate::simulation::SECOND_US;
use perigee_shared::netcode::{HostConfig, Simulation};
use perigee_shared::rng::Rng;
use perigee_shared::tick::Tick;
use perigee_tests::probe_game::{Act, Counts, NOBODY, Probe, ProbeScenario};
use perigee_tests::simnet::{Conditions, World};

fn world(targets: u32, (up, down): (Conditions, Conditions), seed: u64) -> World<Probe> {
    let config = HostConfig { max_players: 64, interest_radius_units: 2000.0, seed, ..HostConfig::default() };
    World::new(config, ProbeScenario { targets }, up, down, seed)
}

/// Players shoot at what they see for `seconds`; the sum of what was counted.
fn shoot(line: Conditions, seconds: u64, seed: u64) -> Counts {
    let mut world = world(20, (line, line), seed);
    let shooters = 4;
    let mut minds: Vec<(Rng, Option<Tick>)> = (0..shooters).map(|n| (Rng::new(seed + n), None)).collect();
    for n in 0..shooters {
        world.connect(&format!("Shooter {n}"));
    }
    // The clocks find their places first.
    world.run(10 * SECOND_US, |_, _| Act::default()).unwrap();
    world
        .run(seconds * SECOND_US, |index, client| {
            let (rng, last) = &mut minds[index];
            let next = client.peer.newest_command().unwrap_or_default().plus(1);
            let is_ready = last.is_none_or(|last| next.since(last) >= 10) && rng.chance(1, 6);
            let Some(scene) = client.peer.scene().filter(|_| is_ready) else { return Act::default() };
            let targets: Vec<_> = scene.others.iter().filter(|seen| seen.entity.owner == NOBODY).collect();
            let place = targets[rng.below(targets.len() as u32) as usize].pose.position;
            *last = Some(next);
            Act::shoot_at(place.x, place.y)
        })
        .unwrap();
    let mut sum = Counts::default();
    for client in &world.clients {
        let counts = world.host.sim().counts(client.seat.unwrap());
        sum.shots += counts.shots;
        sum.hits += counts.hits;
        sum.hits_without += counts.hits_without;
    }
    sum
}

#[test]
fn shots_hit_what_the_shooter_saw() {
    for round_trip_ms in [50, 100, 200] {
        for stream in [true, false] {
            let line = Conditions {
                latency_us: round_trip_ms * 500,
                jitter_us: 5_000,
                loss_per_10_000: 200,
                twice_per_10_000: 100,
                stream,
            };
            let counts = shoot(line, 120, round_trip_ms);
            let share = |hits: u32| f64::from(hits) / f64::from(counts.shots);
            let (with, without) = (share(counts.hits), share(counts.hits_without));
            let kind = if stream { "stream" } else { "datagrams" };
            println!(
                "{round_trip_ms} ms, 2 % loss, {kind}: {} shots, {:.1} % hit, {:.1} % without compensation",
                counts.shots,
                with * 100.0,
                without * 100.0
            );
            assert!(counts.shots > 300);
            assert!(with >= 0.99, "{round_trip_ms} ms, {kind}: {with}");
            assert!(without < 0.5, "{round_trip_ms} ms, {kind}: the targets dodge too little to tell");
        }
    }
}

/// A client that taps, whose connection breaks again and again: every tap counts, once.
#[test]
fn ten_thousand_broken_connections_lose_nothing_and_double_nothing() {
    let clients = 50;
    let (mut given, mut counted, mut resumes, mut by_delta) = (0, 0, 0, 0);
    for seed in 0..4 {
        let mut rng = Rng::new(seed);
        let line =
            Conditions { latency_us: 40_000, jitter_us: 30_000, loss_per_10_000: 100, ..Conditions::good() };
        let mut world = world(5, (line, line), seed);
        for n in 0..clients {
            world.connect(&format!("Tapper {n}"));
        }
        // What each has given: commands so far, whether the button was down in it, and how many taps.
        let mut hands = vec![(0u64, false, 0u32); clients];
        let mut away: Vec<Option<u64>> = vec![None; clients];
        let mut minds: Vec<Rng> = (0..clients as u64).map(|n| Rng::new(seed * 1000 + n)).collect();
        let mut breaks = 0;
        while breaks < 2500 {
            for (index, away) in away.iter_mut().enumerate() {
                match *away {
                    Some(until_us) if world.now_us() >= until_us => {
                        world.reconnect(index);
                        *away = None;
                    }
                    None if world.now_us() > 3 * SECOND_US
                        && world.clients[index].seat.is_some()
                        && rng.chance(1, 12) =>
                    {
                        world.break_connection(index);
                        *away = Some(world.now_us() + u64::from(rng.below(3_000)) * 1000);
                        breaks += 1;
                    }
                    _ => {}
                }
            }
            tap(&mut world, 150_000, &mut hands, &mut minds);
        }
        // All come back, and what is under way arrives.
        (0..clients).filter(|&n| away[n].is_some()).for_each(|n| world.reconnect(n));
        let mut idle: Vec<Rng> = Vec::new();
        tap(&mut world, 6 * SECOND_US, &mut hands, &mut idle);
        for (client, hand) in world.clients.iter().zip(&hands) {
            let taps = world.host.sim().counts(client.seat.unwrap()).taps;
            assert_eq!(taps, hand.2, "seed {seed}, {:?}", client.peer.stats());
            given += hand.2;
            counted += taps;
            resumes += client.peer.stats().resumes;
            by_delta += client.peer.stats().resumes_by_delta;
            assert_eq!(client.peer.stats().state_mismatches, 0);
        }
    }
    println!("{resumes} resumes, {by_delta} of them by one delta: {given} taps given, {counted} counted");
    assert!(resumes >= 10_000 && by_delta > 3_000 && given > 20_000);
}

/// Runs on; with minds, hands tap at random, else they let go. Counts what was really given: a command that no tick was
/// made for was not.
fn tap(world: &mut World<Probe>, duration_us: u64, hands: &mut [(u64, bool, u32)], minds: &mut [Rng]) {
    let mut wishes = vec![false; hands.len()];
    world
        .run(duration_us, |index, client| {
            let hand = &mut hands[index];
            // The frame before this call made commands of the wish before.
            note(hand, client.peer.stats().ticks_commanded, wishes[index]);
            wishes[index] = minds.get_mut(index).is_some_and(|mind| {
                // Hands hold the button for a few frames.
                if hand.1 { mind.chance(2, 3) } else { mind.chance(1, 12) }
            });
            Act { tap: wishes[index], shot: None }
        })
        .unwrap();
    for (hand, client) in hands.iter_mut().zip(&world.clients) {
        note(hand, client.peer.stats().ticks_commanded, client.command.tap);
    }
}

fn note(hand: &mut (u64, bool, u32), commanded: u64, down: bool) {
    if commanded != hand.0 {
        hand.2 += u32::from(down && !hand.1);
        (hand.0, hand.1) = (commanded, down);
    }
}

/// What is given follows from the tick alone, so it is the same however packets travel.
fn script(index: usize, tick: Tick) -> Act {
    let tap = Rng::new(u64::from(tick.0 / 5) * 64 + index as u64).chance(1, 4);
    Act { tap, shot: None }
}

#[test]
fn sending_only_what_is_new_changes_nothing_that_the_simulation_sees() {
    let run = |every_tick: bool| {
        let line = Conditions { latency_us: 25_000, jitter_us: 3_000, ..Conditions::good() };
        let mut world = world(10, (line, line), 8);
        if every_tick {
            world.send_every_tick();
        }
        for n in 0..6 {
            world.connect(&format!("Player {n}"));
        }
        // Until all are in and their clocks stand, hands are still: only from then on the two must agree.
        world.run(5 * SECOND_US, |_, _| Act::default()).unwrap();
        let (mut hashes, late) = (Vec::new(), world.inputs_late);
        for _ in 0..60 {
            world
                .run(SECOND_US, |index, client| {
                    script(index, client.peer.newest_command().unwrap_or_default().plus(1))
                })
                .unwrap();
            hashes.push((world.host.tick_number(), world.host.sim().state_hash()));
        }
        let packets: u64 = world.clients.iter().map(|client| client.peer.stats().packets_out).sum();
        (hashes, packets, world.inputs_late - late)
    };
    let ((quiet, few, late), (chatty, many, _)) = (run(false), run(true));
    assert_eq!(late, 0, "the line is good enough for all commands to come in time");
    assert_eq!(quiet, chatty);
    println!("{few} packets instead of {many}");
    assert!(few * 2 < many, "{few} packets instead of {many}");
}

/// Plays, lets `stall` happen, plays on; gives the resyncs it cost, the commands late in the end, and how far the command
/// clock went against the time that passed, in ticks.
fn stall(seed: u64, duration_us: u64, stall: impl FnOnce(&mut World<Probe>, u64)) -> (u64, u64, i64) {
    let line = Conditions { latency_us: 40_000, jitter_us: 10_000, ..Conditions::good() };
    let mut world = world(10, (line, line), seed);
    world.connect("Ada");
    let act = |_: usize, client: &mut perigee_tests::simnet::Client<Probe>| {
        script(0, client.peer.newest_command().unwrap_or_default().plus(1))
    };
    world.run(10 * SECOND_US, act).unwrap();
    let resyncs = world.clients[0].peer.stats().resyncs;
    stall(&mut world, duration_us);
    world.run(duration_us + 8 * SECOND_US, act).unwrap();
    let (late, tick, commanded) =
        (world.inputs_late, world.host.tick_number(), world.clients[0].peer.newest_command().unwrap());
    world.run(5 * SECOND_US, act).unwrap();
    let ran = i64::from(world.clients[0].peer.newest_command().unwrap().since(commanded));
    let stepped = i64::from(world.host.tick_number().since(tick));
    (world.clients[0].peer.stats().resyncs - resyncs, world.inputs_late - late, ran - stepped)
}

#[test]
fn a_stall_of_either_side_costs_a_jump_and_no_storm() {
    for seed in 1..6 {
        for (what, (resyncs, late, drift)) in [
            ("the server stands still for 2 s", stall(seed, 2 * SECOND_US, World::stall_host)),
            ("the page freezes for 2 s", stall(seed, 2 * SECOND_US, |world, us| world.stall_client(0, us))),
            (
                "the page freezes for 500 ms",
                stall(seed, SECOND_US / 2, |world, us| world.stall_client(0, us)),
            ),
            (
                "the machine sleeps for a minute",
                stall(seed, 60 * SECOND_US, |world, us| world.stall_client(0, us)),
            ),
        ] {
            assert!(resyncs <= 3, "{what}, seed {seed}: {resyncs} clock jumps");
            assert_eq!(late, 0, "{what}, seed {seed}: commands still late 8 s after");
            assert!(drift.abs() <= 1, "{what}, seed {seed}: {drift} ticks faster than the server");
        }
    }
}

#[test]
fn an_hour_passes_without_drift() {
    let line =
        Conditions { latency_us: 40_000, jitter_us: 15_000, loss_per_10_000: 20, ..Conditions::good() };
    let mut world = world(3, (line, line), 3);
    world.connect("Ada");
    let lead = |world: &World<Probe>| {
        i64::from(world.clients[0].peer.newest_command().unwrap().since(world.host.tick_number()))
    };
    world.run(60 * SECOND_US, |_, _| Act::default()).unwrap();
    let resyncs = world.clients[0].peer.stats().resyncs;
    let (mut least, mut most) = (lead(&world), lead(&world));
    for _ in 0..59 {
        world.run(60 * SECOND_US, |_, _| Act::default()).unwrap();
        least = least.min(lead(&world));
        most = most.max(lead(&world));
    }
    assert_eq!(world.clients[0].peer.stats().resyncs, resyncs);
    assert!(least >= 1 && most <= 8, "commands {least} to {most} ticks ahead");
    assert_eq!(world.clients[0].peer.stats().state_mismatches, 0);
}
