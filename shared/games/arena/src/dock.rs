//! At a station: what an order does to a ship, its pilot's hold and the market. All of it or nothing.

use crate::class::ShipClass;
use crate::entity::{Hold, Ship};
use crate::map::ArenaMap;
use crate::market::{Market, TradeRefusal, Trader};
use crate::orders::{ArenaOrder, OrderRefusal, Outcome};
use crate::tuning::{DOCK_RADIUS_UNITS, MISSILE_FIRST_TICKS, REPAIR_CREDITS};

/// The station that `ship` is at: the nearest, if it is near enough.
#[must_use]
pub(crate) fn docked_at(ship: &Ship, map: &ArenaMap) -> Option<usize> {
    let at = ship.position.units();
    let reach = DOCK_RADIUS_UNITS * DOCK_RADIUS_UNITS;
    let distances = map.stations.iter().map(|station| station.centre.distance_squared(at));
    let nearest = distances.enumerate().min_by(|a, b| a.1.total_cmp(&b.1));
    nearest.filter(|&(_, distance)| distance <= reach).map(|(index, _)| index)
}

/// Carries out an order of the pilot of `ship`, who owns what is in `hold`.
///
/// # Errors
/// Why not; then nothing has changed.
pub(crate) fn carry_out(
    order: ArenaOrder,
    map: &ArenaMap,
    market: &mut Market,
    ship: &mut Ship,
    hold: &mut Hold,
) -> Result<Outcome, OrderRefusal> {
    let here = docked_at(ship, map).ok_or(TradeRefusal::NotDocked)?;
    let is_here = |station: u8| usize::from(station) == here;
    match order {
        ArenaOrder::Buy { station, .. } | ArenaOrder::Sell { station, .. } if !is_here(station) => {
            Err(TradeRefusal::NotDocked.into())
        }
        ArenaOrder::Buy { deal, .. } => {
            let trade = |trader: &mut Trader| market.buy(here, deal, trader);
            Ok(Outcome::Bought(with_trader(hold, ship.class, trade)?))
        }
        ArenaOrder::Sell { deal, .. } => {
            let trade = |trader: &mut Trader| market.sell(here, deal, trader);
            Ok(Outcome::Sold(with_trader(hold, ship.class, trade)?))
        }
        ArenaOrder::Refit { class } => refit(class, market, ship, hold),
        ArenaOrder::Repair => repair(market, ship, hold),
        // No station decides that: `world::allegiance` does.
        ArenaOrder::JoinTeam { .. } => Err(OrderRefusal::NoTeams),
    }
}

/// The hold as the market sees a trader, for the time of a deal.
fn with_trader<T>(
    hold: &mut Hold,
    class: ShipClass,
    trade: impl FnOnce(&mut Trader) -> Result<T, TradeRefusal>,
) -> Result<T, TradeRefusal> {
    let capacity = i32::from(class.tuning().hold);
    let mut trader = Trader { credits: hold.credits.into(), goods: hold.goods.map(i32::from), capacity };
    let result = trade(&mut trader)?;
    // Both fit: the market keeps credits below `MAX_CREDITS` and goods below the capacity.
    hold.credits = trader.credits as i32;
    hold.goods = trader.goods.map(|pieces| pieces as u16);
    Ok(result)
}

/// Another ship in the place of this one, as badly damaged as this one is.
fn refit(
    class: ShipClass,
    market: &mut Market,
    ship: &mut Ship,
    hold: &mut Hold,
) -> Result<Outcome, OrderRefusal> {
    let cost = class.tuning().refit_credits;
    if class == ship.class {
        return Err(OrderRefusal::SameClass);
    }
    // A changed ship is another entity, and slots rest: whoever could change in each tick could use them up.
    if ship.rack > 0 {
        return Err(OrderRefusal::NotReady);
    }
    if hold.load() > class.tuning().hold {
        return Err(TradeRefusal::HoldFull.into());
    }
    pay(hold, cost)?;
    market.ledger.money.refits += u64::from(cost);
    let scaled = |now: u32, was_full: u32, full: u32| (now * full).div_ceil(was_full);
    let (old, new) = (ship.class.tuning(), class.tuning());
    *ship = Ship {
        class,
        hull: scaled(ship.hull.into(), old.hull.into(), new.hull.into()) as u8,
        shield: scaled(ship.shield.into(), old.shield.into(), new.shield.into()) as u16,
        cooldown: 0,
        rack: MISSILE_FIRST_TICKS,
        ..*ship
    };
    Ok(Outcome::Refitted { class, cost })
}

/// As many points of hull as the money is good for.
fn repair(market: &mut Market, ship: &mut Ship, hold: &mut Hold) -> Result<Outcome, OrderRefusal> {
    let missing = u32::from(ship.class.tuning().hull.saturating_sub(ship.hull));
    if missing == 0 {
        return Err(OrderRefusal::NothingToRepair);
    }
    let points = missing.min(hold.credits.unsigned_abs() / REPAIR_CREDITS);
    if points == 0 {
        return Err(TradeRefusal::NoCredits.into());
    }
    let cost = points * REPAIR_CREDITS;
    pay(hold, cost)?;
    market.ledger.money.repairs += u64::from(cost);
    ship.hull += points as u8;
    Ok(Outcome::Repaired { points: points as u8, cost })
}

fn pay(hold: &mut Hold, cost: u32) -> Result<(), TradeRefusal> {
    let rest = i64::from(hold.credits) - i64::from(cost);
    hold.credits = u32::try_from(rest).map_err(|_| TradeRefusal::NoCredits)? as i32;
    Ok(())
}
