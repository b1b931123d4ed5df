//! Each behaviour alone, and what a bot is made of.

use super::*;
use crate::about::Tally;
use crate::class::{ShipClass, Team};
use crate::entity::{ArenaEntity, GridVec, Hold, QUANTA_PER_TURN, Ship};
use crate::map::ArenaMap;
use crate::movement::{advance_ship, heading_turns};
use crate::orders::ArenaOrder;
use crate::scenario::{Mode, Scenario};
use crate::tuning::SHIP_RADIUS_UNITS;
use glam::Vec2;
use perigee_shared::bits::{BitReader, BitWriter};
use perigee_shared::ids::PlayerId;
use perigee_shared::netcode::{Arrival, History, Past, PlayerInput, Simulation};
use perigee_shared::rng::Rng;
use perigee_shared::tick::{TICK_HZ, Tick};

const PILOT: PlayerId = PlayerId(0);

/// One pilot with a bot, in an arena of their own.
struct Alone {
    arena: crate::Arena,
    history: History<ArenaEntity>,
    tick: Tick,
    bot: Bot,
    orders: Vec<ArenaOrder>,
}

impl Alone {
    fn new(behaviour: Behaviour) -> Self {
        let mut arena = crate::Arena::new(&scenario(), 3);
        arena.join(PILOT, Tick(0), Arrival::default());
        let bot = Bot::new(behaviour, 5);
        Self { arena, history: History::default(), tick: Tick(0), bot, orders: Vec::new() }
    }

    fn play(&mut self, seconds: u32) {
        let map = crate::Arena::map(&scenario());
        for _ in 0..seconds * TICK_HZ {
            let mut quotes = Vec::new();
            self.arena.quotes(&mut quotes);
            let mut prices = PriceList::default();
            quotes.iter().for_each(|quote| prices.learn(quote));
            let own = self.arena.controlled(PILOT).and_then(|slot| self.arena.entities().get(slot));
            let seen = self.arena.entities().iter().map(|(_, entity)| entity);
            let command = self.bot.decide(own, seen, &map);
            let order = self.bot.order(own, Some(&self.hold()), &prices, &map);
            if let Some(order) = order {
                self.arena.order(PILOT, order);
                self.orders.push(order);
            }
            self.tick = self.tick.plus(1);
            let past = Past::new(&self.history, self.tick);
            self.arena.step(self.tick, &[PlayerInput::plain(PILOT, command)], &past, &mut Vec::new());
            self.history.push(self.tick, self.arena.entities());
        }
    }

    fn hold(&self) -> Hold {
        let holds = self.arena.entities().iter().find_map(|(_, entity)| match entity {
            ArenaEntity::Hold(hold) if hold.owner == PILOT => Some(*hold),
            _ => None,
        });
        holds.expect("a hold for each")
    }

    fn wealth(&self) -> i64 {
        Tally::of(&self.arena.standing(PILOT)).wealth
    }
}

fn scenario() -> Scenario {
    Scenario { asteroids: 16, stations: 3, map_seed: 4, mode: Mode::Teams, ..Scenario::bare(2200.0, 1600.0) }
}

#[test]
fn a_miner_lives_by_rocks() {
    let mut alone = Alone::new(Behaviour::Mine);
    let before = alone.wealth();
    alone.play(180);
    let is_sale = |order: &&ArenaOrder| matches!(order, ArenaOrder::Sell { .. });
    assert!(alone.orders.iter().filter(is_sale).count() >= 2, "{:?}", alone.orders);
    assert!(!alone.orders.iter().any(|order| matches!(order, ArenaOrder::Buy { .. })));
    assert!(alone.wealth() > before + 1000, "{}", alone.wealth());
}

#[test]
fn a_trader_lives_by_what_prices_differ() {
    let mut alone = Alone::new(Behaviour::Trade);
    let before = alone.wealth();
    alone.play(180);
    let is_purchase = |order: &&ArenaOrder| matches!(order, ArenaOrder::Buy { .. });
    assert!(alone.orders.iter().filter(is_purchase).count() >= 4, "{:?}", alone.orders);
    assert!(alone.wealth() > before + 1000, "{}", alone.wealth());
}

#[test]
fn a_captor_takes_the_zone_and_stays() {
    let mut alone = Alone::new(Behaviour::Capture);
    alone.play(60);
    assert_eq!(Tally::of(&alone.arena.standing(PILOT)).captures, 1);
    let slot = alone.arena.controlled(PILOT).expect("a ship");
    let zone = crate::Arena::map(&scenario()).zone.expect("a zone");
    let ship = alone.arena.entities().get(slot).copied();
    assert!(matches!(ship, Some(ArenaEntity::Ship(ship)) if zone.contains(ship.position.units())));
}

/// Every class, from everywhere, to the other side of every rock, without touching it.
#[test]
fn whoever_flies_somewhere_gets_there() {
    let map = ArenaMap::new(&Scenario { asteroids: 30, ..scenario() });
    let mut slowest = 0;
    for (n, rock) in map.asteroids.iter().enumerate() {
        let mut bot = Bot::new(Behaviour::Mine, n as u64);
        let out = Vec2::from_angle(n as f32) * (rock.radius_units + 90.0);
        let inside = |at: Vec2| at.clamp(Vec2::splat(60.0), map.size - 60.0);
        let (from, to) = (inside(rock.centre + out), inside(rock.centre - out));
        let class = ShipClass::ALL[n % 3];
        let mut ship =
            Ship::fresh(PILOT, class, Team::Free, from, (heading_turns(out) * QUANTA_PER_TURN) as u16);
        let mut ticks = 0;
        while ship.position.units().distance(to) > 40.0 {
            let command = bot.fly(&ship, to, 30.0, &map);
            bot.command = command;
            ship.command = command;
            advance_ship(&mut ship, &map);
            ticks += 1;
            let gap = ship.position.units().distance(rock.centre) - rock.radius_units;
            assert!(gap > SHIP_RADIUS_UNITS + 1.0, "rock {n} is met on the way from {from} to {to}");
            assert!(ticks < 15 * TICK_HZ, "rock {n}: from {from} to {to}, at {}", ship.position.units());
        }
        slowest = slowest.max(ticks);
    }
    assert!(slowest > TICK_HZ);
}

#[test]
fn a_ship_that_does_not_get_on_turns_away_and_drops_its_errand() {
    let map = ArenaMap::new(&scenario());
    let mut bot = Bot::new(Behaviour::Mine, 1);
    let rock = map.asteroids[0];
    let at = rock.centre + Vec2::new(rock.radius_units + 16.0, 0.0);
    let ship = Ship::fresh(PILOT, ShipClass::Lance, Team::Free, at, 0x8000);
    bot.errand.turn_to(errand::Goal::Rock(0));
    let mut freed = 0;
    for _ in 0..120 {
        bot.command.thrust = true;
        freed += u32::from(bot.break_free(&ship, &map).is_some());
    }
    assert!(freed > 20, "{freed}");
    assert_eq!((bot.errand.goal, bot.errand.shunned), (errand::Goal::Nothing, errand::Goal::Rock(0)));
}

#[test]
fn a_mind_survives_being_saved_and_any_bits_are_a_mind_or_none() {
    let mut alone = Alone::new(Behaviour::Mine);
    alone.play(40);
    let mut writer = BitWriter::new();
    alone.bot.save(&mut writer);
    let bytes = writer.finish().to_vec();
    assert_eq!(Bot::load(&mut BitReader::new(&bytes)), Ok(alone.bot));
    let map = ArenaMap::new(&scenario());
    let ship = Ship::fresh(PILOT, ShipClass::Barge, Team::A, Vec2::splat(700.0), 0);
    let own = ArenaEntity::Ship(Ship { position: GridVec::of_position(Vec2::splat(9.0)), ..ship });
    let mut dice = Rng::new(1);
    let mut bots = 0;
    for _ in 0..4000 {
        let noise: Vec<u8> = (0..40).map(|_| dice.next_u32() as u8).collect();
        let Ok(mut bot) = Bot::load(&mut BitReader::new(&noise)) else { continue };
        bots += 1;
        let hold = Hold::with_credits(PILOT, 5000);
        for _ in 0..60 {
            bot.decide(Some(&own), std::iter::once(&own), &map);
            bot.order(Some(&own), Some(&hold), &PriceList::default(), &map);
        }
    }
    assert!(bots > 100, "{bots}");
}

#[test]
fn a_crowd_has_some_of_each() {
    let mut counts = [0; 4];
    for seed in 0..400 {
        counts[match Bot::new(Behaviour::Mixed, seed).behaviour() {
            Behaviour::Hunt => 0,
            Behaviour::Mine => 1,
            Behaviour::Trade => 2,
            Behaviour::Capture => 3,
            other => panic!("{other:?}"),
        }] += 1;
    }
    assert!(counts.iter().all(|&count| count > 40), "{counts:?}");
}
