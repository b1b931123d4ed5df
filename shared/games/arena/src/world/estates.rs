//! What pilots own arrives and leaves with them: nothing is made on the way, and nothing is lost but what a sale costs.

use super::testbed::Bout;
use super::*;
use crate::bot::Behaviour;
use crate::class::ShipClass;
use crate::entity::GridVec;
use crate::goods::GOODS;
use crate::market::Deal;
use crate::stake::Stake;
use crate::tuning::{BOUNTY_SHARE, FIGHT_TICKS, RESPAWN_TICKS, START_CREDITS};
use perigee_shared::netcode::replay::{KEYFRAME_TICKS, Player};
use perigee_shared::netcode::{Belongings, Departure, Host, HostConfig, Outbox, Ticket};
use perigee_shared::protocol::Hello;
use perigee_shared::tick::TICK_MICROS;

const PILOT: PlayerId = PlayerId(0);

fn arena() -> Arena {
    Arena::new(&Scenario { stations: 3, map_seed: 2, ..Scenario::bare(1400.0, 1200.0) }, 5)
}

fn join(arena: &mut Arena, player: PlayerId, belongings: Option<Belongings>) {
    arena.join(player, Tick(0), Arrival { belongings, ..Arrival::default() });
    assert!(arena.books_balance());
}

fn estate(credits: i32, goods: [u16; GOODS]) -> Estate {
    Estate { mark: 7, ..Estate::with(credits, goods, Stake::default()) }
}

#[test]
fn cargo_comes_back_as_cargo() {
    let mut arena = arena();
    let owned = estate(70, [3, 0, 9, 0, 12]);
    for _ in 0..5 {
        join(&mut arena, PILOT, owned.pack());
        assert_eq!(arena.estate(PILOT), Some(owned));
        let last = arena.leave(PILOT);
        assert!(arena.books_balance());
        assert_eq!(last.belongings, owned.pack(), "the ship, too, was not flown yet");
        assert_eq!(Tally::of(&last.standing).wealth, 70 + 90 + 9 * 90 + 12 * 240);
    }
}

#[test]
fn what_does_not_fit_is_sold_where_it_brings_least() {
    let mut arena = arena();
    let room = ShipClass::default().tuning().hold;
    let stations = arena.market().stations();
    let worst =
        |good: Good| stations.iter().map(|station| station.shelves()[good.index()].bid()).min().unwrap();
    let (least, most) = (worst(Good::Ice), Good::Ice.base_price());
    join(&mut arena, PILOT, estate(5, [0, 20, 0, 0, room]).pack());
    let now = arena.estate(PILOT).unwrap();
    assert_eq!(now.goods, [0, 0, 0, 0, room], "the least worth goes first");
    let price = (now.credits - 5) as u32;
    assert!((10 * least..=20 * least).contains(&price) && price < 20 * most, "{price} for 20 at {least}");
    // There is more than all stations take.
    join(&mut arena, PlayerId(1), estate(0, [u16::MAX; GOODS]).pack());
    assert_eq!(arena.estate(PlayerId(1)).unwrap().goods, [0, 0, 0, 0, room]);
    assert!(arena.economy.market.ledger.goods.iter().all(|book| book.lost > 60_000));
}

#[test]
fn who_comes_back_with_nothing_has_nothing_and_so_has_who_brings_what_nobody_wrote() {
    let mut arena = arena();
    let nonsense = Belongings::from_bytes(b"1000000 credits").unwrap();
    assert!(!Arena::reads(&nonsense));
    for brought in [estate(0, [0; GOODS]).pack().unwrap(), nonsense] {
        join(&mut arena, PILOT, Some(brought));
        assert_eq!(Tally::of(&arena.standing(PILOT)).wealth, 0);
    }
    assert_eq!(arena.economy.market.ledger.money.granted, 0);
}

#[test]
fn an_order_of_who_left_is_void() {
    let mut arena = arena();
    join(&mut arena, PILOT, None);
    arena.order(PILOT, ArenaOrder::Repair);
    arena.leave(PILOT);
    join(&mut arena, PILOT, None);
    assert!(arena.economy.take_orders().is_empty());
}

const SEEDS: u64 = 12;

/// Pilots by chance: they come with what they left with, trade, die and go, and every now and then run from a fight.
#[test]
fn whoever_comes_and_goes_nothing_is_made_on_the_way() {
    for seed in 0..SEEDS {
        let scenario = Scenario {
            stations: 4,
            asteroids: 6,
            pirates: 2,
            map_seed: seed,
            ..Scenario::bare(1200.0, 1000.0)
        };
        let mut bout = Bout::new(&scenario, seed);
        let mut dice = Rng::new(seed);
        let pilots: Vec<_> = (0..10).map(|_| bout.join(ShipClass::Lance, Behaviour::Hunt)).collect();
        let mut away: Vec<Option<Belongings>> = vec![None; pilots.len()];
        let (mut goings, mut deaths, mut sales) = (0, 0, 0);
        for _ in 0..3000 {
            bout.step();
            deaths +=
                bout.events.iter().filter(|event| matches!(event, ArenaEvent::Destroyed { .. })).count();
            sales += bout.events.iter().filter(|event| matches!(event, ArenaEvent::Answer { .. })).count();
            assert!(bout.arena.books_balance(), "seed {seed}, tick {}", bout.tick.0);
            let player = pilots[dice.below(10) as usize];
            trade_by_chance(&mut bout, player, &mut dice);
            if !dice.chance(1, 20) {
                continue;
            }
            let place = &mut away[player.index()];
            if let Some(brought) = place.take() {
                let before = Estate::unpack(&brought).unwrap();
                let worst = Good::ALL.map(|good| worst_bid(&bout.arena, good));
                let arrival = Arrival { belongings: Some(brought), ..Arrival::default() };
                bout.arena.join(player, bout.tick, arrival);
                let after = bout.arena.estate(player).unwrap();
                let sold = before.goods.iter().zip(after.goods).map(|(was, is)| i64::from(was - is));
                let worst_sale: i64 = sold.zip(worst).map(|(units, bid)| units * i64::from(bid)).sum();
                let gained = i64::from(after.credits - before.credits);
                assert!((0..=worst_sale).contains(&gained), "seed {seed}: {before:?} became {after:?}");
            } else {
                let before = bout.arena.estate(player).unwrap();
                let last = bout.arena.leave(player);
                let after = Estate::unpack(&last.belongings.unwrap()).unwrap();
                let is_lost = after.goods == [0; GOODS] && after.credits <= before.credits;
                assert!(is_lost || (after.credits, after.goods) == (before.credits, before.goods));
                *place = last.belongings;
                goings += 1;
            }
            assert!(bout.arena.books_balance(), "seed {seed}, tick {}", bout.tick.0);
        }
        assert!(goings > 20 && deaths > 5 && sales > 20, "seed {seed}: {goings} {deaths} {sales}: no test");
    }
}

fn worst_bid(arena: &Arena, good: Good) -> u32 {
    arena.market().stations().iter().map(|station| station.shelves()[good.index()].bid()).min().unwrap_or(0)
}

/// Somebody is at a station all at once, and wants something there.
fn trade_by_chance(bout: &mut Bout, player: PlayerId, dice: &mut Rng) {
    if bout.arena.controlled(player).is_none() || !dice.chance(1, 3) {
        return;
    }
    let station = dice.below(bout.arena.space.map.stations.len() as u32) as u8;
    let at = bout.arena.space.map.stations[usize::from(station)].centre;
    bout.put(player, |ship| ship.position = GridVec::of_position(at));
    let good = dice.below(5) as u8;
    let order = match dice.below(5) {
        0 | 1 => ArenaOrder::Buy { station, deal: Deal { good, amount: 1 + dice.below(4), limit: 100_000 } },
        2 | 3 => ArenaOrder::Sell { station, deal: Deal { good, amount: 1 + dice.below(4), limit: 0 } },
        _ => ArenaOrder::Refit { class: ShipClass::ALL[dice.below(3) as usize] },
    };
    bout.arena.order(player, order);
}

/// A friend, and a pilot of theirs before their gun.
fn friends() -> (Bout, PlayerId, PlayerId) {
    let scenario = Scenario { stations: 3, map_seed: 2, ..Scenario::bare(1400.0, 1200.0) };
    let mut bout = Bout::new(&scenario, 5);
    let friend = bout.join(ShipClass::Lance, Behaviour::Idle);
    let second = bout.join(ShipClass::Lance, Behaviour::Idle);
    bout.step();
    bout.commands[friend.index()] = ArenaCommand { fire: true, ..ArenaCommand::default() };
    (bout, friend, second)
}

/// The friend fires until the other is hurt, or gone.
fn shoot(bout: &mut Bout, friend: PlayerId, other: PlayerId, to_death: bool) {
    bout.place(friend, Vec2::new(300.0, 1100.0), 0);
    bout.place(other, Vec2::new(500.0, 1100.0), 0x8000);
    for _ in 0..600 {
        let Some(slot) = bout.arena.controlled(other) else { return };
        if !to_death && bout.arena.pilots.get(other).unwrap().fight.is_some() {
            assert!(bout.arena.space.table.get(slot).is_some());
            return;
        }
        bout.step();
    }
    panic!("nobody was hit");
}

fn put_goods(bout: &mut Bout, player: PlayerId, goods: [u16; GOODS]) {
    bout.arena.hold_mut(player).unwrap().goods = goods;
    for (good, pieces) in Good::ALL.into_iter().zip(goods) {
        bout.arena.economy.market.ledger.of(good).mined += u64::from(pieces);
    }
}

#[test]
fn leaving_in_a_fight_is_a_loss_to_who_hurt_last() {
    let (mut bout, hunter, prey) = friends();
    bout.arena.pilots.acts(prey);
    bout.arena.earns(prey, 100);
    put_goods(&mut bout, prey, [8, 0, 0, 0, 0]);
    shoot(&mut bout, hunter, prey, false);
    let slot = bout.slot(prey);
    let last = bout.arena.leave(prey);
    let left = Estate::unpack(&last.belongings.unwrap()).unwrap();
    assert_eq!(
        (Tally::of(&last.standing).deaths, left.goods),
        (1, [0; GOODS]),
        "the last word is what is left"
    );
    let hunters = bout.arena.standing(hunter);
    assert_eq!((Tally::of(&hunters).kills, hunters.score), (1, crate::tuning::SCORE_PER_KILL));
    assert_eq!((left.credits, bout.arena.estate(hunter).unwrap().credits), (1075, 1025), "paid by who lost");
    assert!(bout.arena.economy.afloat() > 0 && bout.arena.books_balance());
    // What waits to be told is state.
    let mut saved = Vec::new();
    bout.arena.save(&mut saved);
    let scenario = Scenario { stations: 3, map_seed: 2, ..Scenario::bare(1400.0, 1200.0) };
    let again = Arena::load(&scenario, &saved).unwrap();
    assert_eq!(again.state_hash(), bout.arena.state_hash());
    bout.step();
    let told = bout.events.iter().find(|event| matches!(event, ArenaEvent::Destroyed { .. }));
    let with = crate::event::Weapon::Gun;
    assert_eq!(told, Some(&ArenaEvent::Destroyed { target: slot, victim: prey, by: hunter, with }));
}

#[test]
fn a_fight_is_over_after_a_while_and_leaving_costs_nothing_then() {
    let (mut bout, hunter, prey) = friends();
    put_goods(&mut bout, prey, [8, 0, 0, 0, 0]);
    shoot(&mut bout, hunter, prey, false);
    bout.commands[hunter.index()] = ArenaCommand::default();
    // What flies already hits as well.
    bout.steps(40);
    bout.steps(FIGHT_TICKS.into());
    let last = bout.arena.leave(prey);
    assert_eq!((Tally::of(&last.standing).deaths, Tally::of(&bout.arena.standing(hunter)).kills), (0, 0));
    assert_eq!(Estate::unpack(&last.belongings.unwrap()).unwrap().goods, [8, 0, 0, 0, 0]);
    // Nor does it when whoever did it is gone.
    let (mut bout, hunter, prey) = friends();
    shoot(&mut bout, hunter, prey, false);
    bout.arena.leave(hunter);
    assert_eq!(Tally::of(&bout.arena.leave(prey).standing).deaths, 0);
}

#[test]
fn who_is_away_is_safe_but_not_from_a_fight() {
    let (mut bout, hunter, prey) = friends();
    bout.arena.pilots.protect_absent = true;
    shoot(&mut bout, hunter, prey, false);
    bout.arena.set_absent(prey, true);
    while bout.arena.controlled(prey).is_some() {
        bout.step();
    }
    assert_eq!(Tally::of(&bout.arena.standing(prey)).deaths, 1);
    // Back in another ship, which nobody hurt.
    while bout.arena.controlled(prey).is_none() {
        bout.step();
    }
    bout.steps(200);
    assert!(bout.ship(prey).protection > 0);
    // Whoever breaks the connection every now and then does not fly about in safety.
    bout.arena.set_absent(prey, false);
    assert_eq!(bout.ship(prey).protection, 0);
}

#[test]
fn seven_idle_second_accounts_bring_nothing() {
    let (mut bout, friend, second) = friends();
    for _ in 0..7 {
        shoot(&mut bout, friend, second, true);
        bout.arena.leave(second);
        bout.arena.join(second, bout.tick, Arrival::default());
        bout.steps(5);
    }
    let standing = bout.arena.standing(friend);
    assert_eq!((Tally::of(&standing).kills, standing.score, Tally::of(&standing).wealth), (0, 0, 1000));
}

#[test]
fn a_kill_that_is_worth_nothing_mends_nothing() {
    for (acts, hull) in [(false, 40), (true, 40 + crate::tuning::HULL_PER_KILL)] {
        let (mut bout, friend, second) = friends();
        if acts {
            bout.arena.pilots.acts(second);
        }
        bout.put(friend, |ship| ship.hull = 40);
        let (slot, ship) = bout.arena.ship_of(second).unwrap();
        bout.arena.destroy(slot, &ship, friend, bout.tick);
        assert_eq!(bout.ship(friend).hull, hull);
    }
}

#[test]
fn the_same_pilot_counts_less_each_time() {
    let (mut bout, friend, second) = friends();
    bout.arena.pilots.acts(second);
    for _ in 0..12 {
        while bout.arena.controlled(second).is_none() {
            bout.step();
        }
        shoot(&mut bout, friend, second, true);
    }
    let kills = Tally::of(&bout.arena.standing(friend)).kills;
    assert!((3..8).contains(&kills), "{kills}");
}

#[test]
fn to_come_again_in_another_seat_forgets_nothing() {
    let (mut bout, friend, mut second) = friends();
    for n in 0..12 {
        bout.arena.pilots.acts(second);
        shoot(&mut bout, friend, second, true);
        let last = bout.arena.leave(second);
        second = PlayerId(if n % 2 == 0 { 9 } else { 1 });
        let arrival = Arrival { belongings: last.belongings, ..Arrival::default() };
        bout.arena.join(second, bout.tick, arrival);
        while bout.arena.controlled(second).is_none() {
            bout.step();
        }
    }
    let kills = Tally::of(&bout.arena.standing(friend)).kills;
    assert!((3..8).contains(&kills), "{kills}");
}

/// Leaves, and comes again in the same breath.
fn come_again(bout: &mut Bout, player: PlayerId) {
    let last = bout.arena.leave(player);
    let arrival = Arrival { belongings: last.belongings, ..Arrival::default() };
    bout.arena.join(player, bout.tick, arrival);
    let mut saved = Vec::new();
    bout.arena.save(&mut saved);
    let scenario = Scenario { stations: 3, map_seed: 2, ..Scenario::bare(1400.0, 1200.0) };
    let again = Arena::load(&scenario, &saved).unwrap();
    assert_eq!(again.state_hash(), bout.arena.state_hash(), "how the next ship is, is state");
}

#[test]
fn to_come_again_mends_nothing_and_keeps_the_ship_that_was_paid_for() {
    let (mut bout, _, pilot) = friends();
    for class in [ShipClass::Barge, ShipClass::Dart, ShipClass::Lance] {
        bout.arena.earns(pilot, 400);
        let station = bout.arena.space.map.stations[0].centre;
        bout.place(pilot, station, 0);
        bout.arena.order(pilot, ArenaOrder::Refit { class });
        bout.step();
        let credits = bout.arena.estate(pilot).unwrap().credits;
        bout.put(pilot, |ship| (ship.hull, ship.shield, ship.energy, ship.rack) = (36, 120, 300, 150));
        for _ in 0..5 {
            let before = bout.ship(pilot);
            // What the room tells every now and then, and a server that is killed will go by.
            let told = Estate::unpack(&bout.arena.belongings(pilot).unwrap()).unwrap();
            assert_eq!((told.class, told.ship.hull), (class, 36));
            come_again(&mut bout, pilot);
            bout.step();
            let after = bout.ship(pilot);
            assert_eq!((after.class, after.hull), (class, 36));
            // One tick of rest, as for who stays.
            assert!(after.shield <= before.shield + 2 && after.energy <= before.energy + 9, "{after:?}");
            assert!(after.rack + 1 >= before.rack, "{after:?}");
        }
        assert_eq!(bout.arena.estate(pilot).unwrap().credits, credits);
    }
}

#[test]
fn to_come_again_is_no_shorter_way_to_the_next_ship() {
    let (mut bout, friend, second) = friends();
    shoot(&mut bout, friend, second, true);
    bout.commands[friend.index()] = ArenaCommand::default();
    for _ in 0..3 {
        come_again(&mut bout, second);
        bout.steps(RESPAWN_TICKS - 1);
        assert_eq!(bout.arena.controlled(second), None);
    }
    bout.steps(3);
    assert_eq!(bout.ship(second).hull_share(), 1.0);
}

/// A ring of ten fresh accounts, all with their starting balances, at one station with a friend who sells there.
const RING: u16 = 10;

fn buy_as_much_as_they_can(bout: &mut Bout, player: PlayerId, station: u8, good: Good) {
    for _ in 0..24 {
        let deal = Deal { good: good.index() as u8, amount: 1, limit: 1_000_000 };
        bout.arena.order(player, ArenaOrder::Buy { station, deal });
    }
}

/// What the friend gets for a hold full of `good`, with or without the ring's help.
fn sale(station: u8, good: Good, is_helped: bool) -> i64 {
    let (mut bout, friend, _) = friends();
    let at = bout.arena.space.map.stations[usize::from(station)].centre;
    bout.commands[friend.index()] = ArenaCommand::default();
    bout.put(friend, |ship| ship.position = GridVec::of_position(at));
    for player in (2..2 + RING).map(PlayerId) {
        bout.arena.join(player, bout.tick, Arrival::default());
    }
    bout.step();
    for player in (2..2 + RING).map(PlayerId) {
        bout.put(player, |ship| ship.position = GridVec::of_position(at));
        if is_helped {
            buy_as_much_as_they_can(&mut bout, player, station, good);
        }
    }
    bout.step();
    let spent: i64 = (2..2 + RING)
        .map(|n| START_CREDITS - i64::from(bout.arena.estate(PlayerId(n)).unwrap().credits))
        .sum();
    assert!(!is_helped || spent > 4000, "{spent} credits of the ring's");
    let mut goods = [0; GOODS];
    goods[good.index()] = 24;
    put_goods(&mut bout, friend, goods);
    let deal = Deal { good: good.index() as u8, amount: 24, limit: 0 };
    bout.put(friend, |ship| ship.position = GridVec::of_position(at));
    bout.arena.order(friend, ArenaOrder::Sell { station, deal });
    bout.step();
    assert!(bout.arena.books_balance());
    i64::from(bout.arena.estate(friend).unwrap().credits) - START_CREDITS
}

#[test]
fn a_ring_of_fresh_accounts_makes_nothing_dearer_for_who_sells() {
    for (station, good) in (0..3).flat_map(|station| Good::ALL.map(|good| (station, good))) {
        let (alone, helped) = (sale(station, good, false), sale(station, good, true));
        println!("station {station}, {good:?}: {alone} credits alone, {helped} with the ring");
        assert!(alone > 0 && helped <= alone, "station {station}, {good:?}: {alone}, {helped}");
    }
}

/// What of the victim's own floats, at what they paid for it, and what they pay.
fn loses_ship(bout: &mut Bout, friend: PlayerId, victim: PlayerId) -> (Estate, i64, i64) {
    let floats = |bout: &Bout| {
        let mut pieces = [0_i64; GOODS];
        for entity in bout.entities() {
            if let ArenaEntity::Crate(found) = entity {
                pieces[found.good.index()] += i64::from(found.amount);
            }
        }
        pieces
    };
    let balance = |bout: &Bout| i64::from(bout.arena.estate(friend).unwrap().credits);
    let before = bout.arena.estate(victim).unwrap();
    let (afloat, credits) = (floats(bout), balance(bout));
    let (slot, ship) = bout.arena.ship_of(victim).unwrap();
    bout.arena.pilots.acts(victim);
    bout.arena.destroy(slot, &ship, friend, bout.tick);
    bout.arena.settle_wrecks();
    bout.arena.casualties.clear();
    let paid = before.stake.parts().1;
    let cost = floats(bout).into_iter().zip(afloat).zip(paid.into_iter().zip(before.goods));
    let cost = cost.map(|((now, was), (paid, held))| (now - was) * i64::from(paid) / i64::from(held.max(1)));
    (before, cost.sum(), balance(bout) - credits)
}

/// Five minutes in which a ring of fresh accounts does whatever might help: trades, and lets itself be shot again and
/// again by a friend who takes up what floats and trades nothing. With each ship no more comes over than its pilot had
/// earned by then, and of that, in money, the share that a bounty is.
#[test]
fn what_a_ring_of_fresh_accounts_hands_on_is_what_it_earned() {
    for seed in 1..=3 {
        let (mut bout, friend, _) = friends();
        let mut dice = Rng::new(seed);
        let ring: Vec<_> = (1..=RING).map(PlayerId).collect();
        ring.iter().skip(1).for_each(|&player| bout.arena.join(player, bout.tick, Arrival::default()));
        bout.commands[friend.index()] = ArenaCommand::default();
        let (mut laden, mut deaths, mut handed_on) = (0, 0, 0);
        for _ in 0..300 * 30 {
            let player = ring[dice.below(RING.into()) as usize];
            trade_by_chance(&mut bout, player, &mut dice);
            bout.step();
            if let Some((_, ship)) = bout.arena.ship_of(player).filter(|_| dice.chance(1, 60)) {
                let (before, cost, bounty) = loses_ship(&mut bout, friend, player);
                // By hand: what is judged is asked nothing.
                let (given, paid) = before.stake.parts();
                let worth = i64::from(before.credits) + paid.iter().copied().map(i64::from).sum::<i64>();
                let earned = (worth - i64::from(given)).max(0);
                assert!(
                    cost + bounty <= earned && bounty <= earned / BOUNTY_SHARE,
                    "seed {seed}: {cost} in goods and {bounty} in money of {earned} that {before:?} earned"
                );
                (deaths, handed_on) = (deaths + 1, handed_on + cost + bounty);
                laden += u32::from(before.goods != [0; GOODS]);
                if bout.arena.controlled(friend).is_some() {
                    bout.put(friend, |own| own.position = ship.position);
                }
                if dice.chance(1, 3) {
                    bout.arena.leave(player);
                    bout.arena.join(player, bout.tick, Arrival::default());
                }
            }
            assert!(bout.arena.books_balance());
        }
        let kills = Tally::of(&bout.arena.standing(friend)).kills;
        println!("seed {seed}: {deaths} deaths, {laden} laden, {kills} kills, {handed_on} credits handed on");
        assert!(deaths > 50 && laden > 20, "seed {seed}: {deaths} deaths, {laden} laden: no test");
    }
}

/// Each buys what is cheap with all of the starting balance, shoots once, and is shot; the friend takes up what floats.
#[test]
fn the_starting_balance_of_fresh_accounts_is_not_handed_on() {
    for good in Good::ALL {
        let (mut bout, friend, second) = friends();
        for n in 0..8 {
            let station =
                (0..3).min_by_key(|&at| bout.arena.market().stations()[at].shelves()[good.index()].ask());
            let station = station.unwrap();
            let at = bout.arena.space.map.stations[station].centre;
            bout.put(second, |ship| ship.position = GridVec::of_position(at));
            for _ in 0..40 {
                let deal = Deal { good: good.index() as u8, amount: 1, limit: 1_000_000 };
                bout.arena.order(second, ArenaOrder::Buy { station: station as u8, deal });
            }
            bout.step();
            assert!(bout.arena.estate(second).unwrap().goods[good.index()] > 2, "{good:?} {n}");
            shoot(&mut bout, friend, second, true);
            // Over all that floats.
            for _ in 0..3 {
                bout.place(friend, Vec2::new(500.0, 1100.0), 0);
                bout.steps(10);
            }
            bout.arena.leave(second);
            bout.arena.join(second, bout.tick, Arrival::default());
            bout.steps(5);
        }
        let estate = bout.arena.estate(friend).unwrap();
        assert_eq!((estate.credits, estate.goods), (1000, [0; GOODS]), "{good:?}");
    }
}

/// However a seat is freed there is a last word of it, and a recording knows what was brought.
#[test]
fn every_freed_seat_has_a_last_word_and_plays_back() {
    let config = HostConfig { max_players: 2, resume_window_ms: 10_000, ..HostConfig::default() };
    let scenario = Scenario { stations: 3, map_seed: 2, ..Scenario::bare(1400.0, 1200.0) };
    let mut host = Host::<Arena>::new(config, scenario);
    host.start_recording(KEYFRAME_TICKS);
    let mut out = Outbox::default();
    let (mut now_us, mut refused, mut hash) = (0, 0, 0);
    let mut run = |host: &mut Host<Arena>, ticks: u32| {
        for _ in 0..ticks {
            now_us += TICK_MICROS;
            let stats = host.tick(now_us, |_| true, &mut Outbox::default());
            (refused, hash) = (refused + stats.belongings_refused, stats.state_hash);
        }
        hash
    };
    let hello = |name: &str| Hello { name: name.to_owned(), ..Hello::default() };
    let mut join = |host: &mut Host<Arena>, belongings: Option<Belongings>| {
        let ticket = Ticket { belongings, ..Ticket::default() };
        host.join(&hello("Ann"), ticket, &mut out).unwrap().player
    };
    let told = |host: &mut Host<Arena>| {
        let mut departures = Vec::new();
        host.take_departures(&mut departures);
        let owned = |one: &Departure| Estate::unpack(&one.belongings.unwrap()).unwrap();
        let told = departures.iter().map(|one| (one.player, owned(one).credits, owned(one).goods));
        told.collect::<Vec<_>>()
    };
    let goods = [3, 0, 0, 0, 2];
    let owned = estate(70, goods).pack();
    let first = join(&mut host, owned);
    assert_eq!(host.belongings(first), owned);
    let second = join(&mut host, Belongings::from_bytes(b"all of it"));
    run(&mut host, 3);
    host.leave(first);
    host.detach(second);
    assert_eq!(told(&mut host), [(first, 70, goods)]);
    run(&mut host, 320);
    assert_eq!(told(&mut host), [(second, 0, [0; GOODS])], "nobody came back");
    let third = join(&mut host, owned);
    join(&mut host, None);
    host.detach(third);
    run(&mut host, 160);
    assert_eq!(join(&mut host, None), third, "in a full room a seat is given away");
    assert_eq!(told(&mut host), [(third, 70, goods)]);
    let hash = run(&mut host, 30);
    let mut bytes = Vec::new();
    host.stop_recording(&mut bytes);
    assert_eq!(Player::<Arena>::open(&bytes).unwrap().play_to_end(), Ok(hash));
    assert_eq!(refused, 1);
}
