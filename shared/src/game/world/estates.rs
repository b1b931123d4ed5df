//! What pilots own comes and goes with them: nothing is made on the way, and nothing is lost but what a sale costs.

use super::*;
use crate::game::class::ShipClass;
use crate::game::goods::GOODS;
use crate::game::stake::Stake;
use crate::netcode::Belongings;

const PILOT: PlayerId = PlayerId(0);

fn arena() -> Arena {
    Arena::new(&Scenario { stations: 3, map_seed: 2, ..Scenario::bare(1400.0, 1200.0) }, 5)
}

fn join(arena: &mut Arena, player: PlayerId, belongings: Option<Belongings>) {
    arena.join(player, Tick(0), Arrival { belongings, ..Arrival::default() });
    assert!(arena.books_balance());
}

fn estate(credits: i32, goods: [u16; GOODS]) -> Estate {
    Estate { credits, goods, stake: Stake::default() }
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
        assert_eq!(last.belongings, owned.pack());
        assert_eq!(last.standing.wealth, 70 + 90 + 9 * 90 + 12 * 240);
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
        assert_eq!(arena.standing(PILOT).wealth, 0);
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
