//! The economy inside a match: it balances whatever happens, and a pilot can live by it.

use super::*;
use crate::about::Tally;
use crate::bot::{Behaviour, Bot};
use crate::command::ArenaCommand;
use crate::entity::GridVec;
use crate::goods::Good;
use crate::market::Deal;
use crate::salvage::MAX_CRATES;
use crate::scenario::Scenario;
use crate::tuning::BOUNTY_CREDITS;
use crate::tuning::{CRATE_LIFE_TICKS, MISSILE_RELOAD_TICKS, REPAIR_CREDITS, START_CREDITS};
use crate::world::Arena;
use glam::Vec2;
use perigee_shared::netcode::{Arrival, Audience, Event, History, LoadError, Past, PlayerInput, Simulation};
use perigee_shared::rng::Rng;

const PILOT: PlayerId = PlayerId(0);

struct Match {
    arena: Arena,
    history: History<ArenaEntity>,
    tick: Tick,
    events: Vec<ArenaEvent>,
}

impl Match {
    fn new(scenario: &Scenario, pilots: u16) -> Self {
        let mut arena = Arena::new(scenario, 5);
        (0..pilots).for_each(|seat| arena.join(PlayerId(seat), Tick(0), Arrival::default()));
        let mut started = Self { arena, history: History::default(), tick: Tick(0), events: Vec::new() };
        started.step(&[]);
        started
    }

    fn step(&mut self, inputs: &[PlayerInput<ArenaCommand>]) {
        self.tick = self.tick.plus(1);
        self.events.clear();
        self.arena.step(self.tick, inputs, &Past::new(&self.history, self.tick), &mut self.events);
        self.history.push(self.tick, self.arena.entities());
        assert!(self.arena.economy.balances(&self.arena.space.table), "tick {}", self.tick.0);
    }

    fn ship(&self, player: PlayerId) -> Ship {
        self.arena.ship_of(player).unwrap().1
    }

    /// Puts a pilot's ship somewhere, at rest.
    fn put_at(&mut self, player: PlayerId, at: Vec2) {
        let (slot, ship) = self.arena.ship_of(player).unwrap();
        self.arena
            .space
            .put(slot, Ship { position: GridVec::of_position(at), velocity: GridVec::default(), ..ship });
    }

    fn hold(&mut self) -> &mut Hold {
        self.arena.hold_mut(PILOT).unwrap()
    }

    /// What becomes of an order of the one pilot.
    fn ask(&mut self, order: ArenaOrder) -> Outcome {
        self.arena.order(PILOT, order);
        self.step(&[]);
        let answer = self.events.iter().find(|event| matches!(event, ArenaEvent::Answer { .. }));
        match answer {
            Some(&ArenaEvent::Answer { to, outcome }) => {
                assert_eq!((to, answer.unwrap().audience()), (PILOT, Audience::Only(PILOT)));
                outcome
            }
            _ => panic!("no answer"),
        }
    }

    fn crates(&self) -> usize {
        self.arena.economy.afloat()
    }
}

fn quiet() -> Scenario {
    Scenario { stations: 3, asteroids: 8, map_seed: 2, ..Scenario::bare(1400.0, 1200.0) }
}

fn docked() -> Match {
    let mut played = Match::new(&quiet(), 1);
    let station = played.arena.space.map.stations[1].centre;
    played.put_at(PILOT, station);
    played
}

fn deal(good: Good, amount: u32, limit: i64) -> Deal {
    Deal { good: good.index() as u8, amount, limit }
}

/// Hunters, wanderers and pirates; pilots who come and go; orders at random, most of them senseless.
#[test]
fn a_wild_match_loses_and_makes_nothing() {
    let scenario = Scenario { pirates: 4, round_s: 45, asteroids: 14, stations: 6, ..quiet() };
    let mut played = Match::new(&scenario, 24);
    let mut bots: Vec<Bot> =
        (0..24).map(|n| Bot::new(if n % 2 == 0 { Behaviour::Hunt } else { Behaviour::Wander }, n)).collect();
    let mut dice = Rng::new(1);
    let mut answers = [0u32; 5];
    for _ in 0..6000 {
        let Match { arena, .. } = &played;
        let inputs = (0..24u16).filter(|&seat| arena.pilots.get(PlayerId(seat)).is_some()).map(|seat| {
            let own = arena.controlled(PlayerId(seat)).and_then(|slot| arena.space.table.get(slot));
            let seen = arena.space.table.iter().map(|(_, entity)| entity);
            PlayerInput::plain(PlayerId(seat), bots[usize::from(seat)].decide(own, seen, &arena.space.map))
        });
        let inputs: Vec<_> = inputs.collect();
        for _ in 0..dice.below(8) {
            let player = PlayerId(dice.below(24) as u16);
            let order = order_by_chance(&played.arena, player, &mut dice);
            played.arena.order(player, order);
        }
        if dice.chance(1, 200) {
            let player = PlayerId(dice.below(24) as u16);
            if dice.chance(1, 2) {
                played.arena.leave(player);
            } else {
                let wealth = i64::from(dice.below(3)) * 40_000 - 1000;
                let belongings = Arena::belongings_worth(wealth).filter(|_| dice.chance(2, 3));
                let arrival = Arrival { belongings, driven: dice.chance(1, 3), party: 0 };
                played.arena.join(player, played.tick, arrival);
            }
        }
        played.step(&inputs);
        for event in &played.events {
            if let ArenaEvent::Answer { outcome, .. } = event {
                let kind = match outcome {
                    Outcome::Bought(_) => 0,
                    Outcome::Sold(_) => 1,
                    Outcome::Refitted { .. } => 2,
                    Outcome::Repaired { .. } => 3,
                    Outcome::Joined { .. } => continue,
                    Outcome::Refused(_) => 4,
                };
                answers[kind] += 1;
            }
        }
    }
    assert!(answers.iter().all(|&count| count > 20), "{answers:?}");
    let ledger = &played.arena.economy.market.ledger;
    let money = &ledger.money;
    assert!(
        [money.bounties, money.repairs, money.refits, money.departed, money.arrived].iter().all(|&n| n > 0)
    );
    let sums = ledger.goods.iter().fold([0, 0], |[mined, lost], book| [mined + book.mined, lost + book.lost]);
    assert!(sums.iter().all(|&sum| sum > 50), "{sums:?}");
}

/// Mostly what a pilot there could want.
fn order_by_chance(arena: &Arena, player: PlayerId, dice: &mut Rng) -> ArenaOrder {
    let here = arena.ship_of(player).and_then(|(_, ship)| crate::dock::docked_at(&ship, &arena.space.map));
    let station = here.unwrap_or(dice.below(8) as usize) as u8;
    let deal = Deal {
        good: dice.below(6) as u8,
        amount: dice.below(30),
        limit: if dice.chance(1, 2) { 100_000 } else { i64::from(dice.below(3000)) },
    };
    match dice.below(8) {
        0..3 => ArenaOrder::Buy { station, deal },
        3..6 => ArenaOrder::Sell { station, deal: Deal { limit: 0, ..deal } },
        6 => ArenaOrder::Refit { class: ShipClass::ALL[dice.below(3) as usize] },
        _ => ArenaOrder::Repair,
    }
}

#[test]
fn whoever_is_docked_buys_and_sells_and_nobody_else() {
    let mut played = docked();
    let buy = ArenaOrder::Buy { station: 1, deal: deal(Good::Tech, 3, 900) };
    let Outcome::Bought(bought) = played.ask(buy) else { panic!("not bought") };
    assert_eq!(i64::from(played.hold().credits), START_CREDITS - bought.total);
    assert_eq!(played.hold().goods, [0, 0, 0, 0, 3]);
    assert_eq!(Tally::of(&played.arena.standing(PILOT)).wealth, START_CREDITS - bought.total + 720);
    let elsewhere = ArenaOrder::Sell { station: 0, deal: deal(Good::Tech, 3, 0) };
    let refused = Outcome::Refused(TradeRefusal::NotDocked.into());
    assert_eq!(played.ask(elsewhere), refused);
    let sell = ArenaOrder::Sell { station: 1, deal: deal(Good::Tech, 3, 0) };
    assert!(matches!(played.ask(sell), Outcome::Sold(sold) if sold.total < bought.total));
    played.put_at(PILOT, played.arena.space.map.stations[1].centre + Vec2::new(0.0, 140.0));
    assert_eq!(played.ask(ArenaOrder::Repair), refused);
    assert_eq!(played.ask(buy), refused);
}

#[test]
fn a_deal_that_got_worse_than_its_limit_changes_nothing() {
    let mut played = docked();
    let before = *played.hold();
    let buy = ArenaOrder::Buy { station: 1, deal: deal(Good::Iron, 5, 20) };
    assert_eq!(played.ask(buy), Outcome::Refused(TradeRefusal::PriceMoved.into()));
    assert_eq!(*played.hold(), before);
}

#[test]
fn repairs_cost_by_the_point_and_end_with_the_money() {
    let mut played = docked();
    assert_eq!(played.ask(ArenaOrder::Repair), Outcome::Refused(OrderRefusal::NothingToRepair));
    let (slot, ship) = played.arena.ship_of(PILOT).unwrap();
    played.arena.space.put(slot, Ship { hull: 60, ..ship });
    assert_eq!(played.ask(ArenaOrder::Repair), Outcome::Repaired { points: 40, cost: 40 * REPAIR_CREDITS });
    assert_eq!((played.ship(PILOT).hull, i64::from(played.hold().credits)), (100, START_CREDITS - 80));
    let (slot, ship) = played.arena.ship_of(PILOT).unwrap();
    played.arena.space.put(slot, Ship { hull: 60, ..ship });
    played.arena.economy.market.ledger.money.departed += u64::from(played.hold().credits.unsigned_abs()) - 7;
    played.hold().credits = 7;
    assert_eq!(played.ask(ArenaOrder::Repair), Outcome::Repaired { points: 3, cost: 6 });
    assert_eq!(played.ask(ArenaOrder::Repair), Outcome::Refused(TradeRefusal::NoCredits.into()));
}

#[test]
fn another_ship_is_another_entity_as_damaged_and_stays_the_pilots_choice() {
    let mut played = docked();
    let refit = ArenaOrder::Refit { class: ShipClass::Barge };
    assert_eq!(
        played.ask(refit),
        Outcome::Refused(OrderRefusal::NotReady),
        "a fresh ship's rack is being loaded"
    );
    (0..MISSILE_RELOAD_TICKS).for_each(|_| played.step(&[]));
    let (slot, ship) = played.arena.ship_of(PILOT).unwrap();
    played.arena.space.put(slot, Ship { hull: ship.hull / 2, ..ship });
    assert_eq!(
        played.ask(refit),
        Outcome::Refitted { class: ShipClass::Barge, cost: ShipClass::Barge.tuning().refit_credits }
    );
    let (new_slot, barge) = played.arena.ship_of(PILOT).unwrap();
    assert!(new_slot != slot && played.arena.space.table.get(slot).is_none());
    assert_eq!((barge.class, barge.hull_share(), barge.position), (ShipClass::Barge, 0.5, ship.position));
    assert_eq!(played.ask(refit), Outcome::Refused(OrderRefusal::SameClass));
    played.hold().goods[0] = 70;
    played.arena.economy.market.ledger.of(Good::Iron).mined += 70;
    (0..MISSILE_RELOAD_TICKS).for_each(|_| played.step(&[]));
    let smaller = ArenaOrder::Refit { class: ShipClass::Dart };
    assert_eq!(played.ask(smaller), Outcome::Refused(TradeRefusal::HoldFull.into()));
    assert_eq!(played.arena.pilots.get(PILOT).unwrap().class, ShipClass::Barge);
}

#[test]
fn a_gun_chips_ore_that_floats_and_is_taken_up_and_sold() {
    let mut played = Match::new(&quiet(), 1);
    let rock = played.arena.space.map.asteroids[0];
    let (slot, ship) = played.arena.ship_of(PILOT).unwrap();
    let at = rock.centre - Vec2::new(rock.radius_units + 80.0, 0.0);
    let aimed = Ship { position: GridVec::of_position(at), velocity: GridVec::default(), angle: 0, ..ship };
    played.arena.space.put(slot, aimed);
    let fire = [PlayerInput::plain(PILOT, ArenaCommand { fire: true, ..ArenaCommand::default() })];
    (0..300).for_each(|_| played.step(&fire));
    assert!(played.crates() > 3, "{} crates", played.crates());
    let thrust = [PlayerInput::plain(PILOT, ArenaCommand { thrust: true, ..ArenaCommand::default() })];
    (0..60).for_each(|_| played.step(&thrust));
    let load = played.hold().load();
    assert!(load > 3 && played.hold().goods[rock.ore.index()] == load, "{load} pieces");
    played.put_at(PILOT, played.arena.space.map.stations[0].centre);
    let sell = ArenaOrder::Sell { station: 0, deal: deal(rock.ore, load.into(), 1) };
    assert!(matches!(played.ask(sell), Outcome::Sold(sold) if sold.amount == u32::from(load)));
}

#[test]
fn a_lost_ship_leaves_half_of_its_goods_and_pays_whoever_did_it() {
    let mut played = Match::new(&quiet(), 2);
    let foe = PlayerId(1);
    played.put_at(PILOT, Vec2::new(300.0, 300.0));
    played.hold().goods = [0, 9, 0, 0, 41];
    played.arena.economy.market.ledger.of(Good::Ice).mined += 9;
    played.arena.economy.market.ledger.of(Good::Tech).produced += 41;
    played.arena.pilots.acts(PILOT);
    played.arena.earns(PILOT, 1000);
    let (slot, ship) = played.arena.ship_of(PILOT).unwrap();
    played.arena.destroy(slot, &ship, foe, played.tick);
    played.arena.settle_wrecks();
    played.arena.clear();
    assert!(played.arena.economy.balances(&played.arena.space.table));
    assert_eq!((played.hold().load(), played.crates()), (0, 2));
    let lost = played.arena.economy.market.ledger.goods.map(|book| book.lost);
    assert_eq!(lost, [0, 4, 0, 0, 20]);
    assert_eq!(
        i64::from(played.arena.hold_mut(foe).unwrap().credits),
        START_CREDITS + i64::from(BOUNTY_CREDITS)
    );
    // A Lance has room for 24: what does not fit floats on, and sinks in the end.
    played.put_at(foe, Vec2::new(300.0, 300.0));
    (0..20).for_each(|_| played.step(&[]));
    let crates = |played: &Match| played.crates();
    assert_eq!((played.arena.hold_mut(foe).unwrap().load(), crates(&played)), (24, 1));
    (0..CRATE_LIFE_TICKS).for_each(|_| played.step(&[]));
    assert_eq!(crates(&played), 0);
}

#[test]
fn there_is_room_for_so_many_crates_and_ore_stays_in_the_rock() {
    let mut played = Match::new(&quiet(), 1);
    let rock = played.arena.space.map.asteroids[0];
    for at in 0..MAX_CRATES + 50 {
        let mines_before = played.arena.economy.mines.clone();
        let hit = RockHit { rock: (at % 8) as u16, at: rock.centre, by: PILOT, damage: 200 };
        played.arena.fire.rock_hits.note(hit);
        played.arena.chip_rocks();
        played.arena.clear();
        if at % 8 == 0 {
            (0..30 * 240).for_each(|tick| played.arena.economy.mines.regrow(Tick(tick)));
        }
        assert!(at < MAX_CRATES || at % 8 == 0 || mines_before == played.arena.economy.mines);
    }
    assert_eq!(played.crates(), MAX_CRATES);
    assert!(played.arena.economy.balances(&played.arena.space.table));
}

#[test]
fn what_a_pilot_brings_is_counted_and_taken_along() {
    let mut played = Match::new(&quiet(), 0);
    played.arena.join(PILOT, played.tick, Arrival::default());
    assert_eq!(
        Tally::of(&played.arena.standing(PILOT)).wealth,
        START_CREDITS,
        "who owned nothing ever is given something"
    );
    for (wealth, credits) in [(-5, 0), (0, 0), (123, 123), (i64::MAX, 1_000_000_000)] {
        let belongings = Arena::belongings_worth(wealth);
        played.arena.join(PILOT, played.tick, Arrival { belongings, ..Arrival::default() });
        assert_eq!(Tally::of(&played.arena.standing(PILOT)).wealth, credits);
        played.step(&[]);
    }
    played.arena.leave(PILOT);
    played.step(&[]);
    assert_eq!(Tally::of(&played.arena.standing(PILOT)).wealth, 0);
}

#[test]
fn quotes_are_told_in_an_order_that_stays() {
    let mut quotes = Vec::new();
    docked().arena.quotes(&mut quotes);
    let places: Vec<_> = quotes.iter().map(|quote| (quote.venue, quote.good)).collect();
    assert_eq!(places, (0..15).map(|n| (n / 5, n % 5)).collect::<Vec<_>>());
    assert!(quotes.iter().all(|quote| 0 < quote.bid && quote.bid < quote.ask && quote.stock > 0));
    // Whoever reads them elsewhere learns the names by the same numbers.
    for quote in quotes {
        let name = docked().arena.space.map.stations[usize::from(quote.venue)].name();
        assert_eq!(Arena::venue_name(quote.venue), Some(name));
        assert_eq!(Arena::good_name(quote.good), Some(Good::ALL[usize::from(quote.good)].name()));
    }
    assert_eq!((Arena::venue_name(8), Arena::good_name(5)), (None, None));
}

#[test]
fn a_saved_match_whose_books_do_not_balance_is_none() {
    let mut played = docked();
    played.ask(ArenaOrder::Buy { station: 1, deal: deal(Good::Tech, 3, 900) });
    played.arena.order(PILOT, ArenaOrder::Repair);
    let saved = |arena: &Arena| {
        let mut bytes = Vec::new();
        arena.save(&mut bytes);
        bytes
    };
    let again = Arena::load(&quiet(), &saved(&played.arena)).unwrap();
    assert_eq!(again.state_hash(), played.arena.state_hash());
    assert_eq!(saved(&again), saved(&played.arena), "an order that waits is state as well");
    played.hold().credits += 1;
    let error = Arena::load(&quiet(), &saved(&played.arena)).unwrap_err();
    assert_eq!(error, LoadError::Contradiction("books that do not balance"));
}
