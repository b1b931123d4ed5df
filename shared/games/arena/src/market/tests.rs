//! Proofs about the market as a whole: nothing leaks, nobody gets rich by standing still, prices come home.

use super::*;
use perigee_shared::limits::MAX_VENUES;
use perigee_shared::rng::Rng;
use proptest::prelude::*;

const TRADERS: usize = 8;

/// Traders at a market, with the books to check.
struct Bazaar {
    market: Market,
    traders: Vec<Trader>,
    rng: Rng,
}

impl Bazaar {
    fn new(stations: usize, seed: u64) -> Self {
        let mut market = Market::new(stations, seed);
        let trader = Trader { credits: 20_000, goods: [0; GOODS], capacity: 60 };
        market.ledger.money.granted += TRADERS as u64 * 20_000;
        Self { market, traders: vec![trader; TRADERS], rng: Rng::new(seed) }
    }

    fn trade(&mut self, who: usize, station: usize, buys: bool, deal: Deal) -> Result<Receipt, TradeRefusal> {
        let trader = &mut self.traders[who];
        let market = &mut self.market;
        if buys { market.buy(station, deal, trader) } else { market.sell(station, deal, trader) }
    }

    fn check(&self) {
        let carried = |good| self.traders.iter().map(|trader| i64::from(trader.goods[good])).sum();
        let credits = self.traders.iter().map(|trader| trader.credits).sum();
        assert!(self.market.balances(std::array::from_fn(carried), credits), "{:?}", self.market.ledger);
        for station in self.market.stations() {
            assert!(station.credits() >= 0);
            for shelf in station.shelves() {
                assert!((1..=MAX_PRICE).contains(&shelf.price()));
                assert!((1..shelf.ask()).contains(&shelf.bid()) && shelf.ask() <= MAX_PRICE);
                assert!((0..=shelf.capacity()).contains(&shelf.stock()));
            }
        }
    }
}

/// A deal at any price.
fn plain(good: u8, amount: u32, buys: bool) -> Deal {
    Deal { good, amount, limit: if buys { i64::MAX } else { 0 } }
}

#[test]
fn a_million_trades_make_and_lose_nothing() {
    let mut bazaar = Bazaar::new(6, 1);
    let mut dice = Rng::new(2);
    let mut done = 0;
    let mut tried = 0;
    while done < 1_000_000 {
        tried += 1;
        let (who, station) = (dice.below(TRADERS as u32) as usize, dice.below(6) as usize);
        let (good, buys) = (dice.below(GOODS as u32) as u8, dice.chance(1, 2));
        let amount = 1 + dice.below(40);
        let mut deal = plain(good, amount, buys);
        if dice.chance(1, 4) {
            deal.limit = i64::from(amount * dice.below(400));
        }
        done += u32::from(bazaar.trade(who, station, buys, deal).is_ok());
        bazaar.market.step(&mut bazaar.rng);
        // The accounts would run dry, since each trade costs: a bounty now and then, as in the game.
        if tried % 50 == 0 && bazaar.traders[who].credits < 5_000 {
            bazaar.traders[who].credits += 10_000;
            bazaar.market.ledger.money.bounties += 10_000;
        }
        if tried % 64 == 0 {
            bazaar.check();
        }
    }
    bazaar.check();
    assert!(tried < 10_000_000, "{tried} tries: the traders hardly trade");
}

proptest! {
    #[test]
    fn whatever_is_traded_the_books_balance_and_a_refusal_changes_nothing(
        seed in any::<u64>(),
        stations in 1usize..=6,
        deals in proptest::collection::vec(
            (0..TRADERS, 0usize..7, any::<bool>(), 0u8..6, 0u32..1100, -5i64..30_000), 1..120),
        ticks in 0usize..40,
    ) {
        let mut bazaar = Bazaar::new(stations, seed);
        for (who, station, buys, good, amount, limit) in deals {
            let before = (bazaar.market.clone(), bazaar.traders.clone());
            let amount = if amount > 1000 { amount } else { amount % 70 };
            match bazaar.trade(who, station, buys, Deal { good, amount, limit }) {
                Ok(receipt) => {
                    let kept = if buys { receipt.total <= limit } else { receipt.total >= limit };
                    prop_assert!(kept);
                    prop_assert!(bazaar.traders[who].credits >= 0 && bazaar.traders[who].goods.iter().all(|&n| n >= 0));
                    prop_assert!(bazaar.traders[who].goods.iter().sum::<i32>() <= 60);
                }
                Err(_) => prop_assert!(before == (bazaar.market.clone(), bazaar.traders.clone())),
            }
            for _ in 0..ticks {
                bazaar.market.step(&mut bazaar.rng);
            }
            bazaar.check();
        }
    }

    #[test]
    fn there_and_back_at_one_station_never_pays(
        seed in any::<u64>(), good in 0u8..5, parts in proptest::collection::vec(1u32..30, 1..8), first_buys in any::<bool>(),
    ) {
        let mut market = Market::new(3, seed);
        let mut trader = Trader { credits: 10_000_000, goods: [300; GOODS], capacity: 1_000_000 };
        let rng = &mut Rng::new(seed);
        (0..500).for_each(|_| market.step(rng));
        let credits = trader.credits;
        let mut done = 0;
        for &amount in &parts {
            let deal = plain(good, amount, first_buys);
            let result = if first_buys { market.buy(0, deal, &mut trader) } else { market.sell(0, deal, &mut trader) };
            done += result.map_or(0, |receipt| receipt.amount);
        }
        prop_assume!(done > 0);
        let back = plain(good, done, !first_buys);
        if first_buys { market.sell(0, back, &mut trader) } else { market.buy(0, back, &mut trader) }.unwrap();
        prop_assert!(trader.credits < credits, "{} from {}", trader.credits, credits);
        prop_assert_eq!(trader.goods, [300; GOODS]);
    }

    #[test]
    fn ten_at_once_cost_what_ten_cost_one_by_one(
        seed in any::<u64>(), good in 0u8..5, amount in 1u32..70, buys in any::<bool>(),
    ) {
        let mut bazaar = Bazaar::new(2, seed);
        bazaar.traders = vec![Trader { credits: 1_000_000, goods: [100; GOODS], capacity: 1000 }; 2];
        let whole = bazaar.market.clone();
        for _ in 0..amount {
            bazaar.trade(0, 1, buys, plain(good, 1, buys)).unwrap();
        }
        let singly = std::mem::replace(&mut bazaar.market, whole);
        bazaar.trade(1, 1, buys, plain(good, amount, buys)).unwrap();
        prop_assert_eq!(bazaar.traders[0], bazaar.traders[1]);
        prop_assert_eq!(singly, bazaar.market);
    }

    #[test]
    fn any_bytes_are_an_error_or_a_market(noise in proptest::collection::vec(any::<u8>(), 0..1200)) {
        let mut market = Market::new(3, 1);
        if market.load(&mut perigee_shared::bits::BitReader::new(&noise)).is_ok() {
            (0..100).for_each(|_| market.step(&mut Rng::new(1)));
        }
    }
}

#[test]
fn a_market_outlives_its_match_and_the_books_begin_with_it() {
    let mut bazaar = Bazaar::new(4, 8);
    for round in 0..3000 {
        let deal = plain((round % 5) as u8, 9, round % 3 > 0);
        let _ = bazaar.trade(round % TRADERS, round % 4, round % 3 > 0, deal);
        bazaar.market.step(&mut bazaar.rng);
    }
    let mut bytes = Vec::new();
    bazaar.market.save_persisted(&mut bytes);
    let mut market = Market::new(4, 8);
    market.load_persisted(&bytes).unwrap();
    assert_eq!(market.stations(), bazaar.market.stations());
    assert!(market.balances([0; GOODS], 0));
    let (first, fresh) = (market.clone(), Market::new(4, 8));
    assert_ne!(first, fresh);
    let longer: Vec<u8> = bytes.iter().copied().chain([0]).collect();
    for wrong in [&bytes[..bytes.len() - 1], &longer, &[], &[2], &[0xff; 500]] {
        assert!(market.load_persisted(wrong).is_err());
        assert_eq!(market, first);
    }
    assert!(Market::new(3, 8).load_persisted(&bytes).is_err());
}

/// Two equal markets, one of them plundered: after a quarter of an hour nobody could tell.
#[test]
fn after_a_disturbance_prices_come_home() {
    let (mut calm, mut struck) = (Market::new(6, 4), Market::new(6, 4));
    let mut trader = Trader { credits: 100_000_000, goods: [5_000; GOODS], capacity: 100_000 };
    for station in 0..6 {
        for good in 0..GOODS as u8 {
            let stock = struck.stations()[station].shelves()[usize::from(good)].stock() as u32;
            if (station + usize::from(good)) % 2 == 0 {
                struck.buy(station, plain(good, stock, true), &mut trader).unwrap();
            } else {
                let target = stock.min(120);
                struck.sell(station, plain(good, target, false), &mut trader).unwrap();
            }
        }
    }
    let off_percent = |calm: &Market, struck: &Market| {
        let prices = |market: &Market| -> Vec<u32> {
            market.stations().iter().flat_map(|s| s.shelves().iter().map(Shelf::price)).collect()
        };
        let pairs = prices(calm).into_iter().zip(prices(struck));
        pairs.map(|(a, b)| a.abs_diff(b) * 100 / a).max().unwrap()
    };
    assert!(off_percent(&calm, &struck) > 150);
    let (mut one, mut other) = (Rng::new(9), Rng::new(9));
    for _ in 0..15 * 60 * perigee_shared::tick::TICK_HZ {
        calm.step(&mut one);
        struck.step(&mut other);
    }
    assert!(off_percent(&calm, &struck) <= 5, "{} %", off_percent(&calm, &struck));
    for station in struck.stations() {
        assert!((station.credits() - 60_000).abs() < 3_000, "{}", station.credits());
    }
}

#[test]
fn left_alone_prices_move_and_stay_near_their_base() {
    for stations in 1..=6 {
        let mut market = Market::new(stations, stations as u64);
        let first = market.clone();
        let rng = &mut Rng::new(3);
        let (mut least, mut most) = (u32::MAX, 0);
        for _ in 0..60 * 60 * perigee_shared::tick::TICK_HZ {
            market.step(rng);
            for (shelf, was) in market
                .stations()
                .iter()
                .zip(first.stations())
                .flat_map(|(s, f)| s.shelves().iter().zip(f.shelves()))
            {
                let percent = shelf.price() * 100 / was.price();
                (least, most) = (least.min(percent), most.max(percent));
            }
        }
        assert!((35..80).contains(&least) && (130..220).contains(&most), "{stations}: {least} to {most} %");
    }
}

/// A hold of thirty carried on the best way between two stations pays, at each number of stations.
#[test]
fn there_are_ways_worth_flying() {
    for (stations, seed) in (2..=MAX_VENUES).flat_map(|n| (0..20).map(move |seed| (n, seed))) {
        let mut market = Market::new(stations, seed);
        let rng = &mut Rng::new(seed);
        (0..9_000).for_each(|_| market.step(rng));
        let mut best = 0;
        for (from, to, good) in
            (0..stations * stations * GOODS).map(|n| (n / GOODS / stations, n / GOODS % stations, n % GOODS))
        {
            let mut market = market.clone();
            let mut trader = Trader { credits: 20_000, goods: [0; GOODS], capacity: 30 };
            let _ = market.buy(from, plain(good as u8, 30, true), &mut trader);
            let _ = market.sell(to, plain(good as u8, 30, false), &mut trader);
            best = best.max(trader.credits - 20_000);
        }
        assert!(best >= 400, "{stations} stations, seed {seed}: {best} credits");
    }
}

#[test]
fn a_loaded_market_goes_on_as_if_nothing_had_been() {
    let mut bazaar = Bazaar::new(4, 8);
    for round in 0..3000 {
        let _ = bazaar.trade(
            round % TRADERS,
            round % 4,
            round % 3 > 0,
            plain((round % 5) as u8, 7, round % 3 > 0),
        );
        bazaar.market.step(&mut bazaar.rng);
    }
    let mut writer = perigee_shared::bits::BitWriter::new();
    bazaar.market.save(&mut writer);
    let mut market = Market::new(4, 8);
    market.load(&mut perigee_shared::bits::BitReader::new(writer.finish())).unwrap();
    assert_eq!(market, bazaar.market);
    let hash = |market: &Market| {
        let mut hasher = StateHasher::default();
        market.hash_into(&mut hasher);
        hasher.finish()
    };
    let was = hash(&market);
    let mut rng = bazaar.rng.clone();
    for _ in 0..1000 {
        market.step(&mut rng);
        bazaar.market.step(&mut bazaar.rng);
        assert_eq!(hash(&market), hash(&bazaar.market));
    }
    assert_ne!(hash(&market), was);
}

#[test]
fn each_reason_to_refuse_is_told() {
    let mut market = Market::new(1, 1);
    let trader = Trader { credits: 1000, goods: [900; GOODS], capacity: 4550 };
    let mut try_one = |station, good, amount, limit, buys: bool, change: fn(&mut Trader)| {
        let mut trader = trader;
        change(&mut trader);
        let deal = Deal { good, amount, limit };
        if buys { market.buy(station, deal, &mut trader) } else { market.sell(station, deal, &mut trader) }
            .unwrap_err()
    };
    let none: fn(&mut Trader) = |_| {};
    assert_eq!(try_one(1, 0, 1, 99, true, none), TradeRefusal::NotDocked);
    assert_eq!(try_one(0, 5, 1, 99, true, none), TradeRefusal::NoSuchGood);
    assert_eq!(try_one(0, 0, 0, 99, true, none), TradeRefusal::Amount);
    assert_eq!(try_one(0, 0, 1000, 99, false, none), TradeRefusal::Amount);
    assert_eq!(try_one(0, 4, 161, i64::MAX, true, none), TradeRefusal::NoStock);
    assert_eq!(try_one(0, 0, 51, i64::MAX, true, none), TradeRefusal::HoldFull);
    assert_eq!(try_one(0, 0, 1, 5, true, none), TradeRefusal::PriceMoved);
    assert_eq!(try_one(0, 0, 50, i64::MAX, true, none), TradeRefusal::NoCredits);
    assert_eq!(try_one(0, 0, 901, 0, false, none), TradeRefusal::Nothing);
    assert_eq!(try_one(0, 4, 481, 0, false, none), TradeRefusal::StationFull);
    assert_eq!(try_one(0, 0, 1, 99, false, none), TradeRefusal::PriceMoved);
    assert_eq!(try_one(0, 0, 1, 0, false, |t| t.credits = MAX_CREDITS), TradeRefusal::PurseFull);
    let mut rich = Trader { goods: [3000; GOODS], ..trader };
    while market.sell(0, plain(2, 10, false), &mut rich).is_ok() {}
    while market.sell(0, plain(3, 10, false), &mut rich).is_ok() {}
    while market.sell(0, plain(4, 10, false), &mut rich).is_ok() {}
    assert_eq!(market.sell(0, plain(1, 900, false), &mut rich), Err(TradeRefusal::StationBroke));
}
